"""Presses every button of every screen, depth first, and takes each press back before the next.

A crawl runs inside one transaction of the database. What the shop takes for its transactions are savepoints
of it, so that a press is undone whole: the customer stands where they stood, and the next button is tried.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from bot import actions, handler, notifier, webhook
from bot.conversation import Conversation
from bot.richmenu import layout
from settings import DELIVERY_METHODS, PAYMENT_METHODS, LineSettings, Settings
from store import customers
from store.db import Database, Transaction, _run, sql
from store.queue import inbox
from store.queue.inbox import Arrival
from store.queue.worker import Worker
from store.shop import Shop
from tests.integration import crawler_rules as rules
from tests.integration.crawler_rules import PUBLIC_URL, SHOP_NAME, Message, Outside

T = TypeVar("T")
DEEPEST = 120
"""Screens one behind the other; no way through the shop may be so long."""
SAMPLES = 2
"""So many buttons of one kind on one screen are pressed in the short form."""
COME_BY_NOTICE = frozenset({"place", "retry", "method_to"})
"""Taps that are answered once the bank has spoken."""
FORMS = (
    "姓名：王小明\n電話：0912345678\n地址：台北市信義區信義路五段7號",
    "姓名：王小明\n電話：0912345678\n超商：小七\n店號：131386\n門市：鑫台北",
    "姓名：王1\n電話：12\n地址：這裡",
    "超商：好市多\n店號：1\n門市：?",
    "電話：0912345678",
)
TYPED: dict[str, tuple[str, ...]] = {
    "coupon": ("tenoff", "later", "gone", "nonsense", "cheers"),
    "note": ("請放在管理室 📦", "長" * 101),
    "mobile": ("/ABC+123", "abc"),
    "citizen": ("AB12345678901234", "12"),
    "donation": ("168001", "x"),
    "company": ("04595257\n山月有限公司", "12345678", "統一編號：\n公司抬頭："),
    "stars": ("很好喝，會再買", "😀" * 300, " "),
    "review_words": ("{code}",),
    "write_details": FORMS,
    "edit_details": FORMS,
    "delivery": FORMS,
    "human": ("你們幾點開門？", "小幫手", "購物車", FORMS[0]),
    "language": ("shop",),
    "return": ("杯子破了一個", "{code}"),
    "return_words": ("顏色不一樣 😢",),
}
"""What is typed where a button has asked for words; the kind of an invoice stands for its button."""
_keys = itertools.count(1)


class Ground(Database):
    """A database whose transactions are savepoints of one that is never committed."""

    def __init__(self, url: str) -> None:
        super().__init__(url, size=1)
        self._only = self._connection()
        _run(self._only, "BEGIN")

    def transaction(self, work: Callable[[Transaction], T], *, single: bool = False, **_how: Any) -> T:
        with contextlib.nullcontext() if single else _savepoint(self._only):
            tx = _Step(self._only)
            result = work(tx)
            tx._commit()
        return result

    @contextlib.contextmanager
    def undone(self) -> Iterator[None]:
        """What happens inside has not happened."""
        _run(self._only, "SAVEPOINT before")
        try:
            yield
        finally:
            _run(self._only, "ROLLBACK TO SAVEPOINT before; RELEASE SAVEPOINT before")

    def ask(self, statement: str, *values: object) -> list[Any]:
        """What a statement answers, if it answers anything."""
        with self._only.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        self._only.close()


class _Step(Transaction):
    """A transaction that ends by becoming part of the one around it."""

    def _commit(self) -> None:
        with self.connection.cursor() as cursor:
            for words, values, _translate in self._last:
                cursor.execute(words, values)


@contextlib.contextmanager
def _savepoint(conn: Any) -> Iterator[None]:
    _run(conn, "SAVEPOINT step")
    try:
        yield
    except BaseException:
        _run(conn, "ROLLBACK TO SAVEPOINT step; RELEASE SAVEPOINT step")
        raise
    _run(conn, "RELEASE SAVEPOINT step")


def shop_of(url: str, owners: tuple[str, ...] = ()) -> Shop:
    """A shop that offers all there is."""
    chat = "https://line.me/R/oaMessage/@shop/?{text}"
    line = LineSettings(secrets=("s",), token="t", chat_url=chat)
    return Shop(
        Settings(
            url, PUBLIC_URL, "a secret for tests", line, None,
            shop_name=SHOP_NAME, owner_line_user_ids=owners, payment_methods=PAYMENT_METHODS,
            delivery_methods=DELIVERY_METHODS, card_instalments=(3, 6),
        )
    )  # fmt: skip


class Crawler:
    """One customer's chat, tried in every direction. `problems` is what was found, with the way there.

    Of each screen, by its signature, `screens` is the way to it and `seen` what it looked like first.
    """

    def __init__(
        self, db: Ground, shop: Shop, user: str, language: str, outside: Outside, *, closely: bool
    ) -> None:
        self.db, self.shop, self.user, self.language = db, shop, user, language
        self.outside, self.closely = outside, closely
        respond = Conversation(shop).respond
        self.worker = Worker(db, events={"line": handler.make_handler(respond)}, jobs=[], inbox_threads=1)
        self._tell = notifier.make_teller(shop)
        self.screens: dict[str, str] = {}
        self.seen: dict[str, list[Message]] = {}
        self.said_by: dict[str, set[str]] = {}
        self.met: set[str] = set()
        self.problems: dict[str, str] = {}
        self._told: set[str] = set()
        self.presses = self.starts = self.deepest = self._read = 0

    # What a customer does, through the inbox and its handler

    def event(self, kind: str, **content: Any) -> dict[str, Any]:
        source = {"type": "user", "userId": self.user}
        return {"type": kind, "source": source, "replyToken": f"t{next(_keys)}", **content}

    def menu(self) -> Iterator[dict[str, Any]]:
        """A tap on everything in the rich menu."""
        for tab in layout.TABS:
            for area in layout.menu(tab, self.language)["areas"]:
                yield self.tapped(area["action"]["data"])

    def typed(self, text: str) -> dict[str, Any]:
        return self.event("message", message={"type": "text", "id": str(next(_keys)), "text": text})

    def tapped(self, data: str) -> dict[str, Any]:
        return self.event("postback", postback={"data": data})

    def receive(self, event: dict[str, Any]) -> list[Message] | None:
        """Have an event stored as the webhook stores it and handled by the worker; the customer's answer."""
        self.db.ask("UPDATE customers SET pace_left = 20 WHERE pace_left < 2")
        arrival = Arrival(f"c{next(_keys)}", self.user, event)
        self.db.transaction(lambda tx: inbox.store(tx, webhook.SOURCE, [arrival]), single=True)
        for taken in self.worker._claim_events(1):
            self.worker.handle(taken)
        failed = self.db.ask("SELECT last_error FROM inbox WHERE status = 'dead' OR last_error <> ''")
        if failed:
            raise AssertionError(f"the event failed: {failed[0][0]}")
        return self._answer()

    def notice(self, what: str, order_id: int | None, **facts: Any) -> list[Message] | None:
        """What the customer is told of news, in the words of now."""

        def work(tx: Transaction) -> list[Message] | None:
            customer = customers.meet(tx, self.user)
            payload = {"what": what, "customer_id": customer.id, **facts}
            return self._tell(tx, customer, payload, order_id)

        return self.db.transaction(work)

    # The crawl

    def start(
        self,
        name: str,
        events: Sequence[dict[str, Any]],
        notices: Sequence[tuple[Any, ...]] = (),
        *,
        afresh: bool = False,
    ) -> None:
        """Crawl from each of these events and notices, all from the same state of things.

        `afresh`: the buttons of the first screens are pressed again though such screens were met in other
        states.
        """
        self.starts += 1
        for event in events:
            self._try([name, _words_of(event)], event, 0 if afresh else 1)
        for what, order_id, facts in notices:
            with self.db.undone():
                way = [name, f"notice {what}"]
                if told := self.notice(what, order_id, **facts):
                    self._look(way, told, 1)

    def press(self, way: list[str], event: dict[str, Any]) -> list[Message] | None:
        """One press, with the bank's answer where that is what the customer waits for."""
        self.presses += 1
        self.met.add(_name_of(event))
        try:
            answer = self.receive(event)
            if answer is None and _name_of(event) in COME_BY_NOTICE:
                answer = self._bank_answers()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported with the way there
            self._complain(way, f"{type(error).__name__}: {error}")
            return None
        if answer is None and not self._may_be_silent(event):
            self._complain(way, "there is no answer")
        return answer

    def judge(self, way: list[str], answer: list[Message]) -> bool:
        """Note what is wrong with an answer; whether the talk goes on in the language of the crawl."""
        found = self.db.ask("SELECT language FROM customers WHERE line_user_id = %s", self.user)
        same = not found or found[0][0] == self.language
        for fault in rules.faults(answer, self.language if same else found[0][0], self.outside):
            self._complain(way, fault)
        for message in answer:
            alt = rules.masked(rules.alts([message])[0], self.outside)
            self.said_by.setdefault(alt, set()).add(rules.masked(rules.headline(message), self.outside))
        return bool(found) and same

    def _try(self, way: list[str], event: dict[str, Any], depth: int) -> None:
        """One press and all that it leads to, undone afterwards."""
        with self.db.undone():
            if answer := self.press(way, event):
                self._look(way, answer, depth, _asked_by(event))

    def _look(self, way: list[str], answer: list[Message], depth: int, asked: Sequence[str] = ()) -> None:
        """Judge an answer, and press on where the screen is new; `asked` are words that were asked for."""
        told = json.dumps(answer)
        if told in self._told and depth:
            return
        self._told.add(told)
        goes_on = self.judge(way, answer)
        screen = rules.signature(answer, self.outside, closely=self.closely)
        self.deepest = max(self.deepest, depth)
        if (screen in self.screens and depth) or not goes_on:
            return
        self.screens.setdefault(screen, " > ".join(way))
        self.seen.setdefault(screen, answer)
        if depth >= DEEPEST:
            self._complain(way, "the way is too long to be followed")
            return
        for label, event in self.buttons(answer):
            self._try([*way, label], event, depth + 1)
        for words in asked:
            self._try([*way, repr(words)], self.typed(words), depth + 1)

    def buttons(self, answer: list[Message]) -> Iterator[tuple[str, dict[str, Any]]]:
        """The buttons of a screen, each once; in the short form a few of each kind."""
        kinds: dict[str, dict[str, dict[str, Any]]] = {}
        for action in rules.every_action(answer):
            kind = rules.name_of(action, closely=self.closely)
            if action["type"] in ("postback", "message"):
                kinds.setdefault(kind, {})[action.get("data", action.get("text", ""))] = action
        for kind, found in kinds.items():
            several = list(found.values())
            for action in several if self.closely else _some(several):
                label = action.get("label") or kind
                if action["type"] == "message":
                    yield label, self.typed(action["text"])
                    continue
                yield label, self.tapped(action["data"])
                if "fillInText" in action:
                    yield f"{label} (sent as it is)", self.typed(action["fillInText"])

    def _bank_answers(self) -> list[Message] | None:
        """The cashier opens a way to pay the newest order that asks for one, and the customer is told."""
        asked = "SELECT order_id FROM outbox WHERE kind = 'payment.create' AND status = 'waiting' ORDER BY id"
        order_id = int(self.db.ask(asked)[-1][0])
        self.open_payment(order_id)
        return self.notice("payment_ready", order_id)

    def open_payment(self, order_id: int, **columns: Any) -> int:
        """A way to pay that is open, as the cashier leaves it."""
        self.db.ask("UPDATE payments SET status = 'cancelled' WHERE order_id = %s", order_id)
        self.db.ask("UPDATE outbox SET status = 'done' WHERE kind = 'payment.create'")
        found = self.db.ask("SELECT code, total, payment_method FROM orders WHERE id = %s", order_id)[0]
        attempt = int(self.db.ask("SELECT count(*) + 1 FROM payments WHERE order_id = %s", order_id)[0][0])
        number = f"{found[0]}{attempt}"
        account = "99922530174617" if found[2] == "atm" else None
        url = None if account else f"https://bank.example/pay?o={found[0]}"

        def work(tx: Transaction) -> int:
            row = sql.payment_insert(
                tx.connection, order_id=order_id, attempt=attempt, provider="sinopac", method=found[2],
                amount=found[1], provider_order_no=number, callback_key=number,
                expires_at=columns.get("expires_at", datetime.now(UTC) + timedelta(hours=1)),
            )  # fmt: skip
            sql.payment_set_waiting(
                tx.connection, id=row.id, provider_ref=f"TS{row.id}", pay_url=url, account_no=account
            )
            return int(row.id)

        return self.db.transaction(work)

    def _may_be_silent(self, event: dict[str, Any]) -> bool:
        """What is said to a human is not answered by the bot; another tab of the menu is its own answer."""
        quiet = self.db.ask("SELECT human_until > now() FROM customers WHERE line_user_id = %s", self.user)
        return _name_of(event) == "tab" or (event["type"] == "message" and bool(quiet and quiet[0][0]))

    def _answer(self) -> list[Message] | None:
        """What was posted since; what goes to others is judged here and not followed."""
        posted = self.db.ask(
            "SELECT id, payload FROM outbox WHERE id > %s AND kind = 'line.message' ORDER BY id", self._read
        )
        self._read = max([self._read, *[row[0] for row in posted]])
        answer = None
        for _id, payload in posted:
            if payload.get("to") == self.user and payload.get("worth") == "answer":
                assert answer is None, "two answers to one event"
                answer = payload["messages"]
            else:
                for fault in rules.faults(payload["messages"], "zh-TW", self.outside):
                    self._complain(["to somebody else"], fault)
        return answer

    def _complain(self, way: list[str], fault: str) -> None:
        self.problems.setdefault(rules.masked(fault, self.outside), f"{' > '.join(way)}: {fault}")


def _some(several: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first, the last and what lies evenly between."""
    if len(several) <= SAMPLES:
        return several
    return [several[round(n * (len(several) - 1) / (SAMPLES - 1))] for n in range(SAMPLES)]


def _name_of(event: dict[str, Any]) -> str:
    """The action of a tap, or an empty string."""
    tapped = actions.parse(event["postback"]["data"]) if event["type"] == "postback" else None
    return tapped.name if tapped else ""


def _asked_by(event: dict[str, Any]) -> Sequence[str]:
    """What is typed after a tap that asks for words."""
    name = _name_of(event)
    tapped = actions.parse(event["postback"]["data"]) if name == "invoice_kind" else None
    return TYPED.get(tapped.text("k") if tapped else name, ())


def _words_of(event: dict[str, Any]) -> str:
    message = event.get("message") or event.get("postback") or {}
    return repr(message.get("text") or message.get("data") or message.get("type") or event["type"])[:60]
