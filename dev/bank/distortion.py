"""The faults that make an answer say something untrue, under a sound signature."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dev.bank.clock import read_stamp, stamp
from dev.bank.faults import Faults

_NOT_A_NUMBER_OF_ANYONE = "NOTYOURS"


def distort(faults: Faults, service: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The answer as the switched-on faults bend it."""
    if faults.take("wrong-amount", service):
        answer = _map(answer, "Amount", _one_dollar_more)
    if faults.take("wrong-order-no", service):
        answer = _map(answer, "OrderNo", lambda _number: _NOT_A_NUMBER_OF_ANYONE)
    if faults.take("wrong-shop", service):
        answer = _map(answer, "ShopNo", lambda _number: "NOTYOU_001")
    skew = faults.take("clock-skew", service)
    if skew is not None:
        for name in ("Date", "PayDate", "TSDate"):
            answer = _map(answer, name, lambda text: _later(text, skew.seconds))
    return answer


def _one_dollar_more(amount: Any) -> Any:
    return str(int(amount) + 100) if isinstance(amount, str) else amount + 100


def _later(text: str, seconds: float) -> str | None:
    return stamp(read_stamp(text) + seconds)


def _map(value: Any, name: str, change: Callable[[Any], Any]) -> Any:
    """The value with every field of that name changed, at any depth."""
    if isinstance(value, dict):
        return {
            key: change(inner)
            if key == name and not isinstance(inner, dict | list)
            else _map(inner, name, change)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_map(inner, name, change) for inner in value]
    return value
