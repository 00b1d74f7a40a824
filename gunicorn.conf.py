"""How gunicorn serves the shop; WEB_CONCURRENCY (processes) and PORT come from the environment.

The queue's worker threads live in the web processes, so they start after the fork and stop with the process.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

# Heroku names the port; without one, nobody but this machine is served.
bind = f"0.0.0.0:{os.environ['PORT']}" if "PORT" in os.environ else "127.0.0.1:8000"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
worker_class = "gthread"
threads = 4
preload_app = True  # one import for all processes; nothing connects or starts a thread before the fork

# Heroku sends SIGTERM to every process and SIGKILL after 30 seconds: requests and worker threads end before.
graceful_timeout = 25
_WORKER_STOP_SECONDS = 15
# Heroku's router closes an idle connection after 90 seconds; it should be the first to.
keepalive = 95
# The heartbeat is a file, and a slow disk would hold it up.
_MEMORY = Path("/dev/shm")  # noqa: S108 - the file is unlinked as soon as it is open
worker_tmp_dir = str(_MEMORY) if _MEMORY.is_dir() else None
control_socket_disable = True

# max_requests stays off: recycling is orderly, but a shop of one process answers nobody meanwhile (2 seconds
# for open connections and then the longest job in hand), and Heroku restarts every dyno daily anyway.

# No query string: it may hold a signed link's token. The path may too, so the application names the route.
access_log_format = "%(m)s %({shop.route}e)s %(s)s %(b)s %(M)sms"


def post_worker_init(worker: Any) -> None:
    """The process is ready but serves nothing yet: start its threads, if the application has any."""
    for name in ("shop.meter", "shop.worker"):
        if part := _part(worker, name):
            part.start()


def worker_exit(server: Any, worker: Any) -> None:
    """The last request is answered: let the worker threads finish what they hold.

    gunicorn calls this in the main process too, for a child that died unseen; nothing was started there.
    """
    if worker.pid != os.getpid():
        return
    if queue := _part(worker, "shop.worker"):
        queue.stop(_WORKER_STOP_SECONDS)
    if meter := _part(worker, "shop.meter"):
        meter.stop()


def _part(worker: Any, name: str) -> Any:
    """A part of the shop; the stand-ins of the benchmarks, served by this file too, have none."""
    return getattr(worker.app.wsgi(), "extensions", {}).get(name)
