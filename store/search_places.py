"""Places in lists of products: the key of the last one shown, in a text short enough for a button."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

from store.errors import StoreError

Sort = Literal["best", "popular", "newest", "price_up", "price_down"]
_LETTERS: dict[Sort, str] = dict(zip(get_args(Sort), "bpnud", strict=True))
_SORTS = {letter: sort for sort, letter in _LETTERS.items()}
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TEXT = re.compile(
    r"([bpnud])([0-2])([0-4])([0-6])\.(-?[0-9a-z]{1,6})\.(-?[0-9a-z]{1,6})\.(-?[0-9a-z]{1,12})"
)
_BEFORE_ALL = -(2**31) - 1, -(2**62)  # of an integer column, and of ids

FORGIVEN = 4
"""The rank of what was found by forgiving a misspelling."""


class CursorError(StoreError):
    """A text that is no cursor, or a cursor for a list in another order."""


class Key(NamedTuple):
    """Where a product stands in a list: smaller comes first. What a, b and c are depends on the order."""

    rank: int = 0
    tier: int = 0
    a: int = _BEFORE_ALL[0]
    b: int = _BEFORE_ALL[0]
    c: int = _BEFORE_ALL[1]


START = Key()

Mode = Literal[0, 1, 2]
"""How the products of typed words are put in order, settled by the first page: 0 in one row by rank; 1 by
rank and tier, because very many match; 2 the same without the rank of names that begin with the words."""


@dataclass(frozen=True)
class Cursor:
    """A place in the list of a query. `str()` makes a text of at most 40 characters (a-z, 0-9, . and -)."""

    sort: Sort
    mode: Mode
    key: Key

    def __str__(self) -> str:
        numbers = ".".join(_base36(number) for number in self.key[2:])
        return f"{_LETTERS[self.sort]}{self.mode}{self.key.rank}{self.key.tier}.{numbers}"

    @classmethod
    def read(cls, text: str) -> Cursor:
        """The cursor of such a text; raises `CursorError` for any other text."""
        match = _TEXT.fullmatch(text)
        numbers = [int(digits, 36) for digits in match.groups()[4:]] if match else []
        if not match or abs(numbers[2]) > 2**62:
            raise CursorError("cursor: not a place in a list of products")
        modes: dict[str, Mode] = {"0": 0, "1": 1, "2": 2}
        return cls(_SORTS[match[1]], modes[match[2]], Key(int(match[3]), int(match[4]), *numbers))


def _base36(number: int) -> str:
    digits, rest = "", abs(number)
    while rest or not digits:
        rest, digit = divmod(rest, 36)
        digits = _DIGITS[digit] + digits
    return "-" * (number < 0) + digits
