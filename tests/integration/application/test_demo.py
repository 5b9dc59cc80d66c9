"""The made-up coalition, with a few members only: what people find in it when they log in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from charter.clock import today
from charter.config import Settings
from charter.database.assessments import AgreedRating, Assessment, AssessmentState
from charter.database.cycles import Cycle
from charter.database.engine import make_engine, session_factory
from charter.database.grants import Grant, GrantState
from charter.database.people import Person
from charter.database.plans import Action, ActionStatus, Decision, Plan, PlanState
from charter.database.resources import Resource
from charter.database.trainings import SignUpState, TrainingSignUp
from charter.demo.build import NotEmptyError, build_demo
from charter.demo.logins import read_logins
from charter.services.accounts import find_person, password_is_right
from charter.services.action_states import OPEN
from charter.services.actors import Actor, actor_for
from charter.services.events import verify_chain
from tests.integration.application.databases import sqlite_databases

MEMBERS = 6


def _settings(folder: Path) -> Settings:
    return Settings(
        instance=folder / "instance",
        database_url=sqlite_databases(folder)(),
        secret_key=SecretStr("of tests only: 32 characters or more"),
        demo=True,
    )


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return _settings(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def sessions(settings: Settings) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(settings.database)
    made = session_factory(engine)
    build_demo(settings, made, members=MEMBERS)
    yield made
    engine.dispose()


@pytest.fixture
def db(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions() as session:
        yield session


def _who(db: Session, settings: Settings, role: str) -> Actor:
    login = next(each for each in read_logins(settings) if each["role"] == role)
    person = find_person(db, login["email"])
    assert person is not None
    return actor_for(db, person)


def _actions_of_lead(db: Session, settings: Settings) -> list[Action]:
    lead = _who(db, settings, "lead")
    return list(
        db.scalars(
            select(Action)
            .join(Plan)
            .where(
                Action.organization_id.in_(lead.memberships),
                Action.decision == Decision.ACT,
                Plan.state == PlanState.COMMITTED,
            )
        )
    )


def test_actions_of_every_status_are_in_it(db: Session, settings: Settings) -> None:
    assert {each.status for each in _actions_of_lead(db, settings)} == set(ActionStatus)


def test_the_lead_finds_an_open_assessment_and_actions_that_are_due_and_overdue(
    db: Session, settings: Settings
) -> None:
    lead = _who(db, settings, "lead")
    states = db.scalars(select(Assessment.state).where(Assessment.organization_id.in_(lead.memberships))).all()
    assert {AssessmentState.ANSWERING, AssessmentState.CLOSED} == set(states)
    left = [each.due_on - today(settings.zone) for each in _actions_of_lead(db, settings) if each.status in OPEN]
    assert min(left).days < 0 <= max(left).days


def test_the_mentor_finds_an_action_to_verify(db: Session, settings: Settings) -> None:
    mentor = _who(db, settings, "mentor")
    waiting = [each for each in _actions_of_lead(db, settings) if each.status is ActionStatus.DONE]
    assert waiting
    assert all(mentor.mentors(each.organization_id) and each.done_by_id != mentor.id for each in waiting)


def test_the_coordinator_finds_grant_requests_to_decide_on(db: Session, settings: Settings) -> None:
    assert _who(db, settings, "coordinator").is_coordinator
    lead = _who(db, settings, "lead")
    asked = db.scalars(select(Grant.organization_id).where(Grant.state == GrantState.REQUESTED)).all()
    assert set(lead.memberships) & set(asked)


def test_the_running_cycle_has_assessments_in_several_states(db: Session) -> None:
    assert set(db.scalars(select(Assessment.state))) >= {
        AssessmentState.INVITED,
        AssessmentState.ANSWERING,
        AssessmentState.SUBMITTED,
        AssessmentState.WITHDRAWN,
        AssessmentState.CLOSED,
    }


def test_trainings_have_a_waiting_list_and_the_library_has_items(db: Session) -> None:
    assert set(db.scalars(select(TrainingSignUp.state))) >= {SignUpState.SEAT, SignUpState.WAITING}
    assert db.scalar(select(func.count()).select_from(Resource)) == 25


def test_nobody_but_those_in_the_log_ins_has_a_password(db: Session, settings: Settings) -> None:
    passwords = {each["email"]: each["password"] for each in read_logins(settings) if each["email"]}
    people = db.scalars(select(Person).where(Person.password_hash.is_not(None))).all()
    assert {each.email for each in people} == set(passwords)
    assert all(password_is_right(each, passwords[each.email]) for each in people)


def test_the_chain_of_its_events_holds(db: Session) -> None:
    number, broken = verify_chain(db)
    assert number > 1000
    assert broken == []


def test_it_is_not_mixed_into_what_is_there(settings: Settings, sessions: sessionmaker[Session]) -> None:
    before = read_logins(settings)
    with pytest.raises(NotEmptyError):
        build_demo(settings, sessions, members=2)
    assert read_logins(settings) == before


def test_it_is_the_same_every_time(db: Session, settings: Settings, tmp_path: Path) -> None:
    smaller = _settings(tmp_path)
    engine = make_engine(smaller.database)
    sessions = session_factory(engine)
    build_demo(smaller, sessions, members=2)
    with sessions() as other:
        # The first member is the same, whoever else is there.
        assert _story_of_lead(other, smaller) == _story_of_lead(db, settings)
    engine.dispose()


def _story_of_lead(db: Session, settings: Settings) -> tuple[list[Any], ...]:
    """Ratings, results and actions, without ids."""
    where = (Assessment.organization_id.in_(_who(db, settings, "lead").memberships),)
    cycle = Cycle.opens_on
    ratings = select(cycle, AgreedRating.criterion_id, AgreedRating.rating).join(
        Assessment, Assessment.id == AgreedRating.assessment_id
    )
    results = select(cycle, Assessment.state, Assessment.overall)
    actions = select(Action.title, Action.status, Action.percent, Action.due_on).join(
        Assessment, Assessment.organization_id == Action.organization_id
    )
    return tuple(
        sorted(map(str, db.execute(query.join(Cycle, Cycle.id == Assessment.cycle_id).where(*where))))
        for query in (ratings, results, actions)
    )
