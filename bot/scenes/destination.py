"""Where the parcel goes: the way of delivery, the form, the addresses that are remembered."""

from __future__ import annotations

from bot.actions import Action
from bot.faults import sentence
from bot.scenes import Answer, Scene, Talk, progress
from bot.scenes import details as forms
from bot.screens import cart as cart_screens
from bot.screens import destination as screens
from bot.screens.service import old_card
from store import addresses, carts
from store.addresses import Address
from store.carts import Cart
from store.delivery_details import Details


def choose(talk: Talk, action: Action) -> Answer:
    """The way of delivery is chosen (`k`: home or cvs); where to?"""
    cart = carts.open_cart(talk.tx, talk.customer)
    if not cart.lines:
        return cart_screens.contents(cart, talk.quote(cart))
    way = action.text("k")
    if way not in talk.shop.delivery_methods:
        return ways(talk, cart)
    cart = _by(talk, cart, way)
    details = talk.destination(cart)
    if details is None:
        return ask(talk, cart)
    progress.keep(talk, progress.DETAILS, cart)
    return screens.remembered(details, others=len(_of_way(talk, way)) > 1)


def ways(talk: Talk, cart: Cart) -> Answer:
    """How shall the parcel travel?"""
    quotes = {way: cart.quote(talk.shop.shipping_for(way)) for way in talk.shop.delivery_methods}
    return screens.ways(cart.subtotal, [screens.offer(way, quote) for way, quote in quotes.items()])


def edit(talk: Talk, action: Action) -> Answer:
    """Other details than last time."""
    return ask(talk, carts.open_cart(talk.tx, talk.customer))


def write(talk: Talk, action: Action) -> Answer:
    """The customer's keyboard has opened with the form; where it cannot, these words say what to send."""
    cart = carts.open_cart(talk.tx, talk.customer)
    progress.keep(talk, progress.DETAILS, cart, progress.given_fields(talk, cart))
    return screens.write_here(cart.delivery)


def ask(talk: Talk, cart: Cart) -> Answer:
    """Ask for what is not known yet."""
    progress.keep(talk, progress.DETAILS, cart, progress.given_fields(talk, cart))
    return screens.ask(talk.shop.details_url(talk.customer.id), cart.delivery, _known(talk, cart))


def take(talk: Talk, typed: str) -> tuple[Talk, Cart] | Answer:
    """Delivery details out of a typed text: kept where they are complete, asked for again where they are not.

    None leaves the text to others. A whole form is understood at any time; single lines only while details
    are asked for.
    """
    reached = progress.read(talk)
    asked = reached is not None and reached.step == progress.DETAILS
    if not (asked or forms.is_form(typed)):
        return None
    cart = carts.open_cart(talk.tx, talk.customer)
    given = forms.labelled(typed) or forms.unlabelled(typed, cart.delivery)
    if not given:
        return None
    cart = _by(talk, cart, forms.meant(given, cart.delivery))
    known = forms.merged(_known(talk, cart), given)
    checked = forms.judge(known, cart.delivery)
    if isinstance(checked, Details):
        return talk.remember(checked), cart
    wanted = forms.fields_of(cart.delivery)
    right = {field: known[field] for field in wanted if field in known and field not in checked}
    complaints = [sentence(field, fault, known.get(field, "")) for field, fault in checked.items()]
    progress.keep(talk, progress.DETAILS, cart, right)
    return screens.ask(talk.shop.details_url(talk.customer.id), cart.delivery, right, complaints)


def listed(talk: Talk, action: Action | None = None) -> Answer:
    """What is remembered."""
    return screens.listed(addresses.kept(talk.tx, talk.customer))


def use(talk: Talk, action: Action) -> tuple[Talk, Cart] | Answer:
    """Send this parcel to the address `id`."""
    cart, address = carts.open_cart(talk.tx, talk.customer), _own(talk, action)
    if address is None or address.details.delivery not in talk.shop.delivery_methods:
        return [old_card(), *(listed(talk) or [])]
    return talk.remember(address.details), _by(talk, cart, address.details.delivery)


def forget(talk: Talk, action: Action) -> Answer:
    """Remember the address `id` no more."""
    if address := _own(talk, action):
        addresses.forget(talk.tx, talk.customer, address)
    return [screens.forgotten(), *(listed(talk) or [])]


def _by(talk: Talk, cart: Cart, way: str) -> Cart:
    if cart.delivery == way:
        return cart
    carts.choose_delivery(talk.tx, cart, way)
    return carts.open_cart(talk.tx, talk.customer)


def _known(talk: Talk, cart: Cart) -> dict[str, str]:
    """What this checkout was given so far, else the details of last time."""
    given = progress.given_fields(talk, cart)
    wanted = forms.fields_of(cart.delivery)
    if given := {field: words for field, words in given.items() if field in wanted}:
        return given
    if details := talk.destination(cart):
        return forms.known_fields(details)
    who = talk.customer
    return {"name": who.recipient_name, "phone": who.phone} if who.has_details else {}


def _of_way(talk: Talk, way: str) -> list[Address]:
    return [one for one in addresses.kept(talk.tx, talk.customer) if one.details.delivery == way]


def _own(talk: Talk, action: Action) -> Address | None:
    mine = addresses.kept(talk.tx, talk.customer)
    return next((one for one in mine if one.id == action.number("id")), None)


ACTIONS: dict[str, Scene] = {
    "delivery": choose,
    "edit_details": edit,
    "write_details": write,
    "addresses": listed,
    "address_forget": forget,
}
