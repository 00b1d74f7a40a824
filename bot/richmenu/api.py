"""LINE's rich menu endpoints, as far as the shop calls them.

Source: LINE Messaging API reference, "Rich menu", "Per-user rich menu", "Rich menu alias".
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

from bot.errors import TargetGone
from bot.line_api import LineApi

BULK_MOST = 500
"""Users that one call links."""
_MENU, _ALIAS = "/v2/bot/richmenu", "/v2/bot/richmenu/alias"
_OF_USER, _OF_ALL = "/v2/bot/user/{user}/richmenu", "/v2/bot/user/all/richmenu"


class RichMenuApi:
    """The menus of one channel. `data` is the same channel at the host that takes pictures."""

    def __init__(self, line: LineApi, data: LineApi | None = None) -> None:
        self._line, self._data = line, data or line

    @classmethod
    def of_channel(cls, token: str, api_url: str) -> RichMenuApi:
        """LINE has a host of its own for pictures; a stand-in has one for everything."""
        return cls(LineApi(token, api_url), LineApi(token, data_url(api_url)))

    def menus(self) -> dict[str, str]:
        """All menus made by API: their ids and names."""
        found = self._line.call("richmenu_list", "GET", f"{_MENU}/list")[0].get("richmenus", [])
        return {menu["richMenuId"]: str(menu.get("name", "")) for menu in found}

    def validate(self, menu: dict[str, Any]) -> None:
        """Raises `Rejected` with LINE's complaint when it would not take the menu."""
        self._line.call("richmenu_validate", "POST", f"{_MENU}/validate", menu)

    def create(self, menu: dict[str, Any]) -> str:
        """A new menu, still without a picture; its id."""
        return str(self._line.call("richmenu_create", "POST", _MENU, menu)[0]["richMenuId"])

    def delete(self, menu_id: str) -> None:
        """Away with a menu; whoever saw it sees the default one."""
        self._line.call("richmenu_delete", "DELETE", f"{_MENU}/{{menu}}", path={"menu": menu_id})

    def has_picture(self, menu_id: str) -> bool:
        """Whether the picture of a menu has been uploaded."""
        resource, path = f"{_MENU}/{{menu}}/content", {"menu": menu_id}
        try:
            self._data.call("richmenu_picture", "GET", resource, path=path, binary=True)
        except TargetGone:
            return False
        return True

    def upload(self, menu_id: str, picture: bytes) -> None:
        """Give a menu its picture (PNG), which it keeps for life."""
        resource, path = f"{_MENU}/{{menu}}/content", {"menu": menu_id}
        self._data.call("richmenu_upload", "POST", resource, picture, path=path, content_type="image/png")

    def aliases(self) -> dict[str, str]:
        """All aliases, and the id of the menu each names."""
        found = self._line.call("richmenu_aliases", "GET", f"{_ALIAS}/list")[0].get("aliases", [])
        return {alias["richMenuAliasId"]: alias["richMenuId"] for alias in found}

    def menu_of_alias(self, alias: str) -> str | None:
        """The id of the menu an alias names; None when there is no such alias."""
        try:
            found = self._line.call("richmenu_alias", "GET", f"{_ALIAS}/{{alias}}", path={"alias": alias})[0]
        except TargetGone:
            return None
        return str(found["richMenuId"])

    def create_alias(self, alias: str, menu_id: str) -> None:
        """Name a menu."""
        self._line.call(
            "richmenu_alias_create", "POST", _ALIAS, {"richMenuAliasId": alias, "richMenuId": menu_id}
        )

    def move_alias(self, alias: str, menu_id: str) -> None:
        """Let an alias name another menu from this moment on."""
        resource, path = f"{_ALIAS}/{{alias}}", {"alias": alias}
        self._line.call("richmenu_alias_move", "POST", resource, {"richMenuId": menu_id}, path=path)

    def default(self) -> str | None:
        """The id of the menu of all who have none of their own, if there is one."""
        try:
            return str(self._line.call("richmenu_default", "GET", _OF_ALL)[0]["richMenuId"])
        except TargetGone:
            return None

    def set_default(self, menu_id: str) -> None:
        """Show a menu to all who have none of their own."""
        self._line.call("richmenu_set_default", "POST", f"{_OF_ALL}/{{menu}}", path={"menu": menu_id})

    def link(self, user_id: str, menu_id: str) -> None:
        """Give a customer a menu of their own. Raises `Rejected` for who is no friend."""
        resource, path = f"{_OF_USER}/{{menu}}", {"user": user_id, "menu": menu_id}
        self._line.call("richmenu_link", "POST", resource, path=path)

    def link_many(self, user_ids: list[str], menu_id: str) -> None:
        """Give up to 500 customers a menu of their own."""
        body = {"richMenuId": menu_id, "userIds": user_ids}
        self._line.call("richmenu_link_many", "POST", f"{_MENU}/bulk/link", body)

    def unlink(self, user_id: str) -> None:
        """Show a customer the default menu again."""
        self._line.call("richmenu_unlink", "DELETE", _OF_USER, path={"user": user_id})


def data_url(api_url: str) -> str:
    """The host for pictures that belongs to a host of the API (reference, "Domain name")."""
    parts = urlsplit(api_url)
    if parts.netloc != "api.line.me":
        return api_url
    return urlunsplit(parts._replace(netloc="api-data.line.me"))
