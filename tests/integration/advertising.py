"""A shop that sends broadcasts, in front of a stand-in LINE, and a worker that is told when to do what."""

from __future__ import annotations

import uuid
from typing import Any

from bot.broadcasts import make_broadcast_jobs
from bot.line_api import LineApi
from bot.quota import Quota
from dev.line import Platform
from store import broadcasts, customers
from store.broadcasts import Broadcast, Draft
from store.customers import Customer
from store.db import Database, Transaction, sql
from store.queue import outbox
from store.queue.outbox import Job
from store.queue.worker import Worker
from store.segments import Kind, Segment
from tests.integration.chat import Chat, run

RESERVE = 2
EVERYBODY = Segment(Kind.EVERYBODY)
WORDS = "今天全館免運，只到晚上十點。"


class Advertiser:
    """Broadcasts by hand: started, spread and sent a step at a time."""

    def __init__(self, platform: Platform, line_url: str, database_url: str) -> None:
        self.platform, self.db = platform, Database(database_url)
        self.api = LineApi(platform.config.token, line_url, read_seconds=0.5)
        self.quota = Quota(self.db, self.api, RESERVE)
        self.shop = Chat(self.db).shop
        self.jobs = make_broadcast_jobs(self.api, self.db, self.shop, self.quota, pace_seconds=0)
        self.worker = Worker(self.db, events={}, jobs=[("slow", 1, self.jobs)], inbox_threads=1)
        self.has_quota(None, 0)

    def has_quota(self, monthly: int | None, used: int) -> None:
        """Let LINE have, and have said just now, so many messages."""
        self.platform.world.quota.limit = monthly
        self.platform.world.quota.used = used
        self.db.transaction(lambda tx: sql.quota_store(tx.connection, monthly=monthly, used=used))

    def people(self, count: int, language: str = "zh-TW") -> list[Customer]:
        """New friends of the account, known to the shop."""
        users = [self.platform.add_user(f"客人 {n}").user_id for n in range(count)]

        def work(tx: Transaction) -> list[Customer]:
            met = [customers.meet(tx, user) for user in users]
            for customer in met:
                sql.language_choose(tx.connection, id=customer.id, language=language)
            return met

        return self.db.transaction(work)

    def start(
        self, people: int, *, body: str = WORDS, product_id: int | None = None, segment: Segment = EVERYBODY
    ) -> int:
        """A broadcast that is to be sent now."""

        def work(tx: Transaction) -> int:
            with tx.connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO staff_users (login, name, password_hash, role)"
                    " VALUES (%s, 'x', 'x', 'owner') RETURNING id",
                    (uuid.uuid4().hex,),
                )
                (staff_id,) = cursor.fetchone() or (0,)
            broadcast_id = broadcasts.create(tx, Draft(body, product_id, segment), staff_id)
            assert broadcasts.start(tx, broadcasts.find(tx, broadcast_id), people, None)
            return broadcast_id

        return self.db.transaction(work)

    def claim(self) -> Job | None:
        """Lease the next job, whenever it is due, as if whoever had it before were dead."""
        run(self.db, "UPDATE outbox SET leased_until = NULL, available_at = now() WHERE status = 'waiting'")
        found = self.db.transaction(lambda tx: outbox.claim(tx, list(self.jobs), 1, uuid.uuid4(), 60))
        return found[0] if found else None

    def step(self) -> str:
        """Do the next job; how it went, or an empty string when there is none."""
        job = self.claim()
        if job is None:
            return ""
        self.worker.perform(job)
        return str(
            self.one("SELECT status || ': ' || outcome || last_error FROM outbox WHERE id = %s", job.id)
        )

    def work(self, steps: int = 100) -> list[str]:
        """Do what there is to do, at most so many steps."""
        done = []
        while len(done) < steps and (went := self.step()):
            done.append(went)
        return done

    def find(self, broadcast_id: int) -> Broadcast:
        return self.db.transaction(lambda tx: broadcasts.find(tx, broadcast_id))

    def progress(self, broadcast_id: int) -> tuple[int, int, int]:
        """Sent, failed, skipped."""
        row = self.db.transaction(lambda tx: sql.broadcast_progress(tx.connection, id=broadcast_id))
        return row.sent, row.failed, row.skipped

    def received(self, who: list[Customer]) -> list[int]:
        """How many times each of them got the words."""
        return [
            sum(message.get("text") == WORDS for message in self.platform.messages(one.line_user_id))
            for one in who
        ]

    def one(self, query: str, *values: object) -> Any:
        def work(tx: Transaction) -> Any:
            with tx.connection.cursor() as cursor:
                cursor.execute(query, values)
                row = cursor.fetchone()
                return row[0] if row else None

        return self.db.transaction(work)
