"""Bank SinoPac as a payment provider: our methods in the bank's terms, its errors in ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from payments import provider
from payments.provider import Payable, PaymentRequest, Progress, Report, ReportKind, Standing
from payments.sinopac import codes, errors
from payments.sinopac.answers import OrderState
from payments.sinopac.client import SinopacClient
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

_PAGE_MINUTES = 30  # ExpMinutes of a card or mobile page: 1-30
_WALLET_MINUTES = 20  # fixed by the bank
_WALLETS = {"linepay": Wallet.LINE_PAY, "jkopay": Wallet.JKOPAY}
_PAY_TYPES = {"card": PayType.CARD, "atm": PayType.ACCOUNT, "mobile": PayType.MOBILE} | dict.fromkeys(
    _WALLETS, PayType.WALLET
)
_KINDS = {"PayOut": ReportKind.PAYMENT, "VARefundOut": ReportKind.REFUND}


class SinopacProvider:
    """The shop's account at Bank SinoPac, behind the interface of `payments.provider`."""

    name = "sinopac"

    def __init__(self, client: SinopacClient) -> None:
        self._client = client

    def lifetime_seconds(self, method: str) -> int | None:
        """Pages live 30 minutes at most, wallets 20; a virtual account as long as the order."""
        if method == "atm":
            return None
        return 60 * (_WALLET_MINUTES if method in _WALLETS else _PAGE_MINUTES)

    def create(self, request: PaymentRequest) -> Payable:
        """OrderCreate with the means of payment of `request.method`."""
        order = NewOrder(
            order_no=request.order_no,
            amount=request.amount,
            product=request.description,
            return_url=request.return_url,
            backend_url=request.backend_url,
            payment=_means(request),
        )
        with _translated():
            created = self._client.create_order(order)
        return Payable(created.tsno, created.payment_url, created.account_no)

    def find(self, order_no: str, method: str) -> Standing | None:
        """OrderQuery, or WalletPayOrderQuery for wallets, which OrderQuery leaves out."""
        with _translated():
            if method in _WALLETS:
                state = self._client.query_wallet_order(order_no)
            else:
                state = self._client.query_order(order_no)
        return _standing(state, method) if state else None

    def look_up(self, token: str, method: str) -> Report:
        """OrderPayQuery: what a PayToken means."""
        with _translated():
            result = self._client.query_payment(token)
        return Report(
            kind=_KINDS.get(result.ap_type, ReportKind.OTHER),
            order_no=result.order_no,
            reference=result.tsno,
            method_matches=result.pay_type == _PAY_TYPES[method],
            amount=result.amount,
            succeeded=result.succeeded,
            reason=codes.split_description(result.description)[1],
            moved_at=result.pay_date,
        )

    def disable(self, order_no: str, method: str) -> None:
        """OrderMaintain C for a virtual account; the bank has no way to close an unpaid page."""
        if method != "atm":
            return
        with _translated():
            self._client.maintain_order(order_no, Command.CANCEL)


def _means(request: PaymentRequest) -> AccountPayment | CardPayment | MobilePayment | WalletPayment:
    if request.method == "atm":
        return AccountPayment(expires_at=request.expires_at)
    if request.method in _WALLETS:
        return WalletPayment(_WALLETS[request.method])
    minutes = int((request.expires_at - datetime.now(UTC)).total_seconds() // 60)
    minutes = max(1, min(_PAGE_MINUTES, minutes))
    if request.method == "mobile":
        return MobilePayment(expire_minutes=minutes)
    return CardPayment(expire_minutes=minutes)


def _standing(state: OrderState, method: str) -> Standing:
    if state.is_paid:
        progress = Progress.PAID
    elif codes.is_expired(state.pay_status):
        progress = Progress.EXPIRED
    elif codes.is_withdrawn(state.pay_status):
        progress = Progress.WITHDRAWN
    else:
        progress = Progress.WAITING
    can_pay = state.payment_url or state.account_no
    return Standing(
        reference=state.tsno,
        method_matches=state.pay_type == _PAY_TYPES[method],
        amount=state.amount,
        progress=progress,
        moved_at=state.paid_at or state.approved_at,
        payable=Payable(state.tsno, state.payment_url, state.account_no) if can_pay else None,
    )


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except errors.BankTemporaryError as error:
        raise provider.Unavailable(str(error)) from error
    except (errors.BankOutcomeUnknown, errors.BankAnswerRefused) as error:
        raise provider.Unsure(str(error)) from error
    except errors.BankConfigurationError as error:
        raise provider.Misconfigured(str(error)) from error
    except errors.BankRequestError as error:  # our mistake, in words a customer can do nothing with
        raise provider.Refused(str(error)) from error
    except errors.BankRefusal as error:
        raise provider.Refused(str(error), error.text) from error
