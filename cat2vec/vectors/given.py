"""What is given where ``Vectors`` are expected: often the fitted model that holds them."""

from __future__ import annotations

from typing import Any

from cat2vec.errors import ParameterError
from cat2vec.vectors.vectors import Vectors


def check_vectors(given: Any, name: str = "vectors") -> None:
    """Raise ParameterError unless these are vectors.

    Examples
    --------
    >>> check_vectors(3)
    Traceback (most recent call last):
        ...
    cat2vec.errors.ParameterError: vectors must be Vectors, got int.
    """
    if not isinstance(given, Vectors):
        hint = " Give its vectors_." if hasattr(given, "vectors_") else ""
        raise ParameterError(f"{name} must be Vectors, got {type(given).__name__}.{hint}")
