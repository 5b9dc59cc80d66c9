"""What is paid and spent of a grant, and the sums of all of them. Amounts are in hundredths of the currency."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from charter.clock import now
from charter.database.grants import Grant, GrantKind, GrantState, Instalment, Spending
from charter.services.actors import Actor
from charter.services.errors import Invalid, NotFound, Refused
from charter.services.grants import lock, record_grant
from questionnaires.message import message

_NEVER_PAID = frozenset({GrantState.DECLINED, GrantState.WITHDRAWN})


@dataclass(frozen=True)
class Sums:
    """Of one grant, or of several. `to_pay` is what was approved and not paid, of grants that still run."""

    requested: int = 0
    own_contribution: int = 0
    approved: int = 0
    paid: int = 0
    spent: int = 0
    to_pay: int = 0
    number: int = 0

    @property
    def left(self) -> int:
        """What was paid and is not spent; negative where more was spent."""
        return self.paid - self.spent

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class GrantRow:
    """A line of a list of grants."""

    grant: Grant
    sums: Sums


def sums_of(grant: Grant) -> Sums:
    """Of one grant whose instalments and spendings are loaded."""
    paid = sum(each.amount for each in grant.instalments if each.paid_on is not None)
    return _sums(grant, paid, sum(each.amount for each in grant.spendings if each.removed_at is None))


def list_grants(db: Session, *, organization_id: int | None = None) -> list[GrantRow]:
    """Grants with their sums, newest first, of one organization or of all; three statements for any number."""
    query = select(Grant).options(joinedload(Grant.organization)).order_by(Grant.starts_on.desc(), Grant.id.desc())
    if organization_id is not None:
        query = query.where(Grant.organization_id == organization_id)
    paid = _by_grant(db, Instalment, Instalment.paid_on.is_not(None), organization_id)
    spent = _by_grant(db, Spending, Spending.removed_at.is_(None), organization_id)
    return [GrantRow(each, _sums(each, paid.get(each.id, 0), spent.get(each.id, 0))) for each in db.scalars(query)]


def totals(rows: Iterable[GrantRow]) -> dict[tuple[int, GrantKind], Sums]:
    """Sums by the year in which grants begin, newest first, and kind."""
    found: dict[tuple[int, GrantKind], Sums] = {}
    for row in rows:
        key = (row.grant.starts_on.year, row.grant.kind)
        found[key] = found.get(key, Sums()) + row.sums
    return dict(sorted(found.items(), key=lambda item: (-item[0][0], item[0][1].value)))


def whole(rows: Iterable[GrantRow]) -> Sums:
    """The sums of all of them."""
    return sum((row.sums for row in rows), Sums())


def add_instalment(db: Session, actor: Actor, *, grant: Grant, due_on: date, amount: int) -> Instalment:
    """Plan a payment; sent twice it is kept once. Invalid if all of them would be more than was approved."""
    _begin(db, actor, grant)
    planned = list(db.scalars(select(Instalment).where(Instalment.grant_id == grant.id)))
    same = next((each for each in planned if (each.due_on, each.amount, each.paid_on) == (due_on, amount, None)), None)
    if same is not None:
        return same
    free = (grant.approved or 0) - sum(each.amount for each in planned)
    if amount <= 0:
        raise Invalid({"amount": message("Please give an amount.")})
    if amount > free:
        raise Invalid({"amount": message("More than was approved cannot be paid.")})
    row = Instalment(
        grant_id=grant.id,
        organization_id=grant.organization_id,
        due_on=due_on,
        amount=amount,
        created_at=now(),
    )
    db.add(row)
    _changed(db, "InstalmentPlanned", actor, grant, amount)
    return row


def pay_instalment(db: Session, actor: Actor, *, grant: Grant, instalment_id: int, paid_on: date, today: date) -> None:
    """It was paid on that day. Paid twice is the same as once; Invalid for a day that is still to come."""
    _begin(db, actor, grant)
    row = find_instalment(grant, instalment_id)
    db.refresh(row)
    if row.paid_on is not None:
        return
    if paid_on > today:
        raise Invalid({"paid_on": message("A payment is entered once it was made.")})
    row.paid_on, row.paid_by_id = paid_on, actor.id
    _changed(db, "InstalmentPaid", actor, grant, row.amount)


def take_back_instalment(db: Session, actor: Actor, *, grant: Grant, instalment_id: int, was_paid: bool) -> None:
    """A payment that was a mistake is planned again; a plan that was one goes. Refused if it is the other by now."""
    _begin(db, actor, grant)
    row = find_instalment(grant, instalment_id)
    db.refresh(row)
    if (row.paid_on is not None) is not was_paid:
        raise Refused(message("This cannot be done now: the grant has moved on in the meantime."))
    if row.paid_on is not None:
        row.paid_on = row.paid_by_id = None
        _changed(db, "InstalmentPaymentTakenBack", actor, grant, row.amount)
        return
    db.delete(row)
    _changed(db, "InstalmentRemoved", actor, grant, row.amount)


def add_spending(
    db: Session,
    actor: Actor,
    *,
    grant: Grant,
    spent_on: date,
    amount: int,
    what: str,
    receipt: str | None,
    today: date,
) -> Spending:
    """The lead notes what was spent; sent twice it is kept once.

    That it is more than was paid is said on the page, and allowed: the member may have advanced it.
    """
    lock(db, grant)
    _open_for_lead(actor, grant)
    problems = {}
    if spent_on > today:
        problems["spent_on"] = message("Money is entered once it was spent.")
    if amount <= 0:
        problems["amount"] = message("Please give an amount.")
    if not what.strip():
        problems["what"] = message("Please say what it was spent on.")
    if problems:
        raise Invalid(problems)
    what, receipt = what.strip(), (receipt or "").strip() or None
    same = db.scalar(
        select(Spending).where(
            Spending.grant_id == grant.id,
            Spending.spent_on == spent_on,
            Spending.amount == amount,
            Spending.what == what,
            Spending.receipt == receipt,
            Spending.removed_at.is_(None),
        )
    )
    if same is not None:
        return same
    row = Spending(
        grant_id=grant.id,
        organization_id=grant.organization_id,
        spent_on=spent_on,
        amount=amount,
        what=what,
        receipt=receipt,
        created_at=now(),
        created_by_id=actor.id,
    )
    db.add(row)
    _changed(db, "SpendingNoted", actor, grant, amount)
    return row


def remove_spending(db: Session, actor: Actor, *, grant: Grant, spending_id: int) -> None:
    """Take back what was a mistake; it stays in the books, struck out. Twice is the same as once."""
    lock(db, grant)
    _open_for_lead(actor, grant)
    row = find_spending(grant, spending_id)
    if row.removed_at is None:
        row.removed_at = now()
        _changed(db, "SpendingTakenBack", actor, grant, row.amount)


def find_instalment(grant: Grant, instalment_id: int) -> Instalment:
    """NotFound if it is of another grant."""
    found = next((each for each in grant.instalments if each.id == instalment_id), None)
    if found is None:
        raise NotFound
    return found


def find_spending(grant: Grant, spending_id: int) -> Spending:
    """NotFound if it is of another grant."""
    found = next((each for each in grant.spendings if each.id == spending_id), None)
    if found is None:
        raise NotFound
    return found


def _begin(db: Session, actor: Actor, grant: Grant) -> None:
    lock(db, grant)
    if not actor.is_coordinator:
        raise NotFound
    if grant.state is not GrantState.APPROVED:
        raise Refused(message("Only of a grant that is approved, and not closed, can be paid."))


def _open_for_lead(actor: Actor, grant: Grant) -> None:
    if not actor.is_lead_of(grant.organization_id):
        raise NotFound
    if grant.state is not GrantState.APPROVED:
        raise Refused(message("Only of a grant that is approved, and not closed, can be spent."))


def _changed(db: Session, event: str, actor: Actor, grant: Grant, amount: int) -> None:
    grant.version += 1
    record_grant(db, event, actor, grant, amount=amount)
    db.expire(grant, ["instalments", "spendings"])


def _by_grant(
    db: Session, table: type[Instalment | Spending], counts: object, organization_id: int | None
) -> dict[int, int]:
    query = select(table.grant_id, func.sum(table.amount)).where(counts).group_by(table.grant_id)  # type: ignore[arg-type]
    if organization_id is not None:
        query = query.where(table.organization_id == organization_id)
    return {grant_id: int(amount) for grant_id, amount in db.execute(query)}


def _sums(grant: Grant, paid: int, spent: int) -> Sums:
    approved = grant.approved or 0
    return Sums(
        requested=0 if grant.state is GrantState.WITHDRAWN else grant.requested,
        own_contribution=0 if grant.state in _NEVER_PAID else grant.own_contribution,
        approved=approved,
        paid=paid,
        spent=spent,
        to_pay=approved - paid if grant.state is GrantState.APPROVED else 0,
        number=1,
    )
