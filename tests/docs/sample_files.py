"""Small files under the names that the documents use."""

import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd

COUNTRY = {"Oslo": "NO", "Bergen": "NO", "Rome": "IT", "Milan": "IT"}
DAYS = ("history", "monday", "tuesday", "may", "june")


def trips(seed: int, n_rows: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    city = rng.choice(list(COUNTRY), n_rows)
    country = pd.Series(city).map(COUNTRY).to_numpy()
    night = rng.random(n_rows) < np.where(country == "IT", 0.7, 0.2)
    return pd.DataFrame(
        {
            "id": [f"trip {i}" for i in rng.permutation(n_rows)],
            "city": city,
            "country": country,
            "time": np.where(night, "night", "day"),
            "paid": np.where(rng.random(n_rows) < 0.8, np.where(night, "card", "cash"), "app"),
        }
    )


def people(seed: int = 0, n_rows: int = 240) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    education = rng.choice(["school", "college", "university"], n_rows)
    work = np.where(
        education == "school", "trade", np.where(rng.random(n_rows) < 0.5, "office", "lab")
    )
    work[::9] = "?"
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, n_rows) + 0.5,
            "zip": rng.choice(["0150", "0151", "5003"], n_rows),
            "education": education,
            "work": work,
            "income": rng.choice(["low", "high"], n_rows),
        }
    )


def write_sample_files(folder: Path) -> None:
    """Write all of them into a folder."""
    shutil.copyfile(
        str(files("cat2vec.datasets").joinpath("vehicles.csv")), folder / "vehicles.csv"
    )
    for seed, name in enumerate(DAYS):
        trips(seed).drop(columns="id").to_parquet(folder / f"{name}.parquet")
        trips(seed).drop(columns="id").to_csv(folder / f"{name}.csv", index=False)
    trips(7).drop(columns="id").to_parquet(folder / "trips.parquet")
    trips(8).to_csv(folder / "new.csv", index=False)
    (folder / "trips").mkdir()
    for part in range(2):
        trips(part).rename(columns={"id": "trip_id"}).to_parquet(
            folder / "trips" / f"{part}.parquet"
        )
    people().to_csv(folder / "people.csv", index=False)
    people()[["age", "work", "education"]].to_csv(folder / "adult.data", index=False, header=False)
    flights = {
        "origin": ["JFK", "LGA", "JFK", "BOS"] * 30,
        "dest": ["BOS", "JFK", "LAX", "JFK"] * 30,
        "carrier": ["AA", "DL", "AA", "DL"] * 30,
        "airline": ["American", "Delta", "American", "Delta"] * 30,
    }
    pd.DataFrame(flights).to_csv(folder / "flights.csv", index=False)
