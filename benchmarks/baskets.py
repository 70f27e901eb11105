"""Which item is missing from a basket? Vectors of items beside gensim and plain counting.

Run with ``python -m benchmarks.baskets DATA_FOLDER``.
"""

from __future__ import annotations

import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.harness import HELD_OUT, Benchmark
from benchmarks.pages.baskets import COSINE, EPOCHS, FILE, ITEMS_SHOWN, NEIGHBOURS, SMOOTHING, page
from cat2vec import Cat2Vec

BENCHMARK = Benchmark("baskets", "Rank the items that a basket lacks.", page)

Baskets = list[list[str]]
#: Takes the shown items of a basket as numbers; gives a score for every item.
Scorer = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Trained:
    """What a method learned: ways to rank, and vectors of items where it has some."""

    scorers: dict[str, Scorer]
    vectors: np.ndarray | None = None
    gain: float | None = None
    about: dict[str, Any] = field(default_factory=dict)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser()
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, 32], help="of vectors")
    parser.add_argument("--baskets", type=int, help="only so many, for a quick look")
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    baskets = read(options.data_folder)[: options.baskets]
    items = sorted({item for basket in baskets for item in basket})
    for solver in ("counts", "rows"):  # what is compiled is compiled before clocks run
        cat2vec_vectors(baskets[:50], items, 0, solver, 2)
    methods = {name: (partial(method), 0) for name, method in COUNTING.items()}
    for size in options.sizes:
        for solver in ("counts", "rows"):
            name = f"cat2vec {solver}"
            methods[f"{name} {size}"] = partial(cat2vec_vectors, solver=solver, size=size), size
        methods[f"gensim {size}"] = partial(gensim_vectors, size=size), size
    for seed in options.seeds:
        known, held_out = split(baskets, seed)
        questions = hidden_items(held_out, items, seed)
        for name, (method, size) in methods.items():
            began = time.perf_counter()
            trained = method(known, items, seed)
            seconds = time.perf_counter() - began
            about = {"table": "groceries", "method": name, "vector_size": size, "seed": seed}
            for by, scorer in trained.scorers.items():
                yield {
                    **about,
                    "by": by,
                    "baskets": len(known),
                    "asked": len(questions),
                    **ranked(questions, scorer),
                    "gain": trained.gain,
                    "seconds": seconds,
                    "nearest": neighbours(trained.vectors, items),
                }


def read(data_folder: Path) -> Baskets:
    """Read one basket a line, items between commas, each once."""
    lines = (data_folder / FILE).read_text("utf-8").splitlines()
    found = [[item.strip() for item in line.split(",")] for line in lines]
    return [list(dict.fromkeys(filter(None, basket))) for basket in found]


def split(baskets: Baskets, seed: int) -> tuple[Baskets, Baskets]:
    order = np.random.default_rng(seed).permutation(len(baskets))
    n_held_out = round(len(baskets) * HELD_OUT)
    held_out, known = order[:n_held_out], order[n_held_out:]
    return [baskets[i] for i in known], [baskets[i] for i in held_out]


def hidden_items(held_out: Baskets, items: list[str], seed: int) -> list[tuple[int, np.ndarray]]:
    """Hide one item of each basket of two items or more: its number, and those that are shown."""
    rng, place = np.random.default_rng(seed), {item: i for i, item in enumerate(items)}
    found = []
    for basket in held_out:
        if len(basket) > 1:
            numbers = [place[item] for item in basket]
            hidden = numbers.pop(int(rng.integers(len(numbers))))
            found.append((hidden, np.array(numbers)))
    return found


def ranked(questions: list[tuple[int, np.ndarray]], scorer: Scorer) -> dict[str, float]:
    """Rank the items that are not shown; of equal scores every order is as likely."""
    reciprocal, hits = [], []
    for hidden, shown in questions:
        scores = np.array(scorer(shown), dtype=np.float64)
        scores[shown] = -np.inf
        above, ties = (scores > scores[hidden]).sum(), (scores == scores[hidden]).sum()
        ranks = np.arange(above + 1, above + ties + 1)
        reciprocal.append((1 / ranks).mean())
        hits.append((ranks <= ITEMS_SHOWN).mean())
    return {"mrr": float(np.mean(reciprocal)), "hits": float(np.mean(hits))}


def neighbours(vectors: np.ndarray | None, items: list[str]) -> list[str] | None:
    """Name the items nearest to beef by cosine."""
    if vectors is None or "beef" not in items:
        return None
    unit = normed(vectors)
    cosines = unit @ unit[items.index("beef")]
    nearest = [items[i] for i in np.argsort(-cosines) if items[i] != "beef"]
    return nearest[:NEIGHBOURS]


def normed(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths > 0, lengths, 1.0)


def matrix_of(baskets: Baskets, items: list[str]) -> np.ndarray:
    """Give which basket holds which item, as zeros and ones."""
    place = {item: i for i, item in enumerate(items)}
    held = np.zeros((len(baskets), len(items)))
    for row, basket in enumerate(baskets):
        held[row, [place[item] for item in basket]] = 1.0
    return held


def popularity(baskets: Baskets, items: list[str], seed: int) -> Trained:
    counts = matrix_of(baskets, items).sum(axis=0)
    return Trained({"frequency": lambda shown: counts})


def item_cosine(baskets: Baskets, items: list[str], seed: int) -> Trained:
    held = normed(matrix_of(baskets, items).T)
    cosines = held @ held.T
    return Trained({"sum of cosines of columns": lambda shown: cosines[shown].sum(axis=0)}, held)


def item_pmi(baskets: Baskets, items: list[str], seed: int) -> Trained:
    """Count pairs; smooth towards independence by ``SMOOTHING`` pairs an item."""
    held = matrix_of(baskets, items)
    pairs = held.T @ held
    np.fill_diagonal(pairs, 0.0)
    shares = (held.sum(axis=0) + 1) / (held.sum(axis=0) + 1).sum()
    given = (pairs + SMOOTHING * shares) / (pairs.sum(axis=1, keepdims=True) + SMOOTHING)
    pmi = np.log(given / shares)
    positive = np.maximum(pmi, 0.0)
    np.fill_diagonal(positive, 0.0)
    return Trained(
        {
            "sum of positive PMI": lambda shown: positive[shown].sum(axis=0),
            "log frequency + mean PMI": lambda shown: np.log(shares) + pmi[shown].mean(axis=0),
            "mean of P(item | shown)": lambda shown: given[shown].mean(axis=0),
        },
        positive,
    )


COUNTING = {"popularity": popularity, "item cosine": item_cosine, "item PMI": item_pmi}


def cat2vec_vectors(
    baskets: Baskets, items: list[str], seed: int, solver: str, size: int
) -> Trained:
    model = Cat2Vec(vector_size=size, solver=solver, random_state=seed).fit({"item": baskets})
    vectors, words = model.vectors_, model.vocabulary_
    codes = words.codes_of(0, items)
    known = codes >= 0
    matrix, center, context = (
        np.where(known[:, None], side[codes], 0.0)
        for side in (vectors.matrix, vectors.center, vectors.context)
    )
    evidence = (center @ context.T + context @ center.T) / 2
    log_share = np.log(np.where(known, words.counts[codes], 0.5) / words.counts.sum())
    return Trained(
        {
            COSINE: cosine_to_mean(matrix),
            "log frequency + mean logit": lambda shown: log_share + evidence[shown].mean(axis=0),
        },
        matrix,
        float(model.gain_),
    )


def gensim_vectors(baskets: Baskets, items: list[str], seed: int, size: int) -> Trained:
    """Train gensim's Word2Vec: a window over the whole basket, no item dropped."""
    from gensim.models import Word2Vec

    model = Word2Vec(
        baskets,
        vector_size=size,
        sg=1,
        negative=5,
        window=max(map(len, baskets)),
        shrink_windows=False,
        sample=0,
        min_count=1,
        epochs=EPOCHS,
        seed=seed,
        workers=1,
    )
    places = np.array([model.wv.key_to_index.get(item, -1) for item in items])
    zeros = np.zeros((1, size), np.float32)
    center = np.concatenate([model.wv.vectors, zeros])[places]
    context = np.concatenate([model.syn1neg, zeros])[places]
    counts = np.array([model.wv.get_vecattr(i, "count") if i in model.wv else 0.5 for i in items])
    log_noise = 0.75 * np.log(counts)
    return Trained(
        {
            COSINE: cosine_to_mean(center),
            "predict_output_word": lambda shown: center[shown].mean(axis=0) @ context.T,
            "log noise + mean logit": lambda shown: (
                log_noise + center[shown].mean(axis=0) @ context.T
            ),
        },
        center,
    )


def cosine_to_mean(vectors: np.ndarray) -> Scorer:
    unit = normed(vectors)
    return lambda shown: unit @ vectors[shown].mean(axis=0)


if __name__ == "__main__":
    sys.exit(main())
