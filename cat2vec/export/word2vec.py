r"""Export to the text and binary formats of word2vec, and import from them.

Takes ``Vectors``. Gives files that gensim, fastText tools and others read, and of such files
gensim's ``KeyedVectors``, or ``Vectors`` again.

Both formats end a key at the first space, the text format also a line at a newline, and many
readers split at any white space. So keys are percent-encoded, as in URLs, by this rule:

- ``%``, white space, control characters and lone surrogates become their UTF-8 bytes, each written
  ``%XX`` with capital hexadecimal digits; ``New York`` becomes ``New%20York``;
- the empty key becomes ``%``;
- all other characters, also ``=`` and letters of every script, stay as they are.

Apart from the empty key, ``urllib.parse.unquote(key)`` reads it back anywhere in Python.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cat2vec.errors import (
    FileReadError,
    MissingPackageError,
    ParameterError,
    listed,
    named,
    setting,
)
from cat2vec.export.keyed_vectors import asked_by_text, to_keyed_vectors, warn_of_number_keys
from cat2vec.parameters import check_flag, check_parameters, documented, feature_name
from cat2vec.storage.files import check_output_file, path_of, placed
from cat2vec.vectors.given import check_vectors
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.categories import split_text
from cat2vec.vocabulary.vocabulary import Codec, Schema, Vocabulary

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

#: White space of Unicode, control characters and lone surrogates. A fixed list, so that a file does
#: not depend on the Unicode tables of a Python.
_BREAKING = "\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ud800-\udfff"
_BREAKS = re.compile(f"[{_BREAKING}]")
_ESCAPED = re.compile(f"[%{_BREAKING}]")
_CODES = re.compile("(?:%[0-9A-F]{2})+")
_EMPTY = "%"


def escape_key(key: str) -> str:
    r"""Write a key without white space, so that it can be read back.

    Examples
    --------
    >>> [escape_key(key) for key in ("city=New York", "50%", "a\tb", "Zürich", "")]
    ['city=New%20York', '50%25', 'a%09b', 'Zürich', '%']
    """
    return _ESCAPED.sub(lambda found: _percent(found[0]), key) or _EMPTY


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))


def unescape_key(key: str) -> str:
    """Read a key that ``escape_key`` wrote.

    Raises
    ------
    ValueError
        If ``escape_key`` would never have written it.

    Examples
    --------
    >>> unescape_key("city=New%20York"), unescape_key("%")
    ('city=New York', '')
    """
    if key == _EMPTY:
        return ""
    plain = _CODES.sub(
        lambda found: bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "surrogatepass"), key
    )
    if escape_key(plain) != key:
        raise ValueError(f"{key!r} is not escaped")
    return plain


@documented
def save_word2vec_format(
    vectors: Vectors,
    path: str | os.PathLike[str],
    feature: str | None = None,
    *,
    binary: bool = False,
    escape: str = "percent",
    overwrite: bool = False,
) -> None:
    """Write a word2vec file, most frequent tokens first, as gensim does.

    So ``limit`` of gensim, and ``restrict_vocab``, keep the most frequent ones.

    Parameters
    ----------
    vectors : Vectors
    path : path
        With the ending .gz or .bz2 the file is compressed.
    feature : str or None
        None: all tokens, keys ``feature=category``. A name: that feature, keys = categories.
    binary : bool
        The binary format of word2vec, float32; else text.
    {escape, overwrite}

    Raises
    ------
    ParameterError
        If a key must be escaped and ``escape`` is "none".
    OutputExistsError, KeyCollisionError, UnknownFeatureError, MissingPackageError

    Warns
    -----
    NumberKeysWarning
        If keys read as whole numbers, which gensim takes for positions when they are asked for.
    """
    check_vectors(vectors)
    target = path_of(path)
    check_parameters(escape=escape)
    check_flag("binary", binary)
    check_output_file(target, overwrite)
    keyed = to_keyed_vectors(vectors, feature)
    warn_of_number_keys(keyed)
    if escape == "percent":
        _rename(keyed, [escape_key(key) for key in keyed.index_to_key])
    elif broken := [key for key in keyed.index_to_key if not key or _BREAKS.search(key)]:
        raise ParameterError(
            f"{setting('escape', 'none')} would write a file that is read wrongly: empty keys, or "
            f"keys with spaces or control characters: {listed(broken)}. Use "
            f"{setting('escape', 'percent')}."
        )
    with placed(target) as file:
        keyed.save_word2vec_format(str(file), binary=binary)


def load_word2vec_format(
    path: str | os.PathLike[str], *, binary: bool = False, escape: str = "percent"
) -> KeyedVectors:
    """Read a word2vec file as gensim ``KeyedVectors``, its keys as they were before the export.

    Parameters
    ----------
    path : path
    binary : bool
    escape : {"percent", "none"}
        As the file was written; "none" for files of other tools.

    Returns
    -------
    gensim.models.KeyedVectors
        The keys of ``to_keyed_vectors``, refusing numbers as these do;
        ``cat2vec.vocabulary.split_text`` takes ``feature=category`` apart. Counts of rows are not
        in such files.

    Raises
    ------
    FileReadError
        If the file is damaged, of the other format, holds a key twice, or keys that are not
        escaped.
    FileNotFoundError, ParameterError, MissingPackageError
    """
    check_parameters(escape=escape)
    try:
        from gensim import utils
        from gensim.models import KeyedVectors
    except ImportError as error:
        raise MissingPackageError("load_word2vec_format", "gensim") from error
    kind = "binary" if binary else "text"
    try:
        with utils.open(os.fspath(path), "rb") as file:
            n_keys = int(file.readline().split()[0])
        keyed = KeyedVectors.load_word2vec_format(os.fspath(path), binary=binary)
    except (ValueError, EOFError, IndexError, AssertionError) as error:
        raise FileReadError(
            f"{str(path)!r} cannot be read as a word2vec {kind} file ({error}). Try "
            f"binary={not binary}, or write it again."
        ) from error
    if len(keyed.key_to_index) != n_keys:  # gensim keeps the first of two equal keys
        raise FileReadError(
            f"{str(path)!r} announces {n_keys:,} keys and holds {len(keyed.key_to_index):,} "
            f"different ones. Write it again."
        )
    if escape == "percent":
        try:
            _rename(keyed, [unescape_key(key) for key in keyed.index_to_key])
        except ValueError as error:
            raise FileReadError(
                f"{str(path)!r} holds a key that {setting('escape', 'percent')} does not write "
                f"({error}). Read it with {setting('escape', 'none')}, or with binary={not binary}."
            ) from None
    return asked_by_text(keyed)


def load_word2vec(
    source: Any, feature: str | None = None, *, binary: bool = False, escape: str = "percent"
) -> Vectors:
    """Read a word2vec file, or take gensim's ``KeyedVectors``, as vectors that answer questions.

    Parameters
    ----------
    source : path or gensim.models.KeyedVectors
        Keys ``feature=category``, as exports write them.
    feature : str or None
        A name where keys are categories only, of this one feature.
    binary, escape
        Of a file, as in ``load_word2vec_format``.

    Returns
    -------
    Vectors
        With the categories as text, in order of their texts. Such files do not say how many rows
        hold a category: ``rows`` of answers is NaN then, and categories weigh the same in
        ``reduce`` and in maps. KeyedVectors may know it, as "count". What goes by the counts of
        pairs, or by both sides as they were trained, is a ``NotAvailableError``.

    Raises
    ------
    FileReadError
        As ``load_word2vec_format``, and for ``.kv``, which is a pickle.
    ParameterError
        If a key is not of the form ``feature=category`` and ``feature`` is None.
    FileNotFoundError, MissingPackageError

    Examples
    --------
    >>> from gensim.models import KeyedVectors
    >>> keyed = KeyedVectors(2)
    >>> keyed.add_vectors(["city=Oslo", "city=Rome", "food=cod"], np.eye(3, 2) + 1)
    >>> vectors = load_word2vec(keyed)
    >>> vectors.nearest("city", "Oslo", n=1)["category"].tolist(), list(vectors)
    (['Rome'], ['city', 'food'])
    """
    keyed, rows = source, None
    if not hasattr(source, "index_to_key"):
        if Path(source).suffix == ".kv":
            raise FileReadError(
                f"{str(source)!r} is gensim's own format, a pickle, which runs what is in it when "
                f"it is read. If you trust it, give KeyedVectors.load(path) in place of the path."
            )
        keyed = load_word2vec_format(source, binary=binary, escape=escape)
    elif "count" in keyed.expandos:
        rows = np.asarray(keyed.expandos["count"])
        if np.array_equal(rows, np.arange(len(rows), 0, -1)):  # as gensim makes them up
            rows = None
    names = _split(keyed.index_to_key, feature)
    place = {name: number for number, name in enumerate(dict.fromkeys(name for name, _ in names))}
    order = sorted(range(len(names)), key=lambda i: (place[names[i][0]], names[i][1]))
    categories = [np.array([names[i][1] for i in order if names[i][0] == n], object) for n in place]
    schema = Schema(tuple(place), tuple(Codec("category", "string") for _ in place))
    counts = np.full(len(order), np.nan) if rows is None else rows[order]
    matrix = np.asarray(keyed.vectors, np.float32)[order]
    none = np.empty((len(order), 0), np.float32)
    nan = float("nan")
    vocabulary = Vocabulary(schema, tuple(categories), counts)
    return Vectors(vocabulary, matrix, none, none, {"solver": "unknown"}, (nan,), nan)


def _split(keys: list[str], feature: str | None) -> list[tuple[str, str]]:
    """Take keys apart; they are categories where the feature is given."""
    if feature is not None:
        return [(feature_name(feature), key) for key in keys]
    try:
        return [split_text(key) for key in keys]
    except ValueError as error:
        raise ParameterError(
            f"keys must be written feature=category, and {error} Where they are the categories of "
            f"one feature, name it with {named('feature')}."
        ) from None


def _rename(keyed: KeyedVectors, keys: list[str]) -> None:
    keyed.index_to_key = keys
    keyed.key_to_index = {key: place for place, key in enumerate(keys)}
