"""A long list in parts: which part the address asks for, and its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from charter.web.requests import number_of_address

PER_PAGE = 100

Row = TypeVar("Row")


@dataclass(frozen=True)
class Part(Generic[Row]):
    """One page of a list; `total` is how many rows there are on all pages."""

    rows: Sequence[Row]
    total: int
    number: int
    pages: int


def part_of(rows: Sequence[Row]) -> Part[Row]:
    """The page that the address asks for; the nearest one that there is, if it asks for no such page."""
    pages = max(1, -(-len(rows) // PER_PAGE))
    number = min(number_of_address("page") or 1, pages)
    return Part(rows[(number - 1) * PER_PAGE : number * PER_PAGE], len(rows), number, pages)
