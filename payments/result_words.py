"""The words of the page that tells how a payment went, in Chinese and English.

In a sentence, {reason} is what the bank said, {due} and {received} and {returned} are amounts, {until} the
end of the time to pay.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

Pair = tuple[str, str]


class Stage(StrEnum):
    """What the page has to say."""

    ASKING = "asking"  # the bank has not been heard
    SLOW = "slow"  # not heard for so long that the page has stopped looking
    TRANSFER = "transfer"  # a virtual account waits for the customer
    TRY_AGAIN = "try_again"  # a try failed, the way to pay is still open
    REFUSED = "refused"  # the bank refused this way to pay
    LAPSED = "lapsed"  # this way to pay is over, the order still waits
    EXPIRED = "expired"  # the order was not paid in time
    CANCELLED = "cancelled"  # the order was given up
    PAID = "paid"
    PAID_OTHERWISE = "paid_otherwise"  # the order is paid, not by this payment
    LATE = "late"  # money came too late and goes back
    EXTRA = "extra"  # more money than was due; it goes back
    MISMATCH = "mismatch"  # another amount than was due; a human looks
    REFUNDING = "refunding"
    REFUNDED = "refunded"


@dataclass(frozen=True)
class Words:
    """What a stage says; `mark` names the sign above it: good, bad, quiet, waiting or turning."""

    mark: str
    title: Pair
    sentences: tuple[Pair, ...]


METHODS: dict[str, Pair] = {
    "card": ("信用卡", "Credit card"),
    "atm": ("ATM 轉帳", "ATM transfer"),
    "mobile": ("行動支付", "Mobile pay"),
    "linepay": ("LINE Pay", "LINE Pay"),
    "jkopay": ("街口支付", "JKOPAY"),
    "pxpay": ("全支付", "PX Pay Plus"),
    "pluspay": ("全盈+PAY", "Plus Pay"),
    "ipass": ("iPASS MONEY", "iPASS MONEY"),
}

_NOT_CHARGED = ("還沒有扣款，商品先替您留著。", "You have not been charged, and we are keeping your items.")
_PAY_AGAIN = (
    "請回到 LINE，從訂單再付一次或換付款方式。",
    "Go back to LINE to pay again or in another way.",
)
_OVER = (
    "這筆訂單不需要再付款。如果您剛剛已經付了，別擔心，我們會確認並在 LINE 告訴您結果。",
    "There is nothing left to pay. If you have just paid, do not worry: we will check and tell you in LINE.",
)

WORDS: dict[Stage, Words] = {
    Stage.ASKING: Words(
        "turning",
        ("正在向銀行確認…", "Checking with the bank…"),
        (
            (
                "通常幾秒鐘就好，這一頁會自動更新。",
                "This usually takes a few seconds; the page updates by itself.",
            ),
        ),
    ),
    Stage.SLOW: Words(
        "waiting",
        ("銀行還沒有回覆", "No word from the bank yet"),
        (
            (
                "如果您已經付過款，請不要再付一次；結果一確定就會在 LINE 通知您。",
                "If you have paid, please do not pay again: we will tell you in LINE as soon as we know.",
            ),
        ),
    ),
    Stage.TRANSFER: Words(
        "waiting",
        ("等您轉帳", "Waiting for your transfer"),
        (
            (
                "請在 {until} 前轉帳 {due}，完整帳號在 LINE 的訂單訊息裡。",
                "Please transfer {due} by {until}. The full account number is in your LINE chat.",
            ),
        ),
    ),
    Stage.TRY_AGAIN: Words(
        "bad",
        ("這次付款沒有成功", "This payment did not go through"),
        (("銀行回覆：{reason}。", "The bank says: {reason}."), _NOT_CHARGED, _PAY_AGAIN),
    ),
    Stage.REFUSED: Words(
        "bad",
        ("銀行沒有接受這筆付款", "The bank did not accept this payment"),
        (("銀行回覆：{reason}。", "The bank says: {reason}."), _NOT_CHARGED, _PAY_AGAIN),
    ),
    Stage.LAPSED: Words(
        "quiet",
        ("付款連結已到期", "This way to pay has ended"),
        (
            (
                "訂單還在，商品也先替您留著。請回到 LINE，從訂單重新付款。",
                "Your order is still there. Go back to LINE to pay for it.",
            ),
        ),
    ),
    Stage.EXPIRED: Words("quiet", ("訂單超過付款時間", "The order was not paid in time"), (_OVER,)),
    Stage.CANCELLED: Words("quiet", ("訂單已取消", "The order was cancelled"), (_OVER,)),
    Stage.PAID: Words(
        "good",
        ("已付款", "Paid"),
        (("謝謝您！出貨時會在 LINE 通知您。", "Thank you! We will tell you in LINE when it ships."),),
    ),
    Stage.PAID_OTHERWISE: Words(
        "good",
        ("這筆訂單已經付款", "This order is already paid"),
        (("您不需要再付一次。", "There is nothing left to pay."),),
    ),
    Stage.LATE: Words(
        "quiet",
        ("這筆款項晚了一步", "Your payment came a little late"),
        (
            (
                "我們收到了 {received}，但訂單已經結束，會全額退還給您。",
                "We received {received}, but the order had ended. You will get all of it back.",
            ),
        ),
    ),
    Stage.EXTRA: Words(
        "quiet",
        ("這筆訂單多付了一次", "This order was paid twice"),
        (
            (
                "訂單先前已經付清，這次的 {received} 會全額退還給您。",
                "It had been paid before, so this payment of {received} will be returned in full.",
            ),
        ),
    ),
    Stage.MISMATCH: Words(
        "quiet",
        ("收到的金額不太一樣", "The amount is not what was due"),
        (
            (
                "我們收到 {received}，應付金額是 {due}。店家確認後會與您聯絡，請先不要再付一次。",
                "We received {received} but {due} was due. The shop will contact you, so do not pay again.",
            ),
        ),
    ),
    Stage.REFUNDING: Words(
        "waiting",
        ("退款處理中", "Your refund is on its way"),
        (
            (
                "款項正在退還給您，完成時會在 LINE 通知您。",
                "Your money is being returned; we will tell you in LINE when it is done.",
            ),
        ),
    ),
    Stage.REFUNDED: Words(
        "good",
        ("已退款", "Refunded"),
        (
            (
                "已退還 {returned}，實際入帳時間依您的銀行而定。",
                "{returned} has been returned; your bank decides when it shows.",
            ),
        ),
    ),
}
