"""The LSTM autoencoder of ``five_numbers.py`` in plain PyTorch.

Windows of two rows go in: the embedding of the vehicle, (2, 5), beside two numeric columns, (2, 2).
LSTM 10 turns a window into 10 numbers; LSTM 10 and a Dense 7 per row turn them into rows again.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from cat2vec import Cat2Vec

torch.set_num_threads(1)  # networks this small are slower on more


class Autoencoder(nn.Module):
    """Embedding beside numbers -> LSTM -> LSTM -> Dense for each row of the window."""

    def __init__(self, vehicles: nn.Embedding, n_numeric: int, n_vehicle: int, units: int) -> None:
        super().__init__()
        self.vehicles = vehicles
        self.encoder = nn.LSTM(vehicles.embedding_dim + n_numeric, units, batch_first=True)
        self.decoder = nn.LSTM(units, units, batch_first=True)
        self.dense = nn.Linear(units, n_vehicle + n_numeric)
        self.n_vehicle = n_vehicle

    def forward(self, rows: torch.Tensor, numeric: torch.Tensor) -> tuple[torch.Tensor, ...]:
        window = torch.cat([self.vehicles(rows), numeric], dim=-1)
        _, (code, _) = self.encoder(window)
        repeated = code[-1][:, None].expand(-1, window.shape[1], -1)
        decoded = self.dense(self.decoder(repeated)[0])
        return decoded[..., : self.n_vehicle], decoded[..., self.n_vehicle :]


def start_from_cat2vec(
    model: Cat2Vec, feature: str, size: int, scale: float, trainable: bool
) -> nn.Embedding:
    layer = model.to_torch(feature, size=size, frozen=not trainable)
    layer.weight.data *= scale
    return layer


def start_from(weight: np.ndarray, trainable: bool) -> nn.Embedding:
    return nn.Embedding.from_pretrained(torch.from_numpy(weight), freeze=not trainable)


class Trained:
    """An autoencoder trained on windows.

    Parameters
    ----------
    vehicles : nn.Embedding
    target : {"fixed", "moving", "category"}
        What the vehicle part of the output is compared with: the embedding as it was at the start;
        the embedding as it is now; or the category itself, by cross-entropy, with one output for
        each category.
    rows, numeric : ndarray of shape (n_windows, 2) int64, and (n_windows, 2, n_numeric) float32
    """

    def __init__(self, vehicles, target, rows, numeric, *, units, epochs, batch, rate, seed):
        torch.manual_seed(seed)
        self.target = target
        self.at_start = vehicles.weight.detach().clone()
        wide = vehicles.num_embeddings if target == "category" else vehicles.embedding_dim
        self.n_vehicle, self.n_numeric = wide, numeric.shape[-1]
        self.network = Autoencoder(vehicles, self.n_numeric, wide, units)
        learned = [weight for weight in self.network.parameters() if weight.requires_grad]
        optimizer = torch.optim.Adam(learned, lr=rate, fused=True)
        rows, numeric = torch.from_numpy(rows), torch.from_numpy(numeric)
        self.losses = []  # mean over the windows of each epoch
        for _ in range(epochs):
            total = 0.0
            for part in torch.randperm(len(rows)).split(batch):
                loss = self._loss(rows[part], numeric[part])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(part)
            self.losses.append(total / len(rows))

    def _loss(self, rows, numeric):
        vehicle, numbers = self.network(rows, numeric)
        of_numbers = ((numbers - numeric) ** 2).sum(-1).mean()
        if self.target == "category":
            return nn.functional.cross_entropy(vehicle.flatten(0, 1), rows.flatten()) + of_numbers
        return ((vehicle - self._candidates()[rows]) ** 2).sum(-1).mean() + of_numbers

    def _candidates(self):
        return self.at_start if self.target == "fixed" else self.network.vehicles.weight

    def decode(self, rows, numeric):
        """Recover windows: scores of all categories, the best is the answer; and the numbers."""
        with torch.no_grad():
            vehicle, numbers = self.network(torch.from_numpy(rows), torch.from_numpy(numeric))
            if self.target != "category":
                vehicle = -torch.cdist(vehicle, self._candidates()[None])
        return vehicle.numpy(), numbers.numpy()
