"""A page to explore a fitted model: what ``Cat2Vec.explore`` and ``cat2vec explore`` make.

Takes a model and perhaps a report. Gives an ``Exploration``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from cat2vec.errors import ParameterError, setting
from cat2vec.estimator.steps import trained_counts
from cat2vec.explore.data import page_data
from cat2vec.explore.page import Exploration
from cat2vec.inspection.associations import associations
from cat2vec.inspection.report import Report
from cat2vec.parameters import check_parameters
from cat2vec.storage.files import check_output_file, path_of

if TYPE_CHECKING:
    import pandas as pd


def explored(model: Any, report: Report | None, max_categories: int) -> Exploration:
    """Make the page; see ``Cat2Vec.explore``.

    Raises
    ------
    ParameterError
    """
    check_parameters(max_categories=max_categories)
    if not isinstance(report, Report | None):
        raise ParameterError(
            f"report must be what Cat2Vec.report gives, or None, got {type(report).__name__}."
        )
    return Exploration(page_data(model.vectors_, max_categories, _associated(model), report))


def check_page_file(path: Any, overwrite: bool) -> None:
    """Raise unless a page can be written there, before it is made."""
    if not isinstance(path, str | os.PathLike):
        advice = " A report is given as report=." if isinstance(path, Report) else ""
        raise ParameterError(
            f"path must be where the page is written, or None, got {type(path).__name__}.{advice}"
        )
    check_output_file(path_of(path), overwrite)


def _associated(model: Any) -> pd.DataFrame | str:
    """Measure associations on the pair counts that a model keeps, or say why it cannot be done."""
    counts = trained_counts(model) or model.cells_.counts
    if counts is None:
        return (
            f"Associations are measured on pair counts, and this model keeps none. "
            f"{setting('keep_counts', True)} in training keeps them."
        )
    if counts.vocabulary.n_features < 2:
        return "There is one feature only, so there is nothing to be associated."
    return associations(counts)
