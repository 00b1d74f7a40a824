"""The rich menu's pictures as they ship, one for each tab and language; `bot/richmenu/draw.py` draws them."""

from __future__ import annotations

from pathlib import Path

from bot.richmenu.layout import TABS
from bot.words import languages

FOLDER = Path(__file__).resolve().parent / "pictures"


def path(tab: str, language: str) -> Path:
    """Where the picture of a tab in a language is."""
    return FOLDER / f"{tab}-{language.casefold()}.png"


def drawn_languages() -> list[str]:
    """The languages that have a picture for every tab."""
    return [language for language in languages() if all(path(tab, language).exists() for tab in TABS)]
