"""The chat API that the page and outside checks use, the Python helpers, the state file and the process."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from dev.line import ChatError, Platform, PlatformConfig, StandInError, create_app
from dev.serve import Server

Json = dict[str, Any]
HELLO = {"type": "text", "text": "您好"}


class Chat:
    """The stand-in with a webhook that answers 404: enough where only the chat matters."""

    def __init__(self, platform: Platform, url: str) -> None:
        self.platform = platform
        self.url = url
        self.user = next(iter(platform.world.users))

    def get(self, path: str, **query: Any) -> requests.Response:
        return requests.get(self.url + path, params=query, timeout=10)

    def post(self, path: str, body: Any = None) -> requests.Response:
        return requests.post(self.url + path, json=body, timeout=10)

    def act(self, deed: str, body: Any = None) -> Json:
        response = self.post(f"/chat/users/{self.user}/{deed}", body)
        assert response.status_code == 200, response.text
        return dict(response.json())

    def timeline(self, after: int = 0, wait: float = 0) -> Json:
        return dict(self.get(f"/chat/users/{self.user}/timeline", after=after, wait=wait).json())

    def answer(self, message: Json = HELLO) -> None:
        with self.platform.world.lock:
            self.platform.world.chat(self.user).add_from_bot(message, via_push=False)


@pytest.fixture
def chat() -> Iterator[Chat]:
    with Platform(PlatformConfig()) as platform, Server(create_app(platform)) as server:
        platform.connect(server.url + "/nowhere")
        yield Chat(platform, server.url)


def test_two_sample_customers_are_there_from_the_start(chat: Chat) -> None:
    state = chat.get("/chat/state").json()
    assert [user["name"] for user in state["users"]] == ["小安", "Alex"]
    assert state["users"][0] | {"userId": ""} == {
        "userId": "",
        "name": "小安",
        "blocked": False,
        "friend": True,
        "language": "zh-TW",
    }
    assert set(state["shop"]) == {"name", "basicId"}
    assert state["quota"] == {"limit": 200, "used": 0}
    assert state["delivery"]["webhook"] == chat.url + "/nowhere"


def test_a_new_customer_can_chat_at_once(chat: Chat) -> None:
    user = chat.post("/chat/users", {"name": "小美"}).json()
    answer = chat.post(f"/chat/users/{user['userId']}/text?wait=1", {"text": "hi"}).json()
    assert answer["status"] == 404
    assert answer["webhookEventId"]
    assert answer["replyToken"]


def test_the_timeline_tells_both_sides_in_order(chat: Chat) -> None:
    chat.act("text", {"text": "商品"})
    chat.answer()
    first = chat.timeline()
    assert [(item["from"], item["message"]["text"]) for item in first["items"]] == [
        ("user", "商品"),
        ("bot", "您好"),
    ]
    assert set(first["items"][0]) >= {"seq", "at", "from", "kind", "message", "viaPush", "messageId"}
    assert chat.timeline(after=first["seq"])["items"] == []


def test_a_long_poll_wakes_at_the_next_message_and_blocks_nobody(chat: Chat) -> None:
    woken: list[tuple[float, Json]] = []
    started = time.monotonic()

    def poll() -> None:
        got = chat.timeline(after=0, wait=10)
        woken.append((time.monotonic() - started, got))

    pollers = [threading.Thread(target=poll) for _ in range(4)]
    for poller in pollers:
        poller.start()
    time.sleep(0.2)
    assert chat.get("/chat/state").status_code == 200
    chat.answer()
    for poller in pollers:
        poller.join(timeout=5)
    assert len(woken) == 4
    assert all(seconds < 2 and got["items"][0]["message"] == HELLO for seconds, got in woken)


def test_a_long_poll_ends_empty_after_its_time(chat: Chat) -> None:
    started = time.monotonic()
    assert chat.timeline(wait=0.3)["items"] == []
    assert 0.25 < time.monotonic() - started < 2


def test_the_quick_reply_goes_with_the_next_message(chat: Chat) -> None:
    quick = {"items": [{"type": "action", "action": {"type": "message", "label": "好", "text": "好"}}]}
    chat.answer({**HELLO, "quickReply": quick})
    assert chat.timeline()["quickReply"] == quick
    chat.act("text", {"text": "好"})
    assert chat.timeline()["quickReply"] is None


def test_a_postback_shows_only_its_display_text(chat: Chat) -> None:
    chat.act("postback", {"data": "v=1&add=7"})
    assert chat.timeline()["items"] == []
    chat.act("postback", {"data": "v=1&add=7", "displayText": "加入購物車"})
    (item,) = chat.timeline()["items"]
    assert (item["message"]["text"], item["messageId"]) == ("加入購物車", None)


@pytest.mark.parametrize("deed", ["sticker", "location", "image"])
def test_other_messages_show_in_the_chat(chat: Chat, deed: str) -> None:
    chat.act(deed, {})
    assert chat.timeline()["items"][0]["message"]["type"] == deed


def test_a_picture_can_be_fetched_by_page_and_bot(chat: Chat) -> None:
    headers = {"Content-Type": "image/png"}
    url = f"{chat.url}/chat/users/{chat.user}/image"
    assert requests.post(url, data=b"\x89PNG bytes", headers=headers, timeout=10).status_code == 200
    item = chat.timeline()["items"][0]
    assert chat.get(item["message"]["originalContentUrl"]).content == b"\x89PNG bytes"
    bearer = {"Authorization": f"Bearer {chat.platform.config.token}"}
    content = f"{chat.url}/v2/bot/message/{item['messageId']}/content"
    assert requests.get(content, headers=bearer, timeout=10).content == b"\x89PNG bytes"


def test_unsending_takes_the_message_away_and_says_which(chat: Chat) -> None:
    chat.act("text", {"text": "打錯了"})
    message_id = chat.timeline()["items"][0]["messageId"]
    chat.act("unsend", {"messageId": message_id})
    (notice,) = chat.timeline()["items"]
    assert (notice["kind"], notice["message"]["unsentMessageId"]) == ("notice", message_id)
    again = chat.post(f"/chat/users/{chat.user}/unsend", {"messageId": message_id})
    assert again.status_code == 404


def test_who_has_blocked_the_account_cannot_write(chat: Chat) -> None:
    assert chat.act("unfollow")["replyToken"] is None
    refused = chat.post(f"/chat/users/{chat.user}/text", {"text": "hi"})
    assert (refused.status_code, bool(refused.json()["message"])) == (409, True)
    assert chat.act("follow")["replyToken"]
    chat.act("text", {"text": "hi"})


def test_a_raw_event_goes_out_over_the_usual_properties(chat: Chat) -> None:
    standby = chat.act(
        "events", {"type": "message", "mode": "standby", "message": {"type": "poem", "id": "1"}}
    )
    assert standby["replyToken"] is None
    odd = chat.act("events", {"type": "moonrise", "source": None, "webhookEventId": "01ODD"})
    assert odd["webhookEventId"] == "01ODD"
    assert odd["replyToken"]
    assert chat.post(f"/chat/users/{chat.user}/events", {"mode": "active"}).status_code == 400


def test_a_group_can_be_founded_and_spoken_in(chat: Chat) -> None:
    group = chat.post("/chat/groups", {"members": [chat.user], "name": "家人"}).json()
    said = chat.post(f"/chat/groups/{group['groupId']}/text", {"userId": chat.user, "text": "hi"})
    assert said.status_code == 200
    stranger = chat.post(f"/chat/groups/{group['groupId']}/text", {"userId": "U0", "text": "hi"})
    assert stranger.status_code == 400
    timeline = chat.get(f"/chat/groups/{group['groupId']}/timeline").json()
    assert [item["userId"] for item in timeline["items"] if item["kind"] == "message"] == [chat.user]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/chat/users/U0/text", {"text": "hi"}, 404),
        ("/chat/users/{user}/text", {"text": ""}, 400),
        ("/chat/users/{user}/text", [], 400),
        ("/chat/users/{user}/dance", {}, 404),
        ("/chat/users/{user}/press", {"action": {"type": "uri", "uri": "https://shop.example"}}, 400),
        ("/chat/users/{user}/press", {"action": {"type": "postback"}}, 400),
        ("/chat/groups", {"members": []}, 400),
        ("/chat/users", {}, 400),
        ("/control/quota", {"used": -1}, 400),
        ("/control/tokens", {"life_seconds": "long"}, 400),
        ("/control/delivery", {"release": "sideways"}, 400),
    ],
)
def test_bad_input_is_answered_with_the_rule(chat: Chat, path: str, body: Any, status: int) -> None:
    response = chat.post(path.format(user=chat.user), body)
    assert response.status_code == status
    assert response.json()["message"]


def test_deliveries_are_told(chat: Chat) -> None:
    event_id = chat.post(f"/chat/users/{chat.user}/text?wait=1", {"text": "hi"}).json()["webhookEventId"]
    (delivery,) = chat.get("/control/deliveries").json()["deliveries"]
    assert delivery["webhookEventIds"] == [event_id]
    assert (delivery["status"], delivery["isRedelivery"]) == (404, False)
    assert chat.get("/chat/state").json()["delivery"]["last_status"] == 404


def test_an_oa_message_link_leads_to_the_page_with_the_text(chat: Chat) -> None:
    response = requests.get(
        f"{chat.url}/chat/oa",
        params={"user": chat.user, "text": "訂單 A1"},
        allow_redirects=False,
        timeout=10,
    )
    assert response.status_code == 302
    assert response.headers["Location"] == f"/?user={chat.user}&text=%E8%A8%82%E5%96%AE+A1"


def test_the_page_is_served(chat: Chat) -> None:
    assert chat.get("/").status_code == 200


def test_python_helpers_tap_and_wait(chat: Chat) -> None:
    platform = chat.platform
    threading.Timer(0.1, chat.answer, [{"type": "text", "text": "已付款"}]).start()
    found = platform.wait_for(chat.user, lambda message: "已付款" in message["text"], timeout=5)
    assert found["text"] == "已付款"
    with pytest.raises(TimeoutError, match="已付款"):
        platform.wait_for(chat.user, lambda message: message["type"] == "flex", timeout=0.05)
    here = platform.seq(chat.user)
    platform.press(chat.user, {"type": "message", "label": "買", "text": "購物車"})
    picked = platform.press(
        chat.user, {"type": "datetimepicker", "data": "d", "mode": "date", "initial": "2026-08-01"}
    )
    assert picked.event["postback"] == {"data": "d", "params": {"date": "2026-08-01"}}
    assert [item.message["text"] for item in platform.timeline(chat.user, here)] == ["購物車"]
    with pytest.raises(ChatError):
        platform.press(chat.user, {"type": "uri", "uri": "https://shop.example"})


def test_chats_survive_a_restart_through_the_state_file(tmp_path: Path) -> None:
    config = PlatformConfig(state_file=str(tmp_path / "line.json"))
    with Platform(config) as platform:
        user = platform.add_user("小美").user_id
        platform.say(user, "還在嗎")
        platform.world.menus.create({"size": {"width": 800, "height": 250}, "areas": []})
    with Platform(config) as platform:
        assert [item.message["text"] for item in platform.timeline(user)] == ["還在嗎"]
        assert [entry.name for entry in platform.world.users.values()] == ["小安", "Alex", "小美"]
        assert len(platform.world.menus.menus) == 1


def test_a_state_file_of_something_else_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "line.json"
    path.write_text(json.dumps({"users": 3}), encoding="utf-8")
    with pytest.raises(StandInError, match=r"line\.json"):
        Platform(PlatformConfig(state_file=str(path)))


def test_closing_ends_all_threads(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    platform = Platform(PlatformConfig(state_file=str(tmp_path / "line.json")))
    platform.say(next(iter(platform.world.users)), "hi").wait()
    assert set(threading.enumerate()) - before
    platform.close()
    assert set(threading.enumerate()) <= before


def test_the_process_serves_and_ends_at_sigterm(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "dev.line",
        "--port",
        "0",
        "--state",
        str(tmp_path / "s.json"),
        "--token",
        "T",
    ]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        url = line.split("chat at ")[1].split("/ ,")[0]
        info = requests.get(f"{url}/v2/bot/info", headers={"Authorization": "Bearer T"}, timeout=10)
        assert info.status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=15) == 0
