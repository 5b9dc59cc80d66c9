"""Everything that is kept of one member, as a ZIP: JSON for the rows, and the files of its evidence.

What staff members answered is not in it, except what may be shown of a closed round: nobody sees a single sheet.
"""

from __future__ import annotations

import csv
import enum
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, undefer

from charter.clock import now, today
from charter.database.assessments import (
    AgreedRating,
    Assessment,
    ChangeRequest,
    Comment,
    FactAnswer,
    RatingVersion,
    VerifiedRating,
)
from charter.database.base import Base
from charter.database.cycles import Cycle
from charter.database.directory import DirectoryEntry
from charter.database.engine import end_reading
from charter.database.events import Event
from charter.database.evidence import Evidence
from charter.database.grants import Grant, GrantAction, Instalment, Spending
from charter.database.jobs import Job
from charter.database.organizations import Organization
from charter.database.packs import PublishedPack
from charter.database.people import Membership, Mentorship, Person
from charter.database.plans import Action, ActionSupporter, Plan, PlanVersion, ProgressNote
from charter.database.records import Certificate, Inspection, Visit
from charter.database.releases import BenchmarkChoice
from charter.database.staff_rounds import StaffRound
from charter.database.trainings import Training, TrainingSession, TrainingSignUp
from charter.reports.formulas import formula_safe
from charter.services.actors import Actor
from charter.services.errors import NotFound
from charter.services.events import record_event
from charter.services.jobs import request_job
from charter.services.report_jobs import JobFile, file_stem

OF_ORGANIZATION: tuple[type[Base], ...] = (
    Membership,
    Mentorship,
    Visit,
    Inspection,
    Certificate,
    Event,
    BenchmarkChoice,
    DirectoryEntry,
    TrainingSignUp,
    Plan,
    Action,
    Grant,
    GrantAction,
    Instalment,
    Spending,
)
OF_PLAN: tuple[type[Base], ...] = (PlanVersion,)
OF_ACTION: tuple[type[Base], ...] = (ActionSupporter, ProgressNote)
OF_ASSESSMENT: tuple[type[Base], ...] = (
    FactAnswer,
    AgreedRating,
    VerifiedRating,
    RatingVersion,
    ChangeRequest,
    Comment,
    Evidence,
    StaffRound,
)
NOT_EXPORTED: tuple[type[Base], ...] = (Job,)
"""Made from the rest, and can be made again."""
PERSON = ("id", "name", "email", "language")
"""What is told of people: no secrets."""

KIND = "organization-export"
"""The job that makes it; arguments: `organization` and `person`, so that each who asks has their own."""
STORE = "read_file"
COALITION = "coalition"
ZONE = "zone"
"""Under these names a worker's sessions know how to read a file of the store, and the name of the coalition."""

KEPT = timedelta(days=7)
"""How long an export can be fetched."""

README = """Everything that {coalition} keeps of {organization}, on {day}.

organization.json   the organization, its people, records, plans and events
assessment-N.json   one assessment with its facts, ratings, notes, comments and result
csv/                the same rows as tables for spreadsheets; an apostrophe stands before what could be a formula
evidence/           the uploaded files; evidence in assessment-N.json says which is which (field "file")

Single answers of staff members are not in it: nobody may see them. Of each closed staff round there is what may be
shown ("view" of staff_round).

Another installation of Charter reads this file back with: charter import-member FILE
"""


def request_export(db: Session, actor: Actor, organization: Organization) -> Job:
    """A job that makes the ZIP, which only who asked for it can see; with an event. A file that is lost in the store is
    named in `missing.txt`.
    """
    arguments = {"organization": organization.id, "person": actor.id}
    job = request_job(db, actor, kind=KIND, arguments=arguments)
    record_event(db, "OrganizationExported", actor=actor, organization_id=organization.id)
    return job


def latest_export(db: Session, actor: Actor, organization: Organization) -> Job | None:
    """What this person asked for last, while it is kept."""
    arguments = {"organization": organization.id, "person": actor.id}
    return db.scalar(
        select(Job)
        .where(Job.kind == KIND, Job.requested_by_id == actor.id, Job.arguments == arguments)
        .order_by(Job.created_at.desc())
        .limit(1)
    )


def exports_of(db: Session, organization: Organization) -> list[Job]:
    """Every export of the organization that is kept, whoever asked for it."""
    return [job for job in _exports(db) if job.arguments["organization"] == organization.id]


def forget_old_exports(db: Session) -> None:
    """A file with everything of a member is not left about; the sweep of the store then takes it."""
    for job in _exports(db):
        if job.created_at < now() - KEPT:
            db.delete(job)


def _exports(db: Session) -> list[Job]:
    return list(db.scalars(select(Job).where(Job.kind == KIND)))


def may_fetch(actor: Actor, job: Job) -> bool:
    """Whether who asked for a job may still have what it made: of a member's data only a lead, or a coordinator."""
    if job.requested_by_id != actor.id or job.assessment_id is not None:
        return False
    return job.kind != KIND or actor.is_coordinator or actor.is_lead_of(int(job.arguments["organization"]))


def export_job(db: Session, arguments: Mapping[str, Any], progress: Callable[[int], None]) -> JobFile:
    """What a worker does for `request_export`. NotFound if the organization is gone."""
    organization = db.get(Organization, int(arguments["organization"]))
    if organization is None:
        raise NotFound
    name, day = organization.name, today(db.info[ZONE])
    texts: dict[str, str | bytes] = {
        "README.txt": README.format(coalition=db.info[COALITION], organization=name, day=day.isoformat())
    }
    tables: dict[str, list[dict[str, Any]]] = {}
    found = _organization(db, organization)
    _collect(tables, found)
    texts["organization.json"] = _json(found)
    files: dict[str, str] = {}
    for assessment in _assessments(db, organization):
        own = _evidence_files(db, assessment)
        found = _assessment(db, assessment, own)
        _collect(tables, found)
        texts[f"assessment-{assessment.id}.json"] = _json(found)
        files |= own
    end_reading(db)
    texts |= {f"csv/{table}.csv": _csv(rows) for table, rows in tables.items()}
    return JobFile(_zipped(texts, files, read_file=db.info[STORE]), f"{file_stem(name)}.zip", "application/zip")


def _zipped(texts: Mapping[str, str | bytes], files: Mapping[str, str], *, read_file: Callable[[str], bytes]) -> bytes:
    """`files` are names in the ZIP by names in the store; those that the store lost are listed in `missing.txt`."""
    missing = []
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
        for stored, name in files.items():
            try:
                archive.writestr(name, read_file(stored))
            except FileNotFoundError:
                missing.append(name)
        if missing:
            archive.writestr("missing.txt", "\n".join(missing) + "\n")
    return target.getvalue()


def _collect(tables: dict[str, list[dict[str, Any]]], found: Mapping[str, Any]) -> None:
    """Put the rows of one JSON file to those of the same table in others."""
    for name, rows in found.items():
        if name in Base.metadata.tables and rows:
            tables.setdefault(name, []).extend([rows] if isinstance(rows, dict) else rows)


def _organization(db: Session, organization: Organization) -> dict[str, Any]:
    found: dict[str, Any] = {"organization": _row(organization)}
    for table in OF_ORGANIZATION:
        column = table.__table__.c.organization_id
        found[table.__tablename__] = _rows(db, select(table).where(column == organization.id))
    plans = select(Plan.id).where(Plan.organization_id == organization.id)
    actions = select(Action.id).where(Action.organization_id == organization.id)
    for children, key, parents in ((OF_PLAN, "plan_id", plans), (OF_ACTION, "action_id", actions)):
        for table in children:
            found[table.__tablename__] = _rows(db, select(table).where(table.__table__.c[key].in_(parents)))
    dates = select(TrainingSignUp.session_id).where(TrainingSignUp.organization_id == organization.id)
    found["training_session"] = _rows(db, select(TrainingSession).where(TrainingSession.id.in_(dates)))
    trainings = select(TrainingSession.training_id).where(TrainingSession.id.in_(dates))
    found["training"] = _rows(db, select(Training).where(Training.id.in_(trainings)))
    person_ids = select(Membership.person_id).where(Membership.organization_id == organization.id)
    mentor_ids = select(Mentorship.mentor_id).where(Mentorship.organization_id == organization.id)
    people = db.scalars(select(Person).where(Person.id.in_(person_ids.union(mentor_ids))).order_by(Person.id))
    found["person"] = [{column: getattr(person, column) for column in PERSON} for person in people]
    return found


def _assessments(db: Session, organization: Organization) -> list[Assessment]:
    return list(
        db.scalars(
            select(Assessment)
            .where(Assessment.organization_id == organization.id)
            .options(undefer(Assessment.result), undefer(Assessment.scores), undefer(Assessment.gaps))
            .order_by(Assessment.id)
        )
    )


def _assessment(db: Session, assessment: Assessment, files: Mapping[str, str]) -> dict[str, Any]:
    pack = db.get_one(PublishedPack, assessment.published_pack_id)
    found: dict[str, Any] = {
        "assessment": _row(assessment),
        "cycle": _row(db.get_one(Cycle, assessment.cycle_id)),
        "pack": {"pack": pack.pack, "version": pack.version, "fingerprint": pack.fingerprint},
    }
    for table in OF_ASSESSMENT:
        column = table.__table__.c.assessment_id
        found[table.__tablename__] = _rows(db, select(table).where(column == assessment.id))
    for row in found[Evidence.__tablename__]:
        row["file"] = files.get(row.pop("stored_name") or "")
    return found


def _evidence_files(db: Session, assessment: Assessment) -> dict[str, str]:
    """Name in the ZIP by name in the store."""
    rows = db.scalars(
        select(Evidence)
        .where(Evidence.assessment_id == assessment.id, Evidence.stored_name.is_not(None))
        .order_by(Evidence.id)
    )
    return {str(row.stored_name): f"evidence/{row.id}-{_safe(row.file_name or 'file')}" for row in rows}


def _safe(name: str) -> str:
    """A file name as it may stand in a ZIP: no folders, nothing that a system refuses."""
    return re.sub(r"[^\w.-]+", "-", name, flags=re.UNICODE).strip(".-")[-100:] or "file"


def _rows(db: Session, query: Select[Any]) -> list[dict[str, Any]]:
    query = query.options(undefer("*"))
    return [_row(row) for row in db.scalars(query.order_by(*query.selected_columns[0].table.primary_key.columns))]


def _row(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n"


def _csv(rows: list[dict[str, Any]]) -> bytes:
    """UTF-8 with the mark by which Excel knows it; everything quoted, and nothing that could become a formula."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    columns = list(rows[0])
    writer.writerow(columns)
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return str(value)
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False, default=_plain)
        # A day or a moment is text in JSON, and needs no quotes here.
        value = value[1:-1] if value.startswith('"') else value
    return formula_safe(value.replace("\x00", ""))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Iterable):
        return list(value)
    raise TypeError(type(value).__name__)
