"""The talk from greeting to order, through the conversation itself and a real database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot import notices
from bot.conversation import Conversation
from bot.events import Follow, Incoming, Other, Postback, Text, Unfollow, What
from dev.line.validate import validate_messages
from settings import LineSettings, Settings
from store import customers, orders
from store.db import Database, Transaction, sql
from store.orders import CancelOutcome, Charge
from store.shop import Shop
from tests.factories import broken_invariants, line_user, scalar, stock_of, stock_up

Message = dict[str, Any]
FORM = "姓名：王小明\n電話：0912345678\n地址：台北市信義區信義路五段7號"


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


class Chat:
    """One customer's chat: what was answered last, and its buttons."""

    def __init__(self, db: Database, user: str | None = None) -> None:
        self.db, self.user = db, user or line_user()
        self.shop = Shop(
            Settings(
                database_url=db.url,
                public_url="https://shop.example",
                secret_key="a secret for tests",
                line=LineSettings(secrets=("s",), token="t"),
                sinopac=None,
            )
        )
        self.messages: list[Message] = []

    def happens(self, what: What) -> list[Message] | None:
        def work(tx: Transaction) -> list[Message] | None:
            customer = customers.meet(tx, self.user)
            now = datetime.now(UTC)
            incoming = Incoming("e", self.user, "user", self.user, False, False, now, "token", what)
            return Conversation(self.shop).respond(tx, customer, incoming)

        answer = self.db.transaction(work)
        return self._keep(answer)

    def _keep(self, answer: list[Message] | None) -> list[Message] | None:
        self.messages = answer or []
        if answer is not None:
            assert validate_messages(answer) == []
            assert "quickReply" in answer[-1]
        return answer

    def type(self, text: str) -> list[Message] | None:
        return self.happens(Text(text))

    def tap(self, label: str) -> list[Message] | None:
        return self.happens(Postback(self.action(label)["data"]))

    def action(self, label: str) -> dict[str, Any]:
        found = [action for action in actions_of(self.messages) if label in action.get("label", "")]
        assert found, f"no button {label!r} in {self.words}"
        return found[0]

    def offers(self, label: str) -> bool:
        return any(label in action.get("label", "") for action in actions_of(self.messages))

    @property
    def words(self) -> str:
        return "\n".join(words_of(self.messages))

    def notice(self, what: str, order_id: int, **facts: Any) -> list[Message] | None:
        def work(tx: Transaction) -> list[Message] | None:
            customer = customers.meet(tx, self.user)
            payload = {"what": what, "customer_id": customer.id, **facts}
            return notices.render(tx, self.shop, customer, payload, orders.get(tx, order_id))

        return self._keep(self.db.transaction(work))

    def to_payment(self, name: str = "高山烏龍") -> None:
        self.type(name)
        self.tap("加入購物車")
        self.tap("結帳")
        self.tap("宅配")
        self.type(FORM)

    def order(self, method: str) -> int:
        self.to_payment()
        self.tap(method)
        self.tap("確認下單")
        return int(str(scalar(self.db, "SELECT max(id) FROM orders")))


def actions_of(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, list):
        return [action for item in value for action in actions_of(item)]
    if not isinstance(value, dict):
        return []
    own = [value["action"]] if "action" in value else []
    return own + [action for key, item in value.items() if key != "quickReply" for action in actions_of(item)]


def words_of(value: Any) -> list[str]:
    if isinstance(value, list):
        return [words for item in value for words in words_of(item)]
    if not isinstance(value, dict):
        return []
    own = [str(value[key]) for key in ("text", "altText") if key in value]
    return own + [words for item in value.values() for words in words_of(item)]


def a_payment(db: Database, order_id: int, **columns: Any) -> int:
    """An attempt to pay, as the cashier leaves it."""

    def work(tx: Transaction) -> int:
        order = orders.get(tx, order_id)
        row = sql.payment_insert(
            tx.connection,
            order_id=order.id,
            attempt=1,
            provider="sinopac",
            method=order.payment_method,
            amount=order.total,
            provider_order_no=order.code + "A",
            callback_key=order.code,
            expires_at=columns.get("expires_at", order.expires_at),
        )
        if columns.get("pay_url") or columns.get("account_no"):
            sql.payment_set_waiting(
                tx.connection,
                id=row.id,
                provider_ref="TS1",
                pay_url=columns.get("pay_url"),
                account_no=columns.get("account_no"),
            )
        with tx.connection.cursor() as cursor:
            cursor.execute(
                "UPDATE outbox SET status = 'done' WHERE order_id = %s AND kind = 'payment.create'",
                (order_id,),
            )
        return int(row.id)

    return db.transaction(work)


def run(db: Database, statement: str, *values: object) -> None:
    def work(tx: Transaction) -> None:
        with tx.connection.cursor() as cursor:
            cursor.execute(statement, values)

    db.transaction(work)


def test_a_new_friend_is_greeted_with_the_shops_name_and_its_doors(db: Database) -> None:
    chat = Chat(db)
    chat.happens(Follow())
    assert "歡迎來到小舖" in chat.words
    assert chat.offers("逛商品")
    assert chat.offers("購物車")
    assert chat.offers("我的訂單")


def test_browsing_leads_from_the_shelves_to_a_cart_that_says_what_is_missing(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type("商品")
    chat.tap("茶葉")
    chat.tap("看商品")
    chat.tap("加入購物車")
    assert "已加入購物車：高山烏龍 75 克 × 1。" in chat.words
    assert "再 NT$1,120 就免運囉。" in chat.words
    chat.tap("去結帳")
    assert chat.offers("宅配")


def test_cash_on_delivery_is_placed_at_once_and_takes_the_stock(db: Database) -> None:
    [sku] = stock_up(db, stock=3)
    chat = Chat(db)
    order_id = chat.order("貨到付款")
    assert "訂單已成立" in chat.words
    assert stock_of(db, sku.id) == 2
    assert scalar(db, "SELECT status FROM orders WHERE id = %s", order_id) == "preparing"


def test_a_card_order_answers_by_notice_with_the_banks_own_page(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    assert chat.messages == []
    assert scalar(db, "SELECT count(*) FROM outbox WHERE kind = 'payment.create'") == 1
    assert chat.notice("payment_slow", order_id) is not None
    a_payment(db, order_id, pay_url="https://bank.example/pay?k=1")
    assert chat.notice("payment_slow", order_id) is None
    chat.notice("payment_ready", order_id)
    assert "訂單已成立" in chat.words
    assert "請在 40 分鐘內完成刷卡" in chat.words
    assert chat.action("前往付款")["uri"] == "https://bank.example/pay?k=1"


def test_an_atm_order_shows_the_account_to_read_and_to_copy(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("ATM")
    a_payment(
        db, order_id, account_no="99922530174617", expires_at=datetime(2026, 11, 23, 15, 59, tzinfo=UTC)
    )
    run(db, "UPDATE orders SET expires_at = %s WHERE id = %s", datetime(2026, 11, 24, tzinfo=UTC), order_id)
    run(db, "UPDATE payments SET expires_at = now() + interval '2 days' WHERE order_id = %s", order_id)
    chat.notice("payment_ready", order_id)
    assert chat.action("複製帳號")["clipboardText"] == "99922530174617"
    assert "永豐銀行（807）99922530174617" in chat.words
    assert "NT$460" in chat.words


def test_a_second_tap_on_the_confirmation_shows_the_first_order(db: Database) -> None:
    [sku] = stock_up(db, stock=5)
    chat = Chat(db)
    chat.to_payment()
    chat.tap("貨到付款")
    confirmation = chat.action("確認下單")["data"]
    chat.happens(Postback(confirmation))
    chat.happens(Postback(confirmation))
    assert "不會重複下單" in chat.words
    assert "備貨中" in chat.words
    assert scalar(db, "SELECT count(*) FROM orders") == 1
    assert stock_of(db, sku.id) == 4


def test_a_strangers_confirmation_orders_nothing_and_shows_nothing(db: Database) -> None:
    stock_up(db)
    chat, stranger = Chat(db), Chat(db)
    chat.to_payment()
    chat.tap("貨到付款")
    confirmation = chat.action("確認下單")["data"]
    chat.tap("確認下單")
    stranger.happens(Postback(confirmation))
    assert "這張卡片是之前的了" in stranger.words
    assert scalar(db, "SELECT count(*) FROM orders") == 1


def test_a_price_that_changed_after_the_confirmation_is_asked_about(db: Database) -> None:
    [sku] = stock_up(db)
    chat = Chat(db)
    chat.to_payment()
    chat.tap("貨到付款")
    run(db, "UPDATE skus SET price = 360 WHERE id = %s", sku.id)
    chat.tap("確認下單")
    assert "NT$380 → NT$360" in chat.words
    assert scalar(db, "SELECT count(*) FROM orders") == 0
    assert "NT$440" in chat.action("確認下單")["label"]
    chat.tap("確認下單")
    assert "訂單已成立" in chat.words
    assert scalar(db, "SELECT total FROM orders") == 440


def test_a_price_that_changed_in_the_cart_is_asked_about_before_checkout(db: Database) -> None:
    [sku] = stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    run(db, "UPDATE skus SET price = 360 WHERE id = %s", sku.id)
    chat.type("結帳")
    assert "您放進購物車後價格有變：高山烏龍 75 克 NT$380 → NT$360。以新的金額結帳嗎？" in chat.words
    chat.tap("以新的金額結帳")
    assert chat.offers("宅配")


def test_too_little_stock_offers_what_is_left_and_goes_on(db: Database) -> None:
    [sku] = stock_up(db, stock=5)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("選數量")
    chat.tap("× 3")
    chat.tap("結帳")
    chat.tap("宅配")
    chat.type(FORM)
    chat.tap("貨到付款")
    sell_but(db, sku.id, 2)
    chat.tap("確認下單")
    assert "高山烏龍 75 克只剩 2 件了，要改成 2 件嗎？" in chat.words
    assert scalar(db, "SELECT count(*) FROM orders") == 0
    chat.tap("改成 2 件")
    chat.tap("確認下單")
    assert "訂單已成立" in chat.words
    assert stock_of(db, sku.id) == 0


def test_what_is_sold_out_leaves_the_cart(db: Database) -> None:
    [sku] = stock_up(db, stock=5)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    sell_but(db, sku.id, 0)
    chat.type("結帳")
    assert "已經賣完了" in chat.words
    chat.tap("從購物車移除")
    assert "購物車還是空的" in chat.words


def sell_but(db: Database, sku_id: int, left: int) -> None:
    """Have so many left of a SKU, with the move that says so."""
    run(
        db,
        """WITH now_left AS (UPDATE skus s SET stock = %s FROM skus b WHERE s.id = %s AND b.id = s.id
           RETURNING b.id, s.stock - b.stock AS delta, s.stock)
           INSERT INTO stock_moves (sku_id, reason, delta, stock_after, actor)
           SELECT id, 'count', delta, stock, 'test' FROM now_left""",
        left,
        sku_id,
    )


def test_a_wrong_phone_is_explained_and_the_right_fields_are_kept(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.tap("結帳")
    chat.tap("宅配")
    assert chat.action("在網頁填寫")["uri"].startswith("https://shop.example/details/")
    assert chat.action("在這裡填寫")["fillInText"] == "姓名：\n電話：\n地址："
    chat.type("地址: 台北市信義區信義路五段7號\n姓名：王小明\n電話：091234567")
    assert "電話要是 09 開頭的 10 碼手機，例如 0912345678。您輸入的是「091234567」。" in chat.words
    assert "王小明" in chat.action("在這裡填寫")["fillInText"]
    assert "091234567" not in chat.action("在這裡填寫")["fillInText"]
    chat.type("電話：0912-345-678")
    assert chat.offers("信用卡")
    assert scalar(db, "SELECT phone FROM customers") == "0912345678"


@pytest.mark.parametrize(
    "typed",
    [
        FORM,
        FORM.replace("：", ":"),
        "地址：台北市信義區信義路五段7號\n電話：０９１２３４５６７８\n姓名：王小明",
        "王小明\n0912345678\n台北市信義區信義路五段7號",
        "Name: 王小明\nPhone: +886 912 345 678\nAddress: 台北市信義區\n信義路五段7號",
    ],
)
def test_details_are_understood_in_many_forms(db: Database, typed: str) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.tap("結帳")
    chat.tap("宅配")
    chat.type(typed)
    assert chat.offers("信用卡")
    assert scalar(db, "SELECT recipient_name || phone FROM customers") == "王小明0912345678"


def test_details_sent_out_of_turn_are_taken_too(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type(FORM)
    assert "收件資料記好了" in chat.words
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.type(FORM)
    assert chat.offers("貨到付款")


def test_remembered_details_are_offered_masked_and_can_be_changed(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.order("貨到付款")
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.tap("結帳")
    chat.tap("宅配")
    assert "王○明" in chat.words
    assert "0912345678" not in chat.words
    chat.tap("修改")
    chat.type("地址：高雄市前鎮區中華五路 789 號")
    chat.tap("貨到付款")
    assert "高雄市前鎮區中華五路 789 號" in chat.words


def test_details_filled_in_on_the_web_page_are_found_by_typing_checkout(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.tap("結帳")
    chat.tap("宅配")
    chat.tap("填好了，繼續")
    assert chat.offers("在網頁填寫")
    chat.type("電話：12")
    run(
        db,
        "UPDATE customers SET recipient_name = '李大同', phone = '0922333444', address = '台南市中西區1號'",
    )
    chat.type("結帳")
    assert chat.offers("信用卡")
    chat.tap("信用卡")
    chat.type("結帳")
    assert "李○同" in chat.words
    assert chat.offers("確認下單 NT$460")


def test_an_old_confirmation_does_not_send_to_new_details(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.to_payment()
    chat.tap("貨到付款")
    old = chat.action("確認下單")["data"]
    chat.type(FORM.replace("王小明", "陳美麗"))
    chat.happens(Postback(old))
    assert "這張卡片是之前的了" in chat.words
    assert scalar(db, "SELECT count(*) FROM orders") == 0


def test_atm_is_refused_with_its_reason_above_the_banks_limit(db: Database) -> None:
    stock_up(db, price=30_001)
    chat = Chat(db)
    chat.to_payment()
    assert not chat.offers("ATM")
    assert "ATM 轉帳一筆最多 NT$30,000" in chat.words


def test_the_cart_is_changed_by_absolute_numbers_so_a_double_tap_counts_once(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    chat.type("高山烏龍")
    chat.tap("加入購物車")
    chat.type("cart")
    more = chat.action("多一件")["data"]
    chat.happens(Postback(more))
    chat.happens(Postback(more))
    assert scalar(db, "SELECT quantity FROM cart_lines") == 2
    chat.tap("移除")
    assert "購物車還是空的" in chat.words
    chat.happens(Postback(more))
    assert "這張卡片是之前的了" in chat.words
    assert scalar(db, "SELECT count(*) FROM cart_lines") == 0


def test_an_order_is_listed_shown_cancelled_and_bought_again(db: Database) -> None:
    [sku] = stock_up(db, stock=3)
    chat = Chat(db)
    chat.order("貨到付款")
    chat.type("訂單")
    chat.tap("看訂單")
    assert "備貨中" in chat.words
    chat.tap("取消訂單")
    assert stock_of(db, sku.id) == 2
    chat.tap("確定取消")
    assert "已取消" in chat.words
    assert stock_of(db, sku.id) == 3
    chat.tap("再買一次")
    assert "放回購物車" in chat.words
    assert chat.offers("結帳 NT$460")


def test_an_order_is_shown_to_its_customer_alone(db: Database) -> None:
    stock_up(db)
    chat, stranger = Chat(db), Chat(db)
    order_id = chat.order("貨到付款")
    code = str(scalar(db, "SELECT code FROM orders"))
    chat.type(f"#{code.lower()}")
    assert "備貨中" in chat.words
    stranger.type(code)
    assert "備貨中" not in stranger.words
    for name in ("order", "pay", "retry", "cancel", "cancel_now", "reorder"):
        stranger.happens(Postback(f"v=1&a={name}&id={order_id}"))
        assert "找不到這張訂單" in stranger.words
    assert scalar(db, "SELECT status FROM orders") == "preparing"


def test_a_failed_card_can_be_tried_again_on_a_new_page(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    payment = a_payment(db, order_id)
    run(db, "UPDATE payments SET status = 'failed' WHERE id = %s", payment)
    chat.notice("payment_failed", order_id, reason="交易失敗")
    assert "銀行回覆：交易失敗" in chat.words
    before = scalar(db, "SELECT count(*) FROM outbox WHERE kind = 'payment.create'")
    assert chat.tap("再試一次") is None
    assert scalar(db, "SELECT count(*) FROM outbox WHERE kind = 'payment.create'") == int(str(before)) + 1
    chat.happens(Postback(f"v=1&a=retry&id={order_id}"))
    assert "銀行那邊慢了一點" in chat.words
    assert scalar(db, "SELECT count(*) FROM outbox WHERE kind = 'payment.create'") == int(str(before)) + 1


def test_a_page_that_is_still_open_is_offered_again_and_a_closed_one_is_replaced(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    a_payment(db, order_id, pay_url="https://bank.example/1")
    chat.happens(Postback(f"v=1&a=retry&id={order_id}"))
    assert chat.action("前往付款")["uri"] == "https://bank.example/1"
    run(db, "UPDATE payments SET expires_at = %s", datetime.now(UTC) - timedelta(minutes=1))
    chat.happens(Postback(f"v=1&a=pay&id={order_id}"))
    assert "過期" in chat.words
    assert chat.tap("再試一次") is None


def test_notices_speak_of_the_present_state_or_not_at_all(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    a_payment(db, order_id, pay_url="https://bank.example/1")
    for what in ("paid", "late_revived", "expired", "cancelled"):
        assert chat.notice(what, order_id) is None
    assert db.transaction(lambda tx: orders.cancel(tx, order_id, "test")) is CancelOutcome.CANCELLED
    for what in ("payment_ready", "payment_slow", "payment_failed", "paid", "late_revived", "expired"):
        assert chat.notice(what, order_id) is None
    chat.notice("cancelled", order_id)
    assert "已取消" in chat.words
    with pytest.raises(ValueError, match="no words"):
        chat.notice("something_else", order_id)


def test_an_order_that_ran_out_of_time_can_be_bought_again(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    run(db, "UPDATE orders SET expires_at = now() WHERE id = %s", order_id)
    assert db.transaction(lambda tx: orders.expire(tx, order_id))
    chat.notice("expired", order_id)
    chat.tap("再買一次")
    assert chat.offers("結帳 NT$460")


def test_money_that_arrived_is_spoken_of_in_any_state(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    order_id = chat.order("信用卡")
    payment_id = a_payment(db, order_id, pay_url="https://bank.example/1")
    charge = Charge("TS1", 460, datetime.now(UTC))
    db.transaction(lambda tx: orders.settle(tx, order_id, payment_id, charge, "bank"))
    chat.notice("paid", order_id)
    assert "已付款 ✓" in chat.words
    assert chat.notice("payment_ready", order_id) is None
    chat.happens(Postback(f"v=1&a=pay&id={order_id}"))
    assert "已付款" in chat.words
    for what in ("late_refund", "extra_refund", "amount_mismatch"):
        chat.notice(what, order_id, amount=12345)
        assert "NT$12,345" in chat.words


def test_typed_words_open_screens_whatever_their_width_and_case(db: Database) -> None:
    stock_up(db)
    chat = Chat(db)
    for words, expected in {
        "ＳＨＯＰ": "想逛哪一區",
        " Cart ": "購物車還是空的",
        "Orders": "還沒有訂單",
        "ｈｅｌｐ": "怎麼使用",
        "首頁": "今天想找什麼",
        "結帳": "購物車還是空的",
        "   ": "直接打字",
    }.items():
        chat.type(words)
        assert expected in chat.words


def test_any_other_words_search_and_a_full_name_shows_the_product(db: Database) -> None:
    stock_up(db, count=3)
    chat = Chat(db)
    chat.type("烏龍")
    assert "「烏龍」的搜尋結果" in chat.words
    chat.type("高山烏龍 2")
    assert chat.offers("加入購物車")
    chat.type("沒有這種東西")
    assert "找不到「沒有這種東西」。" in chat.words
    assert chat.offers("看商品")


def test_a_long_result_goes_on_where_it_stopped(db: Database) -> None:
    stock_up(db, count=13)
    chat = Chat(db)
    chat.type("烏龍")
    chat.tap("看更多")
    assert "高山烏龍 12" in chat.words
    assert not chat.offers("看更多")


def test_things_that_are_not_words_get_a_kind_answer_and_events_none(db: Database) -> None:
    chat = Chat(db)
    for kind in ("sticker", "image", "video", "audio", "file", "location", "hologram"):
        assert chat.happens(Other(kind, is_message=True)) is not None
    assert chat.happens(Other("videoPlayComplete")) is None
    assert chat.happens(Unfollow()) is None


@pytest.mark.parametrize(
    "data",
    ["", "hello", "v=0&a=cart", "v=1", "v=1&a=nothing", "v=1&a=set&c=1&sku=1&n=1", "\x00", "v=1&a=place&c=9"],
)
def test_old_and_damaged_buttons_get_a_kind_word_and_the_present_state(db: Database, data: str) -> None:
    chat = Chat(db)
    chat.happens(Postback(data))
    assert "這張卡片是之前的了，現在是這樣：" in chat.words


def test_every_button_of_every_screen_on_the_way_leads_somewhere(db: Database) -> None:
    stock_up(db, count=2)
    seen: set[str] = set()
    chat = Chat(db)
    steps: list[Callable[[], object]] = [
        lambda: chat.type("商品"),
        lambda: chat.type("烏龍"),
        chat.to_payment,
        lambda: chat.tap("ATM"),
        lambda: chat.type("購物車"),
        lambda: chat.type("說明"),
    ]
    waiting: list[str] = []
    for step in steps:
        step()
        waiting += [action["data"] for action in actions_of(chat.messages) if action["type"] == "postback"]
    while waiting and len(seen) < 200:
        data = waiting.pop()
        if data in seen:
            continue
        seen.add(data)
        answer = chat.happens(Postback(data))
        assert answer or "a=place" in data
        waiting += [action["data"] for action in actions_of(answer or []) if action["type"] == "postback"]
    assert len(seen) > 30
