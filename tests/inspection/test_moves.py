"""What moved: planted changes lead, chance moves nothing, and what came and went is listed."""

from __future__ import annotations

import copy
import itertools

import numpy as np
import pytest

from cat2vec import RARE, Cat2Vec, count_pairs, load, train_vectors
from cat2vec.errors import ParameterError
from cat2vec.inspection import moves
from cat2vec.inspection.moves import COLUMNS, _variance

N_GROUPS, PER_GROUP = 4, 12


def groups_table(rng, n_rows, swapped=None, noise=0.2, n_features=4):
    """Give a table whose rows belong to hidden groups; inside a group, categories are Zipf-like.

    ``swapped`` is a place: ``g0_PLACE`` and ``g1_PLACE`` of the feature f0 change their groups.
    """
    group = rng.integers(N_GROUPS, size=n_rows)
    shares = 1 / np.arange(1, PER_GROUP + 1) ** 1.3
    table = {}
    for feature in range(n_features):
        shown = np.where(rng.random(n_rows) < noise, rng.integers(N_GROUPS, size=n_rows), group)
        place = rng.choice(PER_GROUP, p=shares / shares.sum(), size=n_rows)
        if feature == 0 and swapped is not None:
            shown = np.where((place == swapped) & (shown < 2), 1 - shown, shown)
        table[f"f{feature}"] = [f"g{g}_{i}" for g, i in zip(shown, place, strict=True)]
    return table


def updated(first, second, decay=1.0, size=8):
    """Give a model after an update, and as it was before."""
    model = Cat2Vec(size).partial_fit(first)
    earlier = copy.deepcopy(model)
    return model.partial_fit(second, decay=decay), earlier


def lines(found, status):
    part = found[found["status"] == status]
    return list(zip(part["feature"], part["category"], strict=True))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize("decay", [1.0, 0.9])
def test_categories_that_change_their_companions_lead_and_others_stay(seed, place, decay):
    rng = np.random.default_rng(seed)
    rows = groups_table(rng, 20_000), groups_table(rng, 2_000, swapped=place)
    model, earlier = updated(*rows, decay)
    found = model.moves(earlier, n=None)
    assert {*lines(found, "moved")} == {("f0", f"g0_{place}"), ("f0", f"g1_{place}")}
    assert found["status"][:2].tolist() == ["moved"] * 2
    others = found[2:]
    assert (others["status"] == "unchanged").all()
    assert others["similarity"].min() > 0.97
    frequent = others[others["rows_before"] > 300]
    assert frequent["similarity"].min() > 0.99
    # the update has put them where they were: aligning them once more turns nothing
    stored = np.linalg.norm(model.vectors_.matrix - earlier.vectors_.matrix, axis=1)
    tokens = [
        model.vocabulary_.token_id(*line)
        for line in zip(found["feature"], found["category"], strict=True)
    ]
    np.testing.assert_allclose(stored[tokens], found["distance"], atol=0.01)
    # by distance alone, rare ones would lead
    if place == 3:
        rare = others[others["rows_before"] < 150]["distance"].max()
        assert rare > 0.4 * found["distance"][:2].min()


def test_a_rare_category_that_changes_wholly_is_named_and_those_that_chance_moves_more_are_not():
    rng = np.random.default_rng(11)
    model, earlier = updated(groups_table(rng, 10_000), groups_table(rng, 10_000, swapped=11))
    found = model.moves(earlier, n=None)
    assert {*lines(found, "moved")} == {("f0", "g0_11"), ("f0", "g1_11")}
    assert found["rows_before"][:2].max() < 60


@pytest.mark.parametrize(
    ("n_before", "n_new", "decay"),
    [(20_000, 2_000, 1.0), (20_000, 200, 1.0), (20_000, 2_000, 0.9), (5_000, 5_000, 0.0),
     (3_000, 3_000, 1.0), (3_000, 30, 1.0), (200, 3_000, 1.0)],
)  # fmt: skip
def test_chance_alone_moves_nothing_however_rare(n_before, n_new, decay):
    rng = np.random.default_rng(n_before + n_new)
    model, earlier = updated(groups_table(rng, n_before), groups_table(rng, n_new), decay)
    found = model.moves(earlier, n=None)
    assert not lines(found, "moved")
    assert not lines(found, "lost support")


def test_chance_moves_rare_and_frequent_categories_alike_by_the_measure_and_not_by_distance():
    rng = np.random.default_rng(5)
    model, earlier = updated(groups_table(rng, 20_000), groups_table(rng, 20_000))
    found = model.moves(earlier, n=None)
    rows = found["rows_before"]
    rare, frequent = found[rows < rows.quantile(0.3)], found[rows > rows.quantile(0.7)]
    assert rare["distance"].median() > 1.7 * frequent["distance"].median()
    ratio = rare["times_chance"].median() / frequent["times_chance"].median()
    assert 0.7 < ratio < 1.4


def test_models_of_different_rows_are_compared_after_they_are_aligned():
    rng = np.random.default_rng(3)
    tables = groups_table(rng, 20_000), groups_table(rng, 20_000, swapped=2)
    one, other = (Cat2Vec(8).fit(table) for table in tables)
    assert {*lines(other.moves(one), "moved")} == {("f0", "g0_2"), ("f0", "g1_2")}
    rng = np.random.default_rng(4)
    one, other = (Cat2Vec(8).fit(groups_table(rng, 10_000)) for _ in range(2))
    assert not lines(other.moves(one, n=None), "moved")
    shorter = Cat2Vec(8).fit(groups_table(rng, 2_500))
    assert not lines(shorter.moves(one, n=None), "lost support")
    turn = np.linalg.qr(rng.normal(size=(8, 8)))[0]
    turned = copy.copy(one.vectors_)
    object.__setattr__(turned, "matrix", (one.vectors_.matrix @ turn).astype(np.float32))
    plain, after = (moves(other.vectors_, v, None) for v in (one.vectors_, turned))
    np.testing.assert_allclose(plain["distance"], after["distance"], atol=1e-4)


def test_what_appeared_and_lost_support_is_listed_with_its_rows():
    rng = np.random.default_rng(6)
    first, second = groups_table(rng, 4_000), groups_table(rng, 1_000)
    third = groups_table(rng, 4_000)
    second["f1"][:60] = ["new"] * 50 + ["newer"] * 10
    third["f2"] = ["g0_1" if cell == "g0_0" else cell for cell in third["f2"]]
    model, earlier = updated(first, second)
    found = model.moves(earlier)
    assert lines(found, "appeared") == [("f1", "new"), ("f1", "newer")]
    appeared = found[found["status"] == "appeared"]
    assert appeared["rows_before"].tolist() == [0, 0]
    assert appeared["rows"].tolist() == [50, 10]
    assert appeared[["similarity", "distance", "times_chance"]].isna().all().all()
    latest = copy.deepcopy(model).partial_fit(third, decay=0)
    gone = latest.moves(model, n=None)
    lost = gone[gone["status"] == "lost support"]
    rows = dict(zip(lost["category"], lost["rows"], strict=True))
    assert {"g0_0": 0, "new": 0, "newer": 0}.items() <= rows.items()
    assert lost["category"].tolist()[0] == "g0_0"  # most rows before
    # a category whose share falls by more than half, though it keeps rows, loses support too
    fewer = copy.deepcopy(model).partial_fit(third, decay=0.1)
    found = fewer.moves(model, n=None).set_index(["feature", "category"])
    assert found.loc[("f2", "g0_0"), "status"] == "lost support"
    assert 0 < found.loc[("f2", "g0_0"), "rows"] < 0.5 * found.loc[("f2", "g0_0"), "rows_before"]


def test_categories_that_enter_and_leave_the_pool_of_rare_ones_appear_and_lose_support():
    def table(n_bari, n_pisa):
        cities = ["Oslo", "Rome"] * 60 + ["Bari"] * n_bari + ["Pisa"] * n_pisa + ["Nice"]
        foods = ["cod", "pasta"] * 60 + ["pasta"] * (n_bari + n_pisa + 1)
        return {"city": cities, "food": foods}

    one, other = (Cat2Vec(1, min_count=10).fit(table(*n)) for n in ((2, 30), (30, 2)))
    found = other.moves(one, n=None)
    assert RARE in other.vectors_["city"].index
    assert RARE not in found["category"].tolist()
    assert lines(found, "appeared") == [("city", "Bari")]
    assert lines(found, "lost support") == [("city", "Pisa")]
    rows = found.set_index("category")[["rows_before", "rows"]]
    assert np.isnan(rows.loc["Bari", "rows_before"])  # one of the rare ones: which rows is not told
    assert rows.loc["Bari", "rows"] == rows.loc["Pisa", "rows_before"] == 30
    assert np.isnan(rows.loc["Pisa", "rows"])


def test_n_is_of_each_status_and_lines_are_ordered():
    rng = np.random.default_rng(7)
    second = groups_table(rng, 2_000, swapped=0)
    second["f3"][:6] = ["a", "a", "a", "b", "b", "c"]
    model, earlier = updated(groups_table(rng, 20_000), second)
    whole, some = model.moves(earlier, n=None), model.moves(earlier, n=1)
    assert tuple(whole.columns) == COLUMNS
    assert some["status"].tolist() == ["moved", "appeared", "unchanged"]
    assert some["category"].tolist()[1] == "a"
    assert len(model.moves(earlier)) == 2 + 3 + 20
    for status in ("moved", "unchanged"):
        part = whole[whole["status"] == status]["times_chance"].tolist()
        assert part == sorted(part, reverse=True)
    assert whole["status"].unique().tolist() == ["moved", "appeared", "unchanged"]
    assert len(whole) == model.vocabulary_.n_tokens


def test_shared_features_are_compared_by_their_common_vectors():
    rng = np.random.default_rng(8)
    pair = {"x": ["f0", "f1"]}
    model = Cat2Vec(8, shared=pair).partial_fit(groups_table(rng, 6_000))
    earlier = copy.deepcopy(model)
    found = model.partial_fit(groups_table(rng, 500)).moves(earlier, n=None)
    assert set(found["feature"]) == {"x", "f2", "f3"}
    assert found[found["feature"] == "x"]["rows"].sum() == 2 * 6_500
    assert not lines(found, "moved")


def test_a_model_beside_itself_did_not_move():
    table = groups_table(np.random.default_rng(9), 1_000)
    model = Cat2Vec(4).partial_fit(table)
    for same in (model, Cat2Vec(4).fit(table)):
        found = same.moves(model, n=None)
        assert (found["status"] == "unchanged").all()
        assert found["distance"].max() < 1e-5
        assert found["similarity"].min() > 1 - 1e-5


def test_a_feature_without_vectors_moves_nowhere():
    def table(n):
        return {"a": ["x"] * n, "b": ["u", "v"] * (n // 2), "c": ["s", "t"] * (n // 2)}

    with pytest.warns(UserWarning, match="'a' has fewer than two categories"):
        one, other = (train_vectors(count_pairs(table(n)), vector_size=1) for n in (100, 200))
    found = moves(other, one).set_index("category")
    assert (found["status"] == "unchanged").all()
    assert found.loc["x", "distance"] == found.loc["x", "times_chance"] == 0


def test_updates_are_remembered_across_folders_so_that_small_moves_are_told_from_chance(tmp_path):
    rng = np.random.default_rng(10)
    model = Cat2Vec(8).partial_fit(groups_table(rng, 20_000))
    model.save(tmp_path / "0")
    for day in range(1, 4):
        rows = groups_table(rng, 1_500, swapped=3)
        load(tmp_path / f"{day - 1}").partial_fit(rows, decay=0.99).save(tmp_path / f"{day}")
    days = [load(tmp_path / f"{day}") for day in range(4)]
    for later, earlier in ((3, 0), (3, 1), (2, 0)):
        found = days[later].moves(days[earlier], n=None)
        assert {*lines(found, "moved")[:2]} == {("f0", "g0_3"), ("f0", "g1_3")}
        assert len(lines(found, "moved")) <= 3  # perhaps one of their companions
    # taken for models of different rows, they could have moved so far by chance
    assert lines(days[1].moves(days[0]), "moved")
    apart = moves(days[1].vectors_, days[0].vectors_, n=None)
    assert not lines(apart, "moved")


@pytest.mark.parametrize(
    ("before", "new", "decay"), [(50, 5, 1), (50, 50, 0.5), (2, 400, 1), (400, 3, 0.9), (30, 30, 0)]
)
def test_the_variance_of_a_move_is_that_of_simulated_ones(before, new, decay):
    """One direction: rows drawn twice from one normal, and both estimates drawn to the mean."""
    rng = np.random.default_rng(1)
    moment, seen, ridge, square = 0.7, 5 / 6, 8.0, 0.4
    curvature, n = seen * moment, 400_000
    true = rng.normal(0, np.sqrt(square), n)
    of_before = true + rng.normal(0, 1 / np.sqrt(before * moment), n)
    of_new = true + rng.normal(0, 1 / np.sqrt(new * moment), n)
    known = of_before * before * curvature / (before * curvature + ridge)
    now = decay * before + new
    gain = new * curvature / (now * curvature + ridge)
    found = _variance(
        *(np.array([[float(x)]]) for x in (before, new, now)),
        np.array([curvature]), ridge, seen, np.array([square]),
    )  # fmt: skip
    assert found[0, 0] == pytest.approx(np.mean((gain * (of_new - known)) ** 2), rel=0.02)


def test_without_decay_the_move_is_that_of_the_estimate_from_all_rows():
    """What new rows pull is the whole move: prior and earlier rows stand on both sides."""
    s, r = 0.6, 8.0
    for before, new in itertools.product((3.0, 200.0), repeat=2):
        first, second = 0.8, -0.3
        known = before * s * first / (before * s + r)
        both = (before * first + new * second) * s / ((before + new) * s + r)
        gain = new * s / ((before + new) * s + r)
        assert both - known == pytest.approx(gain * (second - known))


def test_models_of_other_features_or_sizes_are_refused():
    table = groups_table(np.random.default_rng(0), 300)
    model = Cat2Vec(2).fit(table)
    fewer = Cat2Vec(2, features=["f0", "f1"]).fit(table)
    with pytest.raises(ParameterError, match="must have the same features, got 'f0', 'f1', 'f2'"):
        model.moves(fewer)
    with pytest.raises(ParameterError, match=r"vectors of one size, got 2 and 3\. .*vector_size=3"):
        model.moves(Cat2Vec(3).fit(table))
    for wrong in ({"n": 0}, {"n": 2.5}):
        with pytest.raises(ParameterError, match="n must be an integer of at least 1"):
            model.moves(model, **wrong)
    with pytest.raises(ParameterError, match="decay must be a number from 0 to 1"):
        moves(model.vectors_, model.vectors_, decay=1.5)
