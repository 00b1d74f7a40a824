from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.errors import LineTimeout, LineUnavailable, NotAllowed, TargetGone
from bot.line_api import LineApi
from dev.serve import Server
from store import customers
from tests.integration.post_office import ACCESS, HELLO, TOKEN_USED, USER, FakeLine, House, platform_of_lines


def _die(*_args: Any) -> None:
    raise KeyboardInterrupt


@pytest.fixture(scope="module")
def platform() -> Iterator[tuple[Server, list[FakeLine]]]:
    with platform_of_lines() as platform:
        yield platform


@pytest.fixture
def line(platform: tuple[Server, list[FakeLine]]) -> FakeLine:
    platform[1].append(FakeLine())
    return platform[1][-1]


@pytest.fixture
def line_url(platform: tuple[Server, list[FakeLine]], line: FakeLine) -> str:
    return platform[0].url


@pytest.fixture
def house(database_url: str, line_url: str) -> Iterator[House]:
    house = House(database_url, line_url)
    yield house
    house.db.close()


def test_an_answer_goes_out_by_its_reply_token(house: House, line: FakeLine) -> None:
    job_id = house.post()
    house.work()
    (seen,) = line.seen
    assert seen.path == "message/reply"
    assert seen.body == {"replyToken": "a-reply-token", "messages": HELLO}
    assert seen.headers["authorization"] == f"Bearer {ACCESS}"
    assert "x-line-retry-key" not in seen.headers
    assert house.row(job_id)[:2] == ("done", "replied request-1")


@pytest.mark.parametrize("worth", ["answer", "notice"])
def test_a_used_reply_token_is_refused_and_the_message_pushed_under_its_own_key(
    house: House, line: FakeLine, worth: str
) -> None:
    line.will("message/reply", TOKEN_USED)
    job_id = house.post(worth=worth)
    house.work()
    assert line.calls() == ["reply", "push"]
    status, outcome, _, _, key, _ = house.row(job_id)
    assert (status, outcome) == ("done", "pushed request-2")
    assert line.seen[1].body == {"to": USER, "messages": HELLO}
    assert line.seen[1].headers["x-line-retry-key"] == str(key)


def test_an_expired_reply_token_is_not_tried(house: House, line: FakeLine) -> None:
    house.post(token_seconds=-1)
    house.work()
    assert line.calls() == ["push"]


def test_what_is_not_worth_a_push_is_dropped_with_its_token(house: House, line: FakeLine) -> None:
    late, refused = house.post(worth="free", token_seconds=-1), house.post(worth="free")
    line.will("message/reply", TOKEN_USED)
    house.work(2)
    assert line.calls() == ["reply"]
    for job_id in (late, refused):
        assert house.row(job_id)[:2] == ("dropped", "no living reply token, and not worth a push")


def test_nobody_is_pushed_to_who_is_not_a_friend(house: House, line: FakeLine) -> None:
    house.db.transaction(lambda tx: customers.set_friend(tx, house.customer, False))
    job_id = house.post(token_seconds=None)
    house.work()
    assert (line.calls(), house.row(job_id)[:2]) == ([], ("dropped", "not a friend"))


def test_a_reply_in_a_group_needs_no_customer_and_is_never_pushed(house: House, line: FakeLine) -> None:
    until = (datetime.now(UTC) + timedelta(seconds=50)).isoformat()
    hint = {"messages": HELLO, "worth": "free", "reply_token": "t", "token_until": until}
    line.will("message/reply", (200, {}), TOKEN_USED)
    first, second = house.put("line.message", hint), house.put("line.message", hint)
    house.work(2)
    assert line.calls() == ["reply", "reply"]
    assert (house.status(first), house.status(second)) == ("done", "dropped")


def test_a_reply_whose_answer_was_lost_is_not_sent_twice(house: House, line: FakeLine) -> None:
    line.silent_calls = 1
    line.will("message/reply", (200, {}), TOKEN_USED)
    job_id = house.post()
    house.work()
    assert house.status(job_id) == "waiting"
    house.work()
    assert line.calls() == ["reply", "reply"]
    assert house.row(job_id)[:2] == ("done", "reply unsure")


def test_a_reply_that_was_lost_itself_is_sent_again(house: House, line: FakeLine) -> None:
    line.silent_calls = 1
    job_id = house.post()
    house.work(2)
    assert line.calls() == ["reply", "reply"]
    assert house.row(job_id)[:2] == ("done", "replied request-2")


def test_a_notice_whose_reply_went_through_unheard_is_not_said_twice(house: House, line: FakeLine) -> None:
    line.silent_calls = 1
    line.will("message/reply", (200, {}), TOKEN_USED)
    job_id = house.post(worth="notice")
    house.work(2)
    assert line.calls() == ["reply", "reply"]
    assert house.row(job_id)[:2] == ("done", "reply unsure")


def test_news_whose_token_died_in_doubt_is_rather_said_twice_than_never(house: House, line: FakeLine) -> None:
    line.silent_calls = 1
    job_id = house.post(worth="notice", token_seconds=0.3)
    house.work(2)
    assert line.calls() == ["reply", "push"]
    assert house.status(job_id) == "done"


def test_after_a_crash_a_used_token_means_the_reply_went_out(house: House, line: FakeLine) -> None:
    job_id = house.post()
    house.claim()  # and the process that had it is gone
    line.will("message/reply", TOKEN_USED)
    house.work()
    assert line.calls() == ["reply"]
    assert house.row(job_id)[:2] == ("done", "reply unsure")


def test_after_a_refusal_a_dead_token_means_the_reply_never_went_out(house: House, line: FakeLine) -> None:
    line.will("message/reply", (429, {"message": "The API rate limit has been exceeded."}), TOKEN_USED)
    job_id = house.post()
    house.work(2)
    assert line.calls() == ["reply", "reply", "push"]
    assert house.status(job_id) == "done"


@pytest.mark.parametrize("crash", [True, False])
def test_a_dead_token_and_then_a_lost_push_do_not_look_like_a_reply(
    house: House, line: FakeLine, crash: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = house.post()
    line.will("message/reply", TOKEN_USED)
    line.will("message/push", (500, {}))
    if crash:
        with monkeypatch.context() as patched:
            patched.setattr(house.api, "push", _die)
            with pytest.raises(KeyboardInterrupt):
                house.work()
    else:
        house.work()
    line.answers["message/push"].clear()
    house.work()
    assert line.calls()[-1] == "push"
    assert house.row(job_id)[1].startswith("pushed")


def test_a_push_in_doubt_is_not_repeated_by_reply(house: House, line: FakeLine) -> None:
    line.will("message/push", (500, {}))
    house.notice("order paid")
    house.work()
    house.leave_token()
    house.work()
    assert line.calls() == ["push", "push"]


def test_a_push_refused_for_certain_may_become_a_reply(house: House, line: FakeLine) -> None:
    line.will("message/push", (429, {"message": "The API rate limit has been exceeded."}))
    house.notice("order paid")
    house.work()
    house.leave_token()
    house.work()
    assert line.calls() == ["push", "reply"]


def test_a_push_that_was_accepted_before_is_done(house: House, line: FakeLine) -> None:
    line.silent_calls = 1
    line.will("message/push", (200, {}), (409, {"message": "The retry key is already accepted"}))
    line.headers = {"x-line-accepted-request-id": "the-first"}
    job_id = house.post(token_seconds=None)
    house.work(2)
    assert line.calls() == ["push", "push"]
    assert len({seen.headers["x-line-retry-key"] for seen in line.seen}) == 1
    assert house.row(job_id)[:2] == ("done", "pushed the-first")


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_trouble_at_line_is_waited_out(house: House, line: FakeLine, status: int) -> None:
    line.will("message/push", (status, {"message": "trouble"}))
    job_id = house.post(token_seconds=None)
    house.work()
    assert house.status(job_id) == "waiting"
    assert 0 < house.row(job_id)[5] <= 1
    house.work()
    assert house.status(job_id) == "done"


def test_a_notice_outlives_a_day_without_line(house: House, line: FakeLine) -> None:
    job_id = house.post(worth="notice", token_seconds=None)
    line.will("message/push", *[(500, {})] * 2)
    house.run("UPDATE outbox SET attempts = 1900")
    house.work()
    assert house.status(job_id) == "waiting"
    assert 29 < house.row(job_id)[5] <= 60
    house.run("UPDATE outbox SET attempts = 1999")
    house.work()
    assert house.row(job_id)[0] == "dead"
    assert "LINE answered 500" in house.row(job_id)[2]


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_under_rotation_is_waited_for(house: House, line: FakeLine, status: int) -> None:
    line.will("message/push", (status, {"message": "Authentication failed."}))
    job_id = house.post(token_seconds=None)
    house.work()
    assert house.status(job_id) == "waiting"
    assert 0 < house.row(job_id)[5] <= 1
    house.work()
    assert (line.calls(), house.status(job_id)) == (["push", "push"], "done")


def test_a_user_line_does_not_know_is_buried(house: House, line: FakeLine) -> None:
    line.will("message/push", (404, {"message": "Not found"}))
    job_id = house.post(token_seconds=None)
    house.work()
    assert house.status(job_id) == "dead"
    assert "TargetGone" in house.row(job_id)[2]


def test_a_message_line_will_never_take_is_buried_with_its_complaint(house: House, line: FakeLine) -> None:
    complaint = {
        "message": "The request body has 1 error(s)",
        "details": [{"message": "must be specified: 秘密", "property": "messages[0].altText"}, 7],
    }
    line.will("message/reply", (400, complaint))
    job_id = house.post()
    house.work()
    status, _, error, _, _, _ = house.row(job_id)
    assert status == "dead"
    assert "The request body has 1 error(s) [messages[0].altText]" in error
    assert "秘密" not in error


def test_a_notice_uses_the_reply_token_the_customer_left(house: House, line: FakeLine) -> None:
    house.leave_token()
    job_id = house.notice("order paid")
    house.work()
    assert (line.calls(), line.seen[0].body["replyToken"]) == (["reply"], "a-kept-token")
    house.post(worth="notice", token_seconds=None)
    house.work()
    assert line.calls() == ["reply", "push"]
    assert house.status(job_id) == "done"


def test_a_token_taken_before_a_failure_is_not_lost(house: House, line: FakeLine) -> None:
    house.leave_token()
    job_id = house.notice("order paid")
    line.will("message/reply", (500, {}))
    house.work(2)
    assert [seen.body["replyToken"] for seen in line.seen] == ["a-kept-token"] * 2
    assert house.row(job_id)[:2] == ("done", "replied request-2")


def test_a_long_answer_goes_out_in_parts_and_no_part_twice(house: House, line: FakeLine) -> None:
    messages = [{"type": "text", "text": str(number)} for number in range(12)]
    line.will("message/push", (500, {}))
    job_id = house.post(messages=messages)
    house.work(2)
    assert line.calls() == ["reply", "push", "push", "push"]
    assert [len(seen.body["messages"]) for seen in line.seen] == [5, 5, 5, 2]
    keys = [seen.headers.get("x-line-retry-key") for seen in line.seen[1:]]
    assert keys[0] == keys[1] != keys[2]
    assert house.status(job_id) == "done"


def test_a_line_that_cannot_be_reached_had_nothing_sent_to_it() -> None:
    api = LineApi(ACCESS, "http://127.0.0.1:1")
    with pytest.raises(LineUnavailable) as caught:
        api.reply("t", HELLO)
    assert not caught.value.may_have_arrived


def test_a_line_that_keeps_silent_is_not_waited_for(line: FakeLine, line_url: str) -> None:
    line.silent_calls = 1
    started = time.monotonic()
    with pytest.raises(LineTimeout):
        LineApi(ACCESS, line_url, read_seconds=0.2).reply("t", HELLO)
    assert time.monotonic() - started < 0.7
    assert len(line.seen) == 1


def test_the_other_calls_ask_what_they_should(line: FakeLine, line_url: str) -> None:
    api = LineApi(ACCESS, line_url)
    line.will("profile/" + USER, (200, {"displayName": "阿明", "language": "zh-TW"}), (404, {}))
    line.will("message/quota", (200, {"type": "limited", "value": 200}), (200, {"type": "none"}))
    line.will("message/quota/consumption", (200, {"totalUsage": 37}))
    line.will("info", (200, {"basicId": "@216ru"}), (403, {"message": "Not available"}))
    assert api.profile(USER)["displayName"] == "阿明"
    with pytest.raises(TargetGone):
        api.profile(USER)
    assert (api.quota(), api.quota(), api.quota_used()) == (200, None, 37)
    assert api.bot_info() == {"basicId": "@216ru"}
    with pytest.raises(NotAllowed):
        api.bot_info()
    api.show_loading(USER, 10)
    assert line.seen[-1].body == {"chatId": USER, "loadingSeconds": 10}
    api.mark_as_read("a-token")
    assert line.seen[-1].body == {"markAsReadToken": "a-token"}


def test_a_call_is_logged_without_token_person_or_content(line: FakeLine, line_url: str) -> None:
    with capture_logs() as logs:
        LineApi(ACCESS, line_url).push(USER, HELLO, uuid.uuid4())
    (entry,) = logs
    assert entry["ms"] > 0
    assert {k: entry[k] for k in ("event", "endpoint", "status", "request_id")} == {
        "event": "line_api_call",
        "endpoint": "push",
        "status": 200,
        "request_id": "request-1",
    }
    assert not any(secret in str(logs) for secret in (ACCESS, USER, "訂單已成立"))
