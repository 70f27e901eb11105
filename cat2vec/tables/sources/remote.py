"""Files of object stores and web servers: found by fsspec, and opened as those of a disk are.

Takes addresses such as ``s3://bucket/days/*.parquet``, or what fsspec opened with options of its
own. Gives ``RemoteFile``, which has of ``pathlib.Path`` what reading needs.
"""

from __future__ import annotations

import glob
import io
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

from cat2vec.errors import FileReadError, MissingPackageError, TableNotFoundError

_ADDRESS = re.compile(r"([\w+.-]+::)*[a-zA-Z][\w+.-]+://")
_WEB = ("http://", "https://")
#: Packages by which fsspec reads them, all in ``cat2vec[cloud]``.
_PACKAGES = {"s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs"}
_PACKAGES |= {"http": "aiohttp", "https": "aiohttp"}
#: By which stores say that a file has changed.
_STAMPS = ("ETag", "etag", "mtime", "LastModified", "updated", "created")


@dataclass(frozen=True)
class RemoteFile:
    """A file of a store.

    Parameters
    ----------
    filesystem : object
        Of fsspec.
    path : str
        In it.
    name : str
        What sentences call it: without a password or the signature of an address.
    about : mapping
        What the store says of it.
    """

    filesystem: Any
    path: str
    name: str
    about: Mapping[str, Any]

    def open(self, mode: str = "rb", **how: Any) -> Any:
        """Open the file for reading."""
        file = self.filesystem.open(self.path, mode, **how)
        # what lies in memory is opened once for all, with one place for all who read
        return io.BytesIO(file.getvalue()) if isinstance(file, io.BytesIO) else file

    def stat(self) -> Any:
        """Give its size, as ``Path.stat`` does."""
        return SimpleNamespace(st_size=int(self.about["size"]))

    @property
    def can_seek(self) -> bool:
        """Whether any part of the file can be read; web servers need not be able to do that."""
        is_web = self.path.startswith(_WEB)
        return self.about.get("size") is not None and (
            not is_web or bool(self.about.get("partial"))
        )

    @property
    def stamp(self) -> str | None:
        """What differs once the file was written again; None if the store does not say."""
        return next((str(self.about[one]) for one in _STAMPS if self.about.get(one)), None)


def is_remote(path: Any) -> bool:
    """Say whether a path is the address of a store, or was opened by fsspec.

    Examples
    --------
    >>> is_remote("s3://bucket/t.csv"), is_remote("days/t.csv"), is_remote("C:/t.csv")
    (True, False, False)
    """
    if isinstance(path, str):
        return _ADDRESS.match(path) is not None
    return hasattr(path, "fs") and isinstance(getattr(path, "path", None), str)


def remote_name(path: Any) -> str:
    """Give what sentences call an address.

    Examples
    --------
    >>> remote_name("https://me:secret@host:80/t.csv?signature=x"), remote_name("s3://b/t?.csv")
    ('https://host:80/t.csv', 's3://b/t?.csv')
    """
    text = path if isinstance(path, str) else path.fs.unstrip_protocol(path.path)
    if not text.startswith(_WEB):
        return text
    parts = urlsplit(text)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{unquote(parts.path)}"


def remote_files(path: Any) -> tuple[dict[str, RemoteFile], bool]:
    """Find the files that an address stands for, and say whether it is that of one file.

    Parameters
    ----------
    path : str or object
        An address of a file, a folder or a pattern; what fsspec opened, an ``OpenFile`` or a
        ``UPath``, with options that an address cannot hold.

    Returns
    -------
    files : dict of str to RemoteFile
        By their names inside the folder or pattern.
    is_file : bool

    Raises
    ------
    TableNotFoundError, FileReadError, MissingPackageError
    """
    name = remote_name(path)
    filesystem, inner = _filesystem(path, name)
    try:
        found, is_file = _found(filesystem, inner)
        if not found:
            nearby: list[str] = []
            with suppress(Exception):  # only for a hint
                others = filesystem.ls(filesystem._parent(inner), detail=False)
                nearby = [filesystem.unstrip_protocol(one) for one in others]
            raise TableNotFoundError(name, nearby)
    except TableNotFoundError:
        raise
    except Exception as error:  # of any library of any store
        raise FileReadError(
            f"{name!r} cannot be reached: {type(error).__name__}: {' '.join(str(error).split())}. "
            f"Check the address and the credentials, which fsspec takes from the environment."
        ) from None
    files = {
        one: RemoteFile(filesystem, one, remote_name(filesystem.unstrip_protocol(one)), about)
        for one, about in sorted(found.items())
    }
    root = remote_name(filesystem.unstrip_protocol(_without_pattern(inner)))
    names = {file.name.removeprefix(root).lstrip("/"): file for file in files.values()}
    return names, is_file


def _filesystem(path: Any, name: str) -> tuple[Any, str]:
    if not isinstance(path, str):
        return path.fs, path.path
    protocol = path.partition("://")[0].rpartition("::")[2]
    try:
        import fsspec

        filesystem, inner = fsspec.core.url_to_fs(path)
    except ImportError:
        package = _PACKAGES.get(protocol, "fsspec")
        raise MissingPackageError(f"reading {name!r}", package, "cat2vec[cloud]") from None
    except ValueError as error:
        raise FileReadError(f"{name!r} cannot be read: {error}.") from None
    return filesystem, str(inner)


def _found(filesystem: Any, path: str) -> tuple[dict[str, Mapping[str, Any]], bool]:
    """Give the files of a path with what is known of each, and whether it is that of one."""
    is_folder = path.endswith("/")  # of a web server, where every address may be a file
    if not is_folder:
        about = _about(filesystem, path)
        is_folder = about.get("type") == "directory"
        if about and not is_folder:
            return {path: about}, True
    if is_folder:
        inside = filesystem.find(path, detail=True)
        if not inside:
            _about(filesystem, path)  # which fails where finding says nothing
        return _with_sizes(filesystem, inside), False
    if not glob.has_magic(path):
        return {}, False
    found: dict[str, Mapping[str, Any]] = {}
    for one, about in filesystem.glob(path, detail=True).items():
        inner = {one: about}
        if about["type"] == "directory":
            inner = filesystem.find(one, detail=True)
        found |= inner
    return _with_sizes(filesystem, found), False


def _about(filesystem: Any, path: str) -> Mapping[str, Any]:
    """Give what is known of a path; nothing if it is not there."""
    try:
        about: Mapping[str, Any] = filesystem.info(path)
    except FileNotFoundError as error:
        why = error.__cause__  # of a web server, that it cannot be reached
        if isinstance(why, OSError) and not isinstance(why, FileNotFoundError):
            raise why from None
        return {}
    return about


def _without_pattern(path: str) -> str:
    """Give the folder before the first pattern of a path; a path without one as it is."""
    before = path.split("/")
    has_magic = [glob.has_magic(part) for part in before]
    return "/".join(before[: has_magic.index(True)]) if any(has_magic) else path


def _with_sizes(filesystem: Any, found: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Ask for what a list does not say: those of web servers name files only."""
    return {
        one: filesystem.info(one) if one.startswith(_WEB) else about for one, about in found.items()
    }
