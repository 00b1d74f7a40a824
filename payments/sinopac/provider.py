"""Bank SinoPac as a payment provider: our methods in the bank's terms, its errors in ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from payments import provider
from payments.provider import (
    TAIPEI,
    Payable,
    PaymentRequest,
    Progress,
    RefundProgress,
    Report,
    ReportKind,
    Returned,
    Standing,
    StatementLine,
)
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
_WALLETS = {
    "linepay": Wallet.LINE_PAY,
    "jkopay": Wallet.JKOPAY,
    "pxpay": Wallet.PX_PAY,
    "pluspay": Wallet.PLUS_PAY,
    "ipass": Wallet.IPASS_MONEY,
}
_PAY_TYPES = {"card": PayType.CARD, "atm": PayType.ACCOUNT, "mobile": PayType.MOBILE} | dict.fromkeys(
    _WALLETS, PayType.WALLET
)
_KINDS = {
    "PayOut": ReportKind.PAYMENT,
    "CaptureOut": ReportKind.CAPTURE,
    "VARefundOut": ReportKind.REFUND,
}
_TOKEN_LAPSED = ("E3605", "E3607")
_ALREADY_ASKED = ("E9918", "E9919")


class SinopacProvider:
    """The shop's account at Bank SinoPac, behind the interface of `payments.provider`.

    `wallets` says that the shop's contract has some, so that the daily statement asks for them.
    """

    name = "sinopac"

    def __init__(self, client: SinopacClient, *, wallets: bool = False) -> None:
        self._client, self._wallets = client, wallets

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
        if method == "atm":
            self._command(order_no, Command.CANCEL)

    def capture(self, order_no: str, method: str) -> None:
        """OrderMaintain P."""
        self._command(order_no, Command.CAPTURE)

    def cancel(self, order_no: str, method: str) -> None:
        """OrderMaintain C, which withdraws an authorisation that was not captured."""
        self._command(order_no, Command.CANCEL)

    def refund(self, order_no: str, method: str, amount: int) -> None:
        """OrderMaintain R. For a virtual account twice: the second call brings the first one's token back
        within 120 seconds. Until the token has lapsed the bank refuses a new first call, so whatever stops
        the second one leaves the caller unsure."""
        try:
            with _translated():
                answer = self._client.maintain_order(order_no, Command.REFUND, amount=amount)
        except provider.Refused as error:
            raise _refused(error) from error
        if answer.refund_token is None:
            return
        try:
            with _translated():
                self._client.maintain_order(
                    order_no, Command.REFUND, amount=amount, refund_token=answer.refund_token
                )
        except provider.ProviderError as error:
            if isinstance(error, provider.Refused) and error.code not in _TOKEN_LAPSED:
                raise _refused(error) from error
            raise provider.Unsure(str(error), code=error.code) from error

    def statement(self, day: date) -> list[StatementLine]:
        """BillQuery, and WalletPayOrderQuery for the wallets that are not on the bill."""
        with _translated():
            bill = self._client.query_bill(day)
            before = day - timedelta(days=1)  # asked for by day of creation
            wallets = self._client.query_wallet_orders(before, day) if self._wallets else []
        lines = [
            StatementLine(entry.order_no, entry.tsno, entry.kind == "R", entry.amount, entry.paid_at)
            for entry in bill
        ]
        billed = {(line.order_no, line.refund) for line in lines}
        moved = [line for state in wallets for line in _movements(state) if _on(day, line)]
        return lines + [line for line in moved if (line.order_no, line.refund) not in billed]

    def _command(self, order_no: str, command: Command) -> None:
        with _translated():
            self._client.maintain_order(order_no, command)


def _means(request: PaymentRequest) -> AccountPayment | CardPayment | MobilePayment | WalletPayment:
    if request.method == "atm":
        return AccountPayment(expires_at=request.expires_at)
    if request.method in _WALLETS:
        return WalletPayment(_WALLETS[request.method])
    minutes = int((request.expires_at - datetime.now(UTC)).total_seconds() // 60)
    minutes = max(1, min(_PAGE_MINUTES, minutes))
    if request.method == "mobile":
        return MobilePayment(expire_minutes=minutes)
    if request.instalments:
        return CardPayment(expire_minutes=minutes, sub_type="STAGING", staging=request.instalments)
    return CardPayment(expire_minutes=minutes)


def _standing(state: OrderState, method: str) -> Standing:
    can_pay = state.payment_url or state.account_no
    return Standing(
        reference=state.tsno,
        method_matches=state.pay_type == _PAY_TYPES[method],
        amount=state.amount,
        progress=_progress(state),
        moved_at=state.paid_at or state.approved_at,
        payable=Payable(state.tsno, state.payment_url, state.account_no) if can_pay else None,
        refunds=_refunds(state),
    )


def _progress(state: OrderState) -> Progress:
    if codes.is_authorised(state.pay_status):
        return Progress.AUTHORISED
    if state.is_paid:
        return Progress.PAID
    if codes.is_expired(state.pay_status):
        return Progress.EXPIRED
    return Progress.WITHDRAWN if codes.is_withdrawn(state.pay_status) else Progress.WAITING


def _refunds(state: OrderState) -> tuple[Returned, ...]:
    """The bank lists refunds once one of them has succeeded; before, it tells the state of the last alone."""
    if not state.refunds and state.refund_status:
        return (Returned("", None, _refund_progress(state.refund_status), state.refunded_at),)
    return tuple(
        Returned(refund.refund_no, refund.amount, _refund_progress(refund.status), refund.refunded_at)
        for refund in state.refunds
    )


def _refund_progress(status: str) -> RefundProgress:
    if codes.is_refunded(status):
        return RefundProgress.DONE
    return RefundProgress.FAILED if codes.is_refund_failed(status) else RefundProgress.RUNNING


def _movements(state: OrderState) -> Iterator[StatementLine]:
    if state.is_paid:
        yield StatementLine(state.order_no, state.tsno, False, state.amount, state.paid_at)
    for refund in state.refunds:
        if codes.is_refunded(refund.status):
            yield StatementLine(state.order_no, state.tsno, True, refund.amount, refund.refunded_at)


def _on(day: date, line: StatementLine) -> bool:
    return line.moved_at is not None and line.moved_at.astimezone(TAIPEI).date() == day


def _refused(error: provider.Refused) -> provider.Refused:
    """A refused refund, with what the merchant can do about it."""
    kind = provider.AlreadyAsked if error.code in _ALREADY_ASKED else provider.Refused
    return kind(str(error), codes.refund_advice(error.code, error.text), error.code)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except errors.BankTemporaryError as error:
        raise provider.Unavailable(str(error), code=error.code) from error
    except (errors.BankOutcomeUnknown, errors.BankAnswerRefused) as error:
        raise provider.Unsure(str(error), code=error.code) from error
    except errors.BankConfigurationError as error:
        raise provider.Misconfigured(str(error), code=error.code) from error
    except errors.BankRequestError as error:  # our mistake, in words a customer can do nothing with
        raise provider.Refused(str(error), code=error.code) from error
    except errors.BankRefusal as error:
        raise provider.Refused(str(error), error.text, error.code) from error
