"""Arguments of methods that cannot be: each an error of one sentence that names the argument."""

import re

import numpy as np
import pytest

from cat2vec import Cat2Vec, Cat2VecImputer, PairCounts, load
from cat2vec.errors import ParameterError

TABLE = {"a": ["x", "y"] * 20, "b": ["p", "q"] * 20}


@pytest.fixture(scope="module")
def model():
    return Cat2Vec(vector_size=1).fit(TABLE)


def says(sentence):
    return pytest.raises(ParameterError, match=rf"^{re.escape(sentence)}$")


def test_what_is_given_to_sample_is_a_dict(model):
    with says(
        "given must be a dict of features and values, or None, got 'x'. Write given={'a': '...'}."
    ):
        model.sample(2, given="x")


@pytest.mark.parametrize("seed", ["x", -1, 0.5, True])
def test_a_seed_is_checked_wherever_it_is_given(model, seed):
    sentence = f"random_state must be an integer of at least 0, got {seed!r}."
    for ask in (
        lambda: model.sample(2, random_state=seed),
        lambda: model.impute(TABLE, n_draws=2, random_state=seed),
        lambda: model.impute(TABLE, random_state=seed),
    ):
        with says(sentence):
            ask()


def test_an_imputer_samples_or_not():
    with says("sample must be True or False, got 'x'."):
        Cat2VecImputer(sample="x").fit(TABLE)
    assert Cat2VecImputer(sample=np.True_).fit(TABLE).vocabulary_.n_features == 2


def test_moves_are_since_a_model_and_not_since_its_folder(model):
    with says("earlier must be a fitted Cat2Vec, got 'M/0'. Give a model, such as load('M/0')."):
        model.moves("M/0")
    with says("earlier must be a fitted Cat2Vec, got None. Give a model, such as load(folder)."):
        model.moves(None)


@pytest.mark.parametrize("folder", [None, "", 3])
def test_a_folder_is_a_path(model, folder):
    counted = Cat2Vec(vector_size=1).partial_fit(TABLE)
    for ask in (
        lambda: load(folder),
        lambda: PairCounts.load(folder),
        lambda: model.save(folder),
        lambda: counted.save(folder, overwrite=True),
        lambda: counted.counts_.save(folder),
    ):
        with says(f"folder must be a path, got {folder!r}. Give the name of a folder."):
            ask()
