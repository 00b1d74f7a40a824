"""What the chat shows in a browser: the page for delivery details, product pictures, static files."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from flask import Blueprint, Response, request

from bot import details_page
from store import pictures
from store.db import Database
from store.errors import StorageError
from store.logs import describe
from store.shop import Shop
from store.web import Pages

if TYPE_CHECKING:
    from store.object_storage import Storage

log = structlog.get_logger(__name__)

LARGEST_BODY = 16 * 1024  # bytes
STATIC_SECONDS = 300
RETRY_SECONDS = 5
_HERE = Path(__file__).resolve().parent
_FIELDS = ("name", "phone", "address")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def blueprint(db: Database, shop: Shop, storage: Storage | None = None) -> Blueprint:
    """`/details…`, `/pictures/<digest>` and `/static/<name>` of one shop."""
    room = Blueprint("pages", __name__)
    pages = Pages(_HERE / "templates", shop.name)
    pages.keep(room)
    room.register_blueprint(details_page.blueprint(db, shop, pages))
    files = {file.name: file.read_bytes() for file in (_HERE / "static").iterdir()}

    @room.get("/pictures/<digest>")
    def picture(digest: str) -> Response:
        return _picture(db, storage, digest)

    @room.get("/static/<name>")
    def static(name: str) -> Response:
        return _static(files, name)

    return room


def _picture(db: Database, storage: Storage | None, digest: str) -> Response:
    """A stored picture. Its address names its bytes, so a browser need never ask again."""
    kept = None
    if _DIGEST.fullmatch(digest):
        kept = db.transaction(lambda tx: pictures.find(tx, digest))
    if kept is None:
        return _no_file()
    if request.if_none_match.contains(digest):
        return _file(b"", kept.media_type, digest, pictures.FOR_EVER)  # 304: nothing needs to be read
    try:
        content = pictures.content_of(kept, storage)
    except StorageError as error:
        log.error("picture_not_to_be_had", reason=describe(error))
        response = Response("the picture cannot be had at the moment\n", 503, mimetype="text/plain")
        response.headers["Retry-After"] = str(RETRY_SECONDS)
        return response
    return _file(content, kept.media_type, digest, pictures.FOR_EVER)


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
