"""Tell me when it is back; and telling a friend."""

from __future__ import annotations

from urllib.parse import quote

from bot import actions
from bot.screens import theme
from bot.screens.lettering import clean, clusters, name
from bot.screens.theme import Message, Part
from bot.words import _, money
from store.catalogue import Product, Sku
from store.shop import Shop

_SHARE = "https://line.me/R/share?text="
"""Opens LINE's own choice of whom to send a text to (LINE documentation, "LINE URL scheme")."""
_URI_LIMIT = 1000
_NAME_LENGTHS = (80, 40, 24, 12, 6)


def wish_button(sku_id: int, *, style: str = "primary", what: str = "") -> Part:
    """The button under something sold out; `what` names it where several things stand together."""
    label = _("到貨通知：{what}").format(what=what) if what else _("到貨通知我")
    return theme.button(label, actions.encode("wish", id=sku_id), style=style)


def noted(thing: Product, sku: Sku) -> list[Message]:
    """The customer will be told."""
    words = _("記下了，{what}到貨時會在這裡通知您。").format(what=name(thing.name, sku.option))
    return [
        theme.card(
            words,
            theme.button(_("不用通知了"), actions.encode("unwish", id=sku.id)),
            theme.button(_("看商品"), actions.encode("product", id=thing.id), style="link"),
            *theme.home_buttons(),
        )
    ]


def dropped() -> list[Message]:
    """The customer will not be told."""
    return [theme.card(_("好的，不會通知了。"), *theme.home_buttons())]


def is_here() -> Message:
    """There is no need to wait; the product follows."""
    return theme.said(_("現在就有貨，不用等："))


def back_in_stock(shop: Shop, thing: Product, sku: Sku) -> list[Message]:
    """What the customer waited for is back."""
    words = _("{what}到貨了！現在 {price}，剩 {count} 件，先到先得。").format(
        what=name(thing.name, sku.option), price=money(sku.price), count=sku.stock
    )
    look = actions.encode("sku", id=sku.id)
    buttons = [theme.main_button(_("看商品"), look), *theme.home_buttons()]
    hero = theme.picture(shop.picture_url(thing.picture), "3:2")
    return [theme.flex(words, theme.bubble([theme.text(words, size="md")], buttons, hero=hero))]


def share_button(shop: Shop, product: str) -> Part | None:
    """Send a friend the product's name and a link into the chat that types it; None without such a link."""
    url = share_url(shop, product)
    return theme.link_button(_("分享給朋友"), url, style="link") if url else None


def share_url(shop: Shop, product: str) -> str:
    """The address behind the button; the name is cut where the address would be too long for LINE."""
    letters = list(clusters(clean(product)))
    for length in _NAME_LENGTHS:
        words = "".join(letters[:length]).strip()
        chat = shop.chat_url(words) if words else ""
        url = _SHARE + quote(f"{words}\n{chat}", safe="")
        if chat and len(url) <= _URI_LIMIT:
            return url
    return ""
