"""Two members of one coalition, each with something in every table, and a word of its own in every text.

Whoever reads the word of the one on a page of the other has found a leak.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from charter.clock import now
from charter.config import Settings
from charter.database.assessments import Assessment, AssessmentState, ChangeRequest, FactAnswer
from charter.database.directory import Audience, DirectoryEntry
from charter.database.evidence import Evidence, EvidenceKind
from charter.database.grants import Grant, GrantAction, GrantKind, GrantState, Instalment, Spending
from charter.database.jobs import Job, JobState
from charter.database.organizations import Organization
from charter.database.outbox import OutboxMail
from charter.database.people import Membership, Mentorship, Person, Role
from charter.database.plans import (
    Action,
    ActionSource,
    ActionStatus,
    ActionSupporter,
    Decision,
    Plan,
    PlanState,
    ProgressNote,
)
from charter.database.records import Certificate, Inspection, InspectionResult, Visit
from charter.database.releases import BenchmarkChoice
from charter.database.resources import ResourceKind
from charter.database.sessions import Passkey
from charter.database.trainings import SignUpState, Training, TrainingSession, TrainingSignUp
from charter.services import api_tokens, calendar_feeds, review, staff_rounds
from charter.services.api_tokens import Scope
from charter.services.assessments import find_assessment
from charter.services.events import record_event
from charter.services.plan_history import keep_version
from charter.services.plan_limits import default_limits, limits_json
from charter.stores import store_for
from tests.integration.application.agreements import Member
from tests.integration.application.files import PDF
from tests.integration.application.libraries import item
from tests.integration.application.planning import close
from tests.integration.application.worlds import World

OURS = "lotuscanary"
THEIRS = "zephyrcanary"
CODES = 6


@dataclass
class Tenant:
    """A member, its people, and the numbers of everything that is its own, by the name they have in addresses."""

    word: str
    people: dict[str, Person]
    organization: Organization
    own: dict[str, Any] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    """Of the API and of the calendar; in the clear nowhere but here."""
    codes: list[str] = field(default_factory=list)


@dataclass
class Site:
    """The coalition: our member and theirs, and what belongs to nobody."""

    world: World
    settings: Settings
    coordinator: Person
    ours: Tenant
    theirs: Tenant
    shared: dict[str, Any]
    """What is in addresses and belongs to no member."""
    seen: dict[tuple[str, str], Any] = field(default_factory=dict)
    """What `sweeps.crawl` found."""
    changed: dict[tuple[str, str], bool] = field(default_factory=dict)
    """Whether anything stored was another afterwards."""

    def client(self, party: str) -> FlaskClient:
        """A browser of the public, the coordinator, or one of our people."""
        person = self.coordinator if party == "coordinator" else self.ours.people.get(party)
        return self.world.client(person)


def fill(world: World, settings: Settings) -> Site:
    """Everything that members can have, for two of them."""
    coordinator = world.person("Some Coordinator", Role.COORDINATOR)
    tenants = [_tenant(world, OURS), _tenant(world, THEIRS)]
    organizations = [each.organization for each in tenants]
    cycle, closed = world.cycle(*organizations, title="Year one")
    _, running = world.cycle(*organizations, title="Year two")
    session = _training(world)
    resource = item(world, settings, "handbook", {"en": "Handbook"}, by=coordinator)
    assert resource.kind is ResourceKind.GUIDE
    for tenant, done, answering in zip(tenants, closed, running, strict=True):
        _answer(world, tenant, done, answering)
        with world.writing() as db:
            _rest(db, world, settings, tenant, db.get_one(Assessment, done.id), session)
            _running(db, world, settings, tenant, answering.id)
    shared = {
        "cycle_id": cycle.id,
        "published_id": closed[0].published_pack_id,
        "training_id": session.training_id,
        "session_id": session.id,
        "resource_id": resource.id,
        "group_id": "rules",
        "criterion_id": "R1",
        "node": "overall",
        "language": "en",
        "kind": "visit",
        "filename": "style.css",
        "name": "overall",
        "number": 1,
    }
    return Site(world, settings, coordinator, tenants[0], tenants[1], shared)


def _tenant(world: World, word: str) -> Tenant:
    people = {
        "lead": world.person(f"Lead {word}"),
        "contributor": world.person(f"Helper {word}"),
        "mentor": world.person(f"Mentor {word}", Role.MENTOR),
    }
    organization = world.organization(
        f"House {word}",
        leads=(people["lead"],),
        contributors=(people["contributor"],),
        mentors=(people["mentor"],),
    )
    with world.writing() as db:
        row = db.get_one(Organization, organization.id)
        row.province = row.contact_name = row.about = f"Text {word}"
        row.contact_email, row.contact_phone = f"office@{word}.example", f"012 {word}"
    return Tenant(word, people, organization)


def _training(world: World) -> TrainingSession:
    day = now().date() + timedelta(days=20)
    with world.writing() as db:
        training = Training(key="first-aid", titles={"en": "First aid"}, descriptions={}, created_at=now())
        db.add(training)
        db.flush()
        made = TrainingSession(
            training_id=training.id,
            starts_on=day,
            ends_on=day,
            sign_up_until=day,
            is_online=True,
            seats=20,
            languages=["en"],
            created_at=now(),
        )
        db.add(made)
        db.flush()
        return made


def _member(world: World, tenant: Tenant, assessment: Assessment) -> Member:
    people = tenant.people
    return Member(world, people["lead"], people["contributor"], people["mentor"], tenant.organization, assessment)


def _answer(world: World, tenant: Tenant, done: Assessment, running: Assessment) -> None:
    for assessment in (done, running):
        member = _member(world, tenant, assessment)
        member.save("R1", 1, note=f"Note {tenant.word}", reason=None)
    close(_member(world, tenant, done), rating=1)


def _rest(
    db: Session, world: World, settings: Settings, tenant: Tenant, done: Assessment, session: TrainingSession
) -> None:
    lead, mentor, organization = tenant.people["lead"], tenant.people["mentor"], tenant.organization
    moment, day, word = now(), now().date(), tenant.word
    plan = Plan(
        assessment_id=done.id,
        organization_id=organization.id,
        state=PlanState.COMMITTED,
        limits=limits_json(default_limits(day)),
        created_at=moment,
        committed_at=moment,
        committed_by_id=lead.id,
    )
    db.add(plan)
    db.flush()
    action = Action(
        plan_id=plan.id,
        organization_id=organization.id,
        source=ActionSource.OWN,
        title=f"Action {word}",
        description=f"Description {word}",
        decision=Decision.ACT,
        decision_reason=f"Because {word}",
        must_do=False,
        improves={},
        clauses=[],
        starts_on=day,
        due_on=day + timedelta(days=30),
        owner_id=lead.id,
        owner_text=f"Owner {word}",
        status=ActionStatus.IN_PROGRESS,
        help_needed=f"Help {word}",
        indicator=f"Sign {word}",
        baseline=f"None {word}",
        target=f"All {word}",
        created_at=moment,
        updated_at=moment,
    )
    grant = Grant(
        organization_id=organization.id,
        kind=GrantKind.IMPROVEMENT,
        state=GrantState.APPROVED,
        state_since=moment,
        title=f"Grant {word}",
        purpose=f"Purpose {word}",
        starts_on=day,
        ends_on=day,
        requested=100_00,
        approved=90_00,
        requested_at=moment,
        requested_by_id=lead.id,
        decided_at=moment,
        decided_by_id=mentor.id,
        decision_reason=f"Reason {word}",
        report=f"Report {word}",
    )
    db.add_all([action, grant])
    db.flush()
    keep_version(db, world.actor(db, lead), plan, event="PlanCommitted", note=f"Version {word}")
    of_grant = {"grant_id": grant.id, "organization_id": organization.id}
    instalment = Instalment(**of_grant, due_on=day, amount=50_00, created_at=moment)
    spending = Spending(
        **of_grant, spent_on=day, amount=10_00, what=f"Lock {word}", created_at=moment, created_by_id=lead.id
    )
    visit = Visit(
        organization_id=organization.id, mentor_id=mentor.id, visited_on=day, note=f"Visit {word}", created_at=moment
    )
    entered = {"organization_id": organization.id, "standard": "x", "created_at": moment, "created_by_id": mentor.id}
    inspection = Inspection(**entered, inspected_on=day, result=InspectionResult.MET, note=f"Seen {word}")
    certificate = Certificate(**entered, number=f"No {word}", issued_by=word, issued_on=day)
    signed_up = TrainingSignUp(
        session_id=session.id,
        organization_id=organization.id,
        name=f"Guest {word}",
        state=SignUpState.SEAT,
        signed_up_at=moment,
        signed_up_by_id=lead.id,
    )
    of_action = _file(settings, done.id, lead.id, word, action_id=action.id)
    of_criterion = _file(settings, done.id, lead.id, word, criterion_id="R1")
    job = _job(settings, organization.id, done.id, lead.id, word)
    of_person = _job(settings, organization.id, None, lead.id, word)
    passkey = Passkey(
        person_id=lead.id,
        credential_id=word.encode(),
        public_key=b"x",
        sign_count=0,
        name=f"Phone {word}",
        created_at=moment,
    )
    made = (instalment, spending, visit, inspection, certificate, signed_up, of_action, of_criterion, job, of_person)
    db.add_all(
        [
            *made,
            passkey,
            GrantAction(grant_id=grant.id, action_id=action.id, organization_id=organization.id),
            ActionSupporter(action_id=action.id, person_id=tenant.people["contributor"].id),
            ProgressNote(
                action_id=action.id,
                text=f"Progress {word}",
                status=action.status,
                percent=10,
                at=moment,
                by_id=lead.id,
            ),
            DirectoryEntry(
                organization_id=organization.id,
                listed=Audience.NOBODY,
                province_shown=Audience.NOBODY,
                about=f"About {word}",
                about_shown=Audience.NOBODY,
                contact_name=f"Contact {word}",
                contact_shown=Audience.NOBODY,
                facts_shown={},
                updated_at=moment,
            ),
            BenchmarkChoice(organization_id=organization.id, cycle_id=done.cycle_id, opted_in=False, decided_at=moment),
            FactAnswer(
                assessment_id=done.id,
                fact_id="other",
                value=f"Fact {word}",
                version=1,
                updated_at=moment,
                updated_by_id=lead.id,
            ),
            OutboxMail(
                recipient=f"{word}@example.org",
                subject=f"Mail {word}",
                body=f"Mail {word}",
                language="en",
                created_at=moment,
                next_attempt_at=moment,
                attempts=0,
            ),
        ]
    )
    db.flush()
    actor = world.actor(db, lead)
    review.add_comment(db, actor, assessment=done, criterion_id=None, text=f"Comment {word}")
    record_event(db, "CommentAdded", actor=actor, organization_id=organization.id, reason=f"Event {word}")
    token, text = api_tokens.make_token(
        db, actor, settings, name=f"Program {word}", scopes=[Scope.ASSESSMENTS, Scope.PLANS], days=90
    )
    tenant.tokens = [text, calendar_feeds.make_feed(db, actor)]
    tenant.own |= {
        "organization_id": organization.id,
        "assessment_id": done.id,
        "plan_id": plan.id,
        "action_id": action.id,
        "grant_id": grant.id,
        "instalment_id": instalment.id,
        "spending_id": spending.id,
        "record_id": visit.id,
        "sign_up_id": signed_up.id,
        "job_id": job.id,
        "passkey_id": passkey.id,
        "token_id": token.id,
        "person_id": lead.id,
    }
    tenant.own["evidence"] = {"criterion": of_criterion.id, "action": of_action.id}
    tenant.own["evidence_id"] = of_criterion.id
    tenant.own["own_job"] = of_person.id


def _running(db: Session, world: World, settings: Settings, tenant: Tenant, assessment_id: int) -> None:
    lead, mentor, word = world.actor(db, tenant.people["lead"]), tenant.people["mentor"], tenant.word
    found = find_assessment(db, assessment_id)
    assert found is not None
    day = now().date() + timedelta(days=5)
    _, tenant.codes = staff_rounds.open_round(db, lead, settings, assessment=found, closes_on=day, staff=CODES)
    review_row = ChangeRequest(
        assessment_id=found.id,
        criterion_id="R1",
        comment=f"Please {word}",
        requested_at=now(),
        requested_by_id=mentor.id,
    )
    db.add(review_row)
    db.flush()
    memberships = db.query(Membership).filter_by(organization_id=tenant.organization.id).order_by(Membership.id).all()
    mentorship = db.query(Mentorship).filter_by(organization_id=tenant.organization.id).one()
    tenant.own |= {
        "running_id": found.id,
        "request_id": review_row.id,
        "membership_id": memberships[-1].id,
        "mentorship_id": mentorship.id,
    }
    assert found.state is AssessmentState.ANSWERING


def _file(settings: Settings, assessment_id: int, person_id: int, word: str, **of: Any) -> Evidence:
    content = PDF + f"% {word}\n".encode()
    return Evidence(
        assessment_id=assessment_id,
        kind=EvidenceKind.FILE,
        title=f"Evidence {word}",
        file_name=f"{word}.pdf",
        stored_name=store_for(settings).put(content),
        media_type="application/pdf",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        added_at=now(),
        added_by_id=person_id,
        **of,
    )


def _job(settings: Settings, organization_id: int, assessment_id: int | None, person_id: int, word: str) -> Job:
    return Job(
        id=hashlib.sha256(f"{word} {assessment_id}".encode()).hexdigest()[:32],
        kind="assessment-report" if assessment_id else "organization-export",
        arguments={"organization": organization_id},
        state=JobState.DONE,
        percent=100,
        requested_by_id=person_id,
        assessment_id=assessment_id,
        created_at=now(),
        finished_at=now(),
        file_name=f"{word}.pdf",
        stored_name=store_for(settings).put(PDF + word.encode()),
        media_type="application/pdf",
    )
