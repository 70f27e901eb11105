"""Arguments of methods that cannot be: each an error of one sentence that names the argument."""

import re

import numpy as np
import pandas as pd
import pytest

from cat2vec import Cat2Vec, Cat2VecImputer, Numeric, PairCounts, count_pairs, load
from cat2vec.cli.main import main
from cat2vec.errors import CountsMismatchError, ParameterError, UnknownFeatureError

TABLE = {"a": ["x", "y"] * 20, "b": ["p", "q"] * 20}


@pytest.fixture(scope="module")
def model():
    return Cat2Vec(vector_size=1).fit(TABLE)


def says(sentence):
    return pytest.raises(ParameterError, match=rf"^{re.escape(sentence)}$")


def test_what_is_given_to_sample_is_a_dict(model):
    with says(
        "given must be a dict of features and values, or None, got 'x'. Write given={'a': '...'}."
    ):
        model.sample(2, given="x")


@pytest.mark.parametrize("seed", ["x", -1, 0.5, True])
def test_a_seed_is_checked_wherever_it_is_given(model, seed):
    sentence = f"random_state must be an integer of at least 0, got {seed!r}."
    for ask in (
        lambda: model.sample(2, random_state=seed),
        lambda: model.impute(TABLE, n_draws=2, random_state=seed),
        lambda: model.impute(TABLE, random_state=seed),
    ):
        with says(sentence):
            ask()


def test_an_imputer_samples_or_not():
    with says("sample must be True or False, got 'x'."):
        Cat2VecImputer(sample="x").fit(TABLE)
    assert Cat2VecImputer(sample=np.True_).fit(TABLE).vocabulary_.n_features == 2


def test_moves_are_since_a_model_and_not_since_its_folder(model):
    with says("earlier must be a fitted Cat2Vec, got 'M/0'. Give a model, such as load('M/0')."):
        model.moves("M/0")
    with says("earlier must be a fitted Cat2Vec, got None. Give a model, such as load(folder)."):
        model.moves(None)
    other = Cat2Vec(vector_size=1).fit(TABLE)  # which cannot go on, and is a model all the same
    assert set(model.moves(other, None)["feature"]) == {"a", "b"}


@pytest.mark.parametrize("folder", [None, "", 3])
def test_a_folder_is_a_path(model, folder):
    counted = Cat2Vec(vector_size=1).partial_fit(TABLE)
    for ask in (
        lambda: load(folder),
        lambda: PairCounts.load(folder),
        lambda: model.save(folder),
        lambda: counted.save(folder, overwrite=True),
        lambda: counted.counts_.save(folder),
    ):
        with says(f"folder must be a path, got {folder!r}. Give the name of a folder."):
            ask()


def test_a_table_without_columns_is_told_as_one(model):
    with pytest.raises(
        UnknownFeatureError, match=r"in this table\. It has no columns at all: give"
    ):
        model.impute({})


def test_the_first_edge_that_differs_is_named():
    def counted(last):
        table = {"age": [*range(40), last], "town": ["Oslo"] * 41}
        return count_pairs(table, columns={"age": Numeric(bins=3)})

    with pytest.raises(
        CountsMismatchError, match=r"'age' is cut .*: edge \d+ is (\S+) and (\S+)\."
    ):
        counted(3) + counted(90)


def test_names_that_are_no_features_lead_to_those_that_are():
    dates = pd.to_datetime(["2024-01-01", "2024-05-02", "2023-03-07", "2023-11-30"] * 9)
    table = {"when": dates, "from": ["A", "B"] * 18, "to": ["B", "A", "A", "B"] * 9}
    fitted = Cat2Vec(vector_size=1, shared={"zone": ["from", "to"]}).fit(table)
    with pytest.raises(UnknownFeatureError, match=r"ask for one of these columns\. .*'from', 'to'"):
        fitted.probabilities(table, "zone")
    with pytest.raises(UnknownFeatureError, match=r"ask for one of its parts\. .*'when:year'"):
        fitted.probabilities(table, "when")


def test_commands_name_commands_and_what_was_given(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(TABLE).to_csv("t.csv", index=False)
    train = ["train", "t.csv", "--vector-size", "1", "--holdout", "0"]
    assert main([*train, "--out", "few", "--keep-counts", "false"]) == 0
    assert main(["outliers", "few", "t.csv"]) == 2
    said = capsys.readouterr().err
    assert "cat2vec outliers judges each row" in said
    assert "Train it with --keep-counts true." in said
    assert main(["train", "t.csv", "--out", "tiny", "--memory", "10KB"]) == 2
    assert "--memory 10KB is too little to read this table" in capsys.readouterr().err
    assert main([*train, "--out", "m", "--updatable"]) == 0
    capsys.readouterr()
    assert main(["update", "m", "t.csv", "--out", "more"]) == 0
    said = capsys.readouterr()
    assert "as asked for" not in said.out + said.err
    assert "solver counts, which goes on from earlier vectors" in said.out + said.err
