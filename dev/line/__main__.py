"""`python -m dev.line`: the stand-in LINE platform as a process of its own, on 127.0.0.1."""

from __future__ import annotations

import argparse
import sys

from dev.line import Platform, PlatformConfig, StandInError, create_app
from dev.serve import Server, serve_until_signalled


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    defaults = PlatformConfig()
    parser = argparse.ArgumentParser(prog="python -m dev.line", description=__doc__)
    parser.add_argument("--port", type=int, default=9100, help="0 takes a free one (default 9100)")
    parser.add_argument("--webhook", default="http://127.0.0.1:8000/line/webhook", help="where events go")
    parser.add_argument("--secret", default=defaults.secret, help="channel secret that signs events")
    parser.add_argument("--token", default=defaults.token, help="channel access token the bot must show")
    parser.add_argument("--state", metavar="FILE", help="keep chats in this file over restarts")
    parser.add_argument("--shop-name", default=defaults.shop_name, help="name of the official account")
    parser.add_argument(
        "--quota", type=int, default=defaults.quota_limit, help="pushes a month; -1: no limit"
    )
    parser.add_argument("--token-life", type=float, default=defaults.reply_token_life, help="seconds")
    parser.add_argument("--no-validate", action="store_true", help="take any message (for benchmarks)")
    parser.add_argument("--no-redelivery", action="store_true", help="try each event once only")
    parser.add_argument("--strict-https", action="store_true", help="refuse http pictures from 127.0.0.1 too")
    return parser.parse_args(arguments)


def build_config(options: argparse.Namespace) -> PlatformConfig:
    """The platform's settings out of the command line."""
    return PlatformConfig(
        webhook=options.webhook,
        secret=options.secret,
        token=options.token,
        shop_name=options.shop_name,
        validate=not options.no_validate,
        allow_http_loopback=not options.strict_https,
        quota_limit=None if options.quota < 0 else options.quota,
        reply_token_life=options.token_life,
        redelivery=not options.no_redelivery,
        state_file=options.state,
        samples_are_friends=False,  # a newcomer adds the shop first, and is greeted
    )


def main() -> int:
    """Serve until SIGTERM or SIGINT."""
    options = parse_arguments()
    try:
        platform = Platform(build_config(options))
    except StandInError as error:
        print(f"dev.line: {error}", file=sys.stderr)
        return 1
    with platform:
        server = Server(create_app(platform), options.port)
        print(f"LINE stand-in: chat at {server.url}/ , events go to {platform.webhooks.url}", flush=True)
        serve_until_signalled(server)
    return 0


if __name__ == "__main__":
    sys.exit(main())
