"""`ops/audit` between pip-audit and an advisory service of the test's own."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request

from dev.serve import Server

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Advisories:
    """An OSV service that knows the flaws of what is in `flaws`, by name and version."""

    url: str = ""
    flaws: dict[tuple[str, str], str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    status: int = 200
    hangs_after: int | None = None
    breaks_after: int | None = None
    gone: threading.Event = field(default_factory=threading.Event)

    def app(self) -> Flask:
        app = Flask("osv")

        @app.post("/v1/query")
        def query() -> Response:
            given = request.get_json(force=True)
            name, version = given["package"]["name"], given["version"]
            self.asked.append(name)
            if self.hangs_after is not None and len(self.asked) > self.hangs_after:
                self.gone.wait(30)
            if self.breaks_after is not None and len(self.asked) > self.breaks_after:
                return Response("out of order", 500)
            flaw = self.flaws.get((name, version))
            answer = jsonify({"vulns": [osv(flaw, name)]} if flaw else {})
            answer.status_code = self.status
            return answer

        return app


def osv(number: str, name: str) -> dict[str, Any]:
    """An advisory in the form of the OSV schema."""
    package = {"name": name, "ecosystem": "PyPI"}
    events = [{"introduced": "0"}, {"fixed": "9.9"}]
    return {
        "id": number, "summary": "a flaw", "aliases": [], "schema_version": "1.6.0",
        "affected": [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}],
    }  # fmt: skip


@pytest.fixture
def advisories() -> Iterator[Advisories]:
    service = Advisories(flaws={("jinja2", "2.4.1"): "PYSEC-0"})
    with Server(service.app()) as server:
        service.url = f"{server.url}/v1/query"
        yield service
        service.gone.set()


@pytest.fixture
def pinned(tmp_path: Path) -> Path:
    """Two files of pins in a folder."""
    (tmp_path / "1.txt").write_text("Flask==3.1.3\n")
    (tmp_path / "2.txt").write_text("# everything\n-r 1.txt\nboolean.py==5.0\n")
    return tmp_path


def audit(service: str, pinned: Path, *more: str) -> subprocess.CompletedProcess[str]:
    files = [word for file in sorted(pinned.iterdir()) for word in ("--requirements", str(file))]
    command = [sys.executable, "ops/audit", "--service", service, *files, *more]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_packages_without_advisories_pass(advisories: Advisories, pinned: Path) -> None:
    done = audit(advisories.url, pinned)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "no advisory is known of the 2 pinned packages\n"
    assert sorted(advisories.asked) == ["boolean-py", "flask", "jinja2"]


def test_a_known_flaw_fails_with_its_number_and_what_mends_it(advisories: Advisories, pinned: Path) -> None:
    advisories.flaws["flask", "3.1.3"] = "PYSEC-2026-77"
    done = audit(advisories.url, pinned)
    assert done.returncode == 1
    assert done.stderr == "flask 3.1.3 is vulnerable: PYSEC-2026-77 (mended in 9.9)\n"
    assert "no advisory" not in done.stdout
    assert audit(advisories.url, pinned, "--ignore-vuln", "PYSEC-2026-77").returncode == 0


def test_a_service_that_cannot_be_reached_is_said_so_and_fails_nothing(pinned: Path) -> None:
    for nowhere in ("http://127.0.0.1:9/v1/query", "https://osv.invalid/v1/query"):
        done = audit(nowhere, pinned)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "skipped: the advisory service cannot be reached (ConnectionError)\n"


def test_what_answers_in_its_place_is_not_taken_for_it(advisories: Advisories, pinned: Path) -> None:
    advisories.status = 403  # a gate on the way
    assert (
        "skipped: the advisory service cannot be reached (HTTPError)" in audit(advisories.url, pinned).stdout
    )
    advisories.status = 200
    advisories.flaws.clear()  # a mirror without advisories
    done = audit(advisories.url, pinned)
    assert done.returncode == 1
    assert "its word is worth nothing" in done.stderr


def test_an_audit_that_does_not_end_is_ended(advisories: Advisories, pinned: Path) -> None:
    advisories.hangs_after = 1
    begun = time.monotonic()
    done = audit(advisories.url, pinned, "--seconds", "3")
    assert "skipped: the advisory service cannot be reached (ReadTimeout)" in done.stdout
    assert done.returncode == 0
    assert time.monotonic() - begun < 30


def test_an_audit_that_breaks_off_at_a_service_that_is_there_fails(
    advisories: Advisories, pinned: Path
) -> None:
    advisories.breaks_after = 1
    assert "skipped" in audit(advisories.url, pinned).stdout, "gone when it was asked again"
    (pinned / "1.txt").write_text("Flask==3.1.3\nno-such==1.0 --what\n")
    advisories.breaks_after = None
    done = audit(advisories.url, pinned)
    assert done.returncode == 1
    assert done.stderr.startswith("pip-audit did not come to an end")


def test_ci_and_make_call_it() -> None:
    assert "make audit\n" in (ROOT / ".ci" / "run").read_text()
    assert "python ops/audit" in (ROOT / "Makefile").read_text()


def test_every_pin_of_both_files_is_looked_up(advisories: Advisories) -> None:
    command = [sys.executable, "ops/audit", "--service", advisories.url]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    pins = [
        line for name in ("requirements.txt", "requirements-dev.txt")
        for line in (ROOT / name).read_text().splitlines() if "==" in line
    ]  # fmt: skip
    assert done.stdout == f"no advisory is known of the {len(pins)} pinned packages\n", done.stderr
