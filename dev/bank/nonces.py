"""One-time numbers: made, handed out, used up.

Source: 豐收款 API 開發規格書 V2.4, 5.4: good for 60 seconds, for one use, from the address that fetched it.
"""

from __future__ import annotations

import base64
import secrets
import threading
from dataclasses import dataclass
from datetime import datetime

from dev.bank.clock import Clock, taiwan
from dev.bank.codes import Refusal

_REMEMBERED_SECONDS = 3600.0


@dataclass
class _Issued:
    shop_no: str
    address: str
    at: float


def make_nonce(moment: float) -> str:
    """A nonce in the bank's form: base64 of `ms:hex`, 108 characters.

    `ms` are milliseconds since the year 1 in Taiwan time, printed like a .NET double of 15 digits.
    """
    elapsed = taiwan(moment).replace(tzinfo=None) - datetime(1, 1, 1)  # noqa: DTZ001 - both are Taiwan local
    tenths = ((elapsed.days * 86400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds) // 100
    milliseconds = f"{tenths // 10}.{tenths % 10}".removesuffix(".0")
    return base64.b64encode(f"{milliseconds}:{secrets.token_hex(32)}".encode()).decode()


class Nonces:
    """The nonces that were handed out and not used yet."""

    def __init__(self, clock: Clock, lifetime: float) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._issued: dict[str, _Issued] = {}
        self._lock = threading.Lock()

    def issue(self, shop_no: str, address: str) -> str:
        """A fresh nonce for this shop and source address."""
        now = self._clock.now()
        nonce = make_nonce(now)
        with self._lock:
            self._issued[nonce] = _Issued(shop_no, address, now)
            self._forget_old(now)
        return nonce

    def use(self, nonce: str, shop_no: str, address: str) -> None:
        """Use a nonce up. Refused: unknown or used (E3001), another's (E3002), too old (E3003)."""
        with self._lock:
            issued = self._issued.pop(nonce, None)
        if issued is None:
            raise Refusal("E3001")
        if (issued.shop_no, issued.address) != (shop_no, address):
            raise Refusal("E3002")
        if self._clock.now() - issued.at > self._lifetime:
            raise Refusal("E3003")

    def _forget_old(self, now: float) -> None:
        while True:
            oldest = next(iter(self._issued))
            if now - self._issued[oldest].at < _REMEMBERED_SECONDS:
                return
            del self._issued[oldest]
