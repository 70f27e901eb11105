"""Where features meet: rare and shared categories, context, sizes, the way back, layers."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from cat2vec import RARE, Cat2Vec, count_pairs, encode_table, load, train_vectors
from cat2vec.errors import ColumnTypeError, FeatureSizeWarning, KeyCollisionError, TableError
from cat2vec.export.duckdb import save_duckdb
from cat2vec.export.embedding_rows import FIRST, UNKNOWN, EmbeddingRows, weight_of
from cat2vec.export.keyed_vectors import keys_of
from cat2vec.export.projector import save_projector
from cat2vec.training.fold_in import fold_in

SHARED = {"airport": ["origin", "dest"]}
BITS = ("matrix", "center", "context")
#: Sorts behind every other text, as RARE sorts behind every other category.
STAND_IN = "\U0010ffff"


def flights(n_rows=900, seed=0):
    """Trips between places of three regions; some places are rare in one column or in both."""
    rng = np.random.default_rng(seed)
    region = rng.integers(0, 3, n_rows)
    table = {
        name: np.array([f"{r}{i}" for r, i in zip(region, rng.integers(0, 4, n_rows), strict=True)])
        for name in ("origin", "dest", "hour")
    }
    table = {name: cells.astype(object) for name, cells in table.items()}
    for place in range(12):  # three rows each, in one column or the other
        rows = rng.choice(n_rows, 3, replace=False)
        table["origin" if place % 2 else "dest"][rows] = f"tail{place}"
    rows = rng.choice(n_rows, 8, replace=False)  # rare in each column, and not in both together
    table["origin"][rows[:4]] = table["dest"][rows[4:]] = "both"
    return {name: cells.tolist() for name, cells in table.items()}


TABLE = flights()


def by_hand(table, min_count):
    """Put one text in the place of what is rare in both columns together."""
    cells = table["origin"] + table["dest"]
    rare = {place for place in cells if cells.count(place) < min_count}
    return {
        name: [STAND_IN if name != "hour" and cell in rare else cell for cell in column]
        for name, column in table.items()
    }, rare


@pytest.fixture(scope="module")
def model():
    return Cat2Vec(vector_size=3, shared=SHARED, min_count=6, n_jobs=2).fit(TABLE)


def test_shared_columns_pool_the_same_categories_by_the_sum_of_their_counts():
    _, rare = by_hand(TABLE, 6)
    words = encode_table(TABLE, shared=SHARED).pool(6).vocabulary
    assert len(rare) >= 10
    assert "both" not in rare
    for position in (0, 1):
        assert set(words.pooled[position].tolist()) == rare
        assert "both" in words.categories[position].tolist()
    assert words.categories[0].tolist() == words.categories[1].tolist()
    assert words.categories[0][-1] is RARE
    assert set(words.of_vectors.pooled[0].tolist()) == rare
    cells = TABLE["origin"] + TABLE["dest"]
    assert words.of_vectors.counts[words.of_vectors.rare_tokens[0]] == sum(
        map(rare.__contains__, cells)
    )
    with_own = encode_table(TABLE).pool(6).vocabulary
    assert "both" in with_own.pooled[0].tolist()


@pytest.mark.parametrize("solver", ["counts", "rows"])
@pytest.mark.parametrize("exclude_pairs", [None, [["origin", "hour"]]])
def test_shared_vectors_with_rare_categories_are_those_of_the_table_pooled_by_hand(
    solver, exclude_pairs
):
    told = {"vector_size": 3, "solver": solver, "exclude_pairs": exclude_pairs}
    wanted = train_vectors(encode_table(by_hand(TABLE, 6)[0], shared=SHARED), **told)
    found = train_vectors(encode_table(TABLE, shared=SHARED), min_count=6, **told)
    for name in BITS:
        np.testing.assert_array_equal(getattr(found, name), getattr(wanted, name))
    assert found.losses == wanted.losses


def test_counts_of_shared_columns_pool_as_the_table_does():
    from_counts = count_pairs(TABLE, shared=SHARED).pool(6)
    from_table = count_pairs(encode_table(TABLE, shared=SHARED).pool(6))
    assert from_counts.vocabulary.texts() == from_table.vocabulary.texts()
    for name in ("left", "right", "count"):
        np.testing.assert_array_equal(getattr(from_counts, name), getattr(from_table, name))


def test_looking_up_a_rare_shared_category_gives_one_vector_under_every_name(model, tmp_path):
    _, rare = by_hand(TABLE, 6)
    model.save(tmp_path)
    for fitted in (model, load(tmp_path)):
        vectors = fitted.vectors_
        pool = vectors["airport"].loc[[RARE]].to_numpy()
        for place in sorted(rare)[:3]:
            for name in ("airport", "origin", "dest"):
                assert vectors.similarity(name, place, RARE) == pytest.approx(1.0)
            token = fitted.vocabulary_.token_id("dest", place)
            np.testing.assert_array_equal(vectors.matrix[[token]], pool)
        assert RARE not in vectors.nearest("airport", sorted(rare)[0], n=50)["category"].tolist()
    keys = keys_of(model.vocabulary_)
    assert keys.count("airport=<rare>") == 1
    assert not [key for key in keys if key.startswith("origin=")]


def test_parts_pool_shared_columns_as_one_fit_does_and_let_a_place_graduate():
    rows = len(TABLE["origin"])
    parts = [
        {name: cells[a:b] for name, cells in TABLE.items()} for a, b in [(0, 450), (450, rows)]
    ]
    told = {"vector_size": 3, "shared": SHARED, "solver": "counts"}
    model = Cat2Vec(min_count=6, **told)
    for part in parts:
        model.partial_fit(part)
    whole = Cat2Vec(min_count=6, **told).partial_fit(TABLE)
    assert model.vocabulary_.texts() == whole.vocabulary_.texts()
    np.testing.assert_array_equal(model.vocabulary_.counts, whole.vocabulary_.counts)
    assert model.gain_ == pytest.approx(whole.gain_, rel=0.02)
    tail = {"origin": ["tail1"] * 2, "dest": ["tail1"] * 2, "hour": ["00", "01"]}
    model.partial_fit(tail)
    for position in (0, 1):
        assert "tail1" in model.vocabulary_.categories[position].tolist()
    airport = model.vectors_["airport"]
    np.testing.assert_array_equal(airport, model.vectors_["dest"].set_axis(airport.columns, axis=1))


def test_an_unseen_place_is_folded_in_beside_pooled_ones(model):
    fold = Cat2Vec(**{**model.get_params(), "handle_unknown": "fold_in"}).fit(TABLE)
    rows = {"origin": ["new", "tail0", "00"], "dest": ["01", "new", "tail1"], "hour": ["02"] * 3}
    found = fold.transform(rows).reshape(3, 3, 3)
    pool = fold.vectors_["airport"].loc[RARE].to_numpy()
    np.testing.assert_array_equal(found[1, 0], pool)
    np.testing.assert_array_equal(found[2, 1], pool)
    np.testing.assert_array_equal(found[0, 0], found[1, 1])
    assert found[0, 0].any()
    assert fold_in(fold.vectors_, encode_table(TABLE, vocabulary=fold.vocabulary_)).shape[1] == 3


def test_unseen_cells_get_the_shared_pool_in_every_column_and_size():
    told = {"shared": SHARED, "min_count": 6, "handle_unknown": "rare", "context": ["hour"]}
    model = Cat2Vec({"origin": 2, None: 3}, **told).fit(TABLE)
    rows = {"origin": ["never", None], "dest": ["tail0", "never"], "hour": ["00", "01"]}
    with pytest.warns(UserWarning, match="They get the vectors that rare categories share"):
        found = model.transform(rows)
    pool, best = (
        frame.loc[RARE].tolist()
        for frame in (model.vectors_["airport"], model.vectors_.reduce("airport", 2))
    )
    np.testing.assert_array_equal(found, np.float32([[*best, *pool], [0, 0, *pool]]))


def test_sizes_are_told_from_what_is_left_after_pooling():
    rng = np.random.default_rng(2)
    table = {"a": [f"a{i}" for i in rng.integers(0, 3, 400)], "b": [f"b{i}" for i in range(400)]}
    table["b"][:300] = [f"c{i}" for i in rng.integers(0, 3, 300)]
    with pytest.warns(FeatureSizeWarning, match="5 of 'b', which carries 3"):
        Cat2Vec({"b": 5, None: 2}, min_count=5).fit(table)


def test_rows_come_back_without_context_at_the_size_of_each_feature():
    model = Cat2Vec({"airport": 2, None: 3}, shared=SHARED, context=["hour"]).fit(TABLE)
    small = Cat2Vec({"hour": 2, None: 3}, shared=SHARED).fit(TABLE)
    assert model.vectors_.vector_size == 2
    assert small.vectors_.vector_size == 3
    for fitted, names in ((model, ["origin", "dest"]), (small, list(TABLE))):
        rows = fitted.transform(TABLE)
        found = fitted.inverse_transform(rows + 1e-7)
        assert list(found) == names
        for name in names:
            assert found[name].tolist() == TABLE[name]
    rows[0, -2:] = 0.0
    assert pd.isna(small.inverse_transform(rows)["hour"][0])
    with pytest.raises(
        TableError,
        match=re.escape("the 8 that transform gives: 3 of 'origin', 3 of 'dest', 2 of 'hour'."),
    ):
        small.inverse_transform(rows[:, :6])
    with pytest.raises(TableError, match=re.escape("gives: 2 features x vector_size 2.")):
        model.inverse_transform(rows)


def test_sizes_and_context_are_written_alike_for_polars_and_whatever_the_threads():
    told = {"shared": SHARED, "context": ["origin"]}
    model = Cat2Vec({"hour": 1, None: 3}, **told, n_jobs=1).fit(TABLE)
    rows = model.transform(TABLE)
    model.set_params(n_jobs=2)
    assert model.transform(TABLE).tobytes() == rows.tobytes()
    framed = model.set_output(transform="polars").transform(TABLE)
    np.testing.assert_array_equal(framed.to_numpy(), rows)
    assert framed.columns == ["dest_0", "dest_1", "dest_2", "hour_0"]
    back = model.inverse_transform(framed)
    assert isinstance(back, pl.DataFrame)
    assert back["dest"].to_list() == TABLE["dest"]


def test_rare_cells_come_back_as_the_pool_and_transform_again(model):
    _, rare = by_hand(TABLE, 6)
    rows = model.transform(TABLE)
    wanted = [RARE if cell in rare else cell for cell in TABLE["origin"]]
    found = model.inverse_transform(rows)
    assert found["origin"].tolist() == wanted
    np.testing.assert_array_equal(model.transform(found), rows)
    columns = dict(zip(model.get_feature_names_out(), rows.T, strict=True))
    assert model.inverse_transform(pl.DataFrame(columns))["origin"].to_list() == wanted
    with pytest.raises(ColumnTypeError, match=r"^column 'origin' holds RARE, for rare categories"):
        model.inverse_transform(pa.table(columns))


def test_rows_of_layers_serve_rare_and_unknown_categories_with_the_vector_of_the_pool(model):
    for feature in ("dest", "airport"):
        index = EmbeddingRows(model.vocabulary_, feature)
        weight = weight_of(model.vectors_, feature, None)
        pool = model.vectors_[feature].loc[RARE].to_numpy()
        rows = index.encode(["tail0", "never", None, "both"])
        assert rows.tolist() == [index[RARE], UNKNOWN, 0, index["both"]]
        assert index["tail0"] == index[RARE] == len(index) + FIRST - 1
        np.testing.assert_array_equal(weight[rows[:3]], [pool, pool, 0 * pool])
        reduced = weight_of(model.vectors_, feature, 2)
        best = model.vectors_.reduce(feature, 2).loc[RARE].to_numpy()
        np.testing.assert_array_equal(reduced[UNKNOWN], best)
        plain = index.plain()
        assert plain["categories"][plain["rare"] - FIRST] == "<rare>"
        assert set(plain["pooled"]) == by_hand(TABLE, 6)[1]
    plain = EmbeddingRows(model.vocabulary_, "hour").plain()
    assert (plain["rare"], plain["pooled"]) == (None, [])
    assert not weight_of(model.vectors_, "hour", None)[:FIRST].any()


def test_files_of_layers_refuse_a_category_with_the_text_of_the_pool():
    cells = ["<rare>"] * 9 + ["a"] * 9 + ["b", "c"]
    words = encode_table({"x": cells, "y": ["1", "2"] * 10}).pool(2).vocabulary
    assert EmbeddingRows(words, "x").encode(["<rare>", "b"]).tolist() == [2, 4]
    with pytest.raises(KeyCollisionError, match="key '<rare>'"):
        EmbeddingRows(words, "x").plain()


def test_files_hold_a_shared_category_once(model, tmp_path):
    import duckdb

    n_airports = len(model.vectors_["airport"])
    save_duckdb(model.vectors_, tmp_path / "v.duckdb")
    with duckdb.connect(str(tmp_path / "v.duckdb"), read_only=True) as connection:
        names = connection.execute("SELECT feature, count(*) FROM vectors GROUP BY 1").fetchall()
        rare = connection.execute(
            "SELECT vector FROM vectors WHERE category = '<rare>' AND feature = 'airport'"
        ).fetchall()
    assert dict(names) == {"airport": n_airports, "hour": len(model.vectors_["hour"])}
    np.testing.assert_array_equal(
        np.float32(rare[0][0]), model.vectors_["airport"].loc[RARE].to_numpy()
    )
    save_projector(model.vectors_, tmp_path / "v.tsv", "airport")
    assert len((tmp_path / "v.tsv").read_text().splitlines()) == n_airports


def test_layers_of_torch_know_rare_categories_and_shared_names(model, tmp_path):
    torch = pytest.importorskip("torch", reason="needs the extra cat2vec[torch]")
    from cat2vec.export.torch import save_torch

    layer = model.to_torch("airport")
    rows = layer.encode(["tail0", "never", None])
    pool = model.vectors_["airport"].loc[RARE].to_numpy()
    np.testing.assert_array_equal(layer(rows).numpy(), [pool, pool, 0 * pool])
    cells = TABLE["dest"]
    written = model.transform(TABLE)[:, 3:6]
    np.testing.assert_array_equal(layer(layer.encode(cells)).numpy(), written)
    save_torch(model.vectors_, tmp_path / "v.pt")
    content = torch.load(tmp_path / "v.pt", weights_only=True)
    assert list(content) == ["airport", "hour"]
    assert content["airport"]["rare"] == layer.index[RARE]
