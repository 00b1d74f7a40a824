"""A worker of its own beside a web process that has none: `WORKER_THREADS=0` and `shop worker`."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.acceptance.town import ROOT, Town, town, wait_until, words_of
from tests.factories import scalar


def in_hand(shops: Town) -> int:
    query = (
        "SELECT count(*) FROM outbox WHERE kind = 'line.message' AND status = 'waiting' AND lease IS NOT NULL"
    )
    return int(str(scalar(shops.db, query)))


def test_events_wait_for_the_worker_and_sigterm_ends_it_in_good_order(
    database_url: str, tmp_path: Path
) -> None:
    with town(database_url, tmp_path, WORKER_THREADS="0") as shops:
        user = shops.customer()
        assert shops.line.say(user, "商品").wait() == 200
        time.sleep(1)
        assert shops.line.messages(user) == []
        with (tmp_path / "worker.log").open("wb") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "flask", "--app", "app", "shop", "worker"],
                cwd=ROOT, env=shops.shop.env, stdout=log, stderr=log,
            )  # fmt: skip
        try:
            shops.line.wait_for(user, lambda message: "想逛哪一區" in words_of(message), 30)
            wait_until(lambda: not in_hand(shops), 10, "the first answer to be noted as sent")
            shops.line.faults.add({"endpoint": "reply", "kind": "delay", "seconds": 2})
            assert shops.line.say(user, "購物車").wait() == 200
            wait_until(lambda: in_hand(shops), 10, "the reply to be in hand")
            worker.terminate()
            assert worker.wait(timeout=30) == 0
        finally:
            worker.kill()
            worker.wait(timeout=5)
        assert len(shops.line.messages(user)) == 2, "what was in hand was finished first"
        assert in_hand(shops) == 0
