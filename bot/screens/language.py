"""Choosing the language the shop speaks."""

from __future__ import annotations

from collections.abc import Sequence

from bot import actions
from bot.screens import service, theme
from bot.screens.theme import Message
from bot.words import _, own_name, spoken
from store.shop import Shop

_MOST = 12  # buttons that stand on one card and are still looked through


def choice(languages: Sequence[str]) -> list[Message]:
    """A button for each language, in that language's own name."""
    buttons = [
        theme.button(
            own_name(language),
            actions.encode("language", l=language),
            style="primary" if language == spoken() else "secondary",
        )
        for language in languages[:_MOST]
    ]
    return [theme.card(_("想用哪種語言？Which language do you prefer?"), *buttons)]


def chosen(shop: Shop) -> list[Message]:
    """From now on in the language that is being spoken."""
    return [theme.card(_("好的，之後都用中文和您說。"), *service.main_buttons())]
