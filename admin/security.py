"""What keeps strangers out: cookies, tokens against forged forms, headers, whose address it is."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from typing import Any
from urllib.parse import urlsplit

from flask import Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer

from store.web import secure

HSTS_SECONDS = 31_536_000
FLASH_SECONDS = 300
_LOOPBACK = ("127.0.0.1", "localhost", "::1", "[::1]")


class Guard:
    """Cookies and tokens of one console.

    Over https the cookies carry the `__Host-` prefix (RFC 6265bis, 4.1.3.2): no other host can set
    them. Cookies over plain http exist on a loopback address only; anywhere else they are Secure.
    """

    def __init__(self, public_url: str, secret_key: str) -> None:
        parts = urlsplit(public_url)
        self._https = parts.scheme == "https"
        self._secure = self._https or parts.hostname not in _LOOPBACK
        prefix = "__Host-" if self._secure else ""
        self._cookie, self._flash = f"{prefix}console", f"{prefix}console-said"
        self._key = secret_key.encode()
        self._flashes = URLSafeTimedSerializer(secret_key, salt="console flash")

    def token(self, request: Request) -> str:
        """The random token of this browser, or an empty string."""
        token = request.cookies.get(self._cookie, "")
        return token if len(token) == 43 and token.isascii() else ""

    def new_token(self) -> str:
        """A token nobody can guess: 256 random bits."""
        return secrets.token_urlsafe(32)

    def keep(self, response: Response, token: str) -> None:
        """Give the token to the browser, until it is closed."""
        self._set(response, self._cookie, token)

    def form_token(self, token: str) -> str:
        """What a form of this browser must carry: bound to the cookie, worthless without it."""
        return hmac.digest(self._key, b"console form:" + token.encode(), "sha256").hex()

    def is_own_form(self, request: Request, token: str) -> bool:
        """Whether the form was made by the console for this browser."""
        given = request.form.get("_token", "")
        return bool(token) and hmac.compare_digest(given.encode(), self.form_token(token).encode())

    def digest(self, words: str) -> bytes:
        """A keyed hash of something personal that only needs to be recognised."""
        return hmac.digest(self._key, b"console key:" + words.encode("utf-8", "surrogatepass"), "sha256")

    def say_later(self, response: Response, said: list[tuple[str, str]]) -> None:
        """Keep (tone, words) for the next page."""
        self._set(response, self._flash, str(self._flashes.dumps(said)))

    def said(self, request: Request) -> list[tuple[str, str]]:
        """What is to be said on this page."""
        try:
            said: list[Any] = self._flashes.loads(request.cookies.get(self._flash, ""), max_age=FLASH_SECONDS)
        except BadSignature:
            return []
        return [(str(tone), str(words)) for tone, words in said]

    def forget_said(self, request: Request, response: Response) -> None:
        """It has been said."""
        if self._flash in request.cookies:
            response.delete_cookie(self._flash, secure=self._secure, httponly=True, samesite="Lax")

    def protect(self, response: Response) -> Response:
        """The headers of every answer."""
        if self._https:
            response.headers["Strict-Transport-Security"] = f"max-age={HSTS_SECONDS}"
        return secure(response)

    def _set(self, response: Response, name: str, value: str) -> None:
        response.set_cookie(name, value, secure=self._secure, httponly=True, samesite="Lax", path="/")


def client_address(request: Request) -> str:
    """The address of the browser.

    A router in front (Heroku's, say) calls from a private address and appends the browser's to
    X-Forwarded-For; from anybody else that header is hearsay.
    """
    peer = request.remote_addr or ""
    try:
        private = ipaddress.ip_address(peer).is_private
    except ValueError:
        return peer
    forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    return forwarded[:64] if private and forwarded else peer


def safe_path(path: str) -> str:
    """Where to go after the log-in: a page of the console, never elsewhere."""
    own = path.startswith("/admin/") and "\\" not in path and all(" " < c < "\x7f" for c in path)
    return path if own and not path.startswith("/admin/login") else ""
