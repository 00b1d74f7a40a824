"""Who gets the parcel: name, Taiwanese mobile phone and address, checked before they are kept."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

_CITIES = (
    "台北市", "新北市", "桃園市", "台中市", "台南市", "高雄市", "基隆市", "新竹市", "嘉義市",
    "新竹縣", "苗栗縣", "彰化縣", "南投縣", "雲林縣", "嘉義縣", "屏東縣", "宜蘭縣", "花蓮縣",
    "台東縣", "澎湖縣", "金門縣", "連江縣",
)  # fmt: skip
_CITIES_LATIN = (
    "taipei", "taoyuan", "taichung", "tainan", "kaohsiung", "keelung", "hsinchu", "chiayi", "miaoli",
    "changhua", "nantou", "yunlin", "pingtung", "yilan", "hualien", "taitung", "penghu",
    "kinmen", "lienchiang",
)  # fmt: skip
_NAME_LENGTH = (2, 30)
_ADDRESS_LENGTH = (8, 120)


class Fault(StrEnum):
    """What is wrong with a field, for the words the customer is told."""

    MISSING = "missing"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NOT_A_NAME = "not_a_name"
    NOT_A_MOBILE = "not_a_mobile"
    NO_CITY = "no_city"
    NO_NUMBER = "no_number"


@dataclass(frozen=True)
class Details:
    """Valid delivery details; `phone` is 09 and eight digits."""

    name: str
    phone: str
    address: str

    @property
    def delivery(self) -> str:
        """How the parcel travels, as carts and orders name it."""
        return "home"


def check(name: str, phone: str, address: str) -> Details | dict[str, Fault]:
    """The details in their normal form, or what is wrong with which of `name`, `phone`, `address`."""
    address = tidy(address)
    who, fault = check_recipient(name, phone), _address_fault(address)
    if isinstance(who, dict) or fault:
        return (who if isinstance(who, dict) else {}) | ({"address": fault} if fault else {})
    return Details(*who, address)


def check_recipient(name: str, phone: str) -> tuple[str, str] | dict[str, Fault]:
    """Name and phone in their normal form, or what is wrong with which of them."""
    name, phone = tidy(name), _digits(phone)
    faults = {"name": _name_fault(name), "phone": _phone_fault(phone)}
    return {field: fault for field, fault in faults.items() if fault} or (name, phone)


def tidy(text: str) -> str:
    """Text as people mean it: full-width letters and digits made narrow, white space folded."""
    # What nobody sees goes first: between a letter and its accent it would keep the two apart.
    visible = "".join(c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return unicodedata.normalize("NFKC", " ".join(unicodedata.normalize("NFKC", visible).split())).strip()


def _digits(phone: str) -> str:
    digits = re.sub(r"[\s().\-‐-―−]", "", tidy(phone))
    return re.sub(r"^(\+886|00886|886)0?(?=9)", "0", digits)


def _name_fault(name: str) -> Fault | None:
    if not name:
        return Fault.MISSING
    if len(name) < _NAME_LENGTH[0]:
        return Fault.TOO_SHORT
    if len(name) > _NAME_LENGTH[1]:
        return Fault.TOO_LONG
    if not all(c.isalpha() or c in " .-'·・,‧" or unicodedata.combining(c) for c in name):
        return Fault.NOT_A_NAME
    return None


def _phone_fault(phone: str) -> Fault | None:
    if not phone:
        return Fault.MISSING
    return None if re.fullmatch(r"09[0-9]{8}", phone) else Fault.NOT_A_MOBILE


def _address_fault(address: str) -> Fault | None:
    if not address:
        return Fault.MISSING
    if len(address) < _ADDRESS_LENGTH[0]:
        return Fault.TOO_SHORT
    if len(address) > _ADDRESS_LENGTH[1]:
        return Fault.TOO_LONG
    plain = address.replace("臺", "台")
    if not any(city in plain for city in _CITIES) and not any(c in plain.lower() for c in _CITIES_LATIN):
        return Fault.NO_CITY
    if not re.search(r"[0-9０-９一二三四五六七八九十百]", plain):
        return Fault.NO_NUMBER
    return None
