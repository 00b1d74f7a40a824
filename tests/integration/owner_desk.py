"""A shop whose owners are at a stand-in LINE: news is found, and told, when a test says so."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.held import Held
from bot.line_api import LineApi
from bot.notifier import make_teller
from bot.owner_notices import make_owner_notifier
from bot.quota import Quota
from dev.line import Platform, create_app
from dev.serve import Server
from settings import LineSettings, Settings
from store import cases, customers, orders, owner_news
from store.cases import Kind
from store.db import Database, Transaction, sql
from store.orders import Charge, Order
from store.queue import outbox
from store.queue.outbox import Job
from store.queue.worker import Worker
from store.shop import Shop
from tests.factories import placed_order, scalar, stock_up
from tests.integration.chat import a_payment, run, words_of

NOON = datetime.now(UTC).replace(hour=4, minute=30, second=0, microsecond=0) + timedelta(days=1)
"""Half past twelve in Taiwan, when no summary is sent."""
MORNING = NOON.replace(hour=1, minute=0)
"""Nine in Taiwan."""
LATER = timedelta(hours=1)
RESERVE = 20


class Desk:
    """The shop, two owners with a LINE account each, and one worker."""

    def __init__(self, db: Database, platform: Platform, line_url: str) -> None:
        self.db, self.platform = db, platform
        self.owners = tuple(platform.add_user(name).user_id for name in ("老闆", "店長"))
        line = LineSettings(secrets=("s",), token=platform.config.token, api_url=line_url)
        settings = Settings(db.url, "https://shop.example", "secret", line, None)
        self.shop = Shop(replace(settings, owner_line_user_ids=self.owners))
        self.api = LineApi(platform.config.token, line_url, read_seconds=2)
        self.worker = self.new_worker()

    def new_worker(self) -> Worker:
        """Another worker, as in another process."""
        quota, held = Quota(self.db, self.api, RESERVE), Held(self.db, {"notice": make_teller(self.shop)})
        tell = make_owner_notifier(self.api, self.db, self.shop, quota=quota, held=held)
        return Worker(self.db, events={}, jobs=[("line", 1, {owner_news.JOB: tell})], inbox_threads=1)

    def look(self, now: datetime = NOON) -> int:
        """Find the news; how many messages are put."""
        return self.db.transaction(lambda tx: owner_news.look(tx, self.shop.owners, now))

    def look_at_stock(self, now: datetime = NOON) -> int:
        """Find what has fallen."""
        return self.db.transaction(lambda tx: owner_news.look_at_stock(tx, self.shop.owners, now))

    def send(self) -> list[str]:
        """Send what waits and is due; the states and outcomes."""
        done = []
        while job := self.claim():
            self.worker.perform(job)
            done.append(self.state(job.id))
        return done

    def claim(self) -> Job | None:
        """Take the next message in hand."""
        jobs = self.db.transaction(lambda tx: outbox.claim(tx, [owner_news.JOB], 1, uuid.uuid4(), 60))
        return jobs[0] if jobs else None

    def state(self, job_id: int) -> str:
        query = "SELECT status || ': ' || outcome || last_error FROM outbox WHERE id = %s"
        return str(scalar(self.db, query, job_id))

    def waiting(self) -> int:
        query = "SELECT count(*) FROM outbox WHERE kind = %s AND status = 'waiting'"
        return int(str(scalar(self.db, query, owner_news.JOB)))

    def told(self, owner: int = 0) -> list[dict[str, Any]]:
        """The messages an owner has got."""
        return self.platform.messages(self.owners[owner])

    def words(self, owner: int = 0) -> str:
        """All that an owner has read."""
        return "\n".join(words_of(self.told(owner)))

    def cod(self, sku: int, quantity: int = 1) -> Order:
        """An order to be paid at the door, just placed."""
        return placed_order(self.db, {sku: quantity}, "cod")

    def paid(self, sku: int) -> Order:
        """An order by card whose money has just come."""
        order = placed_order(self.db, {sku: 1}, "card")
        payment = a_payment(self.db, order.id)
        charge = Charge(f"TS{order.id}", order.total, datetime.now(UTC))
        self.db.transaction(lambda tx: orders.settle(tx, order.id, payment, charge, "bank"))
        return order

    def case(self, kind: Kind, order_id: int | None = None, reference: str = "x") -> None:
        self.db.transaction(lambda tx: cases.open_case(tx, kind, order_id, reference))

    def switch(self, kind: str, wanted: bool) -> None:
        self.db.transaction(lambda tx: owner_news.switch(tx, owner_news.News(kind), wanted))

    def speak(self, owner: int, language: str) -> None:
        user = self.owners[owner]
        self.db.transaction(lambda tx: customers.meet(tx, user))
        run(self.db, "UPDATE customers SET language = %s WHERE line_user_id = %s", language, user)

    def friend(self, owner: int, friend: bool) -> None:
        def work(tx: Transaction) -> None:
            customers.set_friend(tx, customers.meet(tx, self.owners[owner]), friend)

        self.db.transaction(work)

    def quota(self, monthly: int | None, used: int) -> None:
        """LINE has said just now how many messages there are."""
        self.db.transaction(lambda tx: sql.quota_store(tx.connection, monthly=monthly, used=used))


def sku(place: Desk, stock: int = 50) -> int:
    """Something to sell, the first called 高山烏龍."""
    others = scalar(place.db, "SELECT count(*) FROM products")
    return stock_up(place.db, stock=stock, name=f"高山烏龍 {others}" if others else "高山烏龍")[0].id


@contextmanager
def desk(database_url: str) -> Iterator[Desk]:
    """A desk, with a LINE that refuses what LINE would refuse."""
    with Platform() as platform, Server(create_app(platform)) as server:
        db = Database(database_url)
        place = Desk(db, platform, server.url)
        place.quota(None, 0)
        yield place
        db.close()
