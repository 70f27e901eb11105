"""``train_vectors``: what it refuses, what it warns about, and which solver it takes."""

import numpy as np
import pytest

from cat2vec import PairCounts, count_pairs, encode_table, train_vectors
from cat2vec.errors import (
    ColumnTypeError,
    NeverTogetherWarning,
    NoSignalWarning,
    ParameterError,
    TableError,
    TrainingDivergedError,
    VectorSizeWarning,
)
from cat2vec.inspection import influence
from cat2vec.training import choice, train
from cat2vec.training.settings import Settings
from tests.made_tables import planted

TABLE = {"a": ["x", "y"] * 9, "b": ["u", "v"] * 9, "c": ["s", "s", "t"] * 6}


def test_auto_trains_with_the_solver_it_chose_and_says_why(monkeypatch, capsys):
    encoded = encode_table(TABLE)
    assert train_vectors(encoded, vector_size=2).settings["solver"] == "counts"
    assert capsys.readouterr().err == ""
    train_vectors(encoded, vector_size=2, verbose=1)
    assert "solver counts: on one core counts would take about 0.0 s" in capsys.readouterr().err
    monkeypatch.setattr(choice, "MOST_TOKENS", 3)
    monkeypatch.setattr(train, "EXACT_LOSS_TOKENS", 3)
    vectors = train_vectors(encoded, vector_size=2, epochs=2, verbose=1)
    assert "solver rows: 6 tokens are more than 3" in capsys.readouterr().err
    assert vectors.settings["solver"] == "rows"
    assert len(vectors.losses) == 2
    assert vectors.independence_loss == pytest.approx(
        train_vectors(encoded, vector_size=2, solver="counts").independence_loss
    )


def test_rows_and_counts_of_the_same_table_give_the_same_vectors():
    first = train_vectors(encode_table(TABLE), vector_size=2)
    second = train_vectors(count_pairs(TABLE), vector_size=2)
    np.testing.assert_array_equal(first.matrix, second.matrix)
    assert first.losses == second.losses


def test_a_dataframe_is_refused_with_the_way_out():
    with pytest.raises(ColumnTypeError, match=r"EncodedTable, got dict. Give it count_pairs\(tab"):
        train_vectors(TABLE)


def test_a_table_of_missing_cells_says_so():
    with pytest.raises(TableError, match="all cells of the 2 features are missing in 3 rows"):
        train_vectors(encode_table({"a": [None] * 3, "b": [None] * 3}))


def test_constant_features_are_an_error_when_nothing_else_varies():
    with pytest.raises(TableError, match="only 'a' has two different categories in 18 rows"):
        train_vectors(encode_table({"a": TABLE["a"], "b": ["u"] * 18, "c": ["s"] * 18}))


def test_one_constant_feature_is_a_warning_and_zero_vectors():
    table = {**TABLE, "d": ["always"] * 18}
    with pytest.warns(NoSignalWarning, match="feature 'd' has fewer than two .* Leave it out with"):
        vectors = train_vectors(encode_table(table), vector_size=2)
    assert not vectors["d"].to_numpy().any()
    assert vectors["a"].to_numpy().any()


@pytest.mark.filterwarnings("ignore::cat2vec.errors.NoSignalWarning")
@pytest.mark.parametrize("solver", ["counts", "rows", "gensim"])
def test_where_a_column_of_one_category_has_gaps_is_no_gain(solver):
    """Its gaps tell of another column, and a missing cell says nothing."""
    rng = np.random.default_rng(0)
    table = {"a": rng.choice(list("xyz"), 3000), "b": rng.choice(list("uvw"), 3000)}
    table["c"] = [
        "on" if cell == "x" or drawn < 0.3 else None
        for cell, drawn in zip(table["a"], rng.random(3000), strict=True)
    ]
    vectors = train_vectors(encode_table(table), vector_size=2, solver=solver)
    assert vectors.gain < 0.001
    shaped = influence(vectors).set_index(["feature", "other"])["bits"]
    assert shaped["c"].tolist() == [0, 0]
    assert not vectors.center[-1].any()
    assert not vectors.context[-1].any()


def test_more_dimensions_than_the_table_carries_are_told():
    with pytest.warns(VectorSizeWarning, match="at most 3 columns are used and the rest are zero"):
        vectors = train_vectors(encode_table(TABLE), vector_size=6)
    assert not vectors.matrix[:, 3:].any()


def test_all_wrong_parameters_are_listed_at_once():
    with pytest.raises(ParameterError) as error:
        train_vectors(
            encode_table(TABLE), vector_size=0, regularization=0, ns_exponent=500, tol="x"
        )
    text = str(error.value)
    assert text.startswith("4 parameters are out of range.\n")
    assert "vector_size must be an integer of at least 1, got 0." in text
    assert "ns_exponent must be a number from -5 to 5, got 500." in text


def test_what_is_proposed_after_training_diverged_is_lower_than_what_was_tried():
    for solver in ("rows", "gensim"):
        for rate in (1e-3, 0.1, 10.0, "auto"):
            settings = Settings(solver=solver, learning_rate=rate)
            assert settings.lower_learning_rate <= settings.first_learning_rate / 10


@pytest.mark.parametrize(("solver", "usual"), [("rows", "2"), ("gensim", "0.025")])
def test_training_that_ends_worse_than_it_began_names_the_learning_rate(solver, usual):
    encoded = encode_table(planted(np.random.default_rng(0), n_rows=300))
    message = rf"diverged: .*learning_rate .*at most {usual}\.$"
    with pytest.raises(TrainingDivergedError, match=message):
        train_vectors(encoded, vector_size=4, solver=solver, epochs=3, learning_rate=1e4)


def test_gensim_takes_all_cores_for_n_jobs_of_minus_one():
    encoded = encode_table(planted(np.random.default_rng(1), n_rows=600))
    vectors = train_vectors(encoded, vector_size=4, solver="gensim", epochs=10, n_jobs=-1)
    assert vectors.gain > 0


def test_a_terminal_shows_a_bar_with_solver_and_loss(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    train_vectors(encode_table(TABLE), vector_size=2, verbose=1)
    shown = capsys.readouterr().err
    assert "cat2vec counts: 100%" in shown
    assert "nats/pair" in shown


@pytest.mark.parametrize("solver", ["counts", "rows", "gensim"])
def test_a_log_file_gets_lines_and_no_bar(solver, capsys):
    vectors = train_vectors(encode_table(TABLE), vector_size=2, solver=solver, verbose=1)
    *_, last = capsys.readouterr().err.splitlines()
    assert last.startswith(f"cat2vec {solver}: ")
    assert not {"\r", "|", "%", "█"} & set(last)
    if solver == "counts":
        n = len(vectors.losses)
        assert last.startswith(f"cat2vec counts: {n} of {n} sweeps, loss ")


ALONE = {
    "a": ["x", "y"] * 6 + [None] * 6,
    "b": ["u", "v"] * 6 + [None] * 6,
    "d": [None] * 12 + ["p", "q"] * 3,
}


@pytest.mark.parametrize("make", [encode_table, count_pairs])
def test_a_feature_that_never_meets_another_is_a_warning_and_zero_vectors(make):
    with pytest.warns(NeverTogetherWarning, match=r"^feature 'd' is present only where all others"):
        vectors = train_vectors(make(ALONE), vector_size=2)
    assert not vectors["d"].to_numpy().any()


@pytest.mark.parametrize("make", [encode_table, count_pairs])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_column_without_a_cell_is_a_warning_wherever_it_stands(make, place):
    columns = [("a", TABLE["a"]), ("b", TABLE["b"])]
    columns.insert(place, ("empty", [None] * 18))
    with pytest.warns(NoSignalWarning, match="'empty' has fewer than two categories"):
        vectors = train_vectors(make(dict(columns)), vector_size=2)
    assert vectors["empty"].empty
    assert vectors["a"].to_numpy().any()


def test_features_that_meet_only_through_a_third_are_trained_without_a_warning(recwarn):
    table = {
        "a": ["x", "y", "y"] * 8 + [None] * 24,
        "b": [None] * 24 + ["u", "v", "v"] * 8,
        "c": ["s", "t", "t"] * 16,
    }
    vectors = train_vectors(count_pairs(table), vector_size=2, regularization=1.0)
    assert not [w for w in recwarn if issubclass(w.category, NeverTogetherWarning)]
    assert vectors.similarity("a", "x", "u", other_feature="b") > 0.9


def test_pair_counts_without_a_pair_are_an_error_that_says_so():
    words = count_pairs(TABLE).vocabulary
    nothing = PairCounts(words, *np.empty((2, 0), np.int32), np.empty(0, np.int64), 0)
    with pytest.raises(TableError, match=r"hold no pair .0 rows were counted.*two present cells"):
        train_vectors(nothing, vector_size=2)


def test_a_start_is_gone_on_from():
    counts = count_pairs(planted(np.random.default_rng(3), n_rows=1000))
    first = train_vectors(counts, vector_size=4)
    again = train_vectors(counts, vector_size=4, start=(first.center, first.context))
    assert again.loss <= first.loss + 1e-6
    assert len(again.losses) <= len(first.losses)
    near = np.abs(again.matrix - first.matrix).max()
    assert near < 0.05 * np.abs(first.matrix).max()


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("zeros", "a str that is not two arrays of numbers"),
        (np.zeros((4, 2)), "a ndarray that is not two arrays of numbers"),
        ((np.zeros((4, 2)), np.zeros((4, 3))), r"shapes \(4, 2\) and \(4, 3\)\. Leave"),
        ((np.zeros((3, 2)), np.zeros((3, 2))), r"shapes \(3, 2\) and \(3, 2\)\. Leave"),
        ((np.full((4, 2), np.nan), np.zeros((4, 2))), "with numbers that are not finite"),
    ],
)
def test_a_start_that_does_not_fit_is_an_error_before_training(start, found):
    counts = count_pairs({"a": ["x", "y"] * 9, "b": ["u", "v"] * 9})
    with pytest.raises(ParameterError, match=rf"start must be .*\(4, d\).* got .*{found}"):
        train_vectors(counts, vector_size=1, start=start)


def test_a_start_is_for_the_solver_counts():
    table = encode_table({"a": ["x", "y"] * 9, "b": ["u", "v"] * 9})
    zeros = np.zeros((4, 1), np.float32)
    with pytest.raises(ParameterError, match=r"start is for solver='counts', and solver='rows'"):
        train_vectors(table, vector_size=1, solver="rows", start=(zeros, zeros))
