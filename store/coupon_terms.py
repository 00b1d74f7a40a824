"""The terms of a coupon: what it gives, to whom and when; checked before there is such a coupon."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from store.delivery_details import tidy
from store.pricing import LARGEST_TOTAL, Kind

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,19}")
_MOST = LARGEST_TOTAL


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a coupon gives, to whom and when.

    `value` and `cap` as in `pricing.Benefit`; `minimum` is the least subtotal in TWD. Good from `starts_at`
    (None: at once) until before `ends_at` (None: for ever), both UTC. A limit of None is none.
    """

    code: str
    kind: Kind
    value: int = 0
    cap: int | None = None
    minimum: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    uses_limit: int | None = None
    uses_per_customer: int | None = None


def normalise(code: str) -> str:
    """A typed code in the form it is kept in: narrow, upper case, without blanks."""
    return tidy(code).replace(" ", "").upper()


def problems(terms: Terms) -> dict[str, str]:
    """The rule that is broken, by field; empty when there can be such a coupon."""
    checked = {
        "code": None
        if _CODE.fullmatch(normalise(terms.code))
        else "must be 3 to 20 letters A-Z, digits or hyphens",
        "value": _value_problem(terms),
        "cap": _cap_problem(terms),
        "minimum": _number_problem(terms.minimum, 0),
        "starts_at": _time_problem(terms.starts_at),
        "ends_at": _end_problem(terms),
        "uses_limit": _number_problem(terms.uses_limit, 1),
        "uses_per_customer": _number_problem(terms.uses_per_customer, 1),
    }
    return {field: rule for field, rule in checked.items() if rule}


def _value_problem(terms: Terms) -> str | None:
    match terms.kind:
        case Kind.AMOUNT:
            return _number_problem(terms.value, 1)
        case Kind.PERCENT:
            return None if 1 <= terms.value <= 99 else "must be 1 to 99 percent off (15 is 85 折)"
        case Kind.FREE_SHIPPING:
            return None if terms.value == 0 else "must be 0 for free shipping"


def _cap_problem(terms: Terms) -> str | None:
    if terms.cap is not None and terms.kind is not Kind.PERCENT:
        return "is only for a percentage"
    return _number_problem(terms.cap, 1)


def _number_problem(number: int | None, least: int) -> str | None:
    return None if number is None or least <= number <= _MOST else f"must be {least} to {_MOST}"


def _time_problem(at: datetime | None) -> str | None:
    return "needs a time zone" if at is not None and at.tzinfo is None else None


def _end_problem(terms: Terms) -> str | None:
    if terms.ends_at is None or _time_problem(terms.ends_at) or _time_problem(terms.starts_at):
        return _time_problem(terms.ends_at)
    if terms.starts_at is None:
        return None if terms.ends_at > datetime.now(UTC) else "must be in the future"
    return None if terms.ends_at > terms.starts_at else "must be later than starts_at"
