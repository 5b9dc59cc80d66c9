"""Improvement Action Plans: a proposal on which people decide, then actions that are carried out, each with its own
life.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.assessments import Assessment
from charter.database.base import Base, JsonText, UtcDateTime, choice
from charter.database.organizations import Organization
from charter.database.people import Person


class PlanState(enum.StrEnum):
    """A plan is prepared, committed by the lead, and ended when the plan of a later assessment takes its place."""

    DRAFT = "draft"
    COMMITTED = "committed"
    ENDED = "ended"


class Plan(Base):
    """The plan that follows one assessment. `version` counts changes of the whole: each has a `PlanVersion`."""

    __tablename__ = "plan"

    id: Mapped[int] = mapped_column(primary_key=True)
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"), unique=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    state: Mapped[PlanState] = mapped_column(choice(PlanState, "state"), index=True)
    limits: Mapped[Any] = mapped_column(JsonText)
    """The limits of the last proposal: `start`, `months`, `capacity_days`, `budget`, `max_actions`."""
    proposal: Mapped[Any | None] = mapped_column(JsonText, deferred=True)
    """The last proposal as `plan_json` writes it; empty until the first one is calculated."""
    proposed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    committed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    committed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the mentor agreed to the committed plan; empty again when it is opened once more."""
    agreed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    assessment: Mapped[Assessment] = relationship()
    organization: Mapped[Organization] = relationship()
    committed_by: Mapped[Person | None] = relationship(foreign_keys=committed_by_id)
    agreed_by: Mapped[Person | None] = relationship(foreign_keys=agreed_by_id)
    actions: Mapped[list[Action]] = relationship(back_populates="plan", order_by="Action.id")


class PlanVersion(Base):
    """The plan as it stood after one change of the whole; never changed, so that its history stays readable."""

    __tablename__ = "plan_version"

    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    event: Mapped[str] = mapped_column(String(60))
    """The name of the event that made it, such as PlanCommitted."""
    content: Mapped[Any] = mapped_column(JsonText, deferred=True)
    """Limits, forecast and actions as they were."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    by: Mapped[Person | None] = relationship()


class ActionSource(enum.StrEnum):
    """Where an action comes from."""

    PROPOSED = "proposed"
    OWN = "own"
    CARRIED_OVER = "carried-over"


class Decision(enum.StrEnum):
    """What the people decided on a suggestion."""

    OPEN = "open"
    ACT = "act"
    NOT_ACT = "not-act"


class ActionStatus(enum.StrEnum):
    """How far an action is. Overdue is no status: it follows from the due day."""

    NOT_STARTED = "not-started"
    IN_PROGRESS = "in-progress"
    DELAYED = "delayed"
    ON_HOLD = "on-hold"
    DONE = "done"
    VERIFIED = "verified"
    DROPPED = "dropped"


class Funding(enum.StrEnum):
    """Who pays."""

    OWN = "own"
    IMPROVEMENT_GRANT = "improvement-grant"
    DONOR = "donor"


class Action(Base):
    """One action of a plan. `version` counts its saves: a save that knows an older one is stale."""

    __tablename__ = "action"

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plan.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"))
    source: Mapped[ActionSource] = mapped_column(choice(ActionSource, "source"))
    pack_action: Mapped[str | None] = mapped_column(String(80))
    """The id of the pack's action, or `close-` and a criterion; none for an own action."""
    title: Mapped[str] = mapped_column(String(300))
    description: Mapped[str | None] = mapped_column(Text)
    decision: Mapped[Decision] = mapped_column(choice(Decision, "decision"))
    decision_reason: Mapped[str | None] = mapped_column(Text)
    must_do: Mapped[bool]
    """Whether it repairs a must-do."""
    improves: Mapped[Any] = mapped_column(JsonText)
    """By criterion `{"from": rating at the assessment, "to": expected rating}`."""
    clauses: Mapped[Any] = mapped_column(JsonText)
    """Clauses of standards that it serves, as `plan_json` writes them."""
    starts_on: Mapped[date]
    due_on: Mapped[date]
    effort_days: Mapped[int | None]
    """Hundredths of a day of work, in all."""
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    owner_text: Mapped[str | None] = mapped_column(String(200))
    """Who should do it where that is nobody with an account, such as the role that the pack suggests."""
    status: Mapped[ActionStatus] = mapped_column(choice(ActionStatus, "status"))
    status_reason: Mapped[str | None] = mapped_column(Text)
    """Why it is delayed, on hold or dropped."""
    percent: Mapped[int] = mapped_column(default=0)
    cost_planned: Mapped[int | None]
    """Hundredths of the coalition's currency."""
    cost_spent: Mapped[int | None]
    """Hundredths of the coalition's currency."""
    funding: Mapped[Funding | None] = mapped_column(choice(Funding, "funding"))
    help_needed: Mapped[str | None] = mapped_column(Text)
    """The technical help that it needs; none where it needs none."""
    indicator: Mapped[str | None] = mapped_column(Text)
    baseline: Mapped[str | None] = mapped_column(String(200))
    target: Mapped[str | None] = mapped_column(String(200))
    carried_from_id: Mapped[int | None] = mapped_column(ForeignKey("action.id"))
    """The action of the plan before that this one goes on with."""
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))

    @property
    def progress(self) -> int:
        """Percent: all of it once it is done, whatever was typed last."""
        return 100 if self.status in (ActionStatus.DONE, ActionStatus.VERIFIED) else self.percent

    plan: Mapped[Plan] = relationship(back_populates="actions")
    owner: Mapped[Person | None] = relationship(foreign_keys=owner_id)
    done_by: Mapped[Person | None] = relationship(foreign_keys=done_by_id)
    verified_by: Mapped[Person | None] = relationship(foreign_keys=verified_by_id)
    supporters: Mapped[list[Person]] = relationship(secondary="action_supporter", order_by="Person.name")

    __table_args__ = (
        Index("ix_action_organization_id_status", "organization_id", "status"),
        UniqueConstraint("plan_id", "pack_action"),
        CheckConstraint("due_on >= starts_on", name="dates"),
        CheckConstraint("percent BETWEEN 0 AND 100", name="percent"),
        # The second person: who says that it is done cannot be who verifies it.
        CheckConstraint(
            "status <> 'verified' OR (verified_by_id IS NOT NULL AND done_by_id IS NOT NULL"
            " AND verified_by_id <> done_by_id)",
            name="second_person",
        ),
    )


class ActionSupporter(Base):
    """Somebody who helps the owner of an action."""

    __tablename__ = "action_supporter"

    action_id: Mapped[int] = mapped_column(ForeignKey("action.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)


class ProgressNote(Base):
    """What somebody wrote about how an action goes, with how far it was then. Never changed."""

    __tablename__ = "progress_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id"), index=True)
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[ActionStatus] = mapped_column(choice(ActionStatus, "status"))
    percent: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))

    by: Mapped[Person] = relationship()
