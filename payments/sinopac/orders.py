"""What is asked of the bank: a new order with its means of payment, and the commands to an order.

Source: Bank SinoPac, 豐收款 API 開發規格書 V2.4, chapters 8.1 and 8.3. Whatever breaks a rule of the bank
raises BankRequestError naming the field, before anything is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from payments.sinopac.errors import BankRequestError
from payments.sinopac.wire import checked_text, is_safe_url, product_name, to_bank_amount, to_bank_time

_URL_LENGTH = 255


class PayType(StrEnum):
    """How an order is paid."""

    ACCOUNT = "A"
    CARD = "C"
    MOBILE = "M"
    WALLET = "W"


class Wallet(StrEnum):
    """WalletParam.PayTypeSub: the wallets of PayType W."""

    JKOPAY = "Jko"
    LINE_PAY = "Line"
    PLUS_PAY = "Plus"
    PX_PAY = "Px"
    IPASS_MONEY = "IPass"


class Command(StrEnum):
    """What OrderMaintain does to an order."""

    CAPTURE = "P"
    CANCEL = "C"
    REFUND = "R"
    EXTEND = "M"


@dataclass(frozen=True, slots=True)
class AccountPayment:
    """A virtual account (ATM) that takes money until `expires_at`, to the minute."""

    pay_type: ClassVar[PayType] = PayType.ACCOUNT
    expires_at: datetime

    def fields(self) -> dict[str, Any]:
        """The part of OrderCreate that belongs to this means."""
        moment = to_bank_time(self.expires_at)
        return {"ATMParam": {"ExpireDate": moment[:8], "ExpireTime": moment[8:]}}


@dataclass(frozen=True, slots=True)
class CardPayment:
    """A card page that lives `expire_minutes` (1-30); `staging` is a number of monthly instalments.

    With `auto_billing` the bank captures by itself; otherwise the money must be fetched by Command.CAPTURE.
    """

    pay_type: ClassVar[PayType] = PayType.CARD
    auto_billing: bool = True
    expire_minutes: int = 10
    sub_type: str = "ONE"
    staging: int | None = None

    def fields(self) -> dict[str, Any]:
        """The part of OrderCreate that belongs to this means."""
        if (self.staging is None) == (self.sub_type == "STAGING"):
            raise BankRequestError("Staging belongs to PayTypeSub STAGING, and only to it")
        card: dict[str, Any] = {
            "AutoBilling": "Y" if self.auto_billing else "N",
            "ExpMinutes": _minutes(self.expire_minutes),
            "PayTypeSub": self.sub_type,
        }
        if self.staging is not None:
            card["Staging"] = self.staging
        return {"CardParam": card}


@dataclass(frozen=True, slots=True)
class MobilePayment:
    """Apple, Google or Samsung Pay; `choose_pay` (A, G or S) leaves the customer only that one."""

    pay_type: ClassVar[PayType] = PayType.MOBILE
    expire_minutes: int = 10
    choose_pay: str | None = None

    def fields(self) -> dict[str, Any]:
        """The part of OrderCreate that belongs to this means."""
        mobile: dict[str, Any] = {"ExpMinutes": _minutes(self.expire_minutes)}
        if self.choose_pay is not None:
            mobile["ChoosePay"] = self.choose_pay
        return {"MobileParam": mobile}


@dataclass(frozen=True, slots=True)
class WalletPayment:
    """An e-wallet's page; its life is fixed at 20 minutes by the bank."""

    pay_type: ClassVar[PayType] = PayType.WALLET
    wallet: Wallet

    def fields(self) -> dict[str, Any]:
        """The part of OrderCreate that belongs to this means."""
        return {"WalletParam": {"PayTypeSub": str(self.wallet)}}


def _minutes(minutes: int) -> int:
    if not 1 <= minutes <= 30:
        raise BankRequestError("ExpMinutes must be from 1 to 30")
    return minutes


@dataclass(frozen=True, slots=True)
class NewOrder:
    """An order to create. `order_no` is unique for ever at the bank; `amount` is whole TWD.

    `product` may be any text. `memo` and `param1` are left out when empty; `param1` comes back in answers.
    """

    order_no: str
    amount: int
    product: str
    return_url: str
    backend_url: str
    payment: AccountPayment | CardPayment | MobilePayment | WalletPayment
    memo: str = ""
    param1: str = ""

    def fields(self) -> dict[str, Any]:
        """The fields of OrderCreate, without ShopNo."""
        fields = {
            "OrderNo": checked_text(self.order_no, "OrderNo", 50),
            "Amount": to_bank_amount(self.amount),
            "CurrencyID": "TWD",
            "PayType": str(self.payment.pay_type),
            **self.payment.fields(),
            "PrdtName": product_name(self.product),
            "ReturnURL": _callback_url(self.return_url, "ReturnURL"),
            "BackendURL": _callback_url(self.backend_url, "BackendURL"),
        }
        if self.memo:
            fields["Memo"] = checked_text(self.memo, "Memo", 30)
        if self.param1:
            fields["Param1"] = checked_text(self.param1, "Param1", 255)
        return fields


def _callback_url(url: str, name: str) -> str:
    if not is_safe_url(url):
        raise BankRequestError(f"{name} must be an https address")
    return checked_text(url, name, _URL_LENGTH)
