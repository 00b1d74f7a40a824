"""Personal data as they may stand in a chat that others look at over a shoulder."""

from __future__ import annotations

from bot.screens.lettering import clusters, fit

_ADDRESS_SHOWN = 6


def masked_name(name: str) -> str:
    """王小明 as 王○明, Mary Jones as M○○○ J○○○○; a name of two as 王○."""
    return fit(" ".join(_masked_word(word) for word in name.split()), 60)


def _masked_word(word: str) -> str:
    letters = list(clusters(word))
    if word.isascii() or len(letters) < 3:
        return letters[0] + "○" * (len(letters) - 1)
    return letters[0] + "○" * (len(letters) - 2) + letters[-1]


def masked_phone(phone: str) -> str:
    """0912345678 as 0912-***-678."""
    return f"{phone[:4]}-***-{phone[-3:]}" if len(phone) >= 8 else "***"


def masked_address(address: str) -> str:
    """City and district; the rest is known to whoever wrote it."""
    return address if len(address) <= _ADDRESS_SHOWN else f"{fit(address[:_ADDRESS_SHOWN], 30)}***"
