"""What ``fuzz`` does to the files of a folder: changed bytes, or edits that are hashed anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from copy import deepcopy
from hashlib import sha256
from random import Random
from typing import Any

import numpy as np
import safetensors.numpy

from cat2vec.storage.folders import header_bytes

BYTES, EDITS = "bytes changed", "edited, hashes made anew"
Files = dict[str, bytes]
#: Stands for lists in lists, so many that ``json.dumps`` could not write them.
_DEEP = "@lists in lists@"
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 7, 2**31, 2**63, -(2**63), 10**400, 1.5, -0.0, 1e308),
    *(float("nan"), float("inf"), "", "x", "Oslo", "auto", "city", "token", "\ud800", "\x00", "1"),
    *([], {}, [[]], ["city"], {"city": 3}, {"": None}, {"int": "3"}, {"float": "nan"}, _DEEP),
    *({"Decimal": "1E+999999999"}, {"Fraction": "1e999999999"}, {"Fraction": "1/0"}),
    *({"datetime": "x@../../etc"}, {"datetime": "2023-01-30T00:00:00@Europe"}, {"tuple": [[]]}),
    *({"Timestamp": "now"}, {"Interval": [1, 2]}, {"Period": "9 Z"}, {"frozenset": [None]}),
    *({"time": "25"}, {"timedelta": "9999999999 0 0"}, {"Rare": ""}, {"MissingCategory": ""}),
)
_KINDS = ("uint8", "int32", "int64", "uint64", "float16", "float32", "float64", "bool")


def damage_bytes(draw: Random, files: Files, others: Sequence[bytes]) -> str:
    """Damage one file as a bad disk, a bad copy or a mix-up does; give what was done."""
    name = draw.choice(sorted(files))
    content = files[name]
    what = draw.choice(("flip", "flip", "flip", "cut", "lengthen", "lose", "zero", "swap", "gone"))
    start, n = draw.randrange(len(content)), draw.choice((1, 1, 2, 8, 64, 512))
    if what == "gone":
        del files[name]
    elif what == "swap":
        files[name] = draw.choice(others)
    else:
        changes: dict[str, Callable[[], bytes]] = {
            "flip": lambda: _flipped(draw, content, n),
            "cut": lambda: content[:start],
            "lengthen": lambda: content[:start] + draw.randbytes(n) + content[start:],
            "lose": lambda: content[:start] + content[start + n :],
            "zero": lambda: content[:start] + bytes(n) + content[start + n :],
        }  # fmt: skip
        files[name] = changes[what]()
    return f"{what} {name}"


def _flipped(draw: Random, content: bytes, n: int) -> bytes:
    changed = bytearray(content)
    for _ in range(n):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def edit(draw: Random, files: Files) -> str:
    """Change what a header or its numbers say, and make the hashes anew; give what was done."""
    header_name = draw.choice([name for name in sorted(files) if name.endswith(".json")])
    numbers_name = header_name.replace("model.json", "vectors.safetensors")
    numbers_name = numbers_name.replace("counts.json", "pairs.safetensors")
    header, done = json.loads(files[header_name]), []
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        if draw.random() < 0.5:
            done.append(_edit_words(draw, header))
        elif draw.random() < 0.9:
            done.append(_edit_arrays(draw, files, numbers_name))
        else:
            files[numbers_name] = _flipped(draw, files[numbers_name], draw.choice((1, 4)))
            done.append(f"flip {numbers_name}")
    if isinstance(header, dict):
        header["numbers_sha256"] = sha256(files[numbers_name]).hexdigest()
        files[header_name] = as_header(header)
    return f"{header_name}: {'; '.join(done)}"


def as_header(header: dict[str, Any]) -> bytes:
    """Write a header as the newest version does where it had a hash, and else as before."""
    hashed = header.pop("header_sha256", None) is not None
    content = header_bytes(header) if hashed else json.dumps(header, indent=1).encode("ascii")
    deep = f'"{_DEEP}"'.encode()
    if deep in content:
        content = content.replace(deep, b"[" * 3000 + b"]" * 3000)
        if hashed:
            rest = content[content.index(b",") + 1 :]
            content = b'{\n "header_sha256": "%s",%s' % (sha256(rest).hexdigest().encode(), rest)
    return content


def _edit_words(draw: Random, header: Any) -> str:
    """Change something somewhere in a tree of JSON."""
    place, path = header, []
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        if len(path) == 0:
            keys = [key for key in keys if key != "header_sha256"]
        if not keys:
            break
        key = draw.choice(keys)
        path.append(key)
        if not isinstance(place[key], (dict, list)) or draw.random() < 0.25:
            break
        place = place[key]
    if not path or (isinstance(place, (dict, list)) and not place):
        return "nothing"
    key = path[-1]
    what = draw.choice(("set", "set", "set", "remove", "repeat", "rename", "wrap", "swap"))
    if what == "set":
        place[key] = deepcopy(draw.choice(_VALUES))  # a later edit may change it
        what = f"set to {place[key]!r}"[:60]
    elif what == "remove":
        del place[key]
    elif what == "wrap":
        place[key] = [place[key]]
    elif what == "swap":
        other = draw.choice(list(place) if isinstance(place, dict) else range(len(place)))
        place[key], place[other] = place[other], place[key]
    elif isinstance(place, list):
        place.insert(key, deepcopy(place[key]))
    else:
        new = draw.choice(("x", "", "pooled", "shared", "order", "categories", "_updates"))
        place[new] = deepcopy(place[key]) if what == "repeat" else place.pop(key)
    return f"{what} {'/'.join(map(str, path))}"


def _edit_arrays(draw: Random, files: Files, name: str) -> str:
    """Change an array: its type, its shape, some values, its name, or whether it is there."""
    try:
        arrays = dict(safetensors.numpy.load(files[name]))
    except Exception:  # an earlier edit has made it unreadable
        return "nothing"
    if not arrays:
        return "nothing"
    one = draw.choice(sorted(arrays))
    array = arrays[one]
    what = draw.choice(("value", "value", "value", "type", "shape", "remove", "rename", "repeat"))
    with np.errstate(all="ignore"):
        if what == "value" and array.size:
            array = array.copy()
            array.reshape(-1)[draw.randrange(array.size)] = _extreme(draw, array.dtype)
            arrays[one] = array
        elif what == "type":
            what = f"type {(kind := draw.choice(_KINDS))}"
            arrays[one] = array.astype(kind)
        elif what == "shape":
            shapes = (array[:-1], array.reshape(-1), array[None], np.concatenate([array, array]))
            arrays[one] = draw.choice((*shapes, array[:0], array.T))
        elif what == "remove":
            del arrays[one]
        else:
            other = draw.choice(
                (*sorted(arrays), "pooled.0", "edges.0", "standard_error", "offset")
            )
            arrays[other] = array if what == "repeat" else arrays.pop(one)
            what = f"{what} as {other}"
    files[name] = safetensors.numpy.save(
        {key: np.ascontiguousarray(value) for key, value in arrays.items()}
    )
    return f"{what} of {one}"


def _extreme(draw: Random, dtype: np.dtype) -> Any:
    if dtype.kind == "b":
        return draw.random() < 0.5
    if dtype.kind == "f":
        return draw.choice((np.nan, np.inf, -np.inf, 0.0, -1.0, np.finfo(dtype).max, 1e-40))
    about = np.iinfo(dtype)
    return draw.choice((about.min, about.max, 0, 1, min(99, about.max), about.max - 1))
