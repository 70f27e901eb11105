"""Commands that ask a model: they print what the library answers."""

from __future__ import annotations

import pandas as pd
import pytest

from cat2vec import load
from cat2vec.cli.main import main
from cat2vec.datasets import load_vehicles
from cat2vec.export.duckdb import duckdb_macros

B_ENERGY = ["--b-feature", "energy"]
THREE_FEATURES = ["--b-feature", "medium", "--c-feature", "energy"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("questions")
    load_vehicles().drop(columns="example").to_csv(folder / "vehicles.csv", index=False)
    table, model = str(folder / "vehicles.csv"), str(folder / "model")
    types = ["--types", "wheels=numeric"]
    assert main(["train", table, "--out", model, "--vector-size", "8", "--quiet", *types]) == 0
    return folder


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return load("model")


def printed(capsys, *words):
    assert main(list(words)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def as_printed(found: pd.DataFrame) -> str:
    return found.to_string(index=False, float_format=lambda number: f"{number:.3f}") + "\n"


def test_each_command_prints_the_answer(here, capsys):
    df = load_vehicles().drop(columns="example")
    asked = [
        (
            ["analogy", "model", "vehicle", "bicycle", "e-bike", "glider", "-n", "3"],
            here.analogy("vehicle", "bicycle", "e-bike", "glider", n=3),
        ),
        (
            ["analogy", "model", "vehicle", "tram", "overhead wire", "submarine", *B_ENERGY],
            here.analogy("vehicle", "tram", "overhead wire", "submarine", b_feature="energy"),
        ),
        *(
            (
                [command, "model", "vehicle", "tram", "railcar", "-n", "2"],
                here.cluster_fit("vehicle", ["tram", "railcar"], n=2),
            )
            for command in ("nearest-to-all", "cluster-fit")
        ),
        (["clusters", "model", "vehicle", "--n-clusters", "5"], here.clusters("vehicle", 5)),
        (["commonality", "model", "energy"], here.commonality("energy")),
        (["influence", "model", "vehicle", "medium"], here.influence(["vehicle", "medium"])),
        (["influence", "model"], here.influence()),
        (["outliers", "model", "vehicles.csv", "-n", "4"], here.outlier_rows(df, 4)),
        (["associations", "model", "vehicles.csv"], here.associations(df)),
    ]
    for words, wanted in asked:
        assert printed(capsys, *words) == as_printed(wanted), words


@pytest.mark.parametrize("other", [("vehicle", "bicycle"), ("medium", "rail")])
def test_similarity_is_printed_with_the_rows_of_both(here, capsys, other):
    answer = printed(
        capsys, "similarity", "model", "vehicle", "tram", other[1], "--other-feature", other[0]
    )
    df = load_vehicles()
    wanted = here.similarity("vehicle", "tram", other[1], other[0])
    names, values = (line.split() for line in answer.splitlines())
    assert names[:4] == ["feature", "category", "other_feature", "other"]
    assert names[4:] == ["similarity", "rows", "other_rows"]
    assert values == [
        *("vehicle", "tram", *other, f"{wanted:.3f}"),
        *(str((df["vehicle"] == "tram").sum()), str((df[other[0]] == other[1]).sum())),
    ]


def test_similarity_asks_the_same_feature_unless_told(here, capsys):
    short = printed(capsys, "similarity", "model", "vehicle", "tram", "bicycle")
    told = ["--other-feature", "vehicle"]
    assert short == printed(capsys, "similarity", "model", "vehicle", "tram", "bicycle", *told)
    assert main(["similarity", "model", "vehicle", "tram", "rail"]) == 2
    assert "has no category 'rail'" in capsys.readouterr().err


def test_macros_are_printed_as_sql(capsys):
    assert printed(capsys, "macros") == duckdb_macros()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["analogy", "model", "vehicle", "trm", "rail", "kayak"], "has no category 'trm'"),
        (["clusters", "model", "energi"], "no feature 'energi' in this model"),
        (["clusters", "model", "energy", "--n-clusters", "0"], "--n-clusters must be None or"),
        (["outliers", "model", "vehicles.csv", "--n-cells", "0"], "--n-cells must be an integer"),
        (
            [*["analogy", "model", "vehicle", "tram", "rail", "human"], *THREE_FEATURES],
            "--among must be the features to search",
        ),
    ],
)
def test_what_is_wrong_is_said_in_options(here, capsys, words, sentence):
    assert main(words) == 2
    assert sentence in capsys.readouterr().err


def test_outliers_are_printed_with_columns_of_the_table(here, capsys):
    frame = load_vehicles().drop(columns="example")
    wanted = here.outlier_rows(frame, 2)
    keys = [f"{row:03}" for row in range(len(frame))]  # as text: a number would lose its zeros
    frame.assign(key=keys).to_csv("keyed.csv", index=False)
    frame.assign(key=keys).to_parquet("keyed.parquet")
    for file in ("keyed.csv", "keyed.parquet"):
        found = printed(capsys, "outliers", "model", file, "-n", "2", "--keep", "key", "vehicle")
        shown = wanted.copy()
        shown.insert(0, "key", [keys[row] for row in wanted["row"]])
        shown.insert(1, "vehicle", frame["vehicle"].to_numpy()[wanted["row"]])
        assert found == as_printed(shown)
    assert main(["outliers", "model", "keyed.csv", "--keep", "score"]) == 2
    assert "outliers writes a column of that name" in capsys.readouterr().err
    assert main(["outliers", "model", "keyed.csv", "--keep", "kee"]) == 2
    assert "Nearest: 'key'" in capsys.readouterr().err
