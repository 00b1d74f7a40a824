"""A chat: what a customer sees on the screen, and who waits for the next change of it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any, Literal

from dev.line.ids import new_message_id, new_token, now_ms

Json = dict[str, Any]
KEPT_ITEMS = 500


@dataclass(slots=True)
class Item:
    """One line of a chat. `at` is in milliseconds, UTC; `user_id` is who wrote it, None for the bot."""

    seq: int
    at: int
    sender: Literal["user", "bot"]
    kind: Literal["message", "notice"]
    message: Json
    via_push: bool = False
    message_id: str | None = None
    user_id: str | None = None

    def to_json(self) -> Json:
        """The item as the chat page gets it."""
        return {
            "seq": self.seq,
            "at": self.at,
            "from": self.sender,
            "kind": self.kind,
            "message": self.message,
            "viaPush": self.via_push,
            "messageId": self.message_id,
            "userId": self.user_id,
        }


class Chat:
    """The lines of one chat in order; every visible change raises `seq`, also those without a new line.

    All methods are called with the platform's lock held, which `changed` shares.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self.changed = threading.Condition(lock)
        self.seq = 0
        self.items: list[Item] = []
        self.read = True
        self.loading_until = 0.0
        self.last_user_at = 0

    def touch(self) -> int:
        """Count one visible change and wake those who wait for it."""
        self.seq += 1
        self.changed.notify_all()
        return self.seq

    def _append(self, item: Item) -> Item:
        self.items.append(item)
        if len(self.items) > 2 * KEPT_ITEMS:
            del self.items[:-KEPT_ITEMS]
        return item

    def add_from_user(self, message: Json, message_id: str | None, user_id: str) -> Item:
        """What a customer wrote or, without `message_id`, what a tap shows in his name."""
        self.read = False
        self.last_user_at = now_ms()
        return self._append(
            Item(self.touch(), self.last_user_at, "user", "message", message, False, message_id, user_id)
        )

    def add_from_bot(self, message: Json, via_push: bool) -> Json:
        """A message of the bot; returns its `sentMessages` entry. It ends the loading animation."""
        self.loading_until = 0.0
        message_id = new_message_id()
        self._append(Item(self.touch(), now_ms(), "bot", "message", message, via_push, message_id))
        return {"id": message_id, "quoteToken": new_token()}

    def add_notice(self, text: str, user_id: str | None = None) -> Item:
        """A grey line such as "blocked the account"."""
        message = {"type": "text", "text": text}
        return self._append(Item(self.touch(), now_ms(), "user", "notice", message, user_id=user_id))

    def remove(self, message_id: str, user_id: str) -> bool:
        """Take away a message of this customer; False if there is none with this id."""
        kept = [item for item in self.items if (item.message_id, item.user_id) != (message_id, user_id)]
        found = len(kept) != len(self.items)
        self.items = kept
        return found

    def since(self, after: int) -> list[Item]:
        """The lines with a `seq` above `after`."""
        start = len(self.items)
        while start and self.items[start - 1].seq > after:
            start -= 1
        return self.items[start:]

    def wait_beyond(self, after: int, seconds: float) -> None:
        """Return when `seq` exceeds `after` or the loading animation ends, after `seconds` at the latest."""
        deadline = time.monotonic() + seconds
        while self.seq <= after and not self.end_loading():
            until = min(deadline, self.loading_until) if self.loading_until else deadline
            remaining = until - time.monotonic()
            if remaining <= 0 and until == deadline:
                return
            self.changed.wait(max(remaining, 0.001))

    def start_loading(self, seconds: float) -> None:
        """Show the loading animation for `seconds`, or until the next message."""
        self.loading_until = time.monotonic() + seconds
        self.touch()

    def end_loading(self) -> bool:
        """End an animation whose time is over; whether there was one."""
        if self.loading_until and time.monotonic() >= self.loading_until:
            self.loading_until = 0.0
            self.touch()
            return True
        return False

    @property
    def quick_reply(self) -> Json | None:
        """The buttons of the last message, which vanish with the next one from either side."""
        last = self.items[-1] if self.items else None
        return last.message.get("quickReply") if last is not None and last.sender == "bot" else None
