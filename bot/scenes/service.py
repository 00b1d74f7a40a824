"""The front door, the shop's promises, a human of the shop, and being forgotten."""

from __future__ import annotations

import time

from bot.actions import Action
from bot.events import Other, Text
from bot.scenes import Answer, Scene, Talk
from bot.scenes import orders as order_scenes
from bot.screens import policies
from bot.screens import service as screens
from bot.screens.theme import with_ways_back
from bot.words import speaking
from store import handoff, owner_news, privacy
from store.cases import Kind

ERASE_SECONDS = 600
"""How long a question about erasing may be answered: an old card must not erase what came since."""


def home(talk: Talk, action: Action | None = None) -> Answer:
    """The front door."""
    return screens.home(talk.shop)


def help_(talk: Talk, action: Action | None = None) -> Answer:
    """How to talk to the shop."""
    return screens.help_()


def faq(talk: Talk, action: Action | None = None) -> Answer:
    """Questions often asked."""
    return policies.faq(talk.shop)


def returns(talk: Talk, action: Action | None = None) -> Answer:
    """The right to send things back."""
    return policies.returns()


def privacy_(talk: Talk, action: Action | None = None) -> Answer:
    """What is kept of a customer."""
    return policies.privacy(talk.shop)


def human(talk: Talk, action: Action | None = None) -> Answer:
    """A human, please; about the order `id`, if that is one of the customer's own."""
    order = order_scenes.own(talk, action) if action else None
    if handoff.begin(talk.tx, talk.customer, order.id if order else None):
        _tell_owners(talk, order.code if order else "")
    return screens.with_human(order.code if order else "")


def _tell_owners(talk: Talk, code: str) -> None:
    kind, about = Kind.WAITING_FOR_HUMAN, f"customer:{talk.customer.id}"
    for owner in owner_news.to_tell_at_once(talk.tx, talk.shop.owners, kind, about):
        with speaking(owner.language):
            words = screens.somebody_waits(talk.shop, talk.customer.display_name, code)
            handoff.post(talk.tx, owner, with_ways_back(words))


def helper(talk: Talk, action: Action | None = None) -> Answer:
    """The bot is wanted (again)."""
    if not talk.customer.with_human:
        return home(talk)
    handoff.end(talk.tx, talk.customer)
    return [screens.helper_is_back(), *screens.home(talk.shop)]


def overheard(talk: Talk, said: Text | Other) -> Answer:
    """Something that is meant for the human: kept for them, and not answered."""
    if isinstance(said, Text):
        handoff.heard(talk.tx, talk.customer, "text", said.text, said.message_id)
    else:
        handoff.heard(talk.tx, talk.customer, said.kind)
    return None


def ask_erase(talk: Talk, action: Action | None = None) -> Answer:
    """Erase the customer's data, with a question first."""
    return policies.ask_erase(int(time.time()))


def erase(talk: Talk, action: Action) -> Answer:
    """Erase them, if the question was asked just now."""
    if not 0 <= time.time() - action.number("t") <= ERASE_SECONDS:
        return [screens.old_card(), *(ask_erase(talk) or [])]
    return policies.erased(privacy.erase(talk.tx, talk.customer).under_way)


ACTIONS: dict[str, Scene] = {
    "home": home,
    "help": help_,
    "faq": faq,
    "returns": returns,
    "privacy": privacy_,
    "human": human,
    "helper": helper,
    "erase": ask_erase,
    "erase_now": erase,
}
