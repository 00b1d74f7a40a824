"""What an order's status is at a given moment, in words and in the bank's PayStatus codes.

Source: 豐收款 API 開發規格書 V2.4, chapter 10, 'PayStatus'. A disabled virtual account has no code there; it
is shown as expired.
"""

from __future__ import annotations

from dev.bank.clock import DAY, midnight_after
from dev.bank.config import BankConfig
from dev.bank.state import Order

_CODES = {
    "waiting": "200",
    "expired": "250",
    "disabled": "250",
    "authorised": "300",
    "lapsed": "350",
    "cancelled": "351",
    "paid": "400",
    "paid out": "900",
}
LABELS = {
    "waiting": "待付款",
    "expired": "已逾期",
    "disabled": "帳號停用",
    "authorised": "已授權未請款",
    "lapsed": "授權失效",
    "cancelled": "取消授權",
    "paid": "付款完成",
    "paid out": "已撥款",
}


def phase(order: Order, now: float, config: BankConfig) -> str:
    """The order's status as a key of LABELS."""
    if order.phase == "waiting" and now >= order.expires_at:
        return "expired"
    if order.phase == "authorised" and now >= authorisation_ends_at(order, config):
        return "lapsed"
    if order.phase == "paid" and order.paid_at is not None and now >= payout_at(order.paid_at, config):
        return "paid out"
    return order.phase


def pay_status(order: Order, now: float, config: BankConfig) -> str:
    """The PayStatus code, for example 1A200."""
    kind = "C" if order.pay_type == "P" else order.pay_type
    return f"1{kind}{_CODES[phase(order, now, config)]}"


def authorisation_ends_at(order: Order, config: BankConfig) -> float:
    """When an authorisation that was not captured lapses."""
    start = order.created_at if order.authorised_at is None else order.authorised_at
    return start + config.authorisation_days * DAY


def payout_at(paid_at: float, config: BankConfig) -> float:
    """When money paid at that moment goes to the merchant's account."""
    return midnight_after(paid_at, config.payout_days)


def received(order: Order) -> int:
    """All money that came in."""
    return sum(receipt.amount for receipt in order.receipts)


def refunded(order: Order) -> int:
    """Money that went back or is on its way."""
    return sum(refund.amount for refund in order.refunds if refund.status and not failed(refund.status))


def failed(status: str) -> bool:
    """Whether a RefundStatus says that the money did not reach the customer."""
    return status in ("2A260", "2A290", "F")
