"""The validator against hand-written messages that LINE refuses, and where it says the fault lies."""

from __future__ import annotations

import pytest

from dev.line.validate import validate_messages
from tests.unit.test_line_validator import (
    FAMILY,
    PICTURE,
    PRODUCT,
    Json,
    box,
    bubble,
    button,
    carousel,
    column,
    flex,
    image,
    picker,
    postback,
    quick,
    say,
    template,
    text,
    video_hero,
)

BAD: dict[str, tuple[list[Json], str]] = {
    "no message at all": ([], "messages"),
    "six messages": ([text()] * 6, "messages"),
    "an unknown type": ([{"type": "poem", "text": "…"}], "messages[0].type"),
    "no type": ([{"text": "…"}], "messages[0].type"),
    "an empty text": ([text("")], "messages[0].text"),
    "a text of 5001 units": ([text("a" * 5001)], "messages[0].text"),
    "a text of 2501 emoji": ([text("🍵" * 2501)], "messages[0].text"),
    "a text that is a number": ([{"type": "text", "text": 680}], "messages[0].text"),
    "a misspelt property": ([text(quickreply={})], "messages[0].quickreply"),
    "an emoji where no $ stands": (
        [text("您好$", emojis=[{"index": 0, "productId": "p", "emojiId": "001"}])],
        "messages[0].emojis[0].index",
    ),
    "a brace without substitution": ([{"type": "textV2", "text": "{who}"}], "messages[0].text"),
    "an empty altText": ([flex(PRODUCT, "")], "messages[0].altText"),
    "an altText of 1501": ([flex(PRODUCT, "a" * 1501)], "messages[0].altText"),
    "no altText": ([{"type": "flex", "contents": PRODUCT}], "messages[0].altText"),
    "thirteen bubbles": ([flex(carousel(*[bubble()] * 13))], "messages[0].contents.contents"),
    "no bubble in a carousel": ([flex(carousel())], "messages[0].contents.contents"),
    "bubbles of two sizes": (
        [flex(carousel(bubble(size="kilo"), bubble(size="micro")))],
        "messages[0].contents.contents",
    ),
    "a bubble of 31 KB": ([flex(bubble(*[text("茶" * 1000)] * 11))], "messages[0].contents"),
    "a carousel of 51 KB": ([flex(carousel(*[bubble(text("茶" * 1450))] * 12))], "messages[0].contents"),
    "a bubble without blocks": ([flex({"type": "bubble"})], "messages[0].contents"),
    "an unknown bubble size": ([flex(bubble(size="huge"))], "messages[0].contents.size"),
    "an unknown Flex property": (
        [flex(bubble({"type": "text", "text": "茶", "colour": "#000000"}))],
        "messages[0].contents.body.contents[0].colour",
    ),
    "a colour by name": (
        [flex(bubble({"type": "text", "text": "茶", "color": "red"}))],
        "messages[0].contents.body.contents[0].color",
    ),
    "an unknown weight": (
        [flex(bubble({"type": "text", "text": "茶", "weight": "heavy"}))],
        "messages[0].contents.body.contents[0].weight",
    ),
    "an unknown text size": (
        [flex(bubble({"type": "text", "text": "茶", "size": "xxxl"}))],
        "messages[0].contents.body.contents[0].size",
    ),
    "a text component without text": (
        [flex(bubble({"type": "text"}))],
        "messages[0].contents.body.contents[0].text",
    ),
    "an empty text component": (
        [flex(bubble(text("")))],
        "messages[0].contents.body.contents[0].text",
    ),
    "a margin in em": (
        [flex(bubble({"type": "separator", "margin": "2em"}))],
        "messages[0].contents.body.contents[0].margin",
    ),
    "an unknown layout": (
        [flex({"type": "bubble", "body": box(layout="grid")})],
        "messages[0].contents.body.layout",
    ),
    "a negative flex": (
        [flex(bubble({"type": "text", "text": "茶", "flex": -1}))],
        "messages[0].contents.body.contents[0].flex",
    ),
    "an icon outside a baseline box": (
        [flex(bubble({"type": "icon", "url": PICTURE}))],
        "messages[0].contents.body.contents[0].type",
    ),
    "a button in a baseline box": (
        [flex({"type": "bubble", "body": box(button(postback()), layout="baseline")})],
        "messages[0].contents.body.contents[0].type",
    ),
    "an image over http": (
        [flex(bubble(hero={"type": "image", "url": "http://shop.example/p.png"}))],
        "messages[0].contents.hero.url",
    ),
    "an image address that is not percent-encoded": (
        [flex(bubble(hero={"type": "image", "url": "https://shop.example/茶.png"}))],
        "messages[0].contents.hero.url",
    ),
    "an image address of 2001": (
        [flex(bubble(hero={"type": "image", "url": "https://shop.example/" + "a" * 1980}))],
        "messages[0].contents.hero.url",
    ),
    "an image more than three times as high as wide": (
        [flex(bubble(hero=image(aspectRatio="1:4")))],
        "messages[0].contents.hero.aspectRatio",
    ),
    "eleven animated images": (
        [flex(bubble(*[image(animated=True)] * 11))],
        "messages[0].contents",
    ),
    "a video in a carousel": (
        [flex(carousel(bubble(hero=video_hero())))],
        "messages[0].contents.contents[0].hero",
    ),
    "a video in the body": ([flex(bubble(video_hero()))], "messages[0].contents.body.contents[0].type"),
    "a Flex button without label": (
        [flex(bubble(button(postback(None))))],
        "messages[0].contents.body.contents[0].action.label",
    ),
    "a Flex button's label of 41": (
        [flex(bubble(button(postback("字" * 41))))],
        "messages[0].contents.body.contents[0].action.label",
    ),
    "a button without action": (
        [flex(bubble({"type": "button"}))],
        "messages[0].contents.body.contents[0].action",
    ),
    "an unknown button style": (
        [flex(bubble(button(postback(), style="danger")))],
        "messages[0].contents.body.contents[0].style",
    ),
    "postback data of 301": (
        [flex(bubble(button(postback(data="a" * 301))))],
        "messages[0].contents.body.contents[0].action.data",
    ),
    "a postback without data": (
        [quick({"type": "postback", "label": "買"})],
        "messages[0].quickReply.items[0].action.data",
    ),
    "a displayText of 301": (
        [quick(postback(displayText="字" * 301))],
        "messages[0].quickReply.items[0].action.displayText",
    ),
    "displayText beside text": (
        [quick(postback(displayText="買", text="買"))],
        "messages[0].quickReply.items[0].action.text",
    ),
    "fillInText without the keyboard": (
        [quick(postback(fillInText="姓名："))],
        "messages[0].quickReply.items[0].action.fillInText",
    ),
    "a message action of 301": (
        [quick(say(words="字" * 301))],
        "messages[0].quickReply.items[0].action.text",
    ),
    "a link of 1001": (
        [quick({"type": "uri", "label": "開", "uri": "https://shop.example/" + "a" * 980})],
        "messages[0].quickReply.items[0].action.uri",
    ),
    "a link with a script": (
        [quick({"type": "uri", "label": "開", "uri": "javascript:alert(1)"})],
        "messages[0].quickReply.items[0].action.uri",
    ),
    "a clipboard text of 1001": (
        [quick({"type": "clipboard", "label": "複製", "clipboardText": "9" * 1001})],
        "messages[0].quickReply.items[0].action.clipboardText",
    ),
    "a date picker that ends before it starts": (
        [quick(picker(min="2026-12-31", max="2026-01-01"))],
        "messages[0].quickReply.items[0].action.max",
    ),
    "a date picker with a time": (
        [quick(picker(initial="2026-08-01T10:00"))],
        "messages[0].quickReply.items[0].action.initial",
    ),
    "a date in 1899": (
        [quick(picker(min="1899-12-31"))],
        "messages[0].quickReply.items[0].action.min",
    ),
    "a camera in a Flex button": (
        [flex(bubble(button({"type": "camera", "label": "拍照"})))],
        "messages[0].contents.body.contents[0].action.type",
    ),
    "a rich menu switch in a quick reply": (
        [quick({"type": "richmenuswitch", "label": "換", "richMenuAliasId": "a", "data": "d"})],
        "messages[0].quickReply.items[0].action.type",
    ),
    "fourteen quick replies": ([quick(*[say()] * 14)], "messages[0].quickReply.items"),
    "no quick replies": ([text(quickReply={"items": []})], "messages[0].quickReply.items"),
    "a quick reply without label": ([quick(postback(None))], "messages[0].quickReply.items[0].action.label"),
    "a quick reply's label of 21 clusters": (
        [quick(postback(FAMILY * 21))],
        "messages[0].quickReply.items[0].action.label",
    ),
    "a quick reply's icon over http": (
        [quick(say(), imageUrl="http://shop.example/i.png")],
        "messages[0].quickReply.items[0].imageUrl",
    ),
    "a sender of 21": ([text(sender={"name": "n" * 21})], "messages[0].sender.name"),
    "a sender named after LINE": ([text(sender={"name": "LINE Bot"})], "messages[0].sender.name"),
    "five template buttons": (
        [template("buttons", text="茶", actions=[say()] * 5)],
        "messages[0].template.actions",
    ),
    "a template title of 41": (
        [template("buttons", text="茶", title="題" * 41, actions=[say()])],
        "messages[0].template.title",
    ),
    "a buttons text of 161": (
        [template("buttons", text="茶" * 161, actions=[say()])],
        "messages[0].template.text",
    ),
    "a text of 61 beside a title": (
        [template("buttons", text="茶" * 61, title="題", actions=[say()])],
        "messages[0].template.text",
    ),
    "a template label of 21": (
        [template("buttons", text="茶", actions=[say("字" * 21)])],
        "messages[0].template.actions[0].label",
    ),
    "a confirm of three": (
        [template("confirm", text="?", actions=[say()] * 3)],
        "messages[0].template.actions",
    ),
    "a confirm text of 241": (
        [template("confirm", text="茶" * 241, actions=[say()] * 2)],
        "messages[0].template.text",
    ),
    "eleven columns": ([template("carousel", columns=[column()] * 11)], "messages[0].template.columns"),
    "columns with unequal actions": (
        [template("carousel", columns=[column(), column(say(), say())])],
        "messages[0].template.columns",
    ),
    "an image carousel's label of 13": (
        [template("image_carousel", columns=[{"imageUrl": PICTURE, "action": postback("字" * 13)}])],
        "messages[0].template.columns[0].action.label",
    ),
    "an image without preview": (
        [{"type": "image", "originalContentUrl": PICTURE}],
        "messages[0].previewImageUrl",
    ),
    "a sticker by name": (
        [{"type": "sticker", "packageId": "brown", "stickerId": "1"}],
        "messages[0].packageId",
    ),
    "an imagemap 1000 wide": (
        [
            {
                "type": "imagemap",
                "baseUrl": "https://shop.example/map",
                "altText": "地圖",
                "baseSize": {"width": 1000, "height": 520},
                "actions": [],
            }
        ],
        "messages[0].baseSize.width",
    ),
    "a place off the earth": (
        [{"type": "location", "title": "店", "address": "?", "latitude": 95, "longitude": 0}],
        "messages[0].latitude",
    ),
    "the second message is the bad one": ([text(), text("")], "messages[1].text"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_message_is_refused_at_the_right_place(name: str) -> None:
    messages, place = BAD[name]
    problems = validate_messages(messages)
    assert place in [problem.property for problem in problems]
    assert all(problem.message for problem in problems)


@pytest.mark.parametrize("name", BAD)
def test_a_bad_message_has_only_the_fault_it_is_named_for(name: str) -> None:
    messages, place = BAD[name]
    assert {problem.property for problem in validate_messages(messages)} == {place}
