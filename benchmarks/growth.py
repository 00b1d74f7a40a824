"""What the work of one order costs when a thousand, a hundred thousand, a million lie behind it."""

from __future__ import annotations

import random
import secrets
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Concatenate, ParamSpec, TypeAlias, TypeVar

from benchmarks import ages, bill, plans
from benchmarks.contestants import DETAILS, SHIPPING, TTL_SECONDS, line_user
from benchmarks.machine import database_server
from benchmarks.report import Report, Table, median, ratio
from store import carts, customers, orders
from store.db import Database, Transaction
from store.db import sql as store_sql
from store.queue import inbox, outbox
from store.queue.inbox import Arrival

T = TypeVar("T")
P = ParamSpec("P")
Work: TypeAlias = Callable[Concatenate[Transaction, P], T]
"""Something done in a transaction, with arguments of its own."""
AIM = 1.5
_A_ROUND = 12  # orders placed, events stored, lists read in a round at each age
_SLOTS = 4  # rows a claim may take
_LEASE = 60.0  # seconds
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
        self._reconciler = bill.reconciler(self.db)

    def work(self) -> None:
        """A round: orders come in, are paid or not, customers look at theirs, events are taken up."""
        placed = [self._timed("place an order", _place, user) for user in self._do(_new_carts)]
        self._claim_jobs()
        for order_id in placed[::2]:
            self._settle(order_id)
        for order_id in placed[1::2]:
            self._expire(order_id)
        for _ in range(_A_ROUND):
            self._list_orders()
        self._take_in_events()
        self._timed("look for overdue orders", _overdue)
        self._reconcile()
        self._do(lambda tx: ages.sql.clear_desk(tx.connection))

    def _settle(self, order_id: int) -> None:
        payment_id = self._do(_new_payment, order_id)
        charge = orders.Charge(secrets.token_hex(8), 460, datetime.now(UTC))
        outcome = self._timed("settle it", orders.settle, order_id, payment_id, charge, "benchmark")
        if outcome is not orders.SettleOutcome.PAID:
            raise AssertionError(f"order {order_id} was not paid but {outcome}")

    def _expire(self, order_id: int) -> None:
        self._do(lambda tx: ages.sql.run_out(tx.connection, order_id=order_id))
        if not self._timed("expire it", orders.expire, order_id):
            raise AssertionError(f"order {order_id} did not expire")

    def _list_orders(self) -> None:
        customer = self._do(customers.meet, self._somebody())
        found = self._timed("list my orders", orders.of_customer, customer.id)
        if len(found) != ages.ORDERS_PER_CUSTOMER:
            raise AssertionError(f"customer {customer.id} has {len(found)} orders")

    def _claim_jobs(self) -> None:
        kinds = ["payment.create"]
        while jobs := self._timed("claim from the outbox", outbox.claim, kinds, _SLOTS, uuid.uuid4(), _LEASE):
            for job in jobs:
                self._do(outbox.finish, job, "done")

    def _take_in_events(self) -> None:
        for _ in range(_A_ROUND):
            arrival = Arrival(secrets.token_hex(12), self._somebody(), {})
            self._timed("store an event", inbox.store, "line", [arrival])
        while events := self._timed("claim from the inbox", inbox.claim, _SLOTS, uuid.uuid4(), _LEASE):
            for event in events:
                self._do(inbox.finish, event)

    def _reconcile(self) -> None:
        began = time.perf_counter()
        bill.compare(self._reconciler)
        self.times[f"reconcile a day of {bill.LINES}"].append(time.perf_counter() - began)

    def _somebody(self) -> str:
        return line_user(random.randint(1, self._customers))

    def _do(self, work: Work[P, T], *args: P.args, **names: P.kwargs) -> T:
        return self.db.transaction(lambda tx: work(tx, *args, **names))

    def _timed(self, what: str, work: Work[P, T], *args: P.args, **names: P.kwargs) -> T:
        began = time.perf_counter()
        result = self._do(work, *args, **names)
        self.times[what].append(time.perf_counter() - began)
        return result


def _new_carts(tx: Transaction) -> list[str]:
    return [row[0] for row in ages.sql.new_carts(tx.connection, carts=_A_ROUND, skus=ages.SKUS)]


def _new_payment(tx: Transaction, order_id: int) -> int:
    return int(ages.sql.new_payment(tx.connection, order_id=order_id))


def _overdue(tx: Transaction) -> list[int]:
    return [row[0] for row in store_sql.orders_overdue(tx.connection, limit=20)]


def _place(tx: Transaction, user: str) -> int:
    customer = customers.meet(tx, user)
    cart = carts.open_cart(tx, customer)
    version = cart.quote(SHIPPING).version
    outcome, order = orders.place(
        tx, customer, cart, DETAILS,
        method="card", version=version, shipping=SHIPPING, ttl_seconds=TTL_SECONDS,
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
        "PostgreSQL with fsync on; no session waits for the disk at COMMIT, because that hides growth",
    ]
    return table
