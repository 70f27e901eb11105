"""Neural networks: an embedding layer in PyTorch that starts with vectors, and predicts speed.

pip install "cat2vec[torch]"
python examples/how_to/neural_networks.py
"""

import torch

from cat2vec import Cat2Vec
from cat2vec.datasets import load_vehicles


def main() -> None:
    torch.manual_seed(0)
    table = load_vehicles().drop(columns="example").dropna(subset=["speed"])
    rows = table.sample(frac=1, random_state=0)
    names = sorted(set(rows["speed"]))
    classes = torch.tensor([names.index(speed) for speed in rows["speed"]])
    model = Cat2Vec(columns={"wheels": "numeric"}).fit(table.drop(columns="speed"))  # no target

    n_test, losses = len(rows) // 4, {}
    for start in ("cat2vec", "random"):
        layer = model.to_torch("vehicle", size=8, frozen=False)
        codes = layer.encode(rows["vehicle"])
        if start == "random":
            torch.nn.init.normal_(layer.weight)
        network = torch.nn.Sequential(layer, torch.nn.Linear(8, len(names)))
        optimizer = torch.optim.Adam(network.parameters(), 0.02)
        for _ in range(60):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(network(codes[n_test:]), classes[n_test:])
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            held_out = torch.nn.functional.cross_entropy(network(codes[:n_test]), classes[:n_test])
        losses[start] = held_out.item()
    for start, loss in losses.items():
        print(f"embedding that starts from {start}: {loss:.3f} nats per row held out")


if __name__ == "__main__":
    main()
