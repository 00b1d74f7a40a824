"""What the shop's owners are told of in LINE, and who they are: for the owner to switch on and off."""

from __future__ import annotations

from flask import Blueprint, Response, g, request
from werkzeug.wrappers import Response as AnyResponse

from admin import audit, labels_shop
from admin.frame import Frame, say
from admin.roles import may
from admin.words import _
from store import owner_news
from store.db import Transaction
from store.owner_news import News


class Desk:
    """`/admin/notices`."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        room.add_url_rule("/notices", "notices", self.page, methods=["GET"])
        room.add_url_rule("/notices", "switch_notices", self.switch, methods=["POST"])

    @may("owner")
    def page(self) -> Response:
        """The switches, and whether each owner can be told."""
        owners = self._frame.shop.owners
        wanted, friends = self._db.transaction(
            lambda tx: (owner_news.switches(tx), owner_news.friends(tx, owners))
        )
        return self._frame.show(
            "notices.html",
            wanted=wanted,
            friends=friends,
            name=labels_shop.notice,
            story=labels_shop.notice_story,
        )

    @may("owner")
    def switch(self) -> AnyResponse:
        """Have the kinds that are ticked told, and no others."""
        ticked = request.form.getlist("kind")

        def work(tx: Transaction) -> None:
            for kind in News:
                wanted = kind in ticked
                if owner_news.switch(tx, kind, wanted):
                    before, after = {"on": not wanted}, {"on": wanted}
                    audit.record(tx, g.staff.id, "notice.switch", f"notice:{kind}", before, after)

        self._db.transaction(work)
        say("good", _("已儲存。"))
        return self._frame.go("notices")
