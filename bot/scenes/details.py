"""Reading delivery details out of what a customer typed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from store import delivery_details, pickup
from store.delivery_details import Details, tidy

HOME = ("name", "phone", "address")
PICKUP = ("name", "phone", "brand", "code", "store")
Faults = Mapping[str, pickup.Fault | delivery_details.Fault]

_LABELS = {
    "姓名": "name", "收件人": "name", "收件人姓名": "name", "取件人": "name", "name": "name",
    "電話": "phone", "手機": "phone", "手機號碼": "phone", "聯絡電話": "phone", "phone": "phone",
    "地址": "address", "收件地址": "address", "address": "address",
    "超商": "brand", "取貨超商": "brand", "chain": "brand",
    "店號": "code", "門市店號": "code", "門市代號": "code", "number": "code",
    "門市": "store", "店名": "store", "門市名稱": "store", "store": "store",
}  # fmt: skip
_LABELLED = re.compile(r"\s*([^:：﹕\s]{2,7})\s*[:：﹕](.*)", re.DOTALL)
_PHONE = re.compile(r"[+0-9０-９][0-9０-９()\s.\-‐-―−]{6,}")
_STORE_CODE = re.compile(r"[0-9]{6}")
_STORE_ENDS = ("門市", "店")


def fields_of(delivery: str) -> tuple[str, ...]:
    """What has to be known for a way of delivery."""
    return PICKUP if delivery == "cvs" else HOME


def is_form(typed: str) -> bool:
    """Whether every line of a form is there: that is one wherever it is typed."""
    given = set(labelled(typed))
    return given >= set(HOME) or given >= set(PICKUP)


def meant(given: Mapping[str, str], delivery: str) -> str:
    """The way of delivery that typed fields are for; `delivery` where they do not say."""
    if any(field in given for field in ("brand", "code", "store")):
        return "cvs"
    return "home" if "address" in given else delivery


def labelled(typed: str) -> dict[str, str]:
    """The fields of lines such as `電話：0912…`, in any order; a line without a label continues the last."""
    fields: dict[str, str] = {}
    current = ""
    for line in typed.splitlines():
        found = _LABELLED.fullmatch(line)
        field = _LABELS.get(tidy(found[1]).lower()) if found else None
        if found and field:
            current, fields[field] = field, found[2].strip()
        elif current and line.strip():
            fields[current] = f"{fields[current]} {line.strip()}".strip()
    return fields


def unlabelled(typed: str, delivery: str = "home") -> dict[str, str]:
    """The fields of lines that speak for themselves: a phone number, an address or a store, and a name."""
    fields: dict[str, str] = {}
    others = []
    for line in filter(None, map(str.strip, typed.splitlines())):
        field = _field(line, delivery)
        if field and field not in fields:
            fields[field] = line
        else:
            others.append(line)
    if fields and len(others) == 1:
        fields["name"] = others[0]
    return fields if len(others) <= 1 else {}


def _field(line: str, delivery: str) -> str | None:
    if _PHONE.fullmatch(line) and not (delivery == "cvs" and _STORE_CODE.fullmatch(tidy(line))):
        return "phone"
    if delivery == "home":
        return "address" if _is_address(line) else None
    if pickup.brand_of(line):
        return "brand"
    if _STORE_CODE.fullmatch(tidy(line)):
        return "code"
    return "store" if tidy(line).endswith(_STORE_ENDS) else None


def judge(fields: Mapping[str, str], delivery: str = "home") -> Details | Faults:
    """The details, or the fault of each field that is wrong or missing."""
    given = [fields.get(field, "") for field in fields_of(delivery)]
    return pickup.check(*given) if delivery == "cvs" else delivery_details.check(*given)


def known_fields(details: Details | None) -> dict[str, str]:
    """Details as the fields of their form."""
    if details is None:
        return {}
    if isinstance(details, pickup.Pickup):
        store = details.store
        place = {"brand": store.brand, "code": store.code, "store": store.name}
    else:
        place = {"address": details.address}
    return {"name": details.name, "phone": details.phone, **place}


def merged(kept: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What is known now: a line left empty takes nothing away."""
    return {**kept, **{field: words for field, words in given.items() if words}}


def _is_address(line: str) -> bool:
    checked = delivery_details.check("", "", line)
    return isinstance(checked, Details) or "address" not in checked
