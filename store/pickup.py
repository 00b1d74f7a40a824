"""Pick-up in a convenience store (超商取貨): which store, checked before it is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from store import delivery_details
from store.delivery_details import Details, tidy

LIMIT = 20_000
"""The largest parcel in TWD, shipping included, that the stores' logistics take."""
BRANDS = ("7-ELEVEN", "全家", "萊爾富", "OK")
_ALIASES = {
    "7eleven": "7-ELEVEN", "711": "7-ELEVEN", "seven": "7-ELEVEN", "小七": "7-ELEVEN", "統一超商": "7-ELEVEN",
    "統一": "7-ELEVEN", "全家": "全家", "全家便利商店": "全家", "family": "全家", "familymart": "全家",
    "萊爾富": "萊爾富", "hilife": "萊爾富", "ok": "OK", "okmart": "OK", "ok超商": "OK", "ok便利商店": "OK",
}  # fmt: skip
_SIX_DIGITS = ("7-ELEVEN", "全家")
_CODE = re.compile(r"[0-9A-Z]{4,6}")
_NAME_LENGTH = 20


class Fault(StrEnum):
    """What is wrong with a field, for the words the customer is told."""

    MISSING = "missing"
    NO_SUCH_BRAND = "no_such_brand"
    NOT_SIX_DIGITS = "not_six_digits"
    NOT_A_CODE = "not_a_code"
    NOT_A_NAME = "not_a_name"
    TOO_LONG = "too_long"


@dataclass(frozen=True)
class Store:
    """A convenience store: its chain, the chain's number for it, and its name without 門市."""

    brand: str
    code: str
    name: str

    @property
    def label(self) -> str:
        """How people write it: 7-ELEVEN 鑫台北門市（131386）."""
        return f"{self.brand} {self.name}門市（{self.code}）"


@dataclass(frozen=True)
class Pickup(Details):
    """Who picks up a parcel, and in which store; `address` is the store in words."""

    store: Store

    @property
    def delivery(self) -> str:
        """How the parcel travels, as carts and orders name it."""
        return "cvs"


def pickup(name: str, phone: str, store: Store) -> Pickup:
    """A person and a store, both known to be good."""
    return Pickup(name, phone, store.label, store)


def check(
    name: str, phone: str, brand: str, code: str, store: str
) -> Pickup | dict[str, Fault | delivery_details.Fault]:
    """The pick-up in its normal form, or what is wrong with which of the fields."""
    who = delivery_details.check_recipient(name, phone)
    where = _check_store(brand, code, store)
    if isinstance(who, dict) or isinstance(where, dict):
        return {**(who if isinstance(who, dict) else {}), **(where if isinstance(where, dict) else {})}
    return pickup(*who, where)


def _check_store(brand: str, code: str, name: str) -> Store | dict[str, Fault]:
    brand, code, name = brand_of(brand) or tidy(brand), _tidy_code(code), _tidy_name(name)
    faults = {
        field: fault
        for field, fault in (
            ("brand", _brand_fault(brand)),
            ("code", _code_fault(code, brand)),
            ("store", _name_fault(name)),
        )
        if fault
    }
    return faults or Store(brand, code, name)


def brand_of(words: str) -> str | None:
    """The chain that is meant by a name people use for it, such as 小七 or 7-11."""
    return _ALIASES.get(re.sub(r"[\s\-‐-―−]", "", tidy(words)).lower())


def _tidy_code(code: str) -> str:
    return re.sub(r"[\s\-]", "", tidy(code)).upper()


def _tidy_name(name: str) -> str:
    return tidy(name).removesuffix("門市").removesuffix("店").strip()


def _brand_fault(brand: str) -> Fault | None:
    if not brand:
        return Fault.MISSING
    return None if brand in BRANDS else Fault.NO_SUCH_BRAND


def _code_fault(code: str, brand: str) -> Fault | None:
    if not code:
        return Fault.MISSING
    if brand in _SIX_DIGITS:
        return None if re.fullmatch(r"[0-9]{6}", code) else Fault.NOT_SIX_DIGITS
    return None if _CODE.fullmatch(code) else Fault.NOT_A_CODE


def _name_fault(name: str) -> Fault | None:
    if not name:
        return Fault.MISSING
    if len(name) > _NAME_LENGTH:
        return Fault.TOO_LONG
    return None if all(c.isalnum() or c in " -" for c in name) else Fault.NOT_A_NAME
