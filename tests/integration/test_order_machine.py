"""Orders and payments do what a simple model says, whatever happens in whichever order.

ORDER_MACHINE_EXAMPLES sets how many stories are tried.
"""

from __future__ import annotations

import os
import secrets
import uuid
from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dev.bank import Bank, cashier
from dev.bank.state import Order as BankOrder
from payments import settlement
from store import carts, coupons, customers, fulfilment, orders, refunds
from store.catalogue_file import Row, _store
from store.db import Transaction
from store.errors import CatalogueError
from store.orders import Order
from store.queue import inbox, outbox
from store.queue.worker import Worker
from tests.concurrency import books
from tests.factories import Sold, a_coupon, line_user, place_in, stock_up
from tests.integration.dev_bank_merchant import ACCOUNT
from tests.integration.order_model import PRICE, Model, ModelCoupon, ModelOrder
from tests.integration.till import NEVER, Till, open_till

SECONDS_TO_PAY = 2400
PIECES = 4
BANK = {"notify_delay_seconds": 1e6, "refund_seconds": 0.0, "refund_outcome": "success"}
"""The bank tells nothing by itself: what is told, and how often, is a part of the story."""
PROFILE = settings(
    max_examples=int(os.environ.get("ORDER_MACHINE_EXAMPLES", "18")),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
NUMBERS = st.integers(0, 5)
QUANTITIES = st.integers(1, PIECES)
PEOPLE = st.integers(0, 1)
METHODS = st.sampled_from(["card", "card", "atm", "atm", "cod"])
CARTS = st.dictionaries(st.integers(0, 2), st.integers(1, 2), min_size=1, max_size=2)


class Shopping(RuleBasedStateMachine):
    """A shop with three SKUs, two coupons and two customers, beside its model. Jobs are done at once."""

    till: Till

    @initialize()
    def open_shop(self) -> None:
        self.db = self.till.db
        self.name = f"茶 {secrets.token_hex(4)}"
        self.skus: list[Sold] = stock_up(self.db, stock=PIECES, price=PRICE, count=3, name=self.name)
        self.users = [line_user(), line_user()]
        scarce = a_coupon(self.db, value=50, uses_limit=1)
        personal = a_coupon(self.db, value=30, uses_per_customer=1)
        self.coupons = [scarce, personal]
        self.model = Model(
            {sku.id: PIECES for sku in self.skus},
            [ModelCoupon(scarce.code, 50, 1, None), ModelCoupon(personal.code, 30, None, 1)],
            self.users,
        )
        self.orders: list[Order] = []
        jobs = {**self.till.handlers(NEVER), "notice": lambda _job: lambda _tx: "told"}
        self.kinds = list(jobs)
        self.worker = Worker(
            self.db, events={"sinopac": settlement.take_in}, jobs=[("all", 1, jobs)], inbox_threads=1
        )
        self.buy(0, {0: 2}, "card", 0)
        self.buy(1, {0: 1, 1: 1}, "atm", 1)

    # Rules

    @rule(who=PEOPLE, which=st.integers(0, 2), quantity=QUANTITIES)
    def fill(self, who: int, which: int, quantity: int) -> None:
        """Put into the cart what is there now; until it is ordered somebody else may buy it."""
        user, sku = self.users[who], self.skus[which].id

        def work(tx: Transaction) -> None:
            customer = customers.meet(tx, user)
            carts.set_quantity(tx, carts.open_cart(tx, customer), sku, quantity)

        self.db.transaction(work)
        self.model.fill(user, sku, quantity)

    @rule(who=PEOPLE, wanted=CARTS, method=METHODS, coupon=st.none() | st.integers(0, 1))
    def buy(self, who: int, wanted: dict[int, int], method: str, coupon: int | None) -> None:
        """Order these things, and what lay in the cart before."""
        for which, quantity in wanted.items():
            self.fill(who, which, quantity)
        if coupon is not None:
            self._choose_coupon(self.users[who], coupon)
        user = self.users[who]
        outcome, order = self.db.transaction(
            lambda tx: place_in(tx, customers.meet(tx, user), method, SECONDS_TO_PAY)
        )
        assert outcome == self.model.place(user, method)
        if order:
            self.orders.append(order)

    def _choose_coupon(self, user: str, which: int) -> None:
        def work(tx: Transaction) -> bool:
            customer = customers.meet(tx, user)
            found = coupons.choose(tx, customer, carts.open_cart(tx, customer), self.coupons[which].code)
            return isinstance(found, coupons.Coupon)

        assert self.db.transaction(work) == self.model.choose(user, self.model.coupons[which])

    @precondition(lambda self: self.orders)
    @rule(number=NUMBERS, how=st.sampled_from(["told", "told twice", "untold", "wrong amount", "failed"]))
    def pay(self, number: int, how: str) -> None:
        order, model = self._order(number)
        if model.method == "cod":
            return
        wrong = how == "wrong amount" and model.method == "atm"
        amount = model.total + (1 if wrong else 0)
        taken = self._at_bank(order, cashier.ensure_waiting)
        if how == "failed":
            if taken and model.method == "card":
                self._tell(order, self._pay_at_bank(order, model, amount, "F"))
            return
        told = how != "untold"
        assert self.model.pay(model, amount, told=told) == taken
        if taken:
            token = self._pay_at_bank(order, model, amount, "S")
            for _ in range({"untold": 0, "told twice": 2}.get(how, 1)):
                self._tell(order, token)

    @precondition(lambda self: any(order.method == "atm" for order in self.model.orders))
    @rule(number=NUMBERS)
    def transfer_again(self, number: int) -> None:
        order, model = self._order(number)
        if model.method == "atm" and self.model.transfer_again(model, model.total + 7):
            self._tell(order, self._pay_at_bank(order, model, model.total + 7, "S"))

    @precondition(lambda self: self.orders)
    @rule(number=NUMBERS, invented=st.booleans())
    def call_again(self, number: int, invented: bool) -> None:
        """A token that was told before, or was to be told; or one that the bank never gave."""
        order, model = self._order(number)
        tokens = self._tokens(order)
        if not invented and tokens:
            self._tell(order, tokens[0])
            self.model.hear(model)
        elif model.method != "cod":
            self._tell(order, secrets.token_hex(32))

    @precondition(lambda self: self.orders)
    @rule(number=NUMBERS)
    def cancel(self, number: int) -> None:
        order, model = self._order(number)
        outcome = self.db.transaction(lambda tx: orders.cancel(tx, order.id, "customer"))
        assert outcome == self.model.cancel(model)

    @precondition(lambda self: self.orders)
    @rule(number=NUMBERS)
    def time_is_over(self, number: int) -> None:
        order, model = self._order(number)
        late = "now() - interval '1 second'"
        self.till.run(f"UPDATE orders SET expires_at = {late} WHERE id = %s AND status = 'pending'", order.id)
        self.till.run(
            f"UPDATE outbox SET available_at = {late} WHERE order_id = %s AND kind = 'order.expire'", order.id
        )
        self.model.time_is_over(model)

    @precondition(lambda self: self.orders)
    @rule(number=NUMBERS)
    def ship(self, number: int) -> None:
        order, model = self._order(number)
        parcel = fulfilment.Parcel("全家", "1234567")
        self.db.transaction(lambda tx: fulfilment.ship(tx, order.id, parcel, "merchant"))
        self.model.ship(model)

    @precondition(lambda self: any(order.came for order in self.model.orders))
    @rule(number=NUMBERS, part=st.integers(0, 3), restock=st.booleans(), key=st.sampled_from("abc"))
    def refund(self, number: int, part: int, restock: bool, key: str) -> None:
        """All that is held (part 0), a part of it, or more."""
        order, model = self._order(number)
        if not model.came:
            return
        amount = (model.held, 1, max(1, model.held // 2), model.held + 1)[part]
        payment = self.till.payment(order).id
        outcome = self.db.transaction(
            lambda tx: refunds.request(tx, order.id, payment, amount, restock, "asked", "merchant", key)
        )
        assert outcome == self.model.refund(model, amount, key, restock=restock)

    @rule(which=st.integers(0, 2), pieces=st.integers(0, 3 * PIECES))
    def count_stock(self, which: int, pieces: int) -> None:
        sku = self.skus[which]
        name = f"{self.name} {which}" if which else self.name
        row = Row(2, sku.code, name, "75 克", "茶葉", PRICE, None, pieces, "", "", active=True)
        try:
            self.db.transaction(lambda tx: _store(tx, [row], {}, "merchant"))
            done = True
        except CatalogueError:
            done = False
        assert done == self.model.count(sku.id, pieces)

    # What must hold

    @invariant()
    def shop_and_model_agree(self) -> None:
        if not hasattr(self, "model"):
            return
        self._do_all_jobs()
        found = self.till.rows(
            "SELECT o.status, o.total,"
            " coalesce(sum(m.amount) FILTER (WHERE m.kind = 'PayOut'), 0)::int AS came,"
            " coalesce(sum(m.amount), 0)::int AS held"
            " FROM orders o LEFT JOIN money_moves m ON m.order_id = o.id"
            " WHERE o.id = ANY (%s) GROUP BY o.id ORDER BY o.id",
            [order.id for order in self.orders],
        )
        expected = [(order.status, order.total, order.came, order.held) for order in self.model.orders]
        assert [tuple(row) for row in found] == expected
        stock = self.till.rows("SELECT id, stock FROM skus WHERE id = ANY (%s)", list(self.model.stock))
        assert dict(map(tuple, stock)) == self.model.stock
        known = [coupon.id for coupon in self.coupons]
        uses = self.till.rows("SELECT code, used FROM coupons WHERE id = ANY (%s)", known)
        assert dict(map(tuple, uses)) == {coupon.code: len(coupon.users) for coupon in self.model.coupons}
        assert books.wrong(self.db) == []

    def teardown(self) -> None:
        if not hasattr(self, "model"):
            return
        for order, model in zip(self.orders, self.model.orders, strict=True):
            for token in self._tokens(order) if model.unheard else ():
                self._tell(order, token)
        self._do_all_jobs()
        assert books.wrong(self.db, self.till.bank) == []

    # Helpers

    def _order(self, number: int) -> tuple[Order, ModelOrder]:
        """An order and its model, the latest being number 0."""
        place = -1 - number % len(self.orders)
        return self.orders[place], self.model.orders[place]

    def _at_bank(self, order: Order, act: Callable[..., object]) -> bool:
        """Whether the bank lets it be done to the order's attempt."""
        bank = self.till.bank
        with bank.lock:
            try:
                act(bank, bank.book.orders[self.till.payment(order).provider_order_no])
            except cashier.NotPayable:
                return False
            return True

    def _pay_at_bank(self, order: Order, model: ModelOrder, amount: int, result: str) -> str:
        """The token of a payment that the bank takes."""
        outcomes: list[cashier.Outcome] = []

        def act(bank: Bank, known: BankOrder) -> None:
            if model.method == "atm":
                outcomes.append(cashier.receive_transfer(bank, known, amount * 100, again=True))
            elif result == "S":
                outcomes.append(cashier.approve(bank, known))
            else:
                outcomes.append(cashier.refuse(bank, known))

        assert self._at_bank(order, act)
        return str(outcomes[0].backend_token or outcomes[0].return_token)

    def _tokens(self, order: Order) -> list[str]:
        """The tokens of successful payments, oldest first."""
        with self.till.bank.lock:
            return [
                token.token
                for token in self.till.bank.book.tokens.values()
                if token.order_no[:-1] == order.code and (token.ap_type, token.status) == ("PayOut", "S")
            ]

    def _tell(self, order: Order, token: str) -> None:
        body = {"ShopNo": ACCOUNT.shop_no, "PayToken": token}
        self.till.post(self.till.payment(order), "backend", json=body)
        self._do_all_jobs()

    def _do_all_jobs(self) -> None:
        """Handle every callback and job that is due, and those that come of them."""
        while True:
            self.till.bank.let_time_pass()
            events = self.db.transaction(lambda tx: inbox.claim(tx, 10, uuid.uuid4(), 60))
            jobs = self.db.transaction(lambda tx: outbox.claim(tx, self.kinds, 10, uuid.uuid4(), 60))
            for event in events:
                self.worker.handle(event)
            for job in jobs:
                self.worker.perform(job)
            if not events and not jobs:
                waiting = "SELECT kind, last_error FROM outbox WHERE status = 'waiting' AND last_error <> ''"
                if self.till.rows(waiting):
                    self.till.run("UPDATE outbox SET available_at = now() WHERE last_error <> ''")
                    continue
                return


def test_orders_and_payments_do_what_the_model_says(database_url: str) -> None:
    with open_till(database_url, **BANK) as till:
        story = type("Story", (Shopping,), {"till": till})
        run_state_machine_as_test(story, settings=PROFILE)
