"""What fit says of columns of text that are numbers or dates in disguise."""

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cat2vec.errors import ColumnTypeError, IdentifierWarning, MissingValueWarning
from cat2vec.tables.cells.kinds import Dates, Numeric
from cat2vec.tables.encode import encode_table

NUMBERS = [str(number) for number in range(18, 80)]


def remarks(texts, **options):
    table = {"a": texts, "b": ["x", "y"] * (len(texts) // 2) + ["x"] * (len(texts) % 2)}
    return [remark.text for remark in encode_table(table, **options).remarks]


@pytest.mark.parametrize("word", ["NA", "n/a", "#N/A", "-", "NULL", "unknown", "?", "", "."])
def test_a_word_among_numbers_is_named_with_its_cells_and_the_way_out(word):
    (said,) = remarks([*NUMBERS, word, word])
    assert f"because of {word!r} (2 cells); all other texts are numbers" in said
    assert f"missing_values=[{word!r}]" in said
    assert "pandas.to_numeric(df['a'], errors='coerce')" in said


@pytest.mark.parametrize("column", [pd.Series, pl.Series, pa.array], ids=["pandas", "polars", "pa"])
def test_columns_of_every_library_are_remarked_on(column):
    (said,) = remarks(column([*NUMBERS, "90+"]))
    assert "because of '90+' (1 cell)" in said


@pytest.mark.parametrize(
    "texts", [["Oslo", "NA"], ["A1", "B2"], ["NA", "?"], ["1", "NA"], NUMBERS[:1]]
)
def test_texts_are_not_remarked_on(texts):
    assert remarks(texts * 3) == []


def test_a_column_whose_kind_is_given_is_not_remarked_on():
    assert remarks(NUMBERS, columns={"a": "category"}) == []
    assert remarks(NUMBERS, columns={"a": "numeric"}) == []


@pytest.mark.parametrize(
    ("texts", "way"),
    [
        (["2024-02-29 12:00:00", "2024-03-01 13:00:00"], "{'a': 'dates'}"),
        (["2024-02-29", "2024-03-01", "NA"], "{'a': 'dates'} with missing_values=['NA']"),
        (["2024-02-29T12:00:00Z", "2024-03-01T01:00:00+01:00"], "{'a': 'dates'}"),
        (["01.02.2024", "31.12.2023"], "{'a': Dates(format='%d.%m.%Y')}"),
        (["02/01/2024", "12/31/2023"], "{'a': Dates(format='%m/%d/%Y')}"),
        (["31/01/2024 09:30", "1/2/2023 10:00"], "{'a': Dates(format='%d/%m/%Y %H:%M')}"),
        (["2024/01/31", "2023/12/01"], "{'a': Dates(format='%Y/%m/%d')}"),
        (["01-Jan-2024", "02-Feb-2024"], "{'a': Dates(format='%d-%b-%Y')}"),
        (["Jan 5, 2024", "Feb 10, 2024"], "{'a': Dates(format='%b %d, %Y')}"),
        (["02/01/2024", "03/04/2023"], "columns={'a': Dates(format='%m/%d/%Y')}"),
    ],
)
def test_texts_that_are_dates_are_said_to_be_and_the_advice_is_true(texts, way):
    (said,) = remarks(texts * 4)
    assert "its texts are dates" in said
    assert way in said
    kind = eval(way.split(": ", 1)[1].split("}")[0])  # as a reader would type it
    table = {"a": texts * 4, "b": ["x", "y"] * (2 * len(texts))}
    encoded = encode_table(table, columns={"a": kind}, missing_values=["NA"] * ("NA" in texts))
    assert {name.partition(":")[0] for name in encoded.vocabulary.features} == {"a", "b"}


def test_distinct_timestamps_are_no_identifiers():
    times = pd.date_range("2024-01-01", periods=600, freq="min").astype(str)
    with pytest.warns(IdentifierWarning, match=r"its texts are dates.*\{'a': 'dates'\}") as seen:
        encode_table({"a": list(times), "b": ["x", "y"] * 300})
    assert "'identifier'" not in str(seen[0].message)


def test_texts_that_are_told_to_be_numeric_are_read_as_numbers():
    numbers = encode_table(
        {"a": [1.5, 2, 3, None] * 9, "b": list("xyzw") * 9}, columns={"a": Numeric(2)}
    )
    texts = encode_table(
        {"a": ["1.50", "2", " 3", None] * 9, "b": list("xyzw") * 9}, columns={"a": Numeric(2)}
    )
    assert texts.codes.tolist() == numbers.codes.tolist()
    assert texts.vocabulary.texts() == numbers.vocabulary.texts()


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (
            ["1", "2", "NA"],
            r"holds 'NA'\. If that means .* missing_values=\['NA'\], or pandas\.to_n",
        ),
        (["1", "-", "n/a"], r"holds '-', 'n/a'\. .* missing_values=\['-', 'n/a'\]"),
        (
            ["1,5", "2,25"],
            r"decimal comma use df\['a'\]\.str\.replace\(',', '\.'\)\.astype\(float\)",
        ),
        (["$5", "$7"], r"look like amounts with a sign of their currency"),
        (["Oslo", "Rome"], r"holds 'Oslo', 'Rome'\. Turn it into numbers first, or use 'category'"),
    ],
)
def test_texts_that_are_no_numbers_are_named_with_the_way_out(texts, sentence):
    with pytest.raises(ColumnTypeError, match=sentence):
        encode_table({"a": texts, "b": texts}, columns={"a": "numeric"})


@pytest.mark.parametrize(
    ("column", "missing_values", "sentence"),
    [
        (["x", " ?"], ["?"], r"names '\?' \(str\), and no cell .* 'a' holds ' \?' .* blanks or case"),  # noqa: E501
        (["x", "n/A"], ["N/A"], r"'a' holds 'n/A' \(str\), which differs in blanks or case"),
        ([1, -1], ["-1"], r"names '-1' \(str\).* 'a' holds -1 \(int\), which differs in type"),
        (["1", "-1"], [-1], r"names -1 \(int\).* 'a' holds '-1' \(str\), which differs in type"),
        (["x", "y"], ["NA"], r"names 'NA' \(str\), and no cell holds it, .* Leave it out"),
        (["x", "y"], {"a": ["u"]}, r"names 'u' \(str\), and no cell of column 'a' holds it"),
    ],
)  # fmt: skip
def test_a_missing_value_that_matches_nothing_is_a_warning(column, missing_values, sentence):
    with pytest.warns(MissingValueWarning, match=sentence):
        encode_table({"a": column * 5, "b": ["u", "v"] * 5}, missing_values=missing_values)


def test_a_missing_value_that_matches_somewhere_is_none():
    table = {"a": ["x", "?"] * 3, "b": ["x;NA", "y"] * 3, "c": [1, None] * 3}
    kinds = {"b": "category", "a": "category"}
    encode_table(table, missing_values=["?", 1, None, float("nan")], columns=kinds)
    from cat2vec.tables.cells.kinds import MultiValued

    encode_table(table, missing_values=["NA"], columns={"b": MultiValued(sep=";")})


assert Dates  # the formats above are read by name
