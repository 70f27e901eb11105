"""Analogy, clusters, commonality, odd rows and influence: planted truth, slow twins and laws."""

from __future__ import annotations

import dataclasses
import importlib
import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import silhouette_samples
from threadpoolctl import threadpool_limits

from cat2vec import Cat2Vec, MultiValued, count_pairs, encode_table, train_vectors
from cat2vec.errors import (
    NoAnalogyWarning,
    NotAvailableError,
    ParameterError,
    UnknownCategoryError,
    UnknownFeatureError,
)
from cat2vec.inspection import (
    analogy,
    associations,
    cluster_fit,
    clusters,
    commonality,
    influence,
    nearest_to_all,
)
from cat2vec.inspection.clusters import best_labels, cluster_numbers, silhouettes
from tests.made_tables import planted, random_codes, shuffled
from tests.reference.inspection import divergence
from tests.vectors.test_vectors import made_by_hand


@pytest.fixture(scope="module")
def table():
    return planted(np.random.default_rng(3))


@pytest.fixture(scope="module")
def vectors(table):
    return train_vectors(count_pairs(table, n_jobs=1), vector_size=6, n_jobs=1)


@pytest.fixture(scope="module")
def gappy():
    """A small table with gaps and a pair kept apart, for the slow twins."""
    encoded = encode_table(random_codes(np.random.default_rng(1), 60, (3, 4, 2, 3), 0.3), n_jobs=1)
    vectors = train_vectors(
        encoded, vector_size=3, exclude_pairs=[["f0", "f2"]], regularization=1.0, n_jobs=1
    )
    return encoded, vectors


SQUARE = {"kind": ["truck", "bus", "car", "cycle"], "load": ["goods", "people"]}
CORNERS = [[1, 1], [1, -2], [-1, 1], [-2, -4], [0, 3], [0, -1]]


def test_an_analogy_is_the_fourth_corner_whatever_the_lengths():
    found = analogy(
        made_by_hand(SQUARE, CORNERS, [5, 4, 3, 2, 9, 8]), "kind", "truck", "bus", "car"
    )
    assert found.columns.tolist() == ["feature", "category", "similarity", "rows", "chance"]
    assert found["category"].tolist() == ["cycle"]
    assert found["rows"].tolist() == [2]
    corner = np.array([1, -2]) / 5**0.5 - np.array([1, 1]) / 2**0.5 + np.array([-1, 1]) / 2**0.5
    assert found["similarity"][0] == pytest.approx(
        corner @ [-2, -4] / 20**0.5 / np.linalg.norm(corner)
    )


@pytest.mark.filterwarnings("ignore::cat2vec.errors.NoAnalogyWarning")
def test_an_analogy_across_features_is_searched_where_the_fourth_belongs():
    vectors = made_by_hand(SQUARE, CORNERS)
    for asked, where in (({"b_feature": "load"}, "load"), ({"among": ["kind", "load"]}, "both")):
        b = "goods" if "b_feature" in asked else "bus"
        found = analogy(vectors, "kind", "truck", b, "car", **asked)
        assert set(found["feature"]) == ({"load"} if where == "load" else {"kind", "load"})
    found = analogy(vectors, "kind", "truck", "bus", "goods", c_feature="load")
    assert found["category"].tolist() == ["people"]


def test_an_analogy_of_three_features_must_say_where_to_search(vectors):
    with pytest.raises(ParameterError, match=r"among must be the features to search .* got None"):
        analogy(vectors, "f0", "g0_0", "g1_0", "g2_0", b_feature="f1", c_feature="f2")
    with pytest.raises(UnknownCategoryError, match="has no category 'zebra'"):
        analogy(vectors, "f0", "zebra", "g1_0", "g2_0")


def test_planted_analogies_stay_in_the_group(vectors):
    """a is to b of its own group as c is to ? of the group of c."""
    for group in range(1, 4):
        found = analogy(vectors, "f0", "g0_0", "g0_1", f"g{group}_0", n=2, b_feature="f1")
        assert all(name.startswith(f"g{group}") for name in found["category"])


def things(without=()):
    """Things of four colours and five shapes, which other columns say of; some are not there."""
    rng = np.random.default_rng(0)
    colour, shape = rng.integers(4, size=4000), rng.integers(5, size=4000)

    def seen(values, n):
        return np.where(rng.random(4000) < 0.2, rng.integers(n, size=4000), values).astype(str)

    table = {"thing": [f"{c}.{s}" for c, s in zip(colour, shape, strict=True)]}
    table |= {f"colour {k}": seen(colour, 4) for k in range(2)}
    table |= {f"shape {k}": seen(shape, 5) for k in range(2)}
    kept = ~np.isin(table["thing"], list(without))
    frame = {name: np.array(cells, dtype=object)[kept] for name, cells in table.items()}
    return train_vectors(count_pairs(frame, n_jobs=1), vector_size=16, n_jobs=1)


@pytest.mark.parametrize("asked", [("0.0", "1.0", "0.1"), ("2.3", "2.4", "1.3")])
def test_an_analogy_says_when_nothing_fits(asked):
    """The planted fourth corner is found; where it is not in the table, nothing is."""
    a, b, c = (one.split(".") for one in asked)
    corner = ".".join([b[0] if a[0] != b[0] else c[0], b[1] if a[1] != b[1] else c[1]])
    found = analogy(things(), "thing", *asked, n=3)
    assert found["category"][0] == corner
    assert found["chance"][0] < 0.25
    assert found["chance"].is_monotonic_increasing
    with pytest.warns(NoAnalogyWarning, match=rf"^nothing fits '{asked[0]}' : '{asked[1]}' = "):
        found = analogy(things(without=[corner]), "thing", *asked, n=3)
    assert found["chance"][0] > 0.5


def test_the_chance_of_an_analogy_is_that_of_random_mixtures_of_the_categories(vectors):
    """A slow twin with other random numbers: mixtures have the second moments of what is mixed."""
    found = analogy(vectors, "f0", "g0_0", "g0_1", "g1_0", n=4, b_feature="f1")
    searched = vectors["f1"].drop("g0_1").to_numpy(float)
    searched = searched / np.linalg.norm(searched, axis=1, keepdims=True)
    mixed = np.random.default_rng(1).normal(size=(20_000, len(searched))) @ searched
    nearest = (mixed @ searched.T).max(axis=1) / np.linalg.norm(mixed, axis=1)
    wanted = [(nearest >= s - 1e-9).mean() for s in found["similarity"]]
    np.testing.assert_allclose(found["chance"], wanted, atol=0.06)


def test_no_chance_depends_on_how_vectors_are_turned():
    vectors = things()
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(16, 16)))[0]
    turned = dataclasses.replace(vectors, matrix=(vectors.matrix @ turn).astype(np.float32))
    one, other = (analogy(v, "thing", "0.0", "1.0", "0.1", n=8) for v in (vectors, turned))
    np.testing.assert_allclose(one["chance"], other["chance"], atol=0.06)


def test_a_near_answer_is_not_doubted_where_most_directions_have_one():
    """Of two tight groups, most directions have a category of either near."""
    table = planted(np.random.default_rng(0), n_groups=2)
    vectors = train_vectors(count_pairs(table, n_jobs=1), vector_size=6, n_jobs=1)
    found = analogy(vectors, "f0", "g0_0", "g1_0", "g0_1")
    assert found["category"][0].startswith("g1")
    assert found["similarity"][0] > 0.9


def test_an_analogy_without_a_category_to_answer_has_no_lines():
    vectors = made_by_hand({"kind": ["truck", "bus"]}, [[1, 1], [1, -2]])
    assert analogy(vectors, "kind", "truck", "bus", "bus").empty


def test_nearest_to_one_is_nearest_and_to_several_nearest_to_their_mean(vectors):
    one = nearest_to_all(vectors, "f0", ["g0_0"], n=5)
    pd.testing.assert_frame_equal(one, vectors.nearest("f0", "g0_0", n=5))
    found = nearest_to_all(vectors, "f0", ["g0_0", "g0_1"], n=20)
    assert found["category"][0] == "g0_2"
    assert not {"g0_0", "g0_1"} & set(found["category"])
    with pytest.raises(ParameterError, match="must be a list of categories, got 'g0_0'"):
        nearest_to_all(vectors, "f0", "g0_0")
    with pytest.raises(ParameterError, match="at least one category, got an empty list"):
        nearest_to_all(vectors, "f0", [])


def test_planted_groups_are_the_clusters_and_their_number_is_found(vectors):
    found = clusters(vectors, "f1")
    groups = found["category"].str[:2]
    assert found["cluster"].nunique() == 4
    assert found.groupby("cluster")["category"].apply(lambda c: c.str[:2].nunique()).eq(1).all()
    assert groups.nunique() == 4
    assert found["silhouette"].min() > 0.5
    rows = found.groupby("cluster")["rows"].sum()
    assert rows.is_monotonic_decreasing
    assert rows.sum() == vectors.vocabulary.counts[vectors.vocabulary.tokens_of("f1")].sum()
    assert clusters(vectors, "f1", 2)["cluster"].nunique() == 2


@pytest.mark.parametrize("n_small", [3, 4])
@pytest.mark.parametrize("seed", range(2))
def test_small_groups_inside_large_ones_are_found_where_the_silhouette_takes_two(n_small, seed):
    """Four columns tell two large groups of towns apart, and two, with noise, the small ones."""
    rng, n = np.random.default_rng(seed), 8000
    small = rng.integers(2 * n_small, size=n)

    def shown(values, n_all, noise):
        drawn = rng.integers(n_all, size=n)
        return np.where(rng.random(n) < noise, drawn, values).astype(str).tolist()

    table = {"town": [f"{g} {i}" for g, i in zip(small, rng.integers(8, size=n), strict=True)]}
    table |= {f"large {k}": shown(small // n_small, 2, 0.1) for k in range(4)}
    table |= {f"small {k}": shown(small, 2 * n_small, 0.7) for k in range(2)}
    vectors = train_vectors(count_pairs(table, n_jobs=1), vector_size=16, n_jobs=1)
    own = vectors["town"].to_numpy(float)
    lengths = np.linalg.norm(own, axis=1)
    assert best_labels(own / lengths[:, None], lengths, None).max() == 1
    found = clusters(vectors, "town")
    assert found["cluster"].nunique() == 2 * n_small
    groups = found["category"].str.split().str[0].groupby(found["cluster"]).nunique()
    assert groups.eq(1).all()


def test_many_rare_categories_do_not_hide_the_groups_of_the_others():
    rng = np.random.default_rng(1)
    table = planted(rng, n_rows=6000, n_groups=12, n_features=4, per_group=15)
    for row in rng.choice(6000, 60, replace=False):
        table["f0"][row] = f"rare {row}"
    found = clusters(train_vectors(count_pairs(table, n_jobs=1), n_jobs=1), "f0")
    usual = found[~found["category"].str.startswith("rare")]
    assert found["cluster"].nunique() == 12
    assert usual["category"].str.split("_").str[0].groupby(usual["cluster"]).nunique().eq(1).all()


@pytest.mark.parametrize("noise", [0.1, 0.5])
def test_of_many_categories_some_say_where_clusters_are_and_all_are_in_the_nearest(noise):
    random = np.random.default_rng(0)
    group = random.integers(0, 6, 20_000)
    lengths = random.uniform(0.1, 3.0, (20_000, 1))
    own = lengths * (np.eye(8)[group] + random.normal(0, noise, (20_000, 8)))
    wanted = None if noise == 0.1 else 6
    cluster, similarity, silhouette = cluster_numbers(own, np.ones(20_000), wanted, "f")
    centres = np.array([own[cluster == one].sum(axis=0) for one in range(6)])
    units, centres = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (own, centres))
    cosines = units @ centres.T
    np.testing.assert_array_equal(cluster, cosines.argmax(axis=1))
    np.testing.assert_allclose(similarity, cosines.max(axis=1), atol=1e-12)
    if noise == 0.1:  # the groups are the clusters
        assert (np.bincount(6 * group + cluster) > 0).sum() == 6
        assert silhouette.min() > 0.2


def test_as_many_clusters_of_many_categories_as_are_asked_for():
    own = np.random.default_rng(0).normal(size=(9_000, 3))
    assert cluster_numbers(own, np.ones(9_000), 40, "f")[0].max() == 39


def test_there_are_at_most_half_as_many_clusters_as_categories_unless_more_are_asked_for():
    apart = made_by_hand({"f": list("abcdef")}, np.eye(6))
    assert clusters(apart, "f")["cluster"].nunique() <= 3
    assert clusters(apart, "f", 6)["cluster"].nunique() == 6


def test_more_categories_than_clusters_are_refused(vectors):
    with pytest.raises(ParameterError, match="from 1 to 12, the number of categories of 'f0', got"):
        clusters(vectors, "f0", 13)
    with pytest.raises(ParameterError, match="got 0"):
        clusters(vectors, "f0", 0)


def test_zero_vectors_are_in_no_cluster():
    found = clusters(made_by_hand({"a": "uvwx"}, [[1, 0], [0, 0], [-1, 0], [1, 0.1]]), "a", 2)
    assert dict(zip(found["category"], found["cluster"], strict=True)) == {
        "v": -1, "u": 0, "x": 0, "w": 1,
    }  # fmt: skip
    assert (clusters(made_by_hand({"a": "uv"}, np.zeros((2, 2))), "a")["cluster"] == -1).all()


@settings(max_examples=40)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_silhouettes_are_those_of_scikit_learn(seed, n_clusters):
    rng = np.random.default_rng(seed)
    units = rng.normal(size=(12, 3))
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    labels = np.append(np.arange(n_clusters), rng.integers(n_clusters, size=12 - n_clusters))
    wanted = silhouette_samples(units, labels, metric="cosine")
    np.testing.assert_allclose(silhouettes(units, labels), wanted, atol=1e-12)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.permutations(range(9)))
def test_other_names_of_categories_change_no_cluster(seed, order):
    """Permuting the categories of a feature permutes the answer."""
    matrix = np.random.default_rng(seed).normal(size=(9, 3))
    # powers of two: no two clusters have as many rows, which would be numbered by their order
    names, rows = np.array(list("abcdefghi")), 2 ** np.arange(9)
    first = clusters(made_by_hand({"f": names.tolist()}, matrix, rows), "f", 3)
    again = clusters(made_by_hand({"f": names[order].tolist()}, matrix[order], rows[order]), "f", 3)
    for column in ("cluster", "similarity", "silhouette", "rows"):
        one, other = (found.set_index("category")[column].sort_index() for found in (first, again))
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_clusters_are_nearly_as_good_as_the_best_of_many_random_starts():
    rng = np.random.default_rng(8)
    lost = []
    for _ in range(10):
        matrix = rng.normal(size=(40, 4))
        found = clusters(made_by_hand({"f": [f"{i:02}" for i in range(40)]}, matrix), "f", 4)
        labels = found.sort_values("category")["cluster"].to_numpy()

        def height(labels, matrix=matrix):
            return sum(np.linalg.norm(matrix[labels == k].sum(axis=0)) for k in range(4))

        best = 0.0
        units = matrix / np.linalg.norm(matrix, axis=1, keepdims=True)
        for _ in range(50):
            tried = units[rng.choice(40, 4, replace=False)]
            for _ in range(30):
                mine = (units @ tried.T).argmax(axis=1)
                tried = np.array([matrix[mine == k].sum(axis=0) for k in range(4)])
                tried /= np.maximum(np.linalg.norm(tried, axis=1, keepdims=True), 1e-12)
            best = max(best, height(mine))
        lost.append(1 - height(labels) / best)
    assert np.mean(lost) < 0.02


@pytest.mark.parametrize("seed", [None, 0, 1, 2])
def test_every_category_is_in_the_cluster_of_the_nearest_centre(vectors, seed):
    """A centre is the direction of the sum of vectors, in which long ones weigh more."""
    if seed is not None:
        rng = np.random.default_rng(seed)
        matrix = rng.normal(size=(40, 4)) * rng.lognormal(sigma=1.5, size=(40, 1))
        vectors = made_by_hand({"f1": [f"{i:02}" for i in range(40)]}, matrix)
    for n_clusters in range(2, 9):
        found = clusters(vectors, "f1", n_clusters)
        mine = vectors["f1"].loc[found["category"]].to_numpy(dtype=float)
        labels = found["cluster"].to_numpy()
        centres = np.array([mine[labels == k].sum(axis=0) for k in range(n_clusters)])
        cosines = mine @ centres.T
        cosines /= np.linalg.norm(mine, axis=1)[:, None] * np.linalg.norm(centres, axis=1)
        assert cosines.argmax(axis=1).tolist() == labels.tolist()
        np.testing.assert_allclose(found["similarity"], cosines.max(axis=1), atol=1e-12)


def test_no_bit_of_clusters_depends_on_the_number_of_threads():
    matrix = np.random.default_rng(0).normal(size=(3000, 64))
    many = made_by_hand({"f": [f"{i:04}" for i in range(3000)]}, matrix)
    found = []
    for n_threads in (1, 2, 4):
        with threadpool_limits(n_threads):
            found.append(clusters(many, "f"))
    for other in found[1:]:
        pd.testing.assert_frame_equal(other, found[0], check_exact=True)


def test_commonality_and_influence_equal_the_slow_twin(gappy):
    _, vectors = gappy
    vocabulary = vectors.vocabulary
    found = commonality(vectors, "f1", n_jobs=1).set_index("category")
    assert found["bits"].is_monotonic_increasing
    others = [name for name in vocabulary.features if name != "f1"]
    present = np.array([vocabulary.present[vocabulary.schema.position(name)] for name in others])
    tokens = range(*vocabulary.tokens_of("f1").indices(vocabulary.n_tokens))
    all_bits = np.array([[divergence(vectors, a, name) for name in others] for a in tokens])
    for bits, a in zip(all_bits, tokens, strict=True):
        wanted = (bits * present).sum() / present.sum()
        assert found["bits"][vocabulary.token(a).category] == pytest.approx(wanted, abs=1e-9)
    shaped = influence(vectors, "f1", n_jobs=1).set_index("other")
    mean = vocabulary.shares[vocabulary.tokens_of("f1")] @ all_bits
    np.testing.assert_allclose(shaped.loc[others, "bits"], mean, atol=1e-9)
    energy = mean * present
    np.testing.assert_allclose(shaped.loc[others, "share"], energy / energy.sum(), atol=1e-9)


def test_of_its_own_cells_a_feature_is_told_like_of_another_feature():
    rng = np.random.default_rng(4)
    table = planted(rng, n_rows=200, n_features=3)
    others = rng.permutation(table["f1"]).tolist()
    table["f1"] = [[a, b] for a, b in zip(table["f1"], others, strict=True)]
    kinds = {"f1": MultiValued(within=True)}
    vectors = train_vectors(encode_table(table, columns=kinds), vector_size=3)
    vocabulary = vectors.vocabulary
    shaped = influence(vectors, "f1").set_index("other")
    assert set(shaped.index) == {"f0", "f1", "f2"}
    assert set(influence(vectors, "f0")["other"]) == {"f1", "f2"}
    tokens = range(*vocabulary.tokens_of("f1").indices(vocabulary.n_tokens))
    shares = vocabulary.shares[vocabulary.tokens_of("f1")]
    for name in vocabulary.features:
        mean = shares @ [divergence(vectors, a, name) for a in tokens]
        assert shaped.loc[name, "bits"] == pytest.approx(mean, abs=1e-9)


def test_what_was_kept_apart_had_no_influence(gappy):
    found = influence(gappy[1], "f0").set_index("other")
    assert found["share"]["f2"] == found["bits"]["f2"] == 0
    assert found["share"].sum() == pytest.approx(1)


def test_independent_columns_have_no_figures_to_speak_of(table, vectors):
    mixed = encode_table(shuffled(np.random.default_rng(0), table))
    nothing = train_vectors(mixed, vector_size=6)
    assert commonality(nothing, "f0")["bits"].max() < 0.02 < 0.3
    assert commonality(vectors, "f0")["bits"].min() > 0.3
    chance = associations(count_pairs(mixed))["chance"].min()  # what noise would show in counts
    assert influence(nothing)["bits"].max() < chance < 0.05


def test_zero_vectors_say_nothing(gappy):
    _, vectors = gappy
    zero = np.zeros_like(vectors.matrix)
    nothing = dataclasses.replace(vectors, matrix=zero, center=zero, context=zero)
    assert commonality(nothing, "f0")[["bits", "distance"]].to_numpy().max() == 0
    assert influence(nothing, "f0")["share"].isna().all()


@settings(max_examples=20)
@given(arrays(np.float32, (8, 3), elements=st.floats(-2, 2, width=32)), st.integers(0, 99))
def test_laws_of_bits(matrix, seed):
    """Divergences are not negative; rows counted twice change support alone; means agree."""
    features = {"a": ["u", "v", "w"], "b": ["x", "y"], "c": ["k", "l", "m"]}
    rng = np.random.default_rng(seed)
    rows = np.concatenate([rng.multinomial(50, [1 / k] * k) for k in (3, 2, 3)]) + 1
    vectors = made_by_hand(features, matrix, rows)
    vectors = dataclasses.replace(vectors, context=matrix[::-1].copy())
    twice = dataclasses.replace(
        vectors, vocabulary=dataclasses.replace(vectors.vocabulary, counts=2 * rows)
    )
    found, again = commonality(vectors, "a", 1), commonality(twice, "a", 1)
    assert (found["bits"] >= 0).all()
    pd.testing.assert_frame_equal(found.drop(columns="rows"), again.drop(columns="rows"))
    assert (again["rows"] == 2 * found["rows"]).all()
    shaped = influence(vectors, "a", 1)
    mean = np.average(found["bits"], weights=found["rows"])
    assert mean == pytest.approx(np.average(shaped["bits"], weights=shaped["rows"]), abs=1e-9)


def test_no_bit_depends_on_the_number_of_threads(vectors):
    pd.testing.assert_frame_equal(
        influence(vectors, n_jobs=1), influence(vectors, n_jobs=2), check_exact=True
    )


def test_constants_of_gensim_s_solver_drop_out(table):
    vectors = train_vectors(encode_table(table), vector_size=4, solver="gensim", epochs=3, n_jobs=1)
    bits = influence(vectors, "f0")["bits"]
    assert (bits > 0).all()
    assert (bits < 3).all()
    found = commonality(vectors, "f0")
    assert found["bits"].between(0, 3).all()


def test_a_shared_vocabulary_is_clustered_once_and_asked_by_column():
    rng = np.random.default_rng(2)
    hidden = planted(rng, n_features=3)
    flights = {"origin": hidden["f0"], "dest": hidden["f1"], "carrier": hidden["f2"]}
    model = Cat2Vec(4, shared={"airport": ["origin", "dest"]}).fit(flights)
    assert len(model.clusters("airport", 4)) == 12
    assert model.analogy("airport", "g0_0", "g0_1", "g1_0", n=1)["category"][0].startswith("g1")
    assert set(model.influence("origin")["other"]) == {"dest", "carrier"}
    with pytest.raises(UnknownFeatureError, match="no feature 'airport'"):
        model.commonality("airport")


def test_a_model_answers_as_the_functions_do(table, vectors):
    model = Cat2Vec(6, n_jobs=1).fit(table)
    frames = [
        (
            model.analogy("f0", "g0_0", "g0_1", "g1_0"),
            analogy(vectors, "f0", "g0_0", "g0_1", "g1_0"),
        ),
        (model.clusters("f0", 3), clusters(vectors, "f0", 3)),
        (
            model.nearest_to_all("f0", ["g0_0"], 3, "f1"),
            nearest_to_all(vectors, "f0", ["g0_0"], 3, "f1"),
        ),
        (model.cluster_fit("f0", ["g0_0"], 3, "f1"), model.nearest_to_all("f0", ["g0_0"], 3, "f1")),
        (model.commonality("f0"), commonality(vectors, "f0")),
        (model.influence(), influence(vectors)),
    ]
    assert cluster_fit is nearest_to_all
    for one, other in frames:
        pd.testing.assert_frame_equal(one, other)
    pd.testing.assert_frame_equal(model.associations(), model.associations(table))
    with pytest.raises(
        NotAvailableError, match=r"keeps no pair counts.* fit with keep_counts=True"
    ):
        Cat2Vec(6, keep_counts=False).fit(table).associations()
    going_on = Cat2Vec(6).partial_fit(table)
    pd.testing.assert_frame_equal(going_on.associations(), model.associations(table))


def large_beside_small(n_categories):
    """Vectors of one large feature and three small ones, which learned from each other."""
    features = {"id": [f"i{i:05}" for i in range(n_categories)]}
    features |= {name: [f"{name}{i}" for i in range(5)] for name in "xyz"}
    rng = np.random.default_rng(0)
    return made_by_hand(features, rng.normal(size=(n_categories + 15, 4)))


@pytest.mark.parametrize(
    "asked", [lambda v: commonality(v, "id", 1), lambda v: influence(v, None, 1)]
)
def test_categories_of_one_feature_are_not_compared_with_each_other(asked, monkeypatch):
    """Work and memory double with the categories of one feature."""
    module = importlib.import_module("cat2vec.inspection.pair_model")
    numbers, divergences = [], module._divergences

    def counted(model, meeting):
        numbers.append(len(meeting.tokens) * (meeting.columns.stop - meeting.columns.start))
        return divergences(model, meeting)

    monkeypatch.setattr(module, "_divergences", counted)
    work, peaks = [], []
    for n_categories in (2_000, 4_000):
        vectors = large_beside_small(n_categories)
        numbers.clear()
        tracemalloc.start()
        asked(vectors)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        work.append(sum(numbers))
        assert work[-1] <= 2 * 15 * n_categories + 15 * 10
        assert max(numbers) <= module._MOST_NUMBERS
    assert work[1] < 2.1 * work[0]
    assert peaks[1] < 2.3 * peaks[0]


def test_where_work_is_cut_does_not_matter(gappy, monkeypatch):
    found = influence(gappy[1], n_jobs=1), commonality(gappy[1], "f1", n_jobs=1)
    module = importlib.import_module("cat2vec.inspection.pair_model")
    monkeypatch.setattr(module, "_MOST_NUMBERS", 5)
    again = influence(gappy[1], n_jobs=1), commonality(gappy[1], "f1", n_jobs=1)
    for one, other in zip(found, again, strict=True):
        pd.testing.assert_frame_equal(one, other, rtol=1e-12)
