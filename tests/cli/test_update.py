"""The daily job on the command line: update, count and moves do what the library does."""

from __future__ import annotations

import copy
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from gensim.models import KeyedVectors

import cat2vec.cli.update
from cat2vec import Cat2Vec, PairCounts, load
from cat2vec.cli.main import main
from tests.counting.test_weights import assert_same_counts
from tests.inspection.test_moves import groups_table

OLD = {"n_features": 3}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with rows of three days, of which the second swaps two categories, and a model."""
    folder = tmp_path_factory.mktemp("daily")
    rng = np.random.default_rng(0)
    days = [groups_table(rng, 6_000, **OLD), groups_table(rng, 2_000, swapped=0, **OLD)]
    days.append(groups_table(rng, 1_000, **OLD))
    days[1]["f1"][:40] = ["new"] * 40
    for day, table in enumerate(days):
        frame = pd.DataFrame(table)
        frame["size"] = np.where(frame["f0"].str[1].astype(int) < 2, 1.5, 80.25) + rng.random()
        frame["size"] += rng.normal(size=len(frame)).round(2)
        frame.to_csv(folder / f"day{day}.csv", index=False)
        frame.to_parquet(folder / f"day{day}.parquet")
    model = str(folder / "model0")
    words = ["--vector-size", "6", "--quiet", "--updatable"]
    assert main(["train", str(folder / "day0.csv"), "--out", model, *words]) == 0
    return folder


@pytest.fixture
def here(made, tmp_path, monkeypatch):
    """A folder of one's own in which the model and the days can be reached by name."""
    for name in os.listdir(made):
        (tmp_path / name).symlink_to(made / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(capsys, *words):
    assert main(list(words)) == 0, capsys.readouterr().err
    return capsys.readouterr().out


def refused(capsys, *words):
    assert main(list(words)) == 2
    return capsys.readouterr().err


def assert_same_model(left, right):
    for name in ("matrix", "center", "context"):
        np.testing.assert_array_equal(
            getattr(left.vectors_, name), getattr(right.vectors_, name), name
        )
    assert_same_counts(left.counts_, right.counts_)
    assert left._updates == right._updates


def test_train_keeps_all_counts_and_vectors_are_those_of_partial_fit(here):
    model = load("model0")
    other = Cat2Vec(6, solver="counts").partial_fit(pd.read_csv("day0.csv"))
    assert_same_model(model, other)
    assert model.solver == "counts"


@pytest.mark.parametrize("decay", [None, "1", "0.9", "0"])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_update_is_partial_fit_through_files(here, capsys, decay, ending):
    words = [] if decay is None else ["--decay", decay]
    update = ["update", "model0", f"day1.{ending}", "--out", "model1", *words]
    out = printed(capsys, *update)
    expected = load("model0")
    earlier = copy.copy(expected)
    expected.partial_fit(pd.read_csv("day1.csv"), decay=float(decay or 1))
    assert_same_model(load("model1"), expected)
    assert_same_model(load("model0"), earlier)  # which stays beside the new one
    lines = out.splitlines()
    times = "" if decay in (None, "1") else f" times {decay}"
    times += ", half after 6.6 updates" if decay == "0.9" else ""
    assert lines[0] == f"rows      2,000 new, beside 6,000 of before{times}"
    assert lines[1] == ("written   model1 (model), model1/vectors.kv (gensim) and model1/moves.csv")
    assert lines[2].startswith("moves     2 moved, 1 appeared, ")
    assert lines[3].split()[:4] == ["feature", "category", "rows_before", "rows"]
    assert {tuple(line.split()[:2]) for line in lines[4:6]} == {("f0", "g0_0"), ("f0", "g1_0")}
    assert lines[6].split() == ["f1", "new", "0", "40", "appeared"]
    keyed = KeyedVectors.load("model1/vectors.kv")
    new = load("model1").vectors_["f1"].loc["new"]
    np.testing.assert_array_equal(keyed["f1=new"], new)
    listed = pd.read_csv("model1/moves.csv")
    found = expected.moves(earlier, n=None)
    assert listed["category"].tolist() == found["category"].tolist()
    pd.testing.assert_frame_equal(
        listed.drop(columns="category"), found.drop(columns="category"), check_dtype=False
    )


def test_counts_of_days_are_files_that_add_up_to_the_same_model(here, capsys):
    out = printed(capsys, "count", "model0", "day1.csv", "--out", "counts1")
    assert out.startswith("written   counts1: 2,000 rows, ")
    printed(capsys, "count", "model0", "day2.parquet", "--out", "counts2")
    printed(capsys, "update", "model0", "counts1", "counts2", "--out", "both", "--quiet")
    days = PairCounts.load("counts1") + PairCounts.load("counts2")
    assert_same_model(load("both"), load("model0").partial_fit(days))
    rows = pd.concat([pd.read_csv("day1.csv"), pd.read_csv("day2.csv")])
    assert_same_model(load("both"), load("model0").partial_fit(rows))
    assert os.listdir("both/counts")
    # the vocabulary of the second day is its own: a category it did not have is not in it
    assert "f1=new" in PairCounts.load("counts1").vocabulary.texts()
    assert "f1=new" not in PairCounts.load("counts2").vocabulary.texts()
    # a window: only these days count, and the vectors are turned to those of before
    printed(capsys, "update", "model0", "counts1", "counts2", "--out", "window", "--decay", "0")
    assert_same_counts(load("window").counts_, days)


def test_moves_are_printed_for_any_two_models(here, capsys):
    printed(capsys, "update", "model0", "day1.csv", "--out", "model1", "--quiet")
    printed(capsys, "update", "model1", "day2.csv", "--out", "model2", "--quiet")
    out = printed(capsys, "moves", "model2", "model0", "-n", "1")
    found = load("model2").moves(load("model0"), n=None)
    n = found["status"].value_counts()
    lines = out.splitlines()
    assert lines[0] == (
        f"moves     {n['moved']} moved, {n['appeared']} appeared, {n['unchanged']} unchanged"
    )
    assert [line.split()[-1] for line in lines[2:]] == ["moved", "appeared", "unchanged"]
    back = printed(capsys, "moves", "model0", "model2")
    assert "f1" in back
    assert "1 lost support" in back


def test_the_old_model_is_replaced_only_where_overwrite_says_so(here, capsys):
    printed(capsys, "update", "model0", "day1.csv", "--out", "model1", "--quiet")
    for out in ("model0", "model1"):
        said = refused(capsys, "update", "model1", "day2.csv", "--out", out)
        assert f"'{out}' exists and holds a cat2vec model, which would be replaced." in said
        assert "--overwrite" in said
    words = ["update", "model1", "day2.csv", "--out", "model1", "--overwrite", "--quiet"]
    assert printed(capsys, *words) == ""
    assert load("model1").counts_.n_rows == 9_000
    assert pd.read_csv("model1/moves.csv")["rows"].max() > 0


def test_moves_of_a_replaced_model_go_and_other_files_stay(here, capsys):
    printed(capsys, "update", "model0", "day1.csv", "--out", "model1", "--quiet")
    train = ["train", "day0.csv", "--out", "model1", "--overwrite", "--quiet", "--vector-size", "2"]
    printed(capsys, *train)
    assert not os.path.exists("model1/moves.csv")
    with open("model1/moves.csv", "w") as file:
        file.write("mine\n")
    printed(capsys, *train)
    assert os.path.exists("model1/moves.csv")


def test_what_cannot_be_updated_says_what_to_do(here, capsys):
    train = ["train", "day0.csv", "--out", "plain", "--quiet", "--vector-size", "2"]
    printed(capsys, *train)
    for command in ("update", "count"):
        said = refused(capsys, command, "plain", "day1.csv", "--out", "x")
        assert "trained without --updatable" in said
        assert "Train it again with --updatable." in said
    train[3] = "other"
    said = refused(capsys, *train, "--updatable", "--solver", "rows")
    assert "--solver rows learns from rows. Use --solver counts" in said
    assert not os.path.exists("other")


def test_wrong_input_is_one_sentence_and_nothing_is_written(here, capsys):
    printed(capsys, "count", "model0", "day1.csv", "--out", "counts1")
    pd.read_csv("day1.csv").drop(columns="f2").to_csv("narrow.csv", index=False)
    pd.read_csv("day1.csv").assign(size="big").to_csv("words.csv", index=False)
    Cat2Vec(2).partial_fit({"a": ["x", "y"] * 9, "b": ["u", "v"] * 9}).counts_.save("others")
    cases = [
        (["day1.csv", "--decay", "1.5"], "--decay must be a number from 0 to 1"),
        (["day1.csv", "--decay", "half"], "--decay must be a number from 0 to 1"),
        (["day1.csv", "-n", "0"], "-n must be an integer of at least 1"),
        (["day1.csv", "counts1"], "'counts1' holds counts and 'day1.csv' does not"),
        (["counts1", "gone"], "'counts1' holds counts and there is no 'gone'"),
        (["nowhere.csv"], "nowhere.csv"),
        (["narrow.csv"], "no feature 'f2' in this table"),
        (["words.csv"], "was a column of numbers in fit"),
        (["others"], "pair counts of different features cannot be added"),
    ]
    for words, sentence in cases:
        said = refused(capsys, "update", "model0", *words, "--out", "x")
        assert sentence in said
        assert said.count("\n") == 1
        assert not os.path.exists("x")
    assert "no model folder 'gone'" in refused(capsys, "moves", "gone", "model0")
    assert "holds other things" in refused(capsys, "count", "model0", "day1.csv", "--out", ".")


def test_a_real_process_updates_from_a_pipe_and_remembers_how_the_file_was_read(tmp_path):
    first, second = (groups_table(np.random.default_rng(s), 600, **OLD) for s in (1, 2))
    for name, table in (("first", first), ("second", second)):
        pd.DataFrame(table).replace("g0_0", "?").to_csv(tmp_path / name, sep=";", index=False)

    def run(*words, **more):
        command = [sys.executable, "-m", "cat2vec", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, **more)
        assert done.returncode == 0, done.stderr
        return done.stdout

    words = ["--delimiter", ";", "--missing-values", "?", "--vector-size", "4", "--quiet"]
    run("train", "first", "--out", "model0", "--updatable", *words)
    text = (tmp_path / "second").read_text()
    out = run("update", "model0", "-", "--out", "model1", "--decay", "0.977", input=text)
    assert "600 new, beside 600 of before times 0.977, half after 29.8 updates" in out
    assert "?" not in load(tmp_path / "model1").vectors_["f0"].index
    assert run("info", "model1").startswith("model     model1: 1,186.2 rows, ")


@pytest.mark.parametrize(
    ("step", "said"),
    [("with_more_rows", "interrupted and nothing was written"),
     ("save_estimator", "interrupted while writing; run it again with --overwrite")],
)  # fmt: skip
def test_ctrl_c_leaves_the_old_model_and_says_how_far_it_came(
    here, capsys, monkeypatch, step, said
):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    before = {path: path.read_bytes() for path in here.glob("model0/*.*")}
    monkeypatch.setattr(cat2vec.cli.update, step, interrupted)
    assert main(["update", "model0", "day1.csv", "--out", "model1", "--quiet"]) == 130
    assert capsys.readouterr().err == f"cat2vec update: {said}.\n"
    assert {path: path.read_bytes() for path in here.glob("model0/*.*")} == before
    assert not os.path.exists("model1")
