"""Errors of the database quote rows, and rows hold names and addresses: none of that is logged."""

from __future__ import annotations

import json
import subprocess
import sys

from dev.catalogue.draw import ROOT

SECRETS = ("王小明", "0912345678", "信義路", "U5ecret", "1234")
PROGRAM = """
import logging, sys
import psycopg2, structlog
from store import logs
logs.configure("INFO")
conn = psycopg2.connect(sys.argv[1])
conn.autocommit = True
for statement in sys.argv[2:]:
    try:
        conn.cursor().execute(statement)
    except psycopg2.Error:
        structlog.get_logger().exception("ours")
        logging.getLogger("flask.app").exception("a library's")
"""
NEW = "INSERT INTO customers (line_user_id, recipient_name, phone, address) VALUES "
REFUSED = {
    NEW + "('U5ecret', '王小明', '0912345678', '信義路'), ('U5ecret', '', '', '')": (
        "UniqueViolation: 23505 duplicate key value violates unique constraint "
        '"customers_line_user_id" customers customers_line_user_id'
    ),
    NEW + "('U5ecret', '王小明', NULL, '信義路')": "NotNullViolation: 23502",
    "INSERT INTO categories (name) SELECT '' WHERE '王小明' <> '信義路'": "CheckViolation: 23514",
    "SELECT '王小明'::int": "InvalidTextRepresentation: 22P02",
    "SELECT '{\"address\": 信義路}'::jsonb": "InvalidTextRepresentation: 22P02",
    "SELECT '2026-99-1234'::date": "DatetimeFieldOverflow: 22008",
}


def test_an_error_of_the_database_is_logged_without_its_rows(database_url: str) -> None:
    command = [sys.executable, "-c", PROGRAM, database_url, *REFUSED]
    done = subprocess.run(command, check=True, cwd=ROOT, capture_output=True, text=True, timeout=60)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["event"] for line in lines] == ["ours", "a library's"] * len(REFUSED)
    for number, words in enumerate(REFUSED.values()):
        assert lines[2 * number]["error"].startswith(words)
        assert lines[2 * number + 1]["error"] == lines[2 * number]["error"]
    assert not [secret for secret in SECRETS if secret in done.stdout + done.stderr]
