"""Deliberate faults that ``mutants`` tries."""

from __future__ import annotations

from benchmarks.faults.cells import FAULTS as CELLS
from benchmarks.faults.command_line import FAULTS as COMMAND_LINE
from benchmarks.faults.counting import FAULTS as COUNTING
from benchmarks.faults.databases import FAULTS as DATABASES
from benchmarks.faults.encoding import FAULTS as ENCODING
from benchmarks.faults.engines import FAULTS as ENGINES
from benchmarks.faults.estimator import FAULTS as ESTIMATOR
from benchmarks.faults.exports import FAULTS as EXPORTS
from benchmarks.faults.fault import Fault
from benchmarks.faults.fitted import FAULTS as FITTED
from benchmarks.faults.kernels import FAULTS as KERNELS
from benchmarks.faults.kernels_of_training import FAULTS as KERNELS_OF_TRAINING
from benchmarks.faults.pictures import FAULTS as PICTURES
from benchmarks.faults.questions import FAULTS as QUESTIONS
from benchmarks.faults.report import FAULTS as REPORT
from benchmarks.faults.sentences import FAULTS as SENTENCES
from benchmarks.faults.solvers import FAULTS as SOLVERS
from benchmarks.faults.solvers_by_rows import FAULTS as SOLVERS_BY_ROWS
from benchmarks.faults.sources import FAULTS as SOURCES
from benchmarks.faults.storage import FAULTS as STORAGE
from benchmarks.faults.training import FAULTS as TRAINING
from benchmarks.faults.vectors import FAULTS as VECTORS

#: All faults, by what they are in.
FAULTS: tuple[Fault, ...] = (
    *KERNELS,
    *KERNELS_OF_TRAINING,
    *SOLVERS,
    *SOLVERS_BY_ROWS,
    *TRAINING,
    *COUNTING,
    *ENCODING,
    *VECTORS,
    *CELLS,
    *QUESTIONS,
    *REPORT,
    *EXPORTS,
    *ENGINES,
    *ESTIMATOR,
    *STORAGE,
    *SOURCES,
    *DATABASES,
    *FITTED,
    *PICTURES,
    *COMMAND_LINE,
    *SENTENCES,
)
