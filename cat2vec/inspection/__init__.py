"""Questions to trained vectors and to pair counts; answers are plain tables, with their support."""

from cat2vec.inspection.analogy import analogy, cluster_fit
from cat2vec.inspection.associations import associations
from cat2vec.inspection.clusters import clusters
from cat2vec.inspection.commonality import commonality, outlier_rows, score_rows
from cat2vec.inspection.influence import influence

__all__ = [
    "analogy",
    "associations",
    "cluster_fit",
    "clusters",
    "commonality",
    "influence",
    "outlier_rows",
    "score_rows",
]
