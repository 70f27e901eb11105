"""One table, given in seven ways, gives the same vectors to the bit."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cat2vec import count_pairs, train_vectors
from cat2vec.errors import NoSignalWarning
from cat2vec.tables.files import read_table

TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=4)
COLUMN = {
    "text": st.one_of(
        st.none(), st.sampled_from(["a", "b", "", " a", "NA", "é", "x,y", '"']), TEXTS
    ),
    "integer": st.one_of(st.none(), st.integers(-(2**53), 2**53)),
    "number": st.one_of(st.none(), st.floats(allow_nan=False)),
    "boolean": st.one_of(st.none(), st.booleans()),
}
TYPES = {
    "text": pa.string(), "integer": pa.int64(), "number": pa.float64(), "boolean": pa.bool_()
}  # fmt: skip


@st.composite
def tables(draw):
    """Columns of any kind beside two that are sure to vary together."""
    n_rows = draw(st.integers(4, 12))
    kinds = draw(st.lists(st.sampled_from(list(COLUMN)), min_size=1, max_size=3))
    table = {
        f"{kind} {place}": draw(st.lists(COLUMN[kind], min_size=n_rows, max_size=n_rows))
        for place, kind in enumerate(kinds)
    }
    table |= {"p": [f"p{row % 2}" for row in range(n_rows)]}
    table |= {"q": [f"q{row % 3}" for row in range(n_rows)]}
    return table, {**{name: name.split()[0] for name in table}, "p": "text", "q": "text"}


def written_as_csv(path, table):
    """Write a CSV file in which gaps are empty and all text is in quotes."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        for row in [list(table), *zip(*table.values(), strict=True)]:
            file.write(",".join(map(_spelled, row)) + "\r\n")


def _spelled(cell):
    if isinstance(cell, str):
        return '"' + cell.replace('"', '""') + '"'
    return "" if cell is None else repr(cell)


@given(tables())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_table_in_seven_ways_has_the_same_bits(tmp_path_factory, made):
    table, kinds = made
    folder = tmp_path_factory.mktemp("ways")
    arrow = pa.table({name: pa.array(cells, TYPES[kinds[name]]) for name, cells in table.items()})
    pa.parquet.write_table(arrow, folder / "table.parquet")
    written_as_csv(folder / "table.csv", table)
    from_csv = read_table(folder / "table.csv", types=kinds)
    ways = {
        "dict": table,
        "pyarrow": arrow,
        "pandas": pd.DataFrame({n: pd.Series(c, dtype=object) for n, c in table.items()}),
        "pandas on Arrow": arrow.to_pandas(types_mapper=pd.ArrowDtype),
        "polars": pl.from_arrow(arrow),
        "parquet": folder / "table.parquet",
        "csv": from_csv.table,
    }
    expected = None
    for way, given_so in ways.items():
        counts = count_pairs(given_so, numeric="category")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", NoSignalWarning)
            vectors = train_vectors(counts, vector_size=1, max_sweeps=9, tol=1.0)
        found = (counts.vocabulary.texts(), counts.vocabulary.counts.tolist(), vectors.matrix)
        if expected is None:
            expected = found
        assert found[0] == expected[0], way
        assert found[1] == expected[1], way
        np.testing.assert_array_equal(found[2], expected[2], err_msg=way)


def test_an_array_of_texts_has_the_bits_of_its_columns():
    rows = np.array([[f"p{row % 2}", f"q{row % 3}"] for row in range(12)], dtype=object)
    columns = {"x0": rows[:, 0], "x1": rows[:, 1]}
    first, second = (train_vectors(count_pairs(table), vector_size=1) for table in (rows, columns))
    np.testing.assert_array_equal(first.matrix, second.matrix)
    assert first.vocabulary.texts() == second.vocabulary.texts()
