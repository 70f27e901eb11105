"""Which features and categories there are, and their token ids."""

from cat2vec.vocabulary.vocabulary import Vocabulary, split_text

__all__ = ["Vocabulary", "split_text"]
