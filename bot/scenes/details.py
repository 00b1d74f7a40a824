"""Reading delivery details out of what a customer typed."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.scenes.progress import FIELDS
from store.delivery_details import Details, Fault, check, tidy

_LABELS = {
    "姓名": "name", "收件人": "name", "收件人姓名": "name", "name": "name",
    "電話": "phone", "手機": "phone", "手機號碼": "phone", "聯絡電話": "phone", "phone": "phone",
    "地址": "address", "收件地址": "address", "address": "address",
}  # fmt: skip
_LABELLED = re.compile(r"\s*([^:：﹕\s]{2,7})\s*[:：﹕](.*)", re.DOTALL)
_PHONE = re.compile(r"[+0-9０-９][0-9０-９()\s.\-‐-―−]{6,}")


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


def unlabelled(typed: str) -> dict[str, str]:
    """The fields of lines that speak for themselves: a phone number, an address, and with them a name."""
    fields: dict[str, str] = {}
    others = []
    for line in filter(None, map(str.strip, typed.splitlines())):
        if "phone" not in fields and _PHONE.fullmatch(line):
            fields["phone"] = line
        elif "address" not in fields and _is_address(line):
            fields["address"] = line
        else:
            others.append(line)
    if fields and len(others) == 1:
        fields["name"] = others[0]
    return fields if len(others) <= 1 else {}


def judge(fields: Mapping[str, str]) -> Details | dict[str, Fault]:
    """The details, or the fault of each field that is wrong or missing."""
    return check(*(fields.get(field, "") for field in FIELDS))


def _is_address(line: str) -> bool:
    checked = judge({"address": line})
    return isinstance(checked, Details) or "address" not in checked


def merged(kept: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """What is known now: a line left empty takes nothing away."""
    return {**kept, **{field: words for field, words in given.items() if words}}
