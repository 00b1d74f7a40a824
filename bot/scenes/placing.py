"""The last tap of a checkout, and whatever it finds changed."""

from __future__ import annotations

from bot.actions import Action
from bot.scenes import Answer, Scene, Talk, checkout, progress
from bot.scenes import cart as cart_scene
from bot.scenes import orders as order_scenes
from bot.screens import cart as cart_screens
from bot.screens import confirm as confirm_screens
from bot.screens import coupons as coupon_screens
from bot.screens import orders as order_screens
from bot.screens import payment as payment_screens
from bot.screens import service, theme
from store import carts, coupons, orders
from store.carts import Cart
from store.orders import Order, PlaceOutcome


def place(talk: Talk, action: Action) -> Answer:
    """The tap that orders: cart `c` at quote `q`, with the terms `d`, paid by `m`, exactly as was shown."""
    cart = carts.open_cart(talk.tx, talk.customer)
    chosen = action.text("m")
    if action.number("c") != cart.id:
        return _placed_before(talk, action.number("c"))
    details = talk.destination(cart)
    if details is None or confirm_screens.terms_version(cart, details) != action.text("d"):
        return _shown_again(talk, cart)
    if cart.lines and not checkout.is_offered(talk, cart, chosen):
        return checkout.to_payment(talk, cart)
    outcome, order = orders.place(
        talk.tx,
        talk.customer,
        cart,
        details,
        method=chosen,
        version=action.text("q"),
        shipping=talk.shop.shipping_for(cart.delivery),
        ttl_seconds=talk.shop.order_ttl(chosen),
    )
    return _placed(talk, order) if order else _not_placed(talk, cart, outcome)


def _placed(talk: Talk, order: Order) -> Answer:
    """Paid at the door: done. Otherwise the bank is asked now, and its answer comes as a notice."""
    progress.end(talk)
    return payment_screens.placed_cod(order) if order.payment_method == "cod" else None


def _not_placed(talk: Talk, cart: Cart, outcome: PlaceOutcome) -> Answer:
    match outcome:
        case PlaceOutcome.EMPTY:
            return cart_screens.contents(cart, talk.quote(cart))
        case PlaceOutcome.SHORT:
            progress.keep(talk, progress.CONFIRM, cart)
            return cart_screens.short(cart)
        case PlaceOutcome.CHANGED:
            return _changed(talk, cart)
        case PlaceOutcome.COUPON_GONE:
            return _coupon_gone(talk, cart)
        case _:  # more than the method or the way of delivery takes: another one is needed
            return checkout.to_payment(talk, cart)


def _placed_before(talk: Talk, cart_id: int) -> Answer:
    """A card of a cart that is not open any more: what became of it?"""
    order = orders.of_cart(talk.tx, cart_id)
    if order is None or order.customer_id != talk.customer.id:
        return cart_scene.old_card(talk)
    return [order_screens.already_placed(order), *order_scenes.show(talk, order)]


def _changed(talk: Talk, cart: Cart) -> Answer:
    """What was agreed to is not what it would be now: show what is new, and ask again."""
    if not cart.repriced:
        return _shown_again(talk, cart)
    words = cart_screens.repriced(cart.repriced)
    carts.prices_seen(talk.tx, cart)
    return [theme.said(words), *(checkout.confirm(talk, carts.open_cart(talk.tx, talk.customer)) or [])]


def _coupon_gone(talk: Talk, cart: Cart) -> Answer:
    """Somebody was faster, or its time is over: say so, and ask again without it."""
    refusal = cart.coupon_refusal
    coupons.clear(talk.tx, cart)
    without = checkout.confirm(talk, carts.open_cart(talk.tx, talk.customer)) or []
    words = coupon_screens.refusal_words(refusal, "") if refusal else coupon_screens.gone_words()
    return [theme.said(words), *without]


def _shown_again(talk: Talk, cart: Cart) -> Answer:
    return [service.old_card(), *(checkout.confirm(talk, cart) or [])]


def take_what_is_left(talk: Talk, action: Action) -> Answer:
    """Cut the cart to what there is, and go on."""
    cart = carts.open_cart(talk.tx, talk.customer)
    if cart.id != action.number("c"):
        return cart_scene.old_card(talk)
    carts.take_what_is_left(talk.tx, cart)
    return checkout.resume(talk)


ACTIONS: dict[str, Scene] = {"place": place, "left": take_what_is_left}
