"""What may be added to an order: how the invoice is wanted, and a note to the shop."""

from __future__ import annotations

import re

from bot.actions import Action
from bot.faults import invoice_sentence
from bot.scenes import Answer, Scene, Talk, asking
from bot.scenes.details import is_form
from bot.screens import extras as screens
from bot.screens.lettering import clean
from store import carts, customers, invoices
from store.delivery_details import tidy
from store.invoices import Invoice, Kind

_INVOICE = "invoice:"
_LABEL = re.compile(r"[^:：/\s]{1,8}[:：]\s*")
_NUMBER = re.compile(r"[0-9]{6,10}")


def invoice(talk: Talk, action: Action | None = None) -> Answer:
    """How is the invoice wanted?"""
    return screens.invoice(carts.open_cart(talk.tx, talk.customer).invoice)


def invoice_kind(talk: Talk, action: Action) -> Answer:
    """The kind `k` is chosen; all but paper need a number."""
    kind = action.text("k")
    if kind == Kind.PAPER:
        return _keep_invoice(talk, invoices.PAPER)
    if kind not in list(Kind):
        return invoice(talk)
    asking.ask(talk, _INVOICE + kind)
    kept = carts.open_cart(talk.tx, talk.customer).invoice
    return screens.ask_invoice(Kind(kind), kept if kept.kind == kind else None)


def note(talk: Talk, action: Action | None = None) -> Answer:
    """What shall the shop know?"""
    asking.ask(talk, "note")
    return screens.ask_note(carts.open_cart(talk.tx, talk.customer).note)


def no_note(talk: Talk, action: Action) -> Answer:
    """Nothing, after all."""
    carts.set_note(talk.tx, carts.open_cart(talk.tx, talk.customer), "")
    return asking.go_back(talk)


def take(talk: Talk, typed: str) -> Answer:
    """What was typed, as the answer that is waited for; None leaves the text to others."""
    what = asking.asked(talk)
    if is_form(typed):
        return None
    if what == "note":
        return _take_note(talk, typed)
    if what.startswith(_INVOICE) and what.removeprefix(_INVOICE) in list(Kind):
        return _take_invoice(talk, Kind(what.removeprefix(_INVOICE)), typed)
    return None


def _take_note(talk: Talk, typed: str) -> Answer:
    words = clean(typed)
    if len(words) > carts.NOTE_LIMIT:
        return screens.note_too_long(words, len(words))
    carts.set_note(talk.tx, carts.open_cart(talk.tx, talk.customer), words)
    return asking.go_back(asking.leave(talk))


def _take_invoice(talk: Talk, kind: Kind, typed: str) -> Answer:
    value, title = _read(kind, typed)
    checked = invoices.check(kind, value, title)
    if isinstance(checked, Invoice):
        return _keep_invoice(asking.leave(talk), checked)
    complaints = [
        invoice_sentence(kind, field, fault, value if field == "value" else title)
        for field, fault in checked.items()
    ]
    right = Invoice(kind, "" if "value" in checked else value, "" if "title" in checked else title)
    return screens.ask_invoice(kind, right, complaints)


def _read(kind: Kind, typed: str) -> tuple[str, str]:
    """The number, and for a company its name: two lines in any order, with labels or without."""
    lines = [_LABEL.sub("", tidy(line), count=1) for line in typed.splitlines()]
    lines = [line for line in lines if line]
    if kind is not Kind.COMPANY:
        return "".join(lines), ""
    number = next((line for line in lines if _NUMBER.fullmatch(line)), "")
    if not number and len(lines) == 1 and (found := re.fullmatch(r"([0-9]{8})\s+(.+)", lines[0])):
        return found[1], found[2]
    return number, " ".join(line for line in lines if line != number)


def _keep_invoice(talk: Talk, chosen: Invoice) -> Answer:
    customers.set_invoice(talk.tx, talk.customer, chosen)
    return [screens.invoice_kept(chosen), *(asking.go_back(talk) or [])]


ACTIONS: dict[str, Scene] = {
    "invoice": invoice,
    "invoice_kind": invoice_kind,
    "note": note,
    "no_note": no_note,
}
