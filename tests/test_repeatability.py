"""The same table and seed give the same bits: threads, processes, libraries, order and parts.

Bits are those of matrix, center, context and losses, for the solvers counts and rows; gensim is
asked where it has one thread. The order of rows is promised for counts only: rows takes them as
they come. On other processors numbers are nearly the same, which is tested last.
"""

import json
import os
import platform
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import cat2vec
from cat2vec import Cat2Vec, PairCounts, count_pairs, encode_table
from cat2vec.kernels.threads import workers
from cat2vec.tables.encode import EncodedTable
from tests.digest_of_training import (
    FURTHER_SHAPES,
    PARTS,
    SHAPES,
    SOLVERS,
    WAYS,
    digest_of,
    digest_of_vectors,
    digests,
    junk_of,
    table_of,
)

ROOT = Path(__file__).parent.parent
BLAS_VARIABLES = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
TABLES = {name: table_of(name) for name in SHAPES}


@pytest.fixture(scope="module")
def expected():
    """Digests of every table and solver, in this process with one thread."""
    return digests(n_jobs=1)


def run_elsewhere(*arguments, **variables):
    """Train in a new process; give what it reports of its environment, and its digests."""
    done = run_process(*arguments, **variables)
    report = json.loads(done.stdout)
    assert report["environment"]["library"] == cat2vec.__file__
    return report["environment"], report["digests"]


def run_process(*arguments, **variables):
    names = (*BLAS_VARIABLES, "NUMBA_NUM_THREADS", "PYTHONHASHSEED")
    kept = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, "-m", "tests.digest_of_training", *arguments],
        cwd=ROOT,
        env=kept | variables,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done


def in_order(table, order):
    return {name: [cells[i] for i in order] for name, cells in table.items()}


def test_tables_have_the_sizes_that_they_are_here_for():
    sizes = {
        name: np.diff(encode_table(table).vocabulary.offsets).tolist()
        for name, table in TABLES.items()
    }
    assert sizes["small"] == [15] * 4
    assert sizes["medium"][0] > 390
    assert sizes["medium"][1:] == [60] * 5
    assert sizes["large"][0] > 1400
    assert sizes["large"][1] > 850
    assert sizes["large"][2] == 40


def test_digests_tell_trainings_apart(expected):
    """Equal digests mean something: each part differs between tables and solvers, or by a cell."""
    for part in PARTS:
        assert len({digest[part] for digest in expected.values()}) == len(SHAPES) * len(SOLVERS)
    changed = {name: list(cells) for name, cells in TABLES["small"].items()}
    changed["f0"][0] = "g1_1" if changed["f0"][0] != "g1_1" else "g2_2"
    for solver in SOLVERS:
        found = digest_of(encode_table(changed), solver)
        for part in PARTS:
            assert found[part] != expected[f"small {solver}"][part]


def test_another_seed_changes_rows_and_leaves_counts_as_they_are(expected):
    encoded = encode_table(TABLES["small"])
    assert digest_of(encoded, "counts", random_state=1) == expected["small counts"]
    found = digest_of(encoded, "rows", random_state=1)
    for part in PARTS:
        assert found[part] != expected["small rows"][part]


@pytest.mark.parametrize("n_jobs", [2, 3, None])
def test_number_of_threads(n_jobs, expected):
    assert digests(n_jobs=n_jobs) == expected


@pytest.mark.parametrize("limit", [1, 3])
def test_limits_that_the_caller_has_set(limit, expected):
    with threadpool_limits(limit):
        assert digests() == expected


@pytest.mark.parametrize(
    ("blas", "numba", "seed"), [(1, 1, 0), (2, 2, 1), (4, 1, 2)], ids=["one", "two", "four"]
)
def test_variables_of_the_environment(blas, numba, seed, expected):
    variables = dict.fromkeys(BLAS_VARIABLES, str(blas))
    environment, found = run_elsewhere(
        **variables, NUMBA_NUM_THREADS=str(numba), PYTHONHASHSEED=str(seed)
    )
    assert environment["blas threads"], "no BLAS that threadpoolctl knows"
    assert max(environment["blas threads"]) <= blas
    assert environment["numba threads"] == numba
    assert environment["hash"] != hash("category") or os.environ.get("PYTHONHASHSEED") == str(seed)
    assert found == expected


@pytest.mark.slow
def test_first_use_that_compiles_and_a_second_process_that_does_not(tmp_path, expected):
    def compiled():
        return {file: file.stat().st_mtime_ns for file in tmp_path.rglob("*.nbc")}

    _, first = run_elsewhere(NUMBA_CACHE_DIR=str(tmp_path))
    written = compiled()
    assert written, "nothing was compiled into the new folder"
    _, second = run_elsewhere(NUMBA_CACHE_DIR=str(tmp_path))
    assert compiled() == written, "the second process compiled again"
    assert first == expected
    assert second == expected


@pytest.mark.parametrize("seed", [1, 2])
def test_memory_that_holds_other_things(seed, expected):
    """Bytes that nobody wrote, other addresses, and another order of sets."""
    variables = {"MALLOC_PERTURB_": str(85 * seed), "PYTHONHASHSEED": str(7 * seed)}
    _, found = run_elsewhere("--junk", str(seed), **variables)
    assert found == expected


#: Until where trainings go in each of the tests of tolerances.
TOLERANCES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "name",
    [
        "two columns",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in [*SHAPES, *FURTHER_SHAPES]
            if name != "two columns"
        ),
    ],
)
def test_every_tolerance_has_one_result(name, way):
    encoded = encode_table(table_of(name))
    found = {}
    most = 100 if name in ("two columns", "small") else 12
    for tol in TOLERANCES if most == 100 else TOLERANCES[::4]:  # else the same sweeps end it
        settings = {**WAYS[way], "tol": tol, "max_sweeps": most}
        if name == "two columns":
            settings["vector_size"] = 8
        several = []
        for seed, n_jobs in enumerate([1, 1, 1] if way == "gensim" else [1, 2, 4]):
            junk = junk_of(seed)
            several.append(digest_of(encoded, n_jobs=n_jobs, **settings))
            del junk
        assert several[1:] == several[:1] * 2, tol
        found[tol] = several[0]["matrix"]
    if way == "counts":  # and sweeps do not end all at the same place
        assert len(set(found.values())) > 1


@pytest.mark.parametrize("way", ["counts", "learned prior"])
@pytest.mark.parametrize("name", ["two columns", "small"])
def test_counts_that_were_saved_and_read_again(name, way, tmp_path):
    counts = count_pairs(table_of(name))
    counts.save(tmp_path / "counts")
    again = PairCounts.load(tmp_path / "counts")
    for tol in TOLERANCES[::2]:
        settings = {**WAYS[way], "tol": tol, "max_sweeps": 30}
        assert digest_of(again, **settings) == digest_of(counts, **settings)


def test_rows_added_to_a_model_also_where_it_was_saved_before(tmp_path):
    table = TABLES["small"]
    half = len(table["f0"]) // 2
    first, second = in_order(table, range(half)), in_order(table, range(half, 2 * half))
    found = []
    for n_jobs in (1, 2, 4):
        model = Cat2Vec(8, solver="counts", n_jobs=n_jobs).partial_fit(first)
        model.save(tmp_path / str(n_jobs))
        again = cat2vec.load(tmp_path / str(n_jobs))
        assert digest_of_vectors(again.vectors_) == digest_of_vectors(model.vectors_)
        found += [digest_of_vectors(one.partial_fit(second).vectors_) for one in (model, again)]
    assert found[1:] == found[:1] * 5


def pandas_categorical(cells):
    """Give a categorical in an order of its own, with a category that no cell has."""
    return pd.Categorical(cells, categories=["unused", *sorted({*cells} - {None}, reverse=True)])


def polars_frame(table, dtype="String"):
    polars = pytest.importorskip("polars", reason="polars is optional and not installed")
    return polars.DataFrame(table, schema=dict.fromkeys(table, getattr(polars, dtype)))


def columns_by(make, table):
    return {name: make(cells) for name, cells in table.items()}


LIBRARIES = {
    "dict of lists": dict,
    "pandas object": lambda table: pd.DataFrame(table, dtype=object),
    "pandas string": lambda table: pd.DataFrame(table, dtype="string"),
    "pandas arrow": lambda table: pd.DataFrame(table, dtype=pd.ArrowDtype(pa.string())),
    "pandas categorical": lambda table: pd.DataFrame(columns_by(pandas_categorical, table)),
    "pandas other index": lambda table: pd.DataFrame(table).set_axis([0] * len(table["f0"])),
    "polars": polars_frame,
    "polars categorical": lambda table: polars_frame(table, "Categorical"),
    "arrow": pa.table,
    "arrow dictionaries": lambda table: pa.table(
        columns_by(lambda cells: pa.array(cells).dictionary_encode(), table)
    ),
    "arrow chunks": lambda table: pa.concat_tables(
        [pa.table(table).slice(0, 77), pa.table(table).slice(77)]
    ),
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("name", ["small", "medium"])
def test_libraries_of_tables(library, name, expected):
    encoded = encode_table(LIBRARIES[library](TABLES[name]))
    for solver in SOLVERS:
        assert digest_of(encoded, solver) == expected[f"{name} {solver}"]


def cells_of(table):
    return np.array(list(table.values()), dtype=object).T


def every_second_row(cells):
    wide = np.full((2 * len(cells), cells.shape[1]), "elsewhere", dtype=object)
    wide[::2] = cells
    return wide[::2]


LAYOUTS = {
    "row by row": np.ascontiguousarray,
    "column by column": np.asfortranarray,
    "backwards": lambda cells: np.ascontiguousarray(cells[::-1, ::-1])[::-1, ::-1],
    "every second row": every_second_row,
    "a frame row by row": lambda cells: pd.DataFrame(np.ascontiguousarray(cells)),
    "a frame column by column": lambda cells: pd.DataFrame(np.asfortranarray(cells)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", ["small", "medium"])
def test_memory_order_of_cells(layout, name, expected):
    cells = cells_of(TABLES[name])
    laid = LAYOUTS[layout](cells)
    if isinstance(laid, np.ndarray):
        assert (laid == cells).all()
    encoded = encode_table(laid)
    for solver in SOLVERS:
        assert digest_of(encoded, solver) == expected[f"{name} {solver}"]


@pytest.mark.parametrize("layout", ["row by row", "column by column", "backwards", "read-only"])
@pytest.mark.parametrize("name", ["small", "medium"])
def test_memory_order_of_codes(layout, name, expected):
    encoded = encode_table(TABLES[name])
    if layout == "read-only":
        codes = encoded.codes.copy(order="K")
        codes.flags.writeable = False
    else:
        codes = LAYOUTS[layout](encoded.codes)
    for solver in SOLVERS:
        found = digest_of(EncodedTable(codes, encoded.vocabulary), solver)
        assert found == expected[f"{name} {solver}"]


@pytest.mark.parametrize(
    ("name", "seed"), [("small", 0), ("small", 1), ("medium", 2), ("medium", 3), ("large", 4)]
)
def test_order_of_rows_for_counts(name, seed, expected):
    table = TABLES[name]
    order = np.random.default_rng(seed).permutation(len(table["f0"]))
    mixed = in_order(table, order)
    assert mixed != table
    assert digest_of(count_pairs(mixed), "counts") == expected[f"{name} counts"]
    assert digest_of(encode_table(mixed), "counts") == expected[f"{name} counts"]


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("cuts", [[0.5], [0.05, 0.7]], ids=["two parts", "three parts"])
def test_counts_made_in_parts(name, cuts, expected):
    table = TABLES[name]
    n_rows = len(table["f0"])
    edges = [0, *(int(cut * n_rows) for cut in cuts), n_rows]
    parts = [count_pairs(in_order(table, range(begin, end))) for begin, end in pairwise(edges)]
    if name != "small":  # then no part knows all categories
        assert (
            max(part.vocabulary.n_tokens for part in parts) < count_pairs(table).vocabulary.n_tokens
        )
    forward, backward = parts[0], parts[-1]
    for part in parts[1:]:
        forward = forward + part
    for part in parts[-2::-1]:
        backward = backward + part
    assert digest_of(forward, "counts") == expected[f"{name} counts"]
    if name != "large":
        assert digest_of(backward, "counts") == expected[f"{name} counts"]


def test_blas_stays_limited_until_the_last_of_overlapping_trainings_ends():
    def blas_threads():
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    before = blas_threads()
    first, second = workers(1), workers(1)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert blas_threads() == {1}
    second.__exit__(None, None, None)
    assert blas_threads() == before


#: Variables that make libraries compute as on other processors.
PROCESSORS = {
    "haswell": {"NUMBA_CPU_NAME": "haswell", "OPENBLAS_CORETYPE": "Haswell"},
    "sandybridge": {"NUMBA_CPU_NAME": "sandybridge", "OPENBLAS_CORETYPE": "Sandybridge"},
    "any x86-64": {"NUMBA_CPU_NAME": "generic", "OPENBLAS_CORETYPE": "Prescott"},
}
#: How far results on other processors may lie apart, as docs/concepts.md says: the loss, relative;
#: and vectors, as shares of their root mean square length.
LOSS_APART, VECTORS_APART = (
    1e-6,
    {"counts": 1e-4, "learned prior": 1e-4, "rows": 1e-4, "gensim": 1e-3},
)


@pytest.mark.slow
@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="knows the names of x86-64 only"
)
def test_other_processors_give_nearly_the_same_numbers(tmp_path):
    found = {}
    for name, variables in {"this": {}, **PROCESSORS}.items():
        if variables:
            variables = {"NUMBA_CPU_FEATURES": "", **variables}
            variables["NPY_DISABLE_CPU_FEATURES"] = " ".join(
                np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
            )
        run_process("--arrays", str(tmp_path / f"{name}.npz"), **variables)
        found[name] = dict(np.load(tmp_path / f"{name}.npz"))
    mine = found.pop("this")
    assert any((mine[key] != other[key]).any() for other in found.values() for key in mine)
    for name, other in found.items():
        for key, matrix in mine.items():
            way = key.split(" ", 1)[1].rsplit(" ", 1)[0]
            if key.endswith("loss"):
                assert other[key] == pytest.approx(matrix, rel=LOSS_APART), (name, key)
                continue
            size = np.sqrt(np.square(matrix).sum(axis=1).mean())
            away = np.linalg.norm(other[key] - matrix, axis=1).max() / size
            assert away < VECTORS_APART[way], (name, key)
