"""Three years of a coalition, lived through the services day by day, so that its history is like a real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from charter.clock import pretend
from charter.config import Settings
from charter.database.engine import transaction
from charter.database.organizations import Organization
from charter.demo.benchmarks import tell_benchmarks
from charter.demo.coalition import Coalition, add_members, add_office
from charter.demo.cycles import tell_year, years_of
from charter.demo.days import DAY, Days
from charter.demo.directory import tell_directory
from charter.demo.grants import tell_grants
from charter.demo.in_logins import tell_log_ins
from charter.demo.learning import tell_learning
from charter.demo.logins import make_logins, write_logins
from charter.demo.stages import MEMBERS
from charter.services import packs

PACK = "chab-dai-charter"


class NotEmptyError(Exception):
    """The database holds organizations already; a demo is not mixed into anything."""


def build_demo(
    settings: Settings,
    sessions: sessionmaker[Session],
    *,
    members: int = MEMBERS,
    told: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[dict[str, Any]]:
    """Fill an empty database; gives the log-ins, which also stand in `demo-logins.json` in the instance folder.

    `told` hears how many days are over of how many. NotEmptyError if there is anything already.
    """
    with sessions() as db:
        if db.scalar(select(Organization.id).limit(1)) is not None:
            raise NotEmptyError
    coalition = _founded(settings, sessions, members)
    years = years_of(coalition)
    for year in years:
        tell_year(coalition, year)
    tell_log_ins(coalition)
    tell_learning(coalition)
    tell_grants(coalition)
    tell_directory(coalition)
    tell_benchmarks(coalition, drafted_on=years[1].opens_on + 120 * DAY)
    coalition.days.live(told)
    with transaction(sessions) as db:
        logins = make_logins(db, coalition)
    write_logins(settings, logins)
    return logins


def _founded(settings: Settings, sessions: sessionmaker[Session], count: int) -> Coalition:
    """Before the first cycle: the office, its questionnaire, the members."""
    days = Days(settings, sessions)
    first_day = days.ago(60 + 2 * 365)
    with pretend(days.moment(first_day - 30 * DAY)), transaction(sessions) as db:
        coordinators, mentors = add_office(db)
        published = packs.publish_pack(db, None, PACK)
        pack = packs.pack_of(db, published)
        members = add_members(db, coordinators[0], mentors, count=count, before=first_day)
    return Coalition(settings, sessions, pack, published.id, days, coordinators, members)
