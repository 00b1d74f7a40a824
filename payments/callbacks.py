"""Where the bank calls: BackendURL (server to server, JSON) and ReturnURL (the customer's browser, form).

Anybody can post here. The key in the path is unguessable and names the attempt; the token is only a
hint. It is stored, the bank gets its answer, and what it means is looked up later.
Source: Bank SinoPac, 豐收款 API 開發規格書 V2.4, chapters 6, 7 and 8.8.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import structlog
from flask import Blueprint, Response, jsonify, redirect, request

from payments import records
from payments.records import Payment
from payments.result_page import TEMPLATES
from store.db import Database, Transaction, sql
from store.logs import describe
from store.queue import inbox
from store.shop import Shop
from store.web import TROUBLE, Pages

log = structlog.get_logger(__name__)

LARGEST_BODY = 16 * 1024
MOST_HINTS = 20
"""How many tokens of one attempt may wait or have come to nothing: a customer who invents tokens for the own
address cannot keep the bank busy. A payment whose callbacks are refused is found by asking."""
_TOKEN = re.compile(r"[0-9A-Za-z]{1,100}")


def blueprint(db: Database, shop: Shop, shop_no: str, wake: Callable[[], None]) -> Blueprint:
    """The two callback endpoints of one shop at the bank."""
    pages = Blueprint("sinopac_callbacks", __name__, url_prefix="/payments/sinopac")
    people = Pages(TEMPLATES, shop.name)

    @pages.post("/backend/<key>")
    def backend(key: str) -> tuple[Response, int]:
        # Only {"Status": "S"} stops the bank's repeats, so a token already seen is a success too.
        payment, stored = _store(db, key, shop_no, _json_body())
        if payment is None or not stored:
            return jsonify(Status="F"), 404 if payment is None else 400
        wake()
        return jsonify(Status="S"), 200

    @pages.route("/return/<key>", methods=["GET", "POST"])
    def returned(key: str) -> Response | tuple[str, int]:
        # The bank's pages post a form; whoever comes without one still wants to know how it went.
        payment, _ = _store(db, key, shop_no, request.form)
        if payment is None:
            return "這個付款連結不存在，請回到 LINE 查看訂單。", 404
        wake()
        response = redirect(shop.result_url(payment.id), code=303)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response  # type: ignore[return-value]

    @pages.before_request
    def limit() -> None:
        request.max_content_length = LARGEST_BODY

    def not_stored(error: Exception) -> Response:
        """The bank calls again; who sits at a browser is told to try again."""
        if request.endpoint == f"{pages.name}.returned":
            return people.busy(error)
        log.error("callback_not_stored", error=describe(error))
        refusal = jsonify(Status="F")
        refusal.status_code = 503
        return refusal

    for trouble in TROUBLE:
        pages.register_error_handler(trouble, not_stored)

    @pages.errorhandler(413)
    def too_large(_error: Exception) -> tuple[Response, int]:
        return jsonify(Status="F"), 413

    return pages


def _json_body() -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def _store(db: Database, key: str, shop_no: str, fields: Mapping[str, Any]) -> tuple[Payment | None, bool]:
    """The attempt a callback is about (None: nobody's key), and whether it brought a token to store."""
    token = fields.get("PayToken")
    valid = isinstance(token, str) and bool(_TOKEN.fullmatch(token)) and fields.get("ShopNo") == shop_no

    def work(tx: Transaction) -> tuple[Payment | None, bool]:
        payment = records.by_callback_key(tx, key)
        if payment and valid:
            if _hints(tx, payment) >= MOST_HINTS:
                return payment, False
            payload = {"payment_id": payment.id, "token": token}
            # The key names the attempt too: a token posted to a wrong address must not hide it from its own.
            key_of_both = f"{payment.id}:{token}"
            arrival = inbox.Arrival(key=key_of_both, lane=f"payment:{payment.id}", payload=payload)
            inbox.store(tx, "sinopac", [arrival])
        return payment, valid

    payment, stored = db.transaction(work) if "\x00" not in key else (None, False)
    if payment is None or not stored:
        log.warning("callback_refused", known=payment is not None, token=valid)
    return payment, stored


def _hints(tx: Transaction, payment: Payment) -> int:
    """How many tokens of this attempt wait for the bank's word, or got none."""
    count: int = sql.payment_hints(
        tx.connection,
        arrivals=f"payment:{payment.id}",
        order_id=payment.order_id,
        look_ups=f"callback:{payment.id}",
    )
    return count
