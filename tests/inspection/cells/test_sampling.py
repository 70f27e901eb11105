"""Rows that are drawn look like those of fit, as far as pairs tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cat2vec import Cat2Vec
from cat2vec.errors import ParameterError, UnknownCategoryError, UnknownFeatureError
from tests.made_tables import planted

#: Numbers of these tables are cut into bins on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::cat2vec.errors.BinnedNumbersWarning")


@pytest.fixture(scope="module")
def model():
    table = planted(np.random.default_rng(0), n_rows=3000, n_features=4)
    table["size"] = [10 * int(cell[1]) + row % 10 for row, cell in enumerate(table["f0"])]
    return Cat2Vec(4).fit(table), pd.DataFrame(table)


def test_shares_and_pairs_are_those_of_fit(model):
    model, table = model
    found = model.sample(3000, random_state=1)
    assert found.shape == (3000, 5)
    assert found.notna().all(axis=None)
    assert set(found["size"]) <= set(table["size"])
    for name in ("f0", "f3"):
        shares = [one[name].value_counts(normalize=True) for one in (found, table)]
        assert (shares[0] - shares[1]).abs().max() < 0.04
    same = [(one["f0"].str[:2] == one["f1"].str[:2]).mean() for one in (found, table)]
    assert abs(same[0] - same[1]) < 0.1


def test_given_cells_are_kept_and_the_seed_decides(model):
    model, _ = model
    found = model.sample(300, {"f0": "g1_0", "size": 12})
    assert set(found["f0"]) == {"g1_0"}
    assert (found["f1"].str[:2] == "g1").mean() > 0.6
    pd.testing.assert_frame_equal(found, model.sample(300, {"f0": "g1_0", "size": 12}))
    assert not found.equals(model.sample(300, {"f0": "g1_0", "size": 12}, random_state=2))


@pytest.mark.parametrize("number", [13, 13.5, np.int64(13)])
def test_a_given_number_of_a_bin_stands_in_the_rows(model, number):
    model, _ = model
    found = model.sample(5, {"size": number})
    assert found["size"].tolist() == [number] * 5
    label = model.vocabulary_.token(model.vocabulary_.token_id("size", number)).category
    of_bin = model.sample(5, {"size": label})
    assert of_bin["size"].nunique() == 1
    pd.testing.assert_frame_equal(found.drop(columns="size"), of_bin.drop(columns="size"))


def test_wrong_input_is_one_sentence(model):
    model, _ = model
    with pytest.raises(ParameterError, match="n must be an integer of at least 1, got 0"):
        model.sample(0)
    with pytest.raises(UnknownFeatureError, match="no feature 'town'"):
        model.sample(1, {"town": "x"})
    with pytest.raises(UnknownCategoryError, match="feature 'f0' has no category 'x'"):
        model.sample(1, {"f0": "x"})
