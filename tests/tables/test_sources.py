"""Files of many kinds, folders, patterns, pipes: read as one table, or told what they are."""

import bz2
import contextlib
import datetime
import gzip
import io
import json
import lzma
import os
import pickle
import sqlite3
import tarfile
import threading
import zipfile
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet as pq
import pytest

from cat2vec.errors import (
    FileReadError,
    HeaderWarning,
    ParameterError,
    TableError,
    TableNotFoundError,
    UnknownFeatureError,
)
from cat2vec.tables.files import columns_of_file, read_table

TEXT = b"a,b\n1,x\n2,\n"
TABLE = pa.table({"a": [1, 2], "b": ["x", None]})
LINES = b'{"a": 1, "b": "x"}\n{"a": 2, "b": null}\n'


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def put(name, content):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    with open(name, "wb") as file:
        file.write(content if isinstance(content, bytes) else content.encode())
    return name


def put_parquet(name, **columns):
    os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
    pq.write_table(pa.table(columns), name)


def rows(path, **options):
    return read_table(path, **options).table.to_pydict()


def remarks(path, **options):
    return [str(remark) for remark in read_table(path, **options).remarks]


def as_parquet():
    sink = io.BytesIO()
    pq.write_table(TABLE, sink)
    return sink.getvalue()


def as_feather(compression="uncompressed"):
    sink = io.BytesIO()
    pyarrow.feather.write_feather(TABLE, sink, compression)
    return sink.getvalue()


def as_stream():
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, TABLE.schema) as writer:
        writer.write_table(TABLE)
    return sink.getvalue()


def as_orc():
    pyarrow.orc.write_table(TABLE, "made.orc")
    with open("made.orc", "rb") as file:
        return file.read()


READ = {
    "gzip": ("t.csv.gz", lambda: gzip.compress(TEXT)),
    "bzip2": ("t.csv.bz2", lambda: bz2.compress(TEXT)),
    "xz": ("t.csv.xz", lambda: lzma.compress(TEXT)),
    "zstd": ("t.csv.zst", lambda: pa.compress(TEXT, "zstd", asbytes=True)),
    "compressed and not named so": ("t.csv", lambda: gzip.compress(TEXT)),
    "named as compressed": ("t.csv.gz", lambda: TEXT),
    "no ending": ("part-00000", lambda: TEXT),
    "Parquet": ("t.parquet", as_parquet),
    "Parquet of another name": ("t.dat", as_parquet),
    "Parquet named CSV": ("t.csv", as_parquet),
    "Feather": ("t.feather", as_feather),
    "Feather, compressed inside": ("t.arrow", lambda: as_feather("zstd")),
    "an Arrow stream": ("t.arrows", as_stream),
    "ORC": ("t.orc", as_orc),
    "JSON lines": ("t.jsonl", lambda: LINES),
    "JSON lines, compressed": ("t.ndjson.gz", lambda: gzip.compress(LINES)),
    "JSON lines named JSON": ("t.json", lambda: LINES),
    "JSON lines without a name": ("lines", lambda: LINES),
}


@pytest.mark.parametrize("kind", READ)
def test_one_table_in_many_formats(kind):
    name, content = READ[kind]
    put(name, content())
    assert rows(name) == TABLE.to_pydict()
    found = columns_of_file(name)
    assert {name: found[name].to_pylist() for name in ("a", "b")} == TABLE.to_pydict()


def zipped(name):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr(name, "x")
    return sink.getvalue()


def sqlite():
    with contextlib.closing(sqlite3.connect("made.db")) as connection:
        connection.execute("create table t (a)")
        connection.commit()
    with open("made.db", "rb") as file:
        return file.read()


def tar():
    sink = io.BytesIO()
    put("made.csv", TEXT)
    with tarfile.open(fileobj=sink, mode="w") as archive:
        archive.add("made.csv")
    return sink.getvalue()


def stata(version):
    pd.DataFrame({"a": [1]}).to_stata("made.dta", version=version)
    with open("made.dta", "rb") as file:
        return file.read()


OTHERS = {
    "old Excel": (lambda: bytes.fromhex("D0CF11E0A1B11AE1") + bytes(600), "an old Excel.*as CSV"),
    "Excel": (lambda: zipped("xl/workbook.xml"), "an Excel file. Save the sheet as CSV"),
    "OpenDocument": (lambda: zipped("content.xml"), "an OpenDocument file"),
    "zip": (lambda: zipped("t.csv"), "a zip archive. Unpack it"),
    "SQLite": (sqlite, "a SQLite database.*read_sql"),
    "a pickle": (lambda: pickle.dumps([1]), "a pickle.*read_pickle"),
    "a packed pickle": (lambda: gzip.compress(pickle.dumps([1])), "a pickle, compressed with gzip"),
    "HDF5": (lambda: b"\x89HDF\r\n\x1a\n" + bytes(99), "an HDF5 file.*read_hdf"),
    "Avro": (lambda: b"Obj\x01" + bytes(99), "an Avro file"),
    "R": (lambda: gzip.compress(b"RDX3\nX\n" + bytes(99)), "an R data file"),
    "SAS": (lambda: bytes(12) + bytes.fromhex("C2EA8160") + bytes(99), "a SAS file.*read_sas"),
    "SPSS": (lambda: b"$FL2@(#) SPSS", "an SPSS file.*read_spss"),
    "Stata": (lambda: stata(118), "a Stata file.*read_stata"),
    "Stata of before": (lambda: stata(114), "a Stata file.*read_stata"),
    "a JSON array": (lambda: b'[{"a": 1}]', "a JSON array. Write one object a line"),
    "a JSON document": (lambda: json.dumps({"a": [1]}, indent=1).encode(), "one JSON document"),
    "a JSON table": (lambda: b'{"a":{"0":1},"b":{"0":2}}', "one JSON document"),
    "HTML": (lambda: b"<!DOCTYPE html>\n<html>", "an HTML page"),
    "PDF": (lambda: b"%PDF-1.7\n", "a PDF document"),
    "tar": (tar, "a tar archive. Unpack it"),
    "tar, packed": (lambda: gzip.compress(tar()), "a tar archive, compressed with gzip. Unpack"),
    "7z": (lambda: b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    "UTF-16": (lambda: TEXT.decode().encode("utf-16"), "UTF-16 text. Save it as UTF-8"),
    "UTF-16 without a mark": (lambda: (TEXT * 2).decode().encode("utf-16-le"), "UTF-16 text"),
    "NumPy": (lambda: b"\x93NUMPY\x01\x00", "a NumPy array"),
    "ARFF": (lambda: b"@relation t\n@attribute a {1}\n", "an ARFF file"),
    "a pointer": (
        lambda: b"version https://git-lfs.github.com/spec/v1\n",
        "a pointer.*git lfs pull",
    ),
    "packed Parquet": (lambda: gzip.compress(as_parquet()), "Parquet compressed with gzip. Unpack"),
    "bytes": (lambda: bytes(range(256)) * 2, "a binary file of a kind that is not known"),
}


@pytest.mark.parametrize("name", ["t.csv", "t.dat"])
@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_no_table_is_told_in_a_sentence(kind, name):
    content, sentence = OTHERS[kind]
    put(name, content())
    with pytest.raises(FileReadError, match=rf"^'{name}' is {sentence}"):
        read_table(name)


@pytest.mark.parametrize("name", ["ORCID", "PARENT", "PAR1", "<DATE>", "RDX2"])
def test_names_that_begin_as_other_files_do_are_names(name):
    put("t.csv", f"{name},b\n1,x\n2,y\n")
    assert list(rows("t.csv")) == [name, "b"]


def test_texts_in_json_stay_text_and_long_numbers_are_refused():
    put("t.jsonl", '{"day": "2020-01-01", "n": 1e20}\n{"day": "2021-01-01", "n": 0.5}\n')
    assert rows("t.jsonl") == {"day": ["2020-01-01", "2021-01-01"], "n": [1e20, 0.5]}
    put("t.jsonl", '{"id": 1, "b": 1}\n{"id": 12345678901234567890, "b": 2}\n')
    with pytest.raises(FileReadError, match=r"line 2: 'id' holds 12345678901234567890 among"):
        read_table("t.jsonl")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("", "is empty"), ('{"a": 1}\n{"a": "x"}\n', "changed from number to string"),
     ('{"a": 1}\n{"a": \n', "cannot be read as JSON lines")],
)  # fmt: skip
def test_bad_json_lines_are_told(content, sentence):
    put("t.jsonl", content)
    with pytest.raises(FileReadError, match=rf"'t\.jsonl'.*{sentence}"):
        read_table("t.jsonl")


PATHS = ["days", "days/", "days/*.csv", "days/**", ["days/1.csv", "days/2.csv"], ["days"]]


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_a_folder_a_pattern_and_a_list_are_one_table(path):
    put("days/1.csv", "a,b\n1,x\n")
    put("days/2.csv", "b,a\ny,2\n")  # columns in another order
    assert rows(path) == {"a": [1, 2], "b": ["x", "y"]}


def test_files_of_folders_inside_are_read_and_marked_files_are_not():
    for name in ("f/b/2.csv", "f/a/1.csv"):
        put(name, f"a,b\n{name[-5]},x\n")
    marked = ("f/_SUCCESS", "f/.1.csv.crc", "f/_temporary/3.csv", "f/.ipynb_checkpoints/1.csv")
    for name in (*marked, "f/a/_temporary/4.csv", "f/a/_SUCCESS", "f/b/.5.csv", "f/b/c/_6.csv"):
        put(name, "not,a table")
    assert rows("f")["a"] == [1, 2]
    assert remarks("f") == []
    put("f/README.md", "# Days")
    assert remarks("f") == [
        "'README.md' in the folder 'f': left out, because the names do not end as those of tables "
        "do."
    ]


def test_files_without_endings_are_read_where_there_are_no_others():
    put("out/part-00000", "a,b\n1,x\n")
    put("out/part-00001", "a,b\n2,x\n")
    put("out/_SUCCESS", "")
    assert rows("out")["a"] == [1, 2]


def test_types_are_inferred_over_all_files():
    put("d/1.csv", "a,b\n1,x\n")
    put("d/2.csv", "a,b\nNA,x\n")
    assert rows("d") == {"a": ["1", "NA"], "b": ["x", "x"]}
    assert remarks("d") == [
        "'a': text in 'd/2.csv' and integer in other files, so text in all. missing_values names "
        "texts that mean a missing cell."
    ]
    assert rows("d", missing_values=["NA"])["a"] == [1, None]


GOOD = "a,b\n1,x\n"


@pytest.mark.parametrize(
    ("content", "error", "sentence"),
    [
        ("a,b\n1,2,3\n", FileReadError, r"'d/2\.csv' line 2: 3 cells, the header has 2"),
        ("", FileReadError, r"'d/2\.csv' is empty"),
        ("a,c\n1,2\n", FileReadError, r"'d/1\.csv' has a column 'b' and 'd/2\.csv' has none"),
        ("a,b,c\n1,2,3\n", FileReadError, r"'d/2\.csv' has a column 'c' and 'd/1\.csv' has none"),
        ("a,a\n1,2\n", TableError, r"'d/2\.csv' line 1: column names must differ"),
        (b"a,b\n\xff,2\n", FileReadError, r"'d/2\.csv' line 2: not UTF-8"),
        (b"PK\x03\x04", FileReadError, r"'d/2\.csv' is a zip archive"),
        ("a,b\nx,2\n", FileReadError, r"'d/2\.csv': column 'a' was to be read as integer"),
        (gzip.compress(GOOD.encode() * 99)[:30], FileReadError, r"'d/2\.csv' .*Compressed file"),
    ],
    ids=range(9),
)
def test_one_bad_file_of_many_is_named(content, error, sentence):
    put("d/1.csv", GOOD)
    put("d/3.csv", GOOD)
    put("d/2.csv", content)
    with pytest.raises(error, match=sentence):
        read_table("d", types={"a": "integer"})


def test_one_bad_parquet_file_of_many_is_named():
    put_parquet("d/1.parquet", a=["x"], b=[1])
    put("d/2.parquet", as_parquet()[:-9])
    with pytest.raises(FileReadError, match=r"'d/2\.parquet' cannot be read as Parquet"):
        read_table("d")


@pytest.mark.parametrize(
    ("path", "error", "sentence"),
    [
        ("none/*.csv", TableNotFoundError, "no file"),
        ([], ParameterError, "got an empty list"),
        ("", ParameterError, r"must be a path, got ''\. Write '\.' for the folder you are in"),
        (["d/1.csv", ""], ParameterError, "must be a path, got ''"),
        (["d/1.csv", "d/1.csv"], ParameterError, r"'d/1\.csv' is given more than once"),
        (["d/1.csv", "d/x.parquet"], FileReadError, r"'d/1\.csv' is CSV, 'd/x\.parquet' is Parq"),
        ("empty", FileReadError, "holds no table: no CSV, Parquet"),
        ("delta", FileReadError, "a Delta Lake table, whose folder also holds rows of earlier"),
        ("model", FileReadError, "a folder with a model of cat2vec"),
    ],
    ids=str,
)
def test_paths_that_are_no_table_get_a_sentence(path, error, sentence):
    put("d/1.csv", GOOD)
    put_parquet("d/x.parquet", a=[1], b=["x"])
    os.makedirs("empty")
    put("delta/_delta_log/0.json", "{}")
    put("model/model.json", "{}")
    with pytest.raises(error, match=sentence):
        read_table(path)


HIVE = pa.table(
    {
        "color": [*"rgb"] * 4,
        "year": [2023, 2024] * 6,
        "month": ["01", "10"] * 6,
        "land": ["Côte d'Ivoire/CI", None, "NO"] * 4,
    }
)
KEYS = ["year", "month", "land"]


@pytest.mark.parametrize("path", ["h", "h/year=*/*/*/*", ["h/year=2023", "h/year=2024"]], ids=str)
@pytest.mark.parametrize("format", ["parquet", "csv", "feather"])
def test_keys_of_hive_folders_are_columns(path, format):
    table = HIVE.append_column("size", pa.array([*range(12)]))
    pa.dataset.write_dataset(
        table, "h", format=format, partitioning=KEYS, partitioning_flavor="hive"
    )
    found = read_table(path).table.to_pandas()
    found = found.sort_values("size", ignore_index=True)[table.column_names].astype(object)
    wanted = table.to_pandas().astype(object)
    assert found.where(found.notna(), None).equals(wanted.where(wanted.notna(), None))
    columns = columns_of_file(path)
    assert sorted(columns["month"].to_pylist()) == ["01"] * 6 + ["10"] * 6


def test_keys_of_hive_folders_take_types_and_give_way_to_columns():
    put_parquet("h/y=1/p.parquet", a=["x"])
    put_parquet("h/y=2/p.parquet", a=["x"])
    assert rows("h") == {"a": ["x", "x"], "y": [1, 2]}
    assert rows("h", types={"y": "text"})["y"] == ["1", "2"]
    with pytest.raises(UnknownFeatureError, match="no feature 'z'"):
        read_table("h", types={"z": "text"})
    with pytest.raises(ParameterError, match="is for CSV, and Parquet has its own types"):
        read_table("h", types={"a": "text"})
    put_parquet("k/y=1/p.parquet", a=["x"], y=[7])
    assert rows("k") == {"a": ["x"], "y": [7]}
    assert remarks("k") == [
        "'y': a column of the files, which goes before the names of the folders."
    ]
    put_parquet("h/z=2/p.parquet", a=["x"])
    with pytest.raises(FileReadError, match=r"'h/y=1/p.parquet' lies in those of 'y', 'h/z=2/"):
        read_table("h")


DAY = datetime.date(2020, 1, 1)
NOON = datetime.datetime(2020, 1, 1, 12)
MIXED = {
    "null beside text": (pa.array(["x"]), pa.nulls(1), ["x", None], False),
    "null beside all": (pa.nulls(1), pa.nulls(1), [None, None], False),
    "int beside double": (pa.array([1]), pa.array([0.5]), [1.0, 0.5], True),
    "int beside float": (pa.array([1]), pa.array([0.5], pa.float32()), [1.0, 0.5], True),
    "widths": (pa.array([1], pa.int8()), pa.array([2**40]), [1, 2**40], False),
    "signs": (pa.array([1], pa.uint64()), pa.array([-1]), [1, -1], False),
    "dictionary": (pa.array(["x"]), pa.array(["y"]).dictionary_encode(), ["x", "y"], False),
    "large text": (pa.array(["x"]), pa.array(["y"], pa.large_string()), ["x", "y"], False),
    "days": (pa.array([DAY]), pa.array([NOON]), [NOON.replace(hour=0), NOON], True),
    "units": (
        pa.array([NOON], pa.timestamp("s")), pa.array([NOON], pa.timestamp("us")), [NOON, NOON],
        False,
    ),
    "empty lists": (pa.array([[]], pa.list_(pa.null())), pa.array([["x"]]), [[], ["x"]], False),
}  # fmt: skip


@pytest.mark.parametrize("ending", ["parquet", "feather"])
@pytest.mark.parametrize("kind", MIXED)
def test_types_of_parts_that_differ_become_one(kind, ending):
    one, other, values, said = MIXED[kind]
    write = {"parquet": pq.write_table, "feather": pyarrow.feather.write_feather}[ending]
    write(pa.table({"a": one, "b": ["u"]}), f"1.{ending}")
    write(pa.table({"b": ["v"], "a": other}), f"2.{ending}")
    assert rows(f"*.{ending}") == {"a": values, "b": ["u", "v"]}
    assert columns_of_file(f"*.{ending}")["a"].to_pylist() == values
    assert bool(remarks(f"*.{ending}")) == said


@pytest.mark.parametrize(
    ("one", "other", "sentence"),
    [
        (pa.array([1]), pa.array(["x"]), "is int64 in '1.parquet' and string in '2.parquet', and"),
        (pa.array([True]), pa.array([1]), "is bool in '1.parquet' and int64 in '2.parquet', and"),
        (pa.array(["x"]), pa.array([b"x"]), "is string in '1.parquet' and binary in"),
        (
            pa.array([Decimal("999999999999999.87")], pa.decimal128(17, 2)),
            pa.array([0.5]),
            r"is decimal128\(17, 2\) in '1.parquet' and double in '2.parquet', and no type",
        ),
        (pa.array([2**53 + 1]), pa.array([0.5]), "is int64 in '1.parquet' and would be read as do"),
        (pa.array([2**63], pa.uint64()), pa.array([1]), "is uint64 in '1.parquet' and would be"),
        (
            pa.array([NOON], pa.timestamp("s", "UTC")),
            pa.array([NOON]),
            "is .*tz=UTC.* in '1.parquet'",
        ),
        (
            pa.array([NOON], pa.timestamp("s", "UTC")),
            pa.array([DAY]),
            "is .*tz=UTC.* in '1.parquet' and date32",
        ),
        (None, pa.array(["x"]), "is not there in '1.parquet' and string in '2.parquet'"),
    ],
    ids=range(9),
)
def test_types_that_have_none_in_common_are_refused_with_both_files(one, other, sentence):
    columns = {"b": ["u"]} if one is None else {"a": one, "b": ["u"]}
    put_parquet("1.parquet", **columns)
    put_parquet("2.parquet", a=other, b=["v"])
    with pytest.raises(FileReadError, match=rf"column 'a' {sentence}"):
        read_table("*.parquet")


def frame(index=None):
    made = pd.DataFrame({"a": [*"xyzx"], "b": [*"uvuv"]})
    return made if index is None else made.set_index(index)


def unnamed():
    return frame().reset_index(names="Unnamed: 0")


NUMBERED = {
    "rows left out": lambda: frame()[lambda f: f.index != 1].to_parquet("t"),
    "an index without a name": lambda: frame(pd.Index([*"pqrs"])).to_parquet("t"),
    "a named index of row numbers": lambda: frame(pd.Index([3, 1, 2, 0], name="row")).to_parquet(
        "t"
    ),
    "a named index that begins with 1": lambda: frame(
        pd.Index([2, 1, 4, 3], name="row")
    ).to_parquet("t"),
    "Feather": lambda: pyarrow.feather.write_feather(frame()[1:].sort_values("a"), "t"),
    "CSV": lambda: frame().to_csv("t"),
    "CSV, shuffled and some left out": lambda: frame().iloc[[3, 0, 2]].to_csv("t"),
    "CSV read and written": lambda: (
        frame().reset_index(names="Unnamed: 0").to_csv("t", index=False)
    ),
    "Parquet of that": lambda: frame().reset_index(names="Unnamed: 0").to_parquet("t"),
    "R": lambda: put("t", '"","a","b"\n"1","x","u"\n"2","y","v"\n'),
}


@pytest.mark.parametrize("kind", NUMBERED)
def test_row_numbers_are_left_out_with_a_remark_and_kept_when_asked(kind):
    NUMBERED[kind]()
    found = read_table("t")
    assert list(found.types) == found.table.column_names == ["a", "b"]
    (remark,) = found.remarks
    assert "left out, because it" in str(remark)
    name = remark.column
    assert len(read_table("t", keep=[name]).types) == 3
    assert read_table("t", keep=[name]).remarks == ()


KEPT = {
    "a name": lambda: frame(pd.Index([*"pqrs"], name="airport")).to_parquet("t"),
    "numbers with gaps and a name": lambda: frame(pd.Index([7, 9, 4, 2], name="zip")).to_parquet(
        "t"
    ),
    "a number twice": lambda: put("t", ",a\n5,x\n5,y\n"),
    "texts without a name": lambda: put("t", ",a\nMazda,x\nFiat,y\n"),
    "an ordinary column": lambda: frame().assign(row=range(4)).to_parquet("t"),
}


@pytest.mark.parametrize("kind", KEPT)
def test_an_index_with_a_name_or_values_stays(kind):
    KEPT[kind]()
    found = read_table("t")
    assert found.remarks == ()
    assert set(found.types) > {"a"}


def test_an_index_in_one_file_of_two_is_left_out():
    os.mkdir("d")
    frame().to_parquet("d/1.parquet")
    frame()[1:].sort_values("a").to_parquet("d/2.parquet")
    assert list(rows("d")) == ["a", "b"]


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_row_numbers_that_begin_anew_in_each_file_are_left_out(ending):
    os.mkdir("d")
    for number in range(2):
        if ending == "csv":
            frame().to_csv(f"d/{number}.csv")
        else:
            frame(pd.Index(range(4), name="row")).to_parquet(f"d/{number}.parquet")
    assert list(rows("d")) == ["a", "b"]


def pipe(content):
    reader, writer = os.pipe()

    def write():
        with open(writer, "wb") as end:
            end.write(content)

    threading.Thread(target=write).start()
    return reader


LONG = b"a,b\n" + b"1,x\n2,\n" * 50_000


@pytest.mark.parametrize("content", [LONG, gzip.compress(TEXT), as_parquet()], ids=range(3))
def test_a_pipe_is_read_once_and_whole(content):
    reader = pipe(content)
    try:
        found = read_table(f"/dev/fd/{reader}", missing_values=[]).table
    finally:
        os.close(reader)
    assert found.column_names == ["a", "b"]
    assert found.num_rows == (2 if len(content) < 5000 else 100_000)


@pytest.mark.parametrize(("content", "sentence"), [(b"", "is empty"), (b"a,b\n", "and no rows")])
def test_a_pipe_without_a_table_is_told(content, sentence):
    reader = pipe(content)
    with pytest.raises((FileReadError, TableError), match=rf"'/dev/fd/{reader}' .*{sentence}"):
        read_table(f"/dev/fd/{reader}")
    os.close(reader)


def test_standard_input_is_a_dash(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(TEXT)))
    assert rows("-") == TABLE.to_pydict()


ADULT = "".join(
    f"{20 + i % 40},{'Gov' if i % 3 else 'Private'},{'HS' if i % 2 else '9th'},{i % 7}\n"
    for i in range(80)
)


def test_a_file_without_a_header_warns_and_can_be_read():
    put("t.csv", ADULT)
    with pytest.warns(HeaderWarning, match=r"line 1 .*'20', 'Private', '9th', '0' look like cells"):
        assert read_table("t.csv").table.num_rows == 79
    found = read_table("t.csv", header=False)
    assert found.types == {"x0": "integer", "x1": "text", "x2": "text", "x3": "integer"}
    assert found.table.num_rows == 80
    assert list(rows("t.csv", header=["age", "work", "edu", "n"])) == ["age", "work", "edu", "n"]


HEADLESS = {
    "files with headers put together": "a,b\n1,x\n2,y\n" * 3,
    "letters": "p,x,s,t\n" + "e,x,y,t\np,s,s,f\n" * 9,
    "flowers": "5.1,3.5,setosa\n" + "4.9,3.0,setosa\n5.1,3.2,other\n" * 9,
    "numbers": "5,17,3\n" + "4,12,9\n6,1,7\n" * 9,
    "a missing number": "?,M,L\n" + "4,M,L\n6,F,R\n" * 9,
    "a missing cell": ",M,L\n" + "4,M,L\n6,F,R\n" * 9,
}
HEADERS = {
    "names": "age,work,edu,n\n" + ADULT,
    "years": "land,2001,2002,2003\n" + "NO,1,2,3\nIT,3,4,5\n" * 9,
    "columns of an array": "0,1,2\n" + "0,1,2\n1,2,0\n" * 9,
    "years only": "2001,2002\n" + "7,8\n6,2001\n" * 9,
    "one value of its name": "milk,bread\nmilk,\n,bread\nmilk,bread\n",
    "one name is a value": "a,b,c\na,x,y\nb,x,y\n",
    "texts": "city,food\nOslo,cod\nRome,pasta\n",
}


@pytest.mark.parametrize("kind", HEADLESS)
def test_first_lines_that_look_like_rows_warn(kind):
    put("t.csv", HEADLESS[kind])
    with pytest.warns(HeaderWarning):
        read_table("t.csv")


@pytest.mark.parametrize("kind", HEADERS)
def test_headers_do_not_warn(kind):
    put("t.csv", HEADERS[kind])
    read_table("t.csv")  # a warning is an error here


@pytest.mark.parametrize("content", ["p,x,s,p\ne,x,s,p\n", ",,x\n1,2,3\n"])
def test_names_that_stand_twice_may_be_a_row(content):
    put("t.csv", content)
    with pytest.raises(TableError, match=r"if line 1 is no header but a row, give header=False"):
        read_table("t.csv")
    assert len(rows("t.csv", header=False)) == content.splitlines()[0].count(",") + 1


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (["a", "b"], r"header gives 2 names, and line 1 of 't\.csv' has 4 cells"),
        (["a", "a", "b", "c"], r"names that differ, got"),
        ("a", "True, False or a list of names"),
        ([], "True, False or a list of names"),
        (None, "True, False or a list of names"),
        (["20", "Private", "9th", "0"], "holds the names of the columns themselves"),
    ],
)
def test_names_that_do_not_fit_are_refused(header, sentence):
    put("t.csv", ADULT)
    with pytest.raises(ParameterError, match=sentence):
        read_table("t.csv", header=header)


def test_a_short_row_of_a_file_without_a_header_is_named():
    put("t.csv", "1,2,3\n4,5\n")
    with pytest.raises(FileReadError, match=r"line 2: 2 cells, the first row has 3"):
        read_table("t.csv", header=False)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.feather"])
def test_a_table_without_rows_is_read_where_none_are_needed(name):
    empty = pa.table({"a": pa.array([], pa.string()), "b": pa.array([], pa.int64())})
    {
        "t.csv": lambda: put(name, "a,b\n"),
        "t.parquet": lambda: pq.write_table(empty, name),
        "t.feather": lambda: pyarrow.feather.write_feather(empty, name),
    }[name]()
    with pytest.raises(TableError, match="no rows: there is nothing to learn from"):
        read_table(name)
    assert rows(name, rows_needed=False) == {"a": [], "b": []}


def test_a_column_of_a_folder_is_read_without_the_others(monkeypatch):
    put_parquet("d/1.parquet", a=[1], b=["x"])
    put_parquet("d/2.parquet", a=[2], b=["y"])
    found, asked = columns_of_file("d"), []
    read = pq.ParquetFile.read
    monkeypatch.setattr(
        pq.ParquetFile, "read", lambda self, names: asked.append(names) or read(self, names)
    )
    assert found["a"].to_pylist() == [1, 2]
    assert asked == [["a"], ["a"]]
    assert np.array_equal(found.n_rows, 2)
