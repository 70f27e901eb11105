"""``Cat2Vec`` and two more estimators of scikit-learn; what the command line shares with them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cat2vec.estimator.estimator import Cat2Vec, load

__all__ = ["Cat2Vec", "load"]


def __getattr__(name: str) -> Any:
    """Import what needs scikit-learn when it is first asked for."""
    if name not in __all__:
        raise AttributeError(f"module 'cat2vec.estimator' has no attribute {name!r}")
    return getattr(import_module("cat2vec.estimator.estimator"), name)
