"""Broadcasts on their way to LINE: everybody meant gets them once, whatever happens, and nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg2
import pytest

from bot import broadcasts as sending
from bot.events import Postback
from dev.line import Platform, create_app
from dev.line.validate import validate_messages
from dev.serve import Server
from store import broadcasts, customers, privacy, segments, wishes
from store.broadcasts import Stop
from store.customers import Customer
from store.db import Database
from store.segments import Kind, Segment
from tests.factories import fill_cart, line_user, place, stock_up
from tests.integration.advertising import EVERYBODY, RESERVE, Advertiser
from tests.integration.chat import Chat, actions_of, run

KEPT = RESERVE * broadcasts.RANK


@pytest.fixture
def shop(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Advertiser]:
    monkeypatch.setattr(broadcasts, "PART", 3)
    monkeypatch.setattr(broadcasts, "TAKEN_AT_ONCE", 5)
    with Platform() as platform, Server(create_app(platform)) as server:
        shop = Advertiser(platform, server.url, database_url)
        yield shop
        shop.db.close()


def set_promotions(shop: Advertiser, customer: Customer, wanted: bool) -> None:
    shop.db.transaction(lambda tx: customers.set_promotions(tx, customer, wanted=wanted))


def buy(
    shop: Advertiser, customer: Customer, sku_id: int, days_ago: int = 0, status: str = "completed"
) -> None:
    fill_cart(shop.db, customer.line_user_id, {sku_id: 1})
    _, order = place(shop.db, customer.line_user_id, "cod")
    assert order is not None
    statement = "UPDATE orders SET status = %s, placed_at = now() - make_interval(days => %s) WHERE id = %s"
    run(shop.db, statement, status, days_ago, order.id)


def test_everybody_gets_it_once_in_parts_of_one_language(shop: Advertiser) -> None:
    who = shop.people(7) + shop.people(4, "en")
    broadcast_id = shop.start(len(who))
    assert shop.find(broadcast_id).state == "sending"
    done = shop.work()
    assert done[-1] == "done: done"
    assert shop.received(who) == [1] * 11
    assert shop.progress(broadcast_id) == (11, 0, 0)
    assert shop.find(broadcast_id).state == "done"
    parts = shop.one("SELECT array_agg(recipients ORDER BY number) FROM broadcast_parts")
    assert sum(parts) == 11
    assert max(parts) == 3
    card = shop.platform.messages(who[-1].line_user_id)[1]
    assert [action["label"] for action in actions_of(card)] == ["Browse", "No more promotions"]


def test_the_product_comes_as_the_shops_own_card_and_every_message_is_something_line_takes(
    shop: Advertiser,
) -> None:
    sku = stock_up(shop.db)[0]
    product_id = shop.one("SELECT product_id FROM skus WHERE id = %s", sku.id)
    (customer,) = shop.people(1)
    hostile = "<b>{{7*7}}</b> ${x} \u202e" + "界" * 4000 + "\n\nhttps://shop.example/?a=1&b=2 😀"
    shop.start(1, body=hostile, product_id=product_id)
    shop.work()
    words, card = shop.platform.messages(customer.line_user_id)
    assert words["text"] == hostile
    assert validate_messages([words, card]) == []
    assert card["altText"] == "高山烏龍 NT$380"
    assert [action.get("label") for action in actions_of(card["contents"]["footer"])] == [
        "看商品",
        "不再收到優惠訊息",
    ]
    assert "quickReply" in card


def test_a_product_that_is_gone_leaves_the_words_and_the_way_out(shop: Advertiser) -> None:
    sku = stock_up(shop.db)[0]
    (customer,) = shop.people(1)
    shop.start(1, product_id=shop.one("SELECT product_id FROM skus WHERE id = %s", sku.id))
    run(shop.db, "UPDATE skus SET active = false")
    shop.work()
    labels = [action["label"] for action in actions_of(shop.platform.messages(customer.line_user_id)[1])]
    assert labels == ["逛商品", "不再收到優惠訊息"]


def test_only_friends_who_want_it_are_meant(shop: Advertiser) -> None:
    who = shop.people(4)
    shop.db.transaction(lambda tx: customers.set_friend(tx, who[0], False))
    set_promotions(shop, who[1], wanted=False)
    shop.db.transaction(lambda tx: privacy.erase(tx, customers.find(tx, who[2].id)))
    assert shop.db.transaction(lambda tx: segments.count(tx, EVERYBODY)) == 1
    shop.start(1)
    shop.work()
    assert shop.received(who) == [0, 0, 0, 1]


def test_who_leaves_between_the_taking_and_the_sending_is_skipped(shop: Advertiser) -> None:
    who = shop.people(3)
    broadcast_id = shop.start(3)
    shop.step()
    set_promotions(shop, who[0], wanted=False)
    shop.db.transaction(lambda tx: privacy.erase(tx, customers.find(tx, who[1].id)))
    shop.work()
    assert shop.received(who) == [0, 0, 1]
    assert shop.progress(broadcast_id) == (1, 0, 2)
    assert shop.one("SELECT count(*) FROM broadcast_recipients WHERE customer_id = %s", who[1].id) == 0


def test_a_customer_erased_with_an_order_under_way_gets_no_more_advertising(shop: Advertiser) -> None:
    (customer,) = shop.people(1)
    buy(shop, customer, stock_up(shop.db)[0].id, status="paid")
    shop.db.transaction(lambda tx: privacy.erase(tx, customers.find(tx, customer.id)))
    assert shop.one("SELECT friend FROM customers WHERE id = %s", customer.id)
    assert shop.db.transaction(lambda tx: segments.count(tx, EVERYBODY)) == 0


def test_segments_mean_whom_they_say(shop: Advertiser) -> None:
    tea, cup = stock_up(shop.db)[0].id, stock_up(shop.db, name="茶杯")[0].id
    fresh, old, never, gave_up, foreign = [*shop.people(4), *shop.people(1, "en")]
    buy(shop, fresh, tea, 3)
    buy(shop, old, cup, 200)
    buy(shop, gave_up, cup, 3, "cancelled")
    shop.db.transaction(lambda tx: wishes.wish(tx, never, tea))
    product = {sku: str(shop.one("SELECT product_id FROM skus WHERE id = %s", sku)) for sku in (tea, cup)}
    category = str(shop.one("SELECT max(category_id) FROM products"))
    for kind, value, expected in (
        (Kind.EVERYBODY, "", [fresh, old, never, gave_up, foreign]),
        (Kind.RECENT, "30", [fresh]),
        (Kind.RECENT, "1000", [fresh, old]),
        (Kind.LAPSED, "30", [old]),
        (Kind.NEVER, "", [never, gave_up, foreign]),
        (Kind.PRODUCT, product[tea], [fresh]),
        (Kind.PRODUCT, product[cup], [old]),
        (Kind.CATEGORY, category, [fresh, old]),
        (Kind.WISHED, product[tea], [never]),
        (Kind.LANGUAGE, "en", [foreign]),
    ):
        segment = Segment(kind, value)
        found = shop.db.transaction(lambda tx, s=segment: segments.page(tx, s, 0, 100))  # type: ignore[misc]
        assert [customer_id for customer_id, _ in found] == sorted(one.id for one in expected), segment
        counted = shop.db.transaction(lambda tx, s=segment: segments.count(tx, s))  # type: ignore[misc]
        assert counted == len(expected), segment


def test_a_language_is_one_to_choose_as_soon_as_somebody_is_spoken_to_in_it(database_url: str) -> None:
    db = Database(database_url)
    assert db.transaction(segments.languages) == []
    for language in ("pl", "zh-TW", "zh-TW"):
        db.transaction(lambda tx: customers.meet(tx, line_user()))
        run(db, "UPDATE customers SET language = %s WHERE id = (SELECT max(id) FROM customers)", language)
    assert db.transaction(segments.languages) == ["zh-TW", "pl"]
    db.close()


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 500, "after_accepting": True},
        {"kind": "status", "status": 429},
        {"kind": "status", "status": 401},
        {"kind": "timeout", "seconds": 0.8},
        {"kind": "timeout", "seconds": 0.8, "after_accepting": True},
        {"kind": "drop", "after_accepting": True},
        {"kind": "reset"},
    ],
    ids=lambda fault: "-".join(str(value) for value in fault.values()),
)
def test_whatever_line_does_each_gets_it_exactly_once(shop: Advertiser, fault: dict[str, object]) -> None:
    who = shop.people(7)
    broadcast_id = shop.start(7)
    shop.platform.faults.add({"endpoint": "multicast", "times": 2, **fault})
    went = shop.work()
    assert len([line for line in went if line.startswith("waiting")]) == 2
    assert shop.received(who) == [1] * 7
    assert shop.progress(broadcast_id) == (7, 0, 0)
    assert shop.platform.world.quota.used == 7


def test_a_crash_anywhere_repeats_a_step_and_no_message(shop: Advertiser) -> None:
    who = shop.people(12)
    shop.start(12)
    while job := shop.claim():
        shop.jobs[job.kind](job)  # its process dies before anything is written down
        shop.step()
    assert shop.received(who) == [1] * 12
    assert shop.one("SELECT count(*) FROM broadcast_recipients") == 12


def test_a_worker_that_lost_its_lease_spreads_nothing(shop: Advertiser) -> None:
    shop.people(4)
    shop.start(4)
    stale = shop.claim()
    assert stale is not None
    assert shop.step() == "done: took 4"
    shop.worker.perform(stale)
    assert shop.one("SELECT count(*) FROM broadcast_recipients") == 4
    assert shop.one("SELECT count(*) FROM outbox WHERE status = 'waiting'") == 3


def test_two_workers_at_once_send_nothing_twice(shop: Advertiser) -> None:
    who = shop.people(20)
    broadcast_id = shop.start(20)
    workers = [Advertiser(shop.platform, shop.api._url, shop.db.url) for _ in range(3)]
    threads = [threading.Thread(target=worker.worker.start) for worker in workers]
    for thread in threads:
        thread.start()
        thread.join()
    for _ in range(200):
        if shop.find(broadcast_id).state == "done":
            break
        threading.Event().wait(0.05)
    for worker in workers:
        worker.worker.stop()
        worker.db.close()
    assert shop.received(who) == [1] * 20
    assert shop.find(broadcast_id).state == "done"


def test_a_stop_in_the_middle_leaves_the_rest_unsent(shop: Advertiser) -> None:
    who = shop.people(11)
    broadcast_id = shop.start(11)
    shop.work(2)
    assert shop.db.transaction(lambda tx: broadcasts.stop(tx, broadcast_id, Stop.HUMAN))
    assert not shop.db.transaction(lambda tx: broadcasts.stop(tx, broadcast_id, Stop.HUMAN))
    assert set(shop.work()) == {"done: stopped", "done: over"}
    assert sum(shop.received(who)) == 3
    assert shop.progress(broadcast_id) == (3, 0, 0)
    assert shop.find(broadcast_id).stopped_why == "human"
    assert shop.platform.world.quota.used == 3


def test_a_part_of_which_nobody_knows_is_not_tried_again_after_a_stop_and_is_named(shop: Advertiser) -> None:
    who = shop.people(2)
    broadcast_id = shop.start(2)
    shop.step()
    shop.platform.faults.add({"endpoint": "multicast", "kind": "timeout", "seconds": 0.8})
    shop.step()
    shop.db.transaction(lambda tx: broadcasts.stop(tx, broadcast_id, Stop.HUMAN))
    shop.work()
    assert shop.progress(broadcast_id) == (0, 2, 0)
    assert "not known whether it arrived" in shop.one("SELECT max(problem) FROM broadcast_parts")
    assert shop.received(who) == [0, 0]


def test_more_people_than_messages_by_the_time_of_sending_sends_nothing(shop: Advertiser) -> None:
    who = shop.people(9)
    shop.has_quota(KEPT + 8, 0)
    broadcast_id = shop.start(8)
    assert shop.step() == "done: stopped: more people than messages"
    assert shop.received(who) == [0] * 9
    assert shop.find(broadcast_id).stopped_why == "quota"
    shop.has_quota(KEPT + 9, 0)
    shop.start(9)
    shop.work()
    assert shop.received(who) == [1] * 9


def test_what_is_kept_for_news_of_money_is_left_when_others_push_meanwhile(shop: Advertiser) -> None:
    who = shop.people(9)
    shop.has_quota(KEPT + 9, 0)
    broadcast_id = shop.start(9)
    shop.work(2)
    run(shop.db, "UPDATE line_quota SET used = used + 5")
    shop.work()
    assert sum(shop.received(who)) == 3
    assert (shop.find(broadcast_id).state, shop.find(broadcast_id).stopped_why) == ("stopped", "quota")


def test_lines_own_no_stops_it(shop: Advertiser) -> None:
    who = shop.people(9)
    broadcast_id = shop.start(9)
    shop.platform.world.quota.limit = 4
    shop.work()
    assert sum(shop.received(who)) == 3
    assert shop.progress(broadcast_id) == (3, 0, 0)
    assert shop.find(broadcast_id).stopped_why == "quota"


def test_a_part_that_line_refuses_does_not_hold_up_the_others(shop: Advertiser) -> None:
    who = shop.people(5)
    run(shop.db, "UPDATE customers SET line_user_id = 'nobody' WHERE id = %s", who[0].id)
    broadcast_id = shop.start(5)
    shop.work()
    assert shop.received(who) == [0, 0, 0, 1, 1]
    assert shop.progress(broadcast_id) == (2, 3, 0)
    assert "Rejected" in shop.one("SELECT max(problem) FROM broadcast_parts")
    assert shop.find(broadcast_id).state == "done"


def test_line_away_for_hours_ends_it_rather_than_sending_at_night(
    shop: Advertiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.people(2)
    broadcast_id = shop.start(2)
    shop.platform.faults.add({"endpoint": "multicast", "kind": "status", "status": 500, "times": None})
    shop.work(3)
    run(
        shop.db,
        "UPDATE broadcast_parts SET tried_at = now() - make_interval(secs => %s)",
        sending.GIVE_UP_SECONDS + 1,
    )
    assert shop.step() == "done: given up" + shop.one(
        "SELECT last_error FROM outbox WHERE kind = 'broadcast.send'"
    )
    assert shop.find(broadcast_id).stopped_why == "line"
    assert shop.progress(broadcast_id) == (0, 2, 0)


def test_the_button_and_the_words_end_it_and_bring_it_back(shop: Advertiser) -> None:
    (customer,) = shop.people(1)
    shop.start(1)
    shop.work()
    chat = Chat(shop.db, customer.line_user_id)
    button = actions_of(shop.platform.messages(customer.line_user_id)[1])[-1]
    chat.happens(Postback(button["data"]))
    assert "不會再傳優惠訊息" in chat.words
    since = shop.one("SELECT no_promotions_since FROM customers WHERE id = %s", customer.id)
    chat.type("不要廣告")
    assert shop.one("SELECT no_promotions_since FROM customers WHERE id = %s", customer.id) == since
    chat.tap("恢復優惠訊息")
    assert shop.one("SELECT no_promotions_since FROM customers WHERE id = %s", customer.id) is None
    chat.type("No promotions")
    assert shop.db.transaction(lambda tx: segments.count(tx, EVERYBODY)) == 0
    chat.type("promotions")
    assert shop.db.transaction(lambda tx: segments.count(tx, EVERYBODY)) == 1


def test_who_got_it_is_forgotten_half_a_year_after_and_how_many_stays(shop: Advertiser) -> None:
    shop.people(4)
    broadcast_id = shop.start(4)
    shop.work()
    assert shop.db.transaction(broadcasts.forget_old) == 0
    run(shop.db, "UPDATE broadcasts SET ended_at = now() - interval '181 days'")
    assert shop.db.transaction(broadcasts.forget_old) == 4
    assert shop.progress(broadcast_id) == (4, 0, 0)


def test_the_same_customer_cannot_be_in_a_broadcast_twice(shop: Advertiser) -> None:
    shop.people(2)
    shop.start(2)
    shop.step()
    run(shop.db, "UPDATE broadcasts SET reached_to = 0")
    with pytest.raises(psycopg2.errors.UniqueViolation):
        shop.db.transaction(lambda tx: broadcasts.spread(tx, 1, RESERVE))
