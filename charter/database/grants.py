"""Grants for actions of plans: asked for, decided, paid, spent. Amounts are in hundredths of the currency."""

from __future__ import annotations

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from charter.database.base import Base, UtcDateTime, choice
from charter.database.organizations import Organization
from charter.database.people import Person
from charter.database.plans import Action


class GrantKind(enum.StrEnum):
    """What it is for: improving something, or learning how."""

    IMPROVEMENT = "improvement"
    LEARNING = "learning"


class GrantState(enum.StrEnum):
    """Where it stands."""

    REQUESTED = "requested"
    RETURNED = "returned"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Grant(Base):
    """One grant, from the request to its closing. `version` counts its saves: one that knows an older one is stale."""

    __tablename__ = "grant"

    id: Mapped[int] = mapped_column(primary_key=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    kind: Mapped[GrantKind] = mapped_column(choice(GrantKind, "kind"))
    state: Mapped[GrantState] = mapped_column(choice(GrantState, "state"), index=True)
    state_since: Mapped[datetime] = mapped_column(UtcDateTime)
    title: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    requested: Mapped[int]
    """The amount asked for."""
    own_contribution: Mapped[int] = mapped_column(default=0)
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    approved: Mapped[int | None]
    """The amount that was approved, which may be less or more than what was asked for."""
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decision_reason: Mapped[str | None] = mapped_column(Text)
    report: Mapped[str | None] = mapped_column(Text)
    reported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closing_note: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)

    organization: Mapped[Organization] = relationship()
    requested_by: Mapped[Person] = relationship(foreign_keys=requested_by_id)
    decided_by: Mapped[Person | None] = relationship(foreign_keys=decided_by_id)
    actions: Mapped[list[Action]] = relationship(secondary="grant_action", order_by="Action.id", viewonly=True)
    instalments: Mapped[list[Instalment]] = relationship(order_by="Instalment.due_on, Instalment.id")
    spendings: Mapped[list[Spending]] = relationship(order_by="Spending.spent_on, Spending.id")

    __table_args__ = (
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("requested > 0 AND own_contribution >= 0", name="amounts"),
        CheckConstraint("state NOT IN ('approved', 'closed') OR approved > 0", name="approved"),
    )


class GrantAction(Base):
    """The grant pays for this action, or a part of it."""

    __tablename__ = "grant_action"

    grant_id: Mapped[int] = mapped_column(ForeignKey("grant.id"), primary_key=True)
    action_id: Mapped[int] = mapped_column(ForeignKey("action.id"), primary_key=True, index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)


class Instalment(Base):
    """A part of the approved amount: when it is to be paid, and when it was."""

    __tablename__ = "grant_instalment"

    id: Mapped[int] = mapped_column(primary_key=True)
    grant_id: Mapped[int] = mapped_column(ForeignKey("grant.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    due_on: Mapped[date]
    amount: Mapped[int]
    paid_on: Mapped[date | None]
    paid_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)


class Spending(Base):
    """What the member spent of a grant. One that was a mistake is taken back, never deleted."""

    __tablename__ = "grant_spending"

    id: Mapped[int] = mapped_column(primary_key=True)
    grant_id: Mapped[int] = mapped_column(ForeignKey("grant.id"), index=True)
    organization_id: Mapped[int] = mapped_column(ForeignKey("organization.id"), index=True)
    spent_on: Mapped[date]
    amount: Mapped[int]
    what: Mapped[str] = mapped_column(String(500))
    receipt: Mapped[str | None] = mapped_column(String(500))
    """Number of the receipt, or where it can be seen."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    created_by: Mapped[Person] = relationship()

    __table_args__ = (CheckConstraint("amount > 0", name="amount"),)
