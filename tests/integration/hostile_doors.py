"""Hostile requests at the doors: who may not come in, what is not signed or not addressed right."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from werkzeug.routing import Rule

from admin import sessions
from admin.roles import rule_of
from tests.integration.hostile_street import KEY, LINE_SECRET, REFUSED, Attack, Street
from tests.integration.test_console_roles import RANK

NOT_A_FORM = "這張表單已經失效"
GONE = "這個連結已經失效"
OTHER_METHODS = ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "FOO")
LARGEST = 1 << 20


def is_console(rule: Rule) -> bool:
    """Whether the route belongs to the merchant's console."""
    return rule.rule.startswith("/admin")


def roles(street: Street) -> Iterator[Attack]:
    """Every role that may not, at every route of the console, with a form token of its own."""
    for rule, method in street.rules():
        if not is_console(rule):
            continue
        for who in RANK[: RANK.index(lowest_of(street, rule))]:
            role, answers = ("", {303}) if who == "anybody" else (who, {403})
            yield Attack(
                "roles", f"as {who}", method, street.path(rule), role, {} if method == "POST" else None,
                token=method == "POST", answers=frozenset(answers),
                says="登入後台" if who == "anybody" else "您的帳號不能做這件事",
            )  # fmt: skip


def lowest_of(street: Street, rule: Rule) -> str:
    """The lowest role that may; what says nothing is for nobody, and so for the highest."""
    found = rule_of(street.app.view_functions[rule.endpoint])
    return (found.role or "anybody") if found else RANK[-1]


def form_tokens(street: Street) -> Iterator[Attack]:
    """Every form of the console, sent by the owner's browser without the token that is the owner's."""
    bad = {
        "no token": None,
        "an empty token": "",
        "another person's token": street.tokens["staff"],
        "a token with a character more": street.tokens["owner"] + "0",
        "a token in capitals": street.tokens["owner"].upper(),
        "a token of other letters": "é" * 64,
    }
    for rule, method in street.rules():
        if is_console(rule) and method == "POST":
            for name, token in bad.items():
                data = {} if token is None else {"_token": token}
                yield Attack("form tokens", name, "POST", street.path(rule), "owner", data, says=NOT_A_FORM)


def cookies(street: Street) -> Iterator[Attack]:
    """Cookies of sessions that are none, were one, or are not one yet."""
    owner, house = street.house.ids["owner"], street.house
    half, old, idle, gone = (letter * 43 for letter in "hoig")

    def begin(token: str, stage: str) -> None:
        house.db.transaction(lambda tx: sessions.start(tx, token, owner, stage))

    for token, stage in ((half, "code"), (old, "open"), (idle, "open"), (gone, "open")):
        begin(token, stage)
    for token, column in ((old, "expires_at"), (idle, "last_seen_at")):
        house.run(
            f"UPDATE staff_sessions SET {column} = now() - interval '3 hours' WHERE id = sha256(%s)",
            token.encode(),
        )
    house.run("DELETE FROM staff_sessions WHERE id = sha256(%s)", gone.encode())
    tokens = {
        "with the second factor missing": half, "over for good": old, "idle too long": idle,
        "logged out": gone,
        "guessed": "A" * 43, "empty": "", "too short": "A" * 42, "too long": "A" * 44,
        "of 64 KB": "A" * 65536,
        "of other letters": "\u00e9" * 43, "a hash": "0" * 64, "SQL": "' OR 1=1 --".ljust(43, "x"),
    }  # fmt: skip
    for name, token in tokens.items():
        header = f"console={token}".encode().decode("latin-1")
        for path in ("/admin/", "/admin/orders", "/admin/audit"):
            yield Attack(
                "cookies",
                name,
                "GET",
                path,
                headers=[("Cookie", header)],
                answers=frozenset({303}),
                says="登入後台",
            )


def links(street: Street) -> Iterator[Attack]:
    """Signed links that were changed, are too old, belong to another page or are about nothing."""
    subject = {"details": street.customer_id, "result": int(str(street.payment[0]))}
    places = {
        "details": [("GET", "/details/{}"), ("POST", "/details/{}"), ("GET", "/details/{}/saved")],
        "result": [("GET", "/payments/result/{}")],
    }
    for purpose, other in (("details", "result"), ("result", "details")):
        good = _signed(purpose, subject[purpose])
        body, at, signature = good.split(".")
        with patch.object(TimestampSigner, "get_timestamp", lambda _self: 1_000_000_000):
            old = _signed(purpose, subject[purpose])
        bad = {
            "too old": old, "of another page": _signed(other, subject[purpose]),
            "signed with another key": _signed(purpose, subject[purpose], "another key"),
            "signed with no key": f"{body}.{at}.", "without a signature": f"{body}.{at}",
            "with another's body": f"{_body(subject[purpose] + 1)}.{at}.{signature}",
            "with another time": f"{body}.AAAAAA.{signature}", "cut off": good[:-1],
            "made longer": good + "A",
            "in capitals": good.upper(), "twice": f"{good}.{good}", "only dots": "...", "a dot": "%2E",
            "a blank": "%20",
            "NUL": "%00", "not UTF-8": "%ff%fe", "a path": "..%2f..%2fadmin", "of 8 KB": "A" * 8192,
            "rebound": body,
        }  # fmt: skip
        nobody: dict[str, Any] = {
            "true": True, "a text": "1", "a fraction": 1.5, "nothing": None, "a list": [1],
            "a table": {"id": 1},
            "zero": 0, "less than zero": -1, "beyond bigint": 2**63, "far beyond": 10**400,
        }  # fmt: skip
        bad |= {f"signed, about {name}": _signed(purpose, value) for name, value in nobody.items()}
        for name, token in bad.items():
            for method, path in places[purpose]:
                data = {"name": "王小明"} if method == "POST" else None
                yield Attack("links", name, method, path.format(token), data=data, says=_gone(token))
    for path in (
        "/details",
        "/details?token=",
        "/details?liff.state=%3Ftoken%3D",
        "/details?liff.state=%00%ff&token=%00",
    ):
        yield Attack("links", "that name nobody", "GET", path, answers=REFUSED | {303})


def _signed(purpose: str, subject: Any, key: str = KEY) -> str:
    return str(URLSafeTimedSerializer(key, salt=f"link:{purpose}").dumps(subject))


def _body(subject: int) -> str:
    return _signed("x", subject).partition(".")[0]


def _gone(token: str) -> str:
    return (
        "" if "%2f" in token or "%2E" in token else GONE
    )  # no route takes a slash, and a dot leads elsewhere


def line_webhook(street: Street) -> Iterator[Attack]:
    """What LINE did not sign, or what is signed and no webhook."""
    body = json.dumps({"destination": "U", "events": [{"type": "follow", "webhookEventId": "evil"}]}).encode()
    good = _line_signature(body)
    signatures = {
        "no signature": None, "empty": "", "a blank": " ",
        "of another secret": _line_signature(body, "other"),
        "of another body": _line_signature(body + b" "), "in hexadecimal": base64.b64decode(good).hex(),
        "cut off": good[:-2], "made longer": good + "=", "in small letters": good.lower(),
        "with a prefix": "sha256=" + good,
        "twice": f"{good},{good}", "not base64": "!!!!", "other letters": "\u00e9" * 44,
        "of 64 KB": "A" * 65536,
        "of nothing": _line_signature(b""),
    }  # fmt: skip
    for name, signature in signatures.items():
        headers = [] if signature is None else [("x-line-signature", signature)]
        yield _to_line(f"signature: {name}", body, headers)
    bodies = {
        "empty": b"", "no JSON": b"{", "a list": b"[]", "a text": b'"events"', "null": b"null",
        "a number": b"1e999",
        "no events": b'{"destination":"U"}', "events that are a table": b'{"events":{}}',
        "events null": b'{"events":null}',
        "events that are a text": b'{"events":"[]"}', "not UTF-8": b'{"events":"\xff\xfe"}',
        "UTF-16": '{"events":1}'.encode("utf-16"),
        "nested deeply": b"[" * 200_000, "a form": b"events=%5B%5D", "XML": b"<?xml version='1.0'?><events/>",
        "NUL": b"\x00" * 64, "beyond the limit": b'{"events":[' + b" " * (1 << 20) + b"]}",
        "a number of 10,000 digits": b"9" * 10_000,
    }  # fmt: skip
    for name, content in bodies.items():
        yield _to_line(f"signed: {name}", content, [("x-line-signature", _line_signature(content))])


def _line_signature(body: bytes, secret: str = LINE_SECRET) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def _to_line(name: str, body: bytes, headers: list[tuple[str, str]]) -> Attack:
    return Attack(
        "LINE webhook", name, "POST", "/line/webhook", data=body, content_type="application/json",
        headers=headers,
        answers=frozenset({400}),
    )  # fmt: skip


def bank_callbacks(street: Street) -> Iterator[Attack]:
    """Callbacks nobody at the bank would send: nothing of them is kept."""
    key, shop_no = str(street.payment[1]), "NA0000_001"
    token = {"ShopNo": shop_no, "PayToken": "a" * 20}
    fields: dict[str, Any] = {
        "no token": {"ShopNo": shop_no}, "no shop": {"PayToken": "abc"},
        "another shop": {**token, "ShopNo": "NA9999_001"},
        "an empty token": {**token, "PayToken": ""}, "a token with a blank": {**token, "PayToken": "a b"},
        "a token that is a number": {**token, "PayToken": 5},
        "a list of tokens": {**token, "PayToken": ["abc"]},
        "a token of 101": {**token, "PayToken": "a" * 101},
        "a token with NUL": {**token, "PayToken": "a\x00b"},
        "other letters": {**token, "PayToken": "\u00e9\u4e00"},
        "SQL": {**token, "PayToken": "a'; DROP TABLE orders;--"},
        "a path": {**token, "PayToken": "../../x"}, "markup": {**token, "PayToken": "<script>"},
        "a shop that is null": {**token, "ShopNo": None},
    }  # fmt: skip
    for name, body in fields.items():
        yield _to_bank("backend", name, key, json.dumps(body).encode())
        yield _to_bank("return", name, key, {n: v for n, v in body.items() if isinstance(v, str)})
    raw = {
        "no JSON": b"{", "a list": b"[]", "null": b"null", "empty": b"", "nested deeply": b"[" * 100_000,
        "not UTF-8": b"\xff\xfe",
        "a form": b"ShopNo=x&PayToken=y", "XML": b"<x/>", "a number of 10,000 digits": b"9" * 10_000,
        "17 KB": b" " * 17_000,
    }  # fmt: skip
    for name, content in raw.items():
        yield _to_bank("backend", name, key, content)
    for name, wrong in {
        "another": "x" * 32,
        "with NUL": "a%00b",
        "not UTF-8": "%ff",
        "of 8 KB": "A" * 8192,
        "SQL": "'%20OR%201=1--",
    }.items():
        yield _to_bank("backend", f"key: {name}", wrong, json.dumps(token).encode())
        yield _to_bank("return", f"key: {name}", wrong, token)


def _to_bank(place: str, name: str, key: str, data: Any) -> Attack:
    kind = "application/json" if place == "backend" else "application/x-www-form-urlencoded"
    # A browser that comes back from the bank is led to its result page, whatever it brings.
    answers = REFUSED | ({303} if place == "return" else set())
    return Attack(
        "bank callbacks",
        name,
        "POST",
        f"/payments/sinopac/{place}/{key}",
        data=data,
        content_type=kind,
        answers=answers,
    )


def bodies(street: Street) -> Iterator[Attack]:
    """A body of one byte more than the route takes, for every route that takes one."""
    for rule, method in street.rules():
        if method != "POST":
            continue
        found = rule_of(street.app.view_functions[rule.endpoint])
        size = (found.largest_body if found else LARGEST) + 1
        answers = frozenset(
            {400} if rule.rule == "/line/webhook" else {410} if "details" in rule.rule else {413}
        )
        says = "內容太長了" if found else ""
        for kind in (
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            "application/json",
        ):
            # What is no form has no form token, and is refused for that before it is read.
            refused = answers | ({400} if found and "json" in kind else set())
            yield Attack(
                "bodies", f"{size:,} bytes of {kind.partition(';')[0]}", "POST", street.path(rule),
                "owner" if found else "",
                b"a=" + b"x" * size, kind, answers=refused, says="" if "json" in kind else says,
            )  # fmt: skip


def methods(street: Street) -> Iterator[Attack]:
    """Methods no route has, at every address."""
    seen = {}
    for rule, method in street.rules():
        seen.setdefault(street.path(rule), set()).add(method)
    for path, known in seen.items():
        for method in (*OTHER_METHODS, "POST"):
            if method not in known:
                answers = frozenset({405} if path.startswith("/admin") or method != "TRACE" else {405, 501})
                yield Attack("methods", "", method, path, "owner", b"x=1", "text/plain", answers=answers)
