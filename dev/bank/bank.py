"""The stand-in bank as one object: its book, its clock, its switches, and the thread that lets time pass."""

from __future__ import annotations

import secrets
import threading
import time

from dev.bank import cashier, state
from dev.bank.clock import Clock
from dev.bank.config import REFUND_OUTCOMES, BankConfig
from dev.bank.faults import Faults
from dev.bank.nonces import Nonces
from dev.bank.notifier import Notifier
from payments.sinopac.cipher import hash_id

_SEND_SECONDS = 0.1
_ROUND_SECONDS = 0.25
PAGES_PATH = "/QPay.WebPaySite/Bridge"


class Bank:
    """A bank that lives in this process. Close it to end its threads and to write the last snapshot.

    `book` may be touched only while `lock` is held.
    """

    def __init__(self, config: BankConfig | None = None) -> None:
        self.config = config or BankConfig()
        account = self.config.account
        self.shop_no = account.shop_no
        self.hash_id = hash_id(account.a1, account.a2, account.b1, account.b2)
        self.lock = threading.RLock()
        self.book = state.load(self.config.state_file) if self.config.state_file else state.Book()
        self.clock = Clock(self.book.clock_advanced)
        self.faults = Faults()
        self.nonces = Nonces(self.clock, self.config.nonce_seconds)
        self.notifier = Notifier(self)
        self.notifier.resume()
        self.refund_outcome = self.config.refund_outcome
        self.closed = threading.Event()
        self._site = ""
        self._wake = threading.Event()
        self._changed = False
        self._next_auto_pay = self.clock.now() + (self.config.auto_pay_seconds or 0)
        self._thread = threading.Thread(target=self._run, name="bank-clock", daemon=True)
        self._thread.start()

    def __enter__(self) -> Bank:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    def close(self) -> None:
        """End the timer and the notifier, and write the snapshot."""
        if self.closed.is_set():
            return
        self.closed.set()
        self._wake.set()
        self._thread.join(timeout=self.config.notify_timeout_seconds + 5)
        self.notifier.close()
        self._save()

    def called_at(self, site: str) -> None:
        """Remember the address under which the bank is reached; hosted pages are there."""
        self._site = site.rstrip("/")

    def page_url(self, order: state.Order, page: str) -> str:
        """The address of a hosted page, as the bank prints it."""
        return f"{self.config.public_url or self._site}{PAGES_PATH}/{page}?TD={order.ts_no}&TK={order.token}"

    def new_token(self) -> str:
        """64 lower-case hex digits, the form of PayToken and RefundToken."""
        return secrets.token_hex(32)

    def changed(self) -> None:
        """Note that the book differs from its snapshot."""
        self._changed = True

    def wake(self) -> None:
        """Have the notifier look at once whether something is due."""
        self._wake.set()

    def advance(self, seconds: float) -> None:
        """Move the clock forward and do at once what has become due, except for sending."""
        with self.lock:
            self.clock.advance(seconds)
            self.book.clock_advanced = self.clock.advanced
            self.changed()
        self.let_time_pass()
        self.wake()

    def force_refunds(self, outcome: str | None) -> None:
        """Decide how virtual-account refunds end; None lets the refund number decide. Raises ValueError."""
        if outcome is not None and outcome not in REFUND_OUTCOMES:
            raise ValueError(f"outcome: must be null or one of {', '.join(REFUND_OUTCOMES)}")
        self.refund_outcome = outcome

    def let_time_pass(self) -> None:
        """Capture, settle refunds and pay virtual accounts whose moment has come."""
        with self.lock:
            for order in self.book.orders.values():
                cashier.capture_if_due(self, order)
                cashier.settle_refunds_due(self, order)
            self._pay_accounts_if_due()

    def _pay_accounts_if_due(self) -> None:
        interval = self.config.auto_pay_seconds
        now = self.clock.now()
        if interval is None or now < self._next_auto_pay:
            return
        self._next_auto_pay = now + interval
        for order in self.book.orders.values():
            if cashier.is_payable_account(self, order) and not order.order_no.endswith("9"):
                cashier.receive_transfer(self, order)

    def _run(self) -> None:
        next_round = 0.0
        while not self.closed.is_set():
            if time.monotonic() >= next_round:
                self.let_time_pass()
                self._save()
                next_round = time.monotonic() + _ROUND_SECONDS
            self.notifier.send_due()
            self._wake.wait(_SEND_SECONDS)
            self._wake.clear()

    def _save(self) -> None:
        if self.config.state_file is None or not self._changed:
            return
        with self.lock:
            self._changed = False
            state.save(self.book, self.config.state_file)
