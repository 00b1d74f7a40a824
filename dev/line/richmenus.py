"""Rich menus: their pictures, their aliases, and who sees which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dev.line.chats import Json
from dev.line.errors import ApiError
from dev.line.ids import new_id
from dev.line.validate import Problem

_MOST_MENUS = 1000


@dataclass(slots=True)
class RichMenu:
    """A rich menu as created, and its picture once that is uploaded."""

    rich_menu_id: str
    menu: Json
    image: bytes | None = None
    content_type: str = "image/png"

    def to_json(self) -> Json:
        """The menu as the API lists it."""
        return {"richMenuId": self.rich_menu_id, **self.menu}


class RichMenus:
    """All rich menus of the account. A customer's own menu goes before the default one."""

    def __init__(self) -> None:
        self.menus: dict[str, RichMenu] = {}
        self.aliases: dict[str, str] = {}
        self.of_user: dict[str, str] = {}
        self.default: str | None = None
        self.changes = 0

    def create(self, menu: Json) -> str:
        """Keep a new menu; returns its id. Raises ApiError when there are 1000 already."""
        if len(self.menus) >= _MOST_MENUS:
            raise ApiError(400, "The maximum number of rich menus has been reached")
        rich_menu_id = "richmenu-" + new_id("")
        self.menus[rich_menu_id] = RichMenu(rich_menu_id, menu)
        self.changes += 1
        return rich_menu_id

    def get(self, rich_menu_id: str) -> RichMenu:
        """The menu with this id. Raises ApiError 404."""
        menu = self.menus.get(rich_menu_id)
        if menu is None:
            raise ApiError(404, "richmenu not found")
        return menu

    def delete(self, rich_menu_id: str) -> None:
        """Forget a menu; those who saw it see the default one, or none."""
        self.get(rich_menu_id)
        del self.menus[rich_menu_id]
        self.of_user = {user: menu for user, menu in self.of_user.items() if menu != rich_menu_id}
        if self.default == rich_menu_id:
            self.default = None
        self.changes += 1

    def set_image(self, rich_menu_id: str, image: bytes, content_type: str) -> None:
        """Give a menu its picture, once. Raises ApiError when it has one."""
        menu = self.get(rich_menu_id)
        if menu.image is not None:
            raise ApiError(400, "An image has already been uploaded to the richmenu")
        menu.image, menu.content_type = image, content_type
        self.changes += 1

    def _usable(self, rich_menu_id: str) -> str:
        if self.get(rich_menu_id).image is None:
            raise ApiError(400, "must upload richmenu image before applying it to user")
        return rich_menu_id

    def set_default(self, rich_menu_id: str | None) -> None:
        """The menu of everybody who has none of his own; None takes it away."""
        self.default = None if rich_menu_id is None else self._usable(rich_menu_id)
        self.changes += 1

    def link(self, user_ids: list[str], rich_menu_id: str) -> None:
        """Give these customers a menu of their own."""
        self.of_user.update(dict.fromkeys(user_ids, self._usable(rich_menu_id)))
        self.changes += 1

    def unlink(self, user_ids: list[str]) -> None:
        """Take these customers' own menus away."""
        for user_id in user_ids:
            self.of_user.pop(user_id, None)
        self.changes += 1

    def seen_by(self, user_id: str) -> RichMenu | None:
        """The menu a customer sees now."""
        return self.menus.get(self.of_user.get(user_id, self.default or ""))

    def switch(self, user_id: str, alias: str) -> str:
        """What a richmenuswitch tap does; returns the `status` of the postback it sends."""
        rich_menu_id = self.aliases.get(alias)
        if rich_menu_id is None:
            return "RICHMENU_ALIAS_ID_NOTFOUND"
        menu = self.menus.get(rich_menu_id)
        if menu is None or menu.image is None:
            return "RICHMENU_NOTFOUND"
        self.link([user_id], rich_menu_id)
        return "SUCCESS"

    def create_alias(self, alias: str, rich_menu_id: str) -> None:
        """A new name for a menu. Raises ApiError when the name is taken."""
        if alias in self.aliases:
            raise ApiError(400, "conflict richmenu alias id")
        self.point_alias(alias, rich_menu_id)

    def point_alias(self, alias: str, rich_menu_id: str) -> None:
        """Let an alias name this menu. Raises ApiError for an unknown menu or one without a picture."""
        if rich_menu_id not in self.menus:
            raise ApiError(400, "richmenu not found", [Problem("richMenuId", "richmenu not found")])
        self.aliases[alias] = self._usable(rich_menu_id)
        self.changes += 1

    def alias(self, alias: str) -> str:
        """The menu an alias names. Raises ApiError 404."""
        if alias not in self.aliases:
            raise ApiError(404, "richmenu alias not found")
        return self.aliases[alias]

    def delete_alias(self, alias: str) -> None:
        """Forget an alias. Raises ApiError 404."""
        self.alias(alias)
        del self.aliases[alias]
        self.changes += 1

    def dump(self, encode: Callable[[bytes], str]) -> Json:
        """All of it as JSON, pictures written by `encode`."""
        return {
            "menus": [
                {
                    "rich_menu_id": menu.rich_menu_id,
                    "menu": menu.menu,
                    "image": None if menu.image is None else encode(menu.image),
                    "content_type": menu.content_type,
                }
                for menu in self.menus.values()
            ],
            "aliases": self.aliases,
            "of_user": self.of_user,
            "default": self.default,
        }

    def load(self, saved: Json, decode: Callable[[str], bytes]) -> None:
        """Take over what `dump` gave."""
        self.menus = {
            entry["rich_menu_id"]: RichMenu(
                **{**entry, "image": None if entry["image"] is None else decode(entry["image"])}
            )
            for entry in saved["menus"]
        }
        self.aliases, self.of_user, self.default = saved["aliases"], saved["of_user"], saved["default"]
