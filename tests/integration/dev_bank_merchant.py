"""A merchant for tests of the stand-in bank: knows its protocol by the cipher alone, and is called back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from werkzeug.wrappers import Request, Response

from dev.bank import API_PATH, Bank, BankConfig, create_app
from dev.bank.account import Account
from dev.serve import Server
from payments.sinopac import cipher

ACCOUNT = Account()
HASH_ID = cipher.hash_id(ACCOUNT.a1, ACCOUNT.a2, ACCOUNT.b1, ACCOUNT.b2)
QUICK: dict[str, Any] = {"notify_delay_seconds": 0.0, "refund_seconds": 300.0}
PATIENCE = 5.0
"""Seconds a test waits for what happens in another thread."""


class _FromAddress(HTTPAdapter):
    """Calls out from one given address of this machine."""

    def __init__(self, address: str) -> None:
        self._address = address
        super().__init__()

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, **named, source_address=(self._address, 0))


class Merchant:
    """Nonce and Order calls, and the bank's control addresses."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = requests.Session()
        self.http.headers["X-KeyID"] = ACCOUNT.key_id

    def close(self) -> None:
        self.http.close()

    def call_from(self, address: str) -> None:
        """From now on call from another loopback address."""
        self.http.mount("http://", _FromAddress(address))

    def nonce(self, shop_no: str = ACCOUNT.shop_no) -> str:
        answer = self.http.post(f"{self.url}{API_PATH}/Nonce", json={"ShopNo": shop_no}, timeout=5)
        assert answer.status_code == 200
        return str(answer.json()["Nonce"])

    def envelope(self, service: str, fields: dict[str, Any], nonce: str | None = None) -> dict[str, str]:
        nonce = nonce or self.nonce()
        content = {"ShopNo": ACCOUNT.shop_no, **fields}
        return {
            "Version": "1.0.0",
            "ShopNo": ACCOUNT.shop_no,
            "APIService": service,
            "Sign": cipher.sign(content, nonce, HASH_ID),
            "Nonce": nonce,
            "Message": cipher.encrypt(content, nonce, HASH_ID),
        }

    def send(self, envelope: dict[str, Any]) -> requests.Response:
        return self.http.post(f"{self.url}{API_PATH}/Order", json=envelope, timeout=5)

    def call(self, service: str, **fields: Any) -> dict[str, Any]:
        """The opened and verified answer of one service."""
        answer = self.send(self.envelope(service, fields))
        assert answer.status_code == 200
        return cipher.open_envelope(answer.json(), HASH_ID, service=service, shop_no=ACCOUNT.shop_no)

    def create(self, order_no: str, pay_type: str = "C", **fields: Any) -> dict[str, Any]:
        return self.call("OrderCreate", **order_fields(order_no, pay_type, **fields))

    def row(self, order_no: str) -> dict[str, Any]:
        """The order's row in OrderQuery."""
        [row] = self.call("OrderQuery", OrderNo=order_no)["OrderList"]
        return dict(row)

    def maintain(self, order_no: str, command: str, **fields: Any) -> dict[str, Any]:
        return self.call("OrderMaintain", OrderNo=order_no, Command=command, **fields)

    def result(self, token: str | None) -> dict[str, Any]:
        """The TSResultContent of a PayToken."""
        return dict(self.call("OrderPayQuery", PayToken=token)["TSResultContent"])

    def control(self, path: str, **body: Any) -> dict[str, Any]:
        answer = self.http.post(f"{self.url}/control/{path}", json=body, timeout=5)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def fault(self, name: str, times: int | None = 1, **body: Any) -> None:
        self.control("faults", name=name, times=times, **body)

    def notifications(self) -> list[dict[str, Any]]:
        return list(self.http.get(f"{self.url}/control/notifications", timeout=5).json()["notifications"])


@dataclass
class Shop:
    """Takes BackendURL and ReturnURL posts; `answers` are given in turn, the last one for ever."""

    answers: list[tuple[int, str]] = field(default_factory=lambda: [(200, '{"Status":"S"}')])
    backend: list[dict[str, Any]] = field(default_factory=list)
    returned: list[dict[str, str]] = field(default_factory=list)
    content_types: list[str] = field(default_factory=list)
    url: str = ""
    _news: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, environ: Any, start_response: Any) -> Any:
        request = Request(environ)
        if request.method != "POST":
            return Response(status=404)(environ, start_response)
        with self._news:
            self.content_types.append(request.mimetype)
            if request.path == "/return":
                self.returned.append(request.form.to_dict())
                response = Response("<h1 id=shop>shop</h1>", mimetype="text/html")
            else:
                self.backend.append(request.get_json())
                status, text = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                response = Response(text, status, {"Location": "/elsewhere"})
            self._news.notify_all()
        return response(environ, start_response)

    def wait_for(self, calls: int) -> list[str]:
        """The PayTokens of the BackendURL calls, once there are so many."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.backend) >= calls, PATIENCE)
            return [str(call["PayToken"]) for call in self.backend]

    def urls(self) -> dict[str, str]:
        return {"ReturnURL": f"{self.url}/return", "BackendURL": f"{self.url}/backend"}


def order_fields(order_no: str, pay_type: str = "C", **fields: Any) -> dict[str, Any]:
    """A sound OrderCreate of NT$404."""
    sections: dict[str, dict[str, Any]] = {
        "A": {"ATMParam": {"ExpireDate": taiwan_day(3)}},
        "C": {"CardParam": {"AutoBilling": "Y"}},
        "M": {"MobileParam": {}},
        "W": {"WalletParam": {"PayTypeSub": "Line"}},
    }
    return {
        "OrderNo": order_no,
        "Amount": 40400,
        "CurrencyID": "TWD",
        "PrdtName": "阿里山高山茶",
        "ReturnURL": "https://shop.invalid/return",
        "PayType": pay_type,
        **sections.get(pay_type, {}),
        **fields,
    }


def taiwan_day(days: int = 0) -> str:
    return (datetime.now(UTC) + timedelta(hours=8, days=days)).strftime("%Y%m%d")


@contextmanager
def bank_and_merchant(**settings: Any) -> Iterator[tuple[Bank, Merchant]]:
    """A served bank and a merchant that calls it."""
    with Bank(BankConfig(**{**QUICK, **settings})) as bank, Server(create_app(bank)) as server:
        merchant = Merchant(server.url)
        yield bank, merchant
        merchant.close()


@contextmanager
def served_shop() -> Iterator[Shop]:
    """A shop at an address of its own."""
    shop = Shop()
    with Server(shop) as server:
        shop.url = server.url
        yield shop
