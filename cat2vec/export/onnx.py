"""Export to ONNX: one graph from the cells of a row to its vector, for any runtime of ONNX.

Takes a ``Vocabulary`` and the vectors that are written for each feature. Gives a graph with an
input for each of them and the rows of ``transform`` as output. Needs the extra ``cat2vec[onnx]``.

A table of each feature is looked up as in embedding layers: row 0 is for missing cells, row 1 for
categories that fit did not see, and the categories follow.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from cat2vec.errors import KeyCollisionError, MissingPackageError, ParameterError, setting
from cat2vec.export.embedding_rows import FIRST, PADDING, UNKNOWN
from cat2vec.vectors.rows import Written
from cat2vec.vocabulary.vocabulary import (
    MISSING_CATEGORY,
    RARE,
    Vocabulary,
    category_key,
    category_text,
)

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    raise MissingPackageError("export to ONNX", "onnx", "cat2vec[onnx]") from error

#: Versions of operators and of the format, so old that runtimes of 2024 read them.
_OPERATORS, _OF_ML, _FORMAT = 18, 4, 9
#: Files of protobuf end at 2 GiB.
_MOST_BYTES = 2_000_000_000


def row_graph(
    vocabulary: Vocabulary,
    written: Written,
    row_vector: str = "concat",
    handle_unknown: str = "zero",
) -> onnx.ModelProto:
    """Make a graph that writes rows as ``transform`` does.

    Parameters
    ----------
    vocabulary : Vocabulary
    written : mapping of str to ndarray
        Features to write, in order, each with the vectors of its categories.
    row_vector : {"concat", "unit", "mean"}
        As in ``rows_of_vectors``.
    handle_unknown : {"zero", "rare"}

    Returns
    -------
    onnx.ModelProto
        Each feature is an input of its name and shape (n_rows,): float64 if its categories are
        numbers or bins, in which NaN is a missing cell, else text, with categories as in keys of
        exports. The one output is float32 of shape (n_rows, numbers of a row). The entry "missing"
        of ``metadata_props`` is JSON: for each input of text, the text of a missing cell, which is
        "" unless that is a category.

    Raises
    ------
    ParameterError
        If a graph cannot do what the model does; one sentence names all of it.
    KeyCollisionError
        If two categories of a feature have the same text, such as 1 and "1".
    """
    _check_can_be_written(vocabulary, written, row_vector, handle_unknown)
    graph, blanks = _Graph(written), {}
    parts = []
    for name, vectors in written.items():
        column = _Column(vocabulary, name, handle_unknown)
        cells = graph.input(name, TensorProto.STRING if column.is_text else TensorProto.DOUBLE)
        if column.is_text:
            blanks[name] = column.blank
            ids = graph.encoded(cells, column.rows, column.unknown)
        else:
            ids = _ids_of_numbers(graph, cells, column)
        if row_vector == "mean":  # a last number says whether the cell counts
            vectors = np.hstack([vectors, np.ones((len(vectors), 1), np.float32)])
        table = np.concatenate([np.zeros((FIRST, vectors.shape[1]), np.float32), vectors])
        parts.append(graph.add("Gather", graph.constant(table), ids))
    widths = [vectors.shape[1] for vectors in written.values()]
    width = widths[0] if row_vector == "mean" else sum(widths)
    rows = _together(graph, parts, row_vector)
    return graph.model(rows, width, {"missing": json.dumps(blanks)})


def _check_can_be_written(
    vocabulary: Vocabulary, written: Written, row_vector: str, handle_unknown: str
) -> None:
    """Raise ParameterError if a graph cannot do what the model does."""
    problems = []
    if handle_unknown not in ("zero", "rare"):
        problems.append(setting("handle_unknown", handle_unknown))
    for name in written:
        reading = vocabulary.schema.codecs[vocabulary.schema.position(name)].reading
        if not name:
            problems.append("a column without a name")
        if reading.multivalued:
            problems.append(f"several values in cells of {name!r}")
        if reading.part is not None or reading.date_format is not None:
            problems.append(f"the parts of dates {name!r}")
        if reading.normalize:
            problems.append(f"texts of {name!r} that differ in case and blanks only")
    if problems:
        raise ParameterError(
            f"an ONNX graph cannot hold {', '.join(problems)}. Change this in the model, leave "
            f"such columns out, or write rows with transform."
        )
    n_bytes = sum(vectors.nbytes for vectors in written.values())
    if n_bytes > _MOST_BYTES:
        raise ParameterError(
            f"an ONNX graph holds at most 2 GB, and these vectors take {n_bytes / 1e9:.1f} GB. Use "
            f"fewer numbers ({setting('vector_size', 8)}), or write rows with transform."
        )


class _Column:
    """How cells of a feature become rows of its table.

    Parameters
    ----------
    vocabulary : Vocabulary
    name : str
    handle_unknown : {"zero", "rare"}

    Attributes
    ----------
    is_text : bool
    edges : ndarray or None
        Of bins.
    rows : dict
        Row of each text or number; empty for bins, but for numbers that mean a missing cell.
    missing, unknown : int
        Rows of missing cells, and of categories that fit did not see.
    blank : str
        The text of a missing cell.
    """

    def __init__(self, vocabulary: Vocabulary, name: str, handle_unknown: str) -> None:
        position = vocabulary.schema.position(name)
        codec = vocabulary.schema.codecs[position]
        self.name, self.edges = name, codec.edges
        missing, rare = vocabulary.missing_code(position), vocabulary.rare_tokens[position]
        self.missing = PADDING if missing < 0 else missing + FIRST
        pooled = UNKNOWN if rare < 0 else int(rare - vocabulary.offsets[position]) + FIRST
        self.unknown = pooled if handle_unknown == "rare" else UNKNOWN
        row_of = [(value, pooled) for value in vocabulary.pooled[position].tolist()]
        if codec.edges is None:
            row_of += _numbered(vocabulary.categories[position])
        absent = [(value, self.missing) for value in codec.reading.missing_values]
        self.is_text = not all(_is_number(value) for value, _ in row_of)
        if not self.is_text:
            self.rows: dict[Any, int] = {
                float(v): row for v, row in [*row_of, *absent] if _is_number(v)
            }
            return
        self.rows = self._by_text([*row_of, *absent])
        self.blank = ""
        while self.blank in self.rows and self.rows[self.blank] != self.missing:
            self.blank = f"[{self.blank or 'MISSING'}]"
        self.rows[self.blank] = self.missing

    def _by_text(self, pairs: Iterable[tuple[Any, int]]) -> dict[str, int]:
        found: dict[str, tuple[int, Any]] = {}
        for value, row in pairs:
            text = category_text(value)
            before, first = found.setdefault(text, (row, value))
            if before != row:
                one, other = (
                    f"category {one!r} ({type(one).__name__}) of feature {self.name!r}"
                    for one in (first, value)
                )
                raise KeyCollisionError(text, one, other)
        try:
            "".join(found).encode()
        except UnicodeEncodeError:
            raise ParameterError(
                f"feature {self.name!r} holds text with lone surrogates, which ONNX cannot hold. "
                f"Replace it in the table, and train again."
            ) from None
        return {text: row for text, (row, _) in found.items()}


def _numbered(categories: np.ndarray) -> list[tuple[Any, int]]:
    """Give each category with its row, but for those that no cell reads as."""
    each = enumerate(categories.tolist(), FIRST)
    return [(v, row) for row, v in each if v is not RARE and v is not MISSING_CATEGORY]


def _is_number(value: Any) -> bool:
    """Say whether float64 holds this category as it is."""
    return category_key(value)[0] == 1 and float(value) == value


def _ids_of_numbers(graph: _Graph, cells: str, column: _Column) -> str:
    """Look numbers up, or put them into bins; NaN is a missing cell."""
    is_missing = graph.add("IsNaN", cells)
    if column.edges is None:
        ids = graph.encoded(cells, {np.nan: column.missing, **column.rows}, column.unknown)
    else:
        beside = graph.add("Unsqueeze", cells, graph.constant(np.array([1])))
        edges = graph.constant(column.edges.astype(np.float64))
        above = graph.add("Cast", graph.add("GreaterOrEqual", beside, edges), to=TensorProto.INT64)
        bins = graph.add("ReduceSum", above, graph.constant(np.array([1])), keepdims=0)
        ids = graph.add("Add", bins, graph.constant(np.array(FIRST)))
        for number in column.rows:
            same = graph.add("Equal", cells, graph.constant(np.array(number)))
            is_missing = graph.add("Or", is_missing, same)
    return graph.add("Where", is_missing, graph.constant(np.array(column.missing)), ids)


def _together(graph: _Graph, parts: list[str], row_vector: str) -> str:
    """Put the vectors of a row's cells side by side, or average those that count."""
    if row_vector == "mean":
        sums = graph.add("Sum", *parts)
        ends = [graph.constant(np.array([end])) for end in (0, -1, np.iinfo(np.int64).max, 1)]
        total = graph.add("Slice", sums, ends[0], ends[1], ends[3])
        known = graph.add("Slice", sums, ends[1], ends[2], ends[3])
        return graph.add(
            "Div", total, graph.add("Max", known, graph.constant(np.ones(1, np.float32)))
        )
    rows = graph.add("Concat", *parts, axis=1)
    if row_vector != "unit":
        return rows
    wide = graph.add("Cast", rows, to=TensorProto.DOUBLE)
    squares = graph.add("ReduceSum", graph.add("Mul", wide, wide), graph.constant(np.array([1])))
    length = graph.add("Sqrt", squares)
    nothing = graph.add("Equal", length, graph.constant(np.array(0.0)))
    divisor = graph.add("Where", nothing, graph.constant(np.array(1.0)), length)
    return graph.add("Cast", graph.add("Div", wide, divisor), to=TensorProto.FLOAT)


class _Graph:
    """A graph while it is made; what it computes has names that no input has."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._nodes: list[Any] = []
        self._inputs: list[Any] = []
        self._constants: list[Any] = []
        self._prefix = "cat2vec"
        self._output = "vector"
        while any(name.startswith(self._prefix) for name in taken):
            self._prefix += "_"
        while self._output in taken:
            self._output += "_"

    def input(self, name: str, kind: int) -> str:
        """Add a column of cells."""
        self._inputs.append(helper.make_tensor_value_info(name, kind, ["n_rows"]))
        return name

    def constant(self, array: Any) -> str:
        """Add an array."""
        name = f"{self._prefix}.{len(self._constants)}"
        array = np.asarray(array)
        whole = array.dtype.kind == "i"  # 32 bits on some machines
        array = array.astype(np.int64) if whole else array
        self._constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, kind: str, *inputs: str, domain: str = "", **options: Any) -> str:
        """Add an operator, and give the name of what it computes."""
        name = f"{self._prefix}:{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], name, domain=domain, **options))
        return name

    def encoded(self, cells: str, rows: dict[Any, int], unknown: int) -> str:
        """Look cells up in a dict."""
        kind = TensorProto.STRING if isinstance(next(iter(rows)), str) else TensorProto.DOUBLE
        keys: Any = [key.encode() if isinstance(key, str) else key for key in rows]  # text by bytes
        return self.add(
            "LabelEncoder",
            cells,
            domain="ai.onnx.ml",
            keys_tensor=helper.make_tensor("keys", kind, [len(keys)], keys),
            values_tensor=numpy_helper.from_array(np.array(list(rows.values()), np.int64)),
            default_tensor=numpy_helper.from_array(np.array([unknown], np.int64)),
        )

    def model(self, rows: str, width: int, metadata: dict[str, str]) -> onnx.ModelProto:
        """Finish: the model whose output are these rows."""
        from cat2vec import __version__

        self._nodes.append(helper.make_node("Identity", [rows], [self._output]))
        output = helper.make_tensor_value_info(self._output, TensorProto.FLOAT, ["n_rows", width])
        model = helper.make_model(
            helper.make_graph(self._nodes, "cat2vec", self._inputs, [output], self._constants),
            producer_name="cat2vec",
            producer_version=__version__,
            opset_imports=[
                helper.make_opsetid("", _OPERATORS),
                helper.make_opsetid("ai.onnx.ml", _OF_ML),
            ],
            ir_version=_FORMAT,
        )
        helper.set_model_props(model, metadata)
        return model
