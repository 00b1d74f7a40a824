"""The shop's own client and the stand-in bank understand each other over a real socket."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta

import pytest

from dev.bank import API_PATH
from payments.sinopac.client import SinopacAccount, SinopacClient
from payments.sinopac.errors import (
    BankAnswerRefused,
    BankConfigurationError,
    BankOutcomeUnknown,
    BankRefusal,
    BankTemporaryError,
)
from payments.sinopac.orders import (
    AccountPayment,
    CardPayment,
    Command,
    MobilePayment,
    NewOrder,
    PayType,
    Wallet,
    WalletPayment,
)
from tests.integration.dev_bank_merchant import ACCOUNT, Merchant, bank_and_merchant


@pytest.fixture
def merchant() -> Iterator[Merchant]:
    with bank_and_merchant() as (_, merchant):
        yield merchant


@pytest.fixture
def client(merchant: Merchant) -> Iterator[SinopacClient]:
    account = SinopacAccount.from_hash_values(**asdict(ACCOUNT), api_url=merchant.url + API_PATH)
    client = SinopacClient(account, time_limits=(1.0, 0.5))
    yield client
    client.close()


def new_order(
    order_no: str, payment: AccountPayment | CardPayment | MobilePayment | WalletPayment
) -> NewOrder:
    urls = {"return_url": "https://shop.invalid/return", "backend_url": "https://shop.invalid/backend"}
    return NewOrder(order_no, 404, "阿里山高山茶", payment=payment, **urls)


def account_payment() -> AccountPayment:
    return AccountPayment(datetime.now(UTC) + timedelta(days=3))


def test_a_card_order_lives_from_creation_to_refund(merchant: Merchant, client: SinopacClient) -> None:
    created = client.create_order(new_order("C1", CardPayment()))
    assert created.payment_url is not None
    assert created.payment_url.startswith(merchant.url)
    paid = merchant.control("card/pay", OrderNo="C1", notify="return")
    result = client.query_payment(paid["ReturnPayToken"])
    assert (result.ap_type, result.succeeded, result.amount, result.tsno) == (
        "PayOut",
        True,
        404,
        created.tsno,
    )
    assert client.maintain_order("C1", Command.REFUND, amount=100).amount == 100
    merchant.control("clock", advance_seconds=601)
    state = client.query_order("C1")
    assert state is not None
    assert (state.is_paid, state.refunded, state.refunds[0].amount) == (True, True, 100)


def test_a_transfer_is_refunded_by_two_calls(merchant: Merchant, client: SinopacClient) -> None:
    created = client.create_order(new_order("A1", account_payment()))
    merchant.control("atm/pay", AtmPayNo=created.account_no)
    first = client.maintain_order("A1", Command.REFUND)
    client.maintain_order("A1", Command.REFUND, refund_token=first.refund_token)
    state = client.query_order("A1")
    assert state is not None
    assert (state.refund_status, state.account_no) == ("2A400", created.account_no)


@pytest.mark.parametrize(
    "payment", [MobilePayment(), WalletPayment(Wallet.LINE_PAY)], ids=["mobile", "wallet"]
)
def test_mobile_and_wallet_orders_are_understood(
    merchant: Merchant, client: SinopacClient, payment: MobilePayment | WalletPayment
) -> None:
    client.create_order(new_order("X1", payment))
    merchant.control("card/pay", OrderNo="X1", notify="return")
    wallet = payment.pay_type is PayType.WALLET
    state = client.query_wallet_order("X1") if wallet else client.query_order("X1")
    assert state is not None
    assert state.is_paid


def test_bills_and_payouts_are_understood(merchant: Merchant, client: SinopacClient) -> None:
    client.create_order(new_order("C1", CardPayment()))
    merchant.control("card/pay", OrderNo="C1", notify="return")
    today: date = (datetime.now(UTC) + timedelta(hours=8)).date()
    merchant.control("clock", advance_seconds=86400)
    assert [entry.order_no for entry in client.query_bill(today)] == ["C1"]
    assert len(client.query_allotment(today, today + timedelta(days=1), PayType.CARD)) == 1


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("drop", BankOutcomeUnknown),
        ("hang", BankOutcomeUnknown),
        ("garbage", BankOutcomeUnknown),
        ("http-500", BankOutcomeUnknown),
        ("http-401", BankConfigurationError),
        ("http-499", BankConfigurationError),
        ("http-429", BankTemporaryError),
        ("wrong-sign", BankAnswerRefused),
        ("wrong-amount", BankAnswerRefused),
        ("wrong-order-no", BankAnswerRefused),
        ("E3602", BankRefusal),
    ],
)
def test_the_banks_mishaps_are_told_apart(
    merchant: Merchant, client: SinopacClient, fault: str, error: type[Exception]
) -> None:
    merchant.fault(fault, service="OrderCreate", seconds=1)
    with pytest.raises(error):
        client.create_order(new_order("C1", CardPayment()))


def test_a_refused_nonce_is_replaced_unnoticed(merchant: Merchant, client: SinopacClient) -> None:
    merchant.fault("E3003", service="OrderCreate")
    assert client.create_order(new_order("C1", CardPayment())).order_no == "C1"


def test_a_failure_in_plain_json_is_a_refusal_too(merchant: Merchant, client: SinopacClient) -> None:
    merchant.fault("plain")
    with pytest.raises(BankRefusal, match="E2501"):
        client.query_payment("0" * 64)
