"""What all endpoints of the Messaging API have in common: the bearer token, the error shape, the request id,
the history of calls, and the faults on order."""

from __future__ import annotations

import hmac
import json
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Blueprint, Response, request

from dev.line.chats import Json
from dev.line.errors import ApiError
from dev.line.faults import Faults
from dev.line.ids import now_ms

KEPT_REQUESTS = 10_000
BODY_BYTES = 2_000_000


class Answer(NamedTuple):
    """What a view answers; `user` and `messages` go into the history only."""

    body: Json | Response = {}
    status: int = 200
    user: str | None = None
    messages: int = 0


class Call:
    """One call of the bot: its request id, its retry key and its body."""

    def __init__(self) -> None:
        self.request_id = str(uuid.uuid4())
        self.retry_key = request.headers.get("X-Line-Retry-Key")

    def body(self) -> Json:
        """The JSON object of the request. Raises ApiError 413, 415 or 400."""
        raw = request.get_data(cache=False)
        if len(raw) > BODY_BYTES:
            raise ApiError(413, "Payload Too Large")
        if request.mimetype != "application/json":
            raise ApiError(415, "Unsupported Media Type")
        try:
            parsed = json.loads(raw)
        except json.JSONDecodeError as error:
            where = f"(line: {error.lineno}, column: {error.colno})"
            raise ApiError(400, f"The request body could not be parsed as JSON {where}") from None
        except UnicodeDecodeError:
            raise ApiError(400, "The request body could not be parsed as JSON (line: -, column: -)") from None
        if not isinstance(parsed, dict):
            raise ApiError(400, "The request body could not be parsed as JSON (line: 1, column: 1)")
        return parsed


View = Callable[..., Answer]


class Endpoints:
    """Registers views on a blueprint, each wrapped in what LINE does around every call."""

    def __init__(self, token: str, faults: Faults) -> None:
        self.history: deque[Json] = deque(maxlen=KEPT_REQUESTS)
        self._authorization = f"Bearer {token}".encode()
        self._faults = faults

    def add(self, blueprint: Blueprint, name: str, route: str, view: View) -> None:
        """Answer `route` ("POST /v2/…") with `view(call, **path)`; `name` is for faults and history."""
        method, rule = route.split(" ")

        def answer(**path: Any) -> Response:
            return self._answer(name, view, path)

        blueprint.add_url_rule(rule, f"{name} {route}".replace(".", "-"), answer, methods=[method])

    def _answer(self, name: str, view: View, path: dict[str, Any]) -> Response:
        call = Call()
        fault = self._faults.take(name)
        if fault is not None and not fault.after_accepting:
            instead = self._faults.apply(fault)
            if instead is not None:
                return self._finish(name, call, Answer(status=instead.status_code), instead)
        answer, response = self._work(call, view, path)
        if fault is not None and fault.after_accepting:
            response = self._faults.apply(fault) or response
        return self._finish(name, call, answer, response)

    def _work(self, call: Call, view: View, path: dict[str, Any]) -> tuple[Answer, Response]:
        headers: dict[str, str] = {}
        try:
            self._authenticate()
            answer = view(call, **path)
        except ApiError as error:
            answer = Answer(error.body, error.status)
            headers = error.headers
        if isinstance(answer.body, Response):
            return answer, answer.body
        text = json.dumps(answer.body, ensure_ascii=False)
        return answer, Response(text, answer.status, headers, content_type="application/json")

    def _authenticate(self) -> None:
        given = request.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, self._authorization):
            raise ApiError(
                401,
                "Authentication failed due to the following reason: invalid token. "
                "Confirm that the access token in the authorization header is valid.",
            )

    def _finish(self, name: str, call: Call, answer: Answer, response: Response) -> Response:
        """`status` of the history is what the platform decided, even if the answer is lost on the way."""
        self.history.append(
            {
                "endpoint": name,
                "status": answer.status,
                "answered": response.status_code,
                "requestId": call.request_id,
                "retryKey": call.retry_key,
                "user": answer.user,
                "messages": answer.messages,
                "at": now_ms(),
            }
        )
        response.headers["x-line-request-id"] = call.request_id
        return response
