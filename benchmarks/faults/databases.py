"""Faults in what databases count, in tables in partitions, and where all kinds are counted."""

from __future__ import annotations

from benchmarks.faults.fault import faults_in

_SQL = "counting/test_sql.py"
_PARTITIONS = "counting/partitioned/test_partitions.py"

FAULTS = (
    *faults_in(
        "counting/sql.py",
        (
            "edges_of_bins_in_sql",
            'f"WHEN CAST({text} AS {kind}) < {edge} THEN',
            'f"WHEN CAST({text} AS {kind}) <= {edge} THEN',
            "a database puts a number on an edge into the bin below",
            _SQL,
        ),
        (
            "long_numbers_in_sql",
            "read = int if is_whole else float",
            "read = float",
            "whole numbers beyond float64 are in other bins in a database",
            _SQL,
        ),
    ),
    *faults_in(
        "counting/dialects.py",
        (
            "backslashes_in_sql",
            'escapes = {"\\\\": "\\\\\\\\", mark:',
            "escapes = {mark:",
            "a backslash in a value changes the statement for BigQuery and others",
            f"{_SQL} cli/test_sql.py",
        ),
        (
            "points_between_quotes",
            "table = [p[1:-1].replace('\"\"', '\"') if p.startswith('\"') else p for p in found]",
            "table = [p[1:-1] if p.startswith('\"') else p for p in found]",
            "a double quote in the name of a table is two",
            f"{_SQL} cli/test_sql.py cat2vec/counting/dialects.py",
        ),
    ),
    *faults_in(
        "counting/sql_profile.py",
        (
            "values_that_come_twice",
            "np.add.at(sums, values.indices.to_numpy(), n_rows[here])",
            "sums[values.indices.to_numpy()] = n_rows[here]",
            "of a value that a result holds twice the last rows count",
            _SQL,
        ),
        (
            "results_without_rows",
            "pc.min(n_rows).as_py() < 1",
            "pc.min(n_rows).as_py() < 0",
            "a result of values of no rows is taken",
            _SQL,
        ),
    ),
    *faults_in(
        "counting/from_sql.py",
        (
            "min_count_of_databases",
            "    return counts.pool(min_count)",
            "    return counts",
            "min_count is not heeded for counts of a database",
            _SQL,
        ),
        (
            "parts_of_dates_in_sql",
            "blocks[f, g] = _block(one, other, texts.rows, _size(profile, g))",
            "blocks[f, g] = _block(one, other, np.ones_like(texts.rows), _size(profile, g))",
            "parts of a date stand together in one row for each date",
            _SQL,
        ),
    ),
    *faults_in(
        "counting/count.py",
        (
            "min_count_of_streams",
            "        return counts.pool(min_count)",
            "        return counts",
            "min_count is not heeded for tables that are read in pieces",
            "tables/streams/test_equal_counts.py",
        ),
        (
            "weights_of_encoded_rows",
            "token_counts(table.codes[:, columns], table.weights, len(categories))",
            "token_counts(table.codes[:, columns], None, len(categories))",
            "of encoded rows that have weights categories have lines for rows",
            "counting/test_weights.py::test_new_rows_with_weights_count_as_they_would_by_themselves",
        ),
    ),
    *faults_in(
        "counting/streamed.py",
        (
            "weights_too_few",
            "    if weights is not None and len(weights) != kept.n_rows_read:",
            "    if weights is not None and len(weights) < kept.n_rows_read:",
            "more weights than a file has rows are taken",
            "tables/streams/test_equal_counts.py",
        ),
        (
            "minutes_of_days",
            'unit = "minute" if kind is not None and "minute" in (kind.parts or ()) else "hour"',
            'unit = "hour"',
            "of very many moments minutes are all zero",
            f"tables/test_dates.py tables/streams/test_equal_counts.py {_PARTITIONS}",
        ),
    ),
    *faults_in(
        "counting/united.py",
        (
            "bins_beside_missing_cells",
            "merged = _merged(codec, *both) if codec.edges is None else max(both, key=len)",
            "merged = _merged(codec, *both) if codec.edges is None else both[0]",
            "missing cells of numbers are lost where counts are added",
            "estimator/test_partial_fit.py::test_missing_cells_of_later_rows_are_a_category_beside_the_bins_of_the_first",
        ),
    ),
    *faults_in(
        "counting/partitioned/count.py",
        (
            "tables_that_change",
            "n_rows != fitted.n_rows or n_unseen or not np.array_equal(counts, totals[:-3])",
            "n_rows != fitted.n_rows",
            "a table that gives other rows each time is counted",
            _PARTITIONS,
        ),
        (
            "gaps_in_lists",
            "            found = lists_with_gaps(found, profile.n_missing)",
            "            found = lists_with_gaps(found, 0)",
            "in partitions a missing list is no missing cell",
            _PARTITIONS,
        ),
    ),
    *faults_in(
        "counting/partitioned/numbers.py",
        (
            "missing_numbers_of_one_part",
            "n_missing=sum(part.n_missing for part in parts),",
            "n_missing=parts[0].n_missing,",
            "of many numbers in partitions missing cells are those of one part",
            _PARTITIONS,
        ),
        (
            "fractions_among_whole_numbers",
            "all(one.is_whole for one in some),",
            "any(one.is_whole for one in some),",
            "many numbers with fractions are taken for whole ones",
            _PARTITIONS,
        ),
    ),
    *faults_in(
        "counting/partitioned/pairs.py",
        (
            "every_row_is_a_sample",
            "yield SAMPLE, _every(encoded, slots, self.step, -n_rows % self.step)",
            "yield SAMPLE, _every(encoded, slots, self.step, 0)",
            "of many small pieces more rows are brought together than were asked",
            _PARTITIONS,
        ),
    ),
    *faults_in(
        "estimator/partitions.py",
        (
            "start_of_partitions",
            "vectors = train_vectors(counts, start=start, **",
            "vectors = train_vectors(counts, **",
            "start is not heeded for tables in partitions",
            "counting/partitioned/test_partitions.py",
        ),
        (
            "min_count_of_partitions",
            "        min_count=model.min_count,\n        progress=bool(model.verbose),",
            "        progress=bool(model.verbose),",
            "min_count is not heeded for tables in partitions",
            _PARTITIONS,
        ),
    ),
)
