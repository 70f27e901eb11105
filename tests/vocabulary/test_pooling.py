"""Rare categories share one token: training is that of the table with one text in their place."""

from __future__ import annotations

import copy
import json
import pickle
from collections import Counter

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cat2vec import RARE, Cat2Vec, PairCounts, count_pairs, encode_table, load, train_vectors
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import (
    CountsMismatchError,
    KeyCollisionError,
    NoSignalWarning,
    ParameterError,
    TableError,
    UnknownCategoryError,
    UnseenCategoryWarning,
)
from cat2vec.export.flat_table import token_table
from cat2vec.export.keyed_vectors import keys_of
from cat2vec.vocabulary.categories import category_key
from tests.made_tables import planted
from tests.tables.test_encode import tables

#: Sorts behind every other text, as RARE sorts behind every other category.
STAND_IN = "\U0010ffff"
BITS = ("matrix", "center", "context")


def long_tailed(seed=0, n_rows=1500):
    """Four columns of hidden groups, where f1 and f2 have many categories of a row or a few."""
    rng = np.random.default_rng(seed)
    table = planted(rng, n_rows=n_rows)
    for name, n_tail in (("f1", 90), ("f2", 25)):
        for row in rng.choice(n_rows, size=150, replace=False).tolist():
            table[name][row] = f"{table[name][row][:2]}_tail{rng.integers(n_tail)}"
    return table


TABLE = long_tailed()


def same_places(first, second):
    return zip(first, second, strict=True)


def by_hand(table, min_count, weights=None):
    """Put one text in the place of rare categories: the slow twin of pooling."""
    pooled = {}
    for name, cells in table.items():
        rows = Counter()
        keys = [None if cell is None or cell != cell else category_key(cell) for cell in cells]
        for row, key in enumerate(keys):
            rows[key] += 1 if weights is None else weights[row]
        rare = {key for key, n in rows.items() if key is not None and 0 < n < min_count}
        rare = rare if len(rare) > 1 and min_count > 1 else set()
        pooled[name] = [STAND_IN if key in rare else cell for key, cell in same_places(keys, cells)]
    return pooled


def in_words(categories):
    return [STAND_IN if value is RARE else value for value in categories]


def rare_ones(table, hand):
    """Give the categories of each column that were pooled by hand."""
    return {
        name: {cell for cell, new in same_places(table[name], hand[name]) if new == STAND_IN}
        for name in hand
    }


def assert_same_bits(found, expected):
    for name in BITS:
        assert getattr(found, name).tobytes() == getattr(expected, name).tobytes(), name
    assert found.losses == expected.losses
    for one, other in same_places(found.vocabulary.categories, expected.vocabulary.categories):
        assert in_words(one.tolist()) == other.tolist()
    assert found.vocabulary.counts.tolist() == expected.vocabulary.counts.tolist()


@pytest.mark.filterwarnings("ignore::cat2vec.errors.UnusedParameterWarning")
@pytest.mark.parametrize("min_count", [2, 4, 30])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("solver", ["counts", "rows", "gensim"])
def test_vectors_are_those_of_the_table_pooled_by_hand(solver, weighted, min_count):
    weights = np.random.default_rng(1).integers(0, 3, 1500) if weighted else None
    options = {"vector_size": 4, "solver": solver, "epochs": 2, "n_jobs": 1}
    encoded = encode_table(TABLE, sample_weight=weights)
    hand = encode_table(by_hand(TABLE, min_count, weights), sample_weight=weights)
    found = train_vectors(encoded, min_count=min_count, **options)
    assert_same_bits(found, train_vectors(hand, **options))
    assert (found.vocabulary.rare_tokens >= 0).tolist() == [False, True, True, False]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_counts_pool_to_those_of_the_table_pooled_by_hand(n_jobs):
    whole = count_pairs(TABLE, n_jobs=n_jobs)
    pooled, hand = whole.pool(4), count_pairs(by_hand(TABLE, 4))
    for name in ("left", "right", "count"):
        np.testing.assert_array_equal(getattr(pooled, name), getattr(hand, name))
    assert pooled.n_rows == hand.n_rows
    assert pooled.total == hand.total
    assert_same_bits(
        train_vectors(whole, vector_size=4, min_count=4, n_jobs=n_jobs),
        train_vectors(hand, vector_size=4),
    )


@given(tables(), st.integers(1, 6))
@settings(max_examples=150)
def test_any_table_pools_as_by_hand(table, min_count):
    whole = dict.fromkeys(table, "category")
    encoded = encode_table(table, columns=whole)
    pooled, hand = encoded.pool(min_count), by_hand(table, min_count)
    for name in hand:
        assert in_words(pooled.decode(name)) == encode_table(hand, columns=whole).decode(name)
    known, new = encoded.vocabulary, pooled.vocabulary
    assert new.counts.sum() == known.counts.sum()
    assert (new is known) == all(STAND_IN not in cells for cells in hand.values())
    for position, name in enumerate(known.features):
        rows = known.counts[known.tokens_of(name)]
        for value, n in same_places(known.categories[position].tolist(), rows):
            is_pooled = new.token(new.token_id(name, value)).category is RARE
            assert is_pooled == (n < min_count and STAND_IN in hand[name])
    again = encode_table(table, vocabulary=new)
    np.testing.assert_array_equal(again.codes, pooled.codes)


@given(st.lists(st.floats(0.1, 2.0), min_size=60, max_size=60))
@settings(max_examples=20)
def test_fractional_weights_decide_what_is_rare(weights):
    table = {name: cells[:60] for name, cells in TABLE.items()}
    encoded = encode_table(table, sample_weight=weights)
    pooled = encoded.pool(2)
    hand = by_hand(table, 2, encoded.weights)
    assert {n: in_words(pooled.decode(n)) for n in hand} == hand
    counts = count_encoded(encoded, 1).pool(2)
    expected = count_encoded(pooled, 1)
    np.testing.assert_array_equal(counts.left, expected.left)
    np.testing.assert_allclose(counts.count, expected.count, rtol=1e-12)


def test_weights_below_one_pool_nothing_by_default():
    weights = np.full(1500, 0.25)
    encoded = encode_table(TABLE, sample_weight=weights)
    assert encoded.pool(1) is encoded
    counts = count_encoded(encoded, 1)
    assert counts.pool(1) is counts


def test_a_single_rare_category_and_bins_of_numbers_are_kept():
    rng = np.random.default_rng(2)
    table = {
        "one": ["once", *rng.choice(["a", "b"], 99)],
        "two": ["once", "also", *rng.choice(["a", "b"], 98)],
        "number": [*np.zeros(60), *rng.normal(size=40)],
    }
    words = encode_table(table).pool(10).vocabulary
    assert words.categories[0].tolist() == ["a", "b", "once"]
    assert words.categories[1].tolist() == ["a", "b", RARE]
    assert words.rare_tokens.tolist() == [-1, 5, -1]
    assert words.pooled[1].tolist() == ["also", "once"]


@pytest.fixture(scope="module")
def model():
    return Cat2Vec(4, min_count=4, handle_unknown="rare").fit(TABLE)


def test_looking_up_a_rare_category_gives_the_shared_vector(model):
    vectors = model.vectors_
    frame, pooled = vectors["f1"], vectors.vocabulary.pooled[1].tolist()
    assert len(pooled) > 50
    assert frame.index[-1] is RARE
    assert list(frame.index).count(RARE) == 1
    assert not set(pooled) & set(frame.index)
    one, other = pooled[:2]
    assert vectors.vocabulary.token_id("f1", one) == vectors.vocabulary.token_id("f1", RARE)
    assert model.similarity("f1", one, other) == pytest.approx(1.0)
    near = model.nearest("f1", one, n=100)
    pd.testing.assert_frame_equal(near, model.nearest("f1", RARE, n=100))
    assert not any(value is RARE for value in near["category"])
    near = model.nearest("f1", "g0_0", n=100)
    assert sum(value is RARE for value in near["category"]) == 1
    assert near["rows"].sum() + (np.array(TABLE["f1"]) == "g0_0").sum() == 1500
    with pytest.raises(UnknownCategoryError, match=rf"no category '{one}x'.* Nearest: 'g"):
        model.nearest("f1", one + "x")


def test_rows_with_rare_categories_become_the_shared_vector(model):
    pooled = model.vocabulary_.pooled[1].tolist()
    row = {name: [cells[0]] for name, cells in TABLE.items()} | {"f1": [pooled[0]]}
    expected = model.vectors_["f1"].loc[RARE].to_numpy()
    assert expected.any()
    np.testing.assert_array_equal(model.transform(row)[0, 4:8], expected)


def test_fit_transform_writes_what_transform_writes(model):
    weights = np.random.default_rng(3).integers(0, 2, 1500)
    for weight in (None, weights):
        fresh = Cat2Vec(4, min_count=4, handle_unknown="rare")
        if weight is None:
            rows = fresh.fit_transform(TABLE)
        else:
            with pytest.warns(UnseenCategoryWarning):
                rows = fresh.fit_transform(TABLE, sample_weight=weight)
            with pytest.warns(UnseenCategoryWarning):
                np.testing.assert_array_equal(rows, fresh.transform(TABLE))
            continue
        np.testing.assert_array_equal(rows, fresh.transform(TABLE))
        np.testing.assert_array_equal(rows, model.transform(TABLE))


def test_unseen_categories_get_the_shared_vector_or_zeros_and_are_told_once(model):
    row = {name: [cells[0]] for name, cells in TABLE.items()}
    new = row | {"f0": ["new"], "f1": ["new"]}
    with pytest.warns(UnseenCategoryWarning) as caught:
        found = model.transform(new)
    assert [str(warning.message) for warning in caught] == [
        "cells with a category not seen in fit, among 1 rows: 'f0' 1 ('new'), 'f1' 1 ('new'). "
        "Those of 'f0' get zero vectors, as min_count pooled no categories there, the others those "
        "of rare categories. Use handle_unknown='fold_in' to find vectors from the other cells of "
        "their rows, or fit with a higher min_count."
    ]
    assert not found[0, :4].any()
    np.testing.assert_array_equal(found[0, 4:8], model.vectors_["f1"].loc[RARE])
    with pytest.warns(UnseenCategoryWarning, match="They get the vectors that rare categories sh"):
        model.transform(row | {"f2": ["new"]})
    zero = copy.copy(model).set_params(handle_unknown="zero")
    with pytest.warns(UnseenCategoryWarning, match="They get zero vectors"):
        assert not zero.transform(new)[0, :8].any()
    mean = copy.copy(model).set_params(row_vector="mean")
    with pytest.warns(UnseenCategoryWarning):
        np.testing.assert_allclose(mean.transform(new)[0], found.reshape(4, 4)[1:].mean(axis=0))


def test_scores_are_those_of_the_table_pooled_by_hand(model):
    held_out = long_tailed(seed=5)
    hand = by_hand(TABLE, 4)
    rare = rare_ones(TABLE, hand)
    known = {name: set(TABLE[name]) for name in hand}
    rows = {
        name: [STAND_IN if c in rare[name] else c if c in known[name] else None for c in cells]
        for name, cells in held_out.items()
    }
    with pytest.warns(UnseenCategoryWarning, match=r"They are left out of the score\.$"):
        found = model.score(held_out)
    assert found == Cat2Vec(4).fit(hand).score(rows)


def test_folding_in_leaves_rare_categories_with_the_shared_vector(model, capsys):
    folding = copy.copy(model).set_params(handle_unknown="fold_in", verbose=1)
    rows = {name: cells[:50] for name, cells in TABLE.items()}
    pooled = model.vocabulary_.pooled[1].tolist()
    rows["f1"] = [pooled[0]] * 25 + ["new"] * 25
    found = folding.transform(rows)
    assert "folded in, among 50 rows: 'f1' 1 categories in 25 rows" in capsys.readouterr().err
    np.testing.assert_array_equal(found[0, 4:8], model.vectors_["f1"].loc[RARE])
    assert found[30, 4:8].any()
    assert not np.array_equal(found[0, 4:8], found[30, 4:8])


def test_a_rare_value_graduates_when_its_rows_have_come(tmp_path):
    """Its first rows count too, although they were pooled when they came."""
    table = {name: list(cells) for name, cells in TABLE.items()}
    rows = [row for row, cell in enumerate(table["f1"]) if cell.startswith("g1")]
    early, late = rows[0], rows[-8:]
    for row in (early, *late):
        table["f1"][row] = "late"
    cut = late[0] - 1
    parts = [{n: c[:cut] for n, c in table.items()}, {n: c[cut:] for n, c in table.items()}]
    exact = {"tol": 1e-5, "max_sweeps": 500}
    model = Cat2Vec(4, min_count=5, **exact).partial_fit(parts[0])
    assert "late" in model.vocabulary_.pooled[1].tolist()
    assert "late" in model.counts_.vocabulary.categories[1].tolist()
    model.save(tmp_path / "model")
    first = model.vectors_["f1"]
    for going_on in (model, load(tmp_path / "model"), pickle.loads(pickle.dumps(model))):
        going_on.partial_fit(parts[1])
        assert "late" in going_on.vectors_["f1"].index
        assert "late" not in going_on.vocabulary_.pooled[1].tolist()
        assert going_on.vocabulary_.counts[going_on.vocabulary_.token_id("f1", "late")] == 9
        for name in BITS:
            mine = getattr(going_on.vectors_, name)
            assert mine.tobytes() == getattr(model.vectors_, name).tobytes()
    one = Cat2Vec(4, min_count=5, **exact).fit(table)
    assert model.vectors_["f1"].index.tolist() == one.vectors_["f1"].index.tolist()
    assert model.loss_ == pytest.approx(one.loss_, abs=1e-3)
    near = model.nearest("f1", "late", n=3)["category"].tolist()
    assert near == one.nearest("f1", "late", n=3)["category"].tolist()
    assert any(str(value).startswith("g1") for value in near)
    kept = first.drop(RARE)
    cosines = (kept * model.vectors_["f1"].loc[kept.index]).sum(axis=1)
    cosines /= np.linalg.norm(kept, axis=1)
    cosines /= np.linalg.norm(model.vectors_["f1"].loc[kept.index], axis=1)
    assert cosines.mean() > 0.95


@pytest.mark.parametrize("weights", [None, np.tile([0, 1, 2], 500)], ids=["rows", "weights"])
def test_one_part_gives_the_bits_of_fit(weights):
    one = Cat2Vec(4, min_count=4).fit(TABLE, sample_weight=weights)
    part = Cat2Vec(4, min_count=4).partial_fit(TABLE, sample_weight=weights)
    for name in BITS:
        assert getattr(part.vectors_, name).tobytes() == getattr(one.vectors_, name).tobytes()
    assert (part.counts_.vocabulary.rare_tokens < 0).all()


@pytest.mark.parametrize(
    "cells",
    [
        np.array([5, 5, 5, 1, 2, 5]),
        np.array(["2020-01-31"] * 4 + ["2020-02-01T10:00", "2021-01-01"], "M8[ns]"),
        [2.5, 2.5, "2.5", b"x", 2.5, 2.5],
        pa.array([5, 5, 5, 1, 2, 5], pa.int32()),
    ],
    ids=["integers", "times", "mixed", "arrow"],
)
def test_models_of_any_type_are_saved_with_what_was_pooled(cells, tmp_path):
    table = {"a": cells, "b": list("xyxyxy")}
    model = Cat2Vec(1, min_count=3, columns={"a": "category"}).fit(table)
    assert len(model.vocabulary_.pooled[0]) == 2
    model.save(tmp_path)
    again = load(tmp_path)
    for vocabulary in (again.vocabulary_, pickle.loads(pickle.dumps(model)).vocabulary_):
        for name in ("categories", "pooled"):
            pairs = same_places(getattr(vocabulary, name), getattr(model.vocabulary_, name))
            for one, other in pairs:
                assert one.dtype == other.dtype
                assert one.tolist() == other.tolist()
        assert vocabulary.rare_tokens.tolist() == model.vocabulary_.rare_tokens.tolist()
    np.testing.assert_array_equal(again.transform(table), model.transform(table))
    assert again.get_params() == model.get_params()


def test_a_model_of_the_format_before_loads(tmp_path):
    """It has neither pooled categories nor a min_count."""
    model = Cat2Vec(2).fit(TABLE)
    model.save(tmp_path)
    words = json.loads((tmp_path / "model.json").read_text("ascii"))
    for part in ("settings", "params"):
        del words[part]["min_count"]
    assert not any("pooled" in entry for entry in words["features"])
    del words["header_sha256"]  # which came later, too
    (tmp_path / "model.json").write_text(json.dumps({**words, "version": 2}))
    again = load(tmp_path)
    assert again.min_count == 1
    np.testing.assert_array_equal(again.transform(TABLE), model.transform(TABLE))


def test_pooled_counts_are_saved_and_are_not_added(tmp_path):
    pooled = count_pairs(TABLE).pool(4)
    pooled.save(tmp_path)
    assert PairCounts.load(tmp_path).vocabulary.texts() == pooled.vocabulary.texts()
    for first, second in ((pooled, count_pairs(TABLE)), (count_pairs(TABLE), pooled)):
        with pytest.raises(CountsMismatchError, match=r"Add counts first, then pool the sum\."):
            first + second
    with pytest.raises(ParameterError, match="'f2' has the category RARE already"):
        pooled.pool(40)
    assert pooled.pool(1) is pooled


def test_exports_name_the_shared_token_and_its_key_cannot_be_another(model):
    keyed = model.to_keyed_vectors()
    np.testing.assert_array_equal(keyed["f1=<rare>"], model.vectors_["f1"].loc[RARE])
    assert "<rare>" in model.to_keyed_vectors("f1").key_to_index
    table = token_table(model.vectors_, "f1").to_pandas()
    assert table["category"].tolist()[-1] == "<rare>"
    assert table["rows"].tolist()[-1] == (np.array(by_hand(TABLE, 4)["f1"]) == STAND_IN).sum()
    same = {name: list(cells) for name, cells in TABLE.items()}
    same["f1"][:20] = ["<rare>"] * 20
    clash = Cat2Vec(2, min_count=4).fit(same)
    assert clash.vocabulary_.token_id("f1", "<rare>") != clash.vocabulary_.token_id("f1", RARE)
    for feature in (None, "f1"):
        with pytest.raises(KeyCollisionError, match=r"category '<rare>' \(str\).* RARE \(Rare\)"):
            keys_of(clash.vocabulary_, feature)


def test_the_sentinel_is_one_object_and_no_text():
    assert pickle.loads(pickle.dumps(RARE)) is RARE
    assert copy.deepcopy(RARE) is copy.copy(RARE) is RARE
    assert RARE != "<rare>"
    assert encode_table({"a": ["<rare>", "x"], "b": ["y", "y"]}).vocabulary.rare_tokens.max() == -1


def test_features_without_a_frequent_category_are_told_as_such():
    table = {**planted(np.random.default_rng(4), n_rows=200), "id": list(range(200))}
    table["id"] = [f"row {i}" for i in table["id"]]
    with pytest.warns(NoSignalWarning, match=r"With min_count=2 all categories of 'id' are rare"):
        model = Cat2Vec(2, min_count=2).fit(table)
    assert not model.vectors_["id"].to_numpy().any()
    with pytest.raises(TableError, match=r"nothing to learn.*With min_count=999 all categories of"):
        Cat2Vec(2, min_count=999).fit(table)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, "5", True, None])
def test_a_wrong_min_count_is_refused(wrong):
    sentence = "min_count must be an integer of at least 1"
    with pytest.raises(ParameterError, match=sentence):
        Cat2Vec(min_count=wrong).fit(TABLE)
    for data in (encode_table(TABLE), count_pairs(TABLE)):
        with pytest.raises(ParameterError, match=sentence):
            train_vectors(data, min_count=wrong)
        with pytest.raises(ParameterError, match=sentence):
            data.pool(wrong)


def test_what_was_pooled_is_told_in_numbers(capsys):
    hand = by_hand(TABLE, 4)
    rare = rare_ones(TABLE, hand)
    Cat2Vec(2, min_count=4, verbose=1).fit(TABLE)
    err = capsys.readouterr().err
    for name in ("f1", "f2"):
        rows = sum(cell == STAND_IN for cell in hand[name])
        n_all = len(set(TABLE[name]))
        assert f"'{name}' {len(rare[name])} of {n_all} categories in {rows} rows" in err
    assert "'f0'" not in err
    Cat2Vec(2, min_count=2, verbose=1).fit(planted(np.random.default_rng(0)))
    assert "min_count 2: no feature has two rarer categories" in capsys.readouterr().err
    Cat2Vec(2, verbose=1).fit(TABLE)
    assert "min_count" not in capsys.readouterr().err


def test_a_lone_rare_category_joins_the_pool_when_a_second_one_comes():
    rows = [row for row, cell in enumerate(TABLE["f0"]) if cell == "g0_0"]
    table = {name: list(cells) for name, cells in TABLE.items()}
    table["f0"][rows[0]], table["f0"][rows[-1]] = "lone", "second"
    cut = rows[-1]
    parts = [{n: c[:cut] for n, c in table.items()}, {n: c[cut:] for n, c in table.items()}]
    models = []
    for n_jobs in (1, 2):
        model = Cat2Vec(4, min_count=4, n_jobs=n_jobs).partial_fit(parts[0])
        assert "lone" in model.vectors_["f0"].index
        model.partial_fit(parts[1])
        assert model.vectors_["f0"].index[-1] is RARE
        assert model.vocabulary_.pooled[0].tolist() == ["lone", "second"]
        models.append(model)
    for name in BITS:
        one, two = (getattr(model.vectors_, name) for model in models)
        assert one.tobytes() == two.tobytes()


def test_min_count_may_change_between_parts_as_counts_are_unpooled():
    parts = [{n: c[:900] for n, c in TABLE.items()}, {n: c[900:] for n, c in TABLE.items()}]
    for first, then in ((1, 4), (4, 1), (4, 9)):
        model = Cat2Vec(4, min_count=first).partial_fit(parts[0])
        model.set_params(min_count=then).partial_fit(parts[1])
        expected = encode_table(TABLE).pool(then).vocabulary
        assert model.vocabulary_.texts() == expected.texts()
        assert model.vocabulary_.counts.tolist() == expected.counts.tolist()
