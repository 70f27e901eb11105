"""Compiled loops over what the cells of a row say about one of them. Arrays in, arrays changed.

Evidence lies in sparse rows: ``evidence[e]`` is what token ``a`` says for token ``indices[e]``, and
those of feature ``g`` stand from ``starts[a, g]`` to ``starts[a, g + 1]``. It is never negative,
and 0 for all tokens that are not named. ``without`` is the same with one row less, which
is what counts for the tokens of a row that is among those counted itself (``own``).

Sizes, as all functions name them: R rows of C columns, V tokens of F features, P entries of
evidence, K features that are heard about a feature, m categories of one.

    ids (R, C) int64, a token or below 0    own (R,) bool    first (F + 1,) int64, first columns
    starts (V, F + 1) int64    indices (P,) int32    evidence, without (P,) float32
    log_share, log_share_without (V,) float64
"""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def lay_out_evidence(
    ids, own, first, heard, g, offset, starts, indices, evidence, without, out
):  # fmt: skip
    """Lay out what each feature that is heard says for each category of feature ``g``.

    Changed    out (K, R, m) float64, zeros before
    Read       heard (K,) int64; offset, first token of ``g``
    """
    is_own = np.zeros(out.shape[2], np.bool_)
    for r in range(ids.shape[0]):
        if own[r]:
            for d in range(first[g], first[g + 1]):
                if ids[r, d] >= 0:
                    is_own[ids[r, d] - offset] = True
        for k in range(heard.shape[0]):
            for c in range(first[heard[k]], first[heard[k] + 1]):
                a = ids[r, c]
                if a < 0:
                    continue
                for e in range(starts[a, g], starts[a, g + 1]):
                    b = indices[e] - offset
                    out[k, r, b] += without[e] if is_own[b] else evidence[e]
        if own[r]:
            for d in range(first[g], first[g + 1]):
                if ids[r, d] >= 0:
                    is_own[ids[r, d] - offset] = False


@njit(cache=True, nogil=True)
def score_categories(
    ids, own, first, heard, temperature, g, offset, log_share, log_share_without, starts, indices,
    evidence, without, out,
):  # fmt: skip
    """Score all categories of feature ``g``: log share plus evidence times temperature.

    Changed    out (R, m) float64
    Read       heard (K,) int64, temperature (K,) float64; offset, first token of ``g``
    """
    n_categories = out.shape[1]
    is_own = np.zeros(n_categories, np.bool_)
    for r in range(ids.shape[0]):
        for b in range(n_categories):
            out[r, b] = log_share[offset + b]
        if own[r]:
            for d in range(first[g], first[g + 1]):
                if ids[r, d] >= 0:
                    is_own[ids[r, d] - offset] = True
                    out[r, ids[r, d] - offset] = log_share_without[ids[r, d]]
        for k in range(heard.shape[0]):
            t = temperature[k]
            for c in range(first[heard[k]], first[heard[k] + 1]):
                a = ids[r, c]
                if a < 0:
                    continue
                for e in range(starts[a, g], starts[a, g + 1]):
                    b = indices[e] - offset
                    out[r, b] += t * (without[e] if is_own[b] else evidence[e])
        if own[r]:
            for d in range(first[g], first[g + 1]):
                if ids[r, d] >= 0:
                    is_own[ids[r, d] - offset] = False


@njit(nogil=True)
def _add_up(
    row, own, first, heard, temperature, g, log_share, log_share_without, starts, indices, evidence,
    without, score, spoken_for, is_own, touched,
):  # fmt: skip
    """Score the tokens of ``g`` that a row holds or speaks for; give how many these are."""
    n_touched = 0
    for d in range(first[g], first[g + 1]):
        b = row[d]
        if b >= 0:
            is_own[b] = own
            spoken_for[b] = True
            score[b] = log_share_without[b] if own else log_share[b]
            touched[n_touched] = b
            n_touched += 1
    for k in range(heard.shape[0]):
        f = heard[k]
        if f < 0:
            break
        t = temperature[k]
        for c in range(first[f], first[f + 1]):
            a = row[c]
            if a < 0:
                continue
            for e in range(starts[a, g], starts[a, g + 1]):
                b = indices[e]
                if not spoken_for[b]:
                    spoken_for[b] = True
                    score[b] = log_share[b]
                    touched[n_touched] = b
                    n_touched += 1
                score[b] += t * (without[e] if is_own[b] else evidence[e])
    return n_touched


@njit(nogil=True)
def _discord(row, b, first, heard, temperature, g, starts, indices, without, level):
    """Add up by how much each heard cell speaks against a token."""
    against = 0.0
    for k in range(heard.shape[0]):
        f = heard[k]
        if f < 0:
            break
        for c in range(first[f], first[f + 1]):
            a = row[c]
            if a < 0:
                continue
            low, high = starts[a, g], starts[a, g + 1]
            while low < high:
                middle = (low + high) // 2
                if indices[middle] < b:
                    low = middle + 1
                else:
                    high = middle
            told = 0.0
            if low < starts[a, g + 1] and indices[low] == b:
                told = without[low]
            against += temperature[k] * max(level[a, g] - told, 0.0)
    return against


@njit(cache=True, nogil=True, error_model="numpy")
def judge_cells(
    ids, own, first, heard, temperature, offsets, by_share, log_share, log_share_without,
    log_share_unseen, starts, indices, evidence, without, level, judged, log_chance, best,
    log_chance_best, discord,
):  # fmt: skip
    """Compute how likely each cell of some rows is by the others, and what is likeliest there.

    Categories for which no other cell speaks are not walked through: together they have what is
    left of the shares. So time does not grow with the number of categories.

    Changed    log_chance (R, C) float64, NaN for missing cells; best (R, F) int64, a token, -1 for
               features without one; log_chance_best (R, F) float64; discord (R, C) float64, nats by
               which cells speak against the one that is there, each by itself
    Read       ids (R, C), -1 missing, -2 not in the vocabulary: as likely as log_share_unseen (F,)
               heard (F, K) int64, -1 behind the last; temperature (F, K) float64
               level (V, F) float32, evidence of a cell that meets a share as is usual
               judged (F,) bool, features that are left out
               offsets (F + 1,) int64; by_share (V,) int64, most frequent tokens of a feature first
    """
    n_features = heard.shape[0]
    score = np.zeros(log_share.shape[0])
    spoken_for = np.zeros(log_share.shape[0], np.bool_)
    is_own = np.zeros(log_share.shape[0], np.bool_)
    touched = np.empty(log_share.shape[0], np.int64)
    for r in range(ids.shape[0]):
        for g in range(n_features):
            if judged[g]:
                continue
            n_touched = _add_up(
                ids[r], own[r], first, heard[g], temperature[g], g, log_share, log_share_without,
                starts, indices, evidence, without, score, spoken_for, is_own, touched,
            )  # fmt: skip
            top, token = -np.inf, np.int64(-1)
            left = 1.0
            for p in range(n_touched):
                b = touched[p]
                left -= np.exp(log_share[b])
                if score[b] > top or (score[b] == top and b < token):
                    top, token = score[b], b
            for p in range(offsets[g], offsets[g + 1]):
                b = by_share[p]
                if not spoken_for[b]:
                    if log_share[b] > top or (log_share[b] == top and b < token):
                        top, token = log_share[b], b
                    break
            if token < 0:
                top = 0.0
            mass = max(left, 0.0) * np.exp(-top)
            for p in range(n_touched):
                mass += np.exp(score[touched[p]] - top)
            log_mass = np.log(mass) + top
            best[r, g] = token
            log_chance_best[r, g] = min(top - log_mass, 0.0) if token >= 0 else np.nan
            for d in range(first[g], first[g + 1]):
                b = ids[r, d]
                discord[r, d] = 0.0
                if b >= 0:
                    log_chance[r, d] = min(score[b] - log_mass, 0.0)
                    discord[r, d] = _discord(
                        ids[r], b, first, heard[g], temperature[g], g, starts, indices, without,
                        level,
                    )  # fmt: skip
                elif b == -2:
                    log_chance[r, d] = log_share_unseen[g] - log_mass
                else:
                    log_chance[r, d] = np.nan
            for p in range(n_touched):
                spoken_for[touched[p]] = False
                is_own[touched[p]] = False


@njit(cache=True, nogil=True, error_model="numpy")
def judge_feature(
    rows, cells, own, evidence, without, level, log_share, log_share_without, log_share_unseen,
    log_chance, best, log_chance_best, discord,
):  # fmt: skip
    """Do what ``judge_cells`` does, for one feature whose evidence lies in a dense table.

    Sizes      R rows, K features that are heard, L tokens of them, m categories
    Changed    log_chance, best (a category, -1 without one), log_chance_best, discord (R,): nats by
               which cells speak against the one that is there, each by itself
    Read       rows (R, K) int64, places of what is heard in the table, -1 for none; cells (R,)
               int64, the category that is there, -1 missing, -2 not in the vocabulary; own (R,)
               evidence, without (L, m) float32, level (L,) float64, all times temperature
               log_share, log_share_without (m,); log_share_unseen, one number
    """
    n_categories = log_share.shape[0]
    score = np.empty(n_categories)
    for r in range(rows.shape[0]):
        for b in range(n_categories):
            score[b] = log_share[b]
        cell = cells[r]
        mine = 0.0
        against = 0.0
        if cell >= 0:
            mine = log_share_without[cell] if own[r] else log_share[cell]
        for k in range(rows.shape[1]):
            a = rows[r, k]
            if a < 0:
                continue
            for b in range(n_categories):
                score[b] += evidence[a, b]
            if cell >= 0:
                told = without[a, cell] if own[r] else evidence[a, cell]
                mine += told
                against += max(level[a] - told, 0.0)
        if cell >= 0:
            score[cell] = mine
        top, category = -np.inf, np.int64(-1)
        for b in range(n_categories):
            if score[b] > top:
                top, category = score[b], b
        mass = 0.0
        for b in range(n_categories):
            mass += np.exp(score[b] - top)
        log_mass = np.log(mass) + top
        best[r] = category
        log_chance_best[r] = top - log_mass
        discord[r] = against
        if cell >= 0:
            log_chance[r] = score[cell] - log_mass
        elif cell == -2:
            log_chance[r] = log_share_unseen - log_mass
        else:
            log_chance[r] = np.nan


@njit(cache=True, nogil=True)
def fill_table(tokens, temperature, g, offset, starts, indices, evidence, out):
    """Lay the evidence of some tokens for feature ``g`` out as a dense table.

    Sizes      L tokens, m categories
    Changed    out (L, m) float32, zeros before
    Read       tokens (L,) int64, temperature (L,) float64; offset, first token of ``g``
    """
    for p in range(tokens.shape[0]):
        for e in range(starts[tokens[p], g], starts[tokens[p], g + 1]):
            out[p, indices[e] - offset] = temperature[p] * evidence[e]
