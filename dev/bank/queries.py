"""OrderPayQuery, OrderQuery, OrderUnCapturedQuery and WalletPayOrderQuery: the merchant asks.

Source: 豐收款 API 開發規格書 V2.4, 8.4 to 8.6 and 8.11.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dev.bank import checks
from dev.bank.clock import DAY, stamp
from dev.bank.codes import Refusal
from dev.bank.create import PAGES, expire_stamp
from dev.bank.phases import authorisation_ends_at, pay_status, phase
from dev.bank.state import Order, Token

if TYPE_CHECKING:
    from dev.bank.bank import Bank

_ROWS = 300
_CONDITIONS = (
    "OrderNo",
    "PayType",
    "OrderDateTimeS",
    "OrderDateTimeE",
    "PayDateTimeS",
    "PayDateTimeE",
    "PayFlag",
)


def query_payment(bank: Bank, fields: dict[str, Any]) -> dict[str, Any]:
    """What a PayToken means. The outer Status only says that the token was found."""
    token = bank.book.tokens.get(str(fields.get("PayToken")))
    if token is None:
        raise Refusal("E2501")
    order = bank.book.orders[token.order_no]
    return {
        "ShopNo": bank.shop_no,
        "PayToken": token.token,
        "Date": stamp(bank.clock.now()),
        "Status": "S",
        "Description": "S0000",
        "TSResultContent": _token_content(bank, order, token),
    }


def _token_content(bank: Bank, order: Order, token: Token) -> dict[str, Any]:
    content = {
        "APType": token.ap_type,
        "TSNo": order.ts_no,
        "OrderNo": order.order_no,
        "ShopNo": bank.shop_no,
        "PayType": order.pay_type,
        "Amount": str(token.amount),
        "Status": token.status,
        "Description": token.description,
        **_params(order),
    }
    if token.status == "S" and token.ap_type in ("PayOut", "CaptureOut"):
        content |= {**_card_numbers(order), "CardType": "V" if order.card_no else None}
        content["AuthCode"] = order.auth_code
    content["PayDate"] = stamp(token.at)
    content["PayTypeSub"] = order.pay_type_sub if order.pay_type == "W" else None
    return content


def query_orders(bank: Bank, fields: dict[str, Any]) -> dict[str, Any]:
    """Orders by number, or by the other conditions together; wallet orders are never among them."""
    if not any(fields.get(name) not in (None, "") for name in _CONDITIONS):
        raise Refusal("E2101")
    found = [order for order in _matching(bank, fields) if order.pay_type != "W"]
    if bank.faults.take("not-found", "OrderQuery"):
        found = []
    return _listing(bank, [_order_row(bank, order) for order in found[:_ROWS]])


def _matching(bank: Bank, fields: dict[str, Any]) -> Iterable[Order]:
    if fields.get("OrderNo") not in (None, ""):
        order = bank.book.orders.get(checks.order_no(fields))
        return [] if order is None else [order]
    pay_type = checks.choice(fields.get("PayType"), ("A", "C", "M", "P"), None, "E0601")
    flag = checks.choice(fields.get("PayFlag"), ("Y", "N", "O"), None, "E2001")
    ordered = checks.period(fields, "OrderDateTime", ("E1901", "E1902", "E1903", "E1904"))
    paid = checks.period(fields, "PayDateTime", ("E3201", "E3202", "E3204", "E3203"))
    return [
        order
        for order in bank.book.orders.values()
        if pay_type in (None, order.pay_type)
        and flag in (None, _pay_flag(bank, order))
        and _within(order.created_at, ordered)
        and _within(order.paid_at, paid)
    ]


def _within(moment: float | None, period: tuple[float, float] | None) -> bool:
    """Whether the moment lies in the period, whose end counts to the last second of its minute."""
    if period is None:
        return True
    return moment is not None and period[0] <= moment < period[1] + 60


def _pay_flag(bank: Bank, order: Order) -> str:
    now_in = phase(order, bank.clock.now(), bank.config)
    return {"paid": "Y", "paid out": "Y", "expired": "O"}.get(now_in, "N")


def _order_row(bank: Bank, order: Order) -> dict[str, Any]:
    latest = next((r for r in reversed(order.refunds) if r.status), None)
    done = any(r.status in ("2A900", "2C900", "2M900") for r in order.refunds)
    return {
        "OrderNo": order.order_no,
        "TSNo": order.ts_no,
        "TSDate": stamp(order.created_at),
        "ApprovedDate": stamp(order.authorised_at),
        "PayDate": stamp(order.paid_at),
        "Amount": order.amount,
        "PayType": order.pay_type,
        "PayStatus": pay_status(order, bank.clock.now(), bank.config),
        "ExpireDate": expire_stamp(order),
        "RefundFlag": "Y" if done else "N",
        "RefundStatus": latest.status if latest else None,
        "RefundDate": stamp(latest.settled_at or latest.requested_at) if latest else None,
        "PrdtName": order.product,
        "Memo": order.memo,
        **_params(order),
        **_order_section(bank, order),
        "RefundList": _refund_rows(order) if done else None,
    }


def _order_section(bank: Bank, order: Order) -> dict[str, Any]:
    page = bank.page_url(order, PAGES[order.pay_type])
    if order.pay_type == "A":
        payer = order.receipts[0] if order.receipts else None
        return {
            "ATMParam": {
                "AtmPayNo": order.atm_pay_no,
                "WebAtmURL": page,
                "BankNo": payer.bank_no if payer else None,
                "AcctNo": payer.account if payer else None,
            }
        }
    section = {**_card_numbers(order), "AuthCode": order.auth_code}
    if order.pay_type == "M":
        return {
            "MobileParam": {"MobilePayURL": page, **section, "Paymenthod": "G" if order.card_no else None}
        }
    return {"CardParam": {"CardPayURL": page, **section}}


def _refund_rows(order: Order) -> list[dict[str, Any]]:
    return [
        {
            "RefundNo": refund.number,
            "RefundDate": stamp(refund.settled_at or refund.requested_at),
            "RefundAmount": refund.amount,
            "RefundStatus": refund.status,
        }
        for refund in order.refunds
        if refund.status
    ]


def query_uncaptured(bank: Bank, fields: dict[str, Any]) -> dict[str, Any]:
    """Card orders that are authorised and wait for their capture."""
    now = bank.clock.now()
    wanted = fields.get("OrderNo") or None
    rows = [
        {
            "OrderNo": order.order_no,
            "TSNo": order.ts_no,
            "TSDate": stamp(order.created_at),
            "ApprovedDate": stamp(order.authorised_at),
            "ExpireDate": expire_stamp(order),
            "Amount": order.amount,
            "PayType": order.pay_type,
            "PrdtName": order.product,
            "Memo": order.memo,
            "PayStatus": pay_status(order, now, bank.config),
            "AuthExpireDate": stamp(authorisation_ends_at(order, bank.config)),
        }
        for order in bank.book.orders.values()
        if phase(order, now, bank.config) == "authorised" and wanted in (None, order.order_no)
    ]
    return _listing(bank, rows)


def query_wallet_orders(bank: Bank, fields: dict[str, Any]) -> dict[str, Any]:
    """Wallet orders by number, day or wallet."""
    checks.choice(fields.get("PayType"), ("W",), "E0600", "E0601")
    wallet = fields.get("PayTypeSub") or None
    wanted = fields.get("OrderNo") or None
    start, end = fields.get("OrderDateTimeS") or None, fields.get("OrderDateTimeE") or None
    if (start is None) != (end is None):
        raise Refusal("E1903")
    days = None
    if start is not None:
        days = checks.midnight(start, "E1901", "E1901"), checks.midnight(end, "E1902", "E1902") + DAY - 60
    rows = [
        _wallet_row(order)
        for order in bank.book.orders.values()
        if order.pay_type == "W"
        and wanted in (None, order.order_no)
        and wallet in (None, order.pay_type_sub)
        and _within(order.created_at, days)
    ]
    if bank.faults.take("not-found", "WalletPayOrderQuery"):
        rows = []
    return _listing(bank, rows[:_ROWS])


def _wallet_row(order: Order) -> dict[str, Any]:
    return {
        "OrderNo": order.order_no,
        "TSNo": order.ts_no,
        "PayType": "W",
        "Amount": order.amount,
        "TSDate": stamp(order.created_at),
        "PayDate": stamp(order.paid_at),
        "ExternalTxNo": f"EXT{order.ts_no}" if order.paid_at else None,
        "PayTypeSub": order.pay_type_sub,
        "PayMode": "Online",
        "RefundList": _refund_rows(order) or None,
    }


def _listing(bank: Bank, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "ShopNo": bank.shop_no,
        "Date": stamp(bank.clock.now()),
        "Status": "S",
        "Description": "S0000" if rows else "S0001",
        "OrderList": rows,
    }


def _params(order: Order) -> dict[str, str | None]:
    return {f"Param{number}": value for number, value in enumerate(order.params, 1)}


def _card_numbers(order: Order) -> dict[str, str | None]:
    number = order.card_no
    return {"LeftCCNo": number[:6] if number else None, "RightCCNo": number[-4:] if number else None}
