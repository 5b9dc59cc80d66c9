"""Three years of a coalition, lived through the services day by day, so that its history is like a real one."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from charter.clock import now, pretend, today
from charter.config import Settings
from charter.database.engine import transaction
from charter.database.organizations import Organization
from charter.database.people import MemberRole, Membership, Mentorship, Person, Role
from charter.demo.names import NOTES, OFFICE_COORDINATORS, OFFICE_MENTORS, MadeUpMember, address, members
from charter.demo.stages import Stage, stage_of
from charter.services import accounts, cycles, organizations, packs, records, second_factors
from charter.services import sheets as sheet_services
from charter.services.actors import Actor, actor_for
from charter.services.agreement import Draft, save_drafts
from charter.services.assessments import find_assessment, move, result_of
from charter.services.evidence import add_link
from charter.services.profile import save_profile
from charter.services.rating_pages import principles
from charter.services.readiness import submit
from charter.services.review import ask_for_change, close, confirm_rest, reopen, save_verified, send_back
from charter.services.staff_codes import grouped
from charter.services.staff_rounds import close_round, open_round
from questionnaires import Pack, load_pack
from questionnaires.model import Criterion, FactType
from scoring.model import Choice, FactValue, State

PACK = "chab-dai-charter"
CYCLES = 3
LOGINS = "demo-logins.json"
_DAY = timedelta(days=1)


class NotEmptyError(Exception):
    """The database holds organizations already; a demo is not mixed into anything."""


@dataclass
class _Demo:
    settings: Settings
    sessions: sessionmaker[Session]
    zone_day: date
    code: str = ""
    member_ids: list[int] = field(default_factory=list)
    tasks: list[tuple[datetime, int, Callable[[Session], None]]] = field(default_factory=list)

    def at(self, moment: datetime, action: Callable[[Session], None]) -> None:
        """Do this then; what is planned for the same moment keeps its order."""
        self.tasks.append((moment, len(self.tasks), action))

    def morning(self, day: date, hour: int = 9) -> datetime:
        return datetime.combine(day, time(hour), self.settings.zone)

    def live(self, told: Callable[[int, int], None]) -> None:
        """Everything that is planned, in the order of time; each in a transaction of its own."""
        self.tasks.sort(key=lambda task: task[:2])
        for number, (moment, _, action) in enumerate(self.tasks):
            with pretend(moment), transaction(self.sessions) as db:
                action(db)
            told(number + 1, len(self.tasks))
        self.tasks.clear()


def build_demo(
    settings: Settings, sessions: sessionmaker[Session], *, told: Callable[[int, int], None] = lambda _done, _all: None
) -> list[dict[str, Any]]:
    """Fill an empty database; gives the log-ins, which also stand in `demo-logins.json` in the instance folder.

    `told` hears how much is done of how much. NotEmptyError if there is anything already.
    """
    with sessions() as db:
        if db.scalar(select(Organization.id).limit(1)) is not None:
            raise NotEmptyError
    demo = _Demo(settings, sessions, today(settings.zone))
    first_day = demo.zone_day - timedelta(days=60 + 365 * (CYCLES - 1))
    made_up = members()
    with pretend(demo.morning(first_day - 30 * _DAY)), transaction(sessions) as db:
        _office(db)
        published = packs.publish_pack(db, None, PACK)
        for number, member in enumerate(made_up):
            demo.member_ids.append(_member(db, member, number, joined_on=first_day - timedelta(days=400 + number)))
    pack = load_pack(PACK)
    for year in range(CYCLES):
        opens_on = demo.zone_day - timedelta(days=60 + 365 * (CYCLES - 1 - year))
        _plan_cycle(demo, pack, published.id, year=year, opens_on=opens_on)
    demo.live(told)
    with transaction(sessions) as db:
        logins = _logins(db, demo)
    path = settings.instance / LOGINS
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(logins, ensure_ascii=False, indent=2) + "\n", "utf-8")
    return logins


def read_logins(settings: Settings) -> list[dict[str, Any]]:
    """The log-ins of a demo that was built before; empty if there is none."""
    try:
        found: list[dict[str, Any]] = json.loads(Path(settings.instance / LOGINS).read_text("utf-8"))
    except FileNotFoundError:
        return []
    return found


def _office(db: Session) -> None:
    for role, names in ((Role.COORDINATOR, OFFICE_COORDINATORS), (Role.MENTOR, OFFICE_MENTORS)):
        for number, name in enumerate(names):
            accounts.add_person(db, None, name=name, email=address(name, number), language="en", role=role)


def _member(db: Session, member: MadeUpMember, number: int, *, joined_on: date) -> int:
    coordinator = _actor(db, address(OFFICE_COORDINATORS[0], 0))
    made = organizations.add_organization(
        db, coordinator, name=member.name, language=member.language, joined_on=joined_on, province=member.province
    )
    for position, name in enumerate((member.lead, *member.contributors)):
        person = accounts.add_person(
            db, coordinator, name=name, email=address(name, 100 + number), language=member.language
        )
        role = MemberRole.CONTRIBUTOR if position else MemberRole.LEAD
        organizations.add_membership(db, coordinator, person=person, organization=made, role=role)
    mentor = number % len(OFFICE_MENTORS)
    found = accounts.find_person(db, address(OFFICE_MENTORS[mentor], mentor))
    assert found is not None  # noqa: S101 - added above
    organizations.assign_mentor(db, coordinator, mentor=found, organization=made)
    return made.id


def _plan_cycle(demo: _Demo, pack: Pack, published_id: int, *, year: int, opens_on: date) -> None:
    from charter.database.cycles import Cycle
    from charter.database.packs import PublishedPack

    is_last = year == CYCLES - 1
    title = f"Charter {opens_on.year}"
    # Not every member took part from the first year on.
    taking_part = [
        (number, member_id)
        for number, member_id in enumerate(demo.member_ids)
        if is_last or (number * 7) % 11 >= (7, 4)[year]
    ]

    def prepare(db: Session) -> None:
        coordinator = _actor(db, address(OFFICE_COORDINATORS[0], 0))
        cycle = cycles.add_cycle(
            db,
            coordinator,
            title=title,
            pack=db.get_one(PublishedPack, published_id),
            opens_on=opens_on,
            closes_on=opens_on + 105 * _DAY,
        )
        cycles.invite(
            db,
            coordinator,
            cycle=cycle,
            organizations=[db.get_one(Organization, member_id) for _, member_id in taking_part],
        )
        cycles.open_cycle(db, coordinator, cycle=cycle)

    def finish(db: Session) -> None:
        cycle = db.scalar(select(Cycle).where(Cycle.title == title))
        assert cycle is not None  # noqa: S101 - prepared above
        cycles.close_cycle(db, _actor(db, address(OFFICE_COORDINATORS[0], 0)), cycle=cycle)

    demo.at(demo.morning(opens_on, 8), prepare)
    for number, member_id in taking_part:
        stage = stage_of(number) if is_last else Stage.CLOSED
        _plan_assessment(demo, pack, title, member_id, number, year=year, opens_on=opens_on, stage=stage)
    if not is_last:
        demo.at(demo.morning(opens_on + 110 * _DAY), finish)


def _plan_assessment(
    demo: _Demo, pack: Pack, title: str, member_id: int, number: int, *, year: int, opens_on: date, stage: Stage
) -> None:
    start = opens_on + timedelta(days=1 + number % 9)
    chance = random.Random(f"member {number}")  # noqa: S311 - made-up data
    strength = min(0.92, chance.uniform(0.25, 0.72) + 0.09 * year)
    staff = 5 + number % 6

    def step(days: int, action: Callable[[Session, _Case], None]) -> None:
        def run(db: Session) -> None:
            action(db, _case(db, demo, pack, title, member_id, number, strength, year))

        demo.at(demo.morning(start + timedelta(days=days), 10), run)

    for days, action in _life(stage, number, staff):
        step(days, action)


def _life(stage: Stage, number: int, staff: int) -> Iterator[tuple[int, Callable[[Session, _Case], None]]]:
    """What happens, on which day after the start, until the stage is reached."""
    if stage is Stage.INVITED:
        return
    yield 0, _fill_profile
    if stage is Stage.STAFF_ROUND:
        yield 45, lambda db, case: _staff_round(db, case, 8, close_it=False)
        return
    if number % 4 != 3:
        yield 3, lambda db, case: _staff_round(db, case, staff, close_it=True)
    if stage is Stage.WITHDRAWN:
        yield 12, _withdraw
        return
    yield 10, lambda db, case: _rate(db, case, part=0.55 if stage is Stage.ANSWERING else 1.0)
    if stage is Stage.ANSWERING:
        return
    yield 20, _submit
    if number % 3 == 0:
        yield 22, _visit
    yield from _life_of_review(stage, number)


def _life_of_review(stage: Stage, number: int) -> Iterator[tuple[int, Callable[[Session, _Case], None]]]:
    if stage is Stage.SUBMITTED:
        return
    if stage is Stage.CHANGES_REQUESTED or number % 5 == 1:
        yield 26, _ask_for_changes
        if stage is Stage.CHANGES_REQUESTED:
            return
        yield 31, _change_and_submit
    yield 36, _review
    if stage is Stage.REOPENED:
        yield 40, _reopen


@dataclass
class _Case:
    """One assessment on one day, with everybody who acts."""

    demo: _Demo
    pack: Pack
    assessment: Any
    lead: Actor
    mentor: Actor
    number: int
    strength: float
    year: int

    def chance(self, what: str) -> random.Random:
        return random.Random(f"{self.number} {self.year} {what}")  # noqa: S311 - made-up data


def _case(
    db: Session, demo: _Demo, pack: Pack, title: str, member_id: int, number: int, strength: float, year: int
) -> _Case:
    from charter.database.assessments import Assessment
    from charter.database.cycles import Cycle

    assessment_id = db.scalar(
        select(Assessment.id)
        .join(Cycle, Cycle.id == Assessment.cycle_id)
        .where(Cycle.title == title, Assessment.organization_id == member_id)
    )
    assessment = find_assessment(db, assessment_id or 0)
    lead = db.scalar(
        select(Person)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organization_id == member_id, Membership.role == MemberRole.LEAD)
    )
    mentor = db.scalar(
        select(Person)
        .join(Mentorship, Mentorship.mentor_id == Person.id)
        .where(Mentorship.organization_id == member_id)
    )
    assert assessment and lead and mentor  # noqa: S101 - made above
    return _Case(demo, pack, assessment, actor_for(db, lead), actor_for(db, mentor), number, strength, year)


def _fill_profile(db: Session, case: _Case) -> None:
    chance = random.Random(f"profile {case.number}")  # noqa: S311 - made-up data
    facts: dict[str, FactValue | None] = {}
    for fact in case.pack.profile.values():
        if fact.type is FactType.BOOLEAN:
            facts[fact.id] = chance.random() < 0.7
        elif fact.type is FactType.INTEGER:
            facts[fact.id] = max(fact.minimum or 0, int(chance.lognormvariate(2.6, 0.7)) + case.year)
        elif fact.type is FactType.CHOICE:
            facts[fact.id] = chance.choice(list(fact.options)[:1] * 3 + list(fact.options))
        else:
            facts[fact.id] = tuple(sorted(chance.sample(list(fact.options), k=min(3, len(fact.options)))))
    save_profile(db, case.lead, assessment=case.assessment, facts=facts, known={})


def _staff_round(db: Session, case: _Case, staff: int, *, close_it: bool) -> None:
    settings = case.demo.settings
    closes_on = max(today(settings.zone) + 6 * _DAY, case.demo.zone_day + 6 * _DAY if not close_it else date.min)
    _, codes = open_round(db, case.lead, settings, assessment=case.assessment, closes_on=closes_on, staff=staff)
    chance = case.chance("staff")
    for code in codes[: None if close_it else -2]:
        respondent = sheet_services.find_respondent(db, settings, code)
        assert respondent is not None  # noqa: S101 - the code was just made
        _, pages = sheet_services.pages_of(db, respondent, language="")
        asked = [criterion for page in pages for criterion in page.criteria]
        ratings: dict[str, int | Choice | None] = {
            criterion.id: Choice.DONT_KNOW if chance.random() < 0.06 else _rating(case, criterion, chance, spread=0.22)
            for criterion in asked
        }
        sheet_services.save_ratings(db, settings, respondent, ratings)
        sheet_services.send_sheet(db, settings, respondent)
    if close_it:
        close_round(db, case.lead, assessment=case.assessment)
    elif not case.demo.code:
        case.demo.code = codes[-1]


def _rate(db: Session, case: _Case, *, part: float) -> None:
    pages = _asked(db, case)
    for criteria in pages[: max(1, round(len(pages) * part))]:
        chance = case.chance(f"agreed {criteria[0].id}")
        drafts = []
        for criterion in criteria:
            note = chance.choice(NOTES) if chance.random() < 0.25 else None
            if chance.random() < 0.02:
                drafts.append(Draft(criterion.id, Choice.NOT_APPLICABLE, note, "We do not do this kind of work.", 0))
            else:
                drafts.append(Draft(criterion.id, _rating(case, criterion, chance, spread=0.12), note, None, 0))
        save_drafts(db, case.lead, assessment=case.assessment, drafts=drafts)
        for draft, criterion in zip(drafts, criteria, strict=True):
            if draft.rating == criterion.scale.highest and chance.random() < 0.8:
                add_link(
                    db,
                    case.lead,
                    assessment=case.assessment,
                    criterion_id=criterion.id,
                    title="Policy folder",
                    url=f"https://files.example.org/{case.number}/{criterion.id}",
                )


def _submit(db: Session, case: _Case) -> None:
    submit(db, case.lead, assessment=case.assessment, address=_address(case, "mentor/assessments"))


def _visit(db: Session, case: _Case) -> None:
    day = today(case.demo.settings.zone)
    records.add_visit(
        db,
        case.mentor,
        organization=case.assessment.organization,
        visited_on=day,
        next_on=day + timedelta(days=90),
        note="Went through the answers with the team and saw the files.",
        today=day,
    )


def _ask_for_changes(db: Session, case: _Case) -> None:
    rated = [criterion for criteria in _asked(db, case) for criterion in criteria]
    for criterion in case.chance("changes").sample(rated, k=3):
        ask_for_change(
            db,
            case.mentor,
            assessment=case.assessment,
            criterion_id=criterion.id,
            comment="Please look at this again with the team: what I saw on my visit was different.",
        )
    send_back(db, case.mentor, assessment=case.assessment, address=_address(case, "member/assessments"))


def _change_and_submit(db: Session, case: _Case) -> None:
    from charter.database.assessments import AgreedRating, ChangeRequest

    wanted = db.scalars(
        select(ChangeRequest.criterion_id).where(
            ChangeRequest.assessment_id == case.assessment.id, ChangeRequest.resolved_at.is_(None)
        )
    ).all()
    drafts = []
    for criterion_id in wanted:
        row = db.get_one(AgreedRating, (case.assessment.id, criterion_id))
        lower = row.rating
        if isinstance(lower, int) and lower > case.pack.criterion(criterion_id).scale.lowest:
            lower -= 1
        drafts.append(Draft(criterion_id, lower, "Looked at again with the team.", row.reason, row.version))
    save_drafts(db, case.lead, assessment=case.assessment, drafts=drafts)
    _submit(db, case)


def _review(db: Session, case: _Case) -> None:
    from charter.database.assessments import AgreedRating

    chance = case.chance("review")
    agreed = db.scalars(select(AgreedRating).where(AgreedRating.assessment_id == case.assessment.id)).all()
    for row in agreed:
        criterion = case.pack.criterion(row.criterion_id)
        if isinstance(row.rating, int) and row.rating > criterion.scale.lowest and chance.random() < 0.05:
            save_verified(
                db,
                case.mentor,
                assessment=case.assessment,
                criterion_id=row.criterion_id,
                rating=row.rating - 1,
                comment="The papers are there, but not all staff know them.",
                known_version=0,
            )
    for criteria in _asked(db, case):
        confirm_rest(db, case.mentor, assessment=case.assessment, criteria=criteria)
    close(db, case.mentor, assessment=case.assessment, address=_address(case, "assessment"))


def _reopen(db: Session, case: _Case) -> None:
    reopen(
        db,
        case.mentor,
        assessment=case.assessment,
        reason="The member sent a document that changes one principle.",
        address=_address(case, "assessment"),
    )


def _withdraw(db: Session, case: _Case) -> None:
    coordinator = _actor(db, address(OFFICE_COORDINATORS[0], 0))
    move(db, coordinator, case.assessment, "withdraw", reason="The organization moves its office this year.")


def _asked(db: Session, case: _Case) -> list[list[Criterion]]:
    """The criteria that apply, principle by principle."""
    _, _, result = result_of(db, case.assessment)
    pages = [
        [each for each in group.criteria if result.criteria[each.id].state is not State.EXCLUDED]
        for group in principles(case.pack)
    ]
    return [page for page in pages if page]


def _rating(case: _Case, criterion: Criterion, chance: random.Random, *, spread: float) -> int:
    # How hard a criterion is stays the same for everybody and in all years.
    hard = random.Random(f"criterion {criterion.id}").uniform(-0.18, 0.18)  # noqa: S311 - made-up data
    values = criterion.scale.values
    share = min(0.999, max(0.0, chance.gauss(case.strength - hard, spread)))
    return values[int(share * len(values))]


def _logins(db: Session, demo: _Demo) -> list[dict[str, Any]]:
    """One log-in for each role: those who have to do with the member whose staff round is open."""
    from charter.database.assessments import Assessment
    from charter.database.staff_rounds import StaffRound

    organization_id = db.scalar(
        select(Assessment.organization_id)
        .join(StaffRound, StaffRound.assessment_id == Assessment.id)
        .where(StaffRound.closed_at.is_(None))
        .order_by(StaffRound.id)
        .limit(1)
    )
    people = organizations.people_of(db, organization_id or 0)
    mentor = organizations.mentors_of(db, organization_id or 0)[0].mentor
    found = [
        ("coordinator", _person(db, address(OFFICE_COORDINATORS[0], 0))),
        ("coordinator", _person(db, address(OFFICE_COORDINATORS[1], 1))),
        ("mentor", mentor),
        ("lead", people[0].person),
        ("contributor", people[1].person),
    ]
    made: list[dict[str, Any]] = [_login(db, demo.settings, role, person) for role, person in found]
    made.append(
        {"role": "respondent", "email": None, "password": None, "totp_secret": None, "code": grouped(demo.code)}
    )
    return made


def _login(db: Session, settings: Settings, role: str, person: Person) -> dict[str, Any]:
    password = f"demo {secrets.token_hex(4)} {secrets.token_hex(4)}"
    accounts.set_password(db, person, password)
    secret: str | None = None
    if person.role is not None:
        secret = second_factors.new_secret()
        # The code of half a minute ago, so that the one of now can still be used to log in.
        code = pyotp.TOTP(secret).at(now() - timedelta(seconds=30))
        second_factors.set_up(db, settings, actor_for(db, person), secret=secret, code=code, password=None)
    return {"role": role, "email": person.email, "password": password, "totp_secret": secret}


def _person(db: Session, email: str) -> Person:
    found = accounts.find_person(db, email)
    assert found is not None  # noqa: S101 - added at the start
    return found


def _actor(db: Session, email: str) -> Actor:
    return actor_for(db, _person(db, email))


def _address(case: _Case, path: str) -> str:
    return f"{case.demo.settings.public_url}/{path}/{case.assessment.id}"
