"""The services the bank offers at its Order address, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dev.bank.codes import Refusal, describe
from dev.bank.create import create_order
from dev.bank.maintain import maintain_order
from dev.bank.queries import query_orders, query_payment, query_uncaptured, query_wallet_orders
from dev.bank.reports import query_allotments, query_bill

if TYPE_CHECKING:
    from dev.bank.bank import Bank

SERVICES: dict[str, Callable[[Bank, dict[str, Any]], dict[str, Any]]] = {
    "OrderCreate": create_order,
    "OrderPayQuery": query_payment,
    "OrderQuery": query_orders,
    "OrderMaintain": maintain_order,
    "OrderUnCapturedQuery": query_uncaptured,
    "WalletPayOrderQuery": query_wallet_orders,
    "BillQuery": query_bill,
    "AllotQuery": query_allotments,
}


def serve(bank: Bank, service: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Do what is asked and return the answer's fields, nulls left out. Raises Refusal."""
    code = bank.faults.take_code(service)
    if code is not None:
        raise Refusal(code)
    with bank.lock:
        answer = SERVICES[service](bank, fields)
    answer["Description"] = describe(answer["Description"])
    return {name: _without_nulls(value) for name, value in answer.items() if value is not None}


def refusal(bank: Bank, code: str, fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a failure: what was asked about, Status F and the code."""
    echoed = {name: str(fields[name]) for name in ("OrderNo", "Command", "PayToken") if fields.get(name)}
    return {"ShopNo": bank.shop_no, **echoed, "Status": "F", "Description": describe(code)}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_without_nulls(inner) for inner in value]
    return value
