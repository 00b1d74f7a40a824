"""A customer's chat with the conversation itself: no LINE in between, a real database behind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bot import notices
from bot.conversation import Conversation
from bot.events import Incoming, Postback, Text, What
from dev.line.validate import validate_messages
from settings import LineSettings, Settings
from store import customers, orders
from store.db import Database, Transaction, sql
from store.shop import Shop
from tests.factories import line_user, scalar

Message = dict[str, Any]
FORM = "姓名：王小明\n電話：0912345678\n地址：台北市信義區信義路五段7號"


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
