"""A whole town for a test: the shop as it runs in production, a bank, LINE and a database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import requests

from dev.bank import API_PATH, Bank, BankConfig
from dev.bank import create_app as create_bank
from dev.bank.account import Account
from dev.line import Platform, PlatformConfig
from dev.line import create_app as create_line
from dev.serve import Server
from store import catalogue_file
from store.db import Database

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLE = ROOT / "dev" / "catalogue" / "sample.csv"
DETAILS = "姓名：王小明\n電話：0912345678\n地址：台北市信義區信義路五段7號"
START_SECONDS = 30.0


class Shop:
    """The shop's web process: gunicorn with the project's own configuration."""

    def __init__(self, env: Mapping[str, str], port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.env, self._log = dict(env), log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it is ready."""
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            str(ROOT / "gunicorn.conf.py"),
            "app:create_app()",
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=log, stderr=log, start_new_session=True
            )
        wait_until(
            self._is_ready, START_SECONDS, f"the shop to be ready; see {self._log.read_text()[-2000:]}"
        )

    def kill(self) -> None:
        """kill -9 of every process of the shop, in the middle of whatever it does."""
        if self._process and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=10)

    def stop(self) -> int:
        """SIGTERM, and the exit status."""
        if self._process is None:
            return 0
        self._process.terminate()
        return self._process.wait(timeout=40)

    def log(self) -> str:
        """Everything the shop has written so far."""
        return self._log.read_text()

    def _is_ready(self) -> bool:
        if self._process and self._process.poll() is not None:
            raise AssertionError(f"the shop ended: {self.log()[-2000:]}")
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except requests.ConnectionError:
            return False


class Town:
    """Everything together. `line`, `bank` and `db` are for looking and for levers."""

    def __init__(
        self, db: Database, bank: Bank, bank_url: str, line: Platform, line_url: str, shop: Shop
    ) -> None:
        self.db, self.bank, self.bank_url = db, bank, bank_url
        self.line, self.line_url, self.shop = line, line_url, shop

    def customer(self, name: str = "小安") -> str:
        """Somebody new, already a friend of the shop; their LINE user id."""
        return self.line.add_user(name).user_id

    def say(self, user: str, text: str, timeout: float = 30.0) -> dict[str, Any]:
        """Type something and return the shop's next message."""
        seen = self.line.seq(user)
        self.line.say(user, text)
        return self.line.wait_for(user, lambda _message: True, timeout, after=seen)

    def tap(self, user: str, label: str, timeout: float = 30.0) -> dict[str, Any]:
        """Tap the newest button whose label contains `label` and return the shop's next message."""
        action = self.button(user, label)
        seen = self.line.seq(user)
        self.line.press(user, action)
        return self.line.wait_for(user, lambda _message: True, timeout, after=seen)

    def button(self, user: str, label: str) -> dict[str, Any]:
        """The action of the newest button whose label contains `label`."""
        for message in reversed(self.line.messages(user)):
            for action in actions_in(message):
                if label in str(action.get("label", "")):
                    return action
        raise AssertionError(f"there is no button {label!r}; buttons: {self.labels(user)}")

    def labels(self, user: str) -> list[str]:
        """The labels on the newest message."""
        messages = self.line.messages(user)
        return [str(action.get("label", "")) for action in actions_in(messages[-1])] if messages else []

    def wait_for_text(self, user: str, text: str, timeout: float = 40.0) -> dict[str, Any]:
        """The first message of the shop that says `text` somewhere."""
        return self.line.wait_for(user, lambda message: text in words_of(message), timeout)


def actions_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every action object in a message, in the order it is written."""
    if isinstance(value, dict):
        for name, item in value.items():
            if name in ("action", "defaultAction") and isinstance(item, dict):
                yield item
            elif name == "actions" and isinstance(item, list):
                yield from (action for action in item if isinstance(action, dict))
            else:
                yield from actions_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from actions_in(item)


def words_of(value: Any) -> str:
    """All that a message shows, in one string."""
    if isinstance(value, dict):
        shown = [str(value[name]) for name in ("text", "altText", "label") if name in value]
        return " ".join([*shown, *(words_of(v) for v in value.values() if isinstance(v, dict | list))])
    if isinstance(value, list):
        return " ".join(words_of(item) for item in value)
    return ""


@contextmanager
def town(
    database_url: str,
    folder: Path,
    *,
    bank: BankConfig | None = None,
    line: PlatformConfig | None = None,
    **env: str,
) -> Iterator[Town]:
    """A town with the sample catalogue on the shelves; further settings of the shop by their names."""
    with ExitStack() as stack:
        the_bank = stack.enter_context(
            Bank(bank or BankConfig(notify_delay_seconds=0.2, auto_pay_seconds=None))
        )
        bank_server = stack.enter_context(Server(create_bank(the_bank)))
        platform = stack.enter_context(
            Platform(line or PlatformConfig(redelivery=True, redelivery_delays=(0.5, 1, 2, 4, 8)))
        )
        line_server = stack.enter_context(Server(create_line(platform)))
        port = free_port()
        db = Database(database_url)
        stack.callback(db.close)
        catalogue_file.import_file(db, SAMPLE)
        shop = Shop(
            _environment(database_url, port, bank_server.url, platform, line_server.url) | env,
            port,
            folder / "shop.log",
        )
        platform.connect(f"{shop.url}/line/webhook")
        stack.callback(shop.kill)
        shop.start()
        yield Town(db, the_bank, bank_server.url, platform, line_server.url, shop)


def _environment(
    database_url: str, port: int, bank_url: str, line: Platform, line_url: str
) -> dict[str, str]:
    account = {f"SINOPAC_{name.upper()}": value for name, value in asdict(Account()).items()}
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "DATABASE_URL": database_url,
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": "a secret of this test alone",
        "SHOP_NAME": "山腳下小舖",
        "LINE_CHANNEL_SECRET": line.config.secret,
        "LINE_CHANNEL_ACCESS_TOKEN": line.config.token,
        "LINE_API_URL": line_url,
        "LINE_CHAT_URL": f"{line_url}/chat/oa?user={{user}}&text={{text}}",
        "SINOPAC_API_URL": bank_url + API_PATH,
        **account,
    }


def free_port() -> int:
    """A port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first true value of `condition`; fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds} s in vain for {what}")
