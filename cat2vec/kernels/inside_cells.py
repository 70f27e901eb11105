"""Compiled loops over the values of one cell that learn from each other, for the rows kernels."""

from __future__ import annotations

import numpy as np

from cat2vec.kernels.compiling import njit
from cat2vec.kernels.sgns import exp_of_negative, log_one_plus


@njit(nogil=True)
def _stands_apart(i, j, r, tokens, line):
    """Say whether entry ``j`` is no context of ``i``, both of one feature: the token itself."""
    return j == i or (line[j] != r and tokens[j] == tokens[i])


@njit(nogil=True, error_model="numpy")
def loss_inside(i, r, products, bias, weight, label, first, last, tokens, line, factor):
    """Add up the loss of entry ``i`` against the entries of its own feature, one by one."""
    total = 0.0
    for j in range(first, last):
        if not _stands_apart(i, j, r, tokens, line):
            x = products[i, j] + bias[j]
            e = exp_of_negative(min(abs(x), np.float32(80.0)))
            share = weight[j] if line[j] == r else weight[j] * factor
            total += share * (log_one_plus(e) + max(x, np.float32(0.0))) - label[j] * x
    return total


@njit(nogil=True)
def weigh_inside(i, r, products, first, last, tokens, line, factor):
    """Give slopes of entry ``i`` in its own feature the weights that they have inside a cell."""
    for j in range(first, last):
        if _stands_apart(i, j, r, tokens, line):
            products[i, j] = np.float32(0.0)
        elif line[j] != r:
            products[i, j] *= factor
