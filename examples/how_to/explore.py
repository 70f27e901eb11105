"""Explore: one page of HTML to look around in, with figures of rows held out.

python examples/how_to/explore.py [FOLDER]
"""

import sys
from pathlib import Path

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles


def main(folder: str = ".") -> None:
    table = load_vehicles().drop(columns="example").sample(frac=1, random_state=0)
    test, train = table.iloc[:50], table.iloc[50:]
    model = Cat2Vec(columns={"wheels": "numeric"}).fit(train)
    page = Path(folder, "vehicles.html")
    model.explore(page, report=model.report(test), overwrite=True)
    print(f"written {page} ({page.stat().st_size / 1e3:.0f} kB): open it in a browser")


if __name__ == "__main__":
    main(*sys.argv[1:2])
