"""The coupons: listed, made by the owner, given another period or limit, switched off; who used them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, g, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as AnyResponse

from admin import audit, labels, labels_shop
from admin.errors import BadInput
from admin.fields import day, one_of, optional_whole, page_before, required, whole
from admin.frame import Frame, say
from admin.roles import may
from admin.words import _
from store import coupons
from store.coupon_terms import Terms
from store.db import Transaction, sql
from store.errors import CouponError
from store.pricing import LARGEST_TOTAL, Kind
from store.text import storable
from store.web import TAIWAN

PAGE = 50
CODE_LENGTH = 40
Facts = dict[str, Any]


class Shelf:
    """`/admin/coupons` and below."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        room.add_url_rule("/coupons", "coupons", self.listed, methods=["GET"])
        room.add_url_rule("/coupons", "create_coupon", self.create, methods=["POST"])
        room.add_url_rule("/coupons/<int:coupon_id>", "coupon", self.detail, methods=["GET"])
        room.add_url_rule("/coupons/<int:coupon_id>", "edit_coupon", self.edit, methods=["POST"])

    @may("viewer")
    def listed(self) -> Response:
        """Coupons, newest first, and the form for another."""
        before = page_before(request.args.get("before", "")) or 2**62
        rows = self._db.transaction(
            lambda tx: list(sql.console_coupons(tx.connection, before_id=before, limit=PAGE + 1))
        )
        more = rows[PAGE - 1].id if len(rows) > PAGE else None
        return self._frame.show("coupons.html", rows=rows[:PAGE], more=more, kinds=list(Kind), **_helpers())

    @may("viewer")
    def detail(self, coupon_id: int) -> Response:
        """One coupon and its uses."""
        before = page_before(request.args.get("before", "")) or 2**62

        def work(tx: Transaction) -> tuple[coupons.Coupon, list[Any]]:
            try:
                coupon = coupons.get(tx, coupon_id if coupon_id < 2**63 else 0)
            except LookupError as error:
                raise NotFound from error
            uses = sql.console_coupon_uses(
                tx.connection, coupon_id=coupon_id, before_id=before, limit=PAGE + 1
            )
            return coupon, list(uses)

        coupon, uses = self._db.transaction(work)
        more = uses[PAGE - 1].id if len(uses) > PAGE else None
        return self._frame.show("coupon.html", coupon=coupon, uses=uses[:PAGE], more=more, **_helpers())

    @may("owner")
    def create(self) -> AnyResponse:
        """A new coupon."""
        kind = Kind(one_of("kind", list(Kind)))
        starts_at, ends_at = _period()
        terms = Terms(
            code=storable(required("code", CODE_LENGTH)),
            kind=kind,
            value=0 if kind is Kind.FREE_SHIPPING else whole("value", least=1, most=LARGEST_TOTAL),
            cap=optional_whole("cap", least=1, most=LARGEST_TOTAL),
            minimum=optional_whole("minimum", most=LARGEST_TOTAL) or 0,
            starts_at=starts_at,
            ends_at=ends_at,
            **_limits(),
        )

        def work(tx: Transaction) -> coupons.Coupon:
            coupon = coupons.create(tx, terms)
            audit.record(tx, g.staff.id, "coupon.create", f"coupon:{coupon.id}", None, _facts(coupon))
            return coupon

        try:
            coupon = self._db.transaction(work)
        except CouponError as error:
            raise BadInput(_problem(error)) from error
        say("good", _("優惠券 {code} 已新增。").format(code=coupon.code))
        return self._frame.go("coupon", coupon_id=coupon.id)

    @may("owner")
    def edit(self, coupon_id: int) -> AnyResponse:
        """Another period or limit, on or off. What it gives stays, for customers have been told."""
        starts_at, ends_at = _period()
        limits, active = _limits(), request.form.get("active") == "1"

        def work(tx: Transaction) -> None:
            coupon = sql.console_coupon_lock(tx.connection, id=coupon_id) if coupon_id < 2**63 else None
            if coupon is None:
                raise NotFound
            after = {**_kept_or(coupon, starts_at, ends_at), **limits, "active": active}
            if after["ends_at"] and after["ends_at"] <= after["starts_at"]:
                raise BadInput(_("結束要比開始晚。"))
            if limits["uses_limit"] is not None and limits["uses_limit"] < coupon.used:
                raise BadInput(_("已經用掉 {count} 次了，總次數不能更少。").format(count=coupon.used))
            sql.console_coupon_update(tx.connection, id=coupon_id, **after)
            was, now = _facts(coupon, only=after), {name: _plain(value) for name, value in after.items()}
            changed = [name for name in now if now[name] != was[name]]
            if changed:
                before_facts, after_facts = ({n: facts[n] for n in changed} for facts in (was, now))
                audit.record(tx, g.staff.id, "coupon.edit", f"coupon:{coupon_id}", before_facts, after_facts)

        self._db.transaction(work)
        say("good", _("已儲存。"))
        return self._frame.go("coupon", coupon_id=coupon_id)


def last_day(coupon: Any) -> str:
    """The last day of a coupon in Taiwan, as a date field holds it; empty for one without an end."""
    return (
        (coupon.ends_at - timedelta(seconds=1)).astimezone(TAIWAN).date().isoformat()
        if coupon.ends_at
        else ""
    )


def first_day(coupon: Any) -> str:
    """The first day of a coupon in Taiwan, as a date field holds it."""
    return str(coupon.starts_at.astimezone(TAIWAN).date().isoformat())


def standing(coupon: Any) -> str:
    """Whether a coupon can be used now, and if not, why."""
    now = datetime.now(TAIWAN)
    if not coupon.active:
        return _("已停用")
    if coupon.starts_at and now < coupon.starts_at:
        return _("還沒開始")
    if coupon.ends_at and now >= coupon.ends_at:
        return _("已結束")
    if coupon.uses_limit is not None and coupon.used >= coupon.uses_limit:
        return _("已用完")
    return _("使用中")


def _helpers() -> Facts:
    return {
        "names": labels_shop, "labels": labels, "standing": standing, "first_day": first_day,
        "last_day": last_day,
    }  # fmt: skip


def _period() -> tuple[datetime | None, datetime | None]:
    """From the beginning of the first day to the end of the last; the dates are days in Taiwan."""
    last = day("ends_at")
    return day("starts_at"), last + timedelta(days=1) if last else None


def _kept_or(coupon: Any, starts_at: datetime | None, ends_at: datetime | None) -> Facts:
    """The period, to the very minute it had where the day on the form is still the same."""
    same_start = starts_at is None or starts_at.date().isoformat() == first_day(coupon)
    last = (ends_at - timedelta(days=1)).date().isoformat() if ends_at else ""
    return {
        "starts_at": coupon.starts_at if same_start else starts_at,
        "ends_at": coupon.ends_at if last == last_day(coupon) else ends_at,
    }


def _limits() -> dict[str, int | None]:
    return {
        name: optional_whole(name, least=1, most=LARGEST_TOTAL)
        for name in ("uses_limit", "uses_per_customer")
    }


def _facts(coupon: Any, only: Facts | None = None) -> Facts:
    names = only or (
        "code", "kind", "value", "cap", "minimum", "starts_at", "ends_at", "uses_limit", "uses_per_customer",
        "active",
    )  # fmt: skip
    return {name: _plain(getattr(coupon, name)) for name in names}


def _plain(value: Any) -> Any:
    return f"{value.astimezone(TAIWAN):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value


def _problem(error: CouponError) -> str:
    sentences = {
        "code": _("代碼要 3 到 20 個英文字母、數字或「-」，而且不能和別的優惠券一樣。"),
        "value": _("優惠內容不對：折扣金額至少 1 元，百分比是 1 到 99（15 就是 85 折）。"),
        "cap": _("最高折抵只能用在百分比，至少 1 元。"),
        "ends_at": _("結束要比開始晚，而且不能是過去。"),
    }
    return " ".join(
        sentences.get(name, f"{labels.field(name)}: {rule}") for name, rule in error.problems.items()
    )
