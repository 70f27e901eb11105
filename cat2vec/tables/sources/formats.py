"""Which kind a file is, told by its first bytes; its name decides only where these say nothing.

Takes a file. Gives one of the formats that are read, or an error that says what the file is and
how to make a table of it.
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import mmap
import os
import re
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from cat2vec.errors import FileReadError
from cat2vec.tables.sources.remote import RemoteFile

CSV, PARQUET, FEATHER, STREAM = "CSV", "Parquet", "Feather", "Arrow stream"
ORC, JSON_LINES = "ORC", "JSON lines"
#: What a table can be in, for sentences.
FORMATS_IN_WORDS = "CSV, Parquet, Feather, Arrow, ORC or JSON lines"

#: Endings of names, before one of a compression.
ENDINGS = {
    **dict.fromkeys((".csv", ".tsv", ".tab"), CSV),
    **dict.fromkeys((".parquet", ".pq", ".parq"), PARQUET),
    **dict.fromkeys((".feather", ".arrow", ".ipc", ".arrows"), FEATHER),
    ".orc": ORC,
    **dict.fromkeys((".jsonl", ".ndjson", ".jsonlines"), JSON_LINES),
}
_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    **{b"BZh%d" % level: "bzip2" for level in range(1, 10)},
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"\x04\x22\x4d\x18": "lz4",
}
_COMPRESSED_ENDINGS = (".gz", ".bz2", ".xz", ".zst", ".zstd", ".lz4")
_READ = {b"PAR1": PARQUET, b"ARROW1": FEATHER, b"ORC": ORC}
_PANDAS = "Read it with pandas.{}, and write it with .to_parquet(...)."
#: First bytes of files that are not read, and what to say of them.
_OTHERS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel file (.xls). Save the sheet as CSV."),
    (b"SQLite format 3\x00", "a SQLite database. " + _PANDAS.format("read_sql")),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file. " + _PANDAS.format("read_hdf")),
    (b"Obj\x01", "an Avro file. Write it as Parquet, for instance with DuckDB's read_avro."),
    (b"RDX2\n", "an R data file. In R, write it with write.csv or arrow::write_parquet."),
    (b"RDX3\n", "an R data file. In R, write it with write.csv or arrow::write_parquet."),
    (b"X\n\x00\x00\x00", "an R data file. In R, write it with write.csv or arrow::write_parquet."),
    (bytes(12) + b"\xc2\xea\x81\x60", "a SAS file (.sas7bdat). " + _PANDAS.format("read_sas")),
    (b"HEADER RECORD*******", "a SAS transport file. " + _PANDAS.format("read_sas")),
    (b"$FL2", "an SPSS file (.sav). " + _PANDAS.format("read_spss")),
    (b"$FL3", "an SPSS file (.zsav). " + _PANDAS.format("read_spss")),
    (b"<stata_dta>", "a Stata file (.dta). " + _PANDAS.format("read_stata")),
    (b"FEA1", "a Feather file of version 1. " + _PANDAS.format("read_feather")),
    (b"PARE", "an encrypted Parquet file. Write it without encryption."),
    (b"\x93NUMPY", "a NumPy array (.npy). Load it with numpy.load and give the array in Python."),
    (b"%PDF", "a PDF document. Save its table as CSV."),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive. Unpack it."),
    (b"Rar!", "a RAR archive. Unpack it."),
    (b"\x1f\x9d", "compressed with compress (.Z). Unpack it, or use gzip."),
    (b"\x89PNG", "a PNG picture. Give a table."),
    (b"\xff\xd8\xff", "a JPEG picture. Give a table."),
    (b"\xff\xfe\x00\x00", "UTF-32 text. Save it as UTF-8."),
    (b"\xff\xfe", "UTF-16 text. Save it as UTF-8."),
    (b"\xfe\xff", "UTF-16 text. Save it as UTF-8."),
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself. Run git lfs pull."),
)
_OTHER_TEXTS = (
    (rb"<!doctype html|<html|<head|<body|<table", "an HTML page. Save its table as CSV, or use "
     "pandas.read_html."),
    (rb"<\?xml", "an XML document. " + _PANDAS.format("read_xml")),
    (rb"@relation\b", "an ARFF file. Read it with scipy.io.arff.loadarff, and write it as CSV."),
)  # fmt: skip
_HEAD = 1 << 12


def format_of(file: Path | RemoteFile, name: str | None = None) -> str:
    """Say which kind a file is.

    Parameters
    ----------
    file : Path or RemoteFile
    name : str or None
        What sentences call it, and whose ending counts; by default its path.

    Raises
    ------
    FileReadError
        If it is none that is read.
    """
    name = str(file) if name is None else name
    compression, head = _head(file)
    what = _not_read(file, head)
    if what:
        packed = f", compressed with {compression}" if compression else ""
        raise FileReadError(f"{name!r} is {what.replace('. ', packed + '. ', 1)}")
    starts = [one for one in _READ if head.startswith(one) and not _is_name(head, one)]
    found = _READ[starts[0]] if starts else None
    if found is None and _is_stream(head):
        found = STREAM
    if compression and found:
        raise FileReadError(f"{name!r} is {found} compressed with {compression}. Unpack it.")
    if found is None and _is_json_object(head):
        found = JSON_LINES
    found = found or ENDINGS.get(ending_of(name), CSV)
    if found == CSV and _is_binary(head):
        raise FileReadError(
            f"{name!r} is a binary file of a kind that is not known. Tables are read from "
            f"{FORMATS_IN_WORDS}."
        )
    return found


def ending_of(name: str) -> str:
    """Give the ending of a name in small letters, without that of a compression.

    Examples
    --------
    >>> ending_of("days/1.CSV.gz"), ending_of("part-0000")
    ('.csv', '')
    """
    path = Path(name)
    if path.suffix.lower() in _COMPRESSED_ENDINGS:
        path = path.with_suffix("")
    return path.suffix.lower()


def readable(file: Path | RemoteFile, **how: Any) -> Any:
    """Give what other libraries read a file from: a path, or an open file.

    Files of a store are opened, as ``how`` says, and files of names that are not UTF-8, which Arrow
    does not take, are mapped.
    """
    if isinstance(file, RemoteFile):
        return file.open("rb", **how)
    if is_utf8(file):
        return file
    with file.open("rb") as binary:
        is_empty = not os.fstat(binary.fileno()).st_size
        mapped = b"" if is_empty else mmap.mmap(binary.fileno(), 0, access=mmap.ACCESS_READ)
    return pa.BufferReader(pa.py_buffer(mapped))


def is_utf8(file: Path) -> bool:
    """Say whether the name of a file is UTF-8."""
    try:
        return bool(str(file).encode())
    except UnicodeEncodeError:
        return False


def compression_of(file: Path | RemoteFile) -> str | None:
    """Say how a file is compressed, by its first bytes."""
    with file.open("rb") as binary:
        start = binary.read(6)
    return next((kind for magic, kind in _COMPRESSED.items() if start.startswith(magic)), None)


def open_bytes(file: Path | RemoteFile) -> BinaryIO:
    """Open a file for reading, unpacked."""
    compression: Any = compression_of(file)
    if compression in ("zstd", "lz4"):
        return io.BufferedReader(open_stream(file))
    opened: Any = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}.get(compression)
    found: BinaryIO = opened(readable(file), "rb") if opened else file.open("rb")
    return found


def open_stream(file: Path | RemoteFile, raw: BinaryIO | None = None) -> Any:
    """Open a file for Arrow, which unpacks all but xz by itself, and fast.

    ``raw`` is the same file, open already, whose place then says how much was read.
    """
    compression = compression_of(file)
    if compression == "xz":
        return lzma.open(raw or readable(file))
    names = {"bzip2": "bz2"}
    opened = readable(file) if raw is None else raw
    return pa.input_stream(opened, compression=names.get(compression or "", compression))


def _head(file: Path | RemoteFile) -> tuple[str | None, bytes]:
    """Give how a file is compressed, and its first bytes unpacked; none if that fails."""
    try:
        with open_bytes(file) as binary:
            return compression_of(file), binary.read(_HEAD)
    except (EOFError, lzma.LZMAError, pa.ArrowException, gzip.BadGzipFile):
        return compression_of(file), b""
    except OSError:
        if (compression := compression_of(file)) is None:
            raise
        return compression, b""


def _not_read(file: Path | RemoteFile, head: bytes) -> str:
    """Say what a file is that is not read, and what to do; nothing for others."""
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _in_zip(file)
    if head[257:262] == b"ustar":
        return "a tar archive. Unpack it."
    if re.match(rb"\x80[\x02-\x05]", head):
        return "a pickle. Load it in Python with pandas.read_pickle, and write it as Parquet."
    if re.match(rb"[\x69-\x73][\x01\x02]\x01", head):
        return "a Stata file (.dta). " + _PANDAS.format("read_stata")
    if head[8:12] == b"DUCK":
        return "a DuckDB database. Write its table with COPY ... TO 't.parquet'."
    for start, what in _OTHERS:
        if head.startswith(start) and not _is_name(head, start):
            return what
    if _is_utf16(head):
        return "UTF-16 text. Save it as UTF-8."
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for pattern, what in _OTHER_TEXTS:
        if re.match(pattern, text, re.I):
            return what
    return _json_document(text)


def _in_zip(file: Path | RemoteFile) -> str:
    try:
        with zipfile.ZipFile(readable(file)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        names = []
    if any(name.startswith("xl/") for name in names):
        return "an Excel file. Save the sheet as CSV."
    if "content.xml" in names:
        return "an OpenDocument file. Save the sheet as CSV."
    if names and all(name.endswith(".npy") for name in names):
        return "an archive of NumPy arrays (.npz). Load it with numpy.load and give an array."
    return "a zip archive. Unpack it; if it is an Excel file, save the sheet as CSV."


def _is_json_object(head: bytes) -> bool:
    """Say whether a file begins with a JSON object on a line of its own."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    line, ends, _ = text.partition(b"\n")
    if not re.match(rb'\{\s*("|\}\s*$)', line):
        return False
    if not ends:
        return True
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _json_document(text: bytes) -> str:
    if re.match(rb"\[\s*[\[{]", text):
        return "a JSON array. Write one object a line, or use pandas.read_json."
    of_columns = re.match(rb'\{\s*("[^"]*"\s*:\s*\{|"(columns|schema)"\s*:)', text)
    if of_columns and b"\n" not in text.rstrip():  # as pandas writes its tables
        return "one JSON document. Write one object a line, or use pandas.read_json."
    if re.match(rb'\{\s*(\n|$)|\{\s*"', text) and not _is_json_object(text):
        return "one JSON document. Write one object a line, or use pandas.read_json."
    return ""


def _is_stream(head: bytes) -> bool:
    """Say whether bytes begin a stream of Arrow messages, of which the first is the schema."""
    size = int.from_bytes(head[4:8], "little", signed=True)
    return head.startswith(b"\xff\xff\xff\xff") and 0 < size < 1 << 28


def _is_name(head: bytes, start: bytes) -> bool:
    """Say whether a file that begins as others do is text all the same: ``ORCID,name``."""
    return start.isalnum() and re.match(rb"[\w .-]*[,;\t|\"\r\n]", head[: 1 << 8]) is not None


def _is_utf16(head: bytes) -> bool:
    """Say whether one byte of two is zero, as in Latin text of two bytes a letter."""
    even, odd = head[0:64:2].count(0), head[1:64:2].count(0)
    return len(head) >= 16 and max(even, odd) >= 0.8 * (len(head[:64]) // 2) and not min(even, odd)


def _is_binary(head: bytes) -> bool:
    return b"\0" in head
