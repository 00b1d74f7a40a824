"""Replies, pushes and the other ways of sending.

Source: LINE Messaging API reference, "Message", "Retry failed API requests"; documentation, "Pricing".
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

from flask import Blueprint, request

from dev.line.chats import Json
from dev.line.config import PlatformConfig
from dev.line.endpoints import Answer, Call, Endpoints
from dev.line.errors import ApiError
from dev.line.ids import new_message_id, new_token
from dev.line.ledger import ReplyTokens, RetryKeys
from dev.line.state import World
from dev.line.validate import Problem, validate_messages

_TARGET = re.compile(r"[UCR][0-9a-f]{32}")
_USER = re.compile(r"U[0-9a-f]{32}")
_MULTICAST_MOST = 500
_COMMON = frozenset({"messages", "notificationDisabled"})
_PROPERTIES = {
    "reply": _COMMON | {"replyToken"},
    "push": _COMMON | {"to", "customAggregationUnits"},
    "multicast": _COMMON | {"to", "customAggregationUnits"},
    "broadcast": _COMMON,
    "narrowcast": _COMMON | {"recipient", "filter", "limit"},
    "validate": frozenset({"messages"}),
}


class Messaging:
    """The sending endpoints, over one world."""

    def __init__(self, config: PlatformConfig, world: World, tokens: ReplyTokens) -> None:
        self._config = config
        self._world = world
        self._tokens = tokens
        self._retry_keys = RetryKeys()
        self._narrowcasts: dict[str, int] = {}

    def register(self, endpoints: Endpoints, blueprint: Blueprint) -> None:
        """Put the endpoints on `blueprint`."""
        base = "/v2/bot/message"
        for name in ("reply", "push", "multicast", "broadcast", "narrowcast"):
            endpoints.add(blueprint, name, f"POST {base}/{name}", getattr(self, name))
            endpoints.add(blueprint, "validate", f"POST {base}/validate/{name}", self.validate)
        endpoints.add(blueprint, "progress", f"GET {base}/progress/narrowcast", self.progress)

    def reply(self, call: Call) -> Answer:
        """Answer an event with its token."""
        if call.retry_key is not None:
            raise ApiError(400, "The retry key can't be used with this endpoint")
        body = self._body(call, "reply")
        token, messages = body.get("replyToken"), body["messages"]
        if not isinstance(token, str) or not token:
            raise ApiError.of_body([Problem("replyToken", "May not be empty")])
        with self._world.lock:
            chat_id = self._tokens.find(token)
            if chat_id is None:
                raise ApiError(400, "Invalid reply token")
            self._tokens.use(token)
            sent = self._deliver(chat_id, messages, via_push=False)
        return Answer({"sentMessages": sent}, user=chat_id, messages=len(messages))

    def push(self, call: Call) -> Answer:
        """Send to a user, group or room at any time; counts against the quota."""
        body = self._body(call, "push")
        to, messages = body.get("to"), body["messages"]
        if not isinstance(to, str) or _TARGET.fullmatch(to) is None:
            raise ApiError.of_body([Problem("to", "Must be a user, group or room id")])

        def send() -> list[Json]:
            self._count(self._recipients(to))
            return self._deliver(to, messages, via_push=True)

        sent = self._send_once(call, send)
        return Answer({"sentMessages": sent}, user=to, messages=len(messages))

    def multicast(self, call: Call) -> Answer:
        """Send the same to up to 500 users."""
        body = self._body(call, "multicast")
        to = body.get("to")
        if not isinstance(to, list) or not 1 <= len(to) <= _MULTICAST_MOST:
            raise ApiError.of_body([Problem("to", f"Size must be between 1 and {_MULTICAST_MOST}")])
        wrong = [
            Problem(f"to[{index}]", "Must be a user id")
            for index, user_id in enumerate(to)
            if not isinstance(user_id, str) or _USER.fullmatch(user_id) is None
        ]
        if wrong:
            raise ApiError.of_body(wrong)
        return self._send_to_all(call, list(dict.fromkeys(to)), body["messages"])

    def broadcast(self, call: Call) -> Answer:
        """Send to all friends."""
        messages = self._body(call, "broadcast")["messages"]
        with self._world.lock:
            friends = self._world.friends()
        return self._send_to_all(call, friends, messages)

    def narrowcast(self, call: Call) -> Answer:
        """Send to all friends: audiences and filters are accepted and ignored."""
        messages = self._body(call, "narrowcast")["messages"]
        with self._world.lock:
            friends = self._world.friends()
        answer = self._send_to_all(call, friends, messages)
        self._narrowcasts[call.request_id] = len(friends)
        return answer._replace(status=202)

    def progress(self, _call: Call) -> Answer:
        """How far a narrowcast is: always done, as this platform sends at once."""
        count = self._narrowcasts.get(request.args.get("requestId", ""))
        if count is None:
            raise ApiError(404, "Not found")
        return Answer({"phase": "succeeded", "successCount": count, "failureCount": 0, "targetCount": count})

    def validate(self, call: Call) -> Answer:
        """Only check the messages."""
        body = call.body()
        self._check(body, "validate")
        return Answer(messages=len(body["messages"]))

    def _body(self, call: Call, endpoint: str) -> Json:
        body = call.body()
        if self._config.validate:
            self._check(body, endpoint)
        elif not isinstance(body.get("messages"), list):
            raise ApiError.of_body([Problem("messages", "Must be an array")])
        return body

    def _check(self, body: Json, endpoint: str) -> None:
        problems = [Problem(name, "Unknown property") for name in body if name not in _PROPERTIES[endpoint]]
        if not isinstance(body.get("notificationDisabled", False), bool):
            problems.append(Problem("notificationDisabled", "Must be true or false"))
        problems += validate_messages(body.get("messages"), self._config.allow_http_loopback)
        if problems:
            raise ApiError.of_body(problems)

    def _recipients(self, to: str) -> int:
        """How many messages a push counts as: one per person it reaches."""
        group = self._world.groups.get(to)
        if group is not None:
            return len(group.members) if group.has_bot else 0
        return 1 if self._world.reaches(to) else 0

    def _count(self, recipients: int) -> None:
        quota = self._world.quota
        if not quota.allows(recipients):
            raise ApiError(429, "You have reached your monthly limit.")
        quota.used += recipients

    def _send_to_all(self, call: Call, user_ids: list[str], messages: list[Any]) -> Answer:
        def send() -> list[Json]:
            reached = [user_id for user_id in user_ids if self._world.reaches(user_id)]
            self._count(len(reached))
            for user_id in reached:
                self._deliver(user_id, messages, via_push=True)
            return []

        self._send_once(call, send)
        return Answer(messages=len(messages))

    def _send_once(self, call: Call, send: Callable[[], list[Json]]) -> list[Json]:
        """Run `send` unless a request with the same retry key was accepted: then 409 with its outcome."""
        key = call.retry_key
        if key is None:
            with self._world.lock:
                return send()
        try:
            key = str(uuid.UUID(key))
        except ValueError:
            raise ApiError(400, "The retry key is invalid: it must be a UUID") from None
        with self._world.lock:
            earlier = self._retry_keys.find(key)
            if earlier is not None:
                error = ApiError(409, "The retry key is already accepted")
                error.headers["x-line-accepted-request-id"] = earlier.request_id
                if earlier.sent:
                    error.body["sentMessages"] = earlier.sent
                raise error
            sent = send()
            self._retry_keys.keep(key, call.request_id, sent)
            return sent

    def _deliver(self, chat_id: str, messages: list[Any], via_push: bool) -> list[Json]:
        """Show the messages where they arrive; whoever cannot get them costs nothing and is no error."""
        group = self._world.groups.get(chat_id)
        user = self._world.users.get(chat_id)
        if group is not None:
            arrives = group.has_bot
        elif via_push:
            arrives = self._world.reaches(chat_id)
        else:
            arrives = user is not None and not user.blocked
        if not arrives:
            return [{"id": new_message_id(), "quoteToken": new_token()} for _ in messages]
        chat = self._world.chat(chat_id)
        return [chat.add_from_bot(message, via_push) for message in messages]
