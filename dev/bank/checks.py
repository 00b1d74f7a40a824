"""Field checks: what a value must look like, and the code with which the bank refuses it otherwise.

Source: 豐收款 API 開發規格書 V2.4, chapters 8 and 10. Each function returns the value or raises Refusal.
"""

from __future__ import annotations

from typing import Any

from dev.bank.clock import read_day, read_stamp
from dev.bank.codes import Refusal

_FORBIDDEN = frozenset("'\"%")
_AMOUNT_DIGITS = 9
ATM_LIMIT = 3_000_000


def text(fields: dict[str, Any], name: str, length: int, codes: dict[str, str]) -> str | None:
    """An optional text. `codes` name the refusals: missing, long, special; a missing key allows the thing."""
    value = fields.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if value is None or value == "":
        if "missing" in codes:
            raise Refusal(codes["missing"])
        return value
    if not isinstance(value, str) or value != value.strip():
        raise Refusal("E0001")
    if len(value) > length:
        raise Refusal(codes["long"])
    if "special" in codes and _FORBIDDEN & set(value):
        raise Refusal(codes["special"])
    return value


def required_text(fields: dict[str, Any], name: str, length: int, codes: dict[str, str]) -> str:
    """A text that must be there; `codes` has `missing`."""
    value = text(fields, name, length, codes)
    if value is None:
        raise Refusal(codes["missing"])
    return value


def order_no(fields: dict[str, Any]) -> str:
    """The merchant's order number, at most 50 characters."""
    return required_text(fields, "OrderNo", 50, {"missing": "E0300", "long": "E0301", "special": "E0303"})


def amount(fields: dict[str, Any], pay_type: str) -> int:
    """The order's amount, TWD x 100."""
    value = number(fields.get("Amount"), "E0400")
    if value is None or value > 10**_AMOUNT_DIGITS - 1:
        raise Refusal("E0400")
    if value <= 0:
        raise Refusal("E0405")
    if value % 100:
        raise Refusal("E0401")
    if pay_type == "A" and value > ATM_LIMIT:
        raise Refusal("E0403")
    return value


def number(value: Any, code: str) -> int | None:
    """A whole number, given as one or as digits; None if absent."""
    if value is None or value == "":
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.removeprefix("-").isdigit():
        return int(value)
    raise Refusal(code)


def number_in(value: Any, low: int, high: int, bad_form: str, out_of_range: str) -> int | None:
    """A whole number between low and high, both included; None if absent."""
    result = number(value, bad_form)
    if result is not None and not low <= result <= high:
        raise Refusal(out_of_range)
    return result


def choice(value: Any, allowed: tuple[str, ...], missing: str | None, wrong: str) -> str | None:
    """One of the allowed words; None if it is absent and may be."""
    if value is None or value == "":
        if missing is not None:
            raise Refusal(missing)
        return None
    if value not in allowed:
        raise Refusal(wrong)
    return str(value)


def section(fields: dict[str, Any], name: str) -> dict[str, Any]:
    """A nested object such as CardParam; empty if absent."""
    value = fields.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Refusal("E0001")
    return value


def moment(value: Any, code: str) -> float | None:
    """A yyyyMMddHHmm text as seconds since the epoch; None if absent."""
    if value is None or value == "":
        return None
    try:
        return read_stamp(str(value))
    except ValueError:
        raise Refusal(code) from None


def midnight(value: Any, missing: str, code: str) -> float:
    """The beginning of a yyyyMMdd day."""
    if value is None or value == "":
        raise Refusal(missing)
    try:
        return read_day(str(value))
    except ValueError:
        raise Refusal(code) from None


def period(fields: dict[str, Any], name: str, codes: tuple[str, str, str, str]) -> tuple[float, float] | None:
    """A pair such as OrderDateTimeS and OrderDateTimeE.

    `codes`: bad start, bad end, only one given, start after end.
    """
    bad_start, bad_end, alone, reversed_ = codes
    start = moment(fields.get(f"{name}S"), bad_start)
    end = moment(fields.get(f"{name}E"), bad_end)
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise Refusal(alone)
    if start > end:
        raise Refusal(reversed_)
    return start, end
