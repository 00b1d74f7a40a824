"""The merchant's console: the blueprint under /admin, and the gate every request passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg2
import structlog
from flask import Blueprint, Response, current_app, g, request, send_from_directory
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from admin import (
    account,
    attention,
    broadcast_desk,
    broadcasts,
    catalogue_desk,
    categories,
    coupons,
    customers,
    history,
    letters,
    login,
    notices,
    order_actions,
    orders,
    product_edits,
    products,
    refunding,
    report_pages,
    reviews,
    sessions,
    shipping,
    skus,
    talks,
    users,
)
from admin.errors import BadInput
from admin.frame import HERE, Frame, say
from admin.roles import Rule, allows, anyone, rule_of
from admin.words import _
from settings import Settings
from store import web
from store.db import Database
from store.errors import StorageError, StoreError
from store.logs import describe
from store.shop import Shop

if TYPE_CHECKING:
    from store.object_storage import Storage

log = structlog.get_logger(__name__)
STATIC_SECONDS = 300
LARGEST_FORM = 500  # fields
WITH_ANY_PASSWORD = ("console.account", "console.set_password", "console.log_out")
"""What somebody may call whose password was given to them: replace it, or leave."""


def blueprint(db: Database, shop: Shop, settings: Settings, storage: Storage | None = None) -> Blueprint:
    """`/admin/…`: everything the merchant sees and does in a browser."""
    room = Blueprint("console", __name__, url_prefix="/admin")
    frame = Frame(db, shop, settings, storage)
    _Gate(frame).keep(room)
    for place in (
        login.Door(frame),
        account.Desk(frame),
        attention.Board(frame),
        letters.Desk(frame),
        orders.Shelf(frame),
        order_actions.Desk(frame),
        shipping.Desk(frame),
        refunding.Desk(frame),
        products.Shelf(frame),
        product_edits.Desk(frame),
        skus.Desk(frame),
        catalogue_desk.Desk(frame),
        categories.Desk(frame),
        customers.Shelf(frame),
        talks.Desk(frame),
        coupons.Shelf(frame),
        broadcasts.Shelf(frame, settings.message_reserve),
        broadcast_desk.Desk(frame, settings.message_reserve),
        reviews.Shelf(frame),
        report_pages.Shelf(frame),
        notices.Desk(frame),
        users.Desk(frame),
        history.Shelf(frame),
    ):
        place.add_to(room)
    room.add_url_rule("/static/<name>", "static", _static, methods=["GET"])
    return room


@anyone
def _static(name: str) -> Response:
    """The style sheet."""
    return send_from_directory(HERE / "static", name, max_age=STATIC_SECONDS)


class _Gate:
    """Decides, before a view is called, who is there and whether they may."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def keep(self, room: Blueprint) -> None:
        """Stand before every view of the blueprint, and behind it."""
        room.before_request(self._enter)
        room.after_request(self._leave)
        room.register_error_handler(BadInput, self._bad_input)
        room.register_error_handler(HTTPException, self._refused)
        room.register_error_handler(StorageError, self._no_room_for_pictures)
        for kind in (StoreError, psycopg2.OperationalError, psycopg2.InterfaceError):
            room.register_error_handler(kind, self._busy)

    def _enter(self) -> AnyResponse | None:
        g.staff = g.half = None
        g.said, g.fresh_token, g.language = [], "", web.language()
        g.token = self._frame.guard.token(request)
        rule = rule_of(current_app.view_functions[str(request.endpoint)])
        request.max_content_length = rule.largest_body if rule else 0
        request.max_form_parts = LARGEST_FORM
        if g.token and request.endpoint != "console.static":
            self._recognise()
        if rule is None:
            log.error("view_without_a_rule", endpoint=request.endpoint)
            return self._forbidden()
        return self._check(rule)

    def _recognise(self) -> None:
        session = self._frame.db.transaction(lambda tx: sessions.find(tx, g.token))
        if session:
            g.staff, g.half = (session.staff, None) if session.stage == "open" else (None, session.staff)
            g.language = session.staff.language

    def _check(self, rule: Rule) -> AnyResponse | None:
        if rule.role and g.staff is None:
            wanted = request.full_path.rstrip("?") if request.method == "GET" else None
            return self._frame.go("login", next=wanted)
        if rule.role and not allows(rule, g.staff.role):
            return self._forbidden()
        if rule.role and g.staff.password_once and request.endpoint not in WITH_ANY_PASSWORD:
            say("plain", _("這是一次性的密碼，請先換成自己的。"))
            return self._frame.go("account")
        if request.method not in ("GET", "HEAD", "OPTIONS") and not self._frame.guard.is_own_form(
            request, g.token
        ):
            log.warning("form_refused", endpoint=request.endpoint)
            return self._frame.tell(
                400, _("這張表單已經失效"), _("請回到上一頁重新整理，再送出一次。什麼都還沒有改變。")
            )
        return None

    def _leave(self, response: Response) -> Response:
        guard = self._frame.guard
        if fresh := g.get("fresh_token"):
            guard.keep(response, fresh)
        if g.get("said"):
            guard.say_later(response, g.said)
        return guard.protect(response)

    def _forbidden(self) -> Response:
        return self._frame.tell(403, _("您的帳號不能做這件事"), _("需要的話，請店主幫忙。"))

    def _bad_input(self, error: BadInput) -> AnyResponse:
        say("bad", str(error))
        return self._frame.tell(422, _("有地方要改一下"), _("請回到上一頁修改後再送出。什麼都還沒有改變。"))

    def _refused(self, error: HTTPException) -> Response:
        status = error.code or 500
        if status == 404:
            return self._frame.tell(404, _("找不到這一頁"), _("可能打錯了，或已經不在了。"))
        if status == 413:
            return self._frame.tell(413, _("內容太長了"), _("請寫短一點再送出。什麼都還沒有改變。"))
        return self._frame.tell(status, _("這個要求無法處理"), _("請回到上一頁再試一次。"))

    def _no_room_for_pictures(self, error: StorageError) -> Response:
        log.error("picture_not_kept", endpoint=request.endpoint, error=describe(error))
        sentence = _("圖片的儲存空間沒有回應或拒絕了，請稍等一下再試一次。什麼都還沒有改變。")
        return self._frame.tell(503, _("圖片存不進去"), sentence)

    def _busy(self, error: Exception) -> Response:
        log.error("console_failed", endpoint=request.endpoint, error=describe(error))
        response = self._frame.tell(503, _("資料庫暫時連不上"), _("請稍等一下再試一次。"))
        response.headers["Retry-After"] = "5"
        return response
