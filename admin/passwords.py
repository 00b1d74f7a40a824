"""Passwords: hashed with argon2id, compared without telling an unknown login from a wrong password."""

from __future__ import annotations

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from admin.errors import BadPassword

SHORTEST, LONGEST = 12, 200

# OWASP Password Storage Cheat Sheet, "Argon2id": 19 MiB and two passes. The library's own default of
# 64 MiB, taken by several log-ins at once, would not fit a dyno of 512 MB.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODY = _hasher.hash("nobody has this password")


def hash_password(password: str, login: str = "") -> str:
    """The hash to keep; raises `BadPassword` when the password is too short, too long or the login."""
    if len(password) < SHORTEST:
        raise BadPassword(f"the password must have at least {SHORTEST} characters")
    if len(password) > LONGEST:
        raise BadPassword(f"the password must have at most {LONGEST} characters")
    if login and login.casefold() in password.casefold() and len(password) < len(login) + SHORTEST:
        raise BadPassword("the password must not be made of the login")
    if len(set(password)) < 5:
        raise BadPassword("the password must not repeat the same few characters")
    return _hasher.hash(password.encode("utf-8", "surrogatepass"))


def matches(password: str, kept: str | None) -> bool:
    """Whether it is the password; takes as long where `kept` is None, because nobody has the login."""
    given = password[: LONGEST + 1].encode("utf-8", "surrogatepass")
    try:
        _hasher.verify(kept or _NOBODY, given)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with other costs than today's."""
    return _hasher.check_needs_rehash(kept)
