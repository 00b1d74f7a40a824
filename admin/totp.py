"""The second factor: time-based codes (RFC 6238: SHA-1, six digits, 30 seconds) and recovery codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
import time
from collections.abc import Sequence
from urllib.parse import quote, urlencode

import segno
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

STEP_SECONDS = 30
DRIFT_STEPS = 1  # RFC 6238, 5.2: one step either way for clocks that are not quite right
RECOVERY_CODES = 10
_ALPHABET = "ABCDEFGHJKMNPQRTUVWXY346789"  # nothing that is misread from paper


def new_secret() -> str:
    """160 random bits in base32, the length RFC 4226 recommends."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, step: int) -> str:
    """The six digits of a 30-second step (RFC 4226, 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), "sha1")
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 1_000_000:06d}"


def step_of(secret: str, code: str, now: float | None = None) -> int | None:
    """The step whose code this is, near `now` (Unix seconds); None when it is no code of now."""
    digits = "".join(code.split())
    current = int((time.time() if now is None else now) // STEP_SECONDS)
    if not (digits.isascii() and digits.isdigit()):
        return None
    found = None
    for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
        if hmac.compare_digest(code_at(secret, step), digits):
            found = step
    return found


def address(secret: str, login: str, shop_name: str) -> str:
    """The otpauth address that an authenticator takes in (Google Authenticator, "Key Uri Format")."""
    label = f"{quote(shop_name, safe='')}:{quote(login, safe='')}"
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': shop_name}, quote_via=quote)}"


def picture(text: str) -> str:
    """A QR code as an SVG element, safe to put into a page."""
    return segno.make(text, error="m", micro=False).svg_inline(omitsize=True, border=2, svgclass="qr")


def new_recovery_codes() -> list[str]:
    """Codes for a day without the telephone, 57 random bits each."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
        for _ in range(RECOVERY_CODES)
    ]


def recovery_hash(code: str) -> bytes:
    """What is kept of a recovery code; white space, case and hyphens do not matter."""
    plain = "".join(c for c in code.upper() if c.isascii() and c.isalnum())
    return hashlib.sha256(plain.encode()).digest()


class Vault:
    """Encrypts the secrets with a key made from SECRET_KEY, so that the database alone opens nothing.

    What was locked under one of `old_keys` is still opened.
    """

    def __init__(self, secret_key: str, old_keys: Sequence[str] = ()) -> None:
        keys = [hmac.digest(key.encode(), b"console totp", "sha256") for key in (secret_key, *old_keys)]
        self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])

    def lock(self, secret: str) -> str:
        """What may be stored."""
        return self._fernet.encrypt(secret.encode()).decode()

    def open(self, locked: str) -> str | None:
        """The secret; None when it was locked under another SECRET_KEY (recovery codes still work then)."""
        try:
            return self._fernet.decrypt(locked.encode()).decode()
        except InvalidToken:
            return None
