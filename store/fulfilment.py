"""From paid to received: packing, the parcel, the end. The second half of an order's life.

Like the transitions of `store.orders`: the order row is locked, the change is guarded in its WHERE, what
happened goes to `order_events`, and the customer hears of it through a notice in the outbox.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from store import orders
from store.db import Transaction, sql
from store.delivery_details import tidy

OWN_DELIVERY = "自行配送"
"""The shop brings the parcel itself: the only way without a tracking number."""
CARRIERS = (
    "黑貓宅急便", "新竹物流", "中華郵政", "台灣宅配通", "嘉里大榮", "順豐速運",
    "7-ELEVEN", "全家", "萊爾富", "OK 超商", OWN_DELIVERY,
)  # fmt: skip
"""The carriers people here use, by the names customers know."""
_CARRIER_LENGTH = 30
_TRACKING = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{3,39}")


class Outcome(StrEnum):
    """What became of a wish to move an order on."""

    PREPARING = "preparing"
    SHIPPED = "shipped"
    CORRECTED = "corrected"
    COMPLETED = "completed"
    ALREADY = "already"  # it was there before: nothing has changed
    IMPOSSIBLE = "impossible"  # not from the state it is in


class Fault(StrEnum):
    """What is wrong with a parcel's field."""

    NO_CARRIER = "no_carrier"
    CARRIER_TOO_LONG = "carrier_too_long"
    NO_TRACKING = "no_tracking"
    NOT_A_TRACKING_NUMBER = "not_a_tracking_number"


@dataclass(frozen=True)
class Parcel:
    """A carrier and its number for a parcel (empty where the shop delivers itself)."""

    carrier: str
    tracking: str


@dataclass(frozen=True)
class Shipment:
    """How and when (UTC) an order went out."""

    order_id: int
    carrier: str
    tracking: str
    shipped_at: datetime


def check(carrier: str, tracking: str) -> Parcel | Fault:
    """The parcel in its normal form, or what is wrong with it."""
    carrier, tracking = tidy(carrier), re.sub(r"\s", "", tidy(tracking))
    if not carrier:
        return Fault.NO_CARRIER
    if len(carrier) > _CARRIER_LENGTH:
        return Fault.CARRIER_TOO_LONG
    if not tracking and carrier != OWN_DELIVERY:
        return Fault.NO_TRACKING
    if tracking and not _TRACKING.fullmatch(tracking):
        return Fault.NOT_A_TRACKING_NUMBER
    return Parcel(carrier, tracking)


def prepare(tx: Transaction, order_id: int, actor: str) -> Outcome:
    """paid -> preparing: somebody has begun to pack it. Raises LookupError where there is no such order."""
    order = orders.lock(tx, order_id)
    if not sql.order_set_preparing(tx.connection, id=order_id):
        return Outcome.ALREADY if order.status == "preparing" else Outcome.IMPOSSIBLE
    orders.record(tx, order_id, actor, "preparing")
    return Outcome.PREPARING


def ship(tx: Transaction, order_id: int, parcel: Parcel, actor: str) -> Outcome:
    """paid or preparing -> shipped, and the customer is told. Raises LookupError like `prepare`."""
    order = orders.lock(tx, order_id)
    if not sql.order_set_shipped(tx.connection, id=order_id):
        return Outcome.ALREADY if order.status in ("shipped", "completed") else Outcome.IMPOSSIBLE
    sql.shipment_insert(tx.connection, order_id=order_id, carrier=parcel.carrier, tracking=parcel.tracking)
    _tell(tx, order, parcel, actor, "shipped")
    return Outcome.SHIPPED


def correct(tx: Transaction, order_id: int, parcel: Parcel, actor: str) -> Outcome:
    """Another carrier or number for a parcel on its way, and the customer is told. Raises LookupError."""
    order = orders.lock(tx, order_id)
    changed = sql.shipment_correct(
        tx.connection, order_id=order_id, carrier=parcel.carrier, tracking=parcel.tracking
    )
    if not changed:
        return Outcome.ALREADY if order.status == "shipped" else Outcome.IMPOSSIBLE
    _tell(tx, order, parcel, actor, "tracking_corrected")
    return Outcome.CORRECTED


def complete(tx: Transaction, order_id: int, actor: str) -> Outcome:
    """shipped -> completed: the customer has the parcel. Raises LookupError like `prepare`."""
    order = orders.lock(tx, order_id)
    if not sql.order_set_completed(tx.connection, id=order_id):
        return Outcome.ALREADY if order.status == "completed" else Outcome.IMPOSSIBLE
    orders.record(tx, order_id, actor, "completed")
    return Outcome.COMPLETED


def shipment(tx: Transaction, order_id: int) -> Shipment | None:
    """How an order went out, if it has."""
    row = sql.shipment_of_order(tx.connection, order_id=order_id)
    return Shipment(*row) if row else None


def _tell(tx: Transaction, order: orders.Order, parcel: Parcel, actor: str, kind: str) -> None:
    facts = {"carrier": parcel.carrier, "tracking": parcel.tracking}
    orders.record(tx, order.id, actor, kind, facts)
    orders.notify(tx, order, "shipped", **facts)
