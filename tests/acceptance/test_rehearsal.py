"""`ops/rehearse`: what is committed is deployed, restarted and released under traffic, and loses no tap."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def test_five_hundred_taps_over_a_restart_and_a_release(database_url: str) -> None:
    if subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("this is no git checkout, and what is committed is what would be deployed")
    done = subprocess.run(
        [sys.executable, "ops/rehearse", "--database-url", database_url, "--seconds", "15"],
        cwd=ROOT, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "500 taps, each answered once" in done.stdout
    assert "every process ended with status 0" in done.stdout
    memory = re.search(r"together (\d+\.\d) MB PSS", done.stdout)
    assert memory is not None
    assert 0 < float(memory[1]) <= 200
