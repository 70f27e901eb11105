"""The map of vehicles in the README, as SVG.

    python examples/vehicle_map.py

Writes vehicle_map.svg beside this file. It needs ``pip install "cat2vec[plot]"``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles


def main(arguments: Sequence[str]) -> int:
    import matplotlib

    matplotlib.use("svg")
    # letters as outlines, so that names are as wide everywhere as they were placed
    matplotlib.rcParams.update({"svg.hashsalt": "cat2vec", "svg.fonttype": "path"})
    table = load_vehicles().drop(columns="example")
    model = Cat2Vec(vector_size=32, columns={"wheels": "numeric"}).fit(table)
    figure = model.plot("vehicle", color="medium").figure
    path = Path(*arguments) if arguments else Path(__file__).with_suffix(".svg")
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    print(f"picture: {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
