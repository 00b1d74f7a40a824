"""How the bank writes amounts, times, product names and addresses of pages.

Source: Bank SinoPac, 豐收款 API 開發規格書 V2.4, chapter 8: amounts are TWD x 100 and whole dollars, times
are Taiwan time to the minute, free text holds none of ' " %. Outside this folder amounts are whole TWD and
times are aware UTC. What is wrong with ours raises BankRequestError, with the bank's BankAnswerRefused.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from payments.provider import TAIPEI
from payments.sinopac.errors import BankAnswerRefused, BankRequestError

MAX_TWD = 9_999_999
_NAME_LENGTH = 60
_FORBIDDEN = str.maketrans({"'": "’", '"': "”", "%": "％"})
_AMOUNT = re.compile(r"-?[0-9]{1,12}")


def to_bank_amount(amount: int) -> int:
    """Whole TWD as the bank counts it."""
    if isinstance(amount, bool) or not isinstance(amount, int) or not 0 < amount <= MAX_TWD:
        raise BankRequestError(f"Amount must be whole TWD from 1 to {MAX_TWD}")
    return amount * 100


def exact_twd(value: object, name: str = "Amount") -> Decimal:
    """An amount of the bank, number or text, in TWD to the cent. Fees may be negative or have cents."""
    if isinstance(value, bool) or not _AMOUNT.fullmatch(str(value)):
        raise BankAnswerRefused(f"{name} must be a whole number")
    return Decimal(str(value)) / 100


def twd(value: object, name: str = "Amount") -> int:
    """An amount of the bank, number or text, in whole TWD; one with cents or below 0 is refused."""
    amount = exact_twd(value, name)
    if amount < 0 or amount != int(amount):
        raise BankAnswerRefused(f"{name} must be whole TWD, not below 0")
    return int(amount)


def to_bank_time(moment: datetime) -> str:
    """`yyyyMMddHHmm` in Taiwan. Seconds are cut, so that an expiry at the bank is never later than ours."""
    return _in_taipei(moment).strftime("%Y%m%d%H%M")


def to_bank_date(day: date) -> str:
    """`yyyyMMdd` of a Taiwanese calendar day."""
    if isinstance(day, datetime):
        day = _in_taipei(day).date()
    return day.strftime("%Y%m%d")


def _in_taipei(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise BankRequestError("a time must say its zone")
    return moment.astimezone(TAIPEI)


def from_bank_time(value: object, name: str) -> datetime | None:
    """The UTC moment of a `yyyyMMddHHmm` or `yyyyMMdd` (its midnight) in Taiwan; None when it is left out."""
    if value is None or value == "":
        return None
    text = str(value)
    try:
        if not text.isascii() or not text.isdigit() or len(text) not in {8, 12}:
            raise ValueError
        parsed = datetime.strptime(text, "%Y%m%d%H%M" if len(text) == 12 else "%Y%m%d")  # noqa: DTZ007
    except ValueError:
        raise BankAnswerRefused(f"{name} must be yyyyMMdd or yyyyMMddHHmm") from None
    return parsed.replace(tzinfo=TAIPEI).astimezone(UTC)


def product_name(text: str) -> str:
    """Any text as a PrdtName the bank accepts: 1 to 60 characters, none forbidden, no blank at an edge.

    Forbidden signs become their full-width cousins. What the bank may not know how to store (control signs,
    emoji and whatever else lies outside the basic plane of Unicode) is left out.
    """
    spaced = "".join(" " if sign.isspace() else sign for sign in text)
    known = "".join(sign for sign in spaced if ord(sign) <= 0xFFFF and unicodedata.category(sign)[0] != "C")
    words = " ".join(known.translate(_FORBIDDEN).split())
    return words[:_NAME_LENGTH].rstrip() or "商品"


def checked_text(value: str, name: str, longest: int) -> str:
    """A text of a request that the bank accepts: 1 to `longest` characters, none of ' " %, no edge blanks."""
    if not 0 < len(value) <= longest or value != value.strip() or any(sign in value for sign in "'\"%"):
        raise BankRequestError(
            f"{name} must be 1 to {longest} characters without ' \" % and blanks at its edges"
        )
    return value


def is_safe_url(url: object) -> bool:
    """Whether `url` is https with a host, or http on this very machine, and holds no credentials."""
    if not isinstance(url, str) or not url.isprintable() or " " in url or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.password is not None:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def page_url(value: Any, name: str) -> str | None:
    """The address of one of the bank's pages, or None when it is left out; any other scheme is refused."""
    if value is None or value == "":
        return None
    if not is_safe_url(value):
        raise BankAnswerRefused(f"{name} must be an https address")
    return str(value)
