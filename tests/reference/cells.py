"""The model of a cell written out: one row, one category and one other cell at a time."""

import numpy as np

from cat2vec.inspection.cells.pair_evidence import EXTRA


def log_probabilities(counts, kappa, temperature, cells, feature, own=False, offset=None):
    """Give log P(category | cells) for every category of a feature.

    Parameters
    ----------
    counts : PairCounts
    kappa : ndarray of shape (F, F)
    temperature : dict
        Of (heard, feature) to a number; pairs that are not named say nothing.
    cells : list of (int, int)
        Feature and token of each value of the row, those of the feature in question too.
    own : bool
        Whether the row is one of those counted, and is taken out.
    offset : ndarray of shape (n_tokens,) or None
        What is added to log shares, beside evidence, where a row has all cells that are heard.
    """
    vocabulary = counts.vocabulary
    rows = dict(enumerate(vocabulary.counts.tolist()))
    pairs = {}
    for a, b, n in zip(counts.left, counts.right, counts.count.tolist(), strict=True):
        pairs[int(a), int(b)] = pairs[int(b), int(a)] = n
    tokens = range(*vocabulary.offsets[feature : feature + 2].tolist())
    total = sum(rows[b] for b in tokens) + EXTRA * len(tokens)
    heard = {f for f, g in temperature if g == feature}
    # a row that has few of the cells that are heard gets few of the offsets
    there = len(heard & {f for f, _ in cells}) / max(len(heard), 1)
    scores = []
    for b in tokens:
        mine = 1 if own and (feature, b) in cells else 0
        share = (max(rows[b] - mine, 0) + EXTRA) / total
        score = np.log(share) + (0.0 if offset is None else there * offset[b])
        for other, a in cells:
            if (other, feature) in temperature:
                n = max(pairs.get((a, b), 0) - mine, 0)
                score += temperature[other, feature] * np.log1p(n / (kappa[other, feature] * share))
        scores.append(score)
    scores = np.array(scores)
    return scores - scores.max() - np.log(np.exp(scores - scores.max()).sum())


def best_smoothing(counts, tried, left, right):
    """Try each number of rows to add: the one by which each row is predicted best by the others."""
    vocabulary = counts.vocabulary
    totals = vocabulary.present + EXTRA * np.diff(vocabulary.offsets)
    pairs = {}
    for a, b, n in zip(counts.left, counts.right, counts.count.tolist(), strict=True):
        pairs[int(a), int(b)] = pairs[int(b), int(a)] = n
    feature = vocabulary.feature_of_token
    given = [a for a in range(vocabulary.n_tokens) if feature[a] == left]
    asked = [b for b in range(vocabulary.n_tokens) if feature[b] == right]
    found = []
    for kappa in tried:
        likely = 0.0
        for a in given:
            met = sum(pairs.get((a, b), 0) for b in asked)
            for b in asked:
                n = pairs.get((a, b), 0)
                share = (vocabulary.counts[b] + EXTRA) / totals[right]
                if n:
                    chance = (n - 1 + kappa * share) / (met - 1 + kappa)
                    likely += n * np.log(chance / share)
        found.append(likely)
    best = int(np.argmax(found))
    return tried[best], found[best]
