"""Pairs of columns of which one tells nearly all of the other."""

import time

import numpy as np
import pandas as pd
import pytest

from cat2vec import count_pairs, encode_table
from cat2vec.errors import naming_options
from cat2vec.inspection import associations
from cat2vec.inspection.redundant import REDUNDANT, redundant_in_words, redundant_pairs

RNG = np.random.default_rng(0)
N = 2000
CODE = RNG.integers(0, 12, N)
#: Columns beside CODE: whether the pair of both is redundant.
BESIDE = {
    "a copy": (CODE, True),
    "other words for the same": ([f"no {value}" for value in CODE], True),
    "coarser": (CODE // 3, True),
    "finer": (CODE * 5 + RNG.integers(0, 5, N), True),
    "a copy with gaps": (np.where(RNG.random(N) < 0.3, None, CODE.astype(object)), True),
    "a copy with few errors": (np.where(RNG.random(N) < 0.03, 0, CODE), True),
    "a copy with many errors": (np.where(RNG.random(N) < 0.5, 0, CODE), False),
    "chance": (RNG.integers(0, 12, N), False),
    "identifiers": ([f"id {value}" for value in RNG.permutation(N)], False),
    "nearly distinct": ([f"id {value}" for value in RNG.integers(0, N, N)], False),
    "one value": (np.zeros(N), False),
    "nearly constant": (np.arange(N) == 7, False),
    "never beside it": (np.full(N, None), False),
}


@pytest.mark.filterwarnings("ignore::cat2vec.errors.Cat2VecWarning")
@pytest.mark.parametrize("name", BESIDE)
def test_pairs_are_found_where_one_tells_the_other_and_not_by_chance(name):
    cells, is_redundant = BESIDE[name]
    table = encode_table({"code": CODE, "other": cells}, columns={"other": "category"})
    found = redundant_pairs(table)
    assert [(pair.first, pair.second) for pair in found] == [("code", "other")] * is_redundant
    for pair in found:
        assert REDUNDANT < pair.share <= 1


def test_shares_are_those_of_associations():
    table = {name: BESIDE[name][0] for name in ("a copy", "coarser", "a copy with few errors")}
    found = associations(count_pairs(table)).set_index(["feature", "other"])["share"]
    for pair in redundant_pairs(encode_table(table)):
        assert pair.share == pytest.approx(found[pair.first, pair.second], abs=1e-9)


def test_pairs_that_do_not_learn_from_each_other_are_left_out():
    when = pd.to_datetime("2024-01-01") + pd.to_timedelta(CODE, unit="D")
    table = encode_table({"when": when, "copy": when.astype(str), "tags": [[c, "x"] for c in CODE]})
    found = redundant_pairs(table)  # the one part that varies, and its copy; not the lists
    assert [pair.columns for pair in found] == [("when", "copy")]
    assert found[0].first == "when:weekday" or len(table.vocabulary.features) > 3
    assert redundant_pairs(table, [["when", "copy"]]) == []


def test_parts_of_one_date_are_not_named_though_the_month_tells_the_year():
    when = pd.to_datetime([f"{2023 + code // 6}-{code + 1:02}-01" for code in CODE])
    table = encode_table({"when": when, "chance": RNG.permutation(CODE)})
    assert {"when:year", "when:month"} <= set(table.vocabulary.features)
    assert redundant_pairs(table) == []


def test_a_sentence_names_five_and_counts_the_others():
    table = encode_table({f"c{i}": [f"{i} {value}" for value in CODE] for i in range(5)})
    text = redundant_in_words(redundant_pairs(table))
    assert text.startswith("one column tells nearly all of another: 'c0' and 'c1' (100%), ")
    assert " and 5 more. The gain of such pairs" in text
    assert "exclude_pairs=[['c0', 'c1'], ['c0', 'c2'], " in text
    with naming_options():
        assert "--exclude-pairs c0,c1 c0,c2 c0,c3 " in redundant_in_words(redundant_pairs(table))
    assert redundant_in_words([]) == ""


@pytest.mark.parametrize("n_columns", [90, 500])
def test_wide_tables_take_no_long_time(n_columns):
    table = encode_table({f"c{i}": RNG.integers(0, 9, 5000) for i in range(n_columns)})
    started = time.perf_counter()
    redundant_pairs(table)
    assert time.perf_counter() - started < 20  # on a busy machine
