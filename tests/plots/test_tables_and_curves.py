"""Pictures of columns, of sizes, of training and of moves, by what their artists hold."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cat2vec import Cat2Vec, count_pairs, train_vectors
from cat2vec.errors import NotAvailableError, ParameterError, TableError
from cat2vec.inspection import associations, moves
from cat2vec.plots import plot_associations, plot_moves, plot_sizes, plot_training
from tests.made_vectors import made_by_hand


def planted(n_features=4, n_rows=400, seed=0):
    """Columns in pairs that tell each other: f0 and f2, f1 and f3, and so on."""
    rng = np.random.default_rng(seed)
    half = n_features // 2
    groups = rng.integers(0, 4, (half, n_rows))
    noise = rng.integers(0, 4, (n_features, n_rows))
    return {
        f"f{f}": np.where(rng.random(n_rows) < 0.9, groups[f % half], noise[f]).astype(str)
        for f in range(n_features)
    }


def cells_of(axes):
    """Give the numbers of the table by its two columns."""
    names = [text.get_text() for text in axes.get_xticklabels()]
    assert names == [text.get_text() for text in axes.get_yticklabels()]
    found = {}
    for text in axes.texts:
        if text.get_fontweight() != "bold":
            column, row = text.get_position()
            found[names[row], names[column]] = text.get_text()
    return names, found


def words(axes):
    return axes.get_title(loc="left").replace("\n", " ")


def test_associations_stand_with_those_alike_and_can_be_read():
    table = planted()
    counts = count_pairs(table)
    axes = plot_associations(counts)
    names, cells = cells_of(axes)
    assert abs(names.index("f0") - names.index("f2")) == 1
    assert abs(names.index("f1") - names.index("f3")) == 1
    known = associations(counts)
    for line in known.itertuples():
        share = f"{max(line.share, 0):.2f}"
        assert cells[line.feature, line.other] == cells[line.other, line.feature] == share
    drawn = axes.images[0].get_array()
    assert np.ma.getmaskarray(drawn).sum() == 4  # the diagonal
    figure = axes.figure
    figure.draw_without_rendering()
    side = axes.get_window_extent().width / 4
    for text in axes.texts:
        if text.get_fontweight() != "bold":
            assert text.get_window_extent().width < 0.9 * side
            assert text.get_fontsize() >= 6


def test_a_model_gives_its_counts_or_takes_rows():
    table = planted()
    whole = cells_of(plot_associations(count_pairs(table)))
    assert cells_of(Cat2Vec(vector_size=2).fit(table).plot_associations()) == whole
    assert cells_of(Cat2Vec(vector_size=2).partial_fit(table).plot_associations()) == whole
    grown = Cat2Vec(vector_size=2, exclude_pairs=[["f0", "f2"]]).partial_fit(table)
    assert cells_of(grown.plot_associations()) == whole  # of the counts of all, to go on with
    without = Cat2Vec(vector_size=2, keep_counts=False).fit(table)
    assert cells_of(without.plot_associations(table)) == whole
    assert cells_of(plot_associations(without.associations(table))) == whole
    weights = np.random.default_rng(1).random(400)
    weighted = cells_of(plot_associations(count_pairs(table, sample_weight=weights)))
    assert cells_of(without.plot_associations(table, weights)) == weighted != whole
    with pytest.raises(NotAvailableError, match=r"plot_associations needs pair counts, .*Cat2Vec"):
        without.plot_associations()


def test_pairs_that_were_not_counted_are_told():
    table = planted()
    model = Cat2Vec(vector_size=2, exclude_pairs=[["f0", "f2"]]).fit(table)
    axes = model.plot_associations()
    _, cells = cells_of(axes)
    assert cells["f0", "f2"] == cells["f2", "f0"] == "?"
    assert "?: 1 pairs of columns that were not counted" in words(axes)


def test_two_columns_many_columns_and_one():
    names, cells = cells_of(plot_associations(count_pairs(planted(2, 90))))
    assert (len(names), len(cells)) == (2, 2)
    axes = plot_associations(count_pairs(planted(60, 90)))
    names, cells = cells_of(axes)
    assert (len(names), len(cells)) == (60, 0)  # numbers would be too small to read
    with pytest.raises(TableError, match="the only one"):
        plot_associations(count_pairs({"a": [["x", "y"]] * 9}))
    with pytest.raises(ParameterError, match="no lines"):
        plot_associations(pd.DataFrame({"feature": [], "other": [], "share": []}))


def test_hostile_names_of_columns():
    table = planted(2, 90)
    axes = plot_associations(count_pairs({"$a_b$": table["f0"], "x\ny": table["f1"]}))
    axes.figure.canvas.draw()
    assert {t.get_text() for t in axes.get_xticklabels()} == {"$a_b$", "x\\ny"}


def test_sizes_are_the_shares_of_the_axes():
    model = Cat2Vec(vector_size=8).partial_fit(planted())
    axes = model.plot_sizes()
    heights = np.array([bar.get_height() for bar in axes.patches])
    squares = np.square(model.vectors_.ordered().matrix.astype(np.float64)).sum(axis=0)
    np.testing.assert_allclose(heights, squares / squares.sum(), rtol=1e-6)
    first = np.flatnonzero(np.cumsum(heights) >= 0.9)[0] + 1
    assert words(axes).startswith(f"90% in the first {first}; 99% in the first ")
    silent = made_by_hand({"f": ["a", "b"]})
    silent.matrix[:] = 0
    axes = plot_sizes(silent)
    assert [bar.get_height() for bar in axes.patches] == [0, 0, 0]
    assert "no signal" in words(axes)


def test_sizes_of_a_report_are_gains_on_other_rows():
    train, test = planted(seed=1), planted(seed=2)
    model = Cat2Vec(vector_size=8).fit(train)
    report = model.report(test, train)
    axes = model.plot_sizes(report)
    line = next(line for line in axes.lines if len(line.get_xdata()) == len(report.curve))
    assert list(zip(line.get_xdata(), line.get_ydata(), strict=True)) == list(report.curve)
    assert f"best gain, {report.size_enough}" in words(axes)
    with pytest.raises(ParameterError, match=r"needs? the training rows"):
        plot_sizes(model.report(test))
    smaller = replace(report, curve=((1, 0.1), (2, 0.3), (4, 0.301)), size_enough=2)
    marked = plot_sizes(smaller).lines[-1]
    assert [marked.get_xdata().item(), marked.get_ydata().item()] == [2, 0.3]


def test_training_is_the_losses_and_independence():
    vectors = train_vectors(count_pairs(planted()), vector_size=4)
    axes = plot_training(vectors)
    loss, independence = axes.lines
    assert loss.get_ydata().tolist() == list(vectors.losses)
    assert loss.get_xdata().tolist() == list(range(1, len(vectors.losses) + 1))
    assert set(independence.get_ydata()) == {vectors.independence_loss}
    assert axes.get_xlabel() == "sweep"


@pytest.mark.parametrize("estimated", ["all", "all but the last"])
def test_losses_that_are_estimates_are_hollow_and_those_not_computed_are_told(estimated):
    made = replace(
        made_by_hand({"f": ["a", "b"]}),
        losses=(3.0, 2.0, float("nan"), 1.0),
        independence_loss=float("nan"),
        settings={"solver": "rows", "estimated_losses": estimated},
    )
    axes = plot_training(made)
    loss, hollow = axes.lines
    assert loss.get_ydata().tolist() == [3.0, 2.0, 1.0]
    assert len(hollow.get_xdata()) == (4 if estimated == "all" else 3)
    assert "hollow: estimated; not computed in 1 of 4" in words(axes)
    assert axes.get_legend() is None
    axes.figure.canvas.draw()


def test_moves_are_bars_by_what_chance_gives():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 4, 3000)
    table = pd.DataFrame({
        "city": [f"c{4 * g + k}" for g, k in zip(group, rng.integers(0, 4, 3000), strict=True)],
        "food": [f"d{g}" for g in np.where(rng.random(3000) < 0.8, group, 0)],
        "sport": [f"s{g}" for g in np.where(rng.random(3000) < 0.8, group, 1)],
    })  # fmt: skip
    model = Cat2Vec(vector_size=3).partial_fit(table)
    earlier = deepcopy(model)
    other = table.copy()
    other.loc[other["city"] == "c0", ["food", "sport"]] = ["d3", "s3"]
    other.loc[:50, "city"] = "new $"
    model.partial_fit(other)
    axes = model.plot_moves(earlier, n=4)
    found = model.moves(earlier, n=None)
    bars = {
        text.get_text(): bar.get_width()
        for text, bar in zip(axes.get_yticklabels(), axes.patches, strict=True)
    }
    moved = found[found["status"] == "moved"]
    assert "city: c0" in bars
    for line in moved.head(4).itertuples():
        assert bars[f"{line.feature}: {line.category}"] == line.times_chance > 1
    assert bars["city: new $"] == 0
    assert any("appeared, 0 → 51 rows" in text.get_text() for text in axes.texts)
    counts = found["status"].value_counts()
    assert words(axes).startswith(f"{counts['moved']} moved, 1 appeared, 0 lost support, ")
    assert sum(width <= 1 for width in bars.values()) == 1 + 3  # unchanged ones to compare with
    figure = axes.figure
    figure.draw_without_rendering()
    for text in axes.texts:
        assert figure.bbox.containsx(text.get_window_extent().x1)


def test_moves_where_nothing_did():
    vectors = train_vectors(count_pairs(planted()), vector_size=2)
    axes = plot_moves(vectors, vectors)
    assert words(axes).startswith("0 moved, 0 appeared, 0 lost support, ")
    axes.figure.canvas.draw()
    assert moves(vectors, vectors, 1)["status"].tolist() == ["unchanged"]
    with pytest.raises(ParameterError, match="n must be an integer of at least 1"):
        plot_moves(vectors, vectors, n=0)
