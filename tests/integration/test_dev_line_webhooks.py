"""How the stand-in's events reach a bot: signed, in order, again, twice, turned round and in one body."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import requests

from dev.line import Platform, PlatformConfig, create_app
from dev.line.errors import ChatError
from dev.serve import Server

Json = dict[str, Any]


class Bot:
    """A webhook that keeps what it gets and answers the statuses in `answers` first, then 200."""

    def __init__(self) -> None:
        self.bodies: list[Json] = []
        self.signatures: list[bool] = []
        self.signature = ""
        self.answers: list[int] = []
        self.delay = 0.0
        self.meeting: threading.Barrier | None = None
        self.secret = PlatformConfig().secret
        self._got = threading.Condition()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        raw = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        expected = base64.b64encode(hmac.new(self.secret.encode(), raw, hashlib.sha256).digest()).decode()
        time.sleep(self.delay)
        if self.meeting is not None:
            self.meeting.wait()
        with self._got:
            self.bodies.append(json.loads(raw))
            self.signature = environ["HTTP_X_LINE_SIGNATURE"]
            self.signatures.append(environ["HTTP_X_LINE_SIGNATURE"] == expected)
            status = self.answers.pop(0) if self.answers else 200
            self._got.notify_all()
        start_response(f"{status} Answer", [("Content-Length", "0")])
        return []

    @property
    def events(self) -> list[Json]:
        return [event for body in self.bodies for event in body["events"]]

    def wait_for(self, enough: Callable[[], bool], timeout: float = 5) -> None:
        with self._got:
            assert self._got.wait_for(enough, timeout), self.bodies


@pytest.fixture
def bot() -> Bot:
    return Bot()


@pytest.fixture
def platform(bot: Bot) -> Iterator[Platform]:
    config = PlatformConfig(redelivery_delays=(0.05, 0.05))
    with Server(bot) as server, Platform(config) as platform:
        platform.connect(server.url + "/line/webhook")
        yield platform


@pytest.fixture
def user(platform: Platform) -> str:
    return next(iter(platform.world.users))


def test_a_text_arrives_signed_with_all_that_line_sends(platform: Platform, bot: Bot, user: str) -> None:
    assert platform.say(user, "商品").wait() == 200
    assert bot.signatures == [True]
    assert re.fullmatch(r"U[0-9a-f]{32}", bot.bodies[0]["destination"])
    (event,) = bot.events
    assert event["type"] == "message"
    assert event["mode"] == "active"
    assert event["source"] == {"type": "user", "userId": user}
    assert event["deliveryContext"] == {"isRedelivery": False}
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{26}", event["webhookEventId"])
    assert abs(event["timestamp"] / 1000 - time.time()) < 60
    assert event["replyToken"]
    assert event["message"]["text"] == "商品"
    assert {"id", "quoteToken", "markAsReadToken"} <= set(event["message"])


def test_the_signature_is_that_of_lines_own_example(bot: Bot) -> None:
    config = PlatformConfig(
        secret="8c570fa6dd201bb328f1c1eac23a96d8", bot_user_id="U8e742f61d673b39c7fff3cecb7536ef0"
    )
    with Server(bot) as server, Platform(config) as platform:
        assert platform.webhooks.post([], server.url) == (200, None)
    assert bot.signature == "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs="


def test_one_customers_events_stay_in_order(platform: Platform, bot: Bot, user: str) -> None:
    for number in range(20):
        platform.say(user, str(number))
    bot.wait_for(lambda: len(bot.events) == 20)
    assert [event["message"]["text"] for event in bot.events] == [str(number) for number in range(20)]


def test_two_customers_events_are_under_way_at_once(platform: Platform, bot: Bot) -> None:
    bot.meeting = threading.Barrier(2, timeout=1.5)
    first, second = list(platform.world.users)[:2]
    deliveries = [platform.say(first, "1"), platform.say(second, "2")]
    assert [delivery.wait() for delivery in deliveries] == [200, 200]


def test_a_failed_event_comes_again_the_same_and_marked(platform: Platform, bot: Bot, user: str) -> None:
    platform.webhooks.redelivery = True
    bot.answers = [500, 503]
    assert platform.say(user, "hi").wait() == 500
    bot.wait_for(lambda: len(bot.events) == 3)
    first, second, third = bot.events
    assert second == {**first, "deliveryContext": {"isRedelivery": True}}
    assert third == second


def test_redelivery_ends_and_is_off_unless_asked_for(platform: Platform, bot: Bot, user: str) -> None:
    bot.answers = [500] * 9
    platform.say(user, "once").wait()
    platform.webhooks.redelivery = True
    platform.say(user, "thrice").wait()
    bot.wait_for(lambda: len(bot.events) == 4)
    time.sleep(0.2)
    assert [event["message"]["text"] for event in bot.events] == ["once", "thrice", "thrice", "thrice"]


def test_a_bot_slower_than_the_limit_counts_as_failed(platform: Platform, bot: Bot, user: str) -> None:
    bot.delay = 1.0
    platform.config.webhook_time_limit = 0.2
    delivery = platform.say(user, "hi")
    assert delivery.wait() is None
    assert delivery.error == "request_timeout"
    assert platform.webhooks.log[-1]["error"] == "request_timeout"


def test_a_bot_that_is_not_there_counts_as_failed(platform: Platform, user: str) -> None:
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        platform.connect(f"http://127.0.0.1:{nobody_listens.getsockname()[1]}/line/webhook")
        delivery = platform.say(user, "hi")
        assert delivery.wait() is None
    assert delivery.error == "could_not_connect"


def test_an_event_can_come_twice_unmarked(platform: Platform, bot: Bot, user: str) -> None:
    platform.webhooks.duplicate(1)
    platform.say(user, "1")
    platform.say(user, "2")
    bot.wait_for(lambda: len(bot.events) == 3)
    assert bot.events[0] == bot.events[1]
    assert bot.events[2]["message"]["text"] == "2"


def test_held_events_come_turned_round(platform: Platform, bot: Bot, user: str) -> None:
    platform.webhooks.hold()
    for text in "123":
        platform.say(user, text)
    assert platform.webhooks.release("reversed") == 3
    bot.wait_for(lambda: len(bot.events) == 3)
    assert [event["message"]["text"] for event in bot.events] == ["3", "2", "1"]
    assert len(bot.bodies) == 3


def test_events_of_several_customers_come_in_one_body(platform: Platform, bot: Bot) -> None:
    platform.webhooks.hold()
    for user_id in platform.world.users:
        platform.say(user_id, "hi")
    platform.webhooks.release(together=True)
    bot.wait_for(lambda: len(bot.bodies) == 1)
    assert {event["source"]["userId"] for event in bot.events} == set(platform.world.users)


def test_a_redelivered_event_brings_its_reply_token_back_to_life(
    platform: Platform, bot: Bot, user: str
) -> None:
    delivery = platform.say(user, "hi")
    delivery.wait()
    platform.tokens.life = 0.5
    time.sleep(0.6)
    token = str(delivery.reply_token)
    assert platform.tokens.find(token) is None
    platform.tokens.start(token)
    assert platform.tokens.find(token) == user


def test_blocking_unblocking_and_unsending_are_told(platform: Platform, bot: Bot, user: str) -> None:
    said = platform.say(user, "打錯了").event["message"]["id"]
    platform.customers.unsend(user, said)
    platform.customers.unfollow(user)
    platform.customers.follow(user)
    bot.wait_for(lambda: len(bot.events) == 4)
    _, unsend, unfollow, follow = bot.events
    assert unsend["unsend"] == {"messageId": said}
    assert "replyToken" not in unsend
    assert unfollow["type"] == "unfollow"
    assert "replyToken" not in unfollow
    assert follow["follow"] == {"isUnblocked": True}
    assert follow["replyToken"]


def test_a_group_speaks_with_a_group_source_and_can_be_left(platform: Platform, bot: Bot) -> None:
    users = list(platform.world.users)
    group, joined = platform.customers.found_group("家人", users)
    joined.wait()
    platform.customers.say(group.group_id, "大家好", users[0]).wait()
    with Server(create_app(platform)) as server:
        headers = {"Authorization": f"Bearer {platform.config.token}"}
        url = f"{server.url}/v2/bot/group/{group.group_id}/leave"
        assert requests.post(url, headers=headers, timeout=5).status_code == 200
        assert requests.post(url, headers=headers, timeout=5).status_code == 404
    bot.wait_for(lambda: len(bot.events) == 3)
    assert [event["type"] for event in bot.events] == ["join", "message", "leave"]
    assert bot.events[0]["source"] == {"type": "group", "groupId": group.group_id}
    assert bot.events[1]["source"] == {"type": "group", "groupId": group.group_id, "userId": users[0]}
    assert "replyToken" not in bot.events[2]


def test_people_come_to_a_group_and_go_and_so_does_the_bot(platform: Platform, bot: Bot) -> None:
    first, second = list(platform.world.users)[:2]
    customers = platform.customers
    room, joined = customers.found_group("聚餐", [first], "room")
    joined.wait()
    customers.admit(room.group_id, second).wait()
    customers.part(room.group_id, first).wait()
    customers.expel_bot(room.group_id).wait()
    for unheard in (
        lambda: customers.say(room.group_id, "有人嗎", second),
        lambda: customers.admit(room.group_id, first),
        lambda: customers.part(room.group_id, second),
    ):
        with pytest.raises(ChatError, match="not in this group"):
            unheard()
    customers.invite_bot(room.group_id).wait()
    bot.wait_for(lambda: len(bot.events) == 5)
    assert [event["type"] for event in bot.events] == ["join", "memberJoined", "memberLeft", "leave", "join"]
    assert {str(event["source"]) for event in bot.events} == {str({"type": "room", "roomId": room.group_id})}
    assert bot.events[1]["joined"] == {"members": [{"type": "user", "userId": second}]}
    assert bot.events[2]["left"] == {"members": [{"type": "user", "userId": first}]}
    assert ["replyToken" in event for event in bot.events] == [True, True, False, False, True]


def test_only_the_author_takes_a_message_in_a_group_back(platform: Platform, bot: Bot) -> None:
    first, second = list(platform.world.users)[:2]
    group, _ = platform.customers.found_group("家人", [first, second])
    platform.customers.say(group.group_id, "打錯字", first).wait()
    said = bot.events[-1]["message"]["id"]
    with pytest.raises(ChatError, match="no such message"):
        platform.customers.unsend(group.group_id, said, second)
    platform.customers.unsend(group.group_id, said, first).wait()
    assert bot.events[-1]["source"]["userId"] == first


def test_the_verify_button_sends_an_empty_signed_body(platform: Platform, bot: Bot) -> None:
    with Server(create_app(platform)) as server:
        headers = {"Authorization": f"Bearer {platform.config.token}"}
        url = f"{server.url}/v2/bot/channel/webhook/test"
        answer = requests.post(url, json={}, headers=headers, timeout=5).json()
    assert (answer["success"], answer["statusCode"]) == (True, 200)
    assert bot.bodies[0]["events"] == []
    assert bot.signatures == [True]
