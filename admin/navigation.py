"""The places of the console, in the order of the menu."""

from __future__ import annotations

from dataclasses import dataclass

from admin.roles import RANKS
from admin.words import _


@dataclass(frozen=True)
class Entry:
    """A place: its endpoint in the blueprint, its name, and the section of pages that light it up."""

    endpoint: str
    label: str
    section: str


def entries_for(role: str) -> list[Entry]:
    """Where somebody of this role can go."""
    places = [
        ("attention", _("待處理"), "attention", "viewer"),
        ("orders", _("訂單"), "orders", "viewer"),
        ("audit", _("異動紀錄"), "audit", "owner"),
        ("account", _("我的帳號"), "account", "viewer"),
    ]
    return [
        Entry(endpoint, label, section)
        for endpoint, label, section, lowest in places
        if RANKS[role] >= RANKS[lowest]
    ]
