"""Examples of every command, which its help shows; tests run all of them."""

from __future__ import annotations

#: Commands, in the order in which their examples can be run one after the other.
EXAMPLES: dict[str, tuple[str, ...]] = {
    "train": (
        "cat2vec train trips.parquet --out model",
        "cat2vec train people.csv --out people --exclude income,zip --missing-values '?'",
        "cat2vec train flights.csv --out flights --shared airport=origin,dest",
        "cat2vec train may.csv --out m0 --updatable",
    ),
    "info": (
        "cat2vec info model",
        "cat2vec info model --json",
    ),
    "nearest": (
        "cat2vec nearest model city Oslo",
        "cat2vec nearest model city Oslo -n 3 --among country time --csv",
    ),
    "similarity": (
        "cat2vec similarity model city Oslo Bergen",
        "cat2vec similarity model city Oslo night --other-feature time --json",
    ),
    "analogy": (
        "cat2vec analogy model city Oslo Bergen Rome",
        "cat2vec analogy model city Oslo NO Rome --b-feature country --json",
    ),
    "nearest-to-all": (
        "cat2vec nearest-to-all model city Oslo Bergen -n 2",
        "cat2vec nearest-to-all model city Oslo Rome --among paid --csv",
    ),
    "clusters": (
        "cat2vec clusters model city",
        "cat2vec clusters model city --n-clusters 2 --csv",
    ),
    "commonality": (
        "cat2vec commonality model city",
        "cat2vec commonality model paid --json",
    ),
    "influence": (
        "cat2vec influence model",
        "cat2vec influence model city time --csv",
    ),
    "outliers": (
        "cat2vec outliers model new.csv -n 20 --keep id",
        "cat2vec outliers model - --csv < new.csv > odd.csv",
    ),
    "associations": (
        "cat2vec associations model trips.parquet",
        "cat2vec associations people people.csv --csv",
    ),
    "transform": (
        "cat2vec transform model new.csv --out rows.parquet --keep id",
        "cat2vec transform model - --out - < new.csv > rows.csv",
    ),
    "impute": (
        "cat2vec impute people people.csv --out full.csv",
        "cat2vec impute people - --out - < people.csv > full2.csv",
    ),
    "report": (
        "cat2vec report model new.csv",
        "cat2vec report model new.csv --train-table trips.parquet --html report.html",
        "cat2vec report model new.csv --json report.json",
    ),
    "export": (
        "cat2vec export model --to keyedvectors --feature city --out city.kv",
        "cat2vec export model --to word2vec --binary --out vectors.bin",
        "cat2vec export model --to csv --out - > vectors.csv",
    ),
    "explore": (
        "cat2vec explore model --out page.html",
        "cat2vec explore model --out small.html --max-categories 1000",
    ),
    "update": (
        "cat2vec update m0 june.csv --out m1",
        "cat2vec update m1 june.parquet --out m2 --decay 0.977 --forget-below 0.1",
    ),
    "moves": (
        "cat2vec moves m1 m0",
        "cat2vec moves m1 m0 -n 1000 --csv",
    ),
    "count": (
        "cat2vec count m0 monday.parquet --out monday_counts",
        "cat2vec count m0 - --out june_counts < june.csv",
    ),
    "sql": (
        "cat2vec sql sales.trips --features city country --dialect postgres",
        "cat2vec sql '\"trips.parquet\"' --features city time --dialect duckdb",
    ),
    "macros": (
        "cat2vec macros",
        "cat2vec macros > macros.sql",
    ),
    "completion": (
        'eval "$(cat2vec completion bash)"',
        "cat2vec completion fish > ~/.config/fish/completions/cat2vec.fish",
    ),
}


def examples_of(command: str) -> str:
    """Write the examples of a command as its help shows them."""
    return "\n".join(["examples:", *(f"  {line}" for line in EXAMPLES[command])])
