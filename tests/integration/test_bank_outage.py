"""A bank that is away, in maintenance, or set up wrongly: it is left alone, a human hears of it once, and
everything goes on by itself afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import pytest
import requests

from dev.bank import API_PATH
from payments.breaker import Breaker
from payments.sinopac.client import SinopacAccount, SinopacClient
from payments.sinopac.provider import SinopacProvider
from tests.factories import broken_invariants
from tests.integration.dev_bank_merchant import ACCOUNT
from tests.integration.refund_desk import ask, paid, reach
from tests.integration.till import Till, open_till


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    with open_till(database_url) as till:
        yield till
        till.rest()
        assert broken_invariants(till.db) == []


class Counting(SinopacClient):
    """A client that counts what really goes out."""

    posts = 0

    def _post(self, service: str, body: Mapping[str, Any]) -> requests.Response:
        self.posts += 1
        return super()._post(service, body)


def with_breaker(till: Till, breaker: Breaker) -> Counting:
    """The till's client leaves a silent bank alone."""
    till.client.close()
    account = SinopacAccount.from_hash_values(**asdict(ACCOUNT), api_url=till.merchant.url + API_PATH)
    client = Counting(account, time_limits=(1.0, 2.0), breaker=breaker)
    till.client, till.provider = client, SinopacProvider(client, wallets=True)
    return client


def test_a_bank_that_hangs_holds_the_workers_up_a_few_times_only(till: Till) -> None:
    client = with_breaker(till, Breaker(failures=2, first=0.5, longest=0.5))
    till.merchant.fault("http-503", times=None)
    till.work()
    placed = [till.place("card") for _ in range(4)]
    till.until(lambda: any("left alone" in job.last_error for job in till.jobs()))
    before = client.posts
    time.sleep(0.4)
    assert client.posts - before <= 1, "a probe at most, however many jobs want something"
    till.bank.faults.clear()
    till.until(lambda: all(till.payments(order) for order in placed))
    till.until(lambda: all(till.payment(order).status == "waiting" for order in placed))
    assert all(len(till.at_bank(order)) == 1 for order in placed)


@pytest.mark.parametrize("fault", ["http-503", "M0001", "http-429"])
def test_what_is_no_answer_opens_the_breaker(till: Till, fault: str) -> None:
    with_breaker(till, Breaker(failures=2, first=60.0, longest=60.0))
    till.merchant.fault(fault, times=None)
    till.work()
    till.place("card")
    till.until(lambda: any("left alone" in job.last_error for job in till.jobs()))


@pytest.mark.parametrize("fault", ["E0402", "E0302", "http-401", "wrong-sign", "E3001"])
def test_what_is_an_answer_does_not(till: Till, fault: str) -> None:
    client = with_breaker(till, Breaker(failures=2, first=60.0, longest=60.0))
    till.merchant.fault(fault, times=6, service="OrderCreate")
    till.work()
    orders = [till.place("card") for _ in range(3)]
    till.until(lambda: client.posts >= 6 and all(till.payments(order) for order in orders))
    assert not any("left alone" in job.last_error for job in till.jobs())


@pytest.mark.parametrize("fault", ["http-401", "http-499", "E0101", "E0000", "E0602"])
def test_a_wrong_account_is_one_case_and_nothing_is_lost_meanwhile(till: Till, fault: str) -> None:
    till.merchant.fault(fault, times=None, service="OrderCreate")
    till.work()
    placed = [till.place("card") for _ in range(2)]
    till.until(lambda: sum(job.kind == "payment.create" and job.attempts > 2 for job in till.jobs()) == 2)
    [(reference, said)] = till.rows(
        "SELECT reference, data ->> 'error' AS error FROM cases WHERE kind = 'bank_misconfigured'"
    )
    assert reference == fault.replace("http-", "HTTP ")
    assert reference in said
    till.bank.faults.clear()
    till.until(lambda: all(till.payment(order).status == "waiting" for order in placed))


def test_a_refund_waits_for_an_account_that_is_being_mended(till: Till) -> None:
    till.work()
    order, _ = paid(till)
    till.merchant.fault("http-401", times=3, service="OrderMaintain")
    ask(till, order, 60)
    reach(till, order, "accepted")
    assert list(till.column("SELECT kind FROM cases")) == ["bank_misconfigured"]


def test_after_maintenance_everything_goes_on_by_itself(till: Till) -> None:
    till.work()
    waiting, _ = till.open("card")
    till.merchant.fault("M0001", times=None)
    fresh = till.place("atm")
    till.pay(waiting)
    till.until(lambda: any(job.kind == "payment.look_up" and job.attempts > 1 for job in till.jobs()))
    assert till.status(waiting) == "pending"
    till.bank.faults.clear()
    till.settled(waiting, "paid")
    till.until(lambda: till.payment(fresh).status == "waiting")
    assert list(till.column("SELECT kind FROM cases")) == []
