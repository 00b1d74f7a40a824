"""The one look of every screen: colours, sizes, spacing, and the parts screens are made of.

Limits are those of the LINE Messaging API reference, "Flex Message" and "Action objects". Text from
outside (product names above all) goes through `fit`, so that no screen is ever refused for its data.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from bot import actions
from bot.screens.lettering import fit
from bot.words import _
from store.text import utf16

Part = dict[str, Any]
Message = dict[str, Any]

PAPER = "#FFFFFF"
INK = "#2A2D2B"
MUTED = "#6B706D"
ACCENT = "#2F6B4F"
SALE = "#B3402E"
SOFT = "#EEF2EE"
RULE = "#E4E7E4"

_ALT_LIMIT = 400
_BUTTON_LIMIT = 40
_QUICK_LIMIT = 20
_DISPLAY_LIMIT = 120
_FORM_LIMIT = 300
_PICTURE_URL_LIMIT = 1000
_QUICK_REPLIES = 13


def text(words: str, *, size: str = "sm", color: str = INK, bold: bool = False, **more: Any) -> Part:
    """Words that wrap and follow the font size the customer has chosen for LINE."""
    part: Part = {"type": "text", "text": words, "size": size, "color": color, "wrap": True, "scaling": True}
    if bold:
        part["weight"] = "bold"
    return part | more


def title(words: str, **more: Any) -> Part:
    """The headline of a bubble."""
    return text(words, size="lg", bold=True, **more)


def note(words: str, **more: Any) -> Part:
    """A quiet remark."""
    return text(words, size="xs", color=MUTED, **more)


def pair(left: str, right: str, *, bold: bool = False, size: str = "sm", color: str = INK) -> Part:
    """A row with a name on the left and its value on the right."""
    return row(
        text(left, size=size, color=color if bold else MUTED, bold=bold, flex=3),
        text(right, size=size, color=color, bold=bold, flex=4, align="end"),
    )


def item(what: str, quantity: int, amount: str) -> Part:
    """A row of a bill: so many of something, and what they cost."""
    words = f"{fit(what, 60)} ×\u00a0{quantity}"
    return row(text(words, flex=1), text(amount, flex=0, align="end", wrap=False), spacing="md")


def row(*parts: Part, spacing: str = "sm", **more: Any) -> Part:
    """Parts side by side."""
    return {"type": "box", "layout": "horizontal", "contents": list(parts), "spacing": spacing} | more


def column(*parts: Part, spacing: str = "sm", **more: Any) -> Part:
    """Parts below each other."""
    return {"type": "box", "layout": "vertical", "contents": list(parts), "spacing": spacing} | more


def rule() -> Part:
    """A line between two thoughts."""
    return {"type": "separator", "margin": "md", "color": RULE}


def picture(url: str, ratio: str = "1:1", **more: Any) -> Part | None:
    """A picture, or None where there is none that LINE could show."""
    address = quote(url, safe=":/?#[]@!$&'()*+,;=%~-._")
    if not address or len(address) > _PICTURE_URL_LIMIT:
        return None
    look = {"size": "full", "aspectRatio": ratio, "aspectMode": "cover", "backgroundColor": SOFT}
    return {"type": "image", "url": address} | look | more


def button(label: str, data: str, *, style: str = "secondary", say: str | None = None) -> Part:
    """A button that asks the shop for something; `say` (else the label) is shown as the customer's words."""
    return _button({"type": "postback", "data": data, **_spoken(label, say)}, style)


def main_button(label: str, data: str, say: str | None = None) -> Part:
    """The button that leads on; a screen has one, or a few of equal weight."""
    return button(label, data, style="primary", say=say)


def link_button(label: str, url: str, *, style: str = "primary") -> Part:
    """A button that opens a web page."""
    return _button({"type": "uri", "label": fit(label, _BUTTON_LIMIT), "uri": url}, style)


def copy_button(label: str, words: str, *, style: str = "primary") -> Part:
    """A button that puts words on the clipboard."""
    return _button({"type": "clipboard", "label": fit(label, _BUTTON_LIMIT), "clipboardText": words}, style)


def form_button(label: str, data: str, form: str) -> Part:
    """A button that opens the keyboard with a form to fill in; LINE for PC only sends the data."""
    entry = {"inputOption": "openKeyboard"} | ({"fillInText": form} if utf16(form) <= _FORM_LIMIT else {})
    return _button(
        {"type": "postback", "data": data, "label": fit(label, _BUTTON_LIMIT), **entry}, "secondary"
    )


def chip(symbol: str, label: str, data: str) -> Part:
    """A small square to tap, such as ＋; `label` is what a screen reader says."""
    tap = {"type": "postback", "label": fit(label, _BUTTON_LIMIT), "data": data}
    face = text(symbol, color=ACCENT, align="center", wrap=False)
    return column(face, action=tap, backgroundColor=SOFT, cornerRadius="md", paddingAll="sm", flex=1)


def home_buttons() -> list[Part]:
    """The way back at the foot of a screen."""
    return [
        row(
            button(_("繼續逛"), actions.encode("browse"), style="link"),
            button(_("首頁"), actions.encode("home"), style="link"),
        )
    ]


def bubble(
    body: Sequence[Part | None],
    footer: Sequence[Part | None] = (),
    *,
    hero: Part | None = None,
    size: str = "mega",
) -> Part:
    """One card. What is None is left out; colours are explicit, so that a dark chat does not change it."""
    card: Part = {"type": "bubble", "size": size}
    if hero:
        card["hero"] = hero
    card["body"] = column(*[part for part in body if part], spacing="md", backgroundColor=PAPER)
    shown = [part for part in footer if part]
    if shown:
        card["footer"] = column(*shown, backgroundColor=PAPER)
    return card


def flex(alt: str, *bubbles: Part) -> Message:
    """A message of one card, or of several side by side; `alt` says the thing itself."""
    contents = bubbles[0] if len(bubbles) == 1 else {"type": "carousel", "contents": list(bubbles)}
    return {"type": "flex", "altText": fit(alt, _ALT_LIMIT), "contents": contents}


def card(words: str, *buttons: Part | None, alt: str | None = None) -> Message:
    """One thought and what can be done next."""
    return flex(alt or words, bubble([text(words, size="md")], buttons))


def series(words: Iterable[str]) -> str:
    """Several things one after the other, as the language being spoken writes them."""
    return _("、").join(words)


def remarks(words: Iterable[str]) -> str:
    """Several short remarks on one line; empty ones are left out."""
    return _("・").join(filter(None, words))


def sentences(words: Iterable[str]) -> str:
    """Whole sentences one after the other, with what stands between them in the language being spoken."""
    told = ""
    for sentence in filter(None, words):
        told = _("{said}{next}").format(said=told, next=sentence) if told else sentence
    return told


def headed(heading: str, words: str) -> str:
    """What something is, and what stands in it."""
    return _("{heading}：{words}").format(heading=heading, words=words)


def said(words: str) -> Message:
    """Plain words before a card."""
    return {"type": "text", "text": words}


def with_ways_back(messages: list[Message]) -> list[Message]:
    """The messages with quick replies to the main screens under the last one."""
    if not messages or "quickReply" in messages[-1]:
        return messages
    items = [
        quick_reply(_("逛商品"), actions.encode("browse")),
        quick_reply(_("購物車"), actions.encode("cart")),
        quick_reply(_("我的訂單"), actions.encode("orders")),
        quick_reply(_("說明"), actions.encode("help")),
    ]
    return [*messages[:-1], messages[-1] | {"quickReply": {"items": items[:_QUICK_REPLIES]}}]


def quick_reply(label: str, data: str) -> Part:
    """A suggestion above the keyboard."""
    spoken = fit(label, _QUICK_LIMIT)
    return {
        "type": "action",
        "action": {"type": "postback", "label": spoken, "data": data, "displayText": spoken},
    }


def _spoken(label: str, say: str | None) -> Part:
    return {"label": fit(label, _BUTTON_LIMIT), "displayText": fit(say or label, _DISPLAY_LIMIT)}


def _button(action: Part, style: str) -> Part:
    part: Part = {"type": "button", "action": action, "style": style, "height": "sm", "scaling": True}
    part["adjustMode"] = "shrink-to-fit"
    return part | {"color": ACCENT if style != "secondary" else SOFT}
