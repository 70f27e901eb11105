"""What ``solver="auto"`` takes, and that its estimates grow with what training does."""

from dataclasses import replace

import numpy as np
import pytest

from cat2vec import EncodedTable, count_pairs, encode_table
from cat2vec.counting.encoded import count_encoded
from cat2vec.training import choice
from cat2vec.training.choice import Cost, choose_solver, estimated_cost, most_pairs
from cat2vec.training.settings import Settings
from tests.made_tables import random_codes

AUTO = Settings()


def table_of(n_rows, sizes, seed=0):
    return encode_table(random_codes(np.random.default_rng(seed), n_rows, sizes))


@pytest.mark.parametrize(("n_rows", "sizes"), [(50, (3, 4)), (2000, (3, 40, 7)), (30, (25, 25, 2))])
def test_most_pairs_is_never_less_than_what_is_counted(n_rows, sizes):
    table = table_of(n_rows, sizes)
    assert count_encoded(table).n_pairs <= most_pairs(table.vocabulary, table.n_rows)


def test_many_rows_of_few_tokens_go_to_counts_and_few_rows_of_identifiers_to_rows():
    assert choose_solver(table_of(5000, (5, 9, 30)), AUTO).solver == "counts"
    identifiers = encode_table(
        {
            "a": list(map(str, range(40_000))),
            "b": ["x", "y"] * 20_000,
            "c": [f"c{row * 7 % 39_999}" for row in range(40_000)],
        },
        columns=dict.fromkeys("ac", "identifier"),
    )
    choice = choose_solver(identifiers, AUTO)
    assert choice.solver == "rows"
    assert "counts would take about" in choice.reason
    assert "rows about" in choice.reason


@pytest.mark.parametrize(
    ("counts_seconds", "rows_seconds", "solver"),
    [(9, 1, "counts"), (11, 1, "rows"), (190, 100, "counts"), (210, 100, "rows")],
    ids=["quick", "neither", "worth it", "too long"],
)
def test_counts_is_taken_where_it_is_quick_and_where_it_is_worth_its_time(
    counts_seconds, rows_seconds, solver, monkeypatch
):
    cost = Cost(counts_seconds, rows_seconds, distinct_pairs=1000, counts_bytes=60_000)
    monkeypatch.setattr(choice, "estimated_cost", lambda *_: cost)
    assert choose_solver(table_of(50, (3, 4)), AUTO).solver == solver


def test_what_is_asked_for_is_taken():
    table = table_of(50, (3, 4))
    for solver in ("counts", "rows", "gensim"):
        assert choose_solver(table, replace(AUTO, solver=solver)).solver == solver


def test_pair_counts_are_trained_by_counts_however_many():
    counts = count_pairs({"a": ["x", "y"], "b": ["u", "v"]})
    assert choose_solver(counts, AUTO).solver == "counts"


def test_counts_is_taken_up_to_so_many_tokens_and_rows_beyond(monkeypatch):
    table = table_of(5000, (5, 9, 30))
    for most, solver in ((44, "counts"), (43, "rows")):
        monkeypatch.setattr(choice, "MOST_TOKENS", most)
        assert choose_solver(table, AUTO).solver == solver


def test_a_strength_that_is_learned_takes_longer():
    table = table_of(2000, (20, 30, 5))
    usual, learned = (
        estimated_cost(table, replace(AUTO, regularization=given)) for given in (10.0, "auto")
    )
    assert learned.counts_seconds > usual.counts_seconds
    assert learned.rows_seconds == usual.rows_seconds


def test_a_bound_of_bytes_leaves_only_rows(monkeypatch):
    table = table_of(5000, (5, 9, 30))
    monkeypatch.setattr(choice, "MOST_BYTES", 1000)
    found = choose_solver(table, AUTO)
    assert found.solver == "rows"
    assert "might need" in found.reason


def test_seconds_of_rows_grow_with_rows_and_epochs_and_those_of_counts_hardly():
    table = table_of(2000, (20, 30, 5))
    more = EncodedTable(np.asfortranarray(np.tile(table.codes, (50, 1))), table.vocabulary)
    ten = replace(AUTO, epochs=10)
    few, many = estimated_cost(table, ten), estimated_cost(more, ten)
    assert 5 * few.rows_seconds < many.rows_seconds < 50 * few.rows_seconds
    assert many.counts_seconds < 2 * few.counts_seconds
    twice, thrice = (
        estimated_cost(table, replace(AUTO, epochs=epochs)).rows_seconds for epochs in (20, 30)
    )
    assert twice < 2 * few.rows_seconds
    assert thrice - twice == pytest.approx(twice - few.rows_seconds)
    for longer in (64, 128):
        assert estimated_cost(table, replace(AUTO, vector_size=longer)).counts_seconds > (
            few.counts_seconds
        )


def test_the_choice_does_not_depend_on_the_number_of_threads(monkeypatch):
    table = table_of(2000, (20, 30, 5))
    first = choose_solver(table, AUTO)
    monkeypatch.setattr("os.cpu_count", lambda: 96)
    assert choose_solver(table, AUTO) == first


def ids_beside_small_ones(n_ids, smalls=(2, 12)):
    """A table with one long feature, as many rows as ids."""
    rng = np.random.default_rng(0)
    small = {f"s{size}": rng.integers(size, size=n_ids).astype(str) for size in smalls}
    return encode_table({"id": np.arange(n_ids).astype(str), **small}, columns={"id": "identifier"})


def test_a_long_feature_costs_by_its_tokens_and_not_by_their_square():
    settings = replace(AUTO, vector_size=8)
    seconds = [
        estimated_cost(ids_beside_small_ones(n), settings).counts_seconds for n in (10_000, 40_000)
    ]
    assert 3 * seconds[0] < seconds[1] < 5 * seconds[0]
    alone = estimated_cost(ids_beside_small_ones(10_000, (2, 2000)), settings).counts_seconds
    assert alone > 2 * seconds[0]


def test_a_long_feature_costs_rows_by_its_rows():
    """How near estimates come to the clock is measured in ``benchmarks.estimates``."""
    seconds = [
        estimated_cost(ids_beside_small_ones(n), replace(AUTO, vector_size=8)).rows_seconds
        for n in (40_000, 160_000)
    ]
    assert 3 * seconds[0] < seconds[1] < 5 * seconds[0]


def test_the_choice_is_made_of_the_table_alone():
    """No clock decides: the same table gives the same solver and the same words."""
    table = ids_beside_small_ones(5_000)
    first, again = choose_solver(table, AUTO), choose_solver(table, AUTO)
    assert (first.solver, first.reason) == (again.solver, again.reason)
    assert estimated_cost(table, AUTO) == estimated_cost(ids_beside_small_ones(5_000), AUTO)
