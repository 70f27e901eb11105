"""Slow packages are imported where they are needed: each command and call without some of them."""

import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet
import pytest

#: What takes longest to import, and what imports it.
SLOW = ("sklearn", "scipy.stats", "pandas")
#: What training on few categories does without, beside these.
ALSO_SLOW = ("scipy.special", "scipy.sparse.linalg", "scipy.optimize")
COMMANDS = """
import json, sys
from cat2vec.cli.main import main
found = {}
for command in json.loads(sys.argv[1]):
    assert main(command) == 0, command
    found[command[0]] = [name for name in json.loads(sys.argv[2]) if name in sys.modules]
print(json.dumps(found))
"""
FUNCTIONS = """
import json, sys
from cat2vec import count_pairs, encode_table, train_vectors
counts = count_pairs(sys.argv[1])
vectors = train_vectors(counts, vector_size=2)
train_vectors(encode_table(sys.argv[1]), vector_size=2, solver="rows", epochs=1)
trained = [name for name in json.loads(sys.argv[2]) if name in sys.modules]
vectors.nearest("city", "Oslo")
vectors.similarity("city", "Oslo", "Rome")
asked = [name for name in json.loads(sys.argv[2]) if name in sys.modules]
print(json.dumps({"trained": trained, "asked": asked}))
"""


@pytest.fixture
def table(tmp_path):
    columns = {
        "city": ["Oslo", "Rome", None] * 20,
        "food": ["cod", "pasta", "cod"] * 20,
        "open": [True, False, None] * 20,
        "stars": pa.array([1, 2, None] * 20, pa.int8()).dictionary_encode(),
        "size": [0.5, None, 2.5] * 20,
    }
    file = tmp_path / "table.parquet"
    pyarrow.parquet.write_table(pa.table(columns), file)
    return str(file)


def answer_of(script, *arguments):
    given = [value if isinstance(value, str) else json.dumps(value) for value in arguments]
    command = [sys.executable, "-W", "ignore", "-c", script, *given]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_counting_and_training_on_a_file_need_neither_scikit_learn_nor_pandas(table):
    # SciPy before 1.13 imports its sparse.linalg with scipy.sparse
    with_sparse = "import json, sys, scipy.sparse; print(json.dumps(list(sys.modules)))"
    avoidable = set(ALSO_SLOW) - set(answer_of(with_sparse))
    found = answer_of(FUNCTIONS, table, [*SLOW, *sorted(avoidable)])
    assert found == {"trained": [], "asked": ["pandas"]}


def test_the_command_line_does_without_scikit_learn(table, tmp_path):
    model, out = str(tmp_path / "model"), str(tmp_path / "rows.parquet")
    train = ["train", table, "--out", model, "--vector-size", "2"]
    commands = [
        train,
        ["info", model],
        [*train[:3], str(tmp_path / "first"), *train[4:], "--updatable"],
        ["update", str(tmp_path / "first"), table, "--out", str(tmp_path / "second")],
        ["count", str(tmp_path / "first"), table, "--out", str(tmp_path / "counts")],
        ["moves", str(tmp_path / "second"), str(tmp_path / "first")],
        ["nearest", model, "city", "Oslo"],
        ["similarity", model, "city", "Oslo", "Rome"],
        ["analogy", model, "city", "Oslo", "Rome", "Oslo"],
        ["nearest-to-all", model, "city", "Oslo", "Rome"],
        ["clusters", model, "city"],
        ["commonality", model, "city"],
        ["influence", model],
        ["outliers", model, table],
        ["associations", model, table],
        ["transform", model, table, "--out", out],
        ["impute", model, table, "--out", str(tmp_path / "filled.parquet")],
        ["report", model, table, "--train-table", table],
        ["export", model, "--to", "parquet", "--out", str(tmp_path / "vectors.parquet")],
        ["explore", model, "--out", str(tmp_path / "page.html")],
    ]
    found = answer_of(COMMANDS, commands, ["sklearn", "shtab"])
    assert found == {command[0]: [] for command in commands}


def test_info_imports_neither_pandas_nor_what_statistics_need(table, tmp_path):
    model = str(tmp_path / "model")
    answer_of(COMMANDS, [["train", table, "--out", model, "--vector-size", "2", "--quiet"]], SLOW)
    assert answer_of(COMMANDS, [["info", model]], SLOW) == {"info": []}
