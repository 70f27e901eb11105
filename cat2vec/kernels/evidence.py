"""Compiled loops from pair counts to what they say of cells. Arrays in, arrays changed.

Sizes and arrays are those of ``cat2vec.kernels.cells``.
"""

from __future__ import annotations

import numpy as np

from cat2vec.kernels.compiling import njit


@njit(cache=True, nogil=True, error_model="numpy")
def add_up_gains(left, right, count, feature, share, smoothings, out):
    """Add up by how many nats pairs are likelier than shares say, for several smoothings.

    Each pair is one row less than was counted. What its left token has in all is not in here.

    Sizes      n pairs, S smoothings
    Changed    out (F, F, S) float64: ``out[f, g]`` grows by pairs of a token of f that is given and
               one of g that is asked for
    Read       left, right (n,) int32, count (n,) float64; feature (V,) int64, share (V,) float64
               smoothings (S,) float64, rows that are added
    """
    logs = np.log(smoothings)
    for i in range(left.shape[0]):
        if count[i] <= 1.0:
            continue
        for turn in range(2):
            a, b = (left[i], right[i]) if turn == 0 else (right[i], left[i])
            others = (count[i] - 1.0) / share[b]
            sums = out[feature[a], feature[b]]
            for s in range(smoothings.shape[0]):
                sums[s] += count[i] * (np.log(smoothings[s] + others) - logs[s])


@njit(cache=True, nogil=True, error_model="numpy")
def weigh_pairs(
    indptr, indices, count, feature, kappa, share, share_without, starts, evidence, without
):
    """Turn counts of pairs into evidence.

    Changed    starts, evidence, without
    Read       indptr (V + 1,) int64, indices, count (P,) float32: sparse rows, ascending in a row
               feature (V,) int64; kappa (F, F), share, share_without (V,) float64
    """
    n_features = kappa.shape[0]
    for a in range(indptr.shape[0] - 1):
        f = feature[a]
        known = 0
        for e in range(indptr[a], indptr[a + 1]):
            b = indices[e]
            g = feature[b]
            while known <= g:
                starts[a, known] = e
                known += 1
            evidence[e] = np.log1p(count[e] / (kappa[f, g] * share[b]))
            others = max(count[e] - 1.0, 0.0)
            without[e] = np.log1p(others / (kappa[f, g] * share_without[b]))
        while known <= n_features:
            starts[a, known] = indptr[a + 1]
            known += 1


@njit(cache=True, nogil=True)
def fill_table(tokens, temperature, g, start, starts, indices, evidence, out):
    """Lay the evidence of some tokens for feature ``g`` out as a dense table.

    Sizes      L tokens, m categories
    Changed    out (L, m) float32, zeros before
    Read       tokens (L,) int64, temperature (L,) float64; start, first token of ``g``
    """
    for p in range(tokens.shape[0]):
        for e in range(starts[tokens[p], g], starts[tokens[p], g + 1]):
            out[p, indices[e] - start] = temperature[p] * evidence[e]
