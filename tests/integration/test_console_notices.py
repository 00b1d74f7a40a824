"""The page on which the owner says what is told in LINE, and sees whether it can be."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from admin import console
from store import customers, owner_news
from store.owner_news import News
from store.shop import Shop
from tests.factories import line_user
from tests.integration.console_house import House, text

ALL = [str(kind) for kind in News]


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    house.db.close()


def ticked(page: str) -> list[str]:
    return re.findall(r'name="kind" value="(\w+)" checked', page)


def test_everything_is_told_until_the_owner_says_otherwise(house: House) -> None:
    browser = house.browser("owner")
    assert ticked(text(browser.get("/notices"))) == ALL
    response = browser.post("/notices", {"kind": ["order", "daily", "nonsense", "<b>"]})
    assert "已儲存" in browser.said(response)
    assert ticked(text(browser.get("/notices"))) == ["order", "daily"]
    assert house.db.transaction(owner_news.switches) == {
        News.ORDER: True, News.CASE: False, News.LOW_STOCK: False, News.DAILY: True,
    }  # fmt: skip
    browser.post("/notices", {"kind": ALL})
    assert ticked(text(browser.get("/notices"))) == ALL


def test_each_switch_that_moved_is_in_the_audit_log(house: House) -> None:
    browser = house.browser("owner")
    for kinds in (["order", "case", "daily"], ["order", "case", "daily"], ALL):
        browser.post("/notices", {"kind": kinds})
    assert house.run("SELECT action, subject, before, after FROM audit_log WHERE user_id = %s ORDER BY id",
                     house.ids["owner"]) == [
        ("notice.switch", "notice:low_stock", {"on": True}, {"on": False}),
        ("notice.switch", "notice:low_stock", {"on": False}, {"on": True}),
    ]  # fmt: skip
    page = text(browser.get("/audit"))
    assert "開關店家通知" in page
    assert "店家通知 快賣完" in page
    assert "low_stock" not in page


@pytest.mark.parametrize("role", ["staff", "viewer"])
def test_only_the_owner_sees_and_changes_it(house: House, role: str) -> None:
    browser = house.browser(role)
    assert "/admin/notices" not in text(browser.get("/"))
    assert browser.get("/notices").status_code == 403
    assert browser.post("/notices", {"kind": []}).status_code == 403
    assert all(house.db.transaction(owner_news.switches).values())


def test_the_page_says_who_can_be_told(house: House) -> None:
    known, gone, unknown = line_user(), line_user(), line_user()
    for user, friend in ((known, True), (gone, False)):
        customer = house.db.transaction(lambda tx, user=user: customers.meet(tx, user))  # type: ignore[misc]
        house.run(
            "UPDATE customers SET display_name = %s, friend = %s WHERE id = %s",
            f"<b>{'老闆' if friend else '店長'}", friend, customer.id,
        )  # fmt: skip
    shop = Shop(house.settings)
    shop.owners = (known, gone, unknown)
    house.app = type(house.app)("console", static_folder=None)
    house.app.register_blueprint(console.blueprint(house.db, shop, house.settings))
    response = house.browser("owner").get("/notices")
    assert b"<b>" not in response.data
    page = text(response)
    badges = re.findall(r'<span class="badge [\w-]+">([^<]+)</span>', page)
    assert badges == ["收得到", "收不到", "還沒聯絡過"]
    for user in shop.owners:
        assert user not in page
        assert f"…{user[-4:]}" in page


def test_a_shop_that_names_nobody_is_told_so_in_english_too(house: House) -> None:
    assert "還沒有設定要通知誰" in text(house.browser("owner").get("/notices"))
    house.run("UPDATE staff_users SET language = 'en'")
    page = text(house.browser("owner").get("/notices"))
    assert "Nobody is named, so nothing is sent." in page
    assert not re.search("[\u4e00-\u9fff]", page.replace("山腳下小舖", "").replace("owner先生", ""))
