"""A question to which the next thing typed is the answer; any other step leaves it."""

from __future__ import annotations

from bot.scenes import Answer, Talk, checkout, progress
from bot.scenes import cart as cart_scene
from store import carts

_DIALOG = "asked"


def ask(talk: Talk, what: str) -> None:
    """The next thing typed is about `what`."""
    talk.note({**(talk.customer.dialog or {}), _DIALOG: what})


def asked(talk: Talk) -> str:
    """What was asked about, or an empty string."""
    what = (talk.customer.dialog or {}).get(_DIALOG)
    return what if isinstance(what, str) else ""


def leave(talk: Talk) -> Talk:
    """Another step was taken: no answer is waited for any more."""
    dialog = talk.customer.dialog
    if not dialog or _DIALOG not in dialog:
        return talk
    return talk.note({key: kept for key, kept in dialog.items() if key != _DIALOG} or None)


def go_back(talk: Talk) -> Answer:
    """To where the question came from: the confirmation, or the cart."""
    cart = carts.open_cart(talk.tx, talk.customer)
    return checkout.resume(talk) if progress.is_at_confirmation(talk, cart) else cart_scene.view(talk)
