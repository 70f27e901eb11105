"""Clusters: rows that are alike, and what is typical of each group.

python examples/how_to/clusters.py
"""

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles


def main() -> None:
    table = load_vehicles().drop(columns="example")
    new = table[::100]
    known = table.drop(new.index)
    model = Cat2Vec(columns={"wheels": "numeric"}).fit(known)

    found = model.cluster_rows(known, n_clusters=5)
    print(f"5 clusters of {len(known)} vehicles, mean silhouette {found.silhouette:.2f}")
    for cluster, lines in found.typical.groupby("cluster"):
        first = lines.head(4)
        words = ", ".join(
            f"{f} {c}" for f, c in zip(first["feature"], first["category"], strict=True)
        )
        print(f"{cluster}: {(found.labels == cluster).sum():3} rows, {words}")

    print("new rows belong to", dict(zip(new["vehicle"], found.predict(new).tolist(), strict=True)))

    kinds = model.clusters("vehicle")  # of the categories of one column, their number by itself
    sizes = kinds.groupby("cluster").size().tolist()
    print(f"{len(kinds)} kinds of vehicles in {len(sizes)} clusters of {sizes}")


if __name__ == "__main__":
    main()
