"""A LINE that fails in every way its reference lists: nothing important is lost or said twice."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask

from bot import attempt, webhook
from bot.attempt import Post
from bot.delivery import DELIVERY_POLICY, Say, make_sender, send_to_customer
from bot.events import Incoming, Text
from bot.handler import make_handler
from bot.held import Held
from bot.line_api import LineApi
from bot.quota import Quota, Rank
from dev.line import Platform, PlatformConfig, create_app
from dev.serve import Server
from store import customers
from store.customers import Customer
from store.db import Database, Transaction
from store.queue import outbox
from store.queue.outbox import Job
from store.queue.policy import RetryPolicy
from store.queue.worker import Worker
from tests.acceptance.town import wait_until
from tests.factories import scalar

CUSTOMERS = 20
STORM_SECONDS = float(os.environ.get("STORM_SECONDS", "10"))
"""How long LINE fails; the suite has no patience for a minute."""
ROUNDS = 6
STATUSES = (500, 502, 503, 429, 401, 403)
BREAKS = ("timeout", "drop", "reset", "status")


class Street:
    """Customers who type numbers and get them echoed, and a shop that has numbered news for them."""

    def __init__(self, platform: Platform, db: Database, line_url: str) -> None:
        self.platform, self.db = platform, db
        self.users = [platform.add_user(f"顧客{n}").user_id for n in range(CUSTOMERS)]
        api = LineApi(platform.config.token, line_url, read_seconds=0.4)
        tell = {"notice": self._tell}
        self.post = Post(api, db, Quota(db, api), Held(db, tell))
        sender = make_sender(api, db, quota=self.post.quota, held=self.post.held)
        self.worker = Worker(
            db,
            events={"line": make_handler(self._converse)},
            jobs=[("line", 8, {"line.message": sender, "notice": self._notice})],
            inbox_threads=2,
            policies={"line.message": DELIVERY_POLICY, "notice": DELIVERY_POLICY},
        )

    def _converse(self, _tx: Transaction, _who: Customer, incoming: Incoming) -> list[dict[str, Any]]:
        said = incoming.what
        return [{"type": "text", "text": f"answer {said.text}" if isinstance(said, Text) else "hello"}]

    def _notice(self, job: Job) -> Any:
        def work(tx: Transaction) -> tuple[Customer, list[Any]]:
            customer = customers.find(tx, job.payload["customer_id"])
            return customer, self._tell(tx, customer, job.payload, None)

        customer, words = self.db.transaction(work)
        return send_to_customer(self.post, job, customer, Say(words, rank=Rank.MONEY))

    @staticmethod
    def _tell(_tx: Transaction, _who: Customer, payload: dict[str, Any], _order: int | None) -> list[Any]:
        return [{"type": "text", "text": f"news {payload['number']}"}]

    def live(self) -> None:
        """Everybody types, and everybody has news, round after round."""
        for number in range(ROUNDS):
            for user in self.users:
                self.platform.say(user, str(number))
                self.put_news(user, number)
            time.sleep(STORM_SECONDS / ROUNDS)

    def put_news(self, user: str, number: int) -> None:
        def work(tx: Transaction) -> None:
            customer = customers.meet(tx, user)
            payload = {"number": number, "customer_id": customer.id}
            outbox.put(tx, "notice", payload, lane=customer.lane)

        self.db.transaction(work)

    def heard(self, user: str, what: str) -> list[str]:
        """The messages of one kind that a customer has got, in order."""
        texts = [message["text"] for message in self.platform.messages(user)]
        return [text for text in texts if text.startswith(what)]

    def is_quiet(self) -> bool:
        """Whether nothing is left to do that does not wait for a customer."""
        return not scalar(
            self.db,
            "SELECT (SELECT count(*) FROM inbox WHERE status = 'waiting')"
            " + (SELECT count(*) FROM outbox WHERE status = 'waiting'"
            "    AND coalesce(left(lane, 5), '') <> 'held:')",
        )


@contextmanager
def street(database_url: str, quota: int | None) -> Iterator[Street]:
    config = PlatformConfig(redelivery=True, redelivery_delays=(0.3, 1.0), quota_limit=quota)
    with Platform(config) as platform, Server(create_app(platform)) as line:
        db = Database(database_url, size=8)
        place = Street(platform, db, line.url)
        app = Flask("shop")
        app.register_blueprint(webhook.blueprint(db, [config.secret], place.worker.wake))
        with Server(app) as server:
            platform.connect(f"{server.url}/line/webhook")
            place.worker.start()
            yield place
            place.platform.faults.clear()
            place.worker.stop()
        db.close()


def storm(platform: Platform, chance: random.Random, over: threading.Event) -> None:
    """One trouble after the other, for all calls or for one kind of them."""
    while not over.is_set():
        kind, status = chance.choice(BREAKS), chance.choice(STATUSES)
        in_doubt = kind != "status" or status >= 500  # LINE does nothing of what it refuses
        platform.faults.add(
            {
                "endpoint": chance.choice(("*", "reply", "push")),
                "kind": kind,
                "status": status,
                "seconds": 0.8,
                "times": None,
                "after_accepting": in_doubt and chance.random() < 0.5,
            }
        )
        over.wait(chance.uniform(0.2, 0.9))
        platform.faults.clear()
        over.wait(chance.uniform(0.05, 0.3))


@pytest.fixture
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short outage has short pauses."""
    quick = RetryPolicy(base=0.1, cap=1.0, attempts=2000)
    monkeypatch.setattr(attempt, "_OUTAGE", dict.fromkeys(attempt._OUTAGE, quick))


@pytest.mark.usefixtures("short_waits")
@pytest.mark.parametrize("quota", [None, 25])
def test_a_line_that_fails_in_every_way_loses_nothing_and_repeats_nothing(
    database_url: str, quota: int | None
) -> None:
    seed = random.randrange(10**6)
    print(f"storm of seed {seed}")  # shown when the test fails
    with street(database_url, quota) as place:
        over = threading.Event()
        weather = threading.Thread(target=storm, args=(place.platform, random.Random(seed), over))
        weather.start()
        place.live()
        over.set()
        weather.join()
        wait_until(place.is_quiet, 40, "the worker to have done everything")
        for user in place.users:
            place.platform.say(user, "last")
            place.platform.wait_for(user, lambda message: message["text"] == "answer last", 20)
        for user in place.users:
            numbers = range(ROUNDS)
            assert place.heard(user, "answer") == [*(f"answer {n}" for n in numbers), "answer last"]
            assert place.heard(user, "news") == [f"news {n}" for n in numbers]
        assert scalar(place.db, "SELECT count(*) FROM outbox WHERE status = 'dead'") == 0
        calls = [entry for entry in place.platform.endpoints.history if entry["endpoint"] == "push"]
        kept = scalar(place.db, "SELECT count(*) FROM outbox WHERE outcome LIKE 'told with %%'")
        if quota is None:
            assert kept == 0
        else:
            assert int(str(kept)) > 0
            assert sum(entry["status"] == 200 for entry in calls) <= quota
