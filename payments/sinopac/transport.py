"""One call of the bank: a new nonce, the sealed request, the verified answer, every failure as a BankError.

Source: Bank SinoPac, 豐收款 API 開發規格書 V2.4, chapters 4, 5 and 10.4 (the gateway's own errors).
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar

import requests
import structlog
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError

from payments.breaker import Breaker
from payments.sinopac import cipher, codes
from payments.sinopac.errors import (
    BankAnswerRefused,
    BankConfigurationError,
    BankError,
    BankOutcomeUnknown,
    BankRequestError,
    BankTemporaryError,
)
from payments.sinopac.wire import is_safe_url
from store import metrics
from store.metrics import meter

TIME_LIMITS = (5.0, 15.0)
"""Seconds to connect, and seconds without a byte of the answer. The bank names none."""

_CONNECTIONS = 16
_CHANGING_SERVICES = frozenset(
    {"OrderCreate", "OrderMaintain", "OrderBack", "OfflineCreate", "CardBindCreate"}
)
_ENVELOPE_MARKS = frozenset({"Nonce", "Sign"})
_GATEWAY = {
    401: "the bank's gateway does not accept SINOPAC_KEY_ID (wrong, or older than two years)",
    403: "the bank's gateway does not know this path; its upper and lower case matter: SINOPAC_API_URL",
    404: "the bank's gateway does not know this path: SINOPAC_API_URL",
    405: "the bank's gateway does not take POST here: SINOPAC_API_URL",
    407: "the outgoing proxy wants a log-in: SINOPAC_PROXY_URL",
    415: "the bank's gateway does not take JSON here: SINOPAC_API_URL",
    499: "the bank does not know the address this call came from; report it, or set SINOPAC_PROXY_URL",
}

_T = TypeVar("_T")
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SinopacAccount:
    """A shop's account at the bank. `api_url` reaches up to and including `/api`.

    Raises ValueError naming what is wrong. Secrets stay out of its repr.
    """

    shop_no: str
    hash_id: str = field(repr=False)
    key_id: str = field(repr=False)
    api_url: str
    proxy_url: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name in ("shop_no", "key_id", "api_url"):
            object.__setattr__(self, name, getattr(self, name).strip())
        object.__setattr__(self, "api_url", self.api_url.rstrip("/"))
        for name, value in (("shop_no", self.shop_no), ("key_id", self.key_id)):
            if not value or not value.isascii() or not value.isprintable() or " " in value:
                raise ValueError(f"{name} must be printable ASCII without blanks")
        if not is_safe_url(self.api_url):
            raise ValueError("api_url must be an https address")

    @classmethod
    def from_hash_values(
        cls,
        shop_no: str,
        *,
        a1: str,
        a2: str,
        b1: str,
        b2: str,
        key_id: str,
        api_url: str,
        proxy_url: str | None = None,
    ) -> SinopacAccount:
        """The account from the four hash values as the bank issues them."""
        return cls(shop_no, cipher.hash_id(a1, a2, b1, b2), key_id, api_url, proxy_url)


class Transport:
    """Calls services of the bank; safe to share between threads.

    `time_limits` are seconds to connect and to wait for the next byte. With a `breaker` a bank that does not
    answer is left alone for a while: calls then fail at once, as BankTemporaryError. A session that is not
    given takes its proxy from the account alone: the bank binds a nonce to the address it was fetched from,
    so no variable of the environment may send calls another way.
    """

    def __init__(
        self,
        account: SinopacAccount,
        *,
        time_limits: tuple[float, float] = TIME_LIMITS,
        session: requests.Session | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self._account = account
        self._breaker = breaker
        self._time_limits = time_limits
        self._session = session or _new_session()
        self._headers = {"X-KeyID": account.key_id}
        proxy = account.proxy_url
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}

    @property
    def shop_no(self) -> str:
        """The shop's number at the bank."""
        return self._account.shop_no

    def close(self) -> None:
        """Close the connections that are kept open."""
        self._session.close()

    def fetch_nonce(self) -> str:
        """A nonce: valid for 60 seconds, for one call, from this address. Raises BankError."""
        return self._exchange("Nonce", {"ShopNo": self.shop_no}, _read_nonce)

    def call(self, service: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The verified fields of the answer to `fields`, to which ShopNo is added. Raises BankError.

        A refused nonce is replaced once; nothing else is repeated.
        """
        message = {"ShopNo": self.shop_no, **fields}
        if self._breaker is None:
            return self._call(service, message)
        if seconds := self._breaker.wait_seconds():
            raise BankTemporaryError(f"the bank does not answer and is left alone for {seconds:.0f} s")
        try:
            answer = self._call(service, message)
        except BankError as error:
            (self._breaker.unanswered if _is_silence(error) else self._breaker.answered)()
            raise
        except BaseException:
            self._breaker.answered()
            raise
        self._breaker.answered()
        return answer

    def _call(self, service: str, message: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return self._call_once(service, message)
        except BankTemporaryError as error:
            if error.code not in codes.NONCE_CODES:
                raise
        return self._call_once(service, message)

    def _call_once(self, service: str, message: Mapping[str, Any]) -> dict[str, Any]:
        nonce = self.fetch_nonce()
        try:
            sealed = cipher.seal(service, self.shop_no, message, nonce, self._account.hash_id)
        except ValueError as error:
            raise BankRequestError(str(error)) from error

        def read(response: requests.Response) -> tuple[dict[str, Any], str]:
            return self._read_answer(service, response)

        return self._exchange(service, sealed, read)

    def _exchange(
        self,
        service: str,
        body: Mapping[str, Any],
        read: Callable[[requests.Response], tuple[_T, str]],
    ) -> _T:
        started = time.monotonic()
        status, code = None, ""
        try:
            response = self._post(service, body)
            status = response.status_code
            answer, code = read(response)
        except BankError as error:
            code = error.code or type(error).__name__
            raise
        else:
            return answer
        finally:
            seconds = time.monotonic() - started
            meter.time(metrics.BANK_CALLS, seconds, service=service, code=code)
            _log.info(
                "bank call",
                service=service,
                code=code,
                http_status=status,
                milliseconds=round(seconds * 1000),
            )

    def _post(self, service: str, body: Mapping[str, Any]) -> requests.Response:
        endpoint = "Nonce" if service == "Nonce" else "Order"
        try:
            return self._session.post(
                f"{self._account.api_url}/{endpoint}",
                json=body,
                headers=self._headers,
                timeout=self._time_limits,
                proxies=self._proxies,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise _network_failure(error, effect=service in _CHANGING_SERVICES) from error

    def _read_answer(self, service: str, response: requests.Response) -> tuple[dict[str, Any], str]:
        effect = service in _CHANGING_SERVICES
        body = _json_object(response, effect=effect)
        try:
            fields = cipher.open_envelope(body, self._account.hash_id, service=service, shop_no=self.shop_no)
        except cipher.EnvelopeError as error:
            raise BankAnswerRefused(f"{service}: {error}") from error
        code, text = codes.split_description(fields.get("Description"))
        if fields.get("Status") == "F":
            raise codes.failure(code, text, effect=effect)
        if fields.get("Status") != "S":
            raise BankAnswerRefused(f"{service}: Status must be S or F")
        return fields, code


def _is_silence(error: BankError) -> bool:
    """Whether the bank was not there to answer: no connection, no answer, its maintenance, its error page."""
    silent = isinstance(error, BankTemporaryError | BankOutcomeUnknown)
    return silent and (not error.code or error.code == codes.MAINTENANCE or error.code.startswith("HTTP"))


def _new_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    # Cookies mean nothing to this API, and the jar is the one part of a session that threads may break.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(pool_connections=2, pool_maxsize=_CONNECTIONS, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _read_nonce(response: requests.Response) -> tuple[str, str]:
    nonce = _json_object(response, effect=False).get("Nonce")
    if not isinstance(nonce, str) or not nonce or not nonce.isascii():
        raise BankTemporaryError("the bank's answer holds no nonce")
    return nonce, codes.SUCCESS


def _json_object(response: requests.Response, *, effect: bool) -> dict[str, Any]:
    """The JSON object of a 200. A failure in plain JSON, whatever its HTTP status, is raised by its code."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = None
    if isinstance(body, dict):
        if response.status_code == requests.codes.ok and not _ENVELOPE_MARKS.isdisjoint(body):
            return body
        code, text = codes.split_description(body.get("Description"))
        if code[:1] in {"E", "M"}:
            raise codes.failure(code, text, effect=effect)
    raise _http_failure(response.status_code, effect=effect)


def _http_failure(status: int, *, effect: bool) -> BankError:
    code = f"HTTP {status}"
    if status in _GATEWAY:
        return BankConfigurationError(_GATEWAY[status], code)
    if 300 <= status < 400:
        return BankConfigurationError("the bank's address has moved: SINOPAC_API_URL", code)
    if status == requests.codes.too_many_requests:
        return BankTemporaryError("the bank wants fewer calls", code)
    if 400 <= status < 500 and status != requests.codes.request_timeout:
        return BankRequestError("the bank's gateway does not accept the request", code)
    if effect:
        return BankOutcomeUnknown("the bank gave no answer of its own; the order may have changed", code)
    return BankTemporaryError("the bank gave no answer of its own", code)


def _network_failure(error: requests.RequestException, *, effect: bool) -> BankError:
    """What a failed exchange means. The error's own text may hold addresses, so it is not repeated."""
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return BankConfigurationError("SINOPAC_API_URL or SINOPAC_PROXY_URL is no address")
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if reason is not None and reason.args and isinstance(reason.args[0], ssl.SSLCertVerificationError):
        return BankConfigurationError("the certificate of the bank's address is not trusted: SINOPAC_API_URL")
    if isinstance(error, requests.exceptions.ProxyError):
        return BankTemporaryError("no connection through the outgoing proxy: SINOPAC_PROXY_URL")
    if isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError):
        return BankTemporaryError("no connection to the bank")
    if effect:
        return BankOutcomeUnknown("the connection was lost; the order may have changed")
    return BankTemporaryError("the connection to the bank was lost")
