"""A small table that ships with cat2vec."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def load_vehicles() -> pd.DataFrame:
    """Load the vehicles of the question that started cat2vec.

    Real vehicles from Gipsy Moth IV to Perseverance, one per row, made by hand: 124 types with
    medium, propulsion, energy, wheels, crew, passengers, use, operator, era, mass and speed. Empty
    cells are not known or do not apply.

    Returns
    -------
    DataFrame of shape (519, 13)

    Examples
    --------
    >>> load_vehicles()["vehicle"].nunique()
    124
    """
    import pandas as pd

    with as_file(files(__name__) / "vehicles.csv") as path:
        return pd.read_csv(path, keep_default_na=False, na_values=[""])
