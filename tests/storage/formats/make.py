"""Write the folders that each later version has to read: run once with a new format.

``python -m tests.storage.formats.make model_v3 counts_v2`` writes both beside this file, with
``answers.json``, what the version that wrote them answers.
"""

import datetime
import json
import sys
import warnings
from pathlib import Path

from cat2vec import Cat2Vec, MultiValued, count_pairs

HERE = Path(__file__).parent


def table():
    """Give a table with columns of many kinds, without a random number."""
    rows = range(120)
    start = datetime.date(2023, 1, 30)
    return {
        "city": [["Oslo", "Ærø", None, "Rome", 'a "b" = c'][i % 5] for i in rows],
        "price": [None if i % 11 == 0 else (i % 5) * 10 + i / 100 for i in rows],
        "when": [start + datetime.timedelta(days=7 * (i % 30)) for i in rows],
        "from": [["A", "B", "C"][i % 3] for i in rows],
        "to": [["B", "C", "D"][i % 3] for i in rows],
        "tags": [[["x"], ["x", "y"], [], ["z"]][i % 4] for i in rows],
        "flag": [i % 5 < 2 for i in rows],
        "code": [i % 7 for i in rows],
        "name": [f"n{i // 6}" if i % 6 else f"rare {i}" for i in rows],
    }


def model():
    """Fit a model with everything that a folder can hold, and its counts to go on with."""
    made = Cat2Vec(
        4,
        min_count=2,
        missing="token",
        n_bins=4,
        columns={"tags": MultiValued(), "code": "category"},
        shared={"place": ["from", "to"]},
        exclude_pairs=[("from", "to")],
        context=["flag"],
    )
    return made.partial_fit(table())


def answers(fitted):
    """Give what a model says, as JSON values."""
    rows = {name: cells[:12] for name, cells in table().items()}
    cities = fitted.nearest("city", "Oslo", n=3)
    return {
        "keys": sorted(map(str, fitted.to_keyed_vectors().key_to_index)),
        "transform": fitted.transform(rows).tolist(),
        "nearest": [str(city) for city in cities["category"]],
        "similarity": cities["similarity"].tolist(),
        "probabilities": fitted.probabilities(rows, "city").to_numpy().tolist(),
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    of_model, of_counts = sys.argv[1:]
    made = model()
    made.save(HERE / of_model)
    count_pairs(table(), columns={"tags": MultiValued()}).save(HERE / of_counts)
    (HERE / of_model / "answers.json").write_text(json.dumps(answers(made)) + "\n")
