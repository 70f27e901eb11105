"""Clusters of rows: planted truth, new rows, what is typical, and bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cat2vec import Cat2Vec, MultiValued, encode_table
from cat2vec.errors import FewClustersWarning, ParameterError, TableError, UnseenCategoryError
from cat2vec.inspection import row_clusters
from cat2vec.inspection.row_clusters import typical_of_clusters
from cat2vec.kernels.threads import workers

GROUPS = 3


def grouped(seed, n_rows=600, n_features=6, own=0.7):
    """Rows of hidden groups of falling size; each prefers two of the six categories."""
    rng = np.random.default_rng(seed)
    group = rng.choice(GROUPS, n_rows, p=[0.5, 0.3, 0.2])
    columns = {}
    for feature in range(n_features):
        preferred = group * 2 + rng.integers(2, size=n_rows)
        taken = np.where(rng.random(n_rows) < own, preferred, rng.integers(6, size=n_rows))
        columns[f"f{feature}"] = [f"c{code}" for code in taken]
    return columns, group


@pytest.fixture(scope="module")
def table():
    return grouped(0)


@pytest.fixture(scope="module")
def model(table):
    return Cat2Vec(6, n_jobs=1).fit(table[0])


def test_planted_groups_their_number_and_what_they_prefer_are_found(table, model):
    columns, group = table
    found = model.cluster_rows(columns)
    assert found.centres.shape == (GROUPS, 6 * 6)
    assert (found.labels == group).mean() > 0.95  # the largest group is cluster 0, and so on
    assert found.silhouette > 0.2
    first = found.typical.groupby("cluster").head(12)
    for cluster, lines in first.groupby("cluster"):
        preferred = {f"c{2 * cluster}", f"c{2 * cluster + 1}"}
        assert set(lines["category"]) == preferred
        assert (lines["lift"] > 1.4).all()


def test_new_rows_go_where_their_group_is(table, model):
    found = model.cluster_rows(table[0], GROUPS)
    columns, group = grouped(1)
    assert (found.predict(columns) == group).mean() > 0.95
    np.testing.assert_array_equal(found.predict(table[0]), found.labels)
    np.testing.assert_array_equal(
        found.predict(pd.DataFrame(columns).iloc[5:9]), found.predict(columns)[5:9]
    )


def test_a_later_fit_does_not_change_the_clusters(table):
    model = Cat2Vec(6).fit(table[0])
    found = model.cluster_rows(table[0], GROUPS)
    model.fit(grouped(2)[0])
    np.testing.assert_array_equal(found.predict(table[0]), found.labels)


@pytest.mark.parametrize("row_vector", ["unit", "mean"])
def test_the_row_vector_of_the_model_and_the_number_of_threads_do_not_matter(
    table, model, row_vector, monkeypatch
):
    monkeypatch.setattr(row_clusters, "_BLOCK_ROWS", 64)
    other = Cat2Vec(6, row_vector=row_vector, n_jobs=2).fit(table[0]).cluster_rows(table[0], 4)
    one = model.cluster_rows(table[0], 4)
    np.testing.assert_array_equal(other.labels, one.labels)
    assert other.centres.tobytes() == one.centres.tobytes()


def test_centres_come_from_some_rows_of_a_long_table(table, model, monkeypatch):
    monkeypatch.setattr(row_clusters, "MOST_ROWS", 150)
    found = model.cluster_rows(table[0], GROUPS)
    assert (found.labels == table[1]).mean() > 0.9


def test_rows_of_a_long_table_are_drawn_from_all_of_it_by_the_seed(table, monkeypatch):
    columns, group = table
    order = np.argsort(group, kind="stable")
    ordered = {name: [cells[row] for row in order] for name, cells in columns.items()}
    monkeypatch.setattr(row_clusters, "MOST_ROWS", 150)
    first, again, other = (
        Cat2Vec(6, random_state=seed).fit(ordered).cluster_rows(ordered, GROUPS)
        for seed in (0, 0, 1)
    )
    assert (first.labels == group[order]).mean() > 0.9
    assert first.centres.tobytes() == again.centres.tobytes() != other.centres.tobytes()


def test_what_is_typical_is_what_counting_by_hand_says():
    encoded = encode_table(
        {
            "city": ["Oslo", "Oslo", "Rome", "Rome", None, "Rome"],
            "tags": [["a", "b"], ["a"], ["c"], ["b", "c"], ["a"], None],
        }
    )
    found = typical_of_clusters(encoded, np.array([0, 0, 1, 1, 1, -1])).set_index(
        ["cluster", "category"]
    )
    assert set(found.index) == {(0, "Oslo"), (0, "a"), (0, "b"), (1, "Rome"), (1, "c")}
    assert found.loc[(0, "Oslo"), ["rows", "share", "share_of_all"]].tolist() == [2, 1.0, 2 / 5]
    rome = found.loc[(1, "Rome")]
    assert rome[["feature", "rows", "share", "share_of_all"]].tolist() == ["city", 2, 1.0, 3 / 5]
    assert rome["lift"] == pytest.approx(5 / 3)
    assert rome["bits"] == pytest.approx(np.log2(5 / 3))
    c = found.loc[(1, "c")]
    assert (c["share"], c["share_of_all"]) == (2 / 3, 2 / 5)
    assert found.loc[0].index[0] == "Oslo"  # more bits than a, which is likelier elsewhere


def test_rows_that_say_nothing_are_in_no_cluster(model):
    columns = {f"f{i}": ["c0", None, "new"] for i in range(6)}
    with pytest.warns(UserWarning, match="not seen"):
        found = model.cluster_rows(columns)
    assert found.labels.tolist() == [0, -1, -1]
    assert found.silhouette == 0.0
    nothing = {f"f{i}": [None, None] for i in range(6)}
    empty = model.cluster_rows(nothing)
    assert (empty.labels.tolist(), len(empty.typical)) == ([-1, -1], 0)
    assert empty.predict({f"f{i}": ["c0"] for i in range(6)}).tolist() == [-1]


def test_unseen_cells_go_as_the_model_says(table):
    columns = {f"f{i}": ["c0", "c0"] for i in range(5)} | {"f5": ["new", "c0"]}
    strict = Cat2Vec(6, handle_unknown="error").fit(table[0])
    with pytest.raises(UnseenCategoryError):
        strict.cluster_rows(table[0], 3).predict(columns)
    folding = Cat2Vec(6, handle_unknown="fold_in").fit(table[0]).cluster_rows(table[0], 3)
    assert folding.predict(columns).tolist() == [0, 0]


def test_more_clusters_than_rows_or_directions(model, table):
    for wrong in (0, 601, 2.5, "two"):
        with pytest.raises(ParameterError, match=r"n_clusters must be None or an integer from 1"):
            model.cluster_rows(table[0], wrong)
    same = {f"f{i}": ["c0", "c0", "c1", "c1"] for i in range(6)}
    with pytest.warns(
        FewClustersWarning, match=r"^n_clusters=4 is more than these rows have: 2 clusters of rows"
    ):
        found = model.cluster_rows(same, 4)
    assert found.labels.tolist() == [0, 0, 1, 1]
    assert model.cluster_rows(same, 2).labels.tolist() == [0, 0, 1, 1]


def test_no_rows_are_no_clusters(model):
    with pytest.raises(TableError, match=r"^X has no rows: there is nothing to cluster\."):
        model.cluster_rows({f"f{i}": [] for i in range(6)})


def test_lists_in_cells_are_clustered_too():
    rng = np.random.default_rng(3)
    group = rng.integers(2, size=300)
    tags = [[f"t{3 * g + i}" for i in rng.permutation(3)[:2]] for g in group]
    where = [f"w{g}{i}" for g, i in zip(group, rng.integers(3, size=300), strict=True)]
    columns = {"tags": MultiValued(within=True)}
    model = Cat2Vec(4, columns=columns).fit({"tags": tags, "where": where})
    found = model.cluster_rows({"tags": tags, "where": where})
    assert max((found.labels == group).mean(), (found.labels != group).mean()) == 1.0


def test_axes_of_some_numbers_at_a_time_lose_nothing(monkeypatch):
    """Time is that of the numbers of rows, not of their cube; clusters are those of all at once."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(5, 90))[rng.integers(5, size=300)] + 0.3 * rng.normal(size=(300, 90))
    rows[:, 20:50] = rows[:, 20:21] * rng.normal(size=30)  # one direction in thirty numbers
    rows = (rows / np.linalg.norm(rows, axis=1)[:, None]).astype(np.float32)
    with workers(1) as crew:
        whole = row_clusters.centres_of_rows(rows, 5, 0, crew)
        monkeypatch.setattr(row_clusters, "_NUMBERS", 32)
        sizes, eigh = [], np.linalg.eigh
        monkeypatch.setattr(np.linalg, "eigh", lambda a: sizes.append(len(a)) or eigh(a))
        again = row_clusters.centres_of_rows(rows, 5, 0, crew)
    assert sizes == [32, 32, 26]
    np.testing.assert_allclose(again[0], whole[0], atol=1e-6)
    assert again[1] == pytest.approx(whole[1])
