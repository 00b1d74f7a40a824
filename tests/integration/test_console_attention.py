"""What needs attention: the counts, the closing of cases, dead letters tried again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from store import cases, fulfilment
from store.queue import outbox
from tests.factories import placed_order, stock_up
from tests.integration.console_house import House, text


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    house = House(database_url)
    yield house
    house.db.close()


def tiles(house: House) -> list[tuple[str, str]]:
    page = text(house.browser("viewer").get("/"))
    return re.findall(r"<strong>([^<]+)</strong><span>([^<]+)</span></a></li>", page)


def dead_letters(house: House) -> tuple[int, int]:
    house.run(
        "INSERT INTO inbox (source, event_key, lane, payload, status, attempts, last_error)"
        " VALUES ('line', 'k', 'Usecretperson', %s, 'dead', 8, 'KeyError')",
        '{"type": "message", "replyToken": "secret-token"}',
    )
    letter = {"messages": ["secret words"], "reply_token": "secret-token"}
    house.db.transaction(lambda tx: outbox.put(tx, "line.message", letter))
    died = "status = 'dead', attempts = 12, last_error = 'Unavailable: 503'"
    house.run(f"UPDATE outbox SET {died} WHERE kind = 'line.message'")
    inbox_id = house.run("SELECT id FROM inbox WHERE status = 'dead'")[0][0]
    outbox_id = house.run("SELECT id FROM outbox WHERE status = 'dead'")[0][0]
    return int(str(inbox_id)), int(str(outbox_id))


def test_an_empty_shop_needs_nothing(house: House) -> None:
    assert tiles(house) == [("0", "待出貨"), ("0", "待處理事項"), ("0", "傳送失敗"), ("0", "快賣完")]


def test_everything_that_waits_is_counted(house: House) -> None:
    plenty, scarce = stock_up(house.db, stock=50)[0], stock_up(house.db, stock=4, name="紅茶")[0]
    stock_up(house.db, stock=3, name="綠茶")
    order = placed_order(house.db, {plenty.id: 1, scarce.id: 1}, "cod")
    sent = placed_order(house.db, {plenty.id: 1}, "cod")
    house.db.transaction(
        lambda tx: fulfilment.ship(tx, sent.id, fulfilment.Parcel("全家", "A1234"), "staff:1")
    )
    house.db.transaction(
        lambda tx: cases.open_case(tx, cases.Kind.REFUND_DUE, order.id, "TS1", {"amount": 460})
    )
    dead_letters(house)
    assert tiles(house) == [("1", "待出貨"), ("1", "待處理事項"), ("2", "傳送失敗"), ("2", "快賣完")]
    page = text(house.browser("viewer").get("/"))
    for words in ("收到的 NT$460 應該退還給客人", "TS1", "KeyError", "Unavailable: 503", "剩 3 件"):
        assert words in page


def test_no_token_message_or_name_of_a_line_user_is_shown(house: House) -> None:
    dead_letters(house)
    page = text(house.browser("owner").get("/"))
    assert "secret" not in page
    assert "Usecretperson" not in page


def test_a_case_is_closed_with_a_reason_and_stays_closed(house: House) -> None:
    order = placed_order(house.db, {stock_up(house.db)[0].id: 1}, "cod")
    for kind in cases.Kind:
        house.db.transaction(lambda tx, kind=kind: cases.open_case(tx, kind, order.id, "TS1"))  # type: ignore[misc]
    browser = house.browser("staff")
    case_id = house.run("SELECT id FROM cases ORDER BY id LIMIT 1")[0][0]
    assert "請寫下怎麼處理的" in browser.said(browser.post(f"/cases/{case_id}/close", {"reason": "  "}))
    assert "已結案" in browser.said(browser.post(f"/cases/{case_id}/close", {"reason": "已匯款退回"}))
    assert "先前已經結案" in browser.said(browser.post(f"/cases/{case_id}/close", {"reason": "又一次"}))
    assert house.run("SELECT closed_by, resolution FROM cases WHERE id = %s", case_id) == [
        (f"staff:{house.ids['staff']}", "已匯款退回")
    ]
    assert house.run("SELECT data ->> 'reason' FROM order_events WHERE kind = 'case_closed'") == [
        ("已匯款退回",)
    ]
    assert house.run("SELECT after FROM audit_log WHERE action = 'case.close'") == [
        ({"closed": True, "reason": "已匯款退回"},)
    ]
    assert (str(len(cases.Kind) - 1), "待處理事項") in tiles(house)
    assert browser.post("/cases/4711/close", {"reason": "x"}).status_code == 404


def test_a_dead_letter_is_tried_again_once(house: House) -> None:
    inbox_id, outbox_id = dead_letters(house)
    browser = house.browser("staff")
    for box, row_id in (("inbox", inbox_id), ("outbox", outbox_id)):
        assert "1 件會馬上再試" in browser.said(browser.post(f"/letters/{box}/revive", {"id": row_id}))
        assert "已經有人處理了" in browser.said(browser.post(f"/letters/{box}/revive", {"id": row_id}))
        assert house.run(f"SELECT status, attempts FROM {box} WHERE id = %s", row_id) == [("waiting", 0)]
        assert house.run(
            "SELECT subject, before, after FROM audit_log WHERE action = %s", f"{box}.revive"
        ) == [
            (
                f"{box}:{row_id}",
                {"status": "dead", "error": "KeyError" if box == "inbox" else "Unavailable: 503"},
                {"status": "waiting"},
            )
        ]


def test_a_dead_letter_is_put_aside_with_a_reason(house: House) -> None:
    inbox_id, outbox_id = dead_letters(house)
    browser = house.browser("staff")
    assert "請寫下為什麼" in browser.said(browser.post("/letters/outbox/dismiss", {"id": outbox_id}))
    browser.post("/letters/outbox/dismiss", {"id": outbox_id, "reason": "客人已經知道了"})
    browser.post("/letters/inbox/dismiss", {"id": inbox_id, "reason": "舊版的按鈕"})
    assert house.run("SELECT status, outcome, last_error FROM outbox") == [
        ("dropped", "客人已經知道了", "Unavailable: 503")
    ]
    assert house.run("SELECT status FROM inbox") == [("done",)]
    assert ("0", "傳送失敗") in tiles(house)


@pytest.mark.parametrize("ids", [[], ["x"], ["-1"], ["1.5"], ["９"]])
def test_letters_that_cannot_be_meant_are_not_found(house: House, ids: list[str]) -> None:
    assert house.browser("staff").post("/letters/outbox/revive", {"id": ids}).status_code == 404


def test_another_box_is_not_found_and_too_large_a_number_is_nothing(house: House) -> None:
    browser = house.browser("staff")
    assert browser.post("/letters/staff_users/revive", {"id": "1"}).status_code == 404
    assert "已經有人處理了" in browser.said(browser.post("/letters/inbox/revive", {"id": str(2**80)}))


def test_the_owner_is_reminded_of_the_second_factor(house: House) -> None:
    assert "還沒有兩步驟驗證" in text(house.browser("owner").get("/"))
    assert "還沒有兩步驟驗證" not in text(house.browser("staff").get("/"))


def test_a_database_that_is_away_is_said_kindly(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from store.errors import DatabaseUnavailable

    browser = house.browser("viewer")

    def away(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("no")

    monkeypatch.setattr(house.db, "transaction", away)
    response = browser.get("/")
    assert response.status_code == 503
    assert "資料庫暫時連不上" in text(response)
