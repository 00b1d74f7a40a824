"""Greeting, help, and kind words for what the shop does not understand."""

from __future__ import annotations

from bot import actions
from bot.screens import theme
from bot.screens.lettering import fit, name
from bot.screens.theme import Message, Part
from bot.words import _
from store.shop import Shop

_HERO_RATIO = "1024:666"


def welcome(shop: Shop) -> list[Message]:
    """Somebody has just become a friend of the shop."""
    words = _("歡迎來到{shop}！想找什麼直接打字就可以，或從下面開始逛逛。").format(
        shop=name(shop.name, limit=40)
    )
    return [_front(shop, words)]


def home(shop: Shop) -> list[Message]:
    """The front door, for those who know the shop."""
    words = _("今天想找什麼？直接打字就可以，或從下面開始逛逛。")
    return [_front(shop, words)]


def _front(shop: Shop, words: str) -> Message:
    hero = theme.picture(shop.static_url("welcome.jpg"), _HERO_RATIO)
    body = [theme.title(fit(shop.name, 40)), theme.text(words)]
    return theme.flex(words, theme.bubble(body, main_buttons(), hero=hero))


def main_buttons() -> list[Part]:
    """The ways into the shop."""
    return [
        theme.main_button(_("逛商品"), actions.encode("browse")),
        theme.button(_("購物車"), actions.encode("cart")),
        theme.button(_("我的訂單"), actions.encode("orders")),
        theme.button(_("說明"), actions.encode("help"), style="link"),
    ]


def help_() -> list[Message]:
    """How to talk to the shop."""
    tips = (
        _("找商品：直接打字，例如商品名稱。"),
        _("看分類：輸入「商品」。"),
        _("看購物車：輸入「購物車」；要付款就輸入「結帳」。"),
        _("查訂單：輸入「訂單」，或直接輸入訂單編號。"),
        _("收到商品後 7 天內可以退貨（消費者保護法第 19 條）。"),
    )
    body = [theme.title(_("怎麼使用")), *[theme.text(tip) for tip in tips]]
    alt = _("說明：直接打字找商品；輸入「商品」「購物車」「結帳」「訂單」開啟各頁。")
    return [theme.flex(alt, theme.bubble(body, main_buttons()[:3]))]


def old_card() -> Message:
    """The card that was tapped does not say how things are any more; what follows does."""
    return theme.said(_("這張卡片是之前的了，現在是這樣："))


def not_words(kind: str) -> list[Message]:
    """A sticker, a photo, a place: things that are not words. `kind` is LINE's word for it."""
    sentences = {
        "sticker": _("收到您的貼圖了 😊 想找什麼，直接打字就可以。"),
        "image": _("照片我還看不懂，請用文字告訴我想找什麼。"),
        "video": _("影片我還看不懂，請用文字告訴我想找什麼。"),
        "audio": _("語音我還聽不懂，請用文字告訴我想找什麼。"),
        "location": _("位置收到了。收件地址請用文字填寫，才不會送錯地方。"),
        "file": _("檔案我打不開，請用文字告訴我想找什麼。"),
    }
    words = sentences.get(kind, _("這個我還看不懂，請用文字告訴我想找什麼。"))
    return [theme.card(words, *main_buttons()[:3])]


def empty_words() -> list[Message]:
    """A message of nothing but spaces."""
    return [theme.card(_("想找什麼？直接打字就可以。"), *main_buttons()[:3])]
