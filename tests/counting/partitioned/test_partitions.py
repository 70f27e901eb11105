"""Tables in partitions are counted as tables in memory, whatever the engine and its order."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cat2vec import Cat2Vec, Dates, MultiValued, Numeric, count_pairs, encode_table
from cat2vec.counting.partitioned import pairs, profile
from cat2vec.counting.partitioned.count import count_partitions
from cat2vec.counting.partitioned.engines import open_partitions
from cat2vec.counting.partitioned.jobs import results
from cat2vec.counting.partitioned.numbers import NumbersInJob
from cat2vec.counting.streamed import reading_of_typed
from cat2vec.errors import CellError, NoPairsError, ParameterError, TableError
from cat2vec.tables.streams.numbers import cells_of
from tests.counting.partitioned.made_partitions import Partitions, brought_here, of_dask, partitions
from tests.tables.streams import test_equal_counts as forms
from tests.tables.streams.made_streams import airports, odd_types, texts_and_numbers
from tests.tables.streams.test_equal_counts import check_equal, with_warnings


class TestForms(forms.TestForms):
    """All that holds for tables that come piece by piece."""

    @pytest.fixture(params=[partitions(1), partitions(7)], ids=lambda one: one.__name__)
    def form(self, request):
        return request.param

    @pytest.fixture
    def typed_form(self, form):
        return form


def check_partitions(table, n_partitions=5, **how):
    expected, expected_words = with_warnings(lambda: count_pairs(brought_here(table), **how))
    source = Partitions(table, n_partitions) if isinstance(table, pa.Table) else table
    found, words = with_warnings(lambda: count_pairs(source, **how))
    check_equal(found, expected)
    assert words == expected_words
    return source


def with_longer_lists(table):
    """Put two more values, each of few rows, into every list."""
    cells = enumerate(table["tags"].to_pylist())
    longer = [[*(cell or []), f"r{i % 90}", f"s{i % 80}"] for i, cell in cells]
    return table.set_column(table.column_names.index("tags"), "tags", pa.array(longer))


class TestRareCategories:
    def test_are_pooled_before_pairs_are_counted(self):
        check_partitions(texts_and_numbers(), min_count=5)

    def test_of_lists_are_pooled_cell_by_cell(self):
        kinds = {"tags": MultiValued(within=True)}
        check_partitions(with_longer_lists(odd_types(300)), min_count=6, columns=kinds)

    def test_of_shared_vocabularies(self):
        shared = {"airport": ["origin", "dest", "via"]}
        check_partitions(airports(60), min_count=8, shared=shared)

    def test_a_column_of_rare_categories_only_is_one_token(self):
        table = texts_and_numbers(60).append_column("key", pa.array([f"k{i}" for i in range(60)]))
        check_partitions(table, min_count=5)


@pytest.mark.filterwarnings("ignore::cat2vec.errors.BinnedNumbersWarning")
class TestManyNumbers:
    @pytest.fixture(autouse=True)
    def few_stay(self, monkeypatch):
        job = profile.ProfileJob
        monkeypatch.setattr(job.__init__, "__defaults__", (40,))

    @pytest.fixture
    def table(self):
        rng = np.random.default_rng(0)
        x = rng.gamma(1.0, 9.0, 900)
        x[::7], x[3::50], x[4::50], x[5::9], x[6::9] = np.nan, np.inf, -np.inf, -0.0, 0.0
        whole = [None if i % 5 == 0 else int(v) for i, v in enumerate(rng.integers(0, 400, 900))]
        halves = rng.permutation(900).astype(float)
        halves[:3] += 0.5  # in few of the parts that numbers are cut into
        return pa.table(
            {
                "x": x,
                "row_number": halves,
                "single": rng.normal(size=900).astype(np.float32),
                "whole": pa.array(whole, pa.int32()),
                "user_id": rng.integers(0, 300, 900),
                "other_id": rng.integers(100, 400, 900),
                "like": rng.choice(["a", "b"], 900),
            }
        )

    def test_have_the_edges_of_all(self, table):
        check_partitions(table)

    @pytest.mark.parametrize("missing", ["ignore", "token"])
    def test_without_those_that_mean_missing(self, table, missing):
        how = {"missing_values": {"x": [0, float("inf")], "whole": [7, 8], "single": [3]}}
        check_partitions(table, missing=missing, **how)

    def test_in_bins_that_are_asked_for(self, table):
        check_partitions(table, columns={"x": Numeric(bins=3), "user_id": Numeric(bins=40)})

    def test_that_are_categories(self, table):
        check_partitions(table, numeric="category", shared={"id": ["user_id", "other_id"]})
        check_partitions(table, columns={"whole": "category"}, min_count=3)


class TestBounds:
    def test_what_travels_in_parts_is_put_together(self, monkeypatch):
        monkeypatch.setattr(pairs, "_TOGETHER", 7)
        monkeypatch.setattr(profile, "_TOGETHER", 5)
        check_partitions(texts_and_numbers())
        kinds = {"tags": MultiValued(within=True)}
        check_partitions(odd_types(), columns=kinds, missing="token")

    @pytest.mark.parametrize("make", [texts_and_numbers, odd_types])
    def test_values_have_an_order_that_no_engine_decides(self, make):
        def profiles(n_partitions, seed):
            table = make()
            names = table.column_names
            unwanted = dict.fromkeys(names, ())
            readings = {name: reading_of_typed(None, ()) for name in names}
            job = profile.ProfileJob(readings, unwanted)
            found, _ = job.profiles(results(Partitions(table, n_partitions, seed), job, names))
            return {name: (list(one.values), one.rows.tolist()) for name, one in found.items()}

        assert profiles(5, seed=0) == profiles(3, seed=1)

    def test_numbers_of_several_partitions_have_the_rows_of_all(self):
        numbers = np.random.default_rng(0).integers(0, 30, 900).astype(float)
        source = Partitions(pa.table({"x": numbers}), 4)
        splitters = np.array([9.5, 19.5])
        cells = np.unique(cells_of(np.array([12.0]), splitters))
        job = NumbersInJob("x", np.empty(0), splitters, cells)
        ((_, (found, rows)),) = results(source, job, ["x"])
        wanted = np.unique(numbers[(numbers > 9.5) & (numbers < 19.5)], return_counts=True)
        np.testing.assert_array_equal([found, rows], wanted)

    def test_sorted_keys_in_little_memory(self, monkeypatch):
        monkeypatch.setattr(pairs, "_ROOM", 1000)
        rng = np.random.default_rng(0)
        ids = [f"u{i}" for i in np.minimum(rng.zipf(1.3, 3000), 900)]
        places = [f"p{i}" for i in rng.integers(0, 700, 3000)]
        tags = [rng.choice(list("abcdef"), rng.integers(0, 4)).tolist() for _ in range(3000)]
        table = pa.table({"user": ids, "place": places, "tags": tags})
        how = {"columns": {"tags": MultiValued(within=True)}}
        found = count_pairs(Partitions(table, 6), memory=100_000, **how)
        check_equal(found, count_pairs(table, **how))

    def test_moments_that_nearly_all_differ(self, monkeypatch):
        monkeypatch.setattr(profile, "MOST_VALUES", 40)
        check_partitions(odd_types().select(["when", "local", "kind"]))
        kinds = {"when": Dates(parts=["minute", "hour"])}
        check_partitions(odd_types().select(["when", "local", "kind"]), columns=kinds)

    def test_one_column_of_baskets(self):
        check_partitions(odd_types(200).select(["tags"]))

    def test_what_travels_is_packed(self):
        rng = np.random.default_rng(0)
        table = pa.table({f"c{i}": rng.integers(0, 9, 9000) for i in range(6)})
        source = check_partitions(table, 1, numeric="category")
        of_pairs = source.bytes_sent[-2]
        assert of_pairs < 15 * 81 * 4 + 64 * 400


class TestErrors:
    def test_a_table_without_rows(self):
        empty = texts_and_numbers().slice(0, 0)
        with pytest.raises(TableError, match=r"0 sample\(s\)"):
            count_pairs(Partitions(empty, 1))

    def test_rows_without_two_cells(self):
        table = pa.table({"a": ["x", None], "b": [None, "y"]})
        with pytest.raises(NoPairsError) as found:
            count_pairs(Partitions(table, 2))
        with pytest.raises(NoPairsError) as expected:
            count_pairs(table)
        assert str(found.value) == str(expected.value)

    def test_an_error_in_a_partition_is_that_of_the_table(self):
        cells = pa.array([[[1]], [[2]]] * 9)
        with pytest.raises(CellError, match="'x'") as found:
            count_pairs(Partitions(pa.table({"x": cells, "y": ["a", "b"] * 9}), 2))
        assert type(found.value) is CellError

    def test_a_column_that_is_said_to_hold_lists(self):
        table = pa.table({"x": ["a", "b"] * 9, "y": ["a", "b"] * 9})
        with pytest.raises(TableError, match="its cells are no lists: it holds 'a'"):
            count_pairs(Partitions(table, 2), columns={"x": "multivalued"})

    def test_weights_and_folders_cannot_be_given(self):
        source = Partitions(texts_and_numbers(60), 2)
        with pytest.raises(ParameterError, match="sample_weight cannot be given for a table in"):
            count_pairs(source, sample_weight=np.ones(60))
        with pytest.raises(ParameterError, match="spill='x' cannot be given for a table in"):
            count_pairs(source, spill="x")

    @pytest.mark.parametrize("other", ["other values", "fewer rows", "other counts"])
    def test_rows_that_change_between_two_readings(self, other):
        table = pa.table({"a": ["x", "y", "y"] * 9, "b": ["u", "v", "v"] * 9})
        changed = {
            "other values": table.set_column(0, "a", pa.array(["x", "z", "z"] * 9)),
            "fewer rows": table.slice(3),
            "other counts": table.set_column(0, "a", pa.array(["x", "x", "y"] * 9)),
        }[other]

        class Changing(Partitions):
            def run(self, job, names):
                found = super().run(job, names)
                self._parts = Partitions(changed, 2)._parts
                return found

        numbers = {
            "other values": "27 rows, then 27, with 18",
            "fewer rows": "27 rows, then 24, with 0",
        }
        said = numbers.get(other, "27 rows, then 27, with 0") + " cells that were not there before"
        with pytest.raises(TableError, match=f"the table had other rows .* again: {said}"):
            count_pairs(Changing(table, 2))


@pytest.mark.filterwarnings("ignore::cat2vec.errors.BinnedNumbersWarning")
class TestModel:
    def test_is_that_of_the_rows(self, capsys):
        table = texts_and_numbers()
        some = table.column_names[1:]
        how = {"vector_size": 4, "min_count": 3, "columns": {"n": "category"}, "features": some}
        mine, words = with_warnings(lambda: Cat2Vec(**how, verbose=1).fit(Partitions(table, 4)))
        said = capsys.readouterr()
        assert "600 rows, counted where they lie" in said.out + said.err
        theirs, expected_words = with_warnings(lambda: Cat2Vec(**how, solver="counts").fit(table))
        np.testing.assert_array_equal(mine.vectors_.matrix, theirs.vectors_.matrix)
        np.testing.assert_array_equal(mine.transform(table), theirs.transform(table))
        np.testing.assert_allclose(mine.score_samples(table), theirs.score_samples(table), atol=0.3)
        assert mine.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
        assert words == expected_words

    @pytest.mark.parametrize("within", [False, True])
    def test_of_lists_of_which_rare_ones_are_pooled(self, within):
        table = with_longer_lists(odd_types(300)).select(["tags", "kind", "small"])
        how = {"vector_size": 2, "min_count": 80, "columns": {"tags": MultiValued(within=within)}}
        mine = Cat2Vec(**how).fit(Partitions(table, 3))
        theirs = Cat2Vec(**how, solver="counts").fit(table)
        np.testing.assert_array_equal(mine.vectors_.matrix, theirs.vectors_.matrix)

    def test_judges_cells_by_every_seventh_row_of_a_partition(self):
        table = texts_and_numbers()
        found = with_warnings(
            lambda: count_partitions(
                Partitions(table, 4), columns={"n": "category"}, sample_rows=90
            )
        )[0]
        wanted = np.concatenate([np.arange(start, start + 150, 7) for start in range(0, 600, 150)])
        rows = with_warnings(
            lambda: encode_table(table.take(wanted), vocabulary=found.counts.vocabulary)
        )[0]
        order = np.lexsort(rows.codes.T)
        np.testing.assert_array_equal(
            found.sample.codes[np.lexsort(found.sample.codes.T)], rows.codes[order]
        )

    def test_begins_with_the_vectors_that_it_is_given(self):
        table = texts_and_numbers()
        how = {"vector_size": 4, "solver": "counts", "max_sweeps": 1}
        start = with_warnings(lambda: Cat2Vec(4, solver="counts").fit(table))[0].vectors_
        mine, theirs = (
            with_warnings(lambda rows=rows: Cat2Vec(**how).fit(rows, start=start))[0]
            for rows in (Partitions(table, 3), table)
        )
        np.testing.assert_array_equal(mine.vectors_.matrix, theirs.vectors_.matrix)

    def test_keeps_pair_counts_as_asked(self, monkeypatch):
        table = texts_and_numbers(60)
        monkeypatch.setattr("cat2vec.estimator.partitions.MOST_PAIRS", 100)

        def keeps(**how):
            model = Cat2Vec(2, max_sweeps=2, **how).fit(Partitions(table, 2))
            return model.cells_.counts is not None

        assert not with_warnings(lambda: keeps(keep_counts="auto"))[0]
        assert with_warnings(lambda: keeps(keep_counts=True))[0]
        monkeypatch.setattr("cat2vec.estimator.partitions.MOST_PAIRS", 10**6)
        assert with_warnings(lambda: keeps(keep_counts="auto"))[0]
        assert not with_warnings(lambda: keeps(keep_counts=False))[0]

    def test_trains_on_counts_alone(self):
        source = Partitions(texts_and_numbers(60), 2)
        with pytest.raises(ParameterError, match="solver='rows' trains on rows"):
            Cat2Vec(solver="rows").fit(source)
        with pytest.raises(ParameterError, match="vector_size"):
            Cat2Vec(vector_size=0).fit(source)


def test_other_tables_are_in_no_partitions():
    for table in (texts_and_numbers(9), Partitions, None, "a.csv", {"a": [1]}):
        assert open_partitions(table) is None


@pytest.fixture(scope="module")
def dask_processes():
    distributed = pytest.importorskip("distributed", reason="dask is not installed")
    how = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    with distributed.LocalCluster(**how) as cluster, distributed.Client(cluster) as client:
        yield client


@pytest.mark.usefixtures("dask_processes")
class TestDask:
    @pytest.mark.parametrize("make", [texts_and_numbers, odd_types, airports])
    def test_is_counted_as_in_memory(self, make):
        table = make()
        if "raw" in table.column_names:  # Dask takes objects for text
            table = table.drop_columns(["raw"])
        check_partitions(of_dask(table, None), missing="token")

    def test_names_that_are_no_text(self):
        frame = of_dask(texts_and_numbers(), None)
        frame.columns = range(8)
        check_partitions(frame, features=["0", "3", "5"])

    def test_of_more_partitions_than_tasks_that_merge(self):
        check_partitions(of_dask(texts_and_numbers(), None).repartition(npartitions=20))

    def test_columns_that_are_not_asked_for_are_not_read(self):
        from_map = pytest.importorskip("dask.dataframe").from_map

        def read(place, columns=None):
            assert columns == ["city", "job"]
            cells = {"city": ["Oslo", "Rome"] * 9, "job": ["cook", "nurse"] * 9}
            return pd.DataFrame(cells)[columns]

        meta = pd.DataFrame({name: pd.Series(dtype="str") for name in ("city", "job", "note")})
        found = count_pairs(from_map(read, range(3), meta=meta), features=["city", "job"])
        assert (found.n_rows, found.count.tolist()) == (54, [27, 27])

    def test_rare_categories(self):
        check_partitions(of_dask(texts_and_numbers(), None), min_count=5)
