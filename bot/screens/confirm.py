"""The confirmation: everything that is agreed to, on one card."""

from __future__ import annotations

from bot import actions
from bot.screens import theme
from bot.screens.cart import sums
from bot.screens.checkout import method_name, version
from bot.screens.destination import way_name
from bot.screens.extras import invoice_words
from bot.screens.lettering import fit
from bot.screens.privacy import masked_name, masked_phone
from bot.screens.theme import Message, Part
from bot.words import _, money
from store.carts import Cart
from store.delivery_details import Details
from store.pricing import Quote


def confirm(cart: Cart, quote: Quote, details: Details, method: str) -> list[Message]:
    """Everything on one card; its button names exactly what is being agreed to."""
    lines = [
        theme.item(f"{line.name} {line.option}", line.quantity, money(line.price * line.quantity))
        for line in cart.lines
    ]
    how = method_name(method, cart.delivery)
    body = [
        theme.title(_("訂單確認")),
        *lines,
        _kept(cart),
        theme.rule(),
        *sums(quote),
        theme.rule(),
        theme.pair(_("配送"), way_name(cart.delivery)),
        theme.pair(_("收件人"), masked_name(details.name)),
        theme.pair(_("電話"), masked_phone(details.phone)),
        theme.pair(_("門市") if cart.delivery == "cvs" else _("地址"), fit(details.address, 120)),
        theme.pair(_("付款"), how),
        theme.pair(_("發票"), invoice_words(cart.invoice)),
        theme.pair(_("備註"), fit(cart.note, 200)) if cart.note else None,
        theme.note(_("收到商品後 7 天內可以退貨（消費者保護法第 19 條）。")),
        theme.note(_("下單表示您同意本店的退換貨與隱私說明。")),
    ]
    alt = _("訂單確認：合計 {total}，{method}").format(total=money(quote.total), method=how)
    return [theme.flex(alt, theme.bubble(body, _footer(cart, quote, details, method)))]


def _kept(cart: Cart) -> Part | None:
    if not cart.kept:
        return None
    return theme.note(_("另外 {count} 樣這次先不買，會留在購物車。").format(count=len(cart.kept)))


def _footer(cart: Cart, quote: Quote, details: Details, method: str) -> list[Part]:
    data = actions.encode("place", c=cart.id, q=quote.version, d=terms_version(cart, details), m=method)
    return [
        theme.main_button(_("確認下單 {total}").format(total=money(quote.total)), data),
        theme.row(
            theme.button(_("換付款方式"), actions.encode("payment"), style="link"),
            theme.button(_("修改收件資料"), actions.encode("edit_details"), style="link"),
        ),
        theme.row(
            theme.button(_("發票"), actions.encode("invoice"), style="link"),
            theme.button(_("備註"), actions.encode("note"), style="link"),
            theme.button(_("優惠券"), actions.encode("coupon"), style="link"),
        ),
        theme.row(
            theme.button(_("購物車"), actions.encode("cart"), style="link"),
            theme.button(_("退換貨"), actions.encode("returns"), style="link"),
            theme.button(_("隱私"), actions.encode("privacy"), style="link"),
        ),
    ]


def terms_version(cart: Cart, details: Details) -> str:
    """Names all but the price: where it goes, the invoice, the note. An old card agrees to nothing else."""
    invoice = cart.invoice
    return version(
        details.delivery, details.name, details.phone, details.address,
        invoice.kind, invoice.value, invoice.title, cart.note,
    )  # fmt: skip
