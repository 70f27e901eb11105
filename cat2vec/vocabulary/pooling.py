"""Rare categories share one token per feature: which they are, and what becomes of token ids.

Takes a ``Vocabulary``. Gives a smaller one, with a token ``RARE`` where categories were pooled.
Counts and tables themselves are kept unpooled, so that a rare category can become frequent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cat2vec.errors import ParameterError, in_words, named, setting
from cat2vec.parameters import check_parameters, documented
from cat2vec.vocabulary.categories import category_key
from cat2vec.vocabulary.vocabulary import MISSING, RARE, UNSEEN, Vocabulary


@dataclass(frozen=True, eq=False)
class Pooling:
    """Which categories of a vocabulary share one token per feature.

    Parameters
    ----------
    vocabulary : Vocabulary
        As it was counted.
    pooled : Vocabulary
        The same one if nothing is pooled. ``RARE`` comes last in its feature. Its count is the sum
        of those that it stands for, though a cell of several values may hold two of them;
        ``EncodedTable.pool`` counts anew.
    new_id : ndarray of shape (n_tokens,), int64
        Id of every token of ``vocabulary`` in ``pooled``.
    min_count : int
    """

    vocabulary: Vocabulary
    pooled: Vocabulary
    new_id: np.ndarray
    min_count: int

    @classmethod
    @documented
    def of(cls, vocabulary: Vocabulary, min_count: int) -> Pooling:
        """Put the categories of fewer than ``min_count`` rows into one token per feature.

        A feature with a single rare category keeps it: a pool of one is that category without its
        name. Bins of numbers are kept too, as they are cut to hold about as many rows each, and so
        is the category of missing cells. Features of a shared vocabulary count together, and pool
        the same categories.

        Parameters
        ----------
        vocabulary : Vocabulary
        {min_count}

        Raises
        ------
        ParameterError
            If ``min_count`` is no integer of at least 1, or the vocabulary has a ``RARE`` already.

        Examples
        --------
        >>> from cat2vec import encode_table
        >>> table = {"city": ["Oslo", "Oslo", "Bari", "Pisa"], "job": ["cook"] * 3 + ["nurse"]}
        >>> pooling = Pooling.of(encode_table(table).vocabulary, 2)
        >>> pooling.pooled.texts(), pooling.new_id.tolist()
        (['city=Oslo', 'city=<rare>', 'job=cook', 'job=nurse'], [1, 0, 1, 2, 3])
        >>> pooling.pooled.pooled[0].tolist(), pooling.pooled.token_id("city", "Bari")
        (['Bari', 'Pisa'], 1)
        """
        check_parameters(min_count=min_count)
        new_id = np.arange(vocabulary.n_tokens)
        rare = [] if min_count == 1 else _rare_categories(vocabulary, min_count)
        if not any(found.any() for found in rare):
            return cls(vocabulary, vocabulary, new_id, min_count)
        categories, pooled = [], []
        n_tokens = 0
        for position, (found, is_rare) in enumerate(zip(vocabulary.categories, rare, strict=True)):
            kept, code = found[~is_rare], np.cumsum(~is_rare) - 1
            if is_rare.any():
                _check_unpooled(vocabulary, position)
                kept = np.empty(len(kept) + 1, object)
                kept[:] = [*found[~is_rare].tolist(), RARE]
                code[is_rare] = len(kept) - 1
            new_id[slice(*vocabulary.offsets[position : position + 2])] = n_tokens + code
            n_tokens += len(kept)
            categories.append(kept)
            pooled.append(found[is_rare])
        counts = np.zeros(n_tokens, vocabulary.counts.dtype)
        np.add.at(counts, new_id, vocabulary.counts)
        made = Vocabulary(vocabulary.schema, tuple(categories), counts, tuple(pooled))
        return cls(vocabulary, made, new_id, min_count)

    @property
    def pools_nothing(self) -> bool:
        """Whether the pooled vocabulary is the one that was given."""
        return self.pooled is self.vocabulary

    def codes(self, codes: np.ndarray, feature_of_column: np.ndarray) -> np.ndarray:
        """Write codes of the vocabulary as those of the pooled one; both (n_rows, n_columns).

        A cell of several values may hold ``RARE`` more than once.
        """
        found = np.empty_like(codes, order="F")
        ids_of = np.split(self.new_id, self.vocabulary.offsets[1:-1])
        for column, position in enumerate(feature_of_column.tolist()):
            # codes below 0 count from the end, which puts -2 and -1 where they were
            new = np.append(ids_of[position] - self.pooled.offsets[position], [UNSEEN, MISSING])
            found[:, column] = new.astype(codes.dtype)[codes[:, column]]
        return found

    def check_counts_suffice(self) -> None:
        """Raise if pair counts of the vocabulary do not decide what pooled ones would be.

        Where cells hold several values, two rare ones of a cell become one token, and its pairs
        count once; pair counts do not say which rows these are.

        Raises
        ------
        ParameterError
        """
        for name, codec, rare in zip(
            self.vocabulary.features, self.vocabulary.schema.codecs, self.pooled.pooled, strict=True
        ):
            if codec.reading.multivalued and len(rare):
                raise ParameterError(
                    f"{setting('min_count', self.min_count)} would pool {len(rare):,} categories "
                    f"of {name!r}, whose cells hold several values, and pair counts do not tell "
                    f"which cells hold two of them. Give train_vectors the encoded table, or fit "
                    f"all rows at once; or leave {named('min_count')} at 1."
                )


def _rare_categories(vocabulary: Vocabulary, min_count: int) -> list[np.ndarray]:
    """Say of each feature which of its categories are pooled, (n_categories,) bool each."""
    rare_tokens = vocabulary.by_token(vocabulary.of_vectors.counts < min_count)
    found = []
    for position, codec in enumerate(vocabulary.schema.codecs):
        rare = rare_tokens[slice(*vocabulary.offsets[position : position + 2])].copy()
        if (missing := vocabulary.missing_code(position)) >= 0:
            rare[missing] = False
        if codec.edges is not None or rare.sum() < 2:
            rare[:] = False
        found.append(rare)
    return found


def without_rare_names(vocabulary: Vocabulary) -> Vocabulary:
    """Forget which categories ``RARE`` stands for: all of them are unseen from then on.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> table = {"city": ["Oslo", "Oslo", "Bari", "Pisa"], "job": ["cook"] * 3 + ["nurse"]}
    >>> vocabulary = without_rare_names(encode_table(table).pool(2).vocabulary)
    >>> vocabulary.pooled[0].tolist(), vocabulary.codes_of(0, ["Oslo", "Bari"]).tolist()
    ([RARE], [0, -2])
    """
    nameless = np.full(1, RARE, object)  # which says that there are some
    codecs = []
    for codec, categories in zip(vocabulary.schema.codecs, vocabulary.categories, strict=True):
        known = set(map(category_key, categories.tolist()))
        order = codec.order and tuple(v for v in codec.order if category_key(v) in known)
        codecs.append(replace(codec, order=order))
    schema = replace(vocabulary.schema, codecs=tuple(codecs))
    pooled = tuple(nameless if len(names) else names for names in vocabulary.pooled)
    return replace(vocabulary, schema=schema, pooled=pooled)


def rare_for_unseen(
    codes: np.ndarray, feature_of_column: np.ndarray, vocabulary: Vocabulary
) -> np.ndarray:
    """Write unseen cells as ``RARE`` in features that have it; (n_rows, n_columns) codes.

    A cell of several values may hold ``RARE`` more than once.
    """
    rare = np.where(
        vocabulary.rare_tokens < 0, UNSEEN, vocabulary.rare_tokens - vocabulary.offsets[:-1]
    )
    return np.where(codes == UNSEEN, rare.astype(codes.dtype)[feature_of_column], codes)


def _check_unpooled(vocabulary: Vocabulary, position: int) -> None:
    if any(value is RARE for value in vocabulary.categories[position].tolist()):
        raise ParameterError(
            f"feature {vocabulary.features[position]!r} has the category RARE already, so it "
            f"cannot be pooled with {named('min_count')}. Pool counts and tables as they were "
            f"counted, once."
        )


def pooled_in_words(vocabulary: Vocabulary, min_count: int) -> str:
    """Say how many categories of which features were pooled, and how many cells they stand in.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> table = {"city": ["Oslo", "Oslo", "Bari", "Pisa"], "job": ["cook"] * 3 + ["nurse"]}
    >>> print(pooled_in_words(encode_table(table).pool(2).vocabulary, 2))
    min_count 2: rare categories share one vector per feature: 'city' 2 of 3 categories in 2 rows
    """
    vocabulary = vocabulary.of_vectors
    parts = [
        f"{name!r} {len(pooled):,} of {len(pooled) + len(found) - 1:,} categories in "
        f"{in_words(vocabulary.counts[token].item())} rows"
        for name, found, pooled, token in zip(
            vocabulary.features,
            vocabulary.categories,
            vocabulary.pooled,
            vocabulary.rare_tokens,
            strict=True,
        )
        if len(pooled)
    ]
    if not parts:
        return f"min_count {min_count}: no feature has two rarer categories, so none are pooled"
    pooled = "; ".join(parts)
    return f"min_count {min_count}: rare categories share one vector per feature: {pooled}"
