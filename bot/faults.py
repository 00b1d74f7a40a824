"""What is wrong with delivery details or an invoice, said so that it can be put right: for chat and page."""

from __future__ import annotations

from bot.screens import theme
from bot.words import _
from store import invoices, pickup
from store.delivery_details import Fault, tidy
from store.invoices import Kind

_QUOTED = 20
_SEEN_TO_HELP = (
    Fault.NOT_A_MOBILE,
    pickup.Fault.NOT_SIX_DIGITS,
    pickup.Fault.NOT_A_CODE,
    invoices.Fault.NOT_A_BARCODE,
    invoices.Fault.NOT_A_CERTIFICATE,
    invoices.Fault.NOT_A_DONATION_CODE,
    invoices.Fault.NOT_EIGHT_DIGITS,
    invoices.Fault.WRONG_CHECKSUM,
)


def sentence(field: str, fault: Fault | pickup.Fault, typed: str) -> str:
    """One or two sentences about what is wrong with a field of a recipient, an address or a store.

    `typed` is what the customer wrote; it is quoted where seeing it helps.
    """
    words = _store_words(field, fault) if field in ("brand", "code", "store") else _words(field, fault)
    return theme.sentences([words, _quoted(fault, typed)])


def invoice_sentence(kind: Kind, field: str, fault: invoices.Fault, typed: str) -> str:
    """The same about an invoice of this kind."""
    return theme.sentences([_invoice_words(kind, field, fault), _quoted(fault, typed)])


def _quoted(fault: Fault | pickup.Fault | invoices.Fault, typed: str) -> str:
    if fault not in _SEEN_TO_HELP:
        return ""
    return _("您輸入的是「{typed}」。").format(typed=_shortened(tidy(typed)))


def _words(field: str, fault: Fault | pickup.Fault) -> str:  # noqa: PLR0911 - one sentence each
    match field, fault:
        case "name", Fault.MISSING:
            return _("還差收件人的姓名。")
        case "name", Fault.TOO_SHORT:
            return _("姓名請填全名，例如「王小明」，貨到才找得到您。")
        case "name", Fault.TOO_LONG:
            return _("姓名有點長，請在 30 個字以內。")
        case "name", _other:
            return _("姓名請只用文字，不要有數字或符號。")
        case "phone", Fault.MISSING:
            return _("還差聯絡手機，貨到的時候會用到。")
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


def _store_words(field: str, fault: Fault | pickup.Fault) -> str:  # noqa: PLR0911 - one sentence each
    match field, fault:
        case "brand", pickup.Fault.MISSING:
            return _("還差取貨的超商：7-ELEVEN、全家、萊爾富或 OK。")
        case "brand", _other:
            return _("超商可以選 7-ELEVEN、全家、萊爾富或 OK。")
        case "code", pickup.Fault.MISSING:
            return _("還差門市店號，超商的門市查詢頁和發票上都有。")
        case "code", pickup.Fault.NOT_SIX_DIGITS:
            return _("這家超商的店號是 6 個數字，例如 131386。")
        case "code", _other:
            return _("店號是 4 到 6 個數字或英文字母。")
        case "store", pickup.Fault.MISSING:
            return _("還差門市名稱，例如「鑫台北」。")
        case "store", pickup.Fault.TOO_LONG:
            return _("門市名稱有點長，請在 20 個字以內。")
    return _("門市名稱請只用文字和數字。")


def _invoice_words(kind: Kind, field: str, fault: invoices.Fault) -> str:  # noqa: PLR0911 - one sentence each
    match kind, field, fault:
        case _kind, "kind", _other:
            return _("請選一種發票。")
        case _kind, "title", invoices.Fault.MISSING:
            return _("還差公司抬頭。")
        case _kind, "title", _other:
            return _("公司抬頭有點長，請在 60 個字以內。")
        case Kind.MOBILE, _field, invoices.Fault.MISSING:
            return _("還差手機條碼。")
        case Kind.MOBILE, _field, _other:
            return _("手機條碼是 / 加上 7 碼數字、大寫英文或 + - .，例如 /ABC+123。")
        case Kind.CITIZEN, _field, invoices.Fault.MISSING:
            return _("還差自然人憑證條碼。")
        case Kind.CITIZEN, _field, _other:
            return _("自然人憑證條碼是 2 個英文字母加 14 個數字。")
        case Kind.DONATION, _field, invoices.Fault.MISSING:
            return _("還差捐贈碼。")
        case Kind.DONATION, _field, _other:
            return _("捐贈碼是 3 到 7 個數字。")
        case _kind, _field, invoices.Fault.MISSING:
            return _("還差統一編號。")
        case _kind, _field, invoices.Fault.WRONG_CHECKSUM:
            return _("這個統一編號的檢查碼不對，請看看有沒有打錯。")
    return _("統一編號是 8 個數字。")


def _shortened(words: str) -> str:
    return words if len(words) <= _QUOTED else words[: _QUOTED - 1] + "…"
