"""The page of ``cat2vec explore``: seconds to make it, its size, and how smoothly it moves.

Run with ``python -m benchmarks.explore --categories 20000 200000 1000000``. Needs playwright and
Chromium, as the tests of the page do. Frames are drawn without a GPU.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.harness import Benchmark, run_alone
from benchmarks.pages.explore import page
from cat2vec.explore.data import page_data
from cat2vec.explore.page import Exploration
from cat2vec.vectors.vectors import Vectors
from cat2vec.vocabulary.schema import Codec, Schema
from cat2vec.vocabulary.vocabulary import Vocabulary

BENCHMARK = Benchmark("explore", "Time the page of cat2vec explore.", page)
VECTOR_SIZE = 32
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
#: Turns the wheel once a frame, in and out again, and gives the milliseconds of all frames.
FRAMES = """async () => {
  const canvas = document.getElementById("canvas");
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const found = [];
  let last = await new Promise(requestAnimationFrame);
  for (let i = 0; i < 120; i += 1) {
    const [clientX, clientY] = [left + width / 2 + 40 * Math.sin(i / 5), top + height / 2];
    canvas.dispatchEvent(new WheelEvent("wheel", {
      clientX, clientY, deltaY: i < 60 ? -40 : 40, bubbles: true, cancelable: true, view: window,
    }));
    const now = await new Promise(requestAnimationFrame);
    found.push(now - last);
    last = now;
  }
  return found;
}"""


def main(arguments: Sequence[str] | None = None) -> int:
    parser = BENCHMARK.parser(data_folder=False)
    parser.add_argument("--categories", type=int, nargs="+", default=[20_000, 200_000, 1_000_000])
    return BENCHMARK.measure(records, parser.parse_args(arguments))


def records(options: Namespace) -> Iterator[dict[str, Any]]:
    for n_categories in options.categories:
        yield run_alone(measure, n_categories=n_categories)


def made_vectors(n: int) -> Vectors:
    """Random vectors of two large features and a small one, with standard errors."""
    sizes = {"product": n - n // 4 - 100, "customer": n // 4, "city": 100}
    categories = [
        np.array([f"{name} number {code}" for code in range(size)], dtype=object)
        for name, size in sizes.items()
    ]
    schema = Schema(tuple(sizes), tuple(Codec("category", "string") for _ in sizes))
    rng = np.random.default_rng(0)
    vocabulary = Vocabulary(schema, tuple(categories), rng.integers(1, 1000, n))
    matrix = rng.standard_normal((n, VECTOR_SIZE), dtype=np.float32)
    settings = {
        "vector_size": VECTOR_SIZE,
        "solver": "counts",
        "negative": 5.0,
        "ns_exponent": 0.75,
        "regularization": 10.0,
    }
    errors = np.full(n, 0.3, np.float32)
    return Vectors(vocabulary, matrix, matrix, matrix, settings, (1.0,), 2.0, errors)


def measure(n_categories: int) -> dict[str, Any]:
    vectors = made_vectors(n_categories)
    start = time.process_time()
    made = Exploration(page_data(vectors, 200_000, "none were measured"))
    with TemporaryDirectory() as folder:
        file = Path(folder, "page.html")
        made.save(file)
        cpu = time.process_time() - start
        found = {"n_categories": n_categories, "vector_size": VECTOR_SIZE, "cpu_seconds": cpu}
        return {**found, "megabytes": file.stat().st_size / 1e6, **in_browser(file)}


def in_browser(file: Path) -> dict[str, Any]:
    """Time what a person does; seconds are on the clock."""
    from playwright.sync_api import sync_playwright

    path = os.environ.get("CAT2VEC_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=path, args=FLAGS)
        shown = browser.new_page(viewport={"width": 1280, "height": 900})
        shown.set_default_timeout(120_000)
        found: dict[str, Any] = {"chromium": browser.version}

        def timed(name: str, does: Any) -> None:
            start = time.perf_counter()
            does()
            found[f"seconds_{name}"] = time.perf_counter() - start

        timed("load", lambda: shown.goto(file.as_uri()))
        found["points"] = int(shown.evaluate("JSON.parse(data.textContent).categories.length"))
        frames = []
        for feature in ("0", "-1"):
            shown.select_option("#feature", feature)
            shown.wait_for_timeout(1000)
            frames.append(shown.evaluate(FRAMES))
        for name, times in zip(("feature", "all"), frames, strict=True):
            median, most = np.percentile(times, [50, 95])
            found |= {f"frame_ms_{name}": float(median), f"slow_frame_ms_{name}": float(most)}
        shown.fill("#search", "number 77")
        timed("select", lambda: (shown.press("#search", "Enter"), shown.wait_for_selector("h2")))
        compare = shown.locator("button[aria-label^=Compare]").first
        timed("compare", lambda: (compare.click(), shown.wait_for_selector("#shares")))
        table = "#panel-categories table"
        timed("table", lambda: (shown.click("#tab-categories"), shown.wait_for_selector(table)))
        browser.close()
    return found


if __name__ == "__main__":
    sys.exit(main())
