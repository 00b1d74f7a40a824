from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg2
import pytest

from bot.events import Incoming, Other, Text
from bot.handler import REPLY_SECONDS, give_up, make_handler
from store import customers
from store.customers import Customer, ReplyToken
from store.db import Database, Transaction, sql
from store.queue.inbox import Event

USER = "U" + "1a" * 16
GROUP = "C" + "2b" * 16
GROUP_HINT = "為了您的隱私，購物請加我好友私訊喔。"
GROUP_HINT_ENGLISH = "For your privacy, please add me as a friend and shop in private."
ANSWER = [{"type": "text", "text": "這是購物車"}]
NOW = datetime.now(UTC) + timedelta(hours=1)
"""Ahead of the clock, so that a token of now still lives when its test comes at the end of a long run."""


@dataclass
class Shop:
    """A database, and a conversation that says what it is told to and remembers what it heard."""

    db: Database
    answer: list[dict[str, Any]] | None = None
    heard: list[tuple[Customer, Incoming]] = field(default_factory=list)

    def converse(self, tx: Transaction, customer: Customer, incoming: Incoming) -> Any:
        self.heard.append((customer, incoming))
        return self.answer

    def handle(self, kind: str = "follow", received_at: datetime = NOW, **more: Any) -> None:
        event = stored(kind, received_at, **more)
        self.db.transaction(lambda tx: make_handler(self.converse)(tx, event))

    def customer(self) -> Customer:
        return self.db.transaction(lambda tx: customers.meet(tx, USER))

    def kept(self) -> ReplyToken | None:
        return self.db.transaction(lambda tx: customers.take_token(tx, self.customer().id))

    def rows(self, table: str, columns: str) -> list[Any]:
        with psycopg2.connect(self.db.url) as conn, conn.cursor() as cursor:
            cursor.execute(f"SELECT {columns} FROM {table} ORDER BY id")
            rows = cursor.fetchall()
        conn.close()
        return rows

    def posted(self) -> list[tuple[str, str, dict[str, Any]]]:
        return self.rows("outbox", "kind, lane, payload")


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    shop = Shop(Database(database_url))
    yield shop
    shop.db.close()


def stored(kind: str, received_at: datetime = NOW, **more: Any) -> Event:
    payload = {
        "type": kind,
        "timestamp": int(NOW.timestamp() * 1000),
        "source": {"type": "user", "userId": USER},
        "webhookEventId": "e1",
        "replyToken": "a-token",
        **more,
    }
    return Event(1, "line", "e1", USER, payload, received_at, 1, uuid4())


def said(text: str, **more: Any) -> dict[str, Any]:
    return {"message": {"type": "text", "id": "1", "text": text, **more}}


def in_group(**more: Any) -> dict[str, Any]:
    return {"source": {"type": "group", "groupId": GROUP, "userId": USER}, **more}


def test_an_answer_is_posted_to_its_customer_with_the_reply_token(shop: Shop) -> None:
    shop.answer = ANSWER
    shop.handle("message", **said("購物車"))
    ((customer, incoming),) = shop.heard
    assert (customer.line_user_id, incoming.what) == (USER, Text("購物車", "1"))
    payload = {
        "customer_id": customer.id,
        "to": USER,
        "messages": ANSWER,
        "worth": "answer",
        "reply_token": "a-token",
        "token_until": (NOW + timedelta(seconds=REPLY_SECONDS)).isoformat(),
    }
    assert shop.posted() == [("line.message", customer.lane, payload)]
    assert shop.kept() is None


def test_an_answer_to_an_event_without_a_token_is_posted_all_the_same(shop: Shop) -> None:
    shop.answer = ANSWER
    shop.handle(replyToken=None)
    ((_, _, payload),) = shop.posted()
    assert payload.keys() == {"customer_id", "to", "messages", "worth"}


@pytest.mark.parametrize("answer", [None, []])
def test_a_token_that_is_not_needed_is_kept_for_what_may_follow(shop: Shop, answer: Any) -> None:
    shop.answer = answer
    shop.handle("message", **said("謝謝"))
    assert shop.posted() == []
    assert shop.kept() == ReplyToken("a-token", NOW + timedelta(seconds=REPLY_SECONDS))


def test_a_redelivered_token_dies_twenty_minutes_after_its_event(shop: Shop) -> None:
    shop.answer = ANSWER
    again = {"deliveryContext": {"isRedelivery": True}}
    early, late = NOW + timedelta(minutes=5), NOW + timedelta(minutes=19, seconds=50)
    for received_at in (early, late):
        shop.handle(received_at=received_at, **again)
    until = [datetime.fromisoformat(payload["token_until"]) for _, _, payload in shop.posted()]
    assert until[0] == early + timedelta(seconds=REPLY_SECONDS)
    assert abs(until[1] - (NOW + timedelta(minutes=20))) < timedelta(milliseconds=2)


def test_who_blocks_the_account_is_no_friend_until_they_come_back(shop: Shop) -> None:
    shop.answer = ANSWER
    shop.handle("unfollow")
    assert (shop.customer().friend, shop.heard, shop.posted()) == (False, [], [])
    shop.handle("follow")
    assert shop.customer().friend
    assert shop.heard[0][0].friend


def test_a_sticker_is_for_the_conversation_to_answer(shop: Shop) -> None:
    shop.handle("message", message={"type": "sticker", "id": "1"})
    assert shop.heard[0][1].what == Other("sticker", is_message=True)


def test_nothing_is_done_while_another_channel_has_the_chat(shop: Shop) -> None:
    shop.answer = ANSWER
    shop.handle("message", mode="standby", **said("商品"))
    shop.handle("unfollow", mode="standby")
    assert (shop.heard, shop.posted(), shop.rows("customers", "id")) == ([], [], [])


@pytest.mark.parametrize(
    "source", [None, {"type": "user"}, {"type": "user", "userId": ""}, {"type": "planet", "userId": USER}]
)
def test_an_event_of_nobody_is_passed_over(shop: Shop, source: Any) -> None:
    shop.answer = ANSWER
    shop.handle("message", source=source, **said("商品"))
    assert (shop.heard, shop.posted(), shop.rows("customers", "id")) == ([], [], [])


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("join", {}),
        ("postback", {"postback": {"data": "1|cart"}}),
        ("message", said(" Cart ")),
        ("message", said("@店 訂單", mention={"mentionees": [{"type": "user", "isSelf": True}]})),
    ],
)
def test_a_group_hears_only_that_shopping_is_private(shop: Shop, kind: str, more: dict[str, Any]) -> None:
    shop.answer = ANSWER
    shop.handle(kind, **in_group(**more))
    ((posted, lane, payload),) = shop.posted()
    assert (posted, lane, payload["worth"]) == ("line.message", f"group:{GROUP}", "free")
    assert payload["messages"] == [{"type": "text", "text": f"{GROUP_HINT}\n{GROUP_HINT_ENGLISH}"}]
    assert "to" not in payload
    assert (shop.heard, shop.rows("customers", "id")) == ([], [])


@pytest.mark.parametrize(("language", "hint"), [("zh-TW", GROUP_HINT), ("en", GROUP_HINT_ENGLISH)])
def test_a_group_is_answered_in_the_language_of_who_asks(shop: Shop, language: str, hint: str) -> None:
    shop.customer()
    shop.db.transaction(lambda tx: sql.language_choose(tx.connection, id=1, language=language))
    more = in_group(**said("購物車"))
    shop.handle("message", **{**more, "source": {**more["source"], "userId": USER}})
    assert shop.posted()[0][2]["messages"] == [{"type": "text", "text": hint}]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("message", said("晚餐吃什麼")),
        ("message", {"message": {"type": "sticker", "id": "1"}}),
        ("leave", {}),
        ("memberJoined", {"joined": {"members": []}}),
        ("join", {"replyToken": None}),
    ],
)
def test_what_a_group_says_to_itself_is_left_alone(shop: Shop, kind: str, more: dict[str, Any]) -> None:
    shop.handle(kind, **in_group(**more))
    assert (shop.heard, shop.posted()) == ([], [])


def test_who_waits_is_told_when_an_event_has_failed_for_good(shop: Shop) -> None:
    shop.db.transaction(lambda tx: give_up(tx, stored("postback", postback={"data": "1|pay"})))
    ((_, lane, payload),) = shop.posted()
    assert lane == shop.customer().lane
    assert [message["altText"] for message in payload["messages"]] == ["剛剛那一步沒有成功，請再試一次。"]
    assert (payload["to"], payload["reply_token"], payload["worth"]) == (USER, "a-token", "answer")


def test_who_waits_is_told_of_a_failure_in_their_language(shop: Shop) -> None:
    shop.customer()
    shop.db.transaction(lambda tx: sql.language_choose(tx.connection, id=1, language="en"))
    shop.db.transaction(lambda tx: give_up(tx, stored("postback", postback={"data": "1|pay"})))
    (message,) = shop.posted()[0][2]["messages"]
    assert message["altText"] == "That last step did not work. Please try again."
    assert message["quickReply"]["items"]


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        ("unfollow", {}),
        ("beacon", {}),
        ("follow", {"mode": "standby"}),
        ("follow", {"source": None}),
        ("message", in_group(**said("購物車"))),
    ],
)
def test_nobody_is_told_of_a_failure_they_do_not_wait_for(
    shop: Shop, kind: str, more: dict[str, Any]
) -> None:
    shop.db.transaction(lambda tx: give_up(tx, stored(kind, **more)))
    assert shop.posted() == []
