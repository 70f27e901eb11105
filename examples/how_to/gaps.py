"""Gaps: cells are hidden, filled again, and compared with what stood there.

python examples/how_to/gaps.py
"""

import numpy as np

from cat2vec import Cat2VecImputer
from cat2vec.datasets import load_vehicles


def main() -> None:
    table = load_vehicles().drop(columns=["example", "vehicle"])
    rng = np.random.default_rng(0)
    hidden = (rng.random(table.shape) < 0.1) & table.notna().to_numpy()
    full = Cat2VecImputer(columns={"wheels": "numeric"}).fit_transform(table.mask(hidden))

    print(f"{hidden.sum()} of {table.size} cells were hidden. Right again, beside the mode:")
    for place, name in enumerate(table.columns):
        rows = hidden[:, place]
        there = table.loc[rows, name]
        right = (full.loc[rows, name] == there).mean()
        mode = (there == table.mask(hidden)[name].mode()[0]).mean()
        print(f"{name:12} {right:4.0%}  {mode:4.0%}")


if __name__ == "__main__":
    main()
