"""Folders and files appear whole: killed in between, two at once, on a full disk."""

import errno
import multiprocessing
import os
import re
import shutil
import signal
import threading
from pathlib import Path

import pytest

from cat2vec import Cat2Vec, PairCounts, load
from cat2vec.errors import DiskFullError, ParameterError
from cat2vec.storage import files
from cat2vec.storage.files import (
    COMMIT,
    PASSING,
    check_output_file,
    locked,
    placed,
    placed_in,
)
from tests.interruptions import interrupted_at

TABLE = {"a": ["x", "y"] * 20, "b": ["u", "v"] * 20}


def killed_at(n_files, save):
    """Kill a process when it has put so many files, or folders, in place; say if it was."""

    def run():
        replaced, replace = [], os.replace

        def counted(*paths):
            if len(replaced) == n_files:
                os.kill(os.getpid(), signal.SIGKILL)
            replaced.append(paths)
            replace(*paths)

        os.replace = counted
        save()
        os._exit(0)

    process = multiprocessing.get_context("fork").Process(target=run)
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


@pytest.fixture(scope="module")
def models():
    return Cat2Vec(1, n_jobs=1).partial_fit(TABLE), Cat2Vec(2, n_jobs=1).partial_fit(TABLE)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")
@pytest.mark.parametrize("over", ["nothing", "a model"])
def test_a_save_that_is_killed_leaves_the_old_model_or_the_new_one(over, models, tmp_path):
    old, new = models
    sizes = []
    for n_files in range(9):
        folder = tmp_path / str(n_files)
        if over == "a model":
            old.save(folder)
        if not killed_at(n_files, lambda folder=folder: new.save(folder)):
            break
        if n_files == 0 and over == "nothing":
            assert not (folder / "model.json").exists()
        else:
            sizes.append(load(folder).vectors_.vector_size)
            assert load(folder).counts_.n_rows == 40
        new.save(folder)
        assert load(folder).vectors_.vector_size == 2
        assert sorted(os.listdir(folder)) == ["counts", "model.json", "vectors.safetensors"]
        assert len(os.listdir(folder / "counts")) == 2
    assert n_files == 5  # the folder, and four files out of it
    assert sizes == ([2] * 4 if over == "nothing" else [1, 2, 2, 2, 2])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked here")
def test_counts_that_are_killed_are_old_or_new(tmp_path, models):
    counts = models[0].counts_
    for n_files in range(3):
        (counts + counts).save(tmp_path)
        assert killed_at(n_files, lambda: counts.save(tmp_path))
        assert PairCounts.load(tmp_path).n_rows == (80 if n_files == 0 else 40)


@pytest.mark.parametrize("stopped_at", range(1, 6))
def test_an_interrupt_after_the_decision_comes_too_late(stopped_at, models, tmp_path, monkeypatch):
    old, new = models
    old.save(tmp_path / "model")
    with interrupted_at(monkeypatch, stopped_at):
        new.save(tmp_path / "model")
    assert load(tmp_path / "model").vectors_.vector_size == (1 if stopped_at == 1 else 2)
    assert not list(tmp_path.rglob(f"{PASSING}*"))


def test_what_dead_processes_left_goes_and_what_others_write_stays(tmp_path):
    dead = tmp_path / f"{PASSING}dead"
    (dead / "inside").mkdir(parents=True)
    with placed(tmp_path / "a.txt") as one, placed(tmp_path / "b.txt") as other:
        assert not dead.exists()
        one.write_text("a")
        other.write_text("b")
    assert sorted(os.listdir(tmp_path)) == ["a.txt", "b.txt"]


def test_folders_that_were_made_go_again_if_nothing_came_of_them(tmp_path):
    for writing in (placed(tmp_path / "new/er/a.txt"), placed_in(tmp_path / "new/er")):
        with pytest.raises(KeyboardInterrupt), writing:
            raise KeyboardInterrupt
        assert os.listdir(tmp_path) == []


def test_a_full_disk_is_told_whoever_says_so(tmp_path):
    def write() -> None:
        with placed(tmp_path / "x") as file:
            file.write_bytes(bytes(3_000_000))
            raise RuntimeError("could not write: No space left on device")

    with pytest.raises(
        DiskFullError, match=r"no room left for '.*x' \(No space left on device\): "
    ):
        write()
    with pytest.raises(RuntimeError, match="another"), placed(tmp_path / "x"):
        raise RuntimeError("another")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_no_room_on_a_disk_of_a_user_or_in_a_file_is_told_in_one_sentence(number, tmp_path):
    told = pytest.raises(DiskFullError, match=re.escape(os.strerror(number)))
    with told as caught, placed(tmp_path / "x"):
        raise OSError(number, os.strerror(number))
    assert repr(str(tmp_path / "x")) in str(caught.value)
    assert PASSING not in str(caught.value)


@pytest.mark.skipif(files.fcntl is None, reason="this system has no locks of folders")
def test_a_folder_is_not_read_while_its_files_are_put_in_place(models, tmp_path):
    models[0].save(tmp_path)
    read = []
    reader = threading.Thread(target=lambda: read.append(load(tmp_path).vectors_.vector_size))
    with locked(tmp_path):
        reader.start()
        reader.join(0.5)
        assert reader.is_alive()
    reader.join(30)
    assert read == [1]


def test_an_ending_is_asked_for_as_it_is_written():
    with pytest.raises(ParameterError, match=r"must end in \.parquet or \.csv, got 'x\.PARQUET'"):
        check_output_file(Path("x.PARQUET"), False, ".parquet", ".csv")


def test_without_locks_files_are_written_all_the_same(models, tmp_path, monkeypatch):
    monkeypatch.setattr(files, "fcntl", None)
    models[0].save(tmp_path)
    models[1].save(tmp_path)
    assert load(tmp_path).vectors_.vector_size == 2


def test_a_decided_save_is_finished_by_the_next_reader(models, tmp_path):
    models[0].save(tmp_path / "model")
    models[1].save(tmp_path / "new")
    shutil.move(tmp_path / "new", tmp_path / "model" / COMMIT)
    assert load(tmp_path / "model").vectors_.vector_size == 2
    assert not (tmp_path / "model" / COMMIT).exists()
