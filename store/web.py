"""What all pages for customers have in common: one shell, safe headers, two languages.

The pages work without JavaScript and load nothing but the shop's own style sheet.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg2
import structlog
from flask import Blueprint, Response, request
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from store.errors import StoreError
from store.logs import describe

log = structlog.get_logger(__name__)
Say = Callable[[str, str], str]

TAIWAN = timezone(timedelta(hours=8))  # no summer time since 1979
TROUBLE = (StoreError, psycopg2.OperationalError, psycopg2.InterfaceError)
"""What a database raises that is away or busy; it passes."""
SHELL_FOLDER = Path(__file__).resolve().parent / "templates"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Pages:
    """Shows the templates in `folder` inside the common shell, under the name of the shop.

    In a template, `say(chinese, english)` picks the language; `money` and `moment` are filters.
    """

    def __init__(self, folder: Path, shop_name: str) -> None:
        self._templates = Environment(
            loader=FileSystemLoader([folder, SHELL_FOLDER]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["shop_name"] = shop_name
        self._templates.filters["money"] = money

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        """The page in the language the browser asks for."""
        say = speech()
        words = self._templates.get_template(template).render(
            say=say, moment=lambda time: moment(time, say), **values
        )
        return Response(words, status, mimetype="text/html")

    def tell(
        self, title: str, words: str, status: int, *, chat_url: str = "", retry_after: int | None = None
    ) -> Response:
        """A page that only says something, with a way back to the chat when there is one."""
        response = self.show("message.html", status, title=title, words=words, chat_url=chat_url)
        if retry_after is not None:
            response.headers["Retry-After"] = str(retry_after)
        return response

    def keep(self, blueprint: Blueprint) -> None:
        """Give every answer of the blueprint safe headers, and a kind page when the database is away."""
        blueprint.after_request(secure)
        for trouble in TROUBLE:
            blueprint.register_error_handler(trouble, self.busy)

    def busy(self, error: Exception) -> Response:
        """The page for when the database is away; what went wrong is logged."""
        log.error("page_failed", endpoint=request.endpoint, error=describe(error))
        say = speech()
        return self.tell(
            say("店裡有點忙", "We are a little busy"),
            say("請稍等一下再試一次，資料不會重複。", "Please try again in a moment; nothing is done twice."),
            503,
            retry_after=5,
        )


def secure(response: Response) -> Response:
    """Headers that keep a page out of caches, frames and referrers, unless it has set its own."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def language() -> str:
    """`en` for a browser that ranks English above Chinese, else `zh-TW`."""
    best = {"zh": 0.0, "en": 0.0}
    for tag, quality in request.accept_languages:
        tongue = tag.partition("-")[0].lower()
        if tongue in best:
            best[tongue] = max(best[tongue], quality)
    return "en" if best["en"] > best["zh"] else "zh-TW"


def speech() -> Say:
    """Picks, of a Chinese and an English text, the one in the language of the browser."""
    english = language() == "en"
    return lambda chinese, other: other if english else chinese


def money(amount: int) -> str:
    """An amount of TWD: NT$1,680; what went out is −NT$1,680."""
    return f"{'−' if amount < 0 else ''}NT${abs(amount):,}"


def moment(time: datetime, say: Say) -> str:
    """A point in time as the people of Taiwan read it: 11/23（一）23:59."""
    local = time.astimezone(TAIWAN)
    weekday = "一二三四五六日"[local.weekday()]
    return say(
        f"{local.month}/{local.day}（{weekday}）{local:%H:%M}", f"{local:%a, %b} {local.day}, {local:%H:%M}"
    )
