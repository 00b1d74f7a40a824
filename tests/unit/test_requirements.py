"""What a deployment imports is in requirements.txt: a developer's machine has more, and would not tell."""

from __future__ import annotations

import ast
import re
import sys
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = ("bot", "store", "payments", "admin")
DEPLOYED = [ROOT / "app.py", ROOT / "settings.py", ROOT / "gunicorn.conf.py"]
DEPLOYED += [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> dict[str, str]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    found = (line.split("==") for line in lines if "==" in line)
    return {normal(name): version for name, version in found}


def imported() -> set[str]:
    """The top-level names of all imports, those inside functions included."""
    names = set()
    for path in DEPLOYED:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.partition(".")[0])
    return names - set(sys.stdlib_module_names) - {*ROOMS, "app", "settings"}


def test_everything_that_is_imported_is_pinned_for_the_deployment() -> None:
    owners = metadata.packages_distributions()
    pinned = pins("requirements.txt")
    lacking = {
        name: owners.get(name)
        for name in imported()
        if not any(normal(owner) in pinned for owner in owners.get(name, []))
    }
    assert lacking == {}


def test_what_is_installed_here_is_what_is_pinned() -> None:
    for name, version in pins("requirements.txt").items():
        assert metadata.version(name) == version, name


def test_nothing_is_pinned_twice() -> None:
    both = set(pins("requirements.txt")) & set(pins("requirements-dev.txt"))
    assert both == set()


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-dev.txt"])
def test_every_line_is_a_comment_or_an_exact_pin(file: str) -> None:
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        assert re.fullmatch(r"(|#.*|-r requirements\.txt|[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*)", line), line
