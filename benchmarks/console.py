"""How long the server takes for each page of the console when a million orders lie behind the shop."""

from __future__ import annotations

import secrets
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiosql
from flask import Flask
from flask.testing import FlaskClient

from admin import console, passwords, sessions, staff
from admin.labels import STATES
from benchmarks import ages
from benchmarks.machine import BenchmarkError, DatabaseServer, connected, database_server
from benchmarks.report import Report, Table, median, percentile
from settings import LineSettings, Settings
from store import metrics_page, search
from store.db import Database, Transaction
from store.shop import Shop
from store.web import TAIWAN

AIM_MS = 100.0
_BATCH = 250  # products listed in one transaction
_PLANS = (
    "-c session_preload_libraries=auto_explain -c auto_explain.log_min_duration=20"
    " -c auto_explain.log_analyze=on -c auto_explain.log_buffers=on -c client_min_messages=log"
)
"""The server tells a session the plan of whatever took 20 ms (PostgreSQL documentation, "auto_explain")."""
sql: Any = aiosql.from_path(Path(__file__).parent / "sql" / "console.sql", "psycopg2", kwargs_only=True)


def run(report: Report, *, quick: bool, plans: bool) -> None:
    """Measure and report; `plans` also prints the plans of every page over the aim."""
    orders = 20_000 if quick else 1_000_000
    rounds = 5 if quick else 40
    with database_server() as server:
        began = time.monotonic()
        url = grow(server, orders)
        print(f"a shop of {orders:,} orders was furnished in {time.monotonic() - began:.0f} s", flush=True)
        with _desk(url) as (client, _db):
            pages = _pages(orders)
            first = {name: _look(client, path) for name, path in pages.items()}
            times: defaultdict[str, list[float]] = defaultdict(list)
            for _round in range(rounds):
                for name, path in pages.items():
                    times[name].append(_look(client, path))
        slow = [name for name in pages if median(times[name]) * 1000 > AIM_MS]
        report.add(_table(orders, rounds, first, times))
        if plans and slow:
            print(_explain(url, {name: pages[name] for name in slow}), flush=True)


def grow(server: DatabaseServer, orders: int) -> str:
    """A database with everything a console shows, so many orders long; its address."""
    url = ages.grow(server, orders)
    customers = orders // ages.ORDERS_PER_CUSTOMER
    with connected(url) as conn:
        sql.unchecked(conn)
        sql.name_customers(conn, customers=customers)
        sql.name_orders(conn, orders=orders)
        sql.spread_products(conn, skus=ages.SKUS)
        sql.fill_shipments(conn)
        sql.fill_refunds(conn)
        sql.fill_reviews(conn)
        sql.fill_coupons(conn)
        sql.fill_broadcasts(conn, customers=customers)
        sql.draft_broadcast(conn)
        sql.fill_talks(conn, customers=customers)
        sql.fill_cases(conn)
        sql.fill_letters(conn)
        sql.fill_audit(conn, orders=orders)
        sql.settle_down(conn)
        products = [row[0] for row in sql.product_ids(conn)]
    db = Database(url, size=1)
    for start in range(0, len(products), _BATCH):
        db.transaction(lambda tx, some=products[start : start + _BATCH]: search.refresh(tx, some))  # type: ignore[misc]
    db.close()
    return url


@contextmanager
def _desk(url: str) -> Iterator[tuple[FlaskClient, Database]]:
    """The browser of the shop's owner, logged in, and the single connection behind it."""
    # Counting the days of a report for the first time reads years at once; nothing else may take this long.
    db = Database(url, size=1, statement_timeout=120_000)
    settings = Settings(
        database_url=url, public_url="http://127.0.0.1", secret_key=secrets.token_hex(),
        line=LineSettings(secrets=("s",), token="t"), sinopac=None, shop_name="山腳下小舖",
    )  # fmt: skip
    app = Flask("console", static_folder=None)
    app.register_blueprint(console.blueprint(db, Shop(settings), settings))
    app.register_blueprint(metrics_page.blueprint(db, ""))
    token = secrets.token_urlsafe(32)

    def work(tx: Transaction) -> None:
        kept = passwords.hash_password(secrets.token_hex())
        owner = staff.by_login(tx, "owner")
        owner_id = owner.id if owner else staff.create(tx, "owner", "店主", kept, "owner")
        sessions.start(tx, token, owner_id, "open")

    db.transaction(work)
    client = app.test_client()
    client.set_cookie("console", token)
    yield client, db
    db.close()


def _pages(orders: int) -> dict[str, str]:
    """Every page by its name; lists with each filter, on the first page and far back."""
    today = datetime.now(TAIWAN).date()
    month = f"from={today - timedelta(days=60)}&to={today - timedelta(days=30)}"
    middle, customer = orders // 2, orders // ages.ORDERS_PER_CUSTOMER // 2
    phone = f"09{customer * 7919 % 100_000_000:08}"
    names = {"a name": "王小明", "a name's beginning": "黃", "nobody's name": "鍾離", "a number": phone,
        "a number's end": phone[-3:],
             "a code": f"{middle:08X}"}  # fmt: skip
    pages = {
        "attention": "/", "orders": "/orders", "orders to ship": "/orders?state=to_ship",
        **{f"orders {state}": f"/orders?state={state}" for state in STATES},
        **{f"orders by {method}": f"/orders?method={method}" for method in ("card", "linepay", "cod",
            "mobile")},
        "orders of a month": f"/orders?{month}",
        "orders refunded by card in a month": f"/orders?state=refunded&method=card&{month}",
        **{f"orders of {name}": f"/orders?q={quote(words)}" for name, words in names.items()},
        "orders of a name, completed": f"/orders?state=completed&q={quote('王小明')}",
        "orders of a customer": f"/orders?customer={customer}",
        "orders from the middle on": f"/orders?before={middle}",
        "orders from the first on": "/orders?before=60", "order": f"/orders/{orders - 1000}",
        "order, the first": "/orders/1",
        "slips": "/orders/slips?" + "&".join(f"id={middle + n}" for n in range(50)),
        "ship": "/orders/ship?" + "&".join(f"id={orders - n}" for n in range(50)),
        "products": "/products", "products by words": f"/products?q={quote('紅玉')}",
        "products of a shelf": "/products?category=3",
        "products nearly gone": "/products?shown=low", "products not sold": "/products?shown=off",
        "product": "/products/10",
        "product, new": "/products/new", "stock of an option": "/skus/17/stock",
        "catalogue file": "/products/file",
        "customers": "/customers", "customers by name": f"/customers?q={quote('王小明')}",
        "customers nobody": f"/customers?q={quote('鍾離')}",
        "customers by number": f"/customers?q={phone[:6]}",
        "customers from the middle on": f"/customers?before={customer}",
        "customer": f"/customers/{customer}", "talk": "/customers/1/talk", "coupons": "/coupons",
        "coupon": "/coupons/7",
        "reviews": "/reviews", "reviews from the first on": "/reviews?before=60",
        **{f"report by {unit}": f"/reports?unit={unit}" for unit in ("day", "week", "month")},
        "report by month, years ago": f"/reports?unit=month&to={today - timedelta(days=400)}",
        "broadcasts": "/broadcasts", "broadcast": "/broadcasts/50", "broadcast, a draft": "/broadcasts/101",
        "broadcast, its cost": "/broadcasts/101/confirm", "categories": "/categories", "notices": "/notices",
        "users": "/users", "audit": "/audit", "audit from the first on": "/audit?before=60",
        "account": "/account",
    }  # fmt: skip
    return {**{name: f"/admin{path}" for name, path in pages.items()}, "metrics": "/metrics"}


def _look(client: FlaskClient, path: str) -> float:
    """The seconds the server takes for a page."""
    began = time.perf_counter()
    answer = client.get(path)
    took = time.perf_counter() - began
    if answer.status_code != 200:
        raise BenchmarkError(f"{path} was answered with {answer.status_code}")
    return took


def _table(orders: int, rounds: int, first: dict[str, float], times: dict[str, list[float]]) -> Table:
    table = Table(
        f"Pages of the console at {orders:,} orders: server time in ms",
        ["page", "median", "p99", "the first time", f"at most {AIM_MS:.0f} ms"],
    )
    for name, seconds in times.items():
        middle = median(seconds) * 1000
        cells = (middle, percentile(seconds, 99) * 1000, first[name] * 1000)
        table.add(name, *cells, "yes" if middle <= AIM_MS else "no")
    table.notes += [
        f"{rounds} interleaved rounds by one owner who is logged in; the network is left out",
        "the first look at a report counts the days behind it once and for all",
    ]
    return table


def _explain(url: str, pages: dict[str, str]) -> str:
    """What the server did for these pages, statement by statement, as far as it took 20 ms."""
    parts = []
    for name, path in pages.items():
        with _desk(f"{url}?options={quote(_PLANS)}") as (client, db):
            _look(client, path)
            told = db.transaction(lambda tx: list(tx.connection.notices))  # of the only connection there is
            parts.append(f"{name}: {path}\n{''.join(told)}")
    return "\n".join(parts)
