"""The command line where all goes well: what it writes and what it prints."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
from gensim.models import KeyedVectors

import cat2vec
from cat2vec import Cat2Vec, load
from cat2vec.cli.main import main
from cat2vec.counting import streamed

HEADINGS = ["table", "features", "note", "tokens", "pairs", "memory", "solver", "gain", "written"]


def little_table(n_rows=200, seed=0):
    rng = np.random.default_rng(seed)
    group = rng.integers(0, 2, n_rows)
    return pd.DataFrame(
        {
            "city": np.array([["Oslo", "Bergen"], ["Rome", "Pisa"]])[
                group, rng.integers(0, 2, n_rows)
            ],
            "zip": np.array(["01", "02"])[group],
            "temp": np.round(20.0 * group + rng.normal(0, 3, n_rows), 1),
            "noise": rng.integers(0, 3, n_rows),
        }
    )


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    little_table().to_csv("table.csv", index=False)
    return tmp_path


@pytest.fixture
def model(here, capsys):
    assert main(["train", "table.csv", "--out", "model", "--vector-size", "3", "--quiet"]) == 0
    capsys.readouterr()
    return load("model")


def printed(capsys):
    """What was printed, as {heading: text of the line}."""
    lines = capsys.readouterr().out.splitlines()
    return {line[:10].strip(): line[10:] for line in lines if line[:1].strip()}


@pytest.mark.parametrize("name", ["table.csv", "table.parquet"])
def test_train_prints_the_plan_and_writes_the_model_and_gensim_s_file(here, capsys, name):
    little_table().to_parquet("table.parquet")
    assert main(["train", name, "--out", "model", "--vector-size", "3"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    headings = [line[:10].strip() for line in lines if line[0] != " "]
    assert list(dict.fromkeys(headings)) == [*HEADINGS, "held out"]
    assert lines[:5] == [
        f"table     {name}: 200 rows, 4 columns",
        "features  city: text, 4 categories (Bergen, Oslo, Pisa, ...)",
        "          zip: text, 2 categories (01, 02)",
        next(line for line in lines if line.startswith("          temp: number, 16 bins (< -")),
        "          noise: integer, 3 categories (0, 1, 2)",
    ]
    zero = r"note      'zip': text, as '0[12]' begins with a zero.* use --types zip=numeric\."
    assert re.fullmatch(zero, lines.pop(5))
    assert lines.pop(5).startswith(
        "note      one column tells nearly all of another: 'city' and 'zip' (100%), "
    )
    assert lines[5:9] == [
        "tokens    25",
        "pairs     at most 170 distinct, from 1,200 in the rows",
        "memory    about 1 MB beside the table",
        "solver    counts, vector_size 3",
    ]
    assert "cat2vec counts" in err
    model = load("model")
    assert lines[9].startswith(
        f"gain      {model.gain_:.4f} nats per pair of the training rows (loss {model.loss_:.4f}"
    )
    assert lines[10] == "written   model (model) and model/vectors.kv (gensim)"
    keyed = KeyedVectors.load("model/vectors.kv")
    np.testing.assert_array_equal(keyed["zip=01"], model.vectors_["zip"].loc["01"])
    again = Cat2Vec(3).fit(little_table()).vectors_
    keys = again.vocabulary.texts()
    np.testing.assert_array_equal([keyed[key] for key in keys], again.matrix)


def test_quiet_prints_nothing(here, capsys):
    assert main(["train", "table.csv", "--out", "model", "--vector-size", "3", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")
    assert load("model").vectors_.vector_size == 3


def test_warnings_are_one_line_each_and_leave_python_s_settings_alone(here, capsys):
    little_table().assign(planet="Earth").to_csv("table.csv", index=False)
    assert main(["train", "table.csv", "--out", "model", "--quiet", "--vector-size", "2"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err == (
        "cat2vec warning: feature 'planet' has fewer than two categories and nothing to tell, so "
        "zero vectors. Leave it out with --exclude.\n"
    )
    with pytest.warns(UserWarning, match="fewer than two"):
        Cat2Vec(2).fit(little_table().assign(planet="Earth"))


@pytest.mark.parametrize(
    ("options", "features"),
    [
        (["--features", "zip", "city"], ["zip", "city"]),
        (["--exclude", "noise", "zip"], ["city", "temp"]),
        (["--features", "zip", "city", "temp", "--exclude", "zip"], ["city", "temp"]),
    ],
)
def test_columns_can_be_chosen_and_left_out(here, capsys, options, features):
    assert main(["train", "table.csv", "--out", "model", "--vector-size", "2", *options]) == 0
    assert list(load("model").vectors_) == features
    left = [name for name in ("city", "zip", "temp", "noise") if name not in features]
    assert printed(capsys)["left out"] == ", ".join(left)


def test_types_of_columns_can_be_told(here, capsys):
    told = ["noise=text", "temp=category", "zip=integer"]
    assert (
        main(
            ["train", "table.csv", "--out", "m", "--quiet", "--vector-size", "2", "--types", *told]
        )
        == 0
    )
    model = load("m")
    assert model.vectors_["noise"].index.tolist() == ["0", "1", "2"]
    assert model.vectors_["zip"].index.tolist() == [1, 2]
    assert len(model.vectors_["temp"]) == little_table()["temp"].nunique()


def test_texts_can_be_told_to_mean_a_missing_cell(here, capsys):
    assert (
        main(
            [
                "train",
                "table.csv",
                "--out",
                "m",
                "--quiet",
                "--vector-size",
                "2",
                "--missing-values",
                "Oslo",
                "?",
            ]
        )
        == 0
    )
    assert load("m").vectors_["city"].index.tolist() == ["Bergen", "Pisa", "Rome"]


@pytest.mark.parametrize("solver", ["rows", "gensim"])
def test_other_solvers_train_for_the_epochs_they_are_given(here, capsys, solver):
    assert (
        main(
            [
                "train",
                "table.csv",
                "--out",
                "model",
                "--solver",
                solver,
                "--epochs",
                "1",
                "--vector-size",
                "2",
            ]
        )
        == 0
    )
    out, err = capsys.readouterr()
    assert f"solver    {solver}, vector_size 2" in out
    assert ("2.40k" if solver == "rows" else "1 of 1 epochs") in err
    assert load("model").vectors_.settings["epochs"] == 1


def files_in(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_models_and_other_folders_are_written_into_only_when_told(here, model, capsys):
    again = ["train", "table.csv", "--vector-size", "2", "--quiet", "--out"]
    before = files_in(here / "model")
    assert main([*again, "model"]) == 2
    assert "holds a cat2vec model, which would be replaced" in capsys.readouterr().err
    assert files_in(here / "model") == before
    assert main([*again, "model", "--overwrite"]) == 0
    assert load("model").vectors_.vector_size == 2
    (here / "used").mkdir()
    (here / "used" / "notes.txt").write_text("keep")
    assert main([*again, "used"]) == 2
    assert main([*again, "used", "--overwrite"]) == 0
    assert (here / "used" / "notes.txt").read_text() == "keep"


@pytest.mark.parametrize(
    "left",
    [
        {},
        {".model.json.a1b2c3": "half"},
        {".model.json.a1b2c3": "half", ".vectors.safetensors.d4e5f6": ""},
        {"model.json": '{"format": "cat2vec"}'},
        {"model.json": '{"format": "cat2vec"}', ".vectors.safetensors.d4e5f6": "half"},
    ],
    ids=["an empty folder", "passing", "two passing", "a header alone", "a header and passing"],
)
def test_what_an_interrupted_training_left_is_no_model(here, left):
    """No model is lost by writing there, so the same command may simply run again."""
    (here / "left").mkdir()
    for name, content in left.items():
        (here / "left" / name).write_text(content)
    assert main(["train", "table.csv", "--quiet", "--out", "left"]) == 0
    assert load("left").vectors_.vector_size == 32


def test_nearest_prints_a_table(model, capsys):
    assert main(["nearest", "model", "city", "Oslo", "-n", "2", "--among", "zip", "city"]) == 0
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["feature", "category", "similarity", "rows"]
    found = model.nearest("city", "Oslo", n=2, among=["zip", "city"])
    assert lines[1:] == [
        [row.feature, row.category, f"{row.similarity:.3f}", str(row.rows)]
        for row in found.itertuples()
    ]


def test_nearest_finds_the_bin_of_a_number_and_whole_numbers(model, capsys):
    assert main(["nearest", "model", "temp", "-100", "-n", "1"]) == 0
    by_number = capsys.readouterr().out
    assert main(["nearest", "model", "temp", model.vectors_["temp"].index[0], "-n", "1"]) == 0
    assert by_number == capsys.readouterr().out
    assert main(["nearest", "model", "noise", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sorted(line.split()[1] for line in lines[1:]) == ["0", "2"]


def test_info_says_what_the_folder_holds(model, capsys):
    assert main(["info", "model"]) == 0
    lines = printed(capsys)
    assert list(lines) == ["model", "features", "settings", "gain"]
    assert lines["model"] == "model: 200 rows, 25 tokens"
    assert lines["features"] == "city: text, 4 categories (Bergen, Oslo, Pisa, ...)"
    assert "vector_size 3, solver counts" in lines["settings"]
    assert lines["gain"].startswith(f"{model.gain_:.4f} nats per pair of the training rows (loss ")


@pytest.mark.parametrize("target", ["keyedvectors", "parquet", "csv"])
@pytest.mark.parametrize("feature", [None, "zip"])
def test_export_writes_files_that_other_tools_read(model, capsys, target, feature):
    name = "out.kv" if target == "keyedvectors" else f"out.{target}"
    only = [] if feature is None else ["--feature", feature]
    assert main(["export", "model", "--to", target, "--out", name, *only]) == 0
    out, err = capsys.readouterr()
    assert out == f"written   {name}\n"
    assert ("are text, and gensim takes a number" in err) == (
        target == "keyedvectors" and feature == "zip"
    )
    tokens = slice(None) if feature is None else model.vocabulary_.tokens_of(feature)
    if target == "keyedvectors":
        keyed = KeyedVectors.load(name)
        words = model.vocabulary_
        keys = words.texts() if feature is None else ["01", "02"]
        numbers = [keyed[key] for key in keys]
        assert keyed.get_vecattr(keyed.index_to_key[0], "count") == words.counts[tokens].max()
        head = "" if feature else "city="
    else:
        read = pd.read_parquet if target == "parquet" else pd.read_csv
        frame = read(name, **({} if target == "parquet" else {"dtype": {"category": str}}))
        keys, numbers = frame["category"].tolist(), frame[["v0", "v1", "v2"]].to_numpy()
        head = ""
    assert keys[0] == ("01" if feature else f"{head}Bergen")
    np.testing.assert_allclose(numbers, model.vectors_.matrix[tokens], rtol=1e-6, atol=1e-30)


def test_transform_writes_rows_whatever_the_order_of_columns(here, model, capsys):
    rows = little_table(50, seed=1)
    rows["zip"] = "01"  # digits that a CSV alone would make numbers of
    rows[["temp", "zip", "noise", "city"]].assign(more=1).to_csv("new.csv", index=False)
    assert main(["transform", "model", "new.csv", "--out", "rows.parquet"]) == 0
    out, err = capsys.readouterr()
    assert out == "written   rows.parquet: 50 rows, 12 columns\n"
    assert err == ""
    table = pyarrow.parquet.read_table("rows.parquet")
    assert table.column_names == model.get_feature_names_out().tolist()
    np.testing.assert_array_equal(table.to_pandas().to_numpy(), model.transform(rows))


def test_transform_needs_only_the_columns_that_were_used(here, capsys):
    assert (
        main(
            [
                "train",
                "table.csv",
                "--out",
                "m",
                "--vector-size",
                "1",
                "--quiet",
                "--features",
                "city",
                "zip",
            ]
        )
        == 0
    )
    little_table().rename(columns={"zip": "ZIP"}).to_parquet("other.parquet")
    assert main(["transform", "m", "other.parquet", "--out", "rows.csv"]) == 2
    assert "no feature 'zip' in this table" in capsys.readouterr().err
    little_table()[["zip", "city"]].to_parquet("new.parquet")
    assert main(["transform", "m", "new.parquet", "--out", "rows.csv"]) == 0
    assert pd.read_csv("rows.csv").columns.tolist() == ["city_0", "zip_0"]


def test_transform_tells_how_many_cells_were_never_seen(here, model, capsys):
    little_table(50).replace({"city": {"Oslo": "Lima"}}).to_csv("new.csv", index=False)
    assert main(["transform", "model", "new.csv", "--out", "rows.csv"]) == 0
    unseen = (little_table(50)["city"] == "Oslo").sum()
    err = capsys.readouterr().err
    assert f"among 50 rows: 'city' {unseen} ('Lima'). They get zero" in err
    assert "Use --handle-unknown fold_in to find vectors from" in err
    assert "or --handle-unknown error to stop instead." in err
    again = ["transform", "model", "new.csv", "--out", "rows.csv", "--overwrite"]
    assert main([*again, "--handle-unknown", "fold_in"]) == 0
    assert capsys.readouterr().err == ""
    lima = little_table(50)["city"] == "Oslo"
    assert pd.read_csv("rows.csv").loc[lima, "city_0"].all()


def test_a_model_of_columns_without_names_transforms_a_file(here, capsys):
    rows = little_table()[["city", "zip"]].to_numpy()
    model = Cat2Vec(1).fit(rows)
    model.save("m")
    pd.DataFrame(rows, columns=["x0", "x1"]).to_csv("new.csv", index=False)
    assert main(["transform", "m", "new.csv", "--out", "rows.csv"]) == 0
    np.testing.assert_allclose(pd.read_csv("rows.csv"), model.transform(rows), rtol=1e-6)


def test_train_reads_the_table_once(here, monkeypatch):
    calls = []
    read = streamed.spill_stream
    monkeypatch.setattr(
        streamed,
        "spill_stream",
        lambda *a, **k: calls.append(a) or read(*a, **k),
    )
    assert main(["train", "table.csv", "--out", "m", "--vector-size", "2", "--holdout", "0"]) == 0
    assert len(calls) == 1


def test_transform_reads_a_file_as_train_did(here, capsys):
    table = little_table().astype(object)
    table.loc[::10, ["city", "temp"]] = "?"
    table.to_csv("table.csv", index=False, sep=";")
    reading = ["--delimiter", ";", "--missing-values", "?"]
    assert (
        main(["train", "table.csv", "--out", "m", "--vector-size", "2", "--quiet", *reading]) == 0
    )
    assert main(["transform", "m", "table.csv", "--out", "rows.csv"]) == 0
    assert capsys.readouterr().err == ""
    assert (pd.read_csv("rows.csv").iloc[::10][["city_0", "temp_0"]] == 0).all(axis=None)
    table.replace("?", None).to_parquet("table.parquet")
    assert main(["transform", "m", "table.parquet", "--out", "rows.parquet"]) == 0
    table.replace("?", "-").to_csv("new.csv", index=False)
    told = ["--delimiter", ",", "--missing-values", "-"]
    assert main(["transform", "m", "new.csv", "--out", "new.parquet", *told]) == 0
    assert pd.read_parquet("new.parquet").equals(pd.read_parquet("rows.parquet"))


def test_whole_numbers_and_fractions_may_change_places_between_files(here, model, capsys):
    rows = little_table(40, seed=2).assign(temp=5)
    rows.astype({"noise": float}).to_csv("new.csv", index=False)
    assert main(["transform", "model", "new.csv", "--out", "rows.parquet"]) == 0
    assert capsys.readouterr().err == ""
    found = pyarrow.parquet.read_table("rows.parquet").to_pandas().to_numpy()
    np.testing.assert_array_equal(found, model.transform(rows))


def test_help_speaks_of_what_is_computed_and_not_of_options(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    assert "count ** ns_exponent inside" in " ".join(capsys.readouterr().out.split())


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out == f"cat2vec {cat2vec.__version__}\n"


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "cat2vec", *arguments], capture_output=True, encoding="utf-8"
    )


def test_it_runs_as_a_module_from_table_to_neighbours(here):
    done = run("train", "table.csv", "--out", "model", "--vector-size", "3")
    assert (done.returncode, done.stdout.splitlines()[-2]) == (
        0,
        "written   model (model) and model/vectors.kv (gensim)",
    )
    done = run("nearest", "model", "city", "Oslo", "-n", "1")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1].split()[:2] == ["city", "Bergen"]
    assert done.stderr == ""


def test_as_a_module_an_error_is_one_line_and_code_2(here):
    done = run("train", "tabel.csv", "--out", "model")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "cat2vec train: no file 'tabel.csv'. Nearest: 'table.csv'.\n"
    done = run("train", "tabel.csv", "--out", "model", "--traceback")
    assert done.returncode == 2
    assert "TableNotFoundError" in done.stderr


def test_rare_categories_are_pooled_counted_in_the_plan_and_found_again(here, capsys):
    table = little_table()
    table["city"] = [f"Town {row}" if row % 9 == 0 else c for row, c in enumerate(table["city"])]
    table.to_csv("table.csv", index=False)
    assert main(["train", "table.csv", "--out", "m", "--vector-size", "2", "--min-count", "5"]) == 0
    out, err = capsys.readouterr()
    wanted = "city: text, 4 categories (Bergen, Oslo, Pisa, ...) and 23 rare ones that share one "
    assert f"{wanted}vector, in 23 rows\n" in out
    assert "min_count 5: rare categories share one vector per feature: 'city' 23 of 27" in err
    assert main(["info", "m"]) == 0
    out = capsys.readouterr().out
    assert wanted in out
    assert "min_count 5" in out
    assert KeyedVectors.load("m/vectors.kv")["city=<rare>"].any()
    shown = []
    for category in ("Town 9", "<rare>"):
        assert main(["nearest", "m", "city", category]) == 0
        shown.append(capsys.readouterr().out)
    assert shown[0] == shown[1]
    table.head(1).replace("Town 0", "Lima").to_csv("new.csv", index=False)
    to_rows = ["transform", "m", "new.csv", "--out", "rows.csv", "--handle-unknown", "rare"]
    assert main(to_rows) == 0
    err = capsys.readouterr().err
    assert "They get the vectors that rare categories share. Use --handle-unknown fold_in" in err
    rows = pd.read_csv("rows.csv")[["city_0", "city_1"]].to_numpy(np.float32)
    np.testing.assert_array_equal(rows[0], KeyedVectors.load("m/vectors.kv")["city=<rare>"])
    assert main(["train", "table.csv", "--out", "n", "--min-count", "0"]) == 2
    assert "--min-count must be an integer of at least 1, got 0" in capsys.readouterr().err
