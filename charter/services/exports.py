"""Everything that is kept of one member, as a ZIP: JSON for the rows, and the files of its evidence.

What staff members answered is not in it, except what may be shown of a closed round: nobody sees a single sheet.
"""

from __future__ import annotations

import enum
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import IO, Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, undefer

from charter.clock import now
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
from charter.database.events import Event
from charter.database.evidence import Evidence
from charter.database.jobs import Job
from charter.database.organizations import Organization
from charter.database.packs import PublishedPack
from charter.database.people import Membership, Mentorship, Person
from charter.database.records import Certificate, Inspection, Visit
from charter.database.staff_rounds import StaffRound
from charter.services.actors import Actor
from charter.services.events import record_event

OF_ORGANIZATION: tuple[type[Base], ...] = (Membership, Mentorship, Visit, Inspection, Certificate, Event)
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

README = """Everything that {coalition} keeps of {organization}, on {day}.

organization.json   the organization, its people, records and events
assessment-N.json   one assessment with its facts, ratings, notes, comments and result
evidence/           the uploaded files; evidence in assessment-N.json says which is which (field "file")

Single answers of staff members are not in it: nobody may see them. Of each closed staff round there is what may be
shown ("view" of staff_round).
"""


def write_export(
    db: Session,
    actor: Actor,
    organization: Organization,
    *,
    coalition: str,
    target: IO[bytes],
    read_file: Callable[[str], bytes],
) -> None:
    """Write the ZIP to `target`, with an event. A file that is lost in the store is named in `missing.txt`."""
    missing: list[str] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "README.txt",
            README.format(coalition=coalition, organization=organization.name, day=now().date().isoformat()),
        )
        archive.writestr("organization.json", _json(_organization(db, organization)))
        for assessment in _assessments(db, organization):
            files = _evidence_files(db, assessment)
            archive.writestr(f"assessment-{assessment.id}.json", _json(_assessment(db, assessment, files)))
            for stored, name in files.items():
                try:
                    archive.writestr(name, read_file(stored))
                except FileNotFoundError:
                    missing.append(name)
        if missing:
            archive.writestr("missing.txt", "\n".join(missing) + "\n")
    record_event(db, "OrganizationExported", actor=actor, organization_id=organization.id)


def _organization(db: Session, organization: Organization) -> dict[str, Any]:
    found: dict[str, Any] = {"organization": _row(organization)}
    for table in OF_ORGANIZATION:
        column = table.__table__.c.organization_id
        found[table.__tablename__] = _rows(db, select(table).where(column == organization.id))
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
            .options(undefer(Assessment.result), undefer(Assessment.scores))
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
    return [_row(row) for row in db.scalars(query.order_by(*query.selected_columns[0].table.primary_key.columns))]


def _row(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n"


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
