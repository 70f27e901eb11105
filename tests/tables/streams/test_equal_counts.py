"""Tables that are read piece by piece are counted as tables in memory, whatever their form."""

import os
import re
import warnings

import numpy as np
import pyarrow as pa
import pytest

from cat2vec import Dates, MultiValued, Numeric, Ordered, count_pairs, encode_table
from cat2vec.counting import accumulate, streamed, tiled
from cat2vec.counting.encoded import count_encoded
from cat2vec.tables.sources import typed_file
from cat2vec.tables.streams import runs, spilled_column
from cat2vec.vocabulary.vocabulary import category_key
from tests.tables.streams import made_streams
from tests.tables.streams.made_streams import airports, csv, odd_types, parquet, texts_and_numbers


def with_warnings(count):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        counts = count()
    return counts, [(one.category, str(one.message)) for one in caught]


def counted_in_memory(source, weights=None, **how):
    return count_encoded(encode_table(source, sample_weight=weights, **how))


def check_equal(mine, expected):
    """Check that two pair counts are the same, array for array, with vocabulary and schema."""
    ours, theirs = mine.vocabulary, expected.vocabulary
    assert ours.features == theirs.features
    assert ours.schema.shared == theirs.schema.shared
    for one, other in zip(ours.schema.codecs, theirs.schema.codecs, strict=True):
        assert one.same_as(other)
        assert (one.dtype, one.n_merged) == (other.dtype, other.n_merged)
        if one.edges is not None:
            assert one.edges.dtype == other.edges.dtype
    for one, other in zip(ours.categories, theirs.categories, strict=True):
        assert one.dtype == other.dtype
        keys = [list(map(category_key, found.tolist())) for found in (one, other)]
        assert keys[0] == keys[1]
        assert list(map(type, one.tolist())) == list(map(type, other.tolist()))
    pairs = [(ours.counts, theirs.counts)]
    pairs += [(getattr(mine, n), getattr(expected, n)) for n in ("left", "right", "count")]
    for one, other in pairs:
        np.testing.assert_array_equal(one, other, strict=True)
    assert mine.n_rows == expected.n_rows
    assert type(mine.n_rows) is type(expected.n_rows)


def check_form(form, table, folder, **how):
    """Count one table read piece by piece and in memory; both say the same, warnings too."""
    source = form(table, folder)
    again = source if isinstance(source, (os.PathLike, list)) else form(table, folder)
    expected, expected_words = with_warnings(lambda: counted_in_memory(again, **how))
    mine, words = with_warnings(lambda: count_pairs(source, n_jobs=2, **how))
    check_equal(mine, expected)
    assert words == expected_words


class TestForms:
    @pytest.fixture(autouse=True)
    def pieces_are_small(self, monkeypatch):
        monkeypatch.setattr(typed_file, "_PIECE_ROWS", 64)

    def test_text_numbers_and_dates(self, form, tmp_path):
        check_form(form, texts_and_numbers(), tmp_path)

    def test_rare_categories_that_are_pooled(self, form, tmp_path):
        source = form(texts_and_numbers(), tmp_path)
        again = (
            source
            if isinstance(source, (os.PathLike, list))
            else form(texts_and_numbers(), tmp_path)
        )
        whole, _ = with_warnings(lambda: counted_in_memory(again))
        mine, _ = with_warnings(lambda: count_pairs(source, min_count=5))
        check_equal(mine, whole.pool(5))
        assert (mine.vocabulary.rare_tokens >= 0).any()

    def test_gaps_that_are_categories(self, form, tmp_path):
        check_form(form, texts_and_numbers(300, 3), tmp_path, missing="token")

    def test_values_that_mean_missing(self, form, tmp_path):
        how = {"missing_values": ["Oslo", "none such", 3], "missing": "token"}
        check_form(form, texts_and_numbers(300, 4), tmp_path, **how)

    def test_kinds_that_are_named(self, form, tmp_path):
        kinds = {
            "n": "category",
            "wide": Numeric(bins=5),
            "city": MultiValued(sep=" ", normalize=True),
            "price": "identifier",
        }
        check_form(form, texts_and_numbers(300, 5), tmp_path, columns=kinds)

    def test_some_columns(self, form, tmp_path):
        check_form(form, texts_and_numbers(200, 6), tmp_path, features=["used", "city", "wide"])

    def test_shared_vocabularies(self, form, tmp_path):
        check_form(form, airports(), tmp_path, shared={"airport": ["origin", "dest", "via"]})

    @pytest.mark.parametrize("missing", ["ignore", "token"])
    def test_odd_types(self, typed_form, missing, tmp_path):
        check_form(typed_form, odd_types(), tmp_path, missing=missing)

    def test_lists_within(self, typed_form, tmp_path):
        kinds = {"tags": MultiValued(within=True), "when": Dates(parts=["minute", "hour"])}
        how = {"missing_values": {"tags": ["b"], "small": [0]}, "missing": "token"}
        check_form(typed_form, odd_types(300, 7), tmp_path, columns=kinds, **how)

    def test_all_numbers_are_categories(self, typed_form, tmp_path):
        check_form(typed_form, odd_types(200, 8), tmp_path, numeric="category")


def numbers(high, dtype="int64", n_rows=240):
    return np.random.default_rng(3).integers(0, high, n_rows).astype(dtype)


OTHER_TYPES = {
    "lists of large offsets": pa.array([[int(v)] for v in numbers(5)], pa.large_list(pa.int32())),
    "lists of one length": pa.FixedSizeListArray.from_arrays(pa.array(numbers(5, n_rows=480)), 2),
    "durations": pa.array(numbers(5), pa.duration("s")),
    "times": pa.array(numbers(5, "int32")).cast(pa.time32("s")),
    "categories of numbers": pa.array(numbers(9)).dictionary_encode(),
    "half floats": pa.array(numbers(40, "float16")),
    "large text": pa.array([str(v) for v in numbers(5)], pa.large_string()),
    "nanoseconds": pa.array(numbers(10**18), pa.timestamp("ns")),
    "bytes of one length": pa.array([b"ab", b"cd", None] * 80, pa.binary(2)),
    "small numbers": pa.array(numbers(200, "uint8")),
}


@pytest.mark.parametrize("kind", OTHER_TYPES)
@pytest.mark.parametrize("most_values", [40, 1000])
@pytest.mark.parametrize("some_form", [parquet, made_streams.readers(37)], ids=["file", "reader"])
def test_other_types(kind, most_values, some_form, tmp_path, monkeypatch):
    monkeypatch.setattr(spilled_column, "MOST_VALUES", most_values)
    table = pa.table({"x": OTHER_TYPES[kind], "like": ["a", "b", "b"] * 80})
    check_form(some_form, table, tmp_path, missing="token")


class TestColumns:
    @pytest.fixture(params=[parquet, made_streams.readers(7), csv], ids=lambda one: one.__name__)
    def some_form(self, request):
        return request.param

    def test_one_column_of_baskets(self, tmp_path):
        baskets = odd_types(200).select(["tags"])
        check_form(parquet, baskets, tmp_path)

    def test_identifiers_are_warned_of(self, some_form, tmp_path):
        n_rows = 700
        rng = np.random.default_rng(0)
        table = pa.table(
            {
                "user": [f"u{i}" for i in range(n_rows)],
                "number": rng.permutation(n_rows * 9)[:n_rows],
                "row": np.arange(100, 100 + n_rows),
                "falling": np.arange(n_rows)[::-1],
                "steps": np.sort(rng.choice(n_rows * 3, n_rows)),
                "like": rng.choice(["a", "b"], n_rows),
                "age": [str(v) if v % 31 else "NA" for v in rng.integers(0, 500, n_rows)],
            }
        )
        check_form(some_form, table, tmp_path)

    def test_columns_without_a_cell(self, some_form, tmp_path):
        table = pa.table({"a": ["x", "y"] * 50, "b": pa.nulls(100, pa.string()), "c": [1, 2] * 50})
        check_form(some_form, table, tmp_path)
        check_form(some_form, table, tmp_path, missing="token")

    def test_stripes_of_orc(self, tmp_path):
        check_form(made_streams.orc, texts_and_numbers(), tmp_path, missing="token")

    def test_declared_orders(self, some_form, tmp_path):
        sizes = pa.array(["S", "L", "M", None] * 30)
        table = pa.table({"size": sizes, "b": ["x", "y", "x", "z"] * 30})
        check_form(some_form, table, tmp_path, columns={"size": Ordered(["S", "M", "L", "XL"])})

    def test_ordered_dictionaries(self, tmp_path):
        codes = pa.array([2, 0, 1, None] * 30, pa.int8())
        size = pa.DictionaryArray.from_arrays(codes, ["S", "M", "L"], ordered=True)
        table = pa.table({"size": size, "b": ["x", "y", "x", "z"] * 30})
        for one in (made_streams.feather, made_streams.readers(7)):
            check_form(one, table, tmp_path)

    def test_an_index_of_pandas_is_left_out(self, tmp_path):
        import pandas as pd

        frame = pd.DataFrame({"a": ["x", "y"] * 40, "b": [1, 2] * 40}, index=range(5, 85))
        check_form(parquet, pa.Table.from_pandas(frame, preserve_index=True), tmp_path)
        frame.to_csv(tmp_path / "i.csv")
        check_form(lambda *_: tmp_path / "i.csv", None, tmp_path)


class TestWeights:
    @pytest.mark.parametrize("kind", ["whole", "fractional"])
    def test_weights_of_rows(self, form, kind, tmp_path):
        table = texts_and_numbers(240, 9)
        rng = np.random.default_rng(0)
        weights = rng.integers(0, 4, 240).astype(float)
        if kind == "fractional":
            weights = np.where(weights == 0, 0.0, rng.gamma(1.0, 1.0, 240))
        source = form(table, tmp_path)
        again = source if isinstance(source, (os.PathLike, list)) else form(table, tmp_path)
        expected, _ = with_warnings(lambda: counted_in_memory(again, weights))
        mine, _ = with_warnings(lambda: count_pairs(source, sample_weight=weights))
        if kind == "whole":
            check_equal(mine, expected)
        np.testing.assert_array_equal(mine.left, expected.left)
        np.testing.assert_allclose(mine.count, expected.count, rtol=1e-12)
        np.testing.assert_allclose(mine.vocabulary.counts, expected.vocabulary.counts, rtol=1e-12)

    @pytest.mark.parametrize("n_weights", [239, 241])
    def test_another_number_of_weights_is_an_error(self, n_weights, tmp_path):
        source = parquet(texts_and_numbers(240), tmp_path)
        with pytest.raises(
            ValueError, match=f"{n_weights} weights and the table has (more|240) rows"
        ):
            count_pairs(source, sample_weight=np.ones(n_weights))


@pytest.mark.filterwarnings("ignore::cat2vec.errors.IdentifierWarning")
class TestBounds:
    """What is done only for tables of many rows or categories is done for these, too."""

    @pytest.fixture
    def table(self):
        rng = np.random.default_rng(5)
        ids = [f"u{i}" for i in np.minimum(rng.zipf(1.3, 3000), 900)]
        places = [f"p{i}" for i in rng.integers(0, 700, 3000)]
        tags = [rng.choice(list("abcdef"), rng.integers(0, 4)).tolist() for _ in range(3000)]
        return pa.table({"user": ids, "place": places, "tags": tags, "n": rng.integers(0, 9, 3000)})

    @pytest.fixture
    def expected(self, table):
        return counted_in_memory(table, columns={"tags": MultiValued(within=True)})

    @pytest.fixture(autouse=True)
    def any_memory_is_enough(self, monkeypatch):
        monkeypatch.setattr(streamed, "_check_memory", lambda *_: None)

    def counted(self, table, folder, **how):
        source = parquet(table, folder)
        return count_pairs(source, columns={"tags": MultiValued(within=True)}, **how)

    def test_several_passes(self, table, expected, tmp_path, monkeypatch):
        monkeypatch.setattr(tiled, "TILE_ROWS", 256)
        check_equal(self.counted(table, tmp_path, memory=100_000), expected)

    def test_counters_that_are_full_are_emptied(self, table, expected, tmp_path, monkeypatch):
        monkeypatch.setattr(tiled, "TILE_ROWS", 256)
        monkeypatch.setattr(accumulate, "MOST_ROWS", 600)
        check_equal(self.counted(table, tmp_path), expected)

    def test_counters_of_32_bits_do_not_run_over(self):
        counters = accumulate.DenseCounters([(0, 1)], np.array([1, 1]), False)
        counters._buffer[0] = counters._n_rows = accumulate.MOST_ROWS - 5  # as after so many rows
        codes, slots = np.zeros((1 << 16, 2), np.int16, "F"), [np.array([0]), np.array([1])]
        for _ in range(17):
            counters.add(accumulate.Tile(codes, slots, None))
        keys, counts = counters.block(0)
        assert keys.tolist() == [0]
        assert counts.tolist() == [accumulate.MOST_ROWS - 5 + 17 * (1 << 16)]

    @pytest.mark.parametrize("most_keys", [50, 1 << 18])
    @pytest.mark.parametrize("weights", [None, 2.0])
    def test_sorted_keys_that_go_to_disk(self, table, weights, most_keys, tmp_path, monkeypatch):
        monkeypatch.setattr(runs, "_MERGED_KEYS", most_keys)
        of_rows = None if weights is None else weights * (1 + np.arange(3000) % 3)
        how = {"columns": {"tags": MultiValued(within=True)}}
        expected = counted_in_memory(table, of_rows, **how)
        monkeypatch.setattr(tiled, "TILE_ROWS", 256)
        monkeypatch.setattr(tiled, "_LEAST_ROOM", 4096)
        monkeypatch.setattr(tiled, "dense_limit", lambda n_rows: 0)
        mine = count_pairs(
            parquet(table, tmp_path), sample_weight=of_rows, memory=30_000, spill=tmp_path, **how
        )
        check_equal(mine, expected)
        assert not [*tmp_path.rglob("pairs-*")]

    def test_lists_that_get_longer_as_categories_get_more(self, tmp_path, monkeypatch):
        """Beyond 127 categories codes are of a wider type, and one tile has some of both."""
        monkeypatch.setattr(typed_file, "_PIECE_ROWS", 64)
        short = [["a"] if row % 2 else ["b", "c"] for row in range(70)]
        long = [[f"t{row}", f"u{row % 90}", "a", "c"] for row in range(190)]
        table = pa.table({"tags": short + long, "like": ["x", "y"] * 130})
        check_form(parquet, table, tmp_path)

    def test_the_number_of_threads_does_not_matter(self, table, expected, tmp_path):
        check_equal(self.counted(table, tmp_path, n_jobs=1), expected)
        check_equal(self.counted(table, tmp_path, n_jobs=3), expected)


@pytest.mark.filterwarnings("ignore::cat2vec.errors.BinnedNumbersWarning")
class TestMemory:
    @pytest.mark.parametrize("memory", ["1MB", 5_000_000, "0.02 gb"])
    def test_too_little_is_an_error_that_names_what_is_enough(self, memory, tmp_path):
        source = parquet(texts_and_numbers(), tmp_path)
        with pytest.raises(ValueError, match="at least") as found:
            count_pairs(source, memory=memory, n_jobs=1)
        least = re.search(r"takes (\d+MB) at least", str(found.value))[1]
        with pytest.raises(
            ValueError, match=r"to count this table, which takes \d+MB at least"
        ) as found:
            count_pairs(source, memory=least, n_jobs=1)
        least = re.search(r"takes (\d+MB) at least", str(found.value))[1]
        check_equal(count_pairs(source, memory=least, n_jobs=1), count_pairs(source))

    def test_there_are_no_more_threads_than_fit(self, tmp_path):
        source = parquet(texts_and_numbers(), tmp_path)
        check_equal(count_pairs(source, memory="60MB", n_jobs=100), count_pairs(source))

    @pytest.mark.parametrize("memory", ["much", "1 XB", 0, -3, 1.5, None, True, "1e9"])
    def test_what_is_no_amount_is_refused(self, memory, tmp_path):
        with pytest.raises(ValueError, match="memory must be an amount of memory such as '1GB'"):
            count_pairs({"a": [1], "b": [2]}, memory=memory)
