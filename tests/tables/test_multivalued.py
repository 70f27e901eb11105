"""Cells that hold several values: lists, and texts with a separator."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cat2vec import Cat2Vec, MultiValued, count_pairs, encode_table, load
from cat2vec.counting import blocks
from cat2vec.counting.encoded import count_encoded
from cat2vec.errors import CellError, ColumnTypeError, NoPairsError, ParameterError
from cat2vec.estimator.plan import feature_lines, plan_of
from cat2vec.tables.cells.multivalued import in_slots
from cat2vec.tables.encode import encode_growing
from cat2vec.training.choice import choose_solver
from cat2vec.training.fold_in import fold_in
from cat2vec.training.settings import Settings
from cat2vec.training.train import train_vectors
from cat2vec.vocabulary.vocabulary import MISSING_CATEGORY, UNSEEN
from tests.reference import counting as reference

TAGS = [["b", "a"], ["a"], None, [], ["c", "b", "c", None]]
SLOTS = [[0, 1], [0, -1], [-1, -1], [-1, -1], [1, 2]]
OTHER = list("xyxyx")
SEVERAL = {"t": MultiValued(sep="|")}

lists = st.none() | st.lists(st.none() | st.sampled_from("abcdef"), max_size=5)
single = st.none() | st.sampled_from("xyz")
ROWS = st.lists(st.tuples(lists, single, lists, single), min_size=1, max_size=25)


def columns_of(rows):
    return {name: [row[i] for row in rows] for i, name in enumerate("tuvw")}


def cells_of(rows):
    """Give rows of cells of tokens, each token with the name of its feature."""
    named = []
    for row in rows:
        cells = [cell if isinstance(cell, list) else [cell] for cell in row]
        pairs = zip("tuvw", cells, strict=True)
        named.append([[f"{n}={v}" for v in cell if v is not None] for n, cell in pairs])
    return named


def as_words(counts):
    texts = counts.vocabulary.texts()
    pairs = zip(counts.left, counts.right, counts.count.tolist(), strict=True)
    return {frozenset((texts[a], texts[b])): n for a, b, n in pairs}


@pytest.mark.parametrize("limits", [(1 << 20, 1 << 30), (0, 0)], ids=["dense", "sorted"])
@pytest.mark.parametrize("weighted", [False, True])
@given(rows=ROWS, data=st.data())
@settings(max_examples=50)
def test_counts_of_list_cells_equal_the_slow_twin(limits, weighted, rows, data):
    weights = None
    if weighted:
        some = st.lists(st.sampled_from([0, 0.5, 2]), min_size=len(rows), max_size=len(rows))
        weights = data.draw(some.filter(any))
    expected = reference.count_pairs_of_cells(cells_of(rows), weights)
    before = blocks._DENSE_CELLS, blocks._MOST_CELLS
    blocks._DENSE_CELLS, blocks._MOST_CELLS = limits
    try:
        kinds = dict.fromkeys("tv", "multivalued")
        encoded = encode_table(columns_of(rows), columns=kinds, sample_weight=weights)
        if not expected:
            with pytest.raises(NoPairsError):
                count_encoded(encoded)
            return
        counts = count_encoded(encoded)
    finally:
        blocks._DENSE_CELLS, blocks._MOST_CELLS = before
    assert as_words(counts) == expected
    bags = [[[token for cell in row for token in cell], [0]] for row in cells_of(rows)]
    in_rows = reference.count_pairs_of_cells(bags, weights)
    marginals = {next(iter(pair - {0})): n for pair, n in in_rows.items()}
    words = counts.vocabulary
    assert dict(zip(words.texts(), words.counts.tolist(), strict=True)) == marginals


@given(ROWS, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_neither_the_order_of_rows_nor_that_inside_cells_is_of_account(rows, random):
    first = encode_table(columns_of(rows), columns=dict.fromkeys("tv", "multivalued"))
    order = random.sample(range(len(rows)), len(rows))
    shuffled = [
        tuple(random.sample(c, len(c)) if isinstance(c, list) else c for c in rows[i])
        for i in order
    ]
    again = encode_table(columns_of(shuffled), columns=dict.fromkeys("tv", "multivalued"))
    assert again.codes.tolist() == first.codes[order].tolist()
    assert again.vocabulary.texts() == first.vocabulary.texts()
    new = encode_table(columns_of(rows), vocabulary=first.vocabulary)
    assert new.codes.tolist() == first.codes.tolist()


@pytest.mark.parametrize(
    "column",
    [
        TAGS,
        [cell if cell is None else tuple(cell) for cell in TAGS],
        [cell if cell is None else set(cell) for cell in TAGS],
        [cell if cell is None else np.array(cell, dtype=object) for cell in TAGS],
        pd.Series(TAGS),
        pd.Series([float("nan") if cell is None else cell for cell in TAGS]),
        pd.Series(TAGS, dtype=pd.ArrowDtype(pa.list_(pa.string()))),
        pl.Series(TAGS),
        pl.Series(TAGS, dtype=pl.List(pl.Categorical)),
        pl.Series(TAGS, dtype=pl.Object),
        pa.array(TAGS),
        pa.array(TAGS, pa.large_list(pa.string())),
        pa.chunked_array([TAGS[:2], [], TAGS[2:]]),
        pa.array([["z"], *TAGS]).slice(1),
    ],
    ids=["lists", "tuples", "sets", "arrays", "pandas", "pandas NaN", "pandas arrow", "polars",
         "polars categorical", "polars object", "arrow", "arrow large", "chunks", "slice"],
)  # fmt: skip
def test_lists_of_every_library_are_multi_valued_by_themselves(column):
    result = encode_table({"t": column, "o": OTHER})
    assert result.codes[:, :2].tolist() == SLOTS
    assert result.feature_of_column.tolist() == [0, 0, 1]
    assert result.vocabulary.categories[0].tolist() == ["a", "b", "c"]
    assert result.vocabulary.counts.tolist() == [2, 2, 1, 3, 2]
    assert result.vocabulary.schema.codecs[0].reading.multivalued
    assert result.decode("t") == [["a", "b"], ["a"], [], [], ["b", "c"]]
    assert result.n_missing == 2


@pytest.mark.parametrize("make", [dict, pd.DataFrame, pl.DataFrame, pa.table])
def test_whole_tables_train_to_the_same_bits(make):
    table = {"t": TAGS * 9, "o": OTHER * 9}
    wanted = Cat2Vec(vector_size=2).fit(table)
    found = Cat2Vec(vector_size=2).fit(make(table))
    assert found.vectors_.matrix.tobytes() == wanted.vectors_.matrix.tobytes()
    assert found.transform(make(table)).tobytes() == wanted.transform(table).tobytes()


def test_lists_of_a_parquet_file_are_read(tmp_path):
    file = tmp_path / "t.parquet"
    pa.parquet.write_table(pa.table({"t": TAGS, "o": OTHER}), file, row_group_size=2)
    assert as_words(count_pairs(file)) == as_words(count_pairs({"t": TAGS, "o": OTHER}))


def test_lists_of_numbers_and_of_mixed_types_hold_categories():
    result = encode_table({"t": [[3, 1], [1.0], ["1"], [True]], "o": list("xyxy")})
    assert result.vocabulary.categories[0].tolist() == [True, 1, 3, "1"]
    assert result.codes[:, :2].tolist() == [[1, 2], [1, -1], [3, -1], [0, -1]]
    many = encode_table({"t": pa.array([[i, i + 1] for i in range(40)]), "o": ["x"] * 40})
    assert many.vocabulary.schema.codecs[0].edges is None


def test_separated_texts_are_split_only_when_asked_for():
    table = {"t": ["b| a", "a", None, " | ", "c|b|c"], "o": OTHER}
    assert encode_table(table).codes.shape == (5, 2)
    result = encode_table(table, columns=SEVERAL)
    assert result.codes[:, :2].tolist() == SLOTS
    assert result.vocabulary.categories[0].tolist() == ["a", "b", "c"]
    new = {"t": ["d|c", "a|z|y", "", "b", "c"], "o": OTHER}
    again = encode_table(new, vocabulary=result.vocabulary)
    assert again.codes[:, :2].tolist() == [[2, UNSEEN], [0, UNSEEN], [-1, -1], [1, -1], [2, -1]]
    tidy = {"t": MultiValued(sep=";", normalize=True)}
    merged = encode_table({"t": ["A;b", "a ; B", "B"], "o": list("xyx")}, columns=tidy)
    assert merged.vocabulary.categories[0].tolist() == ["a", "b"]
    assert feature_lines(merged.vocabulary)[0] == (
        "features  t: several text, 2 categories (a, b), 2 spellings merged"
    )


def test_missing_values_and_missing_tokens_of_several_values():
    table = {"t": ["a|?", "?", None, "b|a", "a"], "o": OTHER}
    options = {"columns": SEVERAL, "missing_values": ["?"], "missing": "token"}
    result = encode_table(table, **options)
    assert result.codes[:, :2].tolist() == [[0, -1], [2, -1], [2, -1], [0, 1], [0, -1]]
    assert result.vocabulary.categories[0].tolist() == ["a", "b", MISSING_CATEGORY]
    again = encode_table(table, vocabulary=result.vocabulary)
    assert again.codes.tolist() == result.codes.tolist()


@pytest.mark.parametrize(
    ("cells", "kind", "error", "sentence"),
    [
        ([["a"], "b"], None, CellError, r"holds \['a'\], a list in row 0 .* in all rows, a list"),
        ([["a"], ["b"]], "category", CellError, r"holds \['a'\], a list in row 0"),
        (["a", "b"], "multivalued", ColumnTypeError, r"'t' is multi-valued, but its cells are no "
         r"lists: it holds 'a'\..*columns=\{'t': MultiValued\(sep=';'\)\}"),
        (pa.array([1, 2]), "multivalued", ColumnTypeError, r"no lists: it holds 1\."),
        ([1, 2], MultiValued(sep="|"), ColumnTypeError, r"between '\|', and it holds 1\."),
        ([[["a"]], None], None, CellError, r"holds \['a'\], a list in row 0"),
        ([None, [{}]], None, CellError, r"holds \{\}, a dict in row 1"),
        (pa.array([None, [["a"]]]), None, CellError, r"holds \[\['a'\]\], a list in row 1"),
    ],
)  # fmt: skip
def test_cells_that_cannot_be_used_are_named(cells, kind, error, sentence):
    columns = None if kind is None else {"t": kind}
    with pytest.raises(error, match=sentence):
        encode_table({"t": cells, "o": ["x", "y"]}, columns=columns)


def test_tuples_can_be_told_to_be_categories():
    table = {"t": [("a", 1), ("b", 2), ("a", 1)], "o": list("xyx")}
    result = encode_table(table, columns={"t": "category"})
    assert result.vocabulary.categories[0].tolist() == [("a", 1), ("b", 2)]


def test_a_cell_beside_lists_is_one_value_where_several_are_told():
    table = {"t": [["a", "b"], "a", None], "o": list("xyx")}
    result = encode_table(table, columns={"t": "multivalued"})
    assert result.codes[:, :2].tolist() == [[0, 1], [0, -1], [-1, -1]]


@pytest.mark.parametrize("sep", ["", 3])
def test_wrong_separators_are_refused(sep):
    with pytest.raises(ParameterError, match="sep of a MultiValued column must be a text"):
        MultiValued(sep=sep)


def test_slots_of_no_rows_and_no_values():
    none = np.empty(0, np.int16)
    assert in_slots(none, np.empty(0, np.int64), 2).tolist() == [[-1], [-1]]
    assert in_slots(none, np.empty(0, np.int64), 0).shape == (0, 1)


def planted(n_rows=600):
    """Tags in two groups that go with a city; the first tag of a row says nothing of the second."""
    rng = np.random.default_rng(0)
    group = rng.integers(2, size=n_rows)
    tags = [[f"g{g}_{i}" for i in np.flatnonzero(rng.random(4) < 0.6)] for g in group]
    city = [["Oslo", "Bergen", "Rome", "Pisa"][2 * g + rng.integers(2)] for g in group]
    food = [["cod", "pasta"][g if rng.random() < 0.9 else 1 - g] for g in group]
    return {"tags": tags, "city": city, "food": food}


def test_transform_gives_the_mean_of_the_vectors_of_a_cell():
    table = planted()
    model = Cat2Vec(vector_size=3).fit(table)
    assert model.solver_ == "counts"
    assert model.nearest("tags", "g0_0", n=3)["category"].str.startswith("g0").all()
    vectors = model.vectors_["tags"].to_numpy()
    names = model.vectors_["tags"].index.tolist()
    new = {"tags": [["g0_1", "g1_2"], [], ["g0_3", "g0_3"]], "city": ["Oslo", "Rome", None]}
    new["food"] = ["cod"] * 3
    rows = model.transform(new)
    assert rows.shape == (3, 9)
    both = (vectors[names.index("g0_1")] + vectors[names.index("g1_2")]) / 2
    np.testing.assert_allclose(rows[0, :3], both, rtol=1e-6)
    np.testing.assert_array_equal(rows[1, :3], 0)
    np.testing.assert_array_equal(rows[2, :3], vectors[names.index("g0_3")])
    model.row_vector = "mean"
    parts = rows.reshape(3, 3, 3)
    np.testing.assert_allclose(model.transform(new)[0], parts[0].mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(model.transform(new)[1], parts[1].sum(axis=0) / 2, rtol=1e-5)


def test_unseen_values_are_told_and_left_out_of_the_mean():
    model = Cat2Vec(vector_size=2).fit(planted())
    new = {"tags": [["g0_1", "new", "newer"]], "city": ["Oslo"], "food": ["cod"]}
    with pytest.warns(UserWarning, match=r"among 1 rows: 'tags' 1 \('new', 'newer'\)\."):
        found = model.transform(new)
    known = model.transform({**new, "tags": [["g0_1"]]})
    np.testing.assert_array_equal(found, known)


def test_unseen_values_are_folded_in_from_other_features_only():
    model = Cat2Vec(vector_size=2, handle_unknown="fold_in").fit(planted())
    new = {"tags": [["new", "g0_0"]] * 20, "city": ["Rome"] * 20, "food": ["pasta"] * 20}
    encoded = encode_growing(new, model.vocabulary_)
    matrix = fold_in(model.vectors_, encoded)
    token = encoded.vocabulary.token_id("tags", "new")
    alone = encode_growing({**new, "tags": [["new"]] * 20}, model.vocabulary_)
    other = alone.vocabulary.token_id("tags", "new")
    np.testing.assert_array_equal(matrix[token], fold_in(model.vectors_, alone)[other])
    words = encoded.vocabulary
    rome, oslo = (matrix[words.token_id("city", name)] for name in ("Rome", "Oslo"))
    assert matrix[token] @ rome > matrix[token] @ oslo
    assert model.transform(new).shape == (20, 6)


def test_parts_of_a_table_add_up_and_go_on(tmp_path):
    table = planted()
    halves = [{n: c[:300] for n, c in table.items()}, {n: c[300:] for n, c in table.items()}]
    halves[1]["tags"][0] = ["fresh", "g0_0"]
    whole = {n: halves[0][n] + halves[1][n] for n in table}
    counts = count_pairs(halves[0]) + count_pairs(halves[1])
    assert as_words(counts) == as_words(count_pairs(whole))
    model = Cat2Vec(vector_size=2).partial_fit(halves[0])
    model.save(tmp_path / "m")
    model.partial_fit(halves[1])
    again = load(tmp_path / "m").partial_fit(halves[1])
    assert as_words(model.counts_) == as_words(counts)
    assert again.vectors_.matrix.tobytes() == model.vectors_.matrix.tobytes()
    assert again.vocabulary_.schema.codecs[0].reading.multivalued
    again.save(tmp_path / "m")
    assert load(tmp_path / "m").transform(whole).tobytes() == model.transform(whole).tobytes()
    assert model.score(whole) > 0.1


def test_counts_of_lists_and_of_texts_do_not_add():
    other = count_pairs({"t": ["a", "b"], "o": ["x", "y"]})
    with pytest.raises(
        ValueError, match=r"'t' is categorical in .* categorical \(multivalued=True"
    ):
        other + count_pairs({"t": [["a"], ["b"]], "o": ["x", "y"]})


@pytest.mark.parametrize("n_jobs", [2, 3])
def test_threads_do_not_change_the_bits(n_jobs):
    table = planted()
    one = Cat2Vec(vector_size=2, n_jobs=1).fit(table)
    more = Cat2Vec(vector_size=2, n_jobs=n_jobs).fit(table)
    assert one.vectors_.matrix.tobytes() == more.vectors_.matrix.tobytes()


def test_gensim_which_pairs_all_tokens_of_a_row_refuses_lists():
    encoded = encode_table(planted())
    wanted = (
        r"it does not leave out pairs of values inside one cell \('tags'\)\. Use solver='counts'"
    )
    with pytest.raises(ParameterError, match=wanted):
        train_vectors(encoded, solver="gensim")
    assert choose_solver(encoded, Settings()).solver == "counts"


def test_the_plan_counts_pairs_of_values():
    lines = plan_of(
        encode_table({"t": TAGS, "o": OTHER}), ["t", "o"], Settings(vector_size=2), "t"
    ).lines()
    assert lines[1] == "features  t: several text, 3 categories (a, b, c)"
    assert "pairs     at most 6 distinct, from 10 in the rows" in lines
