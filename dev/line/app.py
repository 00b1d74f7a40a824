"""The stand-in as a Flask application."""

from __future__ import annotations

from flask import Blueprint, Flask

from dev.line.chat_api import create_chat_api
from dev.line.control_api import create_control_api
from dev.line.platform import Platform


def create_app(platform: Platform) -> Flask:
    """The Messaging API, the chat page with its API and the levers for tests, over `platform`."""
    app = Flask(__name__, static_folder=None)
    api = Blueprint("api", __name__)
    for part in (platform.messaging, platform.account_api, platform.richmenu_api):
        part.register(platform.endpoints, api)
    for blueprint in (api, create_chat_api(platform), create_control_api(platform)):
        app.register_blueprint(blueprint)
    return app
