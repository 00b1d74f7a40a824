"""Mishaps that can be switched on, each for a number of times, to see how a merchant's program bears them."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass
from typing import Any

from dev.bank.codes import CODES

FAULTS: dict[str, str] = {
    "drop": "does the work, then closes the connection without an answer",
    "hang": "does the work, then says nothing for `seconds` (30) and closes the connection",
    "delay": "answers after `seconds` (5)",
    "notify-first": "pays a new order and notifies of it before the answer to OrderCreate is sent",
    "duplicate-notification": "sends every BackendURL call twice at once",
    "return-only": "sends the browser back but never calls BackendURL",
    "backend-only": "calls BackendURL but never sends the browser back",
    "silent": "neither calls BackendURL nor sends the browser back",
    "wrong-sign": "signs the answer wrongly",
    "wrong-amount": "states NT$1 more in the answer",
    "wrong-order-no": "states another order number in the answer",
    "wrong-shop": "states another shop number in the answer",
    "sign-amount-zero": "signs failures as if they held Amount 0",
    "clock-skew": "dates the answer `seconds` (3600) ahead",
    "not-found": "finds no order in a query (S0001)",
    "http-401": "the gateway refuses the key",
    "http-429": "the gateway's rate limit",
    "http-499": "the gateway's list of source addresses",
    "http-500": "an error page",
    "http-503": "an error page",
    "plain": "answers a failure as plain JSON",
    "garbage": "HTTP 200 with a body that is no JSON",
}
_SECONDS = {"hang": 30.0, "delay": 5.0, "clock-skew": 3600.0}


@dataclass
class Fault:
    """One switched-on mishap. `times` None lasts until cleared; `service` None means every service."""

    name: str
    times: int | None = 1
    service: str | None = None
    seconds: float = 0.0


class Faults:
    """The switches. A name is a key of FAULTS or one of the bank's codes, which then refuses the request."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(
        self,
        name: str,
        times: int | None = None,
        service: str | None = None,
        seconds: float | None = None,
    ) -> Fault:
        """Switch a fault on; raises ValueError for an unknown name or a senseless count."""
        if name not in FAULTS and not _is_refusal(name):
            raise ValueError(
                f"name: no such fault {name!r}; known: {', '.join(FAULTS)}, or an error code of the bank"
            )
        if times is not None and times < 1:
            raise ValueError("times: must be at least 1, or null for always")
        fault = Fault(name, times, service, _SECONDS.get(name, 0.0) if seconds is None else seconds)
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self, name: str | None = None) -> None:
        """Switch off the faults of that name, or all."""
        with self._lock:
            self._faults = [fault for fault in self._faults if name is not None and fault.name != name]

    def take(self, name: str, service: str | None = None) -> Fault | None:
        """Let the fault strike once if it is switched on for this service."""
        with self._lock:
            for fault in self._faults:
                if fault.name == name and fault.service in (None, service):
                    return self._strike(fault)
        return None

    def take_code(self, service: str) -> str | None:
        """The code with which this call is to be refused, if one is switched on."""
        with self._lock:
            for fault in self._faults:
                if _is_refusal(fault.name) and fault.service in (None, service):
                    return self._strike(fault).name
        return None

    def list(self) -> list[dict[str, Any]]:
        """The switched-on faults, for people."""
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def _strike(self, fault: Fault) -> Fault:
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self._faults.remove(fault)
        return fault


def _is_refusal(name: str) -> bool:
    return name in CODES and not name.startswith("S")
