"""What a customer looks at, as postback data: words, shelf, filters, order, and the place reached in it.

Everything stands in the button itself, so each card goes on where it stopped, whatever else was looked at
meanwhile and however many cards are open.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import get_args

from bot import actions
from bot.actions import Action
from bot.screens.lettering import clean, fit
from store.search import Cursor, CursorError, Key, Query, Sort
from store.text import storable

WORDS_LIMIT = 160
"""UTF-16 units of what is searched for: the longest product name has 80 characters."""
_WORDS_LIMIT_ESCAPED = 56
_MOST = 9_999_999
_SORTS = {str(sort): sort for sort in get_args(Sort)}
_FULLEST = (
    Query("", 10**15 - 1, _MOST, _MOST, True, "price_down"),
    Cursor("price_down", 2, Key(4, 6, -(2**31) - 1, -(2**31) - 1, -(2**62))),
)


def encode(query: Query, after: Cursor | None = None, *, to: str = "search") -> str:
    """Postback data for the products of a query from a place on; `to` is the action.

    The words of the query have gone through `asked`, so that all of it fits.
    """
    values = {
        "q": query.words,
        "id": query.category_id,
        "f": query.price_from,
        "t": query.price_to,
        "i": 1 if query.in_stock else None,
        "s": "" if query.sort == "best" else query.sort,
        "k": str(after) if after else "",
    }
    return actions.encode(to, **{key: value for key, value in values.items() if value not in ("", None)})


def read(action: Action) -> tuple[Query, Cursor | None]:
    """The query of an action and the place in it. Raises `CursorError` for a place in another list."""
    sort = _SORTS.get(action.text("s"), "best")
    query = Query(
        words=asked(action.text("q")),
        category_id=action.number("id") or None,
        price_from=_price(action.text("f")),
        price_to=_price(action.text("t")),
        in_stock=action.text("i") == "1",
        sort=sort,
    )
    place = action.text("k")
    after = Cursor.read(place) if place else None
    if after and after.sort != sort:
        raise CursorError(f"k: a place in the order {after.sort}, not {sort}")
    return query, after


def asked(typed: str) -> str:
    """Typed words as they are searched for: cut to what a button can carry beside all the filters."""
    words = clean(storable(typed))
    words = fit(words, WORDS_LIMIT) if words else ""
    query, after = _FULLEST
    try:
        encode(replace(query, words=words), after)
    except ValueError:  # full of characters that have to be escaped
        return fit(words, _WORDS_LIMIT_ESCAPED)
    return words


def _price(text: str) -> int | None:
    return min(int(text), _MOST) if re.fullmatch(r"[0-9]{1,15}", text, re.ASCII) else None
