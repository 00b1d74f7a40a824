"""Somebody who taps faster than anybody reads: damped, and neither others nor they themselves lose by it."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from store import customers
from store.db import Database
from tests.factories import broken_invariants, line_user, scalar, stock_up
from tests.integration.chat import FORM, Chat, run
from tests.integration.line_inbox import LineInbox, said, tapped

BURST = 20


@pytest.fixture
def line(database_url: str) -> Iterator[LineInbox]:
    database = Database(database_url)
    yield LineInbox(database)
    assert broken_invariants(database) == []
    database.close()


def finish(line: LineInbox) -> str:
    """Handle everything, what was put off included; what was said meanwhile."""
    words = [line.words]
    while scalar(line.db, "SELECT count(*) FROM inbox WHERE status = 'waiting'"):
        time.sleep(0.05)
        line.work()
        words.append(line.words)
    return "\n".join(words)


def test_a_burst_is_answered_in_full(line: LineInbox) -> None:
    line.receive(*[said(line.user, "購物車") for _ in range(BURST)])
    assert len(line.answers) == BURST


def test_a_flood_is_asked_once_to_slow_down_and_its_last_wish_is_done(line: LineInbox) -> None:
    line.store(*[said(line.user, "購物車") for _ in range(100)], said(line.user, "說明"))
    line.work()
    asked = [answer for answer in line.answers if "慢慢來" in str(answer["messages"])]
    assert len(asked) == 1
    assert len(line.answers) <= BURST + 6
    assert "怎麼使用" in finish(line)
    assert scalar(line.db, "SELECT count(*) FROM inbox WHERE status = 'dead'") == 0


def test_the_last_wish_waits_about_a_second_and_keeps_its_reply_token(line: LineInbox) -> None:
    last = said(line.user, "說明")
    line.store(*[said(line.user, "購物車") for _ in range(40)], last)
    line.work()
    assert scalar(
        line.db,
        "SELECT available_at BETWEEN now() AND now() + interval '1 second' FROM inbox "
        "WHERE status = 'waiting'",
    )
    finish(line)
    assert line.answers[-1]["reply_token"] == last["replyToken"]


def test_nobody_elses_taps_are_lost_in_a_flood(line: LineInbox) -> None:
    others = [line_user() for _ in range(5)]
    for other in others:
        line.store(*[said(line.user, "購物車") for _ in range(30)], said(other, "說明"))
    line.work()
    answered = {answer["to"] for answer in line.answers if "怎麼使用" in str(answer["messages"])}
    assert answered == set(others)
    finish(line)


def test_a_tap_that_orders_is_done_however_fast_it_comes(line: LineInbox) -> None:
    stock_up(line.db)
    chat = Chat(line.db, line.user)
    chat.to_payment()
    chat.tap("貨到付款")
    confirm = chat.action("確認下單")["data"]
    run(line.db, "UPDATE customers SET pace_left = 0")
    line.receive(*[said(line.user, "購物車")] * 1, tapped(line.user, confirm), said(line.user, "說明"))
    assert scalar(line.db, "SELECT count(*) FROM orders") == 1
    assert "訂單已成立" in line.words
    finish(line)


def test_words_for_a_human_are_all_kept_however_fast_they_come(line: LineInbox) -> None:
    line.receive(tapped(line.user, "v=1&a=human"), *[said(line.user, f"第 {n} 句") for n in range(40)])
    assert scalar(line.db, "SELECT count(*) FROM messages") == 40


def test_a_follow_and_an_unfollow_are_never_passed_over(line: LineInbox) -> None:
    source = {"source": {"type": "user", "userId": line.user}}
    line.store(*[said(line.user, "購物車") for _ in range(30)])
    line.receive({"type": "unfollow", **source}, {"type": "follow", **source})
    assert "歡迎回來" in finish(line)
    assert scalar(line.db, "SELECT friend FROM customers") is True


def test_a_rest_fills_the_bucket_and_no_more_than_full(line: LineInbox) -> None:
    line.receive(*[said(line.user, "購物車") for _ in range(BURST)])
    run(line.db, "UPDATE customers SET last_seen_at = now() - interval '1 hour'")
    customer = line.db.transaction(lambda tx: customers.meet(tx, line.user))
    assert customer.pace_left == BURST - 1
    assert not customer.hurried


def test_what_is_refused_costs_nothing_so_that_a_flood_does_not_shut_itself_out(line: LineInbox) -> None:
    line.receive(said(line.user, "購物車"))
    run(line.db, "UPDATE customers SET pace_left = 0")
    left = [line.db.transaction(lambda tx: customers.meet(tx, line.user)).pace_left for _ in range(50)]
    assert min(left) >= -1


def test_a_redelivered_event_that_was_put_off_is_still_known(line: LineInbox) -> None:
    line.receive(said(line.user, "購物車"))
    run(line.db, "UPDATE customers SET pace_left = -0.5, last_seen_at = now()")
    again = said(line.user, FORM) | {"webhookEventId": "same"}
    line.receive(again)
    line.receive(again | {"deliveryContext": {"isRedelivery": True}})
    finish(line)
    assert scalar(line.db, "SELECT count(*) FROM inbox WHERE event_key LIKE 'same%%'") == 2
    assert scalar(line.db, "SELECT count(*) FROM outbox") == 2
