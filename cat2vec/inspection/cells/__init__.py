"""How likely the cells of a row are, given its other cells, and what follows from that."""

from cat2vec.inspection.cells.answers import outlier_rows, probabilities, suspicious_cells
from cat2vec.inspection.cells.kept import CellsKept
from cat2vec.inspection.cells.model import CellModel

__all__ = ["CellModel", "CellsKept", "outlier_rows", "probabilities", "suspicious_cells"]
