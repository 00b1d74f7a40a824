"""Every payment job of the outbox and its handler, for one provider."""

from __future__ import annotations

from payments.attempts import Cashier
from payments.provider import Provider
from payments.reconciliation import Reconciler
from payments.refunds import Refunder
from payments.settlement import Settlement
from store.db import Database
from store.queue.worker import JobHandler
from store.shop import Shop


def handlers(
    db: Database, provider: Provider, shop: Shop, *, check_after: int, auto_refund: bool
) -> dict[str, JobHandler]:
    """The handlers by kind of outbox row.

    `check_after` is how many seconds a payment may stay undecided before the provider is asked; with
    `auto_refund` late and double money goes back without a human.
    """
    cashier = Cashier(db, provider, shop, check_after=check_after)
    settlement = Settlement(db, provider, check_after=check_after, auto_refund=auto_refund)
    refunder = Refunder(db, provider)
    reconciler = Reconciler(db, provider, settlement, refunder)
    return {
        "payment.create": cashier.create,
        "payment.abandon": cashier.abandon,
        "payment.look_up": settlement.look_up,
        "payment.check": settlement.check,
        "payment.capture": settlement.capture,
        "order.expire": settlement.expire,
        "refund.send": refunder.send,
        "refund.check": refunder.check,
        "reconcile.daily": reconciler.daily,
    }
