"""What every answer of the shop has to be, and by what two answers are the same screen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from bot import actions
from bot.conversation import SCENES
from bot.screens.lettering import clean
from dev.line.validate import validate_messages

Message = dict[str, Any]

PUBLIC_URL = "https://shop.example"
SHOP_NAME = "山月 & Moon 茶行"
SAID_IN_CHINESE = (
    "繁體中文",  # a language is offered by its own name
    "想用哪種語言？",  # asked in every language at once: who asks may not read this one
    "＋",  # a button with this face has a label for those who are read to
)
"""All that is Chinese on an English screen beside what the merchant or the customer wrote."""
WITHOUT_BUTTONS = ("姓名：", "Name:")
"""The only answer without a button of its own is the form that is to be typed."""
GENERIC = ("", "flex", "flex message", "message", "訊息", "圖文訊息", "carousel", "bubble", SHOP_NAME)
_CHINESE = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff01-\uff60]+")
_HOLE = re.compile(r"\{[a-z_]*\}|%\([a-z]+\)s|\bNone\b")
_CODE = re.compile(r"#[A-Z0-9]{8}")
_LISTS = frozenset({"search", "shelf", "refine"})
_KNOWN_LENGTH, _LEAST = 3, 2


class Outside:
    """Words that are not the shop's own: the merchant's and the customer's. They may stand cut anywhere."""

    def __init__(self, words: Sequence[str]) -> None:
        self._by_start: dict[str, list[str]] = {}
        for word in {clean(word, lines=lines) for word in words for lines in (True, False)}:
            if len(word) < _LEAST:
                continue
            self._by_start.setdefault(word[:_KNOWN_LENGTH], []).append(word)
        starts = sorted(self._by_start, key=len, reverse=True)
        self._starts = re.compile("|".join(map(re.escape, starts)))

    def without(self, text: str) -> str:
        """The text without them."""
        kept, done = [], 0
        while found := self._starts.search(text, done):
            rest = text[found.start() :]
            kept += [text[done : found.start()], "◇"]
            done = found.start() + max(_shared(rest, word) for word in self._by_start[found[0]])
        return "".join([*kept, text[done:]])


def _shared(text: str, word: str) -> int:
    """How much of a word a text begins with."""
    differ = (at for at, (one, other) in enumerate(zip(text, word, strict=False)) if one != other)
    return next(differ, min(len(text), len(word)))


def faults(messages: list[Message], language: str, outside: Outside) -> list[str]:
    """What is wrong with an answer."""
    found = [f"{problem.property}: {problem.message}" for problem in validate_messages(messages)]
    found += [f"altText says nothing: {alt!r}" for alt in alts(messages) if alt.strip().lower() in GENERIC]
    if not any(taps(message) for message in messages):
        words = "\n".join(str(message.get("text", "")) for message in messages)
        if not any(form in words for form in WITHOUT_BUTTONS):
            found.append("there is no button that leads on")
    if not messages[-1].get("quickReply"):
        found.append("there are no quick replies")
    for action in every_action(messages):
        found += _action_faults(action)
    for key, text in texts(messages):
        own = outside.without(text)
        if hole := _HOLE.search(own):
            found.append(f"{key} has a hole {hole[0]!r}: {text[:80]!r}")
        if language == "en" and (chinese := _chinese(own)):
            found.append(f"{key} is Chinese: {chinese!r} in {text[:80]!r}")
    return found


def _action_faults(action: dict[str, Any]) -> list[str]:
    match action["type"]:
        case "uri":
            address = action["uri"]
            good = address.startswith("https://") or address.startswith(PUBLIC_URL)
            return [] if good else [f"an address that is not https: {address!r}"]
        case "clipboard":
            words = action["clipboardText"]
            return [] if words == words.strip() and 0 < len(words) <= 1000 else [f"to be copied: {words!r}"]
        case "postback":
            tapped = actions.parse(action["data"])
            return [] if tapped and tapped.name in SCENES else [f"leads nowhere: {action['data']!r}"]
        case "message":
            return []
        case kind:
            return [f"an action the shop does not use: {kind!r}"]


def _chinese(text: str) -> str:
    for known in SAID_IN_CHINESE:
        text = text.replace(known, "")
    found = _CHINESE.search(text)
    return found[0] if found else ""


def texts(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Everything that is read, spoken or said for the customer, with the name of its property."""
    if isinstance(value, str) and key in ("text", "altText", "label", "displayText", "fillInText"):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from texts(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner, key)


def alts(messages: Sequence[Message]) -> list[str]:
    """What stands for each message in a notification or the list of chats."""
    return [str(message.get("altText", message.get("text", ""))) for message in messages]


def every_action(value: Any) -> Iterator[dict[str, Any]]:
    """The actions of messages, those of quick replies too."""
    if isinstance(value, dict):
        if isinstance(value.get("action"), dict):
            yield value["action"]
        for key, inner in value.items():
            if key != "action":
                yield from every_action(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from every_action(inner)


def taps(message: Message) -> list[dict[str, Any]]:
    """The actions of a message itself: LINE for PC shows no quick replies."""
    return list(every_action({key: part for key, part in message.items() if key != "quickReply"}))


def headline(message: Message) -> str:
    """The first words that are read in a message."""
    contents = message.get("contents", message)
    return next((text for key, text in texts(contents) if key == "text"), "")


def masked(text: str, outside: Outside) -> str:
    """Words without numbers, codes and what is not the shop's own."""
    own = _CODE.sub("#", outside.without(text)).replace("\u2068", "").replace("\u2069", "")
    return re.sub(r"[0-9][0-9,./:]*", "n", own)


def name_of(action: dict[str, Any], *, closely: bool) -> str:
    """What an action does, whomever and whatever it does it to."""
    if action["type"] != "postback":
        return str(action["type"])
    tapped = actions.parse(action["data"])
    if tapped is None:
        return "?"
    if tapped.name in _LISTS and not closely:
        return f"{tapped.name}({','.join(key for key in ('q', 'id', 'k') if key in tapped.values)})"
    words = (
        f"{key}={value}" if key not in "qkd" and re.fullmatch(r"[a-z_]+", value) else key
        for key, value in sorted(tapped.values.items())
    )
    kind = tapped.text("k") if tapped.name in ("delivery", "invoice_kind") else ""
    return f"{tapped.name}({','.join(words)}{kind})"


def signature(messages: Sequence[Message], outside: Outside, *, closely: bool) -> str:
    """The screen an answer is: its structure, its actions and its first words, without ids and amounts.

    `closely` tells lists apart by every filter and order they were made with.
    """

    def shape(value: Any) -> str:
        if isinstance(value, list):
            return f"[{' '.join(sorted({shape(inner) for inner in value}))}]"
        if not isinstance(value, dict):
            return ""
        own = str(value.get("layout") or value.get("type", ""))
        if "action" in value:
            own += f"→{name_of(value['action'], closely=closely)}"
        keys = ("contents", "header", "hero", "body", "footer", "quickReply", "items")
        return own + "".join(shape(value[key]) for key in keys if key in value)

    def words(message: Message) -> str:
        alt = masked(alts([message])[0], outside)
        return f"{alt if closely else re.split('[：・:·]', alt)[0]}|{masked(headline(message), outside)}"

    return "\n".join(f"{words(message)}|{shape(message)}" for message in messages)
