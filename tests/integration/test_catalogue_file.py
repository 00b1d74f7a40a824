"""Importing a catalogue: all or nothing, again and again, while people are buying."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

import settings as environment
from dev.catalogue.draw import ROOT
from store import catalogue_file, commands
from store.catalogue_file import COLUMNS, Imported, import_file
from store.db import Database, Transaction, sql
from store.errors import CatalogueError
from store.orders import PlaceOutcome
from store.queue.worker import Worker
from tests.concurrency.races import run_concurrently
from tests.factories import broken_invariants, fill_cart, line_user, place, placed_order, scalar, stock_of

HEADER = ",".join(COLUMNS)
OOLONG = "T-1,高山烏龍,75 克,茶葉,380,,12,蘭花香,,1"
BIGGER = "T-2,高山烏龍,150 克,茶葉,720,760,5,蘭花香,,1"
CAKE = "C-1,鳳梨酥,,糕餅,270,,8,,,yes"
PICTURE = b"\x89PNG\r\n\x1a\n and so on"


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    database = Database(database_url)
    yield database
    assert broken_invariants(database) == []
    database.close()


class Files:
    """A folder with a catalogue in it."""

    def __init__(self, folder: Path, db: Database) -> None:
        self.folder, self._db = folder, db
        self.path = folder / "shop.csv"

    def bring(self, *rows: str, encoding: str = "utf-8") -> Imported:
        self.write(*rows, encoding=encoding)
        return import_file(self._db, self.path)

    def write(self, *rows: str, encoding: str = "utf-8") -> None:
        self.path.write_text("\n".join([HEADER, *rows]) + "\n", encoding=encoding)

    def refused(self, *rows: str) -> list[str]:
        with pytest.raises(CatalogueError) as caught:
            self.bring(*rows)
        return caught.value.problems


@pytest.fixture
def files(tmp_path: Path, db: Database) -> Files:
    folder = tmp_path / "catalogue"
    folder.mkdir()
    return Files(folder, db)


def sku_id(db: Database, code: str) -> int:
    return int(str(scalar(db, "SELECT id FROM skus WHERE code = %s", code)))


def test_a_file_becomes_a_shop_and_its_stock_is_in_the_ledger(db: Database, files: Files) -> None:
    assert files.bring(OOLONG, BIGGER, CAKE) == Imported(skus=3, products=2, categories=2, stock_changes=3)
    assert scalar(db, "SELECT string_agg(name, ' ' ORDER BY position) FROM categories") == "茶葉 糕餅"
    assert scalar(db, "SELECT sum(delta) FROM stock_moves WHERE reason = 'count'") == 25
    assert scalar(db, "SELECT list_price FROM skus WHERE code = 'T-2'") == 760


def test_the_same_file_again_changes_nothing(db: Database, files: Files) -> None:
    files.bring(OOLONG, CAKE)
    assert files.bring(OOLONG, CAKE) == Imported(skus=2, products=2, categories=2, stock_changes=0)
    assert scalar(db, "SELECT count(*) FROM stock_moves") == 2


def test_a_byte_order_mark_is_no_part_of_the_file(files: Files) -> None:
    assert files.bring(OOLONG, encoding="utf-8-sig").skus == 1


def test_another_encoding_is_refused_in_plain_words(files: Files) -> None:
    files.write(OOLONG, encoding="big5")
    with pytest.raises(CatalogueError, match="not UTF-8"):
        import_file(Database("postgresql://127.0.0.1:1/none"), files.path)


def test_rows_are_updated_in_place(db: Database, files: Files) -> None:
    files.bring(OOLONG, CAKE)
    before = sku_id(db, "T-1")
    changes = files.bring("T-1,高山烏龍,100 克,禮盒,400,450,20,新包裝,,no").stock_changes
    assert changes == 1
    assert sku_id(db, "T-1") == before
    assert (
        scalar(
            db,
            "SELECT concat_ws(' ', option, price, list_price, stock, active, description, c.name) "
            "FROM skus s JOIN products p ON p.id = s.product_id JOIN categories c ON c.id = p.category_id "
            "WHERE s.code = 'T-1'",
        )
        == "100 克 400 450 20 f 新包裝 禮盒"
    )
    assert stock_of(db, sku_id(db, "C-1")) == 8  # what is not in the file stays as it is


def test_options_may_change_places(db: Database, files: Files) -> None:
    files.bring(OOLONG, BIGGER)
    files.bring(OOLONG.replace("75 克", "150 克"), BIGGER.replace("150 克", "75 克"))
    assert scalar(db, "SELECT string_agg(option, ' / ' ORDER BY code) FROM skus") == "150 克 / 75 克"


def test_an_option_sold_by_a_sku_that_is_not_in_the_file_is_refused(files: Files) -> None:
    files.bring(OOLONG)
    assert files.refused(CAKE, OOLONG.replace("T-1", "T-9")) == [
        "line 3: option '75 克' of '高山烏龍' is already sold as sku 'T-1', which is not in the file"
    ]


def test_one_bad_row_keeps_everything_out(db: Database, files: Files) -> None:
    assert files.refused(OOLONG, CAKE.replace("270", "cheap")) == [
        "line 3: price must be a whole number of at least 0, not 'cheap'"
    ]
    assert scalar(db, "SELECT count(*) FROM categories") == 0


def test_stock_counts_what_is_promised_and_is_never_set_below_it(db: Database, files: Files) -> None:
    files.bring(OOLONG, CAKE)
    oolong = sku_id(db, "T-1")
    placed_order(db, {oolong: 3})
    assert files.bring(OOLONG, CAKE).stock_changes == 0
    assert stock_of(db, oolong) == 9
    assert files.refused(CAKE.replace(",8,", ",50,"), OOLONG.replace(",12,", ",2,")) == [
        "line 3: stock of 'T-1' is 2, but orders hold 3"
    ]
    assert stock_of(db, sku_id(db, "C-1")) == 8
    files.bring(OOLONG.replace(",12,", ",3,"))
    assert stock_of(db, oolong) == 0


def test_an_order_placed_during_an_import_waits_and_the_ledger_stays_exact(
    db: Database, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rival comes after the import has read what orders hold and before it sets the stock."""
    files.bring(OOLONG, CAKE)
    skus = {sku_id(db, code): 2 for code in ("T-1", "C-1")}
    user = line_user()
    fill_cart(db, user, skus)
    outcomes = []
    rival = threading.Thread(target=lambda: outcomes.append(place(db, user)[0]))
    waiting = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    store_skus = catalogue_file._store_skus

    def with_a_rival(tx: Transaction, *rest: object) -> object:
        rival.start()
        while rival.is_alive() and not scalar(db, waiting):
            time.sleep(0.01)
        return store_skus(tx, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(catalogue_file, "_store_skus", with_a_rival)
    files.bring(OOLONG.replace(",12,", ",7,"), CAKE)
    rival.join(10)
    assert outcomes == [PlaceOutcome.PLACED]
    assert {sku: stock_of(db, sku) for sku in skus} == dict(zip(skus, (5, 6), strict=True))


def test_an_import_that_changes_nothing_of_a_sku_does_not_wait_for_an_order_in_the_making(
    db: Database, files: Files
) -> None:
    """An order line refers to its SKU; only a new key in the SKU's row would have to wait for that."""
    files.bring(OOLONG)
    impatient = Database(db.url, lock_timeout=200)
    order = placed_order(db, {sku_id(db, "T-1"): 1})

    def work(tx: Transaction) -> Imported:
        with tx.connection.cursor() as cursor:
            cursor.execute("DELETE FROM order_lines WHERE order_id = %s", (order.id,))
            cursor.execute(
                "INSERT INTO order_lines VALUES (%s, %s, '高山烏龍', '75 克', 380, 1)",
                (order.id, sku_id(db, "T-1")),
            )
        return import_file(impatient, files.path)

    assert db.transaction(work).stock_changes == 0
    impatient.close()


def test_two_imports_take_turns(db: Database, files: Files) -> None:
    files.write(OOLONG, CAKE)
    done = run_concurrently(lambda _: import_file(db, files.path).stock_changes, 3)
    assert sorted(done) == [0, 0, 2]


def test_pictures_beside_the_file_are_kept_under_their_digest(db: Database, files: Files) -> None:
    (files.folder / "pictures").mkdir()
    (files.folder / "pictures/a.png").write_bytes(PICTURE)
    with_picture = "蘭花香,pictures/a.png,1"
    files.bring(OOLONG.replace("蘭花香,,1", with_picture), CAKE.replace(",,,yes", ",,pictures/a.png,yes"))
    assert scalar(db, "SELECT count(*) FROM pictures") == 1
    assert scalar(db, "SELECT count(*) FROM products p JOIN pictures i ON i.digest = p.picture") == 2


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../secret.png", "lies outside the catalogue's folder"),
        ("/etc/passwd", "lies outside the catalogue's folder"),
        ("//etc/passwd", "lies outside the catalogue's folder"),
        ("pictures/../../secret.png", "lies outside the catalogue's folder"),
        ("link.png", "lies outside the catalogue's folder"),
        ("nowhere.png", "cannot be read: No such file"),
        (".", "cannot be read: Is a directory"),
        ("shop.csv", "is neither a JPEG nor a PNG"),
        ("large.png", "is larger than 1,000,000 bytes"),
    ],
)
def test_a_picture_that_cannot_be_one_is_refused(files: Files, db: Database, name: str, words: str) -> None:
    (files.folder.parent / "secret.png").write_bytes(PICTURE)
    (files.folder / "link.png").symlink_to(files.folder.parent / "secret.png")
    (files.folder / "large.png").write_bytes(PICTURE + bytes(1_000_000))
    (problem,) = files.refused(CAKE, OOLONG.replace("蘭花香,,1", f"蘭花香,{name},1"))
    assert problem.startswith("line 3: image_url ")
    assert words in problem
    assert scalar(db, "SELECT count(*) FROM products") == 0


def test_the_sample_catalogue_is_imported_and_again(db: Database) -> None:
    sample = ROOT / "dev/catalogue/sample.csv"
    first = import_file(db, sample)
    assert first.skus >= 30
    assert first.products >= 20
    assert first.categories >= 5
    assert import_file(db, sample).stock_changes == 0
    known = db.transaction(lambda tx: list(sql.import_categories(tx.connection, names=["茶葉"])))
    assert len(known) == 1
    assert scalar(db, "SELECT count(*) FROM categories") == first.categories


ENVIRONMENT = {
    "PUBLIC_URL": "https://shop.example",
    "SECRET_KEY": "s",
    "LINE_CHANNEL_SECRET": "s",
    "LINE_CHANNEL_ACCESS_TOKEN": "t",
    "PAYMENT_METHODS": "cod",
}


def run(db: Database, *words: str) -> Result:
    def no_worker(threads: int) -> Worker:
        raise AssertionError("nobody asked for a worker")

    app = Flask("shop")
    settings = environment.load({**ENVIRONMENT, "DATABASE_URL": db.url})
    app.cli.add_command(commands.group(settings, db, no_worker))
    return app.test_cli_runner().invoke(args=["shop", *words])


def test_the_command_says_what_it_has_done(db: Database, files: Files) -> None:
    files.write(OOLONG, BIGGER, CAKE)
    done = run(db, "import-catalogue", str(files.path))
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout == "imported 3 SKUs of 2 products in 2 categories; the stock of 3 changed\n"


def test_the_command_says_each_problem_in_a_line_and_fails(db: Database, files: Files) -> None:
    files.write(OOLONG.replace("380", "x"), 'C-1,"鳳\n梨酥",,糕餅,y,,8,,,yes', "T-3,z")
    done = run(db, "import-catalogue", str(files.path))
    assert (done.exit_code, done.stdout) == (1, "")
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["line 2", "line 3", "line 5"]


def test_the_command_says_when_there_is_no_such_file(db: Database, tmp_path: Path) -> None:
    done = run(db, "import-catalogue", str(tmp_path / "none.csv"))
    assert (done.exit_code, done.stderr) == (
        1,
        f"cannot read {tmp_path}/none.csv: No such file or directory\n",
    )


@pytest.mark.parametrize("words", [("migrate",), ("import-catalogue", "shop.csv")])
def test_a_database_that_is_away_is_one_line_too(files: Files, words: tuple[str, ...]) -> None:
    files.write(OOLONG)
    away = Database("postgresql://127.0.0.1:1/none")
    done = run(away, *[word.replace("shop.csv", str(files.path)) for word in words])
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1


def test_the_whole_program_imports_from_a_shell(db: Database, files: Files) -> None:
    files.write(OOLONG, CAKE.replace("270", "x"))
    environ = {**os.environ, **ENVIRONMENT, "DATABASE_URL": db.url}
    command = [sys.executable, "-m", "flask", "--app", "app", "shop", "import-catalogue", str(files.path)]
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "line 3: price must be a whole number of at least 0, not 'x'\n"
