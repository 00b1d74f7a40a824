"""What may be added to an order: how the invoice is wanted, and a note to the shop."""

from __future__ import annotations

from collections.abc import Sequence

from bot import actions
from bot.screens import theme
from bot.screens.lettering import clean, fit
from bot.screens.theme import Message, Part
from bot.words import _
from store.carts import NOTE_LIMIT
from store.invoices import Invoice, Kind


def kind_name(kind: Kind) -> str:
    """What people call a kind of invoice."""
    return {
        Kind.PAPER: _("紙本發票（二聯）"),
        Kind.MOBILE: _("手機條碼載具"),
        Kind.CITIZEN: _("自然人憑證載具"),
        Kind.DONATION: _("捐贈發票"),
        Kind.COMPANY: _("公司發票（統一編號）"),
    }[kind]


def invoice_words(invoice: Invoice) -> str:
    """How the invoice is wanted; a carrier, by which its owner could be known, is shown in part."""
    match invoice.kind:
        case Kind.PAPER:
            return kind_name(Kind.PAPER)
        case Kind.MOBILE:
            return _("手機條碼 {value}").format(value=_masked(invoice.value, 3, 2))
        case Kind.CITIZEN:
            return _("自然人憑證 {value}").format(value=_masked(invoice.value, 2, 3))
        case Kind.DONATION:
            return _("捐贈 {value}").format(value=invoice.value)
        case Kind.COMPANY:
            return _("統編 {value} {title}").format(value=invoice.value, title=fit(invoice.title, 60))


def _masked(value: str, head: int, tail: int) -> str:
    return f"{value[:head]}***{value[-tail:]}"


def invoice(current: Invoice) -> list[Message]:
    """How is the invoice wanted?"""
    words = _("發票要怎麼開？現在是：{current}。下次也會記得。").format(current=invoice_words(current))
    buttons = [theme.button(kind_name(kind), actions.encode("invoice_kind", k=kind.value)) for kind in Kind]
    return [theme.card(words, *buttons, _back())]


def ask_invoice(kind: Kind, known: Invoice | None, complaints: Sequence[str] = ()) -> list[Message]:
    """What the kind needs; `known` is what is right of it already, `complaints` what is wrong otherwise."""
    asking = _asking_words(kind)
    body = [theme.text(words, size="md", color=theme.SALE) for words in complaints]
    body.append(theme.text(asking, size="sm" if complaints else "md"))
    if kind is Kind.COMPANY:
        body.append(theme.note(_form(Invoice(kind))))
    write = None
    if kind is Kind.COMPANY:
        fields = _form(known or Invoice(kind))
        write = theme.form_button(_("在這裡填寫"), actions.encode("invoice_kind", k=kind.value), fields)
    other = theme.button(_("換一種發票"), actions.encode("invoice"))
    return [theme.flex(theme.sentences(complaints) or asking, theme.bubble(body, [write, other, _back()]))]


def _asking_words(kind: Kind) -> str:
    return {
        Kind.PAPER: kind_name(Kind.PAPER),
        Kind.MOBILE: _("請直接輸入手機條碼：/ 加 7 碼，例如 /ABC+123。"),
        Kind.CITIZEN: _("請直接輸入自然人憑證條碼：2 個英文字母加 14 個數字。"),
        Kind.DONATION: _("請直接輸入捐贈碼：3 到 7 個數字。"),
        Kind.COMPANY: _("請輸入統一編號和公司抬頭（直接回覆這兩行也可以）："),
    }[kind]


def _form(known: Invoice) -> str:
    return _("統一編號：{value}\n公司抬頭：{title}").format(value=known.value, title=clean(known.title))


def invoice_kept(invoice: Invoice) -> Message:
    """How the invoice will be."""
    return theme.said(_("發票：{words}，記好了。").format(words=invoice_words(invoice)))


def ask_note(current: str) -> list[Message]:
    """What shall the shop know?"""
    words = _("想告訴店家什麼？直接打字就可以，{limit} 個字以內。").format(limit=NOTE_LIMIT)
    if not current:
        return [theme.card(words, _back())]
    body = [theme.text(words, size="md"), theme.note(_("現在是：{note}").format(note=fit(current, 200)))]
    return [theme.flex(words, theme.bubble(body, [_no_note(), _back()]))]


def note_too_long(typed: str, length: int) -> list[Message]:
    """More than the shop can read on a slip."""
    words = _("備註有 {length} 個字，請在 {limit} 個字以內再傳一次。").format(length=length, limit=NOTE_LIMIT)
    write = theme.form_button(_("在這裡修改"), actions.encode("note"), typed)
    return [theme.card(words, write, _no_note(), _back())]


def _no_note() -> Part:
    return theme.button(_("不用備註"), actions.encode("no_note"))


def _back() -> Part:
    return theme.row(
        theme.button(_("回訂單確認"), actions.encode("resume"), style="link"),
        theme.button(_("看購物車"), actions.encode("cart"), style="link"),
    )
