"""The command ``impute``: a table with its missing cells filled."""

from __future__ import annotations

import argparse
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from cat2vec.cli.columns import all_columns
from cat2vec.cli.new_rows import NewRows
from cat2vec.cli.options import add_parameters
from cat2vec.cli.output import check_table_output, name_of_output, output_file, tell
from cat2vec.cli.reading import add_reading, model_of, read_as_in_fit, reading_options
from cat2vec.errors import without_warnings
from cat2vec.estimator.cells import cell_model, fills_for, fills_of
from cat2vec.estimator.model import Model
from cat2vec.estimator.rows_of_table import encode_again
from cat2vec.estimator.unseen import UnseenCells
from cat2vec.export.flat_table import save_tables, save_token_table
from cat2vec.kernels.threads import workers
from cat2vec.tables.encoded import EncodedTable
from cat2vec.tables.files import is_csv, names_and_delimiter, read_table, types_again
from cat2vec.tables.filling import Fills, filled
from cat2vec.tables.sources.paths import Source, find_source
from cat2vec.tables.suited import is_number
from cat2vec.vocabulary.categories import category_text
from cat2vec.vocabulary.vocabulary import Schema


def add_impute_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    command.add_argument("model", help="model folder")
    add_reading(command, otherwise="as in train")
    command.add_argument(
        "--out",
        required=True,
        metavar="FILE",
        help=".parquet or .csv file to write; from CSV, .csv has the delimiter, decimal sign and "
        "header or none of the table, and .parquet the types that the model reads; - prints CSV",
    )
    add_parameters(command, "overwrite")


def run_impute(options: argparse.Namespace) -> None:
    """Fill the missing cells of a table and write it; all other cells stay as they were."""
    model = model_of(options)
    check_table_output(options)
    source = find_source(options.table)  # once, as a pipe can be read only once
    given = reading_options(options, model.file_options_) if is_csv(source) else {}
    with output_file(options) as target:
        tally = _write_filled(model, options, source, given, target)
    _tell_of(tally, model, options)


def _write_filled(
    model: Model,
    options: argparse.Namespace,
    source: Source,
    given: Mapping[str, Any],
    target: Path,
) -> Tally:
    """Write the table with its cells filled, and say how many were."""
    tally, form = Tally(given.get("missing_values", ())), _form(source, given, target)
    try:
        with workers(model.n_jobs) as crew:
            fill = partial(fills_of, model, cells=cell_model(model, crew), crew=crew)
            tables = _in_pieces(model, options, source, tally, fill, bool(form))
            save_tables(tables, target, overwrite=options.overwrite, **form)
    except _NeedsAllRows:
        tally = Tally(given.get("missing_values", ()))
        full = _whole(model, options, source, tally, given, as_text=bool(form))
        save_token_table(full, target, overwrite=options.overwrite, **form)
    return tally


def _tell_of(tally: Tally, model: Model, options: argparse.Namespace) -> None:
    """Print what was filled and what was not."""
    n_cells = {
        name: tally.filled[name]
        for name in model.vocabulary_.schema.columns
        if name in tally.filled
    }
    each = ", ".join(f"{name!r} {n:,}" for name, n in n_cells.items())
    tell(options, f"filled    {sum(n_cells.values()):,} cells" + (f": {each}" if each else ""))
    left = tally.left()
    if left:
        each = ", ".join(
            f"{name!r} {n:,} ({_why(model.vocabulary_.schema, name)})" for name, n in left.items()
        )
        tell(options, f"left      {sum(left.values()):,} missing cells: {each}")
    tell(options, f"written   {name_of_output(options)} ({tally.n_rows:,} rows)")


class _NeedsAllRows(Exception):
    """What a cell is filled with, or the type of its column, goes by rows of other pieces."""


class Tally:
    """Rows, and missing cells by column: filled, and in all."""

    def __init__(self, missing_values: Sequence[str]) -> None:
        self._missing_values = pa.array(list(missing_values), pa.string())
        self.n_rows, self.filled, self._missing = 0, Counter[str](), Counter[str]()

    def add(self, table: pa.Table, fills: Fills) -> None:
        """Count some more rows, before they are filled."""
        self.n_rows += table.num_rows
        for name, (rows, _) in fills.items():
            self.filled[name] += len(rows)
        for name in table.column_names:
            column = table[name]
            n_missing = pc.sum(pc.is_null(column, nan_is_null=True)).as_py() or 0
            if len(self._missing_values) and pa.types.is_string(column.type):
                among = pc.is_in(column, value_set=self._missing_values)
                n_missing += pc.sum(among).as_py() or 0
            self._missing[name] += n_missing

    def left(self) -> dict[str, int]:
        """Give the missing cells of each column that were not filled."""
        left = {name: n - self.filled[name] for name, n in self._missing.items()}
        return {name: n for name, n in left.items() if n > 0}


def _form(source: Source, given: Mapping[str, Any], target: Path) -> dict[str, Any]:
    """Say how CSV is to be written, all columns as text; nothing for what has types."""
    if not is_csv(source) or target.suffix != ".csv":
        return {}
    delimiter = names_and_delimiter(source, **given)[1]
    return {"delimiter": delimiter, "header": given["header"] is True}


def _in_pieces(
    model: Model,
    options: argparse.Namespace,
    source: Source,
    tally: Tally,
    fill: Callable[[EncodedTable], Fills],
    as_text: bool,
) -> Iterator[pa.Table]:
    """Give the table with its cells filled, some rows after the other.

    Raises
    ------
    _NeedsAllRows
        If that is not how the table as a whole would be filled, or there are no rows.
    """
    is_text = is_csv(source)
    new = NewRows(model, options, source, every_column=is_text and not as_text)
    files = None if is_text else all_columns(source)
    unseen = UnseenCells(model.vocabulary_)
    others: Iterator[Any] = itertools.repeat(None) if files is None else files.pieces()
    for (cells, piece), stored in zip(new.pieces(), others, strict=False):
        if files is not None:
            table = pa.table({name: stored.column(name) for name in files})
        elif as_text:
            table = pa.table({name: piece.column(name).cast("string") for name in new.names})
        else:
            table = pa.table({name: new.typed(name, piece) for name in new.names})
        encoded = encode_again(model, cells)
        unseen.add(encoded, model.handle_unknown, in_pieces=True)
        fills = fill(encoded)
        if as_text:
            fills = _as_texts(fills, new.given["decimal"])
        tally.add(table, fills)
        yield _filled_by_itself(table, fills)
    unseen.warn("said nothing by")
    if not tally.n_rows:
        raise _NeedsAllRows


def _filled_by_itself(table: pa.Table, fills: Fills) -> pa.Table:
    """Fill the cells of some rows if other rows do not matter for that."""
    for name, (_, values) in fills.items():
        column, kind = table[name], table[name].type
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        by_others = pa.types.is_string(kind) or pa.types.is_decimal(kind)
        by_others |= pa.types.is_large_string(kind) or column.null_count == len(column)
        if by_others and any(isinstance(value, bool) or is_number(value) for value in values):
            raise _NeedsAllRows
    full = filled(table, fills)
    if full.schema.types != table.schema.types:
        raise _NeedsAllRows
    return full


def _whole(
    model: Model,
    options: argparse.Namespace,
    source: Source,
    tally: Tally,
    given: Mapping[str, Any],
    *,
    as_text: bool,
) -> pa.Table:
    """Read a whole table and fill its cells.

    From CSV to CSV all columns are text, so that cells are written as they stand there; other files
    get the types by which the model reads.
    """
    with without_warnings():  # given when it was read before
        fills: Fills = fills_for(model, read_as_in_fit(model, options, source))
        if is_csv(source):
            names, _ = names_and_delimiter(source, **given)
            types = types_again(model.vocabulary_.schema, source)
            types = {name: kind for name, kind in types.items() if name in names}
            read: dict[str, Any] = {**given, "types": types, "keep": names}
            if as_text:
                read |= {"missing_values": [], "types": dict.fromkeys(names, "text"), "keep": ()}
            table = read_table(source, **read, rows_needed=False).table
        else:
            table = all_columns(source).table()
    if as_text:
        table = pa.table({name: table[name].cast("string") for name in names})
        fills = _as_texts(fills, given["decimal"])
    tally.add(table, fills)
    return filled(table, fills)


def _as_texts(fills: Fills, decimal: str) -> Fills:
    return {
        name: (rows, [_text(value, decimal) for value in values])
        for name, (rows, values) in fills.items()
    }


def _text(value: Any, decimal: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = category_text(value)
    return text if isinstance(value, str) else text.replace(".", decimal)


def _why(schema: Schema, name: str) -> str:
    """Say why missing cells of a column stay missing."""
    codecs = [c for column, c in zip(schema.columns, schema.codecs, strict=True) if column == name]
    if not codecs:
        return "no column that the model learned"
    if any(codec.reading.part is not None for codec in codecs):
        return "learned by parts of dates, and no part says which day"
    return "no value in the table of train"
