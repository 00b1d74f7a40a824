"""The page a customer returns to from the bank: how the payment stands, from our own records alone.

It stands behind a signed link (`Shop.result_url`). While the bank has not been heard it looks again by
itself, at growing distances; the worker asks the bank, this page never does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Blueprint, Response, request

from payments.result_words import METHODS, WORDS, Stage
from store.db import Database, sql
from store.links import LinkError
from store.orders import SettleOutcome
from store.payment_methods import split
from store.shop import Shop
from store.web import Pages, moment, money, speech

LOOKS = 28
"""How often the page looks again by itself; with `wait_before_look` about ten minutes in all."""
UNDECIDED = frozenset({Stage.ASKING, Stage.TRANSFER, Stage.TRY_AGAIN})
TEMPLATES = Path(__file__).resolve().parent / "templates"
_REASON_LENGTH = 60
_SETTLED_ORDERS = frozenset({"paid", "preparing", "shipped", "completed", "refunding", "refunded"})
_OUTCOMES = {
    SettleOutcome.AMOUNT_MISMATCH: Stage.MISMATCH,
    SettleOutcome.LATE_REFUND: Stage.LATE,
    SettleOutcome.EXTRA_REFUND: Stage.EXTRA,
}


@dataclass(frozen=True)
class Result:
    """An attempt to pay and its order; amounts in TWD, times in UTC."""

    code: str
    order_status: str
    line_user_id: str
    method: str
    amount: int
    account_no: str | None
    status: str
    expires_at: datetime
    last_error: str
    asking: bool
    outcome: str | None
    received: int
    returned: int
    received_at: datetime | None

    @property
    def reason(self) -> str:
        """The bank's words about the last failure, short enough for a sentence."""
        words = " ".join(self.last_error.split()).rstrip("。.")
        return words if len(words) <= _REASON_LENGTH else words[: _REASON_LENGTH - 1] + "…"


def blueprint(db: Database, shop: Shop) -> Blueprint:
    """`GET /payments/result/<token>` of one shop; `n` counts how often the page has looked."""
    room = Blueprint("payment_result", __name__)
    pages = Pages(TEMPLATES, shop.name)
    pages.keep(room)

    @room.get("/payments/result/<token>")
    def result(token: str) -> Response:
        found = _find(db, shop.result_links.subject(token))
        return _show(pages, found, max(0, request.args.get("n", 0, type=int)), shop)

    @room.errorhandler(LinkError)
    def gone(_error: LinkError) -> Response:
        say = speech()
        return pages.tell(
            say("這個連結已經失效", "This link no longer works"),
            say(
                "請回到 LINE 輸入「訂單」，就能看到付款結果。",
                "Type “orders” in the LINE chat to see how your payment went.",
            ),
            410,
            chat_url=shop.chat_url("訂單"),
        )

    return room


def _show(pages: Pages, result: Result, looks: int, shop: Shop) -> Response:
    say = speech()
    now_at = stage(result)
    undecided = now_at in UNDECIDED
    wait = wait_before_look(looks) if undecided else None
    words = WORDS[Stage.SLOW if now_at is Stage.ASKING and wait is None else now_at]
    facts = {
        "reason": result.reason,
        "due": money(result.amount),
        "received": money(result.received),
        "returned": money(result.returned or result.received),
        "until": moment(result.expires_at, say),
    }
    return pages.show(
        "result.html",
        result=result,
        mark=words.mark,
        title=say(*words.title),
        sentences=[
            say(*pair).format(**facts)
            for pair in words.sentences
            if result.reason or "{reason}" not in pair[0]
        ],
        method=method_name(result),
        undecided=undecided,
        wait=wait,
        next_look=looks + 1,
        chat_url=shop.chat_url("訂單", result.line_user_id),
    )


def stage(result: Result) -> Stage:
    """What there is to say: arrived money first, then the order, then the attempt itself."""
    if result.outcome is not None:
        return _stage_of_money(result)
    if result.asking:
        return Stage.ASKING
    if result.order_status in _SETTLED_ORDERS:
        return Stage.PAID_OTHERWISE
    if result.order_status != "pending":
        return Stage(result.order_status)
    return _stage_of_attempt(result)


def wait_before_look(looks: int) -> int | None:
    """Seconds until the page looks again: 3 at first, growing to 30; None when it has looked enough."""
    return min(30, round(3 * 1.2**looks)) if looks < LOOKS else None


def method_name(result: Result) -> str:
    """How it is paid, in the browser's language; of an account number only the last four digits."""
    kind, months = split(result.method)
    say = speech()
    name = say(*METHODS.get(kind, (kind, kind)))
    if months:
        name += say(f"，分 {months} 期", f" in {months} instalments")
    return f"{name} ••{result.account_no[-4:]}" if result.account_no else name


def _stage_of_money(result: Result) -> Stage:
    if result.returned >= result.received:
        return Stage.REFUNDED
    if result.outcome in _OUTCOMES:
        return _OUTCOMES[SettleOutcome(result.outcome)]
    return Stage(result.order_status) if result.order_status in ("refunding", "refunded") else Stage.PAID


def _stage_of_attempt(result: Result) -> Stage:
    if result.status == "failed":
        return Stage.REFUSED
    if result.status in ("expired", "cancelled"):
        return Stage.LAPSED
    if result.account_no:
        return Stage.TRANSFER
    return Stage.TRY_AGAIN if result.last_error else Stage.ASKING


def _find(db: Database, payment_id: int) -> Result:
    row = db.transaction(lambda tx: sql.result_of_payment(tx.connection, id=payment_id))
    if row is None:
        raise LinkError("the payment of this link is gone")
    return Result(*row)
