"""The bank's API gateway: the Nonce and Order addresses, key check, envelope in, envelope out.

Source: 豐收款 API 開發規格書 V2.4, chapters 4, 5 and 10.4. The order of the checks behind the gateway, and
whether their failures come as an envelope, is not published: see BankConfig.plain_failures.
"""

from __future__ import annotations

import hmac
import json
import socket
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, current_app, request

from dev.bank import cashier
from dev.bank.bank import Bank
from dev.bank.codes import Refusal, describe
from dev.bank.distortion import distort
from dev.bank.nonces import make_nonce
from dev.bank.services import SERVICES, refusal, serve
from payments.sinopac.cipher import EnvelopeError, decrypt, encrypt, sign

PATHS = ("/QPay.WebAPI/api", "/funBIZ/QPay.WebAPI/api", "/funBIZ-Sbx/QPay.WebAPI/api")
_VERSION = "1.0.0"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_GATEWAY_TEXTS = {
    401: ("9999", "Security failure"),
    403: ("9999", "No match found for request"),
    404: ("9999", "Not Found"),
    405: ("9999", "Method Not Allowed"),
    415: ("9999", "Unsupported Media Type"),
    429: ("9999", "Too Many Requests"),
    499: ("9998", "IP address not allowed"),
    500: ("9999", "unknown error"),
    503: ("9999", "Service Unavailable"),
}

blueprint = Blueprint("gateway", __name__)


def gateway_error(status: int) -> Response:
    """A failure of the gateway itself: never encrypted."""
    code, message = _GATEWAY_TEXTS[status]
    return _json({"code": code, "message": message}, status)


def lost_path() -> Response:
    """The answer for an address that does not exist: 403 if only its upper and lower case is wrong."""
    known = {f"{path}/{name}".lower() for path in PATHS for name in ("Nonce", "Order")}
    return gateway_error(403 if request.path.lower() in known else 404)


def _bank() -> Bank:
    bank: Bank = current_app.extensions["bank"]
    return bank


def _json(content: Any, status: int = 200) -> Response:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, content_type="application/json; charset=utf-8")


def _turned_away(bank: Bank, service: str | None) -> Response | None:
    """What the gateway refuses before the bank sees it."""
    given = request.headers.get("X-KeyID", "").encode()
    if not hmac.compare_digest(given, bank.config.account.key_id.encode()):
        return gateway_error(401)
    if request.method != "POST":
        return gateway_error(405)
    if request.mimetype != "application/json":
        return gateway_error(415)
    for status in (401, 429, 499, 500, 503):
        if bank.faults.take(f"http-{status}", service):
            return gateway_error(status)
    return None


def issue_nonce() -> Response:
    """POST …/Nonce: a one-time number for the next Order call."""
    bank = _bank()
    turned_away = _turned_away(bank, "Nonce")
    if turned_away is not None:
        return turned_away
    body = request.get_json(silent=True)
    shop_no = body.get("ShopNo") if isinstance(body, dict) else None
    if not isinstance(shop_no, str) or not shop_no:
        return _json({"Status": "F", "Description": describe("E0100")})
    answer = _json({"Nonce": bank.nonces.issue(shop_no, request.remote_addr or "")})
    return _deliver(bank, "Nonce", answer)


def take_order() -> Response:
    """POST …/Order: open the envelope, serve, seal the answer with a nonce of its own."""
    bank = _bank()
    bank.called_at(request.host_url)
    envelope = request.get_json(silent=True) if request.mimetype == "application/json" else None
    service = envelope.get("APIService") if isinstance(envelope, dict) else None
    service = service if isinstance(service, str) else None
    turned_away = _turned_away(bank, service)
    if turned_away is not None:
        return turned_away
    if not isinstance(envelope, dict) or service is None:
        return _json({"Status": "F", "Description": describe("E0001")})
    fields: dict[str, Any] = {}
    try:
        fields = _open(bank, envelope)
        answer = serve(bank, service, fields)
    except Refusal as declined:
        answer = refusal(bank, declined.code, fields)
        if declined.code == "E0101" or bank.config.plain_failures or bank.faults.take("plain", service):
            return _deliver(bank, service, _json(answer))
    if service == "OrderCreate" and answer["Status"] == "S" and bank.faults.take("notify-first", service):
        _pay_and_notify(bank, str(answer["OrderNo"]))
    return _deliver(bank, service, _json(_seal(bank, service, answer)))


def _open(bank: Bank, envelope: dict[str, Any]) -> dict[str, Any]:
    texts = {
        name: envelope.get(name) for name in ("Version", "APIService", "ShopNo", "Nonce", "Message", "Sign")
    }
    if texts["Version"] != _VERSION:
        raise Refusal("E3301")
    if texts["APIService"] not in SERVICES:
        raise Refusal("E3401")
    if texts["ShopNo"] != bank.shop_no:
        raise Refusal("E0101")
    nonce = str(texts["Nonce"] or "")
    bank.nonces.use(nonce, bank.shop_no, request.remote_addr or "")
    try:
        fields = decrypt(str(texts["Message"] or ""), nonce, bank.hash_id)
        expected = sign(fields, nonce, bank.hash_id)
    except (EnvelopeError, ValueError):
        raise Refusal("E3501") from None
    if not hmac.compare_digest(expected.encode(), str(texts["Sign"] or "").encode()):
        raise Refusal("E0000")
    if fields.get("ShopNo") != bank.shop_no:
        raise Refusal("E0100")
    return fields


def _seal(bank: Bank, service: str, answer: dict[str, Any]) -> dict[str, str]:
    answer = distort(bank.faults, service, answer)
    nonce = make_nonce(bank.clock.now())
    signed = answer
    if answer["Status"] == "F" and bank.faults.take("sign-amount-zero", service):
        signed = {"Amount": 0, **answer}
    signature = sign(signed, nonce, bank.hash_id)
    if bank.faults.take("wrong-sign", service):
        signature = signature[::-1]
    return {
        "Version": _VERSION,
        "ShopNo": bank.shop_no,
        "APIService": service,
        "Sign": signature,
        "Nonce": nonce,
        "Message": encrypt(answer, nonce, bank.hash_id),
    }


def _pay_and_notify(bank: Bank, order_no: str) -> None:
    """Have the order paid and the merchant told, all before the merchant knows that the order exists."""
    with bank.lock:
        order = bank.book.orders[order_no]
        pay = cashier.receive_transfer if order.pay_type == "A" else cashier.approve
        jobs = pay(bank, order).notifications
        for job in jobs:
            bank.notifier.withdraw(job)
    for job in jobs:
        bank.notifier.send(job)


def _deliver(bank: Bank, service: str, answer: Response) -> Response:
    """Send the answer, unless a fault has it late, lost or spoilt."""
    late = bank.faults.take("delay", service)
    if late is not None:
        bank.closed.wait(late.seconds)
    silence = bank.faults.take("hang", service)
    if silence is not None:
        bank.closed.wait(silence.seconds)
    if silence is not None or bank.faults.take("drop", service):
        return Response(_hang_up(request.environ.get("werkzeug.socket")), content_type="application/json")
    if bank.faults.take("garbage", service):
        return Response("<html>系統忙碌中</html>", content_type="application/json; charset=utf-8")
    return answer


def _hang_up(connection: socket.socket | None) -> Iterator[bytes]:
    """A body that closes the connection before its first byte."""
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("the answer is dropped on purpose")
    yield b""


for _path in PATHS:
    for _name, _view in (("Nonce", issue_nonce), ("Order", take_order)):
        blueprint.add_url_rule(
            f"{_path}/{_name}", view_func=_view, methods=_METHODS, provide_automatic_options=False
        )
