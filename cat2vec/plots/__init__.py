"""Pictures of vectors with matplotlib, which ``pip install "cat2vec[plot]"`` brings."""

from cat2vec.plots.category_map import plot
from cat2vec.plots.changes import plot_moves
from cat2vec.plots.columns import plot_associations
from cat2vec.plots.curves import plot_sizes, plot_training

__all__ = ["plot", "plot_associations", "plot_moves", "plot_sizes", "plot_training"]
