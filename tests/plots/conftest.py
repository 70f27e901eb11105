"""Pictures are drawn without a screen, and closed after each test."""

import pytest


@pytest.fixture(autouse=True)
def no_screen():
    matplotlib = pytest.importorskip("matplotlib", reason='pip install "cat2vec[plot]"')
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.close("all")  # those that tests elsewhere left open
    matplotlib.use("agg")
    with matplotlib.rc_context():
        yield
    pyplot.close("all")
