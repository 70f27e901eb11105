"""Compiled loops over what the cells of a row say about one of them. Arrays in, arrays changed.

Evidence lies in sparse rows: ``evidence[e]`` is what token ``a`` says for token ``indices[e]``, and
those of feature ``g`` stand from ``starts[a, g]`` to ``starts[a, g + 1]``. It is never negative,
and 0 for all tokens that are not named. ``without`` is the same with one row less, which
is what counts for the tokens of a row that is among those counted itself (``own``).

Sizes, as all functions name them: R rows of C columns, V tokens of F features, P entries of
evidence, K features that are heard about a feature, m categories of one.

    ids (R, C) int64, a token or below 0    own (R,) bool    first (F + 1,) int64, first columns
    starts (V, F + 1) int64    indices (P,) int32    evidence, without (P,) float32
    log_share, log_share_without, offset (V,) float64: what a category has without any evidence, and
    what is added where all features are heard; of fewer, their share of it
"""

from __future__ import annotations

import numpy as np

from cat2vec.kernels.compiling import njit
from cat2vec.kernels.sgns import FAST_ENTRIES, FAST_SUMS, exp_of_negative


@njit(nogil=True)
def _share_heard(row, first, heard):
    """Give the share of the features that are heard of which a row has a cell."""
    n_heard, n_present = 0, 0
    for k in range(heard.shape[0]):
        f = heard[k]
        if f < 0:
            break
        n_heard += 1
        for c in range(first[f], first[f + 1]):
            if row[c] >= 0:
                n_present += 1
                break
    return n_present / max(n_heard, 1)


@njit(cache=True, nogil=True)
def lay_out_evidence(
    ids, own, first, heard, g, start, starts, indices, evidence, without, out
):  # fmt: skip
    """Lay out what each feature that is heard says for each category of feature ``g``.

    Changed    out (K, R, m) float64, zeros before
    Read       heard (K,) int64; start, first token of ``g``
    """
    is_own = np.zeros(out.shape[2], np.bool_)
    for r in range(ids.shape[0]):
        if own[r]:
            for d in range(first[g], first[g + 1]):
                if ids[r, d] >= 0:
                    is_own[ids[r, d] - start] = True
        for k in range(heard.shape[0]):
            for c in range(first[heard[k]], first[heard[k] + 1]):
                a = ids[r, c]
                if a < 0:
                    continue
                for e in range(starts[a, g], starts[a, g + 1]):
                    b = indices[e] - start
                    out[k, r, b] += without[e] if is_own[b] else evidence[e]
        if own[r]:
            for d in range(first[g], first[g + 1]):
                if ids[r, d] >= 0:
                    is_own[ids[r, d] - start] = False


@njit(cache=True, nogil=True)
def score_categories(
    ids, own, first, heard, temperature, g, start, offset, log_share, log_share_without, starts,
    indices, evidence, without, out,
):  # fmt: skip
    """Score all categories of feature ``g``: log share plus evidence times temperature.

    Changed    out (R, m) float64
    Read       heard (K,) int64, temperature (K,) float64; start, first token of ``g``
    """
    n_categories = out.shape[1]
    is_own = np.zeros(n_categories, np.bool_)
    for r in range(ids.shape[0]):
        share = _share_heard(ids[r], first, heard)
        for b in range(n_categories):
            out[r, b] = log_share[start + b] + share * offset[start + b]
        if own[r]:
            for d in range(first[g], first[g + 1]):
                if ids[r, d] >= 0:
                    is_own[ids[r, d] - start] = True
                    mine = log_share_without[ids[r, d]] + share * offset[ids[r, d]]
                    out[r, ids[r, d] - start] = mine
        for k in range(heard.shape[0]):
            t = temperature[k]
            for c in range(first[heard[k]], first[heard[k] + 1]):
                a = ids[r, c]
                if a < 0:
                    continue
                for e in range(starts[a, g], starts[a, g + 1]):
                    b = indices[e] - start
                    out[r, b] += t * (without[e] if is_own[b] else evidence[e])
        if own[r]:
            for d in range(first[g], first[g + 1]):
                if ids[r, d] >= 0:
                    is_own[ids[r, d] - start] = False


@njit(nogil=True)
def _add_up(
    row, own, first, heard, temperature, g, offsets, has_offset, offset, log_share,
    log_share_without, starts, indices, evidence, without, score, spoken_for, is_own, touched,
):  # fmt: skip
    """Score the tokens of ``g`` that a row holds or speaks for; give how many these are.

    Where tokens have offsets, all are scored.
    """
    n_touched = 0
    share = 0.0
    if has_offset:
        share = _share_heard(row, first, heard)
        for b in range(offsets[g], offsets[g + 1]):
            spoken_for[b] = True
            score[b] = log_share[b] + share * offset[b]
            touched[n_touched] = b
            n_touched += 1
    for d in range(first[g], first[g + 1]):
        b = row[d]
        if b >= 0:
            is_own[b] = own
            score[b] = (log_share_without[b] if own else log_share[b]) + share * offset[b]
            if not spoken_for[b]:
                spoken_for[b] = True
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
    ids, own, first, heard, temperature, offsets, by_share, has_offset, offset, log_share,
    log_share_without, log_share_unseen, starts, indices, evidence, without, level, judged,
    log_chance, best, log_chance_best, discord,
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
               judged (F,) bool, features that are left out; has_offset (F,) bool
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
                ids[r], own[r], first, heard[g], temperature[g], g, offsets, has_offset[g], offset,
                log_share, log_share_without, starts, indices, evidence, without, score, spoken_for,
                is_own, touched,
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


@njit(nogil=True, fastmath=FAST_ENTRIES)
def add_entries(values, total):
    """Add one array to another; changes total."""
    for j in range(values.shape[0]):
        total[j] += values[j]


@njit(nogil=True, fastmath=FAST_SUMS, forceinline=True)
def mass_of(score, top):
    """Add up exp of scores minus ``top``, the largest one; writes nothing."""
    mass = np.float32(0.0)
    for j in range(score.shape[0]):
        mass += exp_of_negative(min(top - score[j], np.float32(80.0)))
    return mass


@njit(cache=True, nogil=True, error_model="numpy")
def judge_feature(
    ids, heard, shift, column, start, own, evidence, without, level, offset, log_share,
    log_share_without, log_share_unseen, log_chance, best, log_chance_best, discord,
):  # fmt: skip
    """Do what ``judge_cells`` does, for one feature whose evidence lies in a dense table.

    Sizes      K features that are heard, L tokens of them, m categories
    Changed    log_chance, best (a token, -1 without one), log_chance_best, discord (R,): nats by
               which cells speak against the one that is there, each by itself
    Read       ids (R, C) int32; heard (K,) int64, columns that are heard, and shift (K,) int64,
               what brings their tokens to rows of the table; column, start: of the feature itself,
               its column and first token
               evidence, without (L, m), level (L,), all float32 and times temperature; the first
               two with the offset that each heard feature adds, which is offset (m,) float32
               log_share, log_share_without (m,) float32; log_share_unseen, one number
    """
    n_rows = ids.shape[0]
    cells = ids[:, column]
    score = np.empty((n_rows, log_share.shape[0]), np.float32)
    mine = np.zeros(n_rows, np.float32)
    against = np.zeros(n_rows, np.float32)
    for r in range(n_rows):
        score[r] = log_share
        if cells[r] >= 0:
            cell = np.int64(cells[r]) - start
            mine[r] = log_share_without[cell] if own[r] else log_share[cell]
    # feature by feature, so that its part of the table stays near
    for k in range(heard.shape[0]):
        tokens = ids[:, heard[k]]
        for r in range(n_rows):
            if tokens[r] < 0:
                continue
            a = np.int64(tokens[r]) + shift[k]
            add_entries(evidence[a], score[r])
            if cells[r] >= 0:
                cell = np.int64(cells[r]) - start
                told = without[a, cell]
                mine[r] += told if own[r] else evidence[a, cell]
                against[r] += max(level[a] + offset[cell] - told, np.float32(0.0))
    for r in range(n_rows):
        cell = np.int64(cells[r]) - start
        if cells[r] >= 0:
            score[r, cell] = mine[r]
        top, category = np.float32(-np.inf), np.int64(-1)
        for b in range(score.shape[1]):
            if score[r, b] > top:
                top, category = score[r, b], b
        log_mass = np.log(np.float64(mass_of(score[r], top))) + top
        best[r] = start + category
        log_chance_best[r] = min(top - log_mass, 0.0)
        discord[r] = against[r]
        if cells[r] >= 0:
            log_chance[r] = min(score[r, cell] - log_mass, 0.0)
        elif cells[r] == -2:
            log_chance[r] = log_share_unseen - log_mass
        else:
            log_chance[r] = np.nan


@njit(cache=True, nogil=True, error_model="numpy")
def views_of_cells(
    ids, feature, first, log_chance, discord, of_discord, weight, usual, rarity_unseen, walk_unseen,
    rarity, walk, company, rows_of_company, out,
):  # fmt: skip
    """Say in five ways how odd each cell is: rarity, surprise, walk, company and contradiction.

    Changed    out (5, R, C) float64; 0 for missing cells
    Read       log_chance, discord (R, C) float64, of_discord, one number
               feature (C,) int64; weight, usual, rarity_unseen, walk_unseen (F,) float64
               rarity, walk, company, rows_of_company (V,) float64
    Same as    tests/reference/cells.py::views_of_cells
    """
    for r in range(ids.shape[0]):
        above = 0.0
        for c in range(ids.shape[1]):
            if ids[r, c] >= 0:
                above += rarity[ids[r, c]] - usual[feature[c]]
        for c in range(ids.shape[1]):
            token, f = ids[r, c], feature[c]
            if token == -1:
                out[:, r, c] = 0.0
                continue
            rare, walked, met = rarity_unseen[f], walk_unseen[f], 0.0
            if token >= 0:
                rare, walked = rarity[token], walk[token]
                others = above
                for d in range(first[f], first[f + 1]):
                    if ids[r, d] >= 0:
                        others -= rarity[ids[r, d]] - usual[f]
                met = (company[token] - others) / rows_of_company[token]
            out[0, r, c] = weight[f] * rare
            out[1, r, c] = weight[f] * (rare + of_discord * discord[r, c] - log_chance[r, c])
            out[2, r, c] = weight[f] * walked
            out[3, r, c] = met
            out[4, r, c] = -log_chance[r, c] - rare
