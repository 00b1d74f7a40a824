"""Messages to the shop's owners on their way: quota, blocked accounts, crashes, several workers at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from store import owner_news
from store.cases import Kind
from store.errors import Rerun
from tests.factories import scalar
from tests.integration.chat import run
from tests.integration.owner_desk import LATER, MORNING, NOON, Desk, desk, sku


@pytest.fixture
def place(database_url: str) -> Iterator[Desk]:
    with desk(database_url) as place:
        yield place


def test_when_the_quota_is_short_customers_go_first_and_the_row_says_why(place: Desk) -> None:
    place.quota(200, 200 - 80)
    place.cod(sku(place))
    place.look()
    why = "dropped: what is left of this month's messages is kept for worthier ones"
    assert place.send() == [why, why]
    assert place.told() == []
    assert place.waiting() == 0
    place.quota(200, 200 - 81)
    place.case(Kind.PAYMENT_STUCK)
    place.look(NOON + LATER)
    assert [state.split(":")[0] for state in place.send()] == ["done", "dropped"]


def test_the_summary_is_the_first_to_be_left_out(place: Desk) -> None:
    place.quota(200, 200 - 100)
    place.cod(sku(place))
    place.look(MORNING)
    states = place.send()
    assert sorted(state.split(":")[0] for state in states) == ["done", "done", "dropped", "dropped"]
    assert "新訂單 #" in place.words()


def test_an_answer_costs_nothing_so_a_reply_token_is_used_where_one_was_left(place: Desk) -> None:
    place.quota(200, 200)
    place.speak(0, "zh-TW")
    token = place.platform.say(place.owners[0], "hi").event["replyToken"]
    run(
        place.db,
        "UPDATE customers SET reply_token = %s, reply_token_until = now() + interval '50 s'"
        " WHERE line_user_id = %s",
        token, place.owners[0],
    )  # fmt: skip
    place.cod(sku(place))
    place.look()
    assert sorted(state.split(" ")[0] for state in place.send()) == ["done:", "dropped:"]
    assert "新訂單" in place.words(0)


def test_an_owner_who_blocked_the_account_is_left_out_and_told_again_after_coming_back(place: Desk) -> None:
    place.friend(1, False)
    thing = sku(place)
    place.cod(thing)
    place.look()
    assert sorted(state.split(" pushed")[0].split(" ")[0] for state in place.send()) == ["done:", "dropped:"]
    assert place.told(1) == []
    assert scalar(place.db, "SELECT outcome FROM outbox WHERE status = 'dropped'") == "not a friend"
    place.friend(1, True)
    place.cod(thing)
    place.look(NOON + LATER)
    place.send()
    assert len(place.told(1)) == 1


def test_an_owner_line_does_not_know_is_one_dead_letter_and_then_left_out(place: Desk) -> None:
    place.shop.owners = ("U" + "z" * 32,)
    thing = sku(place)
    place.cod(thing)
    place.look()
    (state,) = place.send()
    assert state.startswith("dead: Fail: Rejected: LINE answered 400")
    place.cod(thing)
    place.look(NOON + LATER)
    assert place.send() == ["dropped: not a friend"]


def test_a_shop_without_owners_tells_nobody_and_whoever_comes_later_hears_of_the_new(place: Desk) -> None:
    thing = sku(place)
    place.shop.owners = ()
    place.cod(thing)
    assert place.look() == 0
    place.shop.owners = place.owners
    assert place.look(NOON + LATER) == 0
    place.cod(thing)
    assert place.look(NOON + 2 * LATER) == 2


def test_two_that_look_at_once_tell_once(place: Desk) -> None:
    for _ in range(3):
        place.cod(sku(place))
    put: list[int] = []
    threads = [threading.Thread(target=lambda: put.append(place.look(MORNING))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(put) == [0, 0, 0, 0, 0, 4]  # the orders and the summary, to two owners


def test_a_crash_between_finding_and_storing_loses_nothing(place: Desk) -> None:
    place.cod(sku(place))

    def dies(tx: object) -> None:
        owner_news.look(tx, place.owners, NOON)  # type: ignore[arg-type]
        raise Rerun("the process ends here")

    with pytest.raises(Rerun):
        place.db.transaction(dies, attempts=1)
    assert place.waiting() == 0
    assert place.look() == 2


def test_a_crash_after_the_push_says_nothing_twice(place: Desk) -> None:
    place.shop.owners = place.owners[:1]
    place.cod(sku(place))
    place.look()
    job = place.claim()
    assert job
    place.worker._jobs[owner_news.JOB](job)  # pushed, and the process ends before it is noted
    run(place.db, "UPDATE outbox SET leased_until = now() - interval '1 s' WHERE status = 'waiting'")
    other = place.new_worker()
    again = place.claim()
    assert again
    assert again.key == job.key
    other.perform(again)
    assert place.state(job.id).startswith("done: pushed")
    assert len(place.told()) == 1
    assert place.platform.world.quota.used == 1
