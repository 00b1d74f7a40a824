"""The bank's services over real sockets: what is asked, what is believed of the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import Any

import pytest
from werkzeug.wrappers import Response

from payments.sinopac import cipher
from payments.sinopac.errors import (
    BankAnswerRefused,
    BankRefusal,
    BankRequestError,
)
from payments.sinopac.orders import (
    AccountPayment,
    Command,
    MobilePayment,
    NewOrder,
    PayType,
    Wallet,
    WalletPayment,
)
from tests.integration.sinopac_fake import (
    CREATED,
    KEY,
    ORDER,
    PAGE,
    SHOP,
    TOKEN,
    Answer,
    Begin,
    Street,
    Talk,
    as_json,
    failed,
    open_street,
)


@pytest.fixture(scope="module")
def street() -> Iterator[Street]:
    with open_street() as street:
        yield street


@pytest.fixture
def talk(street: Street) -> Iterator[Callable[..., Talk]]:
    with ExitStack() as clients:

        def begin(*answers: Answer, time_limits: tuple[float, float] = (2, 5), **changes: Any) -> Talk:
            talk = street.open_bank(answers, time_limits, changes)
            clients.callback(talk.client.close)
            return talk

        yield begin


def test_a_card_order_is_created_and_its_page_returned(talk: Begin) -> None:
    it = talk(CREATED)
    created = it.client.create_order(ORDER)
    assert (created.order_no, created.tsno, created.amount) == ("C1", "BA002600000001", 500)
    assert created.payment_url == PAGE
    service, fields = it.bank.questions[0]
    assert service == "OrderCreate"
    assert (fields["ShopNo"], fields["Amount"], fields["CurrencyID"]) == (SHOP, 50000, "TWD")


def test_every_other_means_of_payment_is_created(talk: Begin) -> None:
    atm = {"AtmPayNo": "99922530174617", "WebAtmURL": PAGE}
    answers: dict[str, dict[str, Any]] = {
        "A": {"ATMParam": atm, "CardParam": []},
        "M": {"MobileParam": {"MobilePayURL": PAGE}},
        "W": {"WalletParam": {"WalletPayURL": PAGE}},
    }
    rest = {name: value for name, value in CREATED.items() if name != "CardParam"}
    it = talk(*({**rest, "PayType": pay_type, **extra} for pay_type, extra in answers.items()))
    means = [
        AccountPayment(datetime(2026, 3, 1, tzinfo=UTC)),
        MobilePayment(),
        WalletPayment(Wallet.LINE_PAY),
    ]
    account, mobile, wallet = (
        it.client.create_order(
            NewOrder("C1", 500, "茶", ORDER.return_url, ORDER.backend_url, payment)  # type: ignore[arg-type]
        )
        for payment in means
    )
    assert (account.account_no, account.bank_code, account.payment_url) == ("99922530174617", "807", None)
    assert mobile.payment_url == wallet.payment_url == PAGE


def test_every_call_takes_a_nonce_of_its_own(talk: Begin) -> None:
    it = talk({**CREATED, "OrderList": []})
    it.client.query_order("C1")
    it.client.query_order("C1")
    assert len(it.bank.nonces) == 2


def _sealed(change: dict[str, Any], fields: dict[str, Any] = CREATED) -> Response:
    return as_json({**cipher.seal("OrderCreate", SHOP, fields, "other", KEY), **change})


@pytest.mark.parametrize(
    "answer",
    [
        _sealed({"Sign": "0" * 64}),
        _sealed({"Message": "0" * 64}),
        _sealed({"Message": None}),
        _sealed({"Nonce": "changed"}),
        _sealed({"APIService": "OrderQuery"}),
        _sealed({"ShopNo": "NA0249_001"}),
        _sealed({"Version": "2.0.0"}),
        _sealed({}, {**CREATED, "Status": "X"}),
        _sealed({}, {**CREATED, "OrderNo": "C2"}),
        _sealed({}, {**CREATED, "Amount": 50100}),
        _sealed({}, {**CREATED, "PayType": "A"}),
        _sealed({}, {**CREATED, "TSNo": None}),
        _sealed({}, {**CREATED, "CardParam": {}}),
        _sealed({}, {**CREATED, "CardParam": ["x"]}),
        _sealed({}, {**CREATED, "CardParam": {"CardPayURL": "http://sandbox.sinopac.com/pay"}}),
        _sealed({}, {**CREATED, "CardParam": {"CardPayURL": "javascript:alert(1)"}}),
    ],
)
def test_an_answer_that_is_forged_or_about_something_else_is_refused(talk: Begin, answer: Response) -> None:
    with pytest.raises(BankAnswerRefused):
        talk(answer).client.create_order(ORDER)


def test_one_client_serves_many_threads(talk: Begin) -> None:
    row = {"OrderNo": "C1", "TSNo": "T1", "Amount": 100, "PayType": "C", "PayStatus": "1C400"}
    it = talk({**CREATED, "OrderList": [row]})
    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(it.client.query_order, ["C1"] * 40))
    assert all(state is not None and state.is_paid for state in states)
    assert len(set(it.bank.nonces)) == 40


def test_a_payment_is_looked_up_by_its_token(talk: Begin) -> None:
    content = {
        "APType": "PayOut",
        "TSNo": "BA002600000001",
        "OrderNo": "C1",
        "ShopNo": SHOP,
        "PayType": "A",
        "Amount": "9440300",
        "Status": "S",
        "Description": "",
        "PayDate": "202110022130",
    }
    answer = {**CREATED, "PayToken": TOKEN, "TSResultContent": content}
    it = talk(
        answer,
        {**answer, "TSResultContent": {**content, "Status": "F"}},
        {**answer, "PayToken": "b" * 64},
        {**answer, "TSResultContent": {**content, "ShopNo": "NA0249_001"}},
        {**answer, "TSResultContent": {**content, "Status": None}},
        {**answer, "TSResultContent": None},
        failed("E2501"),
    )
    paid = it.client.query_payment(TOKEN)
    assert (paid.ap_type, paid.order_no, paid.amount, paid.succeeded) == ("PayOut", "C1", 94403, True)
    assert paid.pay_date == datetime(2021, 10, 2, 13, 30, tzinfo=UTC)
    assert not it.client.query_payment(TOKEN).succeeded
    for _ in range(4):
        with pytest.raises(BankAnswerRefused):
            it.client.query_payment(TOKEN)
    with pytest.raises(BankRefusal) as caught:
        it.client.query_payment(TOKEN)
    assert caught.value.code == "E2501"


def test_the_state_of_an_order_is_read_with_its_refunds(talk: Begin) -> None:
    row = {
        "OrderNo": "A1",
        "TSNo": "BA002600073806",
        "TSDate": "202411131103",
        "PayDate": "202411131103",
        "Amount": 2000,
        "PayType": "A",
        "PayStatus": "1A400",
        "ExpireDate": "202411131117",
        "RefundFlag": "Y",
        "RefundStatus": "2A900",
        "RefundDate": "202411131104",
        "ATMParam": {"AtmPayNo": "85400260000146", "WebAtmURL": PAGE},
        "RefundList": [
            {
                "RefundNo": "C2024111300000001",
                "RefundDate": "202411131103",
                "RefundAmount": 100,
                "RefundStatus": "2A900",
            }
        ],
    }
    answer = {**CREATED, "OrderList": [row]}
    it = talk(
        answer, {**answer, "OrderList": [{**row, "OrderNo": "A2"}]}, {**answer, "OrderList": [row, row]}
    )
    state = it.client.query_order("A1")
    assert state is not None
    assert (state.amount, state.pay_status, state.is_paid, state.refunded) == (20, "1A400", True, True)
    assert state.paid_at == datetime(2024, 11, 13, 3, 3, tzinfo=UTC)
    assert [(refund.amount, refund.status) for refund in state.refunds] == [(1, "2A900")]
    assert state.account_no == "85400260000146"
    for _ in range(2):
        with pytest.raises(BankAnswerRefused, match="other orders"):
            it.client.query_order("A1")


def test_an_order_the_bank_does_not_know_is_none(talk: Begin) -> None:
    it = talk({**CREATED, "Description": "S0001 – 處理成功，查無資料或是查詢條件組合不相符"})
    assert it.client.query_order("C1") is None
    assert it.client.query_wallet_order("C1") is None
    assert it.client.query_orders(pay_flag="Y") == []


def test_orders_are_asked_for_by_spans_in_taiwanese_time(talk: Begin) -> None:
    it = talk({**CREATED, "OrderList": []})
    span = (datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 1, 15, 59, tzinfo=UTC))
    it.client.query_orders(created=span, pay_type=PayType.CARD, pay_flag="Y")
    it.client.query_wallet_orders(date(2026, 3, 1), date(2026, 3, 2), wallet=Wallet.LINE_PAY)
    it.client.query_uncaptured("C1")
    assert it.bank.questions == [
        (
            "OrderQuery",
            {
                "ShopNo": SHOP,
                "OrderDateTimeS": "202603010000",
                "OrderDateTimeE": "202603012359",
                "PayType": "C",
                "PayFlag": "Y",
            },
        ),
        (
            "WalletPayOrderQuery",
            {
                "ShopNo": SHOP,
                "PayType": "W",
                "OrderDateTimeS": "20260301",
                "OrderDateTimeE": "20260302",
                "PayTypeSub": "Line",
            },
        ),
        ("OrderUnCapturedQuery", {"ShopNo": SHOP, "OrderNo": "C1"}),
    ]
    with pytest.raises(BankRequestError, match="condition"):
        it.client.query_orders()


def test_a_wallet_order_is_paid_when_it_has_a_time_of_payment(talk: Begin) -> None:
    row = {"OrderNo": "W1", "TSNo": "T1", "PayType": "W", "Amount": 100, "TSDate": "202603010000"}
    it = talk({**CREATED, "OrderList": [row]}, {**CREATED, "OrderList": [{**row, "PayDate": "202603010001"}]})
    waiting, paid = it.client.query_wallet_order("W1"), it.client.query_wallet_order("W1")
    assert waiting is not None
    assert paid is not None
    assert (waiting.is_paid, paid.is_paid) == (False, True)


def test_a_virtual_account_is_refunded_in_two_calls(talk: Begin) -> None:
    answer = {**CREATED, "OrderNo": "A1", "Command": "R", "Amount": 10000, "RefundToken": TOKEN}
    it = talk(
        answer, {**answer, "RefundToken": None}, {**answer, "Amount": 20000}, {**answer, "Command": "C"}
    )
    first = it.client.maintain_order("A1", Command.REFUND, amount=100)
    assert first.refund_token == TOKEN
    assert TOKEN not in repr(first)
    second = it.client.maintain_order("A1", Command.REFUND, amount=100, refund_token=TOKEN)
    assert (second.refund_token, second.amount) == (None, 100)
    assert it.bank.questions[1][1]["RefundToken"] == TOKEN
    for _ in range(2):
        with pytest.raises(BankAnswerRefused):
            it.client.maintain_order("A1", Command.REFUND, amount=100)


def test_an_accounts_expiry_is_moved_in_taiwanese_time(talk: Begin) -> None:
    it = talk({**CREATED, "OrderNo": "A1", "Command": "M"})
    it.client.maintain_order("A1", Command.EXTEND, expire_at=datetime(2026, 3, 1, 16, tzinfo=UTC))
    assert it.bank.questions[0][1]["ExpireDateTime"] == "202603020000"


def test_a_days_bill_and_the_payouts_are_read(talk: Begin) -> None:
    bill = {
        "TSNo": "T1",
        "OrderNo": "C1",
        "TSType": "R",
        "TSDate": "202603010000",
        "PayType": "C",
        "Amount": 500,
    }
    allot = {
        "AllotNo": "9",
        "AllotDate": 20260301,
        "PayType": "C",
        "PayAmount": 50000,
        "RefundAmount": 0,
        "FeeAmount": 1050,
        "AllotAmount": 48950,
    }
    it = talk(
        {**CREATED, "BillDate": "20260228", "OrderList": [bill]},
        {**CREATED, "BillDate": "20260227", "OrderList": [bill]},
        {**CREATED, "Allot": [allot]},
    )
    (entry,) = it.client.query_bill(date(2026, 2, 28))
    assert (entry.kind, entry.amount, entry.paid_at) == ("R", 5, None)
    with pytest.raises(BankAnswerRefused, match="BillDate"):
        it.client.query_bill(date(2026, 2, 28))
    (payout,) = it.client.query_allotment(date(2026, 3, 1), date(2026, 3, 2), PayType.CARD)
    assert (payout.allotted_on, str(payout.fee), str(payout.allotted)) == ("20260301", "10.5", "489.5")


def test_a_field_the_bank_would_refuse_is_refused_here_and_named(talk: Begin) -> None:
    it = talk(CREATED)
    with pytest.raises(BankRequestError, match="Remark"):
        it.client.call("OrderMaintain", {"OrderNo": "C1", "Remark": "late "})
    with pytest.raises(BankRequestError, match="OrderNo"):
        it.client.query_order('"')
    assert it.bank.questions == []
