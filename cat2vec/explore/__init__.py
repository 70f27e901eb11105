"""One page to explore vectors in a browser: a file without a network."""

from cat2vec.explore.page import Exploration

__all__ = ["Exploration"]
