"""Tables in all the forms that are read piece by piece, each from one table in memory."""

from __future__ import annotations

import datetime
import decimal
import gzip

import duckdb
import narwhals as nw
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet


def in_batches(table, n_rows):
    """Give a reader of batches of so many rows."""
    return pa.RecordBatchReader.from_batches(table.schema, table.to_batches(max_chunksize=n_rows))


def parquet(table, folder):
    pyarrow.parquet.write_table(table, folder / "t.parquet", row_group_size=70)
    return folder / "t.parquet"


def feather(table, folder):
    pyarrow.feather.write_feather(table, folder / "t.feather", chunksize=70)
    return folder / "t.feather"


def orc(table, folder):
    pyarrow.orc.write_table(table, folder / "t.orc", stripe_size=1024)
    return folder / "t.orc"


def arrow_stream(table, folder):
    with pa.ipc.new_stream(folder / "t.arrows", table.schema) as stream:
        stream.write_table(table, max_chunksize=50)
    return folder / "t.arrows"


def folder_of_parquet(table, folder):
    third = table.num_rows // 3
    for key, start in (("a", 0), ("b", third), ("__HIVE_DEFAULT_PARTITION__", 2 * third)):
        place = folder / "days" / f"key={key}"
        place.mkdir(parents=True)
        stop = start + third if key != "__HIVE_DEFAULT_PARTITION__" else table.num_rows
        part = table.slice(start, stop - start)
        pyarrow.parquet.write_table(part, place / "p.parquet", row_group_size=41)
    return folder / "days"


def csv(table, folder):
    pyarrow.csv.write_csv(table, folder / "t.csv")
    return folder / "t.csv"


def csv_gz(table, folder):
    plain = csv(table, folder).read_bytes()
    (folder / "t.csv.gz").write_bytes(gzip.compress(plain))
    return folder / "t.csv.gz"


def several_csv(table, folder):
    half = table.num_rows // 2
    for name, part in (("a", table.slice(0, half)), ("b", table.slice(half))):
        pyarrow.csv.write_csv(part, folder / f"{name}.csv")
    return [folder / "a.csv", folder / "b.csv"]


def json_lines(table, folder):
    pl.from_arrow(table).write_ndjson(folder / "t.jsonl")
    return folder / "t.jsonl"


def readers(n_rows):
    def reader(table, folder):
        return in_batches(table, n_rows)

    reader.__name__ = f"batches_of_{n_rows}"
    return reader


def lazy_frame(table, folder):
    return pl.from_arrow(table).lazy()


def relation(table, folder):
    return duckdb.from_arrow(table)


class Exporter:
    """Any object of another library that hands over a stream of Arrow."""

    def __init__(self, table):
        self._table = table

    def __arrow_c_stream__(self, requested_schema=None):
        return in_batches(self._table, 90).__arrow_c_stream__(requested_schema)


def exporter(table, folder):
    return Exporter(table)


def dataset(table, folder):
    return pyarrow.dataset.dataset(parquet(table, folder))


def scanner(table, folder):
    return dataset(table, folder).scanner(batch_size=64)


def lazy_frame_of_narwhals(table, folder):
    return nw.from_native(lazy_frame(table, folder))


def relation_of_narwhals(table, folder):
    return nw.from_native(relation(table, folder))


def connection(table, folder):
    connection = duckdb.connect()
    connection.register("rows", table)
    return connection.execute("SELECT * FROM rows")


class Cursor:
    """A cursor as drivers of ADBC have it."""

    def __init__(self, table):
        self._table = table

    def fetch_record_batch(self):
        return in_batches(self._table, 90)


def cursor(table, folder):
    return Cursor(table)


#: Forms that keep the types of columns, and those that write text.
TYPED = (
    *(parquet, feather, arrow_stream, folder_of_parquet),
    *(readers(1), readers(7), readers(1000), lazy_frame, relation, exporter),
    *(dataset, scanner, lazy_frame_of_narwhals, relation_of_narwhals, connection, cursor),
)
OF_TEXT = (csv, csv_gz, several_csv, json_lines)


def texts_and_numbers(n_rows=600, seed=0):
    """Give a table of text with gaps and rare values, numbers, booleans and dates."""
    rng = np.random.default_rng(seed)
    zipf = np.minimum(rng.zipf(1.4, n_rows), 500)
    city = rng.choice(["Oslo", "Åre", "A\u030are", "São\nPaulo", 'a "b"', "", " x ", None], n_rows)
    day = datetime.date(2023, 12, 20)
    return pa.table(
        {
            "city": pa.array(city.tolist(), pa.string()),
            "rare": [f"r{number}" for number in zipf],
            "n": rng.integers(0, 9, n_rows),
            "wide": pa.array(
                [None if i % 11 == 0 else int(v) for i, v in enumerate(rng.integers(0, 90, n_rows))]
            ),
            "price": np.round(rng.gamma(2.0, 9.0, n_rows), 2),
            "used": rng.random(n_rows) < 0.4,
            "day": [day + datetime.timedelta(int(d)) for d in rng.integers(0, 40, n_rows)],
            "shop_id": rng.integers(1000, 1040, n_rows),
        }
    )


def odd_types(n_rows=400, seed=1):
    """Give a table of types that only files with types have."""
    rng = np.random.default_rng(seed)
    moments = rng.integers(1_600_000_000, 1_650_000_000, n_rows)
    x = rng.normal(size=n_rows)
    x[::7], x[3::50], x[4::50], x[5::9], x[6::9] = np.nan, np.inf, -np.inf, -0.0, 0.0
    small = [None if i % 5 == 0 else int(v) for i, v in enumerate(rng.integers(-3, 90, n_rows))]
    amounts = [decimal.Decimal(int(v)).scaleb(-2) for v in rng.integers(0, 400, n_rows)]
    tags = [
        None if i % 9 == 0 else rng.choice(["a", "b", "c", "d"], rng.integers(0, 4)).tolist()
        for i in range(n_rows)
    ]
    return pa.table(
        {
            "x": x,
            "single": pa.array(rng.normal(size=n_rows), pa.float32()),
            "small": pa.array(small, pa.int8()),
            "large": pa.array(2**63 + rng.integers(0, 60, n_rows).astype(np.uint64), pa.uint64()),
            "amount": pa.array(amounts, pa.decimal128(9, 2)),
            "when": pa.array(moments, pa.timestamp("s")).cast(pa.timestamp("us", "Europe/Oslo")),
            "local": pa.array(moments * 1000, pa.timestamp("ms")),
            "tags": pa.array(tags, pa.list_(pa.string())),
            "kind": pa.array(rng.choice(["u", "v", None], n_rows).tolist()).dictionary_encode(),
            "raw": pa.array([b"\x00", b"\xff", None, b""] * (n_rows // 4), pa.binary()),
        }
    )


def airports(n_rows=300, seed=2):
    rng = np.random.default_rng(seed)
    names = np.array(["OSL", "CDG", "JFK", "LHR", "BGO"])
    return pa.table(
        {
            "origin": names[rng.integers(0, 4, n_rows)],
            "dest": names[rng.integers(1, 5, n_rows)],
            "hour": rng.integers(0, 24, n_rows),
            "via": pa.array(rng.choice(["OSL", "CDG", None], n_rows).tolist(), pa.string()),
        }
    )
