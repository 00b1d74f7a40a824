"""Which orders a list or a file is about: read from the address, handed to the queries."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from admin.fields import page_before
from admin.labels import STATES
from settings import PAYMENT_METHODS
from store.db import Transaction, sql
from store.delivery_details import tidy
from store.payment_methods import split
from store.text import storable
from store.web import TAIWAN

WORDS_LENGTH = 60
LEAST_ENDING = 3
"""So many digits find a telephone number by its end."""
_CODE = re.compile(r"[A-Z0-9]{8}")


@dataclass(frozen=True)
class Filters:
    """What was asked for; what cannot be read is named in `faults`, and not applied."""

    state: str = ""
    method: str = ""
    since: date | None = None
    until: date | None = None
    words: str = ""
    customer: int | None = None
    faults: tuple[str, ...] = ()

    @property
    def query(self) -> dict[str, str]:
        """The filters as they stand in an address."""
        values = {
            "state": self.state,
            "method": self.method,
            "from": self.since.isoformat() if self.since else "",
            "to": self.until.isoformat() if self.until else "",
            "q": self.words,
            "customer": str(self.customer) if self.customer else "",
        }
        return {name: value for name, value in values.items() if value}

    def parameters(self) -> dict[str, Any]:
        """The parameters that the queries for a page of orders share."""
        return {
            "status": self.state if self.state in STATES else None,
            "to_ship": self.state == "to_ship",
            "method": self.method or None,
            "since": _midnight(self.since),
            "until": _midnight(self.until + timedelta(days=1) if self.until else None),
            "customer_id": self.customer,
        }


def read(args: Mapping[str, str]) -> Filters:
    """The filters in an address. A wrong one is named and left out, never an error page."""
    faults = []
    state, method = args.get("state", ""), args.get("method", "")
    if state and state not in (*STATES, "to_ship"):
        faults.append("state")
        state = ""
    if method and split(method)[0] not in PAYMENT_METHODS:
        faults.append("method")
        method = ""
    since, until = _day(args.get("from", ""), "from", faults), _day(args.get("to", ""), "to", faults)
    customer = page_before(args.get("customer", ""))
    if args.get("customer") and not customer:
        faults.append("customer")
    words = tidy(storable(args.get("q", "")))[:WORDS_LENGTH]
    return Filters(state, method, since, until, words, customer or None, tuple(faults))


def page(tx: Transaction, filters: Filters, before_id: int | None, limit: int) -> list[Any]:
    """A page of orders, newest first, from before an order on (keyset paging: the last page is as fast)."""
    before_at = sql.orders_placed_at(tx.connection, id=before_id) if before_id else None
    place = {"before_at": before_at, "before_id": before_id if before_at else None, "limit": limit}
    words = filters.words.lstrip("#＃").strip()
    code = words.upper() if _CODE.fullmatch(words.upper()) else None
    digits = re.sub(r"[\s-]", "", words)
    if not (digits.isascii() and digits.isdigit()):
        asked = {"code": code, "name": _beginning(words) if words else None, "phone": None}
    elif len(digits) < LEAST_ENDING:
        asked = {"code": None, "name": _beginning(digits), "phone": _beginning(digits)}
    else:
        # The beginning 091 is a tenth of all orders: three digits are taken for the end of a number only.
        phone = _beginning(digits) if len(digits) > LEAST_ENDING else None
        asked = {"code": code, "phone": phone, "phone_end": _beginning(digits[::-1])}
        return list(sql.console_orders_by_digits(tx.connection, **filters.parameters(), **asked, **place))
    return list(sql.console_orders(tx.connection, **filters.parameters(), **asked, **place))


def _day(text: str, name: str, faults: list[str]) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not 2000 <= day.year <= 2999:
        faults.append(name)
        return None
    return day


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), TAIWAN) if day else None


def _beginning(words: str) -> str:
    """A LIKE pattern for what begins with these words."""
    return re.sub(r"([\\%_])", r"\\\1", words) + "%"
