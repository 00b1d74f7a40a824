"""The language the shop speaks to a customer: LINE's word for it, until they choose one themselves."""

from __future__ import annotations

from dataclasses import replace

from bot.actions import Action
from bot.richmenu import linking
from bot.scenes import Answer, Scene, Talk
from bot.screens import language as screens
from bot.screens.theme import with_ways_back
from bot.words import FOREIGN, SOURCE, languages, speaking
from store.db import sql


def offer(talk: Talk, action: Action | None = None) -> Answer:
    """Which language?"""
    return screens.choice(languages())


def choose(talk: Talk, action: Action) -> Answer:
    """Speak the language `l` from now on; without one, ask which."""
    wanted = action.text("l")
    return _speak(talk, wanted) if wanted in languages() else offer(talk)


def speak_chinese(talk: Talk, action: Action | None = None) -> Answer:
    """Somebody typed 中文."""
    return _speak(talk, SOURCE)


def speak_english(talk: Talk, action: Action | None = None) -> Answer:
    """Somebody typed English."""
    return _speak(talk, FOREIGN)


def _speak(talk: Talk, language: str) -> Answer:
    customer = talk.customer
    sql.language_choose(talk.tx.connection, id=customer.id, language=language)
    linking.ask(talk.tx, customer.id, customer.line_user_id)
    talk = replace(talk, customer=replace(customer, language=language))
    with speaking(language):
        return with_ways_back(screens.chosen(talk.shop))


ACTIONS: dict[str, Scene] = {"language": choose}
