"""The ceiling: the writes of a checkout in one statement, sent by pgbench, which has nothing else to do."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.buyers import BUYERS
from benchmarks.machine import BenchmarkError

_STATEMENT = Path(__file__).parent / "sql" / "ceiling.sql"
_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_LATENCY = re.compile(r"^latency average = ([0-9.]+) ms", re.MULTILINE)
_THREADS = 2
_TAKEN = (
    "taken{k} AS (UPDATE skus SET stock = stock - 1 WHERE id = :sku{k} AND stock >= 1"
    " RETURNING id AS sku_id, stock)"
)


def find_pgbench(bindir: Path) -> Path | None:
    """pgbench beside the server's programs or on the path, or None."""
    beside = bindir / "pgbench"
    on_path = shutil.which("pgbench")
    return beside if beside.is_file() else Path(on_path) if on_path else None


def script(skus: int, lines: int) -> str:
    """A pgbench script that orders the next cart: client c takes the carts c + 1, c + 1 + BUYERS, …"""
    part = skus // lines
    choices = [f"\\set sku{k} random({1 + k * part}, {(k + 1) * part})" for k in range(lines)]
    statement = _STATEMENT.read_text(encoding="utf-8").format(
        lines=lines,
        skus=", ".join(f"(:sku{k}::bigint)" for k in range(lines)),
        taken=", ".join(_TAKEN.format(k=k) for k in range(lines)),
        moves=" UNION ALL ".join(f"SELECT sku_id, stock FROM taken{k}" for k in range(lines)),
    )
    turn = [r"\set turn :turn + 1", rf"\set cart :turn * {BUYERS} + :client_id + 1"]
    return "\n".join([*turn, *choices, statement.rstrip() + ";", ""])


def run(
    pgbench: Path, url: str, skus: int, lines: int, seconds: float, *, protocol: str
) -> tuple[float, float]:
    """Orders a second and the mean latency in seconds, with as many clients as there are buyers.

    `protocol` is pgbench's: "simple", as the shop speaks (a pooler between transactions allows no other),
    or "prepared", which parses and plans once.
    """
    with tempfile.TemporaryDirectory(prefix="shop-bench-") as folder:
        path = Path(folder) / "checkout.pgbench"
        path.write_text(script(skus, lines), encoding="utf-8")
        command = [str(pgbench), "-n", "-M", protocol, "-c", str(BUYERS), "-j", str(_THREADS)]
        command += ["-D", "turn=-1", "-T", str(max(1, round(seconds))), "-f", str(path), url]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise BenchmarkError(f"pgbench could not be run: {error}") from error
    rate, latency = _TPS.search(done.stdout), _LATENCY.search(done.stdout)
    if done.returncode or not rate or not latency:
        raise BenchmarkError(f"pgbench failed: {done.stderr.strip()[-500:]}")
    return float(rate[1]), float(latency[1]) / 1000
