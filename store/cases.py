"""Cases: what needs a human, kept until somebody closes it and says why."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from store.db import Transaction, sql
from store.text import storable_json


class Kind(StrEnum):
    """Why a human is needed."""

    REFUND_DUE = "refund_due"
    AMOUNT_MISMATCH = "amount_mismatch"
    BANK_DISAGREES = "bank_disagrees"
    PAYMENT_STUCK = "payment_stuck"
    BANK_MISCONFIGURED = "bank_misconfigured"
    WAITING_FOR_HUMAN = "waiting_for_human"
    RETURN_ASKED = "return_asked"


def open_case(
    tx: Transaction, kind: Kind, order_id: int | None, reference: str, data: dict[str, Any] | None = None
) -> None:
    """Open a case about a thing (`reference`: the bank's number, say); found again it stays one case."""
    sql.case_open(
        tx.connection, kind=kind, order_id=order_id, reference=reference, data=storable_json(data or {})
    )


def add_to_case(
    tx: Transaction, kind: Kind, order_id: int, reference: str, data: dict[str, Any] | None = None
) -> None:
    """Open a case, or note something new about the one that is open."""
    sql.case_note(
        tx.connection, kind=kind, order_id=order_id, reference=reference, data=storable_json(data or {})
    )


def close(tx: Transaction, kind: Kind, reference: str, actor: str, why: str) -> bool:
    """What the case was about has come to an end; False where none was open."""
    return bool(
        sql.cases_close(tx.connection, kind=kind, reference=reference, closed_by=actor, resolution=why)
    )
