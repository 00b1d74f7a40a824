"""From the first hello to a paid order, through the real program, by the data of its own buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.acceptance.town import DETAILS, Town, actions_in, town, wait_until, words_of
from tests.factories import broken_invariants, scalar


@pytest.fixture
def shops(database_url: str, tmp_path: Path) -> Iterator[Town]:
    with town(database_url, tmp_path) as place:
        yield place
        assert broken_invariants(place.db) == []
        assert scalar(place.db, "SELECT count(*) FROM inbox WHERE status = 'dead'") == 0
        assert scalar(place.db, "SELECT count(*) FROM outbox WHERE status = 'dead'") == 0
        assert place.shop.stop() == 0


def fill_cart(shops: Town, user: str) -> None:
    """Two things: one found by its name with an option to choose, one from the shelves."""
    shops.say(user, "高山烏龍")
    shops.tap(user, "75 克")
    if any("加入購物車" in label for label in shops.labels(user)):
        shops.tap(user, "加入購物車")
    shops.say(user, "商品")
    shops.tap(user, "茶器")


def check_out(shops: Town, user: str, method: str) -> None:
    """From the cart to the confirmed order."""
    shops.say(user, "購物車")
    shops.tap(user, "結帳")
    if any("宅配" in label for label in shops.labels(user)):
        shops.tap(user, "宅配")
    shops.say(user, DETAILS)
    shops.tap(user, method)
    action = shops.button(user, "確認下單")
    shops.line.press(user, action)
    shops.wait_for_text(user, "訂單已成立")


def uris(message: object) -> list[str]:
    return [str(action["uri"]) for action in actions_in(message) if action.get("type") == "uri"]


def test_a_card_order_is_paid_at_the_bank_and_the_chat_says_so(shops: Town) -> None:
    user = shops.customer()
    fill_cart(shops, user)
    check_out(shops, user, "信用卡")
    placed = shops.wait_for_text(user, "訂單已成立")
    pay_url = next(url for url in uris(placed) if url.startswith(shops.bank_url))
    assert requests.get(pay_url, timeout=5).status_code == 200
    order_no = str(scalar(shops.db, "SELECT provider_order_no FROM payments"))
    paid = requests.post(
        f"{shops.bank_url}/control/card/pay",
        json={"OrderNo": order_no, "result": "S", "notify": "both"},
        timeout=10,
    ).json()
    back = requests.post(paid["ReturnURL"], data=paid["form"], timeout=5, allow_redirects=False)
    assert back.status_code == 303
    shops.wait_for_text(user, "已付款")
    assert scalar(shops.db, "SELECT status FROM orders") == "paid"
    page = requests.get(back.headers["Location"], timeout=5)
    assert "已付款" in page.text


def test_an_atm_order_is_paid_by_a_transfer(shops: Town) -> None:
    user = shops.customer()
    fill_cart(shops, user)
    check_out(shops, user, "ATM")
    placed = shops.wait_for_text(user, "訂單已成立")
    account = str(scalar(shops.db, "SELECT account_no FROM payments"))
    assert account in words_of(placed)
    copies = [action["clipboardText"] for action in actions_in(placed) if action.get("type") == "clipboard"]
    assert account in copies
    requests.post(f"{shops.bank_url}/control/atm/pay", json={"AtmPayNo": account}, timeout=10)
    shops.wait_for_text(user, "已付款")
    assert scalar(shops.db, "SELECT status FROM orders") == "paid"


def test_a_cash_order_is_prepared_at_once(shops: Town) -> None:
    user = shops.customer()
    fill_cart(shops, user)
    check_out(shops, user, "貨到付款")
    assert scalar(shops.db, "SELECT status FROM orders") == "preparing"
    shops.say(user, "訂單")
    assert re.search(r"備貨中", words_of(shops.line.messages(user)[-1]))


def test_a_new_friend_is_greeted_by_name_of_the_shop(shops: Town) -> None:
    user = shops.line.world.add_user("小安", friend=False).user_id
    shops.line.customers.follow(user)
    greeting = shops.line.wait_for(user, lambda _message: True, 15)
    assert "山腳下小舖" in words_of(greeting)


def test_the_second_tap_on_confirm_shows_the_first_order(shops: Town) -> None:
    user = shops.customer()
    fill_cart(shops, user)
    check_out(shops, user, "貨到付款")
    again = shops.tap(user, "確認下單")
    code = str(scalar(shops.db, "SELECT code FROM orders"))
    assert code in words_of(again)
    assert scalar(shops.db, "SELECT count(*) FROM orders") == 1


def test_an_unpaid_order_expires_with_a_word_and_its_stock_comes_back(
    database_url: str, tmp_path: Path
) -> None:
    with town(database_url, tmp_path, CARD_ORDER_TTL_SECONDS="3") as shops:
        user = shops.customer()
        before = scalar(shops.db, "SELECT sum(stock) FROM skus")
        fill_cart(shops, user)
        check_out(shops, user, "信用卡")
        wait_until(
            lambda: scalar(shops.db, "SELECT status FROM orders") == "expired", 20, "the order to expire"
        )
        shops.wait_for_text(user, "已取消")
        assert scalar(shops.db, "SELECT sum(stock) FROM skus") == before
        assert broken_invariants(shops.db) == []
