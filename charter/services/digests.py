"""Digests: every Monday what somebody has to do, every month how the coalition stands. Nothing to say, no mail.

Each is written once for its period, from six in the morning of its day on. A worker that was down makes it up within
some days; later the next one is near.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from charter.clock import now
from charter.config import Settings
from charter.database.people import Person
from charter.database.subscriptions import DigestRun, MailKind
from charter.services import digest_facts as facts
from charter.services import digest_texts as texts
from charter.services.outbox import Draft, write_mails
from charter.services.subscriptions import off_path, who_wants

MORNING = time(6)
LAST_WEEKDAY = 3
"""A weekly digest may be late until Thursday."""
LAST_DAY = 10
"""A monthly one until the tenth."""
SATURDAY = 5


@dataclass(frozen=True)
class Period:
    """The week or month that a digest is about, in days of the coalition's zone; `today` lies in it."""

    name: str
    first: date
    last: date
    today: date


def write_digests(db: Session, settings: Settings) -> int:
    """Write what is due now and was not written; gives the number of mails. A fixed number of statements."""
    written = 0
    for kind, period in due_digests(now().astimezone(settings.zone)):
        if _begin(db, kind, period):
            found = _WRITERS[kind](db, settings, kind, period)
            drafts = [_draft(settings, kind, period, person, text) for person, text in found if text is not None]
            written += write_mails(db, drafts)
    return written


def due_digests(moment: datetime) -> Iterator[tuple[MailKind, Period]]:
    """What may be written at that moment of the coalition's own time."""
    day = moment.date()
    monday = day - timedelta(days=day.weekday())
    if day.weekday() <= LAST_WEEKDAY and (day > monday or moment.time() >= MORNING):
        year, week, _ = day.isocalendar()
        weekly = Period(f"{year}-W{week:02}", monday, monday + timedelta(days=6), day)
        for kind in (MailKind.ACTIONS, MailKind.CASELOAD):
            yield kind, weekly
    start = day.replace(day=1)
    working = start + timedelta(days=max(0, 7 - start.weekday()) if start.weekday() >= SATURDAY else 0)
    if working <= day and day.day <= LAST_DAY and (day > working or moment.time() >= MORNING):
        end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        monthly = Period(f"{day.year}-{day.month:02}", start, end, day)
        for kind in (MailKind.CASELOAD_MONTHLY, MailKind.COALITION):
            yield kind, monthly


Found = Iterator[tuple[Person, texts.Text | None]]
"""Whom to write to, and what, if there is anything to say."""


def _actions(db: Session, _settings: Settings, kind: MailKind, period: Period) -> Found:
    """To everybody who owns or supports something that is due; to leads also what else is due."""
    works: dict[int, list[facts.Works]] = {}
    people: dict[int, Person] = {}
    for each in facts.people_at_work(db):
        works.setdefault(each.person.id, []).append(each)
        people[each.person.id] = each.person
    soon = period.last + timedelta(days=7)
    due: dict[int, list[facts.Task]] = {}
    for task in facts.tasks(db):
        if task.is_open and task.due_on <= soon:
            due.setdefault(task.organization_id, []).append(task)
    for person in who_wants(db, kind, people.values()):
        own, led = [], []
        for at in works[person.id]:
            here = due.get(at.organization_id, [])
            own += [task for task in here if task.concerns(person.id)]
            if at.is_lead:
                others = [task for task in here if not task.concerns(person.id) and task.due_on <= period.last]
                led += [(at.organization, others)] if others else []
        several = len(works[person.id]) > 1
        yield person, texts.actions(person, _by_due_day(own), led, period.today, period.last, several=several)


def _caseload(db: Session, settings: Settings, kind: MailKind, period: Period) -> Found:
    """To mentors: what waits for them, and what is late at their members."""
    mentored = facts.mentors_at_work(db)
    wanted = who_wants(db, kind, mentored)
    tasks, meetings, reviews = facts.tasks(db), facts.meetings(db), facts.waiting_reviews(db)
    for mentor in wanted:
        mine = mentored[mentor]
        case = texts.Case(
            tasks=[each for each in tasks if each.organization_id in mine],
            meetings=[each for each in meetings if each.organization_id in mine and each.on <= period.last],
            reviews=[each for each in reviews if each.organization_id in mine],
        )
        is_monthly = kind is MailKind.CASELOAD_MONTHLY
        yield mentor, texts.caseload(mentor, case, period.today, settings.zone, is_monthly=is_monthly)


def _coalition(db: Session, settings: Settings, kind: MailKind, period: Period) -> Found:
    """To coordinators: how actions go, in numbers, and where they are late."""
    wanted = who_wants(db, kind, facts.coordinators(db))
    before = (period.first - timedelta(days=1)).replace(day=1)
    start, end = (datetime.combine(each, time(), settings.zone) for each in (before, period.first))
    state = texts.State(
        tasks=facts.tasks(db),
        reviews=len(facts.waiting_reviews(db)),
        visits=sum(each.on < period.today for each in facts.meetings(db)),
        verified=facts.verified_between(db, start, end),
    )
    for person in wanted:
        yield person, texts.coalition(person, state, before, period.today)


_WRITERS: dict[MailKind, Callable[[Session, Settings, MailKind, Period], Found]] = {
    MailKind.ACTIONS: _actions,
    MailKind.CASELOAD: _caseload,
    MailKind.CASELOAD_MONTHLY: _caseload,
    MailKind.COALITION: _coalition,
}


def _begin(db: Session, kind: MailKind, period: Period) -> bool:
    """Whether these digests are ours to write. What was nothing on Monday is no mail on Tuesday either."""
    if db.get(DigestRun, (kind, period.name)) is not None:
        return False
    try:
        with db.begin_nested():
            db.add(DigestRun(kind=kind, period=period.name, at=now()))
    except IntegrityError:  # another worker writes them
        return False
    return True


def _draft(settings: Settings, kind: MailKind, period: Period, person: Person, text: texts.Text) -> Draft:
    return Draft(
        person=person,
        subject=text.subject,
        body=texts.whole(settings, person, text),
        once=f"digest {kind.value} {period.name} to {person.id}",
        unsubscribe=off_path(settings, person.id, kind),
    )


def _by_due_day(found: Sequence[facts.Task]) -> list[facts.Task]:
    return sorted(found, key=lambda task: (task.due_on, task.id))
