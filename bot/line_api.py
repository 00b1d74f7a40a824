"""LINE's Messaging API, as far as the shop calls it: line-bot-sdk's transport with bodies of our own.

The SDK's request models drop Flex properties they do not know without a word, and take fifty times as
long as `json.dumps`; its low-level `ApiClient` sends a ready dict and keeps its errors and its pool.
Importing the SDK takes most of a second: whoever only wants the exceptions finds them in `bot.errors`.
"""

from __future__ import annotations

import copy
import functools
import json
import threading
import time
from typing import Any
from uuid import UUID

import structlog
from linebot.v3.messaging import ApiClient, Configuration
from linebot.v3.messaging.exceptions import ApiException
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from bot.errors import (
    AlreadyAccepted,
    LineError,
    LineTimeout,
    LineUnavailable,
    NotAllowed,
    QuotaExhausted,
    RateLimited,
    Rejected,
    ReplyTokenInvalid,
    TargetGone,
)
from store import metrics
from store.metrics import meter

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 3.0
READ_SECONDS = 15.0
_REFUSALS: dict[int, type[LineError]] = {
    401: NotAllowed,
    403: NotAllowed,
    404: TargetGone,
    429: RateLimited,
}

Message = dict[str, Any]
"""A message object as LINE's reference describes it, ready to become JSON."""


class LineApi:
    """One channel at LINE, for all threads of a process.

    Nothing is opened before the first call, so it may be made before a fork. `connections` is how many
    calls may run at once without opening a connection for one use. Every method raises `LineError`.
    """

    def __init__(
        self,
        token: str,
        api_url: str = "https://api.line.me",
        *,
        connections: int = 8,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
    ) -> None:
        self._token, self._url, self._connections = token, api_url, connections
        self._time_limits = (connect_seconds, read_seconds)
        self._opening = threading.Lock()

    def reply(self, reply_token: str, messages: list[Message]) -> str:
        """Answer an event with one to five messages, free of charge; LINE's request id.

        This endpoint takes no retry key (Messaging API reference, "Send reply message").
        """
        body = {"replyToken": reply_token, "messages": messages}
        return self.call("reply", "POST", "/v2/bot/message/reply", body)[1]

    def push(self, to: str, messages: list[Message], retry_key: UUID) -> str:
        """Send one to five messages, counted as one against the month's quota; LINE's request id.

        LINE does a push once for a `retry_key`, which it remembers for 24 hours; when this one was done
        before, the request id is the earlier one's (reference, "Retry failed API requests").
        """
        body = {"to": to, "messages": messages}
        try:
            return self.call("push", "POST", "/v2/bot/message/push", body, retry_key=retry_key)[1]
        except AlreadyAccepted as accepted:
            return accepted.request_id

    def multicast(self, to: list[str], messages: list[Message], retry_key: UUID) -> str:
        """Send the same one to five messages to up to 500 users, counted as one for each; LINE's request id.

        LINE does it once for a `retry_key`, as with a push; who has left or blocked us costs nothing and is
        no error (reference, "Send multicast message").
        """
        body = {"to": to, "messages": messages}
        try:
            return self.call("multicast", "POST", "/v2/bot/message/multicast", body, retry_key=retry_key)[1]
        except AlreadyAccepted as accepted:
            return accepted.request_id

    def within(self, seconds: float) -> LineApi:
        """The same connections with this time limit, for connecting and for an answer: somebody waits."""
        self._opened()
        hurried = copy.copy(self)
        hurried._time_limits = (seconds, seconds)
        return hurried

    def profile(self, user_id: str) -> dict[str, Any]:
        """A user's `displayName`, `language` and picture. Raises `TargetGone` for one who blocked us."""
        return self.call("profile", "GET", "/v2/bot/profile/{userId}", path={"userId": user_id})[0]

    def show_loading(self, user_id: str, seconds: int = 20) -> None:
        """Show the typing animation in a customer's open chat for 5, 10, … 60 seconds or until an answer."""
        body = {"chatId": user_id, "loadingSeconds": seconds}
        self.call("loading", "POST", "/v2/bot/chat/loading/start", body)

    def quota(self) -> int | None:
        """How many messages may be pushed this month; None when there is no limit."""
        answer = self.call("quota", "GET", "/v2/bot/message/quota")[0]
        return int(answer.get("value", 0)) if answer.get("type") == "limited" else None

    def quota_used(self) -> int:
        """How many messages of this month's quota are used up, roughly."""
        answer = self.call("quota_used", "GET", "/v2/bot/message/quota/consumption")[0]
        return int(answer.get("totalUsage", 0))

    def mark_as_read(self, token: str) -> None:
        """Show "read" beside what a customer wrote, by its `markAsReadToken`; only where Chat is on."""
        self.call("mark_as_read", "POST", "/v2/bot/chat/markAsRead", {"markAsReadToken": token})

    def bot_info(self) -> dict[str, Any]:
        """The account behind the token: `displayName`, `basicId`, `userId`."""
        return self.call("bot_info", "GET", "/v2/bot/info")[0]

    def call(
        self,
        endpoint: str,
        method: str,
        resource: str,
        body: dict[str, Any] | bytes | None = None,
        *,
        path: dict[str, str] | None = None,
        retry_key: UUID | None = None,
        content_type: str = "application/json",
        binary: bool = False,
    ) -> tuple[dict[str, Any], str]:
        """Call LINE once and log that it was done; the answer's JSON and the request id.

        `endpoint` is its name in the log, `resource` its path with `{names}` that `path` fills in. The
        answer of a `binary` endpoint is not JSON and is thrown away.
        """
        headers = {"Content-Type": content_type, "Accept": "*/*" if binary else "application/json"}
        if retry_key is not None:
            headers["X-Line-Retry-Key"] = str(retry_key)
        started, status, request_id = time.perf_counter(), 0, ""
        try:
            answer = self._opened().call_api(
                resource,
                method,
                path_params=path,
                header_params=headers,
                body=body,
                response_types_map={"200": "bytearray"} if binary else {},
                _request_timeout=self._time_limits,
            )
            status, request_id = answer.status_code, answer.headers.get("x-line-request-id", "")
            return {} if binary else _parse(answer.raw_data), request_id
        except ApiException as error:
            status, request_id = error.status, (error.headers or {}).get("x-line-request-id", "")
            raise _refusal(error) from error
        except (NewConnectionError, ConnectTimeoutError) as error:
            raise LineUnavailable(f"no connection ({type(error).__name__})") from error
        except (HTTPError, UnicodeDecodeError) as error:
            raise LineTimeout(f"no answer ({type(error).__name__})") from error
        finally:
            seconds = time.perf_counter() - started
            meter.time(metrics.LINE_CALLS, seconds, endpoint=endpoint, status=str(status))
            log.info(
                "line_api_call",
                endpoint=endpoint,
                status=status,
                ms=round(seconds * 1000, 1),
                request_id=request_id,
            )

    def _opened(self) -> ApiClient:
        with self._opening:
            return self._open_client

    @functools.cached_property
    def _open_client(self) -> ApiClient:
        configuration = Configuration(host=self._url, access_token=self._token)
        configuration.connection_pool_maxsize = self._connections
        # urllib3 would try again by itself; whether that is right only the caller knows.
        configuration.retries = False
        return _Client(configuration)


class _Client(ApiClient):  # type: ignore[misc]
    """The SDK's client for what is ready to become JSON."""

    def sanitize_for_serialization(self, obj: Any) -> Any:
        """As it is: the SDK would look for its own models in every corner of a message."""
        return obj


def _parse(text: str) -> dict[str, Any]:
    try:
        answer = json.loads(text or "{}")
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _refusal(error: ApiException) -> LineError:
    """What LINE's answer means (Messaging API reference, "Status codes" and "Error responses")."""
    if error.status == 0:  # the SDK's word for trouble with TLS, which may come after the request was sent
        return LineUnavailable("no secure connection", may_have_arrived=True)
    if error.status >= 500:
        return LineUnavailable(f"LINE answered {error.status}", may_have_arrived=True)
    if error.status == 409:
        return AlreadyAccepted(error.headers.get("x-line-accepted-request-id", ""))
    answer = _parse(error.body)
    words = str(answer.get("message", ""))[:200]
    kind = _REFUSALS.get(error.status, Rejected)
    if error.status == 400 and words == "Invalid reply token":
        kind = ReplyTokenInvalid
    elif error.status == 429 and "monthly limit" in words:
        kind = QuotaExhausted
    return kind(f"LINE answered {error.status}: {words}{_properties(answer.get('details'))}")


def _properties(details: Any) -> str:
    """The names of the properties LINE complains about, in brackets; their values stay out of the logs."""
    entries = details if isinstance(details, list) else []
    names = [str(entry["property"]) for entry in entries if isinstance(entry, dict) and "property" in entry]
    return f" [{', '.join(names)}]"[:300] if names else ""
