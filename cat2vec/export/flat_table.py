"""Export to plain tables: one row per token, as Parquet or CSV.

Takes ``Vectors``. Gives Arrow tables and files that any tool reads.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from cat2vec.errors import ColumnTypeError
from cat2vec.storage.files import check_output_file, path_of, placed
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.vocabulary import category_text

#: How a name is written between tabs, where there are no quotes.
ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
#: Cells of CSV that are written at a time.
_CSV_CELLS = 1 << 18
_TEXT = pa.large_string()


class TokenRows(NamedTuple):
    """What exports write of each token, in order of token ids.

    Parameters
    ----------
    features, categories : list of str
        Categories as text.
    rows : ndarray of shape (n_tokens,)
        In how many rows each token stands.
    matrix : ndarray of shape (n_tokens, vector_size), float32
    """

    features: list[str]
    categories: list[str]
    rows: np.ndarray
    matrix: np.ndarray


def token_rows(vectors: Vectors, feature: str | None = None) -> TokenRows:
    """Give what exports write of each token; see ``token_table`` for what ``feature`` says."""
    check_vectors(vectors)
    vocabulary, matrix = vectors.vocabulary_and_matrix(feature)
    tokens = slice(0, vocabulary.n_tokens) if feature is None else vocabulary.tokens_of(feature)
    found = [vocabulary.token(token) for token in range(tokens.start, tokens.stop)]
    return TokenRows(
        [token.feature for token in found],
        [category_text(token.category) for token in found],
        vocabulary.counts[tokens],
        matrix[tokens],
    )


def vector_texts(matrix: np.ndarray) -> Iterator[str]:
    """Write each vector as ``[0.1,0.2]``, with the digits that float32 needs.

    Examples
    --------
    >>> list(vector_texts(np.array([[0.1, -2.0], [1e-9, 3.0]], np.float32)))
    ['[0.1,-2.0]', '[1e-09,3.0]']
    """
    for vector in matrix:
        yield f"[{','.join(vector.astype(str).tolist())}]"


def token_table(vectors: Vectors, feature: str | None = None) -> pa.Table:
    """Lay vectors out as a table.

    Parameters
    ----------
    vectors : Vectors
    feature : str or None
        One feature, or one shared vocabulary, only; None means all, with the name of the vocabulary
        in place of features that share one.

    Returns
    -------
    pyarrow.Table
        Columns feature, category (as text; see ``text_array``), rows, and v0, v1, ... (float32).
    """
    found = token_rows(vectors, feature)
    return pa.table(
        {
            "feature": text_array(found.features).dictionary_encode(),
            "category": text_array(found.categories),
            "rows": found.rows,
            **{f"v{i}": column for i, column in enumerate(found.matrix.T.copy())},
        }
    )


def text_array(texts: Sequence[str | None]) -> pa.Array:
    r"""Put texts into an array; what UTF-8 does not have, half a character, as its number.

    Examples
    --------
    >>> print(text_array(["Oslo", "\udc80"])[1])
    \udc80
    """
    try:
        return pa.array(texts, pa.string())
    except UnicodeEncodeError:
        plain = [text and text.encode("utf-8", "backslashreplace").decode() for text in texts]
        return pa.array(plain, pa.string())


def check_table_file(path: Path, overwrite: bool) -> None:
    """Raise unless a table can be written to this path: its ending, and what is there already."""
    check_output_file(path, overwrite, ".parquet", ".csv")


def save_token_table(
    table: pa.Table,
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    delimiter: str = ",",
    header: bool = True,
) -> None:
    """Write a table as ``.parquet`` or ``.csv``, under a passing name first.

    ``delimiter`` and ``header``, whether line 1 holds names, are of CSV.

    Raises
    ------
    OutputExistsError, ParameterError
    """
    save_tables([table], path, overwrite=overwrite, delimiter=delimiter, header=header)


def save_tables(
    tables: Iterable[pa.Table],
    path: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    delimiter: str = ",",
    header: bool = True,
) -> int:
    """Write tables of one schema under each other, each when it comes, and give how many rows.

    The file is put in place at the end. If a table cannot be had or written there is none. Each
    table of Parquet becomes a row group, or several if it is long.

    Parameters
    ----------
    tables : iterable of pyarrow.Table
        One or more.
    path : path
        Ends in ``.parquet`` or ``.csv``.
    overwrite : bool
    delimiter, header : as in save_token_table

    Raises
    ------
    OutputExistsError, ParameterError
    ColumnTypeError
        If cells cannot stand in CSV.
    """
    target, n_rows = path_of(path), 0
    check_table_file(target, overwrite)
    with placed(target) as file, ExitStack() as opened:
        writer = None
        for table in tables:
            if writer is None:
                # opened here: Arrow takes no name that is not UTF-8
                out = opened.enter_context(open(file, "wb"))
                if file.suffix == ".parquet":
                    writer = pyarrow.parquet.ParquetWriter(out, table.schema)
                    opened.enter_context(writer)
                else:
                    writer = CsvWriter(out, delimiter)
                    if header:
                        writer.write_names(table.column_names)
            writer.write_table(table)
            n_rows += table.num_rows
        opened.close()
    return n_rows


class CsvWriter:
    """Write tables as CSV under each other: quotes only around cells that need them.

    So cells of a file that is read and written again stay as they stood there. Arrow's own writer
    has quotes around all texts, or refuses those that need some.

    Parameters
    ----------
    out : file
        Takes bytes.
    delimiter : str

    Examples
    --------
    >>> import io
    >>> out = io.BytesIO()
    >>> CsvWriter(out).write_table(pa.table({"a": ["007", "", None, "x,y"], "b": [1, 2, 3, None]}))
    >>> print(out.getvalue().decode(), end="")
    007,1
    "",2
    ,3
    "x,y",
    """

    def __init__(self, out: Any, delimiter: str = ",") -> None:
        self._out, self._delimiter = out, delimiter
        # empty, where a missing cell would be the same; a blank in front, which readers may skip
        escaped = f"\\{delimiter}" if delimiter in r"\]^-" else delimiter
        self._to_quote = rf'^$|^ |["\r\n{escaped}]'

    def write_names(self, names: Sequence[str]) -> None:
        """Write the line with the names of the columns."""
        self._write_lines([self._cells(name, pa.array([name], _TEXT)) for name in names])

    def write_table(self, table: pa.Table) -> None:
        """Write the rows of a table."""
        for batch in table.to_batches(max(1, _CSV_CELLS // max(1, table.num_columns))):
            named = zip(batch.schema.names, batch.columns, strict=True)
            self._write_lines([self._cells(name, column) for name, column in named])

    def _write_lines(self, cells: Sequence[pa.Array]) -> None:
        lines = pc.binary_join_element_wise(*cells, pa.scalar(self._delimiter, _TEXT))
        self._out.write(b"\n".join([*lines.cast(pa.large_binary()).to_pylist(), b""]))

    def _cells(self, name: str, column: pa.Array) -> pa.Array:
        """Give the cells of a column as they stand in a file; a missing one is empty."""
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        try:
            cells = column.cast(_TEXT)
        except pa.ArrowException:  # several values in a cell, bytes that are no UTF-8
            raise ColumnTypeError(
                f"column {name!r} holds cells of type {column.type}, which CSV cannot hold. Write "
                f"a .parquet file."
            ) from None
        if pa.types.is_primitive(column.type):
            return cells.fill_null("")
        needs = pc.match_substring_regex(cells, self._to_quote)
        if pc.any(needs).as_py():
            inside = pc.replace_substring(cells, '"', '""')
            quote, nothing = pa.scalar('"', _TEXT), pa.scalar("", _TEXT)
            quoted = pc.binary_join_element_wise(quote, inside, quote, nothing)
            cells = pc.if_else(needs, quoted, cells)
        return cells.fill_null("")


def save_vectors_table(
    vectors: Vectors,
    path: str | os.PathLike[str],
    feature: str | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write vectors as ``.parquet`` or ``.csv``, laid out by ``token_table``.

    Raises
    ------
    OutputExistsError, ParameterError, UnknownFeatureError
    """
    check_table_file(path_of(path), overwrite)
    save_token_table(token_table(vectors, feature), path, overwrite=overwrite)
