"""Pushes within the month's quota: who may have the last ones, and what becomes of those who may not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from bot import quota
from bot.quota import Rank
from dev.serve import Server
from tests.integration.post_office import HELLO, QUOTA, TOKEN_USED, FakeLine, House, platform_of_lines


@pytest.fixture(scope="module")
def platform() -> Iterator[tuple[Server, list[FakeLine]]]:
    with platform_of_lines() as platform:
        yield platform


@pytest.fixture
def line(platform: tuple[Server, list[FakeLine]]) -> FakeLine:
    platform[1].append(FakeLine())
    return platform[1][-1]


@pytest.fixture
def house(database_url: str, platform: tuple[Server, list[FakeLine]], line: FakeLine) -> Iterator[House]:
    house = House(database_url, platform[0].url)
    yield house
    house.db.close()


def said(line: FakeLine, number: int = -1) -> list[str]:
    return [message["text"] for message in line.seen[number].body["messages"]]


@pytest.mark.parametrize("rank", list(Rank))
def test_each_rank_leaves_its_share_of_the_quota_to_the_worthier(
    house: House, line: FakeLine, rank: Rank
) -> None:
    spare = 20 * rank
    house.set_quota(200, 199 - spare)
    last, too_late = house.notice("one", rank.name), house.notice("two", rank.name)
    house.do(last)
    house.do(too_late)
    assert line.calls() == ["push"]
    assert house.status(last) == "done"
    assert house.row(too_late)[:2] == (
        "done",
        f"what is left of this month's messages is kept for worthier ones; kept as {house.kept()[0]}",
    )


def test_without_a_limit_everything_goes_out(house: House, line: FakeLine) -> None:
    house.set_quota(None, 10**6)
    house.notice("one", "REMINDER")
    house.work()
    assert line.calls() == ["push"]


def test_line_is_asked_before_the_first_push_and_then_every_few_minutes(house: House, line: FakeLine) -> None:
    line.will("message/quota", (200, {"type": "limited", "value": 200}), (200, {"type": "none"}))
    line.will("message/quota/consumption", (200, {"totalUsage": 37}), (200, {"totalUsage": 0}))
    house.run("UPDATE line_quota SET read_at = NULL, asked_at = NULL")
    house.notice("one")
    house.notice("two")
    house.work(2)
    assert line.calls() == ["quota", "quota/consumption", "push", "push"]
    now = house.db.transaction(quota.standing)
    assert (now.monthly, now.used, now.left) == (200, 39, 161)
    house.run(f"UPDATE line_quota SET asked_at = now() - interval '{quota.READ_SECONDS} s'")
    house.quota.refresh()
    assert house.db.transaction(quota.standing).left is None


def test_a_quota_that_cannot_be_read_holds_nothing_up(house: House, line: FakeLine) -> None:
    line.will("message/quota", (500, {}))
    house.run("UPDATE line_quota SET read_at = NULL, asked_at = NULL, monthly = 0")
    job_id = house.notice("one")
    house.work()
    assert line.calls() == ["quota", "push"]
    assert house.status(job_id) == "done"


def test_a_push_is_counted_once_however_often_it_is_sent(house: House, line: FakeLine) -> None:
    house.set_quota(200, 0)
    line.will("message/push", (500, {}), (500, {}))
    house.notice("one")
    house.work(3)
    assert line.calls() == ["push", "push", "push"]
    assert house.db.transaction(quota.standing).used == 1


def test_after_a_refusal_nothing_is_pushed_until_line_was_asked_again(house: House, line: FakeLine) -> None:
    line.will("message/push", QUOTA)
    first, second = house.notice("one", "MONEY"), house.notice("two", "MONEY")
    house.work(2)
    assert line.calls() == ["push", "quota", "quota/consumption"]
    assert "monthly limit" in house.row(first)[1]
    assert house.row(second)[1].endswith(f"kept as {house.kept()[1]}")
    house.run(f"UPDATE line_quota SET refused_at = now() - interval '{quota.REFUSED_SECONDS + 1} s'")
    house.do(house.kept()[0])
    assert line.calls()[-1] == "push"
    assert (said(line), house.kept()) == (["one", "two"], [])


def test_kept_news_comes_before_the_next_answer_in_the_same_free_reply(house: House, line: FakeLine) -> None:
    house.set_quota(200, 200)
    for what in ("expired", "paid"):
        house.notice(what, "MONEY")
    house.work(2)
    assert line.calls() == []
    answer = house.post(messages=[HELLO[0] | {"quickReply": {"items": []}}])
    house.do(answer)
    assert line.calls() == ["reply"]
    assert said(line) == ["expired", "paid", "訂單已成立"]
    assert "quickReply" in line.seen[-1].body["messages"][-1]
    assert house.kept() == []
    assert house.ask("SELECT outcome FROM outbox WHERE lane LIKE 'held:%'") == [f"told with {answer}"] * 2


def test_an_answer_takes_five_messages_at_most_and_the_rest_of_the_news_stays(
    house: House, line: FakeLine
) -> None:
    house.set_quota(200, 200)
    for number in range(6):
        house.notice(f"news {number}")
    house.work(6)
    house.do(house.post(messages=HELLO * 2))
    assert said(line) == ["news 0", "news 1", "news 2", "訂單已成立", "訂單已成立"]
    assert len(house.kept()) == 3
    house.do(house.post(messages=HELLO * 5))
    assert len(line.seen[-1].body["messages"]) == 5
    assert len(house.kept()) == 3
    house.do(house.post())
    assert said(line) == ["news 3", "news 4", "news 5", "訂單已成立"]


def test_a_push_that_is_worth_it_takes_the_kept_news_along(house: House, line: FakeLine) -> None:
    house.set_quota(200, 190)
    house.notice("expired")
    house.work()
    house.do(house.notice("refund", "MONEY"))
    assert (line.calls(), said(line)) == (["push"], ["expired", "refund"])
    assert house.kept() == []


def test_news_that_is_none_any_more_is_not_told(house: House, line: FakeLine) -> None:
    house.set_quota(200, 200)
    house.notice("ready")
    house.work()
    house.run("""UPDATE outbox SET payload = payload || '{"what": "over"}' WHERE status = 'waiting'""")
    house.do(house.post())
    assert said(line) == ["訂單已成立"]
    assert house.ask("SELECT outcome FROM outbox WHERE lane LIKE 'held:%'") == ["no news any more"]


def test_what_the_answer_says_anyway_is_not_said_twice(house: House, line: FakeLine) -> None:
    house.set_quota(200, 200)
    house.notice(HELLO[0]["text"])
    house.work()
    house.do(house.post())
    assert said(line) == ["訂單已成立"]
    assert house.kept() == []


def test_an_answer_whose_token_died_is_kept_for_an_hour(house: House, line: FakeLine) -> None:
    house.set_quota(200, 200)
    first = house.post(token_seconds=-1, messages=[{"type": "text", "text": "the cart"}])
    house.do(first)
    house.do(house.post())
    assert said(line) == ["the cart", "訂單已成立"]
    house.do(house.post(token_seconds=-1))
    (kept,) = house.kept()
    house.run("""UPDATE outbox SET payload = payload || '{"held_since": "2026-01-01T00:00:00+00:00"}'""")
    house.do(kept)
    assert house.row(kept)[:2] == ("dropped", "nobody waits for this answer any more")


def test_kept_news_is_pushed_when_there_is_quota_again_all_in_one(house: House, line: FakeLine) -> None:
    house.set_quota(200, 200)
    for what in ("one", "two"):
        house.notice(what)
    house.work(2)
    first = house.kept()[0]
    house.do(first)
    assert house.status(first) == "waiting"
    assert 3500 < house.row(first)[5] <= 3600
    house.set_quota(200, 0)
    house.do(first)
    assert (line.calls(), said(line)) == (["push"], ["one", "two"])
    assert house.kept() == []


def test_news_kept_past_the_turn_of_the_month_is_left_to_a_human(house: House, line: FakeLine) -> None:
    house.set_quota(200, 200)
    house.notice("one", "MONEY")
    house.work()
    house.run("""UPDATE outbox SET payload = payload || '{"held_since": "2026-01-01T00:00:00+00:00"}'""")
    (kept,) = house.kept()
    house.do(kept)
    assert house.status(kept) == "dead"


def test_who_unfollowed_hears_the_news_when_they_come_back(house: House, line: FakeLine) -> None:
    house.befriend(False)
    news = house.notice("shipped", "PARCEL")
    house.work()
    assert (line.calls(), house.row(news)[1]) == ([], f"not a friend; kept as {house.kept()[0]}")
    house.befriend(True)
    house.do(house.post())
    assert said(line) == ["shipped", "訂單已成立"]


@pytest.mark.parametrize("accepted", [True, False])
def test_news_in_a_reply_whose_answer_was_lost_is_told_once(
    house: House, line: FakeLine, accepted: bool
) -> None:
    house.set_quota(200, 200)
    house.notice("paid", "MONEY")
    house.work()
    line.silent_calls = 1
    if accepted:
        line.will("message/reply", (200, {}), TOKEN_USED)
    answer = house.post()
    house.do(answer)
    assert house.status(answer) == "waiting"
    house.do(answer)
    assert [said(line, number) for number in range(len(line.seen))] == [["paid", "訂單已成立"]] * 2
    assert (house.status(answer), house.kept()) == ("done", [])


def test_news_goes_on_waiting_when_the_answer_it_travelled_with_fails(house: House, line: FakeLine) -> None:
    house.set_quota(200, 200)
    house.notice("paid", "MONEY")
    house.work()
    line.will("message/reply", TOKEN_USED)
    house.do(house.post(messages=[{"type": "text", "text": "the cart"}]))
    assert line.calls() == ["reply"]
    house.do(house.post())
    assert said(line) == ["paid", "the cart", "訂單已成立"]


def test_news_that_line_will_not_take_does_not_take_the_answers_with_it(house: House, line: FakeLine) -> None:
    house.set_quota(200, 200)
    house.notice("unheard of", "MONEY")
    house.work()
    line.will("message/reply", (400, {"message": "The request body has 1 error(s)"}))
    answer = house.post()
    house.do(answer)
    house.do(answer)
    assert said(line) == ["訂單已成立"]
    assert house.status(answer) == "done"
    house.do(house.post())
    assert said(line) == ["訂單已成立"]
    house.set_quota(200, 0)
    line.will("message/push", (400, {"message": "The request body has 1 error(s)"}))
    (kept,) = house.kept()
    house.do(kept)
    assert house.status(kept) == "dead"


def test_news_without_words_does_not_stand_in_the_way(house: House, line: FakeLine) -> None:
    house.set_quota(200, 200)
    house.notice("one")
    house.work()
    house.run("""UPDATE outbox SET payload = payload || '{"what": "nonsense"}' WHERE status = 'waiting'""")
    house.do(house.post())
    assert (said(line), len(house.kept())) == (["訂單已成立"], 1)


def test_one_customers_news_is_told_to_nobody_else(house: House, line: FakeLine) -> None:
    house.set_quota(200, 200)
    house.notice("paid", "MONEY")
    house.work()
    hint: dict[str, Any] = {"messages": HELLO, "worth": "free", "reply_token": "t"}
    group = house.put("line.message", hint | {"token_until": "2099-01-01T00:00:00+00:00"})
    house.do(group)
    assert said(line) == ["訂單已成立"]
    assert len(house.kept()) == 1
