"""The validator against hand-written messages that LINE takes, and against whatever chance brings."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dev.line.validate import count_graphemes, count_utf16, validate_messages

Json = dict[str, Any]
FAMILY = "👨‍👩‍👧‍👦"  # one grapheme cluster, 7 code points, 11 UTF-16 units
PICTURE = "https://shop.example/p/1.png"


def text(value: str = "您好", **more: Any) -> Json:
    return {"type": "text", "text": value, **more}


def postback(label: str | None = "加入購物車", **more: Any) -> Json:
    action = {"type": "postback", "data": "v=1&add=7", **more}
    return action if label is None else {**action, "label": label}


def button(action: Json, **more: Any) -> Json:
    return {"type": "button", "action": action, **more}


def box(*contents: Json, layout: str = "vertical", **more: Any) -> Json:
    return {"type": "box", "layout": layout, "contents": list(contents), **more}


def bubble(*body: Json, **more: Any) -> Json:
    return {"type": "bubble", "body": box(*(body or (text("茶"),))), **more}


def carousel(*bubbles: Json) -> Json:
    return {"type": "carousel", "contents": list(bubbles)}


def flex(contents: Json, alt_text: str = "三件商品") -> Json:
    return {"type": "flex", "altText": alt_text, "contents": contents}


def quick(*actions: Json, **more: Any) -> Json:
    items = [{"type": "action", "action": action, **more} for action in actions]
    return text(quickReply={"items": items})


def template(kind: str, **content: Any) -> Json:
    return {"type": "template", "altText": "請選擇", "template": {"type": kind, **content}}


def say(label: str = "好", words: str = "好") -> Json:
    return {"type": "message", "label": label, "text": words}


def image(**more: Any) -> Json:
    return {"type": "image", "url": PICTURE, **more}


def picker(**more: Any) -> Json:
    return {"type": "datetimepicker", "label": "取貨日", "data": "d", "mode": "date", **more}


def video_hero(**more: Any) -> Json:
    return {"type": "video", "url": PICTURE, "previewUrl": PICTURE, "altContent": image(), **more}


def column(*actions: Json, **more: Any) -> Json:
    return {"text": "茶", "actions": list(actions or (say(),)), **more}


PRODUCT = bubble(
    {"type": "text", "text": "高山烏龍茶", "weight": "bold", "size": "xl", "wrap": True, "maxLines": 2},
    box(
        {"type": "icon", "url": PICTURE, "size": "sm"},
        {"type": "text", "contents": [{"type": "span", "text": "NT$680", "decoration": "line-through"}]},
        {"type": "filler"},
        layout="baseline",
        margin="12px",
        spacing="sm",
    ),
    {"type": "separator", "margin": "lg", "color": "#cccccc"},
    hero=image(size="full", aspectRatio="20:13", aspectMode="cover", action=postback(None)),
    footer=box(button(postback(), style="primary", color="#1DB446", height="sm", adjustMode="shrink-to-fit")),
    size="kilo",
    direction="ltr",
    styles={"footer": {"separator": True, "backgroundColor": "#FFFFFF"}},
)

GOOD: dict[str, list[Json]] = {
    "a text": [text()],
    "a text of 5000 UTF-16 units": [text("好" * 5000)],
    "a text of 2500 emoji": [text("🍵" * 2500)],
    "five messages": [text()] * 5,
    "a text with LINE emoji": [
        text("$ 您好", emojis=[{"index": 0, "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}])
    ],
    "a textV2 with a mention and doubled braces": [
        {
            "type": "textV2",
            "text": "{{您好}} {who}",
            "substitution": {"who": {"type": "mention", "mentionee": {"type": "all"}}},
        }
    ],
    "a product bubble": [flex(PRODUCT)],
    "a carousel of twelve bubbles": [flex(carousel(*[PRODUCT] * 12))],
    "thirteen quick replies": [quick(*[say(str(number)) for number in range(13)])],
    "quick replies for camera and place": [
        quick({"type": "camera", "label": "拍照"}, {"type": "location", "label": "位置"}, imageUrl=PICTURE)
    ],
    "a label of 20 clusters": [quick(postback(FAMILY * 20))],
    "a Flex button's label of 40 clusters": [flex(bubble(button(postback("字" * 40))))],
    "a postback that opens the keyboard": [
        flex(bubble(button(postback(inputOption="openKeyboard", fillInText="姓名：\n電話：\n地址："))))
    ],
    "a clipboard action": [
        flex(bubble(button({"type": "clipboard", "label": "複製", "clipboardText": "9990"})))
    ],
    "links by web, LINE and telephone": [
        flex(
            bubble(
                *[
                    button({"type": "uri", "label": "開", "uri": uri})
                    for uri in (
                        "https://line.me/R/oaMessage/%40shop/?hi",
                        "line://nv/chat",
                        "tel:0212345678",
                        "http://shop.example",
                    )
                ]
            )
        )
    ],
    "a date picker": [quick(picker(initial="2026-08-01", min="2026-01-01", max="2026-12-31"))],
    "a sender": [text(sender={"name": "客服小茶", "iconUrl": PICTURE})],
    "a sticker": [{"type": "sticker", "packageId": "446", "stickerId": "1988"}],
    "an image": [{"type": "image", "originalContentUrl": PICTURE, "previewImageUrl": PICTURE}],
    "a place": [{"type": "location", "title": "店", "address": "臺北", "latitude": 25.0, "longitude": 121.5}],
    "a buttons template": [
        template("buttons", text="茶" * 60, title="題" * 40, thumbnailImageUrl=PICTURE, actions=[say()] * 4)
    ],
    "a confirm template": [template("confirm", text="確定？", actions=[say("是"), say("否")])],
    "a carousel template": [template("carousel", columns=[column(say(), say("二"))] * 10)],
    "an image carousel without labels": [
        template("image_carousel", columns=[{"imageUrl": PICTURE, "action": postback(None)}])
    ],
    "an imagemap": [
        {
            "type": "imagemap",
            "baseUrl": "https://shop.example/map",
            "altText": "地圖",
            "baseSize": {"width": 1040, "height": 520},
            "actions": [
                {"type": "uri", "linkUri": PICTURE, "area": {"x": 0, "y": 0, "width": 520, "height": 520}}
            ],
        }
    ],
    "a coupon": [{"type": "coupon", "couponId": "01JYNW8JMQVFBNWF1APF8Z3FS7"}],
    "a box drawn over with a gradient": [
        flex(
            bubble(
                box(
                    position="absolute",
                    offsetTop="-10px",
                    offsetStart="50%",
                    width="90%",
                    height="4px",
                    paddingAll="5%",
                    cornerRadius="xxl",
                    borderWidth="semi-bold",
                    background={
                        "type": "linearGradient",
                        "angle": "90deg",
                        "startColor": "#00000000",
                        "endColor": "#FFFFFF",
                        "centerColor": "#AAAAAA",
                        "centerPosition": "50%",
                    },
                )
            )
        )
    ],
    "a video": [flex(bubble(hero=video_hero(aspectRatio="16:9"), size="mega"))],
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_message_passes(name: str) -> None:
    assert validate_messages(GOOD[name]) == []


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000/p.png", "http://localhost/p.png"])
def test_http_to_the_own_machine_counts_as_https_only_on_request(address: str) -> None:
    message = [flex(bubble(hero={"type": "image", "url": address}))]
    assert validate_messages(message, allow_http_loopback=True) == []
    assert validate_messages(message) != []


@pytest.mark.parametrize("address", ["http://127.0.0.1.shop.example/p.png", "http://localhost.shop.example/"])
def test_an_address_that_only_looks_like_the_own_machine_is_refused(address: str) -> None:
    message = [flex(bubble(hero={"type": "image", "url": address}))]
    assert validate_messages(message, allow_http_loopback=True) != []


@pytest.mark.parametrize(
    ("words", "units", "clusters"),
    [
        ("abc", 3, 3),
        ("您好", 2, 2),
        ("🍵", 2, 1),
        (FAMILY, 11, 1),
        ("e\u0301", 2, 1),
        ("a\r\nb", 4, 3),
        ("", 0, 0),
    ],
)
def test_characters_are_counted_as_line_counts_them(words: str, units: int, clusters: int) -> None:
    assert count_utf16(words) == units
    assert count_graphemes(words) == clusters


@given(st.text())
def test_the_utf16_count_is_that_of_the_encoding(words: str) -> None:
    assert count_utf16(words) == len(words.encode("utf-16-le", "surrogatepass")) // 2
    assert count_graphemes(words) <= len(words) or words == ""


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(_values)
def test_no_json_whatever_breaks_the_validator(value: Any) -> None:
    assert all(isinstance(problem.property, str) for problem in validate_messages(value))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    return [path, *(deeper for key, child in children for deeper in _paths(child, (*path, key)))]


_SUBJECTS = [message for messages in GOOD.values() for message in messages[:1]]


@given(st.data())
def test_any_value_put_into_a_good_message_is_judged_and_never_an_exception(data: st.DataObject) -> None:
    message = copy.deepcopy(data.draw(st.sampled_from(_SUBJECTS)))
    path = data.draw(st.sampled_from(_paths(message)[1:]))
    parent = message
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = data.draw(_values)
    assert isinstance(validate_messages([message]), list)
