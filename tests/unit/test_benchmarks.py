"""The benchmarks' own arithmetic, and that their delay delays. No figure is checked: machines differ."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import ceiling
from benchmarks.__main__ import PARTS, parse_arguments
from benchmarks.delay import delayed
from benchmarks.load import tap, words
from benchmarks.report import Report, Table, percentile, ratio

DELAY = 0.02


def test_no_part_named_means_every_part() -> None:
    assert parse_arguments([]).parts == list(PARTS)


def test_parts_run_in_the_order_they_are_named_and_once() -> None:
    options = parse_arguments(["growth", "webhook", "growth", "--quick", "--json", "out.json"])
    assert options.parts == ["growth", "webhook"]
    assert options.quick
    assert options.json == Path("out.json")


def test_an_unknown_part_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_arguments(["checkouts"])
    assert ended.value.code == 2
    complaint = capsys.readouterr().err
    assert all(part in complaint for part in PARTS)


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [
        ([7.0], 50, 7.0),
        ([3.0, 1.0, 2.0], 50, 2.0),
        ([4.0, 3.0, 2.0, 1.0], 50, 2.0),
        ([float(n) for n in range(1, 101)], 99, 99.0),
        ([float(n) for n in range(1, 102)], 99, 100.0),
        ([1.0, 2.0], 0, 1.0),
        ([1.0, 2.0], 100, 2.0),
    ],
)
def test_a_percentile_is_the_value_of_the_nearest_rank(
    values: list[float], percent: float, expected: float
) -> None:
    assert percentile(values, percent) == expected


def test_a_percentile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        percentile([], 50)


def test_nothing_is_a_multiple_of_nothing() -> None:
    assert ratio(6.0, 2.0) == 3.0
    assert ratio(6.0, 0.0) is None


def test_a_table_is_printed_in_columns_and_kept_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = Table("Speed", ["way", "orders/s"], notes=["on paper"])
    table.add("ours", 1234.5)
    table.add("another", 8.25)
    report = Report()
    report.add(table)
    report.write(tmp_path / "out.json")
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith(("ours", "another"))] == [
        "ours        1,234",
        "another      8.25",
    ]
    kept = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert kept["tables"][0]["rows"] == [["ours", 1234.5], ["another", 8.25]]
    assert kept["machine"]["cores"]


def test_a_row_with_a_cell_too_few_is_refused() -> None:
    with pytest.raises(ValueError, match="has 2 cells"):
        Table("Speed", ["way", "orders/s"]).add("ours")


def test_the_ceiling_takes_the_stock_of_each_line_in_ascending_order() -> None:
    script = ceiling.script(skus=90, lines=3)
    choices = [line for line in script.splitlines() if line.startswith(r"\set sku")]
    assert choices == [
        r"\set sku0 random(1, 30)",
        r"\set sku1 random(31, 60)",
        r"\set sku2 random(61, 90)",
    ]
    assert script.count("stock = stock - 1") == 3
    assert "{" not in script.replace('{"', "").replace("{}", "")


def test_the_load_types_and_taps() -> None:
    assert words("說明")(5)["message"] == {"type": "text", "id": "5", "text": "說明"}
    assert tap("v=1&a=browse")(6) == {"type": "postback", "postback": {"data": "v=1&a=browse"}}


@pytest.fixture
def echo_port() -> Iterator[int]:
    """A server that sends back whatever it is sent."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def echo(connection: socket.socket) -> None:
            with connection:
                while piece := connection.recv(1024):
                    connection.sendall(piece)

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # the test is over
                    return
                threading.Thread(target=echo, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def test_the_proxy_delays_each_round_trip_and_keeps_the_order(echo_port: int) -> None:
    with delayed(echo_port, DELAY) as port, socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
        began = time.monotonic()
        for number in range(5):
            wire.sendall(b"%d" % number)
            assert wire.recv(16) == b"%d" % number
        assert time.monotonic() - began >= 5 * DELAY


def test_the_proxy_lets_connections_wait_side_by_side(echo_port: int) -> None:
    with delayed(echo_port, 20 * DELAY) as port:
        wires = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(10)]
        began = time.monotonic()
        for wire in wires:
            wire.sendall(b"hello")
        for wire in wires:
            assert wire.recv(16) == b"hello"
            wire.close()
        assert 20 * DELAY <= time.monotonic() - began < 10 * 20 * DELAY
