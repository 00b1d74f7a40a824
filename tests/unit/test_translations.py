"""Every text of the chat in every language: nothing missing, nothing guessed, nothing out of date."""

from __future__ import annotations

import ast
import re
import shutil
import string
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from bot import words
from bot.words import _, closest, day, languages, moment, money, own_name, plural, speaking

ROOT = Path(words.__file__).resolve().parent
KEYWORDS = {"_": None, "plural": (1, 1)}
CATALOGUES = sorted(words.LOCALE_FOLDER.glob("*/LC_MESSAGES/messages.po"))
NIGHT = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)


def texts_of_the_code() -> set[str | tuple[str, str]]:
    found = extract_from_dir(str(ROOT), [("**.py", "python")], keywords=KEYWORDS, strip_comment_tags=True)
    return {text for _file, _line, text, _comments, _context in found}


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def entries(path: Path) -> list[Message]:
    return [message for message in catalogue(path) if message.id]


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def places(text: str) -> set[str | None]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text)} - {None}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_no_text_of_the_code_is_missing_and_none_is_left_over(path: Path) -> None:
    known = {message.id for message in entries(path)}
    code = {text if isinstance(text, str) else tuple(text[:2]) for text in texts_of_the_code()}
    assert code - known == set(), "run `make messages` and translate what is new"
    assert known - code == set(), "run `make messages`"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_every_text_is_translated_and_nothing_is_a_guess(path: Path) -> None:
    untranslated = [message.id for message in entries(path) if not all(forms(message))]
    assert untranslated == []
    assert [message.id for message in entries(path) if message.fuzzy] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_what_is_filled_in_is_the_same_in_both_languages(path: Path) -> None:
    for message in entries(path):
        source = message.id[0] if isinstance(message.id, tuple) else message.id
        for form in forms(message):
            assert places(form) == places(source), source


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_there_are_as_many_plural_forms_as_the_language_has(path: Path) -> None:
    wanted = catalogue(path).num_plurals
    assert all(len(forms(message)) == wanted for message in entries(path) if message.pluralizable)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parent.parent.name)
def test_what_is_compiled_is_what_is_written(path: Path) -> None:
    compiled = BytesIO()
    write_mo(compiled, catalogue(path))
    compiled.seek(0)
    with path.with_suffix(".mo").open("rb") as file:
        shipped = read_mo(file)
    fresh = read_mo(compiled)
    assert {str(m.id): forms(m) for m in shipped if m.id} == {str(m.id): forms(m) for m in fresh if m.id}, (
        "run `make messages`"
    )


NEVER_SAID = {
    "_SCREENS", "_PUNCTUATION", "GROUP_WORDS",
    "_SORTS", "_STEPS", "_IN_STOCK", "_ALL_STOCK", "_ANY_PRICE", "_ANYWHERE",
    "_GAPS", "_NUMBER", "_BETWEEN", "_UP_TO", "_FROM",
    "_COMMAND", "_LABELS", "_LABELLED", "_LABEL", "_PHONE", "_STORE_ENDS", "_CARRIERS_PAGES",
}  # fmt: skip
"""Constants of words that customers type, or that are names: they are compared with, and never shown."""
SHOWN_AS_IT_IS = {"＋", "繁體中文"}
"""A sign, and a language's own name."""
CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def untranslatable(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Chinese that is said in no other language: in no call that finds the words of the customer's."""
    known: set[int] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="_" | "plural" | "say")) | ast.Call(func=ast.Call()):
                known |= {id(part) for part in ast.walk(node)}
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                if name in NEVER_SAID:
                    known |= {id(part) for part in ast.walk(node)}
            case ast.Expr(value=ast.Constant() as remark):
                known.add(id(remark))
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in known:
            continue
        if CHINESE.search(node.value) and node.value not in SHOWN_AS_IT_IS:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_said_in_chinese_alone(path: Path) -> None:
    assert list(untranslatable(ast.parse(path.read_text()))) == []


def test_a_text_outside_the_catalogue_is_found() -> None:
    code = 'HINT = "請私訊"\nWORDS = {"zh-TW": _("好"), "en": plural("共 {count} 件", 2)}\nsay("好", "ok")'
    assert list(untranslatable(ast.parse(code))) == [(1, "請私訊")]


def test_no_chinese_is_left_in_an_english_text() -> None:
    allowed = re.compile("語言|台北市大安區|想用哪種語言？|鑫台北")
    for message in entries(words.LOCALE_FOLDER / "en" / "LC_MESSAGES" / "messages.po"):
        for form in forms(message):
            left = allowed.sub("", form)
            assert not re.search("[\u4e00-\u9fff，。：；！「」（）]", left), form


def test_prices_and_dates_are_written_as_people_of_both_languages_write_them() -> None:
    assert (money(1680), moment(NIGHT), day(NIGHT)) == ("NT$1,680", "11/23（一）23:59", "2026/11/23")
    with speaking("en"):
        assert (money(1680), moment(NIGHT), day(NIGHT)) == ("NT$1,680", "Mon 11/23 23:59", "2026/11/23")


def test_english_has_two_forms_and_chinese_one() -> None:
    text = "購物車裡共 {count} 件。"
    assert [plural(text, count) for count in (1, 2)] == ["購物車裡共 1 件。", "購物車裡共 2 件。"]
    with speaking("en"):
        assert plural(text, 1) == "There is 1 item in your cart."
        assert plural(text, 0) == "There are 0 items in your cart."
        assert plural(text, 1200) == "There are 1,200 items in your cart."


@pytest.fixture
def with_polish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A third language: one text, in three forms."""
    folder = tmp_path / "locale"
    shutil.copytree(words.LOCALE_FOLDER, folder)
    polish = Catalog(locale="pl")
    polish.add("購物車", "Koszyk")
    text = "購物車裡共 {count} 件。"
    polish.add((text, text), ("{count} rzecz", "{count} rzeczy", "{count} rzeczy!"))
    (folder / "pl" / "LC_MESSAGES").mkdir(parents=True)
    with (folder / "pl" / "LC_MESSAGES" / "messages.mo").open("wb") as file:
        write_mo(file, polish)
    monkeypatch.setattr(words, "LOCALE_FOLDER", folder)
    yield
    words._catalogue.cache_clear()


@pytest.mark.usefixtures("with_polish")
def test_a_third_language_needs_nothing_but_a_catalogue() -> None:
    assert languages() == ("zh-TW", "en", "pl")
    assert own_name("pl") == "Polski"
    assert (closest("pl-PL"), closest("de"), closest("zh-Hans-CN")) == ("pl", "en", "zh-TW")
    with speaking("pl"):
        assert _("購物車") == "Koszyk"
        assert [plural("購物車裡共 {count} 件。", n) for n in (1, 2, 5)] == [
            "1 rzecz",
            "2 rzeczy",
            "5 rzeczy!",
        ]
        assert _("結帳") == "結帳"


def test_languages_call_themselves_by_their_own_names() -> None:
    assert [own_name(language) for language in ("zh-TW", "en", "ja", "pt-BR")] == [
        "繁體中文",
        "English",
        "日本語",
        "Português",
    ]


@pytest.mark.parametrize(
    ("tag", "spoken"),
    [
        *(("en", "en"), ("en-GB", "en"), ("EN_us", "en"), ("ja", "en"), ("", "en"), ("x" * 99, "en")),
        *(("zh-TW", "zh-TW"), ("zh", "zh-TW"), ("zh-Hant-HK", "zh-TW")),
    ],
)
def test_everybody_is_spoken_to_in_a_language_there_is(tag: str, spoken: str) -> None:
    assert closest(tag) == spoken
