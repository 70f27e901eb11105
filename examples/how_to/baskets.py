"""Baskets: items that are bought together, and a basket as numbers.

python examples/how_to/baskets.py
"""

import numpy as np

from cat2vec import Cat2Vec

#: What people buy for; a basket holds things of one of these, and now and then something else.
MEALS = {
    "breakfast": ["bread", "butter", "jam", "milk", "coffee"],
    "barbecue": ["sausage", "charcoal", "beer", "mustard", "buns"],
    "salad": ["lettuce", "tomato", "cucumber", "olive oil", "vinegar"],
}


def made_baskets(n: int, seed: int = 0) -> list[list[str]]:
    rng = np.random.default_rng(seed)
    things = [thing for meal in MEALS.values() for thing in meal]
    baskets = []
    for _ in range(n):
        meal = MEALS[rng.choice(list(MEALS))]
        basket = rng.choice(meal, rng.integers(2, 5), replace=False).tolist()
        if rng.random() < 0.3:
            basket.append(rng.choice(things).item())
        baskets.append(list(dict.fromkeys(basket)))
    return baskets


def main() -> None:
    model = Cat2Vec(vector_size=8).fit({"basket": made_baskets(500)})
    print("bought like beer:")
    print(model.nearest("basket", "beer", n=3).to_string(index=False))
    print("\nbought like milk and like jam:")
    print(model.nearest_to_all("basket", ["milk", "jam"], n=3).to_string(index=False))
    rows = model.transform({"basket": [["milk", "jam"], ["beer", "buns"]]})
    print(f"\ntwo baskets as numbers: {rows.shape[0]} rows, {rows.shape[1]} columns")


if __name__ == "__main__":
    main()
