"""The front door and the help page."""

from __future__ import annotations

from bot.actions import Action
from bot.scenes import Answer, Scene, Talk
from bot.screens import service as screens


def home(talk: Talk, action: Action | None = None) -> Answer:
    """The front door."""
    return screens.home(talk.shop)


def help_(talk: Talk, action: Action | None = None) -> Answer:
    """How to talk to the shop."""
    return screens.help_()


ACTIONS: dict[str, Scene] = {"home": home, "help": help_}
