"""Settings of hypothesis: no test fails because the machine is busy, or because of its luck today.

Examples are the same in every run. ``HYPOTHESIS_PROFILE=explore`` draws new ones, to look for more.
"""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    "steady", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "explore", deadline=None, derandomize=False, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
