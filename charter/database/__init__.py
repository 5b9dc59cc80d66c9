"""Tables: typed SQLAlchemy models, one file per aggregate. Queries are in charter/services/, nowhere else."""

from charter.database import (
    assessments,
    cycles,
    events,
    evidence,
    jobs,
    organizations,
    outbox,
    packs,
    people,
    plans,
    records,
    sessions,
    staff_rounds,
)
from charter.database.base import Base

__all__ = [
    "Base",
    "assessments",
    "cycles",
    "events",
    "evidence",
    "jobs",
    "organizations",
    "outbox",
    "packs",
    "people",
    "plans",
    "records",
    "sessions",
    "staff_rounds",
]
