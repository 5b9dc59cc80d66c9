"""Visits of mentors, inspections against standards, certificates."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.organizations import Organization
from charter.database.packs import ContentKind
from charter.database.records import Certificate, Inspection, InspectionResult, Visit
from charter.services.actors import Actor
from charter.services.errors import Invalid, NotFound
from charter.services.events import record_event
from charter.services.packs import pack_of, published_packs
from questionnaires.message import message
from questionnaires.model import Standard


@dataclass(frozen=True)
class Records:
    """What is kept about one member, newest first."""

    visits: list[Visit]
    inspections: list[Inspection]
    certificates: list[Certificate]


def records_of(db: Session, organization_id: int) -> Records:
    """Three statements."""
    return Records(
        list(
            db.scalars(
                select(Visit)
                .where(Visit.organization_id == organization_id)
                .options(joinedload(Visit.mentor))
                .order_by(Visit.visited_on.desc(), Visit.id.desc())
            )
        ),
        list(
            db.scalars(
                select(Inspection)
                .where(Inspection.organization_id == organization_id)
                .order_by(Inspection.inspected_on.desc(), Inspection.id.desc())
            )
        ),
        list(
            db.scalars(
                select(Certificate)
                .where(Certificate.organization_id == organization_id)
                .order_by(Certificate.issued_on.desc(), Certificate.id.desc())
            )
        ),
    )


def known_standards(db: Session, *, language: str | None = None) -> dict[str, Standard]:
    """By id, every standard that a published pack is read with, the newest version of each.

    Their texts are in that language where the pack has it, else in the pack's own.
    """
    found: dict[str, Standard] = {}
    for published in published_packs(db):
        if published.kind is ContentKind.PACK:
            pack = pack_of(db, published)
            for standard in (pack.translated(language) if language in pack.languages else pack).standards:
                found.setdefault(standard.id, standard)
    return found


def add_visit(
    db: Session,
    actor: Actor,
    *,
    organization: Organization,
    visited_on: date,
    next_on: date | None,
    note: str,
    today: date,
) -> Visit:
    """Invalid if the visit lies in the future or the next one before it."""
    problems = {}
    if visited_on > today:
        problems["visited_on"] = message("A visit is entered once it has taken place.")
    if next_on is not None and next_on <= visited_on:
        problems["next_on"] = message("The next visit must be later than this one.")
    if not note.strip():
        problems["note"] = message("Please say in a sentence what was done.")
    if problems:
        raise Invalid(problems)
    visit = Visit(
        organization_id=organization.id,
        mentor_id=actor.id,
        visited_on=visited_on,
        next_on=next_on,
        note=note.strip(),
        created_at=now(),
    )
    db.add(visit)
    db.flush()
    record_event(db, "VisitAdded", actor=actor, organization_id=organization.id, data={"visit": visit.id})
    return visit


def add_inspection(
    db: Session,
    actor: Actor,
    *,
    organization: Organization,
    standard: str,
    inspected_on: date,
    result: InspectionResult,
    note: str | None,
    today: date,
) -> Inspection:
    """An inspection; where something is to be remedied, the standard's own days are counted from it."""
    if inspected_on > today:
        raise Invalid({"inspected_on": message("An inspection is entered once it has taken place.")})
    found = _standard(db, standard)
    remedy_by = None
    if result is not InspectionResult.MET and found.remedy_days:
        remedy_by = inspected_on + timedelta(days=found.remedy_days)
    inspection = Inspection(
        organization_id=organization.id,
        standard=standard,
        inspected_on=inspected_on,
        result=result,
        remedy_by=remedy_by,
        note=(note or "").strip() or None,
        created_at=now(),
        created_by_id=actor.id,
    )
    db.add(inspection)
    db.flush()
    record_event(
        db, "InspectionAdded", actor=actor, organization_id=organization.id, data={"inspection": inspection.id}
    )
    return inspection


def add_certificate(
    db: Session,
    actor: Actor,
    *,
    organization: Organization,
    standard: str,
    number: str,
    issued_by: str | None,
    issued_on: date,
    expires_on: date | None,
) -> Certificate:
    """A certificate. Invalid without a number, or if it expires before it was issued."""
    if not number.strip():
        raise Invalid({"number": message("Please give the number of the certificate.")})
    if expires_on is not None and expires_on <= issued_on:
        raise Invalid({"expires_on": message("A certificate cannot expire before it was issued.")})
    _standard(db, standard)
    certificate = Certificate(
        organization_id=organization.id,
        standard=standard,
        number=number.strip(),
        issued_by=(issued_by or "").strip() or None,
        issued_on=issued_on,
        expires_on=expires_on,
        created_at=now(),
        created_by_id=actor.id,
    )
    db.add(certificate)
    db.flush()
    record_event(
        db, "CertificateAdded", actor=actor, organization_id=organization.id, data={"certificate": certificate.id}
    )
    return certificate


def find_record(
    db: Session, *, organization: Organization, kind: str, record_id: int
) -> Visit | Inspection | Certificate:
    """One entry. NotFound if it is not this organization's."""
    row: Visit | Inspection | Certificate | None = None
    if kind == "visit":
        row = db.get(Visit, record_id)
    elif kind == "inspection":
        row = db.get(Inspection, record_id)
    elif kind == "certificate":
        row = db.get(Certificate, record_id)
    if row is None or row.organization_id != organization.id:
        raise NotFound
    return row


def remove_record(db: Session, actor: Actor, *, organization: Organization, kind: str, record_id: int) -> None:
    """Take back what was entered by mistake. NotFound if it is not this organization's."""
    db.delete(find_record(db, organization=organization, kind=kind, record_id=record_id))
    db.flush()
    record_event(
        db, "RecordRemoved", actor=actor, organization_id=organization.id, data={"kind": kind, "record": record_id}
    )


def _standard(db: Session, standard: str) -> Standard:
    found = known_standards(db).get(standard)
    if found is None:
        raise Invalid({"standard": message("Choose one of the standards.")})
    return found
