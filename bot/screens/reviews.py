"""Reviews: giving stars, adding words, and how a product is rated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot import actions
from bot.screens import service, theme
from bot.screens.lettering import clean, clusters, fit, name
from bot.screens.theme import Message, Part
from bot.words import _, day, plural
from store.orders import Order, OrderLine
from store.reviews import MOST_STARS, Opinion, Rating, Review

WORDS_LIMIT = 500
"""UTF-16 units of a review's words."""
_SHOWN = 120
LINES_SHOWN = 30


def stars_words(stars: int) -> str:
    """Four stars as ★★★★☆."""
    return "★" * stars + "☆" * (MOST_STARS - stars)


def author(full_name: str) -> str:
    """How an author is shown: the first letter of the name, and nothing else of it; empty for no name."""
    first = next(clusters(clean(full_name)), "")
    return f"{first}○○" if first else ""


def received(order: Order) -> list[Message]:
    """The customer has the parcel."""
    words = _("太好了，訂單 #{code} 完成了。用起來怎麼樣？給幾顆星，幫大家挑。").format(code=order.code)
    return [theme.card(words, main_way(order), service.contact(order.id), *theme.home_buttons())]


def receive_button(order: Order) -> Part:
    """The button that says that the parcel has come."""
    return theme.main_button(_("我收到了"), actions.encode("received", id=order.id))


def main_way(order: Order) -> Part:
    """The button to an order's reviews."""
    return theme.main_button(_("評價商品"), actions.encode("review", id=order.id))


def choose(order: Order, lines: Sequence[OrderLine], given: Mapping[int, Review]) -> list[Message]:
    """Which line of an order?"""
    words = _("想評價哪一樣？")
    parts = [_line(order, line, given.get(line.sku_id)) for line in lines[:LINES_SHOWN]]
    return [
        theme.flex(
            words, theme.bubble([theme.title(words), *parts], [_to_order(order), *theme.home_buttons()])
        )
    ]


def _line(order: Order, line: OrderLine, review: Review | None) -> Part:
    label = _("修改評價") if review else _("給幾顆星")
    what = name(line.product_name, line.option)
    look = theme.button(label, actions.encode("review_line", o=order.id, s=line.sku_id), say=what)
    parts = [theme.text(fit(f"{line.product_name} {line.option}", 80), bold=True, maxLines=2)]
    if review:
        parts.append(theme.text(stars_words(review.stars), color=theme.ACCENT))
    return theme.column(*parts, look)


def ask_stars(order: Order, line: OrderLine, review: Review | None, shown_as: str) -> list[Message]:
    """How many stars? `shown_as` is the name under which the review appears."""
    words = _("{what}，給幾顆星？").format(what=name(line.product_name, line.option))
    labels = (_("很失望"), _("不太好"), _("普通"), _("滿意"), _("很滿意"))
    buttons = [
        theme.button(
            f"{stars_words(stars)} {labels[stars - 1]}",
            actions.encode("stars", o=order.id, s=line.sku_id, n=stars),
        )
        for stars in range(MOST_STARS, 0, -1)
    ]
    body = [theme.text(words, size="md", bold=True), *_present(review)]
    body.append(theme.note(_("大家會看到的名字是「{name}」。").format(name=shown_as)))
    return [theme.flex(words, theme.bubble(body, [*buttons, _to_order(order), *theme.home_buttons()]))]


def _present(review: Review | None) -> list[Part]:
    if review is None:
        return []
    parts = [theme.text(stars_words(review.stars), color=theme.ACCENT)]
    return [*parts, theme.text(fit(review.words, _SHOWN))] if review.words else parts


def thanks_for_stars(order: Order, line: OrderLine, stars: int, more: bool) -> list[Message]:
    """The stars are kept; words are welcome. `more`: other lines of the order have no stars yet."""
    words = _("謝謝您給{what} {stars}！想多說幾句，現在直接打字就可以。").format(
        what=name(line.product_name, line.option), stars=stars_words(stars)
    )
    return [theme.card(words, *_on(order, more))]


def ask_words(order: Order, line: OrderLine) -> list[Message]:
    """The next thing that is typed is the review."""
    words = _("請直接打字，說說{what}用起來怎麼樣。不想寫了就點別的按鈕。").format(
        what=name(line.product_name, line.option)
    )
    return [theme.card(words, _to_order(order), *theme.home_buttons())]


def thanks_for_words(order: Order, line: OrderLine, words: str, more: bool) -> list[Message]:
    """The words are kept."""
    sentence = _("謝謝您的評價：「{words}」").format(words=fit(words, _SHOWN))
    again = theme.button(_("改寫"), actions.encode("review_words", o=order.id, s=line.sku_id))
    plain = theme.button(_("只留星星"), actions.encode("review_plain", o=order.id, s=line.sku_id))
    return [theme.card(sentence, again, plain, *_on(order, more))]


def words_taken_back(order: Order, more: bool) -> list[Message]:
    """Only the stars are left."""
    return [theme.card(_("文字拿掉了，只留下星星。"), *_on(order, more))]


def not_yet(order: Order) -> Message:
    """Only what has arrived is reviewed."""
    return theme.said(_("訂單 #{code} 完成後就可以評價，現在是這樣：").format(code=order.code))


def _on(order: Order, more: bool) -> list[Part]:
    next_ = theme.main_button(_("評價下一樣"), actions.encode("review", id=order.id)) if more else None
    return [part for part in (next_, _to_order(order), *theme.home_buttons()) if part]


def _to_order(order: Order) -> Part:
    return theme.button(_("看訂單"), actions.encode("order", id=order.id), style="link")


def block(rating: Rating | None) -> list[Part]:
    """How a product is rated, for its screen; nothing where nobody said anything."""
    if rating is None:
        return []
    summary = plural("★ {average}（{count} 則評價）", rating.count).format(average=f"{rating.average:.1f}")
    return [theme.text(summary, color=theme.ACCENT, bold=True), *map(_opinion, rating.latest)]


def _opinion(opinion: Opinion) -> Part:
    who = " ".join(filter(None, (stars_words(opinion.stars), opinion.name, day(opinion.written_at))))
    return theme.column(theme.note(who), theme.text(fit(opinion.words, _SHOWN), maxLines=3), spacing="xs")
