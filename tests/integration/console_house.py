"""A console for tests: its application, its people, and a browser that sends forms as a person would."""

from __future__ import annotations

import html
import re
import secrets
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from admin import console, passwords, sessions, staff
from settings import LineSettings, Settings
from store.db import Database, Transaction
from store.orders import Order
from store.shop import Shop
from tests.factories import placed_order

PASSWORD = "a kettle on the hill"
HASH = passwords.hash_password(PASSWORD)
TOKEN = re.compile(r'name="_token" value="([0-9a-f]{64})"')


class Browser:
    """One person's browser. `post` takes the form token from a page of the console, as a form would."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get("/admin" + path, **options)

    def post(self, path: str, data: dict[str, object] | None = None, **options: Any) -> TestResponse:
        return self.client.post("/admin" + path, data={"_token": self.token(), **(data or {})}, **options)

    def upload(self, path: str, name: str, content: bytes, file_name: str = "x") -> TestResponse:
        """Send one file, its bytes in one piece: the test client would leave a temporary file open."""
        part = f'Content-Disposition: form-data; name="{name}"'
        token = f'--=\r\nContent-Disposition: form-data; name="_token"\r\n\r\n{self.token()}\r\n'
        head = f'--=\r\n{part}; filename="{file_name}"\r\n\r\n'
        body = token.encode() + head.encode() + content + b"\r\n--=--\r\n"
        return self.client.post("/admin" + path, data=body, content_type='multipart/form-data; boundary="="')

    def token(self) -> str:
        """A form token of this browser."""
        page = self.client.get("/admin/account", follow_redirects=True).get_data(as_text=True)
        found = TOKEN.search(page)
        assert found, "there is no form on the page"
        return found[1]

    def log_in(self, login: str, password: str = PASSWORD) -> TestResponse:
        return self.post("/login", {"login": login, "password": password})

    def said(self, response: TestResponse) -> str:
        """What the page after a form says."""
        page = text(self.client.get(response.headers["Location"]))
        return " ".join(re.findall(r'class="said [a-z]+" role="status">(.*?)</p>', page))


class House:
    """The console of a shop, with an owner, a clerk and somebody who only looks."""

    def __init__(self, database_url: str, public_url: str = "http://127.0.0.1:8000") -> None:
        self.db = Database(database_url)
        self.settings = Settings(
            database_url=database_url,
            public_url=public_url,
            secret_key="a-secret-for-tests",
            line=LineSettings(secrets=("s",), token="t"),
            sinopac=None,
            shop_name="山腳下小舖",
        )
        self.app = Flask("console", static_folder=None)
        self.app.register_blueprint(console.blueprint(self.db, Shop(self.settings), self.settings))
        self.ids = {
            role: self.db.transaction(lambda tx, role=role: staff.create(tx, role, f"{role}先生", HASH, role))  # type: ignore[misc]
            for role in staff.ROLES
        }

    def browser(self, role: str | None = None) -> Browser:
        """A browser, with a session of this role."""
        client = self.app.test_client()
        if role:
            token = secrets.token_urlsafe(32)
            self.db.transaction(lambda tx: sessions.start(tx, token, self.ids[role], "open"))
            client.set_cookie("console", token)
        return Browser(client)

    def run(self, statement: str, *values: object) -> list[tuple[object, ...]]:
        """The rows a statement answers, if any."""

        def work(tx: Transaction) -> list[tuple[object, ...]]:
            with tx.connection.cursor() as cursor:
                cursor.execute(statement, values)
                return list(cursor.fetchall()) if cursor.description else []

        return self.db.transaction(work)


def text(response: TestResponse) -> str:
    """A page as a person reads it: entities resolved."""
    return html.unescape(response.get_data(as_text=True))


def order_in(house: House, sku: int, status: str = "paid", method: str = "card", **columns: object) -> Order:
    """An order of one piece, put into this state and with these columns by hand."""
    order = placed_order(house.db, {sku: 1}, method)
    columns["status"] = status
    for name, value in columns.items():
        house.run(f"UPDATE orders SET {name} = %s WHERE id = %s", value, order.id)
    return order
