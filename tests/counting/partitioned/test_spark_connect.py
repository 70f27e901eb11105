"""The same over Spark Connect: in a file of its own, as its session ends that of the cluster."""

import pytest

from tests.counting.partitioned.spark_session import session, skip_without_spark
from tests.counting.partitioned.test_spark import check_spark, of_spark, pytestmark
from tests.tables.streams.made_streams import texts_and_numbers

__all__ = ["pytestmark"]


def test_over_spark_connect():
    skip_without_spark()
    pytest.importorskip("grpc", reason="Spark Connect needs grpcio: run make test-spark")
    with session("local[2]", connect=True) as made:
        assert type(made).__module__.startswith("pyspark.sql.connect")
        check_spark(of_spark(made, texts_and_numbers()), missing="token")
