"""Asking the provider in the words of a job: what went wrong becomes "later", or a case for a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from payments.provider import Misconfigured, Provider, ProviderError, Refused, Standing
from payments.records import Payment
from store import cases
from store.db import Database
from store.queue.policy import Later


class Doubt(Later):
    """The provider's answer contradicts what was agreed with it; it is asked again before it counts."""

    def __init__(self, why: str, reference: str) -> None:
        super().__init__(why, facts={"doubted": True})
        self.reference = reference


class Teller:
    """A provider, and the database that remembers what only a person can mend about it."""

    def __init__(self, db: Database, provider: Provider) -> None:
        self._db, self.provider = db, provider

    @contextmanager
    def patience(self) -> Iterator[None]:
        """Put a job off when the provider fails it inside; a refusal is an answer and goes through.

        An account that is wrong is a case, once, however many jobs find it so.
        """
        try:
            yield
        except Refused:
            raise
        except ProviderError as error:
            if isinstance(error, Misconfigured):
                reference, facts = error.code or "?", {"error": str(error)}
                kind = cases.Kind.BANK_MISCONFIGURED
                self._db.transaction(lambda tx: cases.open_case(tx, kind, None, reference, facts))
            raise Later(str(error)) from error

    def ask(self, payment: Payment) -> Standing | None:
        """How an attempt stands at the provider; None when it is not known there.

        Raises `Later` when that cannot be learnt now, and its kind `Doubt` when the answer is about something
        else than was agreed.
        """
        with self.patience():
            try:
                standing = self.provider.find(payment.provider_order_no, payment.kind)
            except Refused as error:  # a question cannot be refused for good
                raise Later(str(error)) from error
        if standing is None:
            return None
        if not payment.is_meant(standing.reference, method_matches=standing.method_matches):
            raise Doubt("the bank's order is another one", standing.reference)
        if standing.amount != payment.amount:
            raise Doubt("the bank's order is of another amount", standing.reference)
        return standing
