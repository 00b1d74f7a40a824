"""Waiting for something that is sold out."""

from __future__ import annotations

from bot.actions import Action
from bot.scenes import Answer, Scene, Talk
from bot.screens import catalogue as shelf_screens
from bot.screens import wishes as screens
from store import catalogue, wishes
from store.catalogue import Product, Sku


def wish(talk: Talk, action: Action) -> Answer:
    """Tell me when the SKU `id` is back."""
    found = _find(talk, action)
    if found is None:
        return shelf_screens.gone()
    thing, sku = found
    if sku.stock > 0:
        return [screens.is_here(), *shelf_screens.quantity(thing, sku)]
    wishes.wish(talk.tx, talk.customer, sku.id)
    return screens.noted(thing, sku)


def unwish(talk: Talk, action: Action) -> Answer:
    """Do not tell me."""
    wishes.drop(talk.tx, talk.customer, action.number("id"))
    return screens.dropped()


def _find(talk: Talk, action: Action) -> tuple[Product, Sku] | None:
    thing = catalogue.product_of_sku(talk.tx, action.number("id"))
    sku = next((sku for sku in thing.skus if sku.id == action.number("id")), None) if thing else None
    return (thing, sku) if thing and sku else None


ACTIONS: dict[str, Scene] = {"wish": wish, "unwish": unwish}
