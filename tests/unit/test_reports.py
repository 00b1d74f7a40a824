"""What leaves the house for Sentry: kinds and places, no words."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from store import reports

ROOT = Path(__file__).resolve().parent.parent.parent
SECRETS = ("王小明", "0912345678", "信義路五段7號", "Bearer abc", "U" + "0" * 32)


def caught(address: str) -> BaseException:
    try:
        try:
            raise KeyError(address)
        except KeyError as error:
            raise ValueError(f"cannot deliver to {address}") from error
    except ValueError as error:
        return error


def sent_by_the_library(monkeypatch: pytest.MonkeyPatch, error: BaseException, fields: dict[str, Any]) -> str:
    """What the real library would post, taken at its transport."""
    import sentry_sdk

    envelopes: list[Any] = []
    report = reports.configure("https://key@sentry.invalid/1", "abc123")
    client = sentry_sdk.get_client()
    monkeypatch.setattr(client.transport, "capture_envelope", envelopes.append)
    report(error, fields)
    client.close(timeout=0)
    sentry_sdk.get_global_scope().set_client(None)
    assert len(envelopes) == 1
    return str(envelopes[0].serialize().decode())


def test_an_error_is_reported_with_its_places_and_without_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    words = " ".join(SECRETS)
    fields = {"event": "request_failed", "route": "/details/<token>", "request": "r1", "body": words}
    text = sent_by_the_library(monkeypatch, caught(words), fields)
    assert "ValueError" in text
    assert "KeyError" in text
    assert "test_reports.py" in text
    assert "request_failed" in text
    assert "/details/<token>" in text
    assert "abc123" in text
    for secret in SECRETS:
        assert secret not in text
        assert json.dumps(secret)[1:-1] not in text


def test_only_known_fields_of_an_event_are_kept() -> None:
    event = {
        "event_id": "1",
        "level": "error",
        "tags": {"route": "/x"},
        "request": {"url": "https://shop/details/secret", "headers": {"Authorization": "Bearer abc"}},
        "user": {"id": "U1"},
        "extra": {"body": "…"},
        "breadcrumbs": {"values": [{"message": "…"}]},
        "contexts": {"trace": {}},
        "server_name": "web.1",
        "modules": {"flask": "3"},
        "logentry": {"message": "…"},
        "exception": {
            "values": [
                {
                    "type": "ValueError",
                    "value": "信義路",
                    "stacktrace": {"frames": [{"function": "f", "lineno": 3, "vars": {"x": "信義路"}}]},
                }
            ]
        },
    }
    kept = reports.scrub(event, {})
    assert kept == {
        "event_id": "1",
        "level": "error",
        "tags": {"route": "/x"},
        "exception": {
            "values": [
                {
                    "type": "ValueError",
                    "module": None,
                    "stacktrace": {"frames": [{"function": "f", "lineno": 3}]},
                }
            ]
        },
    }


def test_the_library_is_not_imported_without_a_dsn() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import app, sys; sys.exit('sentry_sdk' in sys.modules)"],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
