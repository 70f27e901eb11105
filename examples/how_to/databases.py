"""Databases: vectors in a file of DuckDB, and neighbours asked in SQL beside other tables.

pip install "cat2vec[duckdb]"
python examples/how_to/databases.py [FOLDER]
"""

import sys
from pathlib import Path

import duckdb

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles
from cat2vec.export.duckdb import add_duckdb_macros, save_duckdb

ASKED = """
    SELECT near.category, round(near.similarity, 3) AS similarity, count(*) AS vehicles_of_yours
    FROM cat2vec_nearest('vehicle', 'tram') AS near JOIN mine ON mine.vehicle = near.category
    GROUP BY ALL ORDER BY similarity DESC LIMIT 3
"""


def main(folder: str = ".") -> None:
    table = load_vehicles().drop(columns="example")
    model = Cat2Vec(columns={"wheels": "numeric"}).fit(table)
    file = Path(folder, "vehicles.duckdb")
    save_duckdb(model.vectors_, file, overwrite=True)
    with duckdb.connect(str(file)) as connection:
        add_duckdb_macros(connection)
        connection.register("mine", table)
        for row in connection.sql(ASKED).fetchall():
            print(*row, sep="\t")


if __name__ == "__main__":
    main(*sys.argv[1:2])
