"""Filters of lists of actions, as addresses and forms hold them."""

from __future__ import annotations

from datetime import date

from babel.dates import format_date
from flask import g

from charter.database.plans import ActionStatus
from charter.services.action_states import OPEN
from charter.web.labels import label
from charter.web.rendering import said
from questionnaires.message import message


def read_status(text: str) -> str:
    """A status, or `open` for all in which something is still to be done; empty for anything else."""
    return text if text == "open" or text in list(ActionStatus) else ""


def statuses_of(status: str) -> tuple[ActionStatus, ...]:
    """Those that a choice of the filter stands for; none for all."""
    return OPEN if status == "open" else (ActionStatus(status),) if status else ()


def read_quarter(text: str) -> tuple[int, int] | None:
    """`2027-1`, the first quarter of that year; None for anything else."""
    year, _, quarter = text.partition("-")
    if not (year.isdecimal() and len(year) == 4 and 1 < int(year) < 9999 and quarter in {"1", "2", "3", "4"}):
        return None
    return int(year), int(quarter)


def quarter_name(quarter: tuple[int, int]) -> str:
    """As people write it: Q1 2027."""
    return str(format_date(date(quarter[0], 3 * quarter[1] - 2, 1), "QQQ y", locale=g.translator.locale))


def status_choices() -> list[tuple[str, str]]:
    """The choices of the filter."""
    return [
        ("", said(message("All"))),
        ("open", said(message("Still to be done"))),
        *((each.value, said(label(each))) for each in ActionStatus),
    ]
