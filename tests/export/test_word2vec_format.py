"""Files of word2vec, text and binary, written for and read by the real gensim."""

from __future__ import annotations

import sys
import unicodedata
from urllib.parse import unquote

import numpy as np
import pytest
from gensim.models import KeyedVectors
from hypothesis import given
from hypothesis import strategies as st

from cat2vec.errors import (
    FileReadError,
    NumberKeyError,
    NumberKeysWarning,
    OutputExistsError,
    ParameterError,
)
from cat2vec.export.keyed_vectors import to_keyed_vectors
from cat2vec.export.word2vec import (
    escape_key,
    load_word2vec_format,
    save_word2vec_format,
    unescape_key,
)
from cat2vec.vocabulary.categories import split_text
from tests.interruptions import interrupted_at
from tests.made_vectors import made_by_hand

AWKWARD = [
    "", " ", "New York", " led", "trailed ", "two  spaces", "line\nbreak", "\n", "\r\n",
    "tab\there", "a=b", "=", "50%", "%", "%20", "%zz", "100 %25", "Zürich", "東京 都", "\u3000",
    "a\xa0b", "\u2028", "\x85", "\x00", "\x1c", "\N{SNOWMAN}\U0001f6f6", "e\u0301", "é",
    "\ufeffbom", "\udc80", "\ud83d\ude00", "\\", "\\=", '"quoted"', "#", "</s>", "1 2 3", "0.5",
    "long " * 60_000, "x" * 300_000,
]  # fmt: skip
BOTH = pytest.mark.parametrize("binary", [False, True], ids=["text", "binary"])


@pytest.fixture(scope="module")
def vectors():
    return made_by_hand({"city": AWKWARD, "a=b": AWKWARD[:20], "end\\": [1, 2.5, True]}, size=5)


@BOTH
@pytest.mark.filterwarnings("ignore::cat2vec.errors.NumberKeysWarning")
@pytest.mark.parametrize("feature", [None, "city", "a=b", "end\\"])
def test_gensim_reads_every_vector_and_the_keys_come_back(vectors, tmp_path, binary, feature):
    path = tmp_path / "new folder" / "vectors.txt"
    save_word2vec_format(vectors, path, feature, binary=binary)
    wanted = to_keyed_vectors(vectors, feature)
    read = KeyedVectors.load_word2vec_format(path, binary=binary)
    assert len(read) == len(wanted)
    for key in wanted.index_to_key:
        np.testing.assert_array_equal(read[escape_key(key)], wanted[key])
    again = load_word2vec_format(path, binary=binary)
    assert sorted(again.index_to_key) == sorted(wanted.index_to_key)
    for key in wanted.index_to_key:
        np.testing.assert_array_equal(again[key], wanted[key])
    assert again.most_similar(wanted.index_to_key[1])[0][0] in wanted
    assert [entry.name for entry in path.parent.iterdir()] == ["vectors.txt"]


@BOTH
def test_features_and_categories_can_be_told_apart_again(vectors, tmp_path, binary):
    save_word2vec_format(vectors, tmp_path / "x", binary=binary)
    found = {
        split_text(key) for key in load_word2vec_format(tmp_path / "x", binary=binary).key_to_index
    }
    wanted = [("city", text) for text in AWKWARD] + [("a=b", text) for text in AWKWARD[:20]]
    assert found == {*wanted, ("end\\", "1"), ("end\\", "2.5"), ("end\\", "True")}


def test_without_escaping_gensim_reads_other_vectors_than_were_written(tmp_path):
    """The reason for all this; should gensim change, the rule may become simpler."""
    keyed = to_keyed_vectors(made_by_hand({"city": ["New York", "Oslo"]}), "city")
    keyed.save_word2vec_format(str(tmp_path / "x"), binary=True)
    read = KeyedVectors.load_word2vec_format(tmp_path / "x", binary=True, unicode_errors="replace")
    assert "New York" not in read
    assert not np.array_equal(read["New"], keyed["New York"])


def test_most_frequent_tokens_come_first(tmp_path):
    save_word2vec_format(made_by_hand({"city": ["a", "b", "c d"]}), tmp_path / "x", "city")
    assert KeyedVectors.load_word2vec_format(tmp_path / "x", limit=1).index_to_key == ["c%20d"]


def test_text_files_can_be_read_at_any_white_space(vectors, tmp_path):
    save_word2vec_format(vectors, tmp_path / "x")
    words = (tmp_path / "x").read_text("utf-8").split()
    assert words[:2] == [str(vectors.vocabulary.n_tokens), "5"]
    assert len(words) == 2 + 6 * vectors.vocabulary.n_tokens


def test_endings_of_compressed_files_compress(tmp_path):
    made = made_by_hand({"city": ["New York"]})
    save_word2vec_format(made, tmp_path / "x.gz")
    assert (tmp_path / "x.gz").read_bytes()[:2] == b"\x1f\x8b"
    np.testing.assert_array_equal(
        load_word2vec_format(tmp_path / "x.gz")["city=New York"], made.matrix[0]
    )


@given(st.text(st.characters(exclude_categories=())))
def test_an_escaped_key_has_no_white_space_and_comes_back(key):
    escaped = escape_key(key)
    assert escaped.split() == [escaped]
    assert escaped.isascii() or not any(unicodedata.category(c) in ("Cc", "Cs") for c in escaped)
    assert unescape_key(escaped) == key
    escaped.encode()
    if key:
        assert unquote(escaped, errors="surrogatepass") == key


def test_all_white_space_and_control_characters_are_escaped_and_no_letters():
    for character in map(chr, range(sys.maxunicode + 1)):
        kind = unicodedata.category(character)
        special = kind in ("Cc", "Cs") or character.isspace() or character == "%"
        assert (escape_key(character) != character) == special, hex(ord(character))


@pytest.mark.parametrize("key", ["50%", "%2", "%20 ", "a b", "%61", "%c3", "%FF", "%%", ""])
def test_a_key_that_nobody_escaped_is_an_error(key):
    with pytest.raises(ValueError, match=r"is not escaped|can't decode|codec"):
        unescape_key(key)


@BOTH
@pytest.mark.parametrize("category", ["", "New York", "a\tb", "a\nb", "\x00", "\u2028", "\udc80"])
def test_without_escaping_a_broken_file_is_refused(tmp_path, binary, category):
    made = made_by_hand({"city": ["Oslo", category]})
    expected = r"^escape='none' would write a file that is read wrongly: .*Use escape='percent'\.$"
    with pytest.raises(ParameterError, match=expected):
        save_word2vec_format(made, tmp_path / "x", "city", binary=binary, escape="none")
    assert not list(tmp_path.iterdir())


@BOTH
def test_without_escaping_keys_stay_as_they_are(tmp_path, binary):
    made = made_by_hand({"city": ["50%", "a=b", "Zürich"]})
    save_word2vec_format(made, tmp_path / "x", binary=binary, escape="none")
    read = load_word2vec_format(tmp_path / "x", binary=binary, escape="none")
    assert sorted(read.index_to_key) == ["city=50%", "city=Zürich", "city=a=b"]
    with pytest.raises(FileReadError, match=r"does not write \('city=50%' is not escaped\)\. Read"):
        load_word2vec_format(tmp_path / "x", binary=binary)


def test_an_unknown_way_of_escaping_is_an_error(vectors, tmp_path):
    with pytest.raises(
        ParameterError, match=r"^escape must be one of 'percent', 'none', got 'url'"
    ):
        save_word2vec_format(vectors, tmp_path / "x", escape="url")
    with pytest.raises(
        ParameterError, match=r"^escape must be one of 'percent', 'none', got 'url'"
    ):
        load_word2vec_format(tmp_path / "x", escape="url")


@BOTH
def test_a_damaged_file_is_an_error(vectors, tmp_path, binary):
    path = tmp_path / "x"
    save_word2vec_format(vectors, path, binary=binary)
    whole = path.read_bytes()
    for damaged in (b"", b"no header\n", whole[: len(whole) // 2], whole[:-40]):
        path.write_bytes(damaged)
        with pytest.raises(FileReadError, match=r"x' cannot be read as a word2vec .* Try binary="):
            load_word2vec_format(path, binary=binary)


@BOTH
def test_a_file_of_the_other_format_is_an_error(vectors, tmp_path, binary):
    save_word2vec_format(vectors, tmp_path / "x", binary=binary)
    with pytest.raises(FileReadError, match=rf"binary={binary}"):
        load_word2vec_format(tmp_path / "x", binary=not binary)


def test_a_key_that_stands_twice_is_an_error(tmp_path):
    (tmp_path / "x").write_text("2 1\na 0.5\na 0.25\n")
    with pytest.raises(FileReadError, match=r"announces 2 keys and holds 1 different ones"):
        load_word2vec_format(tmp_path / "x")


def test_an_interrupted_export_leaves_the_file_of_before(vectors, tmp_path, monkeypatch):
    path = tmp_path / "x"
    path.write_text("keep")
    with pytest.raises(OutputExistsError, match=r"x' exists and would be replaced"):
        save_word2vec_format(vectors, path)
    with interrupted_at(monkeypatch, 1):
        save_word2vec_format(vectors, path, overwrite=True)
    assert path.read_text() == "keep"
    assert [entry.name for entry in tmp_path.iterdir()] == ["x"]
    save_word2vec_format(vectors, path, overwrite=True)
    assert len(load_word2vec_format(path)) == vectors.vocabulary.n_tokens


@BOTH
@pytest.mark.parametrize("feature", [None, "k"])
def test_a_limit_keeps_the_most_frequent(tmp_path, binary, feature):
    vectors = made_by_hand({"k": list("abcdefgh")})  # of 1, 2, 3 rows and so on
    save_word2vec_format(vectors, tmp_path / "v", feature, binary=binary)
    read = KeyedVectors.load_word2vec_format(tmp_path / "v", binary=binary, limit=3)
    assert [key[-1] for key in read.index_to_key] == ["h", "g", "f"]
    near = to_keyed_vectors(vectors, feature).most_similar(read.index_to_key[0], restrict_vocab=3)
    assert {key[-1] for key, _ in near} <= {"g", "f"}


@BOTH
def test_keys_that_read_as_numbers_are_warned_of_and_refused_when_read_by_us(tmp_path, binary):
    vectors = made_by_hand({"product": [3, 5, 7], "shop": ["x", "y"]})
    with pytest.warns(NumberKeysWarning, match="keys such as '7' are text"):
        save_word2vec_format(vectors, tmp_path / "v", "product", binary=binary)
    read = load_word2vec_format(tmp_path / "v", binary=binary)
    np.testing.assert_array_equal(read["3"], vectors.matrix[0])
    with pytest.raises(NumberKeyError, match="Ask for '1', not for 1"):
        read[1]
