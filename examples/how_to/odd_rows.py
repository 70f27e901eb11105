"""Odd rows: mistakes are put into a table and looked for.

python examples/how_to/odd_rows.py
"""

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles


def main() -> None:
    table = load_vehicles().set_index("example")
    name = table.index[table["vehicle"] == "tram"][0]
    table.loc[name, "medium"] = "underwater"  # a tram that dives
    model = Cat2Vec(columns={"wheels": "numeric"}).fit(table)

    print("cells that look wrong; rows have the names of the index:")
    wrong = model.suspicious_cells(table, n=5)
    print(wrong[["row", "column", "value", "suggestion", "probability"]].to_string(index=False))
    assert name in set(wrong["row"])

    print("\nthe oddest rows, each with the cell that makes it odd:")
    odd = model.outlier_rows(table, n=5, n_cells=1)
    print(odd[["row", "score", "feature", "category", "expected"]].to_string(index=False))
    place = (model.score_samples(table) < model.score_samples(table.loc[[name]])[0]).sum()
    print(f"\n{name!r}, with one wrong cell, is number {place + 1} of {len(table)} by oddness:")
    print("for single cells, ask for suspicious cells.")


if __name__ == "__main__":
    main()
