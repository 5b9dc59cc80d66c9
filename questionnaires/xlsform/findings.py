"""What is said about a workbook, each with the cell that it is about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from questionnaires.problems import near_miss

MOST = 200
"""After so many findings of one kind nobody reads on."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence. Row and column count from 1; 0 means the sheet as a whole, no sheet the workbook as a whole."""

    message: str
    sheet: str = ""
    row: int = 0
    column: int = 0
    heading: str = ""

    def __str__(self) -> str:
        return ", ".join(self._place()) + f": {self.message}" if self.sheet else self.message

    def _place(self) -> list[str]:
        place = [f"sheet {self.sheet}"]
        if self.row:
            place.append(f"row {self.row}")
        if self.column:
            heading = f" ({self.heading[:60]})" if self.heading and self.row != 1 else ""
            place.append(f"column {column_letters(self.column)}{heading}")
        return place


@dataclass(frozen=True, slots=True)
class Cell:
    """A text and where it stood."""

    text: str
    sheet: str
    row: int
    column: int = 0
    heading: str = ""

    def says(self, message: str) -> Finding:
        return Finding(message, self.sheet, self.row, self.column, self.heading)


class Findings:
    """Collects, each sentence once, and stops at `MOST` of a kind."""

    def __init__(self) -> None:
        self._names_to_compare = 100_000  # a broken form may have thousands of unknown names, and of known ones
        self._problems: dict[Finding, None] = {}
        self._notes: dict[Finding, None] = {}

    def problem(self, message: str, at: Cell | None = None) -> None:
        """Something that must be put right before the form can become a pack."""
        self._problems[at.says(message) if at else Finding(message)] = None

    def add_problem(self, finding: Finding) -> None:
        self._problems[finding] = None

    def note(self, message: str, at: Cell | None = None) -> None:
        """Something that does not come along, or was decided for want of a better way."""
        self._notes[at.says(message) if at else Finding(message)] = None

    def near_miss(self, name: str, names: Collection[str]) -> str:
        """`; did you mean X?` for the end of a message, until much has been searched."""
        self._names_to_compare -= len(names)
        return near_miss(name, names) if self._names_to_compare >= 0 else ""

    @property
    def problems(self) -> tuple[Finding, ...]:
        return _cut(list(self._problems), "problems")

    @property
    def notes(self) -> tuple[Finding, ...]:
        return _cut(list(self._notes), "notes")


def _cut(found: list[Finding], what: str) -> tuple[Finding, ...]:
    more = len(found) - MOST
    return (*found[:MOST], Finding(f"and {more} more {what}")) if more > 0 else tuple(found)


def listed(names: list[str], most: int = 6) -> str:
    """`a, b and 3 more`."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(name[:60] for name in names[:most]) + more


def column_letters(number: int) -> str:
    """What spreadsheets call a column, counted from 1: A, Z, AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
