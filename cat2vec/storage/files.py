"""Files that appear whole or not at all, also where the disk is full or the process is killed.

Takes paths. Gives a passing place to write to, in a hidden folder beside the target. That folder is
locked while its process lives; the next run that writes there removes those of processes that died.
Knows nothing of vectors.
"""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from cat2vec.errors import DiskFullError, OutputExistsError, ParameterError, setting
from cat2vec.parameters import check_parameters

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: How names of passing folders begin.
PASSING = ".cat2vec-"
#: The passing folder of a save that is decided: what is in it takes the place of what is beside it.
COMMIT = f"{PASSING}commit"
#: What a system says where there is no more room: on a disk, of a user, in a file.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def path_of(given: str | os.PathLike[str]) -> Path:
    """Give a path; ``~`` at its head is the home of the user, as shells and pandas have it."""
    return Path(os.path.expanduser(given))


def check_output_file(path: Path, overwrite: bool, *endings: str) -> None:
    """Raise unless a file can be written: its ending, if only some will do, and what is there.

    Raises
    ------
    ParameterError, OutputExistsError
    """
    check_parameters(overwrite=overwrite)
    if endings and path.suffix not in endings:
        raise ParameterError(
            f"the file to write must end in {' or '.join(endings)}, got {str(path)!r}."
        )
    if path.is_dir():
        raise OutputExistsError(path, "is a folder", "Give the name of a file.")
    if path.exists() and not overwrite:
        raise OutputExistsError(
            path, "would be replaced", f"Choose another name, or pass {setting('overwrite', True)}."
        )


@contextmanager
def placed(target: Path) -> Iterator[Path]:
    """Give a passing path of the same name; files beside it are put in place when the block ends.

    If the block raises, nothing is put in place. The target itself arrives last, after the files
    that stand beside it; nobody else who writes here puts files between them.

    Raises
    ------
    DiskFullError
        If there is no room, whatever the block raised to say so.
    """
    folder = target.parent
    if folder.name.startswith(PASSING):  # which is put in place as a whole
        yield target
        return
    with _made(folder), passing_folder(folder) as passing, room_told(target, passing):
        yield Path(passing, target.name)
        with locked(folder):
            for name in sorted(os.listdir(passing), key=lambda name: (name == target.name, name)):
                os.replace(passing / name, folder / name)


@contextmanager
def placed_in(
    folder: Path,
    n_bytes: int | None = None,
    check: Callable[[], None] = lambda: None,
    then: Callable[[], None] = lambda: None,
) -> Iterator[Path]:
    """Give a passing folder; when the block ends, what is in it is put in place, all or nothing.

    A process that is killed while files are put in place has done so: ``finish`` does the rest, and
    is called by whoever reads or writes the folder next.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    n_bytes : int or None
        What is about to be written, where that is known.
    check : callable
        Called before, while nobody else can write into the folder; if it raises, nothing is put in
        place.
    then : callable
        Called when the files are in place, before others can write into the folder.

    Raises
    ------
    DiskFullError
    """
    with _made(folder), passing_folder(folder) as passing, room_told(folder, passing, n_bytes):
        yield passing
        with locked(folder):
            finish(folder)
            check()
            os.replace(passing, folder / COMMIT)
            try:
                finish(folder)
            finally:  # an interrupt here is too late
                finish(folder)
            then()


def finish(folder: Path) -> None:
    """Put the files of a save that is decided, and was interrupted, in place."""
    done = folder / COMMIT
    if not done.is_dir():
        return
    for file in sorted(done.rglob("*")):
        if not file.is_dir():
            target = folder / file.relative_to(done)
            target.parent.mkdir(exist_ok=True)
            os.replace(file, target)
    shutil.rmtree(done)


def finish_interrupted(folder: Path) -> None:
    """Put the files of an interrupted save in place before a folder is read or written."""
    if (folder / COMMIT).is_dir():
        with locked(folder):
            finish(folder)


@contextmanager
def passing_folder(folder: Path) -> Iterator[Path]:
    """Make a folder in another one for what is not finished; it is gone when the block ends."""
    with ExitStack() as held:
        with locked(folder):
            for left in folder.glob(f"{PASSING}*"):
                _remove_dead(left)
            made = Path(tempfile.mkdtemp(prefix=PASSING, dir=folder))
            held.callback(shutil.rmtree, made, ignore_errors=True)
            held.enter_context(locked(made))
        yield made


def _remove_dead(left: Path) -> None:
    """Remove a passing folder whose process has died; nobody can tell where there are no locks."""
    if left.name == COMMIT or left.is_symlink() or not left.is_dir():
        return
    with suppress(OSError), locked(left, wait=False) as is_ours:
        if is_ours:
            shutil.rmtree(left)


@contextmanager
def locked(folder: Path, *, wait: bool = True, shared: bool = False) -> Iterator[bool]:
    """Hold a folder against others of this package; say whether it is held.

    Parameters
    ----------
    folder : Path
    wait : bool
        False: raise BlockingIOError if somebody else holds it.
    shared : bool
        True: with others who share it, too.
    """
    if fcntl is None:
        yield False
        return
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:  # of a folder that may not be listed
        yield False
        return
    is_held = True
    try:
        how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
        try:
            fcntl.flock(handle, how)
        except BlockingIOError:
            raise
        except OSError:  # some network drives know no locks
            is_held = False
        yield is_held
    finally:
        os.close(handle)


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder with its parents; if the block raises, those that were made go again."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        with suppress(OSError):  # something is in it
            for place in missing:
                place.rmdir()
        raise


@contextmanager
def room_told(target: Path, written: Path, n_bytes: int | None = None) -> Iterator[None]:
    """Raise DiskFullError in place of whatever says that there is no more room.

    ``written`` is the folder of what was written so far, ``n_bytes`` what is needed, if known.
    """
    try:
        yield
    except DiskFullError as error:  # of a file inside
        raise DiskFullError(str(target), error.why, error.n_bytes, error.is_all) from None
    except Exception as error:
        if not (why := why_full(error)):
            raise
        if n_bytes is not None:
            raise DiskFullError(str(target), why, n_bytes, True) from None
        so_far = sum(file.stat().st_size for file in written.rglob("*") if file.is_file())
        raise DiskFullError(str(target), why, so_far) from None


def why_full(error: BaseException) -> str:
    """Give the words of the system if an error says that there is no more room, else nothing.

    Other libraries write them into errors of their own.

    Examples
    --------
    >>> why_full(RuntimeError("could not write: No space left on device")), why_full(OSError("x"))
    ('No space left on device', '')
    """
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno) if error.errno in _FULL else ""
    return next((text for text in map(os.strerror, _FULL) if text in str(error)), "")
