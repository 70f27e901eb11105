"""Where memory is handed out changes no bit: loops compiled in two versions give the same in both.

A loop whose arrays might overlap is compiled twice, and chosen by their addresses: the scalar
version runs where an output begins within some bytes behind an input.
"""

import json
import os
import platform
import re
import subprocess
import sys
import warnings
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numba import njit, typeof

from cat2vec import encode_table, train_vectors
from cat2vec.errors import NotConvergedWarning, UnusedParameterWarning
from cat2vec.kernels import (
    cells,
    counting,
    draws,
    evidence,
    grouped_noise,
    grouping,
    inverses,
    linear,
    rows,
    sgns,
)
from tests.digest_of_training import PARTS, SHAPES, SOLVERS, table_of
from tests.kernels import made_cells

#: Bytes between two arrays that are tried: wider than any vector register and unrolled loop.
_NEAR = 320
#: Entries, so that vectorised and unrolled loops, their ends, and several tiles of sums are met.
_SIZES = (37, 700)


def floats(rng, *shape, scale=1.0):
    return (scale * rng.normal(size=shape)).astype(np.float32)


def block_arguments(rng, n_tokens=70, n_features=5, size=9):
    """Arguments of the kernels of a block of tokens against all tokens of a made table."""
    offsets = np.linspace(0, n_tokens, n_features + 1).astype(np.int64)
    feature = np.repeat(np.arange(n_features), np.diff(offsets))
    found = np.triu(rng.random((n_tokens, n_tokens)) < 0.5, 1)
    found &= feature[:, None] != feature
    found |= found.T
    indptr = np.concatenate([[0], np.cumsum(found.sum(axis=1))]).astype(np.int32)
    return {
        "products": floats(rng, size, n_tokens, scale=3),
        "tokens": np.arange(offsets[1], offsets[1] + size),
        "row_bias": floats(rng, n_tokens),
        "column_bias": floats(rng, n_tokens),
        "indptr": indptr,
        "indices": np.nonzero(found)[1].astype(np.int32),
        "values": rng.integers(1, 9, size=indptr[-1]).astype(np.float32),
        "by_row": np.abs(floats(rng, n_tokens, n_features)),
        "by_column": np.abs(floats(rng, 1, n_tokens)),
        "feature": feature,
        "offsets": offsets,
        "center_side": True,
        "gap": offsets[1:3].copy(),
    }


def terms_arguments(rng):
    made = block_arguments(rng)
    return {
        **made,
        "group": made["feature"].astype(np.int32),
        "curvature": np.abs(floats(rng, len(made["tokens"]), 5)),
        "losses": np.zeros(len(made["tokens"])),
    }


def losses_arguments(rng):
    made = block_arguments(rng)
    return {**made, "losses": np.zeros(len(made["tokens"]))}


def curvature_arguments(rng):
    made = block_arguments(rng)
    for name in ("indptr", "indices", "values"):
        made.pop(name)
    return {
        **made,
        "own_noise": np.abs(floats(rng, len(made["feature"]))),
        "group": np.arange(len(made["feature"]), dtype=np.int32),
        "curvature": np.zeros_like(made["products"]),
    }


def grouped_arguments(rng):
    made = curvature_arguments(rng)
    curvature = made.pop("curvature")
    n_features = len(made["offsets"]) - 1
    return {
        **made,
        "scale": np.abs(floats(rng, len(made["feature"]))),
        "spread": np.abs(floats(rng, len(curvature), n_features)),
        "curvature": curvature,
        "pulls": np.zeros((len(curvature), n_features), np.float32),
        "losses": np.zeros(len(curvature)),
    }


def observed_arguments(rng):
    made = block_arguments(rng)
    n_tokens = len(made["feature"])
    return {
        "tokens": made["tokens"],
        "mine": floats(rng, len(made["tokens"]), 37),
        "other": floats(rng, n_tokens, 37),
        **{name: made[name] for name in ("row_bias", "column_bias", "indptr", "indices", "values")},
        "group": made["feature"].astype(np.int32),
        "push": floats(rng, len(made["tokens"]), 37),
        "curvature": np.abs(floats(rng, len(made["tokens"]), 5)),
        "total": np.ones(len(made["tokens"])),
    }


def rows_arguments(rng, n_rows=12, rows_in_block=4, size=10):
    """Arguments of ``chunk_pushes`` for a table of three features of four categories."""
    n_features, n_tokens, n_chunks = 3, 12, 2
    n_blocks = n_rows // rows_in_block
    codes = rng.integers(-1, 4, size=(n_rows, n_features)).astype(np.int16)
    return {
        "first": 0,
        "last": n_chunks,
        "chunk_starts": n_blocks * np.arange(n_chunks + 1) // n_chunks,
        "rows": rng.permutation(n_rows),
        "rows_in_block": rows_in_block,
        "codes": codes,
        "feature_of_column": np.arange(n_features),
        "offsets": np.arange(0, n_tokens + 1, 4),
        "vector_of_token": np.arange(n_tokens),
        "apart": np.eye(n_features, dtype=bool),
        "center": floats(rng, n_tokens, size),
        "context": floats(rng, n_tokens, size),
        "bias": floats(rng, n_tokens),
        "importance": np.abs(floats(rng, n_tokens)),
        "inside": 1 + np.abs(floats(rng, n_tokens)),
        "prior": np.abs(floats(rng, n_tokens)),
        "negative": np.float32(2.5),
        "threshold": np.full(n_tokens, 1 << 31, np.uint64),
        "alias": np.arange(n_tokens)[::-1].copy(),
        "seed": np.uint64(7),
        "with_loss": 1,
        "place": np.full(n_tokens, -1, np.int32),
        "found": np.zeros((n_chunks, n_tokens), np.int64),
        "n_found": np.zeros(n_chunks, np.int64),
        "visits": np.zeros((n_chunks, n_tokens), np.int64),
        "pulls": np.zeros((n_chunks, n_tokens), np.float32),
        "center_sums": np.zeros((n_chunks, n_tokens, size), np.float32),
        "context_sums": np.zeros((n_chunks, n_tokens, size), np.float32),
        "losses": np.zeros((n_blocks, 2)),
    }


def inside_arguments(rng):
    """Arguments of ``chunk_pushes`` where the values of a cell of two columns are pairs."""
    made = rows_arguments(rng)
    n_rows, n_features = made["codes"].shape
    # values of a cell ascend, and stand once
    cell = np.array([[0, 2], [1, 3], [2, -1], [0, 1]], np.int16)[rng.integers(4, size=n_rows)]
    made["codes"] = np.asfortranarray(np.hstack([cell, made["codes"][:, 1:]]))
    made["feature_of_column"] = np.array([0, 0, 1, 2])
    made["apart"] = np.diag(np.arange(n_features) > 0)
    return made


def drawn_arguments(rng, n_tokens=12):
    return {
        "state": rng.integers(1 << 60, size=1).astype(np.uint64),
        "start": 3,
        "size": 7,
        "threshold": rng.integers(1 << 32, size=n_tokens).astype(np.uint64),
        "alias": rng.permutation(n_tokens),
    }


def apply_arguments(rng, size=41):
    made = rows_arguments(rng, size=size)
    rows.chunk_pushes(*made.values())
    sums = ("found", "n_found", "visits", "pulls", "center_sums", "context_sums")
    return {
        "part": 0,
        "n_parts": 1,
        **{name: made[name] for name in (*sums, "center", "context")},
        "squares": np.ones((2, 12), np.float32),
        "mean": floats(rng, 2, 3, size),
        "name_of_vector": np.arange(12) // 4,
        "rate": np.float32(0.3),
        "place": np.full(12, -1),
    }


def sparse_arguments(rng, n_tokens=40):
    made = block_arguments(rng, n_tokens)
    return {
        **{name: made[name] for name in ("indptr", "indices", "values")},
        "start": 3,
        "stop": n_tokens,
        "x": floats(rng, n_tokens, 37),
        "out": np.zeros((n_tokens, 37), np.float32),
    }


def damped_arguments(rng, n_tokens=40, n_features=5):
    made = block_arguments(rng, n_tokens, n_features)
    return {
        **{name: made[name] for name in ("indptr", "indices", "values")},
        "with_feature": np.abs(floats(rng, n_tokens, n_features)).astype(np.float64),
        "shares": rng.random(n_tokens),
        "feature": made["feature"],
        "knee": 0.5,
        "start": 0,
        "stop": n_tokens,
        "out": np.zeros_like(made["values"]),
    }


def solved_arguments(rng, size, n_tokens=40):
    return {
        "packed": 0.1 * floats(rng, n_tokens, size * (size + 1) // 2),
        "ridges": np.full(n_tokens, 1.0 + size),
        "right_side": floats(rng, n_tokens, size),
        "out": np.zeros((n_tokens, size), np.float32),
    }


def inverted_arguments(rng, size, n_tokens=40):
    made = solved_arguments(rng, size, n_tokens)
    inverses_of = np.zeros_like(made["packed"])
    return {"packed": made["packed"], "ridge": 1.0 + size, "size": size, "inverses": inverses_of}


def times_arguments(rng, size=45):
    made = solved_arguments(rng, size)
    return {
        "packed": made["packed"],
        "vectors": made["right_side"],
        "out": np.zeros(made["out"].shape),
    }


def weighed_arguments(rng, n_rows=90):
    return {
        "codes": np.asfortranarray(rng.integers(-1, 4, size=(n_rows, 3)).astype(np.int16)),
        "weights": rng.random(n_rows),
        "first": np.array([0, 0, 1]),
        "second": np.array([1, 2, 2]),
        "width": np.array([4, 4, 4]),
        "base": np.array([0, 16, 32]),
        "out": np.zeros(49),
    }


def vectors_of(names, n, **scalars):
    """Arguments of a loop over vectors of ``n`` numbers; counts and weights are positive."""

    def make(rng):
        arrays = {name: floats(rng, n, scale=3) for name in names.split()}
        for name in {"counts", "noise", "weight", "weights"} & set(arrays):
            arrays[name] = np.abs(arrays[name])
        return {**arrays, **scalars}

    return make


def row_loop_arguments(n, written):
    """Arguments of the loops over one row of a matrix."""

    def make(rng):
        arrays = {"i": 1, "products": floats(rng, 3, n, scale=3), "bias": floats(rng, n)}
        arrays |= {"weight": np.abs(floats(rng, n)), "label": floats(rng, n)}
        return arrays if written else {**arrays, "first": 5, "last": n - 2}

    return make


ROW_BIAS = {"row_bias": np.float32(0.3)}
#: Of each kernel: the function, how its arguments are made, and the arguments that it writes.
KERNELS = {
    "block_terms": (sgns.block_terms, terms_arguments, "products curvature losses"),
    "block_losses": (sgns.block_losses, losses_arguments, "losses"),
    "noise_curvature": (sgns.noise_curvature, curvature_arguments, "products curvature"),
    "grouped_noise": (
        grouped_noise.grouped_noise, grouped_arguments, "products curvature pulls losses"
    ),
    "observed_pairs": (grouped_noise.observed_pairs, observed_arguments, "push curvature total"),
    "sum_columns": (
        grouping.sum_columns,
        lambda rng: {
            "values": floats(rng, 9, 50),
            "group": rng.integers(5, size=50).astype(np.int32),
            "sums": np.zeros((9, 5), np.float32),
        },
        "sums",
    ),
    "chunk_pushes": (
        rows.chunk_pushes, rows_arguments,
        "place found n_found visits pulls center_sums context_sums losses",
    ),
    "apply_pushes": (
        rows.apply_pushes, apply_arguments,
        "visits pulls center_sums context_sums center context squares place",
    ),
    "chunk_pushes inside": (
        rows.chunk_pushes, inside_arguments,
        "place found n_found visits pulls center_sums context_sums losses",
    ),
    "draw_noise": (draws.draw_noise, drawn_arguments, "state"),
    "lay_out_evidence": (cells.lay_out_evidence, made_cells.laid_out_arguments, "out"),
    "score_categories": (cells.score_categories, made_cells.scored_arguments, "out"),
    "judge_cells": (
        cells.judge_cells, made_cells.judged_arguments, "log_chance best log_chance_best discord"
    ),
    "judge_feature": (
        cells.judge_feature, made_cells.judged_feature_arguments,
        "log_chance best log_chance_best discord",
    ),
    "views_of_cells": (cells.views_of_cells, made_cells.views_arguments, "out"),
    "add_up_gains": (evidence.add_up_gains, made_cells.gains_arguments, "out"),
    "weigh_pairs": (
        evidence.weigh_pairs, made_cells.weighed_pairs_arguments, "starts evidence without"
    ),
    "fill_table": (evidence.fill_table, made_cells.filled_table_arguments, "out"),
    "sparse_times": (linear.sparse_times, sparse_arguments, "out"),
    "damped_counts": (counting.damped_counts, damped_arguments, "out"),
    "weigh_dense": (counting.weigh_dense, weighed_arguments, "out"),
    **{
        f"solve_packed {size}": (
            linear.solve_packed, lambda rng, size=size: solved_arguments(rng, size), "out"
        )
        for size in (3, 32, 45)
    },
    **{
        f"invert_packed {size}": (
            inverses.invert_packed,
            lambda rng, size=size: inverted_arguments(rng, size),
            "inverses",
        )
        for size in (3, 32, 45)
    },
    "packed_times": (inverses.packed_times, times_arguments, "out"),
    **{
        f"group_second_moments {size}": (
            grouping.group_second_moments,
            lambda rng, size=size: {
                "points": floats(rng, 50, size),
                "weights": rng.random(50).astype(np.float32),
                "group": rng.integers(5, size=50).astype(np.int32),
                "moments": np.zeros((5, size * (size + 1) // 2), np.float32),
            },
            "moments",
        )
        for size in (3, 45)
    },
    "spread_seeds": (
        grouping.spread_seeds,
        lambda rng: {
            "points": floats(rng, 50, 45),
            "weights": rng.random(50).astype(np.float32),
            "seeds": np.zeros(9, np.int64),
        },
        "seeds",
    ),
}  # fmt: skip
#: The loops inside the kernels, for which no place of an array is left to chance.
LOOPS = {
    name: (function, make, written)
    for n in _SIZES
    for name, function, make, written in [
        (
            f"pair_terms {n}", sgns.pair_terms,
            vectors_of("logits counts losses residual curvature", n), "losses residual curvature",
        ),
        (
            f"noise_terms {n}", sgns.noise_terms,
            lambda rng, n=n: {
                "products": floats(rng, n, scale=3), **ROW_BIAS,
                **vectors_of("column_bias noise losses", n)(rng),
            },
            "products losses",
        ),
        (
            f"noise_curvatures {n}", sgns.noise_curvatures,
            lambda rng, n=n: {
                "products": floats(rng, n, scale=3), **ROW_BIAS,
                **vectors_of("column_bias noise curvature", n)(rng),
            },
            "curvature",
        ),
        (
            f"softplus_sum {n}", sgns.softplus_sum,
            lambda rng, n=n: {
                "logits": floats(rng, n, scale=3), **ROW_BIAS,
                **vectors_of("column_bias weights", n)(rng),
            },
            "",
        ),
        (f"add_entries {n}", cells.add_entries, vectors_of("values total", n), "total"),
        (f"mass_of {n}", cells.mass_of, vectors_of("score", n, top=np.float32(9.0)), ""),
        (
            f"smoothed_terms {n}", grouped_noise.smoothed_terms,
            lambda rng, n=n: {
                "products": floats(rng, n, scale=3), **ROW_BIAS,
                **vectors_of("column_bias noise", n)(rng),
                "scale": np.abs(floats(rng, n)), "spread": np.float32(0.7),
                "curvature": floats(rng, n), "losses": floats(rng, n),
            },
            "products curvature losses",
        ),
        (f"dot {n}", grouped_noise.dot, vectors_of("first second", n), ""),
        (
            f"row_product {n}", linear.row_product,
            lambda rng, n=n: {
                "first": floats(rng, 3, n), "i": np.uint64(1),
                "second": floats(rng, 4, n), "j": np.uint64(2),
            },
            "",
        ),
        (
            f"add_scaled_row {n}", linear.add_scaled_row,
            lambda rng, n=n: {
                "factor": np.float32(0.3), "values": floats(rng, 4, n), "j": np.uint64(2),
                "out": floats(rng, 3, n), "i": np.uint64(1),
            },
            "out",
        ),
        (f"sum_entries {n}", sgns.sum_entries, vectors_of("values", n), ""),
        (f"slopes {n}", rows.slopes, row_loop_arguments(n, written=True), "products"),
        (f"loss_between {n}", rows.loss_between, row_loop_arguments(n, written=False), ""),
        (
            f"scale_between {n}", rows.scale_between,
            lambda rng, n=n: {
                "values": floats(rng, n), "factor": np.float32(0.3), "first": 5, "last": n - 2,
                "scaled": floats(rng, n),
            },
            "scaled",
        ),
        (
            f"move_vector {n}", rows.move_vector,
            lambda rng, n=n: {
                "matrix": floats(rng, 3, n), "vector": 1, "sums": floats(rng, 3, n), "at": 2,
                "mean": floats(rng, 2, n), "name": 1, "rate": np.float32(0.3),
                "pull": np.float32(0.2),
            },
            "matrix",
        ),
    ]
}  # fmt: skip


class Buffer:
    """One large buffer in which arrays are laid at chosen places.

    Far apart, arrays stand 512 KB from each other, in the order of their names.
    """

    def __init__(self, arguments):
        self.arguments = arguments
        self.arrays = {n: a for n, a in arguments.items() if isinstance(a, np.ndarray)}
        room = 1 << 19
        assert all(array.nbytes + 2 * _NEAR < room // 2 for array in self.arrays.values())
        self.far = {name: room * place for place, name in enumerate(self.arrays)}
        # an output may stand before the first array
        memory = np.empty(room * (len(self.arrays) + 1), np.uint8)
        self.memory = memory[room // 2 + (-memory.ctypes.data) % 64 :]
        self.before = memory[(-memory.ctypes.data) % 64 :]

    def near(self, written):
        """Give layouts in which one written array lies before or behind another array."""
        item, size = self.arrays[written].itemsize, self.arrays[written].nbytes
        for name, array in self.arrays.items():
            if name == written:
                continue
            for distance in range(0, _NEAR, item):
                behind = self.far[name] + array.nbytes + distance
                yield {**self.far, written: behind + -behind % item}
                yield {**self.far, written: self.far[name] - size - distance}

    def run(self, function, written, starts):
        """Run a kernel on arrays at the given places; gives the bytes of all that it computes."""
        half = self.memory.ctypes.data - self.before.ctypes.data
        placed = {}
        for name, array in self.arrays.items():
            begin = starts[name] + half
            view = self.before[begin : begin + array.nbytes].view(array.dtype)
            placed[name] = view.reshape(array.shape, order="F" if array.flags.fnc else "C")
        for name, array in self.arrays.items():
            placed[name][...] = array
        result = function(*{**self.arguments, **placed}.values())
        return [placed[name].tobytes() for name in written] + [np.asarray(result).tobytes()]


@pytest.mark.filterwarnings("ignore::numba.NumbaPerformanceWarning")
@pytest.mark.parametrize("name", [*LOOPS, *KERNELS])
def test_no_bit_depends_on_where_the_outputs_lie(name):
    function, make, written = {**LOOPS, **KERNELS}[name]
    written = written.split()
    buffer = Buffer(make(np.random.default_rng(0)))
    expected = buffer.run(function, written, buffer.far)
    for output in written or list(buffer.arrays)[:1]:
        for starts in buffer.near(output):
            assert buffer.run(function, written, starts) == expected, (output, starts)


def test_a_kernel_whose_result_depends_on_an_address_would_be_found():
    """Arrays are laid where scalar versions of loops run: just behind an input, and just before."""

    def by_address(values, out):
        behind = out.ctypes.data - values.ctypes.data - values.nbytes
        before = values.ctypes.data - out.ctypes.data - out.nbytes
        return 1.0 if 0 <= behind < 64 else 2.0 if 0 <= before < 64 else 0.0

    buffer = Buffer(vectors_of("values out", 37)(np.random.default_rng(0)))
    found = [buffer.run(by_address, ["out"], starts)[-1] for starts in buffer.near("out")]
    assert {np.frombuffer(one)[0] for one in found} == {0.0, 1.0, 2.0}


#: Instructions that load or put together a vector entry by entry.
_ONE_BY_ONE = re.compile(r"\bvp?gather\w+|\bv?insertps\b|\bv?pinsr[bwdq]\b")


def instructions_one_by_one(function, arguments):
    """Compile a loop anew for these arguments; gives what it loads entry by entry, and its code."""
    options = function.targetoptions
    fresh = njit(
        nogil=True,
        fastmath=options.get("fastmath", False),
        error_model=options.get("error_model", "python"),
    )(function.py_func)
    fresh.compile(tuple(typeof(argument) for argument in arguments.values()))
    code = "\n".join(fresh.inspect_asm().values())
    return sorted({*_ONE_BY_ONE.findall(code)}), code


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="knows the instructions of x86-64 only"
)
@pytest.mark.parametrize("processor", [None, "skylake-avx512", "znver3"])
def test_loops_load_neighbouring_entries_at_once(processor):
    """On this processor, and compiled for others, which prefer other instructions."""
    target = {"NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": ""} if processor else {}
    done = subprocess.run(
        [sys.executable, "-m", "tests.kernels.test_memory_layout"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **target},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert len(found) == len(LOOPS) // len(_SIZES)
    assert not any(found.values()), found


def test_the_instructions_that_gather_are_known_by_their_names():
    code = "vgatherdps vpgatherdd vinsertps insertps vpinsrd pinsrq vmovups vinsertf128 vaddps"
    assert _ONE_BY_ONE.findall(code) == code.split()[:6]


def print_instructions():
    """Print what each loop loads one by one, as JSON; for a process of its own."""
    rng = np.random.default_rng(0)
    found = {}
    for name, (function, make, _) in LOOPS.items():
        if not name.endswith(f" {_SIZES[0]}"):
            continue
        found[name], code = instructions_one_by_one(function, make(rng))
        assert re.search(r"\bv?mov[au]p[sd]\b", code), f"{name} loads no vector"
    print(json.dumps(found))


_TRAININGS = 400
#: Short trainings that call every kernel.
_SETTINGS = {"vector_size": 8, "max_sweeps": 2, "epochs": 1}


@pytest.mark.parametrize(
    ("name", "solver"),
    [
        ("small", "counts"),
        *(
            pytest.param(name, solver, marks=pytest.mark.slow)
            for name, solver in product(SHAPES, SOLVERS)
            if (name, solver) != ("small", "counts")
        ),
    ],
)
def test_a_table_trained_among_other_allocations_has_one_result(name, solver):
    encoded = encode_table(table_of(name))
    rng = np.random.default_rng(0)
    others, results = [], set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NotConvergedWarning)
        warnings.simplefilter("ignore", UnusedParameterWarning)
        for _ in range(_TRAININGS):
            others.append(np.empty(int(2 ** rng.uniform(3, 18)), np.uint8))
            if len(others) > 50:
                others.pop(rng.integers(len(others)))
            vectors = train_vectors(encoded, solver=solver, **_SETTINGS)
            results.add(b"".join(np.asarray(getattr(vectors, part)).tobytes() for part in PARTS))
    assert len(results) == 1


if __name__ == "__main__":
    print_instructions()
