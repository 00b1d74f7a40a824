"""`flask --app app shop …`: what is done from a shell. Errors are one line on standard error, status 1."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click
import psycopg2
from flask.cli import AppGroup

from settings import Settings
from store import catalogue_file, migrate, search
from store.db import Database
from store.errors import CatalogueError, StoreError
from store.metrics import meter
from store.queue.worker import Worker

if TYPE_CHECKING:
    from store.object_storage import Storage

STOP_SECONDS = 20.0
WORKER_DYNO_THREADS = 4
"""Inbox threads of a worker dyno where WORKER_THREADS=0 says that the web process has none."""


def group(
    settings: Settings,
    db: Database,
    make_worker: Callable[[int], Worker],
    storage: Storage | None = None,
) -> AppGroup:
    """The commands; `make_worker(threads)` builds a worker with so many inbox threads."""
    shop = AppGroup("shop", help="Run the shop from a shell.")

    @shop.command("migrate")
    def migrate_command() -> None:
        """Bring the database's schema up to date."""
        with one_line_errors():
            applied = migrate.migrate(settings.database_url)
            listed = search.catch_up(db)
        for name in applied:
            click.echo(f"applied {name}")
        if listed:
            click.echo(f"listed {listed} products for the search")
        click.echo("the schema is up to date")

    @shop.command("import-catalogue")
    @click.argument("file", type=click.Path(path_type=Path))
    def import_catalogue(file: Path) -> None:
        """Import a catalogue file (CSV), all or nothing."""
        with one_line_errors():
            done = catalogue_file.import_file(db, file, storage=storage)
        click.echo(
            f"imported {done.skus} SKUs of {done.products} products in {done.categories} categories; "
            f"the stock of {done.stock_changes} changed"
        )

    @shop.command("worker")
    def worker_command() -> None:
        """Empty the inbox and the outbox until SIGTERM."""
        ended = threading.Event()

        def end(_number: int, _frame: FrameType | None) -> None:
            ended.set()

        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        worker = make_worker(settings.worker_threads or WORKER_DYNO_THREADS)
        meter.start()
        worker.start()
        ended.wait()
        worker.stop(STOP_SECONDS)
        meter.stop()

    return shop


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Ends the process with status 1 and a line for each problem where the store, or PostgreSQL, refuses."""
    try:
        yield
    except CatalogueError as error:
        for problem in error.problems:
            click.echo(" ".join(problem.split()), err=True)
        sys.exit(1)
    except StoreError as error:
        click.echo(" ".join(str(error).split()), err=True)
        sys.exit(1)
    except psycopg2.Error as error:
        click.echo(f"the database refused: {error.diag.message_primary or type(error).__name__}", err=True)
        sys.exit(1)
