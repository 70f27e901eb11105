"""Values of one cell that learn from each other: baskets, playlists, lists of diagnoses."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cat2vec import Cat2Vec, MultiValued, count_pairs, encode_table, load, train_vectors
from cat2vec.counting import blocks
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import NoPairsError, ParameterError, TableError
from cat2vec.kernels.threads import Workers
from cat2vec.tables.encode import encode_growing
from cat2vec.training import train
from cat2vec.training.fold_in import fold_in
from cat2vec.training.problem import Noise, pair_allowed
from cat2vec.training.solvers.groups import ungrouped
from cat2vec.training.solvers.objective import BLOCK_TOKENS, Objective, Side
from cat2vec.training.solvers.rows import pairs_inside, pairs_per_token
from tests.made_tables import random_codes, repeated
from tests.reference import counting as counting_reference
from tests.reference import objective as reference
from tests.training.solvers.test_rows import Case

ONE = Workers(None)
WITHIN = {"t": MultiValued(within=True)}
lists = st.none() | st.lists(st.none() | st.sampled_from("abcdef"), max_size=6)


def baskets(n_rows, n_groups=3, per_group=5, noise=0.1, seed=0):
    """Give baskets whose items are of one group, except for a share ``noise`` of them."""
    rng = np.random.default_rng(seed)
    found = []
    for group, size in zip(
        rng.integers(n_groups, size=n_rows), rng.integers(6, size=n_rows), strict=True
    ):
        shown = np.where(rng.random(size) < noise, rng.integers(n_groups, size=size), group)
        inside = rng.integers(per_group, size=size)
        found.append([f"g{g}_{i}" for g, i in zip(shown, inside, strict=True)])
    return found


def meals(n_rows, seed=0):
    """Give baskets of one dish and one drink, which go with all of the other kind alike."""
    rng = np.random.default_rng(seed)
    return [[f"dish {rng.integers(6)}", f"drink {rng.integers(6)}"] for _ in range(n_rows)]


def as_words(counts):
    texts = counts.vocabulary.texts()
    pairs = zip(counts.left, counts.right, counts.count.tolist(), strict=True)
    return {frozenset((texts[a], texts[b])): n for a, b, n in pairs}


@pytest.mark.kernels
@pytest.mark.parametrize("limits", [(1 << 20, 1 << 30), (0, 0)], ids=["dense", "sorted"])
@pytest.mark.parametrize("weighted", [False, True])
@given(rows=st.lists(st.tuples(lists, st.sampled_from("xy"), lists), min_size=1), data=st.data())
@settings(max_examples=30)
def test_counts_equal_the_slow_twin(limits, weighted, rows, data):
    weights = None
    if weighted:
        some = st.lists(st.sampled_from([0, 0.5, 2]), min_size=len(rows), max_size=len(rows))
        weights = data.draw(some.filter(any))
    cells = [
        [
            [f"{name}={v}" for v in (cell if name in "tv" else [cell]) or () if v is not None]
            for name, cell in zip("tuv", row, strict=True)
        ]
        for row in rows
    ]
    expected = counting_reference.count_pairs_of_cells(cells, weights, within=[0])
    table = {name: [row[i] for row in rows] for i, name in enumerate("tuv")}
    kinds = {**WITHIN, "v": "multivalued"}
    before = blocks._DENSE_CELLS, blocks._MOST_CELLS
    blocks._DENSE_CELLS, blocks._MOST_CELLS = limits
    try:
        encoded = encode_table(table, columns=kinds, sample_weight=weights)
        if not expected:
            with pytest.raises(NoPairsError):
                count_encoded(encoded)
            return
        counts = count_encoded(encoded)
    finally:
        blocks._DENSE_CELLS, blocks._MOST_CELLS = before
    assert as_words(counts) == expected
    allowed = pair_allowed(encoded.vocabulary, None)
    with_feature, feature = counts.with_feature, encoded.vocabulary.feature_of_token
    np.testing.assert_allclose(pairs_per_token(encoded, allowed), with_feature.sum(axis=1))
    own = with_feature[np.arange(len(feature)), feature]
    np.testing.assert_allclose(pairs_inside(encoded, allowed), own)


def objective_of(sizes, rng, n_rows=80, negative=2.5, ns_exponent=0.6):
    """Give an objective of a column of lists and two others, and what the slow twin needs."""
    table = random_codes(rng, n_rows, sizes, missing=0.2)
    drawn = rng.integers(sizes[0], size=(n_rows, 5))
    table["f0"] = [[f"c{v}" for v in row[: rng.integers(6)]] for row in drawn]
    encoded = encode_table(table, columns={"f0": MultiValued(within=True)})
    words = encoded.vocabulary
    objective = Objective(count_encoded(encoded), Noise.of(words, negative, ns_exponent))
    bags = [[int(t) for t in row if t >= 0] for row in encoded.token_ids()]
    slow = {
        "pairs": counting_reference.count_pairs(bags),
        "features": words.feature_of_token.tolist(),
        "counts": words.counts.tolist(),
        "negative": negative,
        "ns_exponent": ns_exponent,
        "within": {0},
    }
    return encoded, objective, slow, bags


@pytest.mark.kernels
@pytest.mark.parametrize("sizes", [(6, 4, 3), (BLOCK_TOKENS + 30, 4, 3)], ids=["small", "large"])
def test_the_loss_its_gradient_and_curvature_equal_the_slow_twin(sizes):
    rng = np.random.default_rng(0)
    _, objective, slow, _ = objective_of(sizes, rng)
    words, n_pairs = objective.counts.vocabulary, objective.n_pairs
    pair = rng.normal(size=(2, words.n_tokens, 3)).astype(np.float32)
    total = reference.total_loss(*pair, **slow)
    assert objective.loss(*pair, ONE) == pytest.approx(total / n_pairs, rel=1e-6)
    zeros = np.zeros_like(pair)
    at_zero = reference.total_loss(*zeros, **slow) / n_pairs
    assert objective.independence() == pytest.approx(at_zero, rel=1e-9)
    pair = pair.astype(np.float64)
    for mine in (0, 1):
        side = Side.of(objective, center_side=mine == 0)
        means = side.means(pair[1 - mine].astype(np.float32), ungrouped(words))
        block = next(block for block in side.blocks if block.rows.start <= 2 < block.rows.stop)
        own, other = pair[mine].astype(np.float32), pair[1 - mine].astype(np.float32)
        terms = side.terms(block, own[block.rows], other, means)
        place, step = 2 - block.rows.start, 1e-3
        losses = []
        for sign in (1, 0, -1):
            moved = pair.copy()
            moved[mine, 2, 1] += sign * step
            losses.append(reference.total_loss(*moved, **slow))
        slope = (losses[0] - losses[2]) / (2 * step)
        assert -terms.descent[place, 1] == pytest.approx(slope, rel=1e-3, abs=1e-3)
        second = (losses[0] - 2 * losses[1] + losses[2]) / step**2
        curvature = terms.curvature[place] @ np.square(pair[1 - mine][:, 1])
        assert curvature == pytest.approx(second, rel=1e-3)


def test_going_through_the_rows_gives_the_loss_of_the_counts():
    _, _, slow, bags = objective_of((6, 4, 3), np.random.default_rng(1), n_rows=30)
    pair = np.random.default_rng(2).normal(size=(2, len(slow["features"]), 2))
    without = {name: value for name, value in slow.items() if name != "pairs"}
    of_rows = reference.total_loss_of_rows(*pair, bags, **without)
    assert of_rows == pytest.approx(reference.total_loss(*pair, **slow), rel=1e-9)


@pytest.mark.kernels
@pytest.mark.parametrize("missing", [0.0, 0.6])
def test_blocks_of_rows_equal_the_slow_twin(missing):
    rng = np.random.default_rng(3)
    case = Case(encode_table(random_codes(rng, 22, [3, 5, 4], missing=missing)), 3, rng)
    more = np.where(case.codes[:, 1:2] > 0, case.codes[:, 1:2] - 1, -1)
    case.codes = np.ascontiguousarray(np.insert(case.codes, 2, more[:, 0], axis=1))
    case.feature_of_column = np.array([0, 1, 1, 2])
    case.apart[1, 1] = False
    case.check()


@pytest.mark.parametrize("ns_exponent", [0.0, 0.75, 1.0])
def test_zero_vectors_are_the_optimum_where_all_items_go_together_alike(ns_exponent):
    """Items of equal counts, each beside all others: the best logit is that of independence."""
    every = [list(pair) for pair in permutations("abcde", 2)]
    counts = count_pairs({"t": every})
    objective = Objective(counts, Noise.of(counts.vocabulary, 3.0, ns_exponent))
    zeros = np.zeros((5, 1), np.float32)
    for center_side in (True, False):
        side = Side.of(objective, center_side=center_side)
        means = side.means(zeros, ungrouped(counts.vocabulary))
        residual = side.terms(side.blocks[0], zeros, zeros, means).residual
        np.testing.assert_allclose(residual, 0.0, atol=1e-5)
    gain = train_vectors(counts, vector_size=2).gain
    assert gain == pytest.approx(0.0, abs=1e-6)


def test_two_values_of_a_feature_tell_nothing_of_each_other_whatever_their_counts():
    counts = count_pairs({"t": [["a", "b"]] * 9 + [["a"]] * 90, "u": ["x", "y", "x"] * 33},
                         columns=WITHIN)  # fmt: skip
    objective = Objective(counts, Noise.of(counts.vocabulary, 5.0, 0.75))
    zeros = np.zeros((4, 1), np.float32)
    side = Side.of(objective, center_side=True)
    terms = side.terms(
        side.blocks[0], zeros, zeros, side.means(zeros, ungrouped(counts.vocabulary))
    )
    np.testing.assert_allclose(terms.residual[:2, :2], 0.0, atol=1e-5)


@given(rows=st.lists(st.lists(st.integers(0, 7), min_size=3, max_size=3, unique=True), min_size=2))
@settings(max_examples=30)
def test_lists_of_k_items_count_as_k_columns_of_one_vocabulary(rows):
    """Pairs of all pairs of columns, added up by category, are the pairs inside the cells."""
    inside = count_pairs({"t": [[f"i{v}" for v in row] for row in rows]})
    wide = {f"c{k}": [f"i{row[k]}" for row in rows] for k in range(3)}
    spread = count_pairs(wide, shared={"t": list(wide)})
    of_vectors = spread.vocabulary.of_vectors
    sums = np.zeros((of_vectors.n_tokens,) * 2)
    place = spread.vocabulary.vector_of_token
    np.add.at(sums, (place[spread.left], place[spread.right]), spread.count)
    assert of_vectors.categories[0].tolist() == inside.vocabulary.categories[0].tolist()
    np.testing.assert_array_equal(of_vectors.counts, inside.vocabulary.counts)
    np.testing.assert_array_equal(sums + sums.T, inside.both_ways.toarray())


def test_lists_and_columns_of_one_vocabulary_have_the_same_neighbours():
    rng = np.random.default_rng(4)
    rows = [[f"g{g}_{i}" for i in rng.permutation(5)[:3]] for g in rng.integers(3, size=900)]
    wide = {f"c{k}": [row[k] for row in rows] for k in range(3)}
    inside = Cat2Vec(vector_size=2).fit({"t": rows})
    spread = Cat2Vec(vector_size=2, shared={"t": list(wide)}).fit(wide)
    for item in inside.vectors_["t"].index:
        near = [set(m.nearest("t", item, n=4)["category"].str[:2]) for m in (inside, spread)]
        assert near[0] == near[1] == {item[:2]}


@pytest.mark.parametrize("solver", ["counts", "rows", "gensim"])
def test_every_solver_finds_the_groups_of_items(solver):
    model = Cat2Vec(vector_size=3, solver=solver).fit({"t": baskets(1500)})
    assert model.solver_ == solver
    for item in ("g0_0", "g1_3", "g2_4"):
        assert set(model.nearest("t", item, n=4)["category"].str[:2]) == {item[:2]}
    assert model.score({"t": baskets(300, seed=1)}) > 0.2


@pytest.mark.parametrize("solver", ["counts", "rows", "gensim"])
def test_items_that_go_with_others_and_never_with_their_like_are_near_each_other(solver):
    model = Cat2Vec(vector_size=3, solver=solver).fit({"t": meals(1500)})
    assert model.gain_ > 0.3
    for item in ("dish 0", "drink 3"):
        near = model.nearest("t", item, n=5)["category"]
        assert set(near.str.split().str[0]) == {item.split()[0]}


def test_rows_comes_close_to_the_gain_of_counts(monkeypatch):
    table = encode_table({"t": baskets(6000)})
    best = train_vectors(table, vector_size=4, solver="counts")
    found = train_vectors(table, vector_size=4, solver="rows")
    assert found.gain >= 0.97 * best.gain
    assert found.independence_loss == best.independence_loss
    monkeypatch.setattr(train, "EXACT_LOSS_TOKENS", 0)
    estimated = train_vectors(table, vector_size=4, solver="rows")
    assert estimated.independence_loss == pytest.approx(best.independence_loss, rel=1e-12)
    assert estimated.loss == pytest.approx(found.loss, rel=0.05)
    assert estimated.matrix.tobytes() == found.matrix.tobytes()


@pytest.mark.filterwarnings("ignore::cat2vec.errors.UnusedParameterWarning")
@pytest.mark.parametrize("solver", ["counts", "rows"])
def test_threads_do_not_change_the_bits(solver):
    table = {"t": baskets(400, per_group=60), "s": list("xyzw") * 100}
    found = {
        Cat2Vec(vector_size=3, solver=solver, columns=WITHIN, n_jobs=n_jobs, epochs=3)
        .fit(table)
        .vectors_.matrix.tobytes()
        for n_jobs in (1, 2, 3)
    }
    assert len(found) == 1


def test_other_columns_count_beside_the_pairs_of_a_cell():
    found = baskets(900)
    table = {"t": found, "s": [(b[0][:2] if b else None) for b in found]}
    alone = count_pairs({"t": found})
    apart = count_pairs(table)
    both = count_pairs(table, columns=WITHIN)
    assert both.total == alone.total + apart.total
    model = Cat2Vec(vector_size=3, columns=WITHIN).fit(table)
    near = model.nearest("s", "g1", n=5, among=["t"])["category"]
    assert set(near.str[:2]) == {"g1"}


def test_what_stands_in_no_cell_of_several_values_changes_no_bit():
    table = {"t": [["a"], ["b"], ["c"], ["a"]] * 20, "s": list("xyxyz") * 16}
    plain = train_vectors(count_pairs(table), vector_size=2)
    within = train_vectors(count_pairs(table, columns=WITHIN), vector_size=2)
    assert plain.center.tobytes() == within.center.tobytes()
    assert plain.losses == within.losses


def test_excluded_pairs_leave_those_of_a_cell():
    table = {"t": baskets(900), "s": list("xyz") * 300, "u": list("kl") * 450}
    counts = count_pairs(table, columns=WITHIN)
    kept = counts.without(pair_allowed(counts.vocabulary, [["t", "s"], ["t", "u"]]))
    assert kept.total == count_pairs({"t": table["t"]}).total + 900
    with pytest.raises(ParameterError, match="leaves 's', 'u' no other feature"):
        train_vectors(counts, vector_size=2, exclude_pairs=[["t", "s", "u"]])


def test_weights_count_rows_and_rare_items_are_pooled():
    found = baskets(300)
    weights = np.random.default_rng(5).integers(3, size=300)
    weighted = encode_table({"t": found}, sample_weight=weights)
    longer = encode_table(repeated({"t": found}, weights))
    first, second = (train_vectors(count_encoded(t), vector_size=3) for t in (weighted, longer))
    assert first.matrix.tobytes() == second.matrix.tobytes()
    rare = [[*basket, f"rare {row}", "rare too"][: 2 + row % 3] for row, basket in enumerate(found)]
    model = Cat2Vec(vector_size=3, min_count=5).fit({"t": rare})
    assert len(model.vocabulary_.pooled[0]) > 50
    counts = count_encoded(encode_table({"t": rare}).pool(5))
    assert model.vectors_.independence_loss == pytest.approx(
        train_vectors(counts, vector_size=3).independence_loss
    )
    with pytest.raises(ParameterError, match="pair counts do not tell which cells"):
        count_pairs({"t": rare}).pool(5)


def test_rows_of_later_add_up_and_bring_new_items(tmp_path):
    first, second = baskets(400), [*baskets(400, seed=1), *([["new", "g1_0", "g1_2"]] * 30)]
    counts = count_pairs({"t": first}) + count_pairs({"t": second})
    assert as_words(counts) == as_words(count_pairs({"t": first + second}))
    model = Cat2Vec(vector_size=3).partial_fit({"t": first})
    model.save(tmp_path / "m")
    again = load(tmp_path / "m").partial_fit({"t": second})
    model.partial_fit({"t": second})
    assert as_words(model.counts_) == as_words(counts)
    assert again.vectors_.matrix.tobytes() == model.vectors_.matrix.tobytes()
    assert set(model.nearest("t", "new", n=4)["category"].str[:2]) == {"g1"}
    again.save(tmp_path / "m")
    loaded = load(tmp_path / "m")
    assert loaded.score({"t": first}) == model.score({"t": first})
    assert loaded.vocabulary_.schema.codecs[0].reading.within
    counts.save(tmp_path / "counts")
    assert as_words(type(counts).load(tmp_path / "counts") + counts) == as_words(counts + counts)


def test_new_items_that_sort_before_known_ones_keep_their_pairs():
    first, later = [["b", "c"], ["c", "d"]] * 3, [["d", "a"], ["0", "c", "b"]] * 2
    known = encode_table({"t": first})
    more = encode_growing({"t": later}, known.vocabulary)  # new items stand behind known ones
    both = count_encoded(known) + count_encoded(more)
    assert as_words(both) == as_words(count_pairs({"t": first + later}))


def test_counts_with_and_without_pairs_of_cells_do_not_add():
    table = {"t": [["a", "b"], ["c"]], "s": ["x", "y"]}
    with pytest.raises(ValueError, match=r"\(multivalued=True, within=True\)"):
        count_pairs(table) + count_pairs(table, columns=WITHIN)


@pytest.mark.parametrize(
    ("rows", "new", "like"),
    [
        (baskets(900), [["new", "g1_0"], ["g1_1", "new"], ["new"]], "g1"),
        (meals(900), [["new", "dish 2"], ["dish 3", "new"]], "drink"),
    ],
    ids=["like goes with like", "like goes with others"],
)
@pytest.mark.parametrize("solver", ["counts", "gensim"])
def test_an_unseen_item_is_folded_in_among_those_that_go_with_the_same(rows, new, like, solver):
    model = Cat2Vec(vector_size=3, solver=solver).fit({"t": rows})
    encoded = encode_growing({"t": new * 30}, model.vocabulary_)
    words = encoded.vocabulary
    mine = fold_in(model.vectors_, encoded)[words.token_id("t", "new")]
    known = model.vectors_["t"]
    cosines = known.to_numpy() @ mine / np.linalg.norm(known, axis=1) / np.linalg.norm(mine)
    near = known.index[np.argsort(-cosines)[:5]]
    assert set(near.str[: len(like)]) == {like}


def test_folding_in_an_item_comes_close_to_training_with_it():
    rows = baskets(2000)
    known = [[item for item in row if item != "g1_2"] for row in rows]
    whole = Cat2Vec(vector_size=3).fit({"t": rows})
    model = Cat2Vec(vector_size=3).fit({"t": known})
    encoded = encode_growing({"t": rows}, model.vocabulary_)
    mine = fold_in(model.vectors_, encoded)[encoded.vocabulary.token_id("t", "g1_2")]
    cosines = [
        matrix @ vector / np.linalg.norm(matrix, axis=1) / np.linalg.norm(vector)
        for matrix, vector in (
            (model.vectors_["t"].to_numpy(), mine),
            (
                whole.vectors_["t"].drop(index="g1_2").to_numpy(),
                whole.vectors_["t"].loc["g1_2"].to_numpy(),
            ),
        )
    ]
    np.testing.assert_allclose(*cosines, atol=0.15)
    lengths = [np.linalg.norm(mine), np.linalg.norm(whole.vectors_["t"].loc["g1_2"])]
    assert lengths[0] == pytest.approx(lengths[1], rel=0.2)


@pytest.mark.parametrize(
    ("cells", "error", "sentence"),
    [
        ([["a"], ["b"], ["c"]], NoPairsError, "^no cell holds two values, so there is nothing"),
        ([["a", "b"], ["b", "a", "a"]], TableError, "'t' hold 2 different values in 2 rows, so"),
        ([["a", "a"], ["a"]], TableError, "'t' hold 1 value in 2 rows, so there is nothing"),
        ([[], None], TableError, "all cells of the 1 features are missing in 2 rows"),
    ],
)
def test_baskets_that_tell_nothing_are_refused(cells, error, sentence):
    with pytest.raises(error, match=sentence):
        Cat2Vec(vector_size=1).fit({"t": cells})
