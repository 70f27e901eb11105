"""Count the pairs of a table in partitions: two readings, or a few more for very many numbers.

Takes an ``Engine`` and the parameters of ``count_pairs``. Gives ``PartitionCounts``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cat2vec.counting.bars import progress_bar
from cat2vec.counting.pair_counts import PairCounts
from cat2vec.counting.partitioned.jobs import Engine, results
from cat2vec.counting.partitioned.numbers import NumbersSeen
from cat2vec.counting.partitioned.pairs import SAMPLE, TOTALS, PairJob, unpacked
from cat2vec.counting.partitioned.profile import ProfileJob
from cat2vec.counting.spilled import joined
from cat2vec.counting.streamed import MEMORY, reading_of_typed
from cat2vec.errors import NoPairsError, ParameterError, TableError, setting
from cat2vec.kernels.threads import thread_count
from cat2vec.parameters.sizes import bytes_of
from cat2vec.tables.asked import asked_features, asked_kinds, check_not_empty, shared_columns
from cat2vec.tables.cells.factors import Factors
from cat2vec.tables.cells.features import without_values
from cat2vec.tables.cells.growing import Profile
from cat2vec.tables.cells.kinds import Numeric
from cat2vec.tables.cells.whole_numbers import CODES, taken_for
from cat2vec.tables.encoded import EncodedTable, stacked
from cat2vec.tables.fit import Rules, fit_columns, vocabulary_of
from cat2vec.tables.remarks import Remark
from cat2vec.tables.streams.fit import factors_of_values, lists_with_gaps, values_of_bins
from cat2vec.tables.unmatched import warn_of_unmatched_in
from cat2vec.vocabulary.pooling import Pooling
from cat2vec.vocabulary.vocabulary import Vocabulary


@dataclass(frozen=True)
class PartitionCounts:
    """What is known of a table in partitions.

    ``sample`` are some of its rows, spread evenly, if any were asked for; ``bin_values`` and
    ``remarks`` are as a fit has them.
    """

    counts: PairCounts
    sample: EncodedTable | None
    bin_values: dict[str, np.ndarray]
    remarks: tuple[Remark, ...]


def count_partitions(
    engine: Engine,
    *,
    features: Sequence[str] | None = None,
    columns: Mapping[str, Any] | None = None,
    numeric: str = "bin",
    n_bins: int = 16,
    shared: Mapping[str, Sequence[str]] | None = None,
    missing: str = "ignore",
    missing_values: Any = None,
    sample_weight: Any = None,
    min_count: int = 1,
    n_jobs: int | None = None,
    progress: bool = False,
    memory: int | str = MEMORY,
    spill: Any = None,
    sample_rows: int = 0,
) -> PartitionCounts:
    """Count the pairs of a table in partitions; parameters as in ``count_pairs``.

    ``sample_rows`` is about how many rows to give besides.

    Raises
    ------
    TableError, UnknownFeatureError, CellError, NoPairsError, ParameterError
    """
    if sample_weight is not None:
        raise ParameterError(
            "sample_weight cannot be given for a table in partitions, whose rows are in no order. "
            "Bring its rows here, or repeat each row as often as its weight says."
        )
    if spill is not None:
        raise ParameterError(
            f"{setting('spill', spill)} cannot be given for a table in partitions: "
            f"machines that count write into folders of their own. Leave it out."
        )
    kinds, emptied = asked_kinds(engine.names, columns, numeric, n_bins, missing, missing_values)
    names = asked_features(engine.names, features)
    check_not_empty(names, 1)
    engine.check(names)
    rules = Rules(kinds, numeric, n_bins, shared, missing, emptied)
    bar = progress_bar(progress, "steps", total=2, desc="cat2vec count")
    with bar, ThreadPoolExecutor(thread_count(n_jobs)) as pool:
        fitted = _fit(engine, rules, names, missing_values, pool)
        bar.update()
        step = -(-fitted.n_rows // sample_rows) if sample_rows else 0
        how: dict[str, Any] = {"names": names, "min_count": min_count, "memory": bytes_of(memory)}
        counts, sample = _counted(engine, fitted, step=step, **how)
        bar.update()
    return PartitionCounts(counts, sample, fitted.bin_values, fitted.remarks)


@dataclass(frozen=True)
class _Fitted:
    vocabulary: Vocabulary
    remarks: tuple[Remark, ...]
    bin_values: dict[str, np.ndarray]
    n_rows: int


def _fit(
    engine: Engine, rules: Rules, names: list[str], missing_values: Any, pool: ThreadPoolExecutor
) -> _Fitted:
    """Read all columns once and learn their features."""
    unwanted = {name: rules.missing_values[name] for name in names}
    readings = {name: reading_of_typed(rules.kinds.get(name), unwanted[name]) for name in names}
    job = ProfileJob(readings, unwanted)
    profiles, n_rows = job.profiles(results(engine, job, names))
    check_not_empty(names, n_rows)
    factored = {name: _factors(engine, name, profiles[name], job, rules) for name in names}
    warn_of_unmatched_in(factored, rules.kinds, rules.missing_values, missing_values)
    for name, profile in profiles.items():
        found = without_values(factored[name], unwanted[name])
        if found.rows is not None and isinstance(profile, Profile):
            found = lists_with_gaps(found, profile.n_missing)
        factored[name] = found
    fitted, together, remarks = fit_columns(dict(factored), rules, None, pool)
    vocabulary = vocabulary_of(fitted, together, None)
    bin_values = values_of_bins(fitted, vocabulary.schema.columns, factored)
    return _Fitted(vocabulary, remarks, bin_values, n_rows)


def _factors(
    engine: Engine, name: str, found: Profile | NumbersSeen, job: ProfileJob, rules: Rules
) -> Factors:
    """Make a column of a profile, or of few numbers where it has very many."""
    if isinstance(found, Profile):
        return factors_of_values(found)
    kind = rules.kinds.get(name)
    is_binned = isinstance(kind, Numeric) or (kind is None and rules.numeric != "category")
    if is_binned and name not in shared_columns(rules.shared):
        n_bins = kind.bins if isinstance(kind, Numeric) else rules.n_bins
        factors = found.factors(engine, name, n_bins)
        if kind is not None or taken_for(name, factors, n_bins)[0] != CODES:
            return factors
    whole = replace(job, readings={name: job.readings[name]}, most=float("inf"))
    profiles, _ = whole.profiles(results(engine, whole, [name]))
    profile = profiles[name]
    assert isinstance(profile, Profile)
    return factors_of_values(profile)


def _counted(
    engine: Engine, fitted: _Fitted, names: list[str], min_count: int, memory: int, step: int
) -> tuple[PairCounts, EncodedTable | None]:
    """Read all columns again and count their pairs, rare categories pooled."""
    job = PairJob(replace(fitted.vocabulary), memory, step)
    columns = list(dict.fromkeys(fitted.vocabulary.schema.columns))
    lists = [codec.reading.multivalued for codec in fitted.vocabulary.schema.codecs]
    if min_count > 1 and any(lists):
        tokens = replace(job, only_tokens=True, step=0)
        totals, _, _ = _put_together(results(engine, tokens, columns))
        job = replace(job, vocabulary=_checked(fitted, totals))
    pooled = Pooling.of(job.vocabulary, min_count).pooled
    job = replace(job, vocabulary=pooled)
    totals, rows, pairs = _put_together(results(engine, job, columns))
    vocabulary = _checked(replace(fitted, vocabulary=pooled), totals)
    if not pairs:
        raise NoPairsError(fitted.n_rows, vocabulary.n_features, int(totals[-2]))
    keys, count = (np.concatenate(part) for part in zip(*pairs, strict=True))
    left, right = (side.astype(np.int32) for side in np.divmod(keys, vocabulary.n_tokens))
    counts = PairCounts(vocabulary, left, right, count, n_rows=fitted.n_rows)
    if not step:
        return counts, None
    codes = [joined(part) for part in zip(*rows, strict=True)]
    return counts, EncodedTable(*stacked(codes, vocabulary, None))


def _put_together(
    found: Iterator[tuple[int, Any]],
) -> tuple[np.ndarray, list[Any], list[tuple[np.ndarray, np.ndarray]]]:
    """Give totals, rows and pairs."""
    totals, rows, pairs = np.zeros(3, np.int64), [], []
    for bucket, value in found:
        if bucket == TOTALS:
            totals = value
        elif bucket == SAMPLE:
            rows.append(value)
        else:
            pairs.append(unpacked(value))
    return totals, rows, pairs


def _checked(fitted: _Fitted, totals: np.ndarray) -> Vocabulary:
    """Give the vocabulary with counts of tokens of lists, if all rows are those that were fitted.

    Raises
    ------
    TableError
    """
    vocabulary, (n_rows, _, n_unseen) = fitted.vocabulary, totals[-3:]
    counts = vocabulary.counts.copy()
    lists = np.array([codec.reading.multivalued for codec in vocabulary.schema.codecs])
    of_lists = lists[vocabulary.feature_of_token]
    counts[of_lists] = totals[:-3][of_lists]
    if n_rows != fitted.n_rows or n_unseen or not np.array_equal(counts, totals[:-3]):
        raise TableError(
            f"the table had other rows when it was read again: {fitted.n_rows:,} rows, then "
            f"{n_rows:,}, with {n_unseen:,} cells that were not there before. What samples, cuts "
            f"or draws rows at random gives others each time. Write the table and read it, or keep "
            f"it with .cache() or .persist()."
        )
    return replace(vocabulary, counts=counts)
