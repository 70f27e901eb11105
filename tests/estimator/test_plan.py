"""The lines that tell what is about to be trained."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pandas as pd
import pytest

from cat2vec import Cat2Vec, load
from cat2vec.cli.main import main
from cat2vec.errors import (
    BinnedNumbersWarning,
    Cat2VecWarning,
    ParameterError,
    RowNumberWarning,
    UnknownFeatureError,
    naming_options,
)
from cat2vec.estimator.plan import feature_lines, plan_of
from cat2vec.tables.encode import encode_table
from cat2vec.training.choice import estimated_cost
from cat2vec.training.settings import Settings

GROUP = np.random.default_rng(0).integers(0, 3, 300)
ROWS = pd.DataFrame(
    {
        "city": np.array(["Oslo", "Rome", "Bonn"])[GROUP],
        "land": np.array(["NO", "IT", "DE"])[GROUP],
        "store_id": np.random.default_rng(1).integers(0, 40, 300),
        "temp": np.random.default_rng(2).normal(size=300).round(2),
        "open": np.random.default_rng(3).integers(0, 2, 300) == 1,
        "when": pd.to_datetime("2024-01-01") + pd.to_timedelta(np.arange(300), unit="D"),
    }
)
TABLE = {"city": ["Oslo", "Rome", None], "open": [True, False, True], "n": [1.5, 2.5, 9.0]}


def test_a_plan_counts_what_training_will_meet():
    encoded = encode_table(TABLE, features=["city", "n"], columns={"n": "numeric"})
    assert plan_of(encoded, list(TABLE), Settings(vector_size=4), "t.csv").lines() == [
        "table     t.csv: 3 rows, 3 columns",
        "features  city: text, 2 categories (Oslo, Rome)",
        "          n: number, 3 bins (< 2.5, [2.5, 9), >= 9)",
        "left out  open",
        "tokens    5",
        "pairs     at most 3 distinct, from 3 in the rows",
        "memory    about 1 MB beside the table",
        "solver    counts, vector_size 4",
    ]


def test_a_feature_of_nothing_but_rare_categories_is_described_without_examples():
    words = encode_table(TABLE).pool(2).vocabulary
    assert feature_lines(words)[0] == (
        "features  city: text, 0 categories and 2 rare ones that share one vector, in 2 rows"
    )


def test_features_are_described_in_words():
    assert feature_lines(encode_table(TABLE).vocabulary)[1] == (
        "          open: boolean, 2 categories (False, True)"
    )


def test_a_plan_counts_the_rare_categories_of_each_feature():
    city = ["Oslo", "Rome"] * 9 + ["Bari", "Pisa", "Gol", "Gol"]
    plan = Cat2Vec(1, min_count=5).plan({"city": city, "food": ["cod", "ham"] * 11})
    assert [(one.n_categories, one.n_rare) for one in plan.features] == [(2, 3), (2, 0)]
    assert plan.to_frame()["n_rare"].tolist() == [3, 0]


def test_nothing_of_the_table_is_markup_in_a_notebook():
    shown = Cat2Vec(1).plan({"<b>": ["<i>", "y"] * 9, "food": ["cod", "ham"] * 9})._repr_html_()
    assert "&lt;b&gt;" in shown
    assert "&lt;i&gt;" in shown
    assert not {"<b>", "<i>"} & set(re.findall("<[^>]*>", shown))


@pytest.mark.parametrize("solver", ["counts", "rows"])
def test_a_plan_tells_the_seconds_of_the_solver_that_it_names(solver):
    plan = Cat2Vec(vector_size=4, solver=solver).plan(ROWS)
    cost = estimated_cost(encode_table(ROWS), Settings(vector_size=4, solver=solver))
    assert cost.counts_seconds != cost.rows_seconds
    assert plan.seconds == getattr(cost, f"{solver}_seconds")


def test_a_plan_is_made_without_training_and_leaves_the_model_alone():
    model = Cat2Vec(vector_size=4, features=["city", "store_id", "temp"])
    before = vars(model).copy()
    plan = model.plan(ROWS)
    assert vars(model) == before
    assert (plan.rows, plan.left_out, plan.solver) == (300, ("land", "open", "when"), "counts")
    assert (plan.tokens, plan.vector_size) == (3 + 40 + 16, 4)
    assert plan.pairs_in_rows == 300 * 3
    assert plan.memory > 0 < plan.seconds
    assert [remark.column for remark in plan.remarks] == ["store_id"]
    assert [(one.feature, one.kind, one.n_categories, one.has_bins) for one in plan.features] == [
        ("city", "text", 3, False), ("store_id", "integer", 40, False), ("temp", "number", 16, True)
    ]  # fmt: skip
    assert repr(plan) == str(plan) == "\n".join(plan.lines())
    assert plan._repr_html_().startswith("<pre>table     300 rows, 6 columns")
    assert "&lt;" in plan._repr_html_()
    assert plan.to_frame()["n_categories"].tolist() == [3, 40, 16]


def test_a_plan_speaks_of_the_columns_that_fit_then_trains():
    model = Cat2Vec(vector_size=3, columns={"store_id": "numeric"}, min_count=20)
    plan = model.plan(ROWS)
    vocabulary = model.fit(ROWS).vocabulary_
    assert [one.feature for one in plan.features] == list(vocabulary.features)
    assert plan.tokens == vocabulary.n_tokens
    assert plan.solver == model.solver_
    assert {one.column for one in plan.features} == set(ROWS)
    assert model.plan(ROWS.iloc[:100]).rows == 100  # also of a model that was fitted
    assert model.vocabulary_ is vocabulary


def test_a_wrong_parameter_or_column_is_refused_as_in_fit():
    with pytest.raises(UnknownFeatureError, match="no feature 'town' in this table"):
        Cat2Vec(features=["town", "city"]).plan(ROWS)
    with pytest.raises(ParameterError, match="min_count must be an integer"):
        Cat2Vec(min_count=0).plan(ROWS)


@pytest.mark.parametrize("method", ["fit", "fit_transform", "partial_fit"])
def test_verbose_prints_the_plan(capsys, method):
    model = Cat2Vec(vector_size=3, verbose=1)
    getattr(model, method)(ROWS)
    err = capsys.readouterr().err
    assert str(model.plan(ROWS)) in err
    assert err.count("features  city: text") == 1


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_the_command_line_plans_and_reads_a_file_as_python_does(
    tmp_path, monkeypatch, capsys, ending
):
    monkeypatch.chdir(tmp_path)
    table = ROWS.assign(agent=GROUP * 20 + np.arange(300) % 20, n=np.arange(300), id=GROUP + 7)
    table["agent_id"] = table["agent"].mask(GROUP == 1)  # a float column in pandas
    table = table.drop(columns="when")
    write, read = getattr(table, f"to_{ending}"), getattr(pd, f"read_{ending}")
    write(f"t.{ending}", index=False)
    assert main(["train", f"t.{ending}", "--out", "m", "--vector-size", "3", "--holdout", "0"]) == 0
    out, err = capsys.readouterr()
    with pytest.warns() as seen:
        model = Cat2Vec(vector_size=3).fit(read(f"t.{ending}"))
    assert {type(one.message) for one in seen} == {RowNumberWarning, BinnedNumbersWarning}
    assert err.count("cat2vec warning:") == len(seen) == 2
    loaded = load("m")
    np.testing.assert_array_equal(loaded.vectors_.matrix, model.vectors_.matrix)
    assert loaded.vocabulary_.texts() == model.vocabulary_.texts()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Cat2VecWarning)
        planned = Cat2Vec(vector_size=3).plan(read(f"t.{ending}"))
    with naming_options():
        sentences = str(planned).replace("table     ", f"table     t.{ending}: ")
    for line in sentences.splitlines():
        if not line.startswith("note") and "agent_id" not in line:
            assert line in out.splitlines()
    assert "note      'agent_id': whole numbers, taken for codes, so each is a category. " in out
