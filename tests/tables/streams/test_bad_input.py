"""Tables read piece by piece that cannot be read, or only in part: what is said of them."""

import gzip
import re
import warnings

import pyarrow as pa
import pyarrow.dataset
import pytest

from cat2vec import count_pairs, encode_table, load
from cat2vec.cli.main import main
from cat2vec.errors import BadLineWarning, FileReadError, ParameterError
from cat2vec.tables.files import read_table
from cat2vec.tables.sources import delimited, json_lines
from cat2vec.tables.streams.stream import open_stream
from tests.tables.streams.made_streams import parquet, texts_and_numbers
from tests.tables.streams.test_equal_counts import check_equal

LINES = ["city,job", "Oslo,cook", '"a', 'b",nurse', "Rome", "Rome,cook", "Oslo,nurse,x,y", "Bari,"]


@pytest.fixture
def bad_lines(tmp_path):
    (tmp_path / "bad.csv").write_text("\n".join(LINES) + "\n")
    return tmp_path / "bad.csv"


def test_long_numbers_of_json_are_refused_wherever_they_stand(tmp_path, monkeypatch):
    monkeypatch.setattr(json_lines, "_BLOCK", 200)
    lines = [f'{{"n": {number}.5, "b": "x"}}\n' for number in range(40)]
    for place in (0, 20, 39):
        long = [*lines[:place], '{"n": 12345678901234567, "b": "y"}\n', *lines[place + 1 :]]
        (tmp_path / "t.jsonl").write_text("".join(long))
        with pytest.raises(FileReadError, match=rf"line {place + 1}: 'n' holds 12345678901234567"):
            count_pairs(tmp_path / "t.jsonl")


class TestBadLines:
    def test_they_are_errors_that_name_the_line(self, bad_lines):
        with pytest.raises(ValueError, match=r"bad.csv' line 5: 1 cell, the header has 2"):
            count_pairs(bad_lines)

    @pytest.mark.parametrize("compressed", [False, True])
    def test_they_are_left_out_where_that_is_asked_for(self, bad_lines, compressed, monkeypatch):
        monkeypatch.setattr(delimited, "_BLOCK", 40)
        source = bad_lines
        if compressed:
            source = bad_lines.with_suffix(".csv.gz")
            source.write_bytes(gzip.compress(bad_lines.read_bytes()))
        with pytest.warns(BadLineWarning) as caught:
            mine = count_pairs(source, on_bad_line="skip")
        (said,) = map(str, [one.message for one in caught])
        assert "2 rows were left out of" in said
        assert "beside 4 that were read" in said
        assert "line 5: 1 cell, the header has 2; line 7: 4 cells, the header has 2." in said
        good = ["Oslo", "a\nb", "Rome", "Bari"], ["cook", "nurse", "cook", None]
        check_equal(mine, count_pairs({"city": good[0], "job": good[1]}))

    def test_a_table_in_memory_is_read_so_too(self, bad_lines):
        with pytest.warns(BadLineWarning, match="2 rows were left out"):
            read = read_table(bad_lines, on_bad_line="skip")
        assert read.table["city"].to_pylist() == ["Oslo", "a\nb", "Rome", "Bari"]

    def test_only_the_first_ones_are_named(self, tmp_path):
        (tmp_path / "t.csv").write_text("a,b\nx,y\n" + "x\n" * 9 + "y,x\n")
        with pytest.warns(BadLineWarning, match=r"9 rows .*line 5: 1 cell[^;]*; \.\.\."):
            count_pairs(tmp_path / "t.csv", on_bad_line="skip")

    def test_an_open_quote_is_an_error_all_the_same(self, tmp_path):
        (tmp_path / "t.csv").write_text('a,b\nx\nx,y\n"x,y\n')
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with pytest.raises(ValueError, match=r"line 4: a quote .* is never closed"):
                count_pairs(tmp_path / "t.csv", on_bad_line="skip")

    @pytest.mark.parametrize("memory", [(), ("--memory", "1GB")])
    def test_on_the_command_line(self, bad_lines, memory, tmp_path, capsys):
        command = ["train", str(bad_lines), "--out", str(tmp_path / "out"), "--vector-size", "1"]
        assert main([*command, *memory, "--on-bad-line", "skip", "--quiet"]) == 0
        said = capsys.readouterr().err
        assert "2 rows were left out of" in said
        assert "--on-bad-line error stops there instead" in said

    @pytest.mark.parametrize(
        "command",
        [
            ["update", "model", "{}", "--out", "more", "--quiet"],
            ["count", "model", "{}", "--out", "counted"],
            ["outliers", "model", "{}", "-n", "1"],
            ["associations", "model", "{}"],
            ["transform", "model", "{}", "--out", "rows.csv"],
        ],
    )
    def test_commands_read_as_train_did_unless_told(
        self, command, bad_lines, tmp_path, capsys, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        (tmp_path / "good.csv").write_text(
            "city,job\nOslo,cook\nRome,nurse\nRome,cook\nOslo,cook\n"
        )
        command = [word.format(bad_lines) for word in command]
        train = ["--vector-size", "1", "--quiet", "--updatable", "--out", "model"]
        assert main(["train", "good.csv", *train]) == 0
        assert load("model").file_options_["on_bad_line"] == "error"
        assert main(command) == 2
        assert "line 5: 1 cell, the header has 2" in capsys.readouterr().err
        assert main([*command, "--on-bad-line", "skip"]) == 0
        assert "2 rows were left out of" in capsys.readouterr().err
        assert main(["train", str(bad_lines), *train, "--on-bad-line", "skip", "--overwrite"]) == 0
        assert load("model").file_options_["on_bad_line"] == "skip"
        capsys.readouterr()
        assert main([*command, *(["--overwrite"] if "--out" in command else [])]) == 0
        assert "2 rows were left out of" in capsys.readouterr().err

    def test_other_files_have_no_lines(self, tmp_path):
        source = parquet(texts_and_numbers(50), tmp_path)
        alone = r"^on_bad_line is for CSV, and Parquet has its own types\. Leave it out"
        with pytest.raises(ParameterError, match=alone):
            count_pairs(source, on_bad_line="skip")
        with pytest.raises(
            ParameterError, match=r"^delimiter and on_bad_line are for CSV, .* them"
        ):
            read_table(source, on_bad_line="skip", delimiter=";")
        with pytest.raises(ParameterError, match=r"^delimiter, decimal and header are for CSV"):
            read_table(source, header=False, decimal=",", delimiter=";")
        table = {"a": ["x", "y"], "b": ["x", "y"]}
        for one in (table, pa.table(table), pa.table(table).to_reader(), encode_table(table)):
            sentence = (
                f"^on_bad_line='skip' is for CSV files, and the table is a {type(one).__name__}"
            )
            with pytest.raises(ParameterError, match=sentence):
                count_pairs(one, on_bad_line="skip")
        with pytest.raises(ValueError, match="on_bad_line must be one of 'error', 'skip'"):
            count_pairs(source, on_bad_line="fix")


class Reader:
    """A stream of batches that another library hands over."""

    def __init__(self, schema, batches):
        self._reader = pa.RecordBatchReader.from_batches(schema, batches)

    def __arrow_c_stream__(self, requested_schema=None):
        return self._reader.__arrow_c_stream__(requested_schema)


def test_a_budget_too_small_says_what_is_enough_before_anything_is_read(tmp_path):
    columns = {f"c{i}": [f"v{j % 50}" for j in range(200)] for i in range(30)}
    source = parquet(pa.table(columns), tmp_path)
    said = "memory='30MB' is too little to read and count this table, which takes (48)MB at least"
    with pytest.raises(ParameterError, match=said) as caught:
        count_pairs(source, memory="30MB")
    enough = re.search("takes (.*) at least", str(caught.value))[1]
    assert count_pairs(source, memory=enough).n_rows == 200


class TestTypesThatChange:
    def test_between_files(self, tmp_path):
        for name, cells in (("a", [1, 2]), ("b", ["x", "y"])):
            pa.parquet.write_table(
                pa.table({"city": cells, "job": ["u", "v"]}), tmp_path / f"{name}.parquet"
            )
        with pytest.raises(ValueError, match=r"'city' is int64 in '.*a.parquet' and string in"):
            count_pairs(tmp_path)

    def test_between_batches(self):
        first = pa.record_batch({"city": ["Oslo"], "job": ["cook"]})
        other = pa.record_batch({"city": ["Oslo"], "job": [3]})

        class Reader:
            """Batches as a careless exporter hands them over."""

            schema = first.schema

            def __iter__(self):
                return iter([first, other])

        from cat2vec.tables.streams import stream as streams

        with pytest.raises(
            ValueError, match=r"'job' is string in the first batches and int64 in b"
        ):
            list(streams._checked(Reader()))

    def test_between_files_of_a_dataset(self, tmp_path):
        for name, cells in (("a", [1, 2]), ("b", ["x", "y"])):
            pa.parquet.write_table(
                pa.table({"city": cells, "job": ["u", "v"]}), tmp_path / f"{name}.parquet"
            )
        said = r"'city' is int64 in the Dataset and string in '.*b.parquet', and some values do not"
        with pytest.raises(FileReadError, match=said):
            count_pairs(pyarrow.dataset.dataset(tmp_path))

    def test_a_reader_that_fails_says_where(self):
        batch = pa.record_batch({"city": ["Oslo"], "job": ["cook"]})

        def batches():
            yield batch
            raise RuntimeError("connection lost")

        with pytest.raises(FileReadError, match=r"a Reader cannot be .* beyond 0 rows.*connection"):
            count_pairs(Reader(batch.schema, batches()))

    def test_between_lines_of_json(self, tmp_path, monkeypatch):
        from cat2vec.tables.sources import json_lines

        monkeypatch.setattr(json_lines, "_BLOCK", 64)
        lines = ['{"a": 1, "b": "x"}'] * 9 + ['{"a": "y", "b": "x"}'] * 9
        each_a_block = "".join(f"{line:<31}\n" for line in lines)
        (tmp_path / "t.jsonl").write_text(each_a_block)
        with pytest.raises(ValueError, match=r"'a' is int64 in some lines of .* and string in oth"):
            count_pairs(tmp_path / "t.jsonl")


class TestNothingToCount:
    def test_no_rows(self, tmp_path):
        empty = texts_and_numbers(10).slice(0, 0)
        with pytest.raises(ValueError, match="has columns and no rows"):
            count_pairs(parquet(empty, tmp_path))
        reader = pa.RecordBatchReader.from_batches(empty.schema, [])
        with pytest.raises(ValueError, match="found a table with 0 sample"):
            count_pairs(reader)
        (tmp_path / "t.csv").write_text("a,b\n")
        with pytest.raises(ValueError, match="has a header and no rows"):
            count_pairs(tmp_path / "t.csv")

    def test_a_cell_that_is_no_category_names_its_row(self):
        cells = [{"x": 1} if i == 77 else None for i in range(90)]
        table = pa.table({"a": ["u", "v"] * 45, "b": cells})
        reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(20))
        with pytest.raises(ValueError, match=r"feature 'b' holds .* in row 77"):
            count_pairs(reader)

    def test_no_pairs(self):
        table = pa.table({"a": ["x", None] * 9, "b": [None, "y"] * 9})
        reader = pa.RecordBatchReader.from_batches(table.schema, table.to_batches(4))
        with pytest.raises(ValueError, match="18 rows, 2 features, 18 of 36 cells missing"):
            count_pairs(reader)


def test_tables_in_memory_are_no_streams():
    import pandas as pd

    for table in ({"a": [1]}, pd.DataFrame({"a": [1]}), pa.table({"a": [1]}), [[1]]):
        assert open_stream(table) is None
