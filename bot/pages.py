"""What the chat shows in a browser: the page for delivery details, product pictures, static files.

The page for delivery details stands behind a link made for one customer (`Shop.details_url`); its token
is the only secret, so a form from another site has nothing to submit to.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from pathlib import Path
from typing import NamedTuple

import structlog
from flask import Blueprint, Response, redirect, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from bot.faults import sentence
from bot.words import speaking
from store import customers, delivery_details, pictures
from store.db import Database, Transaction, sql
from store.delivery_details import Details, tidy
from store.links import LinkError
from store.shop import Shop
from store.web import Pages, language, speech

log = structlog.get_logger(__name__)

LARGEST_BODY = 16 * 1024  # bytes
STATIC_SECONDS = 300
_HERE = Path(__file__).resolve().parent
_FIELDS = ("name", "phone", "address")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FOR_EVER = "public, max-age=31536000, immutable"


class _Known(NamedTuple):
    """What the page shows of a customer."""

    line_user_id: str
    name: str
    phone: str
    address: str


def blueprint(db: Database, shop: Shop) -> Blueprint:
    """`/details/<token>`, `/pictures/<digest>` and `/static/<name>` of one shop."""
    room = Blueprint("pages", __name__)
    pages = Pages(_HERE / "templates", shop.name)
    pages.keep(room)
    desk = _Desk(db, shop, pages)
    room.add_url_rule("/details/<token>", "details", desk.details, methods=["GET"])
    room.add_url_rule("/details/<token>", "submit", desk.submit, methods=["POST"])
    room.add_url_rule("/details/<token>/saved", "saved", desk.saved, methods=["GET"])
    room.register_error_handler(LinkError, desk.gone)
    room.register_error_handler(RequestEntityTooLarge, desk.too_long)

    files = {file.name: file.read_bytes() for file in (_HERE / "static").iterdir()}

    @room.get("/pictures/<digest>")
    def picture(digest: str) -> Response:
        return _picture(db, digest)

    @room.get("/static/<name>")
    def static(name: str) -> Response:
        return _static(files, name)

    return room


class _Desk:
    """Where a customer says where the parcel goes."""

    def __init__(self, db: Database, shop: Shop, pages: Pages) -> None:
        self._db, self._shop, self._pages = db, shop, pages

    def details(self, token: str) -> Response:
        """The form, with what the shop remembers."""
        known = self._known(token)
        return self._form({"name": known.name, "phone": known.phone, "address": known.address}, {})

    def submit(self, token: str) -> AnyResponse:
        """Keep valid details, twice like once; show the others again, each fault beside its field."""
        customer_id = self._shop.details_links.subject(token)
        request.max_content_length = LARGEST_BODY
        # An address may be typed in several lines; they are kept as one.
        typed = {field: " ".join(request.form.get(field, "").split()) for field in _FIELDS}
        checked = delivery_details.check(**typed)
        if not isinstance(checked, Details):
            self._known(token)
            with speaking(language()):
                faults = {field: sentence(field, fault, typed[field]) for field, fault in checked.items()}
            return self._form({field: tidy(words) for field, words in typed.items()}, faults, 422)
        self._db.transaction(lambda tx: _remember(tx, customer_id, checked))
        log.info("details_saved")
        return redirect(url_for("pages.saved", token=token), code=303)

    def saved(self, token: str) -> AnyResponse:
        """What is kept now, and the way back to the chat."""
        known = self._known(token)
        if not (known.name and known.phone and known.address):
            return redirect(url_for("pages.details", token=token), code=303)
        chat_url = self._shop.chat_url("結帳", known.line_user_id)
        form_url = url_for("pages.details", token=token)
        return self._pages.show("saved.html", known=known, chat_url=chat_url, form_url=form_url)

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
            chat_url=self._shop.chat_url("結帳"),
        )

    def too_long(self, _error: RequestEntityTooLarge) -> Response:
        """More than any name, phone and address need."""
        say = speech()
        return self._pages.tell(
            say("內容太長了", "That is too long"),
            say(
                "請回到上一頁，把姓名、電話和地址寫短一點。",
                "Please go back and shorten name, phone and address.",
            ),
            413,
        )

    def _known(self, token: str) -> _Known:
        """The customer of the link; raises LinkError when it cannot be trusted or nobody is there."""
        customer_id = self._shop.details_links.subject(token)
        row = self._db.transaction(lambda tx: sql.details_of_customer(tx.connection, id=customer_id))
        if row is None:
            raise LinkError("the customer of this link is gone")
        return _Known(*row)

    def _form(self, values: dict[str, str], faults: dict[str, str], status: int = 200) -> Response:
        return self._pages.show("details.html", status, values=values, faults=faults)


def _remember(tx: Transaction, customer_id: int, details: Details) -> None:
    try:
        customer = customers.find(tx, customer_id)
    except LookupError as error:
        raise LinkError("the customer of this link is gone") from error
    customers.remember_details(tx, customer, details.name, details.phone, details.address)


def _picture(db: Database, digest: str) -> Response:
    """A stored picture. Its address names its bytes, so a browser need never ask again."""
    kept = None
    if _DIGEST.fullmatch(digest):
        kept = db.transaction(lambda tx: pictures.load(tx, digest))
    return _file(kept.content, kept.media_type, digest, _FOR_EVER) if kept else _no_file()


def _static(files: dict[str, bytes], name: str) -> Response:
    """A file that ships with the bot; it keeps its name when it changes, so browsers ask again soon."""
    if name not in files:
        return _no_file()
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    digest = hashlib.sha256(files[name]).hexdigest()
    return _file(files[name], media_type, digest, f"public, max-age={STATIC_SECONDS}")


def _file(content: bytes, media_type: str, digest: str, cache: str) -> Response:
    """The bytes, or 304 when the browser holds the ones with this digest."""
    response = Response(content, mimetype=media_type)
    response.headers["Cache-Control"] = cache
    response.set_etag(digest)
    response.make_conditional(request)
    return response


def _no_file() -> Response:
    return Response("there is no such file\n", 404, mimetype="text/plain")
