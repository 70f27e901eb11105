"""Codes, numbers in disguise and dates on the command line: what the plan says, and the way out."""

import uuid

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest

from cat2vec import load
from cat2vec.cli.main import main
from cat2vec.tables.blanks import without_initial_blanks


@pytest.fixture
def train(tmp_path, monkeypatch, capsys):
    """Train on a column ``x`` beside another; give the code, what was printed, and the errors."""
    monkeypatch.chdir(tmp_path)

    def run(cells, *options, head="x;y", column="x"):
        lines = [f"{cell};{'pq'[row % 2]}" for row, cell in enumerate(cells * 3)]
        (tmp_path / "t.csv").write_text("\n".join([head, *lines, ""]), "utf-8")
        words = ["--delimiter", ";", "--vector-size", "1", "--solver", "counts", *options]
        code = main(["train", "t.csv", "--out", "m", "--overwrite", *words])
        out, err = capsys.readouterr()
        lines = out.splitlines()
        feature = next((line[10:] for line in lines if line[10:].startswith(f"{column}: ")), "")
        notes = [line[10:] for line in lines if line.startswith(f"note      {column!r}")]
        return code, feature, notes, err

    return run


@pytest.mark.parametrize(
    "codes",
    [["250.0", "250.00", "401.9"], ["3.1", "3.10", "3.9"], ["+4791", "+4792"], ["1e5", "1E5"],
     ["007", "7"], [".5", "0.5"]],
)  # fmt: skip
def test_codes_are_not_merged_and_the_plan_says_why_they_are_text(train, codes):
    code, feature, notes, _ = train(codes)
    assert code == 0
    assert feature.startswith(f"x: text, {len(codes)} categories")
    assert len(notes) == 1
    assert "--types x=numeric" in notes[0]
    assert train(codes, "--types", "x=text")[2] == []  # what was asked for needs no remark


def test_codes_that_are_told_to_be_numbers_are_and_it_is_said_which_became_one(train):
    _, feature, notes, _ = train(["250.0", "250.00", "401.9"], "--types", "x=number")
    assert feature.startswith("x: number, 2 categories")
    assert notes == [
        "'x': 2 texts became 1 number, such as '250.0', '250.00'. --types x=text keeps them apart."
    ]


@pytest.mark.parametrize("word", ["NA", "n/a", "-", "NULL", "unknown", "#N/A"])
def test_a_word_among_numbers_is_named_with_the_option_that_helps(train, word):
    cells = [*map(str, range(40)), word]
    _, feature, notes, _ = train(cells)
    assert feature.startswith("x: text, 41 categories")
    (note,) = notes
    assert f"because of {word!r} (3 cells)" in note
    option = note.rpartition(" use ")[2].rstrip(".")
    assert option.startswith("--missing-values")
    code, _, _, err = train(cells, "--types", "x=numeric")
    assert code == 2
    assert f"holds {word!r}. If that means a missing cell, name it in --missing-values" in err
    assert train(cells, "--missing-values", word)[1].startswith("x: integer, 16 bins")


def test_decimal_commas_are_read_where_they_are_told_and_in_new_tables_too(train, capsys):
    cells = [f"{n / 4:.2f}".replace(".", ",") for n in range(40)]
    assert "--decimal ," in train(cells)[2][0]
    code, _, _, err = train(cells, "--types", "x=numeric")
    assert (code, "--decimal ," in err) == (2, True)
    code, feature, _, _ = train(cells, "--decimal", ",")
    assert feature.startswith("x: number, 16 bins")
    assert load("m").file_options_["decimal"] == ","
    assert main(["transform", "m", "t.csv", "--out", "rows.parquet"]) == 0
    rows = pyarrow.parquet.read_table("rows.parquet").to_pandas().to_numpy()
    numbers = pd.DataFrame({"x": np.tile(np.arange(40) / 4, 3), "y": list("pq") * 60})
    np.testing.assert_array_equal(rows, load("m").transform(numbers))
    capsys.readouterr()
    assert train(cells, "--decimal", ":")[3].endswith("must be one of '.', ',', got ':'.\n")


@pytest.mark.parametrize(
    ("cells", "what"),
    [(["1,234", "22,000"], "thousands"), (["1.234,50", "2,00"], "thousands"),
     (["1 234", "22 000"], "thousands"), (["$5.00", "$7.50"], "currency"),
     (["12%", "9%"], "percent")],
)  # fmt: skip
def test_other_numbers_in_disguise_are_named(train, cells, what):
    assert what in train(cells)[2][0]
    code, _, _, err = train(cells, "--types", "x=numeric")
    assert (code, what in err) == (2, True)


def test_blanks_behind_delimiters_are_named_and_left_out_when_asked(tmp_path, train, capsys):
    cells = [
        f"{age}; {job}; {age}" for age, job in zip(range(20, 60), ["cook", "?"] * 20, strict=True)
    ]
    head = "age; job; again;y"
    _, _, notes, err = train(cells, "--missing-values", "?", head=head, column=" again")
    assert "--skip-initial-space" in notes[0]
    assert "--missing-values names '?' (str), and no cell holds it" in err
    assert "Column ' job' holds ' ?' (str), which differs in blanks or case" in err
    assert "or read the table with --skip-initial-space" in err
    code, _, _, err = train(cells, "--exclude", "job", head=head)
    assert (code, "Nearest: ' job'" in err) == (2, True)
    skip = ["--skip-initial-space", "--missing-values", "?"]
    _, feature, _, err = train(cells, *skip, head=head, column="again")
    assert feature.startswith("again: integer, 16 bins")
    assert "names '?'" not in err
    assert load("m").vocabulary_.texts().count("job=cook") == 1
    assert main(["transform", "m", "t.csv", "--out", "rows.parquet"]) == 0
    assert "not seen" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        (b'a, b\n1, "x, y"\n', b'a,b\n1,"x, y"\n'),
        (b"\xef\xbb\xbf a, b\r\n 1,  x y\r\n", b"\xef\xbb\xbfa,b\r\n1,x y\r\n"),
        (b'a,b\n5" pipe, z\n', b'a,b\n5" pipe,z\n'),
        (b'a,b\n "q""r, s", t\n', b'a,b\n"q""r, s",t\n'),
        (b"a,b\n, \n", b"a,b\n,\n"),
    ],
)
def test_blanks_inside_cells_and_quotes_stay(raw, clean):
    assert without_initial_blanks(raw, ",") == clean


@pytest.mark.parametrize(
    ("cells", "option"),
    [
        (["2024-02-29 12:00:00", "2023-03-01 13:00:00"], "x=dates"),
        (["01.02.2024", "31.12.2023"], "x=dates:%d.%m.%Y"),
        (["02/01/2024", "12/31/2023"], "x=dates:%m/%d/%Y"),
        (["2024-02-29T12:00:00Z", "2023-03-01T13:00:00Z"], "x=dates"),
        (["5-Jan-2024", "6-Feb-2023"], "x=dates:%d-%b-%Y"),
    ],
)
def test_texts_that_are_dates_are_suggested_as_dates(train, cells, option):
    _, _, (note,), _ = train(cells)
    assert f"--types {option}." in note
    assert train(cells, "--types", option, column="x:year")[1].startswith("x:year: year of x")


@pytest.mark.parametrize(
    ("cells", "cell"),
    [(["1", "2", "3"], "X1"), (["1.5", "2"], "n/a"), ([*map(str, range(60))], "?")],
)
def test_an_unseen_text_in_a_number_column_is_unseen_as_in_python(train, capsys, cells, cell):
    train(cells)
    with open("new.csv", "w") as file:
        file.write(f"x;y\n{cells[0]};p\n{cell};q\n")
    assert main(["transform", "m", "new.csv", "--out", "rows.parquet"]) == 0
    err = capsys.readouterr().err
    assert f"not seen in fit, among 2 rows: 'x' 1 ({cell!r})" in err
    rows = pyarrow.parquet.read_table("rows.parquet").to_pandas().to_numpy()
    assert rows[1, 0] == 0
    with pytest.warns(UserWarning, match="not seen in fit"):
        again = load("m").transform({"x": [float(cells[0]), cell], "y": ["p", "q"]})
    np.testing.assert_array_equal(rows, again)
    strict = ["--handle-unknown", "error", "--overwrite"]
    assert main(["transform", "m", "new.csv", "--out", "rows.parquet", *strict]) == 2
    assert f"not seen in fit ({cell!r}), in rows 1" in capsys.readouterr().err


@pytest.mark.skipif(not hasattr(pa, "uuid"), reason="this pyarrow has no type of UUIDs")
def test_uuids_of_parquet_are_trained_saved_and_found_again(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    ids = [uuid.UUID(int=row % 5).bytes for row in range(60)]
    storage = pa.array(ids, pa.binary(16))
    table = pa.table(
        {"id": pa.ExtensionArray.from_storage(pa.uuid(), storage), "c": list("xyz") * 20}
    )
    pyarrow.parquet.write_table(table, "t.parquet")
    assert main(["train", "t.parquet", "--out", "m", "--vector-size", "2"]) == 0
    assert main(["transform", "m", "t.parquet", "--out", "rows.parquet"]) == 0
    assert "not seen" not in capsys.readouterr().err
