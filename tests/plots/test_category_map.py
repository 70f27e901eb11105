"""The map of categories, by what its artists hold."""

import sys
import warnings
from itertools import combinations

import numpy as np
import pytest

from cat2vec import Cat2Vec, count_pairs, encode_table, train_vectors
from cat2vec.datasets import load_vehicles
from cat2vec.errors import (
    MissingPackageError,
    NoSignalWarning,
    NotAvailableError,
    ParameterError,
    UnknownCategoryError,
    UnknownFeatureError,
)
from cat2vec.plots import plot
from cat2vec.plots.layout import clusters_of, layout_of
from cat2vec.plots.style import COLORS
from tests.made_vectors import made_by_hand

CITIES = {
    "city": ["Oslo", "Bergen", "Rome", "Pisa"] * 9 + ["Bari", "Oslo", "Oslo"],
    "country": ["NO", "NO", "IT", "IT"] * 9 + ["IT", "NO", "IT"],
    "price": np.repeat([1.5, 2.5, 3.5], 13).tolist(),
}
HOSTILE = [
    "$x^2$",
    "\\alpha $",
    "a\nb\tc",
    "",
    "  ",
    "\x00\x07",
    "\ud800",
    "<b>&amp;</b>",
    "_{",
    "%s",
]
HOSTILE += ["x" * 500, "\u202eabc", "{0}"]


@pytest.fixture(scope="module")
def vehicles():
    table = load_vehicles().drop(columns="example")
    return Cat2Vec(columns={"wheels": "numeric"}).fit(table)


@pytest.fixture(scope="module")
def cities():
    return Cat2Vec(vector_size=3).fit(CITIES)


def drawn(axes):
    """Give the points of all groups, each with its area and whether it is hollow."""
    groups = axes.collections
    points = np.vstack([np.asarray(one.get_offsets()) for one in groups])
    areas = np.concatenate([one.get_sizes() for one in groups])
    hollow = np.concatenate(
        [[not len(one.get_facecolors())] * len(one.get_offsets()) for one in groups]
    )
    return points, areas, hollow


def names_of(axes):
    return [text for text in axes.texts if text.get_fontweight() != "bold"]


def words(axes):
    return axes.get_title(loc="left").replace("\n", " ")


def check_names(axes):
    """No name leaves the figure, or touches another one, the legend or the middle of a point."""
    figure = axes.figure
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in names_of(axes)]
    for box in boxes:
        assert figure.bbox.containsx(box.x0)
        assert figure.bbox.containsx(box.x1)
        assert figure.bbox.containsy(box.y0)
        assert figure.bbox.containsy(box.y1)
    legend = axes.get_legend()
    beside = [] if legend is None else [legend.get_window_extent()]
    for one, other in combinations([*boxes, *beside], 2):
        apart = one.x1 <= other.x0 + 0.01 or other.x1 <= one.x0 + 0.01
        assert apart or one.y1 <= other.y0 + 0.01 or other.y1 <= one.y0 + 0.01
    middles = axes.transData.transform(drawn(axes)[0])
    for box in boxes:
        assert not box.count_contains(middles)


def test_points_are_the_two_best_numbers_of_each_category(vehicles):
    axes = plot(vehicles, "vehicle")
    points, _, _ = drawn(axes)
    wanted = vehicles.vectors_.reduce("vehicle", 2).to_numpy()
    np.testing.assert_allclose(np.sort(points, axis=0), np.sort(wanted, axis=0), atol=1e-5)
    assert axes.get_aspect() == 1  # as far across as upwards
    vectors = vehicles.vectors_["vehicle"].to_numpy(np.float64)
    rows = vehicles.vocabulary_.counts[vehicles.vocabulary_.tokens_of("vehicle")]
    whole = rows @ np.square(vectors).sum(axis=1)
    for axis, label in enumerate((axes.get_xlabel(), axes.get_ylabel())):
        share = rows @ np.square(wanted[:, axis].astype(np.float64)) / whole
        assert label == f"axis {axis + 1}: {share:.0%} of squared length"


def test_axes_in_common_are_the_first_columns_of_the_vectors(vehicles):
    axes = plot(vehicles, "crew", by="axes")
    points, _, _ = drawn(axes)
    vectors = vehicles.vectors_["crew"].to_numpy(np.float64)
    wanted = vectors[:, :2]
    np.testing.assert_allclose(np.sort(points, axis=0), np.sort(wanted, axis=0), atol=1e-6)
    rows = vehicles.vocabulary_.counts[vehicles.vocabulary_.tokens_of("crew")]
    squares = rows @ np.square(vectors)
    for axis, label in enumerate((axes.get_xlabel(), axes.get_ylabel())):
        share = squares[axis] / squares.sum()
        assert label == f"axis {axis + 1}: {share:.0%} of squared length"


@pytest.mark.parametrize("size", [(9.5, 6.5), (4, 3), (2, 2)])
def test_names_hide_nothing_and_stay_inside_and_the_caption_counts_them(vehicles, size):
    from matplotlib import pyplot

    _, axes = pyplot.subplots(figsize=size, layout="constrained")
    assert plot(vehicles, "vehicle", ax=axes) is axes
    check_names(axes)
    written = names_of(axes)
    assert len(written) < 124
    assert f"124 categories; {len(written)} of them named;" in words(axes)
    assert {text.get_text() for text in written} <= set(vehicles.vectors_["vehicle"].index)


def test_most_frequent_names_come_first_or_the_longest_vectors_or_those_asked_for():
    """All stand in one place, so that there is room for few of them."""
    vectors = made_by_hand({"f": [f"name {i:03}" for i in range(60)]})
    vectors.matrix[:] = np.linspace(1.0, 1.001, 60)[::-1, None]
    frequent = [text.get_text() for text in names_of(plot(vectors, "f"))]
    assert frequent
    assert frequent[0] == "name 059"
    longest = [text.get_text() for text in names_of(plot(vectors, "f", names="length"))]
    assert longest[0] == "name 000"
    asked = plot(vectors, "f", names=["name 030", "name 031"])
    assert [text.get_text() for text in names_of(asked)] == ["name 030", "name 031"]
    none = plot(vectors, "f", names=[])
    assert names_of(none) == []
    assert "named" not in words(none)


def test_area_is_rows_and_hollow_is_one_or_two_of_them():
    vectors = made_by_hand({"f": list("abcdefghij")})  # in 1 to 10 rows
    axes = plot(vectors, "f")
    _, areas, hollow = drawn(axes)
    assert hollow.sum() == 2
    assert areas.max() / np.sort(areas)[-5] == pytest.approx(10 / 6)
    assert "area: rows, 1 to 10; hollow: one or two rows" in words(axes)


def test_with_standard_errors_hollow_is_a_large_one():
    rng = np.random.default_rng(0)
    table = {"f": rng.integers(0, 9, 400).astype(str), "g": rng.integers(0, 3, 400).astype(str)}
    table["h"] = np.where(rng.random(400) < 0.9, table["f"], "0")
    vectors = train_vectors(count_pairs(table), vector_size=2, regularization="auto")
    axes = plot(vectors, "g")
    layout = layout_of(vectors, "g")
    errors = vectors.standard_error[vectors.vocabulary.tokens_of("g")]
    lengths = np.linalg.norm(vectors["g"].to_numpy(), axis=1)
    assert layout.uncertain.sum() == (errors > 0.5 * lengths).sum() > 0
    assert drawn(axes)[2].sum() == layout.uncertain.sum()
    assert "standard error above half the length" in words(axes)


def test_colours_are_clusters_named_after_their_middle(cities):
    from matplotlib.colors import to_hex

    axes = plot(cities, "city", n_clusters=2)
    groups = list(axes.collections)
    used = {to_hex(color) for one in groups for color in one.get_facecolors()}
    assert used <= {color.lower() for color in COLORS[:2]}
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    found = cities.clusters("city", 2)
    sizes = found["cluster"].value_counts()
    middles = found.groupby("cluster").head(1)["category"].tolist()
    assert legend == [f"{name}, … ({sizes[k]})" for k, name in enumerate(middles)]
    for k in range(2):
        members = set(found[found["cluster"] == k]["category"])
        layout = layout_of(cities.vectors_, "city")
        of = clusters_of(layout, 2).of
        assert {n for n, group in zip(layout.names, of, strict=True) if group == k} == members


def test_colour_by_another_feature_is_what_stands_beside_most_often(cities):
    axes = plot(cities, "city", color="country")
    assert axes.get_legend().get_title().get_text() == "most frequent country"
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["IT (3)", "NO (2)"]
    markers = {len(one.get_paths()[0].vertices) for one in axes.collections}
    assert len(markers) == 2  # groups differ without colours too


def test_values_in_an_order_take_colours_in_an_order():
    from matplotlib import colormaps

    table = {"kind": list("abcdef") * 30, "size": [float(i) for i in range(6)] * 30}
    model = Cat2Vec(vector_size=2, n_bins=5, columns={"size": "numeric"}).fit(table)
    axes = plot(model, "kind", color="size")
    steps = colormaps["viridis"](np.linspace(0, 1, len(model.vectors_["size"])))
    for one in axes.collections:
        for color in one.get_facecolors():
            assert np.isclose(steps, color).all(axis=1).any()
    shown = [text.get_text() for text in axes.get_legend().get_texts()]
    assert shown == [str(value) for value in model.vectors_["size"].index]


def test_counts_of_vectors_alone_are_given(cities):
    counts = count_pairs(CITIES)
    with pytest.raises(
        NotAvailableError, match=r"color='country' needs pair counts, .*keep_counts"
    ):
        plot(cities.vectors_, "city", color="country")
    axes = plot(cities.vectors_, "city", color="country", counts=counts)
    assert [t.get_text() for t in axes.get_legend().get_texts()] == ["IT (3)", "NO (2)"]
    model = Cat2Vec(vector_size=2, exclude_pairs=[["city", "country"]]).fit(CITIES)
    with pytest.raises(NotAvailableError, match="no pairs of 'city' and 'country' were counted"):
        plot(model, "city", color="country")


def test_shared_vocabularies_are_one_map():
    flights = {
        "origin": ["JFK", "LGA", "JFK", "BOS"] * 9,
        "dest": ["BOS", "JFK", "LAX", "JFK"] * 9,
        "carrier": ["AA", "DL", "AA", "DL"] * 9,
    }
    model = Cat2Vec(vector_size=2, shared={"airport": ["origin", "dest"]}).fit(flights)
    axes = plot(model, "airport", color="carrier")
    assert len(drawn(axes)[0]) == 4
    shown = [text.get_text() for text in axes.get_legend().get_texts()]
    assert sum(int(text.split("(")[1][:-1]) for text in shown) == 4
    with pytest.raises(ParameterError, match="another feature than 'airport'"):
        plot(model, "airport", color="origin")


def test_hostile_names_are_written_as_they_are():
    vectors = made_by_hand({"$f_1$": HOSTILE, "g": ["u", "v"]}, size=4)
    axes = plot(vectors, "$f_1$", n_clusters=3)
    check_names(axes)
    shown = {text.get_text() for text in names_of(axes)}
    assert {"$x^2$", "\\alpha $", "a\\nb\\tc", "<b>&amp;</b>", "%s"} <= shown
    for text in [*axes.texts, *axes.get_legend().get_texts(), axes.title]:
        assert text.get_parse_math() is False or "$" not in text.get_text()
        assert text.get_text().isprintable() or "\n" in text.get_text()
    axes.figure.canvas.draw()


@pytest.mark.parametrize(
    "column", [["a"], ["a", "b"], list("abc")], ids=["one category", "two", "three"]
)
@pytest.mark.parametrize("by", ["pca", "axes"])
@pytest.mark.parametrize("size", [1, 2])
def test_few_categories_and_few_numbers(column, by, size):
    table = {"f": column * 12, "g": (["u", "v", "w"] * 12)[: 12 * len(column)]}
    table["h"] = [f + g for f, g in zip(table["f"], table["g"], strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", NoSignalWarning)
        model = Cat2Vec(vector_size=size).fit(table)
    axes = model.plot("f", by=by)
    axes.figure.canvas.draw()
    points, areas, _ = drawn(axes)
    assert len(points) == len(column)
    assert np.isfinite(points).all()
    assert np.isfinite(areas).all()
    assert "nan" not in words(axes) + axes.get_xlabel() + axes.get_ylabel()
    if len(column) == 1:
        assert "no signal: all vectors are zero" in words(axes)
        assert words(axes).startswith("1 category;")


def test_of_very_many_categories_the_most_frequent_are_drawn():
    vectors = made_by_hand({"f": list(range(1_000_000)), "g": ["u"]}, size=2)
    axes = plot(vectors, "f", n_categories=300)
    assert words(axes).startswith("the 300 most frequent of 1,000,000 categories;")
    assert "area: rows, 999,701 to 1,000,000" in words(axes)
    assert len(drawn(axes)[0]) == 300
    check_names(axes)


def test_neighbours_stay_neighbours_with_tsne(vehicles):
    axes = plot(vehicles, "vehicle", by="tsne")
    assert axes.get_xlabel() == "t-SNE 1"
    points = layout_of(vehicles.vectors_, "vehicle", "tsne")
    again = layout_of(vehicles.vectors_, "vehicle", "tsne")
    np.testing.assert_array_equal(points.points, again.points)
    distance = np.linalg.norm(points.points[:, None] - points.points, axis=2)
    np.fill_diagonal(distance, np.inf)
    units = points.vectors / points.lengths[:, None]
    cosines = units @ units.T
    nearest = cosines[np.arange(len(units)), distance.argmin(axis=1)]
    assert np.median(nearest) > 0.85


def test_umap_or_what_brings_it(vehicles, monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(MissingPackageError, match="pip install umap-learn"):
        plot(vehicles, "vehicle", by="umap")


@pytest.mark.filterwarnings("ignore")
def test_umap_gives_a_point_for_each_category(vehicles):
    pytest.importorskip("umap", reason="pip install umap-learn")
    points, _, _ = drawn(plot(vehicles, "vehicle", by="umap"))
    assert points.shape == (124, 2)
    assert np.isfinite(points).all()


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ({"feature": "town"}, UnknownFeatureError, "no feature 'town'"),
        ({"color": "land"}, UnknownFeatureError, "no feature 'land'"),
        ({"color": "city"}, ParameterError, "color must be another feature than 'city'"),
        ({"color": "country", "n_clusters": 2}, ParameterError, "Give one of both"),
        ({"by": "map"}, ParameterError, "by must be one of pca, axes, tsne, umap, got 'map'"),
        (
            {"by": np.array([1, 2])},
            ParameterError,
            r"by must be one of pca, axes, tsne, umap, got ",
        ),
        ({"by": "tsne", "feature": "country"}, ParameterError, "needs at least 5 categories"),
        ({"n_clusters": 9}, ParameterError, "from 1 to 5"),
        ({"n_categories": 0}, ParameterError, "n_categories must be an integer of at least 1"),
        ({"names": "most"}, ParameterError, "names must be 'rows', 'length' or a list"),
        ({"names": ["Oslo", "Olso"]}, UnknownCategoryError, "no category 'Olso'.*Nearest: 'Oslo'"),
        ({"ax": np.zeros(2)}, ParameterError, "ax must be Axes .* got ndarray. Give one of"),
        ({"ax": "here"}, ParameterError, "ax must be Axes of matplotlib or None, got str"),
    ],
)
def test_wrong_questions_are_refused(cities, given, error, message):
    with pytest.raises(error, match=message):
        cities.plot(**{"feature": "city", **given})


def test_what_is_no_model_is_refused():
    with pytest.raises(ParameterError, match="must be Vectors or a fitted Cat2Vec, got a Encoded"):
        plot(encode_table(CITIES), "city")


def test_without_matplotlib_the_error_says_what_to_install(cities, monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.setitem(sys.modules, name, None)
    for draw in (
        lambda: cities.plot("city"), cities.plot_associations, cities.plot_sizes,
        cities.plot_training, lambda: cities.plot_moves(cities),
    ):  # fmt: skip
        with pytest.raises(MissingPackageError, match=r'pip install "cat2vec\[plot\]"$'):
            draw()


def test_a_dark_style_is_dark(cities):
    from matplotlib import pyplot
    from matplotlib.colors import to_hex

    with pyplot.style.context("dark_background"):
        axes = plot(cities, "city")
        assert to_hex(axes.get_facecolor()) == "#000000"
        for text in [*axes.texts, axes.title, axes.xaxis.label, *axes.get_legend().get_texts()]:
            assert to_hex(text.get_color()) == "#ffffff"
        edges = {to_hex(c) for one in axes.collections for c in one.get_edgecolors()}
        assert edges & {"#ffffff", *(color.lower() for color in COLORS)}
        assert "#000000" not in edges


def test_several_maps_in_one_figure(cities):
    from matplotlib import pyplot

    figure, sides = pyplot.subplots(1, 2, figsize=(8, 4), layout="constrained")
    for side, feature in zip(sides, ("city", "country"), strict=True):
        cities.plot(feature, ax=side)
    figure.canvas.draw()
    for side in sides:
        check_names(side)
        legend = side.get_legend()
        if legend is not None:
            box = legend.get_window_extent()
            assert side.get_window_extent().containsx(box.x1)
