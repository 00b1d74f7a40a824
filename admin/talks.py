"""The talk with a customer: what was said while the bot is quiet, an answer, the bot back again."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from admin import audit, labels_shop
from admin.fields import page_before
from admin.frame import Frame, field, say
from admin.roles import may
from admin.words import _
from store import customers, handoff
from store.customers import Customer
from store.db import Transaction, sql

PAGE = 50
LONGEST_TYPED = 4000


class Desk:
    """`/admin/customers/<id>/talk` and what is done there."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        path = "/customers/<int:customer_id>/talk"
        room.add_url_rule(path, "talk", self.page, methods=["GET"])
        room.add_url_rule(path, "reply", self.reply, methods=["POST"])
        room.add_url_rule(f"{path}/begin", "begin_talk", self.begin, methods=["POST"])
        room.add_url_rule(f"{path}/end", "end_talk", self.end, methods=["POST"])

    @may("viewer")
    def page(self, customer_id: int) -> Response:
        """What was said, newest first."""
        before = page_before(request.args.get("before", ""))

        def work(tx: Transaction) -> tuple[object, list[handoff.Said]]:
            customer = sql.console_customer(tx.connection, id=customer_id) if customer_id < 2**63 else None
            if customer is None:
                raise NotFound
            return customer, handoff.talk(tx, customer_id, before_id=before, limit=PAGE + 1)

        customer, said = self._db.transaction(work)
        return self._frame.show(
            "talk.html",
            customer=customer,
            talk=said[:PAGE],
            more=said[PAGE - 1].id if len(said) > PAGE else None,
            longest=handoff.REPLY_LIMIT,
            names=labels_shop,
        )

    @may("staff")
    def reply(self, customer_id: int) -> AnyResponse:
        """Answer as a human of the shop; it goes out by LINE."""
        text = field("text", LONGEST_TYPED)

        def work(tx: Transaction, customer: Customer) -> None:
            message_id = handoff.reply(tx, customer, text, g.staff.actor)
            facts = {"message": message_id}  # the words are in the talk, where they can be erased
            audit.record(tx, g.staff.id, "customer.reply", f"customer:{customer_id}", None, facts)

        try:
            self._with_customer(customer_id, work)
            say("good", _("已送出。"))
        except ValueError:
            say("bad", _("請寫 1 到 {longest} 個字。").format(longest=handoff.REPLY_LIMIT))
        return self._frame.go("talk", customer_id=customer_id)

    @may("staff")
    def begin(self, customer_id: int) -> AnyResponse:
        """Have the bot be quiet, because a human wants to talk."""

        def work(tx: Transaction, customer: Customer) -> None:
            if not customer.with_human:
                sql.handoff_begin(
                    tx.connection, id=customer.id, order_id=None, seconds=handoff.SILENCE_SECONDS
                )
                _record(tx, customer.id, with_human=True)

        self._with_customer(customer_id, work)
        say("good", _("小幫手先不說話，由您回覆。"))
        return self._frame.go("talk", customer_id=customer_id)

    @may("staff")
    def end(self, customer_id: int) -> AnyResponse:
        """The bot talks again; nobody waits any more."""

        def work(tx: Transaction, customer: Customer) -> None:
            handoff.close_cases(tx, customer.id, g.staff.actor, "ended")
            if customer.with_human:
                handoff.end(tx, customer)
                _record(tx, customer.id, with_human=False)

        self._with_customer(customer_id, work)
        say("good", _("小幫手回來了。"))
        return self._frame.go("talk", customer_id=customer_id)

    def _with_customer(self, customer_id: int, work: Callable[[Transaction, Customer], None]) -> None:
        self._db.transaction(lambda tx: work(tx, find(tx, customer_id)))


def find(tx: Transaction, customer_id: int) -> Customer:
    """The customer, held; a page that is not there where there is none."""
    try:
        return customers.find(tx, customer_id if customer_id < 2**63 else 0)
    except LookupError as error:
        raise NotFound from error


def _record(tx: Transaction, customer_id: int, *, with_human: bool) -> None:
    before, after = {"with_human": not with_human}, {"with_human": with_human}
    audit.record(tx, g.staff.id, "customer.handoff", f"customer:{customer_id}", before, after)
