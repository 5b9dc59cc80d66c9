"""Looking through the events, and checking that cached columns say what the rows behind them say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, undefer

from charter.database.assessments import Assessment
from charter.database.base import canonical
from charter.database.events import Event
from charter.services.assessments import refresh

UNTOLD = "SheetSent"
"""On no page: whoever counted these events while a staff round runs would learn how many have answered, and when."""

CACHED = ("answered", "to_answer", "overall", "band", "result", "scores", "gaps")
"""The columns of an assessment that follow from other rows."""


def event_page(
    db: Session,
    *,
    limit: int,
    zone: ZoneInfo,
    before: int | None = None,
    organization_id: int | None = None,
    name: str | None = None,
    day: date | None = None,
) -> list[Event]:
    """Events with an id below `before`, newest first, with actor and organization. `day` is one in that zone."""
    query = select(Event).options(joinedload(Event.actor), joinedload(Event.organization)).where(Event.name != UNTOLD)
    if before is not None:
        query = query.where(Event.id < before)
    if organization_id is not None:
        query = query.where(Event.organization_id == organization_id)
    if name:
        query = query.where(Event.name == name)
    if day is not None:
        start = datetime.combine(day, time(), zone)
        query = query.where(Event.at >= start, Event.at < datetime.combine(day + timedelta(days=1), time(), zone))
    return list(db.scalars(query.order_by(Event.id.desc()).limit(limit)))


def event_names(db: Session) -> list[str]:
    """Every name that some event has."""
    return list(db.scalars(select(Event.name).where(Event.name != UNTOLD).distinct().order_by(Event.name)))


@dataclass(frozen=True)
class Difference:
    """A cached column that did not say what the rows behind it say."""

    assessment_id: int
    column: str
    stored: str
    right: str


def recompute(db: Session) -> Iterator[Difference]:
    """Write the cached columns of every assessment anew; gives what differed."""
    for assessment_id in db.scalars(select(Assessment.id).order_by(Assessment.id)).all():
        assessment = db.get_one(
            Assessment,
            assessment_id,
            options=[
                undefer(Assessment.result),
                undefer(Assessment.scores),
                undefer(Assessment.gaps),
                joinedload(Assessment.organization),
                joinedload(Assessment.published_pack),
            ],
            populate_existing=True,
        )
        stored = {column: _text(getattr(assessment, column)) for column in CACHED}
        refresh(db, assessment)
        for column in CACHED:
            right = _text(getattr(assessment, column))
            if right != stored[column]:
                yield Difference(assessment_id, column, stored[column], right)
        db.flush()
        db.expunge(assessment)  # results are large


def _text(value: Any) -> str:
    if value is None:
        return "–"
    return value.hex() if isinstance(value, bytes) else canonical(value)
