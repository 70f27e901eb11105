"""Warnings point at the line of whoever called, whatever stands between."""

import ast
import re
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import cat2vec
from cat2vec import Cat2Vec, count_pairs, encode_table, train_vectors
from cat2vec.errors import Cat2VecWarning, map_in, warn
from cat2vec.inspection.report import stability

PACKAGE = Path(cat2vec.__file__).parent
TABLE = pd.DataFrame({"city": ["Oslo", "Rome"] * 300, "food": ["cod", "pasta"] * 300})
#: An identifier, a feature of one category, and more numbers than the features carry.
ODD = TABLE.assign(key=[f"k{i}" for i in range(600)], same="one")
NEW = TABLE.replace("Oslo", "Lima")
FITTED = Cat2Vec(vector_size=1).fit(TABLE)
POLARS = Cat2Vec(vector_size=1).set_output(transform="pandas").fit(TABLE)


def grid():
    return GridSearchCV(Cat2Vec(vector_size=1), {"negative": [1, 5]}, cv=2).fit(ODD)


CALLS = {
    "fit": lambda: Cat2Vec(vector_size=1).fit(ODD),
    "fit_transform": lambda: Cat2Vec(vector_size=1).fit_transform(ODD),
    "fit without what it carries": lambda: Cat2Vec(vector_size={"city": 9, None: 1}).fit(TABLE),
    "partial_fit": lambda: Cat2Vec(vector_size=1).partial_fit(ODD),
    "partial_fit again": lambda: (
        Cat2Vec(vector_size=4).partial_fit(TABLE).partial_fit(TABLE.assign(food="cod"))
    ),
    "not converged": lambda: Cat2Vec(vector_size=1, max_sweeps=1, tol=1e-12).fit(TABLE),
    "transform": lambda: FITTED.transform(NEW),
    "transform to a dataframe": lambda: POLARS.transform(NEW),
    "score": lambda: FITTED.score(NEW),
    "associations": lambda: FITTED.associations(NEW),
    "report": lambda: FITTED.report(NEW),
    "in a pipeline": lambda: make_pipeline(FunctionTransformer(), Cat2Vec(vector_size=1)).fit(ODD),
    "in a column transformer": lambda: ColumnTransformer(
        [("vectors", Cat2Vec(vector_size=1), ["city", "key"])]
    ).fit_transform(ODD),
    "in a grid": grid,
    "in a cross-validation": lambda: cross_val_score(Cat2Vec(vector_size=1), ODD, cv=2),
    "by pandas": lambda: ODD.pipe(Cat2Vec(vector_size=1).fit),
    "encode_table": lambda: encode_table(ODD),
    "count_pairs": lambda: count_pairs(ODD),
    "train_vectors": lambda: train_vectors(encode_table(TABLE), vector_size=9),
    "train_vectors of counts": lambda: train_vectors(count_pairs(TABLE), vector_size=9),
}


@pytest.mark.parametrize("name", CALLS)
def test_warnings_point_at_the_line_that_called(name):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        CALLS[name]()
    ours = [one for one in found if issubclass(one.category, Cat2VecWarning)]
    assert ours
    lines = {line for *_, line in CALLS[name].__code__.co_lines()}
    assert {one.filename for one in ours} == {__file__}
    assert lines.issuperset(one.lineno for one in ours)


def test_a_line_is_told_once_and_two_lines_are_told_twice():
    """Python's own filter goes by the line, so it has to be the user's."""
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for _ in range(3):
            FITTED.transform(NEW)
        FITTED.transform(NEW)
    assert len([one for one in found if issubclass(one.category, Cat2VecWarning)]) == 2


def test_filters_by_the_name_of_the_module_that_called():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", module=re.escape(__name__))
        with pytest.raises(Cat2VecWarning):
            FITTED.transform(NEW)


def test_what_threads_warn_of_is_told_by_the_thread_that_called_in_order():
    def tell(number):
        warn(UserWarning(f"{number}"))
        return number * number

    with warnings.catch_warnings(record=True) as found, ThreadPoolExecutor(3) as pool:
        warnings.simplefilter("always")
        assert map_in(pool, tell, range(20)) == [n * n for n in range(20)]
        assert map_in(pool, lambda n: map_in(pool, tell, [n, 8]) and n, [7]) == [7]
    assert [str(one.message) for one in found] == [*map(str, range(20)), "7", "8"]
    assert {one.filename for one in found} == {__file__}


def test_an_error_in_a_thread_is_raised_after_the_warnings_before_it():
    def tell(number):
        if number == 3:
            raise KeyError(number)
        warn(UserWarning(f"{number}"))

    with warnings.catch_warnings(record=True) as found, ThreadPoolExecutor(2) as pool:
        warnings.simplefilter("always")
        with pytest.raises(KeyError):
            map_in(pool, tell, range(9))
    assert [str(one.message) for one in found] == ["0", "1", "2"]


def test_a_thread_of_the_user_is_the_user():
    with warnings.catch_warnings(record=True) as found, ThreadPoolExecutor(1) as pool:
        warnings.simplefilter("always")
        pool.submit(lambda: FITTED.transform(NEW)).result()
    ours = [one for one in found if issubclass(one.category, Cat2VecWarning)]
    assert {one.filename for one in ours} == {__file__}


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.name)
def test_no_module_warns_by_itself(file):
    if file == PACKAGE / "errors" / "places.py":
        return
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            bare = ast.unparse(node) in ("warnings.warn", "warnings.warn_explicit")
            assert not bare, f"line {node.lineno}: use cat2vec.errors.warn"
        if isinstance(node, ast.ImportFrom):
            assert node.module != "warnings", f"line {node.lineno}: use cat2vec.errors.warn"


def test_no_numbers_are_passed_as_they_were_for_levels():
    """``stacklevel`` was counted by hand, and wrong wherever one more function stood between."""
    with_level = [
        file.name for file in PACKAGE.rglob("*.py") if "stacklevel" in file.read_text("utf-8")
    ]
    assert with_level == ["places.py"]


def test_reports_of_two_threads_leave_the_filters_of_warnings_as_they_were(monkeypatch):
    """The first to come is the first to go, so that neither is inside the other."""
    is_in, may_go = [threading.Event() for _ in range(2)], [threading.Event() for _ in range(2)]

    def train(number, **_):
        warn(UserWarning("of a training that the user did not ask for"))
        is_in[number].set()
        assert may_go[number].wait(20)

    monkeypatch.setattr(stability, "train_vectors", train)
    with warnings.catch_warnings(record=True) as found, ThreadPoolExecutor(2) as pool:
        warnings.simplefilter("always")
        before, asked = list(warnings.filters), []
        for number in range(2):
            asked.append(pool.submit(stability.retrained, FITTED.vectors_, number, None))
            assert is_in[number].wait(20)
        for number in range(2):
            may_go[number].set()
            asked[number].result()
        assert warnings.filters == before
        warn(UserWarning("later"))
    assert [str(one.message) for one in found] == ["later"]


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: file.name)
def test_warnings_of_others_are_ignored_by_their_words(file):
    """Filters are for the whole process, and one that is broad may be left behind by a thread."""
    if "cli" in file.parts:
        return
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) != "warnings.simplefilter", f"line {node.lineno}"
