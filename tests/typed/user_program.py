"""A program as users write it, which ``mypy --strict`` accepts; it is checked, never run.

A comment says what mypy reveals on its line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cat2vec import (
    RARE,
    Cat2Vec,
    Cat2VecImputer,
    Cat2VecOutlierDetector,
    Dates,
    MultiValued,
    Numeric,
    Ordered,
    PairCounts,
    Vectors,
    count_pairs,
    encode_table,
    load,
    train_vectors,
)
from cat2vec.datasets import load_vehicles
from cat2vec.export.word2vec import load_word2vec_format
from cat2vec.inspection import analogy, clusters, nearest_to_all

if TYPE_CHECKING:
    from typing_extensions import reveal_type


def program() -> None:
    table = load_vehicles()
    kinds = {
        "wheels": Numeric(bins=4),
        "tags": MultiValued(sep=","),
        "when": Dates(parts=["year"]),
        "size": Ordered(["small", "large"]),
    }
    model = Cat2Vec({"vehicle": 8, None: 16}, columns=kinds, missing_values=["?"], n_jobs=1)
    reveal_type(model.fit(table))  # Cat2Vec
    reveal_type(model.partial_fit(table, decay=0.9))  # Cat2Vec
    reveal_type(model.vectors_)  # Vectors
    reveal_type(model.vectors_["vehicle"])  # DataFrame
    reveal_type(model.vectors_.reduce("vehicle", 5))  # DataFrame
    reveal_type(model.vectors_.matrix)  # ndarray
    reveal_type(model.nearest("vehicle", "tram", n=3))  # DataFrame
    reveal_type(model.similarity("vehicle", "tram", RARE))  # float
    reveal_type(model.analogy("vehicle", "tram", "rail", "kayak", b_feature="medium"))  # DataFrame
    reveal_type(model.clusters("vehicle", 5))  # DataFrame
    reveal_type(model.cluster_rows(table, 3).labels)  # ndarray
    reveal_type(model.cluster_rows(table).typical)  # DataFrame
    reveal_type(model.outlier_rows(table, n=3))  # DataFrame
    reveal_type(model.suspicious_cells(table))  # DataFrame
    reveal_type(model.probabilities(table, "medium"))  # DataFrame
    reveal_type(model.score(table))  # float
    reveal_type(model.score_samples(table))  # ndarray
    reveal_type(model.get_feature_names_out())  # ndarray
    reveal_type(model.report(table).to_json())  # str
    reveal_type(model.explore().to_html())  # str
    model.save("folder", overwrite=True, rare_names=False)
    reveal_type(load("folder"))  # Cat2Vec

    for name, frame in model.vectors_.items():
        reveal_type(name)  # str
        reveal_type(frame)  # DataFrame

    counts = count_pairs(table, memory="1GB") + PairCounts.load("counts")
    reveal_type(counts)  # PairCounts
    vectors: Vectors = train_vectors(counts, vector_size=8, regularization="auto")
    reveal_type(train_vectors(encode_table(table)))  # Vectors
    reveal_type(analogy(vectors, "vehicle", "tram", "bus", "ship"))  # DataFrame
    reveal_type(nearest_to_all(vectors, "vehicle", ["tram"]))  # DataFrame
    reveal_type([clusters(vectors, name) for name in vectors])  # list

    reveal_type(Cat2VecImputer(sample=True).fit(table))  # Cat2VecImputer
    reveal_type(Cat2VecOutlierDetector(0.01).fit(table).score_samples(table))  # ndarray
    reveal_type(Cat2VecOutlierDetector().fit(table).predict(table))  # ndarray
    load_word2vec_format("vectors.txt")
