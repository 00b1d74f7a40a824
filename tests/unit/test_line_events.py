from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.events import (
    Follow,
    Incoming,
    Join,
    Leave,
    Other,
    Postback,
    Text,
    Unfollow,
    Unsend,
    What,
    parse,
)

USER = "U" + "1a" * 16
GROUP = "C" + "2b" * 16
PROVIDED = {"contentProvider": {"type": "line"}, "quoteToken": "q"}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def event(kind: str, **more: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "mode": "active",
        "timestamp": 1_700_000_000_123,
        "source": {"type": "user", "userId": USER},
        "webhookEventId": "01H810YECXQQZ37VAXPF6H9E6T",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": "nHuyWiB7yP5Zw52FIkcQobQuGDXCTA",
        **more,
    }


def message(kind: str, **more: Any) -> dict[str, Any]:
    return event("message", message={"type": kind, "id": "444573844083572737", **more})


EVENTS: list[dict[str, Any]] = [
    message(
        "text", text="高山烏龍", quoteToken="q", quotedMessageId="55", emojis=[{"index": 0, "length": 1}]
    ),
    message("text", text="@bot hi", mention={"mentionees": [{"type": "user", "index": 0, "isSelf": True}]}),
    message("image", imageSet={"id": "E005", "index": 1, "total": 2}, **PROVIDED),
    message("video", duration=60000, **PROVIDED),
    message("audio", duration=60000, contentProvider={"type": "line"}),
    message("file", fileName="file.txt", fileSize=2138),
    message("location", title="我家", address="台北市", latitude=25.03, longitude=121.56),
    message("sticker", packageId="1", stickerId="2", stickerResourceType="STATIC", keywords=["hi"]),
    event("messageEdited", message={"type": "text", "id": "1", "text": "changed"}),
    event("unsend", unsend={"messageId": "325708"}),
    event("follow", follow={"isUnblocked": True}),
    event("unfollow"),
    event("join", source={"type": "group", "groupId": GROUP}),
    event("leave", source={"type": "room", "roomId": "R1"}),
    event("memberJoined", joined={"members": [{"type": "user", "userId": USER}]}),
    event("memberLeft", left={"members": [{"type": "user", "userId": USER}]}),
    event("postback", postback={"data": "1|add|7", "params": {"datetime": "2017-12-25T01:00"}}),
    event("videoPlayComplete", videoPlayComplete={"trackingId": "t"}),
    event("beacon", beacon={"hwid": "d41d8cd98f", "type": "enter", "dm": "00"}),
    event("accountLink", link={"result": "ok", "nonce": "n"}),
    event("membership", membership={"type": "joined", "membershipId": 3189}),
    event("module", module={"type": "attached", "botId": "U1", "scopes": ["message:send"]}),
    event("activated", chatControl={"expireAt": 1462629479859}),
    event("deactivated"),
    event("botSuspended"),
    event("botResumed"),
    event("delivery", delivery={"data": "15034552939884E28681A7D668CEA94C"}),
]


def paths(value: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [so_far] * bool(so_far) + [found for key, child in inner for found in paths(child, (*so_far, key))]


@pytest.mark.parametrize(
    ("payload", "what"),
    [
        (EVENTS[0], Text("高山烏龍", "444573844083572737", "55")),
        (EVENTS[1], Text("@bot hi", "444573844083572737", mentions_bot=True)),
        (EVENTS[2], Other("image", is_message=True)),
        (EVENTS[7], Other("sticker", is_message=True)),
        (EVENTS[8], Other("messageEdited")),
        (EVENTS[9], Unsend("325708")),
        (EVENTS[10], Follow(unblocked=True)),
        (EVENTS[11], Unfollow()),
        (EVENTS[12], Join()),
        (EVENTS[13], Leave()),
        (EVENTS[16], Postback("1|add|7", {"datetime": "2017-12-25T01:00"})),
        (EVENTS[18], Other("beacon")),
        (event("follow"), Follow()),
        (message("hologram"), Other("hologram", is_message=True)),
        (message("text"), Other("text", is_message=True)),
        (event("postback", postback={"data": 7}), Other("postback")),
        ({}, Other("unknown")),
    ],
)
def test_an_event_is_read_as_what_it_is(payload: dict[str, Any], what: What) -> None:
    assert parse(payload).what == what


def test_who_when_and_how_to_answer_are_read_beside_it() -> None:
    assert parse(message("sticker")) == Incoming(
        event_id="01H810YECXQQZ37VAXPF6H9E6T",
        user_id=USER,
        source_kind="user",
        source_id=USER,
        standby=False,
        redelivery=False,
        at=datetime(2023, 11, 14, 22, 13, 20, 123000, UTC),
        reply_token="nHuyWiB7yP5Zw52FIkcQobQuGDXCTA",
        what=Other("sticker", is_message=True),
    )


def test_a_group_has_an_id_of_its_own_and_may_name_the_speaker() -> None:
    named = parse(event("join", source={"type": "group", "groupId": GROUP, "userId": USER}))
    unnamed = parse(event("join", source={"type": "room", "roomId": "R9"}))
    assert (named.source_kind, named.source_id, named.user_id) == ("group", GROUP, USER)
    assert (unnamed.source_kind, unnamed.source_id, unnamed.user_id) == ("room", "R9", None)


def test_an_unknown_source_keeps_the_reply_token_but_is_nobody_we_act_for() -> None:
    read = parse(event("follow", source={"type": "planet", "planetId": "P"}))
    assert (read.source_kind, read.source_id, read.reply_token) == (
        "none",
        "",
        "nHuyWiB7yP5Zw52FIkcQobQuGDXCTA",
    )


def test_standby_and_redelivery_are_told() -> None:
    read = parse(event("follow", mode="standby", deliveryContext={"isRedelivery": True}))
    assert (read.standby, read.redelivery) == (True, True)


@pytest.mark.parametrize("timestamp", [None, "1700000000123", -1, 1e300, 10**400, float("nan"), [1], 10**14])
def test_a_time_that_is_none_is_left_out(timestamp: Any) -> None:
    assert parse(event("follow", timestamp=timestamp)).at is None


@given(JSON)
def test_any_json_is_read_without_an_exception(payload: Any) -> None:
    assert isinstance(parse(payload), Incoming)


@given(st.data())
def test_an_event_with_anything_removed_or_replaced_is_read(data: st.DataObject) -> None:
    broken = copy.deepcopy(data.draw(st.sampled_from(EVENTS)))
    for _ in range(data.draw(st.integers(1, 3))):
        places = paths(broken)
        if not places:
            break
        *way, last = data.draw(st.sampled_from(places))
        holder: Any = broken
        for step in way:
            holder = holder[step]
        if data.draw(st.booleans()):
            del holder[last]
        else:
            holder[last] = data.draw(JSON)
    read = parse(broken)
    assert read.at is None or read.at.tzinfo is UTC
    assert isinstance(read.source_id, str)
