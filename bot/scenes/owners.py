"""The shop's own people in the chat: which notices they get. To anybody else these words are a search."""

from __future__ import annotations

from bot.actions import Action
from bot.scenes import Answer, Scene, Talk, browse, service
from bot.screens import owners as screens
from bot.screens import service as service_screens
from store import owner_news
from store.db import sql
from store.owner_news import News
from store.text import storable_json


def notices(talk: Talk, action: Action) -> Answer:
    """The switches."""
    if not _is_owner(talk):
        return service.home(talk)
    return screens.switches(talk.shop, owner_news.switches(talk.tx))


def typed(talk: Talk, action: Action) -> Answer:
    """Somebody typed the word for them, which is the action's name here."""
    return notices(talk, action) if _is_owner(talk) else browse.search(talk, action.name)


def switch(talk: Talk, action: Action) -> Answer:
    """Switch the kind `k` on or off (`on`: 1 or 0), and show how the switches stand now."""
    kind, on = action.text("k"), action.text("on")
    if not _is_owner(talk) or kind not in tuple(News) or on not in ("0", "1"):
        return [service_screens.old_card(), *(notices(talk, action) or [])]
    wanted = on == "1"
    if owner_news.switch(talk.tx, News(kind), wanted):
        sql.audit_insert(
            talk.tx.connection,
            user_id=None,
            action="notice.switch",
            subject=f"notice:{kind}",
            before=storable_json({"on": not wanted}),
            after=storable_json({"on": wanted, "by": "LINE"}),
        )
    return notices(talk, action)


def _is_owner(talk: Talk) -> bool:
    return talk.customer.line_user_id in talk.shop.owners


ACTIONS: dict[str, Scene] = {"notices": notices, "notices_switch": switch}
