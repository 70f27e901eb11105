"""``Cat2Vec.fit`` of files, read in pieces, learns what it learns of the same table in memory."""

import numpy as np
import pyarrow as pa
import pytest

from cat2vec import Cat2Vec, MultiValued, count_pairs
from cat2vec.counting import streamed
from cat2vec.errors import ParameterError, UnseenCategoryWarning
from cat2vec.tables import encoded
from cat2vec.tables.files import columns_of_file
from cat2vec.tables.streams import spilled_column
from tests.tables.streams.made_streams import (
    csv,
    folder_of_parquet,
    lazy_frame,
    odd_types,
    parquet,
    texts_and_numbers,
)

KINDS = {"n": "category", "wide": "numeric"}


@pytest.fixture(params=[False, True], ids=["in memory", "on disk"])
def on_disk(request, monkeypatch):
    """Whether codes lie on disk while they are trained on, in blocks of few rows."""
    if request.param:
        monkeypatch.setattr(streamed, "bytes_of_codes", lambda *_: 1 << 60)
        monkeypatch.setattr(encoded, "BLOCK_ROWS", 170)
    return request.param


def check_same(mine, whole):
    """Check that two models know the same, to the bit."""
    assert mine.vocabulary_.texts() == whole.vocabulary_.texts()
    for name in ("matrix", "center", "context"):
        one, other = (getattr(model.vectors_, name) for model in (mine, whole))
        np.testing.assert_array_equal(one, other)
    assert mine.vectors_.losses == whole.vectors_.losses
    assert mine.vectors_.settings == whole.vectors_.settings
    np.testing.assert_array_equal(mine.cells_.sample.codes, whole.cells_.sample.codes)
    assert mine.cells_.bin_values.keys() == whole.cells_.bin_values.keys()
    for name, values in whole.cells_.bin_values.items():
        np.testing.assert_array_equal(mine.cells_.bin_values[name], values)
    np.testing.assert_array_equal(mine.cells_.counts.count, whole.cells_.counts.count)
    assert list(mine.feature_names_in_) == list(whole.feature_names_in_)
    assert mine.n_features_in_ == whole.n_features_in_


SOLVERS = {
    "counts": {"solver": "counts"},
    "rare": {"solver": "counts", "min_count": 4},
    "rows": {"solver": "rows", "epochs": 2},
    "rows, stopped": {"solver": "rows"},
    "gensim": {"solver": "gensim", "epochs": 2},
}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("form", [parquet, csv], ids=lambda form: form.__name__)
def test_every_solver(form, solver, on_disk, tmp_path):
    source = form(texts_and_numbers(2_300), tmp_path)
    params = {"vector_size": 3, "n_jobs": 1, "columns": KINDS, **SOLVERS[solver]}
    whole = Cat2Vec(**params).fit(columns_of_file(source))
    check_same(Cat2Vec(**params).fit(source), whole)


@pytest.mark.parametrize("form", [folder_of_parquet, lazy_frame], ids=lambda form: form.__name__)
def test_other_forms(form, on_disk, tmp_path):
    table = texts_and_numbers(600)
    params = {"vector_size": 2, "n_jobs": 1, "columns": KINDS, "missing": "token"}
    source = form(table, tmp_path)
    whole = columns_of_file(source) if form is folder_of_parquet else table
    check_same(Cat2Vec(**params).fit(source), Cat2Vec(**params).fit(whole))


@pytest.mark.parametrize("solver", ["counts", "rows"])
def test_lists_of_which_rare_values_are_pooled(solver, on_disk, tmp_path):
    source = parquet(odd_types(400), tmp_path)
    params = {"features": ["tags", "small", "when"], "min_count": 6, "solver": solver, "n_jobs": 1}
    params |= {"columns": {"tags": MultiValued(within=True), "small": "category"}, "vector_size": 2}
    whole = Cat2Vec(**params).fit(columns_of_file(source))
    check_same(Cat2Vec(**params).fit(source), whole)


@pytest.mark.parametrize("solver", ["counts", "rows", "gensim"])
def test_weights(solver, on_disk, tmp_path):
    source = csv(texts_and_numbers(500), tmp_path)
    weights = np.random.default_rng(1).integers(0, 4, 500)
    params = {"vector_size": 2, "solver": solver, "n_jobs": 1, "columns": KINDS}
    whole = Cat2Vec(**params).fit(columns_of_file(source), sample_weight=weights)
    check_same(Cat2Vec(**params).fit(source, sample_weight=weights), whole)


def test_medians_of_bins_of_very_many_numbers_are_exact(tmp_path, monkeypatch):
    monkeypatch.setattr(spilled_column, "MOST_VALUES", 50)
    rng = np.random.default_rng(0)
    price = np.round(rng.gamma(1.0, size=3000), 4)
    price[:9] = [np.nan, np.inf, np.inf, -np.inf, *[0.5] * 5]
    table = pa.table({"price": price, "city": rng.choice(["Oslo", "Rome"], 3000)})
    source = parquet(table, tmp_path)
    mine = Cat2Vec(vector_size=1).fit(source).cells_.bin_values["price"]
    whole = Cat2Vec(vector_size=1).fit(table).cells_.bin_values["price"]
    np.testing.assert_array_equal(mine, whole)


def test_partial_fit_of_files(on_disk, tmp_path):
    for name, seed in (("a", 0), ("b", 1)):
        (tmp_path / name).mkdir()
        csv(texts_and_numbers(300, seed), tmp_path / name)
    params = {"vector_size": 2, "columns": KINDS}
    mine, whole = Cat2Vec(**params), Cat2Vec(**params)
    for name in ("a", "b"):
        source = tmp_path / name / "t.csv"
        mine.partial_fit(source)
        whole.partial_fit(columns_of_file(source))
    np.testing.assert_array_equal(mine.vectors_.matrix, whole.vectors_.matrix)
    np.testing.assert_array_equal(mine.counts_.count, whole.counts_.count)


def test_rows_are_written_by_fit_transform(tmp_path):
    source = csv(texts_and_numbers(300), tmp_path)
    model = Cat2Vec(vector_size=2, columns=KINDS)
    rows = model.fit_transform(source)
    np.testing.assert_array_equal(rows, model.transform(source))
    weights = np.arange(300) % 3  # rows of weight 0 are written, too
    with pytest.warns(UnseenCategoryWarning):
        written = model.fit_transform(source, sample_weight=weights)
    assert written.shape == rows.shape


def test_a_budget_that_is_too_small_is_an_error(tmp_path):
    source = csv(texts_and_numbers(300), tmp_path)
    with pytest.raises(ParameterError, match="memory='1MB' is too little to read this table"):
        Cat2Vec(vector_size=2).fit(source, memory="1MB")
    with pytest.raises(ParameterError, match="memory must be an amount of memory such as '1GB'"):
        Cat2Vec(vector_size=2).fit({"a": ["x", "y"]}, memory="little")


def test_a_wide_table_whose_codes_are_in_memory_needs_no_room_for_counting_on_disk(tmp_path):
    cells = {f"c{i}": [f"v{j // (i % 7 + 1) % 3}" for j in range(30)] for i in range(60)}
    wide = parquet(pa.table(cells), tmp_path)
    with pytest.raises(ParameterError, match="memory='40MB' is too little to read and count this"):
        count_pairs(wide, memory="40MB")
    assert Cat2Vec(vector_size=1).fit(wide, memory="40MB").n_features_in_ == 60


def test_codes_on_disk_leave_no_file(on_disk, tmp_path):
    source = csv(texts_and_numbers(300), tmp_path)
    where = tmp_path / "spill"
    Cat2Vec(vector_size=2, columns=KINDS).fit(source, spill=where)
    assert not where.exists() or not list(where.iterdir())
