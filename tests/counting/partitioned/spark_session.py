"""Sessions of Spark for tests: a cluster of two workers on this machine, and a Connect server."""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

import cat2vec

ZONE = "Europe/Oslo"
#: Compiling well and collecting in parallel pay only where Java runs for longer than tests do.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_CONFIG = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.session.timeZone": ZONE,
    "spark.sql.shuffle.partitions": "4",
    "spark.executor.memory": "1g",
    "spark.driver.extraJavaOptions": _JAVA,
    "spark.executor.extraJavaOptions": _JAVA,
    "spark.log.level": "OFF",
}


def skip_without_spark():
    pytest.importorskip("pyspark", reason="pyspark is not installed: run make test-spark")
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Spark needs Java, and there is none: install a JDK of version 17 or later")


@contextmanager
def session(master, connect=False):
    """Give a session; workers run this Python with this cat2vec."""
    from pyspark.sql import SparkSession

    package = str(Path(cat2vec.__file__).parents[1])
    paths = [package, os.environ.get("PYTHONPATH", "")]
    own = {
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    builder = SparkSession.builder
    builder = builder.remote(master) if connect else builder.master(master)
    for name, value in _CONFIG.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    try:
        yield made
    finally:
        made.stop()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
