"""Where LINE delivers events: verified, stored, answered. What they mean is the worker's business."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import psycopg2
import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from store.db import Database
from store.errors import StoreError
from store.logs import pseudonym
from store.queue import inbox
from store.queue.inbox import Arrival
from store.text import storable

log = structlog.get_logger(__name__)

SOURCE = "line"
BODY_LIMIT = 1 << 20  # bytes
_ID_LIMIT = 200  # characters; LINE's ids have 26 to 33, and an index entry must not burst
_DATABASE_ATTEMPTS = 2  # LINE waits two seconds and delivers again; holding it up helps nobody


def blueprint(db: Database, secrets: Sequence[str], wake: Callable[[], None]) -> Blueprint:
    """`POST /line/webhook`, for a channel whose events are signed with one of `secrets`.

    200 once every event is stored, which is when `wake` is called; 400 for what LINE did not sign or
    what is no webhook; 503 when the events could not be stored, so that LINE delivers them again.
    """
    pages = Blueprint("line", __name__)
    keys = [secret.encode() for secret in secrets]

    @pages.post("/line/webhook")
    def webhook() -> Response:
        started = time.perf_counter()
        events = _read_events(keys)
        if events is None:
            log.warning("line_webhook_refused")
            return _answer(400, "not a LINE webhook")
        arrivals = [_arrival(event) for event in events if isinstance(event, dict)]
        if len(arrivals) < len(events):
            log.warning("line_webhook_odd_events", skipped=len(events) - len(arrivals))
        try:
            new = _store(db, arrivals)
        except (StoreError, psycopg2.Error) as error:
            log.error("line_webhook_not_stored", events=len(events), error=type(error).__name__)
            return _answer(503, "not stored")
        if new:
            wake()
        milliseconds = round((time.perf_counter() - started) * 1000, 1)
        causes = [pseudonym(arrival.key) for arrival in arrivals]
        log.info("line_webhook", events=len(events), new=new, ms=milliseconds, causes=causes)
        return _answer(200, "OK")

    return pages


def is_signed(body: bytes, signature: str, keys: Sequence[bytes]) -> bool:
    """Whether `signature` (the header x-line-signature) is that of the raw body under one of the keys.

    Source: LINE documentation, "Verify webhook signature".
    """
    given = signature.encode()
    matches = [hmac.compare_digest(base64.b64encode(hmac.digest(key, body, "sha256")), given) for key in keys]
    return any(matches)


def _read_events(keys: Sequence[bytes]) -> list[Any] | None:
    """The events of the request, or None when it is not a webhook that LINE signed."""
    signature = request.headers.get("x-line-signature")
    if not signature:
        return None
    request.max_content_length = BODY_LIMIT
    try:
        body = request.get_data(cache=False)
    except HTTPException:  # too long, or broken off
        return None
    if not is_signed(body, signature, keys):
        return None
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    events = content.get("events") if isinstance(content, dict) else None
    return events if isinstance(events, list) else None


def _store(db: Database, arrivals: list[Arrival]) -> int:
    """Store the events in one transaction; how many were new."""
    if not arrivals:
        return 0
    return db.transaction(
        lambda tx: inbox.store(tx, SOURCE, arrivals), attempts=_DATABASE_ATTEMPTS, single=True
    )


def _arrival(event: dict[str, Any]) -> Arrival:
    source = event.get("source")
    names = source if isinstance(source, dict) else {}
    lane = _id(names.get("userId")) or _id(names.get("groupId")) or _id(names.get("roomId")) or SOURCE
    return Arrival(key=_id(event.get("webhookEventId")) or _digest(event), lane=lane, payload=event)


def _id(value: Any) -> str:
    return storable(value) if isinstance(value, str) and len(value) <= _ID_LIMIT else ""


def _digest(event: dict[str, Any]) -> str:
    """A name for an event without one, the same however its properties are ordered or it is redelivered."""
    lasting = {name: value for name, value in event.items() if name != "deliveryContext"}
    return hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()


def _answer(status: int, words: str) -> Response:
    return Response(words, status=status, mimetype="text/plain")
