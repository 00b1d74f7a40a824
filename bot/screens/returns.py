"""Giving an order back: asking for it, what happens next, and keeping it after all."""

from __future__ import annotations

from bot import actions
from bot.screens import payment, service, theme
from bot.screens.lettering import fit
from bot.screens.theme import Message, Part
from bot.words import _
from store.orders import Order
from store.returns import RETURN_DAYS, Standing

WORDS_LIMIT = 500
"""UTF-16 units of what the customer says about a return."""
_SHOWN = 120


def way(order: Order, standing: Standing) -> Part | None:
    """The button on an order's screen, where there is anything to ask for or to look at."""
    if standing is Standing.OPEN:
        return theme.button(_("申請退貨"), actions.encode("return", id=order.id), style="link")
    if standing is Standing.ASKED:
        return theme.button(_("看退貨申請"), actions.encode("return", id=order.id))
    return None


def ask(order: Order) -> list[Message]:
    """What shall go back, and why? Nobody has to say."""
    words = _("訂單 #{code} 想退哪些、為什麼？直接打字告訴店家就可以，不說原因也沒關係。").format(
        code=order.code
    )
    body = [
        theme.text(words, size="md"),
        theme.note(_("收到商品後 {days} 天內可以退貨，不用說明理由。").format(days=RETURN_DAYS)),
    ]
    footer = [
        theme.main_button(_("直接申請"), actions.encode("return_now", id=order.id)),
        theme.button(_("先不要"), actions.encode("order", id=order.id)),
        theme.button(_("退換貨說明"), actions.encode("returns"), style="link"),
    ]
    return [theme.flex(words, theme.bubble(body, footer))]


def asked(order: Order, words: str = "", *, again: bool = False) -> list[Message]:
    """The shop knows, and what happens next; `words` are what the customer has just said, or empty."""
    heading = _("退貨申請收到了") if not again else _("退貨申請處理中")
    about = theme.headed(heading, _("訂單 #{code}").format(code=order.code))
    steps = [_("店家會在這裡告訴您怎麼寄回，請先留著商品和包裝。"), _refund(order)]
    body = [
        theme.title(heading),
        theme.text(_("訂單 #{code}").format(code=order.code), bold=True),
        theme.text(_("您說：「{words}」").format(words=fit(words, _SHOWN))) if words else None,
        *map(theme.text, steps),
    ]
    footer = [
        theme.button(_("補充說明"), actions.encode("return_words", id=order.id)),
        service.contact(order.id),
        payment.look(order),
        theme.button(_("不退了"), actions.encode("return_drop", id=order.id), style="link"),
    ]
    return [theme.flex(f"{about} {''.join(steps)}", theme.bubble(body, footer))]


def _refund(order: Order) -> str:
    if order.payment_method == "cod":
        return _("店家收到退貨後 15 天內退款，怎麼退會先和您確認。")
    return _("店家收到退貨後 15 天內退款，原則上退回原來的付款方式。")


def ask_words(order: Order) -> list[Message]:
    """The next thing that is typed is about the return."""
    words = _("訂單 #{code} 的退貨，想補充什麼？直接打字就可以。").format(code=order.code)
    back = theme.button(_("看退貨申請"), actions.encode("return", id=order.id))
    return [theme.card(words, back, payment.look(order))]


def kept(order: Order) -> list[Message]:
    """The goods stay with the customer."""
    words = _("好的，訂單 #{code} 不退了，商品您留著就好。").format(code=order.code)
    return [theme.card(words, payment.look(order), *theme.home_buttons())]


def over(order: Order) -> list[Message]:
    """The days in which nobody needs a reason are over."""
    words = _("訂單 #{code} 已經過了 {days} 天的退貨期。商品有問題的話，還是可以和店家說。")
    sentence = words.format(code=order.code, days=RETURN_DAYS)
    return [theme.card(sentence, service.contact(order.id), payment.look(order), *theme.home_buttons())]
