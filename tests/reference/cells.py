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


def discord(counts, kappa, temperature, cells, feature, token):
    """Give the nats by which the other cells of a row speak against one, each by itself.

    The row is taken out of all counts. For the parameters see ``log_probabilities``.
    """
    vocabulary = counts.vocabulary
    pairs = {}
    for a, b, n in zip(counts.left, counts.right, counts.count.tolist(), strict=True):
        pairs[int(a), int(b)] = pairs[int(b), int(a)] = n
    tokens = range(*vocabulary.offsets[feature : feature + 2].tolist())
    total = sum(vocabulary.counts[b] for b in tokens) + EXTRA * len(tokens)
    share = (max(vocabulary.counts[token] - 1, 0) + EXTRA) / total
    against = 0.0
    for other, a in cells:
        if (other, feature) not in temperature:
            continue
        rows_added = kappa[other, feature]
        met = sum(pairs.get((a, b), 0) for b in tokens)
        usual = np.log1p(max(met - 1, 0) / rows_added)
        told = np.log1p(max(pairs.get((a, token), 0) - 1, 0) / (rows_added * share))
        against += temperature[other, feature] * max(usual - told, 0.0)
    return against


def walk(counts, goes_on=0.95, n_steps=500):
    """Give the share of each value in a walk of CBRW (Pang, Cao and Chen 2016), by its matrix.

    From value u of a row it goes to v in proportion to p(u | v) times how outlying v is: half of
    one less the share of the most frequent value of its feature, and half of how far below that
    its own share is.
    """
    vocabulary = counts.vocabulary
    n_tokens = vocabulary.n_tokens
    outlying = np.zeros(n_tokens)
    for start, stop in zip(vocabulary.offsets[:-1], vocabulary.offsets[1:], strict=True):
        share = vocabulary.counts[start:stop] / vocabulary.counts[start:stop].sum()
        most = share.max()
        outlying[start:stop] = 0.5 * ((1.0 - most) + (most - share) / most)
    matrix = np.zeros((n_tokens, n_tokens))
    for u, v, n in zip(counts.left, counts.right, counts.count.tolist(), strict=True):
        matrix[u, v] = outlying[v] * n / vocabulary.counts[v]
        matrix[v, u] = outlying[u] * n / vocabulary.counts[u]
    matrix /= matrix.sum(axis=1, keepdims=True)
    shares = np.full(n_tokens, 1.0 / n_tokens)
    for _ in range(n_steps):
        shares = (1.0 - goes_on) / n_tokens + goes_on * shares @ matrix
    return shares / shares.sum()


def rarity(vocabulary):
    """Say how rare tokens are, each with one of its rows taken away, and features on average."""
    rare, usual = [], []
    for start, stop in zip(vocabulary.offsets[:-1], vocabulary.offsets[1:], strict=True):
        rows = vocabulary.counts[start:stop].tolist()
        total = sum(rows) + EXTRA * len(rows)
        own = [-np.log((n - 1 + EXTRA) / total) for n in rows]
        usual.append(sum(n * r for n, r in zip(rows, own, strict=True)) / sum(rows))
        rare += own
    return rare, usual


def units_of_views(views, there, feature, least):
    """Give the means of views of cells, and what the views of rows are divided by.

    Parameters
    ----------
    views : ndarray of shape (5, n_rows, n_columns)
    there : ndarray of shape (n_rows, n_columns), bool
    feature : ndarray of shape (n_columns,)
    least : (float, float)
        Added to deviations, per cell and for contradiction per row.

    Returns
    -------
    centre : list of list, (5, n_features)
        The mean over columns of a feature.
    scale : list of float, of length 5
    """
    n_features = feature.max() + 1
    centre, scale = [], []
    for place, view in enumerate(views):
        means = [view[there[:, c], c].mean() for c in range(len(feature))]
        own = [np.mean([m for m, g in zip(means, feature, strict=True) if g == f])
               for f in range(n_features)]  # fmt: skip
        sums = [
            sum(view[row, c] - own[f] for c, f in enumerate(feature) if there[row, c])
            for row in range(len(there))
        ]
        added = [least[0], least[0], least[0] * sum(own), least[0] * n_features, least[1]][place]
        centre.append(own)
        scale.append(np.sqrt(np.var(sums) + added**2))
    return centre, scale


def views_of_cells(oddness, lines, row, judged, of_discord, usual_rows):
    """Say in five ways how odd the cells of a row are, one by one.

    Parameters
    ----------
    oddness : Oddness
        Its walk and its weights are taken as they are; company is counted anew.
    lines : list of list of (int, int)
        Of all training rows: feature and token of each cell.
    row : int
    judged : list of (float, float)
        Log chance and discord of each cell of this row.
    of_discord, usual_rows : float
        How much discord counts, and rows of usual company that are added.
    """

    def above(feature, token):
        return oddness.rarity[token] - oddness.usual[feature]

    views = []
    for (feature, token), (log_chance, against) in zip(lines[row], judged, strict=True):
        rare, weight = oddness.rarity[token], oddness.weight[feature]
        met, n_rows = 0.0, 0
        for other, line in enumerate(lines):
            if other != row and (feature, token) in line:
                met += sum(above(f, t) for f, t in line if f != feature)
                n_rows += 1
        views.append(
            [
                weight * rare,
                weight * (rare + of_discord * against - log_chance),
                weight * oddness.walk[token],
                met / (n_rows + usual_rows),
                -log_chance - rare,
            ]
        )
    return np.array(views)
