"""The conversation: what a customer's tap or words mean, and which scene answers them."""

from __future__ import annotations

from bot import actions
from bot.actions import Action
from bot.events import Follow, Incoming, Other, Postback, Text, What
from bot.scenes import (
    Answer,
    Scene,
    Talk,
    asking,
    browse,
    cart,
    checkout,
    coupons,
    destination,
    extras,
    language,
    menu,
    orders,
    owners,
    placing,
    promotions,
    returns,
    reviews,
    service,
    wishes,
)
from bot.scenes.details import is_form
from bot.screens import service as service_screens
from bot.screens.theme import Message, with_ways_back
from bot.words import speaking
from store.customers import Customer
from store.db import Transaction
from store.delivery_details import tidy
from store.shop import Shop

SCENES: dict[str, Scene] = {
    **service.ACTIONS,
    **browse.ACTIONS,
    **cart.ACTIONS,
    **destination.ACTIONS,
    **checkout.ACTIONS,
    **placing.ACTIONS,
    **coupons.ACTIONS,
    **extras.ACTIONS,
    **orders.ACTIONS,
    **returns.ACTIONS,
    **reviews.ACTIONS,
    **wishes.ACTIONS,
    **promotions.ACTIONS,
    **language.ACTIONS,
    **owners.ACTIONS,
    **menu.ACTIONS,
}
"""What every button of every screen leads to."""

_SCREENS: tuple[tuple[Scene, str], ...] = (
    (browse.categories, "商品 逛商品 逛逛 分類 shop products"),
    (cart.view, "購物車 cart"),
    (checkout.resume, "結帳 去結帳 checkout"),
    (coupons.ask, "優惠券 優惠碼 折扣碼 coupon"),
    (destination.listed, "收件資料 我的地址 addresses"),
    (orders.listed, "訂單 我的訂單 查訂單 orders order"),
    (service.help_, "說明 幫助 怎麼用 help ?"),
    (service.faq, "常見問題 問題 問答 faq"),
    (service.returns, "退貨 換貨 退換貨 退款 鑑賞期 returns refund"),
    (service.privacy_, "隱私 隱私權 隱私權政策 個資 privacy"),
    (service.human, "聯絡店家 聯繫店家 客服 真人 真人客服 店家 contact human"),
    (service.ask_erase, "刪除我的資料 刪除資料 delete-my-data"),
    (language.offer, "語言 language 換語言"),
    (language.speak_chinese, "中文 繁體中文 chinese"),
    (language.speak_english, "english 英文"),
    (owners.typed, "店家通知 通知設定 通知 notices"),
    (promotions.stop, "不要廣告 不要優惠 不要優惠訊息 不再收到優惠訊息 取消訂閱 no-promotions unsubscribe"),
    (promotions.resume, "恢復優惠訊息 恢復優惠 要優惠訊息 訂閱 promotions subscribe"),
    (service.helper, "小幫手 helper"),
    (service.home, "首頁 選單 主選單 嗨 你好 您好 menu home hi hello"),
)
_WORDS = {word.replace("-", " "): scene for scene, words in _SCREENS for word in words.split()}
"""Words that open a screen, as `_normal` leaves them; anything else typed is searched for."""
_PUNCTUATION = "。.!,~「」\"'"


class Conversation:
    """Answers the customers of one shop."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def respond(self, tx: Transaction, customer: Customer, incoming: Incoming) -> list[Message] | None:
        """Do what the event asks for, and say so: one to five messages.

        None when there is nothing to say now: then the answer comes as a notice (the bank is being
        asked for a way to pay), or nobody waits for one.
        """
        with speaking(customer.language):
            what = incoming.what
            message_id = what.message_id if isinstance(what, Text) else ""
            answer = _answer(Talk(self._shop, tx, customer, message_id), what)
            return with_ways_back(answer) if answer else None


def _answer(talk: Talk, what: What) -> Answer:
    match what:
        case Text() | Other(is_message=True) if talk.customer.with_human:
            return _to_human(talk, what)
        case Text():
            return _typed(talk, what)
        case Postback(data=data):
            return _tapped(talk, actions.parse(data))
        case Follow(unblocked=again):
            return (service_screens.welcome_back if again else service_screens.welcome)(talk.shop)
        case Other(kind=kind, is_message=True):
            return service_screens.not_words(kind)
        case _:
            return None


def _tapped(talk: Talk, action: Action | None) -> Answer:
    scene = SCENES.get(action.name) if action else None
    if action is None or action.name not in reviews.ACTIONS:
        talk = reviews.leave(talk)
    talk = asking.leave(talk)
    return scene(talk, action) if action and scene else cart.old_card(talk)


def _typed(talk: Talk, said: Text) -> Answer:
    typed, word = said.text, _normal(said.text)
    if not word:
        return service_screens.empty_words()
    if scene := _WORDS.get(word):
        return scene(asking.leave(reviews.leave(talk)), Action(word))
    return (
        reviews.take_words(talk, said)
        or extras.take(talk, typed)
        or returns.take(talk, said)
        or coupons.take(talk, typed)
        or checkout.take_details(talk, typed)
        or orders.by_code(talk, tidy(typed))
        or browse.search(talk, typed)
    )


def _to_human(talk: Talk, said: Text | Other) -> Answer:
    """Something said while the bot is quiet: answered only where it answers what a tap has asked since."""
    if isinstance(said, Other):
        return service.overheard(talk, said)
    if _WORDS.get(_normal(said.text)) is service.helper:
        return service.helper(talk)
    if answer := reviews.take_words(talk, said) or extras.take(talk, said.text) or returns.take(talk, said):
        return answer
    if asking.asked(talk) and (answer := coupons.take(talk, said.text)):
        return answer
    if is_form(said.text):
        return checkout.take_details(talk, said.text)
    return service.overheard(talk, said)


def _normal(typed: str) -> str:
    """Words as people mean them: width, case, blanks and a full stop make no difference."""
    return tidy(typed).strip(_PUNCTUATION).strip().casefold()
