"""`/metrics`: what it tells, to whom, and how the counts of several processes come together."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from store import metrics, metrics_page
from store.db import Database
from store.metrics import Meter, meter
from store.queue import inbox, outbox
from store.queue.inbox import Arrival
from tests.factories import placed_order, scalar, stock_up

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    meter.bind(database)
    yield database
    meter.bind(database)
    database.close()


def app_of(db: Database, token: str = "") -> Flask:
    app = Flask("shop")
    metrics_page.watch(app)
    app.register_blueprint(metrics_page.blueprint(db, token))
    return app


def read(db: Database) -> Samples:
    answer = app_of(db).test_client().get("/metrics")
    assert answer.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((name, frozenset(labels.items())))


def test_a_new_shop_has_metrics_too(db: Database) -> None:
    assert value(read(db), "shop_dead_letters") is None


def test_queues_are_told_by_source_and_kind_with_depth_and_age(db: Database) -> None:
    db.transaction(lambda tx: inbox.store(tx, "line", [Arrival("a", "x", {}), Arrival("b", "x", {})]))
    db.transaction(lambda tx: outbox.put(tx, "line.message", {}))
    db.transaction(lambda tx: outbox.put(tx, "order.expire", {}, delay_seconds=600))
    db.transaction(lambda tx: outbox.put(tx, "notice", {}, lane="held:7", delay_seconds=600))
    scalar(db, "UPDATE inbox SET received_at = now() - interval '40 s' WHERE event_key = 'a' RETURNING 1")
    scalar(db, "UPDATE inbox SET status = 'dead' WHERE event_key = 'b' RETURNING 1")
    found = read(db)
    assert value(found, "shop_inbox_waiting", source="line") == 1
    assert value(found, "shop_inbox_oldest_seconds", source="line") == pytest.approx(40, abs=5)
    assert value(found, "shop_outbox_waiting", kind="line.message", state="due") == 1
    assert value(found, "shop_outbox_waiting", kind="order.expire", state="later") == 1
    assert value(found, "shop_outbox_waiting", kind="notice", state="held") == 1
    assert value(found, "shop_outbox_oldest_seconds", kind="line.message") == pytest.approx(0, abs=5)
    assert value(found, "shop_outbox_oldest_seconds", kind="order.expire") is None
    assert value(found, "shop_dead_letters", queue="inbox", kind="line") == 1
    assert value(found, "shop_events_total", source="line") == 2


def test_orders_are_told_by_what_has_become_of_them(db: Database) -> None:
    sku = stock_up(db)[0]
    placed_order(db, {sku.id: 1})
    cancelled = placed_order(db, {sku.id: 1}, method="atm")
    scalar(db, "UPDATE orders SET status = 'cancelled' WHERE id = %s RETURNING 1", cancelled.id)
    found = read(db)
    assert value(found, "shop_orders_open", status="pending") == 1
    assert value(found, "shop_orders_last_day", status="pending", method="card") == 1
    assert value(found, "shop_orders_last_day", status="cancelled", method="atm") == 1


def test_requests_are_counted_by_route_and_never_by_path(db: Database) -> None:
    app = app_of(db)

    @app.get("/pages/<token>")
    def page(token: str) -> str:
        return token

    client = app.test_client()
    client.get("/pages/very-secret")
    client.get("/nothing-here/very-secret")
    text = client.get("/metrics").text
    assert 'shop_http_request_seconds_count{route="/pages/<token>",status="200"} 1.0' in text
    assert 'shop_http_request_seconds_count{route="-",status="404"} 1.0' in text
    assert "very-secret" not in text


def test_processes_add_their_counts_and_take_none_along_when_they_end(db: Database) -> None:
    meters = [Meter() for _ in range(4)]
    for one in meters:
        one.bind(db)
        one.start()

    def work(one: Meter) -> None:
        for _ in range(50):
            one.time(metrics.BANK_CALLS, 0.3, service="OrderQuery", code="S0000")
            one.time(metrics.BANK_CALLS, 20.0, service="OrderQuery", code="BankTemporaryError")
            one.flush()

    threads = [threading.Thread(target=work, args=(one,)) for one in meters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    meters[0].time(metrics.BANK_CALLS, 0.01, service="OrderQuery", code="S0000")
    for one in meters:
        one.stop()
    found = read(db)
    name, labels = "shop_bank_call_seconds", {"service": "OrderQuery", "code": "S0000"}
    assert value(found, f"{name}_count", **labels) == 201
    assert value(found, f"{name}_sum", **labels) == pytest.approx(200 * 0.3 + 0.01)
    assert value(found, f"{name}_bucket", le="0.01", **labels) == 1
    assert value(found, f"{name}_bucket", le="0.25", **labels) == 1
    assert value(found, f"{name}_bucket", le="0.5", **labels) == 201
    silent = {"service": "OrderQuery", "code": "BankTemporaryError"}
    assert value(found, f"{name}_bucket", le="15.0", **silent) == 0
    assert value(found, f"{name}_bucket", le="+Inf", **silent) == 200


def test_counts_wait_while_the_database_is_away(db: Database) -> None:
    one = Meter()
    one.bind(Database("postgresql://nobody@127.0.0.1:9/nothing"))
    one.count(metrics.EVENTS, 3, source="line")
    one.flush()
    one._db = db
    one.flush()
    assert value(read(db), "shop_events_total", source="line") == 3


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "right"}, {"Authorization": "Bearer r\xefght"}],
)
def test_with_a_token_nobody_reads_without_it(db: Database, headers: dict[str, str]) -> None:
    client = app_of(db, token="right").test_client()
    assert client.get("/metrics", headers=headers).status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer right"}).status_code == 200


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.1.2.3", {}, 404),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 404),
        ("", {}, 404),
    ],
)
def test_without_a_token_only_this_machine_reads(
    db: Database, address: str, headers: dict[str, str], status: int
) -> None:
    client = app_of(db).test_client()
    answer = client.get("/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == status


def test_a_database_that_is_away_is_said(db: Database) -> None:
    away = Database("postgresql://nobody@127.0.0.1:9/nothing")
    meter.bind(away)
    assert app_of(away).test_client().get("/metrics").status_code == 503
