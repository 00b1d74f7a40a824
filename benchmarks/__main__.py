"""`python -m benchmarks [PART ...] [--quick] [--plans] [--json FILE]`: measure, and compare with the baselines."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import checkout
from benchmarks.machine import BenchmarkError
from benchmarks.report import Report, machine
from dev.postgres import PostgresError
from store import logs

PARTS = ("checkout",)


def main() -> int:
    """Run the parts that were asked for; all of them without a word."""
    options = parse_arguments()
    logs.configure("WARNING")
    report = Report()
    print(", ".join(f"{name}: {value}" for name, value in machine().items()), flush=True)
    try:
        checkout.run(report, quick=options.quick)
    except (BenchmarkError, PostgresError) as error:
        print(f"benchmarks: {error}", file=sys.stderr)
        return 1
    return 0


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
