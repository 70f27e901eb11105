"""The command line where something is wrong: code 2, one clear sentence, nothing written."""

from __future__ import annotations

import builtins
import errno
import re
import tempfile

import pyarrow as pa
import pyarrow.parquet
import pytest

import cat2vec.__main__
import cat2vec.cli.main
from cat2vec import Cat2Vec
from cat2vec.cli.main import main
from cat2vec.errors import KeyCollisionError
from tests.cli.test_main import little_table

TRAIN = ["train", "t.csv", "--out", "out", "--quiet"]
GOOD = "city,food\nOslo,cod\nRome,pasta\nOslo,cod\nRome,pasta\n"
NEW = "city,zip,temp,noise\nOslo,01,3.5,1\nRome,02,20,0\n"
LISTS = {"tags": [[["a"]], [["b"]]] * 3, "city": ["x", "y"] * 3}
OUR_WORDS = '{"format": "cat2vec"}'
FOREIGN_WORDS = '{"format": "another"}'

#: What is wrong: files to make, arguments, and the whole sentence as a pattern.
TROUBLES = {
    "no such file": ({"tt.csv": GOOD}, TRAIN, r"no file 't\.csv'\. Nearest: 'tt\.csv'\."),
    "no file alike": ({}, TRAIN, r"no file 't\.csv'\. Give the path of a CSV or Parquet file\."),
    "empty file": ({"t.csv": ""}, TRAIN, r"'t\.csv' is empty: it has no header and no rows\."),
    "header only": (
        {"t.csv": "city,food\n"},
        TRAIN,
        r"'t\.csv' has a header and no rows: there is nothing to learn from\.",
    ),
    "one column": (
        {"t.csv": "city;food\nOslo;cod\n"},
        TRAIN,
        r"'t\.csv' has only one column, 'city;food', and its header holds ';': give that as "
        r"--delimiter\.",
    ),
    "all cells missing": (
        {"t.csv": "city,food\n,\n,\n"},
        TRAIN,
        r"all cells of the 2 features are missing in 2 rows, so there is nothing to learn .*",
    ),
    "column names twice": (
        {"t.csv": "city,food,city\na,b,c\n"},
        TRAIN,
        r"'t\.csv' line 1: column names must differ, and 'city' stands more than once\. .*",
    ),
    "unknown feature": (
        {"t.csv": GOOD},
        [*TRAIN, "--features", "citty", "food"],
        r"no feature 'citty' in this table\. Features: 'city', 'food'\. Nearest: 'city'\.",
    ),
    "unknown exclude": (
        {"t.csv": GOOD},
        [*TRAIN, "--exclude", "foood"],
        r"no feature 'foood' in this table\. Features: 'city', 'food'\. Nearest: 'food'\.",
    ),
    "unknown name in types": (
        {"t.csv": GOOD},
        [*TRAIN, "--types", "citty=text"],
        r"no feature 'citty' in this table\. .* Nearest: 'city'\.",
    ),
    "unknown kind": (
        {"t.csv": GOOD},
        [*TRAIN, "--types", "city=number2"],
        r"--types must be NAME=KIND with KIND one of category.*, boolean, got 'city=number2'\.",
    ),
    "text told to be numbers": (
        {"t.csv": GOOD},
        [*TRAIN, "--types", "city=integer"],
        r"'t\.csv': column 'city' was to be read as integer and holds 'Oslo', 'Rome'\. .*",
    ),
    "every feature constant": (
        {"t.csv": "city,food\nOslo,cod\nOslo,cod\n"},
        TRAIN,
        r"no feature has two different categories in 2 rows, .*: features are 'city', 'food'\.",
    ),
    "vector size 0": (
        {"t.csv": GOOD},
        [*TRAIN, "--vector-size", "0"],
        r"--vector-size must be an integer of at least 1, got 0\.",
    ),
    "vector size -8": (
        {"t.csv": GOOD},
        [*TRAIN, "--vector-size", "-8"],
        r"--vector-size must be an integer of at least 1, got -8\.",
    ),
    "vector size many": (
        {"t.csv": GOOD},
        [*TRAIN, "--vector-size", "many"],
        r"--vector-size must be an integer of at least 1, got 'many'\.",
    ),
    "no threads": (
        {},
        [*TRAIN, "--n-jobs", "0"],
        r"--n-jobs must be None \(all cores\) or a whole number other than 0, got 0\.",
    ),
    "one bin": (
        {"t.csv": GOOD},
        [*TRAIN, "--n-bins", "1"],
        r"--n-bins must be an integer of at least 2, got 1\.",
    ),
    "output folder in use": (
        {"t.csv": GOOD, "out/notes.txt": "keep"},
        TRAIN,
        r"'out' exists and holds other things \('notes\.txt'\) and no cat2vec model\. Choose "
        r"another folder, or pass --overwrite to write into it\.",
    ),
    "output folder with a model": (
        {"t.csv": GOOD, "out/model.json": OUR_WORDS, "out/vectors.safetensors": "numbers"},
        TRAIN,
        r"'out' exists and holds a cat2vec model, which would be replaced\. Choose another folder, "
        r"or pass --overwrite\.",
    ),
    "output folder with a model and other files": (
        {"t.csv": GOOD, **dict.fromkeys(("out/model.json", "out/a.txt"), OUR_WORDS)}
        | {"out/vectors.safetensors": "numbers"},
        TRAIN,
        r"'out' exists and holds a cat2vec model, which would be replaced\. .*",
    ),
    "output folder with counts": (
        {"t.csv": GOOD, "out/counts.json": '{"format": "cat2vec counts"}'},
        TRAIN,
        r"'out' exists and holds other things \('counts\.json'\) and no cat2vec model\. .*",
    ),
    "output folder of another tool": (
        {"t.csv": GOOD, "out/model.json": FOREIGN_WORDS},
        TRAIN,
        r"'out' exists and holds other things \('model\.json'\) and no cat2vec model\. .*",
    ),
    "output inside a file": (
        {"t.csv": GOOD},
        ["train", "t.csv", "--out", "t.csv/model", "--quiet"],
        r"'.*t\.csv' exists and is a file, so 'model' cannot be inside it\. Choose another place\.",
    ),
    "a row too long": (
        {"t.csv": GOOD + "Oslo,cod,more\n"},
        TRAIN,
        r"'t\.csv' line 6: 3 cells, the header has 2\.",
    ),
    "not UTF-8": (
        {"t.csv": GOOD.encode() + b"\xff,cod\n"},
        TRAIN,
        r"'t\.csv' line 6: not UTF-8 text \(invalid start byte\)\. .*",
    ),
    "not Parquet": (
        {"t.parquet": "PAR1"},
        ["train", "t.parquet", "--out", "out", "--quiet"],
        r"'t\.parquet' cannot be read as Parquet: .*",
    ),
    "lists in cells": (
        {"t.parquet": LISTS},
        ["train", "t.parquet", "--out", "out", "--quiet"],
        r"feature 'tags' holds \[\['a'\]\], a list in row 0 \(counted from 0\), which is not "
        r"hashable and so cannot be a category\. .* or leave the column out with --exclude\.",
    ),
    "numbers become NaN": (
        {"t.csv": GOOD},
        [*TRAIN, "--solver", "rows", "--learning-rate", "1e38", "--vector-size", "2"],
        r"training diverged: vectors became NaN or infinite in epoch \d+ of the rows solver .* "
        r"Try a --learning-rate of at most .*\.",
    ),
    "unknown category": (
        {},
        ["nearest", "model", "city", "Osloo"],
        r"feature 'city' has no category 'Osloo'\. It has 4: .*\. Nearest: 'Oslo'\.",
    ),
    "unknown feature in nearest": (
        {},
        ["nearest", "model", "citty", "Oslo"],
        r"no feature 'citty' in this model\. .* Nearest: 'city'\.",
    ),
    "no neighbours wanted": (
        {},
        ["nearest", "model", "city", "Oslo", "-n", "none"],
        r"-n must be an integer of at least 1, got 'none'\.",
    ),
    "no model folder": (
        {},
        ["info", "nowhere"],
        r"no model folder 'nowhere'\. Give the folder that was named .*\.",
    ),
    "another folder": (
        {"x/notes.txt": "keep"},
        ["nearest", "x", "city", "Oslo"],
        r"'x' is not a cat2vec model folder: there is no 'model\.json' in it\. .*",
    ),
    "export over a file": (
        {"x.kv": "keep"},
        ["export", "model", "--to", "keyedvectors", "--out", "x.kv"],
        r"'x\.kv' exists and would be replaced\. Choose another name, or pass --overwrite\.",
    ),
    "export to the wrong ending": (
        {},
        ["export", "model", "--to", "csv", "--out", "x.parquet"],
        r"--out must end in \.csv for --to csv, got 'x\.parquet'\.",
    ),
    "export of no such feature": (
        {},
        ["export", "model", "--to", "csv", "--out", "x.csv", "--feature", "zipp"],
        r"no feature 'zipp' in this model\. .* Nearest: 'zip'\.",
    ),
    "transform to the wrong ending": (
        {"t.csv": GOOD},
        ["transform", "model", "t.csv", "--out", "rows.xlsx"],
        r"the file to write must end in \.parquet or \.csv, got 'rows\.xlsx'\.",
    ),
    "transform over a file": (
        {"rows.csv": "keep"},
        ["transform", "model", "t.csv", "--out", "rows.csv"],
        r"'rows\.csv' exists and would be replaced\. .*",
    ),
    "a text where fit saw numbers, which is to be an error": (
        {"t.csv": NEW.replace("3.5", "n/a")},
        ["transform", "model", "t.csv", "--out", "rows.csv", "--handle-unknown", "error"],
        r"feature 'temp' has 1 cells with a category not seen in fit \('n/a'\), in rows 0 .*",
    ),
    "a text in Parquet where fit saw numbers, which is to be an error": (
        {"t.parquet": {"city": ["Oslo"], "zip": ["01"], "temp": ["n/a"], "noise": [1]}},
        ["transform", "model", "t.parquet", "--out", "rows.csv", "--handle-unknown", "error"],
        r"feature 'temp' has 1 cells with a category not seen in fit \('n/a'\), in rows 0 .*",
    ),
    "a category that is to be an error": (
        {"t.csv": NEW.replace("Oslo", "Lima")},
        ["transform", "model", "t.csv", "--out", "rows.csv", "--handle-unknown", "error"],
        r"feature 'city' has 1 cells with a category not seen in fit \('Lima'\), in rows 0 "
        r"\(counted from 0\), among the first 2 rows\. Use --handle-unknown fold_in to find "
        r"vectors from the other cells of their rows, "
        r"or --handle-unknown zero to give them zero vectors\.",
    ),
    "no such solver": (
        {"t.csv": GOOD},
        [*TRAIN, "--solver", "best", "--negative", "0", "--tol", "0", "--max-sweeps", "0"],
        r"4 parameters are out of range\.\n  --solver must be .*\n  --negative must be .*\n  "
        r"--tol must be .*\n  --max-sweeps must be .*",
    ),
    "a fraction of noise tokens": (
        {"t.csv": GOOD},
        [*TRAIN, "--solver", "gensim", "--negative", "1.5"],
        r"--negative must be a whole number for --solver gensim, which .* Other solvers take .*",
    ),
    "long delimiter": (
        {"t.csv": GOOD},
        [*TRAIN, "--delimiter", ";;"],
        r"--delimiter must be one ASCII character, got ';;'\.",
    ),
    "text told to be numeric": (
        {"t.csv": GOOD},
        [*TRAIN, "--types", "city=numeric"],
        r"'t\.csv': column 'city' was to be read as number and holds 'Oslo', 'Rome'\. .*",
    ),
    "options of CSV for Parquet": (
        {"t.parquet": LISTS},
        ["train", "t.parquet", "--out", "out", "--missing-values", "?"],
        r"--missing-values is for CSV, and Parquet has its own types\. Leave it out\.",
    ),
    "writing into what is no folder": (
        {"file": "keep"},
        ["export", "model", "--to", "csv", "--out", "file/x.csv"],
        r".*file.*: (Not a directory|File exists)\.",
    ),
}


@pytest.fixture(scope="module")
def model():
    return Cat2Vec(3).fit(little_table())


def everything(folder):
    return {
        path.relative_to(folder): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("trouble", TROUBLES)
def test_wrong_input_is_code_2_one_sentence_and_nothing_written(
    trouble, model, tmp_path, monkeypatch, capsys
):
    files, arguments, sentence = TROUBLES[trouble]
    monkeypatch.chdir(tmp_path)
    model.save("model")
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        if isinstance(content, dict):
            pyarrow.parquet.write_table(pa.table(content), path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = everything(tmp_path)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(rf"cat2vec {arguments[0]}: {sentence}\n", err), err
    assert everything(tmp_path) == before


def test_ctrl_c_in_training_is_code_130_and_writes_nothing(tmp_path, monkeypatch, capsys):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cat2vec.cli.main, "vectors_and_counts", interrupted)
    (tmp_path / "t.csv").write_text(GOOD)
    assert main(TRAIN) == 130
    assert capsys.readouterr() == ("", "cat2vec train: interrupted and nothing was written.\n")
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_ctrl_c_while_writing_says_so(tmp_path, monkeypatch, capsys):
    def interrupted(self, *args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cat2vec.cli.update.save_estimator", interrupted)
    (tmp_path / "t.csv").write_text(GOOD)
    assert main([*TRAIN, "--vector-size", "2"]) == 130
    assert capsys.readouterr().err == (
        "cat2vec train: interrupted while writing; run it again with --overwrite.\n"
    )


def test_colliding_keys_are_found_before_anything_is_written(tmp_path, monkeypatch, capsys):
    def colliding(vectors):
        raise KeyCollisionError("city=1", "1", "'1'")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cat2vec.cli.update.keys_of", colliding)  # a file has one type per column
    (tmp_path / "t.csv").write_text(GOOD)
    assert main([*TRAIN, "--vector-size", "2"]) == 2
    assert "two tokens would both have the key 'city=1'" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize(
    "arguments",
    [
        TRAIN,
        ["transform", "model", "t.csv", "--out", "rows.csv"],
        ["export", "model", "--to", "csv", "--out", "rows.csv"],
    ],
)
def test_a_place_that_cannot_be_written_is_found_before_the_work(
    model, arguments, tmp_path, monkeypatch, capsys
):
    def refused(dir):
        raise PermissionError(errno.EACCES, "Permission denied", str(dir))

    monkeypatch.chdir(tmp_path)
    model.save("model")
    (tmp_path / "t.csv").write_text(GOOD)
    monkeypatch.setattr(tempfile, "TemporaryFile", refused)
    monkeypatch.setattr(cat2vec.cli.main, "read_table", None)
    monkeypatch.setattr(cat2vec.cli.transform, "save_tables", None)
    before = everything(tmp_path)
    assert main(arguments) == 2
    place = "out" if arguments is TRAIN else "."
    assert capsys.readouterr().err == f"cat2vec {arguments[0]}: '{place}': Permission denied.\n"
    assert everything(tmp_path) == before


@pytest.mark.parametrize("option", ["--features", "--exclude", "--types", "--missing-values"])
def test_a_table_behind_an_option_that_takes_all_words_is_told_to_stand_before_it(option, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["train", "--out", "o", option, "a", "b", "ok.csv"])
    assert stopped.value.code == 2
    err = capsys.readouterr().err
    assert (
        f"are required: table. Put it before {option}, which takes all words that follow\n" in err
    )


@pytest.mark.parametrize(
    "arguments", [["nearest", "model", "tram"], ["associations", "model"], ["train", "--out", "o"]]
)
def test_options_that_nobody_typed_are_not_blamed(arguments, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert "Put it before" not in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["trian", "t.csv"], ["train", "t.csv"]])
def test_a_wrong_command_shows_the_usage_and_code_2(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: cat2vec" in capsys.readouterr().err


def test_an_interrupt_while_the_command_line_loads_is_one_sentence(monkeypatch, capsys):
    def interrupted(name, *arguments):
        if name == "cat2vec.cli.main":
            raise KeyboardInterrupt
        return load_module(name, *arguments)

    load_module = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", interrupted)
    assert cat2vec.__main__.main() == 130
    assert capsys.readouterr().err == "cat2vec: interrupted and nothing was written.\n"


@pytest.mark.parametrize(
    ("step", "said"),
    [("command_parser", " and nothing was written"), ("messages_shown", "")],
)
def test_an_interrupt_before_or_after_a_command_is_one_sentence(step, said, monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(cat2vec.cli.main, step, interrupted)
    assert cat2vec.__main__.main() == 130
    assert capsys.readouterr().err == f"cat2vec: interrupted{said}.\n"
