"""Values in files that would take for ever to write out."""

from decimal import Decimal

import pytest

from cat2vec.vocabulary.as_json import value_from_json, value_to_json
from cat2vec.vocabulary.categories import category_key, category_text


def test_a_decimal_number_of_a_billion_digits_is_not_written_out():
    value = value_from_json({"Decimal": "1E+999999999"})
    assert category_text(value) == "1E+999999999"
    assert category_key(value) == category_key(Decimal("1E+999999999"))
    assert category_text(Decimal("1E+9")) == "1000000000"


def test_a_fraction_with_an_exponent_is_refused():
    with pytest.raises(ValueError, match="invalid literal"):
        value_from_json({"Fraction": "1e999999999"})


@pytest.mark.parametrize("text", ["\ud83d\ude00", "a\ud83d", "😀", ""])
def test_halves_of_characters_come_back_as_they_were(text):
    import json

    assert value_from_json(json.loads(json.dumps(value_to_json(text)))) == text
