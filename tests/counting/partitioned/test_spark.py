"""DataFrames of Spark are counted, trained on and written where they lie, by real workers."""

import copy
import os
import random
import re
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cat2vec import Cat2Vec, MultiValued, Numeric, count_pairs
from cat2vec.counting.partitioned import spark
from cat2vec.errors import (
    Cat2VecWarning,
    ColumnTypeError,
    ParameterError,
    TableError,
    UnknownFeatureError,
)
from tests.counting.partitioned.made_partitions import brought_here
from tests.counting.partitioned.spark_session import ZONE, session, skip_without_spark
from tests.tables.streams.made_streams import airports, odd_types, texts_and_numbers
from tests.tables.streams.test_equal_counts import check_equal, with_warnings

pytestmark = [
    pytest.mark.spark,
    pytest.mark.filterwarnings("ignore::cat2vec.errors.BinnedNumbersWarning"),
    # of pyspark, and of the sockets that it leaves open
    *(pytest.mark.filterwarnings(f"ignore::{kind}") for kind in ("ResourceWarning", "UserWarning")),
    *(
        pytest.mark.filterwarnings(f"ignore:.*:{k}:pyspark")
        for k in ("FutureWarning", "DeprecationWarning")
    ),
]


@pytest.fixture(scope="module")
def cluster():
    """Two workers of one core each, in processes of their own."""
    skip_without_spark()
    with session("local-cluster[2,1,1024]") as made:
        yield made


def of_spark(made, table, n_partitions=3):
    """Hand a table over to Spark, in partitions of which one has no rows."""
    plain = [
        column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        for column in table.columns
        if column.type != pa.uint64()
    ]
    names = [name for name in table.column_names if table[name].type != pa.uint64()]
    frame = made.createDataFrame(pa.table(dict(zip(names, plain, strict=True))))
    return frame.repartition(n_partitions).union(frame.limit(0))


def check_spark(frame, **how):
    expected, expected_words = with_warnings(lambda: count_pairs(brought_here(frame, ZONE), **how))
    found, words = with_warnings(lambda: count_pairs(frame, **how))
    check_equal(found, expected)
    assert of_ours(words) == of_ours(expected_words)


def of_ours(words):
    """Leave out warnings of Spark."""
    return [(kind, text) for kind, text in words if issubclass(kind, Cat2VecWarning)]


class TestCounts:
    def test_text_numbers_and_dates(self, cluster):
        check_spark(of_spark(cluster, texts_and_numbers()), min_count=3)

    def test_odd_types(self, cluster):
        kinds = {"tags": MultiValued(within=True), "x": Numeric(bins=5)}
        how = {"missing_values": {"tags": ["b"], "small": [0]}, "missing": "token"}
        check_spark(of_spark(cluster, odd_types()), columns=kinds, **how)

    def test_shared_vocabularies(self, cluster):
        check_spark(of_spark(cluster, airports()), shared={"airport": ["origin", "dest", "via"]})

    def test_very_many_numbers(self, cluster):
        rng = np.random.default_rng(0)
        table = pa.table({"x": rng.normal(size=300_000), "like": rng.choice(["a", "b"], 300_000)})
        check_spark(of_spark(cluster, table))

    def test_names_with_points_and_backticks(self, cluster):
        table = pa.table({"a.b": ["x", "y"] * 9, "c`d": ["u", "v"] * 9, "e f": ["s", "t"] * 9})
        frame = of_spark(cluster, table)
        check_spark(frame)
        written = Cat2Vec(vector_size=2, solver="counts").fit(table).transform(frame)
        assert written.columns == [*table.column_names, "vector"]
        assert written.count() == table.num_rows


class TestWorkersThatAreLost:
    def test_results_are_the_same(self, cluster, tmp_path):
        frame = of_spark(cluster, texts_and_numbers(), 4).coalesce(4)
        runs = tmp_path / "runs"
        dying = frame.mapInArrow(killing(str(runs)), frame.schema)
        found, _ = with_warnings(lambda: count_pairs(dying))
        expected, _ = with_warnings(lambda: count_pairs(brought_here(frame, ZONE)))
        check_equal(found, expected)
        assert len(runs.read_text()) >= 4  # killed while profiling and while counting


def killing(runs):
    """Give a function that kills the machine that runs it, at its first and third time."""

    def rows(batches):
        from pyspark import TaskContext

        for batch in batches:
            if TaskContext.get().partitionId() == 1:
                with open(runs, "a") as file:
                    file.write("x")
                if os.path.getsize(runs) in (1, 3):
                    with open(f"/proc/{os.getppid()}/stat") as stat:  # of the daemon
                        machine = int(stat.read().rpartition(")")[2].split()[1])
                    os.kill(machine, signal.SIGKILL)
            yield batch

    return rows


class TestModel:
    @pytest.fixture(scope="class")
    def table(self):
        return texts_and_numbers().append_column("trip", pa.array(range(600)))

    @pytest.fixture(scope="class")
    def fitted(self, cluster, table):
        how = {"vector_size": 4, "features": table.column_names[:-1], "min_count": 3}
        frame = of_spark(cluster, table)
        here = brought_here(frame, ZONE)
        mine, _ = with_warnings(lambda: Cat2Vec(**how).fit(frame))
        theirs, _ = with_warnings(lambda: Cat2Vec(**how, solver="counts").fit(here))
        return frame, here, mine, theirs

    def test_is_that_of_the_rows(self, fitted):
        _, here, mine, theirs = fitted
        np.testing.assert_array_equal(mine.vectors_.matrix, theirs.vectors_.matrix)
        pd.testing.assert_frame_equal(mine.nearest("used", True), theirs.nearest("used", True))
        np.testing.assert_allclose(mine.score_samples(here), theirs.score_samples(here), atol=0.3)
        assert mine.feature_names_in_.tolist() == theirs.feature_names_in_.tolist()

    def test_writes_rows_where_they_are(self, fitted):
        frame, here, mine, theirs = fitted
        written = mine.transform(frame)
        assert written.columns == [*frame.columns, "vector"]
        rows = written.select("trip", "vector").toArrow().sort_by("trip")
        expected = theirs.transform(here.sort_by("trip"))
        found = np.array(rows["vector"].to_pylist(), np.float32)
        np.testing.assert_array_equal(found, expected)

    def test_what_cannot_be_done_there_is_told(self, fitted, cluster):
        frame, _, mine, _ = fitted
        with pytest.raises(UnknownFeatureError, match="no feature 'city' in this DataFrame"):
            mine.transform(frame.drop("city"))
        with pytest.raises(ParameterError, match="has a column 'vector' already"):
            mine.transform(frame.withColumnRenamed("trip", "vector"))
        with pytest.raises(ParameterError, match="needs all rows in one place"):
            copy.copy(mine).set_params(handle_unknown="fold_in").transform(frame)
        with pytest.raises(ParameterError, match="solver='rows' trains on rows"):
            Cat2Vec(solver="rows").fit(frame)
        with pytest.raises(ParameterError, match="sample_weight cannot be given"):
            Cat2Vec().fit(frame, sample_weight=np.ones(600))


class TestErrors:
    @pytest.mark.parametrize(
        ("expression", "kind"),
        [
            ("map('a', 1)", "map<string,int>"),
            ("struct(1 as x)", "struct<x:int>"),
            ("array(struct(1 as x))", "array<struct<x:int>>"),
        ],
    )
    def test_types_of_which_no_category_can_be_made(self, cluster, expression, kind):
        frame = cluster.sql(f"SELECT 'a' AS city, {expression} AS odd FROM range(9)")
        with pytest.raises(ColumnTypeError, match="column 'odd' of the DataFrame") as found:
            count_pairs(frame)
        assert kind in str(found.value)
        with pytest.raises(TableError, match="only one feature"):
            count_pairs(frame, features=["city"])

    def test_two_columns_of_one_name(self, cluster):
        with pytest.raises(TableError, match="'city'"):
            count_pairs(cluster.sql("SELECT 'a' AS city, 'b' AS city"))

    def test_a_table_without_rows(self, cluster):
        with pytest.raises(TableError, match=r"0 sample\(s\)"):
            count_pairs(cluster.sql("SELECT 'a' AS city, 'b' AS job FROM range(0)"))

    def test_rows_that_change(self, cluster):
        frame = cluster.sql("SELECT CAST(rand() * 1000 AS STRING) AS a, 'b' AS job FROM range(99)")
        changing = frame.mapInArrow(_changing, frame.schema)
        with pytest.raises(TableError, match="had other rows when it was read again"):
            count_pairs(changing)

    def test_workers_without_a_package(self, cluster, monkeypatch):
        def mapped(job, names, batches):
            import cat2vec_elsewhere  # noqa: F401

        monkeypatch.setattr(spark, "_mapped", mapped)
        with pytest.raises(TableError, match=r"^the machines .* cannot import cat2vec_elsewhere\."):
            count_pairs(of_spark(cluster, texts_and_numbers()))

    def test_what_other_errors_of_workers_are(self):
        error = RuntimeError("PythonException: ModuleNotFoundError: No module named 'cat2vec'")
        assert "cannot import cat2vec" in str(spark.missing_module(error))
        assert spark.missing_module(RuntimeError("lost")) is None


def _changing(batches):
    for batch in batches:
        cells = pa.array([str(random.random()) for _ in range(batch.num_rows)])
        yield pa.record_batch([cells, batch.column(1)], names=batch.schema.names)


def test_the_python_of_the_document_runs(cluster, tmp_path):
    rows = str(tmp_path / "rows")  # Java keeps the folder in which it began
    page = Path(__file__).parents[3].joinpath("docs/scaling.md").read_text("utf-8")
    (block,) = re.findall(r"```python\n([^`]*spark\.table[^`]*)```", page)
    cells = {"city": ["Oslo", "Rome", "Bergen"] * 20, "job": ["cook", "nurse", "cook"] * 20}
    cells["trip_id"] = [f"trip {i}" for i in range(60)]
    of_spark(cluster, pa.table(cells)).createOrReplaceTempView("trips")
    names = {"Cat2Vec": Cat2Vec, "count_pairs": count_pairs, "spark": cluster}
    with_warnings(lambda: exec(block.replace('"rows"', repr(rows)), names))
    assert names["counts"].n_rows == 60
    assert len(cluster.read.parquet(rows).toPandas()["vector"][0]) == len(
        names["model"].get_feature_names_out()
    )
