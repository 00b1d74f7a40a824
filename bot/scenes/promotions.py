"""Whether a customer wants to be sent advertising."""

from __future__ import annotations

from bot.actions import Action
from bot.scenes import Answer, Scene, Talk
from bot.screens import promotions as screens
from store import customers


def stop(talk: Talk, action: Action | None = None) -> Answer:
    """No more of it."""
    customers.set_promotions(talk.tx, talk.customer, wanted=False)
    return screens.stopped()


def resume(talk: Talk, action: Action | None = None) -> Answer:
    """It may come again."""
    customers.set_promotions(talk.tx, talk.customer, wanted=True)
    return screens.resumed()


ACTIONS: dict[str, Scene] = {"no_promotions": stop, "promotions": resume}
