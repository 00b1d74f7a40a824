"""The shop, the echo bot and LINE as processes side by side, each on 127.0.0.1."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks.machine import ROOT, BenchmarkError, database_server, free_port, process, wait_for_page
from dev.line import PlatformConfig

SECRET = PlatformConfig().secret
_SAMPLE = ROOT / "dev" / "catalogue" / "sample.csv"
_LINE_THREADS = "64"  # LINE does not keep anybody waiting because others are served


@dataclass(frozen=True)
class Town:
    """Where everybody is reached: ports of 127.0.0.1. `dynos` are the process groups, by name."""

    shop: int
    echo: int
    line: int
    dynos: dict[str, int] = field(default_factory=dict)

    def slow_down(self, seconds: float) -> None:
        """Let LINE take so long for each reply from now on."""
        self._control("DELETE", None)
        if seconds:
            self._control("POST", {"endpoint": "reply", "kind": "delay", "seconds": seconds, "times": None})

    def _control(self, method: str, body: dict[str, Any] | None) -> None:
        data = json.dumps(body).encode() if body else None
        url = f"http://127.0.0.1:{self.line}/control/faults"
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            answer.read()


@contextmanager
def town(*, worker_threads: int | None, separate_worker: bool = False) -> Iterator[Town]:
    """Start everybody, with the sample catalogue in the shop; `worker_threads` None: as many as it has.

    With `separate_worker` the web process has no part of the worker.
    """
    with ExitStack() as stack:
        server = stack.enter_context(database_server())
        ports = Town(free_port(), free_port(), free_port())
        env = {
            "DATABASE_URL": server.make("shop"),
            "PUBLIC_URL": f"http://127.0.0.1:{ports.shop}",
            "SECRET_KEY": "benchmark",
            "LINE_CHANNEL_SECRET": SECRET,
            "LINE_CHANNEL_ACCESS_TOKEN": PlatformConfig().token,
            "LINE_API_URL": f"http://127.0.0.1:{ports.line}",
            "PAYMENT_METHODS": "cod",
            "WEB_CONCURRENCY": "1",
            "LOG_LEVEL": "WARNING",
        }
        if separate_worker:
            worker_threads = 0
        if worker_threads is not None:
            env["WORKER_THREADS"] = str(worker_threads)
        _import_catalogue(env)
        line = ["--threads", _LINE_THREADS, "--keep-alive", "95", "benchmarks.line:create()"]
        line_process = stack.enter_context(process("gunicorn", *_bind(ports.line), *line, env=env))
        wait_for_page(f"http://127.0.0.1:{ports.line}/control/requests", line_process)
        settings = ["--config", str(ROOT / "gunicorn.conf.py")]
        apps = {"shop": "app:create_app()", "echo": "benchmarks.echo:create_app()"}
        for name, port in (("shop", ports.shop), ("echo", ports.echo)):
            child = stack.enter_context(process("gunicorn", *settings, *_bind(port), apps[name], env=env))
            wait_for_page(f"http://127.0.0.1:{port}/readyz", child)
            ports.dynos[name] = child.pid
        if separate_worker:
            worker = stack.enter_context(process("flask", "--app", "app", "shop", "worker", env=env))
            ports.dynos["worker"] = worker.pid
        yield ports


def _bind(port: int) -> list[str]:
    # The command line wins over the file, which would listen to every network.
    return ["--bind", f"127.0.0.1:{port}", "--log-level", "warning"]


def _import_catalogue(env: dict[str, str]) -> None:
    with process("flask", "--app", "app", "shop", "import-catalogue", str(_SAMPLE), env=env) as child:
        try:
            status = child.wait(timeout=60)
        except subprocess.TimeoutExpired:
            status = None
        if status != 0:
            raise BenchmarkError("the sample catalogue could not be imported")
