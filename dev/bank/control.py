"""The control addresses: what tests and developers do to the bank that a merchant could not.

Amounts here are plain TWD.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from dev.bank import cashier
from dev.bank.bank import Bank
from dev.bank.clock import taiwan
from dev.bank.codes import CODES
from dev.bank.create import PAGES
from dev.bank.phases import pay_status, phase
from dev.bank.state import Notification, Order

blueprint = Blueprint("control", __name__, url_prefix="/control")


class BadControl(Exception):
    """A control request that cannot be followed; the text names the field and the rule."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@blueprint.errorhandler(BadControl)
def _explain(error: BadControl) -> tuple[Response, int]:
    return jsonify(error=str(error)), error.status


def _bank() -> Bank:
    bank: Bank = current_app.extensions["bank"]
    return bank


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadControl(400, "body: must be a JSON object")
    return body


@blueprint.get("/orders")
def list_orders() -> Response:
    """Every order, oldest first."""
    bank = _bank()
    bank.called_at(request.host_url)
    with bank.lock:
        return jsonify(orders=[describe_order(bank, order) for order in bank.book.orders.values()])


def describe_order(bank: Bank, order: Order) -> dict[str, Any]:
    """An order for people and tests."""
    now = bank.clock.now()
    return {
        "OrderNo": order.order_no,
        "TSNo": order.ts_no,
        "PayType": order.pay_type,
        "PayTypeSub": order.pay_type_sub,
        "amount": order.amount // 100,
        "product": order.product,
        "status": phase(order, now, bank.config),
        "PayStatus": "S" if order.pay_type == "W" and order.paid_at else pay_status(order, now, bank.config),
        "created_at": _iso(order.created_at),
        "expires_at": _iso(order.expires_at),
        "url": bank.page_url(order, PAGES[order.pay_type]),
        "AtmPayNo": order.atm_pay_no,
        "ReturnURL": order.return_url,
        "BackendURL": order.backend_url,
        "payments": [{"amount": r.amount // 100, "paid_at": _iso(r.paid_at)} for r in order.receipts],
        "refunds": [
            {
                "RefundNo": r.number,
                "amount": r.amount // 100,
                "RefundStatus": r.status,
                "RefundToken": r.token,
            }
            for r in order.refunds
        ],
    }


@blueprint.post("/card/pay")
def pay_at_page() -> Response:
    """Do at the hosted page (card, mobile or wallet) what a customer would.

    JSON: OrderNo; result S (default) or F; notify both, backend, return or none (default both, for F return);
    code: the failure's (default E2700).
    """
    bank, body = _bank(), _body()
    result = _choice(body, "result", ("S", "F"), "S")
    notify = _choice(
        body, "notify", ("both", "backend", "return", "none"), "both" if result == "S" else "return"
    )
    code = _choice(body, "code", tuple(CODES), "E2700")
    with bank.lock:
        order = _find(bank, body)
        if order.pay_type == "A":
            raise BadControl(409, "OrderNo: a virtual account is paid at /control/atm/pay")
        try:
            if result == "S":
                outcome = cashier.approve(bank, order, notify=notify)
            else:
                outcome = cashier.refuse(bank, order, code, notify)
        except cashier.NotPayable as error:
            raise BadControl(409, str(error)) from None
        return _describe_outcome(bank, order, outcome)


@blueprint.post("/atm/pay")
def pay_account() -> Response:
    """Send money to a virtual account.

    JSON: OrderNo or AtmPayNo; amount in TWD (default: the order's); again true for a second payment;
    account false if the bank should not know the payer's account.
    """
    bank, body = _bank(), _body()
    amount = body.get("amount")
    if amount is not None and (not isinstance(amount, int) or isinstance(amount, bool) or amount < 1):
        raise BadControl(400, "amount: must be whole TWD, at least 1")
    payer = None if body.get("account") is False else cashier.PAYER_ACCOUNT
    with bank.lock:
        order = _find(bank, body)
        try:
            outcome = cashier.receive_transfer(
                bank, order, None if amount is None else amount * 100, body.get("again") is True, payer
            )
        except cashier.NotPayable as error:
            raise BadControl(409, str(error)) from None
        return _describe_outcome(bank, order, outcome)


@blueprint.get("/notifications")
def list_notifications() -> Response:
    """Every BackendURL call, oldest first, with its attempts."""
    bank = _bank()
    with bank.lock:
        return jsonify(notifications=[describe_notification(job) for job in bank.book.notifications])


def describe_notification(job: Notification) -> dict[str, Any]:
    """A BackendURL call for people and tests."""
    return {
        "OrderNo": job.order_no,
        "APType": job.ap_type,
        "PayToken": job.token,
        "url": job.url,
        "delivered": job.delivered,
        "due_at": None if job.due_at is None else _iso(job.due_at),
        "attempts": [{**asdict(attempt), "at": _iso(attempt.at)} for attempt in job.attempts],
    }


@blueprint.get("/faults")
def list_faults() -> Response:
    """The faults that are switched on."""
    return jsonify(faults=_bank().faults.list())


@blueprint.post("/faults")
def add_fault() -> Response:
    """Switch a fault on. JSON: name; times (null: always); service (null: every); seconds."""
    bank, body = _bank(), _body()
    times, seconds = body.get("times"), body.get("seconds")
    if times is not None and not isinstance(times, int):
        raise BadControl(400, "times: must be a whole number or null")
    if seconds is not None and not isinstance(seconds, int | float):
        raise BadControl(400, "seconds: must be a number")
    try:
        bank.faults.add(str(body.get("name")), times, body.get("service"), seconds)
    except ValueError as error:
        raise BadControl(400, str(error)) from None
    return jsonify(faults=bank.faults.list())


@blueprint.delete("/faults")
def clear_faults() -> Response:
    """Switch off all faults, or those of the query parameter `name`."""
    faults = _bank().faults
    faults.clear(request.args.get("name"))
    return jsonify(faults=faults.list())


@blueprint.post("/clock")
def advance_clock() -> Response:
    """Move the bank's clock. JSON: advance_seconds."""
    bank, body = _bank(), _body()
    seconds = body.get("advance_seconds")
    if not isinstance(seconds, int | float):
        raise BadControl(400, "advance_seconds: must be a number")
    try:
        bank.advance(float(seconds))
    except ValueError as error:
        raise BadControl(400, str(error)) from None
    return jsonify(now=_iso(bank.clock.now()))


@blueprint.post("/refunds")
def force_refunds() -> Response:
    """Decide how virtual-account refunds end. JSON: outcome success, failed, returning or null."""
    bank, body = _bank(), _body()
    try:
        bank.force_refunds(body.get("outcome"))
    except ValueError as error:
        raise BadControl(400, str(error)) from None
    return jsonify(outcome=bank.refund_outcome)


def _find(bank: Bank, body: dict[str, Any]) -> Order:
    for name, attribute in (("OrderNo", "order_no"), ("AtmPayNo", "atm_pay_no")):
        wanted = body.get(name)
        if wanted:
            for order in bank.book.orders.values():
                if getattr(order, attribute) == wanted:
                    return order
            raise BadControl(404, f"{name}: no such order")
    raise BadControl(400, "OrderNo: must be given")


def _choice(body: dict[str, Any], name: str, allowed: tuple[str, ...], default: str) -> str:
    value = body.get(name, default)
    if value not in allowed:
        raise BadControl(400, f"{name}: must be one of {', '.join(allowed)}")
    return str(value)


def _describe_outcome(bank: Bank, order: Order, outcome: cashier.Outcome) -> Response:
    token = outcome.return_token
    return jsonify(
        OrderNo=order.order_no,
        Status=outcome.status,
        ReturnPayToken=token,
        BackendPayToken=outcome.backend_token,
        ReturnURL=order.return_url,
        form=None if token is None else {"ShopNo": bank.shop_no, "PayToken": token},
    )


def _iso(moment: float) -> str:
    return taiwan(moment).isoformat(timespec="seconds")
