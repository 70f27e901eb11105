"""The gensim solver closes gensim's traps and is scored on the same objective as the others."""

import gensim.models
import numpy as np
import pytest

from cat2vec import encode_table, train_vectors
from cat2vec.counting.encoded import count_encoded
from cat2vec.kernels.threads import Workers
from cat2vec.training.problem import Noise, Problem
from cat2vec.training.solvers import word2vec
from cat2vec.training.solvers.objective import Objective
from cat2vec.training.solvers.word2vec import RowCorpus, with_pair_constants, without_constants
from tests.made_tables import planted, random_codes


@pytest.fixture
def encoded():
    return encode_table(planted(np.random.default_rng(0), n_rows=600))


def test_the_corpus_holds_every_row_once_per_pass_in_a_new_order():
    table = encode_table(random_codes(np.random.default_rng(1), 50, [3, 4, 5]))
    rows = sorted([str(t) for t in row if t >= 0] for row in table.token_ids().tolist())
    corpus = RowCorpus(table, random_state=0)
    first, second = list(corpus), list(corpus)
    assert sorted(first) == sorted(second) == rows
    assert first != second


def test_word2vec_is_called_with_its_traps_closed(encoded, monkeypatch):
    seen = {}
    real = gensim.models.Word2Vec

    class Spy(real):
        def __init__(self, **kwargs):
            seen.update(kwargs)
            super().__init__(**kwargs)

    monkeypatch.setattr(gensim.models, "Word2Vec", Spy)
    corpora = []

    class Corpus(RowCorpus):
        def __init__(self, table, random_state):
            corpora.append(random_state)
            super().__init__(table, random_state)

    monkeypatch.setattr(word2vec, "RowCorpus", Corpus)
    train_vectors(encoded, vector_size=4, solver="gensim", epochs=1, random_state=3)
    wanted = {"sg": 1, "hs": 0, "window": 4, "shrink_windows": False, "sample": 0, "min_count": 1}
    assert wanted.items() <= seen.items()
    assert (seen["workers"], seen["seed"], corpora) == (1, 3, [3])


def test_categories_of_one_frequency_have_an_order_that_no_processor_decides(monkeypatch):
    models = []

    class Spy(gensim.models.Word2Vec):
        def __init__(self, **kwargs):
            models.append(self)
            super().__init__(**kwargs)

    monkeypatch.setattr(gensim.models, "Word2Vec", Spy)
    # gensim's own sort of these mixed equals as the instructions of the processor had it
    codes = np.arange(5000)
    table = encode_table({"a": [f"a{i}" for i in codes % 2000], "b": [f"b{i}" for i in codes % 7]})
    counts = table.vocabulary.counts
    train_vectors(table, vector_size=2, solver="gensim", epochs=1)
    found = [int(key) for key in models[0].wv.index_to_key]
    assert found == sorted(range(len(counts)), key=lambda token: (-counts[token], -token))


def test_rows_are_passed_as_often_as_epochs_says(encoded, monkeypatch):
    passes = []

    class Corpus(RowCorpus):
        def __iter__(self):
            passes.append(self)
            return super().__iter__()

    monkeypatch.setattr(word2vec, "RowCorpus", Corpus)
    counted = []
    for epochs in (1, 4):
        passes.clear()
        train_vectors(encoded, vector_size=4, solver="gensim", epochs=epochs)
        counted.append(len(passes))
    assert counted[1] - counted[0] == 3


def test_the_same_seed_gives_the_same_bits(encoded):
    first, second = (
        train_vectors(encoded, vector_size=4, solver="gensim", epochs=2, random_state=3)
        for _ in range(2)
    )
    np.testing.assert_array_equal(first.center, second.center)


def test_pair_constants_are_the_best_and_never_hurt(encoded):
    words = encoded.vocabulary
    objective = Objective(count_encoded(encoded), Noise.of(words, 5, 0.75))
    rng = np.random.default_rng(2)
    center, context = rng.normal(size=(2, words.n_tokens, 3)).astype(np.float32)
    one = Workers(None)
    plain = without_constants(objective, center, context)
    fitted = with_pair_constants(objective, center, context, one)
    best = objective.loss(*fitted, one)
    assert best < objective.loss(*plain, one)
    for shift in (-0.05, 0.05):
        for column in range(3, 3 + words.n_features):
            moved = fitted[1].copy()
            moved[:, column] += np.float32(shift)
            assert objective.loss(fitted[0], moved, one) > best - 1e-7


def test_without_constants_the_logit_is_gensims_own_product(encoded):
    words = encoded.vocabulary
    objective = Objective(count_encoded(encoded), Noise.of(words, 5, 0.75))
    rng = np.random.default_rng(3)
    center, context = rng.normal(size=(2, words.n_tokens, 3)).astype(np.float32)
    wide = without_constants(objective, center, context)
    logits = wide[0] @ wide[1].T + objective.noise.bias
    np.testing.assert_allclose(logits, center @ context.T, atol=1e-5)


def test_canonical_vectors_do_not_see_the_constants(encoded):
    vectors = train_vectors(encoded, vector_size=4, solver="gensim", epochs=2)
    from cat2vec.training.canonical import canonical_vectors

    plain = canonical_vectors(
        Problem.of_vectors(vectors), vectors.center[:, :4], vectors.context[:, :4]
    )
    np.testing.assert_allclose(vectors.matrix, plain, atol=1e-4)


def test_gensim_finds_the_planted_groups(encoded):
    vectors = train_vectors(encoded, vector_size=4, solver="gensim", epochs=30)
    near = vectors.nearest("f0", "g1_0", n=2)["category"].tolist()
    assert sorted(near) == ["g1_1", "g1_2"]
    assert vectors.gain > 0
