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
        is_path = isinstance(report, str | os.PathLike)
        shown = repr(os.fspath(report)) if is_path else type(report).__name__
        raise ParameterError(
            f"report must be what Cat2Vec.report gives, or None, got {shown}."
            + (f" The page is written into a file by explore().save({shown})." if is_path else "")
        )
    return Exploration(page_data(model.vectors_, max_categories, _associated(model), report))


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
