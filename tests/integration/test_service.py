"""A human of the shop, messages that are taken back, friends who leave and return, and being forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.events import Follow, Other, Postback, Text
from settings import LineSettings, Settings
from store import customers, handoff, privacy, reviews, wishes
from store.customers import Customer
from store.db import Database, Transaction
from store.shop import Shop
from tests.factories import broken_invariants, fill_cart, line_user, place, scalar, stock_up
from tests.integration.chat import FORM, Chat, run
from tests.integration.line_inbox import LineInbox, said, tapped

OWNER = "U" + "0" * 32


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


@pytest.fixture
def chat(db: Database) -> Chat:
    chat = Chat(db)
    line = LineSettings(secrets=("s",), token="t")
    settings = Settings(db.url, "https://shop.example", "secret", line, None, owner_line_user_ids=(OWNER,))
    chat.shop = Shop(settings)
    return chat


def who(chat: Chat) -> Customer:
    return chat.db.transaction(lambda tx: customers.meet(tx, chat.user))


def talk(chat: Chat) -> list[handoff.Said]:
    customer_id = who(chat).id
    return chat.db.transaction(lambda tx: handoff.talk(tx, customer_id))[::-1]


def told(db: Database, user: str = OWNER) -> object:
    return scalar(db, "SELECT count(*) FROM outbox WHERE payload ->> 'to' = %s", user)


def test_asking_for_a_human_quiets_the_bot_and_tells_the_shop_once(chat: Chat) -> None:
    chat.type("聯絡店家")
    assert "已通知店家" in chat.words
    assert chat.type("你們幾點開門？") is None
    assert chat.happens(Other("image", is_message=True)) is None
    assert [(m.direction, m.kind, m.body) for m in talk(chat)] == [
        ("in", "text", "你們幾點開門？"),
        ("in", "image", ""),
    ]
    assert scalar(chat.db, "SELECT reference FROM cases WHERE kind = 'waiting_for_human'") == (
        f"customer:{who(chat).id}"
    )
    chat.type("小幫手")
    chat.type("聯絡店家")
    assert told(chat.db) == 1


def test_the_shops_people_get_a_notice_of_their_own(chat: Chat) -> None:
    chat.type("客服")
    payload = scalar(chat.db, "SELECT payload FROM outbox WHERE payload ->> 'to' = %s", OWNER)
    assert isinstance(payload, dict)
    assert payload["worth"] == "notice"
    assert "想和店家說話" in payload["messages"][0]["altText"]
    assert payload["customer_id"] != who(chat).id


def test_a_word_brings_the_bot_back_and_buttons_answer_meanwhile(chat: Chat) -> None:
    stock_up(chat.db)
    chat.type("聯絡店家")
    assert chat.type("購物車") is None
    chat.happens(Postback("v=1&a=cart"))
    assert "購物車還是空的" in chat.words
    assert chat.type("高山烏龍") is None
    chat.type(" 小幫手。")
    assert "我回來了" in chat.words
    chat.type("高山烏龍")
    assert chat.offers("加入購物車")


def test_an_hour_of_silence_brings_the_bot_back_and_a_word_begins_it_anew(chat: Chat) -> None:
    chat.type("聯絡店家")
    run(chat.db, "UPDATE customers SET human_until = now() + interval '1 minute'")
    assert chat.type("還在嗎") is None
    later = "SELECT bool_or(human_until > now() + interval '59 minutes') FROM customers"
    assert scalar(chat.db, later) is True
    run(chat.db, "UPDATE customers SET human_until = now() - interval '1 second'")
    chat.type("購物車")
    assert "購物車還是空的" in chat.words


def test_a_filled_in_form_is_taken_even_while_a_human_talks(chat: Chat) -> None:
    chat.type("聯絡店家")
    chat.type(FORM)
    assert who(chat).recipient_name == "王小明"
    assert talk(chat) == []


def test_the_talk_is_linked_to_the_order_it_began_from(chat: Chat) -> None:
    stock_up(chat.db)
    order_id = chat.order("貨到付款")
    chat.type("訂單")
    chat.tap("看訂單")
    chat.tap("聯絡店家")
    code = str(scalar(chat.db, "SELECT code FROM orders"))
    assert f"關於訂單 #{code}" in chat.words
    chat.type("可以改地址嗎")
    assert [m.order_id for m in talk(chat)] == [order_id]
    assert scalar(chat.db, "SELECT order_id FROM cases WHERE kind = 'waiting_for_human'") == order_id


def test_a_strangers_order_is_not_what_the_talk_is_about(chat: Chat) -> None:
    stock_up(chat.db)
    order_id = Chat(chat.db).order("貨到付款")
    chat.happens(Postback(f"v=1&a=human&id={order_id}"))
    assert "關於訂單" not in chat.words
    assert scalar(chat.db, "SELECT order_id FROM cases WHERE kind = 'waiting_for_human'") is None


def test_an_answer_of_the_shop_is_kept_sent_and_closes_the_case(chat: Chat) -> None:
    chat.type("聯絡店家")
    chat.type("有禮盒嗎")

    def answer(tx: Transaction) -> int:
        return handoff.reply(tx, customers.meet(tx, chat.user), " 有的 ", "staff:1")

    chat.db.transaction(answer)
    assert [(m.direction, m.body, m.actor) for m in talk(chat)][1] == ("out", "有的", "staff:1")
    payload = scalar(chat.db, "SELECT payload FROM outbox WHERE payload ->> 'to' = %s", chat.user)
    assert isinstance(payload, dict)
    assert payload["messages"] == [{"type": "text", "text": "有的"}]
    assert scalar(chat.db, "SELECT closed_by FROM cases") == "staff:1"
    assert chat.type("謝謝") is None
    assert scalar(chat.db, "SELECT count(*) FROM cases WHERE closed_at IS NULL") == 1


@pytest.mark.parametrize("text", ["", "  ", "字" * 2001])
def test_an_answer_without_words_or_too_long_is_refused(chat: Chat, text: str) -> None:
    customer = who(chat)
    with pytest.raises(ValueError, match="text: between 1 and 2000"):
        chat.db.transaction(lambda tx: handoff.reply(tx, customer, text, "staff:1"))


def test_old_talk_is_deleted_a_bounded_piece_at_a_time(chat: Chat) -> None:
    chat.type("聯絡店家")
    for text in "一二三":
        chat.type(text)
    run(chat.db, "UPDATE messages SET at = now() - interval '181 days' WHERE body <> '三'")
    assert chat.db.transaction(lambda tx: handoff.forget_old(tx, limit=1)) == 1
    assert chat.db.transaction(handoff.forget_old) == 1
    assert [m.body for m in talk(chat)] == ["三"]


def test_a_message_that_is_taken_back_is_forgotten_everywhere(db: Database) -> None:
    line = LineInbox(db)
    line.receive(tapped(line.user, "v=1&a=human"), said(line.user, "我的電話是 0912345678", "m1"))
    line.receive(said(line.user, "你好", "m2"))
    line.receive(
        {"type": "unsend", "source": {"type": "user", "userId": line.user}, "unsend": {"messageId": "m1"}}
    )
    assert scalar(db, "SELECT count(*) FROM inbox WHERE payload::text LIKE '%%0912345678%%'") == 0
    assert scalar(db, "SELECT count(*) FROM inbox WHERE payload::text LIKE '%%你好%%'") == 1
    assert scalar(db, "SELECT string_agg(body, ',' ORDER BY id) FROM messages") == ",你好"
    assert scalar(db, "SELECT count(*) FROM messages WHERE unsent_at IS NOT NULL") == 1


def dialog(db: Database) -> str:
    return str(scalar(db, "SELECT coalesce(dialog::text, '') FROM customers"))


def unsend(line: LineInbox, message_id: str) -> None:
    source = {"type": "user", "userId": line.user}
    line.receive({"type": "unsend", "source": source, "unsend": {"messageId": message_id}})


def test_what_was_looked_for_is_forgotten_with_its_message(db: Database) -> None:
    stock_up(db)
    line = LineInbox(db)
    line.receive(said(line.user, "高山", "m1"))
    assert "高山" in dialog(db)
    unsend(line, "m2")
    assert "高山" in dialog(db)
    unsend(line, "m1")
    assert dialog(db) == ""
    line.receive(said(line.user, "更多", "m3"))
    assert "高山" not in line.words


def test_a_half_given_address_is_forgotten_with_its_message_and_the_question_is_asked_anew(
    db: Database,
) -> None:
    [sku] = stock_up(db)
    line = LineInbox(db)
    fill_cart(db, line.user, {sku.id: 1})
    line.receive(tapped(line.user, "v=1&a=checkout"), tapped(line.user, "v=1&a=delivery&k=home"))
    line.receive(said(line.user, "姓名：王小明", "m1"), said(line.user, "電話：12", "m2"))
    line.receive(said(line.user, "高山", "m3"))
    assert "王小明" in dialog(db)
    unsend(line, "m1")
    assert "王小明" not in dialog(db)
    assert "高山" in dialog(db)
    line.receive(tapped(line.user, "v=1&a=resume"))
    assert "怎麼送到您手上" in line.words


def test_a_tap_keeps_what_was_typed_before_it_tied_to_its_message(db: Database) -> None:
    stock_up(db)
    line = LineInbox(db)
    line.receive(
        said(line.user, "高山", "m1"), tapped(line.user, "v=1&a=note"), tapped(line.user, "v=1&a=home")
    )
    assert "高山" in dialog(db)
    unsend(line, "m1")
    assert dialog(db) == ""


def test_a_message_taken_back_in_a_group_is_forgotten_and_nobody_elses(db: Database) -> None:
    line = LineInbox(db)
    group = {"type": "group", "groupId": "C" + "1" * 32}
    other = line_user()
    line.receive(said(line.user, "秘密", "m1") | {"source": group}, said(other, "別人的", "m1"))
    line.receive({"type": "unsend", "source": group, "unsend": {"messageId": "m1"}})
    assert scalar(db, "SELECT count(*) FROM inbox WHERE payload::text LIKE '%%秘密%%'") == 0
    assert scalar(db, "SELECT count(*) FROM inbox WHERE payload::text LIKE '%%別人的%%'") == 1


def test_unsending_finds_the_event_by_an_index(db: Database) -> None:
    line = LineInbox(db)
    line.receive(*[said(line_user(), "茶", f"m{number}") for number in range(60)])
    run(db, "ANALYZE inbox")

    def plan(tx: Transaction) -> str:
        with tx.connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(
                "EXPLAIN UPDATE inbox SET payload = payload #- '{message,text}' WHERE source = 'line' "
                "AND status <> 'waiting' AND lane = 'U1' AND payload #>> '{message,id}' = 'm1'"
            )
            return "\n".join(row[0] for row in cursor.fetchall())

    assert "inbox_heard" in db.transaction(plan)


def test_a_friend_who_comes_back_is_welcomed_back(db: Database) -> None:
    line = LineInbox(db)
    follow = {"type": "follow", "source": {"type": "user", "userId": line.user}}
    line.receive(follow)
    assert "歡迎來到" in line.words
    line.receive(follow | {"type": "unfollow"})
    assert line.answers == []
    line.receive(follow)
    assert "歡迎回來" in line.words
    assert scalar(db, "SELECT friend FROM customers") is True


def test_help_leads_to_every_promise_and_back(chat: Chat) -> None:
    chat.type("說明")
    for label, words in {"常見問題": "怎麼付款", "退換貨": "15 天", "隱私": "商業會計法"}.items():
        chat.type("help")
        chat.tap(label)
        assert words in chat.words
        assert chat.offers("首頁")
    for typed in ("FAQ", "退貨", "隱私權", "delete my data", "刪除我的資料"):
        chat.type(typed)
        assert chat.offers("首頁") or chat.offers("先不要")


def test_erasing_asks_first_and_an_old_question_asks_again(chat: Chat) -> None:
    chat.type(FORM)
    chat.type("刪除我的資料")
    assert "法律要求" in chat.words
    chat.happens(Postback("v=1&a=erase_now&t=1700000000"))
    assert "這張卡片是之前的了" in chat.words
    assert who(chat).has_details
    chat.tap("確定刪除")
    assert "已經刪除" in chat.words


def test_erasing_forgets_the_person_and_keeps_the_books(chat: Chat) -> None:
    [sku] = stock_up(chat.db)
    order_id = chat.order("貨到付款")
    run(chat.db, "UPDATE orders SET status = 'completed'")
    run(
        chat.db,
        "UPDATE customers SET display_name = '小明', invoice_kind = 'mobile', invoice_value = '/ABC1234'",
    )
    run(
        chat.db,
        "INSERT INTO addresses (customer_id, delivery, name, phone, address) "
        "SELECT id, 'home', '王小明', '0912345678', '台北市' FROM customers WHERE display_name <> '' "
        "ON CONFLICT DO NOTHING",
    )
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.type("聯絡店家")
    chat.type("我住在三樓")
    customer = who(chat)

    def leave_traces(tx: Transaction) -> None:
        assert reviews.rate(tx, customer, order_id, sku.id, 5, "王○○")
        wishes.wish(tx, customer, sku.id)

    chat.db.transaction(leave_traces)
    erased = chat.db.transaction(lambda tx: privacy.erase(tx, customers.meet(tx, chat.user)))
    assert erased.tie_cut
    run(
        chat.db,
        """DO $$ BEGIN
        ASSERT NOT EXISTS (SELECT FROM messages), 'talk';
        ASSERT NOT EXISTS (SELECT FROM wishes), 'wishes';
        ASSERT NOT EXISTS (SELECT FROM addresses), 'addresses';
        ASSERT (SELECT bool_and(invoice_kind = 'paper') FROM customers), 'invoice';
        ASSERT NOT EXISTS (SELECT FROM carts WHERE status = 'open'), 'cart';
        ASSERT NOT EXISTS (SELECT FROM cases WHERE closed_at IS NULL), 'case';
        ASSERT (SELECT name || words FROM reviews) = '', 'review';
        ASSERT (SELECT recipient_name FROM orders) = '王小明', 'the books';
        ASSERT (SELECT count(*) = 1 FROM order_events WHERE kind = 'customer_erased'), 'history';
        END $$""",
    )
    row = scalar(
        chat.db,
        "SELECT display_name || recipient_name || phone || address || coalesce(dialog::text, '') "
        "FROM customers WHERE id = %s",
        customer.id,
    )
    assert row == ""
    assert scalar(chat.db, "SELECT line_user_id FROM customers WHERE id = %s", customer.id) != chat.user
    assert who(chat).id != customer.id
    chat.type("訂單")
    assert "還沒有訂單" in chat.words


def test_what_line_told_and_was_told_is_erased_too(db: Database) -> None:
    line = LineInbox(db)
    line.receive(said(line.user, "祕密的字", "m1"))
    run(db, "UPDATE outbox SET status = 'done'")
    db.transaction(lambda tx: privacy.erase(tx, customers.meet(tx, line.user)))
    assert scalar(db, "SELECT count(*) FROM inbox WHERE payload <> '{}' OR lane = %s", line.user) == 0
    assert scalar(db, "SELECT count(*) FROM outbox WHERE payload <> '{}'") == 0
    line.receive(said(line.user, "你好", "m2"))
    assert "今天想找什麼" in line.words


def test_while_an_order_is_under_way_the_tie_to_line_stays(chat: Chat) -> None:
    [sku] = stock_up(chat.db)
    chat.order("貨到付款")
    customer = who(chat)
    chat.type("刪除我的資料")
    chat.tap("確定刪除")
    assert "還有 1 張進行中的訂單" in chat.words
    assert who(chat).id == customer.id
    assert not who(chat).has_details
    chat.type("訂單")
    assert "備貨中" in chat.words
    assert place(chat.db, chat.user)[1] is None
    assert sku.id


def test_following_again_after_being_forgotten_greets_a_newcomer(chat: Chat) -> None:
    chat.happens(Text("你好", "1"))
    chat.db.transaction(lambda tx: privacy.erase(tx, customers.meet(tx, chat.user)))
    chat.happens(Follow())
    assert "歡迎來到" in chat.words
    assert replace(who(chat), pace_left=0.0).dialog is None
