"""The scikit-learn skin: ``Cat2Vec`` and its model folder."""

from cat2vec.estimator.estimator import Cat2Vec, load

__all__ = ["Cat2Vec", "load"]
