"""Macros in a real DuckDB: their answers are those of Python."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest

from cat2vec import count_pairs, train_vectors
from cat2vec.export.duckdb import add_duckdb_macros, save_duckdb
from cat2vec.inspection import analogy, commonality, nearest_to_all
from tests.made_tables import planted
from tests.vectors.test_vectors import made_by_hand

#: Answers are compared, whether they fit or not.
pytestmark = pytest.mark.filterwarnings("ignore::cat2vec.errors.NoAnalogyWarning")


def opened(vectors, path):
    """An exported database with the macros."""
    save_duckdb(vectors, path)
    connection = duckdb.connect(str(path))
    add_duckdb_macros(connection)
    add_duckdb_macros(connection)  # macros of before are replaced
    return connection


@pytest.fixture(scope="module")
def vectors():
    table = planted(np.random.default_rng(3))
    table["f0"] = [cell.replace("g0_1", "it's") for cell in table["f0"]]
    return train_vectors(count_pairs(table, n_jobs=1), vector_size=5, n_jobs=1)


@pytest.fixture(scope="module")
def connection(vectors, tmp_path_factory):
    path = tmp_path_factory.mktemp("duckdb") / "vectors.duckdb"
    with opened(vectors, path) as connection:
        yield connection


def check(connection, sql, found, figure="similarity"):
    lines = connection.execute(sql).fetchall()
    assert [line[:2] for line in lines] == list(zip(found.feature, found.category, strict=True))
    np.testing.assert_allclose([line[2] for line in lines], found[figure], atol=1e-12)
    assert [line[3] for line in lines] == found["rows"].tolist()


def test_similarity_within_and_across(vectors, connection):
    for sql, wanted in (
        ("'f0', 'g0_0', 'it''s'", vectors.similarity("f0", "g0_0", "it's")),
        (
            "'f0', 'g0_0', 'g1_0', other_feature := 'f2'",
            vectors.similarity("f0", "g0_0", "g1_0", other_feature="f2"),
        ),
    ):
        (found,) = connection.execute(f"SELECT cat2vec_similarity({sql})").fetchone()
        assert found == pytest.approx(wanted, abs=1e-12)


def test_tables_are_those_of_python(vectors, connection):
    check(connection, "FROM cat2vec_nearest('f0', 'it''s')", vectors.nearest("f0", "it's"))
    check(
        connection,
        "FROM cat2vec_nearest('f0', 'g2_1', n := 3, among := ['f1', 'f2'])",
        vectors.nearest("f0", "g2_1", n=3, among=["f1", "f2"]),
    )
    check(
        connection,
        "FROM cat2vec_analogy('f0', 'g0_0', 'it''s', 'g2_0', n := 4)",
        analogy(vectors, "f0", "g0_0", "it's", "g2_0", n=4),
    )
    check(
        connection,
        "FROM cat2vec_analogy('f0', 'g0_0', 'g0_1', 'g2_0', b_feature := 'f3')",
        analogy(vectors, "f0", "g0_0", "g0_1", "g2_0", b_feature="f3"),
    )
    check(
        connection,
        "FROM cat2vec_analogy('f0', 'g0_0', 'g1_0', 'g2_0', c_feature := 'f1', among := ['f2'])",
        analogy(vectors, "f0", "g0_0", "g1_0", "g2_0", c_feature="f1", among="f2"),
    )
    check(
        connection,
        "FROM cat2vec_nearest_to_all('f1', ['g0_0', 'g0_1', 'g1_2'], n := 5)",
        nearest_to_all(vectors, "f1", ["g0_0", "g0_1", "g1_2"], n=5),
    )
    check(
        connection,
        "FROM cat2vec_commonality('f2')",
        commonality(vectors, "f2").sort_values("distance", kind="stable"),
        "distance",
    )


def test_zero_vectors_are_like_nothing(tmp_path):
    vectors = made_by_hand({"a": ["u", "v", "w"], "b": ["x"]}, [[0, 0], [1, 2], [2, -1], [3, 0]])
    with opened(vectors, tmp_path / "x.duckdb") as connection:
        check(connection, "FROM cat2vec_nearest('a', 'u')", vectors.nearest("a", "u"))
        check(connection, "FROM cat2vec_nearest('a', 'v')", vectors.nearest("a", "v"))
        expected = nearest_to_all(vectors, "a", ["u"])
        check(connection, "FROM cat2vec_nearest_to_all('a', ['u'])", expected)
        check(connection, "FROM cat2vec_cluster_fit('a', ['u'])", expected)  # the earlier name
        check(
            connection,
            "FROM cat2vec_analogy('a', 'u', 'u', 'u')",
            analogy(vectors, "a", "u", "u", "u"),
        )


def test_what_is_not_there_is_named(connection):
    for sql in (
        "SELECT cat2vec_similarity('f0', 'g0_0', 'zebra')",
        "FROM cat2vec_nearest('f0', 'zebra')",
        "FROM cat2vec_analogy('f0', 'g0_0', 'zebra', 'g1_0')",
        "FROM cat2vec_nearest_to_all('f0', ['g0_0', 'zebra'])",
    ):
        with pytest.raises(duckdb.Error, match="no category zebra of feature f0 in the table vec"):
            connection.execute(sql).fetchall()
    with pytest.raises(duckdb.Error, match="among must name where to search"):
        connection.execute(
            "FROM cat2vec_analogy('f0', 'g0_0', 'g0_0', 'g0_0', b_feature := 'f1', "
            "c_feature := 'f2')"
        ).fetchall()
