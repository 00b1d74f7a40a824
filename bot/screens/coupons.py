"""Coupons: asking for a code, using it, and why it cannot be used."""

from __future__ import annotations

from bot import actions
from bot.screens import theme
from bot.screens.lettering import fit
from bot.screens.theme import Message, Part
from bot.words import _, moment, money
from store.carts import Cart
from store.coupons import Coupon, Reason, Refusal
from store.pricing import Quote


def ask(cart: Cart) -> list[Message]:
    """Which code?"""
    words = _("請直接輸入優惠碼，例如 WELCOME100。")
    if cart.coupon is None:
        return [theme.card(words, _resume(), _cart())]
    using = _("現在用的是優惠券 {code}。要換的話，請直接輸入別的優惠碼。")
    sentence = using.format(code=cart.coupon.coupon.code)
    return [theme.card(sentence, clear_button(), _resume(), _cart())]


def clear_button() -> Part:
    """The button that uses no coupon."""
    return theme.button(_("不用優惠券"), actions.encode("coupon_off"))


def used(coupon: Coupon, quote: Quote) -> Message:
    """The coupon is chosen, and what it saves."""
    code = coupon.code
    if quote.coupon_code is None:
        words = _("優惠券 {code} 記下了，但這次用了不會更便宜，先不動用它。")
        return theme.said(words.format(code=code))
    if quote.discount:
        words = _("已使用優惠券 {code}，折抵 {amount}。")
        return theme.said(words.format(code=code, amount=money(quote.discount)))
    return theme.said(_("已使用優惠券 {code}，這次免運。").format(code=code))


def cleared() -> Message:
    """No coupon is chosen any more."""
    return theme.said(_("好，這次不用優惠券。"))


def refused(refusal: Refusal, code: str) -> list[Message]:
    """The code that was typed cannot be used, and what to do about it."""
    below = refusal.reason is Reason.BELOW_MINIMUM
    browse = theme.main_button(_("繼續逛"), actions.encode("browse")) if below else None
    again = _("有別的優惠碼的話，直接輸入就可以。")
    words = refusal_words(refusal, code)
    body = [theme.text(words, size="md"), None if below else theme.note(again)]
    return [theme.flex(words, theme.bubble(body, [browse, _resume(), _cart()]))]


def refusal_words(refusal: Refusal, code: str) -> str:
    """Why a coupon cannot be used; `code` is what was typed, for one that does not exist."""
    coupon = refusal.coupon
    if coupon is None:
        return _("找不到優惠券「{code}」，請看看有沒有打錯。").format(code=fit(code, 20))
    facts = {
        "code": coupon.code,
        "starts": moment(coupon.starts_at) if coupon.starts_at else "",
        "ends": moment(coupon.ends_at) if coupon.ends_at else "",
        "count": coupon.uses_per_customer,
        "minimum": money(coupon.minimum),
        "missing": money(refusal.missing),
    }
    words = {
        Reason.INACTIVE: _("優惠券 {code} 已經停用了。"),
        Reason.NOT_YET: _("優惠券 {code} 還沒開始，{starts} 起可以用。"),
        Reason.OVER: _("優惠券 {code} 已經在 {ends} 到期了。"),
        Reason.USED_UP: _("優惠券 {code} 已經全部用完了。"),
        Reason.USED_BY_YOU: _("優惠券 {code} 每人限用 {count} 次，您已經用過了。"),
        Reason.BELOW_MINIMUM: _("優惠券 {code} 滿 {minimum} 才能用，還差 {missing}。"),
    }
    return words.get(refusal.reason, gone_words()).format(**facts)


def gone_words() -> str:
    """A coupon that was good a moment ago is not."""
    return _("優惠券剛好不能用了。")


def _resume() -> Part:
    return theme.button(_("去結帳"), actions.encode("resume"))


def _cart() -> Part:
    return theme.button(_("看購物車"), actions.encode("cart"), style="link")
