"""Sends notices: what the customer must know, put into words at the last moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot import notices
from bot.attempt import Worth
from bot.delivery import Say, make_post, send_to_customer
from bot.held import Held, Teller
from bot.line_api import LineApi
from bot.quota import Quota, Rank
from store import customers, orders
from store.customers import Customer
from store.db import Database, Transaction
from store.queue.outbox import Job
from store.queue.policy import Drop
from store.queue.worker import JobHandler
from store.shop import Shop

_RANKS: dict[str, Rank] = {
    **dict.fromkeys(("paid", "late_revived", "late_refund", "extra_refund"), Rank.MONEY),
    **dict.fromkeys(("amount_mismatch", "refund_started", "refunded"), Rank.MONEY),
    **dict.fromkeys(("shipped", "tracking_corrected"), Rank.PARCEL),
    **dict.fromkeys(("payment_lapsed", "back_in_stock"), Rank.REMINDER),
}
"""What a push of the news is worth; all other news is of an order."""
_FREE = frozenset({"payment_slow"})
"""Only ever a reply: its button brings a fresh token for what it is about."""


def make_teller(shop: Shop) -> Teller:
    """Puts outbox rows of kind "notice" into words: `what` happened to the order."""

    def tell(
        tx: Transaction, customer: Customer, payload: dict[str, Any], order_id: int | None
    ) -> list[dict[str, Any]] | None:
        order = orders.get(tx, order_id) if order_id is not None else None
        return notices.render(tx, shop, customer, payload, order)

    return tell


def make_notifier(
    api: LineApi, db: Database, shop: Shop, *, quota: Quota | None = None, held: Held | None = None
) -> JobHandler:
    """The handler of outbox rows of kind "notice", for the customer `customer_id`."""
    tell = make_teller(shop)
    post = make_post(api, db, quota=quota, held=held or Held(db, {"notice": tell}))

    def perform(job: Job) -> Callable[[Transaction], str]:
        def render(tx: Transaction) -> tuple[Customer, list[dict[str, Any]] | None]:
            customer = customers.find(tx, int(job.payload["customer_id"]))
            return customer, tell(tx, customer, job.payload, job.order_id)

        customer, messages = db.transaction(render)
        if not messages:
            raise Drop("nothing to say any more")
        what = str(job.payload.get("what"))
        worth: Worth = "free" if what in _FREE else "notice"
        say = Say(messages, worth, _RANKS.get(what, Rank.ORDER))
        return send_to_customer(post, job, customer, say)

    return perform
