"""Slow twins of what a report measures: read them first. Plain loops over rows, in float64."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import minimize_scalar

from tests.reference.objective import log_sigmoid


def row_gain(
    center, context, row, features, counts, negative, ns_exponent, excluded=frozenset(),
    within=frozenset()
):  # fmt: skip
    """Compute the gain of each ordered pair of tokens in one row: {(a, b): nats}.

    Parameters
    ----------
    row : list of int
        Token ids, one per value of a present cell.
    features, counts : list of int
        Of each token.
    excluded : set of frozenset of two int
        Features that do not learn from each other.
    """
    gains = {}
    for a in row:
        for b in row:
            f, g = features[a], features[b]
            if (f == g and f not in within) or frozenset((f, g)) in excluded or a == b:
                continue
            tokens = [t for t in range(len(features)) if features[t] == g]
            powered = sum(counts[t] ** ns_exponent for t in tokens)
            present = sum(counts[t] for t in tokens)
            gain = 0.0
            others = 1 - counts[a] / present if f == g else 1
            for t in tokens:
                if t == a:
                    continue
                q = counts[t] ** ns_exponent / powered
                apart = math.log(counts[t] / present / (negative * q))
                x = float(center[a] @ context[t]) + apart
                gain += negative * q / others * (log_sigmoid(-x) - log_sigmoid(-apart))
                if t == b:
                    gain += log_sigmoid(x) - log_sigmoid(apart)
            gains[a, b] = gain
    return gains


def ratio_with_error(gains, pairs, weights):
    """Compute sum of gains per sum of pairs over rows, and the error of the linearised ratio."""
    rows = [(w * g, w * m) for g, m, w in zip(gains, pairs, weights, strict=True) if m]
    total = sum(m for _, m in rows)
    ratio = sum(g for g, _ in rows) / total
    if len(rows) < 2:
        return ratio, math.inf
    spread = sum((g - ratio * m) ** 2 for g, m in rows) * len(rows) / (len(rows) - 1)
    return ratio, math.sqrt(spread) / total


def smoothed_pmi(pairs, features, counts, smoothing, within=frozenset()):
    """Compute log P(b | a) / p(b) of every ordered pair of tokens of different features."""
    n_tokens = len(features)
    n = np.zeros((n_tokens, n_tokens))
    for (a, b), count in pairs.items():
        n[a, b] = n[b, a] = count
    pmi = np.zeros((n_tokens, n_tokens))
    for a in range(n_tokens):
        for b in range(n_tokens):
            if features[a] != features[b] or (features[a] in within and a != b):
                tokens = [t for t in range(n_tokens) if features[t] == features[b]]
                could = [t for t in tokens if t != a]
                share = counts[b] / sum(counts[t] for t in could)
                with_feature = sum(n[a, t] for t in tokens)
                pmi[a, b] = math.log(
                    (n[a, b] + smoothing * share) / (with_feature + smoothing) / share
                )
    return pmi


def hidden_cells(rows, says, features, counts, within=frozenset()):
    """Hide every cell and rank its categories: {feature: (mrr, hits, number of cells)}.

    Parameters
    ----------
    rows : list of lists of int
        Token ids of the present cells; several of one feature are ranked one by one.
    says : callable
        Takes two tokens a and b; gives the evidence of a for b.
    """
    halves = rows[0::2], rows[1::2]
    found = {}
    for f in sorted(set(features)):
        tokens = [t for t in range(len(features)) if features[t] == f]
        prior = {t: math.log(counts[t] / sum(counts[s] for s in tokens)) for t in tokens}

        def cells(half, f=f, tokens=tokens):
            for row in half:
                true = [t for t in row if features[t] == f]
                others = [a for a in row if features[a] != f]
                for one in true:
                    shown = [a for a in true if a != one] if f in within else []
                    left = [t for t in tokens if t not in shown]
                    yield one, {t: sum(says(a, t) for a in others + shown) for t in left}

        def likelihood(temperature, half, prior=prior, cells=cells):
            total = 0.0
            for true, evidence in cells(half):
                scores = {t: prior[t] + temperature * evidence[t] for t in evidence}
                total += scores[true] - math.log(sum(map(math.exp, scores.values())))
            return total

        reciprocal, first = [], []
        for fitted, scored in (halves, halves[::-1]):
            best = minimize_scalar(
                lambda t, half=fitted: -likelihood(t, half),
                bounds=(0.0, 4.0),
                method="bounded",
                options={"xatol": 1e-7},
            ).x
            if likelihood(best, fitted) <= likelihood(0.0, fitted):
                best = 0.0
            for true, evidence in cells(scored):
                scores = {t: prior[t] + best * evidence[t] for t in evidence}
                above = sum(score > scores[true] + 1e-5 for score in scores.values())
                ties = sum(abs(score - scores[true]) <= 1e-5 for score in scores.values())
                reciprocal.append(np.mean([1 / (above + 1 + i) for i in range(ties)]))
                first.append(1 / ties if above == 0 else 0.0)
        found[f] = (np.mean(reciprocal), np.mean(first), len(first))
    return found
