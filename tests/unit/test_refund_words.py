"""What a customer is told of money on its way back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.screens import payment
from bot.words import speaking
from store.orders import Order

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ORDER = Order(
    7, "K7XQ2M9P", 3, 5, "refunded", "card", 380, 80, 460, "王小明", "0912345678", "台北市", 1, NOW, None, NOW
)


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("card", "訂單 #K7XQ2M9P 已退款 NT$460，會退回原本的信用卡，約 7–14 個工作天入帳。"),
        ("atm", "訂單 #K7XQ2M9P 已退款 NT$460，退回您轉帳的帳戶。"),
        ("linepay", "訂單 #K7XQ2M9P 已退款 NT$460，退回您付款的帳戶。"),
        ("mobile", "訂單 #K7XQ2M9P 已退款 NT$460，退回您付款的帳戶。"),
    ],
)
def test_a_refund_says_where_the_money_goes(method: str, words: str) -> None:
    [message] = payment.refunded(ORDER, 460, method)
    assert message["altText"] == words


def test_a_refund_under_way_promises_no_date() -> None:
    [message] = payment.refund_started(ORDER, 1200, "card")
    assert message["altText"] == "訂單 #K7XQ2M9P 的退款 NT$1,200 已經送出，銀行處理好會再通知您。"


def test_english_says_the_same() -> None:
    with speaking("en"):
        [message] = payment.refunded(ORDER, 460, "card")
    assert message["altText"].startswith("Order #K7XQ2M9P: NT$460 refunded to your card.")
