"""Two vocabularies made one, so that counts of either can be added.

Takes vocabularies of the same features, read in the same way. Gives one that holds the categories
of both, with their counts added, and the new ids of their tokens. Knows nothing of pairs.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np

from cat2vec.errors import CountsMismatchError, MixedTypesWarning, listed, spelled, warn
from cat2vec.tables.cells.factors import plainness
from cat2vec.tables.twins import twin_sentence, twins_of_other_types
from cat2vec.vocabulary.lookup import Lookup
from cat2vec.vocabulary.vocabulary import Codec, Vocabulary, category_key


def united(mine: Vocabulary, theirs: Vocabulary) -> tuple[Vocabulary, np.ndarray, np.ndarray]:
    """Unite two vocabularies; give also the new ids of the tokens of both.

    Raises
    ------
    CountsMismatchError
        If features, what they share or how they are read differ, or rare categories are pooled.

    Examples
    --------
    >>> from cat2vec import encode_table
    >>> one = encode_table({"city": ["Oslo", "Rome"], "job": ["cook", "cook"]}).vocabulary
    >>> other = encode_table({"city": ["Pisa", "Oslo"], "job": ["cook", "cook"]}).vocabulary
    >>> both, ids, other_ids = united(one, other)
    >>> both.texts(), both.counts.tolist(), other_ids.tolist()
    (['city=Oslo', 'city=Pisa', 'city=Rome', 'job=cook'], [2, 1, 1, 4], [0, 1, 3])
    """
    if mine.features != theirs.features:
        raise CountsMismatchError(
            f"pair counts of different features cannot be added: {listed(mine.features)} and "
            f"{listed(theirs.features)}. Count both tables with the same "
            f"{spelled('features=[...]', '--features')}."
        )
    if mine.schema.shared != theirs.schema.shared:
        raise CountsMismatchError(
            f"pair counts with different shared vocabularies cannot be added: "
            f"{dict(mine.schema.shared)} and {dict(theirs.schema.shared)}. Count both tables with "
            f"the same {spelled('shared={...}', '--shared')}."
        )
    if any((found.rare_tokens >= 0).any() for found in (mine, theirs)):
        return _united_as_they_are(mine, theirs)
    codecs: list[Codec] = []
    categories: list[np.ndarray] = []
    ids: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    n_tokens = 0
    for position, name in enumerate(mine.features):
        codec, other = _codecs_alike(mine, theirs, position)
        both = (mine.categories[position], theirs.categories[position])
        if codec.edges is None:
            _warn_of_types(name, *both)
        # bins are the same ones, and perhaps the category of missing cells
        merged = _merged(codec, *both) if codec.edges is None else max(both, key=len)
        place = Lookup(merged)
        places = [place.codes(found.tolist(), unseen=-1).astype(np.int64) for found in both]
        codecs.append(codec if codec.dtype == other.dtype else replace(codec, dtype="mixed"))
        categories.append(merged)
        for side in (0, 1):
            ids[side].append(places[side] + n_tokens)
        n_tokens += len(merged)
    to_mine, to_theirs = (np.concatenate(side).astype(np.int64) for side in ids)
    counts = np.zeros(n_tokens, np.result_type(mine.counts, theirs.counts))
    counts[to_mine] += mine.counts
    counts[to_theirs] += theirs.counts
    return (
        Vocabulary(replace(mine.schema, codecs=tuple(codecs)), tuple(categories), counts),
        to_mine,
        to_theirs,
    )


def _codecs_alike(mine: Vocabulary, theirs: Vocabulary, position: int) -> tuple[Codec, Codec]:
    """Give the codecs of a feature in both.

    Raises
    ------
    CountsMismatchError
        If they read cells differently.
    """
    codec, other = mine.schema.codecs[position], theirs.schema.codecs[position]
    if not codec.same_as(other):
        if codec.edges is not None and other.edges is not None:
            raise CountsMismatchError(
                f"feature {mine.features[position]!r} is cut at other edges in one of "
                f"the pair counts than in the other: {_edges_that_differ(codec, other)}. Count "
                f"both with the vocabulary of the first: "
                f"encode_table(second, vocabulary=counts.vocabulary)."
            )
        raise CountsMismatchError(
            f"feature {mine.features[position]!r} is {_described(codec)} in one of the pair counts "
            f"and {_described(other)} in the other. Count both with the vocabulary of the first: "
            f"encode_table(second, vocabulary=counts.vocabulary)."
        )
    return codec, other


def _united_as_they_are(
    mine: Vocabulary, theirs: Vocabulary
) -> tuple[Vocabulary, np.ndarray, np.ndarray]:
    """Unite equal vocabularies with pooled categories, which nothing can leave or join.

    Raises
    ------
    CountsMismatchError
        If they are not equal.
    """
    for position, name in enumerate(mine.features):
        _codecs_alike(mine, theirs, position)
        for parts in ("categories", "pooled"):
            known, other = (getattr(found, parts)[position] for found in (mine, theirs))
            if not _same_categories(known, other):
                raise CountsMismatchError(
                    f"pair counts whose rare categories are pooled can be added only where the "
                    f"same ones are, as it is not known which rows held which of them, and those "
                    f"of {name!r} differ. Add counts first, then pool the sum. Or count both "
                    f"with one vocabulary: encode_table(second, vocabulary=counts.vocabulary)."
                )
    ids = np.arange(mine.n_tokens)
    return replace(mine, counts=mine.counts + theirs.counts), ids, ids


def _same_categories(mine: np.ndarray, theirs: np.ndarray) -> bool:
    if len(mine) != len(theirs):
        return False
    return bool((Lookup(mine).codes(theirs.tolist(), unseen=-1) == np.arange(len(mine))).all())


def _warn_of_types(name: str, mine: np.ndarray, theirs: np.ndarray) -> None:
    """Warn where categories read alike and are of different types, such as 1 and "1"."""
    codes = Lookup(mine).codes(theirs.tolist(), unseen=-1)
    added = theirs[codes < 0].tolist()
    found = twins_of_other_types(mine.tolist(), added)
    if not found:
        return
    sentence = twin_sentence(name, found[0])
    if len(added) == len(theirs):
        sentence = f"no category of feature {name!r} is in both counts: {sentence}"
    warn(MixedTypesWarning(sentence))


def _edges_that_differ(codec: Codec, other: Codec) -> str:
    mine, theirs = (np.asarray(one.edges).tolist() for one in (codec, other))
    for number, (edge, its) in enumerate(zip(mine, theirs, strict=False), start=1):
        if edge != its:
            return f"edge {number} is {edge!r} and {its!r}"
    return f"there are {len(mine)} and {len(theirs)}, the first of which are equal"


def _described(codec: Codec) -> str:
    if codec.edges is None:
        differing = [
            f"{field.name}={value!r}"
            for field in fields(codec.reading)
            if (value := getattr(codec.reading, field.name)) != field.default
        ]
        differing += [] if codec.order is None else [f"order {listed(codec.order)}"]
        return "categorical" + (f" ({', '.join(differing)})" if differing else "")
    return f"cut at {listed(codec.edges.tolist(), 3)}"


def _merged(codec: Codec, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    if first.dtype == second.dtype and first.dtype != object and codec.order is None:
        return np.union1d(first, second)
    if codec.order is None and {*map(type, first.tolist()), *map(type, second.tolist())} == {str}:
        return _array_of(sorted(dict.fromkeys([*first.tolist(), *second.tolist()])))
    by_key: dict[Any, Any] = {}
    for value in sorted([*first.tolist(), *second.tolist()], key=plainness):
        by_key.setdefault(category_key(value), value)
    return _array_of(codec.sorted_categories(by_key.values()))


def _array_of(values: list[Any]) -> np.ndarray:
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
