"""The stand-in's Messaging API as a bot meets it, called with line-bot-sdk and with plain HTTP."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from linebot.v3.messaging import (
    ApiClient,
    ApiException,
    Configuration,
    CreateRichMenuAliasRequest,
    FlexContainer,
    FlexMessage,
    MessagingApi,
    MessagingApiBlob,
    PushMessageRequest,
    ReplyMessageRequest,
    RichMenuRequest,
    ShowLoadingAnimationRequest,
    TextMessage,
)
from PIL import Image

from dev.line import Platform, PlatformConfig, create_app
from dev.serve import Server

Json = dict[str, Any]
LIMIT = (2, 10)
HELLO = [{"type": "text", "text": "您好"}]


@dataclass
class Line:
    """A running stand-in and its first customer."""

    platform: Platform
    url: str
    user: str

    def post(self, path: str, body: Any, **headers: str) -> requests.Response:
        return requests.post(self.url + path, json=body, headers=self.headers(headers), timeout=LIMIT)

    def get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, headers=self.headers({}), timeout=LIMIT)

    def control(self, path: str, **body: Any) -> Json:
        response = requests.post(f"{self.url}/control/{path}", json=body, timeout=LIMIT)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {self.platform.config.token}", **named}

    def token(self) -> str:
        """A fresh reply token."""
        return str(self.platform.say(self.user, "hi").reply_token)

    def reply(self, token: str, messages: Any = None, **headers: str) -> requests.Response:
        body = {"replyToken": token, "messages": messages or HELLO}
        return self.post("/v2/bot/message/reply", body, **headers)

    def push(self, messages: Any = None, to: str | None = None, **headers: str) -> requests.Response:
        body = {"to": to or self.user, "messages": messages or HELLO}
        return self.post("/v2/bot/message/push", body, **headers)


@pytest.fixture
def line() -> Iterator[Line]:
    with Platform(PlatformConfig()) as platform, Server(create_app(platform)) as server:
        yield Line(platform, server.url, next(iter(platform.world.users)))


@pytest.fixture
def sdk(line: Line) -> Iterator[ApiClient]:
    with ApiClient(Configuration(access_token=line.platform.config.token, host=line.url)) as client:
        yield client


def test_a_reply_shows_in_the_chat_and_names_its_messages(line: Line) -> None:
    response = line.reply(line.token())
    assert response.status_code == 200
    assert set(response.json()["sentMessages"][0]) == {"id", "quoteToken"}
    assert response.headers["x-line-request-id"]
    assert line.platform.messages(line.user) == HELLO


def test_a_used_reply_token_is_refused(line: Line) -> None:
    token = line.token()
    assert line.reply(token).status_code == 200
    again = line.reply(token)
    assert (again.status_code, again.json()) == (400, {"message": "Invalid reply token"})
    assert line.platform.messages(line.user) == HELLO


@pytest.mark.parametrize("token", ["0" * 32, "unknown"])
def test_an_unknown_reply_token_is_refused(line: Line, token: str) -> None:
    assert line.reply(token).json() == {"message": "Invalid reply token"}


def test_an_expired_reply_token_is_refused(line: Line) -> None:
    token = line.token()
    line.control("tokens", life_seconds=0)
    assert line.reply(token).json() == {"message": "Invalid reply token"}


def test_a_retry_key_on_a_reply_is_refused(line: Line) -> None:
    token = line.token()
    assert line.reply(token, X_Line_Retry_Key=str(uuid.uuid4())).status_code == 400
    assert line.reply(token).status_code == 200


def test_a_bad_message_is_refused_with_its_place_and_leaves_the_token_alive(line: Line) -> None:
    token = line.token()
    response = line.reply(token, [{"type": "text", "text": ""}])
    assert response.status_code == 400
    assert response.json() == {
        "message": "The request body has 1 error(s)",
        "details": [{"message": "May not be empty", "property": "messages[0].text"}],
    }
    assert line.reply(token).status_code == 200


def test_a_wrong_token_is_refused_everywhere(line: Line) -> None:
    for path in ("/v2/bot/info", f"/v2/bot/profile/{line.user}", "/v2/bot/message/quota"):
        response = requests.get(line.url + path, headers={"Authorization": "Bearer x"}, timeout=LIMIT)
        assert response.status_code == 401
        assert response.headers["x-line-request-id"]


def test_a_body_that_is_no_json_is_refused(line: Line) -> None:
    headers = line.headers({"Content-Type": "application/json"})
    url = f"{line.url}/v2/bot/message/push"
    for raw in (b"{", b"\xff\xfe", b"[]"):
        response = requests.post(url, raw, headers=headers, timeout=LIMIT)
        assert response.status_code == 400
        assert "could not be parsed as JSON" in response.json()["message"]
    plain = requests.post(url, b"{}", headers=line.headers({"Content-Type": "text/plain"}), timeout=LIMIT)
    assert plain.status_code == 415


def test_a_body_over_two_megabytes_is_refused(line: Line) -> None:
    assert line.push([{"type": "text", "text": "a" * 2_000_000}]).status_code == 413


def test_a_push_counts_once_per_request_and_stops_at_the_quota(line: Line) -> None:
    line.control("quota", limit=2, used=0)
    assert line.push(HELLO * 5).status_code == 200
    assert line.push().status_code == 200
    refused = line.push()
    assert (refused.status_code, refused.json()) == (429, {"message": "You have reached your monthly limit."})
    assert line.get("/v2/bot/message/quota").json() == {"type": "limited", "value": 2}
    assert line.get("/v2/bot/message/quota/consumption").json() == {"totalUsage": 2}
    assert line.reply(line.token()).status_code == 200


def test_a_repeated_retry_key_sends_once_and_answers_409_with_the_first_outcome(line: Line) -> None:
    key = str(uuid.uuid4())
    first, second = line.push(X_Line_Retry_Key=key), line.push(X_Line_Retry_Key=key)
    assert (first.status_code, second.status_code) == (200, 409)
    assert second.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert second.json()["sentMessages"] == first.json()["sentMessages"]
    assert line.platform.messages(line.user) == HELLO
    assert line.push(X_Line_Retry_Key="not-a-uuid").status_code == 400


def test_a_push_to_somebody_who_blocked_the_account_is_accepted_and_lost(line: Line) -> None:
    line.platform.customers.unfollow(line.user)
    assert line.push().status_code == 200
    assert line.push(to="U" + "0" * 32).status_code == 200
    assert line.platform.messages(line.user) == []
    assert line.platform.world.quota.used == 0
    assert line.get(f"/v2/bot/profile/{line.user}").status_code == 404
    assert line.push(to="somebody").status_code == 400


def test_multicast_and_broadcast_reach_each_friend_once_and_count_each(line: Line) -> None:
    users = list(line.platform.world.users)
    body = {"to": [users[0], users[0], "U" + "0" * 32], "messages": HELLO}
    assert line.post("/v2/bot/message/multicast", body).json() == {}
    assert line.post("/v2/bot/message/broadcast", {"messages": HELLO}).status_code == 200
    narrow = line.post("/v2/bot/message/narrowcast", {"messages": HELLO})
    assert narrow.status_code == 202
    assert [len(line.platform.messages(user)) for user in users] == [3, 2]
    assert line.platform.world.quota.used == 5
    progress = f"/v2/bot/message/progress/narrowcast?requestId={narrow.headers['x-line-request-id']}"
    assert line.get(progress).json()["phase"] == "succeeded"


@pytest.mark.parametrize("kind", ["reply", "push", "multicast", "narrowcast", "broadcast"])
def test_validation_endpoints_only_judge(line: Line, kind: str) -> None:
    path = f"/v2/bot/message/validate/{kind}"
    assert line.post(path, {"messages": HELLO}).status_code == 200
    assert line.post(path, {"messages": HELLO * 6}).status_code == 400
    assert line.platform.messages(line.user) == []


def test_validation_can_be_switched_off() -> None:
    platform = Platform(PlatformConfig(validate=False))
    with platform, Server(create_app(platform)) as server:
        line = Line(platform, server.url, next(iter(platform.world.users)))
        assert line.reply(line.token(), [{"type": "text", "text": ""}]).status_code == 200


def test_the_sdk_replies_pushes_and_reads(line: Line, sdk: ApiClient) -> None:
    api = MessagingApi(sdk)
    bubble = FlexContainer.from_dict(
        {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": []}}
    )
    api.reply_message(
        ReplyMessageRequest(
            replyToken=line.token(),
            messages=[TextMessage(text="您好"), FlexMessage(altText="空", contents=bubble)],
        ),
        _request_timeout=LIMIT,
    )
    api.push_message(
        PushMessageRequest(to=line.user, messages=[TextMessage(text="已付款")]),
        x_line_retry_key=str(uuid.uuid4()),
        _request_timeout=LIMIT,
    )
    assert [message["type"] for message in line.platform.messages(line.user)] == ["text", "flex", "text"]
    assert api.get_profile(line.user, _request_timeout=LIMIT).display_name == "小安"
    assert api.get_bot_info(_request_timeout=LIMIT).basic_id == line.platform.config.basic_id
    with pytest.raises(ApiException) as refused:
        api.reply_message(
            ReplyMessageRequest(replyToken="x", messages=[TextMessage(text="!")]), _request_timeout=LIMIT
        )
    assert refused.value.status == 400


def test_the_loading_animation_lasts_until_the_next_message(line: Line, sdk: ApiClient) -> None:
    MessagingApi(sdk).show_loading_animation(
        ShowLoadingAnimationRequest(chatId=line.user, loadingSeconds=5), _request_timeout=LIMIT
    )
    timeline = f"{line.url}/chat/users/{line.user}/timeline"
    assert requests.get(timeline, timeout=LIMIT).json()["loading"] is True
    line.push()
    assert requests.get(timeline, timeout=LIMIT).json()["loading"] is False
    bad = line.post("/v2/bot/chat/loading/start", {"chatId": line.user, "loadingSeconds": 7})
    assert (bad.status_code, bad.json()["details"][0]["property"]) == (400, "loadingSeconds")


def test_read_marks_come_by_token(line: Line) -> None:
    delivery = line.platform.say(line.user, "在嗎")
    timeline = f"{line.url}/chat/users/{line.user}/timeline"
    assert requests.get(timeline, timeout=LIMIT).json()["read"] is False
    token = delivery.event["message"]["markAsReadToken"]
    assert line.post("/v2/bot/chat/markAsRead", {"markAsReadToken": token}).status_code == 200
    assert requests.get(timeline, timeout=LIMIT).json()["read"] is True
    assert line.post("/v2/bot/chat/markAsRead", {"markAsReadToken": "x"}).status_code == 400


def _menu(label: str) -> RichMenuRequest:
    menu = {
        "size": {"width": 800, "height": 250},
        "selected": True,
        "name": label,
        "chatBarText": "選單",
        "areas": [
            {
                "bounds": {"x": 0, "y": 0, "width": 800, "height": 250},
                "action": {"type": "richmenuswitch", "richMenuAliasId": "second", "data": "tab=2"},
            }
        ],
    }
    return RichMenuRequest.from_dict(menu)


def _png() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (800, 250), "#1DB446").save(out, "PNG")
    return out.getvalue()


def test_rich_menus_live_their_whole_life_through_the_sdk(line: Line, sdk: ApiClient) -> None:
    api, blob = MessagingApi(sdk), MessagingApiBlob(sdk)
    api.validate_rich_menu_object(_menu("first"), _request_timeout=LIMIT)
    ids = [
        api.create_rich_menu(_menu(name), _request_timeout=LIMIT).rich_menu_id for name in ("first", "second")
    ]
    with pytest.raises(ApiException):
        api.set_default_rich_menu(ids[0], _request_timeout=LIMIT)
    for menu_id in ids:
        blob.set_rich_menu_image(
            menu_id, body=_png(), _headers={"Content-Type": "image/png"}, _request_timeout=LIMIT
        )
    assert bytes(blob.get_rich_menu_image(ids[0], _request_timeout=LIMIT)) == _png()
    api.set_default_rich_menu(ids[0], _request_timeout=LIMIT)
    api.create_rich_menu_alias(
        CreateRichMenuAliasRequest(richMenuAliasId="second", richMenuId=ids[1]), _request_timeout=LIMIT
    )
    timeline = f"{line.url}/chat/users/{line.user}/timeline"
    shown = requests.get(timeline, timeout=LIMIT).json()["richMenu"]
    assert shown["richMenuId"] == ids[0]
    assert requests.get(line.url + shown["imageUrl"], timeout=LIMIT).content == _png()
    tapped = line.platform.press(line.user, shown["areas"][0]["action"])
    assert tapped.event["postback"]["params"] == {"newRichMenuAliasId": "second", "status": "SUCCESS"}
    assert requests.get(timeline, timeout=LIMIT).json()["richMenu"]["richMenuId"] == ids[1]
    assert api.get_rich_menu_id_of_user(line.user, _request_timeout=LIMIT).rich_menu_id == ids[1]
    api.unlink_rich_menu_id_from_user(line.user, _request_timeout=LIMIT)
    assert len(api.get_rich_menu_list(_request_timeout=LIMIT).richmenus) == 2
    api.delete_rich_menu_alias("second", _request_timeout=LIMIT)
    api.cancel_default_rich_menu(_request_timeout=LIMIT)
    for menu_id in ids:
        api.delete_rich_menu(menu_id, _request_timeout=LIMIT)
    assert requests.get(timeline, timeout=LIMIT).json()["richMenu"] is None


def test_a_rich_menu_goes_to_many_customers_at_once(line: Line, sdk: ApiClient) -> None:
    menu_id = MessagingApi(sdk).create_rich_menu(_menu("m"), _request_timeout=LIMIT).rich_menu_id
    MessagingApiBlob(sdk).set_rich_menu_image(
        menu_id, body=_png(), _headers={"Content-Type": "image/png"}, _request_timeout=LIMIT
    )
    users = list(line.platform.world.users)
    body = {"richMenuId": menu_id, "userIds": users}
    assert line.post("/v2/bot/richmenu/bulk/link", body).status_code == 202
    assert line.get(f"/v2/bot/user/{users[1]}/richmenu").json() == {"richMenuId": menu_id}
    assert line.post("/v2/bot/richmenu/bulk/unlink", {"userIds": users}).status_code == 202
    assert line.get(f"/v2/bot/user/{users[1]}/richmenu").status_code == 404


def test_an_ordered_status_is_answered_without_the_work(line: Line) -> None:
    line.control("faults", endpoint="push", kind="status", status=500, times=1)
    assert line.push().status_code == 500
    assert line.platform.messages(line.user) == []
    assert line.push().status_code == 200


@pytest.mark.parametrize("kind", ["drop", "reset", "timeout"])
def test_an_answer_can_be_lost_after_the_work_was_done(line: Line, kind: str) -> None:
    line.control("faults", endpoint="reply", kind=kind, seconds=0.2, after_accepting=True, times=1)
    token = line.token()
    with pytest.raises(requests.ConnectionError):
        line.reply(token)
    assert line.platform.messages(line.user) == HELLO
    assert line.reply(token).json() == {"message": "Invalid reply token"}


def test_a_lost_push_is_told_apart_by_its_retry_key(line: Line) -> None:
    key = str(uuid.uuid4())
    line.control("faults", endpoint="*", kind="reset", after_accepting=True, times=1)
    with pytest.raises(requests.ConnectionError):
        line.push(X_Line_Retry_Key=key)
    assert line.push(X_Line_Retry_Key=key).status_code == 409


def test_a_delayed_answer_comes_late_and_faults_can_be_cleared(line: Line) -> None:
    line.control("faults", endpoint="profile", kind="delay", seconds=5, times=None)
    with pytest.raises(requests.Timeout):
        requests.get(f"{line.url}/v2/bot/profile/{line.user}", headers=line.headers({}), timeout=(2, 0.2))
    assert requests.delete(f"{line.url}/control/faults", timeout=LIMIT).status_code == 200
    assert line.get(f"/v2/bot/profile/{line.user}").status_code == 200


def test_a_misspelt_fault_is_refused(line: Line) -> None:
    for body in ({"endpoint": "push"}, {"endpoint": "push", "kind": "explode"}, {"endpoint": 1, "colour": 2}):
        assert requests.post(f"{line.url}/control/faults", json=body, timeout=LIMIT).status_code == 400


def test_the_history_tells_every_call(line: Line) -> None:
    pushed = line.push(HELLO * 2)
    history = requests.get(f"{line.url}/control/requests", timeout=LIMIT).json()["requests"]
    entry = history[-1]
    assert (entry["endpoint"], entry["status"], entry["user"], entry["messages"]) == (
        "push",
        200,
        line.user,
        2,
    )
    assert entry["requestId"] == pushed.headers["x-line-request-id"]
