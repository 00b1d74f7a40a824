"""From the cart to the order: delivery, details, payment, confirmation."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot import actions
from bot.screens import theme
from bot.screens.cart import sums
from bot.screens.lettering import clean, fit
from bot.screens.privacy import masked_address, masked_name, masked_phone
from bot.screens.theme import Message, Part
from bot.words import _, money
from store.carts import Cart
from store.delivery_details import Details
from store.orders import limit_of
from store.pricing import Quote
from store.shop import Shop

METHODS = ("card", "atm", "cod")
"""The payment methods the chat offers, as far as the shop takes them."""


@dataclass(frozen=True)
class Choice:
    """A payment method, and why it cannot be chosen this time (empty: it can)."""

    method: str
    reason: str = ""


def method_name(method: str) -> str:
    """What people call a payment method."""
    names = {"card": _("信用卡"), "atm": _("ATM 轉帳"), "cod": _("貨到付款")}
    return names.get(method, method)


def choices(shop: Shop, total: int) -> list[Choice]:
    """The payment methods of this shop for a total in TWD."""
    return [Choice(method, _reason(method, total)) for method in METHODS if method in shop.payment_methods]


def _reason(method: str, total: int) -> str:
    if total > limit_of(method):
        words = _("{method}一筆最多 {limit}，這張訂單請選其他方式。")
        return words.format(method=method_name(method), limit=money(limit_of(method)))
    if method != "cod" and total <= 0:
        return _("{method}不能用在 NT$0 的訂單。").format(method=method_name(method))
    return ""


def delivery(quote: Quote) -> list[Message]:
    """How the parcel travels."""
    fee = money(quote.shipping_fee) if quote.shipping_fee else _("免運")
    return [
        theme.card(
            _("商品合計 {subtotal}。要怎麼送到您手上？").format(subtotal=money(quote.subtotal)),
            theme.main_button(_("宅配（運費 {fee}）").format(fee=fee), actions.encode("delivery", k="home")),
            _back_to_cart(),
        )
    ]


def remembered(details: Details) -> list[Message]:
    """The details of last time, to be used again or changed."""
    body = [theme.title(_("送到上次的地方嗎？")), *_recipient(details)]
    footer = [
        theme.main_button(_("用這份資料"), actions.encode("same_details")),
        theme.button(_("修改"), actions.encode("edit_details")),
        _back_to_cart(),
    ]
    alt = _("送到上次的地方嗎？{name}，{address}").format(
        name=masked_name(details.name), address=masked_address(details.address)
    )
    return [theme.flex(alt, theme.bubble(body, footer))]


def _recipient(details: Details) -> list[Part]:
    return [
        theme.pair(_("收件人"), masked_name(details.name)),
        theme.pair(_("電話"), masked_phone(details.phone)),
        theme.pair(_("地址"), masked_address(details.address)),
    ]


def ask_details(url: str, fields: Mapping[str, str], complaints: Sequence[str] = ()) -> list[Message]:
    """Where to send the parcel; `fields` is what is known, `complaints` what is wrong with the rest."""
    body = [theme.text(words, size="md", color=theme.SALE) for words in complaints]
    if complaints:
        body.append(theme.text(_("補上這裡就好，其他的我記著。")))
    else:
        body.append(theme.text(_("請留下收件資料（直接回覆這三行也可以）："), size="md"))
        body.append(theme.note(form({})))
    footer = [
        theme.link_button(_("在網頁填寫"), url),
        theme.form_button(_("在這裡填寫"), actions.encode("write_details"), form(fields)),
        theme.button(_("填好了，繼續"), actions.encode("details_done")),
        _back_to_cart(),
    ]
    alt = "".join(complaints) or _("請留下收件資料：姓名、電話、地址")
    return [theme.flex(alt, theme.bubble(body, footer))]


def form(fields: Mapping[str, str]) -> str:
    """The three lines to fill in, with what is known already."""
    known = {field: clean(fields.get(field, "")) for field in ("name", "phone", "address")}
    return _("姓名：{name}\n電話：{phone}\n地址：{address}").format(**known)


def write_here() -> list[Message]:
    """The customer means to type the details into the chat."""
    words = _("請把這三行填好，直接傳給我：")
    return [theme.said(f"{words}\n{form({})}")]


def details_kept() -> list[Message]:
    """Details were given before there was anything to send."""
    return [
        theme.card(
            _("收件資料記好了，下次結帳直接帶入。"),
            theme.main_button(_("逛商品"), actions.encode("browse")),
        )
    ]


def payment(methods: Sequence[Choice], total: int) -> list[Message]:
    """How to pay."""
    possible = [choice for choice in methods if not choice.reason]
    if not possible:
        words = _("這張訂單沒有可用的付款方式，請分成幾張下單，或聯絡店家。購物車會幫您留著。")
        return [theme.card(words, _back_to_cart())]
    body = [
        theme.text(_("合計 {total}，要怎麼付款？").format(total=money(total)), size="md"),
        *[theme.note(choice.reason) for choice in methods if choice.reason],
    ]
    buttons = [
        theme.main_button(method_name(choice.method), actions.encode("method", m=choice.method))
        for choice in possible
    ]
    change = theme.button(_("修改收件資料"), actions.encode("edit_details"), style="link")
    alt = _("合計 {total}，要怎麼付款？").format(total=money(total))
    return [theme.flex(alt, theme.bubble(body, [*buttons, change, _back_to_cart()]))]


def confirm(cart: Cart, quote: Quote, details: Details, method: str) -> list[Message]:
    """Everything on one card; its button names exactly what is being agreed to."""
    lines = [
        theme.item(f"{line.name} {line.option}", line.quantity, money(line.price * line.quantity))
        for line in cart.lines
    ]
    body = [
        theme.title(_("訂單確認")),
        *lines,
        theme.rule(),
        *sums(quote),
        theme.rule(),
        theme.pair(_("配送"), _("宅配")),
        theme.pair(_("收件人"), masked_name(details.name)),
        theme.pair(_("電話"), masked_phone(details.phone)),
        theme.pair(_("地址"), fit(details.address, 120)),
        theme.pair(_("付款"), method_name(method)),
        theme.note(_("收到商品後 7 天內可以退貨（消費者保護法第 19 條）。")),
    ]
    data = actions.encode("place", c=cart.id, q=quote.version, d=details_version(details), m=method)
    footer = [
        theme.main_button(_("確認下單 {total}").format(total=money(quote.total)), data),
        theme.row(
            theme.button(_("換付款方式"), actions.encode("payment"), style="link"),
            theme.button(_("修改收件資料"), actions.encode("edit_details"), style="link"),
        ),
        _back_to_cart(),
    ]
    alt = _("訂單確認：合計 {total}，{method}").format(total=money(quote.total), method=method_name(method))
    return [theme.flex(alt, theme.bubble(body, footer))]


def details_version(details: Details) -> str:
    """Names these details, so that an old confirmation is not taken for new ones."""
    words = f"{details.name}\n{details.phone}\n{details.address}"
    return hashlib.sha256(words.encode()).hexdigest()[:8]


def _back_to_cart() -> Part:
    return theme.row(
        theme.button(_("看購物車"), actions.encode("cart"), style="link"),
        theme.button(_("繼續逛"), actions.encode("browse"), style="link"),
    )
