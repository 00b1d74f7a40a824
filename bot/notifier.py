"""Sends notices: what the customer must know, put into words at the last moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot import notices
from bot.delivery import send_to_customer
from bot.line_api import LineApi
from store import customers, orders
from store.customers import Customer
from store.db import Database, Transaction
from store.queue.outbox import Job
from store.queue.policy import Drop
from store.queue.worker import JobHandler
from store.shop import Shop


def make_notifier(api: LineApi, db: Database, shop: Shop) -> JobHandler:
    """The handler of outbox rows of kind "notice": `what` happened to the order of `customer_id`."""

    def perform(job: Job) -> Callable[[Transaction], str]:
        def render(tx: Transaction) -> tuple[Customer, list[dict[str, Any]] | None]:
            customer = customers.find(tx, int(job.payload["customer_id"]))
            order = orders.get(tx, job.order_id) if job.order_id is not None else None
            return customer, notices.render(tx, shop, customer, job.payload, order)

        customer, messages = db.transaction(render)
        if not messages:
            raise Drop("nothing to say any more")
        return send_to_customer(api, db, job, customer, messages)

    return perform
