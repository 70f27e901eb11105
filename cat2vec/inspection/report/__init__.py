"""What held-out rows say about vectors."""

from cat2vec.inspection.report.measure import make_report
from cat2vec.inspection.report.report import Report

__all__ = ["Report", "make_report"]
