"""What the bank answers, as values: amounts in whole TWD, times in UTC, unknown fields kept in `raw`.

Source: Bank SinoPac, 豐收款 API 開發規格書 V2.4, chapters 8.1-8.7 and 8.11. Fields without a value may be
absent, null or "". An answer that breaks its own form raises BankAnswerRefused naming the field.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from payments.sinopac import codes
from payments.sinopac.errors import BankAnswerRefused
from payments.sinopac.orders import PayType
from payments.sinopac.wire import exact_twd, from_bank_time, page_url, twd

Fields = Mapping[str, Any]
_PAGES = (("CardParam", "CardPayURL"), ("MobileParam", "MobilePayURL"), ("WalletParam", "WalletPayURL"))


@dataclass(frozen=True, slots=True)
class CreatedOrder:
    """A new order at the bank: the customer goes to `payment_url`, or pays to `account_no` at `bank_code`."""

    order_no: str
    tsno: str
    amount: int
    pay_type: str
    payment_url: str | None
    account_no: str | None
    web_atm_url: str | None
    bank_code: str = "807"

    @classmethod
    def read(cls, fields: Fields) -> CreatedOrder:
        """From OrderCreate's answer; the way to pay must be there."""
        atm = part(fields, "ATMParam")
        created = cls(
            order_no=text(fields, "OrderNo"),
            tsno=text(fields, "TSNo"),
            amount=twd(fields.get("Amount")),
            pay_type=text(fields, "PayType"),
            payment_url=_payment_url(fields),
            account_no=_digits(atm, "AtmPayNo"),
            web_atm_url=page_url(atm.get("WebAtmURL"), "WebAtmURL"),
        )
        if (created.account_no if created.pay_type == PayType.ACCOUNT else created.payment_url) is None:
            raise BankAnswerRefused("the answer does not say how to pay")
        return created


@dataclass(frozen=True, slots=True)
class PaymentResult:
    """What a PayToken means. `status` is the transaction's own, "S" or "F"; `amount` is paid or refunded TWD.

    `ap_type` tells the event: PayOut, CaptureOut, VARefundOut, RegularOut, RegularEnd, CardBindOut.
    """

    ap_type: str
    tsno: str
    order_no: str
    shop_no: str
    pay_type: str
    amount: int
    status: str
    description: str
    pay_date: datetime | None
    raw: dict[str, Any] = field(repr=False)

    @property
    def succeeded(self) -> bool:
        """Whether the transaction itself went well."""
        return self.status == "S"

    @classmethod
    def read(cls, fields: Fields) -> PaymentResult:
        """From OrderPayQuery's answer; its outer Status says nothing about the payment."""
        result = part(fields, "TSResultContent")
        status = text(result, "Status")
        if status not in {"S", "F"}:
            raise BankAnswerRefused("TSResultContent.Status must be S or F")
        return cls(
            ap_type=text(result, "APType"),
            tsno=text(result, "TSNo", required=False),
            order_no=text(result, "OrderNo", required=False),
            shop_no=text(result, "ShopNo"),
            pay_type=text(result, "PayType", required=False),
            amount=twd(result.get("Amount") or 0),
            status=status,
            description=text(result, "Description", required=False),
            pay_date=from_bank_time(result.get("PayDate"), "PayDate"),
            raw=dict(result),
        )


@dataclass(frozen=True, slots=True)
class Refund:
    """One refund of an order; `status` as in codes.RefundStatus, or S / F for wallets."""

    refund_no: str
    amount: int
    status: str
    refunded_at: datetime | None

    @classmethod
    def read(cls, fields: Fields) -> Refund:
        """From one row of RefundList."""
        return cls(
            refund_no=text(fields, "RefundNo"),
            amount=twd(fields.get("RefundAmount"), "RefundAmount"),
            status=text(fields, "RefundStatus"),
            refunded_at=from_bank_time(fields.get("RefundDate"), "RefundDate"),
        )


@dataclass(frozen=True, slots=True)
class OrderState:
    """How an order stands at the bank. `pay_status` as in codes.PayStatus; wallets have none ("").

    `refund_status` and `refunded_at` are the last refund's; `refunded` says that one succeeded.
    """

    order_no: str
    tsno: str
    amount: int
    pay_type: str
    pay_status: str
    created_at: datetime | None
    approved_at: datetime | None
    paid_at: datetime | None
    expires_at: datetime | None
    refunded: bool
    refund_status: str
    refunded_at: datetime | None
    refunds: tuple[Refund, ...]
    payment_url: str | None
    account_no: str | None
    raw: dict[str, Any] = field(repr=False)

    @property
    def is_paid(self) -> bool:
        """Whether the customer has paid; a wallet order has only its time of payment to say so."""
        if self.pay_type == PayType.WALLET and not self.pay_status:
            return self.paid_at is not None
        return codes.is_paid(self.pay_status)

    @classmethod
    def read(cls, row: Fields) -> OrderState:
        """From one row of an OrderList."""
        return cls(
            order_no=text(row, "OrderNo"),
            tsno=text(row, "TSNo"),
            amount=twd(row.get("Amount")),
            pay_type=text(row, "PayType"),
            pay_status=text(row, "PayStatus", required=False),
            created_at=from_bank_time(row.get("TSDate"), "TSDate"),
            approved_at=from_bank_time(row.get("ApprovedDate"), "ApprovedDate"),
            paid_at=from_bank_time(row.get("PayDate"), "PayDate"),
            expires_at=from_bank_time(row.get("ExpireDate"), "ExpireDate"),
            refunded=row.get("RefundFlag") == "Y",
            refund_status=text(row, "RefundStatus", required=False),
            refunded_at=from_bank_time(row.get("RefundDate"), "RefundDate"),
            refunds=tuple(Refund.read(refund) for refund in rows(row, "RefundList")),
            payment_url=_payment_url(row),
            account_no=_digits(part(row, "ATMParam"), "AtmPayNo"),
            raw=dict(row),
        )


@dataclass(frozen=True, slots=True)
class MaintainedOrder:
    """What OrderMaintain did. A `refund_token` (virtual account) wants the same call again within 120 s."""

    order_no: str
    tsno: str
    command: str
    amount: int | None
    refund_token: str | None = field(repr=False)

    @classmethod
    def read(cls, fields: Fields) -> MaintainedOrder:
        """From OrderMaintain's answer."""
        amount = fields.get("Amount")
        return cls(
            order_no=text(fields, "OrderNo"),
            tsno=text(fields, "TSNo", required=False),
            command=text(fields, "Command"),
            amount=None if amount is None else twd(amount),
            refund_token=text(fields, "RefundToken", required=False) or None,
        )


@dataclass(frozen=True, slots=True)
class BillEntry:
    """One line of a day's bill: `kind` is "P" for money received, "R" for a refund."""

    tsno: str
    order_no: str
    kind: str
    pay_type: str
    amount: int
    created_at: datetime | None
    paid_at: datetime | None

    @classmethod
    def read(cls, row: Fields) -> BillEntry:
        """From one row of BillQuery's OrderList."""
        return cls(
            tsno=text(row, "TSNo"),
            order_no=text(row, "OrderNo"),
            kind=text(row, "TSType"),
            pay_type=text(row, "PayType"),
            amount=twd(row.get("Amount")),
            created_at=from_bank_time(row.get("TSDate"), "TSDate"),
            paid_at=from_bank_time(row.get("PayDate"), "PayDate"),
        )


@dataclass(frozen=True, slots=True)
class Allotment:
    """One pay-out to the merchant's account. Amounts are TWD that may have cents, because fees do."""

    allot_no: str
    allotted_on: str
    pay_type: str
    paid: Decimal
    refunded: Decimal
    fee: Decimal
    allotted: Decimal
    raw: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, row: Fields) -> Allotment:
        """From one row of AllotQuery's Allot; its single payments stay in `raw["List"]`."""
        return cls(
            allot_no=text(row, "AllotNo"),
            allotted_on=text(row, "AllotDate"),
            pay_type=text(row, "PayType"),
            paid=exact_twd(row.get("PayAmount"), "PayAmount"),
            refunded=exact_twd(row.get("RefundAmount"), "RefundAmount"),
            fee=exact_twd(row.get("FeeAmount"), "FeeAmount"),
            allotted=exact_twd(row.get("AllotAmount"), "AllotAmount"),
            raw=dict(row),
        )


def text(fields: Fields, name: str, *, required: bool = True) -> str:
    """A field as text, whether the bank wrote a text or a whole number; "" for one that may be left out."""
    value = fields.get(name)
    if value is None or value == "":
        if required:
            raise BankAnswerRefused(f"{name} is missing")
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BankAnswerRefused(f"{name} must be text")
    return str(value)


def part(fields: Fields, name: str) -> Fields:
    """A nested object; empty when left out. Some programs write [] for an empty object."""
    value = fields.get(name) or {}
    if not isinstance(value, Mapping):
        raise BankAnswerRefused(f"{name} must be an object")
    return value


def rows(fields: Fields, name: str) -> list[Fields]:
    """A list of objects; empty when left out."""
    value = fields.get(name) or []
    if not isinstance(value, list) or not all(isinstance(row, Mapping) for row in value):
        raise BankAnswerRefused(f"{name} must be a list of objects")
    return value


def _payment_url(fields: Fields) -> str | None:
    urls = (page_url(part(fields, means).get(name), name) for means, name in _PAGES)
    return next((url for url in urls if url is not None), None)


def _digits(fields: Fields, name: str) -> str | None:
    number = text(fields, name, required=False)
    if number and not (number.isascii() and number.isdigit()):
        raise BankAnswerRefused(f"{name} must be digits")
    return number or None
