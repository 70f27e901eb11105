"""The rule on columns of numbers of which nothing was said: categories, bins, or bins with a word.

Takes the name of a column and its ``Factors``. Gives what its numbers are taken for. Warns of
nothing itself.

The rule, for columns with more distinct numbers than there are bins:

1. numbers with fractions are measures: bins, without a word;
2. numbers that count up or down the rows, or fill a range without gaps and without a repetition,
   are row numbers: bins, with a warning;
3. whole numbers that differ in nearly every row are like identifiers: bins, with a warning;
4. whole numbers in a column whose name ends with a word of ``CODE_WORDS`` are categories;
5. all other whole numbers are bins, and one warning names their columns.

Fewer distinct numbers are categories in any case, and so are whole numbers of columns that share,
and all numbers in cells of several values, which are no columns of numbers.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from cat2vec.tables.cells.factors import Factors, Numbers

#: A column is taken for an identifier from this share of distinct values on, and these rows.
IDENTIFIER_SHARE, IDENTIFIER_ROWS = 0.9, 500
#: Last words of the names of columns of codes: words that hardly ever name an amount.
CODE_WORDS = frozenset(
    """
    id ids identifier code codes key keys nr nbr no number ref reference serial uid uuid guid hash
    zip zipcode postcode postalcode postal plz pincode phone telephone tel mobile fax
    account acct iban bic ssn sku ean upc gtin isbn issn asin barcode
    fips geoid naics sic icd isco soc cpt ndc drg cusip isin lei imei
    """.split()  # noqa: SIM905
)
#: A name that begins with one of these names an amount: ``n_id``, ``number_of_keys``.
_AMOUNTS = re.compile("n|num|nb|number|count|total|sum|mean|avg|average|min|max|median")
#: Names that pandas and R give to the numbers of rows.
_ROW_NAMES = re.compile(r"__index_level_\d+__|(?i:unnamed: ?\d+)|")
_PERHAPS_ROW_NAMES = re.compile(r"(?i:index|level_\d+|row_?names?|row_?(id|no|nr|num|number)?)")
#: Below so many rows nothing is taken for row numbers.
_LEAST_ROWS = 30
#: Steps up (or down) among all, where files with row numbers of their own stand under each other.
_NEARLY_ALL = 0.99
#: Row numbers in any order fill this share of their range; in order, as some rows may have been
#: left out, that share.
_DENSE, _SPARSE = 0.5, 0.05

#: What numbers are taken for.
CODES, MEASURES, COUNTS = "codes", "measures", "counts"
ROW_NUMBERS, IDENTIFIERS = "row numbers", "identifiers"


def taken_for(name: str, factors: Factors, n_bins: int) -> tuple[str, int]:
    """Say what the numbers of a column are taken for where nothing was said of it.

    Parameters
    ----------
    name : str
    factors : Factors
        A column of numbers.
    n_bins : int
        As many distinct numbers, or fewer, are categories whatever they are taken for.

    Returns
    -------
    what : str
        ``CODES`` become categories; ``MEASURES`` bins; ``COUNTS``, ``ROW_NUMBERS`` and
        ``IDENTIFIERS`` bins of which the fit warns.
    n_distinct : int

    Examples
    --------
    >>> from cat2vec.tables.cells.factors import factorize
    >>> numbers = factorize("", [7, 3, 3, 9, 12, 5, 5, 40])
    >>> [taken_for(name, numbers, 2) for name in ("agent", "agent_id", "PULocationID")]
    [('counts', 6), ('codes', 6), ('codes', 6)]
    >>> taken_for("agent_id", factorize("", [7.5, 3.0, 3.0, 9.0]), 2)
    ('measures', 3)
    """
    numbers = _known_of(factors)
    n_distinct = numbers.n_distinct
    if n_distinct <= n_bins or not numbers.is_whole:
        return MEASURES, n_distinct
    n_rows = int(factors.cells_of_values().sum())
    if _are_row_numbers(name, numbers, n_rows, *_steps_of(factors)):
        return ROW_NUMBERS, n_distinct
    if n_rows >= IDENTIFIER_ROWS and n_distinct >= IDENTIFIER_SHARE * n_rows:
        return IDENTIFIERS, n_distinct
    return (CODES if names_codes(name) else COUNTS), n_distinct


def names_codes(name: str) -> bool:
    """Say whether a name ends as those of codes do: ``agent_id``, ``zipCode``, ``ID``.

    Examples
    --------
    >>> [names_codes(name) for name in ("agent_id", "zipCode2", "PLZ", "paid", "n_id", "age")]
    [True, True, True, False, False, False]
    """
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    words = [word for word in re.split(r"[\W_]+", apart.lower()) if not re.fullmatch(r"\d*", word)]
    if not words or _AMOUNTS.fullmatch(words[0]):
        return False
    last = words[-1]
    return last in CODE_WORDS or last.rstrip("0123456789") in CODE_WORDS or words[0] == "id"


def numbers_in(factors: Factors) -> np.ndarray:
    """Give the distinct numbers as an array; of Python's own, what floats cannot hold is kept."""
    if isinstance(factors.distinct, np.ndarray):
        return factors.distinct
    values: list[Any] = [0 if value is None else value for value in factors.distinct]
    try:
        return np.array([int(value) if value == int(value) else float(value) for value in values])
    except (OverflowError, ValueError):  # infinity is not whole
        return np.array([float("inf")] * len(values))


def _known_of(factors: Factors) -> Numbers:
    """Say how many numbers of a column differ, between which bounds, and whether all are whole."""
    if factors.profile is not None and factors.profile.numbers is not None:
        return factors.profile.numbers
    values = numbers_in(factors)[factors.used()]
    if not len(values):
        return Numbers(0, 0, 0, True)
    return Numbers(len(np.unique(values)), values.min(), values.max(), are_whole(factors))


def _steps_of(factors: Factors) -> tuple[int, int]:
    """Count how often a number is followed by a larger one, and by a smaller one."""
    if factors.profile is not None:
        return factors.profile.ups, factors.profile.downs
    return steps_in(numbers_in(factors)[factors.codes[factors.codes >= 0]])


def steps_in(numbers: np.ndarray) -> tuple[int, int]:
    """Count how often a number is followed by a larger one, and by a smaller one.

    Examples
    --------
    >>> steps_in(np.array([1, 2, 2, 5, 3]))
    (2, 1)
    """
    before, after = numbers[:-1], numbers[1:]
    return int(np.count_nonzero(after > before)), int(np.count_nonzero(after < before))


def are_whole(factors: Factors) -> bool:
    """Say whether all numbers of a column are whole."""
    if factors.profile is not None and factors.profile.numbers is not None:
        return factors.profile.numbers.is_whole
    values = numbers_in(factors)[factors.used()]
    if values.dtype.kind in "iu":
        return True
    if values.dtype.kind == "O":  # integers beyond 64 bits
        return all(isinstance(value, int) for value in values.tolist())
    return bool(np.isfinite(values).all() and (values == np.floor(values)).all())


def _are_row_numbers(name: str, numbers: Numbers, n_rows: int, ups: int, downs: int) -> bool:
    if n_rows < _LEAST_ROWS:
        return False
    if _ROW_NAMES.fullmatch(name.strip()):
        return True
    are_in_order = max(ups, downs) >= _NEARLY_ALL * (n_rows - 1)
    are_distinct = numbers.n_distinct == n_rows
    if _PERHAPS_ROW_NAMES.fullmatch(name.strip()) and (are_in_order or are_distinct):
        return True
    span = int(numbers.most) - int(numbers.least) + 1
    if are_distinct and n_rows >= _DENSE * span:
        return True
    return bool(are_in_order and numbers.n_distinct >= _SPARSE * span)
