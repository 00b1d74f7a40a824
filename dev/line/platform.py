"""One stand-in LINE platform: its parts joined, and helpers for tests in Python."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from dev.line.account_api import AccountApi
from dev.line.chats import Item, Json
from dev.line.config import PlatformConfig
from dev.line.customers import Customers
from dev.line.endpoints import Endpoints
from dev.line.faults import Faults
from dev.line.ledger import Quota, ReplyTokens
from dev.line.messaging import Messaging
from dev.line.richmenu_api import RichMenuApi
from dev.line.snapshot import Snapshot
from dev.line.state import User, World
from dev.line.webhooks import Delivery, Webhooks

SAMPLE_CUSTOMERS = (("小安", "zh-TW"), ("Alex", "en"))


class Platform:
    """LINE as one shop sees it. Close it to end its threads and, with a state file, to keep the chats."""

    def __init__(self, config: PlatformConfig | None = None) -> None:
        self.config = config or PlatformConfig()
        self.world = World(Quota(self.config.quota_limit))
        self._snapshot = Snapshot(self.world, self.config.state_file) if self.config.state_file else None
        self.tokens = ReplyTokens(self.config.reply_token_life)
        self.faults = Faults()
        self.webhooks = Webhooks(self.config, self.tokens)
        self.customers = Customers(self.world, self.tokens, self.webhooks)
        self.endpoints = Endpoints(self.config.token, self.faults)
        self.messaging = Messaging(self.config, self.world, self.tokens)
        self.account_api = AccountApi(self.config, self.world, self.customers, self.webhooks)
        self.richmenu_api = RichMenuApi(self.world)
        if not self.world.users:
            for name, language in SAMPLE_CUSTOMERS:
                self.world.add_user(name, language=language, friend=self.config.samples_are_friends)

    def close(self) -> None:
        """End all threads; write the state file if there is one."""
        self.faults.close()
        self.webhooks.close()
        if self._snapshot is not None:
            self._snapshot.close()

    def __enter__(self) -> Platform:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def connect(self, webhook_url: str) -> None:
        """Send events to this address from now on."""
        self.webhooks.url = webhook_url

    def add_user(self, name: str, user_id: str | None = None) -> User:
        """A new customer, already a friend of the account; no event is sent."""
        return self.world.add_user(name, user_id)

    def say(self, user_id: str, text: str) -> Delivery:
        """A customer types a text. The delivery's `wait()` gives the webhook's status."""
        return self.customers.say(user_id, text)

    def press(self, user_id: str, action: Json) -> Delivery:
        """A customer taps something with this action. Raises ChatError if the bot would not hear of it."""
        return self.customers.press(user_id, action)

    def seq(self, user_id: str) -> int:
        """Where a customer's chat stands now: an `after` for the methods below."""
        with self.world.lock:
            return self.world.chat(user_id).seq

    def timeline(self, user_id: str, after: int = 0) -> list[Item]:
        """The lines of a chat, of both sides, behind `after`."""
        with self.world.lock:
            return self.world.chat(user_id).since(after)

    def messages(self, user_id: str, after: int = 0) -> list[Json]:
        """The LINE messages the bot has sent into a chat behind `after`, oldest first."""
        return [item.message for item in self.timeline(user_id, after) if item.sender == "bot"]

    def wait_for(
        self, user_id: str, predicate: Callable[[Json], Any], timeout: float = 5.0, after: int = 0
    ) -> Json:
        """The first message of the bot behind `after` for which `predicate` holds, as soon as it is there.

        Raises TimeoutError after `timeout` seconds, saying what was there instead.
        """
        deadline = time.monotonic() + timeout
        with self.world.lock:
            chat = self.world.chat(user_id)
            seen = after
            while True:
                for item in chat.since(seen):
                    if item.sender == "bot" and predicate(item.message):
                        return item.message
                seen = max(seen, chat.seq)
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    kinds = [
                        message.get("altText") or message.get("text")
                        for message in self.messages(user_id, after)
                    ]
                    raise TimeoutError(f"No such message within {timeout} s; the bot sent: {kinds}")
                chat.wait_beyond(seen, remaining)
