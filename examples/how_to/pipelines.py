"""Pipelines: vectors from all rows, a classifier from the few that have a label.

python examples/how_to/pipelines.py
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, OneHotEncoder

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles


def main() -> None:
    table = load_vehicles().drop(columns="example").dropna(subset=["use"])
    usual = table["use"].value_counts().index[:5]
    table = table[table["use"].isin(usual)]
    rows, labels = table.drop(columns="use"), table["use"].to_numpy()

    kinds = {"wheels": "numeric"}
    steps = {
        "cat2vec": [Cat2Vec(columns=kinds), MaxAbsScaler()],
        "linear": [Cat2Vec(columns=kinds, row_vector="linear")],  # few rows and few labels
        "one-hot": [OneHotEncoder(handle_unknown="ignore")],
    }
    print(f"accuracy with 50 labels of {len(rows)} rows, 10 draws; uses: {', '.join(usual)}")
    for name, encoder in steps.items():
        numbers = make_pipeline(*encoder).fit_transform(rows)  # from all rows, without labels
        scores = []
        for seed in range(10):
            known, asked = train_test_split(
                np.arange(len(rows)), train_size=50, stratify=labels, random_state=seed
            )
            classifier = LogisticRegression(max_iter=2000).fit(numbers[known], labels[known])
            scores.append(classifier.score(numbers[asked], labels[asked]))
        print(f"{name:10} {np.mean(scores):.3f} ± {np.std(scores):.3f}")

    model = Cat2Vec(columns=kinds).set_output(transform="pandas")
    print("numbers with names:", *model.fit_transform(rows).columns[:3], "...")


if __name__ == "__main__":
    main()
