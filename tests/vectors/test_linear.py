"""Rows for linear models: against a slow twin, and what they are for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from cat2vec import Cat2Vec, Ordered
from cat2vec.vectors.linear import _order_of, linear_vectors
from cat2vec.vocabulary.categories import MISSING_CATEGORY
from tests.reference.row_vectors import products_for_linear_models

SIZE = 12


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    group = rng.integers(5, size=500)
    mixed = lambda n: [f"c{g}" for g in (group + rng.integers(n, size=500)) % 7]  # noqa: E731
    size = pd.Series(pd.Categorical(mixed(3), [f"c{i}" for i in (3, 1, 0, 2, 4, 5, 6)], True))
    amount = group + rng.normal(size=500)
    return pd.DataFrame(
        {
            "word": mixed(2),
            "size": size.mask(rng.random(500) < 0.1),
            "amount": amount,
            "doors": (group + rng.integers(2, size=500)).astype(float),
        }
    )


@pytest.fixture(scope="module")
def model(table):
    return Cat2Vec(SIZE, n_bins=9, missing="token", row_vector="linear", n_jobs=1).fit(table)


def written(model):
    words = model.vocabulary_
    return {name: model.vectors_.matrix[words.tokens_of(name)] for name in words.features}


def test_products_of_categories_are_those_of_the_definition(model):
    words, vectors = model.vocabulary_, written(model)
    found = linear_vectors(words, vectors)
    shares = {name: words.shares[words.tokens_of(name)] for name in vectors}
    wanted = sum((p * (1 - p)).sum() for p in shares.values())
    there = sum(
        shares[name] @ np.square(v.astype(float)).sum(axis=1) for name, v in vectors.items()
    )
    for position, (name, own) in enumerate(vectors.items()):
        categories = words.categories[position].tolist()
        places = [None if one is MISSING_CATEGORY else i for i, one in enumerate(categories)]
        assert (MISSING_CATEGORY in categories) == (name == "size")
        reference = products_for_linear_models(
            own.astype(float),
            shares[name],
            np.sqrt(wanted / there),
            None if name == "word" else places,
        )
        assert found[name].shape == own.shape
        numbers = found[name].astype(np.float64)
        np.testing.assert_allclose(numbers @ numbers.T, reference, atol=1e-5)
        np.testing.assert_allclose(shares[name] @ numbers, 0, atol=1e-6)


def test_columns_stand_for_categories_or_for_the_order(model):
    found = linear_vectors(model.vocabulary_, written(model))
    word = found["word"]
    assert (word.argmax(axis=1) == np.arange(6)).all()
    assert (word[:, :6].argmax(axis=0) == np.arange(6)).all()
    assert (np.diff(found["amount"][:, 0]) > 0).all()
    assert (np.diff(found["doors"][:, 0]) > 0).all()
    assert not found["amount"][:, 3:].any()  # the order and two shapes


@pytest.mark.parametrize("size", [1, 2, 5])
def test_with_few_numbers_the_best_ones_are_written(table, size):
    model = Cat2Vec(size, n_bins=9, row_vector="linear").fit(table)
    assert model.transform(table).shape == (500, 4 * size)
    words = model.vocabulary_
    amount = linear_vectors(words, written(model))["amount"][:, 0]
    assert abs(np.corrcoef(amount, np.arange(len(amount)))[0, 1]) > 0.9


def test_missing_cells_are_zeros_and_new_categories_are_folded_in(table):
    model = Cat2Vec(4, row_vector="linear", handle_unknown="fold_in").fit(table)
    rows = table.iloc[:40].assign(word=[None] + ["new"] * 39)
    found = model.transform(rows)
    assert not found[0, :4].any()
    assert found[1, :4].any()
    np.testing.assert_array_equal(found[:, 4:], model.transform(table.iloc[:40])[:, 4:])


def test_what_a_column_has_for_itself_is_not_hidden_from_a_linear_model():
    """The target goes by a column that hangs together with no other, and by an amount."""
    rng = np.random.default_rng(1)
    group = rng.integers(4, size=3000)
    table = {f"f{i}": [f"{g}{x}" for g, x in zip(group, rng.integers(2, size=3000), strict=True)]
             for i in range(5)}  # fmt: skip
    alone, amount = rng.integers(6, size=3000), rng.normal(size=3000)
    table |= {"alone": [f"a{i}" for i in alone], "amount": amount}
    target = (alone % 2) * 2.0 + amount + rng.normal(size=3000) > 1
    area = {}
    for form in ("concat", "linear"):
        rows = Cat2Vec(8, row_vector=form).fit_transform(table)
        fit = LogisticRegression(max_iter=500).fit(rows[:64], target[:64])
        area[form] = roc_auc_score(target[64:], fit.decision_function(rows[64:]))
    assert area["linear"] > area["concat"] + 0.03


def test_a_declared_order_is_followed_and_codes_have_none():
    rng = np.random.default_rng(2)
    sizes = rng.choice(["S", "M", "L"], 300)
    table = {
        "size": sizes,
        "zip": rng.integers(1000, 1040, 300),
        "other": np.where(sizes == "S", "x", "y"),
    }
    columns = {"size": Ordered(["S", "M", "L"]), "zip": "category"}
    model = Cat2Vec(8, columns=columns).fit(table)
    found = linear_vectors(model.vocabulary_, written(model))
    assert model.vocabulary_.categories[0].tolist() == ["S", "M", "L"]
    assert (np.diff(found["size"][:, 0]) > 0).all()
    assert not _order_of(model.vocabulary_, "zip")[0].any()
