"""The command sql prints what a database needs, and what it gives is read back."""

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from cat2vec import Numeric, count_pairs, counts_from_sql, pairs_sql
from cat2vec.cli.main import main
from tests.tables.streams.test_equal_counts import check_equal


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    table = {"city": rng.choice(["Oslo", "it's"], 90), "hours": rng.normal(size=90)}
    pa.parquet.write_table(pa.table({**table, "odd name": rng.choice(["a", "b"], 90)}), "t.parquet")


COMMAND = ["sql", '"t.parquet"', "--features", "city", "hours", "odd name", "--dialect", "duckdb"]


def printed(capsys, *words):
    assert main([*COMMAND, *words]) == 0
    return capsys.readouterr().out.split(";\n")[:-1]


def test_both_statements_and_then_the_second_one_with_bins(here, capsys):
    first, plain = printed(capsys)
    duckdb.sql(first).write_csv("v.csv", header=True)
    (in_bins,) = printed(
        capsys, "--vocabulary", "v.csv", "--n-bins", "4", "--types", "hours=number"
    )
    sizes = []
    for second in (plain, in_bins):
        pairs = duckdb.sql(second).to_arrow_table()
        sizes.append(len(pairs))
        check_equal(counts_from_sql("v.csv", pairs, n_bins=4), count_pairs("t.parquet", n_bins=4))
    assert sizes == [4 + 2 * 90, 4 + 2 * 2 * 4]


@pytest.mark.parametrize(
    ("words", "how"),
    [
        (["--n-bins", "3"], {"n_bins": 3}),
        (["--numeric", "category"], {"numeric": "category"}),
        (["--types", "hours=numeric:5"], {"columns": {"hours": Numeric(bins=5)}}),
        (["--missing", "token"], {"missing": "token"}),
        (["--missing-values", "none"], {"missing_values": ["none"]}),
    ],
)
def test_options_say_what_parameters_do(here, capsys, words, how):
    first, _ = printed(capsys)
    duckdb.sql(first).write_csv("v.csv", header=True)
    types = [] if words[0] == "--types" else ["--types", "hours=number"]
    assert main([*COMMAND, "--vocabulary", "v.csv", *types, *words]) == 0
    shown = capsys.readouterr()
    assert ("'none' (str), and no cell holds it" in shown.err) == ("missing_values" in how)
    how.pop("missing_values", None)
    how |= {"types": {"hours": "number"}} if types else {}
    features = ["city", "hours", "odd name"]
    assert shown.out.strip() == pairs_sql('"t.parquet"', features, "duckdb", "v.csv", **how)


def test_wrong_input_is_said_in_a_sentence(here, capsys):
    assert main([*COMMAND[:4], "--dialect", "postgres"]) == 2
    assert "two columns or more" in capsys.readouterr().err
    assert main([*COMMAND, "--vocabulary", "none.csv"]) == 2
    assert "none.csv" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main([*COMMAND[:-1], "oracle"])
    assert "invalid choice: 'oracle'" in capsys.readouterr().err
