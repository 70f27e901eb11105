"""What a report says: of planted signal, of nothing, and of what it could not measure."""

import json
import os
from dataclasses import replace
from html.parser import HTMLParser
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cat2vec import Cat2Vec, encode_table, load, train_vectors
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import NothingToScoreError, UnseenCategoryWarning
from cat2vec.inspection.report import Report, make_report, measure
from cat2vec.inspection.report.html import fragment, notes, page, section
from cat2vec.inspection.report.row_gains import Estimates, RowGains
from tests.made_tables import planted, shuffled

DATA = os.environ.get("CAT2VEC_DATA")


def split(table, n_test):
    """Give training rows and held-out rows of a dict of columns."""
    return (
        {name: cells[n_test:] for name, cells in table.items()},
        {name: cells[:n_test] for name, cells in table.items()},
    )


def report_on(table, n_test, with_training=True, **settings):
    train, test = split(table, n_test)
    model = Cat2Vec(**{"vector_size": 4, **settings}).fit(train)
    return model.report(test, train if with_training else None)


@pytest.fixture(scope="module")
def half_noise():
    """Two features with planted groups beside two columns without any signal."""
    rng = np.random.default_rng(0)
    table = planted(rng, n_rows=3000, n_features=2)
    noise = shuffled(rng, planted(rng, n_rows=3000, n_features=2))
    return table | {f"noise{name}": cells for name, cells in noise.items()}


@pytest.fixture(scope="module")
def report(half_noise):
    return report_on(half_noise, 500)


def test_planted_signal_is_found_and_noise_is_named(report):
    assert report.signal
    assert report.no_signal == ["noisef0", "noisef1"]
    assert [one.partner for one in report.features] == ["f1", "f0", None, None]
    assert "No signal in 2 of 4 features: 'noisef0', 'noisef1'." in report.verdict
    assert f"gain {report.gain:.4f} ± {2 * report.gain_error:.4f} nats" in report.verdict
    silent = tuple(replace(one, signal=False) for one in report.features)
    assert replace(report, features=silent).verdict.endswith(
        "But no single feature has signal beyond chance."
    )
    signal, noise = report.features[0], report.features[2]
    assert signal.hits > signal.hits_frequent + 0.1
    assert signal.mrr > signal.mrr_frequent + 0.1
    assert noise.mrr == pytest.approx(noise.mrr_frequent, abs=0.05)
    assert report.gain_table == pytest.approx(report.gain, abs=0.01)
    assert report.mrr == pytest.approx(np.mean([one.mrr for one in report.features]))


def test_a_pair_of_features_is_found_among_many_that_are_noise():
    rng = np.random.default_rng(4)
    table = planted(rng, n_rows=2000, n_features=2)
    for place in range(6):
        noise = shuffled(rng, planted(rng, n_rows=2000, n_features=2))
        table |= {f"{name}{place}": cells for name, cells in noise.items()}
    found = report_on(table, 300, with_training=False)
    assert [one.feature for one in found.features if one.signal] == ["f0", "f1"]


def test_each_of_many_features_and_pairs_has_to_pass_a_bound_of_its_own(monkeypatch):
    """Two and a half errors are no news among twelve features or sixty-six pairs; four are."""
    train = encode_table(planted(np.random.default_rng(4), n_rows=200, n_features=12))
    of_feature, of_pair = np.zeros(12), np.zeros((12, 12))
    of_feature[:2] = 0.025, 0.04
    for one, other, gain in ((2, 3, 0.025), (4, 5, 0.04)):
        of_pair[one, other] = of_pair[other, one] = gain
    gains = RowGains(
        *(
            Estimates(value, np.full(value.shape, 0.01))
            for value in (np.zeros(()), of_feature, of_pair)
        )
    )
    monkeypatch.setattr(measure, "row_gains", lambda *_: gains)
    found = make_report(train_vectors(train, vector_size=2), train)
    partners = {one.feature: one.partner for one in found.features if one.signal}
    assert list(partners) == ["f1", "f4", "f5"]
    assert (partners["f4"], partners["f5"]) == ("f5", "f4")
    assert found.signal


@pytest.mark.parametrize("seed", range(5))
def test_a_table_shuffled_column_by_column_has_nothing(seed):
    rng = np.random.default_rng(seed)
    found = report_on(shuffled(rng, planted(rng, n_rows=1000)), 100)
    assert not found.signal
    assert found.no_signal == ["f0", "f1", "f2", "f3"]
    assert found.size_enough is None
    assert found.verdict.startswith("No signal: on rows that were not trained on")
    assert "No size gains anything" in str(found)


def test_one_row_is_too_few_to_tell():
    table = pd.DataFrame(planted(np.random.default_rng(0), n_rows=1000))
    found = Cat2Vec(4).fit(table[1:]).report(table[:1])
    assert found.gain is not None
    assert found.gain_error is None
    assert found.verdict.startswith("Too few rows to tell whether there is signal")
    assert "nothing to learn" not in str(found)


@pytest.mark.parametrize("n_test", [0, 60])
def test_a_cartesian_product_has_nothing(n_test):
    rows = list(product("abcd", "pqr", "uv", "wxyz", "mn"))
    np.random.default_rng(0).shuffle(rows)
    table = {f"x{i}": list(column) for i, column in enumerate(zip(*rows, strict=True))}
    if not n_test:
        found = Cat2Vec(vector_size=3).fit(table).report(table, table)
        assert found.trained_on
        assert found.verdict.startswith("These are the rows that the vectors were trained on, so")
    else:
        found = report_on(table, n_test)
    assert not found.signal
    assert found.no_signal == list(table)
    assert "Without signal, neighbours are noise." in found.notes[-1]


def test_the_smallest_size_that_is_enough_is_named():
    """Two groups: one axis tells them apart, one how much more rare than common pairs differ."""
    table = planted(np.random.default_rng(2), n_rows=8000, n_groups=2, noise=0.1)
    found = report_on(table, 1000)
    assert [size for size, _ in found.curve] == [1, 2, 4]
    assert found.size_enough == 2
    assert "vector_size 2 is enough: it keeps 99% of the best gain." in str(found)


def test_without_training_rows_it_says_what_is_left_out(half_noise, report):
    found = report_on(half_noise, 500, with_training=False)
    assert found.curve == ()
    assert found.gain_table is None
    assert found.n_train_rows is None
    assert found.gain == report.gain
    assert found.notes[0].startswith("Without training rows there is no PMI table")
    assert "PMI table " not in str(found).split("NOTES")[0]
    assert "STABILITY" not in str(found)


def test_after_partial_fit_the_counts_stand_for_the_training_rows(half_noise, report):
    train, test = split(half_noise, 500)
    model = Cat2Vec(vector_size=4).partial_fit(train)
    found = model.report(test)
    assert found.gain_table == report.gain_table
    assert found.curve == report.curve
    assert any("stability needs the training rows" in note for note in found.notes)
    assert all(note in " ".join(Page(found.to_html()).text) for note in found.notes)


def test_after_partial_fit_counts_are_pooled_as_in_training():
    rng = np.random.default_rng(3)
    table = planted(rng, n_rows=2000, n_features=3)
    for cells in table.values():
        for row in np.flatnonzero(rng.random(2000) < 0.2):
            cells[row] = f"rare {rng.integers(300)}"
    train, test = split(table, 400)
    with pytest.warns(UnseenCategoryWarning):
        found = Cat2Vec(4, min_count=20).partial_fit(train).report(test)
    with pytest.warns(UnseenCategoryWarning):
        expected = Cat2Vec(4, min_count=20, solver="counts").fit(train).report(test, train)
    assert found.gain_table == pytest.approx(expected.gain_table)
    np.testing.assert_allclose(found.curve, expected.curve, rtol=1e-6)


def test_other_rows_than_those_of_training_are_noted(half_noise):
    train, test = split(half_noise, 500)
    some, _ = split(train, 100)
    found = Cat2Vec(vector_size=2).fit(train).report(test, some)
    assert any("trained on 2,500 rows, and 2,400 were given" in note for note in found.notes)


def test_unseen_categories_are_noted_and_left_out(half_noise, report):
    train, test = split(half_noise, 500)
    model = Cat2Vec(vector_size=4).fit(train)
    strange = test | {"f0": ["new!", *test["f0"][1:]]}
    with pytest.warns(UnseenCategoryWarning):
        found = model.report(strange)
    assert found.notes[0].startswith(
        "1 cell holds a category that training did not see; not scored."
    )
    assert found.features[0].n_cells == 499
    with pytest.raises(NothingToScoreError), pytest.warns(UnseenCategoryWarning):
        model.report({name: ["new!"] for name in test})


def test_solvers_that_draw_are_compared_between_seeds(half_noise):
    found = report_on(half_noise, 500, solver="rows", epochs=2)
    assert all(one.seeds is not None for one in found.features)
    assert found.features[0].seeds > found.features[0].chance
    assert "two seeds" in str(found)
    assert not any("draws no random numbers" in note for note in found.notes)


def test_the_solver_counts_is_said_to_draw_no_random_numbers(report):
    assert all(one.seeds is None for one in report.features)
    assert report.notes == (
        "The solver 'counts' draws no random numbers: every seed gives the same vectors.",
    )


def test_weights_and_excluded_pairs_are_those_of_the_model(half_noise):
    train, test = split(half_noise, 500)
    weights = np.random.default_rng(1).integers(1, 4, 2500)
    model = Cat2Vec(vector_size=4, exclude_pairs=[["f0", "noisef0"]])
    model.fit(train, sample_weight=weights)
    found = model.report(test, train, sample_weight=np.full(500, 2.0), train_sample_weight=weights)
    assert found.n_train_rows == weights.sum()
    assert found.n_rows == 1000
    assert found.gain == pytest.approx(model.score(test), rel=1e-3)
    assert len(found.notes) == 1  # none about other training rows


def test_a_loaded_model_gives_the_same_report(half_noise, report, tmp_path):
    train, test = split(half_noise, 500)
    Cat2Vec(vector_size=4).fit(train).save(tmp_path / "model")
    assert load(tmp_path / "model").report(test, train) == report


def test_figures_are_the_same_bits_for_any_number_of_threads(half_noise, report):
    assert report_on(half_noise, 500, n_jobs=1) == report
    assert report_on(half_noise, 500, n_jobs=3).to_html() == report.to_html()


def test_shared_columns_are_reported_each():
    rng = np.random.default_rng(3)
    train, test = split(planted(rng, n_rows=1500), 200)
    model = Cat2Vec(vector_size=3, shared={"both": ["f0", "f1"]}).fit(train)
    found = model.report(test, train)
    assert [one.feature for one in found.features] == ["f0", "f1", "f2", "f3"]
    assert found.no_signal == []


def test_a_table_too_small_to_halve_says_why():
    rows = encode_table({"a": ["x", None, "y"], "b": ["u", "v", "w"], "c": ["p", None, "q"]})
    vectors = train_vectors(rows, vector_size=1)
    found = make_report(vectors, rows, rows)
    assert found.notes[0] == "With 3 rows, standard errors are rough."
    assert not found.signal
    assert found.to_json()


def test_json_holds_all_figures_and_no_nan(report):
    figures = json.loads(report.to_json())
    assert figures == json.loads(json.dumps(report.to_dict()))
    assert figures["no_signal"] == ["noisef0", "noisef1"]
    assert figures["features"][0]["feature"] == "f0"
    assert [size for size, _ in figures["curve"]] == [1, 2, 4]
    one = replace(report, gain=None, gain_error=None, mrr=None)
    assert json.loads(one.to_json())["gain"] is None
    assert "-" in str(one)


def test_a_report_on_the_rows_of_training_says_so_at_its_top(half_noise):
    table = pd.DataFrame(half_noise)
    model = Cat2Vec(vector_size=4).fit(table)
    for rows in (table, table.sample(frac=1.0, random_state=1)):
        found = model.report(rows)
        assert found.trained_on
        assert found.to_dict()["trained_on"]
        first, _, second = str(found).splitlines()[:3]
        assert first.startswith("3,000 rows of training; solver counts")
        assert second.startswith("These are the rows that the vectors were trained on, so all fig")
        assert "held-out" not in str(found)
        assert "so all figures are too good" in found.to_html()
    for others in (table[:2999], pd.DataFrame(shuffled(np.random.default_rng(5), half_noise))):
        assert not model.report(others).trained_on


@pytest.mark.parametrize(
    "settings",
    [
        {"solver": "rows"},
        {"min_count": 200},
        {"exclude_pairs": [["f0", "f1"]]},
        {"missing": "token"},
    ],
    ids=str,
)
def test_rows_of_training_are_recognised_whatever_the_settings(half_noise, settings):
    table = pd.DataFrame(half_noise).mask(np.random.default_rng(0).random((3000, 4)) < 0.1)
    assert Cat2Vec(vector_size=2, **settings).fit(table).report(table).trained_on


def test_weighted_rows_of_training_are_recognised(half_noise):
    weights = np.random.default_rng(0).integers(1, 4, 3000) / 2
    model = Cat2Vec(vector_size=2).fit(half_noise, sample_weight=weights)
    assert model.report(half_noise, sample_weight=weights).trained_on
    assert not model.report(half_noise).trained_on


def test_pairs_that_say_nearly_the_same_are_named_in_a_note(half_noise):
    table = half_noise | {"same": [f"as {cell}" for cell in half_noise["f0"]]}
    found = report_on(table, 500, with_training=False)
    assert any(note.startswith("One column tells nearly all of another: 'f0' and 'same' (100%). ")
               for note in found.notes)  # fmt: skip
    apart = report_on(table, 500, with_training=False, exclude_pairs=[["f0", "same"]])
    assert not any("nearly all of another" in note for note in apart.notes)


class Page(HTMLParser):
    """Collect tags, texts and attributes; complain of tags that do not close."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text, self.attributes = [], [], [], []
        self.feed(text)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def test_the_page_is_whole_and_needs_no_other_file(report):
    found = Page(report.to_html())
    assert found.tags[:3] == ["html", "head", "meta"]
    assert found.tags.count("table") == 5
    assert found.tags.count("circle") == len(report.curve)
    heights = [float(value) for name, value in found.attributes if name == "cy"]
    by_gain = [y for _, y in sorted(zip([g for _, g in report.curve], heights, strict=True))]
    assert by_gain == sorted(heights, reverse=True)  # y counts from the top
    assert len(set(heights)) > 1
    assert not {"script", "link", "img", "iframe"} & set(found.tags)
    assert not {"src", "href"} & {name for name, _ in found.attributes}
    assert "url(" not in report.to_html()
    assert report.verdict in found.text
    assert report._repr_html_() == report.to_html(full_page=False)
    assert report._repr_html_() in report.to_html()


def test_a_report_that_is_read_back_says_the_same(report):
    again = Report.from_json(report.to_json())
    assert again == report
    assert (str(again), again.to_html()) == (str(report), report.to_html())


def test_what_an_interpreter_shows_is_the_text(report):
    assert repr(report) == str(report)
    assert report.verdict.split()[0] in repr(report)


def test_names_of_a_table_are_escaped(half_noise):
    nasty = '<script>alert("x")</script> & co'
    table = {nasty if name == "f0" else name: cells for name, cells in half_noise.items()}
    found = report_on(table, 500)
    for written in (Page(found.to_html()), Page(found._repr_html_())):
        assert "script" not in written.tags
        assert written.text.count(nasty) == 4  # in three tables, and as the partner of f1
        assert not any(nasty in (value or "") for _, value in written.attributes)


def test_hostile_text_is_escaped_wherever_it_stands():
    evil = '</style></p><script>alert("x")</script><img src=x onerror=alert(1)>'
    written = fragment(
        evil, evil, evil, section(evil, evil, [[evil], [evil]]), notes([evil]), signal=False
    )
    found = Page(page(evil, written))
    assert not {"script", "img"} & set(found.tags)
    assert found.text.count(evil) == 9  # the title of the page and of its fragment among them


def test_a_page_shows_long_names_and_long_tables_whole(report):
    features = tuple(replace(report.features[0], feature=f"{i:03}" * 99) for i in range(150))
    found = Page(replace(report, features=features).to_html())
    for one in features:
        assert found.text.count(one.feature) == 3
    half_a_pair = replace(report.features[0], feature="\ud83d")
    assert "\ud83d" in replace(report, features=(half_a_pair,)).to_html()


def test_lines_fit_a_wide_terminal_and_long_names_are_shortened(half_noise):
    table = {"x" * 80 if name == "f0" else name: cells for name, cells in half_noise.items()}
    lines = str(report_on(table, 500, with_training=False)).splitlines()
    assert max(map(len, lines)) <= 140
    assert any("xxx..." in line for line in lines)


@pytest.mark.real_data
@pytest.mark.skipif(not DATA, reason="CAT2VEC_DATA names no folder of real tables")
@pytest.mark.parametrize("name", ["uci_nursery/nursery.csv.gz", "uci_car/car.csv"])
def test_real_cartesian_products_have_nothing(name):
    table = pd.read_csv(Path(DATA, name), dtype=str).drop(columns="class")
    held_out = np.random.default_rng(0).random(len(table)) < 0.1
    found = Cat2Vec(vector_size=8).fit(table[~held_out]).report(table[held_out], table[~held_out])
    assert not found.signal
    assert found.no_signal == list(table.columns)


@pytest.mark.real_data
@pytest.mark.skipif(not DATA, reason="CAT2VEC_DATA names no folder of real tables")
def test_real_cars_have_signal_in_what_their_class_is_made_of():
    table = pd.read_csv(Path(DATA, "uci_car/car.csv"), dtype=str)
    held_out = np.random.default_rng(0).random(len(table)) < 0.2
    found = Cat2Vec(vector_size=8).fit(table[~held_out]).report(table[held_out], table[~held_out])
    assert found.signal
    by_name = {one.feature: one for one in found.features}
    assert by_name["class"].signal
    assert by_name["safety"].partner == "class"


def test_counts_alone_can_be_reported_on():
    train, test = split(planted(np.random.default_rng(6), n_rows=900), 150)
    counts = count_encoded(encode_table(train))
    vectors = train_vectors(counts, vector_size=3)
    found = make_report(vectors, encode_table(test, vocabulary=counts.vocabulary), counts)
    assert found.signal
    assert found.gain_table is not None
