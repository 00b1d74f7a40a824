"""`flask --app app shop richmenu`: put the rich menu up at LINE."""

from __future__ import annotations

import sys

import click
import psycopg2

from bot.errors import LineError, LineUnavailable, NotAllowed
from bot.richmenu import pictures
from settings import Settings
from store.db import Database, sql
from store.errors import StoreError


def richmenu_command(settings: Settings) -> click.Command:
    """The command; it may be run at any time and as often as one likes. Status 1 and one line on failure."""

    @click.command("richmenu")
    def richmenu() -> None:
        """Put the rich menu up at LINE, in every language; only what has changed."""
        db = Database(settings.database_url, size=1)
        try:
            done = _put_up(settings, db)
        except NotAllowed as error:
            _fail(f"LINE does not accept LINE_CHANNEL_ACCESS_TOKEN: {error}")
        except LineUnavailable as error:
            _fail(f"LINE cannot be reached; run this again later: {error}")
        except LineError as error:
            _fail(f"LINE refused the rich menu: {error}")
        except (StoreError, psycopg2.Error) as error:
            _fail(f"the database is needed, for who reads which language: {error}")
        finally:
            db.close()
        for line in done:
            click.echo(line)
        click.echo("the rich menu is up to date")

    return richmenu


def _put_up(settings: Settings, db: Database) -> list[str]:
    # Imported here: line-bot-sdk takes most of a second, and every other command would wait for it.
    from bot.richmenu.api import RichMenuApi
    from bot.richmenu.putting_up import put_up, wanted_menus

    def friends_of(language: str) -> list[str]:
        rows = db.transaction(lambda tx: list(sql.customers_of_language(tx.connection, language=language)))
        return [str(row.line_user_id) for row in rows]

    api = RichMenuApi.of_channel(settings.line.token, settings.line.api_url)
    return put_up(api, wanted_menus(pictures.drawn_languages()), friends_of)


def _fail(words: str) -> None:
    click.echo(" ".join(words.split()), err=True)
    sys.exit(1)
