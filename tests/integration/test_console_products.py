"""Products in the console: made, changed, pictured, counted; every change is written down."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
from PIL import Image

from store import pictures, search
from tests.factories import broken_invariants, placed_order, scalar, stock_of, stock_up
from tests.integration.console_house import Browser, House, text


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    house.db.close()


def photo(size: tuple[int, int] = (1600, 900)) -> tuple[io.BytesIO, str]:
    page = io.BytesIO()
    Image.new("RGB", size, "teal").save(page, "PNG")
    page.seek(0)
    return page, "../../etc/passwd\x00.png"


def found(house: House, words: str) -> list[str]:
    return house.db.transaction(
        lambda tx: [card.name for card in search.find(tx, search.Query(words)).products]
    )


def new_product(browser: Browser, **fields: object) -> int:
    data = {"name": "阿里山金萱", "new_category": "茶葉", "description": "奶香", **fields}
    response = browser.post("/products/new", data, content_type="multipart/form-data")
    assert response.status_code == 303, text(response)
    match = re.search(r"/products/([0-9]+)", response.headers["Location"])
    assert match
    return int(match[1])


def add_sku(browser: Browser, product_id: int, **fields: object) -> str:
    data = {"option": "75 克", "price": "360", "list_price": "400", "stock": "12", "code": "", **fields}
    return browser.said(browser.post(f"/products/{product_id}/skus", data))


def test_a_product_with_a_picture_and_two_options_can_be_found_and_sold(house: House) -> None:
    browser = house.browser("staff")
    product_id = new_product(browser, picture=photo())
    assert found(house, "金萱") == []
    assert "規格已新增" in add_sku(browser, product_id)
    assert "規格已新增" in add_sku(
        browser, product_id, option="150 克", price="680", list_price="", code="JX-150"
    )
    assert found(house, "金萱") == ["阿里山金萱"]
    assert house.run("SELECT code, option, price, list_price, stock FROM skus ORDER BY id") == [
        (f"P{product_id}-1", "75 克", 360, 400, 12),
        ("JX-150", "150 克", 680, None, 12),
    ]
    page = text(browser.get(f"/products/{product_id}"))
    digest = str(scalar(house.db, "SELECT picture FROM products"))
    assert f'src="/pictures/{digest}"' in page
    kept = house.db.transaction(lambda tx: pictures.find(tx, digest))
    assert kept
    assert kept.content
    assert kept.media_type == "image/jpeg"
    assert Image.open(io.BytesIO(kept.content)).size == (1024, 576)
    log = house.run("SELECT action FROM audit_log WHERE user_id IS NOT NULL ORDER BY id")
    assert [row[0] for row in log] == [
        "product.create", "sku.create", "sku.create",
    ]  # fmt: skip
    assert broken_invariants(house.db) == []


def test_a_changed_name_and_price_are_written_down_and_searched_at_once(house: House) -> None:
    sku = stock_up(house.db, name="高山烏龍", price=380)[0]
    product_id = int(str(scalar(house.db, "SELECT id FROM products")))
    browser = house.browser("staff")
    data = {"name": "梨山烏龍", "category": "茶葉", "description": "冷冽\r\n清香", "position": "7"}
    assert "已儲存" in browser.said(browser.post(f"/products/{product_id}", data))
    assert found(house, "梨山") == ["梨山烏龍"]
    assert found(house, "高山") == []
    prices = {"option": "75 克", "price": "420", "list_price": "", "active": "1", "position": "1"}
    browser.post(f"/skus/{sku.id}", prices)
    assert scalar(house.db, "SELECT price_from FROM listings") == 420
    log = house.run(
        "SELECT action, subject, before, after FROM audit_log WHERE user_id IS NOT NULL ORDER BY id"
    )
    assert log[0][:2] == ("product.edit", f"product:{product_id}")
    assert log[0][3] == {"name": "梨山烏龍", "description": "冷冽\n清香", "position": 7}
    assert log[1] == ("sku.edit", f"sku:{sku.id}", {"price": 380}, {"price": 420})
    browser.post(f"/skus/{sku.id}", prices)
    assert scalar(house.db, "SELECT count(*) FROM audit_log WHERE action = 'sku.edit'") == 1
    page = text(house.browser("owner").get("/audit"))
    assert "售價 NT$380" in page
    assert "售價 NT$420" in page


def test_off_sale_means_not_to_be_found_and_on_sale_again(house: House) -> None:
    stock_up(house.db, name="高山烏龍")
    product_id = int(str(scalar(house.db, "SELECT id FROM products")))
    browser = house.browser("staff")
    assert "已下架" in browser.said(browser.post(f"/products/{product_id}/active", {"active": "0"}))
    assert found(house, "高山烏龍") == []
    assert "已上架" in browser.said(browser.post(f"/products/{product_id}/active", {"active": "1"}))
    assert found(house, "高山烏龍") == ["高山烏龍"]
    assert house.run("SELECT after FROM audit_log WHERE action = 'product.active' ORDER BY id") == [
        ({"active": False},),
        ({"active": True},),
    ]


def test_stock_is_received_written_off_and_counted_with_its_reason(house: House) -> None:
    sku = stock_up(house.db, stock=10)[0].id
    placed_order(house.db, {sku: 3}, "cod")
    browser = house.browser("staff")
    for step, quantity, left in (("add", 5, 12), ("take", 2, 10), ("count", 9, 6), ("count", 9, 6)):
        data = {"step": step, "quantity": str(quantity), "reason": f"{step} 盤點"}
        assert "庫存已更新" in browser.said(browser.post(f"/skus/{sku}/stock", data))
        assert stock_of(house.db, sku) == left, step
    history = text(browser.get(f"/skus/{sku}/stock"))
    for words in ("+5", "-2", "-4", "-3", "add 盤點", "訂單保留", "staff先生"):
        assert words in history
    assert house.run(
        "SELECT before, after FROM audit_log WHERE action = 'sku.stock' ORDER BY id LIMIT 1"
    ) == [({"stock": 10}, {"stock": 15, "reason": "add 盤點"})]
    assert broken_invariants(house.db) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"step": "take", "quantity": "8", "reason": "x"}, "庫存不夠扣"),
        ({"step": "count", "quantity": "2", "reason": "x"}, "庫存不夠扣"),
        ({"step": "take", "quantity": "-8", "reason": "x"}, "「數量」要是 0 到 1000000 的整數"),
        ({"step": "add", "quantity": "1e3", "reason": "x"}, "「數量」要是"),
        ({"step": "add", "quantity": "１", "reason": "x"}, "「數量」要是"),
        ({"step": "add", "quantity": "99999999", "reason": "x"}, "「數量」要是"),
        ({"step": "add", "quantity": "1", "reason": " "}, "請填寫「原因」"),
        ({"step": "set", "quantity": "1", "reason": "x"}, "請選擇"),
        ({}, "請選擇"),
    ],
)
def test_stock_that_cannot_be_is_refused_and_nothing_changes(
    house: House, data: dict[str, object], words: str
) -> None:
    sku = stock_up(house.db, stock=10)[0].id
    placed_order(house.db, {sku: 3}, "cod")
    response = house.browser("staff").post(f"/skus/{sku}/stock", data)
    assert response.status_code == 422
    assert words in text(response)
    assert stock_of(house.db, sku) == 7
    assert scalar(house.db, "SELECT count(*) FROM audit_log WHERE user_id IS NOT NULL") == 0


def test_names_and_numbers_that_are_taken_are_named(house: House) -> None:
    browser = house.browser("staff")
    first = new_product(browser)
    again = browser.post("/products/new", {"name": "阿里山金萱", "category": "茶葉"})
    assert "這個分類裡已經有同名的商品了" in text(again)
    add_sku(browser, first, code="A")
    other = {"option": "x", "price": "1", "stock": "1", "code": "A"}
    assert "這個貨號已經有別的規格" in text(browser.post(f"/products/{first}/skus", other))
    same = {"option": "75 克", "price": "1", "stock": "1", "code": "B"}
    assert "這個商品已經有同名的規格" in text(browser.post(f"/products/{first}/skus", same))
    assert scalar(house.db, "SELECT count(*) FROM skus") == 1


@pytest.mark.parametrize(
    "fields",
    [{"price": ""}, {"price": "-1"}, {"price": "1.5"}, {"price": "10000000"}, {"list_price": "x"},
     {"stock": "many"},
     {"option": "長" * 41}, {"code": "長" * 51}],
)  # fmt: skip
def test_an_option_with_a_wrong_field_is_refused(house: House, fields: dict[str, object]) -> None:
    browser = house.browser("staff")
    product_id = new_product(browser)
    data = {"option": "75 克", "price": "360", "list_price": "", "stock": "1", "code": "", **fields}
    response = browser.post(f"/products/{product_id}/skus", data)
    assert response.status_code == 422
    assert scalar(house.db, "SELECT count(*) FROM skus") == 0


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)>", b"\xff\xd8\xff\xe0 broken", bytes(2000)])
def test_what_is_no_picture_changes_nothing(house: House, content: bytes) -> None:
    browser = house.browser("staff")
    product_id = new_product(browser)
    response = browser.upload(f"/products/{product_id}/picture", "picture", content)
    assert response.status_code == 422
    assert scalar(house.db, "SELECT picture FROM products") == ""
    assert scalar(house.db, "SELECT count(*) FROM pictures") == 0


def test_a_picture_larger_than_ten_megabytes_is_refused(house: House) -> None:
    browser = house.browser("staff")
    product_id = new_product(browser)
    for size in (10 * 1024 * 1024 + 1, 12 * 1024 * 1024):
        content = b"\xff\xd8\xff" + bytes(size)
        response = browser.upload(f"/products/{product_id}/picture", "picture", content)
        assert response.status_code in (413, 422), size
    assert scalar(house.db, "SELECT count(*) FROM pictures") == 0


def test_a_picture_is_replaced_and_removed(house: House) -> None:
    browser = house.browser("staff")
    product_id = new_product(browser, picture=photo())
    browser.post(
        f"/products/{product_id}/picture", {"picture": photo((90, 90))}, content_type="multipart/form-data"
    )
    assert scalar(house.db, "SELECT count(*) FROM pictures") == 2
    assert "已移除" in browser.said(browser.post(f"/products/{product_id}/picture", {"remove": "1"}))
    assert scalar(house.db, "SELECT picture FROM products") == ""
    assert scalar(house.db, "SELECT count(*) FROM audit_log WHERE action = 'product.picture'") == 2


def test_products_are_found_by_words_and_filters(house: House) -> None:
    stock_up(house.db, name="高山烏龍", stock=50)
    stock_up(house.db, name="100%花茶", stock=2)
    stock_up(house.db, name="停售", stock=9)
    house.run(
        "UPDATE skus SET active = false WHERE product_id = (SELECT id FROM products WHERE name = '停售')"
    )
    code = str(scalar(house.db, "SELECT code FROM skus ORDER BY id LIMIT 1"))
    browser = house.browser("viewer")
    for query, names in {
        "": ["高山烏龍", "100%花茶", "停售"],
        "?q=烏龍": ["高山烏龍"],
        f"?q={code.upper()}": ["高山烏龍"],
        "?q=%25": ["100%花茶"],
        "?q=_": [],
        "?shown=on": ["高山烏龍", "100%花茶"],
        "?shown=off": ["停售"],
        "?shown=low": ["100%花茶"],
        "?shown=';--&category=x&page=99999999999999999999": ["高山烏龍", "100%花茶", "停售"],
        "?page=2": [],
        "?category=4711": [],
    }.items():
        page = text(browser.get(f"/products{query}"))
        assert re.findall(r"<strong>([^<]+)</strong>", page) == names, query


def test_what_is_not_there_is_not_found(house: House) -> None:
    browser = house.browser("owner")
    for number in (4711, 2**63, 2**70):
        for path in (f"/products/{number}", f"/skus/{number}/stock"):
            assert browser.get(path).status_code == 404, path
        data = {
            "name": "x", "category": "x", "position": "1", "step": "add", "quantity": "1", "reason": "x",
            "price": "1", "stock": "1", "remove": "1",
        }  # fmt: skip
        for path in ("", "/picture", "/active", "/skus"):
            assert browser.post(f"/products/{number}{path}", data).status_code == 404, path
        for path in ("", "/stock"):
            assert browser.post(f"/skus/{number}{path}", data).status_code == 404, path
