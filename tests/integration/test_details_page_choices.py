"""The page for delivery details: pick-up in a store, the invoice, the note, and LINE's own browser."""

from __future__ import annotations

import re

import pytest

from settings import LineSettings, Settings
from store.shop import Shop
from tests.integration.test_details_page import GOOD, KEY, Desk, desk, words

__all__ = ["desk"]

STORE = {
    "delivery": "cvs",
    "name": "王小明",
    "phone": "0912345678",
    "brand": "全家",
    "code": "016768",
    "store": "台北",
}


def test_a_store_is_kept_and_shown_again(desk: Desk) -> None:
    page = words(desk.client.get(desk.submit(**STORE).headers["Location"]))
    assert "全家 台北門市（016768）" in page
    form = words(desk.client.get(desk.path))
    assert 'value="cvs" checked' in form
    assert '<option value="全家" selected>' in form
    assert 'value="016768"' in form
    assert desk.kept() == {"name": "", "phone": "", "address": ""}
    desk.submit(**GOOD, delivery="home")
    assert 'value="home" checked' in words(desk.client.get(desk.path))


def test_the_fields_of_the_way_that_was_not_chosen_are_not_looked_at(desk: Desk) -> None:
    assert desk.submit(**{**GOOD, "brand": "美廉社", "code": "1"}).status_code == 303
    assert desk.submit(**{**STORE, "address": "?"}).status_code == 303
    assert desk.submit(**{**GOOD, "delivery": "drone"}).status_code == 303


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("brand", "美廉社", "超商可以選"),
        ("code", "12", "6 個數字"),
        ("store", "", "還差門市名稱"),
        ("invoice_kind", "telegram", "請選一種發票"),
        ("note", "備" * 101, "備註有 101 個字"),
    ],
)
def test_faults_of_a_store_an_invoice_and_a_note_are_told(
    desk: Desk, field: str, typed: str, sentence: str
) -> None:
    response = desk.submit(**{**STORE, field: typed})
    about = re.search(rf'<p class="fault" id="{field}-about">(.*?)</p>', words(response))
    assert response.status_code == 422
    assert about is not None
    assert sentence in about[1]


def test_an_invoice_and_a_note_are_kept(desk: Desk) -> None:
    company = {"invoice_kind": "company", "invoice_value": "04595257", "invoice_title": "某公司"}
    assert desk.submit(**GOOD, **company, note=" 放門口，謝謝 ").status_code == 303
    form = words(desk.client.get(desk.path))
    for expected in ('"company" selected', 'value="04595257"', 'value="某公司"', 'value="放門口，謝謝"'):
        assert expected in form
    wrong = words(desk.submit(**GOOD, **{**company, "invoice_value": "12345678", "invoice_title": ""}))
    assert "檢查碼不對" in wrong
    assert "還差公司抬頭" in wrong
    assert desk.submit(**GOOD, invoice_kind="paper").status_code == 303
    assert 'value="paper" selected' in words(desk.client.get(desk.path))


def test_a_liff_app_leads_to_the_same_form(desk: Desk) -> None:
    token = desk.path.rpartition("/")[2]
    for query in ({"token": token}, {"liff.state": f"?token={token}"}):
        response = desk.client.get("/details", query_string=query)
        assert (response.status_code, response.headers["Location"]) == (303, desk.path)
    for query in ({}, {"liff.state": "x"}, {"liff.state": "?x=1"}):
        assert desk.client.get("/details", query_string=query).status_code == 410


def test_a_shop_with_a_liff_app_links_to_it() -> None:
    line = LineSettings(secrets=("s",), token="t", liff_id="1234567890-AbcdEfgh")
    shop = Shop(Settings("postgresql://x/y", "https://shop.example", KEY, line, None))
    start, _, token = shop.details_url(7).partition("?token=")
    assert start == "https://liff.line.me/1234567890-AbcdEfgh"
    assert shop.details_links.subject(token) == 7


def test_a_shop_with_one_way_of_delivery_asks_for_none(desk: Desk) -> None:
    desk.shop.delivery_methods = ("home",)
    page = words(desk.client.get(desk.path))
    assert 'type="radio"' not in page
    assert 'name="brand"' not in page
    assert desk.submit(**{**STORE, **GOOD}).status_code == 303
