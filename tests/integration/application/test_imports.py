"""A member's data taken away: asked for by its lead, and read back by another installation."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from charter import create_app
from charter.cli import cli
from charter.clock import now
from charter.config import Settings
from charter.database.assessments import AgreedRating, Assessment, Comment, RatingVersion, VerifiedRating
from charter.database.cycles import Cycle
from charter.database.evidence import Evidence, EvidenceKind
from charter.database.jobs import Job, JobState
from charter.database.organizations import Organization
from charter.database.people import Membership, Mentorship, Person, Role
from charter.database.plans import Action, ActionStatus, Plan, ProgressNote
from charter.database.staff_rounds import StaffRound
from charter.jobs import make_worker
from charter.services import agreement, exports, packs
from charter.services.audit import recompute
from charter.services.events import verify_chain
from charter.services.imports import CannotImportError, import_member
from charter.stores import store_for
from tests.integration.application.databases import NewDatabase
from tests.integration.application.plan_rows import action_values, plan_values
from tests.integration.application.planning import run_jobs
from tests.integration.application.worlds import World, post_form

FILE = b"%PDF-1.4 a policy"
NOTE = '=HYPERLINK("http://evil.example") ចំណាំ'


@pytest.fixture
def lead(world: World) -> Person:
    return world.person("Sok Dara")


@pytest.fixture
def member(world: World, settings: Settings, lead: Person) -> Organization:
    """A member with answers, evidence, a plan and a staff round."""
    mentor = world.person("Lim Bopha", Role.MENTOR)
    made = world.organization("Lotus House", leads=(lead,), mentors=(mentor,))
    _, (assessment,) = world.cycle(made)
    with world.writing() as db:
        row = db.get_one(Assessment, assessment.id)
        for criterion in packs.pack_of(db, row.published_pack).criteria[:4]:
            for version, rating in enumerate((2, 1)):
                agreement.save_agreed(
                    db,
                    world.actor(db, lead),
                    assessment=row,
                    criterion_id=criterion.id,
                    rating=rating,
                    note=NOTE,
                    reason=None,
                    known_version=version,
                )
        first = packs.pack_of(db, row.published_pack).criteria[0].id
        by = {"updated_at": now(), "updated_by_id": mentor.id}
        plan = Plan(**plan_values(row))
        db.add(plan)
        db.flush()
        action = Action(
            **action_values(
                plan,
                title="Write a policy",
                improves={},
                starts_on=date(2026, 1, 1),
                due_on=date(2026, 2, 1),
                owner_id=lead.id,
                status=ActionStatus.IN_PROGRESS,
            )
        )
        db.add(action)
        db.flush()
        db.add_all(
            [
                VerifiedRating(assessment_id=row.id, criterion_id=first, rating=1, comment="Seen", version=1, **by),
                Comment(assessment_id=row.id, criterion_id=first, text="Well done", at=now(), by_id=mentor.id),
                StaffRound(
                    assessment_id=row.id, number=1, opened_at=now(), opened_by_id=lead.id, closes_on=date(2026, 5, 1)
                ),
                ProgressNote(
                    action_id=action.id,
                    text="Begun",
                    status=ActionStatus.IN_PROGRESS,
                    percent=20,
                    at=now(),
                    by_id=lead.id,
                ),
                Evidence(
                    assessment_id=row.id,
                    criterion_id=first,
                    kind=EvidenceKind.FILE,
                    title="Policy",
                    file_name="policy.pdf",
                    stored_name=store_for(settings).put(FILE),
                    sha256=hashlib.sha256(FILE).hexdigest(),
                    added_at=now(),
                    added_by_id=lead.id,
                ),
            ]
        )
    return made


@pytest.fixture
def exported(world: World, settings: Settings, member: Organization) -> Callable[[], bytes]:
    def make() -> bytes:
        coordinator = next(iter(world.rows(Person, role=Role.COORDINATOR)), None) or world.person(
            "Chan Maly", Role.COORDINATOR
        )
        with world.writing() as db:
            asked = exports.request_export(db, world.actor(db, coordinator), db.get_one(Organization, member.id))
        run_jobs(world, settings)
        (job,) = world.rows(Job, id=asked.id)
        assert job.stored_name is not None
        return store_for(settings).get(job.stored_name)

    return make


@pytest.fixture
def other(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> Iterator[World]:
    """Another coalition, on the same kind of database, with people and rows of its own."""
    kind = "postgresql" if settings.database_url.startswith("postgresql") else "sqlite"
    new: NewDatabase = request.getfixturevalue(kind)
    changed = settings.model_copy(update={"instance": tmp_path / "other", "database_url": new()})
    changed.__dict__.pop("database", None)
    app = create_app(changed)
    world = World(app)
    for name in ("Somebody Else", "Another One", "A Third"):
        world.person(name)
    world.organization("Hope House")
    yield world
    app.extensions["charter.engine"].dispose()


def read_back(other: World, data: bytes) -> Any:
    store = store_for(other.app.extensions["charter.settings"])
    with other.writing() as db, zipfile.ZipFile(io.BytesIO(data)) as archive:
        return import_member(db, archive, put_file=store.put)


def publish(other: World, pack: str = "safeguarding-basics") -> None:
    with other.writing() as db:
        packs.publish_pack(db, None, pack)


def test_another_installation_reads_everything_back(
    world: World, other: World, member: Organization, lead: Person, exported: Any
) -> None:
    publish(other)
    other.person("Lim Bopha", Role.MENTOR)
    done = read_back(other, exported())
    assert done.left_out == {}
    assert done.new_people == [lead.email]
    made = done.organization
    assert (made.name, made.joined_on) == (member.name, member.joined_on)
    (assessment,) = other.rows(Assessment, organization_id=made.id)
    (old,) = world.rows(Assessment)
    assert (assessment.state, assessment.answered, assessment.to_answer) == (old.state, old.answered, old.to_answer)
    for table in (AgreedRating, VerifiedRating, RatingVersion, Comment, ProgressNote):
        there, here = world.rows(table), other.rows(table)
        assert len(here) == len(there) > 0, table
        assert content(here) == content(there), table
    (found,) = other.rows(Person, email=lead.email)
    assert found.password_hash is None and found.role is None
    assert {row.updated_by_id for row in other.rows(AgreedRating)} == {found.id}
    (action,) = other.rows(Action)
    assert (action.title, action.owner_id, action.organization_id) == ("Write a policy", found.id, made.id)
    (evidence,) = other.rows(Evidence)
    assert store_for(other.app.extensions["charter.settings"]).get(evidence.stored_name or "") == FILE
    with other.writing() as db:
        assert verify_chain(db)[1] == []
        assert list(recompute(db)) == []


def test_access_is_decided_by_the_other_coalition(other: World, lead: Person, exported: Any) -> None:
    publish(other)
    staff = other.person(lead.name, Role.COORDINATOR)
    mentor = other.person("Lim Bopha", Role.MENTOR)
    done = read_back(other, exported())
    (membership,) = other.rows(Membership, organization_id=done.organization.id)
    assert membership.person_id == staff.id and membership.until_at is not None, "coalition staff work for no member"
    (mentorship,) = other.rows(Mentorship, organization_id=done.organization.id)
    assert mentorship.mentor_id == mentor.id and mentorship.until_at is not None
    (staff_round,) = other.rows(StaffRound)
    assert staff_round.closed_at is not None and staff_round.view is None, "its codes stayed behind"
    assert other.client(mentor).get(f"/mentor/members/{done.organization.id}").status_code == 404


def test_the_pack_must_be_there_with_the_same_content(other: World, exported: Any) -> None:
    data = exported()
    with pytest.raises(CannotImportError, match="publish this pack first: safeguarding-basics"):
        read_back(other, data)
    publish(other)
    forged = changed(data, lambda name, text: text.replace('"fingerprint": "', '"fingerprint": "0'))
    with pytest.raises(CannotImportError, match="another content"):
        read_back(other, forged)
    assert len(other.rows(Organization)) == 1
    read_back(other, data)
    with pytest.raises(CannotImportError, match="of this name already"):
        read_back(other, data)
    assert len(other.rows(Organization)) == 2


def test_what_is_no_export_or_was_damaged_leaves_nothing(other: World, exported: Any) -> None:
    publish(other)
    data = exported()
    before = (len(other.rows(Organization)), len(other.rows(Person)), len(other.rows(Cycle)))
    wrong = [
        changed(data, lambda name, text: text[: len(text) // 2]),
        changed(data, lambda name, text: "[]"),
        changed(data, lambda name, text: text.replace('"rating": 1', '"rating": "zebra"')),
        changed(data, lambda name, text: text.replace("2026-01-01", "yesterday")),
        changed(data, lambda name, text: text.replace('"sha256": "', '"sha256": "0')),
        changed(data, lambda name, text: text, without="organization.json"),
    ]
    for each in wrong:
        with pytest.raises(CannotImportError):
            read_back(other, each)
    assert (len(other.rows(Organization)), len(other.rows(Person)), len(other.rows(Cycle))) == before


def test_a_file_that_is_missing_leaves_out_its_row_and_says_so(other: World, exported: Any) -> None:
    publish(other)
    names = zipfile.ZipFile(io.BytesIO(exported())).namelist()
    (name,) = [name for name in names if name.startswith("evidence/")]
    assert read_back(other, changed(exported(), lambda _, text: text, without=name)).left_out == {"evidence": 1}


def test_a_cycle_of_the_same_title_is_shared_and_another_kept_apart(other: World, exported: Any) -> None:
    publish(other)
    with other.writing() as db:
        pack = packs.publish_pack(db, None, "chab-dai-charter")
        today = now().date()
        cycle = Cycle(
            title="Year one",
            published_pack_id=pack.id,
            state="open",
            opens_on=today,
            closes_on=today + timedelta(days=1),
            created_at=now(),
        )
        db.add(cycle)
    done = read_back(other, exported())
    titles = [cycle.title for cycle in other.rows(Cycle)]
    assert titles == ["Year one", f"Year one – {done.organization.id}"]


def test_tables_are_beside_the_json_and_hold_no_formula(exported: Any) -> None:
    with zipfile.ZipFile(io.BytesIO(exported())) as archive:
        about = json.loads(archive.read("organization.json"))
        text = archive.read("csv/agreed_rating.csv").decode("utf-8-sig")
        assert "csv/organization.csv" in archive.namelist()
        assert "csv/action.csv" in archive.namelist()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 4
    assert all(row["note"] == f"'{NOTE}" for row in rows)
    assert len(about["progress_note"]) == 1


def test_the_command_says_what_came_and_what_did_not(
    other: World, exported: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = other.app.extensions["charter.settings"]
    monkeypatch.setenv("CHARTER_INSTANCE", str(settings.instance))
    monkeypatch.setenv("CHARTER_DATABASE_URL", settings.database_url)
    path = tmp_path / "member.zip"
    path.write_bytes(exported())
    refused = CliRunner().invoke(cli, ["import-member", str(path)])
    assert refused.exit_code == 1 and "publish this pack first" in str(refused.exception)
    publish(other)
    done = CliRunner().invoke(cli, ["import-member", str(path)])
    assert done.exit_code == 0, done.output
    assert "Lotus House" in done.output and "sok.dara@example.org" in done.output
    path.write_bytes(b"no ZIP")
    assert CliRunner().invoke(cli, ["import-member", str(path)]).exit_code == 1


def test_a_lead_asks_for_it_and_only_the_lead_fetches_it(
    world: World, settings: Settings, member: Organization, lead: Person
) -> None:
    client = world.client(lead)
    assert f"/member/{member.id}/data" in client.get(f"/member/{member.id}/people").text
    asked = post_form(client, f"/member/{member.id}/data", {})
    assert asked.status_code == 302
    assert "It is being made" in client.get(asked.location).text
    assert client.get(f"{asked.location}/file").status_code == 404
    assert asked.location in client.get(f"/member/{member.id}/data").text, "to come back to it"
    worker = make_worker(settings, world.engine)
    worker.run_waiting()
    (job,) = world.rows(Job)
    assert job.state is JobState.DONE, job.problem
    assert f"{asked.location}/file" in client.get(asked.location).text
    fetched = client.get(f"{asked.location}/file")
    with zipfile.ZipFile(io.BytesIO(fetched.data)) as archive:
        assert "organization.json" in archive.namelist()
    another = world.person("Another Lead")
    house = world.organization("Hope House", leads=(another,))
    assert house.id != member.id
    coordinator = world.person("Chan Maly", Role.COORDINATOR)
    for person in (another, coordinator, world.rows(Person, name="Lim Bopha")[0], None):
        for path in (asked.location, f"{asked.location}/file"):
            assert world.client(person).get(path).status_code in (302, 404)
    with world.writing() as db:
        db.query(Membership).filter_by(person_id=lead.id).update({"until_at": now()})
    assert client.get(f"{asked.location}/file").status_code == 404, "no longer the lead"


def content(rows: list[Any]) -> list[list[str]]:
    """What does not depend on numbers of rows and people."""
    names = ("criterion_id", "rating", "note", "comment", "text", "version", "updated_at", "at")
    return sorted([str(getattr(row, name, None)) for name in names] for row in rows)


def changed(data: bytes, edit: Callable[[str, str], str], *, without: str = "") -> bytes:
    """The ZIP with its JSON edited, or a member of it left out."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith(".json"):
                content = edit(name, content.decode()).encode()
            if name != without:
                archive.writestr(name, content)
    return target.getvalue()
