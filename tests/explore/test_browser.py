"""The page in a real Chromium, without a network: what a person does, and what Python answers.

``make test-browser`` installs what these tests need; they are skipped without it. With
``CAT2VEC_SCREENSHOTS`` set to a folder, pictures are left there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

import cat2vec
from cat2vec.inspection import contributions
from tests.explore.made_pages import FEATURE, HOSTILE, hostile_model, planted_model, planted_table
from tests.reference.contributions import contributions_by_category

pytestmark = pytest.mark.browser
playwright = pytest.importorskip("playwright.sync_api", reason="make test-browser installs it")
CHROMIUM = os.environ.get("CAT2VEC_CHROMIUM") or shutil.which("chromium")
if CHROMIUM is None:
    pytest.skip("needs Chromium: chromium on the path or CAT2VEC_CHROMIUM", allow_module_level=True)
AXE = Path(cat2vec.__file__).parent / "explore/web/node_modules/axe-core/axe.min.js"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
]
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
TABS = ("map", "categories", "associations", "quality")


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def model():
    return planted_model()


@pytest.fixture(scope="module")
def folder(tmp_path_factory, model):
    path = tmp_path_factory.mktemp("pages")
    model.explore(path / "planted.html", report=model.report(planted_table(300)))
    hostile_model().explore().save(path / "hostile.html")
    return path


@pytest.fixture
def opened(browser, folder):
    """Open a page; at the end there must be no message, no error and no request but for it."""
    contexts, troubles = [], []

    def opening(name="planted", address="", **options):
        context = browser.new_context(**{**DESKTOP, **options})
        context.set_default_timeout(60_000)  # of a busy machine
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: troubles.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda r: r.url.startswith("file:") or troubles.append(r.url))
        page.goto(f"{(folder / name).as_uri()}.html{address}")
        return page

    yield opening
    for context in contexts:
        context.close()
    assert troubles == []


def search(page, text):
    page.fill("#search", text)
    page.keyboard.press("Enter")


def neighbours(page, title):
    """Read a table of neighbours: (category, similarity) of each line."""
    table = page.locator(f'table[aria-labelledby="{title}"]')
    cells = table.locator("tbody tr").evaluate_all(
        "rows => rows.map(r => [...r.cells].map(c => c.innerText))"
    )
    place = 2 if title == "nearest-across" else 1
    return [(row[0], float(row[place])) for row in cells]


def python_says(found):
    return [
        (category, pytest.approx(similarity, abs=6e-4))
        for category, similarity in zip(found["category"], found["similarity"], strict=True)
    ]


def test_search_selects_a_category_and_its_neighbours_are_those_of_python(opened, model):
    page = opened()
    search(page, "PLACE 31")
    assert page.locator("#selected").inner_text() == "place 31"
    rows = dict(zip(model.vectors_["place"].index, model.vocabulary_.counts, strict=False))
    assert f"place; {rows['place 31']} rows" in page.locator("#details").inner_text()
    inside = model.nearest("place", "place 31", n=10)
    assert neighbours(page, "nearest-inside") == python_says(inside)
    across = model.nearest("place", "place 31", n=10, among=["dish", "season"])
    assert neighbours(page, "nearest-across") == python_says(across)
    errors = [f"{100 * share:.0f} %" for share in inside["relative_error"]]
    shown = page.locator('table[aria-labelledby="nearest-inside"] tbody td:nth-child(4)')
    assert shown.all_inner_texts() == errors


def test_all_neighbours_of_all_categories_are_those_of_python(opened, model):
    page = opened()
    vocabulary = model.vocabulary_
    for token in range(0, vocabulary.n_tokens, 5):
        page.evaluate(f"location.hash = 'feature=all&selected={token}'")
        feature, category = vocabulary.token(token)
        page.wait_for_function(
            "text => document.getElementById('selected')?.innerText === text", arg=category
        )
        assert neighbours(page, "nearest-inside") == python_says(model.nearest(feature, category))


def test_a_click_on_the_map_selects_the_point_there(opened, model):
    page = opened()
    page.select_option("#feature", label="dish (18)")
    search(page, "dish 20")
    page.locator("#selected").wait_for()
    box = page.locator("#canvas").bounding_box()
    places = model.vectors_.reduce("dish", 2)
    span = places.max() - places.min()
    middle = (places.max() + places.min()) / 2
    scale = 0.86 * min(box["width"] / span.iloc[0], box["height"] / span.iloc[1])
    for category in ("dish 51", "dish 02"):
        x, y = (places.loc[category] - middle) * scale
        page.mouse.click(box["x"] + box["width"] / 2 + x, box["y"] + box["height"] / 2 - y)
        chosen = page.locator("#selected").inner_text()
        distance = (places.loc[chosen] - places.loc[category]) * scale
        assert (distance**2).sum() ** 0.5 < 3  # itself, or one that lies on it


def test_a_comparison_shows_contributions_that_add_up_to_the_similarity(opened, model):
    page = opened()
    search(page, "place 31")
    page.locator('button[aria-label^="Compare with place"]').first.click()
    other = model.nearest("place", "place 31", n=1)["category"][0]
    found = contributions(model.vectors_, "place", "place 31", other)
    lines = page.locator("#shares tbody tr")
    shown = lines.evaluate_all(
        "rows => rows.map(r => [r.cells[0].innerText, r.dataset.contribution])"
    )
    *parts, _ = shown
    assert [name for name, _ in parts] == found["feature"].tolist()
    assert [float(value) for _, value in parts] == pytest.approx(
        found["contribution"].tolist(), abs=1e-5
    )
    similarity = model.vectors_.similarity("place", "place 31", other)
    assert lines.last.locator("td").first.inner_text() == f"{similarity:.3f}"
    page.locator("summary").click()
    a, b = (model.vocabulary_.token_id("place", one) for one in ("place 31", other))
    slow = contributions_by_category(model.vectors_, a, b)
    wanted = slow[np.argsort(-np.abs(slow))[:12]]
    said = page.locator("details li").all_inner_texts()
    assert [float(line.split()[-1]) for line in said] == pytest.approx(wanted.tolist(), abs=6e-4)
    assert said[0].startswith("dish: dish 3")


def test_a_link_restores_what_is_shown(opened):
    page = opened()
    page.select_option("#feature", label="dish (18)")
    search(page, "dish 20")
    page.locator('button[aria-label^="Compare with dish"]').first.click()
    page.locator("#canvas").focus()
    for key in ("+", "+", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        page.wait_for_timeout(400)
    page.wait_for_function("location.hash.includes('view')")
    page.wait_for_timeout(600)
    address = page.evaluate("location.hash")
    again = opened(address=address)
    assert again.locator("#feature").input_value() == page.locator("#feature").input_value()
    assert again.locator("#details").inner_text() == page.locator("#details").inner_text()
    again.wait_for_timeout(600)
    assert again.evaluate("location.hash") == address
    for broken in ("#feature=99&selected=-5&view=a,b", "#selected=1e9&tab=none", "#%00"):
        assert opened(address=broken).locator("#feature").input_value() == "0"


def test_everything_can_be_done_with_the_keyboard(opened):
    page = opened()
    page.locator("#search").focus()
    page.keyboard.type("dish")
    assert page.locator("#matches").is_hidden()  # the first feature has no dish
    page.locator("#feature").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type(" 2")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    active = page.locator("#search").get_attribute("aria-activedescendant")
    wanted = page.locator(f"#{active}").inner_text()
    page.keyboard.press("Enter")
    assert page.locator("#selected").inner_text().strip() == wanted.strip()
    assert page.evaluate("document.activeElement.id") == "selected"
    page.locator("#tab-map").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-categories"
    assert page.locator("#panel-categories").is_visible()
    page.keyboard.press("ArrowLeft")
    page.locator("#canvas").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "selected"


def test_the_table_of_categories_sorts_by_each_column(opened, model):
    page = opened()
    page.click("#tab-categories")
    frame = model.vectors_["place"]
    first = page.locator("#panel-categories tbody tr").first.locator("th, td")
    for title, place in (("Category", 0), ("Rows", 1), ("Length", 2)):
        head = page.locator("#panel-categories th", has_text=title)
        head.locator("button").click()
        if head.get_attribute("aria-sort") != "descending":
            head.locator("button").click()
        assert head.get_attribute("aria-sort") == "descending"
        wanted = {
            "Category": max(frame.index),
            "Rows": str(model.vocabulary_.counts[: len(frame)].max()),
            "Length": f"{(frame**2).sum(axis=1).max() ** 0.5:.3f}",
        }
        assert first.nth(place).inner_text() == wanted[title]
    page.locator("#panel-categories tbody button").first.click()
    assert page.locator("#panel-map").is_visible()
    assert page.locator("#selected").is_visible()


def test_names_that_look_like_markup_do_nothing(opened):
    page = opened("hostile")
    assert page.locator("#feature option").nth(1).inner_text().startswith(FEATURE)
    for token, text in enumerate(json.loads(page.locator("#data").inner_text())["categories"]):
        page.evaluate(f"location.hash = 'feature=all&selected={token}&compared=1'")
        page.wait_for_timeout(30)
        if text.strip() and text in HOSTILE and "\udc80" not in text:
            assert page.locator("#selected").evaluate("e => e.textContent") == text
    page.select_option("#feature", "-1")
    for tab in TABS:
        page.click(f"#tab-{tab}")
    for text in ("<img", "</script", "{{", "("):
        page.fill("#search", text)
    assert page.evaluate("window.harm") is None
    assert page.locator("#panel-map img, main b, main script, main img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_axe_finds_nothing_serious(opened, scheme, size):
    if not AXE.exists():
        pytest.skip("needs axe-core, which `make test-browser` installs")
    page = opened(color_scheme=scheme, **(PHONE if size == "phone" else DESKTOP))
    search(page, "place 31")
    page.locator('button[aria-label^="Compare with place"]').first.click()
    page.evaluate(AXE.read_text("utf-8"))
    for tab in TABS:
        page.click(f"#tab-{tab}")
        page.wait_for_timeout(200)
        found = page.evaluate("async () => (await axe.run()).violations")
        said = [f"{tab} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found]
        assert said == []
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= page.viewport_size["width"], tab  # nothing hangs over
        if folder := os.environ.get("CAT2VEC_SCREENSHOTS"):
            page.screenshot(path=Path(folder, f"{size}-{scheme}-{tab}.png"), full_page=True)


def test_a_notebook_shows_the_page_inside_a_frame(browser, model, tmp_path):
    (tmp_path / "notebook.html").write_text(f"<!doctype html>{model.explore()._repr_html_()}")
    context = browser.new_context(**DESKTOP)
    troubles = []
    page = context.new_page()
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto((tmp_path / "notebook.html").as_uri())
    frame = page.frame_locator("iframe")
    frame.locator("#search").fill("place 31")
    frame.locator("#search").press("Enter")
    assert frame.locator("#selected").inner_text() == "place 31"
    context.close()
    assert [text for text in troubles if not re.search("frame-ancestors", text)] == []
