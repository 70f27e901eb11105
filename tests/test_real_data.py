"""Real tables, read from the folder named by CAT2VEC_DATA."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cat2vec import Cat2Vec, encode_table, train_vectors

FOLDER = os.environ.get("CAT2VEC_DATA")
pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER, reason="CAT2VEC_DATA names no folder of real tables"),
]


def read(name):
    return pd.read_csv(Path(FOLDER, name), dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def adult():
    table = read("adult/adult.csv.gz")
    names = ["workclass", "education", "marital_status", "occupation", "relationship", "race",
             "sex", "native_country"]  # fmt: skip
    table = table[names].replace("?", None).assign(age=table["age"].astype(int))
    return table


def test_adult_learns_the_order_of_education(adult):
    vectors = train_vectors(encode_table(adult, columns={"age": "numeric"}))
    near = vectors.nearest("education", "7th-8th", n=4)["category"].tolist()
    assert set(near) >= {"5th-6th", "9th", "1st-4th"}
    assert vectors.gain > 0.04


def test_adult_is_the_same_to_the_bit_for_shuffled_rows_and_any_number_of_threads(adult):
    shuffled = adult.sample(frac=1.0, random_state=1)
    first = Cat2Vec(vector_size=8, columns={"age": "numeric"}, n_jobs=1).fit(adult)
    second = Cat2Vec(vector_size=8, columns={"age": "numeric"}, n_jobs=2).fit(shuffled)
    np.testing.assert_array_equal(first.vectors_.matrix, second.vectors_.matrix)


def test_held_out_rows_of_mushroom_are_predicted(adult):
    table = read("uci_mushroom/mushroom.csv").drop(columns=["class", "veil-type"])
    held_out = np.arange(len(table)) % 10 == 0
    model = Cat2Vec(vector_size=16).fit(table[~held_out])
    assert model.score(table[held_out]) > 0.8 * model.gain_ > 0


@pytest.mark.parametrize("name", ["uci_nursery/nursery.csv.gz", "uci_car/car.csv"])
def test_a_cartesian_product_has_nothing_to_learn(name):
    table = read(name).drop(columns="class")
    assert abs(Cat2Vec(vector_size=4).fit(table).gain_) < 1e-4
