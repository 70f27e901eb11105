"""Which files a path stands for: one, those of a folder or of a pattern, several, or a pipe.

Takes paths, and addresses of stores. Gives ``Source``, the files with their format and the keys of
Hive folders such as ``year=2023``. Reads no more of a file than its first bytes; what can be read
only once is copied into a temporary file.
"""

from __future__ import annotations

import glob
import os
import select
import sys
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import unquote

from cat2vec.errors import FileReadError, ParameterError, TableNotFoundError, listed
from cat2vec.storage.files import passing_folder, path_of, room_told
from cat2vec.tables.remarks import Remark
from cat2vec.tables.sources.formats import CSV, ENDINGS, FORMATS_IN_WORDS, ending_of, format_of
from cat2vec.tables.sources.remote import RemoteFile, is_remote, remote_files, remote_name

File = TypeVar("File")

#: What Hive calls a folder of rows whose key is missing.
_NO_KEY = "__HIVE_DEFAULT_PARTITION__"
_STDIN = "-"
#: Bytes that are read from a pipe at a time, at most.
_PIECE_BYTES = 1 << 20
#: Milliseconds after which Ctrl-C is heard at the latest.
_HEARD_AFTER = 100
#: Folders that other programs keep tables in, by what lies in them.
_TABLE_FOLDERS = {
    "_delta_log": "a Delta Lake table, whose folder also holds rows of earlier versions. Read it "
    "with deltalake.DeltaTable(...).to_pyarrow_table(), and write that as Parquet.",
    "metadata/version-hint.text": "an Iceberg table. Read it with pyiceberg or DuckDB, and write "
    "that as Parquet.",
    ".hoodie": "a Hudi table. Read it with Spark, and write that as Parquet.",
    "_versions": "a Lance table. Read it with lance.dataset(...).to_table(), and write that as "
    "Parquet.",
    "model.json": "a folder with a model of cat2vec. Give the model first and then the table.",
}


@dataclass(frozen=True)
class Part:
    """A file: where it is, what sentences call it, and the keys of the Hive folders it lies in."""

    path: Path | RemoteFile
    name: str
    keys: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Source:
    """The files of a table.

    Parameters
    ----------
    name : str
        What sentences call all of them.
    parts : tuple of Part
        One or more, of one format.
    format : str
    remarks : tuple of Remark
        On files that were left out.
    copied : object
        Temporary files that must live as long as this.
    """

    name: str
    parts: tuple[Part, ...]
    format: str
    remarks: tuple[Remark, ...] = ()
    copied: Any = None

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of Hive folders, which become columns."""
        return tuple(self.parts[0].keys)


def are_paths(table: Any) -> bool:
    """Say whether a table is given as a path, or as a list of some.

    Examples
    --------
    >>> are_paths("t.csv"), are_paths(["a.csv", "b.csv"]), are_paths(["Oslo", "Rome"])
    (True, True, False)
    """
    if isinstance(table, Source) or _is_path(table):
        return True
    if not isinstance(table, (list, tuple)) or not table:
        return False
    if not all(_is_path(one) for one in table):
        return False
    return any(
        not isinstance(one, str) or is_remote(one) or ending_of(one) in ENDINGS
        or os.path.exists(one)
        for one in table
    )  # fmt: skip


def _is_path(one: Any) -> bool:
    return isinstance(one, (str, os.PathLike)) or is_remote(one)


def find_source(paths: Any) -> Source:
    """Find the files that a path, or several, stand for.

    Parameters
    ----------
    paths : path, list of paths or Source
        A path may be a file, a folder, a pattern such as ``days/*.csv``, a pipe, or ``-`` for
        what is piped in; the address of a file, a folder or a pattern in a store, such as
        ``s3://bucket/days/*.parquet``; an ``OpenFile`` of fsspec or a ``UPath``.

    Raises
    ------
    TableNotFoundError, FileReadError, ParameterError
    """
    if isinstance(paths, Source):
        return paths
    given = [paths] if _is_path(paths) else list(paths)
    if not given:
        raise ParameterError("table must be a path or a list of paths, got an empty list.")
    if any(isinstance(one, str) and not one for one in given):
        raise ParameterError("table must be a path, got ''. Write '.' for the folder you are in.")
    copied: list[Any] = []
    remarks: list[Remark] = []
    files = [
        file
        for one in given
        for file in (
            _remote_files(one, copied, remarks) if is_remote(one)
            else _files_of(os.fspath(one), copied, remarks)
        )
    ]  # fmt: skip
    names = [name for _, name in files]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ParameterError(f"the file {listed(twice)} is given more than once. Give it once.")
    root, said = None, [remote_name(one) if is_remote(one) else str(one) for one in given]
    if len(given) == 1 and _is_folder(given[0], said[0], names):
        root = said[0].rstrip("/") if is_remote(given[0]) else str(path_of(said[0]))
    elif len(files) > 1 and not copied:
        root = os.path.commonpath([os.path.dirname(os.path.abspath(name)) for name in names])
    parts = [Part(path, name, _keys(name, root)) for path, name in files]
    _check_keys(parts)
    name = said[0] + (f" and {len(given) - 1:,} more" if len(given) > 1 else "")
    return Source(name, tuple(parts), _one_format(parts, name), tuple(remarks), copied)


def is_csv(paths: Any) -> bool:
    """Say whether a table is read as CSV."""
    return find_source(paths).format == CSV


def _is_folder(path: Any, said: str, names: Sequence[str]) -> bool:
    """Say whether a path is that of a folder, in which ``names`` were found."""
    if is_remote(path):
        return names != [said] and not glob.has_magic(said)
    return path_of(path).is_dir()


def _remote_files(
    path: Any, copied: list[Any], remarks: list[Remark]
) -> list[tuple[Path | RemoteFile, str]]:
    """Give the files of an address; those that can be read from their start only are copied."""
    inside, is_file = remote_files(path)
    tables = inside if is_file else _tables_among(inside, remote_name(path), remarks)
    found: list[tuple[Path | RemoteFile, str]] = []
    for file in tables.values():
        if file.can_seek:
            found.append((file, file.name))
            continue
        with file.open("rb", block_size=0) as stream:
            found.append((_copied(stream, copied), file.name))
    return found


def _files_of(path: str, copied: list[Any], remarks: list[Remark]) -> list[tuple[Path, str]]:
    if path == _STDIN:
        pipe = getattr(sys.stdin, "buffer", None)  # a stream that the shell closed is None
        if pipe is None or pipe.closed:
            raise FileReadError(
                "'-' reads what is piped in, and the standard input is closed. Pipe a table in, or "
                "give the path of a file; one whose name is '-' is './-'."
            )
        return [(_copied(pipe, copied), path)]
    file = path_of(path)
    if file.is_dir():
        return _files_in(file, path, remarks)
    if file.is_file():
        return [(file, str(file))]
    if file.exists():
        with open(file, "rb") as pipe:
            return [(_copied(pipe, copied), path)]
    if glob.has_magic(path):
        found = [Path(one) for one in sorted(glob.glob(str(file), recursive=True))]
        found = [one for one in found if not one.name.startswith("_")]
        of_folders = [one for one in found if one.is_dir()]
        inner = [
            pair for one in of_folders for pair in _files_in(one, str(one), remarks, none_is=[])
        ]
        files = dict([*((one, str(one)) for one in found if one.is_file()), *inner])
        if files:
            return sorted(files.items())
    nearby = [str(entry) for entry in file.parent.iterdir()] if file.parent.is_dir() else []
    raise TableNotFoundError(path, nearby)


class _Copy:
    """A temporary file with what came through a pipe, removed when nobody holds it any more."""

    def __init__(self, pipe: Any) -> None:
        held, folder = ExitStack(), Path(tempfile.gettempdir())
        weakref.finalize(self, held.close)
        passing = held.enter_context(passing_folder(folder))
        self.name = str(passing / "table")
        # Ctrl-C is heard between two reads; read goes on until it has all bytes, read1 does not.
        read = getattr(pipe, "read1", pipe.read)
        with room_told(folder, passing), open(self.name, "wb") as file:
            while piece := read(_PIECE_BYTES):
                file.write(piece)
                _wait_for(pipe)


def _wait_for(pipe: Any) -> None:
    """Wait until a pipe has something; a read that waits misses Ctrl-C that came just before it."""
    if not hasattr(select, "poll"):
        return
    watch = select.poll()
    try:
        watch.register(pipe.fileno(), select.POLLIN)
    except (AttributeError, OSError):  # nothing of the system
        return
    while not watch.poll(_HEARD_AFTER):
        pass


def _copied(pipe: Any, copies: list[Any]) -> Path:
    """Copy what comes through a pipe, which can be read only once."""
    copies.append(_Copy(pipe))
    return Path(copies[-1].name)


def _files_in(
    folder: Path, name: str, remarks: list[Remark], none_is: list[Any] | None = None
) -> list[tuple[Path, str]]:
    """Give the files of a folder that are tables by their names; where none is, all of them."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    inside = {file.relative_to(folder).as_posix(): file for file in files}
    tables = _tables_among(inside, name, remarks, none_is)
    return [(file, str(file)) for file in tables.values()]


def _tables_among(
    inside: Mapping[str, File], name: str, remarks: list[Remark], none_is: list[Any] | None = None
) -> dict[str, File]:
    """Give those of the files in a folder that are tables by their names; where none is, all."""
    for marker, what in _TABLE_FOLDERS.items():
        if any(path == marker or path.startswith(f"{marker}/") for path in inside):
            raise FileReadError(f"{name!r} is {what}")
    files = {
        path: file
        for path, file in inside.items()
        if not any(part.startswith((".", "_")) for part in path.split("/"))
    }
    tables = {path: file for path, file in files.items() if ending_of(path) in ENDINGS}
    others = [path for path in files if path not in tables]
    if tables and others:
        remarks.append(
            Remark(
                "",
                f"{listed(others)} in the folder {name!r}: left out, because the names do not end "
                f"as those of tables do.",
            )
        )
    tables = tables or files
    if not tables and none_is is None:
        raise FileReadError(f"the folder {name!r} holds no table: no {FORMATS_IN_WORDS}.")
    return tables


def _keys(name: str, root: str | None) -> dict[str, str | None]:
    """Read the keys of the Hive folders between ``root`` and a file."""
    if root is None:
        return {}
    inside = os.path.relpath(os.path.dirname(os.path.abspath(name)), os.path.abspath(root))
    pairs = [part.partition("=") for part in Path(inside).parts]
    values = {unquote(key): unquote(value) for key, sign, value in pairs if sign and key}
    return {key: None if value == _NO_KEY else value for key, value in values.items()}


def _check_keys(parts: Sequence[Part]) -> None:
    first = parts[0]
    for part in parts:
        if set(part.keys) != set(first.keys):
            raise FileReadError(
                f"folders such as year=2023 must be the same for all files: {first.name!r} lies in "
                f"those of {listed(first.keys) or 'none'}, {part.name!r} in those of "
                f"{listed(part.keys) or 'none'}. Move the files, or give them apart."
            )


def _one_format(parts: Sequence[Part], name: str) -> str:
    found: dict[str, str] = {}
    for part in parts:
        found.setdefault(format_of(part.path, part.name), part.name)
    if len(found) > 1:
        (one, first), (other, second) = list(found.items())[:2]
        raise FileReadError(
            f"{name!r} holds files of several kinds: {first!r} is {one}, {second!r} is {other}. "
            f"Give those of one kind, by their names or with a pattern such as 'days/*.csv'."
        )
    return next(iter(found))
