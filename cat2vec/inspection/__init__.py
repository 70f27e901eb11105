"""Questions about trained vectors and pair counts, answered by tables that show their support."""

from cat2vec.inspection.associations import associations
from cat2vec.inspection.clusters import clusters
from cat2vec.inspection.contributions import contributions
from cat2vec.inspection.directions import analogy, cluster_fit, nearest_to_all
from cat2vec.inspection.influence import influence
from cat2vec.inspection.moves import moves
from cat2vec.inspection.typicality import commonality

__all__ = [
    "analogy",
    "associations",
    "cluster_fit",
    "clusters",
    "commonality",
    "contributions",
    "influence",
    "moves",
    "nearest_to_all",
]
