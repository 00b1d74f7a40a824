"""Figures and the plain tables they are printed in."""

from __future__ import annotations

import json
import math
import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

Cell = str | int | float | None


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` per cent of the values do not exceed (nearest rank)."""
    if not values:
        raise ValueError("no values, no percentile")
    rank = max(1, math.ceil(len(values) * percent / 100))
    return sorted(values)[rank - 1]


def median(values: Sequence[float]) -> float:
    """The middle value; of an even number of values the mean of the two in the middle."""
    return statistics.median(values)


def ratio(value: float, baseline: float) -> float | None:
    """How many times the baseline, or None when there is nothing to compare with."""
    return value / baseline if baseline else None


@dataclass
class Table:
    """Rows of figures under headings, and what must be known to read them."""

    title: str
    headings: list[str]
    rows: list[list[Cell]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells: Cell) -> None:
        """One more row."""
        if len(cells) != len(self.headings):
            raise ValueError(f"a row of {self.title!r} has {len(self.headings)} cells, not {len(cells)}")
        self.rows.append(list(cells))

    def text(self) -> str:
        """The table as it is printed: names to the left, figures to the right."""
        lines = [self.headings, *[[_show(cell) for cell in row] for row in self.rows]]
        widths = [max(len(line[column]) for line in lines) for column in range(len(self.headings))]
        figures = [
            any(isinstance(row[column], int | float) for row in self.rows)
            for column in range(len(self.headings))
        ]
        shown = [
            "  ".join(
                cell.rjust(width) if figure else cell.ljust(width)
                for cell, width, figure in zip(line, widths, figures, strict=True)
            ).rstrip()
            for line in lines
        ]
        rule = "  ".join("-" * width for width in widths)
        return "\n".join([self.title, "", shown[0], rule, *shown[1:], *[f"  {note}" for note in self.notes]])


def _show(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.2f}"
    return f"{cell:,}" if isinstance(cell, int) else cell


class Report:
    """Prints each table as soon as it is known and keeps it for the JSON file."""

    def __init__(self) -> None:
        self._tables: list[Table] = []

    def add(self, table: Table) -> None:
        """Print a table and keep it."""
        self._tables.append(table)
        print(f"\n{table.text()}\n", flush=True)

    def write(self, path: Path) -> None:
        """Write every table, with the machine it was measured on, as JSON."""
        content = {"machine": machine(), "tables": [asdict(table) for table in self._tables]}
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def machine() -> dict[str, Cell]:
    """What the figures depend on most."""
    return {"system": platform.platform(), "cores": os.cpu_count(), "python": platform.python_version()}
