"""Shared vocabularies: one set of categories and vectors, pair counts of each feature's own."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from cat2vec import Cat2Vec, PairCounts, count_pairs, encode_table, load, train_vectors
from cat2vec.errors import (
    ColumnTypeError,
    CountsMismatchError,
    NothingSharedWarning,
    ParameterError,
    UnknownFeatureError,
)
from cat2vec.export.flat_table import token_table
from cat2vec.export.keyed_vectors import keys_of
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encode import encode_growing
from cat2vec.training.canonical import canonical_vectors
from cat2vec.training.problem import Noise, pair_allowed, vector_pairs
from cat2vec.training.solvers.groups import ungrouped
from cat2vec.training.solvers.objective import (
    BLOCK_TOKENS,
    Objective,
    Side,
    blocks_of,
    steps_of,
)
from cat2vec.training.solvers.prior import prior, prior_slopes
from tests.made_problems import problem_of, solved_counts
from tests.made_tables import random_codes
from tests.reference import objective as reference

ONE = Workers(None)
AIRPORT = {"airport": ["origin", "dest"]}
FLIGHTS = {
    "origin": ["JFK", "LGA", "JFK", "EWR"],
    "hour": ["8", "9", "8", "17"],
    "dest": ["BOS", "JFK", None, "LGA"],
}


def trips(rng, n_rows=2500, n_groups=4, per_group=5, noise=0.2):
    """Give flights between places of hidden groups; a place has the same name in both columns."""
    group = rng.integers(n_groups, size=n_rows)

    def shown(inside):
        mixed = np.where(rng.random(n_rows) < noise, rng.integers(n_groups, size=n_rows), group)
        return [f"g{g}_{i}" for g, i in zip(mixed, rng.integers(inside, size=n_rows), strict=True)]

    return {
        "origin": shown(per_group),
        "carrier": shown(2),
        "dest": shown(per_group + 1),
        "hour": shown(3),
    }


TRIPS = trips(np.random.default_rng(0))
COUNTS = count_pairs(TRIPS, shared=AIRPORT)
VECTORS = train_vectors(COUNTS, vector_size=4)


def test_shared_columns_have_the_union_of_categories_and_counts_of_their_own():
    encoded = encode_table(FLIGHTS, shared={"airport": ["dest", "origin"]})
    words = encoded.vocabulary
    assert words.schema.shared == (("airport", ("origin", "dest")),)
    for feature, counts in (("origin", [0, 1, 2, 1]), ("dest", [1, 0, 1, 1])):
        position = words.schema.position(feature)
        assert words.categories[position].tolist() == ["BOS", "EWR", "JFK", "LGA"]
        assert words.counts[words.tokens_of(feature)].tolist() == counts
        assert encoded.decode(feature) == FLIGHTS[feature]
    assert words.of_vectors.features == ("airport", "hour")
    assert words.of_vectors.counts.tolist() == [1, 1, 3, 2, 1, 2, 1]
    assert words.by_token(words.by_vector(words.vector_of_token)).tolist() == (
        words.vector_of_token.tolist()
    )


def test_without_shared_columns_words_and_vectors_are_one():
    words = encode_table(FLIGHTS).vocabulary
    assert words.of_vectors is words
    values = np.arange(words.n_tokens)
    for same in (words.by_token, words.by_vector, words.sum_by_vector):
        assert same(values) is values


@pytest.mark.parametrize(
    ("first", "second", "categories"),
    [
        ([1, 2, None], [2.0, 3.0, 3.0], [1, 2, 3]),
        ([True, False, True], [True, True, None], [False, True]),
        ([None, None, None], ["x", "y", "x"], ["x", "y"]),
        ([1, 2, 2], np.array([2, 5, 5], np.int8), [1, 2, 5]),
    ],
)
def test_equal_values_of_several_types_are_one_category(first, second, categories):
    table = {"a": first, "b": second, "c": ["u", "v", "u"]}
    words = encode_table(table, shared={"both": ["a", "b"]}).vocabulary
    for position in (0, 1):
        assert words.categories[position].tolist() == categories


def test_shared_numbers_are_cut_at_the_same_edges():
    rng = np.random.default_rng(1)
    table = {"a": rng.normal(size=300), "b": 5 + rng.normal(size=300), "c": ["u", "v"] * 150}
    words = encode_table(table, shared={"ab": ["a", "b"]}, n_bins=4).vocabulary
    both = encode_table(
        {"ab": np.concatenate([table["a"], table["b"]]), "c": ["u", "v"] * 300}, n_bins=4
    ).vocabulary
    for codec in words.schema.codecs[:2]:
        np.testing.assert_array_equal(codec.edges, both.schema.codecs[0].edges)
    np.testing.assert_array_equal(words.of_vectors.counts[:4], both.counts[:4])


def test_weights_count_in_shared_columns_as_repeated_rows_do():
    weighted = encode_table(FLIGHTS, shared=AIRPORT, sample_weight=[2, 0, 1, 1])
    rows = [0, 0, 2, 3]
    plain = encode_table({k: [v[i] for i in rows] for k, v in FLIGHTS.items()}, shared=AIRPORT)
    assert weighted.vocabulary.texts() == plain.vocabulary.texts()
    assert weighted.vocabulary.counts.tolist() == plain.vocabulary.counts.tolist()


@pytest.mark.parametrize(
    ("shared", "error", "sentence"),
    [
        (["origin"], ParameterError, r"shared must map names to lists of columns, such as \{'airp"),
        ({"a": "origin"}, ParameterError, r"shared\['a'\] must be a list of columns.*got 'origin'"),
        (
            {"a": ["origin", "dst"]},
            UnknownFeatureError,
            "no feature 'dst' in the columns used, but",
        ),
        ({"a": ["origin", "origin"]}, ParameterError, "at least two different columns"),
        ({"hour": ["origin", "dest"]}, ParameterError, "a name that no column has, got 'hour'"),
        (
            {"a": ["origin", "dest"], "b": ["dest", "hour"]},
            ParameterError,
            "shared names 'dest' in more than one list",
        ),
    ],
)
def test_wrong_values_of_shared_say_what_is_wrong(shared, error, sentence):
    with pytest.raises(error, match=sentence):
        encode_table(FLIGHTS, shared=shared)


def test_columns_of_different_kinds_cannot_be_shared():
    table = {"a": [1, 2, 3], "b": ["x", "y", "z"], "c": [4, 5, 6]}
    with pytest.raises(ColumnTypeError, match=r"'a' holds numbers and 'b' holds text.*same type"):
        encode_table(table, shared={"ab": ["a", "b"]})
    with pytest.raises(ParameterError, match=r"columns says that 'a' is Cat.* and nothing of 'c'"):
        encode_table(table, shared={"ac": ["a", "c"]}, columns={"a": "category"})


def test_loss_equals_the_slow_twin_over_rows_with_shared_vectors_and_excluded_pairs():
    rng = np.random.default_rng(2)
    table = random_codes(rng, 40, [4, 3, 5, 2], missing=0.2)
    encoded = encode_table(table, shared={"s": ["f0", "f2"]})
    words = encoded.vocabulary
    counts = count_pairs(encoded)
    pair = rng.normal(size=(2, words.of_vectors.n_tokens, 3)).astype(np.float32)
    slow = {
        "rows": [[int(t) for t in row if t >= 0] for row in encoded.token_ids()],
        "features": words.feature_of_token.tolist(),
        "counts": words.positive_counts.tolist(),
        "vector_of_token": words.vector_of_token.tolist(),
        "negative": 3.0,
        "ns_exponent": 0.6,
    }
    for exclude, excluded in ((None, set()), ([["f1", "f3"]], {frozenset((1, 3))})):
        kept = counts.without(pair_allowed(words, exclude))
        objective = Objective(kept, Noise.of(words, 3.0, 0.6))
        expected = reference.total_loss_of_rows(*pair, excluded=excluded, **slow)
        found = objective.loss(*map(words.by_token, pair), ONE) * objective.n_pairs
        assert found == pytest.approx(expected, rel=1e-5)
        zeros = np.zeros_like(pair)
        expected = reference.total_loss_of_rows(*zeros, excluded=excluded, **slow)
        found = objective.independence() * objective.n_pairs
        assert found == pytest.approx(expected, rel=1e-9)


def test_steps_cover_every_vector_once_and_every_token_once():
    rng = np.random.default_rng(3)
    table = random_codes(rng, 4000, [3, 300, 5, 300, 4, 9], missing=0.0)
    words = encode_table(table, shared={"s": ["f1", "f3"], "t": ["f0", "f5"]}).vocabulary
    steps = steps_of(blocks_of(words), words)
    rows = np.concatenate([np.arange(rows.start, rows.stop) for rows, _ in steps])
    np.testing.assert_array_equal(rows, np.arange(words.of_vectors.n_tokens))
    tokens = np.concatenate([block.tokens for _, blocks in steps for block in blocks])
    np.testing.assert_array_equal(np.sort(tokens), np.arange(words.n_tokens))
    for rows, blocks in steps:
        for block in blocks:
            assert len(block.tokens) <= BLOCK_TOKENS
            np.testing.assert_array_equal(words.vector_of_token[block.tokens], np.arange(
                rows.start, rows.stop
            ))  # fmt: skip


def test_no_more_than_one_percent_of_the_gain_is_left_to_lbfgs():
    """The same penalised objective, by SciPy, over shared vectors, started from ours."""
    words, ridge = COUNTS.vocabulary, 10.0
    objective = Objective(COUNTS, Noise.of(words, 5, 0.75))
    solution = solved_counts(COUNTS, vector_size=4)
    sides = [Side.of(objective, center_side=True), Side.of(objective, center_side=False)]

    def penalised(pair):
        loss = objective.loss(*(words.by_token(side) for side in pair.astype(np.float32)), ONE)
        return loss + sum(prior(m, words.of_vectors, ridge) for m in pair) / objective.n_pairs

    def value_and_gradient(flat):
        pair = flat.reshape(2, words.of_vectors.n_tokens, -1)
        gradient = []
        for which, side in enumerate(sides):
            mine, other = (words.by_token(pair[s].astype(np.float32)) for s in (which, 1 - which))
            means = side.means(other, ungrouped(words))
            terms = [side.terms(b, mine[b.rows], other, means).descent for b in side.blocks]
            descent = words.sum_by_vector(np.concatenate(terms).astype(np.float64))
            gradient.append(prior_slopes(pair[which], words.of_vectors, ridge)[0] - descent)
        return penalised(pair), np.ravel(gradient) / objective.n_pairs

    ours = np.stack([words.by_vector(side) for side in (solution.center, solution.context)])
    found = minimize(
        value_and_gradient,
        ours.astype(np.float64).ravel(),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-10},
    )
    left = penalised(ours) - found.fun
    assert left >= -1e-6
    assert left <= 0.01 * (objective.independence() - penalised(ours))


def test_features_that_share_have_the_same_vectors_and_the_mean_of_all_cells_is_zero():
    words = VECTORS.vocabulary
    for matrix in (VECTORS.matrix, VECTORS.center, VECTORS.context):
        np.testing.assert_array_equal(
            matrix[words.tokens_of("origin")], matrix[words.tokens_of("dest")]
        )
    airport = VECTORS["airport"]
    counts = words.of_vectors.counts[words.of_vectors.tokens_of("airport")]
    np.testing.assert_allclose(np.average(airport, axis=0, weights=counts), 0.0, atol=1e-5)
    np.testing.assert_array_equal(VECTORS["origin"].to_numpy(), airport.to_numpy())
    assert list(VECTORS) == ["origin", "carrier", "dest", "hour", "airport"]
    assert len(VECTORS) == 5
    assert "airport" in VECTORS


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=8)
def test_swapping_the_columns_leaves_shared_vectors_as_they_are(seed):
    table = trips(np.random.default_rng(seed), n_rows=400)
    swapped = {**table, "origin": table["dest"], "dest": table["origin"]}
    kwargs = {"vector_size": 3, "tol": 1e-3}
    first = train_vectors(count_pairs(table, shared=AIRPORT), **kwargs)
    second = train_vectors(count_pairs(swapped, shared=AIRPORT), **kwargs)
    assert first.loss == pytest.approx(second.loss, abs=2e-5)
    products = [v["airport"].to_numpy() @ v["airport"].to_numpy().T for v in (first, second)]
    size = np.abs(products[0]).max()
    np.testing.assert_allclose(products[0], products[1], atol=0.02 * size + 1e-6)


def test_two_columns_of_the_same_cells_have_the_vectors_that_one_of_them_would_have():
    """Kept apart, they say the same of all other columns, whether they share vectors or not."""
    base = {k: TRIPS[k] for k in ("origin", "carrier", "hour")}
    table = {**base, "copy": base["origin"]}
    apart = [["origin", "copy"]]
    shared = train_vectors(
        count_pairs(table, shared={"both": ["origin", "copy"]}), vector_size=3,
        exclude_pairs=apart, regularization=1e-3, tol=1e-4,
    )  # fmt: skip
    single = train_vectors(
        count_pairs(table), vector_size=3, exclude_pairs=apart, regularization=1e-3, tol=1e-4
    )
    assert shared.loss == pytest.approx(single.loss, abs=1e-4)
    cosines = [
        [v.similarity(name, "g0_0", other) for other in ("g0_1", "g1_0", "g3_2")]
        for v, name in ((shared, "both"), (single, "origin"), (single, "copy"))
    ]
    np.testing.assert_allclose(cosines[0], cosines[1], atol=0.02)
    np.testing.assert_allclose(cosines[0], cosines[2], atol=0.02)


def test_number_of_threads_does_not_change_a_bit():
    found = [train_vectors(COUNTS, vector_size=4, n_jobs=n_jobs) for n_jobs in (1, 3)]
    for name in ("matrix", "center", "context"):
        np.testing.assert_array_equal(*(getattr(vectors, name) for vectors in found))


def test_canonical_vectors_equal_those_of_an_eigenproblem_over_words_written_out():
    words = VECTORS.vocabulary
    trained = vector_pairs(words, pair_allowed(words, None))
    assert trained.tolist() == [[True, True, True], [True, False, True], [True, True, False]]
    of = words.of_vectors
    sides = []
    for side in (VECTORS.center, VECTORS.context):
        side = words.by_vector(side).astype(np.float64)
        means = of.sum_by_feature(of.shares[:, None] * side)
        sides.append(side - means[of.feature_of_token])
    heard = trained[of.feature_of_token][:, of.feature_of_token]
    product = np.where(heard, (sides[0] @ sides[1].T + sides[1] @ sides[0].T) / 2, 0.0)
    filled = product
    for _ in range(4):
        values, vectors = np.linalg.eigh(filled)
        values, vectors = np.maximum(values[::-1][:4], 0), vectors[:, ::-1][:, :4]
        filled = np.where(heard, product, (vectors * values) @ vectors.T)
    scale = np.sqrt(values.sum() / np.square(values).sum())
    expected = vectors * values * scale
    expected -= of.sum_by_feature(of.shares[:, None] * expected)[of.feature_of_token]
    squares = of.sum_by_feature(of.shares[:, None] * expected**2).sum(axis=1)
    even = expected / (squares**0.25)[of.feature_of_token][:, None]
    even *= np.linalg.norm(expected) / np.linalg.norm(even)
    found = words.by_vector(
        canonical_vectors(problem_of(words, vector_size=4), VECTORS.center, VECTORS.context)
    )
    np.testing.assert_allclose(found @ found.T, even @ even.T, atol=1e-3)
    off = found.T @ found - np.diag(np.square(found).sum(axis=0))
    np.testing.assert_allclose(off, 0.0, atol=1e-3)


def test_neighbours_speak_of_shared_names_and_leave_out_the_category_in_all_its_columns():
    found = VECTORS.nearest("airport", "g0_0", n=4)
    assert found["feature"].tolist() == ["airport"] * 4
    assert found["category"].str.startswith("g0_").all()
    of = VECTORS.vocabulary.of_vectors
    first = found.iloc[0]
    assert first["rows"] == of.counts[of.token_id("airport", first["category"])]
    across = VECTORS.nearest("origin", "g0_0", n=100, among=["dest", "carrier"])
    assert ("dest", "g0_0") not in set(zip(across["feature"], across["category"], strict=True))
    assert VECTORS.similarity("origin", "g0_0", "g0_0", "dest") == pytest.approx(1.0)
    assert VECTORS.similarity("airport", "g0_0", "g0_1") == VECTORS.similarity(
        "dest", "g0_0", "g0_1"
    )
    with pytest.raises(UnknownFeatureError, match=r"no feature 'airprt'.*Nearest: 'airport'"):
        VECTORS.nearest("airprt", "g0_0")


def test_exports_hold_a_shared_category_once():
    keys = keys_of(VECTORS.vocabulary)
    assert "airport=g0_0" in keys
    assert not [key for key in keys if key.startswith(("origin=", "dest="))]
    assert keys_of(VECTORS.vocabulary, "airport") == keys_of(VECTORS.vocabulary, "origin")
    table = token_table(VECTORS)
    assert set(table["feature"].to_pylist()) == {"airport", "carrier", "hour"}
    assert sum(table["rows"].to_pylist()) == 4 * 2500
    pytest.importorskip("gensim")
    from cat2vec.export.keyed_vectors import to_keyed_vectors

    keyed = to_keyed_vectors(VECTORS)
    np.testing.assert_array_equal(keyed["airport=g0_0"], VECTORS["dest"].loc["g0_0"])
    assert (
        to_keyed_vectors(VECTORS, "airport").get_vecattr("g0_0", "count")
        == (VECTORS.vocabulary.of_vectors.counts[0])
    )


def test_counts_of_shared_columns_add_and_come_back_from_a_folder(tmp_path):
    first, second = (
        count_pairs({k: v[part] for k, v in TRIPS.items()}, shared=AIRPORT)
        for part in (slice(0, 60), slice(60, None))
    )
    both = first + second
    assert both.vocabulary.schema.shared == COUNTS.vocabulary.schema.shared
    for name in ("left", "right", "count"):
        np.testing.assert_array_equal(getattr(both, name), getattr(COUNTS, name))
    both.save(tmp_path / "counts")
    again = PairCounts.load(tmp_path / "counts")
    assert again.vocabulary.schema.shared == (("airport", ("origin", "dest")),)
    np.testing.assert_array_equal(train_vectors(again, vector_size=4).matrix, VECTORS.matrix)
    with pytest.raises(CountsMismatchError, match=r"different shared vocabularies.*same shared="):
        both + count_pairs(TRIPS)


def test_new_rows_grow_all_columns_of_a_shared_vocabulary():
    first = encode_table(FLIGHTS, shared=AIRPORT)
    more = encode_growing(
        {"origin": ["SFO", "JFK"], "hour": ["8", "8"], "dest": ["ATL", "SFO"]}, first.vocabulary
    )
    for feature in ("origin", "dest"):
        position = more.vocabulary.schema.position(feature)
        assert more.vocabulary.categories[position].tolist()[4:] == ["ATL", "SFO"]
    assert more.codes.tolist() == [[5, 1, 4], [2, 1, 5]]


def test_gensim_cannot_share_and_refuses():
    with pytest.raises(ParameterError, match=r"it does not train shared vectors \('airport'\)"):
        train_vectors(encode_table(FLIGHTS, shared=AIRPORT), vector_size=1, solver="gensim")


def test_rows_share_vectors_as_counts_do():
    encoded = encode_table(TRIPS, shared=AIRPORT)
    best = train_vectors(encoded, vector_size=4, solver="counts")
    found = train_vectors(encoded, vector_size=4, solver="rows", epochs=40)
    assert found.center.shape == best.center.shape
    assert found.gain >= 0.95 * best.gain


def test_a_model_keeps_what_it_shares_on_disk_in_parts_and_for_unseen_places(tmp_path):
    table = {k: np.array(v, object) for k, v in TRIPS.items()}
    model = Cat2Vec(vector_size=4, shared=AIRPORT, handle_unknown="fold_in")
    model.partial_fit({k: v[:1500] for k, v in table.items()})
    before = model.vectors_["airport"]
    model.partial_fit({k: v[1500:] for k, v in table.items()})
    after = model.vectors_["airport"].loc[before.index]
    turned = np.linalg.norm(after - before) / np.linalg.norm(before)
    assert turned < 0.3  # unrelated axes would be 1.4
    assert model.score(TRIPS) == pytest.approx(model.gain_, abs=1e-6)
    model.save(tmp_path / "model")
    again = load(tmp_path / "model")
    assert again.shared == AIRPORT
    np.testing.assert_array_equal(again.vectors_.matrix, model.vectors_.matrix)
    np.testing.assert_array_equal(again.transform(TRIPS), model.transform(TRIPS))
    np.testing.assert_array_equal(again.partial_fit(TRIPS).vectors_["airport"].index, after.index)


def test_an_unseen_place_is_folded_in_from_both_columns_to_one_vector():
    rows = [r for r in range(2500) if "g1_1" in (TRIPS["origin"][r], TRIPS["dest"][r])]
    known = {k: [v for r, v in enumerate(c) if r not in set(rows)] for k, c in TRIPS.items()}
    unseen = {k: [c[r] for r in rows] for k, c in TRIPS.items()}
    model = Cat2Vec(vector_size=4, shared=AIRPORT, handle_unknown="fold_in").fit(known)
    written = model.transform(unseen)
    parts = {
        feature: written[[v == "g1_1" for v in unseen[feature]], start : start + 4]
        for feature, start in (("origin", 0), ("dest", 8))
    }
    vector = parts["origin"][0]
    for part in parts.values():
        np.testing.assert_array_equal(part, np.tile(vector, (len(part), 1)))
    others = model.vectors_["airport"]
    cosines = others @ vector / np.linalg.norm(others, axis=1)
    assert cosines.sort_values().index[-3:].str.startswith("g1_").all()


def test_a_model_written_before_there_were_shared_vocabularies_still_loads(tmp_path):
    Cat2Vec(vector_size=2).fit(TRIPS).save(tmp_path / "model")
    file = tmp_path / "model" / "model.json"
    words = json.loads(file.read_text("ascii"))
    for name in ("shared", "context", "exclude_pairs"):
        del words["params"][name]
    del words["settings"]["exclude_pairs"]
    del words["header_sha256"]  # which came later, too
    file.write_text(json.dumps({**words, "version": 2}), "ascii")
    model = load(tmp_path / "model")
    assert model.shared is None
    assert model.score(TRIPS) == pytest.approx(model.gain_, abs=1e-6)
    assert Cat2Vec(vector_size=2).fit(TRIPS).transform(TRIPS).tolist() == (
        model.transform(TRIPS).tolist()
    )


CELLS = st.lists(
    st.tuples(*[st.none() | st.integers(-2, 3) | st.sampled_from([0.5, 2.0])] * 2),
    min_size=2,
    max_size=12,
)


@given(cells=CELLS)
def test_shared_columns_decode_to_their_cells(cells):
    first, second = map(list, zip(*cells, strict=True))
    table = {
        "a": first,
        "b": second,
        "c": ["x", "y"] * (len(cells) // 2) + ["x"] * (len(cells) % 2),
    }
    encoded = encode_table(table, shared={"ab": ["a", "b"]})
    assert encoded.decode("a") == first
    assert encoded.decode("b") == second
    categories = encoded.vocabulary.categories
    assert categories[0].tolist() == categories[1].tolist() == sorted(categories[0].tolist())


def test_shared_values_that_never_meet_their_like_are_told():
    """A ring: the signal lies in a negative eigenvalue, which the start leaves out."""
    ring = {"start": [*"ABCD"] * 20, "end": [*"BCDA"] * 20, "x": [*"pqpq"] * 20}
    shared = encode_table(ring, shared={"place": ["start", "end"]})
    with pytest.warns(NothingSharedWarning, match=r"nothing was learned with shared='place'"):
        train_vectors(shared, vector_size=4)
    assert train_vectors(encode_table(ring), vector_size=4).gain > 0.3
