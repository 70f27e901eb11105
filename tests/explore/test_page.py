"""The page as a file: what it holds, what it says of bad input, and how it is built."""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import cat2vec
from cat2vec import Cat2Vec
from cat2vec.cli.main import main
from cat2vec.errors import NoSignalWarning, OutputExistsError, ParameterError
from cat2vec.estimator import estimator
from cat2vec.explore.data import page_data, shown_tokens
from cat2vec.explore.page import Exploration, _built_page
from cat2vec.inspection.report import Report
from tests.explore.made_pages import FEATURE, HOSTILE, hostile_model, planted_model, planted_table
from tests.interruptions import interrupted_at
from tests.made_vectors import made_by_hand

WEB = Path(cat2vec.__file__).parent / "explore" / "web"


@pytest.fixture(scope="module")
def model():
    return planted_model()


def data_of(page):
    """Read the data of a page as its script does."""
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    return json.loads(text)


def array_of(data, name, *shape):
    numbers = np.frombuffer(base64.b64decode(data["arrays"][name]), "<f4")
    return numbers.reshape(shape)


def trained_like(made):
    """Give vectors made by hand the settings that trained ones have."""
    settings = {"vector_size": 3, "solver": "counts", "negative": 5.0, "ns_exponent": 0.75}
    return replace(made, settings={**settings, "regularization": 10.0})


def test_the_page_holds_the_vectors_and_what_python_says_of_them(model):
    data = data_of(model.explore().to_html())
    vocabulary, vectors = model.vocabulary_, model.vectors_
    assert [f"{data['features'][0]['name']}={data['categories'][0]}"] == vocabulary.texts()[:1]
    assert data["rows"] == vocabulary.counts.tolist()
    assert [feature["n"] for feature in data["features"]] == np.diff(vocabulary.offsets).tolist()
    matrix = array_of(data, "matrix", vocabulary.n_tokens, 6)
    np.testing.assert_array_equal(matrix, vectors.matrix)
    places = array_of(data, "inside", vocabulary.n_tokens, 2)
    together = array_of(data, "together", vocabulary.n_tokens, 2).astype(np.float64)
    own = matrix - np.average(matrix, axis=0, weights=vocabulary.shares)
    squares = [vocabulary.shares @ np.square(one).sum(axis=1) for one in (together, own)]
    assert data["kept_together"] == pytest.approx(squares[0] / squares[1], rel=1e-4)
    assert 0.1 < data["kept_together"] < 0.9
    dish = vocabulary.tokens_of("dish")
    np.testing.assert_allclose(places[dish], vectors.reduce("dish", 2), atol=1e-6)
    found = model.clusters("dish").set_index("category")["cluster"]
    of_page = dict(zip(data["categories"][dish], data["clusters"][dish], strict=True))
    assert of_page == found.to_dict()
    first = data["associations"]["rows"][0]
    counts = model.cells_.counts
    assert first[:2] == cat2vec.inspection.associations(counts).iloc[0, :2].tolist()
    assert data["note"] is None


def test_associations_are_those_of_any_counts_that_a_model_keeps():
    table = planted_table(300)
    found = {
        name: data_of(model.explore().to_html())["associations"]
        for name, model in {
            "fit": Cat2Vec(2).fit(table),
            "partial_fit": Cat2Vec(2, keep_counts=False).partial_fit(table),
            "none": Cat2Vec(2, keep_counts=False).fit(table),
        }.items()
    }
    assert found["partial_fit"] == found["fit"]
    assert len(found["fit"]["rows"]) == 3
    assert "keep_counts=True in training keeps them" in found["none"]["why_not"]


def test_where_columns_share_vectors_each_category_has_its_own_error():
    table = planted_table()
    table = {"from": table["place"], "to": table["place"][::-1], "season": table["season"]}
    model = Cat2Vec(3, regularization="auto", shared={"place": ["from", "to"]}).fit(table)
    data = data_of(model.explore().to_html())
    shown = dict(zip(data["categories"], array_of(data, "relative_error", -1), strict=True))
    for feature, category in (("place", "place 00"), ("season", "season 0")):
        found = model.nearest(feature, category, n=100).set_index("category")["relative_error"]
        assert len(found) > 2
        assert {one: shown[one] for one in found.index} == pytest.approx(found.to_dict(), rel=1e-5)


def test_nothing_of_the_table_is_markup():
    page = hostile_model().explore().to_html()
    assert page.isascii()
    assert "onerror" not in page.partition('id="data">')[0]
    data = data_of(page)
    assert sorted(set(HOSTILE) - set(data["categories"])) == []
    assert data["features"][0]["name"] == FEATURE
    inside = page.partition('id="data">')[2].partition("</script>")[0]
    assert "<" not in inside


def test_the_policy_allows_the_script_and_style_of_the_page_and_no_network():
    page = _built_page()
    assert page.count("{{") == 1
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    for licence in ("d3-zoom", "d3-quadtree", "d3-selection"):
        assert re.search(rf"^{licence} 3\.", page, re.M)
    assert re.findall(r'(?:src|href)="?http', page) == []


def test_a_page_in_a_notebook_is_a_frame_that_runs_apart(model):
    shown = model.explore()._repr_html_()
    assert 'sandbox="allow-scripts"' in shown
    (inside,) = re.findall(r'srcdoc="([^"]*)"', shown)
    assert html.unescape(inside) == model.explore().to_html()


def test_the_file_is_written_whole_or_not_at_all(model, tmp_path, monkeypatch):
    page, target = model.explore(), tmp_path / "page.html"
    page.save(target)
    assert target.read_text("utf-8") == page.to_html()
    with pytest.raises(OutputExistsError, match=r"would be replaced.*overwrite=True"):
        page.save(target)
    with pytest.raises(OutputExistsError, match="is a folder"):
        page.save(tmp_path, overwrite=True)
    target.write_text("mine")
    with interrupted_at(monkeypatch, 1):
        page.save(target, overwrite=True)
    assert target.read_text() == "mine"
    page.save(target, overwrite=True)
    assert target.read_text("utf-8") == page.to_html()


def test_a_path_is_where_the_page_is_written_and_is_looked_at_first(model, tmp_path, monkeypatch):
    target = tmp_path / "page.html"
    assert model.explore(target).to_html() == target.read_text("utf-8")
    monkeypatch.setattr(estimator, "explored", lambda *given: pytest.fail("the page was made"))
    with pytest.raises(OutputExistsError, match="overwrite=True"):
        model.explore(str(target))


def test_the_report_of_other_rows_is_on_the_page(model):
    table = planted_table(300)
    report = model.report(table)
    data = data_of(model.explore(report=report).to_html())
    assert data["report"]["verdict"] == report.verdict
    assert data["report"]["sections"][0]["title"] == "Gain"
    again = Report.from_json(report.to_json())
    assert again == report
    with pytest.raises(ParameterError, match=r"report must be what .* got dict"):
        model.explore(report={})
    with pytest.raises(ParameterError, match=r"path must be .* A report is given as report="):
        model.explore(report)
    for text in ("{}", "[]", "1", '{"format": "cat2vec report"}', "no JSON"):
        with pytest.raises(ValueError, match=r".+"):
            Report.from_json(text)


@pytest.mark.parametrize("wrong", [0, -1, 2.5, None, "many"])
def test_wrong_numbers_of_categories_are_refused(model, wrong):
    with pytest.raises(ParameterError, match="max_categories must be an integer of at least 1"):
        model.explore(max_categories=wrong)


def test_large_vocabularies_are_a_stated_sample_of_the_most_frequent():
    sizes = {"a": 5, "b": 400, "c": 900}
    made = made_by_hand({name: [f"{name}{i}" for i in range(n)] for name, n in sizes.items()})
    vocabulary = made.vocabulary
    tokens = shown_tokens(vocabulary, 105)
    names = vocabulary.feature_of_token[tokens]
    assert np.bincount(names).tolist() == [5, 50, 50]
    kept = vocabulary.counts[tokens[names == 2]]
    assert kept.min() > vocabulary.counts[(vocabulary.tokens_of("c").start) : -50].max()
    assert np.bincount(vocabulary.feature_of_token[shown_tokens(vocabulary, 1)]).tolist() == [1] * 3
    assert len(shown_tokens(vocabulary, 1305)) == 1305
    data = page_data(trained_like(made), 105, "none")
    assert data["note"].startswith("This page shows 105 of 1,305 categories: the most frequent")
    assert len(data["rows"]) == len(data["categories"]) == 105
    assert [feature["n_categories"] for feature in data["features"]] == [5, 400, 900]
    assert array_of(data, "matrix", 105, 3).tolist() == made.matrix[tokens].tolist()


def test_a_page_of_a_feature_with_one_category_or_without_signal():
    rng = np.random.default_rng(0)
    table = planted_table() | {"one": ["same"] * 1200}
    with pytest.warns(NoSignalWarning, match="feature 'one'"):
        data = data_of(Cat2Vec(3).fit(table).explore().to_html())
    silent = {feature["name"]: feature["silent"] for feature in data["features"]}
    assert (silent["one"], silent["dish"]) == (True, False)
    apart = made_by_hand({"a": ["x", "y"], "b": ["u"]})
    apart.matrix[:] = 0
    data = page_data(trained_like(apart), 9, "none")
    assert [feature["silent"] for feature in data["features"]] == [True, True]
    assert not any(array_of(data, name, -1).any() for name in data["arrays"])
    lists = Cat2Vec(2).fit({"basket": [rng.choice(list("abcd"), 2).tolist() for _ in range(90)]})
    assert "one feature only" in data_of(lists.explore().to_html())["associations"]["why_not"]


def test_contributions_are_left_out_where_their_matrices_would_be_too_large():
    made = trained_like(made_by_hand({"a": ["x", "y"], "b": ["u", "v"]}, size=800))
    data = page_data(made, 9, "none")
    assert data["heard"] is None
    assert "moments" not in data["arrays"]


def test_without_pair_counts_the_page_says_why_there_are_no_associations():
    model = Cat2Vec(2, keep_counts=False).fit(planted_table())
    said = data_of(model.explore().to_html())["associations"]["why_not"]
    assert "keep_counts=True" in said


def test_twenty_thousand_categories_take_less_than_six_megabytes():
    names = {"product": [f"product {i}" for i in range(15_000)], "city": list(range(5_000))}
    made = trained_like(made_by_hand(names, size=32))
    made = replace(made, standard_error=np.ones(20_000, np.float32))
    page = Exploration(page_data(made, 200_000, "none")).to_html()
    assert len(page) < 6_000_000


def test_the_command_writes_the_page_of_a_model_and_its_report(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table = planted_table()
    lines = ["place,dish,season", *map(",".join, zip(*table.values(), strict=True))]
    Path("t.csv").write_text("\n".join(lines))
    train = ["train", "t.csv", "--out", "m", "--quiet", "--vector-size", "4"]
    assert main([*train, "--holdout", "0.2"]) == 0
    assert main(["explore", "m", "--out", "deep/page.html", "--max-categories", "20"]) == 0
    assert "written   deep/page.html" in capsys.readouterr().out
    data = data_of(Path("deep/page.html").read_text("utf-8"))
    assert len(data["categories"]) == 20
    begin = 0
    for feature in data["features"]:  # each has the next of them, the most frequent of its own
        names, n_shown = table[feature["name"]], feature["n"]
        assert feature["n_categories"] == len(set(names)) >= n_shown
        assert set(data["categories"][begin : begin + n_shown]) <= set(names)
        begin += n_shown
    assert begin == 20
    assert data["report"]["about"].startswith("240 held-out rows")
    assert main(["report", "m", "t.csv", "--json", "r.json"]) == 0
    again = ["explore", "m", "--out", "deep/page.html"]
    assert main(again) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert main([*again, "--overwrite", "--report", "r.json"]) == 0
    data = data_of(Path("deep/page.html").read_text("utf-8"))
    assert data["report"]["about"].startswith("1,200 ")
    capsys.readouterr()
    for arguments, said in (
        (["explore", "none", "--out", "x.html"], "none"),
        (["explore", "m", "--out", "x.html", "--report", "none.json"], "'none.json'"),
        (["explore", "m", "--out", "x.html", "--report", "t.csv"], "'t.csv' is no report"),
        (["explore", "m", "--out", "x.html", "--max-categories", "0"], "--max-categories must be"),
    ):
        assert main(arguments) == 2
        assert said in capsys.readouterr().err
        assert not Path("x.html").exists()


def test_the_page_is_what_its_sources_give():
    node = shutil.which("node")
    if node is None or not (WEB / "node_modules" / "esbuild").exists():
        pytest.skip("needs node and the packages that `make test-browser` installs")
    done = subprocess.run([node, "build.mjs", "--check"], cwd=WEB, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_lock_file_names_no_place_to_download_from():
    text = (WEB / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in text
    assert '"integrity"' in text
