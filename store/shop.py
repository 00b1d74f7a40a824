"""What the rooms above need to know of this shop: its name, its rules, and how its links are made."""

from __future__ import annotations

from urllib.parse import quote

from settings import Settings
from store.links import Links
from store.payment_methods import offered
from store.pricing import ShippingRule

DETAILS_LINK_SECONDS = 3600
RESULT_LINK_SECONDS = 7 * 86_400


class Shop:
    """The settings, seen as a shop."""

    def __init__(self, settings: Settings) -> None:
        self.name = settings.shop_name
        self.public_url = settings.public_url
        self._pictures_url = settings.pictures_public_url or settings.public_url
        self.pictures_elsewhere = bool(settings.pictures_public_url)
        """Whether pictures have a public address that is not this program's."""
        self.payment_methods = settings.payment_methods
        self.offered_methods = offered(settings.payment_methods, settings.card_instalments)
        """The same with the card in instalments, which are methods of their own ("card3")."""
        self.owners = settings.owner_line_user_ids
        """LINE user ids of the people who run the shop."""
        self.shipping = ShippingRule(fee=settings.shipping_fee, free_from=settings.free_shipping_from)
        self.delivery_methods = settings.delivery_methods
        """home and cvs (pick-up in a convenience store), or one of them."""
        self.pickup_shipping = ShippingRule(settings.cvs_shipping_fee, settings.free_shipping_from)
        """What pick-up in a convenience store costs."""
        self._liff_id = settings.line.liff_id
        self.order_ttl = settings.order_ttl
        """Seconds an unpaid order of a payment method holds its stock."""
        self._chat_url = settings.line.chat_url
        key, old = settings.secret_key, settings.old_secret_keys
        self.details_links = Links(key, "details", DETAILS_LINK_SECONDS, old)
        self.result_links = Links(key, "result", RESULT_LINK_SECONDS, old)

    def picture_url(self, picture: str) -> str:
        """The address of a product's picture (an address, or the digest of a stored one); may be empty."""
        if not picture or picture.startswith("https://"):
            return picture
        return f"{self._pictures_url}/pictures/{picture}"

    def static_url(self, name: str) -> str:
        """The address of a picture that ships with the chat (`bot/static`)."""
        return f"{self.public_url}/static/{name}"

    def shipping_for(self, delivery: str) -> ShippingRule:
        """What a way of delivery (home, cvs) costs."""
        return self.pickup_shipping if delivery == "cvs" else self.shipping

    def details_url(self, customer_id: int) -> str:
        """The page where this customer, and nobody else, fills in delivery details.

        With a LIFF app, whose endpoint is `/details`, it opens inside LINE; the token is the same.
        """
        token = self.details_links.token(customer_id)
        if self._liff_id:
            return f"https://liff.line.me/{self._liff_id}?token={token}"
        return f"{self.public_url}/details/{token}"

    def result_url(self, payment_id: int) -> str:
        """The page that shows how a payment went."""
        return f"{self.public_url}/payments/result/{self.result_links.token(payment_id)}"

    def chat_url(self, text: str, line_user_id: str = "") -> str:
        """A link back to the chat with `text` typed in, or an empty string when the shop has none."""
        return self._chat_url.replace("{text}", quote(text, safe="")).replace("{user}", quote(line_user_id))
