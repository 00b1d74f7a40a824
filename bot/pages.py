"""What the chat shows in a browser: the page for delivery details, product pictures, static files."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from pathlib import Path

import structlog
from flask import Blueprint, Response, request

from bot import details_page
from store import pictures
from store.db import Database
from store.shop import Shop
from store.web import Pages

log = structlog.get_logger(__name__)

LARGEST_BODY = 16 * 1024  # bytes
STATIC_SECONDS = 300
_HERE = Path(__file__).resolve().parent
_FIELDS = ("name", "phone", "address")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FOR_EVER = "public, max-age=31536000, immutable"


def blueprint(db: Database, shop: Shop) -> Blueprint:
    """`/details…`, `/pictures/<digest>` and `/static/<name>` of one shop."""
    room = Blueprint("pages", __name__)
    pages = Pages(_HERE / "templates", shop.name)
    pages.keep(room)
    room.register_blueprint(details_page.blueprint(db, shop, pages))
    files = {file.name: file.read_bytes() for file in (_HERE / "static").iterdir()}

    @room.get("/pictures/<digest>")
    def picture(digest: str) -> Response:
        return _picture(db, digest)

    @room.get("/static/<name>")
    def static(name: str) -> Response:
        return _static(files, name)

    return room


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
