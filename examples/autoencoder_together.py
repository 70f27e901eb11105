"""Many networks of ``autoencoder_torch.py`` trained at once, as one stack of weights.

A network this small spends its time on calls, not on numbers. The result is that of training each
network alone, but for rounding; tests/examples/test_five_numbers.py compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from autoencoder_torch import Trained
from torch import nn

BETAS, EPSILON = (0.9, 0.999), 1e-8  # Adam, as torch.optim has them


def train_together(
    jobs: Sequence[Trained],
    rows: np.ndarray,
    numeric: np.ndarray,
    *,
    epochs: Sequence[int],
    batch: int,
    rates: Sequence[float],
    seeds: Sequence[int],
) -> Iterator[int]:
    """Train networks that differ in start, target (but for the width of the output), rate and seed.

    Parameters
    ----------
    jobs : sequence of Trained, made with ``epochs=0``
        Their weights and ``losses`` are those of training whenever a number of epochs is given.
    rows, numeric : ndarray of shape (n_jobs, n_windows, 2), and (n_jobs, n_windows, 2, n_numeric)
    epochs : sequence of int
        The last one is when training ends.

    Yields
    ------
    int
        Each of ``epochs``, when that many are done.
    """
    weights = {
        name: torch.stack([dict(job.network.named_parameters())[name].detach() for job in jobs])
        for name, _ in jobs[0].network.named_parameters()
    }
    step = {
        name: torch.tensor(rates).reshape(-1, *[1] * (w.dim() - 1)) for name, w in weights.items()
    }
    learns = torch.tensor([job.network.vehicles.weight.requires_grad for job in jobs])
    step["vehicles.weight"] = step["vehicles.weight"] * learns[:, None, None]  # frozen: rate 0
    at_start = weights["vehicles.weight"].clone()
    moving = torch.tensor([job.target == "moving" for job in jobs])[:, None, None]
    orders = [
        _orders(job, seed, len(numeric[0]), epochs[-1])
        for job, seed in zip(jobs, seeds, strict=True)
    ]
    rows, numeric = torch.from_numpy(rows), torch.from_numpy(numeric)
    each = torch.arange(len(jobs))[:, None]
    memory = {name: (torch.zeros_like(w), torch.zeros_like(w)) for name, w in weights.items()}
    done = 0
    for epoch in range(epochs[-1]):
        total = torch.zeros(len(jobs))
        for part in torch.stack([order[epoch] for order in orders]).split(batch, dim=1):
            for weight in weights.values():
                weight.requires_grad_()
            candidates = torch.where(moving, weights["vehicles.weight"], at_start)
            loss = _losses(
                weights, jobs[0].target, candidates, rows[each, part], numeric[each, part]
            )
            slopes = torch.autograd.grad(loss.sum(), list(weights.values()))
            done += 1
            for name, slope in zip(weights, slopes, strict=True):
                weights[name] = weights[name].detach()
                _adam(weights[name], slope, *memory[name], step[name], done)
            total += loss.detach() * part.shape[1]
        for job, value in zip(jobs, total.tolist(), strict=True):
            job.losses.append(value / rows.shape[1])
        if epoch + 1 in epochs:
            for place, job in enumerate(jobs):
                job.network.load_state_dict({name: w[place] for name, w in weights.items()})
            yield epoch + 1


def _orders(job: Trained, seed: int, n_windows: int, epochs: int) -> list[torch.Tensor]:
    """Draw what training alone draws after the weights of the start."""
    torch.manual_seed(seed)
    start = job.network.vehicles
    type(job.network)(start, job.n_numeric, job.n_vehicle, job.network.encoder.hidden_size)
    return [torch.randperm(n_windows) for _ in range(epochs)]


def _adam(weight, slope, mean, square, rate, done):
    mean.lerp_(slope, 1 - BETAS[0])
    square.mul_(BETAS[1]).addcmul_(slope, slope, value=1 - BETAS[1])
    root = (square / (1 - BETAS[1] ** done)).sqrt_().add_(EPSILON)
    weight -= rate / (1 - BETAS[0] ** done) * mean / root


def _losses(weights, target, candidates, rows, numeric):
    """Give the loss of each network, shape (n_jobs,)."""
    each = torch.arange(len(rows))[:, None, None]
    window = torch.cat([weights["vehicles.weight"][each, rows], numeric], dim=-1)
    code = _lstm(weights, "encoder", window.unbind(2))[-1]
    decoded = torch.stack([
        torch.baddbmm(weights["dense.bias"][:, None], one, weights["dense.weight"].mT)
        for one in _lstm(weights, "decoder", [code, code])
    ], dim=2)  # fmt: skip
    n_vehicle = decoded.shape[-1] - numeric.shape[-1]
    vehicle, numbers = decoded[..., :n_vehicle], decoded[..., n_vehicle:]
    of_numbers = ((numbers - numeric) ** 2).sum(-1).mean((1, 2))
    if target == "category":
        wrong = nn.functional.cross_entropy(vehicle.flatten(0, 2), rows.flatten(), reduction="none")
        return wrong.reshape(rows.shape).mean((1, 2)) + of_numbers
    return ((vehicle - candidates[each, rows]) ** 2).sum(-1).mean((1, 2)) + of_numbers


def _lstm(weights, name, steps):
    """Compute nn.LSTM of each network, gates in the order i, f, g, o."""
    of_input, of_hidden = (weights[f"{name}.weight_{k}_l0"].mT for k in ("ih", "hh"))
    bias = (weights[f"{name}.bias_ih_l0"] + weights[f"{name}.bias_hh_l0"])[:, None]
    made, cell = [], torch.zeros(())
    for step in steps:
        gates = torch.baddbmm(bias, step, of_input)
        if made:
            gates = torch.baddbmm(gates, made[-1], of_hidden)
        i, f, g, o = gates.chunk(4, dim=-1)
        cell = i.sigmoid() * g.tanh() + f.sigmoid() * cell
        made.append(o.sigmoid() * cell.tanh())
    return made
