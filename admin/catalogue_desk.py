"""The pages for the catalogue file: upload, the look at what would change, the yes, the download."""

from __future__ import annotations

from flask import Blueprint, Response, g, request, stream_with_context
from werkzeug.wrappers import Response as AnyResponse

from admin import audit, catalogue_files, export, labels_shop
from admin.catalogue_files import Preview
from admin.catalogue_words import problem
from admin.frame import Frame, field, say
from admin.roles import may
from admin.words import _
from store import catalogue_file
from store.catalogue_file import Row
from store.db import Transaction, sql
from store.errors import CatalogueError

LARGEST_FILE = 5 * 1024 * 1024  # bytes
MOST_ROWS = 10_000
SHOWN = 200
AUDITED = 100


class Desk:
    """`/admin/products/file…`."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._db = frame, frame.db

    def add_to(self, room: Blueprint) -> None:
        """Put the pages into the blueprint."""
        room.add_url_rule("/products/file", "catalogue", self.page, methods=["GET"])
        room.add_url_rule("/products/file", "upload_catalogue", self.upload, methods=["POST"])
        room.add_url_rule("/products/file/preview", "preview_catalogue", self.preview, methods=["GET"])
        room.add_url_rule("/products/file/import", "import_catalogue", self.take_in, methods=["POST"])
        room.add_url_rule("/products/file/export", "export_catalogue", self.export, methods=["POST"])

    @may("staff")
    def page(self) -> Response:
        """Up and down."""
        return self._frame.show("catalogue.html", problems=[])

    @may("staff", largest_body=LARGEST_FILE + 64 * 1024)
    def upload(self) -> AnyResponse:
        """Keep a file until its sender has seen what it would change."""
        upload = request.files.get("file")
        content = upload.stream.read(LARGEST_FILE + 1) if upload else b""
        try:
            text = _decode(content)
            _parse(text)
        except CatalogueError as error:
            return self._refused(error)
        self._db.transaction(lambda tx: sql.draft_put(tx.connection, user_id=g.staff.id, content=text))
        return self._frame.go("preview_catalogue")

    @may("staff")
    def preview(self) -> AnyResponse:
        """What the uploaded file would change; nothing has changed yet."""
        text = self._db.transaction(lambda tx: sql.draft_of(tx.connection, user_id=g.staff.id))
        if text is None:
            return self._frame.go("catalogue")
        try:
            return self._show(catalogue_files.rehearse(self._db, _parse(text), g.staff.actor))
        except CatalogueError as error:
            return self._refused(error)

    @may("staff")
    def take_in(self) -> AnyResponse:
        """Do what was shown, and nothing else: when it would be something else by now, show that first."""
        version = field("version", 64)

        def work(tx: Transaction) -> Preview | None:
            text = sql.draft_of(tx.connection, user_id=g.staff.id)
            if text is None:
                return None
            done = catalogue_files.do(tx, _parse(text), g.staff.actor)
            if done.version != version:
                raise _Moved
            sql.draft_forget(tx.connection, user_id=g.staff.id)
            for change in done.changes[:AUDITED]:
                audit.record(
                    tx, g.staff.id, "catalogue.import", f"sku:{change.sku}", change.before, change.after
                )
            facts = {"skus": len(done.changes), "stock_changes": done.imported.stock_changes}
            audit.record(tx, g.staff.id, "catalogue.import", "catalogue:", None, facts)
            return done

        try:
            done = self._db.transaction(work)
        except CatalogueError as error:
            return self._refused(error)
        except _Moved:
            say("bad", _("商品剛剛有變動，請再看一次會改變什麼。什麼都還沒有改變。"))
            return self._frame.go("preview_catalogue")
        if done is None:
            return self._frame.go("catalogue")
        say("good", _("已匯入，{count} 個規格有變動。").format(count=len(done.changes)))
        return self._frame.go("products")

    @may("staff")
    def export(self) -> Response:
        """The whole catalogue as a file that can be taken in again."""
        self._db.transaction(lambda tx: audit.record(tx, g.staff.id, "catalogue.export", "catalogue:"))
        pieces = stream_with_context(catalogue_files.export(self._db))
        response = Response(pieces, mimetype="text/csv; charset=utf-8")
        name = export.file_name("catalogue")
        response.headers["Content-Disposition"] = f"attachment; filename={name}"
        return response

    def _show(self, preview: Preview) -> Response:
        return self._frame.show(
            "catalogue_preview.html", preview=preview, changes=preview.changes[:SHOWN],
            new=sum(change.before is None for change in preview.changes), labels=labels_shop,
            fields=catalogue_files.FIELDS,
        )  # fmt: skip

    def _refused(self, error: CatalogueError) -> Response:
        return self._frame.show("catalogue.html", 422, problems=[problem(p) for p in error.problems[:SHOWN]])


class _Moved(Exception):
    """The import would not do what was shown."""


def _decode(content: bytes) -> str:
    if not content:
        raise CatalogueError(["no file"])
    if len(content) > LARGEST_FILE:
        raise CatalogueError(["the file is too large"])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CatalogueError([f"the file is not UTF-8 (byte {error.start})"]) from error


def _parse(text: str) -> list[Row]:
    rows = catalogue_file.parse(text)
    if len(rows) > MOST_ROWS:
        raise CatalogueError([f"the file has more than {MOST_ROWS} rows"])
    return rows
