"""Questions: what is alike, what is typical, which columns go together.

python examples/how_to/questions.py
"""

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles


def show(question: str, answer) -> None:
    print(f"\n{question}")
    print(answer.head(4).round(3).to_string(index=False))


def main() -> None:
    table = load_vehicles().drop(columns="example")
    model = Cat2Vec(columns={"wheels": "numeric"}).fit(table)
    show("What is like a tram?", model.nearest("vehicle", "tram"))
    near_both = model.nearest_to_all("vehicle", ["tram", "submarine"])
    show("What is like both a tram and a submarine?", near_both)
    energy = model.analogy("vehicle", "tram", "overhead wire", "submarine", b_feature="energy")
    show("A tram runs on an overhead wire. What does a submarine run on?", energy)
    show("Which kinds of energy are most usual?", model.commonality("energy"))
    show("Which columns go together?", model.associations(table))
    show("Which columns shaped the vectors of vehicles?", model.influence("vehicle"))
    show("What might a vehicle on rails be?", model.sample(4, given={"medium": "rail"}))


if __name__ == "__main__":
    main()
