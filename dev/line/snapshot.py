"""Keeps the chats over a restart in one JSON file."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from dev.line.errors import StandInError
from dev.line.state import World

_PAUSE = 1.0


class Snapshot:
    """Loads the file if there is one, then writes it within a second of every change and when closed."""

    def __init__(self, world: World, path: str) -> None:
        self._world = world
        self._path = Path(path)
        self._closed = threading.Event()
        if self._path.exists():
            self._load()
        self._written = world.changes()
        self._thread = threading.Thread(target=self._keep_writing, name="line-snapshot", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what has changed and end the thread."""
        self._closed.set()
        self._thread.join(timeout=10)

    def _load(self) -> None:
        try:
            self._world.load(json.loads(self._path.read_text(encoding="utf-8")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise StandInError(
                f"{self._path} is not a state file of this version ({error}); delete it to start anew"
            ) from error

    def _keep_writing(self) -> None:
        while not self._closed.wait(_PAUSE):
            self._write()
        self._write()

    def _write(self) -> None:
        changes = self._world.changes()
        if changes == self._written:
            return
        draft = self._path.with_suffix(self._path.suffix + ".new")
        draft.write_text(json.dumps(self._world.dump(), ensure_ascii=False), encoding="utf-8")
        os.replace(draft, self._path)
        self._written = changes
