"""The catalogue file in the console: what would change is shown first; then exactly that is done."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest
from werkzeug.test import TestResponse

from store import pictures
from store.catalogue_file import COLUMNS
from tests.factories import broken_invariants, placed_order, scalar, stock_of, stock_up
from tests.integration.console_house import Browser, House, text

HEAD = ",".join(COLUMNS)


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    house.db.close()


def upload(browser: Browser, content: str | bytes, name: str = "../../x.csv") -> TestResponse:
    raw = content.encode() if isinstance(content, str) else content
    return browser.upload("/products/file", "file", raw, name)


def preview(browser: Browser, content: str | bytes) -> str:
    response = upload(browser, content)
    assert response.status_code == 303, text(response)
    return text(browser.get("/products/file/preview"))


def confirm(browser: Browser, page: str) -> TestResponse:
    version = re.search(r'name="version" value="([0-9a-f]+)"', page)
    assert version
    return browser.post("/products/file/import", {"version": version[1]})


def exported(browser: Browser) -> str:
    response = browser.post("/products/file/export")
    assert response.status_code == 200
    assert response.data.startswith(b"\xef\xbb\xbf")
    return response.get_data().decode("utf-8-sig")


def test_a_file_shows_what_it_would_change_and_changes_it_after_a_yes(house: House) -> None:
    sku = stock_up(house.db, name="高山烏龍", stock=10, price=380)[0]
    browser = house.browser("staff")
    content = f"{HEAD}\n{sku.code},高山烏龍,75 克,茶葉,420,,15,,,yes\nN-1,新茶,,茶葉,100,120,3,好喝,,\n"
    page = preview(browser, content)
    for words in ("新增 1 個，修改 1 個", "NT$380", "NT$420", "新茶", "NT$120", "15"):
        assert words in page
    assert (stock_of(house.db, sku.id), scalar(house.db, "SELECT count(*) FROM skus")) == (10, 1)
    assert scalar(house.db, "SELECT count(*) FROM stock_moves") == 1
    assert "2 個規格有變動" in browser.said(confirm(browser, page))
    assert house.run("SELECT price, stock FROM skus ORDER BY id") == [(420, 15), (100, 3)]
    assert house.run("SELECT before, after FROM audit_log WHERE subject = %s", f"sku:{sku.code}") == [
        ({"price": 380, "stock": 10}, {"price": 420, "stock": 15})
    ]
    assert scalar(house.db, "SELECT count(*) FROM catalogue_drafts") == 0
    assert browser.get("/products/file/preview").status_code == 303
    assert broken_invariants(house.db) == []


def test_when_the_shop_changed_meanwhile_it_is_shown_again(house: House) -> None:
    sku = stock_up(house.db, name="高山烏龍", stock=10)[0]
    browser = house.browser("staff")
    page = preview(browser, f"{HEAD}\n{sku.code},高山烏龍,75 克,茶葉,420,,10,,,yes\n")
    house.run("UPDATE skus SET price = 400")
    response = confirm(browser, page)
    assert response.headers["Location"].endswith("/preview")
    assert "商品剛剛有變動" in browser.said(response)
    assert scalar(house.db, "SELECT price FROM skus") == 400


def test_nobody_confirms_the_file_of_somebody_else(house: House) -> None:
    sku = stock_up(house.db, name="高山烏龍")[0]
    page = preview(house.browser("staff"), f"{HEAD}\n{sku.code},高山烏龍,75 克,茶葉,1,,10,,,yes\n")
    assert confirm(house.browser("owner"), page).status_code == 303
    assert scalar(house.db, "SELECT price FROM skus") == sku.price


def test_an_exported_file_changes_nothing_when_it_comes_back(house: House) -> None:
    for name in ("高山烏龍", "=2+5", "'quoted", '"文山" 包種,清茶', "@home", "−減號"):
        stock_up(house.db, name=name, stock=7)
    sku = stock_up(house.db, name="+更多", stock=9)[0]
    placed_order(house.db, {sku.id: 2}, "cod")
    digest = house.db.transaction(lambda tx: pictures.store(tx, pictures.examine(b"\xff\xd8\xff picture")))
    house.run(
        "UPDATE products SET picture = %s, description = E'兩行\\n=文字' WHERE name = '高山烏龍'", digest
    )
    house.run("UPDATE products SET picture = 'https://pictures.example/a.jpg' WHERE name = '@home'")
    house.run("UPDATE skus SET active = false, list_price = 500 WHERE id = 2")
    browser = house.browser("staff")
    content = exported(browser)
    for row in csv.reader(io.StringIO(content)):
        assert not [cell for cell in row if re.match(r"\s*[=+\-@＝＋－＠]", cell)], row
    assert f"pictures/{digest}" in content
    assert "不會改變任何東西" in preview(browser, content)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("A,茶,,茶葉,ten,,1,,,", "第 2 列：price 要是 0 以上的整數，不是 'ten'。"),
        ("A,茶,,茶葉,1,,-1,,,", "第 2 列：stock 要是"),
        ("A,茶,,茶葉,99999999,,1,,,", "price 超過 9999999"),
        ("A,茶,,茶葉,1,,1,,,maybe", "active 要填 yes 或 no"),
        (",茶,,茶葉,1,,1,,,", "sku 不能空白"),
        ("A,茶,,茶葉,1,,1,,,\nA,茶,大,茶葉,1,,1,,,", "第 3 列：貨號 'A' 在第 2 列已經有了。"),
        ("A,茶,,茶葉,1,,1,,,\nB,茶,,茶葉,1,,1,,,", "第 3 列：商品 '茶' 的規格 '' 在第 2 列已經有了。"),
        ("A,茶,,茶葉,1", "有 5 個欄位，標題列有 10 個"),
        ("A," + "長" * 81 + ",,茶葉,1,,1,,,", "product 超過 80 個字"),
        ("A,茶,,茶葉,1,,1,,../../etc/passwd,", "image_url 要是 https 網址"),
        ("A,茶,,茶葉,1,,1,,/etc/passwd,", "image_url 要是 https 網址"),
        ("A,茶,,茶葉,1,,1,,tea.jpg,", "其他圖片請到商品頁上傳"),
        ("A,茶,,茶葉,1,,1,,pictures/../../x,", "image_url 要是 https 網址"),
        (f"A,茶,,茶葉,1,,1,,pictures/{'0' * 64},", "店裡沒有圖片"),
        ("A,茶,,茶葉,1,,1,,http://plain.example/a.jpg,", "image_url 要是 https 網址"),
        ("A,茶,,茶葉,1,,1,,javascript:alert(1),", "image_url 要是 https 網址"),
        ("A,茶,,茶葉,1,,1,,file:///etc/passwd,", "image_url 要是 https 網址"),
        ('A,"茶,,茶葉,1,,1,,,', "第 2 列"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_imported(house: House, row: str, words: str) -> None:
    browser = house.browser("staff")
    response = upload(browser, f"{HEAD}\n{row}\n")
    if response.status_code == 303:
        response = browser.get("/products/file/preview")
    assert response.status_code == 422
    assert words in text(response)
    assert scalar(house.db, "SELECT count(*) FROM skus") == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "請選擇一個檔案"),
        (HEAD.encode(), "檔案裡沒有商品"),
        (f"{HEAD}\nA,茶,,茶葉,1,,1,,,".encode("utf-16"), "UTF-8"),
        (f"{HEAD}\nA,茶,,茶葉,1,,1,,,".encode("big5"), "UTF-8"),
        (b"sku,price\nA,1", "標題列少了欄位"),
        (f"{HEAD},formula\nA".encode(), "標題列有不認得的欄位：formula"),
        (f"{HEAD},sku\nA".encode(), "標題列有重複的欄位：sku"),
        (b"PK\x03\x04" + bytes(range(256)), "UTF-8"),
    ],
)
def test_a_file_that_is_none_is_refused(house: House, content: bytes, words: str) -> None:
    response = upload(house.browser("staff"), content)
    assert response.status_code == 422
    assert words in text(response)
    assert scalar(house.db, "SELECT count(*) FROM catalogue_drafts") == 0


def test_a_huge_file_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = house.browser("staff")
    assert upload(browser, b"x" * (6 * 1024 * 1024)).status_code == 413
    assert upload(browser, b"x" * (5 * 1024 * 1024 + 1)).status_code == 422
    monkeypatch.setattr("admin.catalogue_desk.MOST_ROWS", 2)
    rows = "\n".join(f"A{n},茶{n},,茶葉,1,,1,,," for n in range(3))
    assert "超過 2 列" in text(upload(browser, f"{HEAD}\n{rows}"))


def test_a_count_below_what_orders_hold_is_refused(house: House) -> None:
    sku = stock_up(house.db, name="高山烏龍", stock=5)[0]
    placed_order(house.db, {sku.id: 3}, "cod")
    browser = house.browser("staff")
    upload(browser, f"{HEAD}\n{sku.code},高山烏龍,75 克,茶葉,380,,2,,,\n")
    page = text(browser.get("/products/file/preview"))
    assert "但訂單已經保留了 3 件" in page
    assert stock_of(house.db, sku.id) == 2


def test_hostile_words_of_a_file_are_shown_and_never_run(house: House) -> None:
    browser = house.browser("staff")
    hostile = "<script>alert(1)</script>"
    upload(browser, f"{HEAD}\nA,{hostile},{hostile},{hostile},1,,1,{hostile},https://x.example/{hostile},\n")
    page = browser.get("/products/file/preview").get_data(as_text=True)
    assert "<script" not in page
    assert "&lt;script" in page
    assert "<script" not in upload(browser, f"{HEAD}\nA,x,,x,{hostile},,1,,,\n").get_data(as_text=True)
