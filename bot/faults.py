"""What is wrong with delivery details, said so that it can be put right: for the chat and for the page."""

from __future__ import annotations

from bot.words import _
from store.delivery_details import Fault, tidy

_QUOTED = 20


def sentence(field: str, fault: Fault, typed: str) -> str:
    """One or two sentences about a `fault` of `name`, `phone` or `address`, in the language being spoken.

    `typed` is what the customer wrote; it is quoted where seeing it helps.
    """
    words = _words(field, fault)
    if fault is not Fault.NOT_A_MOBILE:
        return words
    return words + _("您輸入的是「{typed}」。").format(typed=_shortened(tidy(typed)))


def _words(field: str, fault: Fault) -> str:  # noqa: PLR0911 - one sentence each
    match field, fault:
        case "name", Fault.MISSING:
            return _("還差收件人的姓名。")
        case "name", Fault.TOO_SHORT:
            return _("姓名請填全名，例如「王小明」，宅配才找得到您。")
        case "name", Fault.TOO_LONG:
            return _("姓名有點長，請在 30 個字以內。")
        case "name", _other:
            return _("姓名請只用文字，不要有數字或符號。")
        case "phone", Fault.MISSING:
            return _("還差聯絡手機，宅配到的時候會用到。")
        case "phone", _other:
            return _("電話要是 09 開頭的 10 碼手機，例如 0912345678。")
        case "address", Fault.MISSING:
            return _("還差收件地址。")
        case "address", Fault.TOO_LONG:
            return _("地址有點長，請在 120 個字以內。")
        case "address", Fault.NO_CITY:
            return _("地址請從縣市寫起，例如「台北市大安區…」。")
        case "address", Fault.NO_NUMBER:
            return _("地址少了門牌號碼，請補上幾號幾樓。")
        case "address", _other:
            return _("地址好像還沒寫完，請從縣市寫到門牌號碼。")
    raise ValueError(f"there is no field {field!r}")


def _shortened(words: str) -> str:
    return words if len(words) <= _QUOTED else words[: _QUOTED - 1] + "…"
