"""Search and browsing on a real PostgreSQL."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import search, search_reading
from store.db import Database, Transaction
from store.search import COUNTED, Cursor, CursorError, Key, Query, Sort
from store.search_terms import wanted
from tests.factories import placed_order
from tests.shelves import SORTS, Option, Thing, every, find, names, run, shelve


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    database.close()


def test_the_exact_name_comes_first_then_its_beginning_then_any_name_then_the_rest(db: Database) -> None:
    shelve(
        db,
        [
            Thing("杯墊", "搭配烏龍茶最好"),
            Thing("禮盒", options=[Option("烏龍茶")]),
            Thing("高山烏龍茶", popularity=90),
            Thing("烏龍茶包"),
            Thing("烏龍茶"),
            Thing("綠茶"),
        ],
    )
    assert names(db, "烏龍茶") == ["烏龍茶", "烏龍茶包", "高山烏龍茶", "杯墊", "禮盒"]


def test_among_equals_the_popular_then_those_in_stock_then_the_shops_order(db: Database) -> None:
    shelve(
        db,
        [
            Thing("紅茶甲", options=[Option(stock=0)]),
            Thing("紅茶乙"),
            Thing("紅茶丙"),
            Thing("紅茶丁", popularity=3, options=[Option(stock=0)]),
        ],
    )
    assert names(db, "紅茶") == ["紅茶丁", "紅茶乙", "紅茶丙", "紅茶甲"]


@pytest.mark.parametrize(
    "typed",
    [
        "臺灣 OOLONG",
        "台湾".replace("湾", "灣"),
        "ｏｏｌｏｎｇ",
        "oolong",
        "olon",
        "７５克",
        "茶葉",
        "台灣 75 茶葉",
        "春天",
        "zq",
    ],
)
def test_words_are_found_in_any_width_case_and_variant_in_every_field(db: Database, typed: str) -> None:
    shelve(db, [Thing("臺灣 Oolong", "春天採的", [Option("75克")]), Thing("咖啡")])
    assert "臺灣 Oolong" in names(db, typed)


def test_all_words_must_match_but_not_in_one_place(db: Database) -> None:
    shelve(
        db, [Thing("高山烏龍", "輕焙火", [Option("75 克")]), Thing("文山包種", "輕發酵", [Option("75 克")])]
    )
    assert names(db, "輕焙火 75") == ["高山烏龍"]
    assert names(db, "烏龍 輕發酵") == []


def test_one_letter_wrong_in_a_long_latin_word_is_forgiven_when_nothing_else_matches(db: Database) -> None:
    shelve(db, [Thing("Formosa Oolong"), Thing("Jasmine")])
    assert names(db, "oolang") == ["Formosa Oolong"]
    assert names(db, "fromosa oolong") == ["Formosa Oolong"]
    shelve(db, [Thing("Oolang")])
    assert names(db, "oolang") == ["Oolang"]


def test_forgiven_words_go_on_over_pages(db: Database) -> None:
    shelve(db, [Thing(f"Oolong {n}") for n in range(7)])
    assert [card.name for card in every(db, "oolang", limit=2)] == [f"Oolong {n}" for n in range(7)]


def test_the_filters_ask_for_one_sku_that_has_everything(db: Database) -> None:
    category_id = shelve(
        db,
        [
            Thing("甲茶", options=[Option("小", 100, 0), Option("大", 900, 3)]),
            Thing("乙茶", options=[Option("小", 100, 3), Option("大", 900, 0)]),
            Thing("丙茶", options=[Option("小", 500, 3), Option("舊", 100, 3, active=False)]),
        ],
    )
    other = shelve(db, [Thing("丁茶")], "別的")
    for words in ("", "茶"):
        cheap = Query(words, category_id, price_to=200)
        assert names(db, cheap) == ["甲茶", "乙茶"]
        assert names(db, replace(cheap, in_stock=True)) == ["乙茶"]
        assert names(db, Query(words, category_id, price_from=200, price_to=600)) == ["丙茶"]
        assert names(db, Query(words, category_id, price_from=800, in_stock=True)) == ["甲茶"]
        assert names(db, Query(words, other)) == ["丁茶"]
        assert names(db, Query(words, price_from=10**12)) == []
        assert len(names(db, Query(words, price_from=-5, price_to=10**12))) == 4


def test_what_sells_out_or_comes_back_is_filtered_at_once_though_the_listing_does_not_know(
    db: Database,
) -> None:
    things = [Thing("春茶"), Thing("夏茶", options=[Option(stock=0)])]
    category_id = shelve(db, things)
    run(db, "UPDATE skus SET stock = 5 - stock")
    assert names(db, Query("茶", in_stock=True)) == ["夏茶"]
    assert names(db, Query(category_id=category_id, in_stock=True)) == ["夏茶"]


def test_each_order_sorts(db: Database) -> None:
    category_id = shelve(
        db,
        [
            Thing("一茶", options=[Option(price=300)], popularity=1),
            Thing("二茶", options=[Option(price=100)]),
            Thing("三茶", options=[Option(price=200), Option("大", 900)], popularity=5),
        ],
    )
    wanted_names = {"popular": "三一二", "newest": "三二一", "price_up": "二三一", "price_down": "一三二"}
    for sort in SORTS:
        for words in ("", "茶"):
            expected = wanted_names.get(sort, "三一二" if words else "一二三")
            shown = "".join(name[0] for name in names(db, Query(words, category_id, sort=sort)))
            assert shown == expected, (sort, words)


@pytest.mark.parametrize(
    "typed",
    [
        "'",
        "' | '茶",
        "a & !b:*",
        "\\",
        "茶\\'",
        "<->",
        "!!!",
        "\x00茶",
        "\ud800",
        "%_",
        "🍵",
        "👨‍👩‍👧",
        "עברית",
        "١٢",
        "ไทย",
        ":" * 50,
    ],
)
def test_no_text_breaks_a_search(db: Database, typed: str) -> None:
    shelve(db, [Thing("茶 🍵"), Thing("家 👨‍👩‍👧")])
    found = find(db, typed)
    asked = wanted(typed)
    assert (
        (found.total == 0)
        if asked is None
        else {card.name for card in found.products} <= {"茶 🍵", "家 👨‍👩‍👧"}
    )
    assert db.transaction(lambda tx: search.suggest(tx, typed))


def test_an_emoji_is_found_however_it_is_drawn(db: Database) -> None:
    shelve(db, [Thing("咖啡 ☕️"), Thing("茶 🍵")])
    assert names(db, "☕") == ["咖啡 ☕️"]
    assert names(db, "🍵") == ["茶 🍵"]


def test_a_very_long_text_is_cut_and_answered(db: Database) -> None:
    shelve(db, [Thing("烏龍茶" * 26)])
    assert len(names(db, "烏龍茶" * 20)) == 1
    assert names(db, "".join(map(chr, range(0x4E00, 0x9000)))) == []
    assert names(db, " ".join(["烏龍"] * 5_000)) == ["烏龍茶" * 26]


def test_no_words_are_the_whole_shop_and_only_signs_are_nothing(db: Database) -> None:
    shelve(db, [Thing("茶"), Thing("杯")])
    assert names(db, "") == names(db, "  ") == ["茶", "杯"]
    assert find(db, "…").total == 0


def test_results_are_counted_on_the_first_page_up_to_a_bound(db: Database) -> None:
    category_id = shelve(db, [Thing(f"茶 {n}") for n in range(COUNTED + 5)])
    few = shelve(db, [Thing(f"杯 {n}") for n in range(12)], "杯")
    for query, total in (
        (Query("茶"), COUNTED + 1),
        (Query(category_id=category_id), COUNTED + 1),
        (Query("杯"), 12),
    ):
        first = find(db, query)
        assert first.total == total
        assert find(db, query, first.next).total is None
    assert find(db, Query(category_id=few)).total == 12
    assert find(db, Query(category_id=few), limit=20).total == 12


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("words", ["", "茶"])
@pytest.mark.parametrize("few", [1_000, 3])
def test_paging_neither_loses_nor_repeats_while_products_come_and_go(
    db: Database, monkeypatch: pytest.MonkeyPatch, sort: Sort, words: str, few: int
) -> None:
    for name, value in (("FEW", few), ("SORTED", few), ("WALK", 4)):
        monkeypatch.setattr(search_reading, name, value)
    dice = random.Random(1)
    things = [
        Thing(f"茶 {n}", options=[Option(price=dice.randint(1, 9))], popularity=n % 3) for n in range(20)
    ]
    shelve(db, things)
    query = Query(words, sort=sort)
    seen: list[int] = []
    gone: set[int] = set()
    after = None
    for turn in range(40):
        found = find(db, query, after, limit=3)
        seen += [card.id for card in found.products]
        if found.next is None:
            break
        after = Cursor.read(str(found.next))
        shelve(
            db,
            [Thing(f"新 {turn} 茶" if words else f"新 {turn}", options=[Option(price=dice.randint(1, 9))])],
        )
        leaving = things[turn].id
        gone.add(leaving)
        run(db, "UPDATE skus SET active = false WHERE product_id = %s", leaving)
        db.transaction(lambda tx, leaving=leaving: search.refresh(tx, [leaving]))  # type: ignore[misc]
    else:
        pytest.fail("the list does not end")
    assert len(seen) == len(set(seen))
    assert {thing.id for thing in things} - gone <= set(seen)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b",
        "b000",
        "x000.1.1.1",
        "b090.1.1.1",
        "b000.1.1",
        "b000.1.1.1.1",
        "b000.0.0.zzzzzzzzzzzz",
        "B000.1.1.1",
        "b000.1.1.٣",
        "b000.1.1.1\n",
    ],
)
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(CursorError):
        Cursor.read(text)


PLACES = st.builds(
    Key,
    st.integers(0, 4),
    st.integers(0, 6),
    *[st.integers(-(2**31) - 1, 2**31)] * 2,
    st.integers(-(2**62), 2**62),
)


@given(st.builds(Cursor, st.sampled_from(SORTS), st.sampled_from([0, 1, 2]), PLACES))
def test_a_cursor_is_read_as_it_was_written(cursor: Cursor) -> None:
    assert Cursor.read(str(cursor)) == cursor
    assert len(str(cursor)) <= 40


def test_a_cursor_of_another_order_is_refused_and_of_another_query_does_no_harm(db: Database) -> None:
    shelve(db, [Thing(f"茶 {n}") for n in range(5)])
    cursor = find(db, "茶", limit=2).next
    with pytest.raises(CursorError):
        find(db, Query("茶", sort="newest"), cursor)
    assert find(db, "杯", cursor).products == ()
    for text in ("b040.0.0.0", "b226.zzzzzz.-zzzzzz.-1y2p0ij32e8e", "b130.-zzzzzz.0.0"):
        assert len(find(db, "茶", Cursor.read(text)).products) in (0, 5)


def test_refresh_lists_what_is_for_sale_and_takes_the_rest_off(db: Database) -> None:
    thing = Thing("春茶", options=[Option("小"), Option("大", 300)])
    shelve(db, [thing])
    run(db, "UPDATE skus SET price = 50, active = price > 200 WHERE product_id = %s", thing.id)
    run(db, "UPDATE products SET name = '冬茶' WHERE id = %s", thing.id)
    db.transaction(lambda tx: search.refresh(tx, [thing.id, thing.id, 10**9]))
    assert names(db, "春茶") == []
    card = find(db, Query("冬茶", price_to=50)).products[0]
    assert (card.price_from, card.options) == (50, 1)
    run(db, "UPDATE skus SET active = false")
    db.transaction(lambda tx: search.refresh(tx, [thing.id]))
    assert names(db, "") == []


def test_two_changes_of_one_product_at_once_are_both_listed(db: Database) -> None:
    thing = Thing("春茶", options=[Option("小", 100), Option("大", 200)])
    shelve(db, [thing])
    changed = threading.Event()

    def second() -> None:
        def work(tx: Transaction) -> None:
            with tx.connection.cursor() as cursor:
                cursor.execute("UPDATE skus SET price = 900 WHERE option = '大'")
            changed.set()
            search.refresh(tx, [thing.id])

        db.transaction(work)

    def first(tx: Transaction) -> threading.Thread:
        with tx.connection.cursor() as cursor:
            cursor.execute("UPDATE skus SET price = 50 WHERE option = '小'")
        search.refresh(tx, [thing.id])
        thread = threading.Thread(target=second)
        thread.start()
        assert changed.wait(5)
        return thread

    db.transaction(first).join(5)
    assert run(db, "SELECT price_from, price_to FROM listings") == [(50, 900)]


def test_catching_up_lists_what_is_missing_or_of_an_older_edition(db: Database) -> None:
    things = [Thing("春茶"), Thing("夏茶"), Thing("秋茶", options=[Option(active=False)])]
    shelve(db, things)
    run(db, "DELETE FROM listings WHERE product_id = %s", things[0].id)
    run(db, "UPDATE listings SET edition = 0, words = '' WHERE product_id = %s", things[1].id)
    assert search.catch_up(db) == 2
    assert names(db, "茶") == ["春茶", "夏茶"]
    assert search.catch_up(db) == 0


def test_popularity_and_the_hint_about_stock_follow_the_orders(db: Database) -> None:
    things = [Thing("一茶"), Thing("二茶", options=[Option(stock=2)]), Thing("三茶")]
    shelve(db, things)
    skus = {row[1]: int(str(row[0])) for row in run(db, "SELECT id, product_id FROM skus")}
    for _ in range(2):
        placed_order(db, {skus[things[1].id]: 1})
    placed_order(db, {skus[things[2].id]: 1})
    assert names(db, "茶") == ["一茶", "二茶", "三茶"]
    assert db.transaction(search.refresh_popularity) == 3
    assert names(db, "茶") == ["二茶", "三茶", "一茶"]
    assert run(db, "SELECT in_stock FROM listings WHERE product_id = %s", things[1].id) == [(False,)]
    assert db.transaction(search.refresh_popularity) == 0
    run(db, "UPDATE orders SET status = 'cancelled'")
    assert db.transaction(search.refresh_popularity) == 2
    assert run(db, "SELECT max(popularity) FROM listings") == [(0,)]


def test_nothing_found_suggests_the_nearest_in_stock_and_then_the_popular(db: Database) -> None:
    shelve(
        db,
        [
            Thing("馬克杯", popularity=9),
            Thing("方巾"),
            Thing("高山烏龍"),
            Thing("烏龍茶葉", options=[Option(stock=0)]),
            Thing("紅烏龍茶"),
        ],
    )
    suggested = db.transaction(lambda tx: search.suggest(tx, "凍頂烏龍茶", 4))
    assert [card.name for card in suggested] == ["紅烏龍茶", "高山烏龍", "馬克杯", "方巾"]
    assert [card.name for card in db.transaction(lambda tx: search.suggest(tx, "", 2))] == ["馬克杯", "方巾"]
