"""The payment methods, and which of them an order can be paid by."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from bot import actions
from bot.screens import theme
from bot.screens.destination import back_to_cart
from bot.screens.theme import Message
from bot.words import _, money
from store.delivery_details import Details
from store.orders import limit_of
from store.payment_methods import Obstacle, obstacle, split
from store.shop import Shop


@dataclass(frozen=True)
class Choice:
    """A payment method, and why it cannot be chosen this time (empty: it can)."""

    method: str
    reason: str = ""
    name: str = ""


def method_name(method: str, delivery: str = "home") -> str:
    """What people call a payment method; cash is paid where the parcel is handed over."""
    kind, months = split(method)
    if months:
        return _("信用卡分 {months} 期").format(months=months)
    if kind == "cod" and delivery == "cvs":
        return _("超商取貨付款")
    names = {
        "card": _("信用卡"),
        "atm": _("ATM 轉帳"),
        "mobile": _("行動支付（Apple Pay、Google Pay）"),
        "linepay": "LINE Pay",
        "jkopay": _("街口支付"),
        "pxpay": _("全支付"),
        "pluspay": _("全盈+PAY"),
        "ipass": "iPASS MONEY",
        "cod": _("貨到付款"),
    }
    return names.get(kind, kind)


def choices(shop: Shop, total: int, delivery: str = "home") -> list[Choice]:
    """The payment methods of this shop for a total in TWD."""
    return [
        Choice(method, _reason(method, total), method_name(method, delivery))
        for method in shop.offered_methods
    ]


def _reason(method: str, total: int) -> str:
    match obstacle(method, total):
        case Obstacle.ABOVE_LIMIT:
            words = _("{method}一筆最多 {limit}，這張訂單請選其他方式。")
            return words.format(method=method_name(method), limit=money(limit_of(method)))
        case Obstacle.BELOW_LEAST:
            return _("{method}不能用在 NT$0 的訂單。").format(method=method_name(method))
        case None:
            return ""


def payment(methods: Sequence[Choice], total: int) -> list[Message]:
    """How to pay."""
    possible = [choice for choice in methods if not choice.reason]
    if not possible:
        words = _("這張訂單沒有可用的付款方式，請分成幾張下單，或聯絡店家。購物車會幫您留著。")
        return [theme.card(words, back_to_cart())]
    body = [
        theme.text(_("合計 {total}，要怎麼付款？").format(total=money(total)), size="md"),
        *[theme.note(choice.reason) for choice in methods if choice.reason],
    ]
    buttons = [
        theme.main_button(choice.name, actions.encode("method", m=choice.method)) for choice in possible
    ]
    change = theme.button(_("修改收件資料"), actions.encode("edit_details"), style="link")
    alt = _("合計 {total}，要怎麼付款？").format(total=money(total))
    return [theme.flex(alt, theme.bubble(body, [*buttons, change, back_to_cart()]))]


def details_version(details: Details) -> str:
    """Names these details, so that an old answer is not taken for new ones."""
    return version(details.delivery, details.name, details.phone, details.address)


def version(*words: str) -> str:
    """A short name of exactly these words."""
    return hashlib.sha256("\n".join(words).encode("utf-8", "replace")).hexdigest()[:8]
