"""Using a coupon: by a dialog, or by typing 優惠券 and its code at any time."""

from __future__ import annotations

import re

from bot.actions import Action
from bot.scenes import Answer, Scene, Talk, asking
from bot.screens import coupons as screens
from store import carts, coupons
from store.coupon_terms import normalise
from store.coupons import Coupon
from store.delivery_details import tidy

_COMMAND = re.compile(r"(?:優惠券|優惠碼|折扣碼|折價券|coupon)\s*[:：]?\s*(\S.*)", re.IGNORECASE)
_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,19}")


def ask(talk: Talk, action: Action | None = None) -> Answer:
    """Which code?"""
    asking.ask(talk, "coupon")
    return screens.ask(carts.open_cart(talk.tx, talk.customer))


def off(talk: Talk, action: Action) -> Answer:
    """No coupon, please."""
    coupons.clear(talk.tx, carts.open_cart(talk.tx, talk.customer))
    return [screens.cleared(), *(asking.go_back(talk) or [])]


def take(talk: Talk, typed: str) -> Answer:
    """A typed code; None leaves the text to others."""
    words = tidy(typed)
    command = _COMMAND.fullmatch(words)
    code = normalise(command[1] if command else words)
    if not command and (asking.asked(talk) != "coupon" or not _CODE.fullmatch(code)):
        return None
    return _use(talk, code)


def _use(talk: Talk, code: str) -> Answer:
    cart = carts.open_cart(talk.tx, talk.customer)
    found = coupons.choose(talk.tx, talk.customer, cart, code)
    if not isinstance(found, Coupon):
        asking.ask(talk, "coupon")
        return screens.refused(found, code)
    talk = asking.leave(talk)
    quote = talk.quote(carts.open_cart(talk.tx, talk.customer))
    return [screens.used(found, quote), *(asking.go_back(talk) or [])]


ACTIONS: dict[str, Scene] = {"coupon": ask, "coupon_off": off}
