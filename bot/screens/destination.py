"""Where the parcel goes: the way of delivery, the form, the addresses that are remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot import actions
from bot.screens import theme
from bot.screens.lettering import clean, fit
from bot.screens.privacy import masked_address, masked_name, masked_phone
from bot.screens.theme import Message, Part
from bot.words import _, money
from store import pickup
from store.addresses import Address
from store.delivery_details import Details
from store.pricing import Quote


@dataclass(frozen=True)
class Offer:
    """A way of delivery, its fee in TWD, and whether the parcel may travel so."""

    way: str
    fee: int
    possible: bool


def offer(way: str, quote: Quote) -> Offer:
    """A way of delivery for what the cart costs by it."""
    return Offer(way, quote.shipping_fee, way != "cvs" or quote.total <= pickup.LIMIT)


def way_name(way: str) -> str:
    """What people call a way of delivery."""
    return _("超商取貨") if way == "cvs" else _("宅配")


def ways(subtotal: int, offers: Sequence[Offer]) -> list[Message]:
    """How the parcel travels."""
    words = _("商品合計 {subtotal}。要怎麼送到您手上？").format(subtotal=money(subtotal))
    buttons = [
        theme.main_button(_offer_words(offer_), actions.encode("delivery", k=offer_.way))
        for offer_ in offers
        if offer_.possible
    ]
    notes = [theme.note(_pickup_limit_words()) for offer_ in offers if not offer_.possible]
    body = [theme.text(words, size="md"), *notes]
    return [theme.flex(words, theme.bubble(body, [*buttons, back_to_cart()]))]


def _offer_words(offer_: Offer) -> str:
    if not offer_.fee:
        return _("超商取貨（免運）") if offer_.way == "cvs" else _("宅配（免運）")
    words = _("超商取貨（運費 {fee}）") if offer_.way == "cvs" else _("宅配（運費 {fee}）")
    return words.format(fee=money(offer_.fee))


def _pickup_limit_words() -> str:
    return _("超商取貨一件最多 {limit}（含運費），這張訂單請選宅配。").format(limit=money(pickup.LIMIT))


def too_dear_for_pickup(*, home: bool) -> list[Message]:
    """More than a convenience store takes; `home`: it can be brought home instead."""
    if home:
        change = theme.main_button(_("改成宅配"), actions.encode("delivery", k="home"))
        return [theme.card(_pickup_limit_words(), change, back_to_cart())]
    words = _("超商取貨一件最多 {limit}（含運費），請分成幾張訂單。").format(limit=money(pickup.LIMIT))
    return [theme.card(words, back_to_cart())]


def remembered(details: Details, *, others: bool) -> list[Message]:
    """The details of last time, to be used again or changed; `others` may be chosen instead."""
    body = [theme.title(_("送到上次的地方嗎？")), *recipient(details)]
    footer = [
        theme.main_button(_("用這份資料"), actions.encode("same_details")),
        theme.button(_("選其他收件資料"), actions.encode("addresses")) if others else None,
        theme.button(_("修改"), actions.encode("edit_details")),
        back_to_cart(),
    ]
    alt = _("送到上次的地方嗎？{name}，{address}").format(
        name=masked_name(details.name), address=_place_words(details)
    )
    return [theme.flex(alt, theme.bubble(body, footer))]


def recipient(details: Details) -> list[Part]:
    """Who gets the parcel and where, as may be seen over a shoulder."""
    place = _("門市") if details.delivery == "cvs" else _("地址")
    return [
        theme.pair(_("收件人"), masked_name(details.name)),
        theme.pair(_("電話"), masked_phone(details.phone)),
        theme.pair(place, _place_words(details)),
    ]


def _place_words(details: Details) -> str:
    """A store is no secret; a home is shown in part."""
    return fit(details.address, 120) if details.delivery == "cvs" else masked_address(details.address)


def ask(url: str, way: str, fields: Mapping[str, str], complaints: Sequence[str] = ()) -> list[Message]:
    """Where to send the parcel; `fields` is what is known, `complaints` what is wrong with the rest."""
    body = [theme.text(words, size="md", color=theme.SALE) for words in complaints]
    if complaints:
        body.append(theme.text(_("補上這裡就好，其他的我記著。")))
    else:
        body.append(theme.text(_asking_words(way), size="md"))
        body.append(theme.note(form(way, {})))
    footer = [
        theme.link_button(_("在網頁填寫"), url),
        theme.form_button(_("在這裡填寫"), actions.encode("write_details"), form(way, fields)),
        theme.button(_("填好了，繼續"), actions.encode("details_done")),
        back_to_cart(),
    ]
    alt = theme.sentences(complaints) or _alt(way)
    return [theme.flex(alt, theme.bubble(body, footer))]


def _asking_words(way: str) -> str:
    if way == "cvs":
        return _("請留下取貨資料（直接回覆這五行也可以）。超商取貨要用證件上的姓名。")
    return _("請留下收件資料（直接回覆這三行也可以）：")


def _alt(way: str) -> str:
    if way == "cvs":
        return _("請留下取貨資料：姓名、電話、超商、店號、門市")
    return _("請留下收件資料：姓名、電話、地址")


def form(way: str, fields: Mapping[str, str]) -> str:
    """The lines to fill in, with what is known already."""
    names = ("name", "phone", "address", "brand", "code", "store")
    known = {field: clean(fields.get(field, "")) for field in names}
    lines = _("姓名：{name}\n電話：{phone}\n地址：{address}")
    if way == "cvs":
        lines = _("姓名：{name}\n電話：{phone}\n超商：{brand}\n店號：{code}\n門市：{store}")
    return lines.format(**known)


def write_here(way: str) -> list[Message]:
    """The customer means to type the details into the chat."""
    words = _("請把這五行填好，直接傳給我：") if way == "cvs" else _("請把這三行填好，直接傳給我：")
    return [theme.said(f"{words}\n{form(way, {})}")]


def kept() -> list[Message]:
    """Details were given before there was anything to send."""
    words = _("收件資料記好了，下次結帳直接帶入。")
    return [theme.card(words, theme.main_button(_("逛商品"), actions.encode("browse")))]


def listed(addresses: Sequence[Address]) -> list[Message]:
    """What is remembered, each to be used or forgotten."""
    if not addresses:
        words = _("還沒有記住的收件資料。下次結帳時填一次就好。")
        return [theme.card(words, *theme.home_buttons())]
    bubbles = [_kept(address) for address in addresses]
    new = theme.button(_("填新的收件資料"), actions.encode("edit_details"))
    elsewhere = theme.text(_("要送到別的地方？"), size="md")
    bubbles.append(theme.bubble([elsewhere], [new, back_to_cart()], size="kilo"))
    places = theme.series(_place_words(address.details) for address in addresses)
    return [theme.flex(_("記住的收件資料：{places}").format(places=places), *bubbles)]


def _kept(address: Address) -> Part:
    details = address.details
    body = [theme.text(way_name(details.delivery), bold=True, color=theme.ACCENT), *recipient(details)]
    footer = [
        theme.main_button(_("送到這裡"), actions.encode("address_use", id=address.id)),
        theme.button(_("刪除這一筆"), actions.encode("address_forget", id=address.id), style="link"),
    ]
    return theme.bubble(body, footer, size="kilo")


def forgotten() -> Message:
    """An address is remembered no more."""
    return theme.said(_("這筆收件資料刪掉了。"))


def back_to_cart() -> Part:
    """The way back out of a checkout."""
    return theme.row(
        theme.button(_("看購物車"), actions.encode("cart"), style="link"),
        theme.button(_("繼續逛"), actions.encode("browse"), style="link"),
    )
