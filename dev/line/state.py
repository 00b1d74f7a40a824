"""Everything the platform remembers: people, groups, chats. One lock guards it all."""

from __future__ import annotations

import base64
import threading
from dataclasses import asdict, dataclass, field
from typing import Literal

from dev.line.chats import Chat, Item, Json
from dev.line.errors import ChatError
from dev.line.ids import new_id, now_ms
from dev.line.ledger import Quota
from dev.line.richmenus import RichMenus

_WEEK_MS = 7 * 24 * 3600 * 1000


@dataclass(slots=True)
class User:
    """A customer's LINE account as the bot's account sees it."""

    user_id: str
    name: str
    language: str = "zh-TW"
    friend: bool = True
    blocked: bool = False

    def to_json(self) -> Json:
        """The user as the chat page gets it."""
        return {
            "userId": self.user_id,
            "name": self.name,
            "blocked": self.blocked,
            "friend": self.friend,
            "language": self.language,
        }


@dataclass(slots=True)
class Group:
    """A group chat, or a multi-person chat (`room`), with or without the bot."""

    group_id: str
    name: str
    kind: Literal["group", "room"] = "group"
    members: list[str] = field(default_factory=list)
    has_bot: bool = True

    def to_json(self) -> Json:
        """The group as the chat page gets it."""
        return {
            "groupId": self.group_id,
            "name": self.name,
            "kind": self.kind,
            "members": self.members,
            "hasBot": self.has_bot,
        }


class World:
    """Users, groups, their chats, rich menus and the message quota. Hold `lock` around every use."""

    def __init__(self, quota: Quota) -> None:
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.menus = RichMenus()
        self.quota = quota
        self._chats: dict[str, Chat] = {}

    def add_user(
        self, name: str, user_id: str | None = None, language: str = "zh-TW", *, friend: bool = True
    ) -> User:
        """A new customer, by default one who has already added the account; no event is sent for it."""
        with self.lock:
            user = User(user_id or new_id("U"), name, language, friend=friend)
            self.users[user.user_id] = user
            return user

    def add_group(self, name: str, members: list[str], kind: Literal["group", "room"]) -> Group:
        """A new group with these members and the bot. Raises ChatError for an unknown member."""
        with self.lock:
            for member in members:
                self.user(member)
            group = Group(new_id("C" if kind == "group" else "R"), name, kind, list(dict.fromkeys(members)))
            self.groups[group.group_id] = group
            return group

    def user(self, user_id: str) -> User:
        """The user with this id. Raises ChatError."""
        user = self.users.get(user_id)
        if user is None:
            raise ChatError(404, "There is no such user")
        return user

    def group(self, group_id: str) -> Group:
        """The group or room with this id. Raises ChatError."""
        group = self.groups.get(group_id)
        if group is None:
            raise ChatError(404, "There is no such group")
        return group

    def chat(self, chat_id: str) -> Chat:
        """The chat with a user or in a group. Raises ChatError."""
        chat = self._chats.get(chat_id)
        if chat is None:
            if chat_id not in self.users and chat_id not in self.groups:
                raise ChatError(404, "There is no such chat")
            chat = self._chats[chat_id] = Chat(self.lock)
        return chat

    def reaches(self, user_id: str) -> bool:
        """Whether a message of the bot arrives: a friend, or one who wrote within seven days; not blocked."""
        user = self.users.get(user_id)
        if user is None or user.blocked:
            return False
        return user.friend or self.chat(user_id).last_user_at > now_ms() - _WEEK_MS

    def friends(self) -> list[str]:
        """The ids of those whom a broadcast reaches."""
        return [user.user_id for user in self.users.values() if user.friend and not user.blocked]

    def changes(self) -> tuple[int, ...]:
        """A value that differs whenever something worth keeping has changed."""
        with self.lock:
            seqs = sum(chat.seq for chat in self._chats.values())
            people = (len(self.users), sum(user.blocked + 2 * user.friend for user in self.users.values()))
            return (seqs, *people, len(self.groups), self.quota.used, self.menus.changes)

    def dump(self) -> Json:
        """All of it as JSON. Tokens are left out: they would have expired."""
        with self.lock:
            return {
                "users": [asdict(user) for user in self.users.values()],
                "groups": [asdict(group) for group in self.groups.values()],
                "chats": {
                    chat_id: {"seq": chat.seq, "items": [asdict(item) for item in chat.items]}
                    for chat_id, chat in self._chats.items()
                },
                "quota_used": self.quota.used,
                "menus": self.menus.dump(lambda data: base64.b64encode(data).decode()),
            }

    def load(self, saved: Json) -> None:
        """Take over what `dump` gave."""
        with self.lock:
            self.users = {entry["user_id"]: User(**entry) for entry in saved["users"]}
            self.groups = {entry["group_id"]: Group(**entry) for entry in saved["groups"]}
            self._chats = {}
            for chat_id, entry in saved["chats"].items():
                chat = self.chat(chat_id)
                chat.seq = entry["seq"]
                chat.items = [Item(**item) for item in entry["items"]]
            self.quota.used = saved["quota_used"]
            self.menus.load(saved["menus"], base64.b64decode)
