"""Benchmarks: the declared peer groups, who takes part in which cycle, and the releases."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, event, inspect, text
from sqlalchemy.orm import Mapped, ORMExecuteState, Session, mapped_column, relationship

from charter.database.base import Base, JsonText, UtcDateTime, choice
from charter.database.cycles import Cycle
from charter.database.jobs import Job
from charter.database.packs import PublishedPack
from charter.database.people import Person


class PeerGroup(Base):
    """A declared set of members. Later releases take the groups that are not retired, in order of `position`."""

    __tablename__ = "peer_group"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(80), unique=True)
    """Its id in releases; never used again for another group."""
    titles: Mapped[Any] = mapped_column(JsonText)
    """By language; the coalition's own language is always among them."""
    weight: Mapped[int]
    """How much it counts where not every group can be published."""
    condition: Mapped[str | None] = mapped_column(Text)
    """YAML, a condition of the pack language on profile facts; none for everybody."""
    standard: Mapped[str | None] = mapped_column(String(80))
    """The standard for whose members it was proposed."""
    position: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    retired_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("weight BETWEEN 1 AND 100", name="weight"),)


class BenchmarkChoice(Base):
    """Whether a member's result of one cycle may enter releases; without a row it may not."""

    __tablename__ = "benchmark_choice"

    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), primary_key=True)
    cycle_id: Mapped[int] = mapped_column(ForeignKey("cycle.id"), primary_key=True)
    opted_in: Mapped[bool]
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    cycle: Mapped[Cycle] = relationship()
    decided_by: Mapped[Person | None] = relationship()


class ReleaseState(enum.StrEnum):
    """A draft is checked by the attack test; what holds is approved by a second coordinator, and so published."""

    CHECKING = "checking"
    CHECKED = "checked"
    BREACHED = "breached"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class Release(Base):
    """Figures of peer groups, as drafted and in the end published. A published row never changes again.

    Versions are named `assessment-` and the assessment's id, organizations `organization-` and theirs, so nothing
    here names a member and nothing has to change when one leaves.
    """

    __tablename__ = "release"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    state: Mapped[ReleaseState] = mapped_column(choice(ReleaseState, "state"))
    number: Mapped[int | None] = mapped_column(unique=True)
    """1, 2, 3, … in the order of publication; none until then."""
    published_pack_id: Mapped[int] = mapped_column(ForeignKey("published_pack.id"))
    declaration: Mapped[Any] = mapped_column(JsonText)
    """As used: `{"meets_from": 75, "groups": [{"id", "titles": {language: title}, "weight", "when": text or null,
    "standard": id or null}]}`."""
    release_text: Mapped[str] = mapped_column(Text, deferred=True)
    """`release.json`, exactly as everybody may have it; likewise the next two."""
    table_text: Mapped[str] = mapped_column(Text, deferred=True)
    """`release.csv`, with CR LF at the end of lines."""
    package_text: Mapped[str] = mapped_column(Text, deferred=True)
    """`datapackage.json`."""
    record_text: Mapped[str] = mapped_column(Text, deferred=True)
    """`private.json`: versions, sets, atoms, parties. For nobody but the program."""
    figures: Mapped[Any] = mapped_column(JsonText, deferred=True)
    """For coordinators only: how large the groups are, how much is published, how many wait (`release_yield.py`)."""
    attack: Mapped[Any | None] = mapped_column(JsonText, deferred=True)
    """What the attack test found, by adversary; none until it ended."""
    sha256: Mapped[str] = mapped_column(String(64))
    previous_sha256: Mapped[str | None] = mapped_column(String(64))
    """Of the release published before; none for the first."""
    job_id: Mapped[str | None] = mapped_column(ForeignKey("job.id"))
    """The last job that attacked it."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    published_on: Mapped[date | None]
    """The day in the coalition's time zone."""

    published_pack: Mapped[PublishedPack] = relationship()
    job: Mapped[Job | None] = relationship()
    created_by: Mapped[Person] = relationship(foreign_keys=created_by_id)
    approved_by: Mapped[Person | None] = relationship(foreign_keys=approved_by_id)

    __table_args__ = (
        Index(
            "uq_release_name",
            "name",
            unique=True,
            sqlite_where=text("state <> 'discarded'"),
            postgresql_where=text("state <> 'discarded'"),
        ),
        CheckConstraint(
            "state <> 'published' OR (number IS NOT NULL AND approved_by_id IS NOT NULL AND published_at IS NOT NULL"
            " AND published_on IS NOT NULL AND attack IS NOT NULL AND approved_by_id <> created_by_id)",
            name="second_person",
        ),
    )


class FrozenReleaseError(Exception):
    """Something tried to change or delete a published release. A correction is a new release."""


@event.listens_for(Release, "before_update")
def _refuse_update(_mapper: Any, _connection: Any, release: Release) -> None:
    before = inspect(release).attrs.state.history.deleted
    was = before[0] if before else release.state
    if was is ReleaseState.PUBLISHED and Session.object_session(release).is_modified(release):  # type: ignore[union-attr]
        raise FrozenReleaseError(f"release {release.name} is published")


@event.listens_for(Release, "before_delete")
def _refuse_delete(_mapper: Any, _connection: Any, release: Release) -> None:
    raise FrozenReleaseError(f"release {release.name}: a release is discarded, not deleted")


@event.listens_for(Session, "do_orm_execute")
def _refuse_bulk(state: ORMExecuteState) -> None:
    """Statements that change many rows at once pass by the two above."""
    if (state.is_update or state.is_delete) and state.bind_mapper is not None and state.bind_mapper.class_ is Release:
        raise FrozenReleaseError("releases are changed one by one")
