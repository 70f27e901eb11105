"""CSV and Parquet files: types that are inferred or told, and a sentence for every bad file."""

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cat2vec import MultiValued, count_pairs
from cat2vec.errors import (
    FileReadError,
    ParameterError,
    TableError,
    TableNotFoundError,
    UnknownFeatureError,
)
from cat2vec.tables.files import read_table


@pytest.fixture
def read(tmp_path):
    """Write text or bytes to a file and read it as a table."""

    def read(content, name="t.csv", **options):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_table(file, **options)

    return read


def column(found, name="a"):
    return found.table[name].to_pylist()


def write_parquet(path, **columns):
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), path)


TEXT = "a,b\n1,x\n2,\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", TEXT.encode()),
        ("t.csv.gz", gzip.compress(TEXT.encode())),
        ("t.CSV.GZ", gzip.compress(TEXT.encode())),
        ("t.tsv", TEXT.replace(",", "\t").encode()),
        ("t.TSV", TEXT.replace(",", "\t").encode()),
        ("t.tsv.gz", gzip.compress(TEXT.replace(",", "\t").encode())),
        ("bom.csv", b"\xef\xbb\xbf" + TEXT.encode()),
        ("crlf.csv", TEXT.replace("\n", "\r\n").encode()),
        ("no_last_newline.csv", TEXT.encode()[:-1]),
        ("blank_lines.csv", b"a,b\n\n1,x\n\n2,\n\n"),
        ("quoted.csv", b'"a","b"\n"1","x"\n2,\n'),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_one_table_in_many_spellings(read, name, content):
    found = read(content, name)
    assert found.types == {"a": "integer", "b": "text"}
    assert found.table.to_pydict() == {"a": [1, 2], "b": ["x", None]}


def test_an_unquoted_empty_field_is_missing_and_a_quoted_one_is_empty_text(read):
    assert column(read('a,b\nx,1\n,2\n"",3\n')) == ["x", None, ""]


def test_newlines_and_quotes_inside_quotes_belong_to_the_value(read):
    found = read('a,b\n"x\ny",1\n"z\r\nw",2\n"q""r",3\n5" pipe,4\n')
    assert column(found) == ["x\ny", "z\r\nw", 'q"r', '5" pipe']


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "-2", ""], "integer", [1, -2, None]),
        (["01", "10"], "text", ["01", "10"]),
        (["-01", "10"], "text", ["-01", "10"]),
        (["1", "2.5", "1e+16", ".5"], "number", [1.0, 2.5, 1e16, 0.5]),
        (["1", "2.5", "1e3"], "text", ["1", "2.5", "1e3"]),
        (["00.5", "1"], "text", ["00.5", "1"]),
        (["true", "False", "TRUE", ""], "boolean", [True, False, True, None]),
        (["true", "1"], "text", ["true", "1"]),
        (["NA", "1"], "text", ["NA", "1"]),
        (["nan", "1"], "text", ["nan", "1"]),
        (["inf", "1"], "text", ["inf", "1"]),
        (["1e400", "1"], "text", ["1e400", "1"]),
        ([" 1", "2"], "text", [" 1", "2"]),
        (["1_0", "2"], "text", ["1_0", "2"]),
        (["\u0661", "2"], "text", ["\u0661", "2"]),
        (['""', "1"], "text", ["", "1"]),
        (["", ""], "text", [None, None]),
        (["9223372036854775807", "-9223372036854775808"], "integer", [2**63 - 1, -(2**63)]),
        (["1000000000000000001", "1000000000000000002"], "integer", [10**18 + 1, 10**18 + 2]),
        (["9223372036854775808", "1"], "text", ["9223372036854775808", "1"]),
        (["9007199254740993", "0.5"], "text", ["9007199254740993", "0.5"]),
    ],
)
def test_types_are_inferred_without_changing_what_a_cell_means(read, cells, kind, values):
    found = read("a,b\n" + "".join(f"{cell},x\n" for cell in cells))
    assert (found.types["a"], column(found)) == (kind, values)


@pytest.mark.parametrize("last", ["A1", "007", "2.5"])
def test_types_are_inferred_over_all_rows(read, last):
    found = read("a,b\n" + "12,x\n" * 300_000 + f"{last},x\n")
    wanted = ("number", 2.5, 12.0) if last == "2.5" else ("text", last, "12")
    cells = found.table["a"]
    assert (found.types["a"], cells[-1].as_py(), cells[0].as_py()) == wanted
    assert found.table.num_rows == 300_001


def test_a_column_that_is_empty_for_a_long_time_still_gets_its_type(read):
    found = read("a,b\n" + ",x\n" * 300_000 + "7,x\n")
    assert found.types["a"] == "integer"
    assert found.table["a"].null_count == 300_000


@pytest.mark.parametrize("cell", ["NA", '"NA"'])
def test_missing_values_are_missing_also_in_quotes(read, cell):
    found = read(f"a,b\n{cell},NA\n1,y\n", missing_values=["NA"])
    assert found.types["a"] == "integer"
    assert found.table.to_pydict() == {"a": [None, 1], "b": [None, "y"]}


def test_missing_values_as_one_text_are_refused(read):
    with pytest.raises(ParameterError, match=r"got the text 'NA'\. Write missing_values=\['NA'\]"):
        read("a,b\n1,x\n", missing_values="NA")


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [("1", "text", "1"), ("007", "integer", 7), ("007", "number", 7.0), ("true", "text", "true"),
     ("+4", "integer", 4), ("3", "number", 3.0)],
)  # fmt: skip
def test_a_told_type_goes_before_the_inferred_one(read, cell, kind, value):
    found = read(f"a,b\n{cell},x\n", types={"a": kind})
    assert found.types == {"a": kind, "b": "text"}
    assert column(found) == [value]
    assert type(column(found)[0]) is type(value)


@pytest.mark.parametrize(
    ("kind", "cells", "bad"),
    [
        ("integer", ["007", "z"], "z"),
        ("integer", ["1", "2.0"], "2.0"),
        ("integer", ["1", "1_0"], "1_0"),
        ("integer", ["9223372036854775808"], "9223372036854775808"),
        ("number", ["01.5", "1_0"], "1_0"),
        ("boolean", ["true", "0"], "0"),
        ("number", ['""'], ""),
    ],
)
def test_a_cell_that_is_not_of_the_told_type_is_named(read, kind, cells, bad):
    sentence = (
        rf"t\.csv': column 'a' was to be read as {kind} and holds '{bad}'\. "
        rf"If that means a missing cell, name it in missing_values"
        rf"(, as in missing_values=\['{bad}'\])?; else correct it or its type\."
    )
    content = "a,b\n" + "".join(f"{cell},x\n" for cell in cells)
    with pytest.raises(FileReadError, match=sentence):
        read(content, types={"a": kind})
    found = read(content, types={"a": kind}, missing_values=[bad])  # the advice is true
    assert found.table["a"].null_count == 1


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [(["1", "2"], "integer", [1, 2]), (["1", "2.5"], "number", [1, 2.5]), ([""], "number", [None])],
)
def test_a_column_of_numbers_can_be_told_without_saying_which(read, cells, kind, values):
    content = "a,b\n" + "".join(f"{cell},x\n" for cell in cells)
    found = read(content, types={"a": "numeric"})
    assert (found.types["a"], found.table["a"].to_pylist()) == (kind, values)


def test_a_text_in_a_column_of_numbers_is_named(read):
    with pytest.raises(FileReadError, match="'a' was to be read as number and holds 'n/a'"):
        read("a,b\n1,x\nn/a,x\n3,x\n", types={"a": "numeric"})


def test_a_type_for_an_unknown_column_names_the_nearest_one(read):
    with pytest.raises(UnknownFeatureError, match=r"no feature 'ctiy'.*Nearest: 'city'"):
        read("city,b\nx,1\n", types={"ctiy": "text"})


def test_an_unknown_type_is_refused(read):
    with pytest.raises(ParameterError, match="must be one of 'text', 'integer', 'number', 'bool"):
        read(TEXT, types={"a": "float"})


def test_a_delimiter_can_be_given(read):
    assert read("a;b\n1,5;x\n", delimiter=";").table.to_pydict() == {"a": ["1,5"], "b": ["x"]}


@pytest.mark.parametrize("delimiter", ["", ";;", "§"])
def test_a_delimiter_of_more_or_less_than_one_ascii_character_is_refused(read, delimiter):
    with pytest.raises(ParameterError, match=f"one ASCII character, got '{delimiter}'"):
        read(TEXT, delimiter=delimiter)


MANY = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(50_000)), mtime=0)


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        ("", FileReadError, "is empty: it has no header and no rows"),
        ("\n1,2\n", FileReadError, "line 1 is empty; the column names belong there"),
        ("a,b\n", TableError, "has a header and no rows: there is nothing to learn from"),
        ("a,b", TableError, "has a header and no rows: there is nothing to learn from"),
        ("a;b\n1;2\n", TableError, r"column, 'a;b'.*holds ';': give that as the delimiter\."),
        ("a\tb\n1\t2\n", TableError, r"header holds '\\t': give that as the delimiter\."),
        ("a,b,a\n1,2,3\n", TableError, "line 1: column names must differ, and 'a' stands more"),
        ("a,b\n1,2\n3\n", FileReadError, r"line 3: 1 cell, the header has 2\."),
        ("a,b\n1,2\n3,4,5\n", FileReadError, r"line 3: 3 cells, the header has 2\."),
        ('a,b\n"x\ny",2\n\n3\n', FileReadError, r"line 5: 1 cell, the header has 2\."),
        ("é,b\n1,x\n".encode("latin-1"), FileReadError, r"line 1: not UTF-8 text .*as UTF-8"),
        ("a,b\n1,x\n2,é\n".encode("latin-1"), FileReadError, r"line 3: not UTF-8 text"),
        (b"a,b\n" + b"1,x\n" * 99_998 + b"2,\xe9\n", FileReadError, "line 100000: not UTF-8"),
        ("a,b\n1,x\n".encode("utf-16"), FileReadError, r"is UTF-16 text\. Save it as UTF-8\."),
        ('a,b\n1,x\n2,"y\n3,z\n', FileReadError, r'line 3: a quote \("\) opens in this row and'),
        ('a,"b\n1,2\n', FileReadError, r'line 1: a quote \("\) opens in this row and is never'),
        ('a,b\n1,"' + "x\n" * 5_000_000, FileReadError, "line 2: a quote .* is never closed"),
        ("a,b\n1," + "x" * 20_000_000, FileReadError, "holds a row longer than 8 MB"),
        (b"PK\x03\x04....", FileReadError, "is a zip archive.*save the sheet as CSV"),
        (b"PAR1....", FileReadError, "cannot be read as Parquet"),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value[:90] else "",
)
def test_a_bad_csv_file_gets_a_sentence(read, content, error, sentence):
    with pytest.raises(error, match=rf"(?s)t\.csv'.*{sentence}"):
        read(content)


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        (MANY[:-5000], FileReadError, r"line \d+: Compressed file ended before the end"),
        (MANY[:-6], FileReadError, r"line 50002: Compressed file ended before the end"),
        (MANY[:12], FileReadError, "line 1: Compressed file ended before the end"),
        (gzip.compress(b"", mtime=0), FileReadError, "line 1 is empty"),
        (
            gzip.compress(b"a,b\n1,x\n2\n", mtime=0),
            FileReadError,
            "line 3: 1 cell, the header has 2",
        ),
        (gzip.compress(b"a,b\n1,\xe9\n", mtime=0), FileReadError, "line 2: not UTF-8 text"),
        (
            gzip.compress(b'a,b\n1,"x\n', mtime=0),
            FileReadError,
            "line 2: a quote .* is never closed",
        ),
    ],
)
def test_a_bad_gzip_file_gets_a_sentence(read, content, error, sentence):
    with pytest.raises(error, match=rf"t\.csv\.gz'.*{sentence}"):
        read(content, "t.csv.gz")


def test_a_file_that_is_not_there_is_named_with_the_nearest_one(tmp_path):
    (tmp_path / "sales.csv").write_text(TEXT)
    with pytest.raises(TableNotFoundError, match=r"no file '.*sale\.csv'\. Nearest: '.*sales\.cs"):
        read_table(tmp_path / "sale.csv")


def test_a_file_in_a_folder_that_is_not_there_gets_advice(tmp_path):
    with pytest.raises(TableNotFoundError, match="Give the path of a CSV or Parquet file"):
        read_table(tmp_path / "none" / "sales.csv")


@pytest.mark.parametrize("name", ["t.parquet", "t.pq", "t.PARQUET"])
def test_parquet_keeps_its_own_types(tmp_path, name):
    write_parquet(tmp_path / name, a=["01", None], b=[1, 2], c=[0.5, None])
    found = read_table(str(tmp_path / name))
    assert found.types == {"a": "string", "b": "int64", "c": "double"}
    assert found.table.to_pydict() == {"a": ["01", None], "b": [1, 2], "c": [0.5, None]}


def test_a_folder_of_parquet_is_one_table_in_the_order_of_names(tmp_path):
    write_parquet(tmp_path / "day" / "2.parquet", b=[2], a=["y"])  # columns in another order
    write_parquet(tmp_path / "day" / "1.parquet", a=["x"], b=[1])
    assert read_table(tmp_path / "day").table.to_pydict() == {"a": ["x", "y"], "b": [1, 2]}


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"a": ["y"], "b": ["x"]}, "column 'b' is int64 in '.*1.parquet' and string in '.*2.par"),
        ({"a": ["y"]}, "column 'b' is int64 in '.*1.parquet' and not there in '.*2.parquet'"),
        ({"a": ["y"], "b": [1], "c": [1]}, "column 'c' is not there in '.*1.parquet' and int64"),
    ],
)
def test_files_of_a_folder_that_differ_are_named(tmp_path, columns, sentence):
    write_parquet(tmp_path / "day" / "1.parquet", a=["x"], b=[1])
    write_parquet(tmp_path / "day" / "2.parquet", **columns)
    with pytest.raises(FileReadError, match=sentence):
        read_table(tmp_path / "day")


def test_a_folder_without_tables_is_refused(tmp_path):
    (tmp_path / "_SUCCESS").write_text("")
    with pytest.raises(FileReadError, match="holds no table: no CSV, Parquet"):
        read_table(tmp_path)


@pytest.mark.parametrize("content", [b"", b"abc", b"a,b\n1,2\n3,4\n5,6\n"])
def test_a_file_that_is_not_parquet_is_refused(read, content):
    with pytest.raises(FileReadError, match=r"t\.parquet' cannot be read as Parquet: "):
        read(content, "t.parquet")


def test_parquet_without_rows_is_refused(tmp_path):
    write_parquet(tmp_path / "t.parquet", a=pa.array([], pa.string()), b=pa.array([], pa.int8()))
    with pytest.raises(TableError, match="has columns and no rows"):
        read_table(tmp_path / "t.parquet")


def test_parquet_with_a_name_twice_is_refused(tmp_path):
    twice = pa.Table.from_arrays([pa.array(["x"]), pa.array(["y"])], names=["a", "a"])
    pq.write_table(twice, tmp_path / "t.parquet")
    with pytest.raises(TableError, match="column names must differ, and 'a' stands more than"):
        read_table(tmp_path / "t.parquet")


@pytest.mark.parametrize(
    "options", [{"types": {"a": "text"}}, {"delimiter": ";"}, {"missing_values": ["x"]}]
)
def test_options_of_csv_are_refused_for_parquet(tmp_path, options):
    write_parquet(tmp_path / "t.parquet", a=["x"], b=["y"])
    with pytest.raises(ParameterError, match="is for CSV, and Parquet has its own types"):
        read_table(tmp_path / "t.parquet", **options)


def test_a_file_of_one_column_that_holds_several_values_is_read_in_whole_lines(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text('items\na,b\n\n"c, d"\nb;c\n')
    table = read_table(file).table
    assert table["items"].to_pylist() == ["a,b", None, "c, d", "b;c"]
    named = read_table(file, header=["line"]).table  # one name, so lines as they are
    assert named["line"].to_pylist()[:2] == ["items", "a,b"]
    file.write_text("a,b\nc\nd,e,f\n")
    assert read_table(file, header=["line"]).table["line"].to_pylist() == ["a,b", "c", "d,e,f"]
    file.write_text('items\na,b\n\n"c, d"\nb;c\n')
    with pytest.raises(TableError, match=r"only one feature, 'items'.*MultiValued\(sep=','\)"):
        count_pairs(file)
    counts = count_pairs(file, columns={"items": MultiValued(sep=",")})
    assert counts.vocabulary.schema.within.tolist() == [True]
