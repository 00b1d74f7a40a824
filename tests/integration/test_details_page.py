from __future__ import annotations

import html
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from itsdangerous import TimestampSigner
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from bot import pages
from settings import LineSettings, Settings
from store import addresses, customers
from store.db import Database, Transaction
from store.delivery_details import Details
from store.links import Links
from store.shop import Shop

KEY = "a-secret-for-tests"
GOOD = {"name": "王小明", "phone": "0912345678", "address": "台北市大安區和平東路一段 1 號 2 樓"}
CHAT = "https://line.me/R/oaMessage/@shop/?{text}"
ENGLISH = {"Accept-Language": "en-US,en;q=0.9,zh-TW;q=0.5"}


class Desk:
    """An application with nothing but the bot's pages, its database, and one customer."""

    def __init__(self, database_url: str, chat_url: str = CHAT) -> None:
        self.db = Database(database_url)
        line = LineSettings(secrets=("s",), token="t", chat_url=chat_url)
        self.shop = Shop(
            Settings(
                database_url=database_url,
                public_url="https://shop.example",
                secret_key=KEY,
                line=line,
                sinopac=None,
                shop_name="山月茶行",
            )
        )
        app = Flask("pages", static_folder=None)
        app.register_blueprint(pages.blueprint(self.db, self.shop))
        self.client: FlaskClient = app.test_client()
        self.customer_id = self.db.transaction(lambda tx: customers.meet(tx, "U" + "2b" * 16)).id
        self.path = self.shop.details_url(self.customer_id).removeprefix("https://shop.example")

    def submit(self, **fields: str) -> TestResponse:
        return self.client.post(self.path, data=fields)

    def kept(self) -> dict[str, str]:
        customer = self.db.transaction(lambda tx: customers.find(tx, self.customer_id))
        return {"name": customer.recipient_name, "phone": customer.phone, "address": customer.address}

    def remember(self, name: str, phone: str, address: str) -> None:
        def work(tx: Transaction) -> None:
            addresses.remember(tx, customers.find(tx, self.customer_id), Details(name, phone, address))

        self.db.transaction(work)


@pytest.fixture
def desk(database_url: str) -> Iterator[Desk]:
    desk = Desk(database_url)
    yield desk
    desk.db.close()


def words(response: TestResponse) -> str:
    return html.unescape(response.get_data(as_text=True))


def test_the_form_is_made_for_thumbs_and_autofill(desk: Desk) -> None:
    response = desk.client.get(desk.path)
    assert response.status_code == 200
    page = words(response)
    assert '<html lang="zh-Hant-TW">' in page
    assert "山月茶行" in page
    for expected in (
        'autocomplete="name"',
        'autocomplete="tel" inputmode="tel"',
        'autocomplete="street-address"',
    ):
        assert expected in page
    assert 'name="viewport"' in page


def test_the_form_remembers_the_customer(desk: Desk) -> None:
    desk.remember("林美華", "0987654321", "高雄市前鎮區中華五路 789 號")
    page = words(desk.client.get(desk.path))
    assert 'value="林美華"' in page
    assert 'value="0987654321"' in page
    assert ">高雄市前鎮區中華五路 789 號</textarea>" in page


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en-US,en;q=0.9", "en"),
        ("en-GB,en;q=0.9,zh-TW;q=0.8", "en"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant-TW"),
        ("ja,en;q=0.8", "en"),
        ("ja", "zh-Hant-TW"),
        ("", "zh-Hant-TW"),
        ("en;q=bad,,;;", "zh-Hant-TW"),
    ],
)
def test_the_page_speaks_english_only_where_it_is_preferred(desk: Desk, accepted: str, language: str) -> None:
    response = desk.client.get(desk.path, headers={"Accept-Language": accepted})
    assert f'<html lang="{language}">' in words(response)


def test_good_details_are_kept_in_their_normal_form(desk: Desk) -> None:
    response = desk.submit(name=" 王小明 ", phone="+886 912-345-678", address="台北市大安區\r\n和平東路１號")
    assert response.status_code == 303
    assert desk.kept() == {"name": "王小明", "phone": "0912345678", "address": "台北市大安區 和平東路1號"}


def test_after_saving_a_big_button_leads_back_to_the_chat(desk: Desk) -> None:
    response = desk.client.get(desk.submit(**GOOD).headers["Location"])
    page = words(response)
    assert response.status_code == 200
    assert "收到了！" in page
    assert f'class="button" href="{desk.shop.chat_url("結帳")}"' in page
    assert GOOD["address"] in page


def test_without_a_chat_address_the_page_says_where_to_go(database_url: str) -> None:
    desk = Desk(database_url, chat_url="")
    page = words(desk.client.get(desk.submit(**GOOD).headers["Location"]))
    assert "請回到 LINE，點「填好了，繼續」" in page
    desk.db.close()


def test_the_saved_page_sends_who_has_saved_nothing_to_the_form(desk: Desk) -> None:
    response = desk.client.get(f"{desk.path}/saved")
    assert response.status_code == 303
    assert response.headers["Location"] == desk.path


def test_saving_twice_is_like_saving_once(desk: Desk) -> None:
    assert [desk.submit(**GOOD).status_code for _ in range(2)] == [303, 303]
    assert desk.kept() == GOOD


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("name", "", "還差收件人的姓名"),
        ("name", "王", "姓名請填全名"),
        ("name", "王" * 31, "30 個字以內"),
        ("name", "王小明3", "不要有數字或符號"),
        ("phone", "", "還差聯絡手機"),
        ("phone", "091234567", "電話要是 09 開頭的 10 碼手機，例如 0912345678。您輸入的是「091234567」。"),
        ("address", "", "還差收件地址"),
        ("address", "台北市", "從縣市寫到門牌號碼"),
        ("address", "台北市" + "大" * 120, "120 個字以內"),
        ("address", "大安區和平東路一段 1 號", "從縣市寫起"),
        ("address", "台北市大安區和平東路上的小店", "門牌號碼"),
    ],
)
def test_each_fault_is_told_beside_its_field_and_what_was_typed_stays(
    desk: Desk, field: str, typed: str, sentence: str
) -> None:
    response = desk.submit(**{**GOOD, field: typed})
    page = words(response)
    assert response.status_code == 422
    about = re.search(rf'<p class="fault" id="{field}-about">(.*?)</p>', page)
    assert about is not None
    assert sentence in about[1]
    assert page.count('aria-invalid="true"') == page.count("autofocus") == 1
    for kept in (typed, *(value for name, value in GOOD.items() if name != field)):
        assert kept in page
    assert desk.kept() == {"name": "", "phone": "", "address": ""}


def test_all_faults_are_told_at_once(desk: Desk) -> None:
    page = words(desk.submit())
    assert page.count('class="fault"') == 3
    assert page.count("autofocus") == 1


@pytest.mark.parametrize("path", ["", "/saved"])
@pytest.mark.parametrize(
    "flaw", ["forged", "damaged", "other purpose", "too old", "nobody", "nonsense", "nul"]
)
def test_a_link_that_cannot_be_trusted_opens_nothing(
    desk: Desk, flaw: str, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.remember(**GOOD)
    good = desk.shop.details_links.token(desk.customer_id)
    tokens = {
        "forged": Links("another-secret", "details", 3600).token(desk.customer_id),
        "damaged": ("A" if good[0] != "A" else "B") + good[1:],
        "other purpose": desk.shop.result_links.token(desk.customer_id),
        "too old": _aged(desk.customer_id, monkeypatch),
        "nobody": desk.shop.details_links.token(desk.customer_id + 1000),
        "nonsense": "很高興認識你",
        "nul": "%00",
    }
    response = desk.client.get(f"/details/{tokens[flaw]}{path}")
    page = words(response)
    assert response.status_code == 410
    assert "請回到 LINE 輸入「結帳」" in page
    assert "王小明" not in page
    if not path:
        assert desk.client.post(f"/details/{tokens[flaw]}", data={**GOOD, "name": "壞人"}).status_code == 410
    assert desk.kept() == GOOD


def _aged(subject: int, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as past:
        past.setattr(TimestampSigner, "get_timestamp", lambda _self: 1_600_000_000)
        return Links(KEY, "details", 3600).token(subject)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_refused(desk: Desk, method: str) -> None:
    assert desk.client.open(desk.path, method=method).status_code == 405


def test_a_script_in_every_field_is_shown_as_text(desk: Desk) -> None:
    script = "\"'><script>alert(1)</script></textarea>{{ 7*7 }}"
    page = desk.submit(name=script, phone=script, address=script).get_data(as_text=True)
    assert "<script" not in page
    assert page.count("</textarea>") == 1
    assert "49" not in page
    assert page.count("&lt;script&gt;") == 4  # the sentence about the phone quotes it


def test_a_remembered_script_is_shown_as_text(desk: Desk) -> None:
    desk.remember("<b onclick=x>", "0912345678", "</dd><script>alert(1)</script>")
    for path in (desk.path, f"{desk.path}/saved"):
        page = desk.client.get(path).get_data(as_text=True)
        assert "<script" not in page
        assert "<b onclick" not in page


def test_a_body_of_a_megabyte_is_refused(desk: Desk) -> None:
    response = desk.submit(**{**GOOD, "address": "x" * 1_000_000})
    assert response.status_code == 413
    assert "太長" in words(response)
    assert desk.kept()["name"] == ""


def test_bytes_that_are_no_utf8_are_a_fault_not_a_failure(desk: Desk) -> None:
    body = b"name=%ff%fe%80&phone=0912345678&address=\xff\xfe\x80"
    response = desk.client.post(desk.path, data=body, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 422


def test_a_nul_is_dropped(desk: Desk) -> None:
    assert desk.submit(**{**GOOD, "name": "王\x00小明"}).status_code == 303
    assert desk.kept() == GOOD


def test_a_body_that_is_no_form_is_an_empty_one(desk: Desk) -> None:
    response = desk.client.post(desk.path, json=GOOD)
    assert response.status_code == 422
    assert "還差收件人的姓名" in words(response)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=40), phone=st.text(max_size=20), address=st.text(max_size=130))
def test_nothing_a_customer_types_breaks_the_page(desk: Desk, name: str, phone: str, address: str) -> None:
    body = {
        key: text.encode("utf-8", "surrogatepass")
        for key, text in (("name", name), ("phone", phone), ("address", address))
    }
    response = desk.client.post(desk.path, data=body)
    assert response.status_code in (303, 422)


def test_every_page_has_safe_headers(desk: Desk) -> None:
    answers = [
        desk.client.get(desk.path),
        desk.submit(),
        desk.submit(**GOOD),
        desk.client.get(f"{desk.path}/saved"),
        desk.client.get("/details/forged"),
        desk.submit(address="x" * 20_000),
    ]
    assert [answer.status_code for answer in answers] == [200, 422, 303, 200, 410, 413]
    for answer in answers:
        headers = answer.headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<script|<style| style=| on\w+=", words(answer))


def test_logs_hold_neither_details_nor_the_link(desk: Desk) -> None:
    with capture_logs() as logs:
        desk.submit(**GOOD)
        desk.submit(**{**GOOD, "phone": "12"})
    told = repr(logs)
    assert logs
    for secret in (*GOOD.values(), desk.path.rpartition("/")[2]):
        assert secret not in told


def test_a_database_that_is_away_gives_a_kind_page(desk: Desk) -> None:
    desk.db.close()
    desk.db.url = desk.db.url.rpartition("/")[0] + "/no_such_database"
    response = desk.submit(**GOOD)
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert "請稍等一下再試一次" in words(response)
