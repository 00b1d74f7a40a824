"""Fixtures of more than one file of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.wire import Wire


@pytest.fixture
def wire(database_url: str) -> Iterator[Wire]:
    """A line to this test's database."""
    line = Wire(database_url)
    yield line
    line.close()
