"""`python -m benchmarks [PART ...] [--quick] [--plans] [--json FILE]`: measure and compare."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import checkout, console, growth, memory, search, taps, webhook
from benchmarks.machine import BenchmarkError
from benchmarks.report import Report, machine
from dev.postgres import PostgresError
from store import logs

PARTS: dict[str, Callable[[Report, argparse.Namespace], object]] = {
    "webhook": lambda report, options: webhook.run(report, quick=options.quick),
    "taps": lambda report, options: taps.run(report, quick=options.quick),
    "memory": lambda report, options: memory.run(report, quick=options.quick),
    "checkout": lambda report, options: checkout.run(report, quick=options.quick),
    "growth": lambda report, options: growth.run(report, quick=options.quick, show_plans=options.plans),
    "console": lambda report, options: console.run(report, quick=options.quick, plans=options.plans),
    "search": lambda report, options: search.run(report, quick=options.quick, plans=options.plans),
}


def main() -> int:
    """Run the parts that were asked for; the exit status is 0 when all of them could be measured."""
    options = parse_arguments()
    logs.configure("WARNING")
    report = Report()
    print(", ".join(f"{name}: {value}" for name, value in machine().items()), flush=True)
    try:
        for part in options.parts:
            began = time.monotonic()
            PARTS[part](report, options)
            print(f"{part} took {time.monotonic() - began:.0f} s", flush=True)
    except (BenchmarkError, PostgresError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    finally:
        if options.json:
            report.write(options.json)
    return 0


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line; every part when none is named. Exits with a sentence when it is not understood."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="few short rounds: a look, not a measurement")
    parser.add_argument("--plans", action="store_true", help="print query plans of growth, search, console")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the tables to this file too")
    options = parser.parse_args(arguments)
    for part in options.parts:
        if part not in PARTS:
            parser.error(f"there is no part {part!r}; there are {', '.join(PARTS)}")
    options.parts = list(dict.fromkeys(options.parts)) or list(PARTS)
    return options


if __name__ == "__main__":
    sys.exit(main())
