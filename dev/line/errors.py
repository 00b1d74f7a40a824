"""What can go wrong in the stand-in.

StandInError
 +- ApiError      the answer LINE's Messaging API gives to a bad call
 +- ChatError     a customer cannot do that (unknown, or has blocked the account)
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dev.line.validate import Problem


class StandInError(Exception):
    """Any refusal by the stand-in platform."""


class ApiError(StandInError):
    """An error answer of the Messaging API (reference, "Error responses")."""

    def __init__(self, status: int, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"message": message}
        details = [{"message": problem.message, "property": problem.property} for problem in problems]
        if details:
            self.body["details"] = details
        self.headers: dict[str, str] = {}

    @classmethod
    def of_body(cls, problems: list[Problem]) -> ApiError:
        """The 400 for a request body with `problems`."""
        return cls(400, f"The request body has {len(problems)} error(s)", problems)


class ChatError(StandInError):
    """A customer cannot do that; `status` is the HTTP status for the chat page."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
