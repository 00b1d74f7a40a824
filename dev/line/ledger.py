"""What is used up: reply tokens, retry keys, the monthly quota."""

from __future__ import annotations

import time
from dataclasses import dataclass

from dev.line.chats import Json
from dev.line.ids import new_token

_REDELIVERED_LIFE = 20 * 60.0
_RETRY_KEY_LIFE = 24 * 3600.0


@dataclass(slots=True)
class _ReplyToken:
    chat_id: str
    issued: float
    delivered: float
    used: bool = False


class ReplyTokens:
    """One use each, within `life` seconds of the delivery of its event (reference, "Reply token").

    A redelivery starts the time anew unless twenty minutes have passed since the event.
    """

    def __init__(self, life: float) -> None:
        self.life = life
        self._tokens: dict[str, _ReplyToken] = {}

    def issue(self, chat_id: str, token: str | None = None) -> str:
        """A token with which the bot may answer once in `chat_id`."""
        now = time.monotonic()
        self._forget(now)
        token = token or new_token()
        self._tokens[token] = _ReplyToken(chat_id, now, now)
        return token

    def start(self, token: str) -> None:
        """The event with this token is being delivered, for the first time or again."""
        entry, now = self._tokens.get(token), time.monotonic()
        if entry is not None and now - entry.issued < _REDELIVERED_LIFE:
            entry.delivered = now

    def find(self, token: str) -> str | None:
        """The chat in which this token still answers, or None; does not use it up."""
        entry = self._tokens.get(token)
        if entry is None or entry.used or time.monotonic() - entry.delivered > self.life:
            return None
        return entry.chat_id

    def use(self, token: str) -> None:
        """Use up a token that `find` knew."""
        self._tokens[token].used = True

    def _forget(self, now: float) -> None:
        """Drop tokens past any use; they stand in the order of their issue."""
        horizon = now - _REDELIVERED_LIFE - self.life
        while self._tokens:
            oldest = next(iter(self._tokens))
            if self._tokens[oldest].issued >= horizon:
                return
            del self._tokens[oldest]


@dataclass(frozen=True, slots=True)
class Accepted:
    """The outcome of a request that was accepted under a retry key."""

    at: float
    request_id: str
    sent: list[Json]


class RetryKeys:
    """Requests already accepted, kept for 24 hours (reference, "Retry failed API requests")."""

    def __init__(self) -> None:
        self._accepted: dict[str, Accepted] = {}

    def find(self, key: str) -> Accepted | None:
        """The earlier request with this key, if it was accepted."""
        found = self._accepted.get(key)
        return found if found is not None and time.monotonic() - found.at < _RETRY_KEY_LIFE else None

    def keep(self, key: str, request_id: str, sent: list[Json]) -> None:
        """Remember that a request with this key was accepted."""
        self._accepted.pop(key, None)
        self._accepted[key] = Accepted(time.monotonic(), request_id, sent)
        oldest = next(iter(self._accepted))
        if self._accepted[oldest].at < time.monotonic() - _RETRY_KEY_LIFE:
            del self._accepted[oldest]


@dataclass(slots=True)
class Quota:
    """Pushed messages of the month: one per recipient and request. `limit` None means no limit."""

    limit: int | None
    used: int = 0

    def allows(self, recipients: int) -> bool:
        """Whether one more request to so many recipients fits."""
        return self.limit is None or self.used + max(recipients, 1) <= self.limit
