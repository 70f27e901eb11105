"""Settings of hypothesis: no test fails because the machine is busy, or because of its luck today.

Examples are the same in every run. ``HYPOTHESIS_PROFILE=explore`` draws new ones, to look for more.
"""

import os
import signal
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "explore", deadline=None, derandomize=False, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))

# Shells let what they begin in the background ignore Ctrl-C, and so would all that tests begin.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def no_open_figures():
    """Close the figures of pyplot before and after each test: it keeps them for the process."""
    close_figures()
    yield
    close_figures()


def close_figures():
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def full_disk(tmp_path):
    """Give a folder on a disk of one megabyte."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"a small disk cannot be mounted here: {error}")
    yield place
    subprocess.run(["umount", str(place)], check=True)
