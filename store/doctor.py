"""`shop doctor`: one line for each thing a shop needs, with what to do where it is not well."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict

import click

from store import logs
from store.checkup import Check
from store.logs import describe

Checkup = Callable[[], Iterable[Check]]


def command(checkups: Mapping[str, Checkup]) -> click.Command:
    """`doctor [--json]`: runs the checkups in their order. Exit status 0 only when all is well."""

    @click.command("doctor")
    @click.option("--json", "as_json", is_flag=True, help="A JSON list instead of lines.")
    def doctor(as_json: bool) -> None:
        """Say what is wrong with this deployment, and what to do about it."""
        logs.configure("CRITICAL")  # the report says it all, and standard output is its own
        checks = list(_examine(checkups))
        bad = [check for check in checks if not check.ok]
        if as_json:
            click.echo(json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=2))
        else:
            for check in checks:
                click.echo(_line(check))
            click.echo(f"{len(bad)} of {len(checks)} are not well" if bad else "all is well")
        sys.exit(1 if bad else 0)

    return doctor


def _examine(checkups: Mapping[str, Checkup]) -> Iterator[Check]:
    for name, checkup in checkups.items():
        try:
            yield from checkup()
        except Exception as error:  # noqa: BLE001 - what a checkup did not foresee is a finding as well
            yield Check(name, False, f"could not be looked at: {describe(error)}", "report this as a bug")


def _line(check: Check) -> str:
    line = f"{'ok ' if check.ok else 'BAD'}  {check.name:<15}  {check.says}"
    return line if check.ok else f"{line}\n     {'':<15}  -> {check.do}"
