"""Real databases: PostgreSQL runs the statements, and readers of ADBC are counted as they come."""

import pyarrow as pa
import pytest

from cat2vec import count_pairs, counts_from_sql, pairs_sql, vocabulary_sql
from tests.counting.test_sql import HOSTILE, KINDS, TYPES, table_of_all_kinds
from tests.services.postgres import server
from tests.tables.streams.made_streams import texts_and_numbers
from tests.tables.streams.test_equal_counts import check_equal, with_warnings

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def postgres():
    """A function that hands tables over to a server, and gives a cursor."""
    name = "adbc_driver_postgresql.dbapi"
    dbapi = pytest.importorskip(name, reason="the driver is not installed: run make test-services")
    with (
        server() as address,
        dbapi.connect(address) as connection,
        connection.cursor() as cursor,
    ):

        def stored(table):
            cursor.adbc_ingest("t", table, mode="replace")
            return cursor

        yield stored


@pytest.fixture
def sqlite():
    """A function that hands tables over to SQLite, in memory, and gives a cursor."""
    name = "adbc_driver_sqlite.dbapi"
    dbapi = pytest.importorskip(name, reason="the driver is not installed: run make test-services")
    with dbapi.connect() as connection, connection.cursor() as cursor:

        def stored(table):
            cursor.adbc_ingest("t", table, mode="replace")
            return cursor

        yield stored


def run(cursor, statement):
    cursor.execute(statement)
    return cursor.fetch_arrow_table()


class TestStatements:
    @pytest.mark.parametrize("in_bins", [True, False])
    @pytest.mark.parametrize("missing", ["ignore", "token"])
    def test_postgres_counts_what_is_counted_in_memory(self, postgres, in_bins, missing):
        table = table_of_all_kinds()
        how = {"columns": KINDS, "missing": missing, "missing_values": {"city": ["Oslo"]}}
        cursor, names = postgres(table), table.column_names
        vocabulary = run(cursor, vocabulary_sql("t", names, "postgres"))
        known = vocabulary if in_bins else None
        statement, _ = with_warnings(
            lambda: pairs_sql("public.t", names, "postgres", known, types=TYPES, **how)
        )
        pairs = run(cursor, statement)
        mine, _ = with_warnings(lambda: counts_from_sql(vocabulary, pairs, types=TYPES, **how))
        expected, _ = with_warnings(lambda: count_pairs(table, **how))
        check_equal(mine, expected)

    def test_names_and_values_mean_what_they_are(self, postgres):
        values = HOSTILE * 2
        table = pa.table({name: values[i:] + values[:i] for i, name in enumerate(HOSTILE)})
        cursor = postgres(table)
        vocabulary = run(cursor, vocabulary_sql("t", HOSTILE, "postgres"))
        pairs = run(cursor, pairs_sql("t", HOSTILE, "postgres", vocabulary))
        check_equal(counts_from_sql(vocabulary, pairs), count_pairs(table))


@pytest.mark.parametrize("database", ["postgres", "sqlite"])
@pytest.mark.parametrize("how", [{}, {"missing": "token", "min_count": 3}], ids=["plain", "rare"])
def test_readers_of_adbc_are_read_once(database, how, request):
    cursor = request.getfixturevalue(database)(texts_and_numbers())
    whole = run(cursor, "SELECT * FROM t")
    expected, _ = with_warnings(lambda: count_pairs(whole, **how))
    for reader in ("fetch_record_batch", "fetch_arrow"):
        cursor.execute("SELECT * FROM t")
        mine, _ = with_warnings(lambda r=reader: count_pairs(getattr(cursor, r)(), **how))
        check_equal(mine, expected)
