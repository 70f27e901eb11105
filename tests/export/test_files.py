"""Exports for the Embedding Projector, DuckDB, NumPy and JSON; missing packages; the commands."""

from __future__ import annotations

import csv
import importlib
import json
import subprocess
import sys

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pytest

from cat2vec import Cat2Vec
from cat2vec.cli.export import KINDS
from cat2vec.cli.main import main
from cat2vec.errors import ColumnTypeError, OutputExistsError, ParameterError, UnknownFeatureError
from cat2vec.export.duckdb import save_duckdb
from cat2vec.export.flat_table import save_token_table
from cat2vec.export.jsonl import save_jsonl
from cat2vec.export.npz import save_npz
from cat2vec.export.pgvector import save_pgvector
from cat2vec.export.projector import save_projector
from cat2vec.export.usearch import save_usearch
from cat2vec.export.word2vec import load_word2vec_format
from tests.interruptions import interrupted_at
from tests.made_tables import rows_of_all_kinds
from tests.made_vectors import made_by_hand

AWKWARD = [
    "",
    " ",
    "a\tb",
    "a\nb",
    "a\r\nb",
    '"',
    '"a',
    "\\t",
    "\\",
    "NULL",
    "Zürich",
    "x" * 100_000,
]


@pytest.fixture
def vectors():
    return made_by_hand({"city": AWKWARD, "a\tb": [1, 2.5, True]}, size=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m"
    model = Cat2Vec(vector_size=3, columns={"day": "category"})
    model.fit(rows_of_all_kinds().drop(columns="mixed")).save(path)
    return str(path)


def read_projector(path):
    """Read as the projector does: lines at newlines, cells at tabs, no quotes."""
    options = {"sep": "\t", "quoting": csv.QUOTE_NONE, "keep_default_na": False, "dtype": str}
    words = pd.read_csv(path.with_name(f"{path.stem}.metadata.tsv"), **options)
    return pd.read_csv(path, sep="\t", header=None).to_numpy(np.float32), words


def unescaped(text):
    plain = {r"\\": "\\", r"\t": "\t", r"\n": "\n", r"\r": "\r"}
    parts, place = [], 0
    while place < len(text):
        part = text[place : place + 2] if text[place] == "\\" else text[place]
        parts.append(plain.get(part, part))
        place += len(part)
    return "".join(parts)


def test_the_projector_gets_one_line_per_token(vectors, tmp_path):
    save_projector(vectors, tmp_path / "x.tsv")
    numbers, words = read_projector(tmp_path / "x.tsv")
    np.testing.assert_array_equal(numbers, vectors.matrix)
    assert words.columns.tolist() == ["category", "feature", "rows"]
    assert list(map(unescaped, words["category"])) == [*AWKWARD, "1", "2.5", "True"]
    assert list(map(unescaped, words["feature"])) == ["city"] * len(AWKWARD) + ["a\tb"] * 3
    assert words["rows"].tolist() == [str(n) for n in range(1, len(words) + 1)]
    for name in ("x.tsv", "x.metadata.tsv"):
        lines = (tmp_path / name).read_bytes().split(b"\n")
        assert len(lines) == len(words) + 1 + (name != "x.tsv")
        assert lines[-1] == b""


def test_the_projector_gets_one_feature_and_text_that_utf8_lacks(tmp_path):
    made = made_by_hand({"city": ["\udc80"], "food": ["cod"]})
    save_projector(made, tmp_path / "x.tsv", "city")
    numbers, words = read_projector(tmp_path / "x.tsv")
    np.testing.assert_array_equal(numbers, made.matrix[:1])
    assert words["category"].tolist() == [r"\udc80"]


@pytest.mark.parametrize("stopped_at", [1, 2])
def test_an_interrupted_projector_leaves_the_vectors_of_before(
    vectors, tmp_path, monkeypatch, stopped_at
):
    path = tmp_path / "x.tsv"
    path.write_text("keep")
    with pytest.raises(OutputExistsError, match=r"x\.tsv' exists and would be replaced"):
        save_projector(vectors, path)
    with interrupted_at(monkeypatch, stopped_at):
        save_projector(vectors, path, overwrite=True)
    assert path.read_text() == "keep"
    with pytest.raises(ParameterError, match=r"must end in \.tsv, got '.*x\.csv'"):
        save_projector(vectors, tmp_path / "x.csv")


def test_duckdb_holds_the_vectors_as_arrays(vectors, tmp_path):
    path = tmp_path / "new folder" / "x.duckdb"
    save_duckdb(vectors, path)
    assert [entry.name for entry in path.parent.iterdir()] == ["x.duckdb"]
    with duckdb.connect(str(path), read_only=True) as connection:
        types = connection.sql("DESCRIBE vectors").fetchall()
        assert [row[:2] for row in types] == [
            ("feature", "VARCHAR"),
            ("category", "VARCHAR"),
            ("rows", "BIGINT"),
            ("vector", "FLOAT[5]"),
        ]
        found = connection.sql("SELECT * FROM vectors ORDER BY rows").fetchall()
        near = connection.sql(
            "SELECT b.category, array_cosine_similarity(a.vector, b.vector) AS similarity "
            "FROM vectors a JOIN vectors b USING (feature) WHERE a.category = 'Zürich' "
            "AND b.category <> 'Zürich' ORDER BY similarity DESC LIMIT 3"
        ).fetchall()
    assert [row[1] for row in found] == [*AWKWARD, "1", "2.5", "True"]
    np.testing.assert_array_equal([row[3] for row in found], vectors.matrix)
    wanted = vectors.nearest("city", "Zürich", n=3)
    assert [category for category, _ in near] == wanted["category"].tolist()
    np.testing.assert_allclose([s for _, s in near], wanted["similarity"], atol=1e-6)


def test_duckdb_holds_one_feature_and_replaces_files_as_a_whole(vectors, tmp_path, monkeypatch):
    path = tmp_path / "x.duckdb"
    save_duckdb(vectors, path, "a\tb")
    with pytest.raises(OutputExistsError, match=r"x\.duckdb' exists and would be replaced"):
        save_duckdb(vectors, path)
    with interrupted_at(monkeypatch, 1):
        save_duckdb(vectors, path, overwrite=True)
    with pytest.raises(UnknownFeatureError, match=r"no feature 'town'"):
        save_duckdb(vectors, path, "town", overwrite=True)
    with duckdb.connect(str(path)) as connection:
        found = connection.sql("SELECT rows, vector FROM vectors").fetchall()
    assert [rows for rows, _ in found] == [13, 14, 15]
    np.testing.assert_array_equal([vector for _, vector in found], vectors.matrix[-3:])


def test_numpy_reads_arrays_without_pickle(vectors, tmp_path):
    save_npz(vectors, tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as found:
        assert sorted(found) == ["category", "feature", "rows", "vector"]
        assert found["category"].tolist() == [*AWKWARD, "1", "2.5", "True"]
        assert found["feature"].tolist() == ["city"] * len(AWKWARD) + ["a\tb"] * 3
        assert found["rows"].tolist() == vectors.vocabulary.counts.tolist()
        assert found["vector"].dtype == np.float32
        np.testing.assert_array_equal(found["vector"], vectors.matrix)
    save_npz(vectors, tmp_path / "x.npz", "a\tb", overwrite=True)
    with np.load(tmp_path / "x.npz", allow_pickle=False) as found:
        assert found["category"].tolist() == ["1", "2.5", "True"]
    for name, texts in (("city", ["Oslo", "a\0"]), ("a\0", ["Oslo", "Rome"])):
        broken = made_by_hand({name: texts})
        with pytest.raises(
            ParameterError, match=r"'a\\x00' ends in a zero .*keep it: save_jsonl\."
        ):
            save_npz(broken, tmp_path / "y.npz")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "^", "]", "\\"])
def test_csv_has_quotes_where_they_are_needed_and_is_read_as_it_was(tmp_path, delimiter):
    texts = [*AWKWARD, delimiter, f'x{delimiter}"', "\r", "007", "plain", None]
    numbers = [0.1, -2.0, None] * 6
    path = tmp_path / "x.csv"
    table = pa.table({f"a{delimiter}b": texts, "n": numbers[: len(texts)]})
    save_token_table(table, path, delimiter=delimiter)
    found = pa.csv.read_csv(
        path,
        parse_options=pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types=table.schema,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    assert found.to_pydict() == table.to_pydict()
    assert {"plain", "007"} <= {line.split(delimiter)[0] for line in path.read_text().split("\n")}


@pytest.mark.parametrize("cells", [[b"\xff"], [["a", "b"]], [{"x": 1}]], ids=str)
def test_what_csv_cannot_hold_is_told_and_leaves_no_file(tmp_path, cells):
    with pytest.raises(ColumnTypeError, match=r"column 'c' .* CSV cannot hold\. Write a \.parquet"):
        save_token_table(pa.table({"c": cells}), tmp_path / "x.csv")
    assert not list(tmp_path.iterdir())


def test_json_lines_hold_every_name_and_number(tmp_path):
    texts = [*AWKWARD, "a\0", "\u2028", "\udc80"]
    made = made_by_hand({"city": texts, "a\tb": [1, 2.5, True]}, size=5)
    save_jsonl(made, tmp_path / "x.jsonl")
    lines = (tmp_path / "x.jsonl").read_bytes().decode("ascii").split("\n")
    assert lines.pop() == ""
    found = [json.loads(line) for line in lines]
    assert {tuple(line) for line in found} == {("feature", "category", "rows", "vector")}
    assert [line["category"] for line in found] == [*texts, "1", "2.5", "True"]
    assert [line["rows"] for line in found] == made.vocabulary.counts.tolist()
    np.testing.assert_array_equal(np.float32([line["vector"] for line in found]), made.matrix)


@pytest.mark.parametrize("save", [save_npz, save_jsonl])
def test_an_interrupted_export_leaves_the_file_of_before(vectors, tmp_path, monkeypatch, save):
    path = tmp_path / f"x.{save.__name__.removeprefix('save_')}"
    path.write_text("keep")
    with pytest.raises(OutputExistsError, match=r"exists and would be replaced"):
        save(vectors, path)
    with interrupted_at(monkeypatch, 1):
        save(vectors, path, overwrite=True)
    assert path.read_text() == "keep"
    with pytest.raises(ParameterError, match=rf"must end in \{path.suffix}, got '.*x\.txt'"):
        save(vectors, tmp_path / "x.txt")


@pytest.mark.parametrize("save", [save_projector, save_pgvector, save_usearch, save_npz])
def test_an_empty_name_of_a_file_is_told(vectors, save):
    with pytest.raises(ParameterError, match="the file to write must end in"):
        save(vectors, "")


@pytest.mark.parametrize(
    ("kind", "missing", "advice"),
    [
        ("torch", "torch", "pip install torch"),
        ("keras", "keras", 'pip install "cat2vec[keras]"'),
        ("keras", "tensorflow", 'such as KERAS_BACKEND=torch, which "cat2vec[keras]" brings'),
        ("duckdb", "duckdb", "pip install duckdb"),
        ("onnx", "onnx", 'pip install "cat2vec[onnx]"'),
        ("usearch", "usearch", 'pip install "cat2vec[usearch]"'),
    ],
)
def test_a_missing_package_is_named_with_its_install_line(folder, tmp_path, kind, missing, advice):
    """In a Python of its own, where importing the package says that it, or its backend, is not."""
    endings = {"torch": "pt"}
    script = (
        "import sys\n"
        "class Finder:\n"
        "    def find_spec(name, path=None, target=None):\n"
        f"        if name == {kind!r}:\n"
        f"            raise ModuleNotFoundError('not here', name={missing!r})\n"
        "sys.meta_path.insert(0, Finder)\n"
        "from cat2vec.cli.main import main\n"
        f"sys.exit(main(['export', {folder!r}, '--to', {kind!r}, "
        f"'--out', 'x.{endings.get(kind, kind)}']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert done.returncode == 2
    assert done.stderr.endswith(f"{advice}\n")
    assert f"the package {missing}, which cannot be imported" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["--to", "csv", "--out", "x.csv", "--binary"],
            "--binary is for --to word2vec, not for --to csv.",
        ),
        (
            ["--to", "torch", "--out", "x.pt", "--escape", "none"],
            "--escape is for --to word2vec, not for --to torch.",
        ),
        (
            ["--to", "word2vec", "--out", "x.txt", "--size", "2"],
            "--size is for --to torch or keras, not for --to word2vec.",
        ),
        (
            ["--to", "torch", "--out", "x.bin"],
            "--out must end in .pt or .pth for --to torch, got 'x.bin'.",
        ),
        (
            ["--to", "word2vec", "--out", "x.txt", "--feature", "vehicle", "--escape", "none"],
            "--escape none would write a file that is read wrongly: empty keys, or keys with "
            "spaces or control characters: 'launch rocket'. Use --escape percent.",
        ),
    ],
)
def test_options_that_do_not_fit_are_refused(
    folder, tmp_path, monkeypatch, capsys, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    assert main(["export", folder, *arguments]) == 2
    assert capsys.readouterr().err == f"cat2vec export: {sentence}\n"
    assert not list(tmp_path.iterdir())


def test_the_command_line_writes_files_of_every_kind(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for arguments in (
        ["--to", "word2vec", "--out", "x.txt"],
        ["--to", "word2vec", "--out", "x.bin", "--binary", "--feature", "vehicle"],
        ["--to", "word2vec", "--out", "doors.txt", "--escape", "none", "--feature", "doors"],
        ["--to", "projector", "--out", "x.tsv"],
        ["--to", "duckdb", "--out", "x.duckdb", "--feature", "vehicle"],
    ):
        assert main(["export", folder, *arguments]) == 0
        beside = " and x.metadata.tsv" if "projector" in arguments else ""
        assert capsys.readouterr().out == f"written   {arguments[3]}{beside}\n"
    assert "vehicle=launch rocket" in load_word2vec_format("x.txt")
    assert "launch rocket" in load_word2vec_format("x.bin", binary=True)
    assert "3" in load_word2vec_format("doors.txt", escape="none")
    assert len(read_projector(tmp_path / "x.tsv")[1]) == len(load_word2vec_format("x.txt"))
    with duckdb.connect("x.duckdb") as connection:
        assert connection.sql("SELECT count(*) FROM vectors").fetchall() == [(3,)]


@pytest.mark.parametrize("kind", ["keyedvectors", "projector", "keras", "pgvector", "usearch"])
def test_what_stands_beside_an_export_is_not_replaced_without_a_word(kind, tmp_path):
    """The labels of a projector, the numbers of gensim: a file of that name may be another's."""
    module, function, endings = KINDS[kind]
    if kind == "keras":
        pytest.importorskip("keras", reason="keras is not installed")
    export = importlib.import_module(f"cat2vec.{module}")
    target = tmp_path / f"x{(*endings, '.kv')[0]}"
    beside = export.beside(target)
    beside.write_text("mine")
    save, made = getattr(export, function), made_by_hand({"city": ["Oslo", "Rome"]})
    with pytest.raises(OutputExistsError, match=rf"{beside.name}' exists and would be replaced"):
        save(made, target)
    assert beside.read_text() == "mine"
    assert not target.exists()
    save(made, target, overwrite=True)
    assert target.exists()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_text_is_no_leave_to_replace_a_file(kind, tmp_path):
    """Of "no" Python says that it is true."""
    module, function, endings = KINDS[kind]
    if kind in ("torch", "keras"):
        pytest.importorskip(kind)
    target = tmp_path / f"x{(*endings, '.kv')[0]}"
    target.write_text("mine")
    save = getattr(importlib.import_module(f"cat2vec.{module}"), function)
    with pytest.raises(ParameterError, match=r"^overwrite must be True or False, got 'no'\.$"):
        save(made_by_hand({"city": ["Oslo", "Rome"]}), target, overwrite="no")
    assert target.read_text() == "mine"
