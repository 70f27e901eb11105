"""Pictures: a map of one column, the associations of all, and what each axis holds.

pip install "cat2vec[plot]"
python examples/how_to/pictures.py [FOLDER]
"""

import sys
from pathlib import Path

from matplotlib import pyplot

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles


def main(folder: str = ".") -> None:
    table = load_vehicles().drop(columns="example")
    model = Cat2Vec(columns={"wheels": "numeric"}).fit(table)
    pictures = {
        "map.svg": lambda: model.plot("vehicle", color="medium"),
        "associations.svg": model.plot_associations,
        "sizes.svg": model.plot_sizes,
    }
    for name, draw in pictures.items():
        figure = draw().figure
        figure.savefig(Path(folder, name))
        pyplot.close(figure)
        print(f"written {Path(folder, name)}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
