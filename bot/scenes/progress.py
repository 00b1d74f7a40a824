"""How far a checkout has come, kept with the customer so that it can be left and taken up again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.scenes import Talk
from bot.scenes.details import HOME, PICKUP
from bot.screens.checkout import details_version
from store.carts import Cart
from store.delivery_details import Details

DETAILS, PAYMENT, CONFIRM = "details", "payment", "confirm"
_FIELD_LIMIT = 300


@dataclass(frozen=True)
class Progress:
    """The step a checkout waits at.

    `fields` are delivery details given so far and not yet complete, `known` names those we had then.
    """

    step: str
    cart_id: int
    fields: Mapping[str, str] = field(default_factory=dict)
    known: str = ""


def read(talk: Talk) -> Progress | None:
    """The checkout in progress, if there is one."""
    kept: Any = (talk.customer.dialog or {}).get("checkout")
    if not isinstance(kept, dict) or not isinstance(kept.get("cart"), int):
        return None
    fields = kept.get("fields")
    names = (*HOME, *PICKUP[2:])
    given = {name: str(fields[name]) for name in names if name in fields} if isinstance(fields, dict) else {}
    return Progress(str(kept.get("step")), kept["cart"], given, str(kept.get("known", "")))


def keep(talk: Talk, step: str, cart: Cart, fields: Mapping[str, str] | None = None) -> Talk:
    """Remember the step; the talk from here on."""
    given = {name: words[:_FIELD_LIMIT] for name, words in (fields or {}).items()}
    known = _version(talk.destination(cart))
    return talk.note({"checkout": {"step": step, "cart": cart.id, "fields": given, "known": known}})


def given_fields(talk: Talk, cart: Cart) -> dict[str, str]:
    """What this cart's checkout was given so far and is not complete."""
    reached = read(talk)
    return dict(reached.fields) if reached and reached.cart_id == cart.id else {}


def is_settled(talk: Talk, cart: Cart) -> bool:
    """Whether we know where to send the parcel, and no answer to that is half given.

    What the web page was told meanwhile outweighs what was half given in the chat.
    """
    reached, details = read(talk), talk.destination(cart)
    half_given = reached is not None and bool(reached.fields) and reached.known == _version(details)
    return details is not None and not half_given


def is_at_confirmation(talk: Talk, cart: Cart) -> bool:
    """Whether this cart's checkout waits for the last tap."""
    reached = read(talk)
    return reached is not None and reached.cart_id == cart.id and reached.step == CONFIRM


def end(talk: Talk) -> Talk:
    """The checkout is over."""
    return talk.note(None) if talk.customer.dialog is not None else talk


def _version(details: Details | None) -> str:
    return details_version(details) if details else ""
