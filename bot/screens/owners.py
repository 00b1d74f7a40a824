"""To the shop's own people: new orders, what needs them, what runs low, yesterday; and the switches of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from bot import actions
from bot.screens import theme
from bot.screens.checkout import method_name
from bot.screens.destination import way_name
from bot.screens.lettering import fit, name
from bot.screens.theme import Message, Part
from bot.words import _, money, plural, weekday
from store.owner_news import Day, News
from store.shop import Shop

SHOWN = 5
"""So many things stand on a card; the rest is counted."""


def orders(shop: Shop, rows: Sequence[Any], count: int, total: int) -> list[Message]:
    """New orders to be shipped: `rows` are the newest of `count`, whose sum is `total` (TWD)."""
    if count == 1:
        return [_order(shop, rows[0])]
    codes = theme.series(f"#{row.code}" for row in rows[:SHOWN])
    words = plural("{count} 筆新訂單", count)
    alt = _("{orders}，共 {total}：{codes}").format(orders=words, total=money(total), codes=codes)
    lines = [theme.row(*_headline(row), spacing="md") for row in rows[:SHOWN]]
    body = [
        _heading(_("新訂單")),
        theme.title(words),
        *lines,
        _rest(count - len(lines)),
        theme.rule(),
        theme.pair(_("合計"), money(total), bold=True),
    ]
    return [_card(shop, alt, body, _("去出貨"), "orders?state=to_ship")]


def _order(shop: Shop, row: Any) -> Message:
    what = plural("{name}，共 {count} 件", row.pieces).format(name=fit(row.name, 50))
    method = method_name(row.payment_method, row.delivery_method)
    alt = _("新訂單 #{code}：{what}，{total}（{method}）").format(
        code=row.code, what=what, total=money(row.total), method=method
    )
    body = [
        _heading(_("新訂單")),
        theme.title(f"#{row.code}"),
        theme.text(what, maxLines=3),
        theme.rule(),
        theme.pair(_("付款"), method),
        theme.pair(_("配送"), way_name(row.delivery_method)),
        theme.pair(_("合計"), money(row.total), bold=True),
    ]
    return _card(shop, alt, body, _("看訂單"), f"orders/{row.id}")


def _headline(row: Any) -> tuple[Part, Part]:
    what = plural("{name}，共 {count} 件", row.pieces).format(name=fit(row.name, 30))
    left = theme.column(
        theme.text(f"#{row.code}", bold=True), theme.note(what, maxLines=2), spacing="xs", flex=1
    )
    return left, theme.text(money(row.total), flex=0, align="end", wrap=False)


def cases(shop: Shop, rows: Sequence[Any], count: int) -> list[Message]:
    """Things that need a human: `rows` are the newest of `count`."""
    stories = [_story(row) for row in rows[:SHOWN]]
    words = plural("{count} 件事要處理", count)
    alt = theme.headed(words, theme.series(stories))
    body = [
        _heading(_("待處理事項")),
        theme.title(words),
        *map(theme.text, stories),
        _rest(count - len(stories)),
    ]
    return [_card(shop, alt, body, _("開啟後台"), "#cases")]


def _story(row: Any) -> str:
    names = {
        "refund_due": _("應退款"),
        "amount_mismatch": _("金額不符"),
        "bank_disagrees": _("與銀行紀錄不一致"),
        "payment_stuck": _("付款卡住了"),
        "bank_misconfigured": _("銀行串接設定有誤"),
        "waiting_for_human": _("客人等待真人回覆"),
        "return_asked": _("客人想退貨"),
    }
    what = names.get(row.kind, _("有事需要處理"))
    if row.code is None:
        return what
    return _("{what}（訂單 #{code}，{total}）").format(what=what, code=row.code, total=money(row.total))


def low_stock(shop: Shop, rows: Sequence[Any], count: int) -> list[Message]:
    """SKUs that have just become scarce: `rows` are the scarcest of `count`."""
    shown = [(name(row.name, row.option), _left(row.stock)) for row in rows[:SHOWN]]
    words = plural("{count} 項商品快賣完", count)
    alt = theme.headed(words, theme.series(f"{what} {left}" for what, left in shown))
    body = [
        _heading(_("庫存")),
        theme.title(words),
        *[theme.row(theme.text(what, flex=1), theme.text(left, flex=0, wrap=False)) for what, left in shown],
        _rest(count - len(shown)),
    ]
    return [_card(shop, alt, body, _("去補貨"), "#low-stock")]


def _left(stock: int) -> str:
    return _("剩 {count} 件").format(count=stock) if stock else _("已售完")


def daily(shop: Shop, which: date, numbers: Day) -> list[Message]:
    """A day in numbers, and what waits for somebody."""
    on = weekday(which)
    sold = plural("{count} 筆新訂單", numbers.orders)
    alt = _("{day}：{orders}，營業額 {revenue}。待出貨 {ship}、待處理 {cases}、快賣完 {low}。").format(
        day=on,
        orders=sold,
        revenue=money(numbers.revenue),
        ship=numbers.to_ship,
        cases=numbers.cases,
        low=numbers.low_stock,
    )
    body = [
        _heading(_("昨天")),
        theme.title(on),
        theme.pair(_("新訂單"), plural("{count} 筆", numbers.orders), bold=True),
        theme.pair(_("營業額"), money(numbers.revenue), bold=True),
        theme.rule(),
        theme.pair(_("待出貨"), plural("{count} 筆", numbers.to_ship)),
        theme.pair(_("待處理事項"), plural("{count} 件事", numbers.cases)),
        theme.pair(_("快賣完"), plural("{count} 項商品", numbers.low_stock)),
    ]
    return [_card(shop, alt, body, _("開啟後台"), "")]


def switches(shop: Shop, wanted: Mapping[News, bool]) -> list[Message]:
    """Which notices the shop's people get, each with its switch."""
    names = {
        News.ORDER: (_("新訂單"), _("付款完成，或成立貨到付款訂單")),
        News.CASE: (_("待處理事項"), _("要退款、和銀行對不起來、客人找真人")),
        News.LOW_STOCK: (_("快賣完"), _("商品只剩幾件的時候")),
        News.DAILY: (_("每日摘要"), _("早上九點，昨天的訂單和營業額")),
    }
    states = {kind: _("開") if on else _("關") for kind, on in wanted.items()}
    alt = theme.headed(
        _("店家通知"), theme.series(f"{what} {states[kind]}" for kind, (what, _why) in names.items())
    )
    body: list[Part] = [
        theme.title(_("店家通知")),
        theme.note(_("店裡的大家收到的都一樣，改這裡就全部一起改。")),
    ]
    for kind, (what, why) in names.items():
        body += [theme.rule(), _switch(kind, what, why, on=wanted[kind])]
    return [theme.flex(alt, theme.bubble(body, [_console(shop, _("開啟後台"), "")]))]


def _switch(kind: News, what: str, why: str, *, on: bool) -> Part:
    color = theme.ACCENT if on else theme.MUTED
    state = _("開") if on else _("關")
    label = (_("關閉「{what}」通知") if on else _("打開「{what}」通知")).format(what=what)
    tap = actions.encode("notices_switch", k=kind, on=int(not on))
    left = theme.column(
        theme.row(theme.text(what, bold=True, flex=0), theme.text(state, color=color, bold=True, flex=0)),
        theme.note(why),
        spacing="xs",
        flex=5,
    )
    button = theme.button(
        _("關閉") if on else _("打開"), tap, style="secondary" if on else "primary", say=label
    )
    return theme.row(left, button | {"flex": 3}, alignItems="center")


def _heading(words: str) -> Part:
    return theme.text(words, bold=True, color=theme.ACCENT)


def _rest(count: int) -> Part | None:
    return theme.note(plural("還有 {count} 筆沒有列出來", count)) if count > 0 else None


def _card(shop: Shop, alt: str, body: Sequence[Part | None], label: str, place: str) -> Message:
    settings = theme.button(_("通知設定"), actions.encode("notices"), style="link")
    return theme.flex(alt, theme.bubble(body, [_console(shop, label, place), settings]))


def _console(shop: Shop, label: str, place: str) -> Part:
    return theme.link_button(label, f"{shop.public_url}/admin/{place}")
