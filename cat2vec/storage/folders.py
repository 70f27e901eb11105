"""Folders of a JSON header and arrays of numbers (safetensors), without pickle.

Takes a header, arrays and a ``Vocabulary``. Gives a folder of two files and reads it back. Both are
put in place together, so that neither is ever half-written or alone. The header holds the hash of
the numbers and begins with that of all that follows in it, so that a changed byte anywhere is
noticed, and files that do not belong together are refused. Knows nothing of vectors or pair counts.
``docs/file-format.md`` describes the files.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import safetensors.numpy

from cat2vec.errors import ModelFormatError, OutputExistsError, ParameterError, setting
from cat2vec.parameters import check_parameters, documented
from cat2vec.parameters.checks import path_problem
from cat2vec.storage.files import PASSING, finish_interrupted, locked, path_of, placed_in
from cat2vec.vocabulary.as_json import vocabulary_from_json, vocabulary_to_json
from cat2vec.vocabulary.vocabulary import Vocabulary

_T = TypeVar("_T")


@dataclass(frozen=True)
class FolderKind:
    """What a folder holds: its mark and version, its two files, and nouns for errors.

    ``reads`` are the earlier versions that are read too, those from before headers had a hash;
    ``noun`` stands before "folder", ``how`` says what makes the folder anew.
    """

    format: str
    version: int
    reads: tuple[int, ...]
    header: str
    numbers: str
    noun: str
    how: str


#: In version 1 features were not made even, so folding in, which undoes that, would be wrong.
MODEL = FolderKind("cat2vec", 3, (2,), "model.json", "vectors.safetensors", "model", "Train")
COUNTS = FolderKind(
    "cat2vec counts", 2, (1,), "counts.json", "pairs.safetensors", "counts", "Count"
)
#: Rows that can be counted exactly, also in float64.
_MOST_ROWS = 2**53
#: How a header begins: the hash of every byte that follows the comma.
_HASHED = re.compile(rb'\{\n "header_sha256": "([0-9a-f]{64})",')


def check_path(folder: Any) -> None:
    """Raise ParameterError unless this is a path."""
    if problem := path_problem("folder", folder):
        raise ParameterError(problem)


def _check_parents(path: Path) -> None:
    for parent in path.absolute().parents:
        if parent.is_dir():
            return
        if parent.exists():
            raise OutputExistsError(
                parent, f"is a file, so {path.name!r} cannot be inside it", "Choose another place."
            )


def check_output_folder(
    folder: str | os.PathLike[str],
    overwrite: bool,
    kind: FolderKind = MODEL,
    *,
    replaces: bool = True,
) -> None:
    """Raise OutputExistsError unless the folder is new, empty or one of this kind.

    What is no path is a ParameterError.

    With ``overwrite`` a folder with other files is used too; those files stay untouched. Unless it
    ``replaces`` what is of this kind, that is refused too; what an interrupted save left is not.
    """
    check_path(folder)
    check_parameters(overwrite=overwrite)
    path = path_of(folder)
    if path.is_dir():
        finish_interrupted(path)
        others = sorted(entry.name for entry in path.iterdir() if not _is_passing(entry, kind))
        ours = _is_ours(path, kind)
        if ours and Path(path, kind.numbers).exists() and not (replaces or overwrite):
            raise OutputExistsError(
                folder,
                f"holds a cat2vec {kind.noun}, which would be replaced",
                f"Choose another folder, or pass {setting('overwrite', True)}.",
            )
        if others and not overwrite and not ours:
            raise OutputExistsError(
                folder,
                f"holds other things ({others[0]!r}) and no cat2vec {kind.noun}",
                f"Choose another folder, or pass {setting('overwrite', True)} to write into it.",
            )
    elif path.exists():
        raise OutputExistsError(
            folder, "is a file, not a folder", f"Choose another name for the {kind.noun} folder."
        )
    _check_parents(path)


def check_writable(folder: Path) -> None:
    """Raise OSError unless files can be made in a folder; it and its parents may be still to make.

    What is made to find out is removed again.
    """
    made: list[Path] = []
    try:
        for place in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
            place.mkdir()
            made.append(place)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise type(error)(error.errno, error.strerror, str(folder)) from None
    finally:
        for place in reversed(made):
            place.rmdir()


def is_folder_of(path: str | os.PathLike[str], kind: FolderKind) -> bool:
    """Say whether there is a folder of this kind, which may be damaged."""
    return _is_ours(path_of(path), kind)


def _is_passing(entry: Path, kind: FolderKind) -> bool:
    """Say whether a process that is writing, or died while it was, has made this."""
    return entry.name.startswith((PASSING, f".{kind.header}.", f".{kind.numbers}."))


def _is_ours(path: Path, kind: FolderKind) -> bool:
    try:
        header = json.loads(Path(path, kind.header).read_text("ascii"))
    except (OSError, ValueError):
        return False
    return isinstance(header, dict) and header.get("format") == kind.format


@documented
def write_folder(
    folder: str | os.PathLike[str],
    kind: FolderKind,
    vocabulary: Vocabulary,
    header: Mapping[str, Any],
    tensors: Mapping[str, np.ndarray],
    *,
    overwrite: bool = False,
) -> None:
    """Write a vocabulary with a header and numbers into a folder, or replace what is in one.

    Parameters
    ----------
    folder : path
        Made if it is not there. One of the same kind is replaced.
    kind : FolderKind
    vocabulary : Vocabulary
    header : mapping
        JSON values.
    tensors : mapping of str to ndarray
    {overwrite}

    Raises
    ------
    OutputExistsError, ModelFormatError, DiskFullError
    """
    check_output_folder(folder, overwrite, kind)
    files = files_of_folder(kind, vocabulary, header, tensors)
    with placed_in(path_of(folder), sum(map(len, files.values()))) as passing:
        write_files(passing, files)


def files_of_folder(
    kind: FolderKind,
    vocabulary: Vocabulary,
    header: Mapping[str, Any],
    tensors: Mapping[str, np.ndarray],
) -> dict[str, bytes]:
    """Give the two files of a folder by name; parameters as in ``write_folder``.

    Raises
    ------
    ModelFormatError
    """
    features, arrays = vocabulary_to_json(vocabulary, kind.noun)
    numbers = safetensors.numpy.save(
        {key: np.ascontiguousarray(value) for key, value in {**tensors, **arrays}.items()}
    )
    head = {
        "format": kind.format,
        "version": kind.version,
        "numbers_sha256": hashlib.sha256(numbers).hexdigest(),
    }
    words = header_bytes({**head, **header, "features": features})
    return {kind.header: words, kind.numbers: numbers}


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files into a folder, which is made if it is not there."""
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


def header_bytes(header: Mapping[str, Any]) -> bytes:
    """Write a header as JSON that begins with the hash of what follows."""
    rest = json.dumps(header, indent=1).encode("ascii")[1:]
    return b'{\n "header_sha256": "%s",%s' % (hashlib.sha256(rest).hexdigest().encode(), rest)


def remove_folder(path: Path, kind: FolderKind) -> None:
    """Remove the two files of a folder of this kind, and the folder if nothing else is in it."""
    if not _is_ours(path, kind):
        return
    for name in (kind.numbers, kind.header):
        Path(path, name).unlink(missing_ok=True)
    if not any(path.iterdir()):
        path.rmdir()


def read_folder(
    folder: str | os.PathLike[str],
    kind: FolderKind,
    build: Callable[[Vocabulary, dict[str, Any], dict[str, np.ndarray]], _T],
) -> _T:
    """Read a folder back and build something of its vocabulary, header and numbers.

    Raises
    ------
    ModelFormatError
        If the folder is not of this kind, is damaged, or is of an earlier or newer format.
    ParameterError
        If it is no path.
    """
    check_path(folder)
    folder = path_of(folder)
    with ExitStack() as held:
        if folder.is_dir():
            finish_interrupted(folder)
            held.enter_context(locked(folder, shared=True))  # while two files are put in place
        header = _read_header(folder, kind)
        numbers = _read_bytes(folder, kind, kind.numbers)
    again = f"{kind.how}, save or copy the {kind.noun} again."
    if hashlib.sha256(numbers).hexdigest() != header.get("numbers_sha256"):
        raise ModelFormatError(
            f"{str(folder)!r} is damaged: {kind.numbers!r} does not belong to {kind.header!r}. An "
            f"interrupted save or copy may have done this. {again}"
        )
    try:
        tensors = safetensors.numpy.load(numbers)
        counts_in(tensors, "counts", "int64 float64", None)
        return build(vocabulary_from_json(header["features"], tensors), header, tensors)
    except MemoryError:
        raise
    except Exception as error:  # whatever parts that do not fit together lead to
        raise ModelFormatError(
            f"{str(folder)!r} is damaged: {kind.header!r} was changed ({type(error).__name__}: "
            f"{error}). {again}"
        ) from None


def array_in(
    tensors: Mapping[str, np.ndarray], name: str, dtypes: str, *shape: int | None
) -> np.ndarray:
    """Give an array of a folder if it is what its name says.

    Parameters
    ----------
    tensors : mapping of str to ndarray
    name : str
    dtypes : str
        Types that it may have, with blanks between.
    *shape : int or None
        None is any number.

    Raises
    ------
    KeyError, ValueError
        Also if a number is not finite.

    Examples
    --------
    >>> array_in({"count": np.array([1, 2])}, "count", "int64 float64", None)
    array([1, 2])
    >>> array_in({"count": np.array([1, 2])}, "count", "int64", 3)
    Traceback (most recent call last):
        ...
    ValueError: 'count' must be int64 of shape (3,), and is int64 of shape (2,)
    """
    array = tensors[name]
    fits = array.ndim == len(shape) and all(
        wanted in (None, found) for wanted, found in zip(shape, array.shape, strict=True)
    )
    if not fits or array.dtype.name not in dtypes.split():
        wanted = " or ".join(dtypes.split())
        raise ValueError(
            f"{name!r} must be {wanted} of shape {shape}, and is {array.dtype} of shape "
            f"{array.shape}"
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{name!r} holds numbers that are not finite")
    return array


def counts_in(
    tensors: Mapping[str, np.ndarray], name: str, dtypes: str, *shape: int | None
) -> np.ndarray:
    """Give an array of numbers of rows, as ``array_in`` does, if they can be that."""
    found = array_in(tensors, name, dtypes, *shape)
    if found.size and not 0 <= found.min() <= found.max() <= _MOST_ROWS:
        raise ValueError(f"{name!r} holds numbers that are below 0 or too large")
    return found


def number_of_rows(n_rows: Any) -> int | float:
    """Give a number of rows that a header holds, or a sum of their weights.

    Raises
    ------
    TypeError, ValueError
    """
    if isinstance(n_rows, bool) or not isinstance(n_rows, (int, float)):
        raise TypeError("the number of rows is no number")
    if not 0 <= n_rows <= _MOST_ROWS:
        raise ValueError("the number of rows is below 0 or too large")
    return n_rows


def _read_header(folder: str | os.PathLike[str], kind: FolderKind) -> dict[str, Any]:
    content = _read_bytes(folder, kind, kind.header)
    again = f"{kind.how}, save or copy the {kind.noun} again."
    try:
        header = json.loads(content.decode("ascii"))
    except (ValueError, RecursionError) as error:
        raise ModelFormatError(
            f"{str(folder)!r} is damaged: {kind.header!r} cannot be read ({error}). {again}"
        ) from None
    if not isinstance(header, dict) or header.get("format") != kind.format:
        raise ModelFormatError(
            f"{str(folder)!r} is not a cat2vec {kind.noun} folder: its {kind.header!r} is of "
            f"something else."
        )
    found, version = _HASHED.match(content), header.get("version")
    is_whole = found and found[1].decode() == hashlib.sha256(content[found.end() :]).hexdigest()
    if not is_whole and (found or version == kind.version):
        raise ModelFormatError(
            f"{str(folder)!r} is damaged: {kind.header!r} was changed after it was written. {again}"
        )
    if version not in (kind.version, *kind.reads) or isinstance(version, bool):
        older = isinstance(version, int) and version < kind.version
        again = kind.how.lower()
        raise ModelFormatError(
            f"{str(folder)!r} has format version {version!r} and this cat2vec reads "
            f"{' and '.join(map(str, (*kind.reads, kind.version)))}. "
            + (
                f"An earlier cat2vec wrote it: {again} again, or install that one."
                if older
                else f"Install a newer cat2vec, or {again} again."
            )
        )
    return header


def _read_bytes(folder: str | os.PathLike[str], kind: FolderKind, name: str) -> bytes:
    path = Path(folder)
    try:
        return Path(path, name).read_bytes()
    except OSError as error:
        if not path.exists():
            raise ModelFormatError(
                f"no {kind.noun} folder {str(folder)!r}. Give the folder that was named when "
                f"saving."
            ) from None
        why = "there is no" if isinstance(error, FileNotFoundError) else f"{error.strerror}:"
        what = "it is a file" if path.is_file() else f"{why} {name!r} in it"
        raise ModelFormatError(
            f"{str(folder)!r} is not a cat2vec {kind.noun} folder: {what}. A {kind.noun} folder "
            f"holds {kind.header!r} and {kind.numbers!r}."
        ) from None
