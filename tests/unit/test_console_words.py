"""Every text of the console exists in both languages, and nothing is shown that is not one of them."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from admin.english import ENGLISH

ROOM = Path(__file__).resolve().parents[2] / "admin"
CALL = re.compile(r"""\b(?:_|place)\(\s*(["'])(.*?)\1\s*\)""")
NAMES = ("_", "place")
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def texts_of_python() -> set[str]:
    found = set()
    for path in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NAMES:
                assert isinstance(node.args[0], ast.Constant), f"{path.name}:{node.lineno} is no plain text"
                found.add(str(node.args[0].value))
    return found


def texts_of_templates() -> set[str]:
    return {match[2] for path in ROOM.glob("templates/*.html") for match in CALL.finditer(path.read_text())}


def test_every_text_is_there_in_english_and_no_english_is_left_over() -> None:
    used = texts_of_python() | texts_of_templates()
    assert sorted(used - set(ENGLISH)) == []
    assert sorted(set(ENGLISH) - used) == []


@pytest.mark.parametrize("chinese", ENGLISH)
def test_both_languages_fill_in_the_same_things(chinese: str) -> None:
    english = ENGLISH[chinese]
    assert sorted(re.findall(r"\{\w*\}", chinese)) == sorted(re.findall(r"\{\w*\}", english))
    assert english.strip() == english != ""
    assert not CHINESE.search(english)


def test_templates_hold_no_text_outside_the_dictionary() -> None:
    for path in ROOM.glob("templates/*.html"):
        left = CALL.sub("", path.read_text()).replace("繁體中文", "")
        assert CHINESE.findall(left) == [], path.name


def test_templates_hold_no_script_and_no_style() -> None:
    for path in ROOM.glob("templates/*.html"):
        words = path.read_text()
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|javascript:|\|\s*safe", words), path.name


def test_every_form_that_changes_something_carries_its_token() -> None:
    for path in ROOM.glob("templates/*.html"):
        for form in re.findall(r'<form[^>]*method="post".*?</form>', path.read_text(), re.DOTALL):
            assert "token(form_token)" in form, path.name
