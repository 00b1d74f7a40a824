"""A second payment provider, written against `payments.provider` alone: store and jobs serve it too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest

from payments import jobs
from payments.provider import (
    TAIPEI,
    Payable,
    PaymentRequest,
    Progress,
    Provider,
    RefundProgress,
    Refused,
    Report,
    ReportKind,
    Returned,
    Standing,
    StatementLine,
    Unavailable,
)
from store import orders, refunds
from store.orders import Order
from store.queue import outbox
from tests.factories import broken_invariants, scalar
from tests.integration.refund_desk import ask, reach, wishes
from tests.integration.till import Till, open_till


@dataclass
class Wallet:
    """One payment at the provider."""

    request: PaymentRequest
    progress: Progress = Progress.WAITING
    paid_at: datetime | None = None
    refunds: list[Returned] = field(default_factory=list)


class Teapay:
    """A provider of our own making: everything is done at once, in memory."""

    name = "teapay"

    def __init__(self) -> None:
        self.wallets: dict[str, Wallet] = {}
        self.away = False
        self._lock = threading.Lock()

    def lifetime_seconds(self, method: str) -> int | None:
        return 600

    def create(self, request: PaymentRequest) -> Payable:
        self._answer()
        with self._lock:
            if request.order_no in self.wallets:
                raise Refused("known already")
            self.wallets[request.order_no] = Wallet(request)
        return self._payable(request.order_no)

    def find(self, order_no: str, method: str) -> Standing | None:
        self._answer()
        wallet = self.wallets.get(order_no)
        if wallet is None:
            return None
        return Standing(
            reference=f"tea-{order_no}",
            method_matches=wallet.request.method == method,
            amount=wallet.request.amount,
            progress=wallet.progress,
            moved_at=wallet.paid_at,
            payable=self._payable(order_no),
            refunds=tuple(wallet.refunds),
        )

    def look_up(self, token: str, method: str) -> Report:
        self._answer()
        if token not in self.wallets:
            raise Refused("no such token")
        wallet = self.wallets[token]
        return Report(
            ReportKind.PAYMENT, token, f"tea-{token}", True, wallet.request.amount,
            wallet.progress is Progress.PAID, "not enough tea", wallet.paid_at,
        )  # fmt: skip

    def disable(self, order_no: str, method: str) -> None:
        self._answer()
        self.wallets[order_no].progress = Progress.EXPIRED

    def capture(self, order_no: str, method: str) -> None:
        raise Refused("nothing is ever only authorised here")

    cancel = capture

    def refund(self, order_no: str, method: str, amount: int) -> None:
        self._answer()
        done = self.wallets[order_no].refunds
        done.append(Returned(f"{order_no}-{len(done)}", amount, RefundProgress.DONE, datetime.now(UTC)))

    def statement(self, day: date) -> list[StatementLine]:
        self._answer()
        return [
            StatementLine(number, f"tea-{number}", False, wallet.request.amount, wallet.paid_at)
            for number, wallet in self.wallets.items()
            if wallet.paid_at and wallet.paid_at.astimezone(TAIPEI).date() == day
        ]

    def _payable(self, order_no: str) -> Payable:
        return Payable(f"tea-{order_no}", f"https://tea.example/{order_no}", None)

    def _answer(self) -> None:
        if self.away:
            raise Unavailable("the kettle is cold")


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_till(database_url) as till:
        till.provider = Teapay()  # type: ignore[assignment]
        till.work()
        yield till
        till.rest()
        assert broken_invariants(till.db) == []
        assert till.bank.book.orders == {}, "the first provider was asked for nothing"


def teapay(till: Till) -> Teapay:
    provider = till.provider
    assert isinstance(provider, Teapay)
    return provider


def pay(till: Till, order: Order, paid_at: datetime | None = None) -> None:
    wallet = teapay(till).wallets[till.payment(order).provider_order_no]
    wallet.progress, wallet.paid_at = Progress.PAID, paid_at or datetime.now(UTC)


def test_it_is_a_provider_and_has_every_job() -> None:
    provider: Provider = Teapay()
    assert provider.name == "teapay"


def test_an_order_is_paid_and_refunded(till: Till) -> None:
    order, payment = till.open("linepay")
    assert (payment.provider, payment.pay_url) == (
        "teapay",
        f"https://tea.example/{payment.provider_order_no}",
    )
    request = teapay(till).wallets[payment.provider_order_no].request
    assert request.backend_url == f"{till.url}/payments/teapay/backend/{payment.callback_key}"
    pay(till, order)
    till.put("payment.look_up", order, payment_id=payment.id, token=payment.provider_order_no)
    till.settled(order, "paid")
    ask(till, order, 100, key="a")
    reach(till, order, "done")
    ask(till, order, order.total - 100, key="b", restock=True)
    till.settled(order, "refunded")
    assert till.money(order) == [order.total, -100, 100 - order.total]
    assert [refund.provider_ref for refund in wishes(till, order)] == [
        f"{payment.provider_order_no}-{number}" for number in (0, 1)
    ]


def test_its_failures_and_outages_mean_the_same(till: Till) -> None:
    teapay(till).away = True
    order = till.place("linepay")
    till.until(lambda: any("the kettle is cold" in job.last_error for job in till.jobs()))
    teapay(till).away = False
    till.until(lambda: till.payment(order).status == "waiting")
    payment = till.payment(order)
    till.put("payment.look_up", order, payment_id=payment.id, token=payment.provider_order_no)
    till.until(lambda: till.told(order)[-1:] == ["payment_failed"])
    till.put("payment.look_up", order, payment_id=payment.id, token="?")
    till.until(lambda: "no such token" in till.outcomes(order, "payment.look_up")[-1])


def test_an_order_that_is_given_up_or_paid_otherwise_is_closed_there(till: Till) -> None:
    order, first = till.open("linepay")
    till.db.transaction(lambda tx: orders.change_method(tx, order.id, "jkopay", 2400, "customer:1"))
    till.until(lambda: till.payment(order).method == "jkopay" and till.payment(order).status == "waiting")
    assert teapay(till).wallets[first.provider_order_no].progress is Progress.EXPIRED
    till.cancel(order)
    till.until(lambda: till.payment(order).status == "cancelled")
    assert {wallet.progress for wallet in teapay(till).wallets.values()} == {Progress.EXPIRED}


def test_its_day_is_compared_and_what_nobody_reported_is_settled(till: Till) -> None:
    order, _ = till.open("linepay")
    yesterday = datetime.now(TAIPEI) - timedelta(days=1)
    pay(till, order, yesterday)
    payload = {"day": yesterday.date().isoformat()}
    till.db.transaction(lambda tx: outbox.put(tx, "reconcile.daily", payload))
    till.wake()
    till.settled(order, "paid")
    assert scalar(till.db, "SELECT moved_at FROM money_moves") == yesterday
    assert till.db.transaction(lambda tx: refunds.holdings(tx, order.id))[0].refundable == order.total


def test_the_jobs_are_those_of_the_first(till: Till) -> None:
    first = jobs.handlers(till.db, Teapay(), till.shop, check_after=300, auto_refund=False)
    assert set(first) == {
        "payment.create", "payment.abandon", "payment.look_up", "payment.check", "payment.capture",
        "order.expire", "refund.send", "refund.check", "reconcile.daily",
    }  # fmt: skip
