"""Structured logs: one JSON object per line, with what happened and never what was said.

Exceptions are logged as their kind and the places they passed, not with their words: the words of a
database error hold rows, and rows hold addresses.
"""

from __future__ import annotations

import hashlib
import logging
import sys
import traceback
from collections.abc import Callable, MutableMapping
from typing import Any

import psycopg2
import structlog

from store.text import storable

_FRAMES = 8


def configure(level: str, report: Callable[[BaseException, dict[str, Any]], None] | None = None) -> None:
    """Send every log line of the program and of its libraries to standard output, from `level` on.

    `report` is given every exception that is logged, with the fields of its line.

    Libraries speak through `logging`, from WARNING on; their lines take the same form, so that a traceback
    of theirs says no more than one of ours.
    """
    number = logging.getLevelNamesMapping().get(level, logging.INFO)
    common: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        *([_reporter(report)] if report else []),
        _safe_exception,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *common]
        )
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler])
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *common],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        cache_logger_on_first_use=True,
    )


def pseudonym(identity: str) -> str:
    """A stable name for a person in logs, from which the person cannot be read."""
    return hashlib.blake2b(identity.encode(), digest_size=6).hexdigest()


def describe(error: BaseException) -> str:
    """An error in one storable line: its kind and its words, without the rows a database error quotes."""
    words = _database_words(error) if isinstance(error, psycopg2.Error) and error.pgcode else str(error)
    return storable(f"{type(error).__name__}: {' '.join(words.split())}")[:500]


def _database_words(error: psycopg2.Error) -> str:
    """The code, and what is known by name; a 'data exception' (class 22) quotes the value in its message."""
    diag = error.diag
    message = "" if str(error.pgcode).startswith("22") else diag.message_primary
    return " ".join(
        filter(None, [error.pgcode, message, diag.table_name, diag.column_name, diag.constraint_name])
    )


def _reporter(report: Callable[[BaseException, dict[str, Any]], None]) -> Any:
    def pass_on(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if error := _exception(event.get("exc_info")):
            report(error, dict(event))
        return event

    return pass_on


def _exception(given: Any) -> BaseException | None:
    """The exception a log line is about, in any of the forms in which `logging` takes one."""
    if given is True:
        return sys.exc_info()[1]
    error = given[1] if isinstance(given, tuple) else given
    return error if isinstance(error, BaseException) else None


def _safe_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if error := _exception(event.pop("exc_info", None)):
        frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
        event["error"] = describe(error)
        event["at"] = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
    return event
