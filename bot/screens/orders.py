"""The customer's orders: the list, one of them, giving one up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot import actions
from bot.screens import parcels, payment, receipts, returns, reviews, service, theme
from bot.screens.checkout import method_name
from bot.screens.destination import way_name
from bot.screens.extras import invoice_words
from bot.screens.lettering import fit
from bot.screens.privacy import masked_address, masked_name, masked_phone
from bot.screens.theme import Message, Part
from bot.words import _, day, moment, money, plural
from store.fulfilment import Shipment
from store.orders import Order, OrderLine
from store.returns import Standing

LINES_SHOWN = 30
TABS: Mapping[str, tuple[str, ...]] = {
    "pending": ("pending",),
    "packing": ("paid", "preparing"),
    "shipped": ("shipped",),
    "done": ("completed",),
}
"""The states behind each tab of the list."""


@dataclass(frozen=True)
class Contents:
    """What an order is about, in short: its first line's name, and how many pieces there are in all."""

    name: str
    pieces: int


def status_word(order: Order) -> str:
    """The state of an order, as people here call it."""
    words = {
        "pending": _("待付款"),
        "paid": _("已付款"),
        "preparing": _("備貨中"),
        "shipped": _("已出貨"),
        "completed": _("已完成"),
        "cancelled": _("已取消"),
        "expired": _("逾期取消"),
        "refunding": _("退款中"),
        "refunded": _("已退款"),
    }
    return words[order.status]


def _tab_name(tab: str) -> str:
    return {
        "": _("全部"),
        "pending": _("待付款"),
        "packing": _("備貨中"),
        "shipped": _("已出貨"),
        "done": _("已完成"),
    }[tab]


def _to_tab(tab: str) -> str:
    return actions.encode("orders", s=tab) if tab else actions.encode("orders")


def listed(
    orders: Sequence[Order], contents: Mapping[int, Contents], more: bool, tab: str = ""
) -> list[Message]:
    """Orders, newest first; of one `tab` (a key of `TABS`) or of all."""
    if not orders and tab:
        words = _("沒有「{state}」的訂單。").format(state=_tab_name(tab))
        every = theme.main_button(_("看全部訂單"), _to_tab(""))
        return [_with_tabs(theme.card(words, every, _to_cart()), tab)]
    if not orders:
        browse = theme.main_button(_("逛商品"), actions.encode("browse"))
        return [theme.card(_("還沒有訂單。看到喜歡的就帶走吧。"), browse, _to_cart())]
    bubbles = [_listed(order, contents[order.id]) for order in orders]
    bubbles.append(_list_end(orders[-1].id if more else None, tab))
    states = theme.series(f"#{order.code} {status_word(order)}" for order in orders)
    return [_with_tabs(theme.flex(_("我的訂單：{states}").format(states=states), *bubbles), tab)]


def _with_tabs(message: Message, tab: str) -> Message:
    """The tabs as suggestions too, before the ways back."""
    others = [theme.quick_reply(_tab_name(other), _to_tab(other)) for other in ("", *TABS) if other != tab]
    with_ways = theme.with_ways_back([message])[0]
    return with_ways | {"quickReply": {"items": [*others, *with_ways["quickReply"]["items"]]}}


def _list_end(oldest: int | None, tab: str) -> Part:
    """The last card of the list: older orders, if there are any, the tabs, and the ways back."""
    older = actions.encode("orders", before=oldest or 0, **({"s": tab} if tab else {}))
    more = theme.main_button(_("看更多"), older) if oldest else None
    words = _("還有更早的訂單") if oldest else _("訂單都在這裡了")
    tabs = [
        theme.button(_tab_name(other), _to_tab(other), style="link") for other in ("", *TABS) if other != tab
    ]
    rows = [theme.row(*tabs[:2]), theme.row(*tabs[2:])]
    return theme.bubble([theme.text(words, size="md")], [more, *rows, *theme.home_buttons()], size="kilo")


def _listed(order: Order, contents: Contents) -> Part:
    what = plural("{name}，共 {count} 件", contents.pieces).format(name=fit(contents.name, 50))
    body = [
        _status(order),
        theme.text(f"#{order.code}", size="md", bold=True),
        theme.text(what, maxLines=2),
        theme.pair(day(order.placed_at), money(order.total), bold=True),
    ]
    pay = theme.main_button(_("付款資訊"), actions.encode("pay", id=order.id))
    return theme.bubble(body, [pay if order.status == "pending" else None, payment.look(order)], size="kilo")


def _status(order: Order) -> Part:
    waiting = order.status in ("pending", "refunding")
    return theme.text(status_word(order), bold=True, color=theme.SALE if waiting else theme.ACCENT)


def detail(
    order: Order,
    lines: Sequence[OrderLine],
    shipment: Shipment | None = None,
    returning: Standing = Standing.NOTHING,
) -> list[Message]:
    """One order, with what can be done about it."""
    body = [
        _status(order),
        theme.title(f"#{order.code}"),
        _deadline(order),
        *[_line(line) for line in lines[:LINES_SHOWN]],
        theme.rule(),
        *receipts.sums(order),
        theme.rule(),
        theme.pair(_("下單時間"), moment(order.placed_at)),
        theme.pair(_("付款"), method_name(order.payment_method, order.delivery_method)),
        *_parcel(order, shipment),
        theme.pair(_("發票"), invoice_words(order.invoice)),
        theme.pair(_("備註"), fit(order.note, 200)) if order.note else None,
    ]
    alt = _("訂單 #{code}：{status}，{total}").format(
        code=order.code, status=status_word(order), total=money(order.total)
    )
    return [theme.flex(alt, theme.bubble(body, _possible(order, shipment, returning)))]


def _parcel(order: Order, shipment: Shipment | None) -> list[Part]:
    """How the parcel travels, to whom, and how far it has come."""
    place = theme.pair(_("地址"), masked_address(order.address))
    if order.delivery_method == "cvs":
        place = theme.pair(_("門市"), fit(order.address, 120))
    rows = [
        theme.pair(_("配送"), way_name(order.delivery_method)),
        theme.pair(_("收件人"), masked_name(order.recipient_name)),
        theme.pair(_("電話"), masked_phone(order.phone)),
        place,
    ]
    if shipment:
        rows += parcels.rows(shipment.carrier, shipment.tracking)
    return rows


def _line(line: OrderLine) -> Part:
    what = f"{line.product_name} {line.option}"
    return theme.item(what, line.quantity, money(line.unit_price * line.quantity))


def _deadline(order: Order) -> Part | None:
    if order.status != "pending" or order.expires_at is None:
        return None
    return theme.note(_("請在 {deadline} 前付款").format(deadline=moment(order.expires_at)))


def _possible(order: Order, shipment: Shipment | None, returning: Standing) -> list[Part]:
    """What can be done next, in the order of how likely it is; links at the end."""
    buttons: list[Part] = []
    if order.status == "pending":
        buttons.append(theme.main_button(_("付款資訊"), actions.encode("pay", id=order.id)))
        buttons.append(payment.other_way(order))
    if order.status == "shipped":
        buttons.append(reviews.receive_button(order))
    elif order.status == "completed":
        buttons.append(reviews.main_way(order))
    if shipment:
        buttons += parcels.buttons(shipment.carrier, shipment.tracking)
    if order.status != "pending":
        buttons.append(_papers(order))
    buttons += [service.contact(order.id), *_ways_out(order, returning)]
    listed_ = theme.button(_("我的訂單"), actions.encode("orders"), style="link")
    home = theme.button(_("首頁"), actions.encode("home"), style="link")
    return [*buttons, theme.row(listed_, home)]


def _papers(order: Order) -> Part:
    """The receipt, where there is one, and the same once more."""
    again = theme.button(_("再買一次"), actions.encode("reorder", id=order.id))
    if not receipts.has_receipt(order):
        return again
    return theme.row(theme.button(_("收據"), actions.encode("receipt", id=order.id)), again)


def _ways_out(order: Order, returning: Standing) -> list[Part]:
    """Giving it up, or back."""
    if order.cancellable:
        return [theme.button(_("取消訂單"), actions.encode("cancel", id=order.id), style="link")]
    back = returns.way(order, returning)
    return [back] if back else []


def shipped(order: Order, carrier: str, tracking: str) -> list[Message]:
    """The parcel is on its way; `tracking` is empty where the shop brings it itself."""
    sentence = _("訂單 #{code} 出貨了。").format(code=order.code)
    came = reviews.receive_button(order) if order.status == "shipped" else None
    follow = parcels.buttons(carrier, tracking)
    words = theme.sentences([sentence, parcels.words(carrier, tracking)])
    return [theme.card(words, came, *follow, payment.look(order), *theme.home_buttons())]


def ask_cancel(order: Order) -> list[Message]:
    """Is the customer sure?"""
    words = _("要取消訂單 #{code}（{total}）嗎？取消後商品會放回架上。")
    return [
        theme.card(
            words.format(code=order.code, total=money(order.total)),
            theme.button(_("確定取消"), actions.encode("cancel_now", id=order.id)),
            theme.main_button(_("先不要"), actions.encode("order", id=order.id)),
        )
    ]


def too_late(order: Order) -> list[Message]:
    """The order is past the point where a tap can stop it."""
    words = _("訂單 #{code} 現在是「{status}」，不能直接取消，請聯絡店家。")
    sentence = words.format(code=order.code, status=status_word(order))
    return [theme.card(sentence, service.contact(order.id), payment.look(order), *theme.home_buttons())]


def not_yours() -> list[Message]:
    """There is no such order, or not for this customer: the same words for both."""
    words = _("找不到這張訂單。")
    return [theme.card(words, theme.main_button(_("我的訂單"), actions.encode("orders")), _to_cart())]


def already_placed(order: Order) -> Message:
    """A second tap on a confirmation."""
    return theme.said(_("這張訂單先前就成立了，不會重複下單。#{code} 現在是：").format(code=order.code))


def reordered(missing: int) -> Message:
    """What of an old order lies in the cart again."""
    if missing:
        return theme.said(_("放回購物車了，其中 {count} 樣已經賣完或數量不夠。").format(count=missing))
    return theme.said(_("都放回購物車了。"))


def _to_cart() -> Part:
    return theme.button(_("購物車"), actions.encode("cart"), style="link")
