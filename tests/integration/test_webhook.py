from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from bot import webhook
from store.db import Database

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
OLDER = "an-older-secret"
USER = "U" + "1a" * 16
VERIFY = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
VERIFY_SIGNATURE = "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


class Shop:
    """An application with nothing but the webhook, and its database."""

    def __init__(self, database_url: str) -> None:
        self.url = database_url
        self.db = Database(database_url)
        self.woken = 0
        app = Flask("webhook")
        app.register_blueprint(webhook.blueprint(self.db, [SECRET, OLDER], self._wake))
        self.client: FlaskClient = app.test_client()

    def _wake(self) -> None:
        self.woken += 1

    def post(self, body: bytes, signature: str | None = None, secret: str = SECRET) -> TestResponse:
        signature = sign(body, secret) if signature is None else signature
        return self.client.post("/line/webhook", data=body, headers={"X-Line-Signature": signature})

    def deliver(self, *events: Any) -> TestResponse:
        return self.post(json.dumps({"destination": "U0", "events": events}).encode())

    def inbox(self) -> list[tuple[str, str, dict[str, Any]]]:
        with psycopg2.connect(self.url) as conn, conn.cursor() as cursor:
            cursor.execute("SELECT event_key, lane, payload FROM inbox ORDER BY id")
            rows: list[tuple[str, str, dict[str, Any]]] = cursor.fetchall()
        conn.close()
        return rows


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    shop = Shop(database_url)
    yield shop
    shop.db.close()


def sign(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def event(key: str, user: str = USER, **more: Any) -> dict[str, Any]:
    return {"type": "follow", "webhookEventId": key, "source": {"type": "user", "userId": user}, **more}


def test_lines_own_example_of_a_signature_is_accepted(shop: Shop) -> None:
    answer = shop.post(VERIFY, VERIFY_SIGNATURE)
    assert (answer.status_code, shop.inbox(), shop.woken) == (200, [], 0)


def test_events_are_stored_in_their_order_and_the_worker_is_woken(shop: Shop) -> None:
    first, second = event("e1", text="高山烏龍"), event("e2", user="U2")
    answer = shop.deliver(first, second)
    assert (answer.status_code, shop.woken) == (200, 1)
    assert shop.inbox() == [("e1", USER, first), ("e2", "U2", second)]


def test_an_event_that_comes_again_is_stored_once(shop: Shop) -> None:
    shop.deliver(event("e1"))
    again = event("e1", deliveryContext={"isRedelivery": True})
    assert shop.deliver(again, event("e2"), event("e2")).status_code == 200
    assert [key for key, _, _ in shop.inbox()] == ["e1", "e2"]


def test_a_former_secret_still_opens_the_door(shop: Shop) -> None:
    assert shop.post(VERIFY, secret=OLDER).status_code == 200


@pytest.mark.parametrize("signature", ["", "nonsense", "簽章", sign(VERIFY, "another"), sign(b"x", SECRET)])
def test_a_wrong_signature_is_refused(shop: Shop, signature: str) -> None:
    answer = shop.post(VERIFY, signature)
    assert (answer.status_code, answer.data) == (400, b"not a LINE webhook")


def test_a_missing_signature_is_refused_with_the_same_words(shop: Shop) -> None:
    answer = shop.client.post("/line/webhook", data=VERIFY)
    assert (answer.status_code, answer.data) == (400, b"not a LINE webhook")


def test_a_byte_changed_on_the_way_is_noticed(shop: Shop) -> None:
    body = json.dumps({"events": [event("e1")]}).encode()
    assert shop.post(body.replace(b"e1", b"e2"), sign(body, SECRET)).status_code == 400
    assert shop.inbox() == []


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"[]", b"7", b"{}", b'{"events":null}', b'{"events":{}}', b"[" * 100_000],
)
def test_a_signed_body_that_is_no_webhook_is_refused(shop: Shop, body: bytes) -> None:
    answer = shop.post(body)
    assert (answer.status_code, answer.data) == (400, b"not a LINE webhook")


def test_a_body_over_a_mebibyte_is_refused(shop: Shop) -> None:
    body = b'{"events":[]}'.ljust(webhook.BODY_LIMIT)
    assert shop.post(body).status_code == 200
    assert shop.post(body + b" ").status_code == 400


def test_an_event_that_is_none_does_not_harm_its_neighbours(shop: Shop) -> None:
    with capture_logs() as logs:
        answer = shop.deliver(None, "event", event("e1"), [], 7)
    assert (answer.status_code, [key for key, _, _ in shop.inbox()]) == (200, ["e1"])
    assert {"skipped": 4} in [{"skipped": line.get("skipped")} for line in logs]


def test_an_event_without_an_id_is_known_by_its_content(shop: Shop) -> None:
    nameless = {"type": "follow", "timestamp": 1, "source": {"type": "user", "userId": USER}}
    shop.deliver(nameless, {**nameless, "deliveryContext": {"isRedelivery": True}})
    shop.deliver({**nameless, "webhookEventId": None}, {**nameless, "timestamp": 2})
    keys = [key for key, _, _ in shop.inbox()]
    assert len(keys) == len(set(keys)) == 3
    assert all(len(key) == 64 for key in keys)


@pytest.mark.parametrize(
    ("source", "lane"),
    [
        ({"type": "group", "groupId": "C1"}, "C1"),
        ({"type": "group", "groupId": "C1", "userId": USER}, USER),
        ({"type": "room", "roomId": "R1"}, "R1"),
        ({"type": "user", "userId": "x" * 5000}, "line"),
        ({"type": "user", "userId": "a\x00b"}, "a\ufffdb"),
        ({"userId": 7}, "line"),
        ("user", "line"),
        (None, "line"),
    ],
)
def test_a_lane_is_the_speaker_or_else_the_place(shop: Shop, source: Any, lane: str) -> None:
    assert shop.deliver(event("e1", source=source)).status_code == 200
    assert [found for _, found, _ in shop.inbox()] == [lane]


def test_text_that_postgresql_cannot_hold_is_stored_as_near_as_can_be(shop: Shop) -> None:
    assert shop.deliver(event("e\ud8001", text="a\x00\udfff", number=float("nan"))).status_code == 200
    ((key, _, payload),) = shop.inbox()
    assert (key.replace("\ufffd", ""), payload["text"].strip("\ufffd"), payload["number"]) == (
        "e1",
        "a",
        None,
    )


def test_line_is_asked_to_come_again_when_the_database_is_away() -> None:
    app = Flask("webhook")
    nowhere = Database("postgresql://nobody@127.0.0.1:1/none")
    app.register_blueprint(webhook.blueprint(nowhere, [SECRET], lambda: None))
    body = json.dumps({"events": [event("e1")]}).encode()
    headers = {"x-line-signature": sign(body, SECRET)}
    assert app.test_client().post("/line/webhook", data=body, headers=headers).status_code == 503


def test_only_post_is_served(shop: Shop) -> None:
    assert shop.client.get("/line/webhook").status_code == 405


def test_the_log_tells_how_many_and_how_fast_and_nothing_of_whom(shop: Shop) -> None:
    with capture_logs() as logs:
        shop.deliver(event("e1", text="台北市信義路"), event("e1"))
    (line,) = [entry for entry in logs if entry["event"] == "line_webhook"]
    assert (line["events"], line["new"]) == (2, 1)
    assert line["ms"] >= 0
    assert USER not in str(logs)
    assert "信義路" not in str(logs)
