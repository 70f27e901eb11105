"""Canonical vectors depend on what was learned and on nothing else."""

import numpy as np
import pytest

from cat2vec import count_pairs, train_vectors
from cat2vec.kernels.threads import workers
from cat2vec.training import canonical, spectral
from cat2vec.training.canonical import canonical_vectors
from cat2vec.training.problem import Problem
from cat2vec.training.solvers import start as beginnings
from cat2vec.training.spectral import block_krylov, leading_eigenpairs, rough_eigenpairs
from cat2vec.vectors import axes
from cat2vec.vectors.axes import feature_factors, feature_means, in_order
from tests.made_problems import problem_of
from tests.made_tables import planted


def cosines(matrix):
    norms = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit = matrix / np.where(norms > 0, norms, 1)
    return unit @ unit.T


@pytest.fixture(scope="module")
def trained():
    return train_vectors(count_pairs(planted(np.random.default_rng(0))), vector_size=4)


def test_an_invertible_map_between_the_sides_changes_nothing(trained):
    rng = np.random.default_rng(1)
    gauge = rng.normal(size=(4, 4)) + 3 * np.eye(4)
    center = (trained.center @ gauge).astype(np.float32)
    context = (trained.context @ np.linalg.inv(gauge).T).astype(np.float32)
    again = canonical_vectors(Problem.of_vectors(trained), center, context)
    np.testing.assert_allclose(again, trained.matrix, atol=2e-4)


def test_which_matrix_is_called_the_center_changes_nothing(trained, monkeypatch):
    monkeypatch.setattr(spectral, "_DENSE_SIZE", 0)  # large matrices are not written out
    rng = np.random.default_rng(3)
    one, other = rng.normal(size=(2, *trained.center.shape)).astype(np.float32)
    found = [
        canonical_vectors(problem_of(trained.vocabulary, vector_size=4), *sides)
        for sides in ((one, other), (other, one))
    ]
    np.testing.assert_allclose(*found, atol=1e-4)


def test_constants_added_to_a_feature_change_nothing(trained):
    words = trained.vocabulary
    shift = np.random.default_rng(2).normal(size=(words.n_features, 4)).astype(np.float32)
    center = trained.center + shift[words.feature_of_token]
    again = canonical_vectors(Problem.of_vectors(trained), center, trained.context)
    np.testing.assert_allclose(again, trained.matrix, atol=2e-4)


def test_every_feature_has_mean_zero_and_columns_are_ordered_by_size(trained):
    np.testing.assert_allclose(feature_means(trained.matrix, trained.vocabulary), 0, atol=1e-6)
    sizes = (trained.matrix**2).sum(axis=0)
    assert (np.diff(sizes) <= 1e-6 * sizes[0]).all()


def test_features_are_made_more_even_and_cosines_stay(monkeypatch, trained):
    words = trained.vocabulary
    monkeypatch.setattr(canonical, "EVENNESS", 0.0)
    plain = canonical_vectors(Problem.of_vectors(trained), trained.center, trained.context)
    np.testing.assert_allclose(cosines(plain), cosines(trained.matrix), atol=1e-4)
    squares = [
        words.sum_by_feature(words.shares[:, None] * matrix**2).sum(axis=1)
        for matrix in (plain, trained.matrix)
    ]
    ratios = squares[1] / np.sqrt(squares[0])
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-4)
    assert np.linalg.norm(trained.matrix) == pytest.approx(np.linalg.norm(plain), rel=1e-4)


@pytest.mark.parametrize("piece", [1, 5, 100])
def test_tokens_taken_in_pieces_are_those_taken_at_once(monkeypatch, trained, piece):
    """Sizes and axes written out over whole matrices, which for millions of tokens do not fit."""
    monkeypatch.setattr(axes, "_PIECE", piece)
    words, rng = trained.vocabulary, np.random.default_rng(4)
    matrix = rng.normal(size=(words.n_tokens, 3)) * [1.0, 5.0, 2.0]
    matrix[:, 1] += matrix[:, 0]
    matrix -= feature_means(matrix, words)[words.feature_of_token]
    squares = words.sum_by_feature(words.shares[:, None] * matrix**2).sum(axis=1)
    factors = squares**-0.25
    even = factors[words.feature_of_token][:, None] * matrix
    factors *= np.linalg.norm(matrix) / np.linalg.norm(even)
    np.testing.assert_allclose(feature_factors(matrix, words, -0.25), factors, rtol=1e-10)
    left, sizes, _ = np.linalg.svd(matrix, full_matrices=False)
    turned = left * sizes
    turned *= np.sign(turned[np.abs(turned).argmax(axis=0), np.arange(3)])
    np.testing.assert_allclose(in_order(matrix), turned, atol=1e-5)


def test_the_largest_entry_of_each_column_is_positive(trained):
    largest = np.abs(trained.matrix).argmax(axis=0)
    assert (trained.matrix[largest, np.arange(4)] > 0).all()


def one_dimension_each(rng, n_features):
    """Give a table with two hidden causes of different strength: no two optima of one height."""
    n_rows = 4000
    causes = rng.integers(4, size=n_rows), rng.integers(3, size=n_rows)
    table = {}
    for feature in range(n_features):
        first = np.where(rng.random(n_rows) < 0.2, rng.integers(4, size=n_rows), causes[0])
        second = np.where(rng.random(n_rows) < 0.5, rng.integers(3, size=n_rows), causes[1])
        table[f"f{feature}"] = [f"{a}{b}" for a, b in zip(first, second, strict=True)]
    return table


@pytest.mark.parametrize("n_features", [2, 3, 10])
def test_another_start_gives_the_same_cosines(monkeypatch, n_features):
    """Cosines inside features agree where two starts reach one optimum; those of W do not.

    The loss has several optima of nearly one height; this random start ends in the same one as
    ours, others do not.
    """
    counts = count_pairs(one_dimension_each(np.random.default_rng(3), n_features))
    first = train_vectors(counts, vector_size=5, tol=1e-5, max_sweeps=500)

    def random_start(objective, size, crew):
        rng = np.random.default_rng(1)
        shape = (objective.counts.vocabulary.n_tokens, size)
        return (0.3 * rng.normal(size=shape)).astype(np.float32)

    monkeypatch.setattr(beginnings, "starting_vectors", random_start)
    second = train_vectors(counts, vector_size=5, tol=1e-5, max_sweeps=500)
    assert np.abs(first.center - second.center).max() > 0.1
    assert first.loss == pytest.approx(second.loss, abs=1e-4)
    inside = first.vocabulary.feature_of_token
    same = inside[:, None] == inside
    found = np.corrcoef(cosines(first.matrix)[same], cosines(second.matrix)[same])[0, 1]
    assert found > 0.999
    raw = np.corrcoef(cosines(first.center)[same], cosines(second.center)[same])[0, 1]
    assert raw < found


def test_planted_groups_are_neighbours_within_and_across_features(trained):
    for feature in ("f0", "f3"):
        near = trained.nearest("f0", "g2_1", n=2 if feature == "f0" else 3, among=feature)
        assert {name[:2] for name in near["category"]} == {"g2"}


def test_more_dimensions_than_the_model_has_are_zero_columns(trained):
    wide = canonical_vectors(
        problem_of(trained.vocabulary, vector_size=40), trained.center, trained.context
    )
    n_tokens = trained.vocabulary.n_tokens
    assert wide.shape == (n_tokens, 40)
    np.testing.assert_allclose(wide[:, n_tokens:], 0)


def test_features_of_few_tokens_need_no_basis_and_small_matrices_no_products(monkeypatch):
    trained = train_vectors(count_pairs(planted(np.random.default_rng(0))), vector_size=6)
    given = Problem.of_vectors(trained), trained.center, trained.context
    assert (np.diff(trained.vocabulary.offsets) <= 2 * trained.vector_size).all()
    found = canonical_vectors(*given)

    def by_products(multiply, size, n_pairs, whole):
        np.testing.assert_allclose(whole(), multiply(np.eye(size)), atol=1e-10)
        return leading_eigenpairs(multiply, size, n_pairs)

    monkeypatch.setattr(canonical, "leading_eigenpairs", by_products)
    monkeypatch.setattr(canonical._Span, "is_small", False)
    np.testing.assert_allclose(canonical_vectors(*given), found, atol=1e-5)


def test_zero_matrices_give_zero_vectors():
    words = count_pairs({"a": ["x", "y"], "b": ["u", "v"]}).vocabulary
    zeros = np.zeros((4, 2), np.float32)
    assert not canonical_vectors(problem_of(words, vector_size=2), zeros, zeros).any()


@pytest.mark.parametrize("size", [3, 14, 60, 601])
def test_leading_eigenpairs_equal_numpy_also_on_the_iterative_path(size):
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(size, size))
    matrix = matrix + matrix.T + np.diag(np.linspace(0, 10 * size, size))
    with workers(1):
        values, vectors = leading_eigenpairs(lambda x: matrix @ x, size, 3)
    expected, exact = np.linalg.eigh(matrix)
    np.testing.assert_allclose(values, expected[::-1][:3], rtol=1e-8)
    overlap = np.abs((vectors * exact[:, ::-1][:, :3]).sum(axis=0))
    np.testing.assert_allclose(overlap, 1.0, atol=1e-6)


def test_leading_eigenpairs_bear_repeated_and_negative_eigenvalues():
    size = 600
    values = np.concatenate([np.full(100, 3.0), np.zeros(400), np.full(100, -5.0)])
    for solve in (leading_eigenpairs, block_krylov):
        found, vectors = solve(lambda x: values[:, None] * x, size, 20, tol=1e-9)
        np.testing.assert_allclose(found, 3.0, rtol=1e-6)
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(20), atol=1e-8)
        np.testing.assert_allclose(vectors[100:], 0.0, atol=1e-4)


@pytest.mark.parametrize("mirrored", [False, True])
def test_rough_eigenpairs_lie_near_those_of_numpy(mirrored):
    """Also where every eigenvalue has an opposite of the same size, as with two features."""
    rng = np.random.default_rng(6)
    values = 0.8 ** np.arange(200)
    values = np.concatenate([values, -values if mirrored else -0.02 * values])
    axes = np.linalg.qr(rng.normal(size=(400, 400)))[0]
    matrix = (axes * values) @ axes.T
    with workers(1):
        found, vectors = rough_eigenpairs(lambda x: matrix @ x, 400, 10, mirrored=mirrored)
    np.testing.assert_allclose(found, values[:10], rtol=0.02)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(10), atol=1e-10)
    assert np.square(axes[:, :10].T @ vectors).sum() > 9.5


def test_identifiers_that_mirror_each_other_can_be_trained():
    """Hundreds of equal eigenvalues: each category of one feature has its own in another."""
    n = 700
    table = {
        "a": [f"a{row}" for row in range(n)],
        "b": [f"b{row * 7 % n}" for row in range(n)],
        "c": [f"c{row % 3}" for row in range(n)],
    }
    counts = count_pairs(table, columns=dict.fromkeys("ab", "identifier"))
    vectors = train_vectors(counts, vector_size=8, max_sweeps=40)
    assert np.isfinite(vectors.matrix).all()
    assert vectors.gain > 0
