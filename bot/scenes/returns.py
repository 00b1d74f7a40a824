"""Giving an order back: a tap asks for it, words may say why, and any other step leaves the question."""

from __future__ import annotations

from bot.actions import Action
from bot.events import Text
from bot.scenes import Answer, Scene, Talk, asking
from bot.scenes import orders as order_scenes
from bot.scenes.details import is_form
from bot.screens import orders as order_screens
from bot.screens import returns as screens
from bot.screens import service
from bot.screens.lettering import clean, fit
from store import returns
from store.orders import Order
from store.returns import Standing

_ASKED = "return:"


def ask(talk: Talk, action: Action) -> Answer:
    """Give the order `id` back: with which words? Or how it stands, where that was asked before."""
    order = order_scenes.own(talk, action)
    if order is None:
        return order_screens.not_yours()
    match returns.standing(talk.tx, order.id):
        case Standing.OPEN:
            asking.ask(talk, f"{_ASKED}{order.id}")
            return screens.ask(order)
        case Standing.ASKED:
            return screens.asked(order, again=True)
        case Standing.OVER:
            return screens.over(order)
        case Standing.NOTHING:
            return [service.old_card(), *order_scenes.show(talk, order)]


def ask_words(talk: Talk, action: Action) -> Answer:
    """More words to what was asked."""
    order = order_scenes.own(talk, action)
    if order is None or returns.standing(talk.tx, order.id) is not Standing.ASKED:
        return ask(talk, action)
    asking.ask(talk, f"{_ASKED}{order.id}")
    return screens.ask_words(order)


def without_words(talk: Talk, action: Action) -> Answer:
    """Without a reason."""
    order = order_scenes.own(talk, action)
    return _ask(talk, order, Text("")) if order else order_screens.not_yours()


def take(talk: Talk, said: Text) -> Answer:
    """What was typed, as the words that are waited for; None leaves the text to others."""
    what = asking.asked(talk)
    if not what.startswith(_ASKED) or is_form(said.text) or not clean(said.text):
        return None
    order = order_scenes.own(talk, Action("return", {"id": what.removeprefix(_ASKED)}))
    return _ask(asking.leave(talk), order, said) if order else None


def _ask(talk: Talk, order: Order, said: Text) -> Answer:
    words = fit(said.text, screens.WORDS_LIMIT, lines=True) if clean(said.text) else ""
    before = returns.ask(talk.tx, talk.customer, order.id, words, said.message_id)
    if before in (Standing.OVER, Standing.NOTHING):
        return ask(talk, Action("return", {"id": str(order.id)}))
    return screens.asked(order, words, again=before is Standing.ASKED)


def drop(talk: Talk, action: Action) -> Answer:
    """Keep it after all."""
    order = order_scenes.own(talk, action)
    if order is None:
        return order_screens.not_yours()
    if returns.withdraw(talk.tx, talk.customer, order.id):
        return screens.kept(order)
    return [service.old_card(), *order_scenes.show(talk, order)]


ACTIONS: dict[str, Scene] = {
    "return": ask,
    "return_now": without_words,
    "return_words": ask_words,
    "return_drop": drop,
}
