"""Tables without signal: nothing held out may be predicted better than by independence."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.quality.methods import taken
from benchmarks.quality.reading import PRODUCTS, SHUFFLED, published_table
from cat2vec import EncodedTable, train_vectors
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import Cat2VecWarning
from cat2vec.inspection.quality import held_out_gain


def measured(folder: Path, size: int) -> Iterator[dict[str, Any]]:
    for name in (*PRODUCTS, *SHUFFLED):
        table, _ = published_table(folder / f"mhtc25/{name}.txt")
        if name in SHUFFLED:
            rng = np.random.default_rng(0)
            columns = [rng.permutation(column) for column in table.codes.T]
            table = EncodedTable(np.stack(columns, axis=1), table.vocabulary, None)
        order = np.random.default_rng(1).permutation(table.n_rows)
        cut = table.n_rows * 9 // 10
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always", Cat2VecWarning)
            vectors = train_vectors(taken(table, order[:cut]), solver="counts", vector_size=size)
        rest = EncodedTable(table.codes[order[cut:]], vectors.vocabulary, None)
        yield {
            "table": name + (", columns shuffled" if name in SHUFFLED else ""),
            "method": "cat2vec",
            "vector_size": size,
            "rows": table.n_rows,
            "gain": float(vectors.gain),
            "held_out_gain": float(held_out_gain(vectors, count_encoded(rest))),
            "independence_loss": float(vectors.independence_loss),
            "warnings": sorted({w.category.__name__ for w in said}),
        }
