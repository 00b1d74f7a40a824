"""Checkout: delivery, details, payment, confirmation, order. It can be left and taken up at any step."""

from __future__ import annotations

from bot.actions import Action
from bot.faults import sentence
from bot.scenes import Answer, Scene, Talk, progress
from bot.scenes import cart as cart_scene
from bot.scenes import details as forms
from bot.scenes import orders as order_scenes
from bot.screens import cart as cart_screens
from bot.screens import checkout as screens
from bot.screens import orders as order_screens
from bot.screens import payment as payment_screens
from bot.screens import service, theme
from store import carts, orders
from store.carts import Cart
from store.delivery_details import Details
from store.orders import Order, PlaceOutcome


def start(talk: Talk, action: Action | None = None) -> Answer:
    """Begin: is everything in the cart to be had, at the price that was seen?"""
    cart = carts.open_cart(talk.tx, talk.customer)
    if obstacle := _obstacle(talk, cart):
        return obstacle
    return screens.delivery(cart.quote(talk.shop.shipping))


def resume(talk: Talk, action: Action | None = None) -> Answer:
    """Go on where this cart's checkout was left."""
    cart = carts.open_cart(talk.tx, talk.customer)
    reached = progress.read(talk)
    if reached is None or reached.cart_id != cart.id:
        return start(talk)
    if obstacle := _obstacle(talk, cart):
        return obstacle
    if reached.step == progress.CONFIRM:
        return _confirm(talk, cart)
    return _payment(talk, cart) if progress.is_settled(talk) else _ask_details(talk, cart)


def _obstacle(talk: Talk, cart: Cart) -> Answer:
    """What has to be settled before the next step; None when the way is free."""
    if not cart.lines:
        return cart_screens.empty()
    if cart.short:
        return cart_screens.short(cart)
    if cart.repriced:
        carts.prices_seen(talk.tx, cart)
        return cart_screens.ask_about_prices(cart)
    return None


def delivery(talk: Talk, action: Action) -> Answer:
    """The way of delivery is chosen; where to?"""
    cart = carts.open_cart(talk.tx, talk.customer)
    if not cart.lines:
        return cart_screens.empty()
    if talk.details:
        progress.keep(talk, progress.DETAILS, cart.id)
        return screens.remembered(talk.details)
    return _ask_details(talk, cart)


def edit_details(talk: Talk, action: Action) -> Answer:
    """Other details than last time."""
    return _ask_details(talk, carts.open_cart(talk.tx, talk.customer))


def write_details(talk: Talk, action: Action) -> Answer:
    """The customer's keyboard has opened with the form; where it cannot, these words say what to send."""
    cart = carts.open_cart(talk.tx, talk.customer)
    progress.keep(talk, progress.DETAILS, cart.id, _kept_fields(talk, cart))
    return screens.write_here()


def details_done(talk: Talk, action: Action) -> Answer:
    """The customer says the details are there: on the web page, or the ones we knew."""
    cart = carts.open_cart(talk.tx, talk.customer)
    return _payment(talk, cart) if progress.is_settled(talk) else _ask_details(talk, cart)


def _ask_details(talk: Talk, cart: Cart) -> Answer:
    progress.keep(talk, progress.DETAILS, cart.id, _kept_fields(talk, cart))
    return screens.ask_details(_details_url(talk), _known_fields(talk, cart))


def _kept_fields(talk: Talk, cart: Cart) -> dict[str, str]:
    reached = progress.read(talk)
    return dict(reached.fields) if reached and reached.cart_id == cart.id else {}


def _known_fields(talk: Talk, cart: Cart) -> dict[str, str]:
    """What this checkout was given so far, else the details of last time."""
    last = talk.details
    remembered = {"name": last.name, "phone": last.phone, "address": last.address} if last else {}
    return _kept_fields(talk, cart) or remembered


def _details_url(talk: Talk) -> str:
    return talk.shop.details_url(talk.customer.id)


def take_details(talk: Talk, typed: str) -> Answer:
    """Delivery details out of a typed text, if it holds any; None leaves the text to others.

    All three lines are understood at any time; single ones only while details are asked for.
    """
    reached = progress.read(talk)
    asked = reached is not None and reached.step == progress.DETAILS
    given = forms.labelled(typed)
    if asked and not given:
        given = forms.unlabelled(typed)
    if not given or (not asked and len(given) < len(progress.FIELDS)):
        return None
    cart = carts.open_cart(talk.tx, talk.customer)
    known = forms.merged(_known_fields(talk, cart), given)
    checked = forms.judge(known)
    if isinstance(checked, Details):
        talk = talk.remember(checked)
        return _payment(talk, cart) if cart.lines else screens.details_kept()
    right = {field: words for field, words in known.items() if field not in checked}
    complaints = [sentence(field, fault, known.get(field, "")) for field, fault in checked.items()]
    progress.keep(talk, progress.DETAILS, cart.id, right)
    return screens.ask_details(_details_url(talk), right, complaints)


def payment(talk: Talk, action: Action | None = None) -> Answer:
    """How to pay?"""
    cart = carts.open_cart(talk.tx, talk.customer)
    return _payment(talk, cart) if talk.details else _ask_details(talk, cart)


def _payment(talk: Talk, cart: Cart) -> Answer:
    if obstacle := _obstacle(talk, cart):
        progress.keep(talk, progress.PAYMENT, cart.id)
        return obstacle
    progress.keep(talk, progress.PAYMENT, cart.id)
    total = cart.quote(talk.shop.shipping).total
    return screens.payment(screens.choices(talk.shop, total), total)


def method(talk: Talk, action: Action) -> Answer:
    """The way to pay is chosen: `m`."""
    cart = carts.open_cart(talk.tx, talk.customer)
    if not cart.lines:
        return cart_screens.empty()
    if not _is_offered(talk, cart, action.text("m")):
        return _payment(talk, cart)
    carts.choose_payment(talk.tx, cart, action.text("m"))
    return _confirm(talk, carts.open_cart(talk.tx, talk.customer))


def _is_offered(talk: Talk, cart: Cart, chosen: str) -> bool:
    total = cart.quote(talk.shop.shipping).total
    return any(choice.method == chosen and not choice.reason for choice in screens.choices(talk.shop, total))


def _confirm(talk: Talk, cart: Cart) -> Answer:
    """Everything on one card, once everything is known."""
    if not talk.details:
        return _ask_details(talk, cart)
    if cart.payment_method is None or not _is_offered(talk, cart, cart.payment_method):
        return _payment(talk, cart)
    progress.keep(talk, progress.CONFIRM, cart.id)
    if obstacle := _obstacle(talk, cart):
        return obstacle
    return screens.confirm(cart, cart.quote(talk.shop.shipping), talk.details, cart.payment_method)


def place(talk: Talk, action: Action) -> Answer:
    """The tap that orders: cart `c` at quote `q`, to details `d`, paid by `m`, exactly as it was shown."""
    cart = carts.open_cart(talk.tx, talk.customer)
    details, chosen = talk.details, action.text("m")
    if action.number("c") != cart.id:
        return _placed_before(talk, action.number("c"))
    if details is None or screens.details_version(details) != action.text("d"):
        return _shown_again(talk, cart)
    if cart.lines and not _is_offered(talk, cart, chosen):
        return _payment(talk, cart)
    outcome, order = orders.place(
        talk.tx,
        talk.customer,
        cart,
        details,
        method=chosen,
        version=action.text("q"),
        shipping=talk.shop.shipping,
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
            return cart_screens.empty()
        case PlaceOutcome.SHORT:
            progress.keep(talk, progress.CONFIRM, cart.id)
            return cart_screens.short(cart)
        case PlaceOutcome.CHANGED:
            return _changed(talk, cart)
        case _:  # more than the method takes: another one is needed
            return _payment(talk, cart)


def _placed_before(talk: Talk, cart_id: int) -> Answer:
    """A card of a cart that is not open any more: what became of it?"""
    order = orders.of_cart(talk.tx, cart_id)
    if order is None or order.customer_id != talk.customer.id:
        return cart_scene.old_card(talk)
    return _as_it_is(talk, order)


def _as_it_is(talk: Talk, order: Order) -> Answer:
    return [order_screens.already_placed(order), *order_scenes.show(talk, order)]


def _changed(talk: Talk, cart: Cart) -> Answer:
    """What was agreed to is not what it would be now: show what is new, and ask again."""
    if not cart.repriced:
        return _shown_again(talk, cart)
    words = cart_screens.repriced(cart.repriced)
    carts.prices_seen(talk.tx, cart)
    return [theme.said(words), *(_confirm(talk, carts.open_cart(talk.tx, talk.customer)) or [])]


def _shown_again(talk: Talk, cart: Cart) -> Answer:
    return [service.old_card(), *(_confirm(talk, cart) or [])]


def take_what_is_left(talk: Talk, action: Action) -> Answer:
    """Cut the cart to what there is, and go on."""
    cart = carts.open_cart(talk.tx, talk.customer)
    if cart.id != action.number("c"):
        return cart_scene.old_card(talk)
    carts.take_what_is_left(talk.tx, cart)
    return resume(talk)


ACTIONS: dict[str, Scene] = {
    "checkout": start,
    "resume": resume,
    "delivery": delivery,
    "same_details": payment,
    "edit_details": edit_details,
    "write_details": write_details,
    "details_done": details_done,
    "payment": payment,
    "method": method,
    "place": place,
    "left": take_what_is_left,
}
