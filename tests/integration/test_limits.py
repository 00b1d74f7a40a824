"""No route of the program takes a body without limit, and none fails over one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog
from flask import Flask
from werkzeug.routing.converters import NumberConverter

from app import create_app
from store import logs
from tests.unit.test_settings import ENVIRONMENT

HUGE = b"a=" + b"x" * (12 << 20)
ACCOUNT = {f"SINOPAC_{name}": "0123456789ABCDEF" for name in ("A1", "A2", "B1", "B2")}


@pytest.fixture
def app(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The whole program; its way of logging is not this process's."""
    monkeypatch.setattr(logs, "configure", lambda *_given: None)
    yield create_app(ENVIRONMENT | ACCOUNT | {"DATABASE_URL": database_url, "WORKER_THREADS": "0"})
    structlog.reset_defaults()


def routes(app: Flask) -> list[tuple[str, str]]:
    """Every method and address that changes something, with stand-ins for what is in angle brackets."""
    found = []
    for rule in app.url_map.iter_rules():
        number = {name for name, way in rule._converters.items() if isinstance(way, NumberConverter)}
        values = {name: 1 if name in number else "x" for name in rule.arguments}
        for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}):
            found.append((method, str(rule.build(values, append_unknown=False)[1])))  # type: ignore[index]
    return found


def test_a_huge_body_is_refused_by_every_route_that_takes_one(app: Flask) -> None:
    client = app.test_client()
    asked = routes(app)
    assert len(asked) > 10
    for method, path in asked:
        for kind in ("application/x-www-form-urlencoded", "application/json"):
            answer = client.open(path, method=method, data=HUGE, content_type=kind)
            assert 300 <= answer.status_code < 500, f"{method} {path}: {answer.status_code}"


def test_a_page_for_everybody_refuses_a_large_form_before_it_is_read(app: Flask) -> None:
    assert app.config["MAX_CONTENT_LENGTH"] == 1 << 20
