"""Deliberate faults, and whether the tests notice them."""

from __future__ import annotations

from benchmarks.mutants import (
    cells,
    counting,
    encoding,
    estimator,
    exports,
    kernels,
    questions,
    report,
    solvers,
    training,
    vectors,
)
from benchmarks.mutants.fault import Fault

#: All faults, by what they are in.
FAULTS: tuple[Fault, ...] = (
    *kernels.FAULTS,
    *solvers.FAULTS,
    *training.FAULTS,
    *counting.FAULTS,
    *encoding.FAULTS,
    *vectors.FAULTS,
    *cells.FAULTS,
    *questions.FAULTS,
    *report.FAULTS,
    *exports.FAULTS,
    *estimator.FAULTS,
)
