"""Pipelines: vectors from all rows, a classifier from the few that have a label.

    python examples/how_to/pipelines.py
"""

from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles


def main() -> None:
    table = load_vehicles().drop(columns="example").dropna(subset=["medium"])
    usual = table["medium"].value_counts().index[:4]
    table = table[table["medium"].isin(usual)]
    # of the other columns, what the vehicle is called tells too much
    rows, labels = table.drop(columns=["medium", "vehicle"]), table["medium"].tolist()

    kinds = {"wheels": "numeric"}
    unit = Cat2Vec(columns=kinds, row_vector="unit")
    encoders = {
        "cat2vec": unit,
        "one-hot": OneHotEncoder(handle_unknown="ignore", min_frequency=2),
    }
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    print(f"accuracy of 5 folds, {len(rows)} rows, media {', '.join(usual)}:")
    for name, encoder in encoders.items():
        model = make_pipeline(encoder, LogisticRegression(max_iter=2000, C=10))
        scores = cross_val_score(model, rows, labels, cv=folds)
        print(f"{name:10} {scores.mean():.3f} (from {scores.min():.3f} to {scores.max():.3f})")
    guess = cross_val_score(DummyClassifier(), rows, labels, cv=folds).mean()
    print(f"{'mode':10} {guess:.3f}")

    named = unit.set_output(transform="pandas").fit(rows).transform(rows)
    print(f"the numbers have names, and the index of the table: {named.iloc[:2, :3].round(2)}")


if __name__ == "__main__":
    main()
