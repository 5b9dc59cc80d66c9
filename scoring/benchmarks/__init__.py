"""Benchmarks: what a coalition publishes of its members' results so that no single member is given away."""

from scoring.benchmarks.declaration import PartiesError, read_declaration, read_parties
from scoring.benchmarks.history import History, HistoryError, read_history
from scoring.benchmarks.model import Columns, Declaration, Draft, Figures, PeerGroup, PublishedGroup, Release
from scoring.benchmarks.release import make_release
from scoring.benchmarks.rows import RowReader, RowsError

__all__ = [
    "Columns",
    "Declaration",
    "Draft",
    "Figures",
    "History",
    "HistoryError",
    "PartiesError",
    "PeerGroup",
    "PublishedGroup",
    "Release",
    "RowReader",
    "RowsError",
    "make_release",
    "read_declaration",
    "read_history",
    "read_parties",
]
