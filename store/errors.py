"""The exceptions of the store.

StoreError
├── DatabaseUnavailable      no connection within the time limit
├── CommitUnknown            the connection broke during COMMIT: done or not done, nobody can tell
├── Rerun                    a transaction met changed facts and is to be run again
│   ├── StockTaken           somebody else took the stock first
│   └── CouponTaken          somebody else used the coupon up first
├── StorageError             the picture storage refuses or does not answer
├── LeaseLost                another worker has taken this row over
├── MigrationError           the schema cannot be brought up to date
├── CatalogueError           a catalogue file that cannot be imported
└── CouponError              terms of a coupon that cannot be
"""

from __future__ import annotations


class StoreError(Exception):
    """Base of everything the store raises on purpose."""


class DatabaseUnavailable(StoreError):
    """No database connection could be had within the time limit."""


class CommitUnknown(StoreError):
    """The connection broke while COMMIT was under way; look at the data before doing it again."""


class Rerun(StoreError):
    """The facts a transaction was decided on have changed: roll it back and decide again."""


class StockTaken(Rerun):
    """A guarded stock UPDATE found too little, because somebody else was faster."""


class CouponTaken(Rerun):
    """A coupon has no use left, because somebody else was faster."""


class StorageError(StoreError):
    """The picture storage refused, did not answer or holds something else; the message says which."""


class LeaseLost(StoreError):
    """The lease on a queue row ran out and another worker has taken the row over."""


class MigrationError(StoreError):
    """The schema cannot be brought up to date; the message says which file and why."""


class CatalogueError(StoreError):
    """A catalogue file was refused; `problems` holds one sentence per bad row, with its line number."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class CouponError(StoreError):
    """The terms of a coupon were refused; `problems` holds the rule that is broken, by field."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field} {rule}" for field, rule in problems.items()))
        self.problems = problems
