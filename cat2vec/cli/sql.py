"""``sql``: the statements by which a database counts what ``counts_from_sql`` reads."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from cat2vec.cli.options import KIND_FORMS, add_parameters, read_shared, types_of
from cat2vec.counting.dialects import DIALECTS
from cat2vec.counting.sql import pairs_sql, vocabulary_sql
from cat2vec.tables.sources.paths import find_source
from cat2vec.tables.text_types import CSV_TYPES

#: Parameters that only say how numbers are cut into bins.
_OF_BINS = ("numeric", "n_bins", "shared", "missing", "missing_values")


def add_sql_command(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the command.

    Parameters
    ----------
    add : callable
        As in ``add_question_commands``.
    """
    sql = add("sql", _sql, "print SQL: two statements by which a database counts pairs")
    sql.add_argument(
        "table", help='table or view, such as sales.trips; "trips.parquet" in double quotes'
    )
    about = "columns to use, in this order: two or more, as the database writes their names"
    sql.add_argument("--features", nargs="+", required=True, metavar="NAME", help=about)
    sql.add_argument("--dialect", required=True, choices=DIALECTS, help="of which database")
    sql.add_argument(
        "--vocabulary",
        metavar="FILE",
        help="result of the first statement, - for what is piped in: print the second one, in "
        "which numbers are in bins",
    )
    forms = f"{', '.join(KIND_FORMS)}, {', '.join(CSV_TYPES)}"
    add_parameters(sql, "columns", remark=f"{forms}; for --vocabulary, as all that follow")
    add_parameters(sql, *_OF_BINS)


def _sql(options: argparse.Namespace) -> None:
    what = options.table, options.features, options.dialect
    if options.vocabulary is None:
        print(f"{vocabulary_sql(*what)}\n\n{pairs_sql(*what)}")
        return
    given = types_of(options.columns)
    statement = pairs_sql(
        *what,
        find_source(options.vocabulary),  # once, as a pipe can be read only once
        types={name: kind for name, kind in given.items() if kind in CSV_TYPES},
        columns={name: kind for name, kind in given.items() if kind not in CSV_TYPES},
        numeric=options.numeric,
        n_bins=options.n_bins,
        shared=read_shared(options.shared),
        missing=options.missing,
        missing_values=options.missing_values,
    )
    print(statement)
