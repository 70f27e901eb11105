"""Packed inverses and products are those of NumPy, for sizes in step and beyond."""

import numpy as np
import pytest

from cat2vec.kernels.inverses import invert_packed, packed_times

pytestmark = pytest.mark.kernels


@pytest.mark.parametrize("size", [1, 2, 7, 32, 45, 100])
def test_inverses_and_products_are_those_of_numpy(size):
    rng = np.random.default_rng(size)
    roots = rng.normal(size=(37, size, size + 3))
    whole = roots @ roots.transpose(0, 2, 1)
    rows, columns = np.triu_indices(size)
    packed = whole[:, rows, columns].astype(np.float32)
    whole[:, rows, columns] = whole[:, columns, rows] = packed
    found = np.empty_like(packed)
    invert_packed(packed, 2.5, size, found)
    expected = np.linalg.inv(whole + 2.5 * np.eye(size))[:, rows, columns]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    vectors = rng.normal(size=(37, size)).astype(np.float32)
    products = np.empty(vectors.shape)
    packed_times(packed, vectors, products)
    expected = (whole @ vectors[:, :, None])[..., 0]
    np.testing.assert_allclose(products, expected, rtol=1e-4, atol=1e-3)
