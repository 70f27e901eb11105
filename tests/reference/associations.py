"""Slow twin of associations: two columns at a time, chance from the odds of every count."""

from __future__ import annotations

import numpy as np
from scipy.stats import hypergeom


def chance_bits(first, second):
    """Mean mutual information of all tables with these margins, term by term."""
    rows, total = sum(first), 0.0
    if min(len(first), len(second)) < 2:
        return 0.0
    for a in first:
        for b in second:
            x = np.arange(max(1, a + b - rows), min(a, b) + 1)
            total += (hypergeom.pmf(x, rows, a, b) * x * np.log2(x * rows / (a * b))).sum()
    return total / rows


def association(one, other):
    """Bits, share, chance and rows of two columns; None is a missing cell."""
    cells = [(a, b) for a, b in zip(one, other, strict=True) if a is not None and b is not None]
    rows = len(cells)
    table = {cell: cells.count(cell) for cell in set(cells)}
    margins = []
    for side in (0, 1):
        values = [cell[side] for cell in cells]
        margins.append({value: values.count(value) for value in set(values)})
    plain = sum(
        n / rows * np.log2(n * rows / (margins[0][a] * margins[1][b]))
        for (a, b), n in table.items()
    )
    least = min(
        -sum(n / rows * np.log2(n / rows) for n in margin.values()) for margin in margins
    )  # fmt: skip
    chance = chance_bits(*(list(margin.values()) for margin in margins))
    share = (plain - chance) / (least - chance) if least - chance > 1e-9 else 0.0
    return {"bits": share * least, "share": min(share, 1.0), "chance": chance, "rows": rows}
