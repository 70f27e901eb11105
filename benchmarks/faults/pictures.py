"""Faults in what is drawn: pictures, pages, and the small map in notebooks."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_MAP = "plots/test_category_map.py"
_CURVES = "plots/test_tables_and_curves.py"
_PAGE = "explore/test_page.py"
_LABELS = "vectors/test_labels.py"

FAULTS = (
    *faults_in(
        "plots/layout.py",
        (
            "two_rows_are_enough",
            'rows[shown] <= FEW_ROWS, "one or two rows"',
            'rows[shown] < FEW_ROWS, "one or two rows"',
            "a category of two rows is drawn as if much was known of it",
            _MAP,
        ),
        (
            "shares_of_axes_without_rows",
            "shares = weights @ np.square(points) / (whole if whole > 0 else 1.0)",
            "shares = weights.mean() * np.square(points).sum(axis=0) / (whole or 1.0)",
            "a map says of its axes what they show of rare categories",
            _MAP,
        ),
        (
            "named_after_the_farthest",
            "middle = members[similarity[members].argmax()]",
            "middle = members[similarity[members].argmin()]",
            "a cluster is called after the category farthest from its centre",
            _MAP,
        ),
        (
            "smallest_groups_have_colours",
            'order = np.argsort(-sizes, kind="stable")[: min(',
            'order = np.argsort(sizes, kind="stable")[: min(',
            "groups of few categories have colours and large ones none",
            _MAP,
        ),
    ),
    *faults_in(
        "plots/category_map.py",
        (
            "names_of_long_vectors",
            'by = layout.rows if names == "rows" else layout.lengths',
            "by = layout.rows",
            'names="length" names the most frequent',
            _MAP,
        ),
        (
            "caption_of_all_categories",
            "    if n_shown < layout.n_categories:",
            "    if n_shown > layout.n_categories:",
            "a map of the most frequent categories says that it shows all",
            _MAP,
        ),
    ),
    *faults_in(
        "plots/changes.py",
        (
            "rows_before_and_after",
            'zip(lengths, shown["status"], shown["rows_before"], shown["rows"], strict=True)',
            'zip(lengths, shown["status"], shown["rows"], shown["rows_before"], strict=True)',
            "what gained rows is drawn as if it lost them",
            _CURVES,
        ),
        (
            "decay_of_drawn_moves",
            "moves(vectors_of(vectors), vectors_of(earlier), None, decay)",
            "moves(vectors_of(vectors), vectors_of(earlier), None)",
            "after an update more categories are drawn as moved",
            _CURVES,
        ),
    ),
    *faults_in(
        "plots/columns.py",
        (
            "pairs_that_were_not_counted",
            "unknown = int(np.isnan(shares).sum() - len(names)) // 2",
            "unknown = int(np.isnan(shares).sum()) // 2",
            "columns beside themselves are told as pairs that were not counted",
            _CURVES,
        ),
    ),
    *faults_in(
        "plots/curves.py",
        (
            "one_axis_too_few",
            "enough = np.searchsorted(np.cumsum(shares), np.array(_MOST) - 1e-9) + 1",
            "enough = np.searchsorted(np.cumsum(shares), np.array(_MOST) - 1e-9)",
            "fewer axes are said to hold nearly all than do",
            _CURVES,
        ),
        (
            "estimated_losses_are_filled",
            'rough = steps if estimated == "all" else steps[:-1]',
            'rough = steps[:0] if estimated == "all" else steps[:-1]',
            "losses that are estimated are drawn as if they were computed",
            _CURVES,
        ),
        (
            "the_size_that_is_enough",
            "place = sizes.tolist().index(report.size_enough)",
            "place = int(np.argmax(gains))",
            "the largest gain is marked as the smallest size that is enough",
            _CURVES,
        ),
    ),
    *faults_in(
        "plots/given.py",
        (
            "pooled_counts_go_first",
            'for kept in (given, getattr(given, "counts_", None), getattr(given, "cells_", None)):',
            'for kept in (given, getattr(given, "cells_", None), getattr(given, "counts_", None)):',
            "of an updated model other counts are drawn than it keeps",
            "plots/test_tables_and_curves.py",
        ),
    ),
    *faults_in(
        "plots/names.py",
        (
            "names_on_the_legend",
            "    if legend is not None:",
            "    if legend is None and names is None:",
            "names are written over the legend",
            _MAP,
        ),
    ),
    *faults_in(
        "explore/data.py",
        (
            "rarest_categories_are_shown",
            'order = np.argsort(-vocabulary.counts[start:stop], kind="stable")',
            'order = np.argsort(vocabulary.counts[start:stop], kind="stable")',
            "a page of a sample shows the rarest categories",
            f"{_PAGE} cat2vec/explore/data.py",
        ),
        (
            "errors_of_other_categories",
            "errors = vectors.vocabulary.by_vector(vectors.standard_error)",
            "errors = vectors.standard_error",
            "where columns share vectors a page gives categories the errors of others",
            f"{_PAGE} vocabulary/test_shared.py",
        ),
        (
            "all_are_shown",
            '"n": int(shown[place]),',
            '"n": int(np.diff(vocabulary.offsets)[place]),',
            "a page of a sample takes categories of the next feature for those of one",
            "explore/test_page.py",
        ),
        (
            "share_of_the_map_of_all",
            '"kept_together": float(places.kept[-1]),',
            '"kept_together": float(places.kept[0]),',
            "a page tells of the map of all what that of the first feature shows",
            _PAGE,
        ),
    ),
    *faults_in(
        "explore/page.py",
        (
            "frames_reach_the_notebook",
            'sandbox="allow-scripts"',
            'sandbox="allow-scripts allow-same-origin"',
            "the script of a page can reach the notebook that shows it",
            _PAGE,
        ),
        (
            "tags_in_names",
            'text.replace("<", "\\\\u003c")',
            "text",
            "the name of a category can end the data of a page and run",
            _PAGE,
        ),
    ),
    *faults_in(
        "estimator/explored.py",
        (
            "associations_of_pooled_counts",
            "counts = trained_counts(model) or model.cells_.counts",
            "counts = model.cells_.counts",
            "a page has no associations where keep_counts=False and partial_fit kept counts",
            "explore/test_page.py",
        ),
    ),
    *faults_in(
        "vectors/labels.py",
        (
            "names_beyond_the_frame",
            "fits = (low >= (left, bottom)).all(axis=1) & (high <= (right, top)).all(axis=1)",
            "fits = (low >= (left, bottom)).all(axis=1)",
            "names of categories are cut at the right edge of a picture",
            f"{_LABELS} {_MAP}",
        ),
        (
            "taken_places",
            "                self._taken = np.vstack([self._taken, [*low[side], *high[side]]])\n",
            "",
            "names in pictures lie over each other",
            f"{_LABELS} {_MAP}",
        ),
    ),
    *faults_in(
        "vectors/page.py",
        (
            "map_of_the_smallest_feature",
            "drawn = int(np.diff(vocabulary.offsets).argmax())",
            "drawn = int(np.diff(vocabulary.offsets).argmin())",
            "a notebook draws the feature of fewest categories",
            "vectors/test_labels.py",
        ),
        (
            "rarest_in_the_table",
            'usual = np.argsort(-counts, kind="stable")[:_CATEGORIES]',
            'usual = np.argsort(counts, kind="stable")[:_CATEGORIES]',
            "a notebook names the rarest categories as the most frequent",
            "vectors/test_labels.py",
        ),
    ),
)
