"""A shop's outbox in front of a LINE that answers as told."""

from __future__ import annotations

import json
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import psycopg2
from werkzeug.wrappers import Request, Response

from bot.attempt import Post
from bot.delivery import DELIVERY_POLICY, Say, make_sender, send_to_customer
from bot.held import Held
from bot.line_api import LineApi
from bot.quota import Quota, Rank
from dev.serve import Server
from store import customers
from store.customers import Customer, ReplyToken
from store.db import Database, Transaction, sql
from store.queue import outbox
from store.queue.outbox import Job
from store.queue.worker import Worker

USER = "U" + "1a" * 16
RESERVE = 20
ACCESS = "an-access-token"
SILENCE_SECONDS = 0.6
HELLO = [{"type": "text", "text": "訂單已成立"}]
TOKEN_USED = (400, {"message": "Invalid reply token"})
QUOTA = (429, {"message": "You have reached your monthly limit."})


@dataclass
class Seen:
    """A request as LINE saw it."""

    path: str
    body: Any
    headers: dict[str, str]


@dataclass
class FakeLine:
    """A LINE that answers as told, one answer per call and 200 when nothing is left to say."""

    answers: defaultdict[str, deque[tuple[int, dict[str, Any]]]] = field(
        default_factory=lambda: defaultdict(deque)
    )
    headers: dict[str, str] = field(default_factory=dict)
    silent_calls: int = 0
    seen: list[Seen] = field(default_factory=list)

    @Request.application
    def app(self, request: Request) -> Response:
        path = request.path.removeprefix("/v2/bot/")
        body = request.get_json(silent=True) if request.data else None
        self.seen.append(Seen(path, body, {k.lower(): v for k, v in request.headers.items()}))
        waiting = self.answers[path]
        status, content = waiting.popleft() if waiting else (200, {})
        headers = {"x-line-request-id": f"request-{len(self.seen)}", **self.headers}
        if self.silent_calls:
            self.silent_calls -= 1
            time.sleep(SILENCE_SECONDS)
        return Response(json.dumps(content), status, headers, mimetype="application/json")

    def will(self, path: str, *answers: tuple[int, dict[str, Any]]) -> None:
        self.answers[path].extend(answers)

    def calls(self) -> list[str]:
        return [seen.path.removeprefix("message/") for seen in self.seen]


class House:
    """A shop's outbox with one customer, and a worker that is told when to do what."""

    def __init__(self, database_url: str, line_url: str) -> None:
        self.url = database_url
        self.db = Database(database_url)
        self.api = LineApi(ACCESS, line_url, read_seconds=0.4)
        self.customer = self.db.transaction(lambda tx: customers.meet(tx, USER))
        self.held = Held(self.db, {"notice": self._tell})
        self.quota = Quota(self.db, self.api, RESERVE)
        self.office = Post(self.api, self.db, self.quota, self.held)
        self.set_quota(None, 0)
        sender = make_sender(self.api, self.db, quota=self.quota, held=self.held)
        self.worker = Worker(
            self.db,
            events={},
            jobs=[("line", 1, {"line.message": sender, "notice": self._notice})],
            inbox_threads=1,
            policies={"line.message": DELIVERY_POLICY},
        )

    def _notice(self, job: Job) -> Any:
        customer = self.db.transaction(lambda tx: customers.find(tx, self.customer.id))
        words = self.db.transaction(lambda tx: self._tell(tx, customer, job.payload, None))
        rank = Rank[job.payload.get("rank", "ORDER")]
        return send_to_customer(self.office, job, customer, Say(words, rank=rank))

    @staticmethod
    def _tell(_tx: Transaction, _who: Customer, payload: dict[str, Any], _order: int | None) -> list[Any]:
        """The news of a notice: its `what`, or nothing any more."""
        if payload["what"] == "nonsense":
            raise ValueError("there are no words for it")
        return [] if payload["what"] == "over" else [{"type": "text", "text": payload["what"]}]

    def set_quota(self, monthly: int | None, used: int) -> None:
        """Let LINE have said just now how many messages there are."""
        self.db.transaction(lambda tx: sql.quota_store(tx.connection, monthly=monthly, used=used))

    def notice(self, what: str, rank: str = "ORDER") -> int:
        """News for the customer."""
        return self.put("notice", {"what": what, "customer_id": self.customer.id, "rank": rank})

    def befriend(self, friend: bool) -> None:
        """Whether the customer follows the shop."""
        self.db.transaction(lambda tx: customers.set_friend(tx, self.customer, friend))

    def post(
        self, *, worth: str = "answer", messages: Any = HELLO, token_seconds: float | None = 50, **more: Any
    ) -> int:
        payload = {"customer_id": self.customer.id, "to": USER, "messages": messages, "worth": worth, **more}
        if token_seconds is not None:
            until = datetime.now(UTC) + timedelta(seconds=token_seconds)
            payload |= {"reply_token": "a-reply-token", "token_until": until.isoformat()}
        return self.put("line.message", payload)

    def put(self, kind: str, payload: dict[str, Any]) -> int:
        return self.db.transaction(lambda tx: outbox.put(tx, kind, payload, lane=self.customer.lane))

    def leave_token(self) -> None:
        token = ReplyToken("a-kept-token", datetime.now(UTC) + timedelta(seconds=50))
        self.db.transaction(lambda tx: customers.keep_token(tx, self.customer, token))

    def claim(self, job_id: int | None = None) -> Job:
        """Lease the next job, or this one, whenever it is due."""
        self.run("UPDATE outbox SET leased_until = NULL WHERE status = 'waiting'")
        which = f"id = {job_id}" if job_id else "coalesce(left(lane, 5), '') <> 'held:'"
        self.run(f"UPDATE outbox SET available_at = now() WHERE status = 'waiting' AND {which}")
        kinds = ["line.message", "notice"]
        (job,) = self.db.transaction(lambda tx: outbox.claim(tx, kinds, 1, uuid.uuid4(), 60))
        return job

    def work(self, times: int = 1) -> None:
        """Do the next jobs, one after the other."""
        for _ in range(times):
            self.worker.perform(self.claim())

    def do(self, job_id: int) -> None:
        """Do this job."""
        self.worker.perform(self.claim(job_id))

    def kept(self) -> list[Any]:
        """What waits for the customer's next message: ids, oldest first."""
        return self.ask("SELECT id FROM outbox WHERE status = 'waiting' AND lane LIKE 'held:%' ORDER BY id")

    def ask(self, query: str) -> list[Any]:
        """The first column of what a query answers."""
        with psycopg2.connect(self.url) as conn, conn.cursor() as cursor:
            cursor.execute(query)
            rows = [row[0] for row in cursor.fetchall()]
        conn.close()
        return rows

    def row(self, job_id: int) -> Any:
        with psycopg2.connect(self.url) as conn, conn.cursor() as cursor:
            cursor.execute(
                "SELECT status, outcome, last_error, payload, key, extract(epoch FROM available_at - now())"
                " FROM outbox WHERE id = %s",
                [job_id],
            )
            row = cursor.fetchone()
        conn.close()
        return row

    def status(self, job_id: int) -> str:
        return str(self.row(job_id)[0])

    def run(self, statement: str) -> None:
        def work(tx: Transaction) -> None:
            with tx.connection.cursor() as cursor:
                cursor.execute(statement)

        self.db.transaction(work)


@contextmanager
def platform_of_lines() -> Iterator[tuple[Server, list[FakeLine]]]:
    """One server for many tests, in front of whichever LINE the test at hand has put last."""
    lines: list[FakeLine] = []

    def latest(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return lines[-1].app(environ, start)

    with Server(latest) as server:
        yield server, lines
