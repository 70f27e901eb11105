"""What an installed package must do without the packages of the tests.


`make test-package` runs it in an empty folder, on the wheel and on the source distribution.
"""

import subprocess
import sys
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import cat2vec
from cat2vec import Cat2Vec, load
from cat2vec.datasets import load_vehicles


def command(*arguments: str) -> str:
    script = Path(sys.executable).with_name("cat2vec")
    return subprocess.run([script, *arguments], check=True, capture_output=True, text=True).stdout


def main() -> None:
    assert version("cat2vec") == cat2vec.__version__ == command("--version").split()[-1]
    assert files("cat2vec").joinpath("py.typed").is_file()

    vehicles = load_vehicles().drop(columns="example")
    Cat2Vec(8, columns={"wheels": "numeric"}).fit(vehicles).save("model")
    nearest = load("model").nearest("vehicle", "tram", n=3)["category"].tolist()
    assert "railcar" in nearest, nearest

    vehicles.to_csv("vehicles.csv", index=False)
    command("train", "vehicles.csv", "--types", "wheels=numeric", "--out", "trained", "--quiet")
    assert "railcar" in command("nearest", "trained", "vehicle", "tram", "-n", "3")
    print("the installed package works:", cat2vec.__file__)


if __name__ == "__main__":
    main()
