"""Every method is measured on rows of the same forms, which are those of cat2vec."""

import numpy as np
import pandas as pd
import pytest

from benchmarks import creditg
from benchmarks.quality import clustering
from benchmarks.quality.methods import METHODS
from cat2vec import Cat2Vec, encode_table

QUICK = ("cat2vec", "one-hot", "MCA", "SVD of PPMI", "gensim tuned, 5 epochs")


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    group = rng.integers(3, size=200)
    columns = {
        f"f{i}": [f"c{g}" for g in (group + rng.integers(2, size=200)) % 4] for i in range(4)
    }
    return pd.DataFrame(columns).mask(rng.random((200, 4)) < 0.05)


@pytest.mark.parametrize("method", QUICK)
def test_unit_rows_have_length_1_whatever_the_method(frame, method):
    table = encode_table(frame)
    matrix = METHODS[method](table, 3, 0).matrix
    for form in ("unit", "even, unit", "directions"):
        rows = clustering.FORMS[form](matrix, table)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0)
    # features are centred first, so that it does not matter where they lie
    rows, moved = (clustering.unit(matrix + shift, table) for shift in (0.0, 5.0))
    np.testing.assert_allclose(moved @ moved.T, rows @ rows.T, atol=1e-6)


@pytest.mark.parametrize(("form", "row_vector"), [("plain", "concat"), ("unit", "unit")])
def test_the_forms_are_those_of_transform(frame, form, row_vector):
    table = encode_table(frame)
    rows = clustering.FORMS[form](METHODS["cat2vec"](table, 3, 0).matrix, table)
    own = Cat2Vec(3, solver="counts", row_vector=row_vector).fit_transform(frame).astype(float)
    np.testing.assert_allclose(rows @ rows.T, own @ own.T, atol=1e-5)


def test_even_features_are_those_that_cat2vec_makes(frame):
    """Scaled at will, features come back to the lengths that their vectors have."""
    table = encode_table(frame)
    matrix = METHODS["cat2vec"](table, 3, 0).matrix.astype(float)
    vocabulary = table.vocabulary
    squares = vocabulary.sum_by_feature(
        (vocabulary.shares * np.square(matrix).sum(axis=1))[:, None]
    ).ravel()
    uneven = matrix * squares[vocabulary.feature_of_token][:, None] ** 0.5
    even, rows = clustering.even_unit(uneven, table), clustering.unit(matrix, table)
    np.testing.assert_allclose(even @ even.T, rows @ rows.T, atol=1e-5)


def test_labels_are_drawn_as_many_of_either_class_and_splits_do_not_meet():
    target = np.arange(1000) % 10 < 3
    for shots in creditg.SHOTS:
        some = creditg.drawn(target, shots, 42)
        assert (len(some), target[some].sum()) == (shots, shots // 2)
    learned, tested = creditg.split(1000, 42, "creditg")
    assert (len(learned), len(tested)) == (800, 200)
    assert not set(learned) & set(tested)


@pytest.mark.filterwarnings("ignore:.TargetEncoder:FutureWarning")
@pytest.mark.parametrize("method", ["one-hot and numbers", "TargetEncoder and numbers"])
def test_peers_never_see_a_label_of_the_rows_tested_on(method):
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"word": rng.choice(["a", "b", "c"], 300), "number": rng.normal(size=300)})
    target = (frame["word"] == "a").to_numpy()
    found = creditg.METHODS[method]((frame[:200], frame[200:]), {})
    some = creditg.drawn(target[:200], 64, 0)
    rows, others = found(some, target[:200]) if callable(found) else found
    assert len(rows) == 200
    assert len(others) == 100
    fit = creditg.as_it_comes(rows[some], target[some], 0)
    assert (fit.predict(others) == target[200:]).mean() > 0.95
