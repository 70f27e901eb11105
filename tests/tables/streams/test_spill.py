"""What is kept on disk while a table is counted: gone on with after a kill, and taken away."""

import errno
import json
import os
import subprocess
import sys

import pyarrow as pa
import pytest

from benchmarks import kills
from cat2vec import MultiValued, count_pairs
from cat2vec.counting import tiled
from cat2vec.errors import SpillError
from cat2vec.tables.sources import delimited
from cat2vec.tables.streams import manifest, spilled_column
from cat2vec.tables.streams import spill_folder as spill_folder_module
from cat2vec.tables.streams.runs import SortedRuns
from cat2vec.tables.streams.spill_folder import spill_folder
from tests.tables.streams.made_streams import (
    csv,
    folder_of_parquet,
    in_batches,
    json_lines,
    odd_types,
    parquet,
    readers,
    several_csv,
    texts_and_numbers,
)
from tests.tables.streams.test_equal_counts import check_equal

FOLDER = "cat2vec-spill"
pytestmark = [
    pytest.mark.filterwarnings("ignore::cat2vec.errors.BinnedNumbersWarning"),
    pytest.mark.filterwarnings("ignore::cat2vec.errors.IdentifierWarning"),
]


class Stopped(Exception):
    pass


@pytest.fixture
def every_piece_is_kept(monkeypatch):
    monkeypatch.setattr(manifest, "_BETWEEN", 0.0)
    monkeypatch.setattr(manifest, "_TIMES", 0.0)


def stop_after(monkeypatch, n_pieces):
    """Stop reading after so many pieces, as a kill does: nothing is tidied up."""
    keep = manifest.Manifest.keep
    done = []

    def keep_and_stop(self, *arguments, **how):
        keep(self, *arguments, **how)
        done.append(1)
        if len(done) == n_pieces:
            raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(manifest.Manifest, "keep", keep_and_stop)
        yield


def contents(folder):
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def made(folder):
    folder.mkdir()
    return folder


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

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda f: parquet(texts_and_numbers(310, 5), f), r"'.*t.parquet' had .* bytes and"),
            (lambda f: os.utime(f / "t.parquet", (1, 1)), "'.*t.parquet' was written again since"),
            (lambda f: {"path": parquet(texts_and_numbers(300), made(f / "b"))},
             "b/t.parquet' was not among those of that run"),
            (lambda f: {"features": ["city", "n"]}, "column 'rare' was read and is not among"),
            (lambda f: {"columns": {"day": MultiValued()}}, "'day' is read as another kind"),
            (lambda f: {"path": in_batches(texts_and_numbers(300), 50)}, "can be read only once"),
            (lambda f: {"sample_weight": [1.0] * 300}, "or has weights"),
        ],
        ids=["size", "time", "file", "columns", "kind", "reader", "weights"],
    )  # fmt: skip
    def test_another_table_is_refused(self, change, sentence, tmp_path, monkeypatch):
        source = parquet(texts_and_numbers(300), tmp_path)
        for _ in stop_after(monkeypatch, 2):
            with pytest.raises(Stopped):
                count_pairs(source, spill=tmp_path)
        left = contents(tmp_path / FOLDER)
        changed = change(tmp_path)
        how = {"path": source, **(changed if isinstance(changed, dict) else {})}
        with pytest.raises(SpillError, match=sentence) as caught:
            count_pairs(how.pop("path"), spill=tmp_path, **how)
        assert "To go on with that run, give what it was given; to begin anew, remove" in str(
            caught.value
        )
        assert contents(tmp_path / FOLDER) == left

    def test_other_options_of_csv_are_refused(self, tmp_path, monkeypatch):
        source = csv(texts_and_numbers(300), tmp_path)
        for _ in stop_after(monkeypatch, 1):
            with pytest.raises(Stopped):
                count_pairs(source, spill=tmp_path)
        with pytest.raises(SpillError, match="on_bad_line was 'error' and is 'skip'"):
            count_pairs(source, spill=tmp_path, on_bad_line="skip")

    @pytest.mark.parametrize("ending", [".codes", ".values", ".json"])
    def test_what_is_damaged_is_refused(self, ending, tmp_path, monkeypatch):
        source = parquet(texts_and_numbers(300), tmp_path)
        for _ in stop_after(monkeypatch, 2):
            with pytest.raises(Stopped):
                count_pairs(source, spill=tmp_path)
        cut = sorted(file for file in (tmp_path / FOLDER).iterdir() if file.suffix == ending)[0]
        os.truncate(cut, 5)
        with pytest.raises(SpillError, match=rf"its file '{cut.name}' is missing, cut or damaged"):
            count_pairs(source, spill=tmp_path)

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


@pytest.mark.parametrize("form", [parquet, csv, readers(20_000)], ids=["parquet", "csv", "reader"])
def test_a_full_disk_is_an_error_that_says_what_was_needed(form, full_disk, tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "_BLOCK", 1 << 18)
    source = form(pa.concat_tables([texts_and_numbers(30_000, n) for n in range(8)]), tmp_path)
    needed = r"needs about [234]\.\d MB for all of it" if form in (parquet, csv) else "needed more"
    said = r"no room left in .* \(No space left on device\): .*, which took \d.* so far and "
    with pytest.raises(SpillError, match=rf"{said}{needed}\. Name a folder on a larger disk"):
        count_pairs(source, spill=full_disk)


def test_what_a_full_disk_stopped_goes_on_elsewhere(full_disk, tmp_path):
    source = parquet(pa.concat_tables([texts_and_numbers(30_000, n) for n in range(8)]), tmp_path)
    with pytest.raises(SpillError, match="no room left"):
        count_pairs(source, spill=full_disk)
    subprocess.run(["mount", "-o", "remount,size=9m", str(full_disk)], check=True)
    check_equal(count_pairs(source, spill=full_disk), count_pairs(source))


def test_a_file_that_may_not_grow_is_a_full_disk(tmp_path):
    source = parquet(pa.concat_tables([texts_and_numbers(30_000, n) for n in range(8)]), tmp_path)
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
        "from cat2vec import count_pairs; count_pairs(sys.argv[1], spill=sys.argv[2])"
    )
    command = [sys.executable, "-c", code, str(source), str(tmp_path / "spill")]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "SpillError: no room left in" in run.stderr
    assert "(File too large)" in run.stderr


def test_a_disk_that_is_full_while_pairs_are_sorted(tmp_path, monkeypatch):
    source = parquet(texts_and_numbers(280), tmp_path)

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tiled, "dense_limit", lambda n_rows: 0)
    monkeypatch.setattr(SortedRuns, "_sort", full)
    with pytest.raises(SpillError, match="Name a folder on a larger disk with spill="):
        count_pairs(source, spill=tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("form", kills.FORMS)
def test_killed_runs_end_in_the_counts_of_an_undisturbed_one(form, tmp_path):
    found = list(kills.trials(form, tmp_path, n_kills=5, n_rows=200_000))
    assert [one["equal"] for one in found] == [True] * 5
    assert max(one["pieces_kept"] for one in found) > 0


def test_two_runs_in_one_folder_are_refused(tmp_path):
    source = parquet(texts_and_numbers(100), tmp_path)
    with spill_folder(tmp_path), pytest.raises(SpillError, match="is used by another run that has"):
        count_pairs(source, spill=tmp_path)
    count_pairs(source, spill=tmp_path)


def test_a_folder_with_files_of_others_under_our_names_is_refused(tmp_path):
    source = parquet(texts_and_numbers(100), tmp_path)
    theirs = made(tmp_path / FOLDER) / "c00000.codes"
    theirs.write_text("mine")
    with pytest.raises(SpillError, match=r"holds 'c00000.codes', and nothing says that a spill wr"):
        count_pairs(source, spill=tmp_path)
    assert theirs.read_text() == "mine"


def test_a_folder_that_cannot_be_written_into_is_an_error(full_disk, tmp_path):
    source = parquet(texts_and_numbers(100), tmp_path)
    made(full_disk / FOLDER)
    subprocess.run(["mount", "-o", "remount,ro", str(full_disk)], check=True)
    with pytest.raises(SpillError, match=r"cannot be used for a spill: Read-only file system\. Na"):
        count_pairs(source, spill=full_disk)


def test_a_folder_of_another_user_is_an_error(tmp_path, monkeypatch):
    source = parquet(texts_and_numbers(100), tmp_path)

    def refused(path, *how):
        if FOLDER in str(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return open(path, *how)

    monkeypatch.setattr(spill_folder_module, "open", refused, raising=False)
    with pytest.raises(SpillError, match=r"cannot be used for a spill: Permission denied\. Name a"):
        count_pairs(source, spill=tmp_path)
    monkeypatch.setattr(spilled_column, "open", refused, raising=False)
    monkeypatch.setattr(spill_folder_module, "open", open, raising=False)
    with pytest.raises(SpillError, match=r"cannot be used for a spill: Permission denied\. Name a"):
        count_pairs(source, spill=tmp_path)


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
