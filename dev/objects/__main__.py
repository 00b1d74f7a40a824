"""Run the stand-in storage as a process: python -m dev.objects --port 9200."""

from __future__ import annotations

import argparse

from dev.objects import Bucket, create_app
from dev.objects.bucket import FAULTS
from dev.serve import Server, serve_until_signalled


def main() -> None:
    """Serve until SIGTERM or SIGINT; says which settings let a shop use it."""
    parser = argparse.ArgumentParser(
        prog="python -m dev.objects", description="A stand-in for object storage."
    )
    parser.add_argument("--port", type=int, default=9200)
    parser.add_argument("--public", action="store_true", help="everybody may read")
    faults = "; ".join(f"{name}: {words}" for name, words in FAULTS.items())
    parser.add_argument("--fault", action="append", default=[], choices=list(FAULTS), help=faults)
    given = parser.parse_args()
    bucket = Bucket(public=given.public)
    for name in given.fault:
        bucket.add_fault(name)
    server = Server(create_app(bucket), given.port)
    print(f"export PICTURES_S3_ENDPOINT={server.url} PICTURES_S3_BUCKET={bucket.name}")
    print(f"export PICTURES_S3_ACCESS_KEY={bucket.key.access} PICTURES_S3_SECRET_KEY={bucket.key.secret}")
    if given.public:
        print(f"export PICTURES_PUBLIC_URL={server.url}/{bucket.name}")
    print(flush=True)
    serve_until_signalled(server)


if __name__ == "__main__":
    main()
