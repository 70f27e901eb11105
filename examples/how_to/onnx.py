"""ONNX: rows as numbers in any language, with the runtime of ONNX in place of cat2vec.

python examples/how_to/onnx.py
"""

from pathlib import Path

import numpy as np
import onnxruntime

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles


def main() -> None:
    table = load_vehicles().drop(columns="example")
    model = Cat2Vec(vector_size=8, columns={"wheels": "numeric"}).fit(table)
    graph = Path("vehicles.onnx")
    graph.write_bytes(model.to_onnx().SerializeToString())
    print(f"written {graph}, {graph.stat().st_size / 1e3:.0f} KB")

    session = onnxruntime.InferenceSession(graph)  # a service needs this line and those below
    cells = {}
    for column in session.get_inputs():
        if column.type == "tensor(string)":
            cells[column.name] = table[column.name].fillna("").to_numpy(object)
        else:  # numbers and bins
            cells[column.name] = table[column.name].to_numpy(float)
    (rows,) = session.run(None, cells)
    away = np.abs(rows - model.transform(table)).max()
    print(
        f"{len(rows)} rows of {rows.shape[1]} numbers, at most {away:.0e} from those of transform"
    )


if __name__ == "__main__":
    main()
