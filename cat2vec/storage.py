"""Save and load a model folder: safetensors for numbers, JSON for words, no pickle.

Takes ``Vectors`` and the parameters of the estimator. Gives a folder of two files and reads it.
Files are written beside their final names and then renamed, so that none is ever half-written.

    model.json            format, version, schema, categories as text, settings, parameters
    vectors.safetensors   matrix, center, context, counts, losses, bin edges, number categories
"""

from __future__ import annotations

import datetime
import decimal
import hashlib
import json
import os
import tempfile
import zoneinfo
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from cat2vec.errors import ModelFormatError, OutputExistsError
from cat2vec.tables.columns import Categorical, Numeric
from cat2vec.vectors import Vectors
from cat2vec.vocabulary import Codec, Schema, Vocabulary

FORMAT, FORMAT_VERSION = "cat2vec", 1
_WORDS, _NUMBERS = "model.json", "vectors.safetensors"


def _zoned(text: str, read: Any) -> Any:
    """Read a point in time; the name of its zone, if it has one, stands after an ``@``."""
    iso, _, zone = text.partition("@")
    moment = read(iso)
    try:
        return moment.astimezone(zoneinfo.ZoneInfo(zone)) if zone else moment
    except zoneinfo.ZoneInfoNotFoundError:
        return moment


def _zoned_text(moment: Any) -> str:
    zone = getattr(moment.tzinfo, "key", getattr(moment.tzinfo, "zone", None))  # zoneinfo, pytz
    return f"{moment.isoformat()}@{zone}" if zone else str(moment.isoformat())


def _timestamp(text: str) -> Any:
    import pandas as pd

    return _zoned(text, pd.Timestamp)


def _pandas_timedelta(text: str) -> Any:
    import pandas as pd

    return pd.Timedelta(text)


def _span_text(span: datetime.timedelta) -> str:
    return f"{span.days} {span.seconds} {span.microseconds}"


#: Values in categories that JSON cannot hold by itself, by the name of their type: to text, from
#: text.
_TAGGED: dict[str, tuple[Any, Any]] = {
    "bool": (str, lambda text: text == "True"),
    "int": (str, int),
    "float": (repr, float),
    "bytes": (bytes.hex, bytes.fromhex),
    "Decimal": (str, decimal.Decimal),
    "Timestamp": (_zoned_text, _timestamp),
    "Timedelta": (lambda span: span.isoformat(), _pandas_timedelta),
    "datetime": (_zoned_text, lambda text: _zoned(text, datetime.datetime.fromisoformat)),
    "date": (datetime.date.isoformat, datetime.date.fromisoformat),
    "time": (datetime.time.isoformat, datetime.time.fromisoformat),
    "timedelta": (_span_text, lambda text: datetime.timedelta(*map(int, text.split()))),
}
_MODULES = {"builtins", "datetime", "decimal"}
_PLAIN = (np.bool_, np.integer, np.floating, np.str_, np.bytes_)


def _check_parents(path: Path) -> None:
    for parent in path.absolute().parents:
        if parent.is_dir():
            return
        if parent.exists():
            raise OutputExistsError(
                parent, f"is a file, so {path.name!r} cannot be inside it", "Choose another place."
            )


def check_output_folder(folder: str | os.PathLike[str], overwrite: bool) -> None:
    """Raise OutputExistsError unless the folder is new, empty or a cat2vec model.

    With ``overwrite`` a folder with other files is used too; those files stay untouched.
    """
    path = Path(folder)
    if path.is_dir():
        others = sorted(entry.name for entry in path.iterdir())
        if others and not overwrite and not _is_ours(path):
            raise OutputExistsError(
                folder,
                f"holds other things ({others[0]!r}) and no cat2vec model",
                "Choose another folder, or pass overwrite=True (--overwrite) to write into it.",
            )
    elif path.exists():
        raise OutputExistsError(
            folder, "is a file, not a folder", "Choose another name for the model folder."
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


def _is_ours(path: Path) -> bool:
    try:
        words = json.loads(Path(path, _WORDS).read_text("ascii"))
    except (OSError, ValueError):
        return False
    return isinstance(words, dict) and words.get("format") == FORMAT


def save_model(
    vectors: Vectors,
    folder: str | os.PathLike[str],
    params: dict[str, Any],
    *,
    overwrite: bool = False,
) -> None:
    """Write a model folder, or replace the model in one.

    Parameters
    ----------
    vectors : Vectors
    folder : path
        Made if it is not there. A cat2vec model in it is replaced.
    params : dict
        Parameters of the estimator, as JSON values.
    overwrite : bool
        Write also into a folder that holds other files.

    Raises
    ------
    OutputExistsError, ModelFormatError
    """
    check_output_folder(folder, overwrite)
    tensors = {
        "matrix": vectors.matrix,
        "center": vectors.center,
        "context": vectors.context,
        "counts": vectors.vocabulary.counts,
        "losses": np.array([*vectors.losses, vectors.independence_loss], dtype=np.float64),
    }
    features = []
    vocabulary = vectors.vocabulary
    for position, name in enumerate(vocabulary.features):
        codec, categories = vocabulary.schema.codecs[position], vocabulary.categories[position]
        entry: dict[str, Any] = {"name": name, "kind": codec.kind, "dtype": codec.dtype}
        if codec.edges is not None:
            tensors[f"edges.{position}"] = codec.edges
        if categories.dtype == object:
            entry["categories"] = [_to_json(name, value) for value in categories.tolist()]
        else:
            tensors[f"categories.{position}"] = categories
        features.append(entry)
    numbers = safetensors.numpy.save(
        {key: np.ascontiguousarray(value) for key, value in tensors.items()}
    )
    words = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "numbers_sha256": hashlib.sha256(numbers).hexdigest(),
        "settings": vectors.settings,
        "params": params,
        "features": features,
    }
    text = json.dumps(words, indent=1)
    # the words go first: a folder with them is known as a model, and a new save may mend it
    write_atomically(Path(folder), {_WORDS: text.encode("ascii"), _NUMBERS: numbers})


def write_atomically(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write files under passing names in their folder; rename them when all are written."""
    folder.mkdir(parents=True, exist_ok=True)
    passing: dict[str, str] = {}
    try:
        for name, content in contents.items():
            handle, passing[name] = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(passing[name], 0o644)
        for name in contents:
            os.replace(passing[name], folder / name)
            del passing[name]
    finally:
        for left in passing.values():
            os.unlink(left)


def load_model(folder: str | os.PathLike[str]) -> tuple[Vectors, dict[str, Any]]:
    """Read a model folder back: its vectors, and the parameters of the estimator.

    Raises
    ------
    ModelFormatError
        If the folder is no cat2vec model, is damaged, or is of a newer format.
    """
    words = _read_words(folder)
    numbers = _read_bytes(folder, _NUMBERS)
    if hashlib.sha256(numbers).hexdigest() != words.get("numbers_sha256"):
        raise ModelFormatError(
            f"{str(folder)!r} is damaged: {_NUMBERS!r} does not belong to {_WORDS!r}. An "
            f"interrupted save or copy may have done this. Train, save or copy the model again."
        )
    try:
        return _vectors_from(words, safetensors.numpy.load(numbers)), dict(words["params"])
    except (
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        ArithmeticError,
        SafetensorError,
    ) as error:
        raise ModelFormatError(
            f"{str(folder)!r} is damaged: {_WORDS!r} was changed ({type(error).__name__}: "
            f"{error}). Train, save or copy the model again."
        ) from None


def _read_words(folder: str | os.PathLike[str]) -> dict[str, Any]:
    content = _read_bytes(folder, _WORDS)
    try:
        words = json.loads(content.decode("ascii"))
    except ValueError as error:
        raise ModelFormatError(
            f"{str(folder)!r} is damaged: {_WORDS!r} cannot be read ({error}). Train, save or copy "
            f"the model again."
        ) from None
    if not isinstance(words, dict) or words.get("format") != FORMAT:
        raise ModelFormatError(
            f"{str(folder)!r} is not a cat2vec model folder: its {_WORDS!r} is of something else."
        )
    if words.get("version") != FORMAT_VERSION:
        raise ModelFormatError(
            f"{str(folder)!r} has format version {words.get('version')!r} and this cat2vec reads "
            f"{FORMAT_VERSION}. Install a newer cat2vec, or train the model again."
        )
    return words


def _read_bytes(folder: str | os.PathLike[str], name: str) -> bytes:
    path = Path(folder)
    try:
        return Path(path, name).read_bytes()
    except OSError as error:
        if not path.exists():
            raise ModelFormatError(
                f"no model folder {str(folder)!r}. Give the folder that was named when saving."
            ) from None
        why = "there is no" if isinstance(error, FileNotFoundError) else f"{error.strerror}:"
        what = "it is a file" if path.is_file() else f"{why} {name!r} in it"
        raise ModelFormatError(
            f"{str(folder)!r} is not a cat2vec model folder: {what}. A model folder holds "
            f"{_WORDS!r} and {_NUMBERS!r}."
        ) from None


def params_to_json(params: Mapping[str, Any]) -> dict[str, Any]:
    """Write parameters of the estimator as JSON values."""
    plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in params.items()}
    if plain["columns"]:
        plain["columns"] = {name: _kind_to_json(k) for name, k in plain["columns"].items()}
    if plain["features"] is not None:
        plain["features"] = [str(name) for name in plain["features"]]
    return plain


def _kind_to_json(kind: Any) -> Any:
    if isinstance(kind, Categorical):
        return "category"
    return {"numeric": int(kind.bins)} if isinstance(kind, Numeric) else kind


def params_from_json(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Read parameters of the estimator back."""
    params = dict(plain)
    if params["columns"]:
        params["columns"] = {
            name: Numeric(kind["numeric"]) if isinstance(kind, dict) else kind
            for name, kind in params["columns"].items()
        }
    return params


def _vectors_from(words: dict[str, Any], tensors: dict[str, np.ndarray]) -> Vectors:
    codecs, categories = [], []
    for position, entry in enumerate(words["features"]):
        codecs.append(Codec(entry["kind"], entry["dtype"], tensors.get(f"edges.{position}")))
        if "categories" in entry:
            values = np.empty(len(entry["categories"]), dtype=object)
            values[:] = [_from_json(value) for value in entry["categories"]]
            categories.append(values)
        else:
            categories.append(tensors[f"categories.{position}"])
    schema = Schema(tuple(entry["name"] for entry in words["features"]), tuple(codecs))
    *losses, independence = tensors["losses"].tolist()
    return Vectors(
        vocabulary=Vocabulary(schema, tuple(categories), tensors["counts"]),
        matrix=tensors["matrix"],
        center=tensors["center"],
        context=tensors["context"],
        settings=words["settings"],
        losses=tuple(losses),
        independence_loss=independence,
    )


def _to_json(feature: str, value: Any) -> Any:
    if isinstance(value, _PLAIN):
        value = value.item()
    if isinstance(value, str):
        return str(value)
    kind = type(value)
    known = kind.__module__ in _MODULES or kind.__name__ in ("Timestamp", "Timedelta")
    if known and kind.__name__ in _TAGGED:
        return {kind.__name__: _TAGGED[kind.__name__][0](value)}
    raise ModelFormatError(
        f"category {value!r} of feature {feature!r} is a {kind.__name__}, which a model folder "
        f"cannot hold. Allowed are text, numbers, booleans, dates and bytes. Turn the column into "
        f"text before fit."
    )


def _from_json(value: Any) -> Any:
    if isinstance(value, str):
        return value
    ((name, text),) = value.items()
    return _TAGGED[name][1](text)
