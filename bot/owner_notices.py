"""Tells the shop's owners the news that `store/owner_news.py` has found, in words of the moment it is sent.

Such a message is pushed now or never: what is left of the month's quota belongs to the customers, and the
console shows the same things.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import structlog

from bot.delivery import Say, make_post, send_to_customer
from bot.errors import Rejected, TargetGone
from bot.held import Held
from bot.line_api import LineApi
from bot.quota import Quota, Rank
from bot.screens import owners as screens
from bot.screens.theme import Message, with_ways_back
from bot.words import speaking
from store import customers, owner_news
from store.customers import Customer
from store.db import Database, Transaction
from store.owner_news import News
from store.queue.outbox import Job
from store.queue.policy import Drop, Fail
from store.queue.worker import JobHandler
from store.shop import Shop

log = structlog.get_logger(__name__)

_RANKS: dict[str, Rank] = {
    News.ORDER: Rank.OWNER,
    News.CASE: Rank.OWNER,
    News.LOW_STOCK: Rank.OWNER,
    News.DAILY: Rank.REMINDER,
}
_TO = ("'to'", "[to]")
"""How LINE names the property of a push that says to whom (Messaging API reference, "Error responses")."""


def make_owner_notifier(
    api: LineApi, db: Database, shop: Shop, *, quota: Quota | None = None, held: Held | None = None
) -> JobHandler:
    """The handler of outbox rows of kind "owner.notice", for the owner who is the customer `customer_id`."""
    post = make_post(api, db, quota=quota, held=held)

    def perform(job: Job) -> Callable[[Transaction], str]:
        def look(tx: Transaction) -> tuple[Customer, list[Message] | None]:
            customer = customers.find(tx, int(job.payload["customer_id"]))
            return customer, render(tx, shop, customer, job.payload)

        customer, messages = db.transaction(look)
        if not messages:
            raise Drop("nothing to say any more")
        try:
            return send_to_customer(
                post, job, customer, Say(messages, "fleeting", _RANKS[job.payload["what"]])
            )
        except Drop as drop:
            log.info("owner_not_told", what=job.payload["what"], why=str(drop))
            raise
        except Fail as fail:
            if _is_nobody(fail.__cause__):
                db.transaction(lambda tx: customers.set_friend(tx, customer, False))
            raise

    return perform


def render(tx: Transaction, shop: Shop, customer: Customer, payload: dict[str, Any]) -> list[Message] | None:
    """The messages of such a row, or None when nothing of it is news any more, or nobody wants to know.

    Raises ValueError for news nobody here knows.
    """
    what = News(payload["what"])
    if not owner_news.switches(tx)[what]:
        return None
    with speaking(customer.language):
        messages = _messages(tx, shop, what, payload)
        return with_ways_back(messages) if messages else None


def _messages(tx: Transaction, shop: Shop, what: News, payload: dict[str, Any]) -> list[Message] | None:
    if what is News.DAILY:
        which = date.fromisoformat(payload["day"])
        return screens.daily(shop, which, owner_news.day(tx, which))
    ids = [int(number) for number in payload["ids"]]
    more = int(payload["count"]) - len(ids)
    if what is News.ORDER:
        orders = owner_news.orders(tx, ids)
        total = int(payload["total"]) if more else sum(order.total for order in orders)
        return screens.orders(shop, orders, len(orders) + more, total) if orders else None
    if what is News.CASE:
        cases = owner_news.cases(tx, ids)
        return screens.cases(shop, cases, len(cases) + more) if cases else None
    skus = owner_news.low_stock(tx, ids)
    return screens.low_stock(shop, skus, len(skus) + more) if skus else None


def _is_nobody(error: BaseException | None) -> bool:
    """Whether LINE knows nobody of this id: nothing more is tried until they befriend the account."""
    return isinstance(error, TargetGone) or (
        isinstance(error, Rejected) and any(to in str(error) for to in _TO)
    )
