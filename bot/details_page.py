"""The page on which a customer says where the parcel goes, how the invoice is wanted, and adds a note.

It stands behind a link made for one customer (`Shop.details_url`); its token is the only secret, so a form
from another site has nothing to submit to.

The page needs no JavaScript: which fields show is a matter of the style sheet. So it works in any browser
and inside LINE as a LIFF app without liff.js. A LIFF app's endpoint is `/details`; LINE opens it with what
stood behind the app's address, as `?token=…` or inside `?liff.state=…` (LINE's documentation of LIFF,
"Opening a LIFF app"), and `enter` leads on from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qs

import structlog
from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from bot.faults import invoice_sentence, sentence
from bot.scenes import details as forms
from bot.screens.lettering import clean
from bot.words import _, speaking
from store import addresses, carts, customers, invoices, pickup
from store.carts import NOTE_LIMIT
from store.db import Database, Transaction, sql
from store.delivery_details import Details, tidy
from store.invoices import Invoice, Kind
from store.links import LinkError
from store.shop import Shop
from store.web import Pages, language, speech

log = structlog.get_logger(__name__)

LARGEST_BODY = 16 * 1024  # bytes
_INVOICE = ("invoice_kind", "invoice_value", "invoice_title")
_FIELDS = (*forms.HOME, *forms.PICKUP[2:], "delivery", *_INVOICE, "note")


class _Known(NamedTuple):
    """What the page shows of a customer."""

    line_user_id: str
    name: str
    phone: str
    address: str
    delivery: str
    note: str
    invoice_kind: str
    invoice_value: str
    invoice_title: str


class _Filled(NamedTuple):
    """A form whose every field is good."""

    details: Details
    invoice: Invoice
    note: str


def blueprint(db: Database, shop: Shop, pages: Pages) -> Blueprint:
    """`/details` and `/details/<token>`."""
    room = Blueprint("details", __name__)
    desk = _Desk(db, shop, pages)
    room.add_url_rule("/details", "enter", desk.enter, methods=["GET"])
    room.add_url_rule("/details/<token>", "form", desk.form, methods=["GET"])
    room.add_url_rule("/details/<token>", "submit", desk.submit, methods=["POST"])
    room.add_url_rule("/details/<token>/saved", "saved", desk.saved, methods=["GET"])
    room.register_error_handler(LinkError, desk.gone)
    room.register_error_handler(RequestEntityTooLarge, desk.too_long)
    return room


class _Desk:
    """Where a customer fills in the form."""

    def __init__(self, db: Database, shop: Shop, pages: Pages) -> None:
        self._db, self._shop, self._pages = db, shop, pages

    def enter(self) -> AnyResponse:
        """The endpoint of a LIFF app: on to the form of whoever the token is for."""
        state = request.args.get("liff.state", "")
        token = request.args.get("token", "") or parse_qs(state.partition("?")[2]).get("token", [""])[0]
        if not token:
            raise LinkError("the link names nobody")
        return redirect(url_for(".form", token=token), code=303)

    def form(self, token: str) -> Response:
        """The form, with what the shop remembers."""
        known, details = self._known(token)
        return self._form(_values(known, details), {})

    def submit(self, token: str) -> AnyResponse:
        """Keep a valid form, twice like once; show the others again, each fault beside its field."""
        customer_id = self._shop.details_links.subject(token)
        request.max_content_length = LARGEST_BODY
        # An address may be typed in several lines; they are kept as one.
        typed = {field: " ".join(request.form.get(field, "").split()) for field in _FIELDS}
        if typed["delivery"] not in self._shop.delivery_methods:
            typed["delivery"] = self._shop.delivery_methods[0]
        with speaking(language()):
            read = _read(typed)
        if not isinstance(read, _Filled):
            self._known(token)
            return self._form({field: tidy(words) for field, words in typed.items()}, read, 422)
        self._db.transaction(lambda tx: _remember(tx, customer_id, read))
        log.info("details_saved")
        return redirect(url_for(".saved", token=token), code=303)

    def saved(self, token: str) -> AnyResponse:
        """What is kept now, and the way back to the chat."""
        known, details = self._known(token)
        if details is None:
            return redirect(url_for(".form", token=token), code=303)
        chat_url = self._shop.chat_url(speech()("結帳", "checkout"), known.line_user_id)
        form_url = url_for(".form", token=token)
        return self._pages.show(
            "saved.html", known=known, details=details, chat_url=chat_url, form_url=form_url
        )

    def gone(self, _error: LinkError) -> Response:
        """The link is damaged, too old or another page's; which one is nobody's business."""
        say = speech()
        return self._pages.tell(
            say("這個連結已經失效", "This link no longer works"),
            say(
                "為了保護您的資料，連結只在短時間內有效。請回到 LINE 輸入「結帳」，就會收到新的連結。",
                "To protect your data, links work for a while. Type “checkout” in the chat for a new one.",
            ),
            410,
            chat_url=self._shop.chat_url(say("結帳", "checkout")),
        )

    def too_long(self, _error: RequestEntityTooLarge) -> Response:
        """More than any form needs."""
        say = speech()
        return self._pages.tell(
            say("內容太長了", "That is too long"),
            say("請回到上一頁，把內容寫短一點。", "Please go back and write a little less."),
            413,
        )

    def _known(self, token: str) -> tuple[_Known, Details | None]:
        """The customer of the link and where their parcel goes, if we know.

        Raises LinkError when the link cannot be trusted or nobody is there.
        """
        customer_id = self._shop.details_links.subject(token)

        def work(tx: Transaction) -> tuple[_Known, Details | None]:
            row = sql.details_of_customer(tx.connection, id=customer_id)
            if row is None:
                raise LinkError("the customer of this link is gone")
            known = _Known(*row)
            if known.delivery == "cvs":
                return known, addresses.latest_pickup(tx, customer_id)
            home = Details(known.name, known.phone, known.address)
            return known, home if all((home.name, home.phone, home.address)) else None

        return self._db.transaction(work)

    def _form(self, values: dict[str, str], faults: dict[str, str], status: int = 200) -> Response:
        return self._pages.show(
            "details.html",
            status,
            values=values,
            faults=faults,
            ways=self._shop.delivery_methods,
            brands=pickup.BRANDS,
            kinds=list(Kind),
            note_limit=NOTE_LIMIT,
        )


def _values(known: _Known, details: Details | None) -> dict[str, str]:
    return dict.fromkeys(_FIELDS, "") | known._asdict() | forms.known_fields(details)


def _read(typed: dict[str, str]) -> _Filled | dict[str, str]:
    """The form, or the sentence about each field that is wrong, in the order of the page."""
    details = forms.judge(typed, typed["delivery"])
    kind = typed["invoice_kind"] or Kind.PAPER
    invoice = invoices.check(kind, typed["invoice_value"], typed["invoice_title"])
    note = clean(typed["note"])
    if isinstance(details, Details) and isinstance(invoice, Invoice) and len(note) <= NOTE_LIMIT:
        return _Filled(details, invoice, note)
    told: dict[str, str] = {}
    if not isinstance(details, Details):
        told |= {field: sentence(field, fault, typed[field]) for field, fault in details.items()}
    if not isinstance(invoice, Invoice):
        told |= _invoice_faults(kind, invoice, typed)
    if len(note) > NOTE_LIMIT:
        words = _("備註有 {length} 個字，請在 {limit} 個字以內。")
        told["note"] = words.format(length=len(note), limit=NOTE_LIMIT)
    return told


def _invoice_faults(kind: str, faults: Mapping[str, invoices.Fault], typed: dict[str, str]) -> dict[str, str]:
    wanted = Kind(kind) if kind in list(Kind) else Kind.PAPER
    return {
        f"invoice_{field}": invoice_sentence(wanted, field, fault, typed[f"invoice_{field}"])
        for field, fault in faults.items()
    }


def _remember(tx: Transaction, customer_id: int, filled: _Filled) -> None:
    try:
        customer = customers.find(tx, customer_id)
    except LookupError as error:
        raise LinkError("the customer of this link is gone") from error
    addresses.remember(tx, customer, filled.details)
    customers.set_invoice(tx, customer, filled.invoice)
    cart = carts.open_cart(tx, customer)
    carts.choose_delivery(tx, cart, filled.details.delivery)
    carts.set_note(tx, cart, filled.note)
