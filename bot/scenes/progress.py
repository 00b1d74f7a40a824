"""How far a checkout has come, kept with the customer so that it can be left and taken up again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.scenes import Talk
from bot.screens.checkout import details_version
from store.delivery_details import Details

DETAILS, PAYMENT, CONFIRM = "details", "payment", "confirm"
FIELDS = ("name", "phone", "address")
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
    given = {name: str(fields[name]) for name in FIELDS if name in fields} if isinstance(fields, dict) else {}
    return Progress(str(kept.get("step")), kept["cart"], given, str(kept.get("known", "")))


def keep(talk: Talk, step: str, cart_id: int, fields: Mapping[str, str] | None = None) -> Talk:
    """Remember the step; the talk from here on."""
    given = {name: words[:_FIELD_LIMIT] for name, words in (fields or {}).items()}
    known = _version(talk.details)
    return talk.note({"checkout": {"step": step, "cart": cart_id, "fields": given, "known": known}})


def is_settled(talk: Talk) -> bool:
    """Whether we know where to send the parcel, and no answer to that is half given.

    What the web page was told meanwhile outweighs what was half given in the chat.
    """
    reached = read(talk)
    half_given = reached is not None and bool(reached.fields) and reached.known == _version(talk.details)
    return talk.details is not None and not half_given


def end(talk: Talk) -> Talk:
    """The checkout is over."""
    return talk.note(None) if talk.customer.dialog is not None else talk


def _version(details: Details | None) -> str:
    return details_version(details) if details else ""
