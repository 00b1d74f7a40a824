"""`GET /metrics`: how the shop does, as Prometheus reads it (its text exposition format 0.0.4).

Queues and orders are looked up when somebody asks, by queries whose work has a limit; calls and requests
are counted by the processes (`store/metrics.py`).
"""

from __future__ import annotations

import hmac
import ipaddress
import json
import time
from collections.abc import Iterator
from typing import Any

import psycopg2
from flask import Blueprint, Flask, Response, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Metric, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from store import metrics
from store.db import Database, Transaction, sql
from store.errors import StoreError
from store.metrics import BUCKETS, meter

LONGEST_QUEUE = 10_000
"""Rows of a queue that are looked at; a longer one shows as this long."""

_COUNTERS = {metrics.EVENTS: "Events taken in: taps and words from LINE, callbacks from the bank."}
_HISTOGRAMS = {
    metrics.HTTP_REQUESTS: "Requests answered, by route and status.",
    metrics.LINE_CALLS: "Calls to LINE, by endpoint and status; 0 is no answer.",
    metrics.BANK_CALLS: "Calls to the bank, by service and the bank's code.",
}


def blueprint(db: Database, token: str) -> Blueprint:
    """The page. With a `token` whoever brings it may read; without one, only this machine."""
    pages = Blueprint("metrics", __name__)

    @pages.get("/metrics")
    def page() -> Response:
        if not _may_read(token):
            return Response("there is no such page\n", 404, mimetype="text/plain")
        meter.flush()
        registry = CollectorRegistry()
        try:
            registry.register(_Found(db.transaction(_look, attempts=1)))
        except (StoreError, psycopg2.Error):
            return Response("the database is not reachable\n", 503, mimetype="text/plain")
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)

    return pages


def watch(app: Flask) -> None:
    """Count every request of the app with its route, status and time."""

    @app.before_request
    def begin() -> None:
        request.environ["shop.began"] = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        began = request.environ.get("shop.began")
        if began is not None:
            route = request.url_rule.rule if request.url_rule else "-"
            seconds = time.perf_counter() - began
            meter.time(metrics.HTTP_REQUESTS, seconds, route=route, status=str(response.status_code))
        return response


def _may_read(token: str) -> bool:
    if token:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    # Behind a proxy on this machine everybody comes from it; the proxy says for whom it asks.
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback and not forwarded
    except ValueError:
        return False


class _Found(Collector):
    """What was found, in the library's form."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        yield from self._families


def _look(tx: Transaction) -> list[Metric]:
    return [*_queues(tx), *_orders(tx), *_quota(tx), *_counted(tx)]


def _queues(tx: Transaction) -> Iterator[Metric]:
    events = list(sql.metrics_inbox(tx.connection, limit=LONGEST_QUEUE))
    jobs = list(sql.metrics_outbox(tx.connection, limit=LONGEST_QUEUE))
    dead = list(sql.metrics_dead(tx.connection, limit=LONGEST_QUEUE))
    yield _gauge(
        "shop_inbox_waiting", "Unfinished events.", ("source",), [((e.source,), e.waiting) for e in events]
    )
    yield _gauge(
        "shop_inbox_oldest_seconds",
        "How long the oldest unfinished event has waited.",
        ("source",),
        [((e.source,), e.oldest) for e in events],
    )
    yield _gauge(
        "shop_outbox_waiting",
        "Unfinished jobs: due, later, or held until the customer's next message.",
        ("kind", "state"),
        [((j.kind, j.state), j.waiting) for j in jobs],
    )
    yield _gauge(
        "shop_outbox_oldest_seconds",
        "For how long the oldest job has been due.",
        ("kind",),
        [((j.kind,), j.oldest) for j in jobs if j.state == "due"],
    )
    yield _gauge(
        "shop_dead_letters",
        "What failed for good and waits for a human.",
        ("queue", "kind"),
        [((d.queue, d.kind), d.dead) for d in dead],
    )


def _orders(tx: Transaction) -> Iterator[Metric]:
    yield _gauge(
        "shop_orders_open",
        "Orders somebody waits with, by state.",
        ("status",),
        [((row.status,), row.orders) for row in sql.metrics_open_orders(tx.connection)],
    )
    yield _gauge(
        "shop_orders_last_day",
        "Orders placed in the last 24 hours, by what has become of them.",
        ("status", "method"),
        [((row.status, row.method), row.orders) for row in sql.metrics_orders(tx.connection)],
    )
    yield _gauge(
        "shop_cases_open",
        "What needs a human.",
        ("kind",),
        [((row.kind,), row.cases) for row in sql.metrics_cases(tx.connection)],
    )


def _quota(tx: Transaction) -> Iterator[Metric]:
    known = sql.quota_now(tx.connection)
    if known.read_at is not None:
        yield _gauge("shop_line_messages_used", "Messages pushed this month.", (), [((), known.used)])
    if known.monthly is not None:
        yield _gauge("shop_line_messages_limit", "Messages of a month.", (), [((), known.monthly)])


def _counted(tx: Transaction) -> Iterator[Metric]:
    """The counters and histograms; what an older release counted and this one does not know is left out."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in sql.counters_all(tx.connection):
        found.setdefault(row.name, {}).setdefault(row.labels, {})[row.part] = row.value
    for name, words in _COUNTERS.items():
        names = _label_names(found.get(name, {}))
        counter = CounterMetricFamily(name, words, labels=names)
        for labels, parts in found.get(name, {}).items():
            counter.add_metric(list(json.loads(labels).values()), parts[""])
        yield counter
    for name, words in _HISTOGRAMS.items():
        names = _label_names(found.get(name, {}))
        histogram = HistogramMetricFamily(name, words, labels=names)
        for labels, parts in found.get(name, {}).items():
            histogram.add_metric(list(json.loads(labels).values()), _cumulated(parts), parts.get("sum", 0.0))
        yield histogram


def _label_names(found: dict[str, Any]) -> list[str]:
    return list(json.loads(next(iter(found), "{}")))


def _cumulated(parts: dict[str, float]) -> list[tuple[str, float]]:
    total, buckets = 0.0, []
    for bound in (*map(str, BUCKETS), "+Inf"):
        total += parts.get(bound, 0.0)
        buckets.append((bound, total))
    return buckets


def _gauge(name: str, words: str, labels: tuple[str, ...], values: list[tuple[Any, float]]) -> Metric:
    gauge = GaugeMetricFamily(name, words, labels=labels)
    for of, value in values:
        gauge.add_metric(of, value)
    return gauge
