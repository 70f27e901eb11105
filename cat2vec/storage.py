"""Save and load a model folder.

Takes ``Vectors`` and the parameters of the estimator. Gives a folder of two files and reads it.

    model.json            format, version, schema, categories as text, settings, parameters
    vectors.safetensors   matrix, center, context, counts, losses, bin edges, number categories
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from cat2vec.folders import MODEL, read_folder, write_folder
from cat2vec.tables.columns import Categorical, Numeric
from cat2vec.vectors import Vectors
from cat2vec.vocabulary import Vocabulary


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
    tensors = {
        "matrix": vectors.matrix,
        "center": vectors.center,
        "context": vectors.context,
        "losses": np.array([*vectors.losses, vectors.independence_loss], dtype=np.float64),
    }
    words = {"settings": vectors.settings, "params": params}
    write_folder(folder, MODEL, vectors.vocabulary, words, tensors, overwrite=overwrite)


def load_model(folder: str | os.PathLike[str]) -> tuple[Vectors, dict[str, Any]]:
    """Read a model folder back: its vectors, and the parameters of the estimator.

    Raises
    ------
    ModelFormatError
        If the folder is no cat2vec model, is damaged, or is of a newer format.
    """
    return read_folder(folder, MODEL, _vectors_from)


def _vectors_from(
    vocabulary: Vocabulary, words: dict[str, Any], tensors: dict[str, np.ndarray]
) -> tuple[Vectors, dict[str, Any]]:
    *losses, independence = tensors["losses"].tolist()
    vectors = Vectors(
        vocabulary=vocabulary,
        matrix=tensors["matrix"],
        center=tensors["center"],
        context=tensors["context"],
        settings=words["settings"],
        losses=tuple(losses),
        independence_loss=independence,
    )
    return vectors, dict(words["params"])


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
