"""What happens when a customer taps or types: scenes decide, call the store, and choose a screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.actions import Action
from bot.screens.theme import Message
from store import addresses, customers
from store.carts import Cart
from store.customers import Customer
from store.db import Transaction
from store.delivery_details import Details
from store.pricing import Quote
from store.shop import Shop

Answer = list[Message] | None
"""Messages; None when nothing is to be said now."""


@dataclass(frozen=True)
class Talk:
    """One event of one customer: who they are, in which shop, inside which transaction; `message_id` is
    LINE's for what was typed, empty for a tap."""

    shop: Shop
    tx: Transaction
    customer: Customer
    message_id: str = ""

    def destination(self, cart: Cart) -> Details | None:
        """Where the parcel goes by the way the cart names, if we know."""
        if cart.delivery == "cvs":
            return addresses.latest_pickup(self.tx, self.customer.id)
        who = self.customer
        return Details(who.recipient_name, who.phone, who.address) if who.has_details else None

    def quote(self, cart: Cart) -> Quote:
        """What the cart costs by the way it names."""
        return cart.quote(self.shop.shipping_for(cart.delivery))

    def note(self, dialog: dict[str, Any] | None) -> Talk:
        """Remember where the talk is; the talk from here on."""
        kept = customers.set_dialog(self.tx, self.customer, dialog, self.message_id)
        return replace(self, customer=replace(self.customer, dialog=kept))

    def remember(self, details: Details) -> Talk:
        """Keep where parcels go; the talk from here on."""
        addresses.remember(self.tx, self.customer, details)
        if details.delivery == "cvs":
            return self
        known = replace(
            self.customer, recipient_name=details.name, phone=details.phone, address=details.address
        )
        return replace(self, customer=known)


Scene = Callable[[Talk, Action], Answer]
