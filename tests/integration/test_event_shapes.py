"""Every kind of event LINE documents, with fields removed and added, through the webhook and the worker.

The events are those of the Messaging API reference, "Webhook Event Objects". Whatever becomes of one, its
neighbours in the same body are answered, and the log stays clean.
"""

from __future__ import annotations

import base64
import copy
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from bot import handler, webhook
from bot.conversation import Conversation
from dev.line.validate import validate_messages
from store.db import Database, Transaction
from store.queue.worker import Worker
from tests.factories import line_user, stock_up
from tests.integration.chat import run
from tests.integration.crawler import shop_of
from tests.unit.test_line_events import EVENTS, paths

SECRET = "a channel secret"
ID = "01H810YECXQQZ37VAXPF6H9E6T"
BATCH = 20
MEMBERS = {"members": [{"type": "user", "userId": "U" + "2" * 32}, {"type": "user"}]}
MORE_EVENTS: list[dict[str, Any]] = [
    {"type": "accountLink", "link": {"result": "failed", "nonce": "n"}},
    {"type": "message", "message": {"type": "sticker", "id": "1", "stickerResourceType": "MESSAGE",
        "text": "hi", "packageId": "1", "stickerId": "2"}},
    {"type": "message", "message": {"type": "image", "id": "1", "contentProvider": {"type": "external",
        "originalContentUrl": "https://a.example/1.jpg", "previewImageUrl": "https://a.example/2.jpg"}}},
    {"type": "message", "message": {"type": "text", "id": "1", "text": "@all", "mention": {
        "mentionees": [{"index": 0, "length": 4, "type": "all"}]}, "markAsReadToken": "m"}},
    {"type": "postback", "postback": {"data": "v=1&a=tab&t=mine", "params": {
        "newRichMenuAliasId": "mine", "status": "RICHMENU_ALIAS_ID_NOTFOUND"}}},
    {"type": "postback", "postback": {"data": "v=1&a=cart", "params": {"date": "2026-12-25"}}},
    {"type": "membership", "membership": {"type": "left", "membershipId": 1}},
    {"type": "membership", "membership": {"type": "renewed", "membershipId": 1}},
    {"type": "module", "module": {"type": "detached", "botId": "U1", "reason": "bot_deleted"}},
    {"type": "beacon", "beacon": {"type": "stay", "hwid": "374591320", "dm": "1234567890abcdef"}},
    {"type": "memberJoined", "joined": MEMBERS},
    {"type": "memberLeft", "left": MEMBERS},
    {"type": "pnp", "delivery": {"data": "x"}},
    {"type": "somethingNew", "somethingNew": {"a": [1, {"b": None}]}, "replyToken": "t"},
]  # fmt: skip
ALL = [
    {
        "mode": "active",
        "timestamp": 1_700_000_000_123,
        "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user", "userId": "U" + "6" * 32},
        **event,
        "webhookEventId": ID,
    }
    for event in [*EVENTS, *MORE_EVENTS]
]
SOURCES: tuple[Any, ...] = (
    {"type": "group", "groupId": "C" + "3" * 32},
    {"type": "group", "groupId": "C" + "3" * 32, "userId": "U" + "4" * 32},
    {"type": "room", "roomId": "R" + "5" * 32},
    {"type": "planet", "planetId": "P"},
    {},
    None,
    "user",
)
ODD_VALUES: tuple[Any, ...] = (
    None,
    "",
    0,
    -1,
    1e99,
    [],
    {},
    [[{}]],
    {"type": None},
    "\x00\ud800",
    "長" * 6000,
)
ADDED = {"newProperty": {"deep": [1, None, {"x": "\x00"}]}, "type2": "?", "": "", "字": "😀"}


class Line:
    """LINE's side of the webhook, and a worker behind it."""

    def __init__(self, url: str) -> None:
        self.db = Database(url)
        app = Flask("webhook")
        app.register_blueprint(webhook.blueprint(self.db, [SECRET], lambda: None))
        self.client: FlaskClient = app.test_client()
        respond = Conversation(shop_of(url)).respond
        self.worker = Worker(
            self.db,
            events={"line": handler.make_handler(respond)},
            jobs=[],
            inbox_threads=1,
            give_up={"line": handler.give_up},
            policies={"line": handler.EVENT_POLICY},
        )

    def deliver(self, *events: Any) -> None:
        """One body of events, as LINE signs and sends it; it must be content."""
        body = json.dumps({"destination": "U0", "events": events}).encode()
        signature = base64.b64encode(hmac.digest(SECRET.encode(), body, "sha256")).decode()
        answer = self.client.post("/line/webhook", data=body, headers={"x-line-signature": signature})
        assert answer.status_code == 200

    def work(self) -> None:
        """Handle everything that came."""
        while events := self.worker._claim_events(8):
            for event in events:
                self.worker.handle(event)

    def rows(self, query: str) -> list[Any]:
        def work(tx: Transaction) -> list[Any]:
            with tx.connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchall()

        return self.db.transaction(work)


@pytest.fixture
def line(database_url: str) -> Iterator[Line]:
    line = Line(database_url)
    stock_up(line.db)
    yield line
    line.db.close()


def spoilt(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The event as it is documented, with each property gone, and odd, and with others added everywhere."""
    yield event
    yield event | ADDED
    for number, way in enumerate(paths(event)):
        for value in (
            _GONE,
            ODD_VALUES[number % len(ODD_VALUES)],
            ODD_VALUES[(number + 5) % len(ODD_VALUES)],
        ):
            other = copy.deepcopy(event)
            holder: Any = other
            for step in way[:-1]:
                holder = holder[step]
            if value is _GONE:
                del holder[way[-1]]
            else:
                holder[way[-1]] = value
            yield other
        inner = copy.deepcopy(event)
        holder = inner
        for step in way:
            holder = holder[step]
        if isinstance(holder, dict):
            holder.update(ADDED)
            yield inner
    for source in SOURCES:
        yield event | {"source": source}
    yield event | {"mode": "standby"}
    yield event | {"deliveryContext": {"isRedelivery": True}, "timestamp": 0}


_GONE = object()


@pytest.mark.parametrize("event", ALL, ids=lambda event: event["type"])
def test_no_shape_of_an_event_fails_or_costs_a_neighbour_its_answer(
    line: Line, event: dict[str, Any]
) -> None:
    strange = [_named(shape, number) for number, shape in enumerate(spoilt(event))]
    neighbours = []
    with capture_logs() as logs:
        for at in range(0, len(strange), BATCH):
            before, after = line_user(), line_user()
            neighbours += [before, after]
            line.deliver(_asks(before), *strange[at : at + BATCH], None, "no event", _asks(after))
            run(line.db, "UPDATE customers SET pace_left = 20")
            line.work()
    assert [entry for entry in logs if entry["log_level"] in ("error", "critical")] == []
    assert line.rows("SELECT status, last_error FROM inbox WHERE status <> 'done' OR last_error <> ''") == []
    ((handled,),) = line.rows("SELECT count(*) FROM inbox")
    assert handled == len(strange) + len(neighbours)
    answers = [payload for (payload,) in line.rows("SELECT payload FROM outbox WHERE kind = 'line.message'")]
    assert set(neighbours) <= {answer.get("to") for answer in answers}
    assert [problem for answer in answers for problem in validate_messages(answer["messages"])] == []


def _named(event: dict[str, Any], number: int) -> dict[str, Any]:
    """With an id of its own, unless it is the id that is odd."""
    return event | {"webhookEventId": f"e{number}"} if event.get("webhookEventId") == ID else event


def _asks(user: str) -> dict[str, Any]:
    return {
        "type": "message",
        "webhookEventId": user,
        "replyToken": f"t{user}",
        "source": {"type": "user", "userId": user},
        "message": {"type": "text", "id": "1", "text": "購物車"},
    }
