"""Taps on the rich menu that ask for no screen of their own."""

from __future__ import annotations

from bot.actions import Action
from bot.scenes import Answer, Scene, Talk
from bot.screens import service


def switched(talk: Talk, action: Action) -> Answer:
    """The customer looks at another tab; LINE has shown it already."""
    return None


def find(talk: Talk, action: Action) -> Answer:
    """The customer's keyboard has opened to search; where it cannot, these words say what to do."""
    return service.empty_words()


ACTIONS: dict[str, Scene] = {"tab": switched, "find": find}
