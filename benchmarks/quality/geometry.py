"""Do neighbours agree with what is known from outside? Nine tasks, truth never in training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

from benchmarks.harness.neighbours import cosines, explained, nearest
from benchmarks.quality.methods import METHODS, some_rows
from benchmarks.quality.reading import RARE, TASKS, Task, pooled, task_table, truth_of
from cat2vec import EncodedTable, encode_table

NEIGHBOURS = 5


def measured(
    folder: Path,
    methods: Sequence[str],
    sizes: Sequence[int],
    shuffles: Sequence[int],
    most_pairs: float,
) -> Iterator[dict[str, Any]]:
    """Train every method on every table, per shuffle of its rows, and ask the tasks of the table.

    Of tables with more than ``most_pairs`` ordered pairs of cells each shuffle takes the first
    rows, the same for every method.
    """
    for name in dict.fromkeys(task.table for task in TASKS):
        frame, kinds, whole = task_table(folder, name)
        tasks = {t: truth_of(t, folder, whole) for t in TASKS if t.table == name}
        n_rows = some_rows(len(frame), frame.shape[1], most_pairs)
        for shuffle in shuffles:
            table = shuffled(frame, kinds, n_rows, shuffle)
            for method in methods:
                for size in sizes:
                    found = METHODS[method](table, size, shuffle)
                    for task, truth in tasks.items():
                        yield {
                            "table": task.name,
                            "method": method,
                            "vector_size": size,
                            "rows": n_rows,
                            "all_rows": len(frame),
                            "shuffle": shuffle,
                            "seconds": found.seconds,
                            "score": score(found.matrix, table, task, truth),
                        }


def shuffled(
    frame: pd.DataFrame, kinds: Mapping[str, Any], n_rows: int, shuffle: int
) -> EncodedTable:
    """Take so many random rows, rare categories pooled."""
    some = frame.sample(n_rows, random_state=shuffle, ignore_index=True)
    return encode_table(pooled(some, kinds), columns=kinds)


def score(matrix: np.ndarray, table: EncodedTable, task: Task, truth: Mapping[str, Any]) -> float:
    """Compare cosines of the centred vectors of one feature with the truth."""
    vocabulary = table.vocabulary
    tokens = vocabulary.tokens_of(task.feature)
    vectors = matrix[tokens].astype(np.float64)
    vectors = vectors - vocabulary.shares[tokens] @ vectors
    categories = vocabulary.categories[vocabulary.features.index(task.feature)].tolist()
    known = [place for place, c in enumerate(categories) if c != RARE and c in truth]
    answers = np.array([truth[categories[place]] for place in known])
    if task.kind == "order":
        apart = np.abs(answers[:, None] - answers[None])
        upper = np.triu_indices(len(answers), 1)
        return float(spearmanr(1 - cosines(vectors[known])[upper], apart[upper]).statistic)
    near = nearest(vectors[known], NEIGHBOURS)
    if task.kind == "label":
        return float((answers[near] == answers[:, None]).mean())
    return explained(answers, near)
