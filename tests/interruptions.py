"""Saves that are interrupted between files, for tests of every kind of folder."""

from __future__ import annotations

import os
from contextlib import contextmanager

import pytest


@contextmanager
def interrupted_at(monkeypatch, stopped_at):
    """Interrupt what runs inside when it puts its ``stopped_at``-th file in place."""
    calls = []

    def replace(*paths):
        calls.append(paths)
        if len(calls) == stopped_at:
            raise KeyboardInterrupt
        os.rename(*paths)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(KeyboardInterrupt):
            yield
