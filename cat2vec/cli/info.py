"""The command ``info``: what a model folder holds."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

import numpy as np

from cat2vec.cli.output import add_output_options, print_answer
from cat2vec.cli.reading import model_of
from cat2vec.errors import in_words
from cat2vec.estimator.plan import feature_lines, planned_features
from cat2vec.vectors.vectors import Vectors

#: What JSON and CSV say of a feature.
_OF_FEATURES = ("feature", "column", "kind", "n_categories", "has_bins", "n_rare", "shared")


def add_info_options(command: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    command.add_argument("model", help="model folder")
    add_output_options(command)


def run_info(options: argparse.Namespace) -> None:
    """Print what a model folder holds; CSV has a line for each feature."""
    model = model_of(options)
    vectors, vocabulary = model.vectors_, model.vocabulary_
    settings = vectors.settings
    features = [asdict(one) for one in planned_features(vocabulary)]
    found = {name: [one[name] for one in features] for name in _OF_FEATURES}
    whole: dict[str, Any] = {
        "model": options.model,
        "n_rows": settings["n_rows"],
        "n_tokens": vocabulary.n_tokens,
        "features": [{name: one[name] for name in _OF_FEATURES} for one in features],
        "settings": settings,
        "regularization": vectors.regularization,
        "gain": vectors.gain,
        "loss": vectors.loss,
        "independence_loss": vectors.independence_loss,
        "losses": vectors.losses,
    }
    n_rows, n_tokens = in_words(settings["n_rows"]), vocabulary.n_tokens
    shown = ", ".join(
        f"{name} {value}"
        for name, value in settings.items()
        if name not in ("n_rows", "learned_regularization") and value is not None
    )
    lines = [
        f"model     {options.model}: {n_rows} rows, {n_tokens:,} tokens",
        *feature_lines(vocabulary),
        f"settings  {shown}",
    ]
    if vectors.standard_error is not None:
        lines.append(f"prior     learned strength {vectors.regularization:.3g} pairs")
    lines.append(f"gain      {gain_of(vectors)}, after {len(vectors.losses)} passes")
    print_answer(options, found, "\n".join(lines), whole)


def gain_of(vectors: Vectors) -> str:
    """Say how good vectors are on the rows that they were trained on."""
    if np.isnan(vectors.gain):
        return f"not computed for so many tokens (loss {vectors.loss:.4f} nats per pair)"
    return (
        f"{vectors.gain:.4f} nats per pair of the training rows (loss {vectors.loss:.4f}, "
        f"independence {vectors.independence_loss:.4f})"
    )
