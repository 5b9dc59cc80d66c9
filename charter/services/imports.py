"""Reading what another installation exported of a member: the ZIP of `exports`, into an installation of other people.

Rows get new numbers, and refer to one another as before. People are found by their e-mail, and made without a password
where there is nobody. What belongs to the other installation stays there: its events, its mentors' access, its codes.
"""

from __future__ import annotations

import enum
import hashlib
import json
import re
import secrets
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import CursorResult, Enum, LargeBinary, Table, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from charter.clock import now
from charter.database import Base
from charter.database.assessments import Assessment
from charter.database.base import RatingType, UtcDateTime
from charter.database.cycles import Cycle
from charter.database.organizations import Organization
from charter.database.packs import ContentKind, PublishedPack
from charter.database.people import Person
from charter.services.accounts import add_person, clean_email
from charter.services.assessments import refresh
from charter.services.errors import Invalid
from charter.services.events import record_event
from charter.services.organizations import free_name
from questionnaires.archives import UNREADABLE
from scoring.model import Choice

LARGEST_JSON = 256 * 1024 * 1024
_ASSESSMENT = re.compile(r"assessment-\d+\.json")
_MADE_HERE = frozenset({"event", "person", "organization", "cycle", "published_pack", "job"})
"""Tables whose rows are not copied: they are found here, made here, or stay where they are."""


class CannotImportError(Exception):
    """The file cannot be read here; one line for each reason. Nothing is stored."""

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass
class Imported:
    """What was read. `left_out`: by table how many rows refer to something that is not in the file."""

    organization: Organization
    rows: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, int] = field(default_factory=dict)
    new_people: list[str] = field(default_factory=list)
    """E-mails."""
    events: int = 0
    """Events that stay in the file: a chain of events cannot go on in another one."""


def import_member(db: Session, archive: zipfile.ZipFile, *, put_file: Callable[[bytes], str]) -> Imported:
    """Store everything that the ZIP has. CannotImportError if it is none, a pack is missing, or the name is taken."""
    about, assessments = _read(archive)
    try:
        return _import(db, _Reader(db, archive, put_file), about, assessments)
    except (ValueError, LookupError, TypeError, AttributeError, SQLAlchemyError) as error:
        raise CannotImportError("this is no export of a member, or of another version of Charter") from error


def _import(db: Session, reader: _Reader, about: dict[str, Any], assessments: list[dict[str, Any]]) -> Imported:
    reader.find_packs(assessments)
    reader.make_organization(about["organization"])
    reader.find_people(about.get("person", []))
    reader.find_cycles(assessments)
    rows = _rows_by_table(about, assessments)
    for table in Base.metadata.sorted_tables:
        if table.name not in _MADE_HERE:
            for row in rows.get(table.name, ()):
                reader.copy(table, row)
    db.flush()
    done = reader.done
    done.events = len(about.get("event", ()))
    for assessment in db.scalars(select(Assessment).where(Assessment.organization_id == done.organization.id)):
        refresh(db, assessment)  # what follows from the answers is computed here, never believed
    record_event(
        db,
        "OrganizationImported",
        actor=None,
        organization_id=done.organization.id,
        data={"rows": sum(done.rows.values()), "events": done.events},
    )
    return done


def _read(archive: zipfile.ZipFile) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    names = [name for name in archive.namelist() if name == "organization.json" or _ASSESSMENT.fullmatch(name)]
    if "organization.json" not in names:
        raise CannotImportError("this is no export of a member: it has no organization.json")
    if sum(archive.getinfo(name).file_size for name in names) > LARGEST_JSON:
        raise CannotImportError("this is larger than the data of any member")
    try:
        about = json.loads(archive.read("organization.json"))
        assessments = [json.loads(archive.read(name)) for name in sorted(names) if name != "organization.json"]
        about["organization"]["name"]
        for each in assessments:
            each["assessment"]["id"], each["cycle"]["title"], each["pack"]["fingerprint"]
    except (*UNREADABLE, TypeError) as error:
        raise CannotImportError("this is no export of a member, or it is damaged") from error
    return about, assessments


def _rows_by_table(about: Mapping[str, Any], assessments: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for part in (about, *assessments):
        for name, rows in part.items():
            if name in Base.metadata.tables:
                found.setdefault(name, []).extend([rows] if isinstance(rows, dict) else rows)
    return found


class _Reader:
    """Knows by table which row here stands for which row there."""

    def __init__(self, db: Session, archive: zipfile.ZipFile, put_file: Callable[[bytes], str]) -> None:
        self._db, self._archive, self._put_file = db, archive, put_file
        self._known: dict[str, dict[Any, Any]] = {}
        self._nobody: int | None = None
        self.done: Imported

    def find_packs(self, assessments: list[dict[str, Any]]) -> None:
        """Each pack has to be published here, exactly as there: answers mean nothing without their questions."""
        wrong: list[str] = []
        for each in assessments:
            wanted = each["pack"]
            found = self._db.scalar(
                select(PublishedPack).where(
                    PublishedPack.kind == ContentKind.PACK,
                    PublishedPack.pack == wanted["pack"],
                    PublishedPack.version == wanted["version"],
                )
            )
            name = f"{wanted['pack']} {wanted['version']}"
            if found is None:
                wrong.append(f"publish this pack first: {name}")
            elif found.fingerprint != wanted["fingerprint"]:
                wrong.append(f"the pack {name} that is published here has another content than the one answered there")
            else:
                self._know("published_pack", each["assessment"]["published_pack_id"], found.id)
        if wrong:
            raise CannotImportError(*dict.fromkeys(wrong))

    def make_organization(self, row: Mapping[str, Any]) -> None:
        try:
            name = free_name(self._db, row["name"])
        except Invalid as problem:
            raise CannotImportError(f"{row['name']}: there is an organization of this name already") from problem
        table = Organization.__table__
        values = {c.name: typed(c.type, row.get(c.name)) for c in table.columns if c.name != "id"}
        made = Organization(**{**values, "name": name, "created_at": now()})
        self._db.add(made)
        self._db.flush()
        self._know("organization", row["id"], made.id)
        self.done = Imported(made)

    def find_people(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            try:
                email = clean_email(row["email"])
            except Invalid:
                continue  # of somebody whose data was deleted
            person = self._db.scalar(select(Person).where(Person.email == email))
            if person is None:
                person = add_person(self._db, None, name=row["name"], email=email, language=row["language"])
                self.done.new_people.append(email)
            self._know("person", row["id"], person.id)

    def find_cycles(self, assessments: list[dict[str, Any]]) -> None:
        """The cycle of the same title and pack, or one made like it."""
        for each in assessments:
            row, pack = each["cycle"], self._known["published_pack"][each["assessment"]["published_pack_id"]]
            title = row["title"]
            found = self._db.scalar(select(Cycle).where(Cycle.title == title))
            if found is not None and found.published_pack_id != pack:
                title = f"{title[:90]} – {self.done.organization.id}"
                found = None
            if found is None:
                values = {c.name: typed(c.type, row.get(c.name)) for c in Cycle.__table__.columns if c.name != "id"}
                found = Cycle(**{**values, "title": title, "published_pack_id": pack})
                self._db.add(found)
                self._db.flush()
            self._know("cycle", row["id"], found.id)

    def copy(self, table: Table, row: Mapping[str, Any]) -> None:
        """One row; left out if something that it cannot be without is not here."""
        values: dict[str, Any] = {}
        for column in table.columns:
            value = typed(column.type, row.get(column.name))
            if value is not None and column.foreign_keys:
                (key,) = column.foreign_keys
                value = self._here(key.column.table.name, value)
                if value is None and not column.nullable:
                    return self._leave_out(table)
            elif column.primary_key and len(table.primary_key.columns) == 1 and column.autoincrement is not False:
                continue  # a number of this installation
            values[column.name] = value
        if not self._suit(table, values, row):
            return self._leave_out(table)
        made = self._db.execute(insert(table).values(values))
        assert isinstance(made, CursorResult)  # noqa: S101 - what an insert gives
        if "id" in row and made.inserted_primary_key is not None:
            self._know(table.name, row["id"], made.inserted_primary_key[0])
        self.done.rows[table.name] = self.done.rows.get(table.name, 0) + 1
        return None

    def _suit(self, table: Table, values: dict[str, Any], row: Mapping[str, Any]) -> bool:
        """What differs between the installations. False if the row cannot be here."""
        if table.name == "evidence" and row.get("file"):
            values["stored_name"] = self._file(row)
            return values["stored_name"] is not None
        if table.name == "staff_round" and values["closed_at"] is None:
            values["closed_at"] = now()  # its codes and sheets stayed behind
        if table.name == "mentorship":
            values["until_at"] = values["until_at"] or now()  # who mentors here is decided here
        if table.name == "membership" and values["until_at"] is None:
            person = self._db.get_one(Person, values["person_id"])
            if person.role is not None or person.disabled_at is not None:
                values["until_at"] = now()
        return True

    def _file(self, row: Mapping[str, Any]) -> str | None:
        try:
            content = self._archive.read(row["file"])
        except UNREADABLE:
            return None
        if row.get("sha256") and hashlib.sha256(content).hexdigest() != row["sha256"]:
            raise CannotImportError(f"the file is damaged: {row['file']}")
        return self._put_file(content)

    def _here(self, table: str, there: Any) -> Any:
        found = self._known.get(table, {}).get(there)
        if found is None and table == "person":
            # Somebody of the other coalition, of whom the file tells nothing.
            if self._nobody is None:
                email = f"imported-{self.done.organization.id}@charter.invalid"
                made = Person(
                    email=email,
                    name="–",
                    language="en",
                    passkey_handle=secrets.token_bytes(32),
                    created_at=now(),
                    disabled_at=now(),
                )
                self._db.add(made)
                self._db.flush()
                self._nobody = made.id
            return self._nobody
        return found

    def _know(self, table: str, there: Any, here: Any) -> None:
        self._known.setdefault(table, {})[there] = here

    def _leave_out(self, table: Table) -> None:
        self.done.left_out[table.name] = self.done.left_out.get(table.name, 0) + 1


def typed(kind: Any, value: Any) -> Any:
    """A value of the JSON as the column takes it. ValueError for what it cannot be."""
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, RatingType):
        return Choice(value) if isinstance(value, str) else int(value)
    if isinstance(kind, Enum):
        members: type[enum.Enum] | None = kind.enum_class
        return members(value) if members is not None else value
    if isinstance(kind, LargeBinary):
        return bytes.fromhex(value)
    return date.fromisoformat(value) if kind.python_type is date else value
