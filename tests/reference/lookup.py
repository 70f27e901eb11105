"""Slow twin of looking categories up: a dict of keys."""

from __future__ import annotations

from cat2vec.vocabulary.categories import category_key


def lookup_table(categories, pooled=(), rare=-1):
    """Give the code of every category by its key; of equal ones the last counts.

    Parameters
    ----------
    categories, pooled : sequence of values
        Those of ``pooled`` have the code ``rare`` all together.
    rare : int

    Returns
    -------
    dict of key to int
    """
    table = {category_key(value): code for code, value in enumerate(categories)}
    return table | {category_key(value): rare for value in pooled}


def codes_of(table, values, missing, unseen):
    """Give the codes of values, None being a missing cell."""
    return [
        missing if value is None else table.get(category_key(value), unseen) for value in values
    ]
