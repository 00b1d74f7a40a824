"""The form of a broadcast, read strictly."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from flask import request

from admin.errors import BadInput
from admin.fields import one_of, whole
from admin.frame import field
from admin.words import _
from store import catalogue, segments
from store.broadcasts import LONGEST_AHEAD, TEXT_LIMIT, Draft
from store.db import Transaction, sql
from store.segments import LONGEST_DAYS, Kind, Segment
from store.text import storable, utf16
from store.web import TAIWAN

PRODUCT_LENGTH = 120
SUGGESTED = 200
_NUMBERED = re.compile(r"#([0-9]{1,18})\Z")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f]")


def draft(tx: Transaction) -> Draft:
    """What the form says; raises `BadInput` naming field and rule."""
    return Draft(body(), _product(tx, "product"), _segment(tx))


def body() -> str:
    """The words of the message, with the line ends and limits of LINE."""
    lines = request.form.get("body", "").replace("\r\n", "\n").replace("\r", "\n")
    text = storable(_CONTROL.sub("", lines)).strip()
    if not text:
        raise BadInput(_("請寫下訊息的內容。"))
    if (length := utf16(text)) > TEXT_LIMIT:
        sentence = _("訊息最多 {most} 個字（表情符號算 2 個字以上），現在是 {length}。")
        raise BadInput(sentence.format(most=f"{TEXT_LIMIT:,}", length=f"{length:,}"))
    return text


def send_at() -> datetime | None:
    """When it is to be sent (UTC), None for now; the form speaks of the time in Taiwan."""
    if one_of("when", ("now", "later")) == "now":
        return None
    try:
        local = datetime.fromisoformat(field("send_at", 20))
        moment = local.replace(tzinfo=TAIWAN).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput(_("請選擇要傳送的日期和時間。")) from error
    now = datetime.now(UTC)
    if not now < moment <= now + LONGEST_AHEAD:
        raise BadInput(_("傳送時間要在現在之後、{days} 天以內。").format(days=LONGEST_AHEAD.days))
    return moment


def label(product: Any) -> str:
    """How a product is written in the form: its number makes it certain which one is meant."""
    return f"{product.name} #{product.id}"


def _segment(tx: Transaction) -> Segment:
    kind = Kind(one_of("segment", list(Kind)))
    match kind:
        case Kind.RECENT | Kind.LAPSED:
            return Segment(kind, str(whole(f"days_{kind}", least=1, most=LONGEST_DAYS)))
        case Kind.PRODUCT | Kind.WISHED:
            product_id = _product(tx, f"product_{kind}", for_sale=False)
            if product_id is None:
                raise BadInput(_("請寫下是哪一個商品。"))
            return Segment(kind, str(product_id))
        case Kind.CATEGORY:
            return Segment(kind, _category(tx))
        case Kind.LANGUAGE:
            return Segment(kind, one_of("language", segments.languages(tx)))
    return Segment(kind)


def _product(tx: Transaction, name: str, *, for_sale: bool = True) -> int | None:
    """The product a field names, by its number or its whole name; None for an empty field."""
    typed = storable(field(name, PRODUCT_LENGTH))
    if not typed:
        return None
    number = _NUMBERED.search(typed)
    product_id = int(number[1]) if number else catalogue.named(tx, typed)
    known = product_id is not None and (
        catalogue.card(tx, product_id) if for_sale else sql.broadcast_product(tx.connection, id=product_id)
    )
    if not known:
        raise BadInput(_("找不到販售中的商品「{name}」，請從清單裡選一個。").format(name=typed))
    return product_id


def _category(tx: Transaction) -> str:
    chosen = field("category", 20)
    if chosen not in {str(row.id) for row in sql.console_categories(tx.connection)}:
        raise BadInput(_("請選擇一個分類。"))
    return chosen
