"""The stand-in bank as a WSGI application."""

from __future__ import annotations

from flask import Flask, Response

from dev.bank import control, gateway, pages
from dev.bank.bank import Bank

API_PATH = "/QPay.WebAPI/api"


def create_app(bank: Bank) -> Flask:
    """The bank's gateway, hosted pages and control addresses over one Bank."""
    app = Flask(__name__, static_folder=None)
    app.extensions["bank"] = bank
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters["twd"] = _twd
    for blueprint in (gateway.blueprint, pages.blueprint, control.blueprint):
        app.register_blueprint(blueprint)
    app.register_error_handler(404, _lost)
    return app


def _lost(_error: Exception) -> Response:
    return gateway.lost_path()


def _twd(amount: int) -> str:
    """The bank's hundredths as NT$1,234."""
    return f"NT${amount // 100:,}"
