"""Save and load a model folder.

Takes ``Vectors`` and the parameters of the estimator, perhaps with pair counts. Gives a folder of
two files, perhaps with a folder of counts in it, and reads it.

    model.json            format, version, schema, categories as text, settings, parameters
    vectors.safetensors   matrix, center, context, counts, losses, bin edges, number categories;
                          standard errors where the prior learned its strength;
                          pair counts, temperatures and values of bins for questions about cells
    counts/               pair counts of partial_fit; the hash of their numbers stands in model.json
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from cat2vec.counting.pair_counts import PairCounts, parts_of_folder
from cat2vec.errors import ModelFormatError, ParameterError, setting, spelled
from cat2vec.estimator.cells_folder import kept_from, kept_tensors
from cat2vec.estimator.updates import Updates, hash_of_counts
from cat2vec.estimator.validation import checked_settings, sizes_of
from cat2vec.inspection.cells import CellsKept
from cat2vec.kernels.threads import workers
from cat2vec.parameters import check_parameters, documented, feature_name, feature_names
from cat2vec.storage.files import path_of, placed_in
from cat2vec.storage.folders import (
    COUNTS,
    MODEL,
    array_in,
    check_output_folder,
    check_path,
    files_of_folder,
    number_of_rows,
    read_folder,
    remove_folder,
    write_files,
)
from cat2vec.tables.cells.kinds import kind_from_json, kind_to_json
from cat2vec.tables.sources.csv_options import CsvOptions
from cat2vec.training.problem import Problem, settings_from
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.as_json import value_from_json, value_to_json
from cat2vec.vocabulary.pooling import without_rare_names
from cat2vec.vocabulary.vocabulary import Vocabulary

Model = TypeVar("Model", bound=Any)

#: Folder of pair counts inside a model folder.
_COUNTS = "counts"


@documented
def save_model(
    vectors: Vectors,
    folder: str | os.PathLike[str],
    params: dict[str, Any],
    counts: PairCounts | None = None,
    kept: CellsKept | None = None,
    *,
    overwrite: bool = False,
    replaces: bool = True,
    beside: Callable[[Path], None] = lambda passing: None,
) -> None:
    """Write a model folder, or replace the model in one: all of it, or nothing.

    Parameters
    ----------
    vectors : Vectors
    folder : path
        Made if it is not there. A cat2vec model in it is replaced.
    params : dict
        Parameters of the estimator, as JSON values.
    counts : PairCounts or None
        To go on with; counts of an earlier model in the folder are removed.
    kept : CellsKept or None
        With temperatures; see ``kept_tensors``.
    {overwrite}
    replaces : bool
        False: raise OutputExistsError if another process wrote a model there in the meantime.
    beside : callable
        Writes more files, which are put in place with those of the model, into a folder.

    Raises
    ------
    OutputExistsError, ModelFormatError, DiskFullError
    """
    tensors = {
        "matrix": vectors.matrix,
        "center": vectors.center,
        "context": vectors.context,
        "losses": np.array([*vectors.losses, vectors.independence_loss], dtype=np.float64),
    }
    if vectors.standard_error is not None:
        tensors["standard_error"] = vectors.standard_error
    tensors |= {} if kept is None else kept_tensors(kept)
    header: dict[str, Any] = {"settings": vectors.settings, "params": params}
    if kept is not None and kept.counts is not None:
        header["kept_rows"] = kept.counts.n_rows
    target = path_of(folder)
    counts_of_before = target / _COUNTS
    check_output_folder(folder, overwrite)
    if counts is not None:
        header["counts_sha256"] = hash_of_counts(counts)
        check_output_folder(counts_of_before, overwrite, COUNTS)

    def tidy() -> None:
        if counts is None:
            remove_folder(counts_of_before, COUNTS)

    def check() -> None:
        check_output_folder(folder, overwrite, replaces=replaces)

    with placed_in(target, check=check, then=tidy) as passing:
        write_files(passing, files_of_folder(MODEL, vectors.vocabulary, header, tensors))
        if counts is not None:
            write_files(passing / _COUNTS, files_of_folder(COUNTS, *parts_of_folder(counts)))
        beside(passing)


def load_model(
    folder: str | os.PathLike[str],
) -> tuple[Vectors, dict[str, Any], PairCounts | None, CellsKept]:
    """Read a model folder back: vectors, parameters, counts, and what is kept about cells.

    Raises
    ------
    ModelFormatError
        If the folder is no cat2vec model, is damaged, or is of an earlier or newer format.
    """
    vectors, params, expected, kept = read_folder(folder, MODEL, _vectors_from)
    if expected is None:
        return vectors, params, None, kept
    counts = PairCounts.load(path_of(folder) / _COUNTS)
    is_of_other = counts.vocabulary.features != vectors.vocabulary.features
    if hash_of_counts(counts) != expected or is_of_other:
        raise ModelFormatError(
            f"{str(folder)!r} is damaged: the folder {_COUNTS!r} in it does not belong to "
            f"{MODEL.header!r}. An interrupted save or copy may have done this. Train, save or "
            f"copy the model again."
        )
    return vectors, params, counts, kept


def _vectors_from(
    vocabulary: Vocabulary, header: dict[str, Any], tensors: dict[str, np.ndarray]
) -> tuple[Vectors, dict[str, Any], str | None, CellsKept]:
    matrix, center, context = (
        array_in(tensors, name, "float32", vocabulary.n_tokens, None)
        for name in ("matrix", "center", "context")
    )
    if center.shape != context.shape or not 0 < matrix.shape[1] <= center.shape[1]:
        raise ValueError("'center' and 'context' must be of one size, at least that of 'matrix'")
    error = tensors.get("standard_error")
    if error is not None and (error.dtype, error.shape) != (np.float32, (vocabulary.n_tokens,)):
        raise ValueError("'standard_error' must be float32, one for each token")
    *losses, independence = tensors["losses"].tolist()
    settings = dict(header["settings"])
    if not all(isinstance(loss, float) for loss in (*losses, independence)) or not losses:
        raise ValueError("'losses' must be two numbers or more, float64")
    Problem.of(vocabulary, settings_from(settings).checked())  # all of them are allowed
    number_of_rows(settings["n_rows"])
    vectors = Vectors(
        vocabulary, matrix, center, context, settings, tuple(losses), independence, error
    )
    kept = kept_from(vocabulary, tensors, header.get("kept_rows", 0))
    return vectors, dict(header["params"]), header.get("counts_sha256"), kept


def params_to_json(params: Mapping[str, Any]) -> dict[str, Any]:
    """Write parameters of the estimator as JSON values."""
    plain = {k: v.item() if isinstance(v, np.generic) else v for k, v in params.items()}
    if plain["columns"]:
        plain["columns"] = {feature_name(n): kind_to_json(k) for n, k in plain["columns"].items()}
    plain["missing_values"] = _plain(plain["missing_values"])
    for name in ("features", "context"):
        if plain[name] is not None:
            plain[name] = feature_names(plain[name])
    if plain["shared"] is not None:
        plain["shared"] = {feature_name(n): feature_names(c) for n, c in plain["shared"].items()}
    if plain["exclude_pairs"] is not None:
        plain["exclude_pairs"] = [feature_names(group) for group in plain["exclude_pairs"]]
    if isinstance(plain["vector_size"], Mapping):
        sizes = plain["vector_size"].items()
        plain["vector_size"] = [[n if n is None else feature_name(n), int(k)] for n, k in sizes]
    return plain


def _plain(values: Any) -> Any:
    """Write a list of values, or a dict of such lists, as JSON values."""
    if isinstance(values, Mapping):
        return {feature_name(name): _plain(some) for name, some in values.items()}
    if values is None:
        return None
    return [_plain_value(value) for value in values]


def _plain_value(value: Any) -> Any:
    """Write a text, number or boolean as it is, and other values with the name of their type."""
    is_time = isinstance(value, (np.datetime64, np.timedelta64))
    plain = value.item() if isinstance(value, np.generic) and not is_time else value
    if plain is None or type(plain) in (str, int, float, bool):
        return plain
    return value_to_json(plain)


def _from_plain(values: Any) -> Any:
    """Read a list of values, or a dict of such lists, back."""
    if isinstance(values, Mapping):
        return {name: _from_plain(some) for name, some in values.items()}
    return values and [
        value_from_json(value) if isinstance(value, Mapping) else value for value in values
    ]


def params_from_json(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Read parameters of the estimator back."""
    params = dict(plain)
    if params["columns"]:
        params["columns"] = {name: kind_from_json(k) for name, k in params["columns"].items()}
    params["missing_values"] = _from_plain(params["missing_values"])
    if isinstance(params["vector_size"], list):
        params["vector_size"] = dict(params["vector_size"])
    return params


def check_rare_names(rare_names: bool, has_counts: bool) -> None:
    """Raise ParameterError if rare names are to be left out and pair counts hold them."""
    check_parameters(rare_names=rare_names)
    if has_counts and not rare_names:
        raise ParameterError(
            f"{setting('rare_names', False)} leaves the names of rare categories out, and the "
            f"pair counts {spelled('of partial_fit', 'that --updatable keeps')} hold them all. "
            f"{spelled('Fit with fit, which keeps no such counts.', 'Leave --updatable out.')}"
        )


def save_estimator(
    model: Any,
    folder: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    rare_names: bool = True,
    replaces: bool = True,
    beside: Callable[[Path], None] = lambda passing: None,
) -> None:
    """Write a fitted estimator into a model folder; others as in ``save_model``.

    Raises
    ------
    OutputExistsError, ModelFormatError, ParameterError
    """
    check_path(folder)
    check_rare_names(rare_names, hasattr(model, "counts_"))
    checked_settings(model)  # a folder with parameters that are not allowed is not read
    plain = params_to_json(model.get_params(deep=False))
    plain["_columns_in"] = model._columns_in
    plain["_columns_have_names"] = hasattr(model, "feature_names_in_")
    plain["_columns_named"] = model._columns_named
    plain["_reading"] = model.file_options_
    if model._updates:
        plain["_updates"] = [list(update) for update in model._updates]
    counts = getattr(model, "counts_", None)
    kept: CellsKept = model.cells_
    with workers(model.n_jobs) as crew:
        kept.model(model.vectors_, crew)
        if kept.counts is not None:
            kept.oddness(crew)
    vectors = model.vectors_
    if not rare_names:
        vectors = replace(vectors, vocabulary=without_rare_names(vectors.vocabulary))
    writing: dict[str, Any] = {"overwrite": overwrite, "replaces": replaces, "beside": beside}
    save_model(vectors, folder, plain, counts, kept, **writing)


def load_estimator(kind: Callable[..., Model], folder: str | os.PathLike[str]) -> Model:
    """Read a model folder as a fitted estimator; ``kind`` makes one from its parameters.

    Raises
    ------
    ModelFormatError
    """
    vectors, params, counts, kept = load_model(folder)
    try:
        return _estimator_from(kind, vectors, params, counts, kept)
    except MemoryError:
        raise
    except Exception as error:  # whatever parameters that do not fit the vectors lead to
        raise ModelFormatError(
            f"{str(folder)!r} was not saved by Cat2Vec.save of this version ({error}). Train the "
            f"model again."
        ) from None


def _estimator_from(
    kind: Callable[..., Model],
    vectors: Vectors,
    params: dict[str, Any],
    counts: PairCounts | None,
    kept: CellsKept,
) -> Model:
    columns_in, have_names = params.pop("_columns_in"), params.pop("_columns_have_names")
    columns_named = params.pop("_columns_named", have_names)
    file_options = dict(params.pop("_reading", {}))
    CsvOptions(**file_options).check()
    updates = tuple((str(mark), float(by)) for mark, by in params.pop("_updates", ()))
    names = set(columns_in)
    if not isinstance(columns_in, list) or len(names) < len(columns_in):
        raise ValueError("names of columns must be a list in which none stands twice")
    if not names.issuperset(vectors.vocabulary.schema.columns):
        raise ValueError("a column that a feature is made of is not among those of the table")
    model = kind(**params_from_json(params))
    model._columns_in, model.n_features_in_ = columns_in, len(columns_in)
    model.file_options_, model._columns_named = file_options, bool(columns_named)
    if have_names:
        model.feature_names_in_ = np.array(columns_in, dtype=object)
    take_vectors(model, vectors, counts, kept, updates)
    checked_settings(model)
    if max(sizes_of(model).values()) > vectors.vector_size:
        raise ValueError("the numbers asked for are more than the vectors have")
    return model


def take_vectors(
    model: Model,
    vectors: Vectors,
    counts: PairCounts | None = None,
    kept: CellsKept | None = None,
    updates: Updates = (),
) -> Model:
    """Set the fitted attributes of a model; gives it back."""
    model._updates = updates
    model.__dict__.pop("counts_", None)
    model.cells_ = CellsKept(None) if kept is None else kept
    if counts is not None:
        model.counts_ = counts
    model.vectors_ = vectors
    model.vocabulary_ = vectors.vocabulary
    model.loss_ = vectors.loss
    model.gain_ = vectors.gain
    model.solver_ = vectors.settings["solver"]
    model.regularization_ = vectors.regularization
    return model
