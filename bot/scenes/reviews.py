"""Reviewing what was bought: stars by a tap, words by typing, and both can be left and taken up again.

After the stars, or when asked for, the very next thing typed is the review. Any other step leaves it; the
stars are kept, and the order's card leads back.
"""

from __future__ import annotations

from bot.actions import Action
from bot.events import Text
from bot.scenes import Answer, Scene, Talk
from bot.scenes import orders as order_scenes
from bot.scenes.details import is_form
from bot.screens import orders as order_screens
from bot.screens import reviews as screens
from bot.screens import service
from bot.screens.lettering import clean, fit
from store import fulfilment, orders, reviews
from store.fulfilment import Outcome
from store.orders import Order, OrderLine

_DIALOG = "review"


def received(talk: Talk, action: Action) -> Answer:
    """The customer says that the parcel has come."""
    order = order_scenes.own(talk, action)
    if order is None:
        return order_screens.not_yours()
    outcome = fulfilment.complete(talk.tx, order.id, f"customer:{talk.customer.id}")
    if outcome is Outcome.IMPOSSIBLE:
        return [service.old_card(), *order_scenes.show(talk, order)]
    return screens.received(order)


def review(talk: Talk, action: Action) -> Answer:
    """The lines of a completed order; the stars at once where there is only one."""
    order = order_scenes.own(talk, action)
    if order is None:
        return order_screens.not_yours()
    if order.status != "completed":
        return [screens.not_yet(order), *order_scenes.show(talk, order)]
    lines = orders.lines(talk.tx, order.id)
    if len(lines) == 1:
        return _ask_stars(talk, order, lines[0])
    return screens.choose(order, lines, reviews.of_order(talk.tx, order.id))


def review_line(talk: Talk, action: Action) -> Answer:
    """One line: how many stars?"""
    found = _line(talk, action)
    return _ask_stars(talk, *found) if found else order_screens.not_yours()


def _ask_stars(talk: Talk, order: Order, line: OrderLine) -> Answer:
    if order.status != "completed":
        return [screens.not_yet(order), *order_scenes.show(talk, order)]
    given = reviews.of_order(talk.tx, order.id).get(line.sku_id)
    return screens.ask_stars(order, line, given, screens.author(order.recipient_name))


def stars(talk: Talk, action: Action) -> Answer:
    """So many stars for a line; words may follow."""
    found = _line(talk, action)
    if found is None:
        return order_screens.not_yours()
    order, line = found
    count = action.number("n")
    if not reviews.rate(
        talk.tx, talk.customer, order.id, line.sku_id, count, screens.author(order.recipient_name)
    ):
        return _ask_stars(talk, order, line)
    _wait_for_words(talk, order, line)
    return screens.thanks_for_stars(order, line, count, _more(talk, order))


def words(talk: Talk, action: Action) -> Answer:
    """Words are to follow; stars come first."""
    found = _line(talk, action)
    if found is None:
        return order_screens.not_yours()
    order, line = found
    if line.sku_id not in reviews.of_order(talk.tx, order.id):
        return _ask_stars(talk, order, line)
    _wait_for_words(talk, order, line)
    return screens.ask_words(order, line)


def plain(talk: Talk, action: Action) -> Answer:
    """The stars without the words."""
    found = _line(talk, action)
    if found is None or not reviews.say(talk.tx, talk.customer, found[0].id, found[1].sku_id, ""):
        return order_screens.not_yours()
    return screens.words_taken_back(found[0], _more(talk, found[0]))


def take_words(talk: Talk, said: Text) -> Answer:
    """What was typed, as the words of the review that waits for them; None leaves the text to others.

    A filled-in form of delivery details is one wherever it is typed.
    """
    kept = (talk.customer.dialog or {}).get(_DIALOG)
    if not isinstance(kept, dict) or is_form(said.text):
        return None
    talk = leave(talk)
    found = _line(talk, Action("review", {key: str(kept.get(key)) for key in ("o", "s")}))
    typed = fit(clean(said.text), screens.WORDS_LIMIT)
    if found is None or not clean(said.text):
        return None
    order, line = found
    if not reviews.say(talk.tx, talk.customer, order.id, line.sku_id, typed, said.message_id):
        return None
    return screens.thanks_for_words(order, line, typed, _more(talk, order))


def leave(talk: Talk) -> Talk:
    """Another step was taken: no words are waited for any more."""
    dialog = talk.customer.dialog
    if not dialog or _DIALOG not in dialog:
        return talk
    return talk.note({key: kept for key, kept in dialog.items() if key != _DIALOG} or None)


def _wait_for_words(talk: Talk, order: Order, line: OrderLine) -> None:
    talk.note({**(talk.customer.dialog or {}), _DIALOG: {"o": order.id, "s": line.sku_id}})


def _more(talk: Talk, order: Order) -> bool:
    return len(reviews.of_order(talk.tx, order.id)) < len(orders.lines(talk.tx, order.id))


def _line(talk: Talk, action: Action) -> tuple[Order, OrderLine] | None:
    """The order `o` and its line `s`, if they are the customer's own."""
    order = order_scenes.own(talk, Action(action.name, {"id": action.text("o")}))
    if order is None:
        return None
    line = next((li for li in orders.lines(talk.tx, order.id) if li.sku_id == action.number("s")), None)
    return (order, line) if line else None


ACTIONS: dict[str, Scene] = {
    "received": received,
    "review": review,
    "review_line": review_line,
    "stars": stars,
    "review_words": words,
    "review_plain": plain,
}
