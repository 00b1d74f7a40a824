"""From a customer's tap to the answer on their screen, through a stand-in LINE and a running worker."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import Flask

from bot import webhook
from bot.delivery import DELIVERY_POLICY, make_sender
from bot.events import Incoming, Text
from bot.handler import EVENT_POLICY, give_up, make_handler
from bot.line_api import LineApi
from dev.line import Platform, PlatformConfig, create_app
from dev.serve import Server
from store.customers import Customer
from store.db import Database, Transaction
from store.queue.policy import RetryPolicy
from store.queue.worker import Worker

CONFIG = PlatformConfig(redelivery=True, redelivery_delays=(0.3,))


@dataclass
class Shop:
    """A shop that echoes, except the word that breaks it."""

    platform: Platform
    worker: Worker = field(init=False)

    @property
    def user(self) -> str:
        return next(iter(self.platform.world.users))

    def converse(self, tx: Transaction, customer: Customer, incoming: Incoming) -> list[dict[str, Any]]:
        said = incoming.what
        if isinstance(said, Text) and said.text == "壞":
            raise RuntimeError("broken")
        return [{"type": "text", "text": f"你說{said.text}" if isinstance(said, Text) else "你好"}]

    def texts(self) -> list[tuple[str, bool]]:
        items = self.platform.timeline(self.user)
        return [(said(item.message), item.via_push) for item in items if item.sender == "bot"]

    def wait_for(self, text: str, chat: str | None = None) -> None:
        self.platform.wait_for(chat or self.user, lambda message: said(message) == text, timeout=8)


def said(message: dict[str, Any]) -> str:
    return str(message.get("text") or message["altText"])


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    with Platform(CONFIG) as platform, Server(create_app(platform)) as line:
        shop, db = Shop(platform), Database(database_url, size=6)
        api = LineApi(CONFIG.token, line.url, read_seconds=0.5)
        shop.worker = Worker(
            db,
            events={"line": make_handler(shop.converse)},
            jobs=[("senders", 2, {"line.message": make_sender(api, db)})],
            inbox_threads=2,
            give_up={"line": give_up},
            policies={"line": RetryPolicy(base=0.05, attempts=2), "line.message": DELIVERY_POLICY},
        )
        app = Flask("shop")
        app.register_blueprint(webhook.blueprint(db, [CONFIG.secret], shop.worker.wake))
        with Server(app) as server:
            platform.connect(f"{server.url}/line/webhook")
            shop.worker.start()
            yield shop
            shop.worker.stop()
        db.close()


def test_what_a_customer_says_is_answered_in_order_and_free_of_charge(shop: Shop) -> None:
    shop.platform.webhooks.duplicate(3)
    for word in ("一", "二", "三"):
        assert shop.platform.say(shop.user, word).wait() == 200
    shop.wait_for("你說三")
    assert shop.texts() == [("你說一", False), ("你說二", False), ("你說三", False)]


def test_a_tap_that_always_fails_is_owned_up_to_and_the_next_one_works(shop: Shop) -> None:
    shop.platform.say(shop.user, "壞")
    shop.platform.say(shop.user, "好")
    shop.wait_for("你說好")
    assert shop.texts() == [("剛剛那一步沒有成功，請再試一次。", False), ("你說好", False)]
    assert EVENT_POLICY.delay_seconds(EVENT_POLICY.attempts) is None


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("trouble", ["timeout", "drop", "reset", "status"])
def test_a_reply_lost_on_the_way_is_seen_once(shop: Shop, trouble: str, accepted: bool) -> None:
    fault = {"endpoint": "reply", "kind": trouble, "seconds": 1.0, "after_accepting": accepted}
    shop.platform.faults.add(fault)
    shop.platform.say(shop.user, "一")
    shop.wait_for("你說一")
    shop.platform.say(shop.user, "二")
    shop.wait_for("你說二")
    assert shop.texts() == [("你說一", False), ("你說二", False)]


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("trouble", ["timeout", "reset", "status"])
def test_a_push_lost_on_the_way_is_seen_once(shop: Shop, trouble: str, accepted: bool) -> None:
    fault = {"endpoint": "push", "kind": trouble, "seconds": 1.0, "after_accepting": accepted}
    shop.platform.faults.add(fault)
    shop.platform.tokens.life = 0
    shop.platform.say(shop.user, "一")
    shop.wait_for("你說一")
    shop.platform.say(shop.user, "二")
    shop.wait_for("你說二")
    assert shop.texts() == [("你說一", True), ("你說二", True)]
    assert shop.platform.world.quota.used == 2


def test_a_group_is_told_to_come_in_private(shop: Shop) -> None:
    group, _ = shop.platform.customers.found_group("團購", [shop.user])
    hint = "為了您的隱私，購物請加我好友私訊喔。"
    english = "For your privacy, please add me as a friend and shop in private."
    shop.wait_for(f"{hint}\n{english}", group.group_id)
    assert shop.texts() == []
