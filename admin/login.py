"""Logging in and out. Whoever is refused hears the same words, whatever the reason."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, g, request
from flask import redirect as to
from werkzeug.wrappers import Response as AnyResponse

from admin import attempts, audit, passwords, sessions, staff
from admin.frame import Frame, say
from admin.roles import anyone, may
from admin.security import client_address, safe_path
from admin.staff import Account
from admin.words import _
from store import web
from store.db import Transaction, sql
from store.logs import pseudonym
from store.text import storable

log = structlog.get_logger(__name__)


class Door:
    """`/admin/login`, its second step, and the way out."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db, self._guard = frame, frame.db, frame.guard

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        room.add_url_rule("/login", "login", self.form, methods=["GET"])
        room.add_url_rule("/login", "log_in", self.log_in, methods=["POST"])
        room.add_url_rule("/login/code", "code", self.code_form, methods=["GET"])
        room.add_url_rule("/login/code", "check_code", self.check_code, methods=["POST"])
        room.add_url_rule("/logout", "log_out", self.log_out, methods=["POST"])

    @anyone
    def form(self) -> AnyResponse:
        """Who are you?"""
        if g.staff:
            return self._frame.go("attention")
        return self._form()

    @anyone
    def log_in(self) -> AnyResponse:
        """Look at login and password; both are counted before they are looked at."""
        login = staff.tidy_login(storable(request.form.get("login", "")))[:64]
        password = request.form.get("password", "")
        keys = self._keys(login)
        if not self._db.transaction(lambda tx: self._within_limits(tx, keys)):
            log.warning("login_limited", address=pseudonym(client_address(request)))
            return self._form(_("嘗試次數太多，請 15 分鐘後再試。"), 429)
        account = self._db.transaction(lambda tx: staff.by_login(tx, login))
        usable = account if account and account.active else None
        right = passwords.matches(password, usable.password_hash if usable else None)
        if not right or usable is None:
            log.warning("login_refused", address=pseudonym(client_address(request)))
            return self._form(_("帳號或密碼不對。"), 403)
        stage = "code" if usable.totp else "open"
        self._db.transaction(lambda tx: self._passed(tx, usable, password, keys[0]))
        return self._enter(usable, stage)

    @anyone
    def code_form(self) -> AnyResponse:
        """The second factor."""
        return self._code_form() if g.half else self._frame.go("login")

    @anyone
    def check_code(self) -> AnyResponse:
        """Look at the code of the second factor, or a recovery code."""
        if g.half is None:
            say("bad", _("時間過了，請重新登入。"))
            return self._frame.go("login")
        user_id, code = g.half.id, request.form.get("code", "")[:64]
        key = self._guard.digest(f"code:{user_id}")

        def work(tx: Transaction) -> tuple[bool, Account | None]:
            if attempts.count(tx, key) > attempts.CODE_LIMIT:
                return False, None
            account = staff.get(tx, user_id)
            if not staff.use_code(tx, self._frame.vault, account, code):
                return True, None
            attempts.forget(tx, key)
            return True, account

        allowed, account = self._db.transaction(work)
        if not allowed:
            return self._code_form(_("嘗試次數太多，請 15 分鐘後再試。"), 429)
        if account is None:
            return self._code_form(_("驗證碼不對，或已經用過了。"), 403)
        return self._enter(account, "open")

    @may("viewer")
    def log_out(self) -> AnyResponse:
        """End this session."""
        self._db.transaction(lambda tx: sessions.end(tx, g.token))
        g.token = ""
        say("good", _("已登出。"))
        return self._frame.go("login")

    def _enter(self, account: Account, stage: str) -> AnyResponse:
        """Go in under a token the browser has never had before; the one it came with is dropped."""
        came_with, fresh = g.token, self._guard.new_token()

        def work(tx: Transaction) -> None:
            sessions.end(tx, came_with)
            sessions.start(tx, fresh, account.id, stage)
            if stage == "open":
                audit.record(tx, account.id, "login", f"user:{account.id}")

        self._db.transaction(work)
        g.token = g.fresh_token = fresh
        wanted = safe_path(request.args.get("next", ""))
        if stage == "code":
            return self._frame.go("code", next=wanted or None)
        return to(wanted, code=303) if wanted else self._frame.go("attention")

    def _passed(self, tx: Transaction, account: Account, password: str, key: bytes) -> None:
        attempts.forget(tx, key)
        if passwords.is_outdated(account.password_hash):
            sql.staff_set_password(
                tx.connection, id=account.id, password_hash=passwords.hash_password(password)
            )

    def _keys(self, login: str) -> tuple[bytes, bytes]:
        return self._guard.digest(f"login:{login}"), self._guard.digest(f"address:{client_address(request)}")

    def _within_limits(self, tx: Transaction, keys: tuple[bytes, bytes]) -> bool:
        by_login, by_address = (attempts.count(tx, key) for key in sorted(keys))
        if keys[0] > keys[1]:  # counted in the order of the keys, so that two attempts wait for no circle
            by_login, by_address = by_address, by_login
        return by_login <= attempts.LOGIN_LIMIT and by_address <= attempts.ADDRESS_LIMIT

    def _form(self, fault: str = "", status: int = 200) -> Response:
        # What was typed is not shown again: people type passwords into the wrong field.
        return self._frame.show("login.html", status, fault=fault, english=web.language() == "en")

    def _code_form(self, fault: str = "", status: int = 200) -> Response:
        return self._frame.show("code.html", status, fault=fault)
