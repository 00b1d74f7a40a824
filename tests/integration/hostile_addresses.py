"""Hostile addresses and headers: what stands where a name should, and who a request claims to be."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from werkzeug.routing import Rule

from tests.integration.hostile_doors import is_console
from tests.integration.hostile_street import REFUSED, Attack, Street

TRICKS = {
    "a way up": "..", "a way up, encoded": "%2e%2e", "a way up and down": "..%2f..%2f..%2fetc%2fpasswd",
    "encoded twice": "%252e%252e%252fetc%252fpasswd", "an address of the disk": "%2fetc%2fpasswd",
    "backslashes": "..%5c..%5cwindows%5cwin.ini", "a drive": "C:%5cboot.ini",
    "overlong UTF-8": "%c0%ae%c0%ae%c0%af",
    "NUL": "1%00", "NUL and a name": "console.css%00.png", "not UTF-8": "%ff%fe",
    "4,000 characters": "A" * 4000,
    "4,500 digits": "9" * 4500, "a line break": "1%0d%0aX-Evil:%201", "SQL": "1'%20OR%20'1'='1",
    "SQL that ends it": "1;%20DROP%20TABLE%20orders;--", "markup": "%3Cscript%3Ezz()%3C%2Fscript%3E",
    "a format": "%25s%25n{0}", "a template": "{{7*7}}", "a command": "$(id)%7Cid", "a wild card": "%25",
    "a star": "*",
    "a blank": "%20", "full width": "%EF%BC%8E%EF%BC%8E", "right to left": "%E2%80%AE1",
    "a hidden file": ".env",
    "Python": "__init__.py", "the source": "..%2fconsole.py",
}  # fmt: skip
"""What stands in a route's place for a name."""
NUMBERS = {
    "nothing has it": "987654321", "zero": "0", "bigint and one": str(2**63),
    "beyond 64 bits": str(2**64 + 1),
    "400 digits": "9" * 400, "4,500 digits": "9" * 4500, "less than zero": "-1", "a fraction": "1.5",
    "an exponent": "1e3",
    "a plus": "+1", "a blank before": "%201", "hexadecimal": "0x1", "no number": "NaN",
    "endless": "Infinity", "true": "true",
    "underlined": "1_0", "another's digits": "%D9%A7%D9%A7%D9%A7%D9%A7%D9%A7%D9%A7",
    "a superscript": "%C2%B2", "null": "null",
    "two of them": "1,2", "nothing at all": "%00",
}  # fmt: skip
"""What stands in a route's place for a number."""
FILLED = {
    "reason": "x", "text": "x", "carrier": "全家", "tracking": "A1234", "sure": "1", "active": "1", "id": "1",
    "name": "x",
    "role": "viewer", "category": "x", "position": "1", "price": "1", "stock": "1", "option": "x",
    "step": "add",
    "quantity": "1", "payment": "1", "amount": "1", "key": "x", "remove": "1",
}  # fmt: skip
"""All that any of the forms asks for, so that only the address is wrong."""
QUERY = {
    **{name: quote(value) for name, value in {
        "NUL": "1\0", "markup": "\"><script>zz()</script>", "SQL": "'; DROP TABLE orders;--",
        "a wild card": "%_\\",
        "a format": "%(id)s%s{0}", "a line break": "1\r\nX-Evil: 1", "a template": "{{7*7}}",
        "invisible": "\u202e\u200b\ufeff",
        "astral": "\U0001f600" * 70, "an exponent": "1e3", "another's digits": "\u0663",
        "a superscript": "\u00b2", "a plus": "+1",
        "SQL in Chinese": "\uff07 OR 1=1", "a date that is none": "2026-02-30", "a far date": "9999-12-31",
        "an early date": "0001-01-01",
        "a week": "2026-W01-1",
    }.items()},
    "empty": "", "half a pair": "%ed%a0%80", "not UTF-8": "%ff", "less than zero": "-1", "a fraction": "1.5",
    "beyond bigint": str(2**63), "400 digits": "9" * 400, "5,000 digits": "9" * 5000,
    "9,000 characters": "x" * 9000,
    "twice": "1&{0}=2", "a list": "1&{0}[]=2", "a table": "1&{0}[a]=2", "a way up": "../../etc/passwd",
}  # fmt: skip
"""What stands in an address after the question mark."""
ASKED = {
    "/admin/orders": ("q", "state", "method", "from", "to", "customer", "before", "all"),
    "/admin/orders/slips": ("id",),
    "/admin/orders/ship": ("id",),
    "/admin/products": ("q", "category", "shown", "page"),
    "/admin/customers": ("q", "before"),
    "/admin/coupons": ("before",),
    "/admin/reviews": ("before",),
    "/admin/audit": ("before",),
    "/admin/reports": ("unit", "to"),
}
LISTS = {"/admin/orders/slips": REFUSED, "/admin/orders/ship": frozenset({303})}
"""Pages that have nothing to show of what is no order."""
HOSTS = {
    "another shop's": "evil.example", "with a port": "evil.example:443",
    "with a name before": "evil@127.0.0.1:8000",
    "empty": "", "with a path": "127.0.0.1:8000/evil", "with a quote": '127.0.0.1"><script>',
    "two": "127.0.0.1, evil.example",
    "of 64 KB": "e" * 65536, "with a port that is none": "127.0.0.1:99999999",
    "of other letters": "\u00e9vil.example",
}  # fmt: skip
CLAIMS = {
    "another host": ("X-Forwarded-Host", "evil.example"),
    "another scheme": ("X-Forwarded-Proto", "javascript"),
    "another address": ("X-Forwarded-For", "127.0.0.1, evil"),
    "a list of addresses": ("X-Forwarded-For", "a," * 5000),
    "another path": ("X-Original-URL", "/admin/users"),
    "another method": ("X-HTTP-Method-Override", "DELETE"),
    "a line in the log": ("X-Request-ID", 'x","level":"error","zz":"'),
    "a language": ("Accept-Language", "en;q=1e309,;;,zh;q=-1,*" * 200),
    "a kind": ("Accept", "../../etc/passwd"), "an encoding": ("Accept-Encoding", "gzip;q=evil"),
    "a range": ("Range", "bytes=0-,0-,0-," * 500),
    "a range that is none": ("Range", "bytes=9999999999999999999999-1"),
    "an etag": ("If-None-Match", '"' * 5000),
    "a date": ("If-Modified-Since", "Thu, 99 Foo 99999 99:99:99 GMT"),
    "basic": ("Authorization", "Basic !!!!"),
    "a bearer": ("Authorization", "Bearer \u00e9"),
    "a digest": ("Authorization", 'Digest username="' + "a" * 3000),
    "cookies": ("Cookie", "console=a; " * 2000),
    "a cookie of nonsense": ("Cookie", '=;;;="";$Version=1;console-said=%00%ff'),
    "what was said": ("Cookie",
        "console-said=W1siZ29vZCIsIjxzY3JpcHQ-Il1d.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"),
    "another origin": ("Origin", "https://evil.example"),
    "another page": ("Referer", "https://evil.example/"),
    "HTTP/2": ("Upgrade", "h2c"), "a proxy": ("Forwarded", "for=evil;host=evil.example;proto=https"),
}  # fmt: skip
NEXT = {
    "elsewhere": "https://evil.example/", "elsewhere, no scheme": "//evil.example",
    "with backslashes": "/\\evil.example",
    "a script": "javascript:zz()", "a line break": "/admin/\r\nX-Evil: 1",
    "a blank before": " https://evil.example", "a tab": "/\t/evil.example",
    "a name before": "/admin@evil.example", "out of the console": "/metrics",
    "its own log-in": "/admin/login?next=//evil.example",
}  # fmt: skip


def paths(street: Street) -> Iterator[Attack]:
    """Every route with a place for a name or a number, with each trick in that place, asked by the owner."""
    for rule, method in street.rules():
        numbers = street.numbers(rule)
        for name in sorted(rule.arguments):
            tricks = NUMBERS if name in numbers else TRICKS
            for trick, value in tricks.items():
                yield _path(street, rule, method, f"{name}: {trick}", street.path(rule, **{name: value}))


def _path(street: Street, rule: Rule, method: str, name: str, path: str) -> Attack:
    sends = method == "POST"
    # A return from the bank and a catalogue page lead somewhere even where nothing is found.
    return Attack(
        "paths", name, method, path, "owner" if is_console(rule) else "", FILLED if sends else None,
        token=sends,
        answers=REFUSED | {308},
    )  # fmt: skip


def queries(street: Street) -> Iterator[Attack]:
    """Every parameter a page reads from its address: what cannot be read is left out, and the page shown."""
    places = {path: (names, LISTS.get(path, frozenset({200}))) for path, names in ASKED.items()}
    places[f"/payments/result/{street.result_token()}"] = (("n",), frozenset({200}))
    places[f"/admin/customers/{street.customer_id}/talk"] = (("before",), frozenset({200}))
    places[f"/admin/coupons/{street.values['coupon_id']}"] = (("before",), frozenset({200}))
    for path, (names, answers) in places.items():
        for name in names:
            for trick, value in QUERY.items():
                address = f"{path}?{name}={value.replace('{0}', name)}"
                yield Attack("queries", f"{name}: {trick}", "GET", address, "owner", answers=answers | {200})


def headers(street: Street) -> Iterator[Attack]:
    """Headers that lie about host, way and sender: the page is as it would be without them."""
    shown = frozenset({200})
    links = f"/details/{street.details_token()}"
    for path, who in (("/admin/login", ""), ("/admin/", "owner"), (links, ""), ("/healthz", "")):
        for name, host in HOSTS.items():
            yield Attack(
                "headers",
                f"host {name}",
                "GET",
                path,
                who,
                environ={"HTTP_HOST": host},
                answers=shown | REFUSED | {303},
            )
        for name, (header, value) in CLAIMS.items():
            answers = shown | {206, 304, 416} | ({303} if header == "Cookie" else frozenset())
            environ = {f"HTTP_{header.upper().replace('-', '_')}": value.encode().decode("latin-1")}
            yield Attack(
                "headers",
                name,
                "GET",
                path,
                who,
                environ=environ,
                answers=answers,
            )
    for name, place in NEXT.items():
        yield Attack("headers", f"next: {name}", "GET", f"/admin/login?next={quote(place)}", answers=shown)
    for name in (
        "Basic x",
        "Bearer ",
        "Bearer wrong",
        "bearer a metrics token",
        "Bearer \u00e9",
        "Bearer a metrics token nobody knows ",
    ):
        environ = {"HTTP_AUTHORIZATION": name.encode().decode("latin-1")}
        yield Attack("headers", f"metrics for {name!r}", "GET", "/metrics", environ=environ)
