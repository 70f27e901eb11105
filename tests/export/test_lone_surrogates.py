r"""Half a character, ``"\udc80"``, in categories and names: text in Python, and nothing in UTF-8.

Folders and formats with escapes hold it as it is; tables and pages have its number in its place.
"""

import json
import urllib.parse

import duckdb
import numpy as np
import pyarrow.csv
import pyarrow.parquet
import pytest
from gensim.models import KeyedVectors

from cat2vec import Cat2Vec, PairCounts, load
from cat2vec.cli.main import main

NAME, HALF, SPLIT = "na\udc80me", "Os\udc80lo", "\ud83d\ude00"
SHOWN = r"Os\udc80lo"
pytestmark = pytest.mark.filterwarnings("ignore::cat2vec.errors.Cat2VecWarning")


@pytest.fixture(scope="module")
def model():
    table = {NAME: [HALF, "Rome", SPLIT, "😀"] * 30, "food": ["cod", "pasta", "a", "b"] * 30}
    return Cat2Vec(2, solver="counts").partial_fit(table)


@pytest.fixture
def here(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model.save("model")
    return tmp_path


def exported(kind, name):
    assert main(["export", "model", "--to", kind, "--out", name]) == 0
    return name


def test_folders_hold_them_as_they_are(model, here):
    again = load("model")
    found = again.vocabulary_.categories[0].tolist()
    assert found == model.vocabulary_.categories[0].tolist()
    assert {HALF, SPLIT, "😀"} < set(found)  # two halves are not the letter that they would be
    assert again.vocabulary_.features == (NAME, "food")
    np.testing.assert_array_equal(again.vectors_.matrix, model.vectors_.matrix)
    model.counts_.save("counts")
    assert PairCounts.load("counts").vocabulary.texts() == model.counts_.vocabulary.texts()


@pytest.mark.parametrize("kind", ["parquet", "csv", "atlas", "duckdb"])
def test_tables_have_their_number(kind, here):
    if kind == "csv":
        found = pyarrow.csv.read_csv(exported(kind, "x.csv"))
    elif kind == "duckdb":
        with duckdb.connect(exported(kind, "x.duckdb"), read_only=True) as connection:
            found = connection.sql("SELECT * FROM vectors").to_arrow_table()
    else:
        found = pyarrow.parquet.read_table(exported(kind, "x.parquet"))
    assert set(found["feature"].to_pylist()) == {r"na\udc80me", "food"}
    texts = found["text" if kind == "atlas" else "category"].to_pylist()
    assert {SHOWN, "Rome", r"\ud83d\ude00", "😀"} < set(texts)


def test_formats_with_escapes_hold_them(here):
    keys = KeyedVectors.load(exported("keyedvectors", "x.kv")).key_to_index
    assert {f"{NAME}={HALF}", f"{NAME}={SPLIT}", f"{NAME}=😀"} < set(keys)
    keyed = KeyedVectors.load_word2vec_format(exported("word2vec", "x.txt"))
    read = {urllib.parse.unquote(key, errors="surrogatepass") for key in keyed.key_to_index}
    assert read == set(keys)
    with open(exported("projector", "x.tsv").replace(".tsv", ".metadata.tsv")) as words:
        assert SHOWN in words.read()


def test_torch_holds_them(here):
    torch = pytest.importorskip("torch", reason="torch is optional and not installed")
    found = torch.load(exported("torch", "x.pt"), weights_only=True)
    assert HALF in found[NAME]["categories"]


def test_pages_reports_and_moves_are_written(model, here):
    assert main(["explore", "model", "--out", "x.html"]) == 0
    assert r"Os\udc80lo" in (here / "x.html").read_text("utf-8")
    report = model.report({NAME: [HALF, "Rome"] * 20, "food": ["cod", "pasta"] * 20})
    assert json.loads(report.to_json())
    (here / "day.csv").write_text("food\ncod\npasta\n" * 9)
    model.counts_.save("day")
    assert main(["update", "model", "day", "--out", "next", "--quiet"]) == 0
    assert NAME.encode("utf-8", "backslashreplace") in (here / "next/moves.csv").read_bytes()
    assert main(["nearest", "next", "food", "cod"]) == 0
