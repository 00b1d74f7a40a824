"""OrderMaintain: capture, cancel, refund, move a deadline.

Source: 豐收款 API 開發規格書 V2.4, 8.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dev.bank import cashier, checks
from dev.bank.clock import DAY, day, stamp
from dev.bank.codes import Refusal
from dev.bank.create import check_expiry
from dev.bank.phases import phase, received, refunded
from dev.bank.state import Order, Refund

if TYPE_CHECKING:
    from dev.bank.bank import Bank


def maintain_order(bank: Bank, fields: dict[str, Any]) -> dict[str, Any]:
    """Carry out one Command on one order. Raises Refusal."""
    order = bank.book.orders.get(checks.order_no(fields))
    command = checks.choice(fields.get("Command"), ("P", "C", "R", "M", "E"), "E1800", "E1801")
    checks.text(fields, "Remark", 40, {"long": "E1401", "special": "E1402"})
    if order is None:
        raise Refusal("E2601")
    extra: dict[str, Any] = {}
    match command:
        case "P":
            _require(bank, order, ("authorised",), ("C", "P"))
            cashier.capture(bank, order)
        case "C":
            _cancel(bank, order)
        case "M":
            _extend(bank, order, fields)
        case "R":
            extra = _refund(bank, order, fields)
        case _:
            raise Refusal("E1802")  # E stops a recurring order; none can be created here
    bank.changed()
    return {
        "OrderNo": order.order_no,
        "ShopNo": bank.shop_no,
        "TSNo": order.ts_no,
        "Command": command,
        "Amount": checks.number(fields.get("Amount"), "E3601"),
        "Date": stamp(bank.clock.now()),
        "Status": "S",
        "Description": "S0000",
        **extra,
    }


def _require(bank: Bank, order: Order, phases: tuple[str, ...], pay_types: tuple[str, ...]) -> None:
    if order.pay_type not in pay_types or phase(order, bank.clock.now(), bank.config) not in phases:
        raise Refusal("E1802")


def _cancel(bank: Bank, order: Order) -> None:
    if order.pay_type == "A":
        _require(bank, order, ("waiting",), ("A",))
        order.phase = "disabled"
        return
    _require(bank, order, ("authorised",), ("C", "P"))
    order.phase, order.capture_at = "cancelled", None


def _extend(bank: Bank, order: Order, fields: dict[str, Any]) -> None:
    _require(bank, order, ("waiting", "expired"), ("A",))
    end = checks.moment(fields.get("ExpireDateTime"), "E0801")
    if end is None:
        raise Refusal("E0800")
    order.expires_at = check_expiry(bank, end + 60)


def _refund(bank: Bank, order: Order, fields: dict[str, Any]) -> dict[str, Any]:
    if phase(order, bank.clock.now(), bank.config) not in ("paid", "paid out"):
        raise Refusal("E3608")
    if order.pay_type == "A":
        return _refund_transfer(bank, order, fields)
    amount = _refund_amount(bank, order, fields)
    cashier.start_refund(bank, order, cashier.new_refund(bank, order, amount))
    return {}


def _refund_transfer(bank: Bank, order: Order, fields: dict[str, Any]) -> dict[str, Any]:
    """Two calls: the first gets a RefundToken, the second brings it back in time."""
    if not bank.config.atm_refund_enabled:
        raise Refusal("E3606")
    if not order.receipts[0].account:
        raise Refusal("E3603")
    token = checks.text(fields, "RefundToken", 64, {"long": "E3607"})
    if token:
        cashier.start_refund(bank, order, _confirmed(bank, order, fields, token))
        return {}
    if any(_is_open(bank, refund) for refund in order.refunds):
        raise Refusal("E9918")
    refund = cashier.new_refund(bank, order, _refund_amount(bank, order, fields))
    refund.token = bank.new_token()
    return {"RefundToken": refund.token}


def _confirmed(bank: Bank, order: Order, fields: dict[str, Any], token: str) -> Refund:
    refund = next((r for r in order.refunds if r.token == token), None)
    if refund is None:
        raise Refusal("E3607")
    if not _is_open(bank, refund):
        raise Refusal("E3605")
    if checks.number(fields.get("Amount"), "E3601") not in (None, refund.amount):
        raise Refusal("E3601")
    return refund


def _is_open(bank: Bank, refund: Refund) -> bool:
    """Whether the refund waits for its second call and the time for it is not over."""
    age = bank.clock.now() - refund.requested_at
    return refund.token is not None and age <= bank.config.refund_token_seconds


def _refund_amount(bank: Bank, order: Order, fields: dict[str, Any]) -> int:
    """What this call wants back; the whole order if it does not say."""
    left = received(order) - refunded(order)
    asked = checks.number(fields.get("Amount"), "E3601")
    amount = order.amount if asked is None else asked
    if amount <= 0 or amount % 100:
        raise Refusal("E3601")
    if amount > received(order):
        raise Refusal("E3602")
    if order.pay_type_sub in ("STAGING", "BONUS", "CUP") and amount != order.amount:
        raise Refusal("E3600")
    if left == 0:
        raise Refusal("E9918")
    if amount > left:
        raise Refusal("E9919")
    if bank.clock.now() > (order.paid_at or order.created_at) + bank.config.refund_days * DAY:
        raise Refusal("E9922")
    _check_daily_limit(bank, amount)
    return amount


def _check_daily_limit(bank: Bank, amount: int) -> None:
    limit = bank.config.refund_daily_limit
    if limit is None:
        return
    today = day(bank.clock.now())
    used = sum(
        refund.amount
        for order in bank.book.orders.values()
        for refund in order.refunds
        if refund.status and day(refund.requested_at) == today
    )
    if used + amount > limit * 100:
        raise Refusal("E3604")
