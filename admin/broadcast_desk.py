"""What is done with broadcasts: written and changed by the staff, sent by the owner, stopped by either."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g
from werkzeug.wrappers import Response as AnyResponse

from admin import audit, broadcast_form
from admin.broadcasts import draft, find
from admin.errors import BadInput
from admin.fields import whole
from admin.frame import Frame, moment, say
from admin.roles import may
from admin.words import _
from store import broadcasts, catalogue, segments
from store.broadcasts import ASK_QUOTA, Broadcast, Draft, Stop
from store.db import Transaction
from store.queue import outbox
from store.web import TAIWAN

LARGEST_FORM = 256 * 1024
"""Bytes: the longest text there may be, written as a form writes it, and as much again to be told so."""
_MOST = 10**9
_SHOWN = 200


class Desk:
    """The forms of `/admin/broadcasts`. `reserve`: messages kept for each rank of news."""

    def __init__(self, frame: Frame, reserve: int) -> None:
        self._frame, self._db, self._reserve = frame, frame.db, reserve

    def add_to(self, room: Blueprint) -> None:
        """Put the forms into the blueprint."""
        one = "/broadcasts/<int:broadcast_id>"
        room.add_url_rule("/broadcasts", "create_broadcast", self.create, methods=["POST"])
        room.add_url_rule(one, "edit_broadcast", self.edit, methods=["POST"])
        room.add_url_rule(f"{one}/discard", "discard_broadcast", self.discard, methods=["POST"])
        room.add_url_rule(f"{one}/cost", "broadcast_cost", self.cost, methods=["POST"])
        room.add_url_rule(f"{one}/send", "send_broadcast", self.send, methods=["POST"])
        room.add_url_rule(f"{one}/stop", "stop_broadcast", self.stop, methods=["POST"])

    @may("staff", largest_body=LARGEST_FORM)
    def create(self) -> AnyResponse:
        """A new draft."""

        def work(tx: Transaction) -> int:
            wanted = broadcast_form.draft(tx)
            broadcast_id = broadcasts.create(tx, wanted, g.staff.id)
            audit.record(tx, g.staff.id, "broadcast.create", _subject(broadcast_id), None, _facts(wanted))
            _ask_quota(tx)
            return broadcast_id

        broadcast_id = self._db.transaction(work)
        say("good", _("草稿已存好，還沒有傳給任何人。"))
        return self._frame.go("broadcast", broadcast_id=broadcast_id)

    @may("staff", largest_body=LARGEST_FORM)
    def edit(self, broadcast_id: int) -> AnyResponse:
        """Other words or another segment."""

        def work(tx: Transaction) -> None:
            before = draft(tx, broadcast_id)
            wanted = broadcast_form.draft(tx)
            version = whole("version", most=_MOST)
            if not broadcasts.edit(tx, broadcast_id, version, wanted):
                raise BadInput(_changed())
            if wanted != before.draft:
                facts = _facts(before.draft), _facts(wanted)
                audit.record(tx, g.staff.id, "broadcast.edit", _subject(broadcast_id), *facts)

        self._db.transaction(work)
        say("good", _("草稿已存好，還沒有傳給任何人。"))
        return self._frame.go("broadcast", broadcast_id=broadcast_id)

    @may("staff")
    def discard(self, broadcast_id: int) -> AnyResponse:
        """Nobody wants the draft."""

        def work(tx: Transaction) -> None:
            before = draft(tx, broadcast_id)
            if not broadcasts.discard(tx, broadcast_id):
                raise BadInput(_changed())
            audit.record(tx, g.staff.id, "broadcast.discard", _subject(broadcast_id), _facts(before.draft))

        self._db.transaction(work)
        say("good", _("草稿已刪除。"))
        return self._frame.go("broadcasts")

    @may("owner")
    def cost(self, broadcast_id: int) -> AnyResponse:
        """On to what it costs; LINE is asked how many messages are left."""

        def work(tx: Transaction) -> None:
            draft(tx, broadcast_id)
            _ask_quota(tx)

        self._db.transaction(work)
        return self._frame.go("confirm_broadcast", broadcast_id=broadcast_id)

    @may("owner")
    def send(self, broadcast_id: int) -> AnyResponse:
        """Send it, to no more people than were shown, if the month's messages suffice."""
        shown, version = whole("people", least=1, most=_MOST), whole("version", most=_MOST)
        send_at = broadcast_form.send_at()

        def work(tx: Transaction) -> int:
            broadcast = draft(tx, broadcast_id)
            people = self._decide(tx, broadcast, shown)
            if broadcast.version != version or not broadcasts.start(tx, broadcast, people, send_at):
                raise BadInput(_changed())
            after = {**_facts(broadcast.draft), "people": people}
            after["send_at"] = f"{send_at.astimezone(TAIWAN):%Y-%m-%d %H:%M}" if send_at else None
            audit.record(tx, g.staff.id, "broadcast.send", _subject(broadcast_id), None, after)
            return people

        people = self._db.transaction(work)
        if send_at:
            say(
                "good", _("已排定 {time} 傳給 {count} 人。").format(time=moment(send_at), count=f"{people:,}")
            )
        else:
            say("good", _("開始傳給 {count} 人。").format(count=f"{people:,}"))
        return self._frame.go("broadcast", broadcast_id=broadcast_id)

    @may("staff")
    def stop(self, broadcast_id: int) -> AnyResponse:
        """What LINE does not have yet is not sent."""

        def work(tx: Transaction) -> bool:
            find(tx, broadcast_id)
            stopped = broadcasts.stop(tx, broadcast_id, Stop.HUMAN)
            if stopped:
                audit.record(tx, g.staff.id, "broadcast.stop", _subject(broadcast_id))
            return stopped

        if self._db.transaction(work):
            say("good", _("已停止，還沒傳的就不傳了。"))
        else:
            say("plain", _("這則訊息已經不在傳送中了。"))
        return self._frame.go("broadcast", broadcast_id=broadcast_id)

    def _decide(self, tx: Transaction, broadcast: Broadcast, shown: int) -> int:
        """How many people it goes to; raises `BadInput` where it must not."""
        people, budget = segments.count(tx, broadcast.draft.segment), broadcasts.budget(tx, self._reserve)
        if not people:
            raise BadInput(_("這個對象現在一個人也沒有。"))
        if people > shown:
            sentence = _("人數剛剛從 {shown} 變成 {count}，請再看一次費用。")
            raise BadInput(sentence.format(shown=f"{shown:,}", count=f"{people:,}"))
        if not budget.known:
            raise BadInput(_("還不知道 LINE 這個月剩幾則訊息，請過幾秒重新整理再試。"))
        if not budget.fits(people):
            sentence = _("要用 {count} 則，這個月可以用在群發的只有 {free} 則。")
            raise BadInput(sentence.format(count=f"{people:,}", free=f"{budget.free or 0:,}"))
        product_id = broadcast.draft.product_id
        if product_id is not None and catalogue.card(tx, product_id) is None:
            raise BadInput(_("附上的商品已經下架了，請先修改草稿。"))
        return people


def _ask_quota(tx: Transaction) -> None:
    outbox.put(tx, ASK_QUOTA, {})


def _changed() -> str:
    return _("草稿剛剛被改過、傳出或刪除了，請重新整理後再看一次。")


def _subject(broadcast_id: int) -> str:
    return f"broadcast:{broadcast_id}"


def _facts(wanted: Draft) -> dict[str, Any]:
    facts = {"segment": f"{wanted.segment.kind}:{wanted.segment.value}", "body": wanted.body[:_SHOWN]}
    return facts | ({"product": f"#{wanted.product_id}"} if wanted.product_id is not None else {})
