"""Which menu a customer sees: the one in their language, where it is not the default one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot import errands
from bot.richmenu.layout import FIRST_TAB, alias
from bot.words import SOURCE
from store import customers
from store.db import Database, Transaction
from store.queue import outbox
from store.queue.outbox import Job
from store.queue.worker import JobHandler

if TYPE_CHECKING:
    from bot.line_api import LineApi

KIND = "line.menu"


def ask(tx: Transaction, customer_id: int, line_user_id: str) -> None:
    """Have the customer's menu follow their language."""
    outbox.put(tx, KIND, {"customer_id": customer_id, "to": line_user_id})


def make_linker(line: LineApi, db: Database) -> JobHandler:
    """The handler of outbox rows of kind "line.menu": link the menu of the customer's language as it is
    then, or take the link away where the default menu is the right one or the shop has no other."""

    def perform(job: Job) -> Callable[[Transaction], str]:
        from bot.richmenu.api import RichMenuApi

        api, to = RichMenuApi(line), job.payload["to"]
        language = db.transaction(lambda tx: customers.find(tx, job.payload["customer_id"])).language
        menu_id = None
        if language != SOURCE:
            menu_id = errands.run(job, lambda: api.menu_of_alias(alias(FIRST_TAB, language)))
        if menu_id is None:
            errands.run(job, lambda: api.unlink(to))
            return lambda _tx: "the default menu"
        errands.run(job, lambda: api.link(to, menu_id))
        return lambda _tx: f"the menu in {language}"

    return perform
