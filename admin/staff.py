"""The people of the console: their passwords, names, languages and second factors."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from admin import audit, sessions, totp
from admin.errors import BadInput, LoginTaken
from store.db import Transaction, sql
from store.delivery_details import tidy

ROLES = ("owner", "staff", "viewer")
LANGUAGES = ("zh-TW", "en")
NAME_LENGTH = 40
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")


@dataclass(frozen=True)
class Account:
    """Somebody with what is kept to recognise them. `totp_secret` is locked (`totp.Vault`)."""

    id: int
    login: str
    name: str
    password_hash: str = field(repr=False)
    role: str
    language: str
    active: bool
    totp_secret: str | None = field(repr=False)
    totp: bool


def tidy_login(login: str) -> str:
    """A login as it is kept: narrow, lower case."""
    return tidy(login).lower()


def check_login(login: str) -> str:
    """The login in its kept form; raises `BadInput`."""
    tidied = tidy_login(login)
    if not _LOGIN.fullmatch(tidied):
        raise BadInput("login: 2 to 64 of a-z, 0-9 and . _ @ -, beginning with a letter or digit")
    return tidied


def check_name(name: str) -> str:
    """The name in its kept form; raises `BadInput`."""
    tidied = tidy(name)
    if not 1 <= len(tidied) <= NAME_LENGTH:
        raise BadInput(f"name: 1 to {NAME_LENGTH} characters")
    return tidied


def create(
    tx: Transaction, login: str, name: str, password_hash: str, role: str, *, by: int | None = None
) -> int:
    """Somebody new, by their id; raises `LoginTaken`. The login and name are checked already; `by` is who
    did it, None from a shell."""
    user_id: int | None = sql.staff_insert(
        tx.connection, login=login, name=name, password_hash=password_hash, role=role
    )
    if user_id is None:
        raise LoginTaken(f"the login {login} is taken")
    audit.record(tx, by, "user.create", f"user:{user_id}", None, {"login": login, "name": name, "role": role})
    return user_id


def reset(tx: Transaction, login: str, password_hash: str, *, by: int | None = None) -> int | None:
    """A way back in: another password, no second factor, no sessions; None where nobody has the login."""
    user_id: int | None = sql.staff_reset(tx.connection, login=login, password_hash=password_hash)
    if user_id is not None:
        sql.recovery_forget(tx.connection, user_id=user_id)
        sessions.end_all(tx, user_id)
        audit.record(tx, by, "user.reset", f"user:{user_id}", None, {"login": login})
    return user_id


def by_login(tx: Transaction, login: str) -> Account | None:
    """Whoever has this login."""
    row = sql.staff_by_login(tx.connection, login=login)
    return Account(*row) if row else None


def get(tx: Transaction, user_id: int) -> Account:
    """The account of somebody who is logged in."""
    return Account(*sql.staff_by_id(tx.connection, id=user_id))


def set_password(tx: Transaction, user_id: int, password_hash: str) -> None:
    """Another password; every session of this person ends."""
    sql.staff_set_password(tx.connection, id=user_id, password_hash=password_hash)
    sql.staff_password_once(tx.connection, id=user_id, once=False)
    sessions.end_all(tx, user_id)
    audit.record(tx, user_id, "user.password", f"user:{user_id}")


def use_code(tx: Transaction, vault: totp.Vault, account: Account, code: str) -> bool:
    """Whether it is a code of the second factor, or a recovery code, that has not been used before."""
    secret = vault.open(account.totp_secret) if account.totp_secret else None
    step = totp.step_of(secret, code) if secret else None
    if step is not None:
        return bool(sql.totp_use(tx.connection, id=account.id, step=step))
    used = sql.recovery_use(tx.connection, user_id=account.id, code_hash=totp.recovery_hash(code))
    if used:
        audit.record(tx, account.id, "user.recovery_code", f"user:{account.id}")
    return bool(used)


def renew_recovery_codes(tx: Transaction, user_id: int) -> list[str]:
    """New recovery codes; the old ones open nothing any more. They can be read this once only."""
    codes = totp.new_recovery_codes()
    sql.recovery_forget(tx.connection, user_id=user_id)
    hashes = [totp.recovery_hash(code) for code in codes]
    sql.recovery_insert(tx.connection, user_id=user_id, hashes=hashes)
    return codes
