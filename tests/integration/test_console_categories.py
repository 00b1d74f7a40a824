"""Categories in the console: renamed, put in order, the empty ones hidden; every change is written down."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from store import catalogue, catalogue_file, search
from store.catalogue_file import Row
from store.db import Transaction, sql
from tests.factories import scalar
from tests.integration.console_house import Browser, House, text

NAMES = ("茶葉", "糕餅", "茶具", "禮盒")


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    bring(house, *NAMES)
    yield house
    house.db.close()


def bring(house: House, *categories: str) -> None:
    """A product on each of these categories, from a file."""
    rows = [
        Row(n, f"S-{name}", f"第一款{name}", "", name, 100, None, 5, "", "", active=True)
        for n, name in enumerate(categories, 2)
    ]
    house.db.transaction(lambda tx: catalogue_file._store(tx, rows, {}, "test"))


def number_of(house: House, name: str) -> int:
    return int(str(scalar(house.db, "SELECT id FROM categories WHERE name = %s", name)))


def seen_by_customers(house: House) -> list[str]:
    return house.db.transaction(lambda tx: [shelf.name for shelf in catalogue.categories(tx).categories])


def found(house: House, words: str) -> list[str]:
    return house.db.transaction(
        lambda tx: [card.name for card in search.find(tx, search.Query(words)).products]
    )


def move(browser: Browser, number: int, step: str) -> None:
    response = browser.post(f"/categories/{number}/place", {"step": step})
    assert (response.status_code, response.headers["Location"]) == (303, f"/admin/categories#c{number}")


def log(house: House) -> list[tuple[object, ...]]:
    return house.run(
        "SELECT action, subject, before, after FROM audit_log WHERE action LIKE 'category.%%' ORDER BY id"
    )


def empty(house: House, name: str) -> int:
    """Move what is on a category to the first one; its number."""
    house.run(
        "UPDATE products SET category_id = (SELECT min(id) FROM categories) WHERE category_id ="
        " (SELECT id FROM categories WHERE name = %s)",
        name,
    )
    house.db.transaction(
        lambda tx: search.refresh(tx, [row.id for row in sql.catalogue_products(tx.connection)])
    )
    return number_of(house, name)


def test_a_renamed_category_is_found_and_shown_under_its_new_name_at_once(house: House) -> None:
    browser, number = house.browser("staff"), number_of(house, "糕餅")
    assert found(house, "糕餅") == ["第一款糕餅"]
    said = browser.said(browser.post(f"/categories/{number}", {"category": "  手工 甜點 "}))
    assert "已儲存" in said
    assert seen_by_customers(house) == ["茶葉", "手工 甜點", "茶具", "禮盒"]
    assert found(house, "甜點") == ["第一款糕餅"]
    assert house.db.transaction(lambda tx: catalogue.category_named(tx, "糕餅")) is None
    assert log(house) == [
        ("category.rename", f"category:{number}", {"name": "糕餅"}, {"name": "手工 甜點"}),
    ]
    browser.post(f"/categories/{number}", {"category": "手工 甜點"})
    assert len(log(house)) == 1, "the same name again is no change"
    page = text(house.browser("owner").get("/audit"))
    assert "分類改名" in page
    assert "手工 甜點" in page


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("茶葉", "已經有同名的分類了"),
        ("", "請填寫「分類」"),
        ("   ", "請填寫「分類」"),
        ("\u200b", "請填寫「分類」"),
        ("長" * 41, "最多 40 個字"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_changes(house: House, name: str, words: str) -> None:
    browser, number = house.browser("staff"), number_of(house, "糕餅")
    response = browser.post(f"/categories/{number}", {"category": name})
    assert response.status_code == 422
    assert words in text(response)
    assert seen_by_customers(house) == list(NAMES)
    assert log(house) == []


def test_categories_change_places_one_by_one_and_to_the_top(house: House) -> None:
    browser = house.browser("staff")
    gifts, tea = number_of(house, "禮盒"), number_of(house, "茶葉")
    move(browser, gifts, "up")
    assert seen_by_customers(house) == ["茶葉", "糕餅", "禮盒", "茶具"]
    move(browser, tea, "down")
    assert seen_by_customers(house) == ["糕餅", "茶葉", "禮盒", "茶具"]
    move(browser, gifts, "first")
    assert seen_by_customers(house) == ["禮盒", "糕餅", "茶葉", "茶具"]
    assert log(house)[-1] == (
        "category.place", f"category:{gifts}",
        {"name": "禮盒", "position": 3}, {"name": "禮盒", "position": 1},
    )  # fmt: skip
    move(browser, gifts, "up")
    move(browser, gifts, "first")
    move(browser, number_of(house, "茶具"), "down")
    assert seen_by_customers(house) == ["禮盒", "糕餅", "茶葉", "茶具"], "there is nothing beyond the ends"
    assert len(log(house)) == 3
    page = text(browser.get("/products"))
    assert page.index("第一款禮盒") < page.index("第一款糕餅") < page.index("第一款茶葉")
    bring(house, *NAMES, "新到")
    assert seen_by_customers(house) == ["禮盒", "糕餅", "茶葉", "茶具", "新到"], (
        "a file leaves the order alone"
    )


def test_categories_with_the_same_number_from_of_old_can_be_moved(house: House) -> None:
    house.run("UPDATE categories SET position = 0")
    move(house.browser("staff"), number_of(house, "禮盒"), "up")
    assert seen_by_customers(house) == ["茶葉", "糕餅", "禮盒", "茶具"]


def test_two_people_who_move_at_once_lose_no_category(house: House) -> None:
    browsers = [house.browser("staff"), house.browser("owner")]
    tokens = [browser.token() for browser in browsers]
    numbers = [number_of(house, name) for name in ("禮盒", "茶具")]

    def shuffle(which: int) -> None:
        for _ in range(8):
            data = {"_token": tokens[which], "step": "up" if which else "first"}
            browsers[which].client.post(f"/admin/categories/{numbers[which]}/place", data=data)

    threads = [threading.Thread(target=shuffle, args=(which,)) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(seen_by_customers(house)) == sorted(NAMES)
    assert house.run("SELECT array_agg(position ORDER BY position) FROM categories") == [([1, 2, 3, 4],)]


def test_an_empty_category_is_hidden_and_brought_back(house: House) -> None:
    browser, number = house.browser("staff"), empty(house, "茶具")
    assert "分類已隱藏" in browser.said(browser.post(f"/categories/{number}/hidden", {"hidden": "1"}))
    for path in ("/products", "/products/new"):
        assert "茶具</option>" not in text(browser.get(path))
    page = text(browser.get("/categories"))
    assert "隱藏的分類" in page
    move(browser, number_of(house, "禮盒"), "up")
    assert seen_by_customers(house) == ["茶葉", "禮盒", "糕餅"], "a hidden one is no step on the way"
    assert "分類已恢復" in browser.said(browser.post(f"/categories/{number}/hidden", {"hidden": "0"}))
    assert "茶具</option>" in text(browser.get("/products/new"))
    assert [row[2:] for row in log(house) if row[0] == "category.hide"] == [
        ({"name": "茶具", "hidden": False}, {"name": "茶具", "hidden": True}),
        ({"name": "茶具", "hidden": True}, {"name": "茶具", "hidden": False}),
    ]
    browser.post(f"/categories/{number}/hidden", {"hidden": "0"})
    assert len(log(house)) == 3


def test_a_category_with_products_is_not_hidden_not_even_with_those_off_sale(house: House) -> None:
    browser, number = house.browser("staff"), number_of(house, "茶具")
    house.run("UPDATE skus SET active = false")
    response = browser.post(f"/categories/{number}/hidden", {"hidden": "1"})
    assert response.status_code == 422
    assert "還有商品" in text(response)
    assert scalar(house.db, "SELECT count(*) FROM categories WHERE hidden") == 0
    assert f'action="/admin/categories/{number}/hidden"' not in text(browser.get("/categories"))


def test_a_product_put_into_a_hidden_category_shows_it_again(house: House) -> None:
    browser = house.browser("staff")
    for name in ("茶具", "禮盒"):
        browser.post(f"/categories/{empty(house, name)}/hidden", {"hidden": "1"})
    bring(house, "茶具")
    data = {"name": "新春組合", "new_category": "禮盒", "description": ""}
    assert browser.post("/products/new", data).status_code == 303
    assert scalar(house.db, "SELECT count(*) FROM categories WHERE hidden") == 0


def test_hiding_waits_for_whoever_puts_a_product_there(house: House) -> None:
    browser, number = house.browser("staff"), empty(house, "茶具")
    token = browser.token()
    statuses: list[int] = []

    def hide() -> None:
        data = {"_token": token, "hidden": "1"}
        statuses.append(browser.client.post(f"/admin/categories/{number}/hidden", data=data).status_code)

    hiding = threading.Thread(target=hide)

    def put(tx: Transaction) -> None:
        list(sql.import_categories(tx.connection, names=["茶具"]))
        hiding.start()
        hiding.join(timeout=0.3)
        assert statuses == [], "it does not wait"
        sql.console_product_insert(tx.connection, category_id=number, name="壺", description="")

    house.db.transaction(put)
    hiding.join(timeout=10)
    assert statuses == [422]
    assert scalar(house.db, "SELECT count(*) FROM categories WHERE hidden") == 0


def test_a_form_from_before_a_renaming_makes_no_second_category(house: House) -> None:
    browser, product = (
        house.browser("staff"),
        scalar(house.db, "SELECT id FROM products WHERE name = '第一款糕餅'"),
    )
    browser.post(f"/categories/{number_of(house, '糕餅')}", {"category": "甜點"})
    data = {"name": "第一款糕餅", "category": "糕餅", "description": "", "position": "1"}
    response = browser.post(f"/products/{product}", data)
    assert response.status_code == 422
    assert "這個分類剛剛改名或隱藏了" in text(response)
    assert browser.post(f"/products/{product}", {**data, "category": "甜點"}).status_code == 303
    assert scalar(house.db, "SELECT count(*) FROM categories") == 4


@pytest.mark.parametrize("path", ["", "/place", "/hidden"])
@pytest.mark.parametrize("number", ["999", "9" * 25])
def test_a_category_that_is_not_there_is_a_page_that_is_not_there(
    house: House, number: str, path: str
) -> None:
    data = {"category": "x", "step": "up", "hidden": "1"}
    assert house.browser("staff").post(f"/categories/{number}{path}", data).status_code == 404


def test_a_step_nobody_knows_is_refused(house: House) -> None:
    response = house.browser("staff").post(f"/categories/{number_of(house, '茶具')}/place", {"step": "last"})
    assert response.status_code == 422
    assert log(house) == []


def test_the_page_is_there_in_english_and_its_buttons_say_which_category(house: House) -> None:
    browser = house.browser("staff")
    house.run("UPDATE staff_users SET language = 'en'")
    page = text(browser.get("/categories"))
    assert "Customers see the categories in this order" in page
    assert 'aria-label="Up: 糕餅"' in page
    assert "Products: 1" in page
    assert 'aria-label="Up: 茶葉"' not in page, "the first has nowhere to go"
    assert 'aria-label="Down: 禮盒"' not in page


def test_an_empty_shop_says_that_there_are_none(database_url: str) -> None:
    house = House(database_url)
    assert "還沒有分類" in text(house.browser("staff").get("/categories"))
    house.db.close()
