"""Money moves: cards are approved, transfers arrive, captures and refunds are carried out.

Every function here is called while the bank's lock is held.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dev.bank.clock import DAY, taiwan
from dev.bank.codes import describe
from dev.bank.phases import failed, phase
from dev.bank.state import Notification, Order, Receipt, Refund, Token

if TYPE_CHECKING:
    from dev.bank.bank import Bank

TEST_CARD = "4143520001870127"
PAYER_BANK = "822"
PAYER_ACCOUNT = "0000123456789012"


class NotPayable(Exception):
    """The customer cannot pay this order now; the text says why, in Chinese, for the page."""


@dataclass(frozen=True)
class Outcome:
    """What a payment attempt leaves behind: a PayToken per way, None where that way was not taken."""

    status: str
    return_token: str | None
    backend_token: str | None
    notifications: list[Notification]


def approve(bank: Bank, order: Order, card_no: str | None = None, notify: str = "both") -> Outcome:
    """A customer pays at a hosted page. `notify`: both, backend, return or none. Raises NotPayable."""
    ensure_waiting(bank, order)
    now = bank.clock.now()
    order.challenge = None
    order.authorised_at = now
    if order.pay_type in ("C", "P", "M"):
        order.card_no = card_no or TEST_CARD
        order.auth_code = secrets.token_hex(3).upper()
    if order.pay_type == "C" and not (order.auto_billing and bank.config.capture_seconds == 0):
        order.phase = "authorised"
        order.capture_at = _capture_moment(bank, order, now)
    else:
        _book_receipt(order, Receipt(order.amount, now))
    return _tell(bank, order, "PayOut", "S", order.amount, "", _ways(bank, notify))


def refuse(bank: Bank, order: Order, code: str = "E2700", notify: str = "return") -> Outcome:
    """A try that failed; the order keeps waiting. The PayToken says F and the code. Raises NotPayable."""
    ensure_waiting(bank, order)
    order.challenge = None
    return _tell(bank, order, "PayOut", "F", order.amount, describe(code), _ways(bank, notify))


def receive_transfer(
    bank: Bank,
    order: Order,
    amount: int | None = None,
    again: bool = False,
    payer: str | None = PAYER_ACCOUNT,
) -> Outcome:
    """A transfer arrives on the virtual account; `again` lets a paid account be paid once more.

    Raises NotPayable.
    """
    if order.pay_type != "A":
        raise NotPayable("這筆訂單不是虛擬帳號")
    if not (again and order.phase == "paid"):
        ensure_waiting(bank, order)
    received = order.amount if amount is None else amount
    bank_no = PAYER_BANK if payer else None
    _book_receipt(order, Receipt(received, bank.clock.now(), bank_no, payer))
    return _tell(bank, order, "PayOut", "S", received, "", _ways(bank, "backend"))


def is_payable_account(bank: Bank, order: Order) -> bool:
    """Whether money sent to the order's virtual account would arrive."""
    return order.pay_type == "A" and phase(order, bank.clock.now(), bank.config) == "waiting"


def ensure_waiting(bank: Bank, order: Order) -> None:
    """Raises NotPayable unless the order waits for its payment."""
    reasons = {"waiting": "", "expired": "付款期限已過", "disabled": "這個帳號已停用"}
    reason = reasons.get(phase(order, bank.clock.now(), bank.config), "這筆訂單已經付款")
    if reason:
        raise NotPayable(reason)


def capture(bank: Bank, order: Order) -> None:
    """Turn an authorisation into money."""
    order.capture_at = None
    _book_receipt(order, Receipt(order.amount, bank.clock.now()))
    bank.changed()


def capture_if_due(bank: Bank, order: Order) -> None:
    """The automatic capture; a capture after ExpBillingDays is told to the merchant (CaptureOut)."""
    if order.phase != "authorised" or order.capture_at is None or bank.clock.now() < order.capture_at:
        return
    capture(bank, order)
    if not order.auto_billing:
        _tell(bank, order, "CaptureOut", "S", order.amount, "", _ways(bank, "backend"))


def new_refund(bank: Bank, order: Order, amount: int) -> Refund:
    """Enter a refund with the bank's next refund number."""
    bank.book.refund_count += 1
    now = bank.clock.now()
    number = f"{order.pay_type}{taiwan(now):%Y%m}{bank.book.refund_count:010d}"
    refund = Refund(number, amount, now)
    order.refunds.append(refund)
    bank.changed()
    return refund


def start_refund(bank: Bank, order: Order, refund: Refund) -> None:
    """The refund is accepted; a wallet's is done at once, the others take their steps."""
    now = bank.clock.now()
    refund.token = None
    if order.pay_type == "W":
        refund.status, refund.settled_at = "S", now
    else:
        refund.status = "2A400" if order.pay_type == "A" else f"2{_kind(order)}200"
        refund.due_at = now + bank.config.refund_seconds
    bank.changed()


def settle_refunds_due(bank: Bank, order: Order) -> None:
    """Take every refund the steps whose time has come."""
    for refund in order.refunds:
        while refund.due_at is not None and refund.due_at <= bank.clock.now():
            _step_refund(bank, order, refund)


def _step_refund(bank: Bank, order: Order, refund: Refund) -> None:
    moment, refund.due_at = refund.due_at, None
    if moment is not None and refund.status in ("2C200", "2M200"):
        refund.status = f"2{_kind(order)}400"
        refund.due_at = moment + bank.config.refund_seconds
    else:
        refund.settled_at = moment
        refund.status = _account_refund_end(bank, refund) if order.pay_type == "A" else f"2{_kind(order)}900"
    bank.changed()
    if order.pay_type == "A":
        lost = failed(refund.status)
        description = describe("E2700") if lost else ""
        ways = _ways(bank, "backend")
        _tell(bank, order, "VARefundOut", "F" if lost else "S", refund.amount, description, ways)


def _account_refund_end(bank: Bank, refund: Refund) -> str:
    """As in the sandbox the refund number's last digit decides (規格書 V2.4, 9.4), unless forced."""
    by_digit = {"3": "returning", "8": "returning", "4": "failed", "9": "failed"}
    outcome = bank.refund_outcome or by_digit.get(refund.number[-1], "success")
    return {"success": "2A900", "returning": "2A260", "failed": "2A290"}[outcome]


def _kind(order: Order) -> str:
    return "M" if order.pay_type == "M" else "C"


def _capture_moment(bank: Bank, order: Order, now: float) -> float | None:
    if order.auto_billing:
        return now + bank.config.capture_seconds
    return None if order.billing_days is None else now + order.billing_days * DAY


def _book_receipt(order: Order, receipt: Receipt) -> None:
    order.phase = "paid"
    order.paid_at = order.paid_at or receipt.paid_at
    order.receipts.append(receipt)


def _ways(bank: Bank, notify: str) -> tuple[bool, bool]:
    """Whether (ReturnURL, BackendURL) will be used, after the faults have had their say."""
    to_return, to_backend = notify in ("both", "return"), notify in ("both", "backend")
    if bank.faults.take("silent"):
        return False, False
    if to_return and bank.faults.take("backend-only"):
        to_return = False
    if to_backend and bank.faults.take("return-only"):
        to_backend = False
    return to_return, to_backend


def _tell(
    bank: Bank,
    order: Order,
    ap_type: str,
    status: str,
    amount: int,
    description: str,
    ways: tuple[bool, bool],
) -> Outcome:
    def issue() -> Token:
        token = Token(
            bank.new_token(), order.order_no, ap_type, status, amount, description, bank.clock.now()
        )
        bank.book.tokens[token.token] = token
        return token

    to_return, to_backend = ways
    first = issue()
    second = first if bank.config.same_tokens or not to_return else issue()
    jobs = []
    if to_backend:
        copies = 2 if bank.faults.take("duplicate-notification") else 1
        jobs = [job for _ in range(copies) if (job := bank.notifier.schedule(order, second))]
    bank.changed()
    return Outcome(status, first.token if to_return else None, second.token if to_backend else None, jobs)
