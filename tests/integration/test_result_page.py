from __future__ import annotations

import html
import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psycopg2
import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from werkzeug.test import TestResponse

from payments import result_page
from payments.result_words import WORDS, Stage
from settings import LineSettings, Settings
from store import customers, orders
from store.db import Database
from store.links import Links
from store.orders import Charge
from store.queue import inbox, outbox
from store.shop import Shop

KEY = "a-secret-for-tests"
CHAT = "https://line.me/R/oaMessage/@shop/?{text}"
PAID_AT = datetime(2026, 11, 23, 15, 59, tzinfo=UTC)
UNTIL = datetime(2099, 11, 23, 15, 59, tzinfo=UTC)
DETAILS = ("王小明", "0912345678", "台北市大安區和平東路一段 1 號")


class Till:
    """An application with nothing but the result page, its database, and one customer's order."""

    def __init__(self, database_url: str, chat_url: str = CHAT) -> None:
        self.url = database_url
        self.db = Database(database_url)
        self.shop = Shop(
            Settings(
                database_url=database_url,
                public_url="https://shop.example",
                secret_key=KEY,
                line=LineSettings(secrets=("s",), token="t", chat_url=chat_url),
                sinopac=None,
                shop_name="山月茶行",
            )
        )
        app = Flask("result", static_folder=None)
        app.register_blueprint(result_page.blueprint(self.db, self.shop))
        self.client: FlaskClient = app.test_client()
        self.customer_id = self.db.transaction(lambda tx: customers.meet(tx, "U" + "2b" * 16)).id
        self.order_id = self._order()

    def _order(self) -> int:
        cart_id = self.run(
            "INSERT INTO carts (customer_id, status) VALUES (%s, 'ordered') RETURNING id", self.customer_id
        )
        return self.run(
            "INSERT INTO orders (code, customer_id, cart_id, status, payment_method, subtotal, shipping_fee,"
            " total, recipient_name, phone, address, expires_at)"
            " VALUES ('K7XQ2M9P', %s, %s, 'pending', 'card', 980, 80, 1060, %s, %s, %s, %s) RETURNING id",
            self.customer_id, cart_id, *DETAILS, UNTIL,
        )  # fmt: skip

    def payment(
        self, status: str = "waiting", method: str = "card", error: str = "", amount: int = 1060
    ) -> int:
        account = "99922530174617" if method == "atm" else None
        return self.run(
            "INSERT INTO payments (order_id, attempt, provider, method, amount, status, provider_order_no,"
            " callback_key, pay_url, account_no, expires_at, last_error)"
            " SELECT %s, 1 + count(*), 'sinopac', %s, %s, %s, %s, %s, %s, %s, %s, %s FROM payments"
            " RETURNING id",
            self.order_id, method, amount, status, secrets.token_hex(8), secrets.token_hex(8),
            None if account else "https://bank.example/pay", account, UNTIL, error,
        )  # fmt: skip

    def order_is(self, status: str) -> None:
        self.run("UPDATE orders SET status = %s WHERE id = %s RETURNING id", status, self.order_id)

    def receive(self, payment_id: int, amount: int = 1060, reference: str = "NA024900000210") -> None:
        """Money arrives as it does in the shop: through `orders.settle`."""
        charge = Charge(reference, amount, PAID_AT)
        self.db.transaction(lambda tx: orders.settle(tx, self.order_id, payment_id, charge, "bank"))
        self.run("UPDATE payments SET status = 'paid' WHERE id = %s RETURNING id", payment_id)

    def give_back(self, payment_id: int, amount: int) -> None:
        self.run(
            "INSERT INTO money_moves (order_id, payment_id, reference, kind, amount, moved_at)"
            " VALUES (%s, %s, %s, 'Refund', %s, now()) RETURNING id",
            self.order_id, payment_id, secrets.token_hex(8), -amount,
        )  # fmt: skip

    def run(self, statement: str, *values: Any) -> int:
        """Run a statement that returns one number."""
        with psycopg2.connect(self.url) as conn, conn.cursor() as cursor:
            cursor.execute(statement, values)
            row = cursor.fetchone()
        conn.close()
        assert row is not None
        return int(row[0])

    def see(self, payment_id: int, query: str = "", **headers: str) -> str:
        response = self.answer(self.path(payment_id) + query, **headers)
        assert response.status_code == 200
        return html.unescape(response.get_data(as_text=True))

    def path(self, payment_id: int) -> str:
        return self.shop.result_url(payment_id).removeprefix("https://shop.example")

    def answer(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers=headers)


@pytest.fixture
def till(database_url: str) -> Iterator[Till]:
    till = Till(database_url)
    yield till
    till.db.close()


def title(page: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page)
    assert found is not None
    return found[1]


def refresh(page: str) -> tuple[int, str] | None:
    found = re.search(r'http-equiv="refresh" content="(\d+);url=([^"]+)"', page)
    return (int(found[1]), found[2]) if found else None


@pytest.mark.parametrize("status", ["creating", "waiting"])
def test_an_undecided_payment_is_being_asked_about(till: Till, status: str) -> None:
    page = till.see(till.payment(status))
    assert title(page) == "正在向銀行確認…"
    assert "#K7XQ2M9P" in page
    assert "NT$1,060" in page
    assert "信用卡" in page
    assert refresh(page) == (3, "?n=1")


def test_a_card_in_instalments_says_in_how_many(till: Till) -> None:
    assert "信用卡，分 6 期" in till.see(till.payment("waiting", method="card6"))


def test_the_page_looks_again_ever_more_rarely_and_ends_after_ten_minutes(till: Till) -> None:
    payment_id = till.payment()
    waits, query = [], ""
    while found := refresh(page := till.see(payment_id, query)):
        waits.append(found[0])
        query = found[1]
    assert waits[0] == 3
    assert waits == sorted(waits)
    assert 540 <= sum(waits) <= 660
    assert "請不要再付一次" in page
    assert 'href="?"' in page


@pytest.mark.parametrize("count", ["-5", "x", "", "1e9", "９", "9" * 5000])
def test_an_odd_count_does_no_harm(till: Till, count: str) -> None:
    assert title(till.see(till.payment(), f"?n={count}")) in ("正在向銀行確認…", "銀行還沒有回覆")


def test_a_paid_order_is_told_with_amount_and_time_and_looks_no_more(till: Till) -> None:
    payment_id = till.payment()
    till.receive(payment_id)
    page = till.see(payment_id)
    assert title(page) == "已付款"
    assert "NT$1,060" in page
    assert "11/23（一）23:59" in page
    assert refresh(page) is None


def test_every_stage_has_its_words() -> None:
    assert set(WORDS) == set(Stage)


def test_the_callers_word_is_not_taken(till: Till) -> None:
    payment_id = till.payment()
    page = till.see(payment_id, "?status=paid&Status=S&PayToken=abc&n=0")
    assert title(page) == "正在向銀行確認…"
    assert till.client.post(till.path(payment_id), data={"Status": "S"}).status_code == 405


@pytest.mark.parametrize("status", ["preparing", "shipped", "completed"])
def test_a_paid_payment_stays_paid_while_its_order_goes_on(till: Till, status: str) -> None:
    payment_id = till.payment()
    till.receive(payment_id)
    till.order_is(status)
    assert title(till.see(payment_id)) == "已付款"


def test_a_refused_payment_says_what_the_bank_said(till: Till) -> None:
    page = till.see(till.payment("failed", error="收款方式未啟用。"))
    assert "銀行回覆：收款方式未啟用。" in page
    assert "收款方式未啟用。。" not in page
    assert "還沒有扣款" in page
    assert refresh(page) is None


def test_a_refusal_without_a_reason_leaves_the_reason_out(till: Till) -> None:
    page = till.see(till.payment("failed"))
    assert title(page) == "銀行沒有接受這筆付款"
    assert "銀行回覆" not in page


def test_a_failed_try_says_so_while_the_way_to_pay_stays_open(till: Till) -> None:
    page = till.see(till.payment(error="交易失敗"))
    assert title(page) == "這次付款沒有成功"
    assert "銀行回覆：交易失敗。" in page
    assert refresh(page) is not None


def test_a_second_try_is_not_answered_with_the_failure_of_the_first(till: Till) -> None:
    payment_id = till.payment(error="交易失敗")
    arrival = inbox.Arrival(f"token{payment_id}", f"payment:{payment_id}", {"payment_id": payment_id})
    till.db.transaction(lambda tx: inbox.store(tx, "sinopac", [arrival]))
    assert title(till.see(payment_id)) == "正在向銀行確認…"


def test_a_token_being_looked_up_is_waited_for(till: Till) -> None:
    payment_id = till.payment("expired", error="交易失敗")
    job = {"payment_id": payment_id, "token": "t"}
    till.db.transaction(lambda tx: outbox.put(tx, "payment.look_up", job, order_id=till.order_id))
    assert title(till.see(payment_id)) == "正在向銀行確認…"
    till.run("UPDATE outbox SET status = 'done', finished_at = now() RETURNING id")
    assert title(till.see(payment_id)) == "付款連結已到期"


def test_a_long_reason_with_markup_is_cut_and_shown_as_text(till: Till) -> None:
    payment_id = till.payment("failed", error="<script>alert(1)</script>{reason}%s{{7*7}}" + "長" * 500)
    raw = till.answer(till.path(payment_id)).get_data(as_text=True)
    assert "<script" not in raw
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{reason}%s{{7*7}}" in raw
    assert "長" * 61 not in raw


@pytest.mark.parametrize("status", ["expired", "cancelled"])
def test_a_payment_that_ended_sends_the_customer_back_to_the_order(till: Till, status: str) -> None:
    page = till.see(till.payment(status, error="internal words of a log"))
    assert title(page) == "付款連結已到期"
    assert "internal words" not in page
    assert refresh(page) is None


@pytest.mark.parametrize(("status", "words"), [("expired", "訂單超過付款時間"), ("cancelled", "訂單已取消")])
@pytest.mark.parametrize("payment_status", ["waiting", "expired", "cancelled", "failed"])
def test_an_order_that_ended_unpaid_wants_no_money(
    till: Till, status: str, words: str, payment_status: str
) -> None:
    payment_id = till.payment(payment_status)
    till.order_is(status)
    page = till.see(payment_id)
    assert title(page) == words
    assert "不需要再付款" in page


@pytest.mark.parametrize(
    ("order_status", "words"), [("cancelled", "這筆款項晚了一步"), ("paid", "這筆訂單多付了一次")]
)
def test_money_that_was_not_due_will_come_back(till: Till, order_status: str, words: str) -> None:
    payment_id = till.payment()
    till.order_is(order_status)
    till.receive(payment_id)
    page = till.see(payment_id)
    assert title(page) == words
    assert "NT$1,060" in page
    assert "全額退還" in page
    till.give_back(payment_id, 1060)
    assert title(till.see(payment_id)) == "已退款"


def test_another_amount_than_due_is_told_with_both_amounts(till: Till) -> None:
    payment_id = till.payment()
    till.receive(payment_id, amount=1000)
    page = till.see(payment_id)
    assert title(page) == "收到的金額不太一樣"
    assert "我們收到 NT$1,000，應付金額是 NT$1,060" in page


def test_of_two_payments_each_tells_its_own_story(till: Till) -> None:
    first = till.payment("expired")
    second = till.payment()
    assert title(till.see(first)) == "付款連結已到期"
    till.receive(second, reference="NA024900000211")
    assert title(till.see(second)) == "已付款"
    assert title(till.see(first)) == "這筆訂單已經付款"
    till.receive(first, reference="NA024900000212")
    assert title(till.see(first)) == "這筆訂單多付了一次"
    assert title(till.see(second)) == "已付款"


def test_a_refund_is_followed_to_its_end(till: Till) -> None:
    payment_id = till.payment()
    till.receive(payment_id)
    till.order_is("refunding")
    assert title(till.see(payment_id)) == "退款處理中"
    till.give_back(payment_id, 1060)
    till.order_is("refunded")
    page = till.see(payment_id)
    assert title(page) == "已退款"
    assert "已退還 NT$1,060" in page


def test_a_virtual_account_is_waited_for_and_masked(till: Till) -> None:
    page = till.see(till.payment(method="atm"))
    assert title(page) == "等您轉帳"
    assert "11/23（一）23:59 前轉帳 NT$1,060" in page
    assert "ATM 轉帳 ••4617" in page
    assert "99922530174617" not in page
    assert refresh(page) is not None


def test_no_page_tells_who_or_where_the_customer_is(till: Till) -> None:
    payment_id = till.payment()
    before = till.see(payment_id)
    till.receive(payment_id)
    for page in (before, till.see(payment_id)):
        for personal in (*DETAILS, "U2b2b"):
            assert personal not in page


def test_there_is_always_a_way_back_to_the_chat(till: Till) -> None:
    page = till.see(till.payment())
    assert f'class="button" href="{till.shop.chat_url("訂單")}"' in page


def test_without_a_chat_address_the_page_says_where_to_go(database_url: str) -> None:
    till = Till(database_url, chat_url="")
    assert "請回到 LINE 輸入「訂單」" in till.see(till.payment())
    till.db.close()


def test_a_browser_that_prefers_english_reads_english(till: Till) -> None:
    payment_id = till.payment(method="atm")
    page = till.see(payment_id, **{"Accept-Language": "en-US,en;q=0.9"})
    assert '<html lang="en">' in page
    assert title(page) == "Waiting for your transfer"
    assert "by Mon, Nov 23, 23:59" in page
    assert not re.search(r"[\u4e00-\u9fff]", page.replace("山月茶行", ""))


@pytest.mark.parametrize(
    "flaw", ["forged", "damaged", "other purpose", "too old", "nobody", "nonsense", "nul", "bytes"]
)
def test_a_link_that_cannot_be_trusted_tells_nothing(
    till: Till, flaw: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    payment_id = till.payment()
    good = till.shop.result_links.token(payment_id)
    with monkeypatch.context() as past:
        past.setattr(TimestampSigner, "get_timestamp", lambda _self: 1_600_000_000)
        old = till.shop.result_links.token(payment_id)
    tokens = {
        "forged": Links("another-secret", "result", 3600).token(payment_id),
        "damaged": ("A" if good[0] != "A" else "B") + good[1:],
        "other purpose": till.shop.details_links.token(payment_id),
        "too old": old,
        "nobody": till.shop.result_links.token(payment_id + 1000),
        "nonsense": "付款結果",
        "nul": "%00",
        "bytes": "%ff%fe.%80",
    }
    response = till.answer(f"/payments/result/{tokens[flaw]}")
    page = html.unescape(response.get_data(as_text=True))
    assert response.status_code == 410
    assert "請回到 LINE 輸入「訂單」" in page
    assert "K7XQ2M9P" not in page


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(till: Till, method: str) -> None:
    assert (
        till.client.open(till.path(till.payment()), method=method, data=b"x" * 1_000_000).status_code == 405
    )


def test_every_page_has_safe_headers_and_no_script(till: Till) -> None:
    path = till.path(till.payment())
    for response in (till.answer(path), till.answer("/payments/result/forged")):
        headers = response.headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert not re.search(r"<script|<style| style=| on\w+=", response.get_data(as_text=True))


def test_a_database_that_is_away_gives_a_kind_page(till: Till) -> None:
    path = till.path(till.payment())
    till.db.close()
    till.db.url = till.db.url.rpartition("/")[0] + "/no_such_database"
    response = till.answer(path)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
