"""What the work of one order costs when a thousand, a hundred thousand, a million lie behind it."""

from __future__ import annotations

import random
import secrets
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from benchmarks import ages, plans
from benchmarks.contestants import DETAILS, SHIPPING, TTL_SECONDS, line_user
from benchmarks.machine import database_server
from benchmarks.report import Report, Table, median, ratio
from store import carts, customers, orders
from store.db import Database, Transaction
from store.db import sql as store_sql
from store.queue import inbox, outbox
from store.queue.inbox import Arrival

T = TypeVar("T")
AIM = 1.5
_A_ROUND = 12  # orders placed, events stored, lists read in a round at each age
_SLOTS = 4  # rows a claim may take
_LEASE_SECONDS = 60.0
_WARM_UP = 2  # rounds that are not counted: caches fill


def run(report: Report, *, quick: bool, show_plans: bool) -> None:
    """Measure and report; `show_plans` also prints the query plans of the youngest and the oldest shop."""
    sizes = (1_000, 20_000) if quick else (1_000, 100_000, 1_000_000)
    rounds = 4 if quick else 15
    with database_server() as server:
        urls = {}
        for size in sizes:
            began = time.monotonic()
            urls[size] = ages.grow(server, size)
            print(f"a shop of {size:,} orders was filled in {time.monotonic() - began:.0f} s", flush=True)
        shops = {size: Shop(url, size) for size, url in urls.items()}
        for number in range(rounds + _WARM_UP):
            for shop in shops.values():
                if number == _WARM_UP:
                    shop.times.clear()
                shop.work()
        report.add(_table(shops, rounds))
        if show_plans:
            for size in (sizes[0], sizes[-1]):
                print(plans.explain(urls[size], size), flush=True)
        for shop in shops.values():
            shop.db.close()


class Shop:
    """One shop at its age; `times` are the seconds each kind of work took, one entry each time."""

    def __init__(self, url: str, size: int) -> None:
        self.db = Database(url, size=1)
        self.times: defaultdict[str, list[float]] = defaultdict(list)
        self._customers = size // ages.ORDERS_PER_CUSTOMER

    def work(self) -> None:
        """A round: orders come in, are paid or not, customers look at theirs, events are taken up."""
        users = [row[0] for row in self._do(lambda tx: list(_new_carts(tx)))]
        placed = [self._timed("place an order", lambda tx, user=user: _place(tx, user)) for user in users]
        self._claim_jobs()
        for order_id in placed[::2]:
            self._settle(order_id)
        for order_id in placed[1::2]:
            self._expire(order_id)
        for _ in range(_A_ROUND):
            self._list_orders()
        self._take_in_events()
        self._timed("look for overdue orders", lambda tx: list(store_sql.orders_overdue(tx.connection, limit=20)))
        self._do(lambda tx: ages.sql.clear_desk(tx.connection))

    def _settle(self, order_id: int) -> None:
        payment_id = self._do(lambda tx: int(ages.sql.new_payment(tx.connection, order_id=order_id)))
        charge = orders.Charge(secrets.token_hex(8), 460, datetime.now(UTC))
        outcome = self._timed(
            "settle it", lambda tx: orders.settle(tx, order_id, payment_id, charge, "benchmark")
        )
        if outcome is not orders.SettleOutcome.PAID:
            raise AssertionError(f"order {order_id} was not paid but {outcome}")

    def _expire(self, order_id: int) -> None:
        self._do(lambda tx: ages.sql.run_out(tx.connection, order_id=order_id))
        if not self._timed("expire it", lambda tx: orders.expire(tx, order_id)):
            raise AssertionError(f"order {order_id} did not expire")

    def _list_orders(self) -> None:
        user = line_user(random.randint(1, self._customers))
        customer = self._do(lambda tx: customers.meet(tx, user))
        found = self._timed("list my orders", lambda tx: orders.of_customer(tx, customer.id))
        if len(found) < min(10, ages.ORDERS_PER_CUSTOMER):
            raise AssertionError(f"customer {customer.id} has only {len(found)} orders")

    def _claim_jobs(self) -> None:
        def claim(tx: Transaction) -> list[outbox.Job]:
            return outbox.claim(tx, ["payment.create"], _SLOTS, uuid.uuid4(), _LEASE_SECONDS)

        while jobs := self._timed("claim from the outbox", claim):
            for job in jobs:
                self._do(lambda tx, job=job: outbox.finish(tx, job, "done"))

    def _take_in_events(self) -> None:
        def claim(tx: Transaction) -> list[inbox.Event]:
            return inbox.claim(tx, _SLOTS, uuid.uuid4(), _LEASE_SECONDS)

        for _ in range(_A_ROUND):
            arrival = Arrival(secrets.token_hex(12), line_user(random.randint(1, self._customers)), {})
            self._timed("store an event", lambda tx, arrival=arrival: inbox.store(tx, "line", [arrival]))
        while events := self._timed("claim from the inbox", claim):
            for event in events:
                self._do(lambda tx, event=event: inbox.finish(tx, event))

    def _do(self, work: Callable[[Transaction], T]) -> T:
        return self.db.transaction(work)

    def _timed(self, name: str, work: Callable[[Transaction], T]) -> T:
        began = time.perf_counter()
        result = self.db.transaction(work)
        self.times[name].append(time.perf_counter() - began)
        return result


def _new_carts(tx: Transaction) -> list[tuple[str]]:
    return list(ages.sql.new_carts(tx.connection, carts=_A_ROUND, skus=ages.SKUS))


def _place(tx: Transaction, user: str) -> int:
    customer = customers.meet(tx, user)
    cart = carts.open_cart(tx, customer)
    version = cart.quote(SHIPPING).version
    outcome, order = orders.place(
        tx, customer, cart, DETAILS, method="card", version=version, shipping=SHIPPING, ttl_seconds=TTL_SECONDS
    )  # fmt: skip
    if order is None:
        raise AssertionError(f"an order was not placed: {outcome}")
    return order.id


def _table(shops: dict[int, Shop], rounds: int) -> Table:
    sizes = list(shops)
    table = Table(
        "Work as the shop grows: median ms at so many orders",
        ["work", *[f"{size:,}" for size in sizes], "times", f"at most {AIM}x"],
    )
    for name in shops[sizes[0]].times:
        medians = [median(shops[size].times[name]) * 1000 for size in sizes]
        times = ratio(medians[-1], medians[0]) or 0.0
        table.add(name, *medians, times, "yes" if times <= AIM else "no")
    table.notes += [
        f"{rounds} interleaved rounds; the last hundredth of the orders is unpaid, with its timers waiting",
        "PostgreSQL with fsync on; these sessions do not wait for the disk at COMMIT, which would hide growth",
    ]
    return table
