"""LINE is down or slow: events are still taken in at once, and every answer arrives when it is back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.town import Town, town, wait_until, words_of
from tests.factories import scalar


@pytest.fixture
def shops(database_url: str, tmp_path: Path) -> Iterator[Town]:
    with town(database_url, tmp_path) as place:
        yield place
        assert scalar(place.db, "SELECT count(*) FROM outbox WHERE status = 'dead'") == 0


def test_answers_wait_while_line_is_down_and_arrive_in_order_when_it_is_back(shops: Town) -> None:
    users = [shops.customer(f"顧客{n}") for n in range(5)]
    shops.line.faults.add({"endpoint": "*", "kind": "reset", "times": None})
    for word in ("商品", "購物車", "說明"):
        for user in users:
            started = time.monotonic()
            assert shops.line.say(user, word).wait() == 200
            assert time.monotonic() - started < 1.0
    time.sleep(2)
    assert all(shops.line.messages(user) == [] for user in users)
    shops.line.faults.clear()
    for user in users:
        wait_until(lambda user=user: len(shops.line.messages(user)) >= 3, 40, "three answers")  # type: ignore[misc]
        answers = [words_of(message) for message in shops.line.messages(user)]
        assert len(answers) == 3
        assert "想逛哪一區" in answers[0]
        assert "購物車" in answers[1].split()[0]


def test_the_webhook_answers_at_once_while_line_takes_ten_seconds(shops: Town) -> None:
    users = [shops.customer(f"顧客{n}") for n in range(12)]  # more than there are senders
    shops.line.faults.add({"endpoint": "reply", "kind": "delay", "seconds": 10, "times": None})
    started = time.monotonic()
    for user in users:
        assert shops.line.say(user, "商品").wait() == 200
    assert time.monotonic() - started < 3.0
    for user in users:
        shops.line.wait_for(user, lambda message: "想逛哪一區" in words_of(message), 45)
    time.sleep(1)
    assert [len(shops.line.messages(user)) for user in users] == [1] * len(users)
