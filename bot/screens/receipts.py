"""The receipt of a paid order, and the sums of any."""

from __future__ import annotations

from collections.abc import Sequence

from bot import actions
from bot.screens import theme
from bot.screens.checkout import method_name
from bot.screens.extras import invoice_words
from bot.screens.lettering import fit
from bot.screens.theme import Message, Part
from bot.words import _, moment, money
from store.orders import Order, OrderLine
from store.shop import Shop

LINES_SHOWN = 30


def has_receipt(order: Order) -> bool:
    """Whether money has come for it and was not promised back."""
    return order.paid_at is not None and order.status in ("paid", "preparing", "shipped", "completed")


def sums(order: Order) -> list[Part]:
    """Goods, discount, shipping and total of an order."""
    fee = money(order.shipping_fee) if order.shipping_fee else _("免運")
    discount = theme.pair(_("優惠券折抵"), f"−{money(order.discount)}")
    return [
        theme.pair(_("商品小計"), money(order.subtotal)),
        *([discount] if order.discount else []),
        theme.pair(_("運費"), fee),
        theme.pair(_("合計"), money(order.total), bold=True, size="md"),
    ]


def receipt(shop: Shop, order: Order, lines: Sequence[OrderLine]) -> list[Message]:
    """What was paid for, and how."""
    paid_at = order.paid_at or order.placed_at
    body = [
        theme.text(_("收據"), bold=True, color=theme.ACCENT),
        theme.title(fit(shop.name, 40)),
        theme.note(f"#{order.code}"),
        theme.rule(),
        *[_line(line) for line in lines[:LINES_SHOWN]],
        theme.rule(),
        *sums(order),
        theme.rule(),
        theme.pair(_("付款"), method_name(order.payment_method, order.delivery_method)),
        theme.pair(_("付款時間"), moment(paid_at)),
        theme.pair(_("發票"), invoice_words(order.invoice)),
        theme.note(_("這是付款紀錄，不是統一發票。")),
    ]
    footer = [
        theme.copy_button(_("複製訂單編號"), order.code),
        theme.button(_("看訂單"), actions.encode("order", id=order.id)),
        *theme.home_buttons(),
    ]
    alt = _("收據 #{code}：{total}").format(code=order.code, total=money(order.total))
    return [theme.flex(alt, theme.bubble(body, footer))]


def _line(line: OrderLine) -> Part:
    what = f"{line.product_name} {line.option}"
    return theme.item(what, line.quantity, money(line.unit_price * line.quantity))
