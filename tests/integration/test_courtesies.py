"""Beside the answer: the profile, the loading animation, the mark of reading, the menu in one's language."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import actions
from bot.courtesies import make_courtesy_jobs, with_courtesies
from bot.events import Follow, Incoming, Postback, Text, What
from bot.line_api import LineApi
from bot.richmenu.api import RichMenuApi
from bot.richmenu.putting_up import PREFIX, put_up, wanted_menus
from bot.scenes import Talk
from bot.scenes import language as scenes
from bot.words import languages
from dev.line import Platform, create_app
from dev.serve import Server
from store import customers
from store.customers import Customer, ReplyToken
from store.db import Database, Transaction
from store.queue import outbox
from store.queue.worker import Worker
from tests.factories import fill_cart, place, scalar, stock_up
from tests.integration.chat import Chat

LEASE = uuid.uuid4()
ANSWER = [{"type": "text", "text": "ok"}]


@dataclass
class House:
    """A shop whose conversation says what it is told to, and a stand-in LINE."""

    platform: Platform
    api: LineApi
    db: Database
    user: str
    answer: list[dict[str, Any]] | None = field(default_factory=lambda: ANSWER)
    mark_as_read: bool = False

    def converse(self, _tx: Transaction, who: Customer, incoming: Incoming) -> list[dict[str, Any]] | None:
        if isinstance(incoming.what, Follow):
            words = f"welcome {'back ' if incoming.what.unblocked else ''}in {who.language}"
            return [{"type": "text", "text": words}]
        return self.answer

    def happens(self, what: What, read_token: str | None = None) -> list[dict[str, Any]] | None:
        def work(tx: Transaction) -> list[dict[str, Any]] | None:
            at = datetime.now(UTC)
            incoming = Incoming("e", self.user, "user", self.user, False, False, at, "t", what, read_token)
            respond = with_courtesies(self.converse, mark_as_read=self.mark_as_read)
            return respond(tx, customers.meet(tx, self.user), incoming)

        return self.db.transaction(work)

    def customer(self) -> Customer:
        return self.db.transaction(lambda tx: customers.meet(tx, self.user))

    def kinds(self) -> list[str]:
        """What waits in the outbox of what LINE is asked beside the answer."""
        found = scalar(
            self.db,
            "SELECT array_agg(kind ORDER BY id) FROM outbox "
            " WHERE status = 'waiting' AND left(kind, 5) = 'line.'",
        )
        return list(found) if isinstance(found, list) else []

    def work(self) -> list[str]:
        """Do all of it that is due; the outcomes."""
        jobs = make_courtesy_jobs(self.api, self.db, self.converse)
        worker = Worker(self.db, events={}, jobs=[("line", 1, jobs)], inbox_threads=1)
        done: list[str] = []
        while True:
            slots = self.db.transaction(lambda tx: outbox.claim(tx, list(jobs), 1, LEASE, 60))
            if not slots:
                return done
            worker.perform(slots[0])
            done.append(
                str(
                    scalar(self.db, "SELECT status || ': ' || outcome FROM outbox WHERE id = %s", slots[0].id)
                )
            )

    def menu(self) -> str:
        seen = self.platform.world.menus.seen_by(self.user)
        return str(seen.menu["name"]).removeprefix(PREFIX).rsplit(":", 1)[0] if seen else ""


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    with Platform() as platform, Server(create_app(platform)) as server:
        db = Database(database_url)
        api = LineApi(platform.config.token, server.url, read_seconds=2)
        yield House(platform, api, db, platform.add_user("小安").user_id)
        db.close()


def test_who_is_new_is_asked_for_once(house: House) -> None:
    house.platform.world.user(house.user).language = "en-US"
    house.happens(Text("hi"))
    house.happens(Text("hi"))
    assert house.kinds() == ["line.profile"]
    assert house.work() == ["done: language en", "done: the default menu"]
    assert (house.customer().display_name, house.customer().language) == ("小安", "en")
    house.happens(Text("hi"))
    assert house.kinds() == []


@pytest.mark.parametrize(
    ("theirs", "ours"), [("zh-Hant", "zh-TW"), ("zh-HK", "zh-TW"), ("ja", "en"), ("", "zh-TW")]
)
def test_the_language_is_the_closest_there_is(house: House, theirs: str, ours: str) -> None:
    house.platform.world.user(house.user).language = theirs
    house.happens(Text("hi"))
    house.work()
    assert house.customer().language == ours


def test_until_the_language_is_known_the_others_are_offered(house: House) -> None:
    first = house.happens(Text("hi"))
    assert first is not None
    (offer,) = first[-1]["quickReply"]["items"]
    assert (offer["action"]["label"], offer["action"]["data"]) == ("English", "v=1&a=language&l=en")
    house.work()
    assert house.happens(Text("hi")) == ANSWER


def greeted(house: House, what: Follow | None = None) -> dict[str, Any]:
    """Follow as the handler does, with a reply token that is kept; what is then put for the sender."""
    assert house.happens(what or Follow()) is None
    token = ReplyToken("t", datetime.now(UTC) + timedelta(seconds=50))
    house.db.transaction(lambda tx: customers.keep_token(tx, customers.meet(tx, house.user), token))
    house.work()
    payload = scalar(house.db, "SELECT payload FROM outbox WHERE kind = 'line.message'")
    assert isinstance(payload, dict)
    return payload


@pytest.mark.parametrize(("theirs", "ours"), [("en-US", "en"), ("zh-Hant", "zh-TW"), ("ja", "en")])
def test_a_newcomer_is_greeted_in_their_own_language(house: House, theirs: str, ours: str) -> None:
    house.platform.world.user(house.user).language = theirs
    payload = greeted(house)
    assert payload["messages"] == [{"type": "text", "text": f"welcome in {ours}"}]
    assert (payload["reply_token"], payload["worth"], payload["to"]) == ("t", "answer", house.user)
    assert house.customer().display_name == "小安"
    assert "line.profile" not in house.kinds()


def test_a_friend_who_returns_unknown_is_welcomed_back(house: House) -> None:
    assert greeted(house, Follow(unblocked=True))["messages"][0]["text"] == "welcome back in zh-TW"


def test_who_is_known_is_greeted_at_once(house: House) -> None:
    greeted(house)
    assert house.happens(Follow()) == [{"type": "text", "text": "welcome in zh-TW"}]


@pytest.mark.parametrize("fault", [{"kind": "status", "status": 500}, {"kind": "timeout", "seconds": 30}])
def test_a_greeting_does_not_wait_long_for_the_language(
    house: House, fault: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.courtesies.GREETING_SECONDS", 0.3)
    house.platform.faults.add({"endpoint": "profile", **fault})
    (message,) = greeted(house)["messages"]
    assert message["text"] == "welcome in zh-TW"
    assert [item["action"]["label"] for item in message["quickReply"]["items"]] == ["English"]
    assert house.customer().display_name == "小安", "asked again, with more time"


def test_who_has_left_before_the_greeting_is_not_sent_one(house: House) -> None:
    house.happens(Follow())
    house.db.transaction(lambda tx: customers.set_friend(tx, customers.meet(tx, house.user), False))
    house.work()
    assert "line.message" not in house.kinds()


def test_a_chosen_language_outweighs_lines(house: House) -> None:
    house.platform.world.user(house.user).language = "en"
    house.happens(Text("hi"))
    talk_in(house, "zh-TW")
    house.work()
    assert house.customer().language == "zh-TW"


def talk_in(house: House, language: str) -> list[dict[str, Any]] | None:
    shop = Chat(house.db).shop

    def work(tx: Transaction) -> list[dict[str, Any]] | None:
        talk = Talk(shop, tx, customers.meet(tx, house.user))
        action = actions.parse(actions.encode("language", l=language))
        assert action is not None
        return scenes.choose(talk, action)

    return house.db.transaction(work)


def test_who_blocked_us_has_no_profile_and_that_is_no_dead_letter(house: House) -> None:
    house.platform.world.user(house.user).blocked = True
    house.happens(Text("hi"))
    (outcome,) = house.work()
    assert outcome.startswith("dropped: TargetGone")
    assert house.customer().display_name == ""


@pytest.mark.parametrize("status", [500, 429, 401])
def test_a_profile_is_asked_for_again_and_at_last_given_up(house: House, status: int) -> None:
    house.platform.faults.add({"endpoint": "profile", "kind": "status", "status": status, "times": None})
    house.happens(Text("hi"))
    assert house.work() == ["waiting: "]
    run(house, "UPDATE outbox SET attempts = 5, available_at = now()")
    (outcome,) = house.work()
    assert outcome.startswith("dropped: gave up")


def run(house: House, statement: str) -> None:
    def work(tx: Transaction) -> None:
        with tx.connection.cursor() as cursor:
            cursor.execute(statement)

    house.db.transaction(work)


def order(house: House) -> None:
    fill_cart(house.db, house.user, {stock_up(house.db)[0].id: 1})
    assert place(house.db, house.user)[1] is not None


def test_the_animation_runs_while_the_bank_is_asked(house: House) -> None:
    order(house)
    house.answer = None
    house.happens(Postback("place"))
    assert house.kinds() == ["line.profile", "line.loading"]
    house.work()
    assert house.platform.world.chat(house.user).loading_until > 0
    assert [e["status"] for e in calls(house, "loading")] == [202]


def calls(house: House, endpoint: str) -> list[dict[str, Any]]:
    return [entry for entry in house.platform.endpoints.history if entry["endpoint"] == endpoint]


def test_silence_for_another_reason_shows_no_animation(house: House) -> None:
    house.answer = None
    house.happens(Text("to a human"))
    assert "line.loading" not in house.kinds()
    house.answer = ANSWER
    order(house)
    house.happens(Text("orders"))
    assert "line.loading" not in house.kinds()


def test_an_animation_is_tried_once_and_in_time_or_not_at_all(house: House) -> None:
    order(house)
    house.answer = None
    house.platform.faults.add({"endpoint": "loading", "kind": "status", "status": 500})
    house.happens(Postback("place"))
    assert house.work()[1] == "dropped: LineUnavailable"
    house.happens(Postback("place"))
    run(house, "UPDATE outbox SET created_at = now() - interval '11 s' WHERE kind = 'line.loading'")
    assert house.work() == ["dropped: too late to be of use"]
    assert len(calls(house, "loading")) == 1


@pytest.mark.parametrize("wanted", [True, False])
def test_what_is_answered_is_marked_as_read_where_that_is_wanted(house: House, wanted: bool) -> None:
    house.mark_as_read = wanted
    delivery = house.platform.say(house.user, "hi")
    token = delivery.event["message"]["markAsReadToken"]
    house.happens(Text("hi"), read_token=token)
    house.work()
    assert house.platform.world.chat(house.user).read is wanted


def test_what_a_human_should_read_is_not_marked(house: House) -> None:
    house.mark_as_read = True
    customer = house.customer()
    run(house, f"UPDATE customers SET human_until = now() + interval '1 hour' WHERE id = {customer.id}")
    house.happens(Text("hi"), read_token="t")
    assert "line.read" not in house.kinds()


def test_the_menu_follows_the_language(house: House) -> None:
    put_up(RichMenuApi(house.api), wanted_menus(languages()), lambda _language: [])
    house.platform.world.user(house.user).language = "en"
    house.happens(Text("hi"))
    assert house.menu() == "shop:zh-TW"
    assert house.work()[-1] == "done: the menu in en"
    assert house.menu() == "shop:en"
    talk_in(house, "zh-TW")
    house.work()
    assert house.menu() == "shop:zh-TW"


def test_the_language_can_be_chosen_and_everything_changes_at_once(house: House) -> None:
    answer = talk_in(house, "en")
    assert answer is not None
    words = str(answer)
    assert "English" in words
    assert "Browse" in words
    assert "逛商品" not in words
    assert house.customer().language == "en"
    asked = talk_in(house, "xx")
    assert asked is not None
    assert "繁體中文" in str(asked)
    assert house.customer().language == "en"


def test_the_scene_speaks_the_language_that_was_typed(house: House) -> None:
    shop = Chat(house.db).shop
    said = house.db.transaction(
        lambda tx: scenes.speak_english(Talk(shop, tx, customers.meet(tx, house.user)))
    )
    assert "English" in str(said)
    said = house.db.transaction(
        lambda tx: scenes.speak_chinese(Talk(shop, tx, customers.meet(tx, house.user)))
    )
    assert "中文" in str(said)
