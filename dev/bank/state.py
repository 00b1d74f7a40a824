"""What the stand-in bank remembers: orders, receipts, refunds, PayTokens and BackendURL calls.

Amounts are the bank's (TWD x 100); moments are seconds since the epoch on the bank's clock.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Receipt:
    """Money that came in for an order. `account` is the payer's, known for transfers only."""

    amount: int
    paid_at: float
    bank_no: str | None = None
    account: str | None = None


@dataclass
class Refund:
    """One refund. It is open while it waits for the second call (`token`), then `due_at` drives it."""

    number: str
    amount: int
    requested_at: float
    status: str | None = None
    token: str | None = None
    due_at: float | None = None
    settled_at: float | None = None


@dataclass
class Order:
    """An order as the merchant created it and as it fared since."""

    order_no: str
    ts_no: str
    token: str
    amount: int
    pay_type: str
    product: str
    return_url: str
    created_at: float
    expires_at: float
    pay_type_sub: str | None = None
    memo: str | None = None
    params: list[str | None] = field(default_factory=lambda: [None, None, None])
    backend_url: str | None = None
    auto_billing: bool = True
    billing_days: int | None = None
    atm_pay_no: str | None = None
    phase: str = "waiting"
    """waiting, authorised, cancelled, paid or disabled; what time alone changes is derived in `phases`."""
    authorised_at: float | None = None
    capture_at: float | None = None
    paid_at: float | None = None
    card_no: str | None = None
    auth_code: str | None = None
    challenge: str | None = None
    """Card number that waits for its one-time password."""
    receipts: list[Receipt] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)


@dataclass
class Token:
    """What a PayToken means, fixed at the moment of its event."""

    token: str
    order_no: str
    ap_type: str
    status: str
    amount: int
    description: str
    at: float


@dataclass
class Attempt:
    """One BackendURL call and what came of it."""

    at: float
    outcome: str


@dataclass
class Notification:
    """A PayToken to be told to a BackendURL until it is acknowledged or given up."""

    token: str
    order_no: str
    ap_type: str
    url: str
    due_at: float | None
    delivered: bool = False
    attempts: list[Attempt] = field(default_factory=list)


@dataclass
class Book:
    """All of it. Guarded by the bank's lock; never touched without it."""

    orders: dict[str, Order] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    notifications: list[Notification] = field(default_factory=list)
    order_count: int = 0
    refund_count: int = 0
    clock_advanced: float = 0.0


def save(book: Book, path: Path) -> None:
    """Write the snapshot in one step: a reader, or a crash, sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".new")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(book), file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)


def load(path: Path) -> Book:
    """Read a snapshot; an absent file is an empty book. Raises ValueError for a file that is none."""
    if not path.exists():
        return Book()
    try:
        return _read_book(json.loads(path.read_text(encoding="utf-8")))
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        raise ValueError(
            f"{path}: not a snapshot of the stand-in bank ({error}); delete it to start afresh"
        ) from None


def _read_book(data: dict[str, Any]) -> Book:
    orders = {number: _read_order(order) for number, order in data["orders"].items()}
    tokens = {token: Token(**content) for token, content in data["tokens"].items()}
    notifications = [
        Notification(**{**job, "attempts": [Attempt(**attempt) for attempt in job["attempts"]]})
        for job in data["notifications"]
    ]
    return Book(
        orders, tokens, notifications, data["order_count"], data["refund_count"], data["clock_advanced"]
    )


def _read_order(data: dict[str, Any]) -> Order:
    receipts = [Receipt(**receipt) for receipt in data["receipts"]]
    refunds = [Refund(**refund) for refund in data["refunds"]]
    return Order(**{**data, "receipts": receipts, "refunds": refunds})
