"""What things of the shop are called in the reader's language: deliveries, invoices, refunds, coupons."""

from __future__ import annotations

from admin.words import _
from store import stock, web
from store.orders import Order
from store.pricing import Kind


def delivery(method: str) -> str:
    """How a parcel travels."""
    return {"home": _("宅配"), "cvs": _("超商取貨")}.get(method, method)


def invoice_kind(kind: str) -> str:
    """Where the invoice goes."""
    names = {
        "paper": _("紙本發票（二聯）"),
        "mobile": _("手機條碼載具"),
        "citizen": _("自然人憑證載具"),
        "donation": _("捐贈發票"),
        "company": _("公司發票（三聯）"),
    }
    return names.get(kind, kind)


def invoice(order: Order) -> str:
    """How the customer of an order wants the invoice, in a line."""
    parts = (invoice_kind(order.invoice_kind), order.invoice_value, order.invoice_title)
    return " ".join(part for part in parts if part)


def carrier_of(order: Order) -> str:
    """The carrier to begin with in the form: the chain's own where the parcel is picked up there."""
    return {"OK": "OK 超商"}.get(order.store_brand, order.store_brand)


def refund_state(status: str) -> str:
    """How far a refund is."""
    names = {
        "asked": _("準備送出"),
        "sending": _("送出中"),
        "accepted": _("銀行處理中"),
        "done": _("已退回"),
        "failed": _("沒有成功"),
    }
    return names.get(status, status)


def stock_reason(reason: str) -> str:
    """Why stock moved."""
    return {"count": _("人工調整"), "placed": _("訂單保留"), "returned": _("訂單退回")}.get(reason, reason)


def benefit(kind: str, value: int, cap: int | None) -> str:
    """What a coupon gives, in a few words."""
    match kind:
        case Kind.AMOUNT:
            return _("折 {amount}").format(amount=web.money(value))
        case Kind.PERCENT:
            words = _("減 {percent}%").format(percent=value)
            return words + (_("，最多 {amount}").format(amount=web.money(cap)) if cap else "")
    return _("免運費")


def outcome(words: str) -> str:
    """What came of a message or a call, for people; the rest as it stands, for whoever looks for a cause."""
    names = {
        "pushed": _("推播送出"), "replied": _("用免費的回覆送出"), "opened": _("銀行已建立付款"),
        "paid": _("已付款"), "duplicate": _("先前已收到"), "accepted": _("銀行已受理"),
        "under way": _("銀行處理中"), "done": _("完成"), "still undecided": _("還沒有結果"),
        "refused": _("銀行拒絕"), "failed": _("失敗"), "expired": _("逾期"),
    }  # fmt: skip
    # The number that LINE gave a message stands behind the word.
    first = words.partition(" ")[0]
    return names.get(words) or (names[first] if first in ("pushed", "replied") else words)


def message_kind(kind: str) -> str:
    """What somebody sent that is not words; LINE's own word where it is new."""
    names = {
        "image": _("圖片"), "video": _("影片"), "audio": _("語音"), "file": _("檔案"), "sticker": _("貼圖"),
        "location": _("位置"),
    }  # fmt: skip
    return names.get(kind, kind)


def catalogue_field(name: str) -> str:
    """A column of the catalogue file."""
    names = {
        "product": _("商品名稱"),
        "option": _("規格名稱"),
        "category": _("分類"),
        "price": _("售價"),
        "list_price": _("原價"),
        "stock": _("庫存"),
        "description": _("說明"),
        "picture": _("圖片"),
        "active": _("販售"),
    }
    return names[name]


def catalogue_value(name: str, value: object) -> str:
    """A value of the catalogue file, short enough for a list."""
    if name in ("price", "list_price") and isinstance(value, int):
        return web.money(value)
    if isinstance(value, bool):
        return _("販售中") if value else _("已下架")
    if name == "picture" and value and not str(value).startswith("https://"):
        return _("有圖片")
    text = "—" if value in (None, "") else str(value)
    return text if len(text) <= _SHORT else text[:_SHORT] + "…"


_SHORT = 60


def notice(kind: str) -> str:
    """What the shop's owners are told of in LINE."""
    names = {
        "order": _("新訂單"),
        "case": _("待處理事項"),
        "low_stock": _("快賣完"),
        "daily": _("每日摘要"),
    }
    return names.get(kind, kind)


def notice_story(kind: str) -> str:
    """The same in a sentence."""
    stories = {
        "order": _("付款完成，或成立貨到付款訂單。"),
        "case": _("要退款、和銀行對不起來、客人找真人。"),
        "low_stock": _("商品只剩 {count} 件以下的時候，說一次。").format(count=stock.LOW),
        "daily": _("早上九點，昨天的訂單和營業額，還有哪些事等著；沒有事就不傳。"),
    }
    return stories.get(kind, "")
