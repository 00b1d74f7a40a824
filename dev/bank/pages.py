"""What a customer sees: the hosted pay pages, and the list of orders at `/` for the developer.

Addresses as the bank's: /QPay.WebPaySite/Bridge/<page>?TD=<TSNo>&TK=<uuid>.
"""

from __future__ import annotations

import hmac
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from dev.bank import cashier
from dev.bank.bank import PAGES_PATH, Bank
from dev.bank.clock import taiwan
from dev.bank.create import PAGES
from dev.bank.phases import LABELS, phase
from dev.bank.state import Order

TEST_EXPIRY = "1235"
TEST_CVV2 = "123"
TEST_OTP = "123456"
TEST_CARD = cashier.TEST_CARD
_WALLET_NAMES = {
    "Jko": "街口支付",
    "Line": "LINE Pay",
    "Plus": "全盈+PAY",
    "Px": "全支付",
    "IPass": "一卡通 iPASS MONEY",
}

blueprint = Blueprint("pages", __name__)


class _NoSuchOrder(Exception):
    """TD and TK belong to no order."""


@blueprint.errorhandler(_NoSuchOrder)
def _say_unknown(_error: _NoSuchOrder) -> Response:
    return _page(
        "notice.html", status=404, title="找不到這筆訂單", text="付款連結不正確，請回到商店重新操作。"
    )


@blueprint.errorhandler(cashier.NotPayable)
def _say_not_payable(error: cashier.NotPayable) -> Response:
    return _page("notice.html", status=410, title=str(error), text="請回到商店查看訂單。")


def _bank() -> Bank:
    bank: Bank = current_app.extensions["bank"]
    return bank


def _page(template: str, status: int = 200, **content: Any) -> Response:
    response = make_response(render_template(template, **content), status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _order(bank: Bank, kinds: str) -> Order:
    """The order that TD and TK name, if it is of one of these PayTypes."""
    for order in bank.book.orders.values():
        if order.ts_no == request.args.get("TD") and order.pay_type in kinds:
            if hmac.compare_digest(order.token.encode(), request.args.get("TK", "").encode()):
                return order
            break
    raise _NoSuchOrder


@blueprint.route(f"{PAGES_PATH}/PayCard", methods=["GET", "POST"])
def pay_card() -> Response:
    """The card form; the test card goes on to its one-time password, any other is refused."""
    bank = _bank()
    with bank.lock:
        order = _order(bank, "CP")
        cashier.ensure_waiting(bank, order)
        if request.method == "GET":
            return _card_form(order)
        number = "".join(request.form.get(f"CardNo{part}", "").strip() for part in range(1, 5))
        expiry = request.form.get("ExpireMM", "").strip() + request.form.get("ExpireYY", "").strip()
        cvv2 = request.form.get("CVV2", "").strip()
        if not (_digits(number, 16) and _digits(expiry, 4) and _digits(cvv2, 3)):
            return _card_form(order, error="請填寫 16 碼卡號、4 碼有效年月與卡片背面末 3 碼。")
        if (number, expiry, cvv2) != (TEST_CARD, TEST_EXPIRY, TEST_CVV2):
            outcome = cashier.refuse(bank, order)
            return _refused(bank, order, outcome, "發卡銀行拒絕這張卡，沒有扣款。")
        order.challenge = number
        bank.changed()
        return _page("otp.html", order=order, otp=TEST_OTP, action=bank.page_url(order, "PayOTP"))


def _card_form(order: Order, error: str | None = None) -> Response:
    card = {"number": TEST_CARD, "expiry": TEST_EXPIRY, "cvv2": TEST_CVV2}
    return _page("card.html", order=order, card=card, error=error, until=_last_minute(order))


def _last_minute(order: Order) -> datetime:
    """The last minute in which the order can be paid, in Taiwan time."""
    return taiwan(order.expires_at - 1)


def _digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


@blueprint.post(f"{PAGES_PATH}/PayOTP")
def confirm_card() -> Response:
    """The 3-D Secure step: the one-time password approves the card that was entered before."""
    bank = _bank()
    with bank.lock:
        order = _order(bank, "CP")
        cashier.ensure_waiting(bank, order)
        number = order.challenge
        if number is None:
            return _card_form(order, error="請先填寫卡號。")
        if request.form.get("OTP", "").strip() != TEST_OTP:
            outcome = cashier.refuse(bank, order, "E2720")
            return _refused(bank, order, outcome, "簡訊驗證碼不正確，沒有扣款。")
        return _back_to_shop(bank, order, cashier.approve(bank, order, number))


@blueprint.route(f"{PAGES_PATH}/PayMobile", methods=["GET", "POST"])
def pay_mobile() -> Response:
    """Apple Pay, Google Pay and Samsung Pay: two buttons."""
    return _approve_or_refuse("M", "行動支付")


@blueprint.route(f"{PAGES_PATH}/PayWallet", methods=["GET", "POST"])
def pay_wallet() -> Response:
    """LINE Pay and the other wallets: two buttons."""
    return _approve_or_refuse("W", None)


def _approve_or_refuse(kind: str, label: str | None) -> Response:
    bank = _bank()
    with bank.lock:
        order = _order(bank, kind)
        cashier.ensure_waiting(bank, order)
        decision = request.form.get("decision")
        if decision == "pay":
            return _back_to_shop(bank, order, cashier.approve(bank, order))
        if decision == "refuse":
            return _refused(bank, order, cashier.refuse(bank, order), "付款已取消，沒有扣款。")
        name = label or _WALLET_NAMES.get(order.pay_type_sub or "", "電子錢包")
        return _page("approve.html", order=order, label=name, refusable=True, until=_last_minute(order))


@blueprint.route(f"{PAGES_PATH}/PayWebATM", methods=["GET", "POST"])
def pay_web_atm() -> Response:
    """The virtual account, with a button that sends the money. The browser is not sent back."""
    bank = _bank()
    with bank.lock:
        order = _order(bank, "A")
        cashier.ensure_waiting(bank, order)
        if request.form.get("decision") == "pay":
            cashier.receive_transfer(bank, order)
            return _page("notice.html", title="轉帳完成", text="款項已轉入，商店稍後會收到通知。", good=True)
        return _page(
            "approve.html",
            order=order,
            label="網路 ATM 轉帳",
            refusable=False,
            until=_last_minute(order),
        )


@blueprint.get(f"{PAGES_PATH}/QRCode")
def show_code() -> BaseResponse:
    """Where the QR code leads: the order's own page."""
    bank = _bank()
    with bank.lock:
        order = _order(bank, "ACPMW")
        return redirect(bank.page_url(order, PAGES[order.pay_type]), 303)


def _refused(bank: Bank, order: Order, outcome: cashier.Outcome, text: str) -> Response:
    return _page(
        "refused.html",
        order=order,
        text=text,
        again=bank.page_url(order, PAGES[order.pay_type]),
        shop_no=bank.shop_no,
        pay_token=outcome.return_token,
    )


def _back_to_shop(bank: Bank, order: Order, outcome: cashier.Outcome) -> Response:
    if outcome.return_token is None:
        return _page("notice.html", title="付款成功", text="（測試：瀏覽器不會返回商店。）", good=True)
    return _page("return.html", order=order, shop_no=bank.shop_no, pay_token=outcome.return_token)


@blueprint.get("/")
def show_orders() -> Response:
    """The developer's view of the bank: every order, newest first, with what can be done to it."""
    bank = _bank()
    bank.called_at(request.host_url)
    with bank.lock:
        now = bank.clock.now()
        rows = [
            {
                "order": order,
                "status": LABELS[phase(order, now, bank.config)],
                "waiting": phase(order, now, bank.config) == "waiting",
                "created": taiwan(order.created_at),
                "until": _last_minute(order),
                "page": bank.page_url(order, PAGES[order.pay_type]),
            }
            for order in reversed(bank.book.orders.values())
        ]
        jobs = [
            {"job": job, "last": job.attempts[-1].outcome if job.attempts else None}
            for job in reversed(bank.book.notifications[-20:])
        ]
        return _page("orders.html", rows=rows, jobs=jobs, faults=bank.faults.list(), now=taiwan(now))


@blueprint.post("/orders/<ts_no>/transfer")
def transfer(ts_no: str) -> BaseResponse:
    """The pay button of the list: the money arrives on the virtual account."""
    bank = _bank()
    with bank.lock:
        order = next((order for order in bank.book.orders.values() if order.ts_no == ts_no), None)
        if order is None:
            raise _NoSuchOrder
        cashier.receive_transfer(bank, order)
    return redirect("/", 303)
