"""Confirming receipt, giving stars, adding words, and what others see of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.events import Postback, Text
from store import catalogue, customers, fulfilment, reviews
from store.db import Database
from store.fulfilment import Parcel
from store.reviews import Rating
from tests.factories import broken_invariants, scalar, stock_up
from tests.integration.chat import FORM, Chat, run
from tests.integration.line_inbox import LineInbox, said, tapped


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


@pytest.fixture
def chat(db: Database) -> Chat:
    """A customer whose one order of one line is completed and shown."""
    stock_up(db)
    chat = Chat(db)
    chat.order("貨到付款")
    run(db, "UPDATE orders SET status = 'completed'")
    show(chat)
    return chat


def show(chat: Chat) -> None:
    chat.type("訂單")
    chat.tap("看訂單")


def rating(db: Database) -> Rating | None:
    product_id = int(str(scalar(db, "SELECT min(id) FROM products")))
    return db.transaction(lambda tx: reviews.of_product(tx, product_id))


def words(db: Database) -> object:
    return scalar(db, "SELECT words FROM reviews")


def test_who_has_the_parcel_says_so_once_and_is_asked_for_a_review(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("貨到付款")
    show(chat)
    assert not chat.offers("我收到了")
    db.transaction(lambda tx: fulfilment.ship(tx, order_id, Parcel("黑貓宅急便", "123456789012"), "staff:1"))
    chat.notice("shipped", order_id, carrier="黑貓宅急便", tracking="123456789012")
    came = chat.action("我收到了")["data"]
    for _ in range(2):
        chat.happens(Postback(came))
        assert chat.offers("評價商品")
    assert scalar(db, "SELECT status FROM orders") == "completed"
    assert scalar(db, "SELECT count(*) FROM order_events WHERE kind = 'completed'") == 1


def test_an_old_receipt_button_on_a_cancelled_order_changes_nothing(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("貨到付款")
    chat.happens(Postback(f"v=1&a=received&id={order_id}"))
    assert "這張卡片是之前的了" in chat.words
    assert scalar(db, "SELECT status FROM orders") == "preparing"


def test_stars_and_the_next_words_make_a_review_that_the_product_shows(chat: Chat) -> None:
    chat.tap("評價商品")
    assert "王○○" in chat.words
    chat.tap("★★★★☆")
    chat.happens(Text("  香氣很足，\n會回購  ", "m1"))
    assert "謝謝您的評價：「香氣很足， 會回購」" in chat.words
    chat.type("高山烏龍")
    assert "★ 4.0（1 則評價）" in chat.words
    assert "香氣很足， 會回購" in chat.words


def test_a_review_can_be_left_and_taken_up_again(chat: Chat) -> None:
    chat.tap("評價商品")
    chat.tap("★★★★★")
    chat.happens(Postback("v=1&a=cart"))
    chat.type("烏龍")
    assert words(chat.db) == ""
    assert "搜尋結果" in chat.words
    show(chat)
    chat.tap("評價商品")
    assert "★★★★★" in chat.words
    chat.tap("★★☆☆☆")
    chat.type("購物車")
    assert "購物車還是空的" in chat.words
    chat.type("普通")
    assert words(chat.db) == ""
    assert scalar(chat.db, "SELECT stars FROM reviews") == 2


def test_words_are_rewritten_and_taken_back(chat: Chat) -> None:
    chat.tap("評價商品")
    chat.tap("★★★★★")
    chat.type("好")
    chat.tap("改寫")
    chat.type("很好")
    assert words(chat.db) == "很好"
    chat.tap("只留星星")
    assert words(chat.db) == ""
    assert scalar(chat.db, "SELECT count(*) FROM reviews") == 1


def test_a_checkout_in_progress_survives_a_review(chat: Chat) -> None:
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.tap("去結帳")
    chat.tap("宅配")
    show(chat)
    chat.tap("評價商品")
    chat.tap("★★★★★")
    chat.type("很好")
    chat.type(FORM)
    assert chat.offers("ATM")
    assert words(chat.db) == "很好"


def test_a_form_of_delivery_details_is_no_review(chat: Chat) -> None:
    chat.tap("評價商品")
    chat.tap("★★★★★")
    chat.type(FORM)
    assert words(chat.db) == ""


def test_each_line_has_one_review_and_the_rest_is_offered(db: Database) -> None:
    stock_up(db, count=2)
    chat = Chat(db)
    chat.type("高山烏龍 1")
    chat.tap("加入購物車")
    chat.order("貨到付款")
    run(db, "UPDATE orders SET status = 'completed'")
    show(chat)
    chat.tap("評價商品")
    chat.tap("給幾顆星")
    chat.tap("★★★★★")
    chat.tap("評價下一樣")
    assert chat.offers("修改評價")
    chat.tap("給幾顆星")
    chat.tap("★☆☆☆☆")
    assert not chat.offers("評價下一樣")
    assert scalar(db, "SELECT count(*) FROM reviews") == 2


@pytest.mark.parametrize("status", ["preparing", "shipped", "cancelled", "refunding", "refunded"])
def test_only_what_arrived_is_reviewed(chat: Chat, status: str) -> None:
    chat.tap("評價商品")
    stars = chat.action("★★★★★")["data"]
    run(chat.db, "UPDATE orders SET status = %s", status)
    for data in (
        stars,
        stars.replace("a=stars", "a=review_line"),
        stars.replace("a=stars", "a=review_words"),
    ):
        chat.happens(Postback(data))
        assert "完成後就可以評價" in chat.words
    assert scalar(chat.db, "SELECT count(*) FROM reviews") == 0
    run(chat.db, "UPDATE orders SET status = 'completed'")


@pytest.mark.parametrize(
    "name", ["received", "review", "review_line", "stars", "review_words", "review_plain"]
)
def test_a_strangers_order_is_not_reviewed(chat: Chat, name: str) -> None:
    chat.tap("評價商品")
    data = chat.action("★★★★★")["data"]
    ids = dict(pair.split("=") for pair in data.split("&"))
    stranger = Chat(chat.db)
    stranger.happens(Postback(data.replace("a=stars", f"a={name}") + f"&id={ids['o']}"))
    assert "找不到這張訂單" in stranger.words
    assert scalar(chat.db, "SELECT count(*) FROM reviews") == 0


@pytest.mark.parametrize("count", ["0", "6", "-1", "x", ""])
def test_stars_that_do_not_exist_are_asked_for_again(chat: Chat, count: str) -> None:
    chat.tap("評價商品")
    data = chat.action("★★★★★")["data"]
    chat.happens(Postback(data.replace("n=5", f"n={count}")))
    assert "給幾顆星" in chat.words
    assert scalar(chat.db, "SELECT count(*) FROM reviews") == 0


def test_a_hidden_review_neither_shows_nor_counts(chat: Chat) -> None:
    chat.tap("評價商品")
    chat.tap("★☆☆☆☆")
    chat.type("難喝")
    [listed] = chat.db.transaction(reviews.listed)
    assert (listed.review.stars, listed.product_name, listed.review.hidden) == (1, "高山烏龍", False)
    hide = listed.review.id
    assert chat.db.transaction(lambda tx: reviews.set_hidden(tx, hide, True))
    assert not chat.db.transaction(lambda tx: reviews.set_hidden(tx, hide, True))
    assert rating(chat.db) is None
    chat.db.transaction(lambda tx: reviews.set_hidden(tx, hide, False))
    seen = rating(chat.db)
    assert seen is not None
    assert (seen.count, seen.average, seen.latest[0].words) == (1, 1.0, "難喝")


def test_the_rating_follows_its_product_and_shows_the_latest_two_with_words(db: Database) -> None:
    stock_up(db)
    for stars, text in ((5, "一"), (4, "二"), (3, ""), (2, "三")):
        chat = Chat(db)
        chat.order("貨到付款")
        run(db, "UPDATE orders SET status = 'completed'")
        show(chat)
        chat.tap("評價商品")
        chat.tap("★" * stars + "☆" * (5 - stars))
        if text:
            chat.type(text)
    seen = rating(db)
    assert seen is not None
    assert (seen.count, seen.average) == (4, 3.5)
    assert [opinion.words for opinion in seen.latest] == ["三", "二"]
    thing = db.transaction(
        lambda tx: catalogue.product(tx, int(str(scalar(db, "SELECT min(id) FROM products"))))
    )
    assert thing is not None


def test_words_that_are_taken_back_at_line_leave_the_review(chat: Chat) -> None:
    chat.tap("評價商品")
    stars = chat.action("★★★★★")["data"]
    line = LineInbox(chat.db)
    line.user = chat.user
    line.receive(tapped(chat.user, stars), said(chat.user, "其實不想公開", "m9"))
    assert words(chat.db) == "其實不想公開"
    source = {"type": "user", "userId": chat.user}
    line.receive({"type": "unsend", "source": source, "unsend": {"messageId": "m9"}})
    assert words(chat.db) == ""
    assert scalar(chat.db, "SELECT stars FROM reviews") == 5
    assert chat.db.transaction(lambda tx: customers.meet(tx, chat.user)).dialog is None
