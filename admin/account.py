"""One's own account: name, language, password, second factor, sessions."""

from __future__ import annotations

from flask import Blueprint, Response, g, request
from markupsafe import Markup
from werkzeug.wrappers import Response as AnyResponse

from admin import attempts, audit, passwords, sessions, staff, totp
from admin.errors import BadPassword
from admin.frame import Frame, field, say
from admin.roles import may
from admin.words import _
from store.db import Transaction, sql
from store.delivery_details import tidy
from store.text import storable


class Desk:
    """`/admin/account` and what hangs on it."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        room.add_url_rule("/account", "account", self.page, methods=["GET"])
        room.add_url_rule("/account/profile", "set_profile", self.set_profile, methods=["POST"])
        room.add_url_rule("/account/password", "set_password", self.set_password, methods=["POST"])
        room.add_url_rule(
            "/account/everywhere", "log_out_everywhere", self.log_out_everywhere, methods=["POST"]
        )
        room.add_url_rule("/account/second-factor", "totp", self.totp_form, methods=["GET"])
        room.add_url_rule("/account/second-factor", "totp_on", self.totp_on, methods=["POST"])
        room.add_url_rule("/account/second-factor/off", "totp_off", self.totp_off, methods=["POST"])
        room.add_url_rule("/account/recovery-codes", "recovery_codes", self.recovery_codes, methods=["POST"])

    @may("viewer")
    def page(self) -> Response:
        """What can be changed."""
        left = self._db.transaction(lambda tx: sql.recovery_left(tx.connection, user_id=g.staff.id))
        return self._frame.show("account.html", codes_left=left, shortest=passwords.SHORTEST)

    @may("viewer")
    def set_profile(self) -> AnyResponse:
        """Another name or language."""
        name = tidy(storable(field("name", staff.NAME_LENGTH)))
        language = request.form.get("language", "")
        if not name or language not in staff.LANGUAGES:
            say("bad", _("請填寫姓名，並選擇語言。"))
            return self._frame.go("account")
        before = {"name": g.staff.name, "language": g.staff.language}
        after = {"name": name, "language": language}

        def work(tx: Transaction) -> None:
            sql.staff_set_profile(tx.connection, id=g.staff.id, **after)
            audit.record(tx, g.staff.id, "user.profile", f"user:{g.staff.id}", before, after)

        if before != after:
            self._db.transaction(work)
        g.language = language
        say("good", _("已儲存。"))
        return self._frame.go("account")

    @may("viewer")
    def set_password(self) -> AnyResponse:
        """Another password; everybody else who is logged in as this person is out."""
        new = request.form.get("new", "")
        if new != request.form.get("again", ""):
            say("bad", _("兩次輸入的新密碼不一樣。"))
        elif new == request.form.get("password", ""):
            say("bad", _("新密碼要和目前的不一樣。"))
        elif self._knows_password():
            self._replace_password(new)
        return self._frame.go("account")

    @may("viewer")
    def log_out_everywhere(self) -> AnyResponse:
        """End every session of this person, this one too."""

        def work(tx: Transaction) -> None:
            ended = sessions.end_all(tx, g.staff.id)
            audit.record(tx, g.staff.id, "logout.everywhere", f"user:{g.staff.id}", None, {"sessions": ended})

        self._db.transaction(work)
        g.token = ""
        say("good", _("所有裝置都已登出。"))
        return self._frame.go("login")

    @may("viewer")
    def totp_form(self) -> AnyResponse:
        """A secret to take over into the telephone; it counts once a code has come back."""
        if g.staff.totp:
            return self._frame.go("account")
        return self._totp_form(self._proposed_secret())

    @may("viewer")
    def totp_on(self) -> AnyResponse:
        """The code that proves the telephone has the secret."""
        account = self._db.transaction(lambda tx: staff.get(tx, g.staff.id))
        secret = self._frame.vault.open(account.totp_secret) if account.totp_secret else None
        if account.totp or secret is None:
            return self._frame.go("totp")
        if not self._may_try():
            return self._totp_form(secret, _("嘗試次數太多，請 15 分鐘後再試。"), 429)
        step = totp.step_of(secret, request.form.get("code", ""))
        if step is None:
            return self._totp_form(secret, _("驗證碼不對，請看看手機的時間是否正確。"), 422)

        def work(tx: Transaction) -> list[str] | None:
            if not sql.totp_confirm(tx.connection, id=account.id, secret=account.totp_secret, step=step):
                return None
            audit.record(tx, account.id, "user.totp_on", f"user:{account.id}", {"on": False}, {"on": True})
            return staff.renew_recovery_codes(tx, account.id)

        codes = self._db.transaction(work)
        return self._frame.show("recovery.html", codes=codes) if codes else self._frame.go("totp")

    @may("viewer")
    def totp_off(self) -> AnyResponse:
        """No second factor any more; the password is asked for."""
        if self._knows_password():

            def work(tx: Transaction) -> None:
                if sql.totp_remove(tx.connection, id=g.staff.id):
                    sql.recovery_forget(tx.connection, user_id=g.staff.id)
                    subject = f"user:{g.staff.id}"
                    audit.record(tx, g.staff.id, "user.totp_off", subject, {"on": True}, {"on": False})

            self._db.transaction(work)
            say("good", _("兩步驟驗證已停用。"))
        return self._frame.go("account")

    @may("viewer")
    def recovery_codes(self) -> AnyResponse:
        """New recovery codes; the password is asked for."""
        if not g.staff.totp or not self._knows_password():
            return self._frame.go("account")

        def work(tx: Transaction) -> list[str]:
            audit.record(tx, g.staff.id, "user.recovery_codes", f"user:{g.staff.id}")
            return staff.renew_recovery_codes(tx, g.staff.id)

        return self._frame.show("recovery.html", codes=self._db.transaction(work))

    def _replace_password(self, password: str) -> None:
        try:
            kept = passwords.hash_password(password, g.staff.login)
        except BadPassword:
            rule = _("新密碼要 {shortest} 到 {longest} 個字元，不能包含帳號，也不能只重複幾個字。")
            say("bad", rule.format(shortest=passwords.SHORTEST, longest=passwords.LONGEST))
            return
        fresh = self._frame.guard.new_token()

        def work(tx: Transaction) -> None:
            staff.set_password(tx, g.staff.id, kept)
            sessions.start(tx, fresh, g.staff.id, "open")

        self._db.transaction(work)
        g.token = g.fresh_token = fresh
        say("good", _("密碼已更換，其他裝置都已登出。"))

    def _proposed_secret(self) -> str:
        """The secret on offer: the same until it is confirmed, so that a reload does not spoil a scan."""

        def work(tx: Transaction) -> str:
            account = staff.get(tx, g.staff.id)
            secret = self._frame.vault.open(account.totp_secret) if account.totp_secret else None
            if secret is None:
                secret = totp.new_secret()
                sql.totp_propose(tx.connection, id=g.staff.id, secret=self._frame.vault.lock(secret))
            return secret

        return self._db.transaction(work)

    def _totp_form(self, secret: str, fault: str = "", status: int = 200) -> Response:
        address = totp.address(secret, g.staff.login, self._frame.shop.name)
        picture = Markup(totp.picture(address))  # noqa: S704 - made here, of numbers only
        return self._frame.show(
            "totp.html", status, address=address, secret=secret, picture=picture, fault=fault
        )

    def _may_try(self) -> bool:
        key = self._frame.guard.digest(f"account:{g.staff.id}")
        made = self._db.transaction(lambda tx: attempts.count(tx, key))
        return made <= attempts.LOGIN_LIMIT

    def _knows_password(self) -> bool:
        """Whether the password in the form is right; says so when it is not. Attempts are limited."""
        if not self._may_try():
            say("bad", _("嘗試次數太多，請 15 分鐘後再試。"))
            return False
        account = self._db.transaction(lambda tx: staff.get(tx, g.staff.id))
        if not passwords.matches(request.form.get("password", ""), account.password_hash):
            say("bad", _("目前的密碼不對。"))
            return False
        key = self._frame.guard.digest(f"account:{g.staff.id}")
        self._db.transaction(lambda tx: attempts.forget(tx, key))
        return True
