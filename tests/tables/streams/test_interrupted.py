"""Ctrl-C while a big CSV is counted ends the run and aborts no interpreter."""

import signal
import subprocess
import sys
import threading
import time
from unittest.mock import Mock

import pytest

from cat2vec import count_pairs
from cat2vec.tables.sources import delimited
from cat2vec.tables.sources.csv_options import CsvOptions
from cat2vec.tables.sources.paths import find_source
from cat2vec.tables.streams import spill

#: How often a run is interrupted, a little later each time.
N_TIMES = 8
RUN = """
import sys
import threading
from cat2vec import count_pairs
print("ready", flush=True)
count_pairs(sys.argv[1], n_jobs=2)
"""


@pytest.mark.slow
def test_an_interrupted_run_ends_as_others_do(tmp_path):
    block = "".join(f"town{i % 997},{i % 31} cooks,{i % 13} rooms\n" for i in range(200_000))
    with open(tmp_path / "big.csv", "w") as file:
        file.write("town,job,rooms\n")
        for _ in range(40):
            file.write(block)
    for time_ in range(N_TIMES):
        command = [sys.executable, "-c", RUN, str(tmp_path / "big.csv")]
        run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert run.stdout.readline() == b"ready\n"
        time.sleep(0.1 + 0.1 * time_)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
        assert run.returncode in (-signal.SIGINT, 1), said.decode()
        assert b"terminate called" not in said
        assert b"KeyboardInterrupt" in said


def test_nothing_is_read_any_more_when_reading_ends_early(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "_BLOCK", 1 << 10)
    (tmp_path / "t.csv").write_text("town,job\n" + "Oslo,cook\n" * 100_000)
    n_reads = []
    read = delimited._Passing.read

    def slow_read(passing, n_bytes=-1):
        time.sleep(0.001)
        block = read(passing, n_bytes)
        n_reads.append(len(block))
        return block

    monkeypatch.setattr(delimited._Passing, "read", slow_read)
    options = CsvOptions(delimiter=",")
    (part,) = find_source(tmp_path / "t.csv").parts
    batches = delimited.text_batches(part, ["town", "job"], options)
    assert next(batches).num_rows
    batches.close()
    n_when_closed = len(n_reads)
    time.sleep(0.3)
    assert len(n_reads) == n_when_closed
    assert sum(n_reads) < 100_000


def test_reading_ends_where_counting_is_interrupted(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text("town,job\n" + "Oslo,cook\n" * 100)
    ended = []
    stop = delimited._Passing.stop
    monkeypatch.setattr(
        delimited._Passing, "stop", lambda passing: (stop(passing), ended.append(passing))
    )
    monkeypatch.setattr(spill, "_all_done", Mock(side_effect=KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt) as caught:
        count_pairs(tmp_path / "t.csv")
    assert ended
    assert caught.tb is not None  # what was raised still holds all frames


def test_a_thread_that_reads_after_an_interrupt_is_waited_for_before_the_interpreter_ends(
    tmp_path, monkeypatch
):
    """A thread of Arrow that comes to read when the interpreter ends would abort it."""
    (tmp_path / "t.csv").write_text("town,job\n" + "Oslo,cook\n" * 100)
    read = []

    def opened(file, **how):
        def late():
            time.sleep(0.05)
            read.append(file.read(10))

        threading.Thread(target=late).start()
        raise KeyboardInterrupt

    monkeypatch.setattr(delimited.pyarrow.csv, "open_csv", opened)
    options = CsvOptions(delimiter=",")
    (part,) = find_source(tmp_path / "t.csv").parts
    with pytest.raises(KeyboardInterrupt):
        next(delimited.text_batches(part, ["town", "job"], options))
    delimited._let_threads_end()  # which runs when the interpreter ends
    assert read == [b""]
