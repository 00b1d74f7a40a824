"""What broadcasts, their states and their segments are called in the reader's language."""

from __future__ import annotations

from typing import Any

from admin.words import _
from store.broadcasts import Stop
from store.segments import Kind


def state(broadcast: Any, waits: bool) -> str:
    """How far a broadcast is; `waits`: its time has not come."""
    if waits:
        return _("已排定")
    names = {"draft": _("草稿"), "sending": _("傳送中"), "stopped": _("已停止"), "done": _("已傳完")}
    return names[broadcast.state]


def look(broadcast: Any) -> str:
    """The colour of a state."""
    return {"sending": "is-pending", "stopped": "is-refunding", "done": "is-paid"}.get(broadcast.state, "")


def stopped(why: str) -> str:
    """Why a broadcast ended early, in a sentence."""
    sentences = {
        Stop.HUMAN: _("有人按了停止，還沒傳的就不傳了。"),
        Stop.QUOTA: _("這個月的訊息則數不夠了，還沒傳的就不傳了。"),
        Stop.LINE: _("LINE 太久沒有回應，還沒傳的就不傳了。"),
    }
    return sentences[Stop(why)]


def segment(kind: str, value: str, name: str = "") -> str:
    """Whom a segment means; `name` is that of its product or category."""
    known = name or value
    sentences = {
        Kind.EVERYBODY: _("所有好友"),
        Kind.RECENT: _("最近 {days} 天買過的人").format(days=value),
        Kind.LAPSED: _("買過，但最近 {days} 天沒買的人").format(days=value),
        Kind.NEVER: _("還沒買過的人"),
        Kind.PRODUCT: _("買過「{name}」的人").format(name=known),
        Kind.CATEGORY: _("買過「{name}」這一類的人").format(name=known),
        Kind.WISHED: _("在等「{name}」到貨的人").format(name=known),
        Kind.LANGUAGE: _("用{language}的人").format(language=tongue(value)),
    }
    return sentences[Kind(kind)]


def segment_fact(fact: str) -> str:
    """The same from the log of changes: a kind, a colon and a value."""
    kind, _colon, value = fact.partition(":")
    return segment(kind, value, f"#{value}")


def tongue(tag: str) -> str:
    """A language customers are spoken to in."""
    return {"zh-TW": _("中文"), "en": _("英文")}.get(tag, tag)
