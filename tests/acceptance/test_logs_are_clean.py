"""A purchase, its trouble included, leaves nothing in the logs that names the customer or opens anything."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import requests

from dev.bank.account import Account
from tests.acceptance.test_shopping import check_out, fill_cart, uris
from tests.acceptance.town import Town, town
from tests.factories import scalar

DISPLAY_NAME = "阿芳的麵包店"
SEARCHED = "絕對不該出現在紀錄裡的字"
PERSONAL = ("王小明", "0912345678", "信義路五段7號", DISPLAY_NAME, SEARCHED)


def buy(shops: Town, user: str) -> list[str]:
    """A purchase by card; answers with the secrets that only came to be on the way."""
    shops.say(user, SEARCHED)
    fill_cart(shops, user)
    check_out(shops, user, "信用卡")
    placed = shops.wait_for_text(user, "訂單已成立", 60)
    pay_url = next(url for url in uris(placed) if url.startswith(shops.bank_url))
    order_no = str(scalar(shops.db, "SELECT provider_order_no FROM payments"))
    paid = requests.post(
        f"{shops.bank_url}/control/card/pay",
        json={"OrderNo": order_no, "result": "S", "notify": "both"},
        timeout=30,
    ).json()
    back = requests.post(paid["ReturnURL"], data=paid["form"], timeout=30, allow_redirects=False)
    result_page = back.headers["Location"]
    requests.get(result_page, timeout=30)
    shops.wait_for_text(user, "已付款", 60)
    callback_key = str(scalar(shops.db, "SELECT callback_key FROM payments"))
    tokens = [paid["form"]["PayToken"], paid["BackendPayToken"]]
    return [callback_key, *tokens, result_page.rpartition("/")[2], pay_url.rpartition("TK=")[2]]


def make_trouble(shops: Town, user: str) -> None:
    """What goes wrong on any day: strangers, forgeries, a LINE that fails, a page nobody has."""
    url = shops.shop.url
    requests.post(f"{url}/line/webhook", data=f'{{"events":[],"a":"{SEARCHED}"}}'.encode(), timeout=30)
    requests.post(f"{url}/line/webhook", data=b"{", headers={"x-line-signature": "forged-sig"}, timeout=30)
    requests.get(f"{url}/details/forged-link?name=王小明", timeout=30)
    requests.get(f"{url}/payments/result/forged-link", timeout=30)
    requests.post(f"{url}/payments/sinopac/backend/forged-link", json={"PayToken": "forged-link"}, timeout=30)
    requests.get(f"{url}/admin/login?next=/forged-link", timeout=30)
    shops.line.faults.add({"endpoint": "reply", "kind": "status", "status": 500})
    shops.line.faults.add({"endpoint": "reply", "kind": "drop"})
    shops.say(user, "購物車", 60)


def lines_of(log: str) -> list[dict[str, Any]]:
    """The structured lines; gunicorn's own are plain text."""
    return [json.loads(line) for line in log.splitlines() if line.startswith("{")]


def test_a_purchase_leaves_nothing_personal_and_no_key_in_the_logs(database_url: str, tmp_path: Path) -> None:
    extra = {
        "LOG_LEVEL": "DEBUG",
        "GUNICORN_CMD_ARGS": "--access-logfile -",
        "METRICS_TOKEN": "metrics-token",
    }
    with town(database_url, tmp_path, **extra) as shops:
        user = shops.customer(DISPLAY_NAME)
        made = buy(shops, user)
        make_trouble(shops, user)
        headers = {"Authorization": "Bearer metrics-token"}
        metrics = requests.get(f"{shops.shop.url}/metrics", headers=headers, timeout=30).text
        used = [item["replyToken"] for item in _payloads(shops) if "replyToken" in item]
        assert shops.shop.stop() == 0
        log = shops.shop.log()
        settings = [
            shops.shop.env[name]
            for name in ("SECRET_KEY", "LINE_CHANNEL_SECRET", "LINE_CHANNEL_ACCESS_TOKEN", "METRICS_TOKEN")
        ]
    account = Account()
    keys = [account.a1, account.a2, account.b1, account.b2, account.key_id]
    forbidden = [*PERSONAL, user, *made, *used, *settings, *keys, "forged-sig", "forged-link"]
    assert all(forbidden)
    assert [word for word in forbidden if word in log or json.dumps(word)[1:-1] in log] == []
    assert [word for word in forbidden if word in metrics] == []
    assert re.search(r"U[0-9a-f]{32}", log) is None
    _is_worth_reading(lines_of(log))
    _tells_how_it_went(metrics)


def _payloads(shops: Town) -> list[dict[str, Any]]:
    events = scalar(shops.db, "SELECT json_agg(payload) FROM inbox WHERE source = 'line'")
    assert isinstance(events, list)
    return events


def _is_worth_reading(lines: list[dict[str, Any]]) -> None:
    """A tap can be followed from the request that brought it to the call that answered it."""
    webhook = next(line for line in lines if line["event"] == "line_webhook" and line["new"])
    assert webhook["request"]
    cause = webhook["causes"][0]
    handled = [line for line in lines if line.get("cause") == cause]
    assert "inbox_event_done" in [line["event"] for line in handled]
    job = next(line["job"] for line in handled if line["event"] == "job_put")
    calls = [line for line in lines if line["event"] == "line_api_call" and line.get("job") == job]
    assert calls
    assert calls[-1]["request_id"]
    assert {"bank call", "callback_refused", "line_webhook_refused"} <= {line["event"] for line in lines}
    assert all({"event", "level", "timestamp"} <= set(line) for line in lines)


def _tells_how_it_went(metrics: str) -> None:
    assert 'shop_orders_last_day{method="card",status="paid"} 1.0' in metrics
    assert 'shop_http_request_seconds_count{route="/line/webhook",status="200"}' in metrics
    assert 'shop_http_request_seconds_count{route="/details/<token>",status="4' in metrics
    assert 'shop_line_call_seconds_count{endpoint="reply",status="200"}' in metrics
    assert 'shop_line_call_seconds_count{endpoint="reply",status="500"} 1.0' in metrics
    assert 'shop_bank_call_seconds_count{code="S0000",service="OrderCreate"} 1.0' in metrics
    assert 'shop_events_total{source="line"}' in metrics
