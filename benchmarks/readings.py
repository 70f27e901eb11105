"""How is each column of the public tables read, as it is now and as it was before?

Run with ``python -m benchmarks.readings DATA_FOLDER``.
"""

from __future__ import annotations

import sys
import warnings
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.harness import Benchmark
from benchmarks.pages.readings import page
from cat2vec import Vocabulary, encode_table
from cat2vec.errors import Cat2VecError, Cat2VecWarning
from cat2vec.tables.files import read_table

BENCHMARK = Benchmark("readings", "Say how each column of the public tables is read.", page)
ENDINGS = (".csv", ".gz", ".txt", ".parquet")


def main(arguments: Sequence[str] | None = None) -> int:
    return BENCHMARK.measure(records, BENCHMARK.parser().parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    folder = Path(options.data_folder)
    for file in sorted(folder.rglob("*")):
        if file.suffix in ENDINGS:
            yield {"table": str(file.relative_to(folder)), **reading_of(file)}


def reading_of(file: Path) -> dict[str, Any]:
    """Read a file with no option; say what each column became, and what was said about it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", Cat2VecWarning)
        try:
            read = read_table(file)
            encoded = encode_table(read.table)
        except Cat2VecError as error:
            return {"refused": str(error).replace(str(file), file.name)}
    remarks = (*getattr(read, "remarks", ()), *getattr(encoded, "remarks", ()))
    found = [one for one in caught if issubclass(one.category, Cat2VecWarning)]
    return {
        "columns": columns_of(read.table.column_names, encoded.vocabulary),
        "remarks": [str(remark) for remark in remarks],
        "warnings": [str(one.message).replace(str(file), file.name) for one in found],
    }


def columns_of(names: Sequence[str], vocabulary: Vocabulary) -> dict[str, str]:
    """Say in a few words what each column became."""
    found: dict[str, list[str]] = {name: [] for name in names}
    schema = vocabulary.schema
    for column, codec, values in zip(
        schema.columns, schema.codecs, vocabulary.categories, strict=True
    ):
        what = codec.dtype if codec.reading.part is None else codec.reading.part
        unit = "bins" if codec.edges is not None else "categories"
        found.setdefault(column, []).append(f"{what}, {len(values):,} {unit}")
    return {name: "; ".join(words) or "left out" for name, words in found.items()}


if __name__ == "__main__":
    sys.exit(main())
