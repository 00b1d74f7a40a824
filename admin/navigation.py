"""The places of the console, in the order of the menu."""

from __future__ import annotations

from dataclasses import dataclass

from admin.roles import RANKS
from admin.words import _, place


@dataclass(frozen=True)
class Entry:
    """A place: its endpoint in the blueprint, which is also the `section` its pages set, and its name."""

    endpoint: str
    label: str


def entries_for(role: str) -> list[Entry]:
    """Where somebody of this role can go."""
    places = [
        ("attention", _("待處理"), "viewer"),
        ("orders", _("訂單"), "viewer"),
        ("products", place("商品"), "viewer"),
        ("customers", place("客人"), "viewer"),
        ("coupons", place("優惠券"), "viewer"),
        ("broadcasts", _("群發"), "viewer"),
        ("reviews", _("評價"), "viewer"),
        ("reports", _("報表"), "viewer"),
        ("notices", _("店家通知"), "owner"),
        ("users", _("人員"), "owner"),
        ("audit", _("異動紀錄"), "owner"),
        ("account", _("我的帳號"), "viewer"),
    ]
    return [Entry(endpoint, label) for endpoint, label, lowest in places if RANKS[role] >= RANKS[lowest]]
