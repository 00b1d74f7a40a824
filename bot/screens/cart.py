"""The cart, and what can come between it and an order."""

from __future__ import annotations

from collections.abc import Sequence

from bot import actions
from bot.screens import theme
from bot.screens.lettering import fit, name
from bot.screens.theme import Message, Part
from bot.words import _, money
from store.carts import MOST_LINES, MOST_PER_LINE, Cart, CartLine, Change
from store.pricing import Quote

LINES_PER_CARD = 10


def added(line: CartLine, count: int, change: Change, quote: Quote) -> list[Message]:
    """Something was put into the cart."""
    what = name(line.name, line.option)
    words = [_("已加入購物車：{what} × {count}。").format(what=what, count=count)]
    if change.limited:
        words = [_limit_words(line, change)]
    elif change.quantity > count:
        words.append(_("購物車裡共 {count} 件。").format(count=change.quantity))
    words.append(_free_shipping_words(quote))
    return [
        theme.card(
            "".join(words),
            theme.main_button(_("去結帳"), actions.encode("checkout")),
            theme.button(_("看購物車"), actions.encode("cart")),
            theme.button(_("繼續逛"), actions.encode("browse"), style="link"),
        )
    ]


def _limit_words(line: CartLine, change: Change) -> str:
    what = name(line.name, line.option)
    if change.quantity >= MOST_PER_LINE:
        return _("{what}一次最多 {count} 件，購物車裡已經放滿了。").format(what=what, count=change.quantity)
    words = _("{what}只剩 {stock} 件，購物車裡現在是 {count} 件。")
    return words.format(what=what, stock=line.stock, count=change.quantity)


def _free_shipping_words(quote: Quote) -> str:
    if quote.missing_for_free_shipping:
        return _("再 {amount} 就免運囉。").format(amount=money(quote.missing_for_free_shipping))
    return _("已享免運。") if not quote.shipping_fee else ""


def sold_out(product: str, option: str, product_id: int) -> list[Message]:
    """Nothing of it is left to put into the cart."""
    words = _("{what}剛好賣完了。").format(what=name(product, option))
    again = theme.button(_("看其他規格"), actions.encode("product", id=product_id))
    return [theme.card(words, again, *theme.home_buttons())]


def full() -> list[Message]:
    """There is no room for another line."""
    words = _("購物車最多放 {count} 種商品，先結帳或移除幾樣再加吧。").format(count=MOST_LINES)
    return [
        theme.card(
            words,
            theme.main_button(_("去結帳"), actions.encode("checkout")),
            theme.button(_("看購物車"), actions.encode("cart")),
        )
    ]


def contents(cart: Cart, quote: Quote) -> list[Message]:
    """Everything in the cart, the sums at the end; up to three messages, for LINE limits a card's size."""
    if not cart.lines:
        return empty()
    groups = [cart.lines[at : at + LINES_PER_CARD] for at in range(0, len(cart.lines), LINES_PER_CARD)]
    pieces = sum(line.quantity for line in cart.lines)
    alt = _("購物車：{count} 件，合計 {total}").format(count=pieces, total=money(quote.total))
    cards = [theme.bubble(_lines(cart, group, at, len(groups))) for at, group in enumerate(groups, 1)]
    footer = [
        theme.main_button(_("結帳 {total}").format(total=money(quote.total)), actions.encode("checkout")),
        *theme.home_buttons(),
    ]
    cards[-1] = theme.bubble([*_lines(cart, groups[-1], len(groups), len(groups)), *sums(quote)], footer)
    return [theme.flex(alt, card) for card in cards]


def empty() -> list[Message]:
    """Nothing in the cart."""
    words = _("購物車還是空的，去逛逛吧。")
    return [
        theme.card(
            words,
            theme.main_button(_("逛商品"), actions.encode("browse")),
            theme.button(_("我的訂單"), actions.encode("orders"), style="link"),
        )
    ]


def _lines(cart: Cart, lines: Sequence[CartLine], number: int, count: int) -> list[Part]:
    heading = _("購物車") if count == 1 else _("購物車 {number}/{count}").format(number=number, count=count)
    body: list[Part] = [theme.title(heading)]
    for line in lines:
        body += [_line(cart, line), theme.rule()]
    return body


def _line(cart: Cart, line: CartLine) -> Part:
    cost = money(line.price * line.quantity)
    controls = theme.row(
        _chip(cart, line, "−", _("少一件"), line.quantity - 1),
        theme.text(str(line.quantity), align="center", gravity="center", wrap=False, flex=1),
        _chip(cart, line, "＋", _("多一件"), min(line.quantity + 1, MOST_PER_LINE)),
        _chip(cart, line, _("移除"), _("移除"), 0),
        theme.text(cost, align="end", gravity="center", flex=3),
    )
    warning = _warning(line)
    parts = [theme.text(fit(line.name, 60), bold=True, maxLines=2)]
    if line.option:
        parts.append(theme.note(fit(line.option, 40)))
    if warning:
        parts.append(theme.text(warning, size="xs", color=theme.SALE))
    return theme.column(*parts, controls)


def _chip(cart: Cart, line: CartLine, symbol: str, label: str, quantity: int) -> Part:
    return theme.chip(symbol, label, actions.encode("set", c=cart.id, sku=line.sku_id, n=quantity))


def _warning(line: CartLine) -> str:
    if line.available < line.quantity:
        if not line.available:
            return _("已售完")
        return _("剩 {count} 件").format(count=line.available)
    if line.price != line.seen_price:
        return price_change(line)
    return ""


def price_change(line: CartLine) -> str:
    """The price it had, and the one it has."""
    return f"{money(line.seen_price)} → {money(line.price)}"


def sums(quote: Quote) -> list[Part]:
    """Goods, shipping and total."""
    fee = money(quote.shipping_fee) if quote.shipping_fee else _("免運")
    parts = [theme.pair(_("商品小計"), money(quote.subtotal)), theme.pair(_("運費"), fee)]
    if quote.missing_for_free_shipping:
        parts.append(theme.note(_free_shipping_words(quote), align="end"))
    return [*parts, theme.pair(_("合計"), money(quote.total), bold=True, size="md")]


def short(cart: Cart) -> list[Message]:
    """Some lines cannot be had in full; what is left can be taken."""
    lines = cart.short
    accept = _("改成剩下的數量")
    if len(lines) == 1 and lines[0].available:
        accept = _("改成 {count} 件").format(count=lines[0].available)
    elif not any(line.available for line in lines):
        accept = _("從購物車移除")
    words = "\n".join(_short_words(line, ask=len(lines) == 1) for line in lines[:10])
    return [
        theme.card(
            words,
            theme.main_button(accept, actions.encode("left", c=cart.id)),
            theme.button(_("先不要"), actions.encode("cart")),
        )
    ]


def _short_words(line: CartLine, *, ask: bool) -> str:
    what = name(line.name, line.option)
    if not line.available:
        return _("{what}已經賣完了。").format(what=what)
    words = _("{what}只剩 {count} 件了，要改成 {count} 件嗎？") if ask else _("{what}只剩 {count} 件了。")
    return words.format(what=what, count=line.available)


def repriced(lines: Sequence[CartLine]) -> str:
    """What became dearer or cheaper since the customer looked."""
    changes = [f"{name(line.name, line.option)} {price_change(line)}" for line in lines[:10]]
    if len(changes) == 1:
        return _("您放進購物車後價格有變：{change}。以新的金額結帳嗎？").format(change=changes[0])
    return _("您放進購物車後價格有變：\n{changes}\n以新的金額結帳嗎？").format(changes="\n".join(changes))


def ask_about_prices(cart: Cart) -> list[Message]:
    """Prices changed before checkout began."""
    return [
        theme.card(
            repriced(cart.repriced),
            theme.main_button(_("以新的金額結帳"), actions.encode("resume")),
            theme.button(_("看購物車"), actions.encode("cart")),
        )
    ]
