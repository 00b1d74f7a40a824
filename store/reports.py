"""Errors to Sentry, where SENTRY_DSN is set: their kind and the places they passed, nothing of what was said.

The package is imported only then. Words of an error, local variables, requests, users and earlier log lines
stay here: any of them may hold a name, an address or a key. The log line of the same request has more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Report = Callable[[BaseException, dict[str, Any]], None]

_KEPT = ("event_id", "timestamp", "platform", "level", "release", "environment", "sdk", "tags", "fingerprint")
_FRAME = ("filename", "abs_path", "module", "function", "lineno", "in_app")
_TAGS = ("event", "request", "route", "source", "kind")


def configure(dsn: str, release: str = "") -> Report:
    """Send errors to the project of this DSN from now on; what it returns reports one with its log fields."""
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        release=release or None,
        data_collection={
            "user_info": False,
            "http_bodies": [],
            "stack_frame_variables": False,
            "frame_context_lines": 0,
        },
        max_breadcrumbs=0,
        default_integrations=False,
        auto_enabling_integrations=False,
        before_send=scrub,  # type: ignore[arg-type]
    )

    def report(error: BaseException, fields: dict[str, Any]) -> None:
        with sentry_sdk.new_scope() as scope:
            for name in _TAGS:
                if name in fields:
                    scope.set_tag(name, str(fields[name])[:100])
            scope.capture_exception(error)

    return report


def scrub(event: dict[str, Any], _hint: dict[str, Any]) -> dict[str, Any]:
    """What leaves the house: known harmless fields, and of each exception its kind and its frames."""
    kept = {name: event[name] for name in _KEPT if name in event}
    values = (event.get("exception") or {}).get("values") or []
    kept["exception"] = {"values": [_bare(value) for value in values]}
    return kept


def _bare(value: dict[str, Any]) -> dict[str, Any]:
    frames = (value.get("stacktrace") or {}).get("frames") or []
    return {
        "type": value.get("type"),
        "module": value.get("module"),
        "stacktrace": {
            "frames": [{name: frame[name] for name in _FRAME if name in frame} for frame in frames]
        },
    }
