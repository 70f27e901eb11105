"""Which texts are numbers: those that come back from them. Others stay text, with a word why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cat2vec.tables.number_texts import disguise, is_number_text, why_text

NUMBERS = {
    "pandas": ["2.0", "2.5", "1e-05", "1.5e-07", "1e+16", "-0.0", "0.0"],
    "Excel": ["2", "2.5", "-3.75", "1E-05", "1.5E+20"],
    "R": ["1e+05", "123456", "0.5", "-2"],
    "database, fixed decimals": ["2.50", "3.00", "19.90", "-0.00", "0.00"],
    "database, averages": ["3.3333333333333333", "6.6666666666666667"],
    "numpy.savetxt": ["1.000000e+00", "2.500000e-03"],
    "printf %.17g": ["0.10000000000000001", "0.5", "2"],
    "Java": ["1.0E7", "2.5", "1.0E-5"],
    "Stata": [".5", "-.25", "1.5", "12"],
    "Rust": ["1e16", "0.5", "1e-7"],
}
CODES = {
    "ICD-9": (["250.0", "250.00", "401.9"], "'250.0' and '250.00' are one number"),
    "ICD-9, no two alike": (["250.00", "401.9"], "both '250.00' and '401.9'"),
    "versions": (["3.9", "3.10", "3.11"], "both '3.10' and '3.9'"),
    "sections": (["10.1", "10.10", "10.2"], "'10.1' and '10.10' are one number"),
    "phone": (["+4712345678", "4712345678"], "'+4712345678' begins with a plus sign"),
    "leading zeros": (["007", "12"], "'007' begins with a zero"),
    "Dewey": (["511.3", "005.13"], "'005.13' begins with a zero"),
    "lots": (["1e5", "2"], "'1e5' may be a code"),
    "cases": (["1.0e5", "1.0E5"], "are one number"),
    "rooms": (["12E3", "45E6"], "'12E3' is not how numbers are written"),
    "list": (["1.", "2."], "'1.' ends in a point"),
    "point first": ([".5", "0.25"], "both '.5' and '0.25'"),
    "signed zero": (["-0", "1"], "'-0' would come back as '0'"),
    "long": (["12345678901234567890", "1"], "more digits than a number keeps"),
    "long with decimals": (["9007199254740993.0", "1.5"], "more digits than a number keeps"),
    "beyond precision": (["1.0000000000000001", "1.0"], "are one number"),
    "whole and not": (["3", "2.0"], "both '3' and '2.0'"),
}


@pytest.mark.parametrize("texts", NUMBERS.values(), ids=NUMBERS)
def test_numbers_as_programs_write_them_are_numbers(texts):
    assert all(map(is_number_text, texts))
    assert why_text(texts) == ""


@pytest.mark.parametrize(("texts", "why"), CODES.values(), ids=CODES)
def test_codes_that_would_not_come_back_stay_text(texts, why):
    assert all(map(is_number_text, texts))
    assert why in why_text(texts)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_floats_as_python_writes_them_are_numbers(floats):
    assert why_text(list(dict.fromkeys(map(repr, floats)))) == ""


@given(st.lists(st.floats(-1e9, 1e9), min_size=1), st.integers(1, 6))
def test_numbers_with_the_same_decimals_are_numbers(floats, decimals):
    texts = dict.fromkeys(f"{value:.{decimals}f}" for value in floats)
    assert why_text(list(texts)) == ""


@given(st.lists(st.from_regex(r"-?[0-9]{1,3}(\.[0-9]{1,3})?", fullmatch=True), min_size=2))
def test_texts_are_never_merged_in_silence(texts):
    texts = list(dict.fromkeys(texts))
    numbers = {float(text): text.lstrip("-") for text in texts}
    if why_text(texts) == "":
        assert all(numbers[float(text)] == text.lstrip("-") for text in texts)


@pytest.mark.parametrize(
    ("texts", "shape"),
    [
        (["2,55", "10,0", "7"], "decimal comma"),
        (["-,5", "1,25"], "decimal comma"),
        (["1,234", "12", "1,234,567.50"], "thousands"),
        (["1.234,50", "12,00"], "thousands"),
        (["1 234", "22\u00a0000,5"], "thousands"),
        (["1'234", "5"], "thousands"),
        (["$5.00", "$1,200"], "currency"),
        (["5,00 €", "12 €"], "currency"),
        (["12%", "7.5 %"], "percent"),
        (["(5.00)", "3.00"], "brackets"),
        ([" 39", "41 "], "blanks"),
        ([f"{n} kg" for n in range(9)], "unit"),
        (["12:30", "13:00"], ""),
        (["12345-6789"], ""),
        (["1A", "2B", "3C", "4D", "5E"], ""),
        (["A", "B"], ""),
        (["10.0.0.1", "10.0.0.2"], ""),
    ],
)
def test_numbers_in_disguise_are_named(texts, shape):
    assert disguise(texts) == shape
