"""Rules of the house that a script can hold: layers, sizes, lazy imports, documented names."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import cat2vec
from cat2vec.training.solvers import objective

PACKAGE = Path(cat2vec.__file__).parent
#: Each layer imports only itself and layers before it; the two skins come last.
LAYERS = [
    "errors",
    "parameters",
    "kernels",
    "vocabulary",
    "storage",
    "tables",
    "counting",
    "vectors",
    "training",
    "inspection",
    "plots",
    "export",
    "explore",
    "estimator",
    "cli",
    "__init__",
    "__main__",
    "datasets",
]
FILES = sorted(PACKAGE.rglob("*.py"))
#: The one public class, which is not cut to be short.
ONE_CLASS = PACKAGE / "estimator" / "estimator.py"
NAMES = [str(file.relative_to(PACKAGE)) for file in FILES]


def imports_of(file, *, for_types=False):
    """Give the dotted names that a file imports anywhere; under ``if TYPE_CHECKING`` if asked."""
    tree = ast.parse(file.read_text("utf-8"))
    for node in () if for_types else ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            node.body = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_a_module_imports_only_from_layers_before_it(file):
    own = file.relative_to(PACKAGE).with_suffix("").parts[0]
    for name in imports_of(file):
        if name.startswith("cat2vec."):
            other = name.split(".")[1]
            assert LAYERS.index(other) <= LAYERS.index(own), f"{own} imports {name}"
            if own == "kernels":
                assert other == "kernels"


def module_of(file):
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def test_no_module_imports_itself_by_way_of_others():
    imports = {
        module_of(file): {
            name for name in imports_of(file, for_types=True) if name.startswith("cat2vec.")
        }
        for file in FILES
    }
    done = set()

    def visit(module, way):
        assert module not in way, " imports ".join([*way[way.index(module) :], module])
        if module not in done:
            for other in imports.get(module, ()):
                visit(other, [*way, module])
            done.add(module)

    for module in imports:
        visit(module, [])


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_numba_stays_in_the_kernels_and_dataframes_in_tables(file):
    own = file.relative_to(PACKAGE).parts[0]
    roots = {name.split(".")[0] for name in imports_of(file)}
    assert own == "kernels" or not roots & {"numba", "llvmlite"}
    assert own == "tables" or "narwhals" not in roots
    assert "polars" not in roots


@pytest.mark.parametrize("file", FILES, ids=NAMES)
def test_files_and_functions_stay_small_and_say_what_they_are(file):
    text = file.read_text("utf-8")
    tree = ast.parse(text)
    assert len(text.splitlines()) <= 400 or file == ONE_CLASS
    assert ast.get_docstring(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name != "__init__":
            doc = node.body[0]
            is_text = isinstance(doc, ast.Expr) and isinstance(doc.value, ast.Constant)
            lines = (doc.end_lineno - doc.lineno + 1) if is_text else 0
            code = node.end_lineno - node.lineno + 1 - lines
            assert code <= 60, f"{node.name} has {code} lines of code"


def option_of(function, name):
    """Give the value of an option of ``njit`` in the decorators of a function, as text, or None."""
    for decorator in function.decorator_list:
        for option in getattr(decorator, "keywords", []):
            if option.arg == name:
                return ast.unparse(option.value)
    return None


@pytest.mark.parametrize(
    "file", sorted((PACKAGE / "kernels").glob("*.py")), ids=lambda file: file.stem
)
def test_a_kernel_that_sums_in_any_order_writes_to_no_array(file):
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if not isinstance(node, ast.FunctionDef):
            continue
        fast = option_of(node, "fastmath")
        assert fast in (None, "FAST_ENTRIES", "FAST_SUMS"), f"{node.name} has flags of its own"
        if fast == "FAST_SUMS":
            written = [
                ast.unparse(inside)
                for inside in ast.walk(node)
                if isinstance(inside, ast.Subscript) and isinstance(inside.ctx, ast.Store)
            ]
            assert not written, f"{node.name} sums and writes {written}"


def test_what_sums_in_any_order_is_inlined_up_to_the_kernel_that_is_kept_compiled():
    """A copy of its own could be another one after loading from the cache than after compiling."""
    functions = {
        node.name: node
        for file in FILES
        if file.parent.name == "kernels"
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    sums = {name for name, one in functions.items() if option_of(one, "fastmath") == "FAST_SUMS"}
    assert len(sums) >= 9
    while True:
        callers = {
            name
            for name, one in functions.items()
            if option_of(one, "cache") is None and option_of(one, "nogil") is not None
            for called in ast.walk(one)
            if isinstance(called, ast.Call) and ast.unparse(called.func) in sums
        }
        if callers <= sums:
            break
        sums |= callers
    assert [n for n in sorted(sums) if option_of(functions[n], "forceinline") != "True"] == []


def test_public_names_exist_and_have_docstrings():
    for name in cat2vec.__all__:
        assert getattr(cat2vec, name).__doc__, name


def test_importing_cat2vec_imports_nothing_else():
    """Public names are imported when asked for: compilers and dataframes take seconds."""
    script = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "import cat2vec\n"
        "new = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - {'cat2vec'} - sys.stdlib_module_names))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_what_an_encoded_table_needs_imports_neither_gensim_nor_scikit_learn():
    script = (
        "import sys\n"
        "from cat2vec import count_pairs, encode_table, train_vectors\n"
        "heavy = {'gensim', 'pandas', 'polars', 'sklearn', 'duckdb', 'pyspark', 'torch'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_test_file_holds_a_test():
    for file in Path(__file__).parent.rglob("test_*.py"):
        assert "def test_" in file.read_text("utf-8"), file.name


def test_the_way_from_fit_to_the_kernel_is_that_of_the_document(monkeypatch):
    """Functions on the stack when the kernel is called; closures belong to what they are inside."""
    ways = set()
    kernel = objective.block_terms

    def watched(*arguments):
        frames = inspect.stack()[1:]
        inside = [f for f in frames if Path(f.filename).is_relative_to(PACKAGE)]
        ways.add(tuple(name_of(f) for f in reversed(inside) if counts(f)))
        return kernel(*arguments)

    def counts(found):
        nested = found.frame.f_code.co_flags & inspect.CO_NESTED
        return not nested and "kernels" not in Path(found.filename).parts

    def name_of(found):
        own = found.frame.f_locals.get("self")
        return found.function if own is None else f"{type(own).__name__}.{found.function}"

    monkeypatch.setattr(objective, "block_terms", watched)
    table = {"a": ["x", "y"] * 9, "b": ["u", "v"] * 9}
    cat2vec.Cat2Vec(vector_size=1, n_jobs=1).fit(table)
    document = (PACKAGE.parent / "docs" / "architecture.md").read_text("utf-8")
    (line,) = [line for line in document.splitlines() if line.startswith("Cat2Vec.fit →")]
    *way, last = line.split(" → ")
    assert last == "block_terms"
    assert len(way) <= 5
    assert ways == {tuple(way)}
