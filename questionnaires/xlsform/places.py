"""Raw packs whose places are cells: the checks for packs then say in which cell something is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from questionnaires.problems import Problem
from questionnaires.shapes import Place
from questionnaires.source import YamlList, YamlMap
from questionnaires.xlsform.findings import Cell, Finding
from questionnaires.xlsform.workbook import SHEETS

_STEP = 10_000_000
"""More than any sheet has rows: a line is the number of the sheet times this, plus the row."""


def place(cell: Cell) -> Place:
    """The cell as line and column."""
    sheet = SHEETS.index(cell.sheet) + 1 if cell.sheet in SHEETS else 0
    return (sheet * _STEP + cell.row, cell.column)


def mapping(cell: Cell) -> YamlMap:
    """An empty mapping that stands in `cell`."""
    return YamlMap(place(cell))


def put(target: YamlMap, key: Any, value: Any, cell: Cell) -> None:
    """`key: value`, both in `cell`."""
    target[key] = value
    target.key_at[key] = target.value_at[key] = place(cell)


def listing(cell: Cell, items: Iterable[Any]) -> YamlList:
    """A list, all of it in `cell`, but for items that have places of their own."""
    result = YamlList(place(cell))
    for item in items:
        result.append(item)
        result.item_at.append(item.at if isinstance(item, YamlMap | YamlList) else result.at)
    return result


def moved(value: Any, cell: Cell) -> Any:
    """A value that was read from the text of `cell`, with that cell as the place of everything in it."""
    if isinstance(value, YamlMap):
        result = mapping(cell)
        for key, entry in value.items():
            put(result, key, moved(entry, cell), cell)
        return result
    if isinstance(value, YamlList):
        return listing(cell, [moved(item, cell) for item in value])
    return value


def finding(problem: Problem, headings: dict[tuple[str, int], str]) -> Finding:
    """A problem of the pack as one of the workbook. `headings`: those of the columns, by sheet and number."""
    sheet, row = divmod(problem.line, _STEP)
    if not sheet:
        return Finding(problem.message)
    name = SHEETS[sheet - 1]
    return Finding(problem.message, name, row, problem.column, headings.get((name, problem.column), ""))
