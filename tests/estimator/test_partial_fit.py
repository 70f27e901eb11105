"""``partial_fit``: rows that come in parts end where all rows at once do, and vectors stay put."""

from __future__ import annotations

import os
import pickle
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes
from sklearn.base import clone

from cat2vec import RARE, Cat2Vec, count_pairs, encode_table, load
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import (
    ColumnTypeError,
    FeatureSizeWarning,
    ModelFormatError,
    NoPairsError,
    NoSignalWarning,
    NotAvailableError,
    OutputExistsError,
    ParameterError,
    UnknownFeatureError,
)
from cat2vec.estimator.updates import hash_of_counts
from cat2vec.tables.encode import encode_growing
from cat2vec.vocabulary.vocabulary import MISSING_CATEGORY
from tests.counting.test_weights import assert_same_counts
from tests.interruptions import interrupted_at
from tests.made_tables import planted, repeated
from tests.tables.test_encode import assert_same_vocabulary, tables

PLANTED = planted(np.random.default_rng(0))
EXACT = {"tol": 1e-5, "max_sweeps": 500}


def rows_of(table, start, stop):
    return {name: cells[start:stop] for name, cells in table.items()}


def in_parts(table, cuts, model, weights=None):
    edges = [0, *cuts, len(next(iter(table.values())))]
    for start, stop in pairwise(edges):
        part = None if weights is None else weights[start:stop]
        model.partial_fit(rows_of(table, start, stop), sample_weight=part)
    return model


def cosines_within(vectors):
    sizes = np.linalg.norm(vectors.matrix, axis=1, keepdims=True)
    unit = vectors.matrix / np.where(sizes > 0, sizes, 1)
    feature = vectors.vocabulary.feature_of_token
    return (unit @ unit.T)[(feature[:, None] == feature) & ~np.eye(len(unit), dtype=bool)]


def logits_between(vectors):
    feature = vectors.vocabulary.feature_of_token
    return (vectors.center @ vectors.context.T)[feature[:, None] != feature]


def mean_cosine(left, right):
    sizes = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return float(((left * right).sum(axis=1) / sizes).mean())


def assert_same_bits(left, right):
    for name in ("matrix", "center", "context"):
        found, expected = getattr(left.vectors_, name), getattr(right.vectors_, name)
        assert found.tobytes() == expected.tobytes()
    assert left.vectors_.losses == right.vectors_.losses
    assert left.vectors_.settings == right.vectors_.settings
    assert_same_vocabulary(left.vocabulary_, right.vocabulary_)


@pytest.mark.parametrize("weights", [None, np.linspace(0, 2, 3000)], ids=["rows", "weights"])
def test_one_part_gives_the_bits_of_fit(weights):
    one = Cat2Vec(4).fit(PLANTED, sample_weight=weights)
    part = Cat2Vec(4).partial_fit(PLANTED, sample_weight=weights)
    assert_same_bits(part, one)
    assert part.solver_ == "counts"
    assert_same_counts(part.counts_, count_pairs(PLANTED, sample_weight=weights))
    assert not hasattr(one, "counts_")


def test_a_size_that_a_feature_carries_only_with_its_rare_categories_is_told_as_by_fit():
    table = {"city": [*"aaaaaabbbbbb", *"cdefghij"], "job": [*"uvwxy"] * 4}
    asked = {None: 1, "city": 4}
    said = []
    for train in (Cat2Vec(asked, min_count=3).fit, Cat2Vec(asked, min_count=3).partial_fit):
        with pytest.warns(FeatureSizeWarning) as caught:
            train(table)
        said.append([str(one.message) for one in caught])
    assert said[0] == said[1]
    assert "'city'" in said[0][0]


@pytest.mark.parametrize("cuts", [[1500], [1000, 2000], [60, 300], [2700]])
@pytest.mark.parametrize("size", [3, 4, 8])
def test_parts_end_where_all_rows_at_once_do(cuts, size):
    """Also with more and fewer dimensions than the four groups span, and after few rows."""
    one = Cat2Vec(size, **EXACT).fit(PLANTED)
    parts = in_parts(PLANTED, cuts, Cat2Vec(size, **EXACT))
    assert_same_counts(parts.counts_, count_pairs(PLANTED))
    assert_same_vocabulary(parts.vocabulary_, one.vocabulary_)
    assert parts.loss_ == pytest.approx(one.loss_, abs=1e-3)
    for look in (cosines_within, logits_between):
        found = np.corrcoef(look(parts.vectors_), look(one.vectors_))[0, 1]
        assert found > 0.99
    np.testing.assert_allclose(
        np.abs(parts.vectors_.ordered().matrix[:, :3]), np.abs(one.vectors_.matrix[:, :3]), atol=0.1
    )


def test_dimensions_that_the_first_rows_did_not_have_are_found_later():
    """Two categories per feature first, then sixteen: the columns of before are mostly zero."""
    table = planted(np.random.default_rng(1), n_groups=8, per_group=2)
    for cells in table.values():
        cells[:200] = ["g0_0" if cell[1] < "4" else "g5_0" for cell in cells[:200]]
    model = Cat2Vec(16, **EXACT)
    with pytest.warns(UserWarning, match="vector_size=16 is more than this table carries"):
        model.partial_fit(rows_of(table, 0, 200))
    assert not model.vectors_.center[:, 8:].any()
    model.partial_fit(rows_of(table, 200, 3000))
    one = Cat2Vec(16, **EXACT).fit(table)
    assert one.gain_ - model.gain_ < 0.002 * one.gain_
    assert np.corrcoef(logits_between(model.vectors_), logits_between(one.vectors_))[0, 1] > 0.99


@pytest.mark.filterwarnings("ignore::cat2vec.errors.MixedTypesWarning")
@given(tables(), tables())
@settings(max_examples=60)
def test_counts_of_parts_add_up_to_those_of_the_whole(first, second):
    second = {name: second.get(name, [None] * len(second["c0"])) for name in first}
    whole = {name: [*cells, *second[name]] for name, cells in first.items()}
    kinds = dict.fromkeys(first, "category")  # dates of one part only would have to stay dates
    known = encode_table(first, columns=kinds)
    try:
        parts = count_encoded(known) + count_encoded(encode_growing(second, known.vocabulary))
    except NoPairsError:
        assume(False)
    assert_same_counts(parts, count_pairs(whole, columns=kinds))


@given(st.lists(st.integers(0, 3), min_size=40, max_size=40).filter(lambda w: sum(w[:20]) > 9))
@settings(max_examples=15)
def test_whole_weights_are_rows_repeated_in_every_part(weights):
    assume(sum(weights[20:]) > 0)
    table = planted(np.random.default_rng(2), n_rows=40, n_groups=2, per_group=2)
    counted = repeated(rows_of(table, 0, 20), weights[:20])
    assume(all(len(set(cells)) > 1 for cells in counted.values()))
    weighed = in_parts(table, [20], Cat2Vec(2), weights)
    model = Cat2Vec(2).partial_fit(counted)
    model.partial_fit(repeated(rows_of(table, 20, 40), weights[20:]))
    assert_same_counts(weighed.counts_, model.counts_)
    assert_same_bits(weighed, model)


def test_vectors_hardly_turn_when_rows_of_the_same_kind_come():
    model = Cat2Vec(8).partial_fit(rows_of(PLANTED, 0, 2000))
    before = model.vectors_.matrix
    model.partial_fit(rows_of(PLANTED, 2000, 3000))
    assert mean_cosine(model.vectors_.matrix, before) > 0.99
    assert mean_cosine(Cat2Vec(8).fit(PLANTED).vectors_.matrix, before) < 0.9


def test_vectors_are_turned_to_lie_as_near_as_can_be_to_those_of_before():
    """By squared distances times the roots of rows, of all but those that were rare before."""
    rng = np.random.default_rng(5)
    table = planted(rng, n_rows=1200, n_features=3, noise=0.5)
    for row, name in enumerate(rng.choice(list(table), 1200)):
        if rng.random() < 0.4:  # rare among the first rows, and frequent in all
            table[name][row] = f"tail {rng.integers(12)}"
    model = Cat2Vec(4, min_count=8).partial_fit(rows_of(table, 0, 300))
    before = model.vectors_
    after = model.partial_fit(rows_of(table, 300, 1200)).vectors_
    new, old, rows = [], [], []
    for name in table:
        kept = [c for c in after[name].index if c in before[name].index]
        assert RARE in before[name].index
        assert len(kept) < len(after[name]) - 5
        new.append(after[name].loc[kept].to_numpy(float))
        old.append(before[name].loc[kept].to_numpy(float))
        counts = after.vocabulary.counts[after.vocabulary.tokens_of(name)]
        rows.append(counts[[after[name].index.get_loc(c) for c in kept]])
    new, old = np.vstack(new), np.vstack(old)
    root = np.concatenate(rows)[:, None] ** 0.25
    turn, _ = orthogonal_procrustes(root * new, root * old)
    np.testing.assert_allclose(turn, np.eye(4), atol=1e-5)


def test_columns_in_order_again_carry_less_and_less_and_change_no_cosine():
    vectors = in_parts(PLANTED, [1500], Cat2Vec(4)).vectors_
    ordered = vectors.ordered()
    squares = ordered.matrix.T @ ordered.matrix
    off = squares - np.diag(np.diag(squares))
    np.testing.assert_allclose(off, 0, atol=1e-4 * squares[0, 0])
    assert (np.diff(np.diag(squares)) <= 0).all()
    np.testing.assert_allclose(cosines_within(ordered), cosines_within(vectors), atol=1e-5)
    largest = np.abs(ordered.matrix).argmax(axis=0)
    assert (ordered.matrix[largest, np.arange(4)] > 0).all()
    assert ordered.center is vectors.center


def test_a_new_category_joins_with_a_vector_of_its_group():
    late = {name: list(cells) for name, cells in PLANTED.items()}
    late["f1"][2000:] = ["late" if c == "g1_0" else c for c in late["f1"][2000:]]
    model = Cat2Vec(4).partial_fit(rows_of(late, 0, 2000))
    assert "late" not in model.vectors_["f1"].index
    assert model.partial_fit(rows_of(late, 2000, 3000)).vectors_["f1"].index[-1] == "late"
    near = model.nearest("f1", "late", n=3, among="f1")
    assert set(near["category"]) == {"g1_0", "g1_1", "g1_2"}
    assert near["similarity"].min() > 0.95
    assert model.transform(late).shape == (3000, 16)


def test_a_column_that_is_empty_at_first_is_learned_when_it_is_filled():
    rows = {**rows_of(PLANTED, 0, 100), "later": [None] * 100}
    with pytest.warns(NoSignalWarning, match="'later' has fewer than two categories"):
        model = Cat2Vec(vector_size=2).partial_fit(rows)
    assert model.vectors_["later"].empty
    first = next(iter(PLANTED))
    model.partial_fit({**rows, "later": rows[first]})
    assert model.vectors_["later"].to_numpy().any()


def test_kinds_and_bins_are_those_of_the_first_rows():
    rng = np.random.default_rng(3)
    numbers = rng.normal(size=400)
    table = {"a": numbers, "b": np.where(numbers > 0, "up", "down")}
    model = Cat2Vec(2).partial_fit(table)
    edges = model.vocabulary_.schema.codecs[0].edges
    model.partial_fit({"a": [99.0, -99.0, 99.0], "b": ["up", "down", "sideways"]})
    assert model.vocabulary_.schema.codecs[0].edges is edges
    assert model.vocabulary_.counts[[0, 15]].tolist() == [26, 27]
    before = model.vectors_
    with pytest.raises(ColumnTypeError, match="feature 'a' was a column of numbers in fit"):
        model.partial_fit({"a": ["many", "few"], "b": ["up", "down"]})
    with pytest.raises(UnknownFeatureError, match="no feature 'b' in this table"):
        model.partial_fit({"a": [1.0, 2.0]})
    with pytest.raises(NoPairsError, match="no row has two present cells"):
        model.partial_fit({"a": [1.0, None], "b": [None, "up"]})
    assert model.vectors_ is before


def test_missing_cells_of_later_rows_are_a_category_beside_the_bins_of_the_first():
    rng = np.random.default_rng(4)
    numbers = rng.normal(size=400)
    words = np.where(numbers > 0, "up", "down")
    gaps = np.where(rng.random(400) < 0.2, np.nan, numbers)
    model = Cat2Vec(2, missing="token").partial_fit({"a": numbers, "b": words})
    first = model.vocabulary_
    model.partial_fit({"a": gaps, "b": words})
    assert model.vocabulary_.categories[0][-1] is MISSING_CATEGORY
    bins = np.histogram(gaps[~np.isnan(gaps)], [-np.inf, *first.schema.codecs[0].edges, np.inf])[0]
    expected = [*(first.counts[:16] + bins), np.isnan(gaps).sum()]
    assert model.counts_.vocabulary.counts[:17].tolist() == expected
    assert model.counts_.total == 800


@pytest.mark.parametrize("solver", ["rows", "gensim"])
def test_solvers_that_learn_from_rows_are_refused_with_the_way_out(solver):
    model = Cat2Vec(2, solver=solver)
    with pytest.raises(AttributeError) as raised:
        model.partial_fit(PLANTED)
    assert f"solver='{solver}' learns from rows" in str(raised.value.__cause__)
    assert not hasattr(model, "partial_fit")
    with pytest.raises(ParameterError, match="solver must be one of 'auto', 'counts', "):
        Cat2Vec(2, solver="magic").partial_fit(PLANTED)


def test_a_model_of_fit_is_refused_and_fit_begins_anew(tmp_path):
    model = in_parts(PLANTED, [1500], Cat2Vec(4))
    model.fit(rows_of(PLANTED, 0, 1000))
    assert_same_bits(model, Cat2Vec(4).fit(rows_of(PLANTED, 0, 1000)))
    model.save(tmp_path / "model")
    for fitted in (model, load(tmp_path / "model")):
        assert not hasattr(fitted, "counts_")
        with pytest.raises(AttributeError) as raised:
            fitted.partial_fit(PLANTED)
        assert isinstance(raised.value.__cause__, NotAvailableError)
        assert re.search("fitted with fit, .* Begin with partial_fit", str(raised.value.__cause__))
    assert clone(model).partial_fit(PLANTED).counts_.n_rows == 3000


def test_another_vector_size_between_parts_is_an_error_that_changes_nothing():
    model = Cat2Vec(4).partial_fit(PLANTED)
    with pytest.raises(ParameterError, match=r"vector_size must stay 4, .*, got 5\. Set it back"):
        model.set_params(vector_size=5).partial_fit(PLANTED)
    assert model.counts_.n_rows == 3000
    assert model.set_params(vector_size=4).partial_fit(PLANTED).counts_.n_rows == 6000


def test_pickled_and_saved_models_go_on_to_the_same_bits(tmp_path):
    expected = in_parts(PLANTED, [1000, 2000], Cat2Vec(4))
    model = Cat2Vec(4).partial_fit(rows_of(PLANTED, 0, 1000))
    for part in (rows_of(PLANTED, 1000, 2000), rows_of(PLANTED, 2000, 3000)):
        model = pickle.loads(pickle.dumps(model)).partial_fit(part)
        model.save(tmp_path / "model")
        model = load(tmp_path / "model")
    assert_same_bits(model, expected)
    assert_same_counts(model.counts_, expected.counts_)
    assert sorted(os.listdir(tmp_path / "model")) == ["counts", "model.json", "vectors.safetensors"]


def test_one_and_two_threads_go_on_to_the_same_bits():
    one, two = (in_parts(PLANTED, [1500], Cat2Vec(8, n_jobs=n)) for n in (1, 2))
    assert_same_bits(one, two)


def test_counts_are_not_kept_with_what_training_cached():
    kept = vars(in_parts(PLANTED, [1500], Cat2Vec(2)).counts_)
    assert sorted(kept) == ["count", "left", "n_rows", "right", "vocabulary"]


def test_counts_of_another_model_are_refused(tmp_path):
    Cat2Vec(2).partial_fit(PLANTED).save(tmp_path / "one")
    Cat2Vec(2).partial_fit(rows_of(PLANTED, 0, 2999)).save(tmp_path / "two")
    for name in ("counts.json", "pairs.safetensors"):
        os.replace(tmp_path / "one/counts" / name, tmp_path / "two/counts" / name)
    with pytest.raises(ModelFormatError, match=r"'counts' in it does not belong to 'model\.json'"):
        load(tmp_path / "two")
    with pytest.raises(ModelFormatError, match=r"counts' is not a cat2vec counts folder"):
        load(tmp_path / "one")


def test_a_hash_of_counts_covers_every_one_of_their_numbers():
    counts = count_pairs({"a": ["x", "x", "y"], "b": ["u", "v", "v"], "c": ["k", "l", "k"]})
    words = counts.vocabulary
    others = [
        replace(counts, count=counts.count + (np.arange(counts.n_pairs) == 2)),
        replace(counts, left=counts.left[1:], right=counts.right[1:], count=counts.count[1:]),
        replace(counts, right=counts.right + (np.arange(counts.n_pairs) == 6)),
        replace(counts, n_rows=4),
        replace(counts, vocabulary=replace(words, counts=words.counts + 1)),
    ]
    assert hash_of_counts(replace(counts)) == hash_of_counts(counts)
    assert len({hash_of_counts(one) for one in [counts, *others]}) == 6


def test_saving_a_model_of_fit_over_one_with_counts_removes_them(tmp_path):
    Cat2Vec(2).partial_fit(PLANTED).save(tmp_path)
    Cat2Vec(2).fit(PLANTED).save(tmp_path)
    assert sorted(os.listdir(tmp_path)) == ["model.json", "vectors.safetensors"]
    (tmp_path / "counts").mkdir()
    (tmp_path / "counts/notes.txt").write_text("keep")
    with pytest.raises(OutputExistsError, match="counts' exists and holds other things"):
        Cat2Vec(2).partial_fit(PLANTED).save(tmp_path)
    assert not hasattr(load(tmp_path), "counts_")
    Cat2Vec(2).partial_fit(PLANTED).save(tmp_path, overwrite=True)
    Cat2Vec(2).fit(PLANTED).save(tmp_path)
    assert os.listdir(tmp_path / "counts") == ["notes.txt"]


@pytest.mark.parametrize("stopped_at", [1, 2, 3, 4, 5])
def test_an_interrupted_save_is_the_old_or_the_new_model_and_can_be_repeated(
    tmp_path, monkeypatch, stopped_at
):
    Cat2Vec(1).partial_fit(rows_of(PLANTED, 0, 500)).save(tmp_path / "model")
    model = Cat2Vec(2).partial_fit(PLANTED)
    with interrupted_at(monkeypatch, stopped_at):
        model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    if stopped_at == 1:
        assert again.counts_.n_rows == 500
    else:  # it was decided already, and is finished
        assert_same_bits(again, model)
    model.save(tmp_path / "model")
    assert_same_bits(load(tmp_path / "model"), model)
