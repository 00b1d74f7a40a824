"""The Messaging API's rich menu endpoints.

Source: LINE Messaging API reference, "Rich menu", "Per-user rich menu", "Rich menu alias".
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, request

from dev.line.endpoints import Answer, Call, Endpoints
from dev.line.errors import ApiError
from dev.line.state import World
from dev.line.validate import Problem, validate_rich_menu, validate_rich_menu_image

_BULK_MOST = 500
_ALIAS = re.compile(r"[a-z0-9_-]{1,32}")


class RichMenuApi:
    """These endpoints, over one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def register(self, endpoints: Endpoints, blueprint: Blueprint) -> None:
        """Put the endpoints on `blueprint`."""
        menu, alias, user = "/v2/bot/richmenu", "/v2/bot/richmenu/alias", "/v2/bot/user"
        for name, route, view in (
            ("createRichMenu", f"POST {menu}", self.create),
            ("validateRichMenu", f"POST {menu}/validate", self.validate),
            ("listRichMenus", f"GET {menu}/list", self.list_all),
            ("getRichMenu", f"GET {menu}/<menu_id>", self.get),
            ("deleteRichMenu", f"DELETE {menu}/<menu_id>", self.delete),
            ("setRichMenuImage", f"POST {menu}/<menu_id>/content", self.set_image),
            ("getRichMenuImage", f"GET {menu}/<menu_id>/content", self.get_image),
            ("setDefaultRichMenu", f"POST {user}/all/richmenu/<menu_id>", self.set_default),
            ("getDefaultRichMenu", f"GET {user}/all/richmenu", self.get_default),
            ("cancelDefaultRichMenu", f"DELETE {user}/all/richmenu", self.cancel_default),
            ("linkRichMenu", f"POST {user}/<user_id>/richmenu/<menu_id>", self.link),
            ("getRichMenuOfUser", f"GET {user}/<user_id>/richmenu", self.get_of_user),
            ("unlinkRichMenu", f"DELETE {user}/<user_id>/richmenu", self.unlink),
            ("bulkLinkRichMenu", f"POST {menu}/bulk/link", self.bulk_link),
            ("bulkUnlinkRichMenu", f"POST {menu}/bulk/unlink", self.bulk_unlink),
            ("createRichMenuAlias", f"POST {alias}", self.create_alias),
            ("listRichMenuAliases", f"GET {alias}/list", self.list_aliases),
            ("getRichMenuAlias", f"GET {alias}/<alias_id>", self.get_alias),
            ("updateRichMenuAlias", f"POST {alias}/<alias_id>", self.update_alias),
            ("deleteRichMenuAlias", f"DELETE {alias}/<alias_id>", self.delete_alias),
        ):
            endpoints.add(blueprint, name, route, view)

    def create(self, call: Call) -> Answer:
        """A new menu, still without picture."""
        menu = call.body()
        _refuse(validate_rich_menu(menu))
        with self._world.lock:
            return Answer({"richMenuId": self._world.menus.create(menu)})

    def validate(self, call: Call) -> Answer:
        """Only check a menu object."""
        _refuse(validate_rich_menu(call.body()))
        return Answer()

    def list_all(self, _call: Call) -> Answer:
        """All menus made by API."""
        with self._world.lock:
            return Answer({"richmenus": [menu.to_json() for menu in self._world.menus.menus.values()]})

    def get(self, _call: Call, menu_id: str) -> Answer:
        """One menu."""
        return Answer(self._world.menus.get(menu_id).to_json())

    def delete(self, _call: Call, menu_id: str) -> Answer:
        """Away with a menu."""
        with self._world.lock:
            self._world.menus.delete(menu_id)
            self._redraw()
        return Answer()

    def set_image(self, _call: Call, menu_id: str) -> Answer:
        """The picture of a menu: PNG or JPEG of the menu's own size."""
        menu = self._world.menus.get(menu_id)
        problems = validate_rich_menu_image(request.get_data(), request.mimetype, menu.menu)
        if problems and problems[0].property == "Content-Type":
            raise ApiError(415, problems[0].message)
        if problems:
            raise ApiError(400, problems[0].message)
        with self._world.lock:
            self._world.menus.set_image(menu_id, request.get_data(), request.mimetype)
        return Answer()

    def get_image(self, _call: Call, menu_id: str) -> Answer:
        """The picture again."""
        menu = self._world.menus.get(menu_id)
        if menu.image is None:
            raise ApiError(404, "Not found")
        return Answer(Response(menu.image, content_type=menu.content_type))

    def set_default(self, _call: Call, menu_id: str) -> Answer:
        """The menu of all who have none of their own."""
        with self._world.lock:
            self._world.menus.set_default(menu_id)
            self._redraw()
        return Answer()

    def get_default(self, _call: Call) -> Answer:
        """Which menu that is."""
        if self._world.menus.default is None:
            raise ApiError(404, "no default richmenu")
        return Answer({"richMenuId": self._world.menus.default})

    def cancel_default(self, _call: Call) -> Answer:
        """No default menu any more."""
        with self._world.lock:
            self._world.menus.set_default(None)
            self._redraw()
        return Answer()

    def link(self, _call: Call, user_id: str, menu_id: str) -> Answer:
        """A menu for one customer. Raises ApiError for somebody who is no friend."""
        with self._world.lock:
            if not self._world.reaches(user_id):
                raise ApiError(400, "The user is not a friend of the account")
            self._world.menus.link([user_id], menu_id)
            self._redraw()
        return Answer(user=user_id)

    def get_of_user(self, _call: Call, user_id: str) -> Answer:
        """A customer's own menu."""
        menu_id = self._world.menus.of_user.get(user_id)
        if menu_id is None:
            raise ApiError(404, "the user has no richmenu")
        return Answer({"richMenuId": menu_id}, user=user_id)

    def unlink(self, _call: Call, user_id: str) -> Answer:
        """Back to the default menu."""
        with self._world.lock:
            self._world.menus.unlink([user_id])
            self._redraw()
        return Answer(user=user_id)

    def bulk_link(self, call: Call) -> Answer:
        """A menu for up to 500 customers; strangers among them are passed over."""
        body = call.body()
        user_ids = _user_ids(body.get("userIds"))
        with self._world.lock:
            friends = [user_id for user_id in user_ids if self._world.reaches(user_id)]
            self._world.menus.link(friends, str(body.get("richMenuId")))
            self._redraw()
        return Answer(status=202)

    def bulk_unlink(self, call: Call) -> Answer:
        """Back to the default menu for up to 500 customers."""
        user_ids = _user_ids(call.body().get("userIds"))
        with self._world.lock:
            self._world.menus.unlink(user_ids)
            self._redraw()
        return Answer(status=202)

    def create_alias(self, call: Call) -> Answer:
        """A name for a menu."""
        body = call.body()
        alias = body.get("richMenuAliasId")
        if not isinstance(alias, str) or _ALIAS.fullmatch(alias) is None:
            raise ApiError.of_body([Problem("richMenuAliasId", "Must be 1 to 32 of a-z, 0-9, _ and -")])
        with self._world.lock:
            self._world.menus.create_alias(alias, str(body.get("richMenuId")))
        return Answer()

    def list_aliases(self, _call: Call) -> Answer:
        """All names."""
        with self._world.lock:
            pairs = self._world.menus.aliases.items()
            return Answer(
                {"aliases": [{"richMenuAliasId": alias, "richMenuId": menu} for alias, menu in pairs]}
            )

    def get_alias(self, _call: Call, alias_id: str) -> Answer:
        """The menu behind a name."""
        return Answer({"richMenuAliasId": alias_id, "richMenuId": self._world.menus.alias(alias_id)})

    def update_alias(self, call: Call, alias_id: str) -> Answer:
        """Another menu behind a name."""
        with self._world.lock:
            self._world.menus.alias(alias_id)
            self._world.menus.point_alias(alias_id, str(call.body().get("richMenuId")))
        return Answer()

    def delete_alias(self, _call: Call, alias_id: str) -> Answer:
        """Away with a name."""
        with self._world.lock:
            self._world.menus.delete_alias(alias_id)
        return Answer()

    def _redraw(self) -> None:
        """Let the open chats show the menus as they are now."""
        for user_id in self._world.users:
            self._world.chat(user_id).touch()


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise ApiError.of_body(problems)


def _user_ids(given: object) -> list[str]:
    if not isinstance(given, list) or not 1 <= len(given) <= _BULK_MOST:
        raise ApiError.of_body([Problem("userIds", f"Size must be between 1 and {_BULK_MOST}")])
    return [str(user_id) for user_id in given]
