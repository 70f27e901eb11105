"""Train on three tables with both own solvers and print digests of the vectors as JSON.

Run in another environment as ``python -m tests.digest_of_training``; see test_repeatability.py.
``--junk SEED`` fills memory with other things first. ``--arrays FILE`` writes what trainings find
until they stop by themselves, for other processors, which need not find the same bits.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import warnings

import numpy as np
from threadpoolctl import threadpool_info

import cat2vec
from cat2vec import encode_table, train_vectors
from cat2vec.errors import NotConvergedWarning, UnusedParameterWarning
from tests.made_tables import planted

PARTS = ("matrix", "center", "context", "losses")
SOLVERS = ("counts", "rows")
#: Of each table: rows, hidden groups, and the categories per group of each feature.
SHAPES = {
    "small": (600, 5, (3, 3, 3, 3)),
    "medium": (2000, 20, (20, 3, 3, 3, 3, 3)),
    "large": (8000, 20, (75, 45, 2)),
}
#: The narrowest table, and a wide one.
FURTHER_SHAPES = {
    "two columns": (500, 4, (3, 2)),
    "500 columns": (200, 3, (2, 1) * 250),
}
#: Ways to train, by solver; gensim repeats itself with one thread only.
WAYS = {
    "counts": {"solver": "counts"},
    "learned prior": {"solver": "counts", "regularization": "auto"},
    "rows": {"solver": "rows"},
    "gensim": {"solver": "gensim"},
}


def table_of(name):
    """Give a planted table with features of unequal sizes and a tenth of the cells missing."""
    n_rows, n_groups, per_group = {**SHAPES, **FURTHER_SHAPES}[name]
    rng = np.random.default_rng(len(name))
    whole = planted(rng, n_rows, n_groups, len(per_group), max(per_group))
    table = {}
    for (feature, cells), inside in zip(whole.items(), per_group, strict=True):
        parts = (cell.split("_") for cell in cells)
        folded = [f"{group}_{int(place) % inside}" for group, place in parts]
        gaps = rng.random(n_rows) < 0.1
        table[feature] = [None if gap else cell for cell, gap in zip(folded, gaps, strict=True)]
    return table


def digest_of(data, solver, **settings):
    """Train, and give the SHA-256 of the bytes of each part of the vectors."""
    settings = {"vector_size": 16, "max_sweeps": 3, "epochs": 2, **settings}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        warnings.simplefilter("ignore", UnusedParameterWarning)
        vectors = train_vectors(data, solver=solver, **settings)
    return digest_of_vectors(vectors)


def digest_of_vectors(vectors):
    """Give the SHA-256 of the bytes of each part of vectors."""
    parts = {name: np.ascontiguousarray(getattr(vectors, name)) for name in PARTS}
    assert all(np.isfinite(part).all() for part in parts.values())
    return {name: hashlib.sha256(part.tobytes()).hexdigest() for name, part in parts.items()}


def digests(n_jobs=None, tables=tuple(SHAPES)):
    """Give the digest of every table and solver."""
    found = {}
    for name in tables:
        encoded = encode_table(table_of(name), n_jobs=n_jobs)
        for solver in SOLVERS:
            found[f"{name} {solver}"] = digest_of(encoded, solver, n_jobs=n_jobs)
    return found


def environment():
    """Give what the variables of the environment have changed in this process."""
    from numba import config

    return {
        "library": cat2vec.__file__,
        "blas threads": [pool["num_threads"] for pool in threadpool_info()],
        "numba threads": config.NUMBA_NUM_THREADS,
        "hash": hash("category"),
    }


def junk_of(seed):
    """Allocate pieces of memory of all sizes, and let every second one go."""
    rng = np.random.default_rng(seed)
    pieces = [np.full(int(2 ** rng.uniform(3, 20)), seed % 256, np.uint8) for _ in range(400)]
    return pieces[::2]


def arrays(tables=("small", "medium"), vector_size=16):
    """Train every way until it stops; give matrix and last loss by table and way."""
    found = {}
    for name in tables:
        encoded = encode_table(table_of(name))
        for way, settings in WAYS.items():
            vectors = train_vectors(encoded, vector_size=vector_size, n_jobs=1, **settings)
            found[f"{name} {way} matrix"] = vectors.matrix
            found[f"{name} {way} loss"] = np.array(vectors.losses[-1])
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--junk", type=int)
    parser.add_argument("--arrays")
    options = parser.parse_args()
    before = environment()
    if options.arrays:
        np.savez(options.arrays, **arrays())
        sys.exit()
    junk = None if options.junk is None else junk_of(options.junk)
    json.dump({"environment": before, "digests": digests()}, sys.stdout)
