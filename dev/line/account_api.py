"""The Messaging API besides sending: profiles, groups, quota, webhook settings, loading, read marks.

Source: LINE Messaging API reference, "User", "Bot", "Group chat", "Webhook settings", "Chat".
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Blueprint, Response

from dev.line.chats import Json
from dev.line.config import PlatformConfig
from dev.line.customers import Customers
from dev.line.endpoints import Answer, Call, Endpoints, View
from dev.line.errors import ApiError, ChatError
from dev.line.ids import new_token
from dev.line.state import Group, User, World
from dev.line.validate import Problem
from dev.line.webhooks import Webhooks

_ENDPOINT_MOST = 500


class AccountApi:
    """These endpoints, over one world."""

    def __init__(
        self, config: PlatformConfig, world: World, customers: Customers, webhooks: Webhooks
    ) -> None:
        self._config = config
        self._world = world
        self._customers = customers
        self._webhooks = webhooks

    def register(self, endpoints: Endpoints, blueprint: Blueprint) -> None:
        """Put the endpoints on `blueprint`."""
        routes: list[tuple[str, str, View]] = [
            ("info", "GET /v2/bot/info", self.info),
            ("profile", "GET /v2/bot/profile/<user_id>", self.profile),
            ("followers", "GET /v2/bot/followers/ids", self.followers),
            ("linkToken", "POST /v2/bot/user/<user_id>/linkToken", self.link_token),
            ("quota", "GET /v2/bot/message/quota", self.quota),
            ("consumption", "GET /v2/bot/message/quota/consumption", self.consumption),
            ("content", "GET /v2/bot/message/<message_id>/content", self.content),
            ("content", "GET /v2/bot/message/<message_id>/content/preview", self.content),
            ("loading", "POST /v2/bot/chat/loading/start", self.start_loading),
            ("markAsRead", "POST /v2/bot/chat/markAsRead", self.mark_as_read),
            ("webhookEndpoint", "GET /v2/bot/channel/webhook/endpoint", self.webhook_endpoint),
            ("webhookEndpoint", "PUT /v2/bot/channel/webhook/endpoint", self.set_webhook_endpoint),
            ("webhookTest", "POST /v2/bot/channel/webhook/test", self.test_webhook),
        ]
        for kind in ("group", "room"):
            base = f"/v2/bot/{kind}/<group_id>"
            routes += [
                ("leave", f"POST {base}/leave", self.leave),
                ("groupSummary", f"GET {base}/summary", self.group_summary),
                ("memberCount", f"GET {base}/members/count", self.member_count),
                ("memberProfile", f"GET {base}/member/<user_id>", self.member_profile),
            ]
        for name, route, view in routes:
            endpoints.add(blueprint, name, route, view)

    def info(self, _call: Call) -> Answer:
        """The official account itself."""
        return Answer(
            {
                "userId": self._config.bot_user_id,
                "basicId": self._config.basic_id,
                "displayName": self._config.shop_name,
                "chatMode": "chat",
                "markAsReadMode": "manual",
            }
        )

    def profile(self, _call: Call, user_id: str) -> Answer:
        """A friend's name and language; 404 for strangers and those who blocked the account."""
        with self._world.lock:
            user = self._world.users.get(user_id)
            if user is None or not self._world.reaches(user_id):
                raise ApiError(404, "Not found")
            return Answer({**_profile(user), "language": user.language}, user=user_id)

    def followers(self, _call: Call) -> Answer:
        """All friends, in one page."""
        with self._world.lock:
            return Answer({"userIds": self._world.friends()})

    def link_token(self, _call: Call, user_id: str) -> Answer:
        """A token for linking accounts."""
        if user_id not in self._world.users:
            raise ApiError(404, "Not found")
        return Answer({"linkToken": new_token()}, user=user_id)

    def quota(self, _call: Call) -> Answer:
        """How many messages may be pushed this month."""
        limit = self._world.quota.limit
        return Answer({"type": "none"} if limit is None else {"type": "limited", "value": limit})

    def consumption(self, _call: Call) -> Answer:
        """How many messages were pushed this month."""
        return Answer({"totalUsage": self._world.quota.used})

    def content(self, _call: Call, message_id: str) -> Answer:
        """The picture a customer sent."""
        if not message_id.isdigit():
            raise ApiError(404, "Not found")
        picture = self._customers.pictures.of(message_id)
        return Answer(Response(picture.data, content_type=picture.content_type))

    def start_loading(self, call: Call) -> Answer:
        """Show the loading animation for 5, 10 … 60 seconds."""
        body = call.body()
        seconds, chat_id = body.get("loadingSeconds", 20), body.get("chatId")
        problems = [
            Problem(name, "Unknown property") for name in body if name not in ("chatId", "loadingSeconds")
        ]
        if not isinstance(seconds, int) or seconds not in range(5, 61, 5):
            problems.append(Problem("loadingSeconds", "Must be 5, 10, 15 … 60"))
        if not isinstance(chat_id, str) or not chat_id.startswith("U"):
            problems.append(Problem("chatId", "Must be a user id"))
        if problems:
            raise ApiError.of_body(problems)
        with self._world.lock:
            if chat_id in self._world.users:
                self._world.chat(str(chat_id)).start_loading(seconds)
        return Answer(status=202, user=str(chat_id))

    def mark_as_read(self, call: Call) -> Answer:
        """Show "read" beside what the customer wrote."""
        token = call.body().get("markAsReadToken")
        if not isinstance(token, str) or not self._customers.mark_read(token):
            raise ApiError.of_body([Problem("markAsReadToken", "Must be the token of a message event")])
        return Answer()

    def webhook_endpoint(self, _call: Call) -> Answer:
        """Where events go."""
        if not self._webhooks.url:
            raise ApiError(404, "Webhook endpoint not found")
        return Answer({"endpoint": self._webhooks.url, "active": True})

    def set_webhook_endpoint(self, call: Call) -> Answer:
        """Let events go elsewhere."""
        self._webhooks.url = self._checked_endpoint(call.body().get("endpoint"))
        return Answer()

    def test_webhook(self, call: Call) -> Answer:
        """Send a signed body without events, as the console's "Verify" button does."""
        url = self._webhooks.url
        given = call.body().get("endpoint")
        if given is not None:
            url = self._checked_endpoint(given)
        status, error = self._webhooks.post([], url)
        return Answer(
            {
                "success": error is None,
                "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "statusCode": status or 0,
                "reason": "OK" if error is None else error.upper(),
                "detail": str(status) if status is not None else str(error),
            }
        )

    def leave(self, _call: Call, group_id: str) -> Answer:
        """Leave a group or room; a leave event follows."""
        try:
            self._customers.expel_bot(group_id)
        except ChatError:
            raise ApiError(404, "Not found") from None
        return Answer()

    def group_summary(self, _call: Call, group_id: str) -> Answer:
        """A group's name."""
        group = self._group(group_id)
        return Answer({"groupId": group.group_id, "groupName": group.name})

    def member_count(self, _call: Call, group_id: str) -> Answer:
        """How many customers are in a group."""
        return Answer({"count": len(self._group(group_id).members)})

    def member_profile(self, _call: Call, group_id: str, user_id: str) -> Answer:
        """A member's name, friend or not."""
        if user_id not in self._group(group_id).members:
            raise ApiError(404, "Not found")
        return Answer(_profile(self._world.users[user_id]), user=user_id)

    def _group(self, group_id: str) -> Group:
        group = self._world.groups.get(group_id)
        if group is None or not group.has_bot:
            raise ApiError(404, "Not found")
        return group

    def _checked_endpoint(self, url: object) -> str:
        schemes = ("https://", "http://") if self._config.allow_http_loopback else ("https://",)
        if not isinstance(url, str) or not url.startswith(schemes) or len(url) > _ENDPOINT_MOST:
            raise ApiError(400, "Invalid webhook endpoint URL")
        return url


def _profile(user: User) -> Json:
    return {"userId": user.user_id, "displayName": user.name}
