"""`make run` from outside: everything starts, stops on Ctrl-C, and is there again the next time."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.acceptance.town import ROOT, free_port, wait_until

START_SECONDS = 60.0


class Run:
    """One `make run` on ports and in a folder of its own."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.ports = {name: str(free_port()) for name in ("PORT", "BANK_PORT", "LINE_PORT")}
        self._folder, self._log = folder, log

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[bytes]]:
        env = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "SHOP_DEV_FOLDER": str(self._folder),
        }
        with self._log.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dev.run"], cwd=ROOT, env=env | self.ports, stdout=log, stderr=log
            )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            process.wait(timeout=40)

    def wait_until_open(self) -> None:
        wait_until(
            lambda: "The shop is open" in self.words(), START_SECONDS, f"the shop to open: {self.words()}"
        )

    def words(self) -> str:
        return self._log.read_text()

    def orders(self) -> int:
        return len(
            requests.get(f"http://127.0.0.1:{self.ports['BANK_PORT']}/control/orders", timeout=5).json()[
                "orders"
            ]
        )

    def users(self) -> list[str]:
        state = requests.get(f"http://127.0.0.1:{self.ports['LINE_PORT']}/chat/state", timeout=5).json()
        return [user["userId"] for user in state["users"]]

    def tell(self, user: str, what: str, **body: str) -> None:
        url = f"http://127.0.0.1:{self.ports['LINE_PORT']}/chat/users/{user}/{what}?wait=1"
        assert requests.post(url, json=body, timeout=10).json()["status"] == 200

    def heard(self, user: str) -> list[object]:
        url = f"http://127.0.0.1:{self.ports['LINE_PORT']}/chat/users/{user}/timeline?after=0"
        return [item for item in requests.get(url, timeout=10).json()["items"] if item["from"] == "bot"]


def test_it_opens_answers_stops_on_ctrl_c_and_keeps_its_data(tmp_path: Path) -> None:
    run = Run(tmp_path / "dev", tmp_path / "log")
    with run.running() as process:
        run.wait_until_open()
        first = run.users()
        run.tell(first[0], "follow")
        wait_until(lambda: run.heard(first[0]), 20, "the greeting")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=40) == 0
    assert "Traceback" not in run.words()
    with run.running():
        run.wait_until_open()
        assert "putting the sample catalogue" not in run.words()
        assert run.users() == first
        assert len(run.heard(first[0])) == 1


def test_killed_hard_it_leaves_nothing_running_behind(tmp_path: Path) -> None:
    run = Run(tmp_path / "dev", tmp_path / "log")
    with run.running() as process:
        run.wait_until_open()
        process.kill()
        process.wait(timeout=10)

    def silent() -> bool:
        for port in run.ports.values():
            with socket.socket() as probe:
                probe.settimeout(1)
                if probe.connect_ex(("127.0.0.1", int(port))) == 0:
                    return False
        return True

    wait_until(silent, 30, "every part to end with its parent")


def test_a_port_in_use_gives_a_sentence(tmp_path: Path) -> None:
    run = Run(tmp_path / "dev", tmp_path / "log")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(run.ports["BANK_PORT"])))
        taken.listen()
        with run.running() as process:
            assert process.wait(timeout=30) == 1
    assert f"port {run.ports['BANK_PORT']} is in use" in run.words()
    assert "Traceback" not in run.words()


def test_half_of_the_settings_of_line_gives_a_sentence(tmp_path: Path) -> None:
    run = Run(tmp_path / "dev", tmp_path / "log")
    run.ports["LINE_CHANNEL_SECRET"] = "a real one"
    with run.running() as process:
        assert process.wait(timeout=60) == 1
    assert "LINE_CHANNEL_ACCESS_TOKEN" in run.words()
    assert "Traceback" not in run.words()
