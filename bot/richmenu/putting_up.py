"""Puts the rich menu up at LINE: what is there already stays, what is new replaces the old without a gap.

Every step can be repeated: interrupted anywhere and run again, it ends in the same state.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from bot.richmenu import pictures
from bot.richmenu.api import BULK_MOST, RichMenuApi
from bot.richmenu.layout import FIRST_TAB, TABS, alias, menu
from bot.words import SOURCE

PREFIX = "storefront:"
"""How the names of our menus begin; no other menu is touched."""
FriendsOf = Callable[[str], Sequence[str]]
"""The LINE user ids of those who follow the shop and are spoken to in a language."""


@dataclass(frozen=True)
class Wanted:
    """A menu as it should be: its name says what it holds."""

    tab: str
    language: str
    body: dict[str, Any]
    picture: bytes

    @property
    def name(self) -> str:
        """Tells any two versions apart: it holds a digest of menu and picture."""
        content = json.dumps(self.body, sort_keys=True).encode() + self.picture
        return f"{PREFIX}{self.tab}:{self.language}:{hashlib.sha256(content).hexdigest()[:16]}"

    @property
    def alias(self) -> str:
        """The name by which the other tab switches to it."""
        return alias(self.tab, self.language)


def wanted_menus(languages: Sequence[str]) -> list[Wanted]:
    """Every tab in every language, from the layout and the pictures that ship."""
    return [
        Wanted(tab, language, menu(tab, language), pictures.path(tab, language).read_bytes())
        for language in languages
        for tab in TABS
    ]


def put_up(api: RichMenuApi, wanted: Sequence[Wanted], friends_of: FriendsOf) -> list[str]:
    """Make LINE show these menus and no older ones of ours; what was done, in a line each.

    The default menu is the first tab in the language of the code. Raises `LineError`.
    """
    done: list[str] = []
    there = {menu_id: name for menu_id, name in api.menus().items() if name.startswith(PREFIX)}
    made = [(one, _made(api, one, there, done)) for one in wanted]
    _name(api, made, done)
    for one, menu_id in made:
        if one.tab != FIRST_TAB:
            continue
        if one.language != SOURCE:
            _link(api, menu_id, friends_of(one.language))
        elif api.default() != menu_id:
            api.set_default(menu_id)
            done.append(f"{one.tab} in {one.language} is the default menu")
    for menu_id in sorted(there.keys() - {menu_id for _, menu_id in made}):
        api.delete(menu_id)
        done.append(f"deleted {there[menu_id]}")
    return done


def _made(api: RichMenuApi, one: Wanted, there: dict[str, str], done: list[str]) -> str:
    """The id of the menu at LINE, which has its picture now."""
    menu_id = next((menu_id for menu_id, name in sorted(there.items()) if name == one.name), None)
    if menu_id is None:
        body = one.body | {"name": one.name}
        api.validate(body)
        menu_id = api.create(body)
    elif api.has_picture(menu_id):
        return menu_id
    api.upload(menu_id, one.picture)
    done.append(f"made {one.name}")
    return menu_id


def _name(api: RichMenuApi, made: Sequence[tuple[Wanted, str]], done: list[str]) -> None:
    """Let the aliases name these menus: a switch leads to the new ones from here on."""
    named = api.aliases()
    for one, menu_id in made:
        if one.alias not in named:
            api.create_alias(one.alias, menu_id)
        elif named[one.alias] != menu_id:
            api.move_alias(one.alias, menu_id)
        else:
            continue
        done.append(f"{one.alias} leads to the new menu")


def _link(api: RichMenuApi, menu_id: str, friends: Sequence[str]) -> None:
    for start in range(0, len(friends), BULK_MOST):
        api.link_many(list(friends[start : start + BULK_MOST]), menu_id)
