"""What orders, stock, coupons and money should be, in the simplest words: a model."""

from __future__ import annotations

from dataclasses import dataclass, field

from store.pricing import Benefit, Kind, Priced, Quote, quote
from tests.factories import SHIPPING

PRICE = 100
HELD_IN_THE_HOUSE = ("pending", "paid", "preparing")
LIVING = ("paid", "preparing", "shipped")


@dataclass
class ModelCoupon:
    """A coupon of so many TWD; `users` are those whose orders hold a use of it."""

    code: str
    value: int
    limit: int | None
    per_customer: int | None
    users: list[str] = field(default_factory=list)

    def usable(self, user: str) -> bool:
        """Whether this customer may use it now."""
        left = self.limit is None or len(self.users) < self.limit
        return left and (self.per_customer is None or self.users.count(user) < self.per_customer)


@dataclass
class ModelOrder:
    """An order.

    `bank` is how the bank sees its attempt: open, paid or disabled. `unheard` was paid there and not
    reported; `held` is what the shop has of the money that `came`.
    """

    user: str
    method: str
    wanted: dict[int, int]
    coupon: ModelCoupon | None
    total: int
    status: str
    bank: str
    unheard: int | None = None
    heard: bool = False
    came: int = 0
    held: int = 0
    keys: set[str] = field(default_factory=set)


class Model:
    """The whole shop. Every method answers what the store is expected to answer."""

    def __init__(self, stock: dict[int, int], coupons: list[ModelCoupon], users: list[str]) -> None:
        self.stock = stock
        self.coupons = coupons
        self.carts: dict[str, dict[int, int]] = {user: {} for user in users}
        self.chosen: dict[str, ModelCoupon | None] = dict.fromkeys(users)
        self.orders: list[ModelOrder] = []

    def fill(self, user: str, sku: int, quantity: int) -> None:
        if possible := min(quantity, self.stock[sku]):
            self.carts[user][sku] = possible

    def choose(self, user: str, coupon: ModelCoupon) -> bool:
        if coupon.usable(user):
            self.chosen[user] = coupon
            return True
        return False

    def place(self, user: str, method: str) -> str:
        wanted = dict(self.carts[user])
        if not wanted:
            return "empty"
        if any(quantity > self.stock[sku] for sku, quantity in wanted.items()):
            return "short"
        coupon = self.chosen[user]
        sums = self._quote(wanted, coupon if coupon and coupon.usable(user) else None)
        used = coupon if sums.coupon_code else None
        status, bank = ("preparing", "none") if method == "cod" else ("pending", "open")
        order = ModelOrder(user, method, wanted, used, sums.total, status, bank)
        self._take(order)
        self.orders.append(order)
        self.carts[user], self.chosen[user] = {}, None
        return "placed"

    def _quote(self, wanted: dict[int, int], coupon: ModelCoupon | None) -> Quote:
        benefit = Benefit(coupon.code, Kind.AMOUNT, coupon.value) if coupon else None
        return quote([Priced(sku, PRICE, quantity) for sku, quantity in wanted.items()], SHIPPING, benefit)

    def cancel(self, order: ModelOrder) -> str:
        if order.status != "pending" and (order.status, order.method) != ("preparing", "cod"):
            return "already" if order.status == "cancelled" else "too_late"
        self._die(order, "cancelled")
        if order.unheard:  # closing the way to pay, the shop asks about it
            self.hear(order)
        return "cancelled"

    def time_is_over(self, order: ModelOrder) -> None:
        """The shop asks the bank before it ends an unpaid order."""
        if order.status != "pending":
            return
        if order.unheard:
            self.hear(order)
        if order.status == "pending":
            self._die(order, "expired")

    def pay(self, order: ModelOrder, amount: int, *, told: bool) -> bool:
        """Pay the open attempt; False where the bank does not take it."""
        if order.bank != "open":
            return False
        order.bank, order.unheard = "paid", amount
        if told:
            self.hear(order)
        return True

    def transfer_again(self, order: ModelOrder, amount: int) -> bool:
        """Once more to an account that was paid: of two transfers under one number the first heard counts."""
        if order.bank != "paid":
            return False
        if not order.heard:
            order.unheard = amount
            self.hear(order)
        return True

    def hear(self, order: ModelOrder) -> None:
        """The shop hears of money; the same money again changes nothing."""
        if order.heard or order.unheard is None:
            return
        amount, order.unheard, order.heard = order.unheard, None, True
        order.came = order.held = amount
        if amount != order.total:
            return
        if order.status == "pending":
            order.status = "paid"
        elif order.status == "expired" and self._can_take(order):
            self._take(order)
            order.status = "paid"

    def ship(self, order: ModelOrder) -> None:
        if order.status in ("paid", "preparing"):
            order.status = "shipped"

    def refund(self, order: ModelOrder, amount: int, key: str, *, restock: bool) -> str:
        if key in order.keys:
            return "already"
        ends = order.status in LIVING and order.method != "cod" and amount == order.held
        if restock and not ends:
            return "restock_needs_whole"
        if not 0 < amount <= order.held:
            return "too_much"
        order.keys.add(key)
        order.held -= amount
        if ends:
            order.status = "refunded"
            self._give_back(order, goods=restock)
        return "asked"

    def count(self, sku: int, pieces: int) -> bool:
        """The merchant counts what lies in the house; False where orders hold more."""
        held = sum(order.wanted.get(sku, 0) for order in self.orders if order.status in HELD_IN_THE_HOUSE)
        if pieces < held:
            return False
        self.stock[sku] = pieces - held
        return True

    def _can_take(self, order: ModelOrder) -> bool:
        enough = all(self.stock[sku] >= quantity for sku, quantity in order.wanted.items())
        return enough and (order.coupon is None or order.coupon.usable(order.user))

    def _take(self, order: ModelOrder) -> None:
        for sku, quantity in order.wanted.items():
            self.stock[sku] -= quantity
        if order.coupon:
            order.coupon.users.append(order.user)

    def _give_back(self, order: ModelOrder, *, goods: bool) -> None:
        for sku, quantity in order.wanted.items() if goods else ():
            self.stock[sku] += quantity
        if order.coupon:
            order.coupon.users.remove(order.user)

    def _die(self, order: ModelOrder, status: str) -> None:
        order.status = status
        self._give_back(order, goods=True)
        if order.bank == "open" and order.method == "atm":
            order.bank = "disabled"
