"""Answers as JSON and CSV: all digits of what the library answers, alone on standard output."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from cat2vec import Cat2Vec, load
from cat2vec.cli.main import command_parser, main
from cat2vec.cli.output import plain
from tests.docs.sample_files import write_sample_files

#: Each command that answers, and the same question in Python.
ASKED = {
    "nearest": (["model", "city", "Oslo", "-n", "3"], lambda m, t: m.nearest("city", "Oslo", n=3)),
    "similarity": (["model", "city", "Oslo", "Rome"], None),
    "analogy": (
        ["model", "city", "Oslo", "Bergen", "Rome"],
        lambda m, t: m.analogy("city", "Oslo", "Bergen", "Rome"),
    ),
    "nearest-to-all": (
        ["model", "city", "Oslo", "Bergen"],
        lambda m, t: m.cluster_fit("city", ["Oslo", "Bergen"]),
    ),
    "clusters": (["model", "city"], lambda m, t: m.clusters("city")),
    "commonality": (["model", "paid"], lambda m, t: m.commonality("paid")),
    "influence": (["model"], lambda m, t: m.influence()),
    "outliers": (["model", "trips.csv", "-n", "4"], lambda m, t: m.outlier_rows(t, 4)),
    "associations": (["model", "trips.csv"], lambda m, t: m.associations(t)),
    "moves": (["later", "model", "-n", "1000"], None),
    "info": (["model"], None),
    "report": (["model", "trips.csv"], None),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("answers")
    write_sample_files(folder)
    table = pd.read_parquet(folder / "trips.parquet")
    table.to_csv(folder / "trips.csv", index=False)
    model = Cat2Vec(vector_size=2).partial_fit(table)
    model.save(folder / "model")
    model.partial_fit(pd.read_parquet(folder / "june.parquet")).save(folder / "later")
    return folder


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return folder


def printed(capsys, *words):
    capsys.readouterr()
    assert main(list(words)) == 0, capsys.readouterr().err
    return capsys.readouterr()


def records_of(found):
    """Rows of a DataFrame with categories as text and None for what is no number."""
    rows = found.to_dict("records")
    return [
        {
            name: str(value) if name in ("category", "expected") else plain(value)
            for name, value in row.items()
        }
        for row in rows
    ]


def test_every_command_that_answers_has_both():
    parser = command_parser()
    (commands,) = [action.choices for action in parser.walk() if action.dest == "command"]
    with_both = {
        name
        for name, command in commands.items()
        if {"--json", "--csv"} <= set(command.option_names())
    }
    assert with_both == {*ASKED, "cluster-fit"}


@pytest.mark.parametrize("command", [name for name, asked in ASKED.items() if asked[1]])
def test_json_and_csv_hold_the_answer_of_the_library(here, capsys, command):
    words, ask = ASKED[command]
    wanted = records_of(ask(load("model"), pd.read_csv("trips.csv")))
    out, err = printed(capsys, command, *words, "--json")
    assert json.loads(out) == wanted
    assert err == ""
    out, err = printed(capsys, command, *words, "--csv")
    rows = list(csv.DictReader(io.StringIO(out, newline=""), strict=True))
    assert rows == [{n: "" if v is None else str(v) for n, v in row.items()} for row in wanted]
    assert err == ""


@pytest.mark.parametrize("command", ASKED)
def test_nothing_else_is_on_standard_output_and_both_agree(here, capsys, command):
    words = ASKED[command][0]
    out, _ = printed(capsys, command, *words, "--json")
    answer = json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert out.isascii()
    rows = answer if isinstance(answer, list) else answer["features"]
    out, _ = printed(capsys, command, *words, "--csv")
    assert out.endswith("\r\n")
    header, *lines = csv.reader(io.StringIO(out, newline=""), strict=True)
    assert header == list(rows[0])
    assert len(lines) == len(rows) > 0
    numbers = [name for name, value in rows[0].items() if isinstance(value, float)]
    for row, line in zip(rows, lines, strict=True):
        cells = dict(zip(header, line, strict=True))
        assert [float(cells[name] or "nan") for name in numbers] == pytest.approx(
            [math.nan if row[name] is None else row[name] for name in numbers], rel=0, nan_ok=True
        )


def test_numbers_are_not_rounded(here, capsys):
    words = ["similarity", "model", "city", "Oslo", "Rome", "--json"]
    answer = json.loads(printed(capsys, *words).out)
    assert answer[0]["similarity"] == load("model").similarity("city", "Oslo", "Rome")
    assert answer[0]["rows"] == (pd.read_csv("trips.csv")["city"] == "Oslo").sum()
    info = json.loads(printed(capsys, "info", "model", "--json").out)
    vectors = load("model").vectors_
    assert (info["gain"], info["loss"]) == (vectors.gain, vectors.loss)
    assert info["n_tokens"] == vectors.vocabulary.n_tokens
    assert [one["n_categories"] for one in info["features"]] == [4, 2, 2, 3]
    assert info["settings"]["vector_size"] == 2


def test_how_many_moved_is_told_on_standard_error(here, capsys):
    words = ["moves", "later", "model"]
    out, err = printed(capsys, *words)
    assert out.startswith("moves     ")
    assert err == ""
    for form in ("--json", "--csv"):
        other, err = printed(capsys, *words, form)
        assert err == out.splitlines()[0] + "\n"
        assert "moves  " not in other


def test_missing_numbers_are_null_and_empty(here, capsys):
    """A category that appeared was nowhere before, so it moved no distance."""
    Cat2Vec(2).fit({"a": ["x", "y"] * 20, "b": ["u", "v"] * 20}).save("one")
    Cat2Vec(2).fit({"a": ["x", "z"] * 20, "b": ["u", "v"] * 20}).save("other")
    rows = json.loads(printed(capsys, "moves", "other", "one", "--json").out)
    (new,) = [row for row in rows if row["status"] == "appeared"]
    assert (new["category"], new["similarity"], new["distance"]) == ("z", None, None)
    lines = csv.DictReader(io.StringIO(printed(capsys, "moves", "other", "one", "--csv").out))
    (new,) = [line for line in lines if line["status"] == "appeared"]
    assert (new["category"], new["similarity"], new["distance"]) == ("z", "", "")


AWKWARD = ["a,b", 'say "x"', "two\nlines", "Ærø", "", "plain", "\r", " blank "]


def test_csv_quotes_what_rfc_4180_says_and_json_escapes(here, capsys):
    table = {"name": AWKWARD * 9, "other": (["u"] * 4 + ["v"] * 4) * 9}
    Cat2Vec(1).fit(table).save("awkward")
    out = printed(capsys, "commonality", "awkward", "name", "--csv").out
    found = [row["category"] for row in csv.DictReader(io.StringIO(out, newline=""), strict=True)]
    assert sorted(found) == sorted(AWKWARD)
    assert '"say ""x"""' in out
    assert "\r\nname,plain," in out
    assert '\r\nname,"",' in out
    rows = json.loads(printed(capsys, "commonality", "awkward", "name", "--json").out)
    assert sorted(row["category"] for row in rows) == sorted(AWKWARD)


def test_a_category_that_the_fit_did_not_see_is_null(here, capsys):
    table = pd.read_csv("trips.csv").head(30)
    table.loc[3, "city"] = "Lima"
    table.to_csv("lima.csv", index=False)
    words = ["outliers", "model", "lima.csv", "-n", "30", "--n-cells", "9", "--json"]
    rows = json.loads(printed(capsys, *words).out)
    (lima,) = [row for row in rows if row["row"] == 3 and row["feature"] == "city"]
    assert lima["category"] is None
    assert isinstance(lima["expected"], str)


def test_utf_8_is_printed_whatever_the_terminal_speaks(here):
    Cat2Vec(1).fit({"a": ["Ærø", "Oslo"] * 9, "b": ["u", "v"] * 9}).save("danish")
    words = [sys.executable, "-m", "cat2vec", "commonality", "danish", "a"]
    known = {**os.environ, "PYTHONIOENCODING": "ascii"}
    as_csv = subprocess.run([*words, "--csv"], capture_output=True, env=known, check=True).stdout
    assert "Ærø" in as_csv.decode("utf-8")
    as_json = subprocess.run([*words, "--json"], capture_output=True, env=known, check=True).stdout
    assert {row["category"] for row in json.loads(as_json)} == {"Ærø", "Oslo"}


def test_only_one_form_can_be_asked_for(here, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["clusters", "model", "city", "--json", "--csv"])
    assert stopped.value.code == 2
    assert main(["report", "model", "trips.csv", "--csv", "--json"]) == 2
    assert "--json and --csv would all be printed" in capsys.readouterr().err


def test_a_report_writes_files_beside_what_it_prints(here, capsys):
    words = ["report", "model", "trips.csv", "--json", "r.json", "--html", "r.html", "--overwrite"]
    out, err = printed(capsys, *words, "--csv")
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    figures = json.loads((here / "r.json").read_text("utf-8"))
    assert [row["feature"] for row in rows] == [one["feature"] for one in figures["features"]]
    assert [float(row["gain"]) for row in rows] == [one["gain"] for one in figures["features"]]
    assert {row["signal"] for row in rows} <= {"true", "false"}
    assert err == "written   r.json and r.html\n"


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_outliers_carry_the_key_of_each_row(here, capsys, ending):
    table = pd.read_csv("new.csv").assign(tags=[["a", "b"]] * 240)
    if ending == "csv":
        table = table.drop(columns="tags")
        table["id"] = [f"{row:04}" for row in range(240)]  # no number
        table.to_csv("keyed.csv", index=False)
    else:
        table.to_parquet("keyed.parquet")
    words = ["outliers", "model", f"keyed.{ending}", "-n", "5", "--keep", "id"]
    rows = json.loads(printed(capsys, *words, "--json").out)
    assert list(rows[0])[:2] == ["id", "row"]
    assert [row["id"] for row in rows] == [table["id"][row["row"]] for row in rows]
    assert printed(capsys, *words).out.split()[0] == "id"
    if ending == "parquet":
        rows = json.loads(printed(capsys, *words[:-1], "tags", "--json").out)
        assert rows[0]["tags"] == ["a", "b"]
        assert main([*words[:-1], "tags", "--csv"]) == 2
        assert "which CSV cannot hold. Ask for --json." in capsys.readouterr().err
    assert main([*words[:-1], "row"]) == 2
    assert "--keep names 'row', and outliers writes a column" in capsys.readouterr().err
    assert main([*words[:-1], "nothing"]) == 2
    assert "no feature 'nothing' in this table" in capsys.readouterr().err


def test_plain_values():
    given = {"a": (np.float32(0.5), float("inf"), np.nan), 1: [True, None, "x", np.int64(3)]}
    assert plain(given) == {"a": [0.5, None, None], "1": [True, None, "x", 3]}
