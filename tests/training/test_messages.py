"""Remarks of ``verbose=1`` are messages of the logger ``cat2vec``, and are seen without any."""

import io
import logging
import subprocess
import sys

import pytest

from cat2vec import Cat2Vec
from cat2vec.cli.main import main
from cat2vec.training.progress import LOGGER, Progress, say
from cat2vec.training.settings import Settings

TABLE = {"a": ["x", "y"] * 20, "b": ["u", "v"] * 20, "c": ["s", "t"] * 20}
NO_LOGGING = """
import logging
from cat2vec import Cat2Vec
Cat2Vec(2, verbose=1).fit({"a": ["x", "y"] * 9, "b": ["u", "v"] * 9})
assert all(isinstance(h, logging.NullHandler) for h in logging.getLogger("cat2vec").handlers)
assert not logging.getLogger().handlers
"""


def test_whoever_sets_up_no_logging_sees_the_remarks():
    command = [sys.executable, "-W", "ignore", "-c", NO_LOGGING]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert "cat2vec: what will be trained\ntable     18 rows, 2 columns\n" in done.stderr
    assert "cat2vec: solver counts: on one core counts would take" in done.stderr


def test_a_handler_gets_the_remarks_and_nothing_is_printed(caplog, capsys):
    with caplog.at_level(logging.INFO, logger="cat2vec"):
        Cat2Vec(2, verbose=1, min_count=2).fit(TABLE)
    said = [record.getMessage() for record in caplog.records if record.name == "cat2vec"]
    assert said[0].startswith("what will be trained\ntable     40 rows, 3 columns\n")
    assert any(sentence.startswith("solver counts: on one core") for sentence in said)
    assert {record.levelno for record in caplog.records if record.name == "cat2vec"} == {20}
    assert not any(sentence in capsys.readouterr().err for sentence in said)


def test_nothing_is_said_without_verbose(caplog, capsys):
    with caplog.at_level(logging.DEBUG, logger="cat2vec"):
        Cat2Vec(2).fit(TABLE)
    assert [record for record in caplog.records if record.name == "cat2vec"] == []
    assert capsys.readouterr().err == ""


@pytest.fixture
def logger():
    before = LOGGER.level, LOGGER.propagate, list(LOGGER.handlers)
    yield LOGGER
    LOGGER.setLevel(before[0])
    LOGGER.propagate = before[1]
    LOGGER.handlers[:] = before[2]


def test_a_level_above_info_silences_remarks(logger, capsys):
    logger.setLevel(logging.WARNING)
    say("not for me")
    assert capsys.readouterr().err == ""


def test_remarks_that_no_handler_takes_are_printed(logger, capsys):
    """Such as where another library set up logging of warnings alone."""
    handler = logging.StreamHandler(taken := io.StringIO())
    handler.setLevel(logging.WARNING)
    logger.addHandler(handler)
    logger.propagate = False
    logger.setLevel(logging.INFO)
    say("look here, 100%")
    assert (taken.getvalue(), capsys.readouterr().err) == ("", "cat2vec: look here, 100%\n")
    handler.setLevel(logging.INFO)
    say("look here, 100%")
    assert (taken.getvalue(), capsys.readouterr().err) == ("look here, 100%\n", "")


def test_the_command_line_shows_messages_and_leaves_the_logger_as_it_was(
    logger, tmp_path, monkeypatch, capsys, caplog
):
    monkeypatch.chdir(tmp_path)
    rows = "".join(f"{'xy'[i % 2]},{'uv'[i % 2]},one\n" for i in range(30))
    (tmp_path / "t.csv").write_text("a,b,c\n" + rows)
    before = logger.level, logger.propagate, list(logger.handlers)
    with caplog.at_level(logging.INFO):
        assert main(["train", "t.csv", "--out", "m", "--vector-size", "1", "--holdout", "0"]) == 0
    assert (logger.level, logger.propagate, logger.handlers) == before
    err = capsys.readouterr().err
    assert "cat2vec: solver counts: on one core" in err
    assert "cat2vec warning: feature 'c' has fewer than two categories" in err
    assert err.count("fewer than two categories") == 1
    assert [record for record in caplog.records if record.name == "cat2vec"] == []


def test_how_far_training_is_is_told_once_for_each_sweep(capsys):
    with Progress(Settings(solver="counts", max_sweeps=5)) as shown:
        for done in (1, 2, 3):
            shown.advance(done, 0.5)
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("cat2vec counts: 3 of 5 sweeps, loss 0.50000 nats/pair")
