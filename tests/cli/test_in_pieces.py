"""Commands that read new rows piece by piece answer as with all rows in memory."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import cat2vec.cli.impute as impute
from cat2vec import load
from cat2vec.cli import new_rows
from cat2vec.cli.main import main
from cat2vec.errors import naming_options
from cat2vec.tables import encoded
from cat2vec.tables.files import columns_of_file
from cat2vec.tables.sources import delimited
from tests.counting.test_weights import assert_same_counts

pytestmark = pytest.mark.filterwarnings("ignore::cat2vec.errors.UnseenCategoryWarning")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with rows to train on and other ones, each as CSV and Parquet, and a model."""
    folder = tmp_path_factory.mktemp("pieces")
    rng = np.random.default_rng(0)
    for name, n_rows in (("old", 900), ("new", 700)):
        kind = rng.integers(0, 5, n_rows)
        frame = pd.DataFrame(
            {
                "key": np.arange(n_rows) + 7_000,
                "city": np.array(["Oslo", "Rome", "Pisa", "Bari", "Wien"], object)[kind],
                "food": np.array(["cod", "pasta", "pizza", "fish", "cake"], object)[kind],
                "size": np.round(kind * 3 + rng.normal(size=n_rows), 2),
                "age": rng.integers(10, 90, n_rows).astype(float),
            }
        )
        frame.loc[rng.random(n_rows) < 0.1, "food"] = rng.choice(["cod", "cake"])
        for column in ("city", "food", "size", "age"):
            frame.loc[rng.random(n_rows) < 0.1, column] = None
        if name == "new":
            frame.loc[[30, 333, 600], "city"] = ["Zug", "Aix", "Zug"]
        frame["age"] = frame["age"].astype("Int64")
        frame.to_csv(folder / f"{name}.csv", index=False)
        frame.to_parquet(folder / f"{name}.parquet", row_group_size=90, index=False)
    words = ["--exclude", "key", "--vector-size", "3", "--quiet", "--updatable", "--types"]
    words += ["age=numeric"]
    assert main(["train", str(folder / "old.csv"), "--out", str(folder / "m"), *words]) == 0
    return folder


@pytest.fixture(params=["csv", "parquet"])
def source(request, made, monkeypatch):
    """A file of new rows that is read in pieces of few."""
    monkeypatch.setattr(delimited, "_BLOCK", 1 << 11)
    monkeypatch.chdir(made)
    return f"new.{request.param}"


@pytest.fixture(params=[False, True], ids=["in memory", "on disk"])
def on_disk(request, monkeypatch):
    """Whether codes are put on disk."""
    if request.param:
        monkeypatch.setattr(new_rows, "MEMORY", 2_000)
        monkeypatch.setattr(encoded, "BLOCK_ROWS", 100)


def printed(capsys, *words):
    capsys.readouterr()
    assert main(list(words)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


@pytest.mark.parametrize("n", [1, 25, 10_000])
def test_outliers(source, n, capsys):
    found = printed(capsys, "outliers", "m", source, "-n", str(n), "--n-cells", "2")
    expected = load("m").outlier_rows(columns_of_file(source), n, 2)
    expected["category"] = [str(c) for c in expected["category"]]
    lines = expected.to_string(index=False, float_format=lambda number: f"{number:.3f}")
    assert found.split() == lines.split()


@pytest.mark.parametrize("first", ["many", "2.5"])
def test_the_type_of_a_column_goes_by_all_pieces(first, made, tmp_path, monkeypatch, capsys):
    """Also where the last ones hold whole numbers only."""
    monkeypatch.chdir(made)
    frame = pd.read_csv("new.csv", dtype=str)
    frame["size"] = [first, *"3572"] * 20 + [*"46"] * 300
    frame.to_csv(tmp_path / "new.csv", index=False)
    words = ["outliers", "m", str(tmp_path / "new.csv"), "-n", "700", "--n-cells", "4"]
    expected = printed(capsys, *words)
    monkeypatch.setattr(delimited, "_BLOCK", 1 << 11)
    assert printed(capsys, *words) == expected


@pytest.mark.filterwarnings("default::cat2vec.errors.UnseenCategoryWarning")
def test_a_report_tells_once_which_cells_of_all_pieces_are_unseen(source, capsys):
    assert main(["report", "m", source]) == 0
    said = capsys.readouterr().err
    assert said.count("not seen in fit") == 1
    assert "among 700 rows: 'city' 3 ('Zug'" in said


def test_report_and_associations(source, on_disk, capsys):
    found = json.loads(printed(capsys, "report", "m", source, "--json", "-"))
    with naming_options():  # which its notes speak of
        expected = load("m").report(columns_of_file(source))
    assert found == json.loads(expected.to_json())
    found = printed(capsys, "associations", "m", source)
    expected = load("m").associations(columns_of_file(source))
    assert (
        found.split()[-3:]
        == expected.to_string(index=False, float_format=lambda number: f"{number:.3f}").split()[-3:]
    )


def test_report_with_training_rows(made, on_disk, monkeypatch, capsys):
    monkeypatch.chdir(made)
    words = ("report", "m", "new.csv", "--train-table", "old.csv", "--json", "-")
    found = json.loads(printed(capsys, *words))
    with naming_options():
        expected = load("m").report(columns_of_file("new.csv"), columns_of_file("old.csv"))
    assert found == json.loads(expected.to_json())


@pytest.mark.parametrize("decay", ["1", "0.5"])
def test_update(source, decay, on_disk, tmp_path, capsys):
    words = ["--out", str(tmp_path / "m1"), "--decay", decay]
    said = printed(capsys, "update", "m", source, *words)
    expected = load("m").partial_fit(columns_of_file(source), decay=float(decay))
    found = load(tmp_path / "m1")
    assert found.counts_.vocabulary.texts() == expected.counts_.vocabulary.texts()
    assert_same_counts(found.counts_, expected.counts_)
    np.testing.assert_array_equal(found.vectors_.matrix, expected.vectors_.matrix)
    assert "700 new" in said
    printed(capsys, "count", "m", source, "--out", str(tmp_path / "c"))
    printed(capsys, "update", "m", str(tmp_path / "c"), "--out", str(tmp_path / "m2"))


def test_what_is_nearly_forgotten_can_be_dropped(source, tmp_path, capsys):
    out = str(tmp_path / "m1")
    printed(capsys, "update", "m", source, "--out", out, "--decay", "0.1")
    printed(
        capsys, "update", out, "old.csv", "--out", str(tmp_path / "m2"), "--decay", "0.1",
        "--forget-below", "0.5",
    )  # fmt: skip
    before, after = load(out).counts_, load(tmp_path / "m2").counts_
    assert "city=Zug" in before.vocabulary.texts()
    assert "city=Zug" not in after.vocabulary.texts()  # 2 rows, of which 0.2 are left
    assert after.n_rows == pytest.approx(0.1 * before.n_rows + 900)
    assert main(["update", out, source, "--out", "x", "--forget-below", "-1"]) == 2
    assert "--forget-below must be a number of rows of at least 0" in capsys.readouterr().err


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_impute(source, ending, tmp_path, monkeypatch, capsys):
    mine, whole = (tmp_path / f"{name}.{ending}" for name in ("mine", "whole"))
    said = printed(capsys, "impute", "m", source, "--out", str(mine))

    def all_rows(*_):
        raise impute._NeedsAllRows
        yield

    in_pieces = impute._in_pieces
    pieces = []

    def watched(*arguments):
        for table in in_pieces(*arguments):
            pieces.append(table)
            yield table

    monkeypatch.setattr(impute, "_in_pieces", watched)
    again = tmp_path / f"again.{ending}"
    printed(capsys, "impute", "m", source, "--out", str(again))
    assert len(pieces) > 5
    monkeypatch.setattr(impute, "_in_pieces", all_rows)
    other = printed(capsys, "impute", "m", source, "--out", str(whole))
    assert said.splitlines()[:-1] == other.splitlines()[:-1]
    assert said.splitlines()[-1].endswith("(700 rows)")
    if ending == "csv":
        assert mine.read_bytes() == whole.read_bytes()
    else:
        assert pq.read_table(mine).to_pydict() == pq.read_table(whole).to_pydict()


def test_impute_writes_the_file_whole_or_not_at_all(source, tmp_path, monkeypatch, capsys):
    fills, n_calls = impute.fills_of, []

    def failing(*arguments, **how):
        n_calls.append(1)
        if len(n_calls) > 3:
            raise OSError("the disk is gone")
        return fills(*arguments, **how)

    monkeypatch.setattr(impute, "fills_of", failing)
    assert main(["impute", "m", source, "--out", str(tmp_path / "out.csv")]) == 2
    assert not list(tmp_path.iterdir())


def test_a_column_that_gets_another_type_is_filled_as_a_whole(made, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(made)
    frame = pd.read_parquet("new.parquet")
    frame["size"] = pd.array(frame["size"].round().astype("Int64"))  # fit has numbers such as 2.37
    frame.loc[:299, "size"] = frame.loc[:299, "size"].fillna(3)  # the first pieces keep their type
    frame.to_parquet(tmp_path / "new.parquet", row_group_size=90, index=False)
    out = tmp_path / "out.parquet"
    printed(capsys, "impute", "m", str(tmp_path / "new.parquet"), "--out", str(out))
    expected = load("m").impute(columns_of_file(tmp_path / "new.parquet"))
    assert pq.read_table(out)["size"].to_pylist() == expected["size"].to_pylist()


@pytest.mark.parametrize("command", ["outliers", "report", "associations", "impute", "update"])
def test_a_table_without_rows(command, made, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(made)
    (tmp_path / "none.csv").write_text("key,city,food,size,age\n")
    out = {"impute": ["--out", str(tmp_path / "out.csv")], "update": ["--out", str(tmp_path / "o")]}
    code = main([command, "m", str(tmp_path / "none.csv"), *out.get(command, [])])
    said = capsys.readouterr()
    assert code == (0 if command in ("outliers", "impute") else 2)
    assert "Traceback" not in said.err
