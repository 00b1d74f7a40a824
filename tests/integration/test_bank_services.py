"""Every service of the bank over a real socket: that it works, and what each class of failure is taken for.

Source of services and codes: Bank SinoPac, 豐收款 API 開發規格書 V2.4, chapters 8 and 10.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dev.bank import API_PATH
from payments.sinopac.client import SinopacAccount, SinopacClient
from payments.sinopac.errors import (
    BankAnswerRefused,
    BankConfigurationError,
    BankError,
    BankOutcomeUnknown,
    BankRefusal,
    BankRequestError,
    BankTemporaryError,
)
from payments.sinopac.orders import (
    AccountPayment,
    CardPayment,
    Command,
    NewOrder,
    PayType,
    Wallet,
    WalletPayment,
)
from payments.sinopac.wire import to_bank_date
from tests.integration.dev_bank_merchant import ACCOUNT, Merchant, bank_and_merchant

CHANGING = ("OrderCreate", "OrderMaintain")
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def merchant() -> Iterator[Merchant]:
    with bank_and_merchant(card_kinds=("ONE", "STAGING")) as (_, merchant):
        yield merchant


@pytest.fixture
def client(merchant: Merchant) -> Iterator[SinopacClient]:
    account = SinopacAccount.from_hash_values(**asdict(ACCOUNT), api_url=merchant.url + API_PATH)
    client = SinopacClient(account, time_limits=(1.0, 0.3))
    yield client
    client.close()
    merchant.http.delete(f"{merchant.url}/control/faults", timeout=5)


def order(payment: Any, order_no: str) -> NewOrder:
    urls = {"return_url": "https://shop.invalid/return", "backend_url": "https://shop.invalid/backend"}
    return NewOrder(order_no, 404, "阿里山高山茶", payment=payment, **urls)


def new_number() -> str:
    return f"N{next(_numbers)}x"


def paid(merchant: Merchant, pay_type: str = "C") -> tuple[str, str]:
    """The number of a paid order and a token about it."""
    number = new_number()
    merchant.create(number, pay_type)
    return number, merchant.control("card/pay", OrderNo=number, notify="return")["ReturnPayToken"]


Call = Callable[[SinopacClient, Merchant], object]


def maintain(client: SinopacClient, merchant: Merchant) -> object:
    return client.maintain_order(paid(merchant)[0], Command.REFUND, amount=100)


CALLS: dict[str, Call] = {
    "OrderCreate": lambda client, _: client.create_order(order(CardPayment(), new_number())),
    "OrderPayQuery": lambda client, merchant: client.query_payment(paid(merchant)[1]),
    "OrderQuery": lambda client, merchant: client.query_order(paid(merchant)[0]),
    "OrderMaintain": maintain,
    "OrderUnCapturedQuery": lambda client, _: client.query_uncaptured(),
    "BillQuery": lambda client, _: client.query_bill(yesterday()),
    "AllotQuery": lambda client, _: client.query_allotment(yesterday(), yesterday(), PayType.CARD),
    "WalletPayOrderQuery": lambda client, merchant: client.query_wallet_order(paid(merchant, "W")[0]),
}


def yesterday() -> Any:
    return (datetime.now(UTC) + timedelta(hours=8)).date() - timedelta(days=1)


@pytest.mark.parametrize("service", CALLS)
def test_every_service_answers(client: SinopacClient, merchant: Merchant, service: str) -> None:
    assert CALLS[service](client, merchant) is not None


MISHAPS: dict[str, tuple[type[BankError], type[BankError]]] = {
    # what a service that changes something raises, and one that only asks
    "E0000": (BankConfigurationError, BankConfigurationError),
    "E0001": (BankRequestError, BankRequestError),
    "E0101": (BankConfigurationError, BankConfigurationError),
    "E3301": (BankConfigurationError, BankConfigurationError),
    "E9900": (BankTemporaryError, BankTemporaryError),
    "E9999": (BankOutcomeUnknown, BankTemporaryError),
    "M0001": (BankTemporaryError, BankTemporaryError),
    "drop": (BankOutcomeUnknown, BankTemporaryError),
    "hang": (BankOutcomeUnknown, BankTemporaryError),
    "garbage": (BankOutcomeUnknown, BankTemporaryError),
    "wrong-sign": (BankAnswerRefused, BankAnswerRefused),
    "wrong-shop": (BankAnswerRefused, BankAnswerRefused),
    "http-401": (BankConfigurationError, BankConfigurationError),
    "http-429": (BankTemporaryError, BankTemporaryError),
    "http-499": (BankConfigurationError, BankConfigurationError),
    "http-500": (BankOutcomeUnknown, BankTemporaryError),
    "http-503": (BankOutcomeUnknown, BankTemporaryError),
}


@pytest.mark.parametrize("mishap", MISHAPS)
@pytest.mark.parametrize("service", CALLS)
def test_every_mishap_of_every_service_is_told_apart(
    client: SinopacClient, merchant: Merchant, service: str, mishap: str
) -> None:
    wanted = MISHAPS[mishap][service not in CHANGING]
    merchant.fault(mishap, service=service, seconds=0.5)
    with pytest.raises(BankError) as caught:
        CALLS[service](client, merchant)
    assert type(caught.value) is wanted


@pytest.mark.parametrize("code", ["E3001", "E3002", "E3003"])
@pytest.mark.parametrize("service", CALLS)
def test_a_refused_nonce_is_replaced_once_by_every_service(
    client: SinopacClient, merchant: Merchant, service: str, code: str
) -> None:
    merchant.fault(code, service=service)
    CALLS[service](client, merchant)
    merchant.fault(code, times=2, service=service)
    with pytest.raises(BankTemporaryError, match=code):
        CALLS[service](client, merchant)


def test_an_order_number_is_taken_once(client: SinopacClient) -> None:
    number = new_number()
    client.create_order(order(CardPayment(), number))
    with pytest.raises(BankOutcomeUnknown, match="E0302"):
        client.create_order(order(CardPayment(), number))


@pytest.mark.parametrize(
    "payment",
    [
        CardPayment(),
        CardPayment(auto_billing=False),
        CardPayment(sub_type="STAGING", staging=3),
        AccountPayment(datetime.now(UTC) + timedelta(days=3)),
        *[WalletPayment(wallet) for wallet in Wallet],
    ],
    ids=lambda payment: str(payment)[:40],
)
def test_every_means_of_payment_is_created(client: SinopacClient, payment: Any) -> None:
    created = client.create_order(order(payment, new_number()))
    assert (created.payment_url is None) == (payment.pay_type is PayType.ACCOUNT)


def too_much_for_an_account(client: SinopacClient, merchant: Merchant) -> None:
    large = NewOrder(
        new_number(), 30_001, "茶", "https://shop.invalid/r", "https://shop.invalid/b",
        AccountPayment(datetime.now(UTC) + timedelta(days=1)),
    )  # fmt: skip
    client.create_order(large)


def bonus(client: SinopacClient, merchant: Merchant) -> None:
    client.create_order(order(CardPayment(sub_type="BONUS"), new_number()))


def expires_in_the_past(client: SinopacClient, merchant: Merchant) -> None:
    client.create_order(order(AccountPayment(datetime.now(UTC) - timedelta(days=2)), new_number()))


def unknown_token(client: SinopacClient, merchant: Merchant) -> None:
    client.query_payment("0" * 64)


def no_condition(client: SinopacClient, merchant: Merchant) -> None:
    client.query_orders()


def refund_of_nothing(client: SinopacClient, merchant: Merchant) -> None:
    number = new_number()
    merchant.create(number)
    client.maintain_order(number, Command.REFUND)


def capture_twice(client: SinopacClient, merchant: Merchant) -> None:
    client.maintain_order(paid(merchant)[0], Command.CAPTURE)


def command_to_nobody(client: SinopacClient, merchant: Merchant) -> None:
    client.maintain_order("NOBODYS", Command.CANCEL)


def bill_of_today(client: SinopacClient, merchant: Merchant) -> None:
    client.query_bill(yesterday() + timedelta(days=1))


def payout_of_long_ago(client: SinopacClient, merchant: Merchant) -> None:
    client.query_allotment(yesterday() - timedelta(days=40), yesterday(), PayType.CARD)


@pytest.mark.parametrize(
    ("act", "error", "code"),
    [
        (too_much_for_an_account, BankRefusal, "E0403"),
        (bonus, BankConfigurationError, "E0602"),
        (expires_in_the_past, BankRequestError, "E0802"),
        (unknown_token, BankRefusal, "E2501"),
        (no_condition, BankRequestError, ""),
        (refund_of_nothing, BankRefusal, "E3608"),
        (capture_twice, BankRefusal, "E1802"),
        (command_to_nobody, BankRefusal, "E2601"),
        (bill_of_today, BankRequestError, "E2903"),
        (payout_of_long_ago, BankRequestError, "E3103"),
    ],
)
def test_what_the_bank_refuses_by_its_own_rules_has_its_code(
    client: SinopacClient, merchant: Merchant, act: Callable[..., None], error: type[BankError], code: str
) -> None:
    with pytest.raises(error) as caught:
        act(client, merchant)
    assert caught.value.code == code


def test_orders_are_found_by_span_kind_and_flag(client: SinopacClient, merchant: Merchant) -> None:
    number, _ = paid(merchant)
    now = datetime.now(UTC)
    span = (now - timedelta(minutes=5), now + timedelta(minutes=5))
    for conditions in ({"created": span}, {"paid": span}, {"pay_type": PayType.CARD, "pay_flag": "Y"}):
        assert number in {state.order_no for state in client.query_orders(**conditions)}  # type: ignore[arg-type]
    assert number not in {state.order_no for state in client.query_orders(pay_flag="N")}


def test_what_waits_for_its_capture_is_listed_until_it_is_captured(
    client: SinopacClient, merchant: Merchant
) -> None:
    number = new_number()
    client.create_order(order(CardPayment(auto_billing=False), number))
    merchant.control("card/pay", OrderNo=number, notify="return")
    [state] = client.query_uncaptured(number)
    assert (state.order_no, state.pay_status) == (number, "1C300")
    client.maintain_order(number, Command.CAPTURE)
    assert client.query_uncaptured(number) == []


def test_an_account_is_given_more_time_and_disabled(client: SinopacClient, merchant: Merchant) -> None:
    number = new_number()
    client.create_order(order(AccountPayment(datetime.now(UTC) + timedelta(days=1)), number))
    later = datetime.now(UTC) + timedelta(days=5)
    client.maintain_order(number, Command.EXTEND, expire_at=later)
    state = client.query_order(number)
    assert state is not None
    assert state.expires_at is not None
    assert to_bank_date(state.expires_at) == to_bank_date(later)
    client.maintain_order(number, Command.CANCEL)
    with pytest.raises(BankRefusal, match="E1802"):
        client.maintain_order(number, Command.CANCEL)


def test_nothing_found_is_no_failure(client: SinopacClient) -> None:
    assert client.query_order("NOBODYS") is None
    assert client.query_wallet_order("NOBODYS") is None
    assert client.query_wallet_orders(yesterday(), yesterday(), wallet=Wallet.PX_PAY) == []
    assert client.query_uncaptured("NOBODYS") == []
    assert client.query_bill(yesterday() - timedelta(days=5)) == []
