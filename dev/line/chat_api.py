"""What the chat page and tests outside this process call: customers' hands and eyes, over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, request, send_from_directory
from werkzeug.wrappers import Response as WerkzeugResponse

from dev.line.chats import Json
from dev.line.errors import ApiError, ChatError
from dev.line.pictures import MOST_BYTES, Picture
from dev.line.platform import Platform
from dev.line.webhooks import Delivery

_STATIC = Path(__file__).parent / "static"
_LONGEST_WAIT = 25.0


def create_chat_api(platform: Platform) -> Blueprint:
    """The blueprint with the routes under `/chat`, and the page at `/`."""
    blueprint = Blueprint("chat", __name__, static_folder=str(_STATIC), static_url_path="/static")
    chat = ChatApi(platform)
    for rule, view in (
        ("GET /", chat.page),
        ("GET /chat/oa", chat.open_prefilled),
        ("GET /chat/state", chat.state),
        ("GET /chat/richmenu/<menu_id>/image", chat.rich_menu_image),
        ("GET /chat/content/<message_id>", chat.content),
        ("POST /chat/users", chat.add_user),
        ("POST /chat/groups", chat.add_group),
    ):
        method, path = rule.split(" ")
        blueprint.add_url_rule(path, view_func=view, methods=[method])
    for kind in ("users", "groups"):
        blueprint.add_url_rule(
            f"/chat/{kind}/<chat_id>/timeline", f"{kind}_timeline", chat.timeline, methods=["GET"]
        )
        blueprint.add_url_rule(f"/chat/{kind}/<chat_id>/<deed>", f"{kind}_deed", chat.act, methods=["POST"])
    blueprint.register_error_handler(ChatError, _explain)
    return blueprint


def _explain(error: Exception) -> tuple[Response, int]:
    status = error.status if isinstance(error, ChatError) else 500
    return jsonify({"message": str(error)}), status


def _body() -> Json:
    """The JSON object of the request; an absent body is an empty one. Raises ChatError 400."""
    if not request.get_data():
        return {}
    body = request.get_json(force=True, silent=True)
    if not isinstance(body, dict):
        raise ChatError(400, "The body must be a JSON object")
    return body


def _text(body: Json, name: str, default: str | None = None) -> str:
    value = body.get(name, default)
    if not isinstance(value, str) or not value:
        raise ChatError(400, f"{name} must be a text that is not empty")
    return value


def _number(name: str, default: float) -> float:
    try:
        return float(request.args.get(name, default))
    except ValueError:
        raise ChatError(400, f"{name} must be a number") from None


class ChatApi:
    """The views, over one platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._world = platform.world

    def page(self) -> Response:
        """The chat page."""
        if not (_STATIC / "index.html").exists():
            return Response(
                "The chat page is not there, but the LINE stand-in is running.\n", content_type="text/plain"
            )
        return send_from_directory(_STATIC, "index.html")

    def open_prefilled(self) -> WerkzeugResponse:
        """What https://line.me/R/oaMessage/ does on a phone: the chat, with a text already typed."""
        given = {name: request.args[name] for name in ("user", "text") if name in request.args}
        return redirect("/?" + urlencode(given))

    def state(self) -> Response:
        """The account, its customers and how deliveries go."""
        config, webhooks, world = self._platform.config, self._platform.webhooks, self._world
        last = webhooks.log[-1] if webhooks.log else None
        with world.lock:
            return jsonify(
                {
                    "shop": {"name": config.shop_name, "basicId": config.basic_id},
                    "users": [user.to_json() for user in world.users.values()],
                    "groups": [group.to_json() for group in world.groups.values()],
                    "quota": {"limit": world.quota.limit, "used": world.quota.used},
                    "delivery": {
                        "webhook": webhooks.url,
                        "last_status": None if last is None else last["status"],
                        "last_error": None if last is None else last["error"],
                    },
                }
            )

    def add_user(self) -> Response:
        """A new customer."""
        body = _body()
        user_id = body.get("userId")
        user = self._world.add_user(
            _text(body, "name"),
            _text(body, "userId") if user_id is not None else None,
            _text(body, "language", "zh-TW"),
        )
        return jsonify(user.to_json())

    def add_group(self) -> Response:
        """A new group of customers and the bot."""
        body = _body()
        members, kind = body.get("members"), body.get("kind", "group")
        if not isinstance(members, list) or not members:
            raise ChatError(400, "members must be a list of user ids")
        if kind not in ("group", "room"):
            raise ChatError(400, "kind must be group or room")
        group, delivery = self._platform.customers.found_group(_text(body, "name", "群組"), members, kind)
        return self._report(delivery, group.to_json())

    def timeline(self, chat_id: str) -> Response:
        """The chat as its customer sees it, behind `after`; waits up to `wait` seconds for a change."""
        after, wait = int(_number("after", 0)), min(_number("wait", 0), _LONGEST_WAIT)
        with self._world.lock:
            chat = self._world.chat(chat_id)
            chat.wait_beyond(after, max(wait, 0))
            chat.end_loading()
            menu = self._world.menus.seen_by(chat_id)
            shown: Json | None = None
            if menu is not None and chat_id in self._world.users:
                image = f"/chat/richmenu/{menu.rich_menu_id}/image" if menu.image is not None else None
                shown = {**menu.to_json(), "imageUrl": image}
            return jsonify(
                {
                    "seq": chat.seq,
                    "items": [item.to_json() for item in chat.since(after)],
                    "loading": chat.loading_until > 0,
                    "read": chat.read,
                    "richMenu": shown,
                    "quickReply": chat.quick_reply,
                }
            )

    def rich_menu_image(self, menu_id: str) -> Response:
        """A rich menu's picture."""
        try:
            menu = self._world.menus.get(menu_id)
        except ApiError as error:
            raise ChatError(404, str(error)) from None
        if menu.image is None:
            raise ChatError(404, "This rich menu has no picture yet")
        return Response(menu.image, content_type=menu.content_type)

    def content(self, message_id: str) -> Response:
        """The picture a customer sent."""
        picture = self._platform.customers.pictures.of(message_id)
        return Response(picture.data, content_type=picture.content_type)

    def act(self, chat_id: str, deed: str) -> Response:
        """Do what a customer does."""
        if deed == "image":
            return self._report(self._send_picture(chat_id), {})
        customers, body = self._platform.customers, _body()
        user_id = body.get("userId")
        if deed == "follow":
            delivery = customers.follow(chat_id)
        elif deed == "unfollow":
            delivery = customers.unfollow(chat_id)
        elif deed == "text":
            delivery = customers.say(chat_id, _text(body, "text"), user_id)
        elif deed == "postback":
            delivery = customers.postback(
                chat_id, str(body.get("data", "")), body.get("displayText"), body.get("params"), user_id
            )
        elif deed == "press":
            delivery = self._press(chat_id, body)
        elif deed == "unsend":
            delivery = customers.unsend(chat_id, _text(body, "messageId"), user_id)
        elif deed == "events":
            delivery = customers.raw_event(chat_id, body)
        elif deed in ("invite", "leave", "admit", "part"):
            delivery = self._gather(chat_id, deed, body)
        else:
            message, extra = _message(deed, body)
            delivery = customers.send(chat_id, message, extra, user_id)
        return self._report(delivery, {})

    def _gather(self, group_id: str, deed: str, body: Json) -> Delivery:
        """Who comes to a group, and who goes: the bot (invite, leave), or a customer (admit, part)."""
        customers = self._platform.customers
        if deed in ("invite", "leave"):
            return customers.invite_bot(group_id) if deed == "invite" else customers.expel_bot(group_id)
        user_id = _text(body, "userId")
        return customers.admit(group_id, user_id) if deed == "admit" else customers.part(group_id, user_id)

    def _send_picture(self, chat_id: str) -> Delivery:
        """The body is the image file itself, or JSON (perhaps none) for the sample picture."""
        if not request.mimetype.startswith("image/"):
            return self._platform.customers.send_picture(chat_id, None, _body().get("userId"))
        data = request.get_data()
        if len(data) > MOST_BYTES:
            raise ChatError(413, "A picture has at most 10 MB")
        picture = Picture(data, request.mimetype)
        return self._platform.customers.send_picture(chat_id, picture, request.args.get("userId"))

    def _press(self, chat_id: str, body: Json) -> Delivery:
        action = body.get("action")
        if not isinstance(action, dict):
            raise ChatError(400, "action must be an action object")
        try:
            return self._platform.customers.press(chat_id, action, body.get("userId"), body.get("params"))
        except KeyError as error:
            raise ChatError(400, f"The action has no {error}") from None

    def _report(self, delivery: Delivery, more: Json) -> Response:
        """The ids of the event; with `?wait=1` also what the webhook answered."""
        answer: Json = {
            **more,
            "webhookEventId": delivery.event_id,
            "replyToken": delivery.reply_token,
        }
        if request.args.get("wait", "0") not in ("0", ""):
            answer["status"] = delivery.wait()
            answer["error"] = delivery.error
        return jsonify(answer)


def _message(kind: str, body: Json) -> tuple[Json, Json]:
    """What the chat shows and what the event says beyond it. Raises ChatError 404 for an unknown deed."""
    if kind == "sticker":
        shown: dict[str, Any] = {
            "type": "sticker",
            "packageId": str(body.get("packageId", "446")),
            "stickerId": str(body.get("stickerId", "1988")),
        }
        return shown, {"stickerResourceType": "STATIC"}
    if kind == "location":
        place = {
            "title": "臺北車站",
            "address": "臺北市中正區北平西路3號",
            "latitude": 25.0478,
            "longitude": 121.517,
        }
        return {"type": "location", **{name: body.get(name, value) for name, value in place.items()}}, {}
    raise ChatError(404, f"A customer cannot {kind}")
