"""The bank's codes: what a message code asks the caller to do, and how a payment or a refund stands.

Source: Bank SinoPac, 豐收款 API 開發規格書 V2.4, chapter 10.
"""

from __future__ import annotations

import re
from enum import StrEnum

from payments.sinopac import errors

SUCCESS = "S0000"
NOTHING_FOUND = "S0001"
MAINTENANCE = "M0001"

_CODE = re.compile(r"\s*([A-Z][0-9]{4})(?![0-9A-Za-z])[\s–-]*")

WORDING = {
    "S0000": "處理成功",
    "S0001": "處理成功，查無資料或是查詢條件組合不相符",
    "M0001": "系統維護中",
    "E0000": "安全簽章錯誤",
    "E0001": "請求格式錯誤",
    "E0100": "商店編號錯誤",
    "E0101": "商店編號不存在",
    "E0102": "商店狀態錯誤",
    "E0302": "訂單編號重覆",
    "E0304": "該筆商家訂單編號確認中",
    "E0401": "訂單金額後2位數必須為00",
    "E0402": "訂單金額低於手續費金額",
    "E0403": "ATM轉帳最高金額：30,000元",
    "E0407": "訂單金額不得超過代收金額上限",
    "E0408": "超出ATM轉帳單筆最高金額",
    "E0409": "虛擬帳號收款額度不足",
    "E0410": "虛擬帳號收款筆數已達上限",
    "E0602": "收款方式未啟用",
    "E1802": "發送要求訂單不可執行",
    "E2501": "付款查詢Token錯誤",
    "E2601": "資料不存在",
    "E2700": "交易失敗",
    "E3001": "一次性數值錯誤",
    "E3002": "一次性數值合法性錯誤",
    "E3003": "一次性數值已超過有效時限",
    "E3301": "要求版本不符",
    "E3401": "指定服務不存在",
    "E3501": "訊息內容錯誤",
    "E3600": "分期/紅利/銀聯卡訂單不接受部分退款",
    "E3601": "退款金額錯誤",
    "E3602": "退款金額大於代收金額",
    "E3603": "無付款帳號",
    "E3604": "超過單日限額",
    "E3605": "退款逾期",
    "E3606": "功能尚未啟用",
    "E3607": "退款Token錯誤",
    "E3608": "退款狀態錯誤",
    "E9900": "系統忙碌中",
    "E9918": "訂單已申請退款",
    "E9919": "訂單剩餘退款金額不足",
    "E9922": "超過商店可退款天數",
    "E9935": "虛擬帳號停用失敗",
    "E9936": "虛擬帳號到期日調整失敗",
    "E9999": "發生未知系統錯誤",
}
"""The bank's words for the codes a shop meets; the rest come with their words in `Description`."""

_REFUND_ADVICE = {
    "E3600": "請改退全額，差額另外處理。",
    "E3601": "請確認金額是大於 0 的整數。",
    "E3602": "請確認這筆付款還剩多少可以退。",
    "E3603": "銀行不知道客人的轉出帳號，請向客人要帳號，自行匯款後在這裡註記。",
    "E3604": "請明天再送一次，或請銀行調高單日退款限額。",
    "E3605": "請再送一次。",
    "E3606": "請銀行為您的商店開通退款功能，或自行匯款後在這裡註記。",
    "E3607": "請再送一次。",
    "E3608": "請到豐收款後台確認這筆訂單的狀態。",
    "E9918": "這筆訂單已經有退款在進行，請到豐收款後台確認。",
    "E9919": "請到豐收款後台確認是否已經退過款。",
    "E9922": "銀行不再受理，請自行匯款後在這裡註記。",
}

NONCE_CODES = frozenset({"E3001", "E3002", "E3003"})
"""The nonce was wrong, not ours or too old. Nothing was done: a new one may be taken, once."""

_CONFIGURATION = frozenset({"E0000", "E0100", "E0101", "E0102", "E0602", "E3301", "E3401", "E3501"})
_TEMPORARY = frozenset({"E9900", "M0001"}) | NONCE_CODES
_UNKNOWN_SYSTEM_ERROR = "E9999"
_ASK_FIRST = frozenset({"E0302", "E0304"})
# Limits of the shop's contract that a sound order may meet: a no to the customer, not our mistake.
_LIMITS = frozenset({"E0402", "E0403", "E0407", "E0408", "E0409", "E0410"})
# Wrong fields of an order, of a query's conditions, of its dates, of the QR code.
_REQUEST = (
    ("E0300", "E1799"),
    ("E1900", "E1999"),
    ("E2101", "E2101"),
    ("E2900", "E2999"),
    ("E3100", "E3299"),
    ("E3900", "E3999"),
)


def refund_advice(code: str, text: str) -> str:
    """Why a refund was refused, in the bank's words, and what the merchant can do about it."""
    words = WORDING.get(code) or text or "銀行沒有說明原因"
    return f"{words}。{_REFUND_ADVICE[code]}" if code in _REFUND_ADVICE else words


def split_description(description: object) -> tuple[str, str]:
    """The code that leads a `Description` and the words after it; ("", words) when none leads it.

    The bank separates them with an EN DASH and not always the same blanks.
    """
    words = description if isinstance(description, str) else ""
    found = _CODE.match(words)
    if found is None:
        return "", words.strip()
    return found[1], words[found.end() :].strip()


def failure(code: str, text: str, *, effect: bool) -> errors.BankError:
    """The exception for a failure code of the bank.

    `effect` says that the call was one that changes an order. "Unknown system error" then leaves open whether
    it was changed; only "busy" and "maintenance" say that nothing was done.
    """
    kind: type[errors.BankError] = errors.BankRefusal
    if code in _CONFIGURATION:
        kind = errors.BankConfigurationError
    elif code in _ASK_FIRST or (code == _UNKNOWN_SYSTEM_ERROR and effect):
        kind = errors.BankOutcomeUnknown
    elif code in _TEMPORARY or code == _UNKNOWN_SYSTEM_ERROR:
        kind = errors.BankTemporaryError
    elif code == "E0001" or (code not in _LIMITS and any(first <= code <= last for first, last in _REQUEST)):
        kind = errors.BankRequestError
    return kind(WORDING.get(code) or text or "the bank refused without a reason", code)


class PayStatus(StrEnum):
    """How the payment of an order stands: third letter the means (A account, C card, M mobile pay)."""

    ACCOUNT_WAITING = "1A200"
    ACCOUNT_EXPIRED = "1A250"
    ACCOUNT_PAID = "1A400"
    ACCOUNT_PAID_OUT = "1A900"
    CARD_WAITING = "1C200"
    CARD_EXPIRED = "1C250"
    CARD_AUTHORISED = "1C300"
    CARD_AUTHORISATION_LAPSED = "1C350"
    CARD_AUTHORISATION_CANCELLED = "1C351"
    CARD_CAPTURED = "1C400"
    CARD_PAID_OUT = "1C900"
    MOBILE_WAITING = "1M200"
    MOBILE_EXPIRED = "1M250"
    MOBILE_LAPSED = "1M350"
    MOBILE_CANCELLED = "1M351"
    MOBILE_PAID = "1M400"
    MOBILE_PAID_OUT = "1M900"


class RefundStatus(StrEnum):
    """How a refund stands; the money of one that failed as "returning" is on its way back to the shop."""

    ACCOUNT_FAILED_RETURNING = "2A260"
    ACCOUNT_FAILED = "2A290"
    ACCOUNT_RUNNING = "2A400"
    ACCOUNT_DONE = "2A900"
    CARD_ACCEPTED = "2C200"
    CARD_RUNNING = "2C400"
    CARD_DONE = "2C900"
    MOBILE_ACCEPTED = "2M200"
    MOBILE_RUNNING = "2M400"
    MOBILE_DONE = "2M900"


_WAITING = frozenset({PayStatus.ACCOUNT_WAITING, PayStatus.CARD_WAITING, PayStatus.MOBILE_WAITING})
_EXPIRED = frozenset({PayStatus.ACCOUNT_EXPIRED, PayStatus.CARD_EXPIRED, PayStatus.MOBILE_EXPIRED})
_WITHDRAWN = frozenset(
    {
        PayStatus.CARD_AUTHORISATION_LAPSED,
        PayStatus.CARD_AUTHORISATION_CANCELLED,
        PayStatus.MOBILE_LAPSED,
        PayStatus.MOBILE_CANCELLED,
    }
)
_PAID = frozenset(PayStatus) - _WAITING - _EXPIRED - _WITHDRAWN

_REFUND_FAILED = frozenset({RefundStatus.ACCOUNT_FAILED, RefundStatus.ACCOUNT_FAILED_RETURNING})
_REFUND_DONE = frozenset({RefundStatus.ACCOUNT_DONE, RefundStatus.CARD_DONE, RefundStatus.MOBILE_DONE})
_REFUND_RUNNING = frozenset(RefundStatus) - _REFUND_FAILED - _REFUND_DONE

# Wallets have no five-character status: the bank writes "S" for done and "F" for failed.


def is_paid(pay_status: str) -> bool:
    """Whether the customer has paid and the shop may deliver; a card that is only authorised counts."""
    return pay_status == "S" or pay_status in _PAID


def is_authorised(pay_status: str) -> bool:
    """Whether a card's payment still waits for its capture, by the bank or by OrderMaintain, Command P.

    It is undone by Command C, not by a refund.
    """
    return pay_status == PayStatus.CARD_AUTHORISED


def is_waiting(pay_status: str) -> bool:
    """Whether the customer may still pay."""
    return pay_status in _WAITING


def is_expired(pay_status: str) -> bool:
    """Whether the time to pay ran out, so that no money can arrive any more."""
    return pay_status in _EXPIRED


def is_withdrawn(pay_status: str) -> bool:
    """Whether an authorisation lapsed or was cancelled before it became money."""
    return pay_status in _WITHDRAWN


def is_refunded(refund_status: str) -> bool:
    """Whether the money of a refund went back to the customer."""
    return refund_status == "S" or refund_status in _REFUND_DONE


def is_refund_running(refund_status: str) -> bool:
    """Whether a refund was accepted and its end is still to come."""
    return refund_status in _REFUND_RUNNING


def is_refund_failed(refund_status: str) -> bool:
    """Whether a refund failed, so that it may be started again."""
    return refund_status == "F" or refund_status in _REFUND_FAILED
