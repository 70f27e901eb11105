"""The LSTM autoencoder of ``five_numbers.py`` in Keras 3, on PyTorch if KERAS_BACKEND is not set.

The same as ``autoencoder_torch.py``, but for the moving target, which needs a training loop of
one's own.
"""

from __future__ import annotations

import os

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
from keras import layers

from cat2vec import Cat2Vec


def autoencoder(
    vehicles: layers.Embedding, n_rows: int, n_numeric: int, n_vehicle: int, units: int
) -> keras.Model:
    """Embedding beside numbers -> LSTM -> LSTM -> Dense for each row of the window."""
    rows = keras.Input((n_rows,), dtype="int32")
    numeric = keras.Input((n_rows, n_numeric))
    window = layers.Concatenate()([vehicles(rows), numeric])
    code = layers.LSTM(units)(window)
    decoded = layers.LSTM(units, return_sequences=True)(layers.RepeatVector(n_rows)(code))
    return keras.Model(
        [rows, numeric], layers.TimeDistributed(layers.Dense(n_vehicle + n_numeric))(decoded)
    )


def start_from_cat2vec(
    model: Cat2Vec, feature: str, size: int, scale: float, trainable: bool
) -> layers.Embedding:
    _, layer = model.to_keras(feature, size=size, frozen=not trainable, lookup="rows")
    layer.set_weights([layer.get_weights()[0] * scale])
    return layer


def start_from(weight: np.ndarray, trainable: bool) -> layers.Embedding:
    layer = layers.Embedding(*weight.shape, trainable=trainable)
    layer.build((None,))
    layer.set_weights([weight])
    return layer


class Trained:
    """An autoencoder trained on windows; parameters as in ``autoencoder_torch.py``."""

    def __init__(self, vehicles, target, rows, numeric, *, units, epochs, batch, rate, seed):
        if target == "moving":
            raise ValueError("target 'moving' is in autoencoder_torch.py only.")
        keras.utils.set_random_seed(seed)
        self.target = target
        self.at_start = vehicles.get_weights()[0].copy()
        n_categories, size = self.at_start.shape
        self.n_vehicle = n_categories if target == "category" else size
        self.network = autoencoder(vehicles, *numeric.shape[1:], self.n_vehicle, units)
        if target == "category":
            wanted = np.concatenate([rows[..., None].astype(np.float32), numeric], axis=-1)
            loss = self._loss_of_categories
        else:  # 5 + 2 numbers; mean over them, so times 7 it is the sum
            wanted = np.concatenate([self.at_start[rows], numeric], axis=-1)
            loss = "mse"
        self.network.compile(keras.optimizers.Adam(rate), loss)
        history = self.network.fit(
            [rows, numeric], wanted, epochs=epochs, batch_size=batch, verbose=0
        )
        self.losses = history.history["loss"]

    def _loss_of_categories(self, wanted, decoded):
        of_vehicle = keras.ops.mean(
            keras.losses.sparse_categorical_crossentropy(
                wanted[..., 0], decoded[..., : self.n_vehicle], from_logits=True
            )
        )
        errors = keras.ops.square(wanted[..., 1:] - decoded[..., self.n_vehicle :])
        return of_vehicle + keras.ops.mean(keras.ops.sum(errors, axis=-1))

    def decode(self, rows, numeric):
        """Recover windows: scores of all categories, the best is the answer; and the numbers."""
        decoded = self.network.predict([rows, numeric], verbose=0)
        vehicle, numbers = decoded[..., : self.n_vehicle], decoded[..., self.n_vehicle :]
        if self.target == "category":
            return vehicle, numbers
        return -((vehicle[..., None, :] - self.at_start) ** 2).sum(axis=-1), numbers
