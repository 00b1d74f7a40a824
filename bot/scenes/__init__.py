"""What happens when a customer taps or types: scenes decide, call the store, and choose a screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bot.actions import Action
from bot.screens.theme import Message
from store import customers
from store.customers import Customer
from store.db import Transaction
from store.delivery_details import Details
from store.shop import Shop

Answer = list[Message] | None
"""Messages; None when nothing is to be said now."""


@dataclass(frozen=True)
class Talk:
    """One event of one customer: who they are, in which shop, inside which transaction."""

    shop: Shop
    tx: Transaction
    customer: Customer

    @property
    def details(self) -> Details | None:
        """Where the customer's parcels go, if we know."""
        who = self.customer
        return Details(who.recipient_name, who.phone, who.address) if who.has_details else None

    def note(self, dialog: dict[str, Any] | None) -> Talk:
        """Remember where the talk is; the talk from here on."""
        customers.set_dialog(self.tx, self.customer, dialog)
        return replace(self, customer=replace(self.customer, dialog=dialog))

    def remember(self, details: Details) -> Talk:
        """Keep delivery details; the talk from here on."""
        name, phone, address = details.name, details.phone, details.address
        customers.remember_details(self.tx, self.customer, name, phone, address)
        known = replace(self.customer, recipient_name=name, phone=phone, address=address)
        return replace(self, customer=known)


Scene = Callable[[Talk, Action], Answer]
