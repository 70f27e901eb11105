"""Commands that ask a model: nearest, similarity, analogy, clusters and so on.

Each calls one function and prints its table.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from cat2vec import inspection
from cat2vec.cli.columns import APART, TypedColumns, columns_of
from cat2vec.cli.keep import Carried, KeptColumns, add_keep, check_keep
from cat2vec.cli.new_rows import NewRows, rows_of_files
from cat2vec.cli.options import add_parameters
from cat2vec.cli.output import add_output_options, print_answer
from cat2vec.cli.reading import add_reading, model_of
from cat2vec.estimator.cells import oddest_of
from cat2vec.estimator.model import Model
from cat2vec.estimator.steps import associated_counts
from cat2vec.export.duckdb import duckdb_macros
from cat2vec.inspection.cells.answers import OUTLIER_COLUMNS
from cat2vec.parameters import check_parameters
from cat2vec.tables.sources.paths import find_source
from cat2vec.vocabulary.categories import category_text


def add_question_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Add the commands.

    Parameters
    ----------
    add : callable
        Takes a name, what to run, a sentence and perhaps other names; gives the parser of the
        command.
    """
    nearest = add("nearest", _nearest, "print the categories most like a given one")
    pair = add("similarity", _similarity, "print how alike two categories are")
    analogy = add("analogy", _analogy, "print what is to C as B is to A")
    best = add(
        "nearest-to-all",
        _nearest_to_all,
        "print the categories nearest to all of several others",
        "cluster-fit",
    )
    clusters = add("clusters", _clusters, "print the clusters of the categories of a feature")
    typical = add("commonality", _commonality, "print how typical each category of a feature is")
    influence = add("influence", _influence, "print which features shaped the vectors of others")
    outliers = add(
        "outliers",
        _outliers,
        "print the rows whose cells go together least, with their numbers, counted from 0",
    )
    related = add("associations", _associations, "print how strongly features are associated")
    asking = (nearest, pair, analogy, best, clusters, typical, influence, outliers, related)
    for command in asking:
        command.add_argument("model", help="model folder")
        add_output_options(command)
    for command in (nearest, pair, best, clusters, typical):
        command.add_argument("feature")
    nearest.add_argument("category", help="as text; a number also finds its bin")
    pair.add_argument("category", help="as text")
    pair.add_argument("other", help="as text")
    pair.add_argument("--other-feature", metavar="FEATURE", help="of the other (default: the same)")
    analogy.add_argument("feature", help="of A")
    for name in "abc":
        analogy.add_argument(name, metavar=name.upper(), help="a category, as text")
    analogy.add_argument("--b-feature", metavar="FEATURE", help="of B (default: that of A)")
    analogy.add_argument("--c-feature", metavar="FEATURE", help="of C (default: that of A)")
    best.add_argument("categories", nargs="+", metavar="CATEGORY", help="as text")
    for command in (nearest, analogy, best):
        add_parameters(command, "n")
        itself = "the feature that the answer is of" if command is analogy else "the feature itself"
        add_parameters(command, "among", remark=APART, otherwise=itself)
    add_parameters(clusters, "n_clusters", otherwise="the number that stands out most")
    influence.add_argument("feature", nargs="*", help="one or more (default: all)")
    for command in (outliers, related):
        add_reading(command, otherwise="as in train")
    add_parameters(outliers, "n", "n_cells")
    add_keep(outliers, "to print first")
    add("macros", _macros, "print SQL: questions in DuckDB to vectors exported there")


def _nearest(options: argparse.Namespace) -> None:
    model = model_of(options)
    vocabulary = model.vocabulary_.vocabulary_of(options.feature)
    token = vocabulary.token_id_of_text(options.feature, options.category)
    feature, category = vocabulary.token(token)
    found = model.vectors_.nearest(feature, category, n=options.n, among=_among(model, options))
    print_answer(options, found)


def _similarity(options: argparse.Namespace) -> None:
    import pandas as pd

    model = model_of(options)
    feature, other_feature = options.feature, options.other_feature or options.feature
    category, rows = _category_and_rows(model, feature, options.category)
    other, other_rows = _category_and_rows(model, other_feature, options.other)
    answer = {
        "feature": [feature],
        "category": [category_text(category)],
        "other_feature": [other_feature],
        "other": [category_text(other)],
        "similarity": [model.vectors_.similarity(feature, category, other, other_feature)],
        "rows": [rows],
        "other_rows": [other_rows],
    }
    print_answer(options, pd.DataFrame(answer))


def _analogy(options: argparse.Namespace) -> None:
    model = model_of(options)
    features = (options.feature, options.b_feature, options.c_feature)
    texts = (options.a, options.b, options.c)
    a, b, c = (
        _category(model, name or options.feature, text)
        for name, text in zip(features, texts, strict=True)
    )
    found = inspection.analogy(
        model.vectors_,
        options.feature,
        a,
        b,
        c,
        options.n,
        b_feature=options.b_feature,
        c_feature=options.c_feature,
        among=_among(model, options),
    )
    print_answer(options, found)


def _nearest_to_all(options: argparse.Namespace) -> None:
    model = model_of(options)
    given = [_category(model, options.feature, text) for text in options.categories]
    among = _among(model, options)
    found = inspection.nearest_to_all(model.vectors_, options.feature, given, options.n, among)
    print_answer(options, found)


def _clusters(options: argparse.Namespace) -> None:
    vectors = model_of(options).vectors_
    print_answer(options, inspection.clusters(vectors, options.feature, options.n_clusters))


def _commonality(options: argparse.Namespace) -> None:
    print_answer(options, inspection.commonality(model_of(options).vectors_, options.feature))


def _influence(options: argparse.Namespace) -> None:
    model = model_of(options)
    features = columns_of(options.feature or None, _features_of(model))
    print_answer(options, inspection.influence(model.vectors_, features))


def _outliers(options: argparse.Namespace) -> None:
    model = model_of(options)
    check_parameters(n=options.n, n_cells=options.n_cells)
    source = find_source(options.table)
    rows = NewRows(model, options, source)
    options.keep = TypedColumns(source, rows.given).read(options.keep)
    check_keep(options, OUTLIER_COLUMNS)
    carried = Carried(KeptColumns(options, source, rows.names))
    encoded = rows.encoded(warn=False, seen=carried.add)
    found = oddest_of(model, encoded, options.n, options.n_cells)
    for place, (name, cells) in enumerate(carried.rows(found["row"].tolist()).items()):
        found.insert(place, name, cells)
    print_answer(options, found)


def _associations(options: argparse.Namespace) -> None:
    model = model_of(options)
    rows = rows_of_files(model, options, options.table, "left out")
    print_answer(options, inspection.associations(associated_counts(model, rows)))


def _macros(options: argparse.Namespace) -> None:
    print(duckdb_macros(), end="")


def _category(model: Model, feature: str, text: str) -> Any:
    return _category_and_rows(model, feature, text)[0]


def _category_and_rows(model: Model, feature: str, text: str) -> tuple[Any, Any]:
    vocabulary = model.vocabulary_.vocabulary_of(feature)
    token = vocabulary.token_id_of_text(feature, text)
    return vocabulary.token(token).category, vocabulary.counts[token]


def _features_of(model: Model) -> list[str]:
    return list(model.vectors_)


def _among(model: Model, options: argparse.Namespace) -> list[str] | None:
    return columns_of(options.among, _features_of(model))
