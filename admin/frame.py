"""The frame of every page: who is there, what was just said, where one can go, in which language."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import Response, g, redirect, request, url_for
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from werkzeug.wrappers import Response as AnyResponse

from admin import labels, words
from admin.errors import BadInput
from admin.navigation import entries_for
from admin.security import Guard
from admin.sessions import Staff
from admin.totp import Vault
from admin.words import _
from settings import Settings
from store import web
from store.db import Database
from store.delivery_details import tidy
from store.shop import Shop

if TYPE_CHECKING:
    from store.object_storage import Storage

HERE = Path(__file__).resolve().parent


class Frame:
    """What the rooms of the console share: database, shop, pictures' storage, and the way to show a page.

    In a template: `_(text)` speaks the reader's language; `money`, `moment`, `state`, `method` and `kind` are
    filters; `staff`, `form_token`, `said` and `places` are set on every page.
    """

    def __init__(self, db: Database, shop: Shop, settings: Settings, storage: Storage | None = None) -> None:
        self.db, self.shop, self.storage = db, shop, storage
        self.guard = Guard(settings.public_url, settings.secret_key)
        self.vault = Vault(settings.secret_key, settings.old_secret_keys)
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            _=_, place=words.place, language=words.language, url_for=url_for, shop_name=shop.name, can=can
        )
        self._templates.filters.update(
            money=web.money, moment=moment, state=labels.state, method=labels.method, kind=labels.case_kind
        )

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page; what was said before is said on it once."""
        if not g.token:
            g.token = g.fresh_token = self.guard.new_token()
        staff: Staff | None = g.get("staff")
        page = self._templates.get_template(template).render(
            staff=staff,
            form_token=self.guard.form_token(g.token),
            said=[*self.guard.said(request), *g.said],
            places=entries_for(staff.role) if staff else [],
            **values,
        )
        g.said = []
        response = Response(page, status, mimetype="text/html")
        self.guard.forget_said(request, response)
        return response

    def tell(self, status: int, title: str, sentence: str) -> Response:
        """A page that only says something."""
        return self.show("message.html", status, title=title, sentence=sentence)

    def go(self, endpoint: str, **values: Any) -> AnyResponse:
        """To another page, after a form was taken in."""
        return redirect(url_for(f"console.{endpoint}", **values), code=303)


def say(tone: str, sentence: str) -> None:
    """Say a sentence on the page that comes next; `tone` is good, bad or plain."""
    g.said.append((tone, sentence))


def can(role: str) -> bool:
    """Whether the person at this page may what this role may; for buttons, routes check for themselves."""
    return labels.rank(g.staff.role) >= labels.rank(role)


def field(name: str, longest: int) -> str:
    """A field of the form, without the white space around it; empty where there is nothing to see.

    Raises `BadInput` when it is too long.
    """
    value = request.form.get(name, "").strip()
    if len(value) > longest:
        raise BadInput(_("「{name}」最多 {longest} 個字。").format(name=labels.field(name), longest=longest))
    return value if tidy(value) else ""


def moment(time: datetime) -> str:
    """A point in time as the people of Taiwan read it, with the year where it is another one."""
    local = time.astimezone(web.TAIWAN)
    year = "" if local.year == datetime.now(web.TAIWAN).year else f"{local.year}/"
    return f"{year}{local.month}/{local.day} {local:%H:%M}"
