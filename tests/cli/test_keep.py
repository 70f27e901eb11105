"""``transform --keep``: keys and other columns stand beside the numbers as they were."""

import datetime

import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from cat2vec import Cat2Vec
from cat2vec.cli.main import main

CELLS = {"city": ["Oslo", "Rome"] * 9, "food": ["cod", "pasta"] * 9}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Cat2Vec(vector_size=1).fit(CELLS).save("model")
    return tmp_path


def transform(table, *options, out="out.parquet"):
    return main(["transform", "model", table, "--out", out, *options])


@pytest.mark.parametrize("unseen", ["zero", "fold_in"])
def test_keys_of_csv_stay_text_as_they_were_written(here, unseen):
    """A number would lose its zeros, and a missing value that is a code would be gone."""
    (here / "new.csv").write_text(
        'id,city,food,note,n\n007,Oslo,cod,1.50,15\n"",Rome,pasta,NA,2\n,Oslo,,,\n'
    )
    how = ["--missing-values", "NA", "--handle-unknown", unseen]
    assert transform("new.csv", "--keep", "id", "note", "n", *how) == 0
    found = pyarrow.parquet.read_table("out.parquet")
    assert found.column_names == ["id", "note", "n", "city_0", "food_0"]
    assert found["id"].to_pylist() == ["007", "", None]
    assert found["note"].to_pylist() == ["1.50", "NA", None]
    assert found["n"].to_pylist() == ["15", "2", None]
    assert transform("new.csv", "--keep", "id", out="out.csv") == 0
    assert (here / "out.csv").read_text().splitlines()[1].startswith("007,")


def test_learned_columns_can_be_kept_too(here):
    (here / "new.csv").write_text("city,food\nOslo,cod\nLima,cod\n")
    assert transform("new.csv", "--keep", "city") == 0
    assert pyarrow.parquet.read_table("out.parquet")["city"].to_pylist() == ["Oslo", "Lima"]


def test_types_of_parquet_are_kept(here):
    new = pa.table(
        {
            **{name: cells[:2] for name, cells in CELLS.items()},
            "key": pa.array([7, 2**60], pa.int64()),
            "name": ["a", None],
            "when": [datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 2)],
            "kind": pa.array(["x", "y"]).dictionary_encode(),
            "tags": [["u"], ["v", "w"]],
            "flag": [True, None],
        }
    )
    pyarrow.parquet.write_table(new, "new.parquet")
    kept = ["key", "name", "when", "kind", "tags", "flag"]
    assert transform("new.parquet", "--keep", *kept) == 0
    found = pyarrow.parquet.read_table("out.parquet")
    assert found.column_names == [*kept, "city_0", "food_0"]
    assert found.select(kept).equals(new.select(kept))
    assert pd.read_parquet("out.parquet")["kind"].dtype == "category"


def test_an_index_of_pandas_can_be_kept_beside_others(here):
    new = pd.DataFrame(CELLS, index=[*range(18)][::-1])
    new.to_parquet("new.parquet")
    assert transform("new.parquet", "--keep", "city", "__index_level_0__") == 0
    found = pyarrow.parquet.read_table("out.parquet")
    assert found.column_names == ["city", "__index_level_0__", "city_0", "food_0"]
    assert found["__index_level_0__"].to_pylist() == list(range(18)[::-1])


def test_columns_of_a_folder_are_kept_in_the_order_of_rows(here):
    (here / "parts").mkdir()
    for part in range(3):
        cells = {name: cells[:2] for name, cells in CELLS.items()} | {
            "id": [2 * part, 2 * part + 1]
        }
        pyarrow.parquet.write_table(pa.table(cells), f"parts/{part}.parquet")
    assert transform("parts", "--keep", "id", "--keep", "city") == 0
    found = pyarrow.parquet.read_table("out.parquet")
    assert found.column_names == ["id", "city", "city_0", "food_0"]
    assert found["id"].to_pylist() == list(range(6))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--keep", "city_0"], "--keep names 'city_0', and transform writes a column of that name"),
        (["--keep", "idd"], "no feature 'idd' in this table. Features: "),
        (["--keep", "id", "nothing"], "no feature 'nothing' in this table. Features: "),
    ],
)
@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_wrong_names_are_refused_before_anything_is_written(here, capsys, ending, options, message):
    new = pa.table({**CELLS, "id": range(18), "city_0": range(18)})
    write = pyarrow.csv.write_csv if ending == ".csv" else pyarrow.parquet.write_table
    write(new, f"new{ending}")
    assert transform(f"new{ending}", *options) == 2
    assert message in capsys.readouterr().err
    assert not (here / "out.parquet").exists()


def test_lists_cannot_go_into_csv(here, capsys):
    pyarrow.parquet.write_table(pa.table({**CELLS, "tags": [["a"]] * 18}), "new.parquet")
    assert transform("new.parquet", "--keep", "tags", out="out.csv") == 2
    assert "hold several values, which CSV cannot hold. Write a .parquet" in capsys.readouterr().err
