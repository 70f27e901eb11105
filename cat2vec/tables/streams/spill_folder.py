"""The folder of a spill: made, taken for one run alone, and emptied of what that run wrote.

Takes the folder that was given. Gives the one inside it, and errors that say what is wrong with it.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from cat2vec.errors import Cat2VecError, SpillError
from cat2vec.storage.files import passing_folder, path_of, why_full

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: Of the folder that is made inside the one that is given, and of the file that says whose it is.
_FOLDER, _LOCK = "cat2vec-spill", "cat2vec.lock"
#: The list of what is finished, without which nobody can go on.
MANIFEST = "manifest.json"
#: Names of the other files in it: of what is finished, of columns, and of sorted runs.
_OURS = re.compile(r"manifest\.json(\.new)?|c\d{5,}\.\w+|(pairs-\d+-\d+|differ)-\d+\.(keys|counts)")


@contextmanager
def spill_folder(where: Any) -> Iterator[Path]:
    """Give a folder for a spill, and take it away when all went well.

    ``where`` is a folder in which it is kept if something goes wrong; None is one of the system's
    temporary folders, which is taken away in any case. Files of others in the folder stay, and so
    does the folder then.

    Raises
    ------
    SpillError
        If the folder cannot be made or written into, is used by another run, or holds files of
        others under names of ours; and if there is no room left in it.
    """
    if where is None:
        with passing_folder(Path(tempfile.gettempdir())) as made, _problems_told(made):
            yield made
        return
    folder = path_of(where) / _FOLDER
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _check_owner(folder)
        lock = open(folder / _LOCK, "ab")  # noqa: SIM115
    except Cat2VecError:
        raise
    except OSError as error:
        raise SpillError.of_folder(str(where), str(error.strerror)) from None
    done = False
    with lock:
        _lock(lock, folder)
        try:
            with _problems_told(folder):
                yield folder
            done = True
        finally:
            # what is of an interrupted run stays, to go on with; an empty folder helps nobody
            if done or not (folder / MANIFEST).exists():
                empty_spill(folder)
                (folder / _LOCK).unlink(missing_ok=True)
            _remove_empty(missing or [folder])


def empty_spill(folder: Path) -> None:
    """Remove the files that were written into a folder, and no others; their list comes first."""
    for file in sorted(_files_in(folder), key=lambda file: file.suffix != ".json"):
        file.unlink(missing_ok=True)


def no_room(
    error: OSError, folder: Path, share: float | None = None, is_named: bool = True
) -> OSError:
    """Give the error to raise in place of one of the system: of a full disk, what was needed.

    ``share`` is how much of the table was written, where that is known; ``is_named`` as in
    ``SpillError.full``.
    """
    if isinstance(error, Cat2VecError) or not (why := why_full(error)):
        return error
    n_bytes = sum(file.stat().st_size for file in _files_in(folder))
    return SpillError.full(str(folder), why, n_bytes, share, is_named)


@contextmanager
def _problems_told(folder: Path) -> Iterator[None]:
    """Raise SpillError in place of the errors of the system that are about a folder."""
    try:
        yield
    except OSError as error:
        told = no_room(error, folder)
        if told is not error:
            raise told from None
        if error.errno and str(error.filename or "").startswith(str(folder)):
            raise SpillError.of_folder(str(folder), str(error.strerror)) from None
        raise


def _files_in(folder: Path) -> list[Path]:
    """Give the files of a spill folder that have names which this package gives."""
    return [f for f in folder.iterdir() if _OURS.fullmatch(f.name) and not f.is_dir()]


def _check_owner(folder: Path) -> None:
    """Raise SpillError if files have the names of ours, and nothing says that they are."""
    found = [] if (folder / _LOCK).exists() else sorted(file.name for file in _files_in(folder))
    if found:
        raise SpillError.not_ours(str(folder), found)


def _lock(lock: Any, folder: Path) -> None:
    """Let a folder be that of this process until the file is closed, or the process ends."""
    if fcntl is None:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise SpillError.in_use(str(folder)) from None
    except OSError:  # some network drives know no locks
        return


def _remove_empty(folders: Iterable[Path]) -> None:
    """Remove folders, the innermost first, up to the first one that holds something."""
    with suppress(OSError):
        for folder in folders:
            folder.rmdir()
