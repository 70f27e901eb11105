"""Laws of profiles: they add, and do not depend on the pieces that a column came in."""

import datetime
import decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cat2vec.tables.cells.growing import GrowingColumn, profile_of
from cat2vec.tables.cells.multivalued import factorize_cells
from cat2vec.tables.streams.numbers import cells_of
from cat2vec.vocabulary.vocabulary import category_key

TYPES = {
    "text": (pa.string(), st.text(max_size=2)),
    "int": (pa.int8(), st.integers(-5, 5)),
    "unsigned": (pa.uint64(), st.integers(2**64 - 4, 2**64 - 1)),
    "float": (pa.float32(), st.sampled_from([0.0, -0.0, 1.5, np.nan, np.inf, -np.inf])),
    "bool": (pa.bool_(), st.booleans()),
    "decimal": (pa.decimal128(5, 2), st.sampled_from([*map(decimal.Decimal, ("1.00", "0.25"))])),
    "day": (pa.date32(), st.dates(datetime.date(2020, 1, 1), datetime.date(2020, 1, 4))),
    "bytes": (pa.binary(), st.binary(max_size=1)),
    "list": (pa.list_(pa.string()), st.lists(st.sampled_from("abc"), max_size=3)),
}


@st.composite
def columns(draw, kinds=tuple(TYPES)):
    """Draw the cells of a column with gaps, and places where it is cut into pieces."""
    kind, cell = TYPES[draw(st.sampled_from(kinds))]
    cells = draw(st.lists(st.none() | cell, max_size=30))
    cuts = sorted(draw(st.lists(st.integers(0, len(cells)), max_size=4)))
    return pa.array(cells, kind), cuts


def pieces_of(column, cuts):
    return [column[a:b] for a, b in zip([0, *cuts], [*cuts, len(column)], strict=True)]


def factors_of(piece):
    return factorize_cells("", piece, None)


def counted(profile):
    """Give how many cells each value has, without those that stand in none."""
    values = profile.values
    plain = values.tolist() if isinstance(values, np.ndarray) else values
    pairs = zip(plain, profile.rows.tolist(), strict=True)
    by_key = {category_key(value): n for value, n in pairs if n}
    return by_key, profile.n_missing


@given(columns())
def test_the_profile_of_two_tables_is_the_sum_of_theirs(drawn):
    column, cuts = drawn
    whole = profile_of(factors_of(column))
    total = profile_of(factors_of(column[:0]))
    for piece in pieces_of(column, cuts):
        total = total + profile_of(factors_of(piece))
    assert counted(total) == counted(whole)
    assert (total.dtype, total.is_number, total.is_list) == (
        whole.dtype,
        whole.is_number,
        whole.is_list,
    )


def has_value(cell):
    if isinstance(cell, list):
        return any(map(has_value, cell))
    return cell is not None and cell == cell


@given(columns())
def test_cells_without_a_value_are_missing_whatever_others_hold(drawn):
    column, _ = drawn
    wanted = sum(not has_value(cell) for cell in column.to_pylist())
    assert profile_of(factors_of(column)).n_missing == wanted


@given(columns(), columns())
def test_adding_is_associative_up_to_the_order_of_values(one, other):
    first, second = (profile_of(factors_of(column)) for column, _ in (one, other))
    if first.is_list != second.is_list:
        return
    assert counted(first + second) == counted(second + first)
    assert counted((first + second) + first) == counted(first + (second + first))


@pytest.mark.kernels
@given(columns())
def test_codes_of_pieces_mean_the_same_value_in_all(drawn):
    column, cuts = drawn
    grown, seen = GrowingColumn(), []
    for piece in pieces_of(column, cuts):
        factors = factors_of(piece)
        codes = grown.add(factors)
        seen.append((factors, codes))
    values = grown.profile().values
    for factors, codes in seen:
        for local, code in zip(factors.codes.tolist(), codes.tolist(), strict=True):
            assert (local < 0) == (code < 0)
            if local >= 0:
                assert category_key(values[code]) == category_key(factors.distinct[local])


@given(columns(kinds=("text", "int", "float", "list")), st.data())
def test_weights_add_as_rows_do(drawn, data):
    column, cuts = drawn
    weights = np.array(
        data.draw(st.lists(st.integers(0, 5), min_size=len(column), max_size=len(column))), float
    )
    grown = GrowingColumn(is_weighted=True)
    for piece, part in zip(
        pieces_of(column, cuts), np.split(weights, cuts) if len(cuts) else [weights], strict=True
    ):
        grown.add(factors_of(piece), part)
    whole = profile_of(factors_of(column), weights)
    mine = grown.profile()
    np.testing.assert_array_equal(mine.weights, whole.weights)
    assert mine.missing_weight == whole.missing_weight


def test_types_that_differ_become_a_mixture():
    column = GrowingColumn()
    first = column.add(factors_of(pa.array([1, 2])))
    then = column.add(factors_of(pa.array([2.0, 3.5])))
    last = column.add(factors_of(["x", 1.0]))
    profile = column.profile()
    assert [first.tolist(), then.tolist(), last.tolist()] == [[0, 1], [1, 2], [3, 0]]
    assert (profile.values, profile.dtype, profile.is_number) == ([1, 2, 3.5, "x"], "mixed", False)
    assert [type(value) for value in profile.values] == [int, int, float, str]


@pytest.mark.parametrize("splitters", [[1.0], [0.0, 1.0, 5.0]])
def test_cells_of_numbers_are_in_their_order(splitters):
    values = np.array([-1.0, 0.0, 0.5, 1.0, 3.0, 5.0, 9.0])
    cells = cells_of(values, np.array(splitters))
    assert cells.tolist() == sorted(cells.tolist())
    for splitter in splitters:
        assert cells[values == splitter].item() % 2 == 1
