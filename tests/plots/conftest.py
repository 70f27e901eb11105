"""Pictures are drawn without a screen."""

import pytest


@pytest.fixture(autouse=True)
def no_screen():
    matplotlib = pytest.importorskip("matplotlib", reason='pip install "cat2vec[plot]"')
    matplotlib.use("agg")
    with matplotlib.rc_context():
        yield
