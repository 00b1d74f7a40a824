"""What customers do on their phones, and the events that come of it.

Source: LINE Messaging API reference, "Webhook event objects".
"""

from __future__ import annotations

from typing import Any, Literal

from dev.line.chats import Json
from dev.line.errors import ChatError
from dev.line.ids import new_message_id, new_token, new_ulid, now_ms
from dev.line.ledger import ReplyTokens
from dev.line.pictures import Picture, Pictures
from dev.line.state import Group, World
from dev.line.webhooks import Delivery, Webhooks

_WITHOUT_REPLY = frozenset({"unfollow", "unsend", "leave", "memberLeft"})
_QUOTABLE = frozenset({"text", "image", "video", "sticker"})
_KEPT_READ_TOKENS = 10_000


class Customers:
    """The hands of all customers. `chat_id` is a user's own chat or a group, where `user_id` is who acts."""

    def __init__(self, world: World, tokens: ReplyTokens, webhooks: Webhooks) -> None:
        self._world = world
        self._tokens = tokens
        self._webhooks = webhooks
        self._read_tokens: dict[str, str] = {}
        self.pictures = Pictures()

    def say(self, chat_id: str, text: str, user_id: str | None = None) -> Delivery:
        """Type a text and send it."""
        return self.send(chat_id, {"type": "text", "text": text}, {}, user_id)

    def send_picture(
        self, chat_id: str, picture: Picture | None = None, user_id: str | None = None
    ) -> Delivery:
        """Send a picture, or the sample."""
        message_id = new_message_id()
        if picture is not None:
            self.pictures.keep(message_id, picture)
        url = f"/chat/content/{message_id}"
        message = {"type": "image", "originalContentUrl": url, "previewImageUrl": url}
        return self.send(chat_id, message, {"contentProvider": {"type": "line"}}, user_id, message_id)

    def send(
        self,
        chat_id: str,
        message: Json,
        extra: Json,
        user_id: str | None = None,
        message_id: str | None = None,
    ) -> Delivery:
        """Send a message; `extra` is what the event tells beyond what the chat shows."""
        message_id = message_id or new_message_id()
        with self._world.lock:
            author = self._author(chat_id, user_id)
            self._world.chat(chat_id).add_from_user(message, message_id, author)
            read_token = self._issue_read_token(chat_id)
        shown = {name: value for name, value in message.items() if not name.endswith("Url")}
        content = {"id": message_id, **shown, "markAsReadToken": read_token, **extra}
        if message["type"] in _QUOTABLE:
            content["quoteToken"] = new_token()
        return self._happen(chat_id, "message", {"message": content}, author)

    def postback(
        self,
        chat_id: str,
        data: str,
        display_text: str | None = None,
        params: Json | None = None,
        user_id: str | None = None,
    ) -> Delivery:
        """Tap a postback button; `params` are a picked date or the alias of a rich menu to switch to."""
        with self._world.lock:
            author = self._author(chat_id, user_id)
            chat = self._world.chat(chat_id)
            if display_text:
                chat.add_from_user({"type": "text", "text": display_text}, None, author)
            if params is not None and "newRichMenuAliasId" in params:
                status = self._world.menus.switch(author, params["newRichMenuAliasId"])
                params = {**params, "status": status}
                chat.touch()
        content: Json = {"data": data} if params is None else {"data": data, "params": params}
        return self._happen(chat_id, "postback", {"postback": content}, None)

    def press(
        self, chat_id: str, action: Json, user_id: str | None = None, params: Json | None = None
    ) -> Delivery:
        """Tap something with this action. A date picker takes `params` or its own initial value.

        Raises ChatError 400 for an action that sends the bot nothing (uri, clipboard, camera …).
        """
        kind = action.get("type")
        if kind == "message":
            return self.say(chat_id, action["text"], user_id)
        if kind == "postback":
            if "text" in action:
                self.say(chat_id, action["text"], user_id)
            return self.postback(chat_id, action["data"], action.get("displayText"), None, user_id)
        if kind == "datetimepicker":
            picked = params or {action["mode"]: action.get("initial") or action.get("min") or "2030-01-01"}
            return self.postback(chat_id, action["data"], None, picked, user_id)
        if kind == "richmenuswitch":
            alias = {"newRichMenuAliasId": action["richMenuAliasId"]}
            return self.postback(chat_id, action["data"], None, alias, user_id)
        raise ChatError(400, f"A {kind} action sends nothing to the bot")

    def follow(self, user_id: str) -> Delivery:
        """Add the account as a friend, or unblock it."""
        with self._world.lock:
            user = self._world.user(user_id)
            unblocked, user.blocked, user.friend = user.blocked, False, True
            self._world.chat(user_id).add_notice("已解除封鎖" if unblocked else "已加入好友", user_id)
        return self._happen(user_id, "follow", {"follow": {"isUnblocked": unblocked}}, None)

    def unfollow(self, user_id: str) -> Delivery:
        """Block the account."""
        with self._world.lock:
            self._world.user(user_id).blocked = True
            self._world.chat(user_id).add_notice("已封鎖此官方帳號", user_id)
        return self._happen(user_id, "unfollow", {}, None)

    def unsend(self, chat_id: str, message_id: str, user_id: str | None = None) -> Delivery:
        """Take back a message of one's own. Raises ChatError 404 when there is none such."""
        with self._world.lock:
            author = self._author(chat_id, user_id)
            chat = self._world.chat(chat_id)
            if not chat.remove(message_id, author):
                raise ChatError(404, "There is no such message of this customer")
            notice = chat.add_notice("已收回訊息", author)
            notice.message["unsentMessageId"] = message_id
        return self._happen(chat_id, "unsend", {"unsend": {"messageId": message_id}}, author)

    def raw_event(self, chat_id: str, raw: Json) -> Delivery:
        """Send an event of any kind: `raw` over the usual properties; null removes one.

        An event in `standby` mode has no reply token unless `raw` names one.
        """
        kind = raw.get("type")
        if not isinstance(kind, str):
            raise ChatError(400, "An event needs a type")
        with self._world.lock:
            event = self._event(chat_id, kind, {}, None)
            token = event.get("replyToken")
            if raw.get("mode") == "standby":
                event.pop("replyToken", None)
            event = {name: value for name, value in {**event, **raw}.items() if value is not None}
            given = event.get("replyToken")
            if isinstance(given, str) and given != token:
                self._tokens.issue(chat_id, given)
            if "webhookEventId" not in event:
                raise ChatError(400, "An event needs a webhookEventId")
        return self._webhooks.submit(chat_id, event)

    def found_group(
        self, name: str, members: list[str], kind: Literal["group", "room"] = "group"
    ) -> tuple[Group, Delivery]:
        """Make a group of these customers and invite the bot: it gets a join event."""
        group = self._world.add_group(name, members, kind)
        with self._world.lock:
            self._world.chat(group.group_id).add_notice("官方帳號加入了")
        return group, self._happen(group.group_id, "join", {}, None)

    def invite_bot(self, group_id: str) -> Delivery:
        """Ask the bot back into a group it has left: it gets a join event. Raises ChatError 404, 409."""
        with self._world.lock:
            group = self._world.group(group_id)
            if group.has_bot:
                raise ChatError(409, "The bot is in this group already")
            group.has_bot = True
            self._world.chat(group_id).add_notice("官方帳號加入了")
        return self._happen(group_id, "join", {}, None)

    def admit(self, group_id: str, user_id: str) -> Delivery:
        """Take a customer into a group: the bot gets a memberJoined event. Raises ChatError 404, 409."""
        with self._world.lock:
            group, user = self._with_bot(group_id), self._world.user(user_id)
            if user_id in group.members:
                raise ChatError(409, "This customer is a member already")
            group.members.append(user_id)
            self._world.chat(group_id).add_notice(f"{user.name} 加入了")
        return self._happen(group_id, "memberJoined", {"joined": _members(user_id)}, None)

    def part(self, group_id: str, user_id: str) -> Delivery:
        """A member leaves a group: the bot gets a memberLeft event. Raises ChatError 404, 409."""
        with self._world.lock:
            group, user = self._with_bot(group_id), self._world.user(user_id)
            if user_id not in group.members:
                raise ChatError(404, "This customer is no member of the group")
            if len(group.members) == 1:
                raise ChatError(409, "The last member cannot leave")
            group.members.remove(user_id)
            self._world.chat(group_id).add_notice(f"{user.name} 離開了")
        return self._happen(group_id, "memberLeft", {"left": _members(user_id)}, None)

    def expel_bot(self, group_id: str) -> Delivery:
        """Take the bot out of a group, or note that it left: it gets a leave event. Raises ChatError 404."""
        with self._world.lock:
            group = self._world.group(group_id)
            if not group.has_bot:
                raise ChatError(404, "The bot is in no such group")
            group.has_bot = False
            self._world.chat(group_id).add_notice("官方帳號離開了")
        return self._happen(group_id, "leave", {}, None)

    def mark_read(self, read_token: str) -> bool:
        """Let a chat show "read"; False for a token that was never given."""
        with self._world.lock:
            chat_id = self._read_tokens.get(read_token)
            if chat_id is None:
                return False
            chat = self._world.chat(chat_id)
            chat.read = True
            chat.touch()
            return True

    def _issue_read_token(self, chat_id: str) -> str:
        token = new_token()
        self._read_tokens[token] = chat_id
        if len(self._read_tokens) > _KEPT_READ_TOKENS:
            del self._read_tokens[next(iter(self._read_tokens))]
        return token

    def _author(self, chat_id: str, user_id: str | None) -> str:
        """Who acts in this chat. Raises ChatError when he cannot."""
        if chat_id in self._world.groups:
            group = self._with_bot(chat_id)
            if user_id not in group.members:
                raise ChatError(400, "userId must be a member of the group")
            return str(user_id)
        if self._world.user(chat_id).blocked:
            raise ChatError(409, "This customer has blocked the account")
        return chat_id

    def _with_bot(self, group_id: str) -> Group:
        """The group, of which the bot hears. Raises ChatError 404, 409."""
        group = self._world.group(group_id)
        if not group.has_bot:
            raise ChatError(409, "The account is not in this group and hears nothing of it")
        return group

    def _source(self, chat_id: str, author: str | None) -> Json:
        group = self._world.groups.get(chat_id)
        if group is None:
            return {"type": "user", "userId": chat_id}
        source: Json = {"type": group.kind, f"{group.kind}Id": chat_id}
        return source if author is None else {**source, "userId": author}

    def _event(self, chat_id: str, kind: str, content: Json, author: str | None) -> Json:
        event: Json = {
            "type": kind,
            **content,
            "webhookEventId": new_ulid(),
            "deliveryContext": {"isRedelivery": False},
            "timestamp": now_ms(),
            "source": self._source(chat_id, author),
            "mode": "active",
        }
        if kind not in _WITHOUT_REPLY:
            event["replyToken"] = self._tokens.issue(chat_id)
        return event

    def _happen(self, chat_id: str, kind: str, content: dict[str, Any], author: str | None) -> Delivery:
        with self._world.lock:
            return self._webhooks.submit(chat_id, self._event(chat_id, kind, content, author))


def _members(user_id: str) -> Json:
    return {"members": [{"type": "user", "userId": user_id}]}
