"""``-`` is standard input wherever a command reads a table, and output where it writes one."""

from __future__ import annotations

import io
import sys

import pandas as pd
import pyarrow.parquet as pq
import pytest

from cat2vec import Cat2Vec
from cat2vec.cli.main import main
from cat2vec.counting.sql import vocabulary_sql
from cat2vec.export.word2vec import load_word2vec_format
from tests.docs.sample_files import write_sample_files


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pipes")
    write_sample_files(folder)
    table = pd.read_parquet(folder / "trips.parquet")
    table["time"] = table["time"].mask(table.index % 7 == 0)
    table.to_csv(folder / "gaps.csv", index=False)
    table.to_csv(folder / "gaps.tsv", index=False, sep="\t")
    table.to_parquet(folder / "gaps.parquet")
    Cat2Vec(vector_size=2).partial_fit(table).save(folder / "model")
    return folder


@pytest.fixture
def run(folder, monkeypatch, capfdbinary):
    """Run a command, a file piped into it; give what it printed as bytes."""
    monkeypatch.chdir(folder)

    def run(*words, given=None, code=0):
        content = b"" if given is None else (folder / given).read_bytes()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        capfdbinary.readouterr()
        assert main(list(words)) == code, capfdbinary.readouterr().err.decode()
        out, err = capfdbinary.readouterr()
        return out, err.decode()

    return run


@pytest.mark.parametrize("file", ["gaps.csv", "gaps.parquet"])
def test_every_command_that_reads_a_table_reads_a_pipe(run, folder, file):
    for command in ("outliers", "associations", "report"):
        assert run(command, "model", "-", given=file) == run(command, "model", file)
    for out in ("piped", "plain"):
        table = "-" if out == "piped" else file
        run("transform", "model", table, "--out", f"{out}.csv", "--overwrite", given=file)
        run("impute", "model", table, "--out", f"{out}.full.csv", "--overwrite", given=file)
        run("count", "model", table, "--out", f"{out}.counts", "--overwrite", given=file)
        run("train", table, "--out", f"{out}.model", "--overwrite", "--quiet", given=file)
        words = ["--out", f"{out}.later", "--overwrite", "--quiet"]
        run("update", "model", table, *words, given=file)
    for name in ("csv", "full.csv", "counts/pairs.safetensors", "later/vectors.safetensors"):
        assert (folder / f"piped.{name}").read_bytes() == (folder / f"plain.{name}").read_bytes()
    numbers = [folder / f"{out}.model/vectors.safetensors" for out in ("piped", "plain")]
    assert numbers[0].read_bytes() == numbers[1].read_bytes()


def test_the_table_of_training_of_a_report_may_be_a_pipe(run):
    words = ["report", "model", "new.csv", "--train-table"]
    assert run(*words, "-", given="gaps.csv") == run(*words, "gaps.csv")


def test_the_vocabulary_of_a_statement_may_be_a_pipe(run, folder):
    import duckdb

    connection = duckdb.connect()
    connection.execute("create table trips as select * from 'gaps.parquet'")
    statement = vocabulary_sql("trips", ["city", "time"], "duckdb")
    connection.execute(statement).df().to_csv(folder / "vocabulary.csv", index=False)
    words = ["sql", "trips", "--features", "city", "time", "--dialect", "duckdb", "--vocabulary"]
    assert run(*words, "-", given="vocabulary.csv") == run(*words, "vocabulary.csv")


@pytest.mark.parametrize("command", ["transform", "impute"])
@pytest.mark.parametrize("file", ["gaps.csv", "gaps.parquet", "gaps.tsv"])
def test_rows_are_printed_as_they_are_written(run, folder, command, file):
    how = ["--delimiter", "\t"] if file.endswith("tsv") else []
    run(command, "model", file, "--out", "rows.csv", "--overwrite", *how)
    out, err = run(command, "model", file, "--out", "-", *how)
    assert out == (folder / "rows.csv").read_bytes()
    assert "written   standard output" in err
    assert "240 rows" in err


def test_columns_that_are_kept_are_printed_too(run):
    out, _ = run("transform", "model", "-", "--out", "-", "--keep", "id", given="new.csv")
    found = pd.read_csv(io.BytesIO(out))
    assert found["id"].tolist() == pd.read_csv("new.csv")["id"].tolist()


@pytest.mark.parametrize("kind", ["csv", "parquet", "word2vec", "atlas"])
def test_vectors_are_printed_as_they_are_written(run, folder, kind):
    ending = {"word2vec": "txt", "atlas": "parquet"}.get(kind, kind)
    run("export", "model", "--to", kind, "--out", f"v.{ending}", "--overwrite")
    out, err = run("export", "model", "--to", kind, "--out", "-")
    assert out == (folder / f"v.{ending}").read_bytes()
    assert err == "written   standard output\n"
    if ending == "parquet":
        assert pq.read_table(io.BytesIO(out)).num_rows == 11
    if kind == "word2vec":
        (folder / "again.txt").write_bytes(out)
        assert len(load_word2vec_format("again.txt")) == 11


def test_kinds_of_several_files_are_not_printed(run):
    out, err = run("export", "model", "--to", "projector", "--out", "-", code=2)
    assert out == b""
    assert err == (
        "cat2vec export: --out - prints what other programs read from a pipe, which is for --to "
        "word2vec, parquet, csv, jsonl, atlas, not for --to projector. Give the name of a file.\n"
    )


@pytest.mark.parametrize("command", ["transform", "impute"])
def test_a_table_with_a_bad_line_prints_nothing(run, folder, command):
    (folder / "bad.csv").write_text("city,country,time,paid\n" + "Oslo,NO,day,card\n" * 9 + "x\n")
    out, err = run(command, "model", "bad.csv", "--out", "-", code=2)
    assert out == b""
    assert "'bad.csv' line 11: 1 cell" in err


def test_side_files_are_named_where_they_are_written(run, folder, monkeypatch):
    out, _ = run("export", "model", "--to", "projector", "--out", "p.tsv", "--overwrite")
    assert out == b"written   p.tsv and p.metadata.tsv\n"
    assert (folder / "p.metadata.tsv").exists()
    out, _ = run("export", "model", "--to", "keyedvectors", "--out", "k.kv", "--overwrite")
    assert out == b"written   k.kv\n"


def test_the_numbers_of_a_large_model_are_named(run, folder, monkeypatch):
    """gensim puts arrays above some size into files of their own."""
    from gensim.utils import SaveLoad

    save = SaveLoad.save

    def save_apart(self, name, **given):
        return save(self, name, **{**given, "sep_limit": 0})

    monkeypatch.setattr("gensim.models.KeyedVectors.save", save_apart)
    out, _ = run("export", "model", "--to", "keyedvectors", "--out", "large.kv")
    assert out == b"written   large.kv and large.kv.vectors.npy\n"
    words = ["train", "trips.parquet", "--out", "large", "--vector-size", "2", "--holdout", "0"]
    lines = run(*words)[0].decode().splitlines()
    assert lines[-1] == (
        "written   large (model), large/vectors.kv (gensim) and large/vectors.kv.vectors.npy (its "
        "numbers)"
    )
    for name in ("large/vectors.kv", "large/vectors.kv.vectors.npy", "large/model.json"):
        assert (folder / name).exists()


def test_a_file_of_that_name_is_read_by_its_path(run, folder):
    (folder / "-").write_bytes((folder / "new.csv").read_bytes())
    words = ["transform", "model", "./-", "--out", "-"]
    assert run(*words, given="june.csv")[0] == run("transform", "model", "new.csv", "--out", "-")[0]


def test_the_page_of_explore_is_printed_alone(run, folder):
    run("explore", "model", "--out", "page.html")
    printed, said = run("explore", "model", "--out", "-")
    assert printed == (folder / "page.html").read_bytes()
    assert said.startswith("written   standard output (")
