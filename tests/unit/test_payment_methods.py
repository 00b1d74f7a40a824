"""Which payment methods a shop offers, and what hides one of them."""

from __future__ import annotations

import pytest

from store.payment_methods import Obstacle, obstacle, offered, split


def test_instalments_stand_behind_the_card() -> None:
    assert offered(("card", "atm", "cod"), (3, 6)) == ("card", "card3", "card6", "atm", "cod")


def test_a_shop_without_cards_has_no_instalments() -> None:
    assert offered(("atm", "linepay"), (3,)) == ("atm", "linepay")


@pytest.mark.parametrize(
    ("method", "parts"),
    [("card", ("card", None)), ("card3", ("card", 3)), ("card12", ("card", 12)), ("atm", ("atm", None)),
     ("card0", ("card0", None)), ("card123", ("card123", None)), ("cardx", ("cardx", None))],
)  # fmt: skip
def test_a_method_names_its_instalments(method: str, parts: tuple[str, int | None]) -> None:
    assert split(method) == parts


@pytest.mark.parametrize(
    ("method", "total", "why"),
    [
        ("atm", 30_000, None),
        ("atm", 30_001, Obstacle.ABOVE_LIMIT),
        ("card", 30_001, None),
        ("card3", 9_999_999, None),
        ("card3", 10_000_000, Obstacle.ABOVE_LIMIT),
        ("card", 0, Obstacle.BELOW_LEAST),
        ("cod", 0, None),
    ],
)
def test_a_total_may_stand_in_a_methods_way(method: str, total: int, why: Obstacle | None) -> None:
    assert obstacle(method, total) == why
