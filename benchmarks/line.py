"""LINE for the load: the stand-in platform of `dev/`, which takes any message and knows the load's tokens.

A reply token of the load is `{user id}.{number}.{port}`: it is good once, and when a reply with it is
accepted, a datagram with the token and the time goes to that port of 127.0.0.1.
"""

from __future__ import annotations

import socket
import time

from flask import Flask

from dev.line import Platform, PlatformConfig, create_app
from dev.line.ledger import ReplyTokens
from dev.line.messaging import Messaging
from dev.line.state import User


class LoadTokens(ReplyTokens):
    """The load's tokens need not be issued: each names its chat and who waits for the reply."""

    def __init__(self) -> None:
        super().__init__(life=60.0)
        self._used: set[str] = set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def find(self, token: str) -> str | None:
        """The chat of a token that was not used yet."""
        return None if token in self._used else token.partition(".")[0]

    def use(self, token: str) -> None:
        """The reply is accepted: say so to whoever waits."""
        self._used.add(token)
        port = int(token.rpartition(".")[2])
        if port:
            self._socket.sendto(f"{token} {time.time()}".encode(), ("127.0.0.1", port))


class Everybody(dict[str, User]):
    """The users of LINE: whoever is asked about is there, under a name of their own."""

    def __missing__(self, user_id: str) -> User:
        return self.setdefault(user_id, User(user_id, f"客人 {user_id[-4:]}"))

    def get(self, user_id: str, _default: object = None) -> User:
        """The user with this id."""
        return self[user_id]


def create() -> Flask:
    """The platform as a WSGI application."""
    platform = Platform(PlatformConfig(validate=False, quota_limit=None))
    platform.world.users = Everybody()
    platform.messaging = Messaging(platform.config, platform.world, LoadTokens())
    return create_app(platform)
