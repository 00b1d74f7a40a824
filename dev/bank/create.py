"""OrderCreate: a merchant opens an order and gets what its customer needs to pay it.

Source: 豐收款 API 開發規格書 V2.4, 8.2.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from dev.bank import checks
from dev.bank.clock import DAY, midnight_after, stamp
from dev.bank.codes import Refusal
from dev.bank.state import Order

if TYPE_CHECKING:
    from dev.bank.bank import Bank

_KNOWN_PAY_TYPES = ("A", "C", "L", "M", "P", "W")
_KNOWN_CARD_KINDS = ("ONE", "STAGING", "BONUS", "CUP", "REGULAR")
_KNOWN_WALLETS = ("Jko", "Line", "Plus", "Px", "IPass", "Easy")
_WALLET_SECONDS = 20 * 60.0
_DEFAULT_PAGE_MINUTES = 10
PAGES = {"A": "PayWebATM", "C": "PayCard", "P": "PayCard", "M": "PayMobile", "W": "PayWallet"}


def create_order(bank: Bank, fields: dict[str, Any]) -> dict[str, Any]:
    """Check the fields, enter the order, answer with its address or account. Raises Refusal."""
    order = _read_order(bank, fields)
    if order.order_no in bank.book.orders:
        raise Refusal("E0302")
    bank.book.order_count += 1
    order.ts_no = f"{bank.shop_no.replace('_', '')[:6]}{bank.book.order_count:08d}"
    if order.pay_type == "A":
        order.atm_pay_no = f"99922{bank.book.order_count:09d}"
    bank.book.orders[order.order_no] = order
    bank.changed()
    return _describe_created(bank, order)


def _describe_created(bank: Bank, order: Order) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "OrderNo": order.order_no,
        "ShopNo": bank.shop_no,
        "TSNo": order.ts_no,
        "Amount": order.amount,
        "Status": "S",
        "Description": "S0000",
        **{f"Param{number}": value for number, value in enumerate(order.params, 1)},
        "PayType": order.pay_type,
        "QRCodeURL": bank.page_url(order, "QRCode"),
    }
    page = bank.page_url(order, PAGES[order.pay_type])
    match order.pay_type:
        case "A":
            answer["ATMParam"] = {"AtmPayNo": order.atm_pay_no, "WebAtmURL": page}
        case "M":
            answer["MobileParam"] = {"MobilePayURL": page}
        case "W":
            answer["WalletParam"] = {"WalletPayURL": page}
        case _:
            answer["CardParam"] = {"CardPayURL": page}
    return answer


def _read_order(bank: Bank, fields: dict[str, Any]) -> Order:
    order_no = checks.order_no(fields)
    pay_type = checks.choice(fields.get("PayType"), _KNOWN_PAY_TYPES, "E0600", "E0601") or ""
    amount = checks.amount(fields, pay_type)
    if pay_type not in bank.config.pay_types:
        raise Refusal("E0602")
    checks.choice(fields.get("CurrencyID"), ("TWD",), "E0500", "E0500")
    checks.choice(fields.get("QRCodeStatus"), ("Y", "N"), None, "E3900")
    checks.number_in(fields.get("QRCodeSize"), 350, 800, "E3901", "E3901")
    codes = {"missing": "E0700", "long": "E0701", "special": "E0702"}
    now = bank.clock.now()
    order = Order(
        order_no=order_no,
        ts_no="",
        token=str(uuid.uuid4()),
        amount=amount,
        pay_type=pay_type,
        product=checks.required_text(fields, "PrdtName", 60, codes),
        return_url=_url(fields, "ReturnURL", {"missing": "E1200", "long": "E1201", "special": "E1202"}) or "",
        backend_url=_url(fields, "BackendURL", {"long": "E1301", "special": "E1302"}),
        memo=checks.text(fields, "Memo", 30, {"long": "E1401", "special": "E1402"}),
        params=[_param(fields, number) for number in (1, 2, 3)],
        created_at=now,
        expires_at=now,
    )
    _read_section(bank, fields, order)
    return order


def _param(fields: dict[str, Any], number: int) -> str | None:
    return checks.text(
        fields, f"Param{number}", 255, {"long": f"E1{4 + number}01", "special": f"E1{4 + number}02"}
    )


def _url(fields: dict[str, Any], name: str, codes: dict[str, str]) -> str | None:
    value = checks.text(fields, name, 255, codes)
    if value and not value.startswith(("http://", "https://")):
        raise Refusal(codes.get("missing", codes["special"]))
    return value or None


def _read_section(bank: Bank, fields: dict[str, Any], order: Order) -> None:
    match order.pay_type:
        case "A":
            order.expires_at = _account_expiry(bank, checks.section(fields, "ATMParam"))
        case "M":
            section = checks.section(fields, "MobileParam")
            checks.choice(section.get("ChoosePay"), ("A", "G", "S"), None, "E0601")
            order.expires_at += _page_minutes(section) * 60
        case "W":
            kind = checks.section(fields, "WalletParam").get("PayTypeSub")
            order.pay_type_sub = checks.choice(kind, _KNOWN_WALLETS, "E0600", "E0601")
            if order.pay_type_sub not in bank.config.wallets:
                raise Refusal("E0602")
            order.expires_at += _WALLET_SECONDS
        case _:
            _read_card(bank, checks.section(fields, "CardParam"), order)


def _read_card(bank: Bank, section: dict[str, Any], order: Order) -> None:
    order.auto_billing = checks.choice(section.get("AutoBilling"), ("Y", "N"), "E0900", "E0901") == "Y"
    limit = bank.config.billing_days_limit
    days = checks.number_in(section.get("ExpBillingDays"), 1, limit, "E1000", "E1001")
    order.billing_days = None if order.auto_billing else days
    kind = checks.choice(section.get("PayTypeSub"), _KNOWN_CARD_KINDS, None, "E0601") or "ONE"
    if kind not in bank.config.card_kinds:
        raise Refusal("E0602")
    if section.get("CCToken"):
        raise Refusal("E3702")
    if section.get("BindNo") or section.get("BindToken"):
        raise Refusal("E3706")
    order.pay_type_sub = kind
    order.expires_at += _page_minutes(section) * 60


def _page_minutes(section: dict[str, Any]) -> int:
    minutes = checks.number_in(section.get("ExpMinutes"), 1, 30, "E1100", "E1101")
    return _DEFAULT_PAGE_MINUTES if minutes is None else minutes


def _account_expiry(bank: Bank, section: dict[str, Any]) -> float:
    """The end of the ExpireDate, or of its minute ExpireTime."""
    start = checks.midnight(section.get("ExpireDate"), "E0800", "E0801")
    end = start + DAY
    if section.get("ExpireTime"):
        end = (checks.moment(f"{section['ExpireDate']}{section['ExpireTime']}", "E0801") or start) + 60
    return check_expiry(bank, end)


def check_expiry(bank: Bank, end: float) -> float:
    """A virtual account's end: in the future and within the shop's limit. Raises Refusal."""
    now = bank.clock.now()
    if not now < end <= midnight_after(now, bank.config.atm_expire_days + 1):
        raise Refusal("E0802")
    return end


def expire_stamp(order: Order) -> str | None:
    """The last minute in which the order can be paid, yyyyMMddHHmm."""
    return stamp(order.expires_at - 1)
