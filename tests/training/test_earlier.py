"""Training that begins with the vectors of an earlier one."""

from __future__ import annotations

import numpy as np
import pytest

from cat2vec import Cat2Vec, count_pairs, load_word2vec, train_vectors
from cat2vec.errors import ParameterError
from cat2vec.export.keyed_vectors import to_keyed_vectors
from cat2vec.training.earlier import places_in, start_from
from cat2vec.training.update import update_vectors
from tests.made_tables import planted


@pytest.fixture(scope="module")
def counts():
    return count_pairs(planted(np.random.default_rng(3)), n_jobs=1)


@pytest.fixture(scope="module")
def first(counts):
    return train_vectors(counts, vector_size=4, n_jobs=1)


def test_from_the_optimum_there_are_fewer_sweeps_and_the_same_loss(counts, first):
    again = train_vectors(counts, vector_size=4, start=first, n_jobs=1)
    assert len(again.losses) < len(first.losses)
    assert again.loss == pytest.approx(first.loss, rel=1e-4)
    assert again.loss <= first.loss + 1e-6
    both = train_vectors(counts, vector_size=4, start=(first.center, first.context), n_jobs=1)
    np.testing.assert_array_equal(both.matrix, again.matrix)


def test_an_update_begins_with_the_vectors_of_before(counts, first):
    again = update_vectors(first, counts, vector_size=4, n_jobs=1)
    assert len(again.losses) < len(first.losses)
    assert again.losses[0] < first.losses[1]


def test_features_go_by_name_and_categories_by_value(first):
    table = planted(np.random.default_rng(4))
    other = {"new": table["f3"], "f2": table["f2"], "f0": table["f0"]}
    other["f0"] = ["fresh" if cell == "g0_0" else cell for cell in other["f0"]]
    later = count_pairs(other, n_jobs=1).vocabulary
    places, known = places_in(first.vocabulary, later), first.vocabulary
    for token, place in enumerate(places.tolist()):
        name = later.token(token)
        if name.feature == "new" or name.category == "fresh":
            assert place == -1
        else:
            assert known.token(place) == name
    center, context = start_from(first, later)
    np.testing.assert_array_equal(center[places >= 0], first.center[places[places >= 0]])
    np.testing.assert_array_equal(context[places >= 0], first.context[places[places >= 0]])
    tokens = known.tokens_of("f0")
    mean = np.average(first.center[tokens], axis=0, weights=known.counts[tokens])
    np.testing.assert_allclose(center[later.token_id("f0", "fresh")], mean, atol=1e-6)
    assert not center[later.tokens_of("new")].any()
    trained = train_vectors(count_pairs(other, n_jobs=1), vector_size=4, start=first, n_jobs=1)
    cold = train_vectors(count_pairs(other, n_jobs=1), vector_size=4, n_jobs=1)
    assert trained.loss == pytest.approx(cold.loss, rel=0.01)


def test_columns_that_share_begin_with_the_vectors_they_have_in_common():
    table = planted(np.random.default_rng(0), n_rows=500)
    counts = count_pairs(table, shared={"both": ["f0", "f1"]})
    first = train_vectors(counts, vector_size=2)
    again = train_vectors(counts, vector_size=2, start=first)
    assert again.loss == pytest.approx(first.loss, rel=1e-4)
    assert len(again.losses) <= len(first.losses)


def test_other_sizes_and_solvers_give_a_start(counts):
    table = planted(np.random.default_rng(3))
    for size, solver in ((2, "counts"), (6, "counts"), (4, "rows"), (4, "gensim")):
        epochs = {} if solver == "counts" else {"epochs": 2}
        earlier = Cat2Vec(size, solver=solver, n_jobs=1, **epochs).fit(table).vectors_
        found = train_vectors(counts, vector_size=4, start=earlier, n_jobs=1)
        assert found.matrix.shape[1] == 4
        assert found.loss < found.independence_loss


def test_a_model_begins_with_the_vectors_of_another():
    table = planted(np.random.default_rng(3))
    first = Cat2Vec(4, solver="counts", n_jobs=1).fit(table)
    again = Cat2Vec(4, solver="counts", n_jobs=1).fit(table, start=first.vectors_)
    assert len(again.vectors_.losses) < len(first.vectors_.losses)
    assert again.loss_ == pytest.approx(first.loss_, rel=1e-4)
    with pytest.raises(ParameterError, match=r"start is for solver='counts', and solver='rows'"):
        Cat2Vec(4, solver="rows").fit(table, start=first.vectors_)


def test_a_start_that_knows_nothing_of_the_table_is_refused(first):
    other = count_pairs({"a": ["x", "y"] * 9, "b": ["u", "v"] * 9})
    with pytest.raises(
        ParameterError, match=r"start holds no category .*'f0', .*table has 'a', 'b'"
    ):
        train_vectors(other, vector_size=1, start=first)


def test_vectors_of_a_file_are_a_start_for_both_sides():
    table = planted(np.random.default_rng(3), noise=0.5, n_groups=8, per_group=6)
    counts = count_pairs(table, n_jobs=1)
    cold = train_vectors(counts, vector_size=4, n_jobs=1)
    read = load_word2vec(to_keyed_vectors(cold))
    warm = train_vectors(counts, vector_size=4, start=read, n_jobs=1)
    assert len(warm.losses) < len(cold.losses)
    assert warm.loss == pytest.approx(cold.loss, rel=1e-3)
