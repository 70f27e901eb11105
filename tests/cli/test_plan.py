"""The lines that tell what is about to be trained."""

from __future__ import annotations

from cat2vec.cli.plan import feature_lines, plan_lines
from cat2vec.tables.encode import encode_table

TABLE = {"city": ["Oslo", "Rome", None], "open": [True, False, True], "n": [1.5, 2.5, 9.0]}


def test_a_plan_counts_what_training_will_meet():
    encoded = encode_table(TABLE, features=["city", "n"], columns={"n": "numeric"})
    assert plan_lines(encoded, "t.csv", list(TABLE), "auto", 4) == [
        "table     t.csv: 3 rows, 3 columns",
        "features  city: text, 2 categories (Oslo, Rome)",
        "          n: number, 3 bins (< 2.5, [2.5, 9), >= 9)",
        "left out  open",
        "tokens    5",
        "pairs     at most 3 distinct, from 3 in the rows",
        "memory    about 1 MB beside the table",
        "solver    counts, vector_size 4",
    ]


def test_a_feature_of_nothing_but_rare_categories_is_described_without_examples():
    words = encode_table(TABLE).pool(2).vocabulary
    assert feature_lines(words)[0] == (
        "features  city: text, 0 categories and 2 rare ones that share one vector, in 2 rows"
    )


def test_features_are_described_in_words():
    assert feature_lines(encode_table(TABLE).vocabulary)[1] == (
        "          open: boolean, 2 categories (False, True)"
    )
