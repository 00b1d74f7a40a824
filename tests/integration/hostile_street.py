"""The street where hostile requests are tried: the whole program, a shop with something in every drawer.

An `Attack` says what is sent, by whom, and what may come back. `Street.try_it` sends it and names whatever is
wrong with the answer, the log or, once the attack is over, the tables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from flask import Flask
from structlog.testing import capture_logs
from werkzeug.routing import Rule
from werkzeug.routing.converters import NumberConverter
from werkzeug.test import TestResponse

from admin.staff import ROLES
from store.shop import Shop
from tests.factories import scalar
from tests.integration.console_house import HASH, Browser, House, order_in, text
from tests.integration.test_console_pages import furnish
from tests.integration.test_console_refunds import paid
from tests.integration.test_limits import ACCOUNT
from tests.unit.test_settings import ENVIRONMENT as COMPLETE

KEY = "a-secret-for-tests"
LINE_SECRET = "a line secret nobody knows"
ENVIRONMENT = {
    **COMPLETE,
    **ACCOUNT,
    "SECRET_KEY": KEY,
    "PUBLIC_URL": "http://127.0.0.1:8000",
    "LINE_CHANNEL_SECRET": LINE_SECRET,
    "LINE_CHANNEL_ACCESS_TOKEN": "a line token nobody knows",
    "METRICS_TOKEN": "a metrics token nobody knows",
    "WORKER_THREADS": "0",
}
REFUSED = frozenset({400, 401, 403, 404, 405, 410, 411, 413, 414, 415, 422, 429})
SECRETS = (
    KEY,
    LINE_SECRET,
    ENVIRONMENT["LINE_CHANNEL_ACCESS_TOKEN"],
    HASH,
    ACCOUNT["SINOPAC_A1"],
    "nobody knows",
)
LEAKS = (
    "Traceback", 'File "', "psycopg2", "werkzeug", "site-packages", "SELECT ", "INSERT INTO", "DETAIL:",
    "postgresql://", "StrictUndefined", "jinja2",
)  # fmt: skip
COMPUTED = "13370301"
"""What 7*1910043 is, for whoever runs what is only to be shown."""
VOLATILE = ("staff_sessions", "login_attempts", "counters", "report_days", "catalogue_drafts")
"""Tables that looking changes: when a session was last seen, how often somebody tried, what was counted, the
file somebody has uploaded to see what it would change."""


@dataclass(frozen=True)
class Attack:
    """One hostile request. `who` is a role of the console or empty for a stranger; `token` adds the form
    token of that browser; `says` must stand in the answer or, after a redirection, on the next page."""

    group: str
    name: str
    method: str
    path: str
    who: str = ""
    data: Any = None
    content_type: str | None = None
    headers: Sequence[tuple[str, str]] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    token: bool = False
    answers: frozenset[int] = REFUSED
    says: str = ""
    keeps: bool = True
    """Nothing in the tables may have changed."""
    first: str = ""
    """SQL that makes the request possible once more."""
    look: str = ""
    """A page that shows what was kept; what is refused must then have changed nothing."""

    def __str__(self) -> str:
        return f"{self.group}: {self.method} {self.path[:70]} {self.name}"


class Street:
    """The program with a furnished shop, one browser for each role, and eyes on tables and log."""

    def __init__(self, database_url: str, app: Flask) -> None:
        self.house = House(database_url)
        self.pages = [*furnish(self.house), "/account"]
        self.house.app = self.app = app
        self.db = self.house.db
        self._stock_up()
        self.browsers = {role: self.house.browser(role or None) for role in ("", *ROLES)}
        self.seen = 0
        """How often a hostile text stood on the page where it was looked for."""
        self.tokens = {role: browser.token() for role, browser in self.browsers.items()}
        self._tables = [
            str(row[0])
            for row in self.house.run("SELECT relname FROM pg_stat_user_tables ORDER BY relname")
            if row[0] not in VOLATILE
        ]
        self._eye = self._open_eye(database_url)

    def close(self) -> None:
        """Let the database go."""
        self._eye.close()
        self.db.close()

    def _stock_up(self) -> None:
        """What `furnish` leaves out: orders in other states, a case, dead letters, somebody to be renamed."""
        sku = int(str(scalar(self.db, "SELECT min(id) FROM skus")))
        self.paid = paid(self.house, sku)
        self.shipped = order_in(self.house, sku, "shipped", "cod")
        self.house.run(
            "INSERT INTO shipments (order_id, carrier, tracking) VALUES (%s, '全家', 'A1')", self.shipped.id
        )
        self.unpaid = order_in(self.house, sku, "pending", "card")
        self.house.run("UPDATE outbox SET status = 'dead' WHERE id = (SELECT min(id) FROM outbox)")
        self.customer_id = int(str(scalar(self.db, "SELECT min(id) FROM customers")))
        self.payment = self.house.run("SELECT id, callback_key FROM payments ORDER BY id DESC LIMIT 1")[0]
        one = lambda table: str(scalar(self.db, f"SELECT coalesce(min(id), 1) FROM {table}"))  # noqa: E731
        self.values = {
            "order_id": str(self.paid.id), "case_id": one("cases"), "box": "outbox", "what": "orders",
            "name": "console.css", "product_id": one("products"), "sku_id": str(sku),
            "coupon_id": one("coupons"),
            "customer_id": str(self.customer_id), "review_id": one("reviews"), "refund_id": one("refunds"),
            "user_id": str(self.house.ids["viewer"]), "digest": "0" * 64, "key": str(self.payment[1]),
            "token": "x", "category_id": one("categories"), "broadcast_id": one("broadcasts"),
        }  # fmt: skip

    def rules(self) -> list[tuple[Rule, str]]:
        """Every route and method the program has; no list to forget one in."""
        return [
            (rule, method)
            for rule in self.app.url_map.iter_rules()
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        ]

    def path(self, rule: Rule, **values: str) -> str:
        """The address of a route, with what exists where nothing else is said."""
        return re.sub(
            r"<(?:[^:>]+:)?([^>]+)>", lambda m: values.get(m[1], self.values.get(m[1], "1")), rule.rule
        )

    @staticmethod
    def numbers(rule: Rule) -> set[str]:
        """The parameters of a route that are numbers."""
        return {name for name, way in rule._converters.items() if isinstance(way, NumberConverter)}

    def try_them(self, attacks: Sequence[Attack], at_once: int = 12) -> list[str]:
        """What is wrong with how these were taken; the tables are compared after every few of them."""
        faults, before = [], self.fingerprint()
        for start in range(0, len(attacks), at_once):
            some = attacks[start : start + at_once]
            for attack in some:
                faults += [f"{attack}: {fault}" for fault in self.try_it(attack)]
            after = self.fingerprint()
            if after != before:
                changed = [name for name in after if after[name] != before[name]]
                faults += [f"{attack}: {changed} may have changed" for attack in some if attack.keeps]
            before = after
        return faults

    def try_it(self, attack: Attack) -> list[str]:
        """What is wrong with the answer and with what the log says of it."""
        if attack.first:
            self.house.run(attack.first)
        before = self.fingerprint() if attack.look else {}
        with capture_logs() as log:
            response = self.send(attack)
            words = text(response)
        faults = answer_faults(response, words)
        if attack.look:
            faults += self._look(attack, refused=response.status_code in REFUSED, before=before)
        if response.status_code not in attack.answers:
            faults.append(f"answered {response.status_code} {' '.join(words.split())[:200]}")
        if attack.says and attack.says not in words + self._next_page(attack, response):
            faults.append(f"does not say {attack.says!r}: {' '.join(words.split())[-300:]}")
        response.close()
        return faults + log_faults(log)

    def send(self, attack: Attack) -> TestResponse:
        """The request as it stands, no part of it put right by the client."""
        data = attack.data
        if attack.token and isinstance(data, dict | None):
            data = {"_token": self.tokens[attack.who], **(data or {})}
        client = self.browsers[attack.who].client
        return client.open(
            attack.path, method=attack.method, data=data, content_type=attack.content_type,
            headers=list(attack.headers), environ_overrides=dict(attack.environ),
        )  # fmt: skip

    def _look(self, attack: Attack, *, refused: bool, before: dict[str, str]) -> list[str]:
        page = self.browsers[attack.who].client.get(attack.look)
        faults = [f"afterwards {fault}" for fault in answer_faults(page, text(page))]
        if COMPUTED in text(page):
            faults.append("afterwards a template was run")
        if refused and (after := self.fingerprint()) != before:
            faults.append(f"refused, yet {[name for name in after if after[name] != before[name]]} changed")
        self.seen += "zz" in text(page)
        return faults

    def _next_page(self, attack: Attack, response: TestResponse) -> str:
        place = response.headers.get("Location", "")
        return text(self.browsers[attack.who].client.get(place)) if place.startswith("/") else ""

    def fingerprint(self) -> dict[str, str]:
        """A digest of every row of every table that only a change changes."""
        with self._eye.cursor() as cursor:
            cursor.execute("EXECUTE look")
            (digests,) = cursor.fetchall()
        return dict(zip(self._tables, map(str, digests), strict=True))

    def _open_eye(self, database_url: str) -> psycopg2.extensions.connection:
        """A connection that has planned its one question already: it is asked a thousand times."""
        eye = psycopg2.connect(database_url)
        eye.autocommit = True
        digest = "(SELECT md5(string_agg(t::text, ',' ORDER BY t::text)) FROM {0} t) AS {0}"
        with eye.cursor() as cursor:
            parts = ", ".join(digest.format(name) for name in self._tables)
            cursor.execute(f"PREPARE look AS SELECT {parts}")
        return eye

    def details_token(self) -> str:
        """A good link to the customer's form."""
        return Shop(self.house.settings).details_links.token(self.customer_id)

    def result_token(self) -> str:
        """A good link to the page that shows how a payment went."""
        return Shop(self.house.settings).result_links.token(int(str(self.payment[0])))

    def browser(self, who: str) -> Browser:
        """The browser of a role."""
        return self.browsers[who]


def answer_faults(response: TestResponse, words: str) -> list[str]:
    """What no answer may be or hold, whatever was asked."""
    faults = [f"the answer holds {leak!r}" for leak in (*LEAKS, *SECRETS) if leak in words]
    if response.status_code >= 500:
        faults.append(f"answered {response.status_code}")
    place = urlsplit(response.headers.get("Location", ""))
    if place.netloc not in ("", "127.0.0.1:8000"):
        faults.append(f"leads to {place.netloc}")
    if any(
        name.lower() == "x-evil" or "evil" in value
        for name, value in response.headers.items()
        if name != "Location"
    ):
        faults.append(f"the headers are not the program's own: {dict(response.headers)}")
    if response.mimetype == "text/html":
        faults += [f"the page runs {what}" for what in strange_parts(response.get_data(as_text=True))]
    return faults


def log_faults(log: Sequence[Mapping[str, Any]]) -> list[str]:
    """What must not stand in the log: a failure of the program, a secret, a stack."""
    faults = []
    for entry in log:
        words = str(entry)
        if entry["log_level"] in ("error", "critical") or entry.get("exc_info"):
            faults.append(f"the log says {words[:300]}")
        faults += [f"the log holds {leak!r}" for leak in (*SECRETS, "Traceback") if leak in words]
    return faults


class _Parts(HTMLParser):
    """Finds what a page would run, load or send elsewhere that its templates do not have."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag.startswith("zz") or tag in ("script", "iframe", "object", "embed", "base"):
            self.found.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith(("on", "zz")) or name == "srcdoc":
                self.found.append(f"{tag} {name}={value!r}")
            if name in ("href", "src", "action", "formaction") and not _is_safe(value or ""):
                self.found.append(f"{tag} {name}={value!r}")


class _Forms(HTMLParser):
    """Finds the forms that change something, and the fields in which a person types."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self._page, self._action = page, ""
        self.found: set[tuple[str, str]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            changes = given.get("method", "").lower() == "post"
            self._action = urlsplit(given.get("action") or self._page).path if changes else ""
        typed = tag == "textarea" or (
            tag == "input" and given.get("type", "text") in ("text", "password", "date")
        )
        if self._action and typed and given.get("name"):
            self.found.add((self._action, given["name"]))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._action = ""


def typed_fields(path: str, page: str) -> set[tuple[str, str]]:
    """Where the forms of a page lead, and the names of the fields in which a person types."""
    forms = _Forms(path)
    forms.feed(page)
    forms.close()
    return forms.found


def _is_safe(address: str) -> bool:
    return urlsplit(address.strip()).scheme in ("", "https", "tel", "otpauth", "http")


def strange_parts(page: str) -> list[str]:
    """Elements and attributes of a page that come from data."""
    parser = _Parts()
    parser.feed(page)
    parser.close()
    return parser.found
