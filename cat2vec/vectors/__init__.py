"""Vectors, their axes, and rows as numbers."""

from cat2vec.vectors.vectors import Vectors

__all__ = ["Vectors"]
