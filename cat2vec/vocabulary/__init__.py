"""Which features and categories there are, and their token ids."""

from cat2vec.vocabulary.categories import split_text
from cat2vec.vocabulary.vocabulary import Vocabulary

__all__ = ["Vocabulary", "split_text"]
