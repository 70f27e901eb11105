"""A fitted model as an ONNX graph: what ``transform`` does, for runtimes without Python.

Takes the estimator. Gives a graph of ``cat2vec.export.onnx``. Needs the extra ``cat2vec[onnx]``.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from cat2vec.estimator.steps import what_is_written
from cat2vec.storage.files import check_output_file, path_of, placed

if TYPE_CHECKING:
    import onnx


def to_onnx(model: Any) -> onnx.ModelProto:
    """Make a graph that writes rows as the model does; see ``cat2vec.export.onnx.row_graph``.

    Raises
    ------
    ParameterError, KeyCollisionError, MissingPackageError
    """
    from cat2vec.export.onnx import row_graph

    written, how = what_is_written(model, model.vocabulary_, model.vectors_.matrix)
    return row_graph(model.vocabulary_, written, how, model.handle_unknown)


def save_onnx(model: Any, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
    """Write the graph of a fitted model as ``.onnx``.

    Raises
    ------
    OutputExistsError, ParameterError, KeyCollisionError, MissingPackageError
    """
    target = path_of(path)
    check_output_file(target, overwrite, ".onnx")
    graph = to_onnx(model)
    with placed(target) as file:
        file.write_bytes(graph.SerializeToString())
