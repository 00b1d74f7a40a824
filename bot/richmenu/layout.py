"""The rich menu's two tabs: what stands where, and what a tap does.

Source of the limits: LINE Messaging API reference, "Rich menu object".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bot import actions
from bot.words import _, speaking

WIDTH, HEIGHT = 2500, 1686
TAB_HEIGHT = 246
ROWS, COLUMNS = 2, 3
FIRST_TAB = "shop"
TABS = (FIRST_TAB, "mine")


@dataclass(frozen=True)
class Bounds:
    """A rectangle of the picture, in pixels."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Tile:
    """One thing to tap: its words, the name of its drawing, and the action of its postback."""

    words: str
    icon: str
    action: str
    keyboard: bool = False


def titles() -> dict[str, str]:
    """The words on the tabs, in the language being spoken."""
    return {"shop": _("逛逛"), "mine": _("我的")}


def tiles(tab: str) -> list[Tile]:
    """What is on a tab, row by row, in the language being spoken."""
    if tab == "shop":
        return [
            Tile(_("逛商品"), "shelves", "browse"),
            Tile(_("找商品"), "lens", "find", keyboard=True),
            Tile(_("購物車"), "cart", "cart"),
            Tile(_("結帳"), "wallet", "resume"),
            Tile(_("常見問題"), "question", "faq"),
            Tile(_("聯絡店家"), "talk", "human"),
        ]
    return [
        Tile(_("我的訂單"), "receipt", "orders"),
        Tile(_("收件資料"), "pin", "addresses"),
        Tile(_("退換貨"), "back", "returns"),
        Tile(_("語言 Language"), "globe", "language"),
        Tile(_("隱私"), "shield", "privacy"),
        Tile(_("說明"), "book", "help"),
    ]


def tab_bounds(number: int) -> Bounds:
    """Where the tab of this number (0, 1) is tapped."""
    width = WIDTH // len(TABS)
    return Bounds(number * width, 0, width, TAB_HEIGHT)


def tile_bounds(number: int) -> Bounds:
    """Where the tile of this number is tapped; together the tiles leave no gap."""
    row, column = divmod(number, COLUMNS)
    left, right = column * WIDTH // COLUMNS, (column + 1) * WIDTH // COLUMNS
    height = HEIGHT - TAB_HEIGHT
    top, bottom = TAB_HEIGHT + row * height // ROWS, TAB_HEIGHT + (row + 1) * height // ROWS
    return Bounds(left, top, right - left, bottom - top)


def alias(tab: str, language: str) -> str:
    """The name by which menus switch to a tab, whichever version of it is up."""
    return f"shop-{tab}-{language.casefold()}"


def menu(tab: str, language: str) -> dict[str, Any]:
    """The rich menu object of a tab in a language, still without its name."""
    with speaking(language):
        others = [(number, name) for number, name in enumerate(TABS) if name != tab]
        areas = [_area(tab_bounds(number), _switch(name, language)) for number, name in others]
        areas += [_area(tile_bounds(number), _tap(tile)) for number, tile in enumerate(tiles(tab))]
        return {
            "size": {"width": WIDTH, "height": HEIGHT},
            "selected": True,
            "chatBarText": _("選單"),
            "areas": areas,
        }


def _switch(tab: str, language: str) -> dict[str, Any]:
    return {
        "type": "richmenuswitch",
        "richMenuAliasId": alias(tab, language),
        "data": actions.encode("tab", t=tab),
        "label": titles()[tab],
    }


def _tap(tile: Tile) -> dict[str, Any]:
    tap: dict[str, Any] = {
        "type": "postback",
        "label": tile.words,
        "data": actions.encode(tile.action),
        "displayText": tile.words,
    }
    return tap | {"inputOption": "openKeyboard"} if tile.keyboard else tap


def _area(bounds: Bounds, action: dict[str, Any]) -> dict[str, Any]:
    where = {"x": bounds.x, "y": bounds.y, "width": bounds.width, "height": bounds.height}
    return {"bounds": where, "action": action}
