"""`/healthz`: the process lives. `/readyz`: the database answers and its schema is this release's."""

from __future__ import annotations

import psycopg2
from flask import Blueprint, Response, jsonify

from store import migrate
from store.db import Database, Transaction, sql
from store.errors import DatabaseUnavailable


def blueprint(db: Database) -> Blueprint:
    """The two health pages."""
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="ok")

    @pages.get("/readyz")
    def readyz() -> tuple[Response, int]:
        def current(tx: Transaction) -> bool:
            if not sql.migrations_table_exists(tx.connection):
                return False
            return migrate.is_current(row.name for row in sql.migrations_applied(tx.connection))

        try:
            ready = db.transaction(current, attempts=1)
        except (DatabaseUnavailable, psycopg2.OperationalError):
            return jsonify(status="the database is not reachable"), 503
        if not ready:
            return jsonify(status="the schema is not current: run `flask --app app shop migrate`"), 503
        return jsonify(status="ok"), 200

    return pages
