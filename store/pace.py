"""A flood from one customer is damped: the rest of the shop does not feel it, and their last wish is kept.

Their token bucket is charged when they are met (`store.customers.meet`). An event over it is passed over
when a later one of theirs waits already, for the later one is what they want; the last one waits its turn.
"""

from __future__ import annotations

from store.customers import Customer
from store.db import Transaction, sql
from store.queue.inbox import Event

ASK_AGAIN_SECONDS = 60
"""Who comes too fast is asked to slow down once in this time."""


def is_overtaken(tx: Transaction, event: Event) -> bool:
    """Whether a later event of the same customer waits."""
    return bool(sql.inbox_has_newer(tx.connection, id=event.id, lane=event.lane))


def put_off(tx: Transaction, event: Event, customer: Customer) -> None:
    """Have the event handled when the customer's bucket holds a token again; this one is done with.

    It is stored once more under a key made from its own, so that a redelivery is still known.
    """
    sql.inbox_put_off(tx.connection, id=event.id, seconds=-customer.pace_left)


def may_ask_to_slow_down(tx: Transaction, customer: Customer) -> bool:
    """Whether they may be asked (again); asking is noted."""
    return bool(sql.customer_slow_down(tx.connection, id=customer.id, seconds=ASK_AGAIN_SECONDS))
