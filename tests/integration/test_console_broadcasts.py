"""Broadcasts in the console: drafts, whom they reach, what they cost, and what is refused."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from store import broadcasts, customers
from store.broadcasts import RANK, Broadcast
from store.db import sql
from store.web import TAIWAN
from tests.factories import line_user, scalar, stock_up
from tests.integration.console_house import Browser, House, text

KEPT = 20 * RANK


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    has_quota(house, KEPT + 100)
    yield house
    house.db.close()


def has_quota(house: House, monthly: int | None, used: int = 0) -> None:
    house.db.transaction(lambda tx: sql.quota_store(tx.connection, monthly=monthly, used=used))


def friends(house: House, count: int) -> None:
    for _ in range(count):
        house.db.transaction(lambda tx: customers.meet(tx, line_user()))


def write(browser: Browser, path: str = "/broadcasts", **fields: object) -> str:
    """Save a draft; what the console says."""
    data = {"body": "今天免運", "segment": "everybody", **fields}
    response = browser.post(path, data)
    return browser.said(response) if response.status_code == 303 else text(response)


def newest(house: House) -> Broadcast:
    broadcast_id = int(str(scalar(house.db, "SELECT max(id) FROM broadcasts")))
    return house.db.transaction(lambda tx: broadcasts.find(tx, broadcast_id))


def send(browser: Browser, house: House, **fields: object) -> str:
    """Send the newest draft as its confirmation page would."""
    page = text(browser.get(f"/broadcasts/{newest(house).id}/confirm"))
    found = dict(re.findall(r'name="(people|version)" value="([0-9]+)"', page))
    data: dict[str, Any] = {"people": "1", "version": "1", **found, "when": "now", **fields}
    response = browser.post(f"/broadcasts/{newest(house).id}/send", data)
    return browser.said(response) if response.status_code == 303 else text(response)


def jobs(house: House, kind: str) -> int:
    return int(str(scalar(house.db, "SELECT count(*) FROM outbox WHERE kind = %s", kind)))


def actions(house: House) -> list[object]:
    return [row[0] for row in house.run("SELECT action FROM audit_log WHERE action LIKE 'b%%' ORDER BY id")]


def test_staff_write_a_draft_the_owner_sees_the_cost_and_sends_it(house: House) -> None:
    friends(house, 3)
    staff, owner = house.browser("staff"), house.browser("owner")
    assert "還沒有傳給任何人" in write(staff)
    draft = newest(house)
    assert (draft.state, jobs(house, "broadcast.spread")) == ("draft", 0)
    assert jobs(house, "broadcast.quota") == 1
    page = text(staff.get(f"/broadcasts/{draft.id}"))
    assert "3 人" in page
    assert "看人數和費用" not in page
    cost = owner.post(f"/broadcasts/{draft.id}/cost")
    page = text(owner.client.get(cost.headers["Location"]))
    for words in ("3 人", "3 則", "220 則", "−120", "100 則", "夠傳", "不再收到優惠訊息"):
        assert words in page, words
    assert "開始傳給 3 人" in send(owner, house)
    sent = newest(house)
    assert (sent.state, sent.planned) == ("sending", 3)
    assert jobs(house, "broadcast.spread") == 1
    assert actions(house) == ["broadcast.create", "broadcast.send"]
    log = text(owner.get("/audit"))
    assert "送出群發" in log
    assert "人數 3" in log
    assert "所有好友" in log
    assert "傳送中" in text(house.browser("viewer").get("/broadcasts"))


def test_what_does_not_fit_is_refused_with_how_much_is_missing(house: House) -> None:
    friends(house, 3)
    has_quota(house, KEPT + 10, 8)
    browser = house.browser("owner")
    write(browser)
    page = text(browser.get(f"/broadcasts/{newest(house).id}/confirm"))
    assert "少 1 則" in page
    assert 'name="when"' not in page
    assert "可以用在群發的只有 2 則" in send(browser, house, people="3")
    assert (newest(house).state, jobs(house, "broadcast.spread")) == ("draft", 0)


def test_what_other_broadcasts_still_need_is_not_free(house: House) -> None:
    friends(house, 60)
    browser = house.browser("owner")
    write(browser)
    send(browser, house)
    write(browser)
    page = text(browser.get(f"/broadcasts/{newest(house).id}/confirm"))
    assert "其他還沒傳完的群發" in page
    assert "少 20 則" in page
    assert "可以用在群發的只有 40 則" in send(browser, house, people="60")


def test_nothing_is_sent_while_it_is_not_known_how_many_messages_are_left(house: House) -> None:
    friends(house, 1)
    browser = house.browser("owner")
    write(browser)
    house.run("UPDATE line_quota SET read_at = now() - interval '2 hours'")
    assert "還在問 LINE" in text(browser.get(f"/broadcasts/{newest(house).id}/confirm"))
    assert "還不知道" in send(browser, house)
    has_quota(house, None)
    assert "沒有上限" in text(browser.get(f"/broadcasts/{newest(house).id}/confirm"))
    assert "開始傳給 1 人" in send(browser, house)


def test_the_owner_is_asked_again_when_people_or_words_have_changed(house: House) -> None:
    friends(house, 1)
    browser = house.browser("owner")
    write(browser)
    draft = newest(house)
    friends(house, 1)
    assert "從 1 變成 2" in send(browser, house, people="1")
    write(house.browser("staff"), f"/broadcasts/{draft.id}", body="另一句", version="1")
    assert "草稿剛剛被改過" in send(browser, house, version="1")
    assert newest(house).state == "draft"
    stale = house.browser("staff").post(
        f"/broadcasts/{draft.id}", {"body": "x", "segment": "everybody", "version": "1"}
    )
    assert stale.status_code == 422
    assert newest(house).draft.body == "另一句"


def test_it_waits_for_its_time_in_taiwan_and_can_be_taken_back(house: House) -> None:
    friends(house, 1)
    browser = house.browser("owner")
    write(browser)
    tomorrow = datetime.now(TAIWAN).replace(hour=20, minute=0, second=0, microsecond=0) + timedelta(days=1)
    assert "已排定" in send(browser, house, when="later", send_at=f"{tomorrow:%Y-%m-%dT%H:%M}")
    sent = newest(house)
    assert sent.send_at == tomorrow.astimezone(UTC)
    due = scalar(house.db, "SELECT max(available_at) FROM outbox WHERE kind = 'broadcast.spread'")
    assert isinstance(due, datetime)
    assert abs((due - tomorrow).total_seconds()) < 5
    assert "已排定" in text(browser.get("/broadcasts"))
    assert "取消排定" in text(browser.get(f"/broadcasts/{sent.id}"))
    staff = house.browser("staff")
    assert "已停止" in staff.said(staff.post(f"/broadcasts/{sent.id}/stop"))
    assert newest(house).stopped_why == "human"
    assert "不在傳送中" in staff.said(staff.post(f"/broadcasts/{sent.id}/stop"))
    assert actions(house)[-1] == "broadcast.stop"


@pytest.mark.parametrize(
    "fields",
    [{"when": "later"}, {"when": "later", "send_at": "2020-01-01T10:00"},
     {"when": "later", "send_at": "soon"},
     {"when": "later", "send_at": "9999-12-31T23:59"}, {"when": "never"}, {"people": "x"}, {"people": "0"},
     {"version": ""}, {"when": "later", "send_at": "0001-01-01T00:00"}],
)  # fmt: skip
def test_a_decision_that_cannot_be_read_sends_nothing(house: House, fields: dict[str, object]) -> None:
    friends(house, 1)
    browser = house.browser("owner")
    write(browser)
    assert 'class="said bad"' in send(browser, house, **fields)
    assert newest(house).state == "draft"


@pytest.mark.parametrize(
    "fields",
    [{"body": ""}, {"body": " \r\n "}, {"body": "字" * 5001}, {"body": "😀" * 2501}, {"segment": "friends"},
     {"segment": ""}, {"segment": "recent", "days_recent": "0"}, {"segment": "lapsed", "days_lapsed": "x"},
     {"segment": "recent", "days_recent": "9999"}, {"segment": "product"}, {"segment": "category"},
     {"segment": "category", "category": "99"}, {"segment": "language", "language": "ja"},
     {"segment": "wished", "product_wished": "#99"}, {"product": "沒有的茶"}, {"product": "#99"},
     {"product": "#" + "9" * 18}, {"product": "茶" * 121},
     {"segment": "product", "product_product": "' OR 1=1"}],
)  # fmt: skip
def test_a_draft_that_cannot_be_is_named_and_not_kept(house: House, fields: dict[str, object]) -> None:
    assert re.search(r'class="said bad" role="status">[^<]+', write(house.browser("staff"), **fields))
    assert scalar(house.db, "SELECT count(*) FROM broadcasts") == 0


def test_the_longest_text_is_taken_and_a_longer_one_is_counted(house: House) -> None:
    browser = house.browser("staff")
    assert "草稿已存好" in write(browser, body="字" * 5000)
    assert "現在是 5,002" in write(browser, body="字" * 5000 + "😀")


def test_line_ends_and_control_characters_come_out_as_line_wants_them(house: House) -> None:
    write(house.browser("staff"), body=" 一\r\n二\x00\x07\r三\t四 ")
    assert newest(house).draft.body == "一\n二\n三\t四"


def test_a_product_is_found_by_its_name_or_number_and_shown_as_its_card(house: House) -> None:
    stock_up(house.db, name="東方美人")
    product_id = int(str(scalar(house.db, "SELECT id FROM products")))
    browser = house.browser("staff")
    for typed in ("東方美人", f"東方美人 #{product_id}"):
        write(browser, product=typed, segment="product", product_product=typed)
        assert newest(house).draft.product_id == product_id
    page = text(browser.get(f"/broadcasts/{newest(house).id}"))
    assert "買過「東方美人」的人" in page
    assert "NT$380" in page
    form = text(browser.get(f"/broadcasts/{newest(house).id}/edit"))
    assert form.count(f'value="東方美人 #{product_id}"') == 3
    house.run("UPDATE skus SET active = false")
    assert "已經下架" in text(browser.get(f"/broadcasts/{newest(house).id}"))
    friends(house, 1)
    write(browser, f"/broadcasts/{newest(house).id}", segment="everybody", version="1")
    house.run("UPDATE broadcasts SET product_id = %s", product_id)
    assert "已經下架" in send(house.browser("owner"), house, version="2")


def test_a_segment_of_nobody_is_refused(house: House) -> None:
    browser = house.browser("owner")
    write(browser)
    assert "一個人也沒有" in send(browser, house)


def test_a_draft_is_thrown_away_and_what_was_sent_is_not(house: House) -> None:
    friends(house, 1)
    browser = house.browser("owner")
    write(browser)
    send(browser, house)
    sent = newest(house).id
    for path in (f"/broadcasts/{sent}/discard", f"/broadcasts/{sent}/send", f"/broadcasts/{sent}/cost"):
        assert browser.post(path, {"people": "1", "version": "1", "when": "now"}).status_code == 404, path
    assert (
        browser.post(f"/broadcasts/{sent}", {"body": "x", "segment": "never", "version": "1"}).status_code
        == 404
    )
    assert browser.get(f"/broadcasts/{sent}/confirm").status_code == 404
    write(browser)
    assert "草稿已刪除" in browser.said(browser.post(f"/broadcasts/{newest(house).id}/discard"))
    assert scalar(house.db, "SELECT count(*) FROM broadcasts") == 1
    for number in (4711, 2**63):
        assert browser.get(f"/broadcasts/{number}").status_code == 404
        assert browser.post(f"/broadcasts/{number}/stop").status_code == 404


def test_only_owners_send_and_only_the_consoles_own_forms(house: House) -> None:
    friends(house, 1)
    write(house.browser("staff"))
    path = f"/broadcasts/{newest(house).id}"
    decision = {"people": "1", "version": "1", "when": "now"}
    assert house.browser("staff").post(f"{path}/send", decision).status_code == 403
    assert house.browser("viewer").post("/broadcasts", {"body": "x", "segment": "never"}).status_code == 403
    assert house.browser("viewer").post(f"{path}/stop").status_code == 403
    assert house.browser("viewer").get(path).status_code == 200
    forged = house.browser("owner").client.post(f"/admin{path}/send", data=decision)
    assert forged.status_code == 400
    assert newest(house).state == "draft"
