"""Greeting, help, a human of the shop, and kind words for what the shop does not understand."""

from __future__ import annotations

from bot import actions
from bot.screens import theme
from bot.screens.lettering import fit, name
from bot.screens.theme import Message, Part
from bot.words import _, languages, speaking
from store.shop import Shop

_HERO_RATIO = "1024:666"


def welcome(shop: Shop) -> list[Message]:
    """Somebody has just become a friend of the shop."""
    words = _("歡迎來到{shop}！想找什麼直接打字就可以，或從下面開始逛逛。").format(
        shop=name(shop.name, limit=40)
    )
    return [_front(shop, words)]


def welcome_back(shop: Shop) -> list[Message]:
    """Somebody has become a friend of the shop again."""
    words = _("歡迎回來！購物車和訂單都還在，想找什麼直接打字就可以。")
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
        _("想找真人：輸入「聯絡店家」。"),
        _("收到商品後 7 天內可以退貨（消費者保護法第 19 條）。"),
    )
    body = [theme.title(_("怎麼使用")), *[theme.text(tip) for tip in tips]]
    alt = _("說明：直接打字找商品；輸入「商品」「購物車」「結帳」「訂單」「聯絡店家」開啟各頁。")
    return [theme.flex(alt, theme.bubble(body, [*main_buttons()[:3], contact(), *_papers()]))]


def contact(order_id: int | None = None) -> Part:
    """The button to a human of the shop, about an order perhaps."""
    about = {} if order_id is None else {"id": order_id}
    return theme.button(_("聯絡店家"), actions.encode("human", **about))


def _papers() -> list[Part]:
    return [
        theme.row(
            theme.button(_("常見問題"), actions.encode("faq"), style="link"),
            theme.button(_("退換貨"), actions.encode("returns"), style="link"),
            theme.button(_("隱私"), actions.encode("privacy"), style="link"),
        )
    ]


def with_human(code: str = "") -> list[Message]:
    """The shop's people know; the bot is quiet from now on. `code` is the order it is about, or empty."""
    words = _("已通知店家，會有人回覆您；這段時間我先安靜。想找我時輸入「小幫手」。")
    about = _("關於訂單 #{code}，想說什麼直接打字就可以。").format(code=code)
    plain = _("想說什麼直接打字就可以。")
    body = [theme.text(words, size="md"), theme.note(about if code else plain)]
    footer = [theme.button(_("叫回小幫手"), actions.encode("helper")), *theme.home_buttons()]
    return [theme.flex(words, theme.bubble(body, footer))]


def helper_is_back() -> Message:
    """The bot talks again."""
    return theme.said(_("我回來了！店家的回覆還是會在這裡出現。"))


def somebody_waits(shop: Shop, who: str, code: str) -> list[Message]:
    """To the shop's own people: a customer asks for a human. `who` and `code` (an order) may be empty."""
    name_ = name(who, limit=40) if who else _("一位客人")
    words = _("{who}想和店家說話。").format(who=name_)
    if code:
        words = _("{who}想和店家說話，關於訂單 #{code}。").format(who=name_, code=code)
    return [theme.card(words, theme.link_button(_("開啟後台"), f"{shop.public_url}/admin/"))]


def slow_down() -> list[Message]:
    """Too much at once from one customer."""
    words = _("慢慢來，點得太快我會跟不上。最後一步我會照做，其他的請再點一次。")
    return [theme.card(words, *main_buttons()[:3])]


def not_done() -> list[Message]:
    """What the customer did has failed for good."""
    return [theme.card(_("剛剛那一步沒有成功，請再試一次。"), *main_buttons()[:3])]


def in_group(language: str | None) -> list[Message]:
    """To everybody in a group; in every language there is where nothing is known of who asked."""
    said = []
    for spoken_there in [language] if language else languages():
        with speaking(spoken_there):
            said.append(_("為了您的隱私，購物請加我好友私訊喔。"))
    return [theme.said("\n".join(dict.fromkeys(said)))]


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
