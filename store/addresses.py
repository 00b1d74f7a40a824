"""Where a customer's parcels go: remembered by itself, chosen among, forgotten on request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from store import pickup
from store.customers import Customer
from store.db import Transaction, sql
from store.delivery_details import Details
from store.pickup import Pickup, Store

MOST_KEPT = 8


@dataclass(frozen=True)
class Address:
    """A kept address, and its id."""

    id: int
    details: Details


def remember(tx: Transaction, customer: Customer, details: Details) -> None:
    """Keep valid details for this order and the next; the same again is kept once."""
    store = store_of(details)
    sql.address_keep(
        tx.connection, customer_id=customer.id, delivery=details.delivery, name=details.name,
        phone=details.phone, address=details.address, **store,
    )  # fmt: skip
    sql.addresses_trim(tx.connection, customer_id=customer.id, keep=MOST_KEPT)
    if details.delivery == "home":
        sql.customer_remember_details(
            tx.connection, id=customer.id, name=details.name, phone=details.phone, address=details.address
        )


def kept(tx: Transaction, customer: Customer) -> list[Address]:
    """What is remembered, the one used last first."""
    return [_address(row) for row in sql.addresses_of(tx.connection, customer_id=customer.id)]


def latest_pickup(tx: Transaction, customer_id: int) -> Details | None:
    """Who picked up a parcel last, and where."""
    row = sql.address_latest_pickup(tx.connection, customer_id=customer_id)
    return _address(row).details if row else None


def forget(tx: Transaction, customer: Customer, address: Address) -> None:
    """Remember an address no more; the one used before it takes its place."""
    sql.address_forget(tx.connection, customer_id=customer.id, id=address.id)
    current = (customer.recipient_name, customer.phone, customer.address)
    gone = address.details
    if gone.delivery != "home" or current != (gone.name, gone.phone, gone.address):
        return
    left = next((other.details for other in kept(tx, customer) if other.details.delivery == "home"), None)
    sql.customer_remember_details(
        tx.connection,
        id=customer.id,
        name=left.name if left else "",
        phone=left.phone if left else "",
        address=left.address if left else "",
    )


def store_of(details: Details) -> dict[str, str]:
    """The columns of the store a parcel is picked up in; empty for a home."""
    store = details.store if isinstance(details, Pickup) else Store("", "", "")
    return {"store_brand": store.brand, "store_code": store.code, "store_name": store.name}


def _address(row: Any) -> Address:
    if row.delivery == "home":
        return Address(row.id, Details(row.name, row.phone, row.address))
    store = Store(row.store_brand, row.store_code, row.store_name)
    return Address(row.id, pickup.pickup(row.name, row.phone, store))
