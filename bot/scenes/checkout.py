"""Checkout: delivery, details, payment, confirmation. It can be left and taken up at any step."""

from __future__ import annotations

from bot.actions import Action
from bot.scenes import Answer, Scene, Talk, destination, progress
from bot.screens import cart as cart_screens
from bot.screens import checkout as screens
from bot.screens import confirm as confirm_screens
from bot.screens import destination as destination_screens
from store import carts, pickup
from store.carts import Cart


def start(talk: Talk, action: Action | None = None) -> Answer:
    """Begin: is everything that was selected to be had, at the price that was seen?"""
    cart = carts.open_cart(talk.tx, talk.customer)
    return obstacle(talk, cart) or destination.ways(talk, cart)


def resume(talk: Talk, action: Action | None = None) -> Answer:
    """Go on where this cart's checkout was left."""
    cart = carts.open_cart(talk.tx, talk.customer)
    reached = progress.read(talk)
    if reached is None or reached.cart_id != cart.id:
        return start(talk)
    if stop := obstacle(talk, cart):
        return stop
    if reached.step == progress.CONFIRM:
        return confirm(talk, cart)
    return to_payment(talk, cart) if progress.is_settled(talk, cart) else destination.ask(talk, cart)


def obstacle(talk: Talk, cart: Cart) -> Answer:
    """What has to be settled before the next step; None when the way is free."""
    if not cart.lines:
        return cart_screens.contents(cart, talk.quote(cart))
    if cart.short:
        return cart_screens.short(cart)
    if cart.repriced:
        carts.prices_seen(talk.tx, cart)
        return cart_screens.ask_about_prices(cart)
    return None


def details_done(talk: Talk, action: Action) -> Answer:
    """The customer says the details are there: on the web page, or the ones we knew."""
    cart = carts.open_cart(talk.tx, talk.customer)
    return to_payment(talk, cart) if progress.is_settled(talk, cart) else destination.ask(talk, cart)


def take_details(talk: Talk, typed: str) -> Answer:
    """Delivery details out of a typed text, and on from there; None leaves the text to others."""
    taken = destination.take(talk, typed)
    if not isinstance(taken, tuple):
        return taken
    talk, cart = taken
    return to_payment(talk, cart) if cart.everything else destination_screens.kept()


def use_address(talk: Talk, action: Action) -> Answer:
    """Send this parcel to a remembered address, and on from there."""
    taken = destination.use(talk, action)
    if not isinstance(taken, tuple):
        return taken
    talk, cart = taken
    return to_payment(talk, cart) if cart.everything else destination_screens.kept()


def payment(talk: Talk, action: Action | None = None) -> Answer:
    """How to pay?"""
    cart = carts.open_cart(talk.tx, talk.customer)
    return to_payment(talk, cart) if talk.destination(cart) else destination.ask(talk, cart)


def to_payment(talk: Talk, cart: Cart) -> Answer:
    """How to pay? Unless something is in the way."""
    progress.keep(talk, progress.PAYMENT, cart)
    if stop := obstacle(talk, cart):
        return stop
    if cart.delivery not in talk.shop.delivery_methods:
        return destination.ways(talk, cart)
    total = talk.quote(cart).total
    if cart.delivery == "cvs" and total > pickup.LIMIT:
        return destination_screens.too_dear_for_pickup(home="home" in talk.shop.delivery_methods)
    return screens.payment(screens.choices(talk.shop, total, cart.delivery), total)


def method(talk: Talk, action: Action) -> Answer:
    """The way to pay is chosen: `m`."""
    cart = carts.open_cart(talk.tx, talk.customer)
    if not cart.lines:
        return cart_screens.contents(cart, talk.quote(cart))
    if not is_offered(talk, cart, action.text("m")):
        return to_payment(talk, cart)
    carts.choose_payment(talk.tx, cart, action.text("m"))
    return confirm(talk, carts.open_cart(talk.tx, talk.customer))


def is_offered(talk: Talk, cart: Cart, chosen: str) -> bool:
    """Whether this cart can be paid so."""
    total = talk.quote(cart).total
    if cart.delivery not in talk.shop.delivery_methods or (cart.delivery == "cvs" and total > pickup.LIMIT):
        return False
    return any(
        choice.method == chosen and not choice.reason
        for choice in screens.choices(talk.shop, total, cart.delivery)
    )


def confirm(talk: Talk, cart: Cart) -> Answer:
    """Everything on one card, once everything is known."""
    details = talk.destination(cart)
    if details is None:
        return destination.ask(talk, cart)
    if cart.payment_method is None or not is_offered(talk, cart, cart.payment_method):
        return to_payment(talk, cart)
    progress.keep(talk, progress.CONFIRM, cart)
    if stop := obstacle(talk, cart):
        return stop
    return confirm_screens.confirm(cart, talk.quote(cart), details, cart.payment_method)


ACTIONS: dict[str, Scene] = {
    "checkout": start,
    "resume": resume,
    "same_details": payment,
    "details_done": details_done,
    "address_use": use_address,
    "payment": payment,
    "method": method,
}
