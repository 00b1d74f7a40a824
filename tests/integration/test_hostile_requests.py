"""Hostile requests, counted: each gets a clear answer, changes nothing and learns nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import structlog

from app import create_app
from store import logs
from tests.integration import hostile_addresses as addresses
from tests.integration import hostile_doors as doors
from tests.integration import hostile_files as files
from tests.integration import hostile_input as fields
from tests.integration import hostile_texts as words
from tests.integration.hostile_street import ENVIRONMENT, Attack, Street, strange_parts, typed_fields

GROUPS: dict[str, tuple[Callable[[Street], Iterator[Attack]], int]] = {
    "roles": (doors.roles, 100),
    "form tokens": (doors.form_tokens, 200),
    "cookies": (doors.cookies, 30),
    "links": (doors.links, 100),
    "LINE webhook": (doors.line_webhook, 30),
    "bank callbacks": (doors.bank_callbacks, 40),
    "bodies": (doors.bodies, 100),
    "methods": (doors.methods, 200),
    "paths": (addresses.paths, 500),
    "queries": (addresses.queries, 300),
    "headers": (addresses.headers, 100),
    "numbers": (fields.numbers, 300),
    "dates": (fields.dates, 50),
    "choices": (fields.choices, 30),
    "catalogue files": (files.files, 50),
    "pictures": (files.pictures, 40),
    "shapes": (fields.shapes, 20),
    "texts": (words.texts, 700),
}
"""The groups, and the least number of requests in each."""
NOT_KEPT = {("set_password", "username"), ("set_password", "again")}
"""Fields that the program does not read, or only compares."""


@pytest.fixture
def street(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Street]:
    """The whole program; its way of logging is not this process's."""
    monkeypatch.setattr(logs, "configure", lambda *_given: None)
    street = Street(database_url, create_app(ENVIRONMENT | {"DATABASE_URL": database_url}))
    yield street
    street.close()
    structlog.reset_defaults()


@pytest.mark.parametrize("group", GROUPS)
def test_hostile_requests(street: Street, group: str) -> None:
    attacks = list(GROUPS[group][0](street))
    faults = street.try_them(attacks)
    print(f"{group}: {len(attacks)} hostile requests")
    assert len(attacks) >= GROUPS[group][1], len(attacks)
    assert faults == [], f"{len(faults)} faults:\n" + "\n".join(faults[:40])
    if group == "texts":
        assert street.seen > len(attacks) // 4, street.seen


def test_the_table_of_hostile_requests_counts_thousands(street: Street) -> None:
    table = {name: len(list(make(street))) for name, (make, _least) in GROUPS.items()}
    print("\n".join(f"{count:6,} {name}" for name, count in table.items()))
    assert all(table[name] >= least for name, (_make, least) in GROUPS.items())
    assert sum(table.values()) >= 4500


def test_every_field_in_which_a_person_types_is_attacked(street: Street) -> None:
    attacked = {(field.path, field.name) for field in words.text_fields(street)}
    attacked |= {(form.path, name) for form in fields.number_forms(street) for name in form.fields}
    known = {(endpoint(street, path), name) for path, name in attacked}
    found: set[tuple[str, str]] = set()
    for path in (*street.pages, "/account/second-factor", "/categories", "/notices"):
        page = street.browser("owner").get(path).get_data(as_text=True)
        found |= {(endpoint(street, to), name) for to, name in typed_fields(f"/admin{path}", page)}
    assert len(found) > 40
    assert found - known == NOT_KEPT


def endpoint(street: Street, path: str) -> str:
    """Which route takes a form."""
    adapter = street.app.url_map.bind("127.0.0.1:8000")
    return str(adapter.match(path, method="POST")[0]).removeprefix("console.")


def test_the_eyes_see_what_they_look_for() -> None:
    for page in (
        "<zzb>",
        "<p onclick=zz()>",
        "<a href='javascript:zz()'>",
        "<script>1</script>",
        "<img src=data:x>",
    ):
        assert strange_parts(page), page
    assert strange_parts('<a href="/admin/" title="&lt;zzb&gt; onclick=">&lt;script&gt;</a>') == []
    assert words.is_run("=1")
    assert not words.is_run("'=1")


def test_no_file_of_the_console_holds_a_formula(street: Street) -> None:
    street.house.run("ALTER TABLE orders DROP CONSTRAINT orders_invoice")  # a file trusts no rule of a table
    for start in words.FORMULAS:
        for table, columns in words.EXPORTED.items():
            for column in columns:
                street.house.run(f"UPDATE {table} SET {column} = %s || {column}", start)
        for path in words.FILES:
            run = [cell for cell in words.read_cells(street, path) if words.is_run(cell)]
            assert run == [], f"{path} after {start!r}"
