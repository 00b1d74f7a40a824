"""Putting the rich menu up at a stand-in LINE: again, after changes, and cut off half-way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from click.testing import CliRunner, Result

from bot.errors import LineError
from bot.line_api import LineApi
from bot.richmenu import putting_up
from bot.richmenu.api import RichMenuApi, data_url
from bot.richmenu.command import richmenu_command
from bot.richmenu.putting_up import PREFIX, Wanted, put_up, wanted_menus
from bot.words import languages
from dev.line import Platform, create_app
from dev.serve import Server
from settings import LineSettings, Settings
from store import customers
from store.db import Database, Transaction, sql

STEPS = (
    "listRichMenus", "validateRichMenu", "createRichMenu", "setRichMenuImage", "listRichMenuAliases",
    "createRichMenuAlias", "setDefaultRichMenu", "bulkLinkRichMenu", "deleteRichMenu",
)  # fmt: skip


@dataclass
class Account:
    """The shop's account at LINE, and what is to be seen there."""

    platform: Platform
    settings: Settings
    db: Database

    @property
    def api(self) -> RichMenuApi:
        line = self.settings.line
        return RichMenuApi(LineApi(line.token, line.api_url, read_seconds=2))

    def run(self) -> Result:
        return CliRunner().invoke(richmenu_command(self.settings), [])

    def put(self, wanted: list[Wanted]) -> list[str]:
        return put_up(self.api, wanted, lambda _language: [])

    def ours(self) -> list[str]:
        names = [menu.menu["name"] for menu in self.platform.world.menus.menus.values()]
        return sorted(name for name in names if name.startswith(PREFIX))

    def named(self, alias: str) -> str:
        menus = self.platform.world.menus
        return str(menus.get(menus.alias(alias)).menu["name"])

    def seen_by(self, user: str) -> str:
        menu = self.platform.world.menus.seen_by(user)
        return str(menu.menu["name"]) if menu else ""

    def calls(self, endpoint: str) -> int:
        return sum(entry["endpoint"] == endpoint for entry in self.platform.endpoints.history)

    def customer(self, language: str) -> str:
        user = self.platform.add_user("客人").user_id

        def work(tx: Transaction) -> None:
            customer = customers.meet(tx, user)
            sql.language_choose(tx.connection, id=customer.id, language=language)

        self.db.transaction(work)
        return user


@pytest.fixture
def account(database_url: str) -> Iterator[Account]:
    with Platform() as platform, Server(create_app(platform)) as server:
        line = LineSettings(("s",), platform.config.token, server.url)
        settings = Settings(database_url, "https://shop.example", "key", line, None)
        db = Database(database_url)
        yield Account(platform, settings, db)
        db.close()


def renewed(wanted: list[Wanted]) -> list[Wanted]:
    """The same menus with other words in the bar below them."""
    return [replace(one, body=one.body | {"chatBarText": "新選單"}) for one in wanted]


def test_the_command_puts_everything_up_and_the_second_time_does_nothing(account: Account) -> None:
    english, chinese = account.customer("en"), account.customer("zh-TW")
    first = account.run()
    assert (first.exit_code, first.stderr) == (0, "")
    assert account.ours() == sorted(one.name for one in wanted_menus(languages()))
    assert account.seen_by(chinese).startswith(f"{PREFIX}shop:zh-TW:")
    assert account.seen_by(english).startswith(f"{PREFIX}shop:en:")
    for alias in ("shop-shop-zh-tw", "shop-mine-zh-tw", "shop-shop-en", "shop-mine-en"):
        assert account.named(alias).startswith(PREFIX)
    account.platform.endpoints.history.clear()
    second = account.run()
    assert (second.exit_code, second.stdout.splitlines()[-1]) == (0, "the rich menu is up to date")
    for step in ("createRichMenu", "setRichMenuImage", "updateRichMenuAlias", "setDefaultRichMenu"):
        assert account.calls(step) == 0


def test_a_tap_on_a_tab_shows_the_other_one(account: Account) -> None:
    account.run()
    user = account.customer("zh-TW")
    menus = account.platform.world.menus
    menu = menus.seen_by(user)
    assert menu is not None
    switch = menu.menu["areas"][0]["action"]
    assert menus.switch(user, switch["richMenuAliasId"]) == "SUCCESS"
    assert account.seen_by(user).startswith(f"{PREFIX}mine:zh-TW:")


def test_a_new_version_replaces_the_old_one_and_leaves_other_menus_alone(account: Account) -> None:
    wanted = wanted_menus(languages())
    body = wanted[0].body | {"name": "the merchant's own"}
    foreign = account.platform.world.menus.create(body)
    account.put(wanted)
    account.put(renewed(wanted))
    assert account.ours() == sorted(one.name for one in renewed(wanted))
    assert foreign in account.platform.world.menus.menus
    assert account.named("shop-mine-en") == renewed(wanted)[-1].name


def test_nobody_is_without_a_menu_while_it_changes(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    user, wanted = account.customer("zh-TW"), wanted_menus(["zh-TW"])
    account.put(wanted)
    seen: list[tuple[str, str]] = []
    call = LineApi.call

    def watched(self: LineApi, *args: object, **more: object) -> object:
        answer = call(self, *args, **more)  # type: ignore[arg-type]
        seen.append((account.seen_by(user), account.named("shop-mine-zh-tw")))
        return answer

    monkeypatch.setattr(LineApi, "call", watched)
    account.put(renewed(wanted))
    assert len(seen) > 8
    assert all(menu and tab for menu, tab in seen)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("done", [True, False])
@pytest.mark.parametrize("nth", [1, 2])
def test_cut_off_anywhere_and_run_again_it_ends_the_same(
    account: Account, step: str, done: bool, nth: int
) -> None:
    english = account.customer("en")
    wanted = wanted_menus(languages())
    put_up(account.api, renewed(wanted), lambda _language: [english])
    for number in range(nth):
        fault = {"endpoint": step, "kind": "status", "status": 500, "after_accepting": done}
        account.platform.faults.add(
            {"endpoint": step, "kind": "delay", "seconds": 0} if number + 1 < nth else fault
        )
    for _attempt in range(2):
        try:
            put_up(account.api, wanted, lambda _language: [english])
        except LineError:
            continue
    account.platform.faults.clear()
    put_up(account.api, wanted, lambda _language: [english])
    assert account.ours() == sorted(one.name for one in wanted)
    assert account.seen_by(english) == next(
        one.name for one in wanted if (one.tab, one.language) == ("shop", "en")
    )
    for one in wanted:
        assert account.named(one.alias) == one.name


def test_many_english_readers_are_linked_in_lots(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(putting_up, "BULK_MOST", 2)
    users = [account.platform.add_user(f"Reader {n}").user_id for n in range(5)]
    put_up(account.api, wanted_menus(languages()), lambda _language: users)
    assert account.calls("bulkLinkRichMenu") == 3
    assert {account.seen_by(user) for user in users} == {account.named("shop-shop-en")}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "LINE does not accept LINE_CHANNEL_ACCESS_TOKEN"),
        (500, "LINE cannot be reached; run this again later"),
        (400, "LINE refused the rich menu"),
    ],
)
def test_trouble_is_one_line_on_standard_error(account: Account, status: int, words: str) -> None:
    account.platform.faults.add({"endpoint": "createRichMenu", "kind": "status", "status": status})
    result = account.run()
    assert result.exit_code == 1
    assert result.stderr.startswith(words)
    assert result.stderr.count("\n") == 1
    assert account.settings.line.token not in result.stderr


def test_without_a_database_the_command_says_so(account: Account) -> None:
    account.settings = replace(account.settings, database_url="postgresql://127.0.0.1:1/x")
    result = account.run()
    assert result.exit_code == 1
    assert result.stderr.startswith("the database is needed")


def test_pictures_go_to_the_host_for_pictures() -> None:
    assert data_url("https://api.line.me") == "https://api-data.line.me"
    assert data_url("http://127.0.0.1:9100") == "http://127.0.0.1:9100"
