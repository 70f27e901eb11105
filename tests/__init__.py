"""Tests. An example of hypothesis may take its time: on a busy machine each one sometimes does."""

from hypothesis import settings

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
