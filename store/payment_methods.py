"""Payment methods: which a shop offers, and why one of them cannot be used for an order.

A method is a word of `PAYMENT_METHODS`. A card in instalments is a method of its own: "card3" is the card in
three of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from store.orders import least_of, limit_of

_INSTALMENTS = re.compile(r"card([1-9][0-9]?)")


class Obstacle(StrEnum):
    """Why a method cannot be used for a total."""

    ABOVE_LIMIT = "above_limit"  # more than `limit_of(method)`: ATM takes NT$30,000
    BELOW_LEAST = "below_least"  # less than `least_of(method)`: a bank takes no payment of nothing


def offered(methods: Sequence[str], instalments: Sequence[int]) -> tuple[str, ...]:
    """The methods of a shop in their order; behind the card, the card in every number of instalments."""
    ways = {"card": ("card", *(f"card{months}" for months in instalments))}
    return tuple(way for method in methods for way in ways.get(method, (method,)))


def split(method: str) -> tuple[str, int | None]:
    """The method proper and the number of instalments: ("card", 3) for "card3", ("atm", None) for "atm"."""
    found = _INSTALMENTS.fullmatch(method)
    return ("card", int(found[1])) if found else (method, None)


def obstacle(method: str, total: int) -> Obstacle | None:
    """Why a method cannot be used for a total in TWD; None when it can."""
    if total > limit_of(method):
        return Obstacle.ABOVE_LIMIT
    return Obstacle.BELOW_LEAST if total < least_of(method) else None
