"""Rows as numbers and back, cell by cell: what ``cat2vec.row_vectors`` must equal."""

import numpy as np


def rows_of_vectors(codes, matrix, offsets, row_vector):
    """Write one row after the other; zeros where a cell has no token."""
    size, rows = matrix.shape[1], []
    for cells in codes:
        vectors = [
            matrix[offsets[feature] + code] if code >= 0 else np.zeros(size, np.float32)
            for feature, code in enumerate(cells)
        ]
        if row_vector == "concat":
            rows.append(np.concatenate(vectors))
        elif row_vector == "unit":
            row = np.concatenate(vectors).astype(np.float64)
            rows.append(row / (np.sqrt((row**2).sum()) or 1.0))
        else:
            total = np.zeros(size, np.float32)
            for vector in vectors:
                total = total + vector
            rows.append(total / max(sum(code >= 0 for code in cells), 1))
    return np.array(rows, dtype=np.float32)


def nearest_codes(rows, matrix, offsets):
    """Measure every distance; the first of the least wins, and zeros are no category."""
    size, found = matrix.shape[1], []
    for row in rows.astype(np.float64):
        codes = []
        for feature, part in enumerate(np.split(row, len(row) // size)):
            vectors = matrix[offsets[feature] : offsets[feature + 1]].astype(np.float64)
            distances = [np.square(part - vector).sum() for vector in vectors]
            codes.append(int(np.argmin(distances)) if part.any() and distances else -1)
        found.append(codes)
    return np.array(found)


def products_for_linear_models(vectors, shares, scale, places):
    """Give the product of every two categories of a feature in the form for linear models.

    ``places``: of categories in an order, None for those that have none; None for a feature
    without order.
    """
    n, ordered = len(vectors), places is not None
    own = np.zeros((n, n))
    for a in range(n):
        for b in range(n):
            if not ordered or places[b] is None:
                own[a, b] = np.sqrt(0.3) * ((a == b) - shares[b])
    columns = [np.sqrt(0.3 if ordered else 0.7) * scale * vectors, own]
    mixed = np.hstack(columns)
    mixed = mixed - shares @ mixed
    if not ordered:
        return mixed @ mixed.T
    kept = 2 + sum(place is None for place in places)
    values, axes = np.linalg.eigh(mixed.T @ (shares[:, None] * mixed))
    mixed = mixed @ axes[:, np.argsort(-values)[:kept]]
    weight = np.array(
        [share if p is not None else 0.0 for share, p in zip(shares, places, strict=True)]
    )
    place = np.array([p or 0.0 for p in places])
    mean = (weight * place).sum() / weight.sum()
    line = np.array([p - mean if p is not None else 0.0 for p in places])
    line = line * np.sqrt(0.5 / (weight * line**2).sum())
    return mixed @ mixed.T + np.outer(line, line)
