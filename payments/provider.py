"""What the shop asks of a payment provider; one folder per provider implements it.

Amounts are whole TWD, times are UTC. No method is called while a transaction is open.

ProviderError
├── Unavailable     nothing was done; try again later
├── Unsure          it may have been done; ask `find` before anything else
├── Refused         a sound answer that says no; final for this request
└── Misconfigured   a person must mend the account or the settings
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ProviderError(Exception):
    """Any failed call; the message is for the merchant, `text` (the provider's words) for the customer."""

    def __init__(self, message: str, text: str = "") -> None:
        super().__init__(message)
        self.text = text


class Unavailable(ProviderError):
    """The provider could not be reached or is busy; nothing was done."""


class Unsure(ProviderError):
    """The provider may have done it; ask `find` with the same number first."""


class Refused(ProviderError):
    """The provider understood and says no."""


class Misconfigured(ProviderError):
    """The account, a key or an address is wrong; a person must mend it."""


@dataclass(frozen=True)
class PaymentRequest:
    """What is to be paid, and where the provider reports it. `order_no` is unique for ever."""

    order_no: str
    method: str
    amount: int
    description: str
    expires_at: datetime
    backend_url: str
    return_url: str


class Progress(StrEnum):
    """How far a payment has come at the provider."""

    WAITING = "waiting"
    PAID = "paid"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Payable:
    """How the customer can pay: a hosted page, or a virtual account."""

    reference: str
    pay_url: str | None
    account_no: str | None


@dataclass(frozen=True)
class Standing:
    """How a payment stands at the provider; `moved_at` is when money came, if it did."""

    reference: str
    method_matches: bool
    amount: int
    progress: Progress
    moved_at: datetime | None
    payable: Payable | None


class ReportKind(StrEnum):
    """What a report of the provider is about."""

    PAYMENT = "payment"
    REFUND = "refund"
    OTHER = "other"


@dataclass(frozen=True)
class Report:
    """What stands behind a callback's token, looked up at the provider."""

    kind: ReportKind
    order_no: str
    reference: str
    method_matches: bool
    amount: int
    succeeded: bool
    reason: str
    moved_at: datetime | None


class Provider(Protocol):
    """A payment provider."""

    name: str

    def lifetime_seconds(self, method: str) -> int | None:
        """The longest the provider keeps a way to pay open, or None when it follows the order."""

    def create(self, request: PaymentRequest) -> Payable:
        """Open a way to pay. After `Unsure` it may exist."""

    def find(self, order_no: str, method: str) -> Standing | None:
        """How a payment stands; None when the provider does not know the number."""

    def look_up(self, token: str, method: str) -> Report:
        """What the token of a callback about a payment by `method` means."""

    def disable(self, order_no: str, method: str) -> None:
        """Close a way to pay that is no longer wanted, where the provider can."""
