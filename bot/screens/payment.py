"""Paying an order: how, whether it worked, and what became of money that came at the wrong moment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot import actions
from bot.screens import theme
from bot.screens.checkout import Choice
from bot.screens.lettering import fit
from bot.screens.theme import Message, Part
from bot.words import _, minutes_until, moment, money
from store.orders import Order
from store.payment_methods import split


def placed_cod(order: Order) -> list[Message]:
    """An order that is paid at the door."""
    words = _("訂單已成立 #{code}。貨到時付 {total}，出貨時會再通知您。")
    if order.delivery_method == "cvs":
        words = _("訂單已成立 #{code}。到門市取貨時付 {total}，出貨時會再通知您。")
    return [
        theme.card(
            words.format(code=order.code, total=money(order.total)), look(order), *theme.home_buttons()
        )
    ]


def ready_page(order: Order, url: str, until: datetime, now: datetime) -> list[Message]:
    """The bank's page waits for the customer, until `until` (UTC)."""
    words = _("訂單已成立 #{code}。請在 {minutes} 分鐘內完成付款，商品先替您留著。")
    if _by_card(order):
        words = _("訂單已成立 #{code}。請在 {minutes} 分鐘內完成刷卡，商品先替您留著。")
    sentence = words.format(code=order.code, minutes=minutes_until(until, now))
    pay = theme.link_button(_("前往付款 {total}").format(total=money(order.total)), url)
    return [theme.card(sentence, pay, other_way(order), look(order))]


def ready_account(order: Order, account: str, until: datetime) -> list[Message]:
    """A virtual account waits for a transfer, until `until` (UTC)."""
    total, code, deadline = money(order.total), order.code, moment(until)
    words = _("訂單已成立 #{code}。請在 {deadline} 前轉帳 {total} 到{bank}{account}。")
    sentence = words.format(code=code, deadline=deadline, total=total, bank=_bank(), account=account)
    body = [
        theme.text(_("訂單已成立 #{code}").format(code=code), size="md", bold=True),
        theme.text(_("請在 {deadline} 前轉帳，商品先替您留著。").format(deadline=deadline)),
        theme.pair(_("銀行"), _bank()),
        theme.pair(_("虛擬帳號"), account, bold=True),
        theme.pair(_("金額"), total, bold=True),
    ]
    footer = [theme.copy_button(_("複製帳號"), account), other_way(order), look(order)]
    return [theme.flex(sentence, theme.bubble(body, footer))]


def _bank() -> str:
    """Where every virtual account is: Bank SinoPac and its code among Taiwan's banks."""
    return _("永豐銀行（807）")


def slow(order: Order) -> list[Message]:
    """The bank has not answered yet."""
    words = _("銀行那邊慢了一點，付款連結一好就傳給您，訂單 #{code} 已經幫您留著。")
    check = theme.main_button(_("查看付款"), actions.encode("pay", id=order.id))
    return [theme.card(words.format(code=order.code), check, look(order))]


def failed(order: Order, reason: str) -> list[Message]:
    """A try to pay went wrong; `reason` is the bank's own word for it, or empty."""
    card = _by_card(order)
    if reason:
        words = _("這次刷卡沒有成功（銀行回覆：{reason}），還沒有扣款。") if card else _(
            "這次付款沒有成功（銀行回覆：{reason}），還沒有扣款。"
        )  # fmt: skip
    else:
        words = _("這次刷卡沒有成功，還沒有扣款。") if card else _("這次付款沒有成功，還沒有扣款。")
    kept = _("訂單 #{code} 還幫您留著。").format(code=order.code)
    sentence = theme.sentences([words.format(reason=fit(reason, 80)), kept])
    return [theme.card(sentence, again(order), other_way(order), look(order))]


def lapsed(order: Order) -> list[Message]:
    """The bank's page has closed before its order; another can be opened."""
    words = _("訂單 #{code} 的付款連結過期了，還沒有扣款，重新開一個就好。").format(code=order.code)
    if order.expires_at is not None:
        kept = _("商品幫您留到 {deadline}。").format(deadline=moment(order.expires_at))
        words = theme.sentences([words, kept])
    return [theme.card(words, again(order), other_way(order), look(order))]


def again(order: Order) -> Part:
    """The button that opens a new way to pay."""
    return theme.main_button(_("再試一次"), actions.encode("retry", id=order.id))


def other_way(order: Order) -> Part:
    """The button to another payment method."""
    return theme.button(_("換付款方式"), actions.encode("change_method", id=order.id))


def other_methods(order: Order, methods: Sequence[Choice]) -> list[Message]:
    """How else an order can be paid."""
    possible = [choice for choice in methods if not choice.reason]
    if not possible:
        words = _("訂單 #{code} 沒有其他付款方式可以換。").format(code=order.code)
        return [theme.card(words, look(order), *theme.home_buttons())]
    words = _("訂單 #{code} 合計 {total}，要改用哪一種付款？")
    words = words.format(code=order.code, total=money(order.total))
    body = [theme.text(words, size="md"), *[theme.note(choice.reason) for choice in methods if choice.reason]]
    buttons = [
        theme.main_button(choice.name, actions.encode("method_to", id=order.id, m=choice.method))
        for choice in possible
    ]
    return [theme.flex(words, theme.bubble(body, [*buttons, look(order)]))]


def now_cod(order: Order) -> list[Message]:
    """An order that is to be paid at the door after all."""
    words = _("訂單 #{code} 改成貨到付款了，貨到時付 {total}，出貨時會再通知您。")
    if order.delivery_method == "cvs":
        words = _("訂單 #{code} 改成取貨付款了，到門市取貨時付 {total}，出貨時會再通知您。")
    sentence = words.format(code=order.code, total=money(order.total))
    return [theme.card(sentence, look(order), *theme.home_buttons())]


def _by_card(order: Order) -> bool:
    return split(order.payment_method)[0] == "card"


def paid(order: Order) -> list[Message]:
    """The money is here."""
    words = _("已付款 ✓ 訂單 #{code}，{total}。出貨時會再通知您。")
    sentence = words.format(code=order.code, total=money(order.total))
    receipt = theme.button(_("收據"), actions.encode("receipt", id=order.id))
    return [theme.card(sentence, look(order), receipt, *theme.home_buttons())]


def revived(order: Order) -> list[Message]:
    """The money came late, and there was still stock for it."""
    words = _("已付款 ✓ 您的款項晚了一點才到，商品還有，訂單 #{code} 照常為您準備。")
    return [theme.card(words.format(code=order.code), look(order), *theme.home_buttons())]


def expired(order: Order) -> list[Message]:
    """Nobody paid in time."""
    words = _("訂單 #{code} 超過付款時間，已取消，商品已放回架上。還想要的話：")
    return [theme.card(words.format(code=order.code), reorder(order), look(order))]


def cancelled(order: Order) -> list[Message]:
    """The order was given up."""
    words = _("訂單 #{code} 已取消，商品已放回架上。")
    return [theme.card(words.format(code=order.code), reorder(order), look(order))]


def late_refund(order: Order, amount: int) -> list[Message]:
    """The money came when the order was over; `amount` in TWD goes back."""
    words = _("我們收到您訂單 #{code} 遲到的款項 {amount}，但訂單已經取消，會全額退還給您。")
    if order.status == "expired":
        words = _("我們收到您訂單 #{code} 遲到的款項 {amount}，但商品已經賣完，會全額退還給您。")
    return [_money_words(words, order, amount)]


def extra_refund(order: Order, amount: int) -> list[Message]:
    """An order was paid twice; the second `amount` in TWD goes back."""
    words = _("訂單 #{code} 先前已經付過款，這次多收到的 {amount} 會全額退還給您。")
    return [_money_words(words, order, amount)]


def amount_mismatch(order: Order, amount: int) -> list[Message]:
    """Another amount arrived than was asked for; a human looks at it."""
    words = _(
        "我們收到訂單 #{code} 的款項 {amount}，和訂單金額 {total} 不同。店家會確認後和您聯絡，錢不會不見。"
    )
    return [_money_words(words, order, amount)]


def refund_started(order: Order, amount: int, method: str) -> list[Message]:
    """The bank has taken a refund of `amount` TWD on; it takes days."""
    words = _("訂單 #{code} 的退款 {amount} 已經送出，銀行處理好會再通知您。")
    return [_money_words(words, order, amount)]


def refunded(order: Order, amount: int, method: str) -> list[Message]:
    """The bank has given `amount` TWD back to where it was paid from by `method`."""
    words = {
        "card": _("訂單 #{code} 已退款 {amount}，會退回原本的信用卡，約 7–14 個工作天入帳。"),
        "atm": _("訂單 #{code} 已退款 {amount}，退回您轉帳的帳戶。"),
    }.get(method, _("訂單 #{code} 已退款 {amount}，退回您付款的帳戶。"))
    return [_money_words(words, order, amount)]


def _money_words(words: str, order: Order, amount: int) -> Message:
    sentence = words.format(code=order.code, amount=money(amount), total=money(order.total))
    return theme.card(sentence, look(order), *theme.home_buttons())


def look(order: Order) -> Part:
    """The button to the order."""
    return theme.button(_("看訂單"), actions.encode("order", id=order.id))


def reorder(order: Order) -> Part:
    """The button that puts the same things into the cart."""
    return theme.main_button(_("再買一次"), actions.encode("reorder", id=order.id))
