"""A member that leaves: what it takes along, what is deleted, and what has to remain."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select, text

from charter.clock import now
from charter.config import Settings
from charter.database.assessments import (
    AgreedRating,
    Assessment,
    AssessmentState,
    ChangeRequest,
    Comment,
    FactAnswer,
    RatingKind,
    RatingVersion,
    VerifiedRating,
)
from charter.database.base import Base
from charter.database.events import Event
from charter.database.evidence import Evidence, EvidenceKind
from charter.database.jobs import Job, JobState
from charter.database.organizations import Organization, OrganizationState
from charter.database.outbox import OutboxMail
from charter.database.people import MemberRole, Membership, Mentorship, Person, Role
from charter.database.records import Certificate, Inspection, InspectionResult, Visit
from charter.database.sessions import LoginSession
from charter.database.staff_rounds import Sheet, SheetDraft, StaffCode, StaffRound
from charter.jobs import make_worker
from charter.services import exports, leaving, outbox
from charter.services.assessments import refresh
from charter.services.audit import recompute
from charter.services.events import record_event, verify_chain
from charter.services.organizations import add_membership
from charter.stores import store_for
from questionnaires import load_pack
from questionnaires.message import message
from tests.integration.application.planning import run_jobs
from tests.integration.application.worlds import World, post_form

MARK = "Zebra"
"""Stands in every text that is to be gone afterwards."""


@pytest.fixture
def coordinator(world: World) -> Person:
    return world.person("Chan Maly", Role.COORDINATOR)


@pytest.fixture
def client(world: World, coordinator: Person) -> Any:
    return world.client(coordinator)


@pytest.fixture
def member(world: World, settings: Settings) -> Organization:
    """A member with a row in every table that can hold something of it."""
    lead, mentor = world.person(f"{MARK} Lead"), world.person("Lim Bopha", Role.MENTOR)
    made = world.organization(f"{MARK} House", leads=(lead,), mentors=(mentor,))
    _, (assessment, _other) = world.cycle(made, world.organization("Hope House"))
    stored = store_for(settings).put(f"{MARK} on file".encode())
    report = store_for(settings).put(f"{MARK} report".encode())
    world.client(lead)
    criterion = load_pack("safeguarding-basics").criteria[0].id
    one = {"assessment_id": assessment.id}
    by = {"version": 1, "updated_at": now(), "updated_by_id": lead.id}
    with world.writing() as db:
        organization = db.get_one(Organization, made.id)
        organization.contact_email, organization.about = "zebra@example.org", MARK
        staff_round = StaffRound(
            **one, number=1, opened_at=now(), opened_by_id=lead.id, closes_on=date(2026, 5, 1), closed_at=now()
        )
        staff_round.view = {"sheets": MARK, "criteria": {}}
        db.add(staff_round)
        db.flush()
        here = {"organization_id": made.id, "created_at": now()}
        db.add_all(
            [
                FactAnswer(**one, fact_id="f", value=MARK, **by),
                AgreedRating(**one, criterion_id=criterion, rating=2, note=MARK, **by),
                VerifiedRating(**one, criterion_id=criterion, rating=1, comment=MARK, **by),
                RatingVersion(
                    **one,
                    criterion_id=criterion,
                    kind=RatingKind.AGREED,
                    version=1,
                    note=MARK,
                    at=now(),
                    by_id=lead.id,
                ),
                ChangeRequest(
                    **one, criterion_id=criterion, comment=MARK, requested_at=now(), requested_by_id=mentor.id
                ),
                Comment(**one, text=MARK, at=now(), by_id=mentor.id),
                Evidence(
                    **one,
                    criterion_id=criterion,
                    kind=EvidenceKind.FILE,
                    title=MARK,
                    file_name="../my file.pdf",
                    stored_name=stored,
                    added_at=now(),
                    added_by_id=lead.id,
                ),
                Job(
                    **one,
                    id="1" * 32,
                    kind="report",
                    arguments={},
                    state=JobState.DONE,
                    created_at=now(),
                    stored_name=report,
                ),
                StaffCode(code_digest="c" * 64, round_id=staff_round.id),
                SheetDraft(draft_key="d" * 64, round_id=staff_round.id, ciphertext=MARK.encode()),
                Sheet(id="s" * 32, round_id=staff_round.id, ratings={criterion: 1}),
                Visit(**here, mentor_id=mentor.id, visited_on=date(2026, 1, 1), note=MARK),
                Inspection(
                    **here,
                    standard="s",
                    inspected_on=date(2026, 1, 1),
                    result=InspectionResult.MET,
                    note=MARK,
                    created_by_id=mentor.id,
                ),
                Certificate(**here, standard="s", number=MARK, issued_on=date(2026, 1, 1), created_by_id=mentor.id),
            ]
        )
        record_event(db, "Said", actor=None, organization_id=made.id, reason=MARK, data={"text": MARK})
        outbox.write_mail(db, person=lead, language="en", subject=message("Hello"), body=message("Zebra"))
        refresh(db, db.get_one(Assessment, assessment.id))
    return made


def leave(client: Any, member: Organization, day: str = "2026-06-30") -> Any:
    return post_form(client, f"/coalition/members/{member.id}/leave", {"left_on": day})


def delete(client: Any, member: Organization, name: str | None = None) -> Any:
    return post_form(
        client, f"/coalition/members/{member.id}/delete", {"typed_name": member.name if name is None else name}
    )


def dump(world: World) -> Iterable[str]:
    """Every value of every row of the database, as text."""
    with world.reading() as db:
        for table in Base.metadata.sorted_tables:
            for row in db.execute(text(f'SELECT * FROM "{table.name}"')):  # noqa: S608 - our own names
                yield from (f"{table.name}: {_plain(value)}" for value in row)


def _plain(value: Any) -> str:
    return bytes(value).decode("utf-8", "replace") if isinstance(value, bytes | memoryview) else str(value)


def test_whoever_left_sees_nothing_more_and_nothing_is_deleted_yet(
    world: World, client: Any, member: Organization
) -> None:
    (lead,) = world.rows(Person, name=f"{MARK} Lead")
    theirs = world.client(lead)
    assert leave(client, member).status_code == 302
    (organization,) = world.rows(Organization, id=member.id)
    assert organization.state is OrganizationState.LEFT
    assert organization.delete_from_on == date(2026, 6, 30) + timedelta(days=365)
    assert all(each.until_at for each in world.rows(Membership, organization_id=member.id))
    assert all(each.until_at for each in world.rows(Mentorship, organization_id=member.id))
    (assessment,) = world.rows(Assessment, organization_id=member.id)
    assert assessment.state is AssessmentState.WITHDRAWN
    assert theirs.get(f"/assessment/{assessment.id}/result").status_code == 404
    assert len(world.rows(AgreedRating)) == 1
    assert leave(client, member).status_code == 409


def test_a_member_cannot_leave_before_it_joined(world: World, client: Any, member: Organization) -> None:
    answer = leave(client, member, "2020-01-01")
    assert answer.status_code == 422
    assert "cannot leave before it joined" in answer.text
    assert world.rows(Organization, id=member.id)[0].state is OrganizationState.ACTIVE


def test_nothing_is_deleted_before_its_time_or_without_the_name(
    world: World, client: Any, member: Organization
) -> None:
    assert delete(client, member).status_code == 409
    leave(client, member)
    with time_machine.travel("2027-06-29T03:00:00Z"):
        coordinator = world.client(world.rows(Person, role=Role.COORDINATOR)[0])
        assert delete(coordinator, member).status_code == 409
        assert "Delete the data" not in coordinator.get(f"/coalition/members/{member.id}").text
    with time_machine.travel("2027-06-30T03:00:00Z"):
        coordinator = world.client(world.rows(Person, role=Role.COORDINATOR)[0])
        assert "Delete the data" in coordinator.get(f"/coalition/members/{member.id}").text
        wrong = delete(coordinator, member, "Hope House")
        assert wrong.status_code == 422
        assert "This is not the name" in wrong.text
    assert len(world.rows(AgreedRating)) == 1


def test_after_deletion_nothing_of_it_is_left_and_the_chain_holds(
    world: World, settings: Settings, client: Any, member: Organization
) -> None:
    leave(client, member)
    assert any(MARK in value for value in dump(world))
    with time_machine.travel("2027-07-01T03:00:00Z"):
        coordinator = world.client(world.rows(Person, role=Role.COORDINATOR)[0])
        assert delete(coordinator, member).status_code == 302
        assert coordinator.get(f"/coalition/members/{member.id}").status_code == 200
        assert coordinator.get("/coalition/audit").status_code == 200
    assert [value for value in dump(world) if MARK.lower() in value.lower()] == []
    assert list(store_for(settings).names()) == []
    assert not any(world.rows(table) for table in (*leaving.OF_STAFF_ROUND, *leaving.OF_ASSESSMENT))
    (organization,) = world.rows(Organization, id=member.id)
    assert (organization.name, organization.state) == (f"Deleted {member.id}", OrganizationState.DELETED)
    assert len(world.rows(Assessment, organization_id=member.id)) == 1
    with world.reading() as db:
        assert verify_chain(db)[1] == []
    with world.writing() as db:
        assert list(recompute(db)) == []


def test_other_members_keep_everything(world: World, client: Any, member: Organization) -> None:
    (hope,) = world.rows(Organization, name="Hope House")
    lead = world.person("Keo Nita")
    with world.writing() as db:
        for organization in (hope, member):
            add_membership(
                db,
                None,
                person=db.get_one(Person, lead.id),
                organization=db.get_one(Organization, organization.id),
                role=MemberRole.LEAD,
            )
    leave(client, member)
    with time_machine.travel("2027-07-01T03:00:00Z"):
        delete(world.client(world.rows(Person, role=Role.COORDINATOR)[0]), member)
    assert world.rows(Organization, id=hope.id)[0].name == "Hope House"
    (nita,) = world.rows(Person, id=lead.id)
    assert (nita.name, nita.disabled_at) == ("Keo Nita", None)
    assert not [event for event in world.rows(Event, organization_id=hope.id) if event.salt is None]


def test_a_failed_deletion_loses_no_file(
    world: World, settings: Settings, coordinator: Person, member: Organization
) -> None:
    with pytest.raises(RuntimeError), world.writing() as db:
        organization = db.get_one(Organization, member.id)
        organization.state, organization.delete_from_on = OrganizationState.LEFT, date(2020, 1, 1)
        leaving.delete_data(
            db,
            world.actor(db, coordinator),
            organization=organization,
            typed_name=member.name,
            today=date(2026, 1, 1),
            forget_file=store_for(settings).delete,
        )
        raise RuntimeError
    assert len(list(store_for(settings).names())) == 2
    assert len(world.rows(AgreedRating)) == 1


def test_the_export_holds_every_row_and_file_and_no_single_sheet(
    world: World, client: Any, member: Organization, settings: Settings
) -> None:
    asked = post_form(client, f"/coalition/members/{member.id}/export", {}, page=f"/coalition/members/{member.id}")
    run_jobs(world, settings)
    answer = client.get(f"{asked.location}/file")
    assert answer.mimetype == "application/zip"
    assert "attachment" in answer.headers["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    (assessment,) = world.rows(Assessment, organization_id=member.id)
    about, one = json.loads(files["organization.json"]), json.loads(files[f"assessment-{assessment.id}.json"])
    assert about["organization"]["name"] == member.name
    assert {each["name"] for each in about["person"]} == {f"{MARK} Lead", "Lim Bopha"}
    assert all(len(about[table]) >= 1 for table in ("visit", "inspection", "certificate", "membership", "event"))
    for table in exports.OF_ASSESSMENT:
        assert len(one[table.__tablename__]) == 1, table
    (evidence,) = one["evidence"]
    assert files[evidence["file"]] == f"{MARK} on file".encode()
    assert evidence["file"].startswith("evidence/") and ".." not in evidence["file"]
    everything = b"".join(files.values())
    assert b"s" * 32 not in everything
    assert not {"sheet", "sheet_draft", "staff_code"} & set(one)
    assert b"password" not in everything and b"totp" not in everything
    assert b"Hope House" not in everything
    assert [event.name for event in world.rows(Event)][-1] == "OrganizationExported"


def test_a_refused_application_can_be_deleted_at_once(world: World, client: Any) -> None:
    with world.writing() as db:
        db.add(
            Organization(
                name="Zebra Shelter",
                state=OrganizationState.REFUSED,
                language="en",
                contact_email="zebra@example.org",
                created_at=now(),
            )
        )
    (made,) = world.rows(Organization)
    assert delete(client, made).status_code == 302
    assert [value for value in dump(world) if MARK.lower() in value.lower()] == []


def test_every_table_that_leads_to_an_organization_is_decided_on() -> None:
    """A new table must be named here or in charter/services/leaving.py: what is forgotten is never deleted."""
    deleted = {
        table.__tablename__
        for table in (
            *leaving.OF_ORGANIZATION,
            *leaving.OF_ASSESSMENT,
            *leaving.OF_PLAN,
            *leaving.OF_ACTION,
            *leaving.OF_STAFF_ROUND,
            *leaving.OF_PERSON,
        )
    }
    kept_without_content = {"organization", "assessment", "staff_round", "event", "membership", "mentorship", "person"}
    of_the_coalition = {
        "cycle",
        "published_pack",
        "pack_upload",
        "outbox_mail",
        "attempt",
        "digest_run",
        "peer_group",
        "release",
        "training",
        "training_topic",
        "training_session",
        "resource",
        "resource_topic",
        "resource_language",
        "resource_word",
        "resource_upload",
        "handled_form",
        "sign_of_life",
    }
    assert {table.name for table in Base.metadata.sorted_tables} == deleted | kept_without_content | of_the_coalition


def test_every_deleted_table_is_exported_or_left_out_on_purpose() -> None:
    exported = {
        table.__tablename__
        for table in (*exports.OF_ORGANIZATION, *exports.OF_ASSESSMENT, *exports.OF_PLAN, *exports.OF_ACTION)
    }
    secret = {table.__tablename__ for table in (*leaving.OF_STAFF_ROUND, *leaving.OF_PERSON, *exports.NOT_EXPORTED)}
    of_plans = (*leaving.OF_PLAN, *leaving.OF_ACTION)
    deleted = {table.__tablename__ for table in (*leaving.OF_ORGANIZATION, *leaving.OF_ASSESSMENT, *of_plans)}
    assert deleted <= exported | secret


def test_what_was_exported_is_deleted_too(
    world: World, settings: Settings, client: Any, coordinator: Person, member: Organization
) -> None:
    with world.writing() as db:
        exports.request_export(db, world.actor(db, coordinator), db.get_one(Organization, member.id))
    make_worker(settings, world.engine).run_waiting()
    (job,) = world.rows(Job, kind=exports.KIND)
    assert job.stored_name in dict(store_for(settings).names())
    leave(client, member)
    with time_machine.travel("2027-07-01T03:00:00Z"):
        delete(world.client(world.rows(Person, role=Role.COORDINATOR)[0]), member)
    assert world.rows(Job, kind=exports.KIND) == []
    assert job.stored_name not in dict(store_for(settings).names())


def test_an_export_is_kept_for_a_week(
    world: World, settings: Settings, coordinator: Person, member: Organization
) -> None:
    with world.writing() as db:
        exports.request_export(db, world.actor(db, coordinator), db.get_one(Organization, member.id))
    worker = make_worker(settings, world.engine)
    for days, kept in ((6, 1), (8, 0)):
        with time_machine.travel(now() + timedelta(days=days), tick=False):
            worker.keep_time()
        assert len(world.rows(Job, kind=exports.KIND)) == kept


def test_logged_in_sessions_of_forgotten_people_are_gone(world: World, client: Any, member: Organization) -> None:
    (lead,) = world.rows(Person, name=f"{MARK} Lead")
    assert world.rows(LoginSession, person_id=lead.id)
    leave(client, member)
    with time_machine.travel("2027-07-01T03:00:00Z"):
        delete(world.client(world.rows(Person, role=Role.COORDINATOR)[0]), member)
    assert not world.rows(LoginSession, person_id=lead.id)
    assert not world.rows(OutboxMail)
    with world.reading() as db:
        assert db.scalar(select(func.count()).select_from(Person).where(Person.name == "–")) == 1
