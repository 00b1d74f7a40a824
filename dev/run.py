"""`make run`: the whole shop on this machine, from an empty folder to a chat in the browser.

Starts an embedded PostgreSQL, the stand-in bank, the stand-in LINE platform and the shop as it runs in
production, fills an empty shop with the sample catalogue, and stops all of it on Ctrl-C. Where the
environment names a database, LINE or SinoPac, the real one is used instead.
"""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from dev.bank import API_PATH
from dev.bank.account import Account
from dev.line import PlatformConfig
from dev.postgres import Postgres, PostgresError

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "dev" / "catalogue" / "sample.csv"
READY_SECONDS = 30.0
STOP_SECONDS = 25.0


class RunError(Exception):
    """The shop cannot be started here; the message says why and what to do."""


class Ended(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


def main() -> int:
    """Run until Ctrl-C; the exit status is 0 when everything was started and stopped well."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    try:
        with ExitStack() as stack:
            _run(stack, dict(os.environ))
    except Ended:
        return 0
    except (RunError, PostgresError) as error:
        print(f"make run: {error}", file=sys.stderr)
        return 1
    return 0


def _end(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not interrupt the stopping
    raise Ended


def _run(stack: ExitStack, env: dict[str, str]) -> None:
    folder = Path(env.get("SHOP_DEV_FOLDER", ROOT / ".dev"))
    folder.mkdir(parents=True, exist_ok=True)
    ports = {name: _port(env, name, default) for name, default in _PORTS.items()}
    env |= _defaults(folder, ports["PORT"])
    children: list[tuple[str, subprocess.Popen[bytes]]] = []
    if "DATABASE_URL" not in env:
        env["DATABASE_URL"] = stack.enter_context(Postgres(folder / "postgres")).url()
    chat = ""
    if "SINOPAC_SHOP_NO" not in env:
        env |= _stand_in_bank(ports["BANK_PORT"])
        arguments = ["dev.bank", "--port", str(ports["BANK_PORT"]), "--state", str(folder / "bank.json")]
        arguments += ["--auto-pay-seconds", env.get("BANK_AUTO_PAY_SECONDS", "0")]
        children.append(("the stand-in bank", stack.enter_context(_process(arguments, env))))
    if "LINE_CHANNEL_SECRET" not in env:
        env |= _stand_in_line(ports["LINE_PORT"])
        chat = f"http://127.0.0.1:{ports['LINE_PORT']}/"
        arguments = ["dev.line", "--port", str(ports["LINE_PORT"]), "--state", str(folder / "line.json")]
        arguments += ["--webhook", f"{env['PUBLIC_URL']}/line/webhook", "--shop-name", env["SHOP_NAME"]]
        children.append(("the stand-in LINE", stack.enter_context(_process(arguments, env))))
    _prepare(env)
    if chat:
        _wait_until_ready(f"{chat}chat/state", children)
        _shop(env, "richmenu")
    shop = ["gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "--log-level", "warning"]
    children.append(("the shop", stack.enter_context(_process([*shop, "app:create_app()"], env))))
    _wait_until_ready(f"http://127.0.0.1:{ports['PORT']}/readyz", children)
    _greet(env, chat, ports["BANK_PORT"])
    _watch(children)


_PORTS = {"PORT": 8000, "BANK_PORT": 9000, "LINE_PORT": 9100}


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name, str(default))
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise RunError(f"{name} must be a port number, not {text!r}")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(text)))
        except OSError as error:
            raise RunError(
                f"port {text} is in use; stop what uses it, or choose another: make run after {name}=… is set"
            ) from error
    return int(text)


def _defaults(folder: Path, port: int) -> dict[str, str]:
    """What a deployment must set and a developer need not."""
    key = folder / "secret_key"
    if not key.exists():
        key.write_text(secrets.token_hex(32))
        key.chmod(0o600)
    own = {
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SECRET_KEY": key.read_text(),
        "SHOP_NAME": "山腳下小舖",
        "WEB_CONCURRENCY": "1",
        "LOG_LEVEL": "WARNING",
    }
    return {name: value for name, value in own.items() if name not in os.environ or name == "PORT"}


def _stand_in_bank(port: int) -> dict[str, str]:
    account = Account()
    return {
        "SINOPAC_SHOP_NO": account.shop_no,
        "SINOPAC_A1": account.a1,
        "SINOPAC_A2": account.a2,
        "SINOPAC_B1": account.b1,
        "SINOPAC_B2": account.b2,
        "SINOPAC_KEY_ID": account.key_id,
        "SINOPAC_API_URL": f"http://127.0.0.1:{port}{API_PATH}",
    }


def _stand_in_line(port: int) -> dict[str, str]:
    platform = PlatformConfig()
    return {
        "LINE_CHANNEL_SECRET": platform.secret,
        "LINE_CHANNEL_ACCESS_TOKEN": platform.token,
        "LINE_API_URL": f"http://127.0.0.1:{port}",
        "LINE_CHAT_URL": f"http://127.0.0.1:{port}/chat/oa?user={{user}}&text={{text}}",
    }


def _prepare(env: Mapping[str, str]) -> None:
    """Bring the schema up to date, and fill a shop that has nothing to sell."""
    _shop(env, "migrate")
    from store import catalogue
    from store.db import Database

    db = Database(env["DATABASE_URL"], size=2)
    try:
        empty = not db.transaction(catalogue.categories).categories
    finally:
        db.close()
    if empty:
        print("An empty shop: putting the sample catalogue on its shelves ...", flush=True)
        _shop(env, "import-catalogue", str(SAMPLE))


def _shop(env: Mapping[str, str], *command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "shop", *command],
        cwd=ROOT,
        env=dict(env),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode:
        raise RunError(f"shop {command[0]} failed: {done.stderr.strip() or done.stdout.strip()}")


@contextmanager
def _process(arguments: list[str], env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A module run as a process of its own, out of reach of the terminal's Ctrl-C, stopped by SIGTERM."""
    command = [sys.executable, "-m", "dev.tether", str(os.getpid()), sys.executable, "-m", *arguments]
    child = subprocess.Popen(command, cwd=ROOT, env=dict(env), start_new_session=True)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(timeout=5)


def _wait_until_ready(url: str, children: list[tuple[str, subprocess.Popen[bytes]]]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        _complain_if_dead(children)
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own http address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RunError(f"nothing answered at {url} within {READY_SECONDS:.0f} seconds")


def _greet(env: Mapping[str, str], chat: str, bank_port: int) -> None:
    print(f"\nThe shop is open: {env['SHOP_NAME']}", flush=True)
    if chat:
        print(f"  Chat with it as a customer:   {chat}", flush=True)
    else:
        print(f"  LINE sends its events to:     {env['PUBLIC_URL']}/line/webhook", flush=True)
    if env["SINOPAC_API_URL"].startswith(f"http://127.0.0.1:{bank_port}"):
        print(f"  The stand-in bank:            http://127.0.0.1:{bank_port}/", flush=True)
        print("  Test card:                    4143-5200-0187-0127, 12/35, CVV 123, OTP 123456", flush=True)
    print("  Stop everything:              Ctrl-C", flush=True)


def _watch(children: list[tuple[str, subprocess.Popen[bytes]]]) -> None:
    while True:
        _complain_if_dead(children)
        time.sleep(0.5)


def _complain_if_dead(children: list[tuple[str, subprocess.Popen[bytes]]]) -> None:
    for name, child in children:
        if child.poll() is not None:
            raise RunError(f"{name} has ended with status {child.returncode}; its last words are above")


if __name__ == "__main__":
    sys.exit(main())
