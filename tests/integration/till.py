"""A shop's payments on real parts: a database, the stand-in bank, the callback addresses and the worker.

Time passes at once for the shop and the bank with `Till.pass_time`.
"""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import requests
from flask import Flask

from dev.bank import API_PATH, Bank, BankConfig, create_app
from dev.bank.state import Token
from dev.serve import Server
from payments import callbacks, jobs, settlement
from payments.provider import TAIPEI
from payments.records import Payment, of_order
from payments.sinopac.client import SinopacAccount, SinopacClient
from payments.sinopac.provider import SinopacProvider
from settings import LineSettings, Settings
from store import orders
from store.db import Database, Transaction
from store.orders import Order
from store.queue import outbox
from store.queue.policy import RetryPolicy
from store.queue.worker import JobHandler, Worker
from store.shop import Shop
from tests.factories import placed_order, scalar, stock_up
from tests.integration.dev_bank_merchant import ACCOUNT, QUICK, Merchant

PATIENCE = 8.0
"""Seconds a test waits for what other threads do."""
TTL = {"atm": 259_200}
NEVER = 10**6


class Till:
    """What a test holds in its hands. `notices` are those the customer would have been told, in order."""

    def __init__(self, database_url: str, bank: Bank, bank_url: str, shop_server: Server, app: Flask) -> None:
        self.db = Database(database_url, size=8)
        self.bank, self.merchant = bank, Merchant(bank_url)
        self.url = shop_server.url
        self.shop = Shop(_settings(database_url, self.url))
        self.notices: list[dict[str, Any]] = []
        account = SinopacAccount.from_hash_values(**asdict(ACCOUNT), api_url=bank_url + API_PATH)
        self.client = SinopacClient(account, time_limits=(1.0, 0.5))
        self.provider = SinopacProvider(self.client, wallets=True)
        self.auto_refund = False
        self.worker: Worker | None = None
        app.register_blueprint(callbacks.blueprint(self.db, self.shop, ACCOUNT.shop_no, self.wake))

    def handlers(self, check_after: int) -> Mapping[str, JobHandler]:
        """The payment jobs, as the program wires them."""
        return jobs.handlers(
            self.db, self.provider, self.shop, check_after=check_after, auto_refund=self.auto_refund
        )

    def work(self, check_after: int = NEVER) -> None:
        """Start the worker; failed jobs are tried again after a moment."""
        handlers = self.handlers(check_after)
        again = RetryPolicy(base=0.05, cap=0.2, attempts=2000)
        self.worker = Worker(
            self.db,
            events={"sinopac": settlement.take_in},
            jobs=[("line", 1, {"notice": self._tell}), ("payments", 2, handlers)],
            inbox_threads=1,
            policies=dict.fromkeys([*handlers, "sinopac"], again),
        )
        self.worker.start()

    def rest(self) -> None:
        """Stop the worker, as a deployment does."""
        if self.worker:
            self.worker.stop(PATIENCE)
            self.worker = None

    def wake(self) -> None:
        """Have the worker look at once."""
        if self.worker:
            self.worker.wake()

    def close(self) -> None:
        """End everything the till has started."""
        self.rest()
        self.client.close()
        self.merchant.close()
        self.db.close()

    def _tell(self, job: outbox.Job) -> Callable[[Transaction], str]:
        self.notices.append({**job.payload, "order_id": job.order_id})
        return lambda tx: "told"

    # What customers do

    def place(self, method: str = "card", *, sku: int | None = None, quantity: int = 1) -> Order:
        """An order of somebody new, of a new SKU unless one is named."""
        wanted = {sku or self.new_sku(): quantity}
        order = placed_order(self.db, wanted, method, TTL.get(method, 2400))
        self.wake()
        return order

    def new_sku(self, stock: int = 10) -> int:
        """A product of its own for sale."""
        return stock_up(self.db, stock=stock, name=f"茶 {secrets.token_hex(4)}")[0].id

    def open(self, method: str = "card", **wanted: Any) -> tuple[Order, Payment]:
        """An order that the bank is ready to take money for."""
        order = self.place(method, **wanted)
        self.until(lambda: self.payment(order).status == "waiting")
        return order, self.payment(order)

    def pay(self, order: Order, *, number: str = "", **how: Any) -> dict[str, Any]:
        """Pay the order's latest attempt at the bank; `how` as the bank's control address takes it."""
        payment = self.payment(order)
        path = "atm/pay" if payment.method == "atm" else "card/pay"
        return self.merchant.control(path, OrderNo=number or payment.provider_order_no, **how)

    def pay_at(self, path: str, payment: Payment, **how: Any) -> dict[str, Any]:
        """Pay a certain attempt, at `card/pay` or `atm/pay` of the bank's control addresses."""
        return self.merchant.control(path, OrderNo=payment.provider_order_no, **how)

    def pay_token(self, order: Order, *, ap_type: str, status: str) -> str:
        """A PayToken of the order's latest attempt that tells of such an event."""
        with self.bank.lock:
            there = self.bank.book.orders[self.payment(order).provider_order_no]
            words = "" if status == "S" else "E2700 – 交易失敗"
            at = there.paid_at or self.bank.clock.now()
            token = Token(self.bank.new_token(), there.order_no, ap_type, status, there.amount, words, at)
            self.bank.book.tokens[token.token] = token
            return token.token

    def come_back(self, payment: Payment, outcome: dict[str, Any]) -> requests.Response:
        """The customer's browser posts the bank's form to ReturnURL."""
        return self.post(payment, "return", data=outcome["form"])

    def post(self, payment: Payment, way: str, **content: Any) -> requests.Response:
        """A call of `way` (backend or return) for this attempt."""
        url = f"{self.url}/payments/sinopac/{way}/{payment.callback_key}"
        return requests.post(url, timeout=5, allow_redirects=False, **content)

    def cancel(self, order: Order) -> None:
        """The customer gives the order up."""
        self.db.transaction(lambda tx: orders.cancel(tx, order.id, "customer"))
        self.wake()

    def pay_again(self, order: Order) -> None:
        """The customer wants another way to pay."""
        self.put("payment.create", order, lane=f"payment:{order.id}")

    def put(self, kind: str, order: Order, *, lane: str | None = None, **payload: Any) -> None:
        """A job for the worker."""
        self.db.transaction(lambda tx: outbox.put(tx, kind, payload, lane=lane, order_id=order.id))
        self.wake()

    # Time

    def pass_time(self, order: Order, seconds: float) -> None:
        """Let time pass for one order here, and for the bank."""
        self.merchant.control("clock", advance_seconds=seconds)
        for table, key, column in (
            ("orders", "id", "expires_at"),
            ("payments", "order_id", "expires_at"),
            ("outbox", "order_id", "available_at"),
        ):
            shift = f"UPDATE {table} SET {column} = {column} - make_interval(secs => %s) WHERE {key} = %s"
            self.run(shift, seconds, order.id)
        self.wake()

    def overdue(self, order: Order, late: float = 1.0) -> None:
        """Let the order's time run out, `late` seconds ago."""
        self.pass_time(order, TTL.get(order.payment_method, 2400) + late)

    def until(self, happened: Callable[[], bool]) -> None:
        """Wait until it is so."""
        end = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < end, f"it did not happen; jobs: {self.jobs()}; told: {self.notices}"
            time.sleep(0.02)

    def settled(self, order: Order, status: str) -> None:
        """Wait until the order has this status and nothing about it is left to do at once."""
        self.until(lambda: self.status(order) == status and not self.busy(order))

    def bank_today(self, ahead: float = 0.0) -> date:
        """The day it is at the bank, `ahead` seconds from now."""
        return datetime.fromtimestamp(self.bank.clock.now() + ahead, TAIPEI).date()

    # What there is to see

    def status(self, order: Order) -> str:
        return self.db.transaction(lambda tx: orders.get(tx, order.id)).status

    def payments(self, order: Order) -> list[Payment]:
        """The attempts, oldest first."""
        return self.db.transaction(lambda tx: of_order(tx, order.id))[::-1]

    def payment(self, order: Order) -> Payment:
        """The latest attempt, once there is one."""
        known: list[Payment] = []

        def begun() -> bool:
            known.extend(self.payments(order))
            return bool(known)

        self.until(begun)
        return known[-1]

    def busy(self, order: Order) -> bool:
        """Whether a job of the order is due or in hand, or a callback waits."""
        due = (
            "SELECT EXISTS (SELECT 1 FROM outbox WHERE order_id = %s AND status = 'waiting'"
            " AND (available_at <= clock_timestamp() OR attempts > 0))"
            " OR EXISTS (SELECT 1 FROM inbox WHERE status = 'waiting')"
        )
        return bool(scalar(self.db, due, order.id))

    def told(self, order: Order) -> list[str]:
        """What the customer was told, in order; "it takes a while" does not count."""
        notices = (n["what"] for n in self.notices if n["order_id"] == order.id)
        return [what for what in notices if what != "payment_slow"]

    def money(self, order: Order) -> list[int]:
        """The amounts that came, in order."""
        return list(self.column("SELECT amount FROM money_moves WHERE order_id = %s ORDER BY id", order.id))

    def cases(self, order: Order) -> list[str]:
        """The kinds of cases that wait for a human."""
        return list(self.column("SELECT kind FROM cases WHERE order_id = %s ORDER BY id", order.id))

    def events(self, order: Order) -> list[str]:
        """The order's history."""
        return list(self.column("SELECT kind FROM order_events WHERE order_id = %s ORDER BY id", order.id))

    def outcomes(self, order: Order, kind: str) -> list[str]:
        """How the finished jobs of one kind went."""
        query = (
            "SELECT outcome FROM outbox WHERE order_id = %s AND kind = %s AND status <> 'waiting' ORDER BY id"
        )
        return list(self.column(query, order.id, kind))

    def column_of(self, table: str, name: str, order: Order) -> list[Any]:
        """One column of the rows of a table that belong to an order."""
        return list(self.column(f"SELECT {name} FROM {table} WHERE order_id = %s ORDER BY id", order.id))

    def count(self, table: str, order_id: int) -> int:
        """How many rows of a table belong to an order."""
        [count] = self.column(f"SELECT count(*) FROM {table} WHERE order_id = %s", order_id)
        return int(count)

    def jobs(self) -> list[Any]:
        """The jobs that wait, for people."""
        return self.rows(
            "SELECT kind, attempts, available_at - now(), last_error FROM outbox WHERE status = 'waiting'"
        )

    def at_bank(self, order: Order) -> list[dict[str, Any]]:
        """The bank's orders for this order."""
        answer = self.merchant.http.get(f"{self.merchant.url}/control/orders", timeout=5).json()
        return [row for row in answer["orders"] if row["OrderNo"].startswith(order.code)]

    def column(self, query: str, *values: object) -> Iterator[Any]:
        return itertools.chain.from_iterable(self.rows(query, *values))

    def rows(self, query: str, *values: object) -> list[Any]:
        def work(tx: Transaction) -> list[Any]:
            with tx.connection.cursor() as cursor:
                cursor.execute(query, values)
                return cursor.fetchall()

        return self.db.transaction(work)

    def run(self, statement: str, *values: object) -> None:
        def work(tx: Transaction) -> None:
            with tx.connection.cursor() as cursor:
                cursor.execute(statement, values)

        self.db.transaction(work)


def _settings(database_url: str, public_url: str) -> Settings:
    line = LineSettings(secrets=("secret",), token="token")
    return Settings(database_url, public_url, "a key for tests", line, None, shop_name="山月茶行")


@contextmanager
def open_till(database_url: str, **bank_settings: Any) -> Iterator[Till]:
    """A till whose bank and callback addresses are served; its worker is not started."""
    app = Flask("till", static_folder=None)
    bank = Bank(BankConfig(**{**QUICK, **bank_settings}))
    with bank, Server(create_app(bank)) as bank_server, Server(app) as shop_server:
        till = Till(database_url, bank, bank_server.url, shop_server, app)
        try:
            yield till
        finally:
            till.close()
