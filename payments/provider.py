"""What the shop asks of a payment provider: the whole of it. One folder per provider implements `Provider`.

A second provider writes a class with these methods and is handed to `payments.jobs.handlers`; nothing of the
store changes. What it must know:

* Amounts are whole TWD, times are UTC. No method is called while a transaction is open, any may be called
  again after a crash, and several threads call at once.
* `order_no` is the shop's number for one attempt to pay, unique for ever; `reference` is the provider's.
  A `method` is a word of `settings.BANK_METHODS`, one of those the merchant switched on.
* What the provider calls from outside is a blueprint of its own at `/payments/<name>/backend/<key>` and
  `/return/<key>` (`payments.callbacks` is Bank SinoPac's): it stores the token in the inbox under the
  provider's name, where `settlement.take_in` handles it.
* Money is believed only from `find`, `look_up` and `statement`, which ask the provider; what was posted to a
  callback address is at most a token for `look_up`.
* Every failure is one of these, and each has a meaning for what happens next:

ProviderError
├── Unavailable     nothing was done; the same call again later
├── Unsure          it may have been done; `find` tells, and is asked before anything else
├── Refused         a sound answer that says no; final for this request
│   └── AlreadyAsked    a refund was asked for before that covers this one
└── Misconfigured   a person must mend the account or the settings; later, once that is done
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum
from typing import Protocol

TAIPEI = timezone(timedelta(hours=8), "Asia/Taipei")
"""Statements are of Taiwanese days. Taiwan keeps no summer time, so a fixed offset needs no database."""


class ProviderError(Exception):
    """Any failed call; the message is for the merchant, `text` (the provider's words) for the customer.

    `code` is the provider's own, or empty.
    """

    def __init__(self, message: str, text: str = "", code: str = "") -> None:
        super().__init__(message)
        self.text, self.code = text, code


class Unavailable(ProviderError):
    """The provider could not be reached or is busy; nothing was done."""


class Unsure(ProviderError):
    """The provider may have done it; ask `find` with the same number first."""


class Refused(ProviderError):
    """The provider understood and says no."""


class AlreadyAsked(Refused):
    """The provider has been asked for a refund before that leaves nothing for this one."""


class Misconfigured(ProviderError):
    """The account, a key or an address is wrong; a person must mend it."""


@dataclass(frozen=True)
class PaymentRequest:
    """What is to be paid, and where the provider reports it. `order_no` is unique for ever.

    `instalments` is a number of monthly ones, or None for all at once.
    """

    order_no: str
    method: str
    amount: int
    description: str
    expires_at: datetime
    backend_url: str
    return_url: str
    instalments: int | None = None


class Progress(StrEnum):
    """How far a payment has come at the provider."""

    WAITING = "waiting"
    AUTHORISED = "authorised"  # the money is sure, and still to be captured
    PAID = "paid"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"  # an authorisation lapsed or was cancelled before it became money


@dataclass(frozen=True)
class Payable:
    """How the customer can pay: a hosted page, or a virtual account."""

    reference: str
    pay_url: str | None
    account_no: str | None


class RefundProgress(StrEnum):
    """How far a refund has come at the provider."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class Returned:
    """A refund the provider knows of. While it lists none by number, `number` is empty and `amount` None."""

    number: str
    amount: int | None
    progress: RefundProgress
    moved_at: datetime | None

    @property
    def key(self) -> str:
        """What tells it from the refunds before it."""
        at = f"{self.moved_at:%Y-%m-%dT%H:%M}" if self.moved_at else "?"
        return self.number or f"{self.progress} {at}"


@dataclass(frozen=True)
class Standing:
    """How a payment stands at the provider; `moved_at` is when money came, if it did."""

    reference: str
    method_matches: bool
    amount: int
    progress: Progress
    moved_at: datetime | None
    payable: Payable | None
    refunds: tuple[Returned, ...] = ()

    @property
    def arrived(self) -> bool:
        """Whether the shop may deliver."""
        return self.progress in (Progress.AUTHORISED, Progress.PAID)


class ReportKind(StrEnum):
    """What a report of the provider is about."""

    PAYMENT = "payment"
    CAPTURE = "capture"
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


@dataclass(frozen=True)
class StatementLine:
    """One movement of money on a day's bill; `refund` says that it went back."""

    order_no: str
    reference: str
    refund: bool
    amount: int
    moved_at: datetime | None


class Provider(Protocol):
    """A payment provider."""

    name: str

    def lifetime_seconds(self, method: str) -> int | None:
        """The longest the provider keeps a way to pay open, or None when it follows the order."""

    def create(self, request: PaymentRequest) -> Payable:
        """Open a way to pay. After `Unsure` it may exist."""

    def find(self, order_no: str, method: str) -> Standing | None:
        """How a payment and its refunds stand; None when the provider does not know the number."""

    def look_up(self, token: str, method: str) -> Report:
        """What the token of a callback about a payment by `method` means."""

    def disable(self, order_no: str, method: str) -> None:
        """Close a way to pay that is no longer wanted, where the provider can."""

    def capture(self, order_no: str, method: str) -> None:
        """Take the money of an authorised payment."""

    def cancel(self, order_no: str, method: str) -> None:
        """Withdraw an authorised payment, whole; `find` then says WITHDRAWN."""

    def refund(self, order_no: str, method: str, amount: int) -> None:
        """Have `amount` of a captured payment given back. `Refused.text` says why not, for the merchant.

        That it returns means that it was taken on: how it ends is told by `find`.
        """

    def statement(self, day: date) -> list[StatementLine]:
        """Every movement of money on a Taiwanese day: yesterday, or one of the 29 before it."""
