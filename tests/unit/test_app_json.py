"""`app.json` (Heroku's Deploy button) and `Procfile` name what the program knows."""

from __future__ import annotations

import json
from pathlib import Path

from settings import load

ROOT = Path(__file__).resolve().parent.parent.parent
APP = json.loads((ROOT / "app.json").read_text(encoding="utf-8"))


def test_what_the_form_asks_for_is_enough_to_start() -> None:
    asked = APP["env"]
    typed = {
        "PUBLIC_URL": "https://shop.example",
        "LINE_CHANNEL_SECRET": "secret",
        "LINE_CHANNEL_ACCESS_TOKEN": "token",
    }
    given = {name: field.get("value", "") for name, field in asked.items()}
    made = {name: "x" * 64 for name, field in asked.items() if field.get("generator") == "secret"}
    assert {name for name, field in asked.items() if field.get("required", True)} == {
        *typed, *made, "SHOP_NAME", "PAYMENT_METHODS",
    }  # fmt: skip
    settings = load(given | made | typed | {"DATABASE_URL": "postgres://u@db/shop", "DYNO": "web.1"})
    assert settings.payment_methods == ("cod",)
    assert settings.metrics_token == "x" * 64
    assert "sslmode=require" in settings.database_url


def test_every_variable_of_the_form_is_one_the_program_reads() -> None:
    source = (ROOT / "settings.py").read_text(encoding="utf-8")
    assert [name for name in APP["env"] if f'"{name}"' not in source] == []


def test_a_database_comes_with_it() -> None:
    assert APP["addons"] == [{"plan": "heroku-postgresql:essential-0"}]
    assert APP["formation"]["web"]["size"] == "basic"


def test_the_procfile_has_the_three_processes() -> None:
    lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
    assert lines == {
        "release": "flask --app app shop migrate",
        "web": 'gunicorn "app:create_app()"',
        "worker": "flask --app app shop worker",
    }
