"""What is given in place of ``Vectors`` or ``PairCounts`` is told by all that take some."""

import importlib
import inspect
import pkgutil

import pytest

import cat2vec.export
import cat2vec.inspection
from cat2vec import Cat2Vec, count_pairs
from cat2vec.errors import MissingPackageError, ParameterError

TABLE = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}


def functions():
    """Give every public function of questions and exports that takes vectors first."""
    modules = [cat2vec.inspection]
    for found in pkgutil.iter_modules(cat2vec.export.__path__, "cat2vec.export."):
        try:
            modules.append(importlib.import_module(found.name))
        except MissingPackageError:
            continue
    for module in modules:
        for name, function in vars(module).items():
            if name.startswith("_") or not inspect.isfunction(function):
                continue
            own = function.__module__.startswith(module.__name__)
            if own and next(iter(inspect.signature(function).parameters), "") == "vectors":
                yield pytest.param(function, id=f"{module.__name__}.{name}")


@pytest.fixture(scope="module")
def model():
    return Cat2Vec(1).fit(TABLE)


@pytest.mark.parametrize("function", functions())
def test_a_model_in_place_of_its_vectors_is_told(function, model, tmp_path):
    words = {"path": tmp_path / "x", "feature": "city", "earlier": model.vectors_, "size": 1}
    words |= {"categories": ["Oslo"], "category": "Oslo", "other": "Rome"}
    words |= dict.fromkeys("abc", "Oslo")
    asked = inspect.signature(function).parameters.values()
    others = {
        one.name: words[one.name] for one in asked if one.default is one.empty and one.name in words
    }
    if function.__name__.startswith("save_"):
        endings = {"vectors_table": "csv", "word2vec_format": "txt", "keyed_vectors": "kv"}
        endings |= {"atlas": "parquet", "pgvector": "sql", "projector": "tsv"}
        kind = function.__name__.removeprefix("save_")
        others["path"] = tmp_path / f"x.{endings.get(kind, kind)}"
    with pytest.raises(ParameterError, match=r"vectors must be Vectors, got Cat2Vec\. Give its"):
        function(model, **others)
    assert not list(tmp_path.iterdir())


def test_pair_counts_are_told_too(model):
    with pytest.raises(ParameterError, match=r"must be PairCounts, got Cat2Vec\. Ask it by its"):
        cat2vec.inspection.associations(model)
    with pytest.raises(ParameterError, match=r"got dict\. Give count_pairs\(table\)"):
        cat2vec.inspection.associations(TABLE)
    with pytest.raises(ParameterError, match="earlier must be Vectors, got PairCounts"):
        cat2vec.inspection.moves(model.vectors_, count_pairs(TABLE))
