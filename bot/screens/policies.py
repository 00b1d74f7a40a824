"""What the shop promises: questions often asked, returns, privacy, and being forgotten.

Returns: Consumer Protection Act of Taiwan, articles 19 and 19-2, and the regulation on reasonable
exceptions to it. Privacy: Personal Data Protection Act, articles 3 and 8; Business Entity Accounting Act,
article 38.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot import actions
from bot.screens import promotions, service, theme
from bot.screens.checkout import method_name
from bot.screens.lettering import name
from bot.screens.theme import Message, Part
from bot.words import _, money
from store import pickup
from store.handoff import KEPT_DAYS
from store.privacy import KEPT_YEARS
from store.shop import Shop


def faq(shop: Shop) -> list[Message]:
    """Questions often asked, answered from how this shop is set up."""
    pays = theme.series(method_name(method) for method in shop.payment_methods)
    answers = [
        (_("可以怎麼付款？"), _("{methods}。結帳時選一種就好。").format(methods=pays)),
        (_("運費多少？"), _shipping(shop)),
        (
            _("下單後可以取消嗎？"),
            _("付款前都可以，貨到付款是出貨前：輸入「訂單」，點那張訂單的「取消訂單」。"),
        ),
        (_("什麼時候出貨？"), _("備好就出，出貨時會在這裡通知您物流單號。")),
        (_("付款失敗怎麼辦？"), _("訂單會先幫您留著，點「付款資訊」再付一次，或換別的方式。")),
        (_("收到的東西有問題？"), _("點「聯絡店家」，店家會直接在這裡回覆您。")),
    ]
    return [_page(_("常見問題"), answers, [service.contact(), _to_returns()])]


def _shipping(shop: Shop) -> str:
    """What each way of delivery costs in this shop, and what it takes."""
    fees = {way: shop.shipping_for(way) for way in shop.delivery_methods}
    said = []
    if not any(rule.of(0) for rule in fees.values()):
        said.append(_("全館免運。"))
    else:
        said += [_fee_words(way, rule.of(0)) for way, rule in fees.items()]
        said.append(_("商品滿 {least} 免運。").format(least=money(shop.shipping.free_from)))
    if "cvs" in fees:
        words = _("超商取貨可選 7-ELEVEN、全家、萊爾富、OK，一件最多 {limit}（含運費）。")
        said.append(words.format(limit=money(pickup.LIMIT)))
    return "\n".join(said)


def _fee_words(way: str, fee: int) -> str:
    if not fee:
        return _("超商取貨免運費。") if way == "cvs" else _("宅配免運費。")
    words = _("超商取貨每張訂單 {fee}。") if way == "cvs" else _("宅配每張訂單 {fee}。")
    return words.format(fee=money(fee))


def returns() -> list[Message]:
    """The right to send things back."""
    answers = [
        (
            _("收到後 7 天內可以退"),
            _("從收到商品的隔天起算 7 天，不用說明理由，也不用負擔退貨費用（消費者保護法第 19 條）。"),
        ),
        (_("請保持商品完整"), _("主商品、配件、包裝和文件請一起退回；檢查商品需要的拆封沒有關係。")),
        (_("有些東西依法不能退"), _("容易腐敗的食品、客製的商品、拆封過的個人衛生用品等。")),
        (_("退款"), _("店家收到退貨後 15 天內退還全部款項，原則上退回原來的付款方式。")),
        (_("怎麼退"), _("打開那張訂單，點「申請退貨」；有問題就點「聯絡店家」。")),
    ]
    return [_page(_("退換貨"), answers, [_my_orders(), service.contact()])]


def privacy(shop: Shop) -> list[Message]:
    """What is kept of a customer, why, for how long, and how to have it erased."""
    answers = [
        (
            _("我們留什麼"),
            _("您的 LINE 識別碼、顯示名稱和語言、收件和發票資料、購物車、訂單、評價，以及和店家的對話。"),
        ),
        (_("用在哪裡"), _("只用來處理您的訂單、送貨、退款和回覆您，不賣也不交給別人做廣告。")),
        (
            _("誰會看到"),
            _("{shop}、送貨的物流公司，和處理付款的銀行；卡號只在銀行的頁面輸入，我們看不到。").format(
                shop=name(shop.name, limit=40)
            ),
        ),
        (
            _("留多久"),
            _("和店家的對話 {days} 天；訂單依商業會計法至少 {years} 年；其他到您要求刪除為止。").format(
                days=KEPT_DAYS, years=KEPT_YEARS
            ),
        ),
        (_("優惠訊息"), _("店家偶爾會傳。不想收到，輸入「不要廣告」就停；想再收到，輸入「恢復優惠訊息」。")),
        (_("您的權利"), _("您可以查詢、更正或刪除自己的資料（個人資料保護法第 3 條）。")),
    ]
    erase = theme.button(_("刪除我的資料"), actions.encode("erase"))
    return [_page(_("隱私"), answers, [service.contact(), promotions.way_out("secondary"), erase])]


def ask_erase(asked_at: int) -> list[Message]:
    """Is the customer sure? `asked_at` (seconds since 1970) says until when the answer counts."""
    words = _("要刪除您的資料嗎？這個動作不能復原。")
    gone = _("會刪除：顯示名稱、記住的收件和發票資料、購物車、到貨通知、和店家的對話，評價改成不具名。")
    kept = _("會留下：訂單和它的收件資料，因為法律要求帳務資料保存至少 {years} 年。").format(years=KEPT_YEARS)
    after = _("之後您在這裡會像新客人一樣，看不到以前的訂單，隨時可以重新開始。")
    under_way = _("還有進行中的訂單時，會先留著和您的聯繫，才能通知您。")
    body = [
        theme.text(words, size="md", bold=True),
        *map(theme.text, (gone, kept, after)),
        theme.note(under_way),
    ]
    footer = [
        theme.button(_("確定刪除"), actions.encode("erase_now", t=asked_at)),
        theme.main_button(_("先不要"), actions.encode("home")),
    ]
    return [theme.flex(f"{words}{gone}{kept}", theme.bubble(body, footer))]


def erased(under_way: int) -> list[Message]:
    """Done; `under_way` orders still need word to be sent about them."""
    words = _("您的資料已經刪除。訂單的收件資料會依法保存至少 {years} 年，之後想逛隨時歡迎。")
    buttons: Sequence[Part] = [theme.main_button(_("逛商品"), actions.encode("browse"))]
    if under_way:
        words = _(
            "您的資料已經刪除。還有 {count} 張進行中的訂單，通知會照常傳給您；"
            "等它們完成後再刪除一次，就連和 LINE 的連結也不留。"
        )
        buttons = [*buttons, _my_orders()]
    return [theme.card(words.format(years=KEPT_YEARS, count=under_way), *buttons)]


def _page(heading: str, answers: Sequence[tuple[str, str]], ways: Sequence[Part]) -> Message:
    body = [theme.title(heading)]
    for question, answer in answers:
        body.append(theme.column(theme.text(question, bold=True), theme.text(answer), spacing="xs"))
    alt = theme.headed(heading, " ".join(f"{question} {answer}" for question, answer in answers))
    helped = theme.button(_("說明"), actions.encode("help"), style="link")
    home = theme.button(_("首頁"), actions.encode("home"), style="link")
    return theme.flex(alt, theme.bubble(body, [*ways, theme.row(helped, home)]))


def _to_returns() -> Part:
    return theme.button(_("退換貨"), actions.encode("returns"))


def _my_orders() -> Part:
    return theme.button(_("我的訂單"), actions.encode("orders"))
