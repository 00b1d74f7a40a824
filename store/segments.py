"""Whom a broadcast is for: a closed list of segments, each asking for one thing at most.

Only those are ever meant who are friends of the account, have not blocked it and have not said that they
want no advertising.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from store.db import Transaction, sql

LONGEST_DAYS = 1095


class Kind(StrEnum):
    """What makes a customer one of the segment. Orders that were given up do not count."""

    EVERYBODY = "everybody"
    RECENT = "recent"  # has ordered in the last so many days
    LAPSED = "lapsed"  # has ordered, but not in the last so many days
    NEVER = "never"  # has never ordered
    PRODUCT = "product"  # has ordered this product
    CATEGORY = "category"  # has ordered something of this category
    WISHED = "wished"  # asked to be told when this product is back
    LANGUAGE = "language"  # is spoken to in this language


@dataclass(frozen=True)
class Segment:
    """A segment; `value` is the number of days, the id of a product or category, or the language."""

    kind: Kind
    value: str = ""

    @property
    def number(self) -> int:
        """The value of a segment that asks for a number; else 0."""
        return int(self.value) if self.value.isascii() and self.value.isdigit() else 0

    @property
    def _asked(self) -> dict[str, Any]:
        return {"kind": self.kind, "number": self.number, "word": self.value}


def count(tx: Transaction, segment: Segment) -> int:
    """How many people there are in a segment now."""
    return int(sql.segment_count(tx.connection, **segment._asked))


def languages(tx: Transaction) -> list[str]:
    """The languages customers are spoken to in, the commonest first."""
    return [row.language for row in sql.segment_languages(tx.connection)]


def page(tx: Transaction, segment: Segment, after: int, limit: int) -> list[tuple[int, str]]:
    """The next people of a segment, behind the customer id `after`: ids, ascending, and languages."""
    rows = sql.segment_page(tx.connection, after=after, limit=limit, **segment._asked)
    return [(row.id, row.language) for row in rows]
