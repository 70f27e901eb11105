"""Names in pictures: how they read, where they stand, and the page that notebooks show."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cat2vec import Cat2Vec
from cat2vec.vectors.labels import WIDEST, Room, label_text
from tests.made_vectors import made_by_hand

NUMBER = st.floats(0, 200)
SIZE = st.tuples(st.floats(1, 80), st.floats(1, 20))


@given(st.lists(st.tuples(st.tuples(NUMBER, NUMBER), SIZE), max_size=25))
def test_no_name_touches_another_or_a_point_or_leaves_the_frame(wanted):
    points = np.array([point for point, _ in wanted]).reshape(-1, 2)
    taken = np.hstack([points - 2, points + 2])
    room = Room((0, 0, 200, 200), taken)
    boxes = [tuple(box) for box in taken]
    for point, (width, height) in wanted:
        corner = room.place(point, (width, height), 3)
        if corner is None:
            continue
        box = (*corner, corner[0] + width, corner[1] + height)
        assert min(box) >= 0
        assert max(box) <= 200
        for other in boxes:
            apart = box[2] <= other[0] or other[2] <= box[0]
            assert apart or box[3] <= other[1] or other[3] <= box[1]
        boxes.append(box)


def test_where_there_is_room_every_name_is_written():
    points = np.array([(40.0, 20.0 * k + 10) for k in range(10)])
    room = Room((0, 0, 200, 200), np.hstack([points - 2, points + 2]))
    assert all(room.place(point, (50, 12), 3) == (43, point[1] - 6) for point in points)


@given(st.text() | st.characters(categories=["Cs"]) | st.integers() | st.floats())
def test_a_label_is_one_printable_line_of_limited_length(value):
    text = label_text(value)
    assert text.isprintable()
    assert 1 <= len(text) <= WIDEST


def test_notebooks_show_gain_features_and_a_map():
    table = {
        "city": ["Oslo", "Bergen", "Rome", "Rome", "Pisa", "Turin"] * 9,
        "food": ["cod", "cod", "ham", "ham", "ham", "ham"] * 9,
    }
    vectors = Cat2Vec(vector_size=2).fit(table).vectors_
    page = vectors._repr_html_()
    assert f"Gain {vectors.gain:.4f} nats per pair on the rows of training" in page
    assert "<td>city</td><td>5</td><td>Rome (18), Bergen (9), Oslo (9)</td>" in page
    drawing = ET.fromstring(re.search(r"<svg.*?</svg>", page, re.DOTALL)[0])
    circles = drawing.findall(".//{*}circle")
    assert {one.find("{*}title").text for one in circles} == set(table["city"])
    for one in circles:
        assert 0 <= float(one.get("cx")) <= 460
        assert 0 <= float(one.get("cy")) <= 320


@pytest.mark.parametrize("size", [1, 3])
def test_the_page_of_hostile_names_of_vectors_without_signal_and_of_many_features(size):
    hostile = ["<script>alert(1)</script>", "a&b", '"', "\x00", "\ud800", "$"]
    made = made_by_hand({"<b>": hostile, "g": ["u"]}, size=size)
    page = made._repr_html_()
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page
    ET.fromstring(page.replace("<style>", "<style><![CDATA[").replace("</style>", "]]></style>"))
    page.encode("utf-8")
    silent = replace(made, matrix=np.zeros_like(made.matrix), independence_loss=float("nan"))
    assert "<svg" not in silent._repr_html_()
    assert "nan" not in silent._repr_html_().lower()
    many = made_by_hand({f"f{i}": ["a", "b"] for i in range(60)})
    assert "and 20 more" in many._repr_html_()
    large = made_by_hand({"f": list(range(5000))}, size=2)
    assert large._repr_html_().count("<circle") == 300
    assert "300 most frequent" in large._repr_html_()
