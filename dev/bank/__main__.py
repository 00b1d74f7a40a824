"""Run the stand-in bank as a process: python -m dev.bank --port 9000."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from dev.bank import API_PATH, Bank, BankConfig, create_app
from dev.bank.codes import CODES
from dev.bank.config import REFUND_OUTCOMES
from dev.bank.faults import FAULTS
from dev.serve import Server, serve_until_signalled


def read_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line; ends the process with a message if it makes no sense."""
    faults = "; ".join(f"{name}: {text}" for name, text in FAULTS.items())
    parser = argparse.ArgumentParser(prog="python -m dev.bank", description="A stand-in for the bank.")
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--public-url", help="base address of the hosted pages, if not this server's own")
    parser.add_argument("--state", type=Path, help="JSON file that outlives a restart")
    parser.add_argument(
        "--auto-pay-seconds",
        type=float,
        default=300,
        help="pay virtual accounts so often; 0 never (default 300)",
    )
    parser.add_argument("--notify-delay-seconds", type=float, default=1)
    parser.add_argument("--notify-repeat-seconds", type=float, default=600)
    parser.add_argument("--refund-seconds", type=float, default=300, help="length of each step of a refund")
    parser.add_argument("--refund-outcome", choices=REFUND_OUTCOMES, help="how virtual-account refunds end")
    parser.add_argument(
        "--same-tokens", action="store_true", help="one PayToken for ReturnURL and BackendURL"
    )
    parser.add_argument("--plain-failures", action="store_true", help="answer failures without encryption")
    parser.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        choices=[*FAULTS, *(code for code in CODES if not code.startswith("S"))],
        help=f"switch a fault on (may be repeated); {faults}; or an error code of the bank",
    )
    return parser.parse_args(arguments)


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    given = read_arguments()
    config = BankConfig(
        public_url=given.public_url.rstrip("/") if given.public_url else None,
        state_file=given.state,
        auto_pay_seconds=given.auto_pay_seconds or None,
        notify_delay_seconds=given.notify_delay_seconds,
        notify_repeat_seconds=given.notify_repeat_seconds,
        refund_seconds=given.refund_seconds,
        refund_outcome=given.refund_outcome,
        same_tokens=given.same_tokens,
        plain_failures=given.plain_failures,
    )
    try:
        bank = Bank(config)
    except ValueError as error:
        sys.exit(f"error: {error}")
    with bank:
        for name in given.fault:
            bank.faults.add(name)
        server = Server(create_app(bank), given.port)
        print(f"Stand-in bank: {server.url}/  API: {server.url}{API_PATH}", flush=True)
        serve_until_signalled(server)


if __name__ == "__main__":
    main()
