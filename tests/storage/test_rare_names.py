"""Names of rare categories are left out of a folder where that is asked for."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
import pytest

from cat2vec import RARE, Cat2Vec, load
from cat2vec.cli.main import main
from cat2vec.errors import ParameterError, UnseenCategoryWarning
from tests.made_tables import planted

RARE_NAMES = [f"Person {i}" for i in range(20)]


@pytest.fixture(scope="module")
def table():
    """Twenty people stand in a row each; their column declares an order of its categories."""
    made = planted(np.random.default_rng(0), n_rows=500, n_features=3)
    made["f0"] = [*made["f0"][:-20], *RARE_NAMES]
    usual = sorted(set(made["f0"]) - set(RARE_NAMES))
    made["f0"] = pd.Categorical(made["f0"], categories=[*RARE_NAMES, *usual], ordered=True)
    return pd.DataFrame(made)


def held_by(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_no_file_of_the_folder_holds_a_rare_name(table, tmp_path):
    model = Cat2Vec(4, min_count=5).fit(table)
    model.save(tmp_path / "all")
    model.save(tmp_path / "few", rare_names=False)
    assert all(name.encode() in held_by(tmp_path / "all") for name in RARE_NAMES)
    assert b"Person" not in held_by(tmp_path / "few")
    assert b"g0_0" in held_by(tmp_path / "few")


def test_a_model_without_rare_names_answers_as_before_but_for_these(table, tmp_path):
    model = Cat2Vec(4, min_count=5, handle_unknown="rare").fit(table)
    model.save(tmp_path / "few", rare_names=False)
    again = load(tmp_path / "few")
    pd.testing.assert_frame_equal(again.nearest("f0", RARE), model.nearest("f0", RARE))
    with pytest.warns(UnseenCategoryWarning, match="the vectors that rare categories share"):
        found = again.transform(table)
    np.testing.assert_array_equal(found, model.transform(table))
    usual = table[:-20]
    pd.testing.assert_frame_equal(
        again.outlier_rows(usual, 5), model.outlier_rows(usual, 5), rtol=1e-5
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnseenCategoryWarning)
        zeros = again.set_params(handle_unknown="zero").transform(table)
    assert not zeros[-20:, :4].any()
    again.save(tmp_path / "again")
    assert b"Person" not in held_by(tmp_path / "again")


def test_counts_that_hold_all_names_are_refused_before_anything_is_written(table, tmp_path):
    model = Cat2Vec(4, min_count=5).partial_fit(table)
    with pytest.raises(ParameterError, match=r"pair counts of partial_fit hold them all\. Fit"):
        model.save(tmp_path / "few", rare_names=False)
    with pytest.raises(ParameterError, match="rare_names must be True or False, got 'no'"):
        model.save(tmp_path / "few", rare_names="no")
    assert not any(tmp_path.iterdir())


def test_the_command_line_leaves_rare_names_out(table, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table.to_csv("t.csv", index=False)
    how = ["train", "t.csv", "--out", "m", "--min-count", "5", "--quiet", "--rare-names", "false"]
    assert main([*how, "--updatable"]) == 2
    assert "--rare-names False leaves the names" in (said := capsys.readouterr().err)
    assert "Leave --updatable out" in said
    assert main(how) == 0
    assert b"Person" not in held_by(tmp_path / "m")
    capsys.readouterr()
    assert main(["info", "m"]) == 0
    assert re.search(r"and rare ones without names that share one", capsys.readouterr().out)
