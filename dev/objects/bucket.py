"""A bucket in memory, with mishaps that can be switched on."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from dev.objects.signature import Key

FAULTS = {
    "forbidden": "refuses, as for keys that may not do this (403)",
    "error": "an error of its own (500)",
    "slow": "answers after `seconds`",
    "reset": "breaks the connection",
    "garbled": "answers a GET with other bytes",
    "cut": "ends in the middle of what a GET is to bring",
}


@dataclass
class Fault:
    """A mishap for the next `times` calls of this method (None: any, and for ever)."""

    name: str
    times: int | None = None
    method: str | None = None
    seconds: float = 1.0


@dataclass(frozen=True)
class Object:
    """What was put, with the headers that come back with it."""

    content: bytes
    headers: dict[str, str]


@dataclass
class Bucket:
    """One bucket and the key that opens it; `public` lets everybody read."""

    name: str = "pictures-of-a-shop"
    key: Key = field(default_factory=lambda: Key("a-key-of-nobody", "a-secret-of-nobody"))
    public: bool = False
    objects: dict[str, Object] = field(default_factory=dict)
    calls: list[tuple[str, str, int]] = field(default_factory=list)
    """Every call: method, name, status."""

    def __post_init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self.closed = threading.Event()

    def add_fault(self, name: str, **more: Any) -> None:
        """Switch a mishap on. Raises ValueError for one that is not known."""
        if name not in FAULTS:
            raise ValueError(f"no such fault {name!r}; known: {', '.join(FAULTS)}")
        with self._lock:
            self._faults.append(Fault(name, **more))

    def clear_faults(self) -> None:
        """Switch all off."""
        with self._lock:
            self._faults.clear()

    def take_fault(self, method: str) -> Fault | None:
        """What befalls this call, if anything."""
        with self._lock:
            for fault in self._faults:
                if fault.method in (None, method):
                    if fault.times is not None:
                        fault.times -= 1
                        if fault.times == 0:
                            self._faults.remove(fault)
                    return fault
        return None
