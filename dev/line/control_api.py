"""Levers for tests: faults, quota, token life, deliveries held and doubled, and what has happened so far."""

from __future__ import annotations

from dataclasses import asdict
from typing import get_args

from flask import Blueprint, Response, jsonify, request

from dev.line.chats import Json
from dev.line.errors import ChatError
from dev.line.platform import Platform
from dev.line.webhooks import Order


def create_control_api(platform: Platform) -> Blueprint:
    """The blueprint with the routes under `/control`."""
    blueprint = Blueprint("control", __name__, url_prefix="/control")

    @blueprint.post("/faults")
    def add_fault() -> Response:
        return jsonify(asdict(platform.faults.add(_body())))

    @blueprint.delete("/faults")
    def clear_faults() -> Response:
        platform.faults.clear()
        return jsonify({})

    @blueprint.post("/quota")
    def set_quota() -> Response:
        body, quota = _body(), platform.world.quota
        with platform.world.lock:
            if "limit" in body:
                quota.limit = None if body["limit"] is None else _whole(body, "limit")
            if "used" in body:
                quota.used = _whole(body, "used")
            return jsonify({"limit": quota.limit, "used": quota.used})

    @blueprint.post("/tokens")
    def set_token_life() -> Response:
        seconds = _body().get("life_seconds")
        if not isinstance(seconds, int | float) or seconds < 0:
            raise ChatError(400, "life_seconds must be a number of seconds")
        platform.tokens.life = float(seconds)
        return jsonify({"life_seconds": platform.tokens.life})

    @blueprint.post("/delivery")
    def set_delivery() -> Response:
        return jsonify(_change_delivery(platform, _body()))

    @blueprint.get("/requests")
    def list_requests() -> Response:
        return jsonify({"requests": list(platform.endpoints.history)})

    @blueprint.delete("/requests")
    def clear_requests() -> Response:
        platform.endpoints.history.clear()
        return jsonify({})

    @blueprint.get("/deliveries")
    def list_deliveries() -> Response:
        return jsonify({"deliveries": list(platform.webhooks.log)})

    @blueprint.errorhandler(ChatError)
    def explain(error: ChatError) -> tuple[Response, int]:
        return jsonify({"message": str(error)}), error.status

    return blueprint


def _change_delivery(platform: Platform, body: Json) -> Json:
    """`redelivery` on or off; `duplicate` the next n events; `hold` events, then `release` them."""
    webhooks, released = platform.webhooks, 0
    if "redelivery" in body:
        webhooks.redelivery = bool(body["redelivery"])
    if "duplicate" in body:
        webhooks.duplicate(_whole(body, "duplicate"))
    if body.get("hold"):
        webhooks.hold()
    if "release" in body:
        if body["release"] not in get_args(Order):
            raise ChatError(400, f"release must be one of {', '.join(get_args(Order))}")
        released = webhooks.release(body["release"], bool(body.get("together")))
    return {"redelivery": webhooks.redelivery, "released": released}


def _body() -> Json:
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise ChatError(400, "The body must be a JSON object")
    return body


def _whole(body: Json, name: str) -> int:
    value = body.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ChatError(400, f"{name} must be a whole number that is not negative")
    return value
