"""Slow twins of the questions to a model: pair by pair, as the formulas say."""

from __future__ import annotations

import math


def bits_of_pair(vectors, a, b):
    """log2 p(b | a) / p(b) with the normaliser of a over the feature of b, both sides averaged."""
    vocabulary = vectors.vocabulary

    def s(one, other):
        w, c = vectors.center.astype(float), vectors.context.astype(float)
        return (w[one] @ c[other] + w[other] @ c[one]) / 2

    def log_z(one, other):
        feature = vocabulary.token(other).feature
        tokens = range(*vocabulary.tokens_of(feature).indices(vocabulary.n_tokens))
        tokens = [t for t in tokens if t != one]  # of its own feature, no value is beside itself
        total = sum(vocabulary.shares[t] for t in tokens)
        if vocabulary.token(one).feature != feature:
            total = 1.0
        return math.log(sum(vocabulary.shares[t] / total * math.exp(s(one, t)) for t in tokens))

    return (s(a, b) - log_z(a, b)) / math.log(2), (s(a, b) - log_z(b, a)) / math.log(2)


def divergence(vectors, a, feature):
    """Kullback-Leibler divergence of p(b | a) from p(b) over a feature, in bits."""
    vocabulary = vectors.vocabulary
    tokens = range(*vocabulary.tokens_of(feature).indices(vocabulary.n_tokens))
    total = 0.0
    others = 1.0
    if vocabulary.token(a).feature == feature:
        others = sum(vocabulary.shares[b] for b in tokens if b != a)
    for b in tokens:
        if b != a:
            bits = bits_of_pair(vectors, a, b)[0]
            total += vocabulary.shares[b] / others * 2**bits * bits
    return total
