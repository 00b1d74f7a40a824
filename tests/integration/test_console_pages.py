"""Every page of the shop in the console: hostile text is shown and never run, English readers get English."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import quote

import pytest

from store import customers, handoff, refunds, reviews
from tests.factories import a_coupon, choose_coupon, fill_cart, line_user, place, stock_up
from tests.integration.console_house import House, order_in, text
from tests.integration.test_console_refunds import paid, refund

HOSTILE = "<script>alert('咦')</script>\"'><img src=x onerror=y>{{7*7}}"


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    house.db.close()


def furnish(house: House) -> list[str]:
    """A shop that has something on every page; the pages."""
    sku = stock_up(house.db, name="Tea", stock=20)[0].id
    order = paid(house, sku)
    browser = house.browser("staff")
    refund(browser, order, amount="60", reason="Broken")
    one = house.db.transaction(lambda tx: refunds.of_order(tx, order.id))[0]
    house.db.transaction(lambda tx: refunds.fail(tx, one, "E1", "Refused"))
    browser.post(f"/skus/{sku}/stock", {"step": "add", "quantity": "1", "reason": "Bought"})
    coupon, user = a_coupon(house.db), line_user()
    fill_cart(house.db, user, {sku: 1})
    choose_coupon(house.db, user, coupon.code)
    place(house.db, user, "cod")
    done = order_in(house, sku, "completed", "cod", closed_at="now")
    customer = house.db.transaction(lambda tx: customers.find(tx, done.customer_id))
    house.db.transaction(lambda tx: reviews.rate(tx, customer, done.id, sku, 5, "W"))
    house.db.transaction(lambda tx: reviews.say(tx, customer, done.id, sku, "Good"))
    browser.post("/reviews/1/hide", {"reason": "Why not"})
    house.db.transaction(lambda tx: handoff.begin(tx, customers.find(tx, done.customer_id), done.id))
    house.db.transaction(lambda tx: handoff.heard(tx, customers.find(tx, done.customer_id), "text", "Hello"))
    data = {"body": "Tea!", "product": f"#{sku}", "segment": "product", "product_product": "#1"}
    browser.post("/broadcasts", data)
    head = "sku,product,option,category,price,list_price,stock,description,image_url,active"
    house.browser("owner").upload("/products/file", "file", f"{head}\nN1,New,,Tea,1,,1,Fine,,\n".encode())
    return [
        "/", "/orders", f"/orders/{order.id}", f"/orders/slips?id={order.id}", "/products", "/products/1",
        f"/skus/{sku}/stock", "/products/new", "/products/file", "/products/file/preview", "/customers",
        f"/customers/{done.customer_id}", f"/customers/{done.customer_id}/talk", "/coupons",
        f"/coupons/{coupon.id}",
        "/reviews", "/reports", "/reports?unit=month", "/users", "/audit",
        "/broadcasts", "/broadcasts/new", "/broadcasts/1", "/broadcasts/1/edit", "/broadcasts/1/confirm",
        f"/products?q={quote(HOSTILE)}", f"/customers?q={quote(HOSTILE)}", f"/reports?unit={quote(HOSTILE)}",
    ]  # fmt: skip


def test_hostile_text_is_shown_and_never_run(house: House) -> None:
    pages = furnish(house)
    for table, column in (
        ("products", "name"), ("products", "description"), ("products", "picture"), ("skus", "option"),
        ("skus", "code"), ("categories", "name"), ("customers", "display_name"), ("customers",
        "recipient_name"),
        ("customers", "phone"), ("customers", "address"), ("messages", "body"), ("messages", "kind"),
        ("reviews", "words"), ("reviews", "name"), ("reviews", "hidden_reason"), ("refunds", "reason"),
        ("broadcasts", "body"),
        ("refunds", "problem"), ("refunds", "provider_ref"), ("refunds", "problem_code"),
        ("stock_moves", "note"),
        ("stock_moves", "actor"), ("order_lines", "product_name"), ("orders", "note"), ("staff_users",
        "name"),
    ):  # fmt: skip
        house.run(f"UPDATE {table} SET {column} = %s", HOSTILE)
    browser = house.browser("owner")
    for path in pages:
        response = browser.get(path)
        page = response.get_data(as_text=True)
        assert response.status_code == 200, path
        assert "<script" not in page, path
        assert "<img src=x" not in page, path
        assert "y&gt;49" not in page, path


def test_english_readers_get_no_chinese_but_the_shops_own_words(house: House) -> None:
    pages = furnish(house)
    house.run("UPDATE staff_users SET language = 'en', name = 'Ann'")
    house.run("UPDATE products SET name = 'Tea'")
    house.run("UPDATE skus SET option = 'Small', stock = 1")
    house.run("UPDATE order_lines SET product_name = 'Tea', option = ''")
    house.run("UPDATE categories SET name = name || id")
    house.run("UPDATE orders SET recipient_name = 'Ann', address = 'Taipei 1'")
    browser = house.browser("owner")
    categories = [str(row[0]) for row in house.run("SELECT name FROM categories")]
    for path in pages[:25]:
        page = text(browser.get(path))
        for known in ("山腳下小舖", "繁體中文", *categories):
            page = page.replace(known, "")
        page = re.sub(r"<option[^>]*>[^<]*</option>", "", page)
        page = page.replace("先生", "").replace("茶葉", "").replace("75 克", "")
        assert re.findall(r"[\u4e00-\u9fff]+", page) == [], path


def test_pages_load_nothing_from_elsewhere_and_may_run_nothing(house: House) -> None:
    browser = house.browser("owner")
    for path in furnish(house):
        response = browser.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        page = html.unescape(response.get_data(as_text=True))
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page), path
