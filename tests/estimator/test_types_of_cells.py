"""Cells of unusual types: kept in a model folder, or refused before training; and types that clash."""  # noqa: E501

import collections
import datetime
import decimal
import enum
import fractions
import ipaddress
import json
import pathlib
import uuid

import numpy as np
import pandas as pd
import pytest

from cat2vec import Cat2Vec, Cat2VecImputer, count_pairs, load
from cat2vec.errors import MixedTypesWarning, ModelFormatError, UnseenCategoryWarning
from cat2vec.storage.folders import header_bytes


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


class Word(str, enum.Enum):
    RED = "r"
    BLUE = "b"


class Number(enum.IntEnum):
    ONE = 1
    TWO = 2


Point = collections.namedtuple("Point", "x y")
DAY = pd.Timestamp("2024-01-01")
KEPT = {
    "pd.cut": pd.cut(np.arange(60) % 40, [-1, 10, 20, 40]),
    "pd.qcut": pd.qcut(np.arange(60) / 7, 4),
    "intervals": [pd.Interval(0, 1), pd.Interval(1, 2.5, "left")],
    "intervals of dates": [pd.Interval(DAY, DAY + pd.Timedelta(n, "D")) for n in (1, 2)],
    "months": pd.period_range("2024-01", periods=60, freq="M"),
    "quarters": [pd.Period("2024Q1"), pd.Period("2024Q2")],
    "UUIDs": [uuid.UUID(int=1), uuid.UUID(int=2)],
    "decimals": [decimal.Decimal("1.10"), decimal.Decimal("2")],
    "durations": [datetime.timedelta(1), datetime.timedelta(2, 3)],
    "nanoseconds": [pd.Timedelta("1ns"), pd.Timedelta("2s")],
    "times": [datetime.time(1, 2), datetime.time(3, 4, 5, 6)],
    "bytes": [b"a", b"\xff"],
    "tuple and text": [(1, "a"), "x"],
    "set and text": [frozenset([1, "b"]), "x"],
    "text enum": [Word.RED, Word.BLUE],
    "text enum and number": [Word.RED, 1],
    "number enum": [Number.ONE, Number.TWO],
    "addresses": [ipaddress.ip_address("1.2.3.4"), ipaddress.ip_address("::1")],
    "networks": [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("10.1.0.0/16")],
    "fractions": [fractions.Fraction(1, 3), fractions.Fraction(1, 2)],
    "huge number and text": [10**30, "x"],
    "date and text": [datetime.date(2024, 1, 1), "x"],
}
REFUSED = {
    "enum": [Colour.RED, Colour.BLUE],
    "paths": [pathlib.PurePosixPath("a"), pathlib.PurePosixPath("b")],
    "named tuple and text": [Point(1, 2), "x"],
    "tuple of paths and text": [(pathlib.PurePosixPath("a"),), "x"],
    "offsets": [pd.offsets.Day(2), pd.offsets.Hour(1)],
    "years": [np.timedelta64(1, "Y"), np.timedelta64(2, "Y")],
    "dicts": [{"a": 1}, {"a": 2}],
    "raw": [np.void(b"ab"), np.void(b"cd")],
    "complex": [1j, 2],
    "types": [int, str],
}


def table_of(values):
    cells = pd.Series(values) if len(values) == 60 else pd.Series(list(values) * 30, dtype=object)
    other = np.random.default_rng(0).choice(list("pqr"), 60)
    return {"k": cells, "b": other, "c": ["u", "v"] * 30}


def written(value):
    """Give the text of a value; that of an equal set depends on how it was put together."""
    return sorted(map(repr, value)) if isinstance(value, frozenset) else str(value)


@pytest.mark.parametrize("values", KEPT.values(), ids=KEPT)
def test_a_saved_model_knows_the_same_categories(tmp_path, values):
    table = table_of(values)
    model = Cat2Vec(2).fit(table)
    model.save(tmp_path / "m")
    again = load(tmp_path / "m")
    np.testing.assert_array_equal(again.transform(table), model.transform(table))
    assert again.transform(table)[:, :2].any()
    for old, new in zip(
        model.vocabulary_.categories[0], again.vocabulary_.categories[0], strict=True
    ):
        assert (old, written(old)) == (new, written(new)) or isinstance(old, enum.Enum)


@pytest.mark.parametrize("values", REFUSED.values(), ids=REFUSED)
def test_what_no_folder_can_hold_is_refused_by_name_before_training(values):
    with pytest.raises(TypeError, match=r"(feature|column) 'k' holds .*(text|two columns)"):
        Cat2Vec(2).fit(table_of(values))


def test_new_rows_of_partial_fit_are_refused_too_and_the_model_stays():
    model = Cat2Vec(2).partial_fit(table_of(["x", "y"]))
    before = model.vectors_
    with pytest.raises(
        TypeError, match=r"holds PurePosixPath\('a'\), a PurePosixPath, .*astype\(str\)"
    ):
        model.partial_fit(table_of(REFUSED["paths"]))
    assert model.vectors_ is before


def test_a_tag_that_a_version_does_not_know_is_refused_and_not_misread(tmp_path):
    Cat2Vec(2).fit(table_of(KEPT["UUIDs"])).save(tmp_path / "m")
    file = tmp_path / "m" / "model.json"
    words = json.loads(file.read_text().replace('"UUID"', '"Later"'))
    del words["header_sha256"]
    file.write_bytes(header_bytes(words))
    with pytest.raises(ModelFormatError, match=r"KeyError: 'Later'"):
        load(tmp_path / "m")


@pytest.mark.parametrize(
    "value",
    [datetime.date(1900, 1, 1), decimal.Decimal("-1"), b"", DAY, None, np.int64(3),
     np.datetime64("1900-01-01"), uuid.UUID(int=0), ("a", 1)],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore:missing_values names")
def test_missing_values_of_any_kept_type_come_back(tmp_path, value):
    for given in ([value], {"k": [value]}):
        model = Cat2Vec(2, missing_values=given).fit(table_of(["x", "y"]))
        model.save(tmp_path / "m")
        assert load(tmp_path / "m").missing_values == given


@pytest.mark.parametrize(
    ("fitted", "new", "told"),
    [
        ([1, 2], ["1", "2"], r"'k' holds '1' \(str\), and fit saw 1 \(int\).*pandas\.to_numeric\(df\['k'\]\)"),  # noqa: E501
        (["1", "2"], [1, 2], r"'k' holds 1 \(int\), and fit saw '1' \(str\).*df\['k'\]\.astype\(str\)"),  # noqa: E501
        ([1, 2], ["1.0", "2.0"], r"'k' holds '1\.0' \(str\), and fit saw 1 \(int\)"),
        ([True, False], ["True", "False"], r"holds '(True|False)' \(str\), and fit saw .* \(bool\)"),  # noqa: E501
        ([True, False], [1, 0], r"holds (0|1) \(int\), and fit saw (True|False) \(bool\)"),
        (["a", "b"], [b"a", b"b"], r"holds b'a' \(bytes\), and fit saw 'a' \(str\)"),
        (["Oslo", "Rome"], ["oslo", "Rome "], r"differ in blanks or case.*normalize=True"),
        (list(range(60)), [str(n) for n in range(60)], r"holds '\d+' \(str\), and fit saw .* \(float\)"),  # noqa: E501
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::cat2vec.errors.RowNumberWarning")
def test_unseen_values_that_read_like_known_ones_are_told_apart(fitted, new, told):
    model = Cat2Vec(2).fit(table_of(fitted))
    with pytest.warns(UnseenCategoryWarning, match=told):
        assert not model.transform(table_of(new))[:, :2].any()
    with pytest.raises(ValueError, match=told):
        model.set_params(handle_unknown="error").transform(table_of(new))


@pytest.mark.parametrize(
    ("first", "second"), [([1, 2], ["1", "2"]), (["1", "2"], [1, 2]), ([1, 2], ["1", 2]),
                          ([True, False], ["true", "false"]), ([1.5, 2], ["1.50", "2"])]
)  # fmt: skip
def test_types_that_clash_are_said_where_rows_are_added(first, second):
    told = r"'k' holds .* values of different types are different categories"
    with pytest.warns(MixedTypesWarning, match=told):
        Cat2Vec(2).partial_fit(table_of(first)).partial_fit(table_of(second))
    with pytest.warns(MixedTypesWarning, match=told):
        count_pairs(table_of(first)) + count_pairs(table_of(second))
    with pytest.warns(MixedTypesWarning, match=told):
        Cat2Vec(2, handle_unknown="fold_in").fit(table_of(first)).transform(table_of(second))


def test_new_categories_of_the_same_type_are_added_without_a_word():
    model = Cat2Vec(2).partial_fit(table_of([1, 2])).partial_fit(table_of([2, 3]))
    assert len(model.vectors_["k"]) == 3


@pytest.mark.filterwarnings("ignore::cat2vec.errors.RowNumberWarning")
def test_texts_in_bins_are_unseen_also_where_unseen_categories_are_folded_in():
    model = Cat2Vec(2, handle_unknown="fold_in").fit(table_of(list(range(60))))
    new = {"k": [3, "many"], "b": ["p", "q"], "c": ["u", "v"]}
    with pytest.warns(UnseenCategoryWarning, match=r"'k' 1 \('many'\)\. They are no numbers"):
        assert not model.transform(new)[1, :2].any()


def test_masked_cells_of_an_array_are_missing_for_every_estimator():
    masked = np.ma.array(
        [["a", "b"], ["?", "d"], ["e", "d"], ["e", "?"]] * 20,
        mask=[[0, 0], [1, 0], [0, 0], [0, 1]] * 20,
    )
    plain = np.array([["a", "b"], [None, "d"], ["e", "d"], ["e", None]] * 20, object)
    one, other = Cat2Vec(1).fit(masked), Cat2Vec(1).fit(plain)
    np.testing.assert_array_equal(one.transform(masked), other.transform(plain))
    np.testing.assert_array_equal(one.score_samples(masked), other.score_samples(plain))
    for filled in (one.impute, Cat2VecImputer().fit(masked).transform):
        assert filled(masked).tolist() == other.impute(plain).tolist()
    assert Cat2Vec(1).partial_fit(masked).counts_.n_pairs == one.cells_.counts.n_pairs


def test_rows_of_other_types_are_told_of_once():
    table = {"a": [1, 2] * 9, "b": ["x", "y"] * 9}
    model = Cat2Vec(vector_size=1).partial_fit(table)
    texts = {"a": ["1", "2"] * 9, "b": ["x", "y"] * 9}
    with pytest.warns(MixedTypesWarning) as said:
        model.partial_fit(texts)
    assert [one.category for one in said] == [MixedTypesWarning]
    model.partial_fit(texts)  # both are known by now
