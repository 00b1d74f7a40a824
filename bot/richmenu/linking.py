"""Which menu a customer sees: the one in their language, where it is not the default one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.errors import LineError, LineUnavailable, RateLimited, TargetGone
from bot.richmenu.api import RichMenuApi
from bot.richmenu.layout import FIRST_TAB, alias
from bot.words import SOURCE
from store import customers
from store.db import Transaction
from store.queue import outbox
from store.queue.outbox import Job
from store.queue.policy import Drop, Later
from store.queue.worker import JobHandler

if TYPE_CHECKING:
    from bot.line_api import LineApi

KIND = "line.menu"
_ATTEMPTS = 6
_PAUSE_SECONDS = 20.0


def ask(tx: Transaction, customer_id: int, line_user_id: str) -> None:
    """Have the customer's menu follow their language."""
    outbox.put(tx, KIND, {"customer_id": customer_id, "to": line_user_id})


def make_linker(line: LineApi) -> JobHandler:
    """The handler of outbox rows of kind "line.menu": link the menu of the customer's language as it is
    then, or take the link away where the default menu is the right one or LINE has no other."""
    api = RichMenuApi(line)

    def perform(job: Job) -> Callable[[Transaction], str]:
        raise NotImplementedError

    return perform
