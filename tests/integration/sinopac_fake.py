"""A small fake of the bank that answers as it is told, for the tests of the client."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from wsgiref.util import shift_path_info

from werkzeug.wrappers import Request, Response

from dev.serve import Server
from payments.sinopac import cipher
from payments.sinopac.client import SinopacAccount, SinopacClient
from payments.sinopac.orders import CardPayment, NewOrder

SHOP = "BA0026_001"
KEY = "17D8E6558DC60E702A6B57E1B9B7060D"
KEY_ID = "11111111-2222-3333-4444-555555555555"
PAGE = "https://sandbox.sinopac.com/QPay.WebPaySite/Bridge/PayCard?TD=BA002600000001&TK=1"
TOKEN = "a" * 64
ORDER = NewOrder(
    "C1", 500, "高山茶", "https://shop.example/return", "https://shop.example/backend", CardPayment()
)
CREATED = {
    "OrderNo": "C1",
    "ShopNo": SHOP,
    "TSNo": "BA002600000001",
    "Amount": 50000,
    "PayType": "C",
    "Status": "S",
    "Description": "S0000 – 處理成功",
    "CardParam": {"CardPayURL": PAGE},
}
Answer = dict[str, Any] | Response | Callable[[], Response]


class FakeBank:
    """Answers from a list, one after the other (the last for ever): fields to seal, or a ready response."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.nonce_answer: Callable[[], Response] | None = None
        self.questions: list[tuple[str, dict[str, Any]]] = []
        self.nonces: list[str] = []
        self.heads: list[tuple[str, str, str]] = []
        self._fresh: set[str] = set()
        self._lock = threading.Lock()

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self._answer(Request(environ))(environ, start_response)

    def _answer(self, request: Request) -> Response:
        body = json.loads(request.get_data())
        with self._lock:
            self.heads.append((request.path, request.headers["X-KeyID"], request.headers["Content-Type"]))
            if request.path == "/api/Nonce":
                if self.nonce_answer is not None:
                    return self.nonce_answer()
                self.nonces.append(f"nonce-{len(self.nonces)}")
                self._fresh.add(self.nonces[-1])
                return as_json({"Nonce": self.nonces[-1]})
            service = body["APIService"]
            fields = cipher.open_envelope(body, KEY, service=service, shop_no=SHOP)
            self._fresh.remove(body["Nonce"])  # an unknown or used nonce ends in HTTP 500
            self.questions.append((service, fields))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, dict):
            return as_json(cipher.seal(service, SHOP, answer, f"answer-{body['Nonce']}", KEY))
        return answer if isinstance(answer, Response) else answer()


def as_json(body: Any, status: int = 200) -> Response:
    """A plain JSON answer."""
    return Response(json.dumps(body), status, content_type="application/json; charset=utf-8")


def failed(code: str) -> dict[str, Any]:
    """The fields of a failure."""
    return {"ShopNo": SHOP, "Status": "F", "Description": f"{code} – 文字"}


def account_of(url: str, **changes: Any) -> SinopacAccount:
    """The documentation's shop at a bank of this address."""
    return SinopacAccount(**{"shop_no": SHOP, "hash_id": KEY, "key_id": KEY_ID, "api_url": url, **changes})


@dataclass(frozen=True)
class Talk:
    """A fake bank that is being served, and a client of it."""

    bank: FakeBank
    client: SinopacClient


Begin = Callable[..., Talk]


class Street:
    """Many fake banks behind one server, because closing a server costs half a second."""

    def __init__(self) -> None:
        self.url = ""
        self._banks: dict[str, FakeBank] = {}

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self._banks[str(shift_path_info(environ))](environ, start_response)

    def open_bank(
        self, answers: Iterable[Answer], time_limits: tuple[float, float], changes: dict[str, Any]
    ) -> Talk:
        """A new bank of these answers; `changes` are the account's."""
        number = str(len(self._banks))
        self._banks[number] = bank = FakeBank(*answers)
        account = account_of(f"{self.url}/{number}/api", **changes)
        return Talk(bank, SinopacClient(account, time_limits=time_limits))


@contextmanager
def open_street() -> Iterator[Street]:
    """A street that is being served."""
    street = Street()
    with Server(street) as server:
        street.url = server.url
        yield street
