"""Model folders: everything comes back, nothing is half-written, nothing foreign is read."""

from __future__ import annotations

import datetime
import decimal
import json
import os
import pickletools
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from cat2vec import Cat2Vec, Categorical, Numeric, load
from cat2vec.errors import ModelFormatError, OutputExistsError
from cat2vec.storage.folders import check_writable, header_bytes
from tests.interruptions import interrupted_at

OSLO = ZoneInfo("Europe/Oslo")
#: The year of some tables is binned on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::cat2vec.errors.BinnedNumbersWarning")

DAY = datetime.datetime(2024, 3, 31, 1, 59, 58, 7)
CELLS = {
    "bool": [True, False],
    "int": [3, -(2**62)],
    "uint64": np.array([2**64 - 1, 0], dtype=np.uint64),
    "big int": [10**30, 1],
    "float": [0.1, float("-inf")],
    "float32": np.array([0.1, np.inf], dtype=np.float32),
    "text": ["Oslo", ""],
    "unicode": ["Ålesund \N{SNOWMAN}", "a\x00b\n"],
    "lone surrogate": ["\ud800", "x"],
    "mixed": [1, "1"],
    "mixed bool": [True, b"1"],
    "mixed decimal": [decimal.Decimal("1.10"), "1.1"],
    "NumPy scalars": [np.int64(3), "three"],
    "more NumPy scalars": [np.float64(0.1), np.bool_(True)],
    "bytes": [b"\x00\xff", b""],
    "Decimal": [decimal.Decimal("1.10"), decimal.Decimal("-2")],
    "date": [DAY.date(), datetime.date.min],
    "datetime": [DAY, DAY.replace(year=1900)],
    "time": [DAY.time(), datetime.time(3)],
    "timedelta": [datetime.timedelta(days=-1, microseconds=3), datetime.timedelta(0)],
    "Timestamp": pd.Series(pd.to_datetime([1, 2**60])).astype("datetime64[ns]"),
    "Timedelta": pd.Series(pd.to_timedelta([1, 2**60])).astype("timedelta64[ns]"),
    "fixed zone": [moment.replace(tzinfo=datetime.timezone.utc) for moment in (DAY, DAY.min)],
    "named zone": pd.Series([DAY, DAY.replace(month=7)]).dt.tz_localize(OSLO),
}


def as_text(value):
    """Write a value with its digits and the name of its zone, whichever library made the zone."""
    zone = getattr(value, "tzinfo", None)
    return str(value), getattr(zone, "key", getattr(zone, "zone", str(zone)))


def of_types(kinds):
    """A table with columns of these types, each of two values, and one to go with them."""
    return {"partner": ["x", "y"] * 6} | {
        kind: pd.concat([CELLS[kind]] * 6, ignore_index=True)
        if isinstance(CELLS[kind], pd.Series)
        else np.tile(CELLS[kind], 6)
        if isinstance(CELLS[kind], np.ndarray)
        else CELLS[kind] * 6
        for kind in kinds
    }


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    group = rng.integers(0, 2, 300)
    return pd.DataFrame(
        {
            "city": np.array([["Oslo", "Bergen"], ["Rome", "Pisa"]])[
                group, rng.integers(0, 2, 300)
            ],
            "food": np.array(["cod", "pasta"])[group],
            "temp": 10 * group + rng.normal(0, 3, 300),
            "year": 2000 + rng.integers(0, 30, 300),
        }
    )


@pytest.fixture(scope="module")
def model(table):
    return Cat2Vec(
        vector_size=3,
        features=("city", "food", "temp", "year"),
        regularization=np.float64(2),
        max_sweeps=np.int64(50),
        columns={"year": Categorical(), "temp": Numeric(bins=np.int64(5))},
    ).fit(table)


@pytest.fixture
def saved(model, tmp_path):
    model.save(tmp_path / "model")
    return tmp_path / "model"


def files_in(folder):
    return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


@pytest.mark.parametrize("kind", CELLS)
def test_categories_of_every_type_come_back_as_they_were(kind, tmp_path):
    cells = of_types([kind])
    model = Cat2Vec(vector_size=1, columns={kind: "category"}).fit(cells)
    model.save(tmp_path)
    again = load(tmp_path)
    before, after = model.vocabulary_.categories[1], again.vocabulary_.categories[1]
    assert after.dtype == before.dtype
    plain = [v.item() if isinstance(v, np.generic) else v for v in before.tolist()]
    assert [(type(v), v) for v in after.tolist()] == [(type(v), v) for v in plain]
    assert [as_text(v) for v in after.tolist()] == [as_text(v) for v in plain]
    np.testing.assert_array_equal(again.transform(cells), model.transform(cells))


def test_everything_comes_back_and_the_model_is_fitted(model, saved, table):
    again = load(saved)
    assert again.get_params() == {
        **model.get_params(),
        "columns": {"year": Categorical(), "temp": Numeric(bins=5)},
        "features": ["city", "food", "temp", "year"],
    }
    assert (type(again.regularization), type(again.max_sweeps)) == (float, int)
    for name in ("n_features_in_", "loss_", "gain_", "solver_"):
        assert getattr(again, name) == getattr(model, name)
    assert again.feature_names_in_.tolist() == model.feature_names_in_.tolist()
    for name in ("matrix", "center", "context"):
        left, right = getattr(again.vectors_, name), getattr(model.vectors_, name)
        assert (left.dtype, left.tobytes()) == (right.dtype, right.tobytes())
    assert again.vectors_.losses == model.vectors_.losses
    assert again.vectors_.settings == model.vectors_.settings
    for left, right in zip(
        again.vocabulary_.schema.codecs, model.vocabulary_.schema.codecs, strict=True
    ):
        assert left.same_as(right)
        assert left.dtype == right.dtype
    np.testing.assert_array_equal(again.vocabulary_.counts, model.vocabulary_.counts)


def test_a_loaded_model_answers_alike(model, saved, table):
    again = load(str(saved))
    np.testing.assert_array_equal(again.transform(table), model.transform(table))
    pd.testing.assert_frame_equal(again.nearest("city", "Oslo"), model.nearest("city", "Oslo"))
    bin_of_3 = model.vocabulary_.token(model.vocabulary_.token_id("temp", 3)).category
    pd.testing.assert_frame_equal(again.nearest("temp", bin_of_3), model.nearest("temp", bin_of_3))
    assert again.similarity("year", 2001, 2002) == model.similarity("year", 2001, 2002)
    assert again.score(table) == model.score(table)
    np.testing.assert_array_equal(
        again.fit_transform(table), model.transform(table), err_msg="parameters were lost"
    )


def test_a_model_of_columns_without_names_stays_one(table, tmp_path):
    rows = table[["city", "food"]].to_numpy()
    model = Cat2Vec(vector_size=1).fit(rows)
    model.save(tmp_path)
    again = load(tmp_path)
    assert not hasattr(again, "feature_names_in_")
    np.testing.assert_array_equal(again.transform(rows), model.transform(rows))
    np.testing.assert_array_equal(again.transform(pd.DataFrame(rows)), model.transform(rows))


def test_kept_counts_of_weighted_rows_come_back_as_they_were(table, tmp_path):
    model = Cat2Vec(vector_size=1).fit(table, sample_weight=np.full(len(table), 0.3))
    model.save(tmp_path)
    again, kept = load(tmp_path), model.cells_.counts
    assert again.cells_.counts.n_rows == kept.n_rows == pytest.approx(0.3 * len(table))
    np.testing.assert_array_equal(again.cells_.counts.count, kept.count)
    np.testing.assert_array_equal(again.score_samples(table), model.score_samples(table))


def test_a_folder_holds_two_files_and_no_pickle(saved):
    found = files_in(saved)
    assert sorted(found) == ["model.json", "vectors.safetensors"]
    assert json.loads(found["model.json"])["format"] == "cat2vec"
    for content in found.values():
        with pytest.raises(ValueError, match=r"opcode|pickle|exhausted|expected|newline"):
            list(pickletools.genops(content))


def test_a_tuple_is_saved(tmp_path):
    table = {"a": [("x", 1), ("y", 2)] * 6, "b": ["u", "v"] * 6}
    model = Cat2Vec(vector_size=1, columns={"a": "category"}).fit(table)
    model.save(tmp_path / "model")
    assert load(tmp_path / "model").vocabulary_.categories[0].tolist() == [("x", 1), ("y", 2)]


def test_saving_over_a_model_replaces_it_and_keeps_what_lies_beside_it(saved, table):
    (saved / "notes.txt").write_text("keep")
    other = Cat2Vec(vector_size=1).fit(table[["city", "food"]])
    other.save(saved)
    assert load(saved).vectors_.vector_size == 1
    assert sorted(files_in(saved)) == ["model.json", "notes.txt", "vectors.safetensors"]


@pytest.mark.parametrize(
    "others", [{"notes.txt": "keep"}, {"model.json": '{"format": "other"}'}, {"model.json": "{"}]
)
def test_a_folder_of_other_things_is_refused_unless_told(model, tmp_path, others):
    for name, content in others.items():
        (tmp_path / name).write_text(content)
    before = files_in(tmp_path)
    with pytest.raises(OutputExistsError, match=rf"holds other things \('{min(others)}'\)"):
        model.save(tmp_path)
    assert files_in(tmp_path) == before
    model.save(tmp_path, overwrite=True)
    after = files_in(tmp_path)
    assert load(tmp_path).n_features_in_ == 4
    assert {k: v for k, v in after.items() if k == "notes.txt"} == {
        k: v for k, v in before.items() if k == "notes.txt"
    }


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_file_in_the_way_is_refused(model, tmp_path, overwrite):
    (tmp_path / "file").write_text("keep")
    with pytest.raises(OutputExistsError, match=r"file' exists and is a file, not a folder"):
        model.save(tmp_path / "file", overwrite=overwrite)
    with pytest.raises(OutputExistsError, match=r"is a file, so 'model' cannot be inside it"):
        model.save(tmp_path / "file" / "model", overwrite=overwrite)
    assert (tmp_path / "file").read_text() == "keep"


@pytest.mark.parametrize("over_an_old_model", [False, True])
@pytest.mark.parametrize("stopped_at", [1, 2])
def test_an_interrupted_save_leaves_no_passing_files_and_can_be_repeated(
    model, table, tmp_path, monkeypatch, over_an_old_model, stopped_at
):
    folder = tmp_path / "model"
    if over_an_old_model:
        Cat2Vec(vector_size=1).fit(table).save(folder)
    with interrupted_at(monkeypatch, stopped_at):
        model.save(folder)
    if stopped_at == 1:
        assert folder.exists() == over_an_old_model
        if over_an_old_model:
            assert load(folder).vectors_.vector_size == 1
    else:  # it was decided already, and is finished
        assert load(folder).vectors_.vector_size == 3
    left = {path.name for path in folder.iterdir()} if folder.exists() else set()
    assert left <= {"model.json", "vectors.safetensors"}
    model.save(folder)
    assert load(folder).vectors_.vector_size == 3


def damaged(folder, name, change):
    path = folder / name
    path.write_bytes(change(path.read_bytes()))


def words_changed(folder, change):
    """Change the header as somebody would who also writes its hash anew."""
    words = json.loads((folder / "model.json").read_text())
    del words["header_sha256"]
    change(words)
    (folder / "model.json").write_bytes(header_bytes(words))


@pytest.mark.parametrize(
    ("damage", "text"),
    [
        (lambda f: damaged(f, "vectors.safetensors", lambda b: b[:-1]), "does not belong to"),
        (lambda f: damaged(f, "vectors.safetensors", lambda b: b""), "does not belong to"),
        (lambda f: damaged(f, "model.json", lambda b: b[:-9]), r"'model.json' cannot be read \("),
        (lambda f: damaged(f, "model.json", lambda b: b"\xff"), r"'model.json' cannot be read \("),
        (lambda f: damaged(f, "model.json", lambda b: b"[]"), "'model.json' is of something else"),
        (lambda f: words_changed(f, lambda w: w.update(format="x")), "is of something else"),
        (lambda f: words_changed(f, lambda w: w.pop("features")), "was changed .KeyError: 'feat"),
        (lambda f: words_changed(f, lambda w: w["features"].pop()), "'model.json' was changed"),
        (
            lambda f: words_changed(f, lambda w: w["features"][0].update(categories=[{"x": "1"}])),
            "'model.json' was changed",
        ),
        (lambda f: words_changed(f, lambda w: w["params"].update(magic=1)), "unexpected keyword"),
        (lambda f: words_changed(f, lambda w: w["params"].clear()), "not saved by Cat2Vec.save"),
        (
            lambda f: words_changed(f, lambda w: w.update(version=9)),
            "has format version 9 and this cat2vec reads 2 and 3. Install a newer cat2vec",
        ),
        (
            lambda f: words_changed(f, lambda w: w.update(version=1)),
            "version 1 and this cat2vec reads 2 and 3. An earlier cat2vec wrote it: train",
        ),
        (
            lambda f: words_changed(f, lambda w: w.pop("version")),
            "has format version None and this cat2vec reads 2 and 3. Install a newer",
        ),
        (lambda f: (f / "model.json").unlink(), "there is no 'model.json' in it"),
        (lambda f: (f / "vectors.safetensors").unlink(), "there is no 'vectors.safetensors'"),
    ],
)
def test_damaged_and_foreign_folders_are_refused_with_the_reason(saved, damage, text):
    damage(saved)
    with pytest.raises(ModelFormatError, match=text) as caught:
        load(saved)
    assert repr(str(saved)) in str(caught.value)


def test_a_model_of_an_earlier_format_can_be_replaced(saved, table):
    words_changed(saved, lambda w: w.update(version=1))
    Cat2Vec(vector_size=1).fit(table).save(saved)
    assert load(saved).vectors_.vector_size == 1


def test_numbers_of_another_model_are_refused(saved, table, tmp_path):
    Cat2Vec(vector_size=3, regularization=3).fit(table).save(tmp_path / "other")
    os.replace(tmp_path / "other" / "vectors.safetensors", saved / "vectors.safetensors")
    with pytest.raises(ModelFormatError, match=r"'vectors\.safetensors' does not belong"):
        load(saved)


def test_a_path_that_is_no_model_folder_is_refused(tmp_path):
    (tmp_path / "table.csv").write_text("a,b\n")
    with pytest.raises(ModelFormatError, match=r"no model folder .*nowhere'\. Give the folder"):
        load(tmp_path / "nowhere")
    with pytest.raises(ModelFormatError, match=r"not a cat2vec model folder: it is a file\."):
        load(tmp_path / "table.csv")
    with pytest.raises(ModelFormatError, match=r"folder: there is no 'model\.json' in it\."):
        load(tmp_path)


def test_a_folder_that_can_be_written_stays_as_it_was(tmp_path):
    check_writable(tmp_path / "a" / "b")
    check_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["file/model", "a/" + "x" * 300])
def test_a_folder_that_cannot_be_made_is_an_error_that_leaves_nothing(tmp_path, name):
    (tmp_path / "file").write_text("keep")
    with pytest.raises(OSError, match=r"Not a directory|File exists|File name too long"):
        check_writable(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_reading_of_a_file_is_kept_until_the_next_fit(tmp_path):
    table = {"a": ["x", "y"] * 9, "b": ["u", "v"] * 9}
    model = Cat2Vec(1).fit(table)
    assert model.file_options_ == {}
    model.file_options_ = {"delimiter": ";", "missing_values": ["?"]}
    model.save(tmp_path / "m")
    saved = json.loads((tmp_path / "m" / "model.json").read_text("utf-8"))
    assert saved["params"]["_reading"] == model.file_options_  # as in folders of before
    again = load(tmp_path / "m")
    assert again.file_options_ == model.file_options_
    assert again.fit(table).file_options_ == {}
