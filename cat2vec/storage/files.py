"""Files of exports: what may be replaced, and how they appear whole or not at all.

Takes paths. Gives a passing place to write to. Knows nothing of vectors.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cat2vec.errors import OutputExistsError, ParameterError, setting


def check_output_file(path: Path, overwrite: bool, *endings: str) -> None:
    """Raise unless a file can be written: its ending, if only some will do, and what is there.

    Raises
    ------
    ParameterError, OutputExistsError
    """
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
    that stand beside it.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as passing:
        yield Path(passing, target.name)
        for name in sorted(os.listdir(passing), key=lambda name: (name == target.name, name)):
            os.replace(os.path.join(passing, name), target.parent / name)
