"""LINE's events through the real inbox and the real handler, without a LINE in between."""

from __future__ import annotations

import itertools
from typing import Any

from bot import handler
from bot.conversation import Conversation
from bot.webhook import _arrival, _store
from dev.line.validate import validate_messages
from settings import LineSettings, Settings
from store.db import Database, Transaction
from store.queue.worker import Worker
from store.shop import Shop
from tests.factories import line_user
from tests.integration.chat import words_of

_numbers = itertools.count(1)


class LineInbox:
    """Takes events in as the webhook does and has the worker handle them, one after the other."""

    def __init__(self, db: Database) -> None:
        self.db, self.user = db, line_user()
        line = LineSettings(secrets=("s",), token="t")
        shop = Shop(Settings(db.url, "https://shop.example", "secret", line, None))
        self.worker = Worker(
            db,
            events={"line": handler.make_handler(Conversation(shop).respond)},
            jobs=[],
            inbox_threads=1,
            give_up={"line": handler.give_up},
            policies={"line": handler.EVENT_POLICY},
        )
        self._read = 0
        self.answers: list[dict[str, Any]] = []

    def store(self, *events: dict[str, Any]) -> None:
        """Take events in."""
        numbered = [{"webhookEventId": f"e{next(_numbers)}", **event} for event in events]
        _store(self.db, [_arrival(event) for event in numbered])

    def work(self) -> None:
        """Handle what is due, and read what is said about it."""
        while events := self.worker._claim_events(8):
            for event in events:
                self.worker.handle(event)
        self.answers = self._posted()
        for answer in self.answers:
            assert validate_messages(answer["messages"]) == []

    def receive(self, *events: dict[str, Any]) -> None:
        """Take events in and handle them."""
        self.store(*events)
        self.work()

    @property
    def words(self) -> str:
        return "\n".join(words_of([answer["messages"] for answer in self.answers]))

    def _posted(self) -> list[dict[str, Any]]:
        def read(tx: Transaction) -> list[dict[str, Any]]:
            with tx.connection.cursor() as cursor:
                cursor.execute(
                    "SELECT id, payload FROM outbox WHERE id > %s AND kind = 'line.message' ORDER BY id",
                    (self._read,),
                )
                rows = cursor.fetchall()
            self._read = max([self._read, *[row[0] for row in rows]])
            return [row[1] for row in rows]

        return self.db.transaction(read)


def said(user: str, text: str, message_id: str = "1") -> dict[str, Any]:
    """A typed message."""
    return {
        "type": "message",
        "source": {"type": "user", "userId": user},
        "replyToken": f"token {next(_numbers)}",
        "message": {"type": "text", "id": message_id, "text": text},
    }


def tapped(user: str, data: str) -> dict[str, Any]:
    """A tapped button."""
    return {
        "type": "postback",
        "source": {"type": "user", "userId": user},
        "replyToken": f"token {next(_numbers)}",
        "postback": {"data": data},
    }
