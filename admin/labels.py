"""What things are called: states, payment methods, cases, events, in the reader's language."""

from __future__ import annotations

from typing import Any

from admin import broadcast_words
from admin.labels_shop import notice
from admin.roles import RANKS
from admin.words import _
from store import web
from store.payment_methods import split

STATES = (
    "pending", "paid", "preparing", "shipped", "completed", "cancelled", "expired", "refunding", "refunded",
)  # fmt: skip


def rank(role: str) -> int:
    """How much a role may do."""
    return RANKS[role]


def state(status: str) -> str:
    """The state of an order."""
    names = {
        "pending": _("待付款"),
        "paid": _("已付款"),
        "preparing": _("備貨中"),
        "shipped": _("已出貨"),
        "completed": _("已完成"),
        "cancelled": _("已取消"),
        "expired": _("逾期取消"),
        "refunding": _("退款中"),
        "refunded": _("已退款"),
    }
    return names.get(status, status)


def method(name: str) -> str:
    """A way to pay."""
    names = {
        "card": _("信用卡"),
        "atm": _("ATM 轉帳"),
        "mobile": _("行動支付"),
        "linepay": "LINE Pay",
        "jkopay": _("街口支付"),
        "pxpay": _("全支付"),
        "pluspay": _("全盈+PAY"),
        "ipass": "iPASS MONEY",
        "cod": _("貨到付款"),
    }
    kind, instalments = split(name)
    if instalments:
        return _("信用卡 {count} 期").format(count=instalments)
    return names.get(kind, kind)


def role(name: str) -> str:
    """What somebody may do in the console."""
    return {"owner": _("店主"), "staff": _("店員"), "viewer": _("檢視者")}.get(name, name)


def payment_state(status: str) -> str:
    """The state of an attempt to pay."""
    names = {
        "creating": _("建立中"),
        "waiting": _("等待付款"),
        "paid": _("已付款"),
        "failed": _("失敗"),
        "expired": _("逾期"),
        "cancelled": _("已作廢"),
    }
    return names.get(status, status)


def case_kind(kind: str) -> str:
    """Why a human is needed."""
    names = {
        "refund_due": _("應退款"),
        "amount_mismatch": _("金額不符"),
        "bank_disagrees": _("與銀行紀錄不一致"),
        "payment_stuck": _("付款卡住了"),
        "bank_misconfigured": _("銀行串接設定有誤"),
        "waiting_for_human": _("客人等待真人回覆"),
        "return_asked": _("客人想退貨"),
    }
    return names.get(kind, kind)


def case_story(kind: str, data: dict[str, Any], words: str | None = None) -> str:
    """What a case is about, in a sentence, from the facts kept with it and the customer's own `words`."""
    amount, expected = data.get("amount"), data.get("expected")
    if kind == "amount_mismatch" and isinstance(amount, int) and isinstance(expected, int):
        sentence = _("收到 {amount}，訂單金額是 {expected}。")
        return sentence.format(amount=web.money(amount), expected=web.money(expected))
    if kind == "refund_due" and isinstance(amount, int):
        return _("收到的 {amount} 應該退還給客人。").format(amount=web.money(amount))
    if kind == "waiting_for_human":
        return _("客人請店家回覆，小幫手先不說話。")
    if kind == "return_asked":
        return _("客人說：「{words}」").format(words=words) if words else _("客人沒有說明原因。")
    return facts(data)


def job(kind: str, what: str | None) -> str:
    """What an inbox event or an outbox row is for."""
    names = {
        "notice": _("訂單通知"),
        "owner.notice": _("店家通知"),
        "line.message": _("LINE 訊息"),
        "payment.create": _("向銀行建立付款"),
        "payment.abandon": _("向銀行作廢付款"),
        "payment.look_up": _("向銀行查詢回報"),
        "payment.check": _("向銀行確認付款"),
        "order.expire": _("付款期限到期"),
        "refund.send": _("向銀行退款"),
        "refund.check": _("向銀行查詢退款"),
        "reconcile.daily": _("每日與銀行對帳"),
        "timer": _("定時工作"),
        "broadcast.spread": _("群發：選出下一批人"),
        "broadcast.send": _("群發：傳給一批人"),
        "broadcast.quota": _("向 LINE 查詢訊息則數"),
        "line": _("LINE 事件"),
        "sinopac": _("銀行回報"),
    }
    name = names.get(kind, kind)
    if not what:
        return name
    return f"{name} · {notice(what) if kind == 'owner.notice' else news(what)}"


def news(what: str) -> str:
    """What a notice tells the customer."""
    names = {
        "paid": _("已付款"),
        "late_revived": _("遲到的款項，訂單恢復"),
        "late_refund": _("遲到的款項，將退款"),
        "extra_refund": _("重複付款，將退款"),
        "amount_mismatch": _("金額不符"),
        "payment_ready": _("付款資訊"),
        "payment_slow": _("銀行較慢"),
        "payment_failed": _("付款失敗"),
        "payment_lapsed": _("付款連結過期"),
        "expired": _("逾期取消"),
        "cancelled": _("已取消"),
        "shipped": _("已出貨"),
        "refund_started": _("退款處理中"),
        "refunded": _("已退款"),
        "back_in_stock": _("到貨通知"),
    }
    return names.get(what, what)


def job_state(status: str) -> str:
    """How far an outbox row is."""
    names = {"waiting": _("等待中"), "done": _("完成"), "dead": _("失敗"), "dropped": _("不需要了")}
    return names.get(status, status)


def event(kind: str) -> str:
    """What happened to an order."""
    names = {
        "placed": _("訂單成立"),
        "payment_opened": _("付款資訊已建立"),
        "payment_refused": _("銀行拒絕建立付款"),
        "payment_failed": _("付款失敗"),
        "money_arrived": _("收到款項"),
        "bank_disagrees": _("與銀行紀錄不一致"),
        "reported": _("銀行回報"),
        "preparing": _("已開始備貨"),
        "shipped": _("已出貨"),
        "tracking_corrected": _("更正物流單號"),
        "completed": _("已完成"),
        "cancelled": _("已取消"),
        "expired": _("逾期取消"),
        "case_closed": _("待處理事項已結案"),
        "note": _("備註"),
        "method_changed": _("更換付款方式"),
        "refund_asked": _("申請退款"),
        "return_asked": _("客人申請退貨"),
        "return_withdrawn": _("客人不退貨了"),
        "refunding": _("全額退款中"),
        "refund_accepted": _("銀行已受理退款"),
        "refund_failed": _("退款失敗"),
        "refunded_by_hand": _("已自行退款"),
        "money_returned": _("款項已退回"),
        "refunded": _("已退款"),
        "customer_erased": _("客人的個人資料已刪除"),
    }
    return names.get(kind, kind)


def actor(name: str, staff: str | None) -> str:
    """Who did something to an order; `staff` is the name of a person of the console."""
    if staff:
        return staff
    names = {"bank": _("銀行"), "timer": _("系統"), "customer": _("客人"), "import": _("匯入商品檔")}
    return names.get(name.partition(":")[0], name)


def outcome(name: str) -> str:
    """What arrived money has done to its order."""
    names = {
        "paid": _("已付款"),
        "late_revived": _("遲到的款項，訂單恢復"),
        "late_refund": _("遲到的款項，將退款"),
        "extra_refund": _("重複付款，將退款"),
        "amount_mismatch": _("金額不符"),
    }
    return names.get(name, name)


def facts(data: dict[str, Any] | None) -> str:
    """What is kept with an event, in a line; a reader's words for what this house writes itself."""
    shown = [_fact(name, value) for name, value in (data or {}).items() if value not in (None, "", [])]
    return " · ".join(words for words in shown if words)


def _fact(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return _flag(name, value)
    if name in _MONEY and isinstance(value, int):
        return f"{field(name)} {web.money(value)}" if name in _NAMED else web.money(value)
    if name in _NAMED:
        return f"{field(name)} {value}"
    if name == "attempt":
        return _("第 {number} 次").format(number=value)
    wording = {
        "method": method, "from": method, "to": method, "outcome": outcome, "role": role, "status": state,
        "segment": broadcast_words.segment_fact,
    }  # fmt: skip
    return wording[name](str(value)) if name in wording else str(value)


_MONEY = ("total", "amount", "expected", "price", "list_price", "minimum", "discount")
_NAMED = (
    "price", "list_price", "stock", "position", "option", "category", "description", "minimum", "starts_at",
    "ends_at", "uses_limit", "uses_per_customer", "cap", "refund", "skus", "products", "stock_changes",
    "people", "send_at", "product",
)  # fmt: skip


def _flag(name: str, value: bool) -> str:
    names = {
        "active": (_("上架／啟用"), _("下架／停用")),
        "hidden": (_("隱藏"), _("顯示")),
        "restock": (_("商品放回架上"), _("商品不放回架上")),
        "whole": (_("全額"), ""),
        "closed": (_("已結案"), _("未結案")),
        "on": (_("開"), _("關")),
        "with_human": (_("真人回覆中"), _("小幫手回覆")),
    }
    yes, no = names.get(name, (name, ""))
    return yes if value else no


def subject(name: str) -> str:
    """What a change was about."""
    kind, _colon, number = name.partition(":")
    names = {
        "user": _("帳號"),
        "case": _("待處理事項"),
        "inbox": _("收進來的事件"),
        "outbox": _("要送出去的訊息和工作"),
        "order": _("訂單"),
        "file": _("匯出"),
        "product": _("商品"),
        "sku": _("規格"),
        "catalogue": _("商品檔"),
        "category": _("分類"),
        "coupon": _("優惠券"),
        "broadcast": _("群發"),
        "review": _("評價"),
        "customer": _("客人"),
        "report": _("報表"),
        "notice": _("店家通知"),
    }
    which = notice(number) if kind == "notice" else number
    return f"{names.get(kind, kind)} {which}"


def action(name: str) -> str:
    """A change in the audit log."""
    names = {
        "login": _("登入"),
        "logout.everywhere": _("登出所有裝置"),
        "user.create": _("新增帳號"),
        "user.reset": _("重設帳號"),
        "user.password": _("更換密碼"),
        "user.profile": _("修改個人設定"),
        "user.totp_on": _("啟用兩步驟驗證"),
        "user.totp_off": _("停用兩步驟驗證"),
        "user.edit": _("修改帳號"),
        "user.recovery_code": _("使用備用碼"),
        "user.recovery_codes": _("產生新的備用碼"),
        "order.prepare": _("標記備貨中"),
        "order.ship": _("出貨"),
        "order.tracking": _("更正物流單號"),
        "order.complete": _("完成訂單"),
        "order.cancel": _("取消訂單"),
        "order.note": _("備註"),
        "order.refund": _("申請退款"),
        "refund.by_hand": _("記錄自行退款"),
        "orders.export": _("匯出訂單"),
        "product.create": _("新增商品"),
        "product.edit": _("修改商品"),
        "product.picture": _("更換商品圖片"),
        "product.active": _("商品上下架"),
        "sku.create": _("新增規格"),
        "sku.edit": _("修改規格"),
        "sku.stock": _("調整庫存"),
        "category.rename": _("分類改名"),
        "category.place": _("調整分類順序"),
        "category.hide": _("隱藏或恢復分類"),
        "catalogue.import": _("匯入商品"),
        "catalogue.export": _("匯出商品"),
        "coupon.create": _("新增優惠券"),
        "coupon.edit": _("修改優惠券"),
        "broadcast.create": _("新增群發草稿"),
        "broadcast.edit": _("修改群發草稿"),
        "broadcast.discard": _("刪除群發草稿"),
        "broadcast.send": _("送出群發"),
        "broadcast.stop": _("停止群發"),
        "review.hide": _("隱藏評價"),
        "review.show": _("顯示評價"),
        "customer.reply": _("回覆客人"),
        "customer.handoff": _("切換真人回覆"),
        "customer.erase": _("刪除客人個資"),
        "report.export": _("匯出報表"),
        "notice.switch": _("開關店家通知"),
        "case.close": _("結案"),
        "inbox.revive": _("再試一次"),
        "outbox.revive": _("再試一次"),
        "inbox.dismiss": _("不再處理"),
        "outbox.dismiss": _("不再處理"),
    }
    return names.get(name, name)


def field(name: str) -> str:
    """A field of a form."""
    names = {
        "login": _("帳號"),
        "password": _("密碼"),
        "name": _("姓名"),
        "reason": _("原因"),
        "text": _("備註"),
        "carrier": _("物流"),
        "tracking": _("物流單號"),
        "q": _("搜尋"),
        "category": _("分類"),
        "description": _("說明"),
        "position": _("排序"),
        "code": _("代碼"),
        "option": _("規格"),
        "price": _("售價"),
        "list_price": _("原價"),
        "stock": _("庫存"),
        "quantity": _("數量"),
        "amount": _("金額"),
        "value": _("優惠內容"),
        "cap": _("最高折抵"),
        "minimum": _("最低消費"),
        "starts_at": _("開始"),
        "ends_at": _("結束"),
        "uses_limit": _("總使用次數"),
        "uses_per_customer": _("每人使用次數"),
        "refund": _("退款編號"),
        "skus": _("規格數"),
        "products": _("商品數"),
        "stock_changes": _("庫存變動"),
        "segment": _("對象"),
        "days_recent": _("最近買過的天數"),
        "days_lapsed": _("沒買的天數"),
        "language": _("語言"),
        "when": _("傳送時間"),
        "send_at": _("傳送時間"),
        "people": _("人數"),
        "version": _("版本"),
        "product": _("商品"),
    }
    return names.get(name, name)
