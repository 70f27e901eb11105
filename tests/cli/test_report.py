"""The command ``report`` and ``train --holdout``: what they print, write and refuse."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cat2vec import Cat2Vec, load
from cat2vec.cli.main import main
from cat2vec.cli.report import split_rows
from cat2vec.errors import UnseenCategoryWarning
from tests.made_tables import planted, shuffled

TRAIN = ["train", "table.csv", "--out", "model", "--vector-size", "3"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    table = planted(np.random.default_rng(0), n_rows=600)
    pd.DataFrame(table).to_csv("table.csv", index=False)
    return tmp_path


def printed(capsys, arguments, code=0):
    assert main(arguments) == code
    out, err = capsys.readouterr()
    return err if code else out


def test_holdout_trains_on_the_rest_and_prints_and_writes_the_report(here, capsys):
    out = printed(capsys, [*TRAIN, "--holdout", "0.2"])
    assert "table     table.csv: 480 rows, 4 columns" in out
    assert "report    model/report.json and model/report.html" in out
    assert "120 held-out rows, 480 trained on; solver counts, vector_size 3" in out
    assert "Every feature has signal." in " ".join(out.split())
    figures = json.loads(Path("model/report.json").read_text("utf-8"))
    assert figures["verdict"].split()[:3] == ["The", "vectors", "predict"]
    assert Path("model/report.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    model = load("model")
    order = np.random.default_rng(0).permutation(600)
    table = pd.read_csv("table.csv")
    train, test = (table.iloc[np.sort(rows)] for rows in (order[120:], order[:120]))
    alone = Cat2Vec(3).fit(train)
    np.testing.assert_array_equal(model.vectors_.matrix, alone.vectors_.matrix)
    assert figures == json.loads(alone.report(test, train).to_json())


def test_the_seed_decides_which_rows_are_held_out():
    table = pa.table({"row": range(100)})
    held_out = [split_rows(table, 0.2, seed)[1]["row"].to_pylist() for seed in (0, 0, 1)]
    assert held_out[0] == held_out[1] != held_out[2]


def test_quiet_writes_and_prints_nothing(here, capsys):
    assert printed(capsys, [*TRAIN, "--holdout", "0.2", "--quiet"]) == ""
    assert Path("model/report.html").exists()


def test_training_again_without_holdout_removes_the_report_of_the_model_before(here, capsys):
    printed(capsys, [*TRAIN, "--holdout", "0.2", "--quiet"])
    printed(capsys, [*TRAIN, "--quiet", "--overwrite"])
    assert not Path("model/report.json").exists()
    assert not Path("model/report.html").exists()


def test_files_of_others_with_the_name_of_a_report_stay(here, capsys):
    printed(capsys, [*TRAIN, "--quiet"])
    Path("model/report.json").write_text("mine")
    err = printed(capsys, [*TRAIN, "--holdout", "0.2"], code=2)
    assert "'model' exists and holds a cat2vec model, which would be replaced." in err
    printed(capsys, [*TRAIN, "--quiet", "--overwrite"])
    assert Path("model/report.json").read_text() == "mine"
    printed(capsys, [*TRAIN, "--holdout", "0.2", "--quiet", "--overwrite"])
    assert Path("model/report.json").read_text() != "mine"


@pytest.mark.parametrize("share", ["1", "-0.1", "ten"])
def test_a_share_that_cannot_be_is_refused_before_anything_is_read(here, capsys, share):
    err = printed(capsys, ["train", "none.csv", "--out", "model", f"--holdout={share}"], code=2)
    assert "--holdout must be a number above 0 and below 1" in err
    assert not Path("model").exists()


def test_a_share_that_leaves_no_row_is_refused(here, capsys):
    err = printed(capsys, [*TRAIN, "--holdout", "0.0001"], code=2)
    assert "--holdout 0.0001 of 600 rows leaves 0 to measure on" in err
    assert not Path("model").exists()


def test_report_prints_and_writes_json_and_html(here, capsys):
    table = pd.read_csv("table.csv")
    table[:500].to_csv("old.csv", index=False)
    table[500:].to_csv("new.csv", index=False)
    printed(capsys, ["train", "old.csv", "--out", "model", "--vector-size", "3", "--quiet"])
    expected = load("model").report(table[500:], table[:500])
    report = ["report", "model", "new.csv", "--train-table", "old.csv"]
    assert printed(capsys, report) == f"{expected}\n"
    for as_json in (["--json"], ["--json", "-"]):
        assert printed(capsys, [*report, *as_json]) == f"{expected.to_json()}\n"
    assert printed(capsys, [*report, "--html", "-"]) == expected.to_html()
    files = ["--json", "r.json", "--html", "deep/r.html"]
    assert printed(capsys, [*report, *files]) == (f"{expected}\nwritten   r.json and deep/r.html\n")
    assert Path("r.json").read_text("utf-8") == expected.to_json()
    assert Path("deep/r.html").read_text("utf-8") == expected.to_html()
    assert "is a file. Choose another name" in printed(capsys, [*report, *files], code=2)
    printed(capsys, [*report, *files, "--overwrite"])
    short = printed(capsys, ["report", "model", "new.csv"])
    assert "Without training rows there is no PMI table" in short


def test_the_table_is_read_as_in_train(here, capsys):
    table = pd.read_csv("table.csv").assign(zip=["01", "2"] * 300)
    table.loc[::7, "f0"] = "?"
    table.to_csv("table.csv", index=False, sep=";")
    reading = ["--delimiter", ";", "--missing-values", "?"]
    printed(capsys, [*TRAIN, *reading, "--quiet"])
    out = printed(capsys, ["report", "model", "table.csv", "--json", "-"])
    assert json.loads(out)["features"][0]["n_cells"] == (table["f0"] != "?").sum()


def test_a_table_without_a_feature_is_refused(here, capsys):
    printed(capsys, [*TRAIN, "--quiet"])
    pd.read_csv("table.csv").drop(columns="f1").to_csv("less.csv", index=False)
    assert "no feature 'f1'" in printed(capsys, ["report", "model", "less.csv"], code=2)


def held_out(out):
    """Give the line of the gain on other rows."""
    return next((line[10:] for line in out.splitlines() if line.startswith("held out")), None)


def test_train_prints_the_gain_on_other_rows_and_the_model_is_that_of_all_rows(here, capsys):
    line = held_out(printed(capsys, TRAIN))
    table = pd.read_csv("table.csv")
    order = np.random.default_rng(0).permutation(600)
    kept, others = table.iloc[np.sort(order[60:])], table.iloc[np.sort(order[:60])]
    gain = Cat2Vec(3).fit(kept).score(others)
    assert line.startswith(f"{gain:.4f} ± ")
    assert line.endswith(
        " nats per pair: of 60 rows, by a second training on the other 540 (--holdout 0 leaves it "
        "out)"
    )
    np.testing.assert_array_equal(
        load("model").vectors_.matrix, Cat2Vec(3).fit(table).vectors_.matrix
    )


def test_missing_values_that_no_cell_holds_are_told_with_holdout_too(here, capsys):
    assert main([*TRAIN, "--quiet", "--holdout", "0.2", "--missing-values", "N/A"]) == 0
    assert "--missing-values names 'N/A' (str), and no cell holds it" in capsys.readouterr().err


def test_the_second_training_reads_columns_as_the_first_one_does(here, capsys):
    """Codes of shops that are told to be text; as numbers they would be in bins."""
    table = pd.read_csv("table.csv")
    shops = table["f0"].astype("category").cat.codes * 7 + np.arange(600) % 7
    told = table.assign(shop=shops.map(str))
    told.to_csv("table.csv", index=False)
    line = held_out(printed(capsys, [*TRAIN, "--types", "shop=text"]))
    order = np.random.default_rng(0).permutation(600)
    gain = Cat2Vec(3).fit(told.iloc[np.sort(order[60:])]).score(told.iloc[np.sort(order[:60])])
    assert line.startswith(f"{gain:.4f} ± ")


@pytest.mark.filterwarnings("ignore::cat2vec.errors.IdentifierWarning")
def test_pairs_of_categories_that_only_other_rows_have_count_as_zero(here, capsys):
    table = pd.read_csv("table.csv").assign(when=[f"t{row}" for row in range(600)])
    table.to_csv("table.csv", index=False)
    line = held_out(printed(capsys, TRAIN))
    order = np.random.default_rng(0).permutation(600)
    kept, others = table.iloc[np.sort(order[60:])], table.iloc[np.sort(order[:60])]
    model = Cat2Vec(3).fit(kept)
    with pytest.warns(UnseenCategoryWarning):
        gain = model.score(others)
    n_known = table.shape[1] - 1
    share = n_known * (n_known - 1) / ((n_known + 1) * n_known)
    assert line.startswith(f"{gain * share:.4f} ± ")
    assert (
        f"{1 - share:.0%} of their pairs have a category that is new there and count as 0" in line
    )
    assert f"(without them {gain:.4f})" in line


def test_it_shows_what_a_gain_of_training_hides(here, capsys):
    rng = np.random.default_rng(0)
    table = shuffled(rng, planted(rng, n_rows=600))
    table["when"] = [f"2024-01-01 {i // 2:04}" for i in range(600)]
    pd.DataFrame(table).to_csv("table.csv", index=False)
    out = printed(capsys, [*TRAIN, "--regularization", "1"])
    gain = float(out.split("gain      ")[1].split()[0])
    assert gain > 0.05 > 0.01 > float(held_out(out).split()[0])


@pytest.mark.parametrize("options", [["--holdout", "0"], ["--holdout", "0.1"], ["--quiet"]])
def test_a_second_training_can_be_left_out(here, capsys, options):
    assert held_out(printed(capsys, [*TRAIN, *options])) is None


def test_where_rows_do_not_suffice_or_time_does_not_it_is_said(here, capsys, monkeypatch):
    monkeypatch.setattr("cat2vec.cli.main.MOST_SECONDS", -1)
    monkeypatch.setattr("cat2vec.cli.report.MOST_SECONDS", -1)
    assert held_out(printed(capsys, TRAIN)).startswith("not measured: training once more takes")
    monkeypatch.undo()
    monkeypatch.chdir(here)
    pd.read_csv("table.csv")[:150].to_csv("table.csv", index=False)
    assert held_out(printed(capsys, [*TRAIN, "--overwrite"])) == (
        "not measured: 150 rows are too few to leave some out"
    )


def test_a_report_on_the_table_of_training_says_so(here, capsys):
    printed(capsys, [*TRAIN, "--quiet"])
    out = printed(capsys, ["report", "model", "table.csv"])
    assert out.startswith("600 rows of training; ")
    assert "These are the rows that the vectors were trained on" in out
