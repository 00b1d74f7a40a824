"""What is typed and what is sold are cut into the same pieces."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.search_terms import LONGEST_QUERY, Texts, fold, lexemes, name_key, pieces, vector, wanted, words

SHOP_TEXT = st.text(st.sampled_from("茶葉烏龍臺台７7aＡéé ,，。-🍵️ｶﾞ한Lx"), max_size=30)
TEXT = st.one_of(st.text(max_size=60), SHOP_TEXT)


def terms(typed: str) -> set[str]:
    """The pieces a typed text asks for."""
    asked = wanted(typed)
    return {term.strip("'") for term in asked.anywhere.split(" & ")} if asked else set()


@given(TEXT)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert words(" ".join(words(text))) == words(text)


@given(TEXT, st.data())
def test_a_text_is_found_by_any_part_of_its_words(text: str, data: st.DataObject) -> None:
    found = set(pieces(text))
    for word in words(text):
        start = data.draw(st.integers(0, max(0, len(word) - 2)))
        end = data.draw(st.integers(min(start + 2, len(word)), len(word)))
        part = word[start:end]
        if words(part) == [part]:  # a piece of a longer sequence may be a mark that cannot stand alone
            assert terms(part) <= found


@given(TEXT)
def test_a_text_is_found_by_itself_however_it_is_written(text: str) -> None:
    found = set(pieces(text))
    for same in (text, unicodedata.normalize("NFD", text), unicodedata.normalize("NFKC", text), fold(text)):
        assert terms(same) <= found


@given(TEXT, TEXT, TEXT)
def test_what_is_in_the_name_is_listed_both_ways(name: str, label: str, description: str) -> None:
    listed = lexemes(Texts(name, (label,), description))
    assert len(listed) == len(set(listed))
    assert {f"={piece}" for piece in pieces(name)} | set(pieces(name)) | set(pieces(label)) <= set(listed)


@given(st.text())
def test_nothing_typed_can_break_out_of_the_query(text: str) -> None:
    asked = wanted(text)
    if asked is None:
        assert words(text[:LONGEST_QUERY]) == []
    else:
        assert "\x00" not in asked.anywhere
        asked.anywhere.encode()
        assert asked.names.count("'=") == asked.anywhere.count(" & ") + 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＴＥＡ　７５克", "tea 75克"),
        ("臺灣高山茶", "台灣高山茶"),
        ("手工蛋捲", "手工蛋卷"),
        ("ｶﾌｪｵﾚ", "カフェオレ"),
        ("Café", "CAFE"),
        ("Straße", "STRASSE"),
        ("☕️", "☕"),
        ("茶\u200b葉", "茶葉"),
        ("㍿", "株式会社"),
        ("烏龍，茶", "烏龍 茶"),
    ],
)
def test_one_word_in_two_spellings_is_one(one: str, other: str) -> None:
    assert words(one) == words(other)


@pytest.mark.parametrize("typed", ["", " ", "\u3000", "!!!", "…？", "\x00", "'&|!:*()\\", "\ud800", "\u200d"])
def test_signs_and_white_space_are_nothing_to_look_for(typed: str) -> None:
    assert wanted(typed) is None


def test_the_sign_for_an_unreadable_character_is_nothing_to_look_for() -> None:
    assert wanted("\ufffd") is None


def test_chinese_is_cut_in_two_and_latin_in_three() -> None:
    assert terms("高山烏龍") == {"高山", "山烏", "烏龍"}
    assert set(pieces("Oolong")) == {"oo", "ol", "lo", "on", "ng", "ool", "olo", "lon", "ong"}
    assert terms("Oolong") == {"ool", "lon", "ong"}
    assert terms("75克 L 茶 xl") == {"75", "5克", "l", "茶", "xl"}


def test_one_character_is_found_in_a_name_and_not_in_a_description() -> None:
    listed = lexemes(Texts("茶", (), "水"))
    assert "茶" in listed
    assert "水" not in listed


@pytest.mark.parametrize("typed", ["oolang", "olong", "ooolong", "oolnog", "oolong"])
def test_a_latin_word_with_one_mistake_shares_a_forgiving_lexeme(typed: str) -> None:
    asked = wanted(typed)
    assert asked is not None
    assert asked.forgiving is not None
    listed = set(lexemes(Texts("Oolong 茶", (), "")))
    assert any(f"'{lexeme}'" in asked.forgiving for lexeme in listed if lexeme.startswith("~"))


@pytest.mark.parametrize("typed", ["tea", "烏龍茶葉禮盒", "12345678", "x" * 30])
def test_short_words_numbers_and_chinese_are_not_forgiven(typed: str) -> None:
    asked = wanted(typed)
    assert asked is not None
    assert asked.forgiving is None


def test_very_long_texts_are_cut() -> None:
    asked = wanted("茶葉烏龍" * 10_000 + "".join(map(chr, range(0x4E00, 0x9000))))
    assert asked is not None
    assert len(asked.anywhere) < 1_000
    every_sign = "".join(map(chr, range(0x4E00, 0x9FFF)))
    assert len(lexemes(Texts(every_sign, (every_sign,), every_sign))) == 20_000
    assert len(vector(Texts("茶" * 80, (), every_sign), 1).encode()) < 1_000_000
    assert len(name_key("ﷺ" * 80)) == 100
