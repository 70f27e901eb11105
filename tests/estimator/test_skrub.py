"""``Cat2Vec`` before, behind and inside skrub's ``TableVectorizer``."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.pipeline import make_pipeline

from cat2vec import Cat2Vec
from cat2vec.errors import TableError
from tests.estimator.test_estimator import planted

skrub = pytest.importorskip("skrub", reason="the skrub that is tested needs Python 3.11")


@pytest.fixture(scope="module")
def table():
    return planted()


def test_skrub_s_table_vectorizer_before_and_behind(table):
    table = table.assign(when=pd.Timestamp("2024-01-01") + pd.to_timedelta(table.index % 7, "D"))
    words = ["city", "food"]
    for frame in (table, pl.from_pandas(table)):
        before = make_pipeline(
            skrub.ApplyToCols(Cat2Vec(vector_size=2), cols=words), skrub.TableVectorizer()
        )
        found = before.fit_transform(frame)
        assert type(found) is type(frame)
        assert {"city_0", "city_1", "food_0", "food_1", "temp"} <= set(found.columns)
        plain = Cat2Vec(vector_size=2).fit_transform(frame[words])
        np.testing.assert_array_equal(
            np.asarray(found[["city_0", "city_1", "food_0", "food_1"]]), plain
        )
        np.testing.assert_array_equal(np.asarray(before.transform(frame)), np.asarray(found))
    cleaned = make_pipeline(
        skrub.TableVectorizer(low_cardinality="passthrough", datetime="passthrough"),
        Cat2Vec(vector_size=2),
    )
    assert cleaned.fit_transform(table).shape == (600, 8)


def test_inside_skrub_s_table_vectorizer_there_are_no_pairs_and_the_error_says_so(table):
    with pytest.raises(
        TableError,
        match=r"only one feature, 'city' .* If skrub's TableVectorizer handed this column over "
        r"alone, put the model before it, in skrub's ApplyToCols \(ApplyToSubFrame before",
    ):
        skrub.TableVectorizer(low_cardinality=Cat2Vec(vector_size=2)).fit(table)
