"""The identifiers LINE gives to things."""

from __future__ import annotations

import itertools
import secrets
import time

_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_messages = itertools.count(time.time_ns() // 1000 * 100)


def now_ms() -> int:
    """Milliseconds since 1970, UTC: how LINE writes time."""
    return time.time_ns() // 1_000_000


def new_ulid() -> str:
    """A webhookEventId: 48 bits of milliseconds and 80 random bits, in Crockford's base 32."""
    number = (now_ms() << 80) | secrets.randbits(80)
    return "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(125, -1, -5))


def new_message_id() -> str:
    """A message id: a long decimal number, rising."""
    return str(next(_messages))


def new_token() -> str:
    """A reply, quote or mark-as-read token: opaque."""
    return secrets.token_hex(16)


def new_id(letter: str) -> str:
    """A user (`U`), group (`C`) or room (`R`) id."""
    return letter + secrets.token_hex(16)
