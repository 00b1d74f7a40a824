"""The people of the console, for the owner: added, given another role, shut out, let back in."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from admin import audit, labels, passwords, sessions, staff
from admin.errors import BadInput, LoginTaken
from admin.fields import one_of
from admin.frame import Frame, field, say
from admin.roles import may
from admin.words import _
from store.db import Transaction, sql
from store.delivery_details import tidy
from store.text import storable

LOGIN_LENGTH = 64
_ALPHABET = "abcdefghjkmnpqrtuvwxy346789"
_GROUPS = 4


class Desk:
    """`/admin/users` and below."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        room.add_url_rule("/users", "users", self.listed, methods=["GET"])
        room.add_url_rule("/users", "create_user", self.create, methods=["POST"])
        room.add_url_rule("/users/<int:user_id>", "edit_user", self.edit, methods=["POST"])
        room.add_url_rule("/users/<int:user_id>/reset", "reset_user", self.reset, methods=["POST"])

    @may("owner")
    def listed(self) -> Response:
        """Everybody, those who may come in first."""
        rows = self._db.transaction(lambda tx: list(sql.staff_list(tx.connection)))
        return self._frame.show("users.html", rows=rows, roles=staff.ROLES, labels=labels)

    @may("owner")
    def create(self) -> AnyResponse:
        """Somebody new, with a password that is good for the first log-in."""
        login, name = field("login", LOGIN_LENGTH), _name()
        role = one_of("role", staff.ROLES)
        try:
            kept = staff.check_login(login)
        except BadInput as error:
            sentence = _("帳號要 2 到 64 個英文小寫、數字或 . _ @ -，開頭是英文或數字。")
            raise BadInput(sentence) from error
        password = new_password()
        hashed = passwords.hash_password(password, kept)

        def work(tx: Transaction) -> None:
            user_id = staff.create(tx, kept, name, hashed, role, by=g.staff.id)
            sql.staff_password_once(tx.connection, id=user_id, once=True)

        try:
            self._db.transaction(work)
        except LoginTaken as error:
            raise BadInput(_("這個帳號已經有人用了。")) from error
        return self._frame.show("user_password.html", login=kept, password=password)

    @may("owner")
    def edit(self, user_id: int) -> AnyResponse:
        """Another name or role, or shut out. Somebody who owns the shop must stay."""
        after = {
            "name": _name(),
            "role": one_of("role", staff.ROLES),
            "active": request.form.get("active") == "1",
        }

        def work(tx: Transaction) -> None:
            owners = [row.id for row in sql.staff_lock_owners(tx.connection)]
            user = _find(tx, user_id)
            if owners == [user_id] and not (after["role"] == "owner" and after["active"]):
                raise BadInput(_("至少要有一位店主可以登入，沒有變更。"))
            before = {name: getattr(user, name) for name in after}
            if before == after:
                return
            sql.staff_edit(tx.connection, id=user_id, **after)
            if not after["active"] or after["role"] != before["role"]:
                sessions.end_all(tx, user_id)
            audit.record(tx, g.staff.id, "user.edit", f"user:{user_id}", before, after)

        self._db.transaction(work)
        say("good", _("已儲存。"))
        return self._frame.go("users")

    @may("owner")
    def reset(self, user_id: int) -> AnyResponse:
        """A one-time password for somebody who cannot get in; second factor and sessions are gone."""
        password = new_password()

        def work(tx: Transaction) -> str:
            user = _find(tx, user_id)
            if not user.active:
                raise BadInput(_("這個帳號已停用，請先啟用。"))
            staff.reset(tx, user.login, passwords.hash_password(password, user.login), by=g.staff.id)
            sql.staff_password_once(tx.connection, id=user_id, once=True)
            return str(user.login)

        if user_id == g.staff.id:
            raise BadInput(_("自己的密碼請到「我的帳號」更換。"))
        login = self._db.transaction(work)
        return self._frame.show("user_password.html", login=login, password=password)


def new_password() -> str:
    """A password for one log-in, about 76 random bits, easy to read out."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _letter in range(4)) for _group in range(_GROUPS))


def _name() -> str:
    name = tidy(storable(field("name", staff.NAME_LENGTH)))
    if not name:
        raise BadInput(_("請填寫「{name}」。").format(name=labels.field("name")))
    return name


def _find(tx: Transaction, user_id: int) -> Any:
    user = sql.staff_lock(tx.connection, id=user_id) if user_id < 2**63 else None
    if user is None:
        raise NotFound
    return user
