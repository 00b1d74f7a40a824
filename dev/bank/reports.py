"""BillQuery and AllotQuery: what was taken in on a day, and what was paid out to the merchant.

Source: 豐收款 API 開發規格書 V2.4, 8.7 and 8.9.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dev.bank import checks
from dev.bank.clock import DAY, day, midnight_after, stamp
from dev.bank.codes import Refusal
from dev.bank.phases import failed, payout_at
from dev.bank.state import Order

if TYPE_CHECKING:
    from dev.bank.bank import Bank

_DAYS = 30
_ACCOUNT = "(807)04200000000001"
_FEE_PER_MILLE = {"A": 0, "C": 22, "M": 22, "W": 22, "P": 22}
_TRANSFER_FEE = 1000  # NT$10


@dataclass(frozen=True)
class _Entry:
    """One movement of money: P receipt, R refund. Amount is TWD x 100."""

    kind: str
    order: Order
    amount: int
    at: float


def query_bill(bank: Bank, fields: dict[str, Any]) -> dict[str, Any]:
    """The movements of one finished day, yesterday to 30 days back. Raises Refusal."""
    start = checks.midnight(fields.get("BillDate"), "E2901", "E2902")
    today = midnight_after(bank.clock.now(), 0)
    if not today - _DAYS * DAY <= start <= today - DAY:
        raise Refusal("E2903")
    rows = [
        {
            "TSNo": entry.order.ts_no,
            "OrderNo": entry.order.order_no,
            "TSType": entry.kind,
            "TSDate": stamp(entry.order.created_at),
            "PayDate": stamp(entry.at),
            "PayType": entry.order.pay_type,
            "Amount": entry.amount,
            **{f"Param{number}": value for number, value in enumerate(entry.order.params, 1)},
        }
        for entry in _entries(bank)
        if start <= entry.at < start + DAY
    ]
    return {
        "ShopNo": bank.shop_no,
        "BillDate": str(fields["BillDate"]),
        "Date": stamp(bank.clock.now()),
        "Status": "S",
        "Description": "S0000" if rows else "S0001",
        "OrderList": rows,
    }


def query_allotments(bank: Bank, fields: dict[str, Any]) -> dict[str, Any]:
    """The pay-outs of the days asked for, one for each day with movements. Raises Refusal."""
    start = checks.midnight(fields.get("AllotDateS"), "E3100", "E3101")
    end = checks.midnight(fields.get("AllotDateE"), "E3100", "E3102")
    now = bank.clock.now()
    if start > end or start < midnight_after(now, -_DAYS):
        raise Refusal("E3103")
    pay_type = checks.choice(fields.get("PayType"), ("A", "C", "M", "P", "W"), "E0600", "E0601")
    by_day: dict[str, list[_Entry]] = {}
    for entry in _entries(bank):
        due = payout_at(entry.at, bank.config)
        if entry.order.pay_type == pay_type and start <= due < end + DAY and due <= now:
            by_day.setdefault(day(due), []).append(entry)
    return {
        "ShopNo": bank.shop_no,
        "Date": stamp(now),
        "Status": "S",
        "Description": "S0000" if by_day else "S0001",
        "Allot": [_allotment(date, str(pay_type), by_day[date]) for date in sorted(by_day)],
    }


def _allotment(date: str, pay_type: str, entries: list[_Entry]) -> dict[str, Any]:
    paid = sum(entry.amount for entry in entries if entry.kind == "P")
    returned = sum(entry.amount for entry in entries if entry.kind == "R")
    fee = sum(_fee(entry) for entry in entries)
    return {
        "AllotNo": f"{date}{pay_type}001",
        "AllotDate": int(date),  # an integer here, as in the bank's sample
        "PayType": pay_type,
        "PayAmount": paid,
        "RefundAmount": returned,
        "FeeAmount": fee,
        "ExtAllotAmount": 0,
        "AllotAmount": paid - returned - fee,
        "Account": _ACCOUNT,
        "List": [
            {
                "TSNO": entry.order.ts_no,  # spelt with capitals here, as in the bank's sample
                "OrderNO": entry.order.order_no,
                "PayDate": stamp(entry.at),
                "Amount": entry.amount,
                "Fee": _fee(entry),
                "TSType": entry.kind,
            }
            for entry in entries
        ],
    }


def _fee(entry: _Entry) -> int:
    if entry.kind == "R":
        return 0
    share = entry.amount * _FEE_PER_MILLE[entry.order.pay_type] // 1000 // 100 * 100
    return share or _TRANSFER_FEE


def _entries(bank: Bank) -> Iterator[_Entry]:
    for order in bank.book.orders.values():
        for receipt in order.receipts:
            yield _Entry("P", order, receipt.amount, receipt.paid_at)
        for refund in order.refunds:
            if refund.settled_at is not None and refund.status and not failed(refund.status):
                yield _Entry("R", order, refund.amount, refund.settled_at)
