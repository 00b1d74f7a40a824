"""Whatever LINE or a customer sends: no exception, an answer that LINE takes, and no neighbour lost."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.conversation import SCENES
from store.db import Database
from tests.factories import broken_invariants, line_user, scalar, stock_up
from tests.integration.chat import Chat, run
from tests.integration.line_inbox import LineInbox, said, tapped
from tests.unit.test_line_events import EVENTS, JSON, paths

QUICK = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WORDS = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="0123456789#＃：:姓名電話地址\n ABCK", max_size=60),
    st.sampled_from(
        [
            "",
            "?",
            "結帳",
            "小幫手",
            "刪除我的資料",
            "姓名：\n電話：\n地址：",
            "%",
            "_",
            "\\",
            "\x00",
            "\ud800",
        ]
    ),
    st.integers(1, 5000).map(lambda count: "茶" * count),
)
VALUES = st.one_of(st.integers(-3, 12).map(str), st.text(max_size=20), st.just("9" * 30))
DATA = st.one_of(
    st.text(max_size=300),
    st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")),
    st.binary(max_size=300).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
    st.builds(
        lambda name, pairs: "&".join(
            ["v=1", f"a={name}", *[f"{key}={value}" for key, value in pairs.items()]]
        ),
        st.sampled_from(sorted(SCENES)),
        st.dictionaries(
            st.sampled_from(["id", "c", "sku", "n", "o", "s", "t", "m", "d", "q", "before", "k"]), VALUES
        ),
    ),
)


@pytest.fixture
def line(database_url: str) -> Iterator[LineInbox]:
    """A shop with products and a customer who has a cart, a dialog, and orders in several states."""
    db = Database(database_url)
    stock_up(db, count=13, stock=9)
    chat = Chat(db)
    for status in ("completed", "shipped", "cancelled"):
        chat.order("貨到付款")
        if status != "cancelled":
            run(db, "UPDATE orders SET status = %s WHERE status = 'preparing'", status)
    chat.order("ATM")
    chat.to_payment()
    line = LineInbox(db)
    line.user = chat.user
    yield line
    assert broken_invariants(db) == []
    db.close()


def settle(line: LineInbox, *events: dict[str, Any]) -> None:
    """Handle events with a neighbour's on either side; nothing fails, and the neighbours are answered."""
    before, after = line_user(), line_user()
    run(line.db, "UPDATE customers SET pace_left = 20")
    line.receive(said(before, "購物車"), *events, said(after, "購物車"))
    failed = "SELECT string_agg(last_error, '; ') FROM inbox WHERE status <> 'done' OR last_error <> ''"
    assert scalar(line.db, failed) is None
    assert {before, after} <= {answer.get("to") for answer in line.answers}


def answered(line: LineInbox, user: str) -> bool:
    return any(answer.get("to") == user for answer in line.answers)


@QUICK
@given(words=WORDS)
def test_any_words_are_answered(line: LineInbox, words: str) -> None:
    run(line.db, "UPDATE customers SET human_until = NULL")
    settle(line, said(line.user, words))
    assert answered(line, line.user)


@QUICK
@given(words=st.lists(WORDS, max_size=4), data=DATA)
def test_any_words_to_a_human_are_kept_and_no_tap_is_left_unanswered(
    line: LineInbox, words: list[str], data: str
) -> None:
    settle(
        line,
        tapped(line.user, "v=1&a=human"),
        *[said(line.user, text) for text in words],
        tapped(line.user, data),
    )
    run(line.db, "UPDATE customers SET human_until = NULL")


@QUICK
@given(data=DATA)
def test_any_postback_data_are_answered(line: LineInbox, data: str) -> None:
    settle(line, tapped(line.user, data))
    silent = (
        "a=place" in data or "a=retry" in data
    )  # their answer comes as a notice, once the bank has spoken
    assert answered(line, line.user) or silent


@QUICK
@given(data=st.data())
def test_an_event_with_anything_removed_added_or_replaced_harms_nobody(
    line: LineInbox, data: st.DataObject
) -> None:
    broken = copy.deepcopy(data.draw(st.sampled_from(EVENTS)))
    broken["source"] = data.draw(
        st.sampled_from(
            [{"type": "user", "userId": line.user}, broken["source"], {"type": "group", "groupId": "C1"}]
        )
    )
    for _ in range(data.draw(st.integers(0, 3))):
        places = paths(broken)
        if not places:
            break
        *way, last = data.draw(st.sampled_from(places))
        holder: Any = broken
        for step in way:
            holder = holder[step]
        change = data.draw(st.sampled_from(["remove", "replace", "add"]))
        if change == "remove":
            del holder[last]
        elif change == "replace" or not isinstance(holder, dict):
            holder[last] = data.draw(JSON)
        else:
            holder[data.draw(st.text(max_size=12))] = data.draw(JSON)
    broken.pop("webhookEventId", None)
    settle(line, broken)


@QUICK
@given(kind=st.text(min_size=1, max_size=12), quiet=st.booleans())
def test_a_message_of_any_kind_is_answered_or_kept(line: LineInbox, kind: str, quiet: bool) -> None:
    interval = "1 hour" if quiet else "-1 hour"
    run(line.db, "UPDATE customers SET human_until = now() + %s::interval", interval)
    source = {"type": "user", "userId": line.user}
    settle(line, {"type": "message", "source": source, "message": {"type": kind, "id": "1"}})
    assert answered(line, line.user) is not quiet


@QUICK
@given(words=WORDS, data=DATA)
def test_a_group_is_never_shown_anything_personal(line: LineInbox, words: str, data: str) -> None:
    source = {"type": "group", "groupId": "C" + "7" * 32, "userId": line.user}
    settle(line, said(line.user, words) | {"source": source}, tapped(line.user, data) | {"source": source})
    to_group = [answer for answer in line.answers if "to" not in answer]
    assert all("私訊" in str(answer["messages"]) for answer in to_group)
    assert not answered(line, line.user)
