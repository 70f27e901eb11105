"""What is kept on disk while a table is counted: gone on with after a kill, and taken away."""

import errno
import json
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pytest

from cat2vec import PairCounts, count_pairs
from cat2vec.counting import tiled
from cat2vec.errors import SpillError, SpillWarning
from cat2vec.tables.streams import spill as spill_module
from cat2vec.tables.streams import spilled_column
from cat2vec.tables.streams.runs import SortedRuns
from tests.tables.streams.made_streams import (
    csv,
    folder_of_parquet,
    json_lines,
    odd_types,
    parquet,
    readers,
    several_csv,
    texts_and_numbers,
)
from tests.tables.streams.test_equal_counts import check_equal

FOLDER = "cat2vec-spill"
#: How often a run is killed before it may end.
N_KILLS = 4
pytestmark = [
    pytest.mark.filterwarnings("ignore::cat2vec.errors.BinnedNumbersWarning"),
    pytest.mark.filterwarnings("ignore::cat2vec.errors.IdentifierWarning"),
]


class Stopped(Exception):
    pass


@pytest.fixture
def every_piece_is_kept(monkeypatch):
    monkeypatch.setattr(spill_module, "_BETWEEN", 0.0)


def stop_after(monkeypatch, n_pieces):
    """Stop reading after so many pieces, as a kill does: nothing is tidied up."""
    keep = spill_module._Keeper.keep
    done = []

    def keep_and_stop(self, spill, at_once=False):
        keep(self, spill, at_once)
        done.append(1)
        if len(done) == n_pieces:
            raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(spill_module._Keeper, "keep", keep_and_stop)
        yield


def pieces_read(monkeypatch):
    """Say how many pieces are read from now on."""
    read = []
    add = spilled_column.SpilledColumn.add

    def counted(self, *arguments):
        read.append(self.name)
        return add(self, *arguments)

    monkeypatch.setattr(spilled_column.SpilledColumn, "add", counted)
    return lambda column: read.count(column)


@pytest.mark.usefixtures("every_piece_is_kept")
class TestGoingOn:
    @pytest.mark.parametrize(
        ("form", "make", "column"),
        [
            (parquet, odd_types, "tags"),
            (parquet, texts_and_numbers, "city"),
            (folder_of_parquet, texts_and_numbers, "key"),
            (several_csv, texts_and_numbers, "city"),
            (json_lines, texts_and_numbers, "city"),
        ],
        ids=["types", "text", "folder", "csv", "json"],
    )
    @pytest.mark.parametrize("most_values", [30, 1000])
    def test_counts_are_those_of_an_undisturbed_run(
        self, form, make, column, most_values, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(spilled_column, "MOST_VALUES", most_values)
        source = form(make(400), tmp_path)
        expected = count_pairs(source, numeric="category", missing="token")
        where = tmp_path / "spill"
        for _ in stop_after(monkeypatch, 1):
            with pytest.raises(Stopped):
                count_pairs(source, numeric="category", missing="token", spill=where)
        assert (where / FOLDER / "manifest.json").exists()
        before = json.loads((where / FOLDER / "manifest.json").read_text())
        for file in (where / FOLDER).iterdir():  # what was written after the last list
            if file.suffix != ".json":
                file.write_bytes(file.read_bytes() + b"half a piece")
        n_read = pieces_read(monkeypatch)
        mine = count_pairs(source, numeric="category", missing="token", spill=where)
        check_equal(mine, expected)
        assert before["pieces"]
        total = {parquet: 6, folder_of_parquet: 12, several_csv: 2, json_lines: 1}[form]
        assert n_read(column) == total - len(before["pieces"])
        assert not (where / FOLDER).exists()

    def test_a_changed_file_is_read_anew(self, tmp_path, monkeypatch):
        source = parquet(texts_and_numbers(300), tmp_path)
        for _ in stop_after(monkeypatch, 2):
            with pytest.raises(Stopped):
                count_pairs(source, spill=tmp_path)
        parquet(texts_and_numbers(310, 5), tmp_path)
        with pytest.warns(SpillWarning, match="reading starts anew"):
            mine = count_pairs(source, spill=tmp_path)
        check_equal(mine, count_pairs(source))

    def test_another_kind_is_read_anew(self, tmp_path, monkeypatch):
        source = parquet(odd_types(300), tmp_path)
        for _ in stop_after(monkeypatch, 2):
            with pytest.raises(Stopped):
                count_pairs(source, spill=tmp_path)
        with pytest.warns(SpillWarning, match="other parameters"):
            mine = count_pairs(source, spill=tmp_path, columns={"when": "category"})
        check_equal(mine, count_pairs(source, columns={"when": "category"}))

    def test_other_bins_go_on_with_the_same_codes(self, tmp_path, monkeypatch):
        source = parquet(texts_and_numbers(300), tmp_path)
        for _ in stop_after(monkeypatch, 2):
            with pytest.raises(Stopped):
                count_pairs(source, spill=tmp_path)
        mine = count_pairs(source, spill=tmp_path, n_bins=4)
        check_equal(mine, count_pairs(source, n_bins=4))

    def test_a_reader_cannot_go_on(self, tmp_path, monkeypatch):
        table = texts_and_numbers(300)
        for _ in stop_after(monkeypatch, 1):
            with pytest.raises(Stopped):
                count_pairs(readers(50)(table, tmp_path), spill=tmp_path)
        assert not (tmp_path / FOLDER / "manifest.json").exists()
        check_equal(count_pairs(readers(50)(table, tmp_path), spill=tmp_path), count_pairs(table))


def test_nothing_stays_behind(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    source = parquet(texts_and_numbers(100), tmp_path)
    count_pairs(source)
    with pytest.raises(KeyError):
        count_pairs(source, columns={"none such": "category"})
    with pytest.raises(ValueError, match="is numeric, but it holds"):
        count_pairs(source, columns={"city": "numeric"})
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_full_disk_is_an_error_that_says_what_was_needed(tmp_path, monkeypatch):
    source = parquet(texts_and_numbers(280), tmp_path)
    add = spilled_column.SpilledColumn.add

    def full(self, cells, weights=None, first_row=0):
        if first_row >= 140:
            raise OSError(errno.ENOSPC, "No space left on device")
        add(self, cells, weights, first_row)

    monkeypatch.setattr(spilled_column.SpilledColumn, "add", full)
    with pytest.raises(SpillError, match=r"MB for 140 rows and needs about \d+ MB for all 280"):
        count_pairs(source, spill=tmp_path)


def test_a_disk_that_is_full_while_pairs_are_sorted(tmp_path, monkeypatch):
    source = parquet(texts_and_numbers(280), tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tiled, "dense_limit", lambda n_rows: 0)
    monkeypatch.setattr(SortedRuns, "_sort", full)
    with pytest.raises(SpillError, match="Name a folder on a larger disk with spill="):
        count_pairs(source, spill=tmp_path)


SCRIPT = """
import sys, warnings
warnings.simplefilter("ignore")
from cat2vec import count_pairs
from cat2vec.tables.sources import delimited
from cat2vec.tables.streams import spill
spill._BETWEEN, delimited._BLOCK = 0.0, 1 << 18
count_pairs(sys.argv[1], spill=sys.argv[2], n_jobs=2).save(sys.argv[3])
"""


@pytest.mark.slow
@pytest.mark.parametrize("form", [parquet, csv], ids=["parquet", "csv"])
def test_killed_runs_end_in_the_counts_of_an_undisturbed_one(form, tmp_path):
    rng = np.random.default_rng(0)
    source = form(pa.concat_tables([texts_and_numbers(30_000, n) for n in range(8)]), tmp_path)
    if form is parquet:
        pa.parquet.write_table(pa.parquet.read_table(source), source, row_group_size=2000)
    expected = count_pairs(source)
    where, out = tmp_path / "spill", tmp_path / "counts"
    command = [sys.executable, "-c", SCRIPT, source, where, out]
    reached = [0]
    for _ in range(N_KILLS):
        with subprocess.Popen(command) as run:
            while run.poll() is None and pieces_kept(where) <= reached[-1]:
                time.sleep(0.001)
            time.sleep(float(rng.uniform(0.0, 0.05)))
            run.kill()
        reached.append(pieces_kept(where))
    subprocess.run(command, check=True)
    assert reached[0] < reached[1]
    assert reached == sorted(reached)
    check_equal(PairCounts.load(out), expected)
    assert not (where / FOLDER).exists()


def pieces_kept(where):
    """Say how many pieces an interrupted run, or one that still runs, has finished."""
    try:
        return len(json.loads((where / FOLDER / "manifest.json").read_text())["pieces"])
    except FileNotFoundError:
        return 0


def test_files_of_others_in_a_spill_folder_stay(tmp_path):
    source = parquet(texts_and_numbers(100), tmp_path)
    where = tmp_path / "spill"
    notes = [where / FOLDER / "notes.txt", where / FOLDER / "older" / "c00000.codes"]
    notes[1].parent.mkdir(parents=True)
    for file in notes:
        file.write_text("mine")
    count_pairs(source, spill=where)
    assert sorted(p for p in where.rglob("*") if p.is_file()) == notes


def test_a_spill_folder_that_was_made_is_removed_again(tmp_path):
    source = parquet(texts_and_numbers(100), tmp_path)
    count_pairs(source, spill=tmp_path / "new" / "spill")
    assert not (tmp_path / "new").exists()
    (tmp_path / "kept").mkdir()
    count_pairs(source, spill=tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_spill_folder_that_cannot_be_made_is_an_error(below, tmp_path):
    source = parquet(texts_and_numbers(100), tmp_path)
    where = source / below if below else source
    with pytest.raises(SpillError, match=r"cannot be used for a spill: Not a directory\. Name"):
        count_pairs(source, spill=where)
