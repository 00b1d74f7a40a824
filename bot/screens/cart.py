"""The cart, and what can come between it and an order."""

from __future__ import annotations

from collections.abc import Sequence

from bot import actions
from bot.screens import theme, wishes
from bot.screens.coupons import refusal_words
from bot.screens.lettering import fit, name
from bot.screens.theme import Message, Part
from bot.words import _, money, plural
from store.carts import MOST_LINES, MOST_PER_LINE, Cart, CartLine, Change
from store.catalogue import Product, Sku
from store.pricing import Quote

LINES_PER_CARD = 10
WISHES_OFFERED = 3


def added(line: CartLine, count: int, change: Change, quote: Quote) -> list[Message]:
    """Something was put into the cart."""
    what = name(line.name, line.option)
    words = [_("已加入購物車：{what} × {count}。").format(what=what, count=count)]
    if change.limited:
        words = [_limit_words(line, change)]
    elif change.quantity > count:
        words.append(plural("購物車裡共 {count} 件。", change.quantity))
    words.append(_free_shipping_words(quote))
    return [
        theme.card(
            theme.sentences(words),
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


def sold_out(thing: Product, sku: Sku) -> list[Message]:
    """Nothing of it is left to put into the cart."""
    words = _("{what}剛好賣完了。").format(what=name(thing.name, sku.option))
    again = theme.button(_("看其他規格"), actions.encode("product", id=thing.id)) if thing.skus[1:] else None
    return [theme.card(words, wishes.wish_button(sku.id), again, *theme.home_buttons())]


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
    lines = cart.everything
    if not lines:
        return empty()
    groups = [lines[at : at + LINES_PER_CARD] for at in range(0, len(lines), LINES_PER_CARD)]
    pieces = sum(line.quantity for line in cart.lines)
    alt = plural("購物車：{count} 件，合計 {total}", pieces).format(total=money(quote.total))
    cards = [theme.bubble(_lines(cart, group, at, len(groups))) for at, group in enumerate(groups, 1)]
    last = [*_lines(cart, groups[-1], len(groups), len(groups)), *_coupon_notes(cart, quote)]
    cards[-1] = theme.bubble([*last, *_totals(cart, quote)], _ways_on(cart, quote))
    return [theme.flex(alt, card) for card in cards]


def _totals(cart: Cart, quote: Quote) -> list[Part]:
    if not cart.lines:
        return [theme.note(_("這次都先不買。要買的點 ○ 就會打勾。"))]
    kept = _("沒打勾的 {count} 樣這次先不買，會留著。").format(count=len(cart.kept))
    return [*sums(quote), *([theme.note(kept)] if cart.kept else [])]


def _ways_on(cart: Cart, quote: Quote) -> list[Part]:
    if not cart.lines:
        return [theme.main_button(_("全部都買"), actions.encode("pick_all")), *theme.home_buttons()]
    label = _("結帳 {total}").format(total=money(quote.total))
    coupon = _("換優惠券") if cart.coupon else _("用優惠券")
    return [
        theme.main_button(label, actions.encode("checkout")),
        theme.button(coupon, actions.encode("coupon")),
        *theme.home_buttons(),
    ]


def _coupon_notes(cart: Cart, quote: Quote) -> list[Part]:
    """Why a chosen coupon takes nothing off."""
    if cart.coupon is None or not cart.lines or quote.coupon_code:
        return []
    refusal = cart.coupon_refusal
    if refusal:
        return [theme.text(refusal_words(refusal, ""), size="xs", color=theme.SALE)]
    words = _("優惠券 {code} 這次用了不會更便宜，先不動用它。")
    return [theme.note(words.format(code=cart.coupon.coupon.code))]


def removed(cart: Cart, line: CartLine) -> Message:
    """Something was taken out, and can be put back."""
    words = _("已移除 {what} × {count}。").format(what=name(line.name, line.option), count=line.quantity)
    back = actions.encode("undo", c=cart.id, sku=line.sku_id, n=line.quantity)
    return theme.card(words, theme.button(_("復原"), back))


def not_put_back() -> Message:
    """What was taken out cannot be had any more."""
    return theme.said(_("剛好賣完了，沒辦法放回來。"))


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
    if number == 1 and any(_warning(line) for line in cart.everything):
        words = _("有商品和您上次看的時候不一樣，已經標出來了。")
        body.append(theme.text(words, size="xs", color=theme.SALE))
    for line in lines:
        body += [_line(cart, line), theme.rule()]
    return body


def _line(cart: Cart, line: CartLine) -> Part:
    color = theme.INK if line.selected else theme.MUTED
    parts = [theme.text(fit(line.name, 60), bold=True, maxLines=2, color=color)]
    if line.option:
        parts.append(theme.note(fit(line.option, 40)))
    if warning := _warning(line):
        parts.append(theme.text(warning, size="xs", color=theme.SALE))
    if line.active and not line.available:
        parts.append(wishes.wish_button(line.sku_id, style="link"))
    return theme.column(*parts, _controls(cart, line))


def _controls(cart: Cart, line: CartLine) -> Part:
    pick = actions.encode("pick", c=cart.id, sku=line.sku_id, s=0 if line.selected else 1)
    remove = _chip(cart, line, "✕", _("移除"), 0)
    if not line.selected:
        later = theme.note(_("這次先不買"), gravity="center", flex=5)
        return theme.row(theme.chip("○", _("這次要買"), pick), later, remove)
    return theme.row(
        theme.chip("✓", _("這次先不買"), pick),
        _chip(cart, line, "−", _("少一件"), line.quantity - 1),
        theme.text(str(line.quantity), align="center", gravity="center", wrap=False, flex=1),
        _chip(cart, line, "＋", _("多一件"), min(line.quantity + 1, MOST_PER_LINE)),
        remove,
        theme.text(money(line.price * line.quantity), align="end", gravity="center", flex=3),
    )


def _chip(cart: Cart, line: CartLine, symbol: str, label: str, quantity: int) -> Part:
    return theme.chip(symbol, label, actions.encode("set", c=cart.id, sku=line.sku_id, n=quantity))


def _warning(line: CartLine) -> str:
    if not line.active:
        return _("已下架")
    if line.available < line.quantity:
        return _("剩 {count} 件").format(count=line.available) if line.available else _("已售完")
    return price_change(line) if line.price != line.seen_price else ""


def price_change(line: CartLine) -> str:
    """The price it had, and the one it has."""
    return f"{money(line.seen_price)} → {money(line.price)}"


def sums(quote: Quote) -> list[Part]:
    """Goods, discount, shipping and total."""
    fee = money(quote.shipping_fee) if quote.shipping_fee else _("免運")
    parts = [theme.pair(_("商品小計"), money(quote.subtotal))]
    if quote.discount:
        label = _("優惠券 {code}").format(code=quote.coupon_code)
        parts.append(theme.pair(label, f"−{money(quote.discount)}"))
    elif quote.coupon_code:
        fee = _("免運（優惠券 {code}）").format(code=quote.coupon_code)
    parts.append(theme.pair(_("運費"), fee))
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
            *_wishes(lines),
            theme.button(_("先不要"), actions.encode("cart")),
        )
    ]


def _wishes(lines: Sequence[CartLine]) -> list[Part]:
    """To be told when the first few of what is sold out are back."""
    gone = [line for line in lines if line.active and not line.available]
    names = [name(line.name, line.option) for line in gone] if len(lines) > 1 else [""]
    return [
        wishes.wish_button(line.sku_id, style="secondary", what=what)
        for line, what in zip(gone[:WISHES_OFFERED], names, strict=False)
    ]


def _short_words(line: CartLine, *, ask: bool) -> str:
    what = name(line.name, line.option)
    if not line.active:
        return _("{what}已經下架了。").format(what=what)
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
