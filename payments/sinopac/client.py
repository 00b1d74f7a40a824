"""The bank's services as methods: typed questions, answers that were compared with what was asked.

Source: Bank SinoPac, 豐收款 API 開發規格書 V2.4, chapter 8. Every method may raise any BankError; see errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from payments.sinopac import codes
from payments.sinopac.answers import (
    Allotment,
    BillEntry,
    CreatedOrder,
    Fields,
    MaintainedOrder,
    OrderState,
    PaymentResult,
    rows,
    text,
)
from payments.sinopac.errors import BankAnswerRefused, BankRequestError
from payments.sinopac.orders import Command, NewOrder, PayType, Wallet
from payments.sinopac.transport import SinopacAccount, Transport
from payments.sinopac.wire import checked_text, product_name, to_bank_amount, to_bank_date, to_bank_time

__all__ = ["SinopacAccount", "SinopacClient", "product_name"]

_ORDER_NO_LENGTH = 50
_TOKEN_LENGTH = 100


class SinopacClient(Transport):
    """A shop's dealings with the bank; one object may serve all threads."""

    def create_order(self, order: NewOrder) -> CreatedOrder:
        """Create an order (OrderCreate).

        After BankOutcomeUnknown or BankAnswerRefused the order may exist: ask `query_order` for the same
        number, never try another one.
        """
        asked = order.fields()
        answer = self.call("OrderCreate", asked)
        _require_same("OrderCreate", asked, answer, "OrderNo", "Amount", "PayType")
        return CreatedOrder.read(answer)

    def query_payment(self, pay_token: str) -> PaymentResult:
        """What a PayToken from a callback means (OrderPayQuery). An unknown token is a BankRefusal."""
        asked = {"PayToken": checked_text(pay_token, "PayToken", _TOKEN_LENGTH)}
        answer = self.call("OrderPayQuery", asked)
        _require_same("OrderPayQuery", asked, answer, "PayToken")
        result = PaymentResult.read(answer)
        if result.shop_no != self.shop_no:
            raise BankAnswerRefused("OrderPayQuery: the payment belongs to another shop")
        return result

    def query_order(self, order_no: str) -> OrderState | None:
        """How an order stands (OrderQuery); None when the bank knows no such order. Not for wallets."""
        return self._one_order("OrderQuery", {"OrderNo": _order_no(order_no)})

    def query_orders(
        self,
        *,
        created: tuple[datetime, datetime] | None = None,
        paid: tuple[datetime, datetime] | None = None,
        pay_type: PayType | None = None,
        pay_flag: str | None = None,
    ) -> list[OrderState]:
        """Orders created or paid between two moments (OrderQuery), at most 300, without wallets.

        `pay_flag`: "Y" paid, "N" not paid, "O" expired. 300 rows mean that there may be more.
        """
        asked: dict[str, Any] = {}
        for name, span in (("OrderDateTime", created), ("PayDateTime", paid)):
            if span is not None:
                asked[f"{name}S"], asked[f"{name}E"] = (to_bank_time(moment) for moment in span)
        if pay_type is not None:
            asked["PayType"] = str(pay_type)
        if pay_flag is not None:
            asked["PayFlag"] = pay_flag
        if not asked:
            raise BankRequestError("OrderQuery needs at least one condition")
        return self._orders("OrderQuery", asked)

    def query_wallet_order(self, order_no: str) -> OrderState | None:
        """How a wallet order stands (WalletPayOrderQuery); None when the bank knows no such order."""
        return self._one_order("WalletPayOrderQuery", {"OrderNo": _order_no(order_no), "PayType": "W"})

    def query_wallet_orders(
        self, first: date | None = None, last: date | None = None, *, wallet: Wallet | None = None
    ) -> list[OrderState]:
        """Wallet orders of a span of Taiwanese days (WalletPayOrderQuery)."""
        asked = {"PayType": str(PayType.WALLET)}
        if first is not None:
            asked["OrderDateTimeS"] = to_bank_date(first)
        if last is not None:
            asked["OrderDateTimeE"] = to_bank_date(last)
        if wallet is not None:
            asked["PayTypeSub"] = str(wallet)
        return self._orders("WalletPayOrderQuery", asked)

    def query_uncaptured(self, order_no: str | None = None) -> list[OrderState]:
        """Card orders that are authorised and not captured (OrderUnCapturedQuery)."""
        return self._orders(
            "OrderUnCapturedQuery", {} if order_no is None else {"OrderNo": _order_no(order_no)}
        )

    def maintain_order(
        self,
        order_no: str,
        command: Command,
        *,
        amount: int | None = None,
        refund_token: str | None = None,
        expire_at: datetime | None = None,
    ) -> MaintainedOrder:
        """Capture, cancel, refund or extend an order (OrderMaintain).

        `amount` (TWD, refunds only) left out means the whole order. A virtual account is refunded in two
        calls: the first gives a token, the second, with it and within 120 seconds, starts the refund.
        """
        asked: dict[str, Any] = {"OrderNo": _order_no(order_no), "Command": str(command)}
        if amount is not None:
            asked["Amount"] = to_bank_amount(amount)
        if refund_token is not None:
            asked["RefundToken"] = refund_token
        if expire_at is not None:
            asked["ExpireDateTime"] = to_bank_time(expire_at)
        answer = self.call("OrderMaintain", asked)
        _require_same("OrderMaintain", asked, answer, "OrderNo", "Command")
        if amount is not None and answer.get("Amount") is not None:
            _require_same("OrderMaintain", asked, answer, "Amount")
        return MaintainedOrder.read(answer)

    def query_bill(self, day: date) -> list[BillEntry]:
        """What was received and refunded on a Taiwanese day (BillQuery): yesterday to 30 days back."""
        asked = {"BillDate": to_bank_date(day)}
        answer = self.call("BillQuery", asked)
        _require_same("BillQuery", asked, answer, "BillDate")
        return [BillEntry.read(row) for row in rows(answer, "OrderList")]

    def query_allotment(self, first: date, last: date, pay_type: PayType) -> list[Allotment]:
        """Pay-outs to the merchant's account between two Taiwanese days, of the last 30 (AllotQuery)."""
        asked = {
            "AllotDateS": to_bank_date(first),
            "AllotDateE": to_bank_date(last),
            "PayType": str(pay_type),
        }
        return [Allotment.read(row) for row in rows(self.call("AllotQuery", asked), "Allot")]

    def _orders(self, service: str, asked: Fields) -> list[OrderState]:
        answer = self.call(service, asked)
        code, _words = codes.split_description(answer.get("Description"))
        return (
            [] if code == codes.NOTHING_FOUND else [OrderState.read(row) for row in rows(answer, "OrderList")]
        )

    def _one_order(self, service: str, asked: Fields) -> OrderState | None:
        found = self._orders(service, asked)
        if any(order.order_no != asked["OrderNo"] for order in found) or len(found) > 1:
            raise BankAnswerRefused(f"{service}: the answer is about other orders than the one asked")
        return found[0] if found else None


def _order_no(order_no: str) -> str:
    return checked_text(order_no, "OrderNo", _ORDER_NO_LENGTH)


def _require_same(service: str, asked: Mapping[str, Any], answer: Fields, *names: str) -> None:
    """Compared as text: the bank writes some numbers as text."""
    for name in names:
        if text(answer, name) != str(asked[name]):
            raise BankAnswerRefused(f"{service}: {name} of the answer differs from what was asked")
