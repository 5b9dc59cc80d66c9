"""Every event that a service records has words for people."""

import ast
from collections.abc import Iterator
from pathlib import Path

import charter.services
from charter.services.states import MOVES
from charter.web.event_labels import EVENTS

RECORDERS = {"record_event", "_record"}


def recorded() -> Iterator[str]:
    yield from (move.event for move in MOVES)
    for path in Path(str(charter.services.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RECORDERS:
                names = (
                    inner.value for each in node.args for inner in ast.walk(each) if isinstance(inner, ast.Constant)
                )
                yield from (name for name in names if isinstance(name, str) and name[:1].isupper())


def test_every_recorded_event_has_words() -> None:
    names = set(recorded())
    assert {"RatingAgreed", "StaffRoundOpened"} <= names
    assert names - EVENTS.keys() == set()
