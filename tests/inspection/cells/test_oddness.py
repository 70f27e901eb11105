"""Odd rows and suspicious cells: planted ones are found, and nothing else decides."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cat2vec import RARE, Cat2Vec, Cat2VecOutlierDetector, encode_table
from cat2vec.counting.encoded import count_encoded
from cat2vec.inspection.cells.kept import CellsKept
from cat2vec.inspection.cells.model import coded
from cat2vec.inspection.cells.oddness import (
    _DISCORD,
    _LEAST_CONTRADICTION,
    _LEAST_DEVIATION,
    _USUAL_CONTRADICTION,
    _USUAL_ROWS,
)
from cat2vec.inspection.cells.temperatures import sample_of
from cat2vec.kernels.threads import workers
from cat2vec.vocabulary.categories import MISSING_CATEGORY
from tests.made_tables import planted
from tests.reference.cells import rarity, units_of_views, views_of_cells, walk

_DEVIATIONS = _LEAST_DEVIATION, _LEAST_CONTRADICTION


@pytest.fixture(scope="module")
def table():
    return planted(np.random.default_rng(5), n_rows=1500, n_features=6, noise=0.0)


def with_odd_rows(table, rows):
    """Put together in each row the cells of two rows of different groups."""
    odd = {name: list(cells) for name, cells in table.items()}
    for row in rows:
        other = next(i for i in range(1500) if table["f0"][i][:2] != table["f0"][row][:2])
        for name in ("f0", "f1", "f2"):
            odd[name][row] = table[name][other]
    return odd


@pytest.mark.kernels
def test_views_of_cells_equal_the_slow_twin():
    rng = np.random.default_rng(2)
    table = planted(rng, n_rows=150, n_features=4)
    table["f0"] = [None if rng.random() < 0.2 else cell for cell in table["f0"]]
    more = rng.permutation(table["f1"]).tolist()
    table["f1"] = [[a, b][: rng.integers(3)] for a, b in zip(table["f1"], more, strict=True)]
    rows = encode_table(table)
    ids, feature = coded(rows), rows.feature_of_column
    lines = [
        [(int(f), int(t)) for f, t in zip(feature, line, strict=True) if t >= 0] for line in ids
    ]
    with workers(1) as crew:
        oddness = CellsKept(count_encoded(rows), sample_of(rows)).oddness(crew)
        judged = oddness.model.judged(rows, crew)
        views = oddness._views(ids, rows, judged)
        scores = oddness.score(rows, crew)
        parts, _ = oddness.odd_cells(rows, crew)
    rare, usual = rarity(oddness.model.vocabulary)
    np.testing.assert_allclose(oddness.rarity, rare)
    np.testing.assert_allclose(oddness.usual, usual)
    centre, scale = units_of_views(views, ids >= 0, feature, _DEVIATIONS)
    np.testing.assert_allclose(oddness.centre, centre)
    np.testing.assert_allclose(oddness.scale, scale)
    for row in range(0, 150, 11):
        there = ids[row] >= 0
        mine = list(zip(judged.log_chance[row, there], judged.discord[row, there], strict=True))
        wanted = views_of_cells(oddness, lines, row, mine, _DISCORD, _USUAL_ROWS)
        np.testing.assert_allclose(views[:, row, there].T, wanted, rtol=1e-6, atol=1e-9)
        assert (views[:, row, ~there] == 0).all()
        away = (wanted - oddness.centre[:, feature[there]].T) / oddness.scale
        np.testing.assert_allclose(
            parts[row, there], away[:, :4].mean(axis=1) + away[:, 4], rtol=1e-6, atol=1e-9
        )
        sums = away.sum(axis=0)
        beyond = max(sums[4] - _USUAL_CONTRADICTION, 0.0)
        assert scores[row] == pytest.approx(sums[:4].mean() + beyond)


def test_the_walk_over_values_is_that_of_its_matrix_written_out():
    table = planted(np.random.default_rng(2), n_rows=300, n_features=4)
    table["f0"] = [cell if place % 5 else "rare" for place, cell in enumerate(table["f0"])]
    rows = encode_table(table)
    counts = count_encoded(rows)
    with workers(1) as crew:
        oddness = CellsKept(counts, sample_of(rows)).oddness(crew)
    np.testing.assert_allclose(oddness.walk, walk(counts), rtol=1e-5)
    np.testing.assert_allclose(oddness.weight.sum(), 1.0)


def test_shuffled_rows_are_odd_in_a_table_of_rare_values_that_say_nothing():
    """The rarity of their values, which is that of others, does not hide that they clash."""
    rng = np.random.default_rng(11)
    table = planted(rng, n_rows=3000, n_features=8)
    for column in range(6):
        values = np.minimum(rng.zipf(1.7, 3000), 40)
        table[f"rare {column}"] = [f"s{value}" for value in values.tolist()]
    rows = rng.choice(3000, 60, replace=False)
    for name, cells in table.items():
        drawn = [cells[other] for other in rng.integers(3000, size=60).tolist()]
        table[name] = list(cells)
        for row, cell in zip(rows.tolist(), drawn, strict=True):
            table[name][row] = cell
    assert found_among(table, rows) > 0.7


def test_rows_of_two_halves_are_odd():
    rng = np.random.default_rng(11)
    table = planted(rng, n_rows=3000, n_features=10, noise=0.3)
    rows = rng.choice(3000, 60, replace=False)
    mixed = {name: list(cells) for name, cells in table.items()}
    for row in rows.tolist():
        for name in list(table)[::2]:
            mixed[name][row] = table[name][(row + 1) % 3000]
    assert found_among(mixed, rows) > 0.65


def found_among(table, rows):
    """Give the ROC AUC of rows in a table of 3,000 by their scores."""
    scores = Cat2VecOutlierDetector().fit(table).score_samples(table)
    return roc_auc_score(np.isin(np.arange(3000), rows), -scores)


def test_rows_of_two_groups_are_the_oddest(table):
    rows = list(range(100, 1500, 140))
    odd = with_odd_rows(table, rows)
    for detector in (Cat2VecOutlierDetector(), Cat2Vec(4)):
        scores = detector.fit(odd).score_samples(odd)
        truth = np.isin(np.arange(1500), rows)
        assert roc_auc_score(truth, -scores) > 0.9
        assert detector.outlier_rows(odd, n=1)["row"][0] in rows


def test_a_cell_of_another_group_makes_its_row_the_oddest(table):
    odd = {name: list(cells) for name, cells in table.items()}
    odd["f2"][1234] = "g0_0" if table["f0"][1234][:2] != "g0" else "g1_0"
    found = Cat2Vec(4).fit(odd).outlier_rows(odd, n=1)
    assert found["row"].tolist() == [1234] * 3
    assert found["feature"][0] == "f2"
    assert found["category"][0] == odd["f2"][1234]
    assert found["expected"][0][:2] == table["f0"][1234][:2]
    assert found["rows"][0] == odd["f2"].count(odd["f2"][1234])


def test_rows_of_rare_values_are_odd_though_these_go_together(table):
    rare = {name: list(cells) for name, cells in table.items()}
    for row in (3, 4, 5):
        for name in rare:
            rare[name][row] = "rare"
    found = Cat2VecOutlierDetector().fit(rare).outlier_rows(rare, n=3)
    assert set(found["row"]) == {3, 4, 5}


def test_a_typo_does_not_vouch_for_itself(table):
    wrong = {name: list(cells) for name, cells in table.items()}
    cells = [(row, f"f{row % 6}") for row in range(20, 1500, 37)]
    for row, name in cells:
        wrong[name][row] += "x"
    model = Cat2Vec(4).fit(wrong)
    found = model.suspicious_cells(wrong, n=len(cells))
    right = [pair in cells for pair in zip(found["row"], found["column"], strict=True)]
    assert np.mean(right) > 0.95
    assert found["value"].str.endswith("x").mean() > 0.95
    assert found["bits"].is_monotonic_decreasing
    sure = found["suggestion_probability"]
    np.testing.assert_allclose(found["bits"], sure * np.log2(sure / found["probability"]))
    first = found.iloc[0]
    assert first["support"] == wrong[first["column"]].count(first["suggestion"])
    assert first["probability"] < first["suggestion_probability"] <= 1


@pytest.mark.parametrize("what", ["missing", "rare"])
def test_no_cell_is_suspected_in_favour_of_a_gap_or_of_rare_values(table, what):
    """Where a group has nothing else, it is likeliest, and yet nothing to write there."""
    wrong = {name: list(cells) for name, cells in table.items()}
    rows = [row for row, cell in enumerate(table["f1"]) if cell[:2] == "g0"]
    for place, row in enumerate(rows):
        wrong["f0"][row] = None if what == "missing" else f"rare {place // 2}"
    for row in rows[:5]:
        wrong["f0"][row] = "g1_0"
    how = {"missing": {"missing": "token"}, "rare": {"min_count": 4}}
    model = Cat2Vec(4, **how[what]).fit(wrong)
    likeliest = model.probabilities(wrong, "f0").idxmax(axis=1)
    assert set(likeliest[rows[:5]]) == {MISSING_CATEGORY if what == "missing" else RARE}
    found = model.suspicious_cells(wrong, n=9 * len(likeliest))
    assert len(found) > 1000
    assert not set(found["suggestion"]) & {MISSING_CATEGORY, RARE, None}


def test_oddness_depends_neither_on_the_order_of_rows_nor_on_threads(table):
    order = np.random.default_rng(0).permutation(1500)
    mixed = {name: [cells[i] for i in order] for name, cells in table.items()}
    one = Cat2VecOutlierDetector(n_jobs=1).fit(table).score_samples(table)
    two = Cat2VecOutlierDetector(n_jobs=2).fit(mixed).score_samples(mixed)
    assert one[order].tobytes() == two.tobytes()


def test_missing_cells_are_neither_odd_nor_typical_and_unseen_ones_are_odd(table):
    detector = Cat2VecOutlierDetector().fit(table)
    rows = {name: [cells[0], None, cells[0]] for name, cells in table.items()}
    rows["f2"][2] = "never seen"
    whole, empty, unseen = detector.score_samples(rows)
    assert empty == 0
    assert unseen < -3 < whole
    first = detector.outlier_rows(rows, n=1, n_cells=1).iloc[0]
    assert (first["row"], first["feature"], first["category"], first["rows"]) == (2, "f2", None, 0)
    assert first["expected"][:2] == table["f0"][0][:2]


def test_without_a_share_outliers_are_the_few_rows_far_below_the_others(table):
    rows = list(range(100, 1500, 140))
    odd = with_odd_rows(table, rows)
    detector = Cat2VecOutlierDetector().fit(odd)
    found, scores = detector.predict(odd) == -1, detector.score_samples(odd)
    np.testing.assert_array_equal(found, scores < scores.mean() - 1.5 * scores.std())
    assert found[rows].mean() > 5 * found.mean()


def test_contamination_says_how_many(table):
    detector = Cat2VecOutlierDetector(contamination=0.1).fit(table)
    assert abs((detector.predict(table) == -1).mean() - 0.1) < 0.02
    decision = detector.decision_function(table)
    np.testing.assert_allclose(decision, detector.score_samples(table) - detector.offset_)


@pytest.mark.parametrize("contamination", ["auto", 0.05])
def test_rows_of_weight_zero_are_as_if_they_were_not_there(table, contamination):
    weights = np.random.default_rng(3).choice([0.0, 1.0, 2.5], 1500)
    counted = np.flatnonzero(weights)
    without = {name: [cells[row] for row in counted] for name, cells in table.items()}
    found, wanted = (
        Cat2VecOutlierDetector(contamination).fit(some, sample_weight=of_rows)
        for some, of_rows in ((table, weights), (without, weights[counted]))
    )
    assert found.offset_ == pytest.approx(wanted.offset_, rel=1e-12)
    assert found.score_samples(table).tobytes() == wanted.score_samples(table).tobytes()


def test_contamination_is_a_share_of_the_weight_of_rows(table):
    scores = Cat2VecOutlierDetector().fit(table).score_samples(table)
    weights = np.where(scores < np.median(scores), 1.0, 9.0)  # odd rows weigh little
    detector = Cat2VecOutlierDetector(contamination=0.05).fit(table, sample_weight=weights)
    odd = detector.predict(table) == -1
    assert abs(weights[odd].sum() / weights.sum() - 0.05) < 0.01
    assert odd.mean() > 0.2
