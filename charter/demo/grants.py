"""Grants in every state: asked for by members whose plans need money, decided and paid by the office."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from sqlalchemy.orm import Session

from charter.clock import today
from charter.database.grants import Grant, GrantKind
from charter.demo.coalition import IN_LOGINS, Coalition, Member, lead_of
from charter.demo.days import DAY
from charter.services import grant_money, grants
from charter.services.actors import Actor

Move = Callable[[Session, "_Asked", Grant], None]

_TITLES = (
    "Lockable cabinets and a folder for every client",
    "Two days of training for the field team",
    "A safe room for talks with children",
    "Checks of references for all volunteers",
)
_PURPOSE = "The team has prepared everything; what is missing is the money for it. The amount comes from two offers."


class _Asked:
    """One grant: the first of `members` whose plan has something to pay for asks for it, so many days ago."""

    def __init__(self, coalition: Coalition, members: Iterator[Member], *, ago: int, title: int, amount: int) -> None:
        self.coalition = coalition
        self._members = members
        self._title = title
        self._amount = amount * 100
        self._member: Member | None = None
        self._grant_id = 0
        coalition.days.at(coalition.days.ago(ago), self._ask)

    def then(self, ago: int, move: Move) -> _Asked:
        """What happens to it, so many days ago."""

        def deed(db: Session) -> None:
            grant = grants.find_grant(db, self._grant_id)
            if grant is not None:  # with few members nobody may have asked
                move(db, self, grant)

        self.coalition.days.at(self.coalition.days.ago(ago), deed, hour=15)
        return self

    def lead(self, db: Session) -> Actor:
        """Who asked for it."""
        assert self._member is not None  # noqa: S101 - only called once somebody has asked
        return lead_of(db, self._member)

    def _ask(self, db: Session) -> None:
        day = today(self.coalition.settings.zone)
        for member in self._members:
            possible = grants.fundable_actions(db, member.organization_id)
            if possible:
                request = grants.Request(
                    kind=GrantKind.LEARNING if self._title == 1 else GrantKind.IMPROVEMENT,
                    title=_TITLES[self._title],
                    purpose=_PURPOSE,
                    requested=self._amount,
                    own_contribution=self._amount // 5,
                    starts_on=day + 14 * DAY,
                    ends_on=day + timedelta(days=140),
                    actions=frozenset(each.id for each in possible[:2]),
                )
                made = grants.request_grant(
                    db, lead_of(db, member), organization_id=member.organization_id, request=request
                )
                self._member, self._grant_id = member, made.id
                return


def tell_grants(coalition: Coalition) -> None:
    """Plan who asks when, and what comes of it."""
    others = (each for each in coalition.members if each.number != IN_LOGINS)
    closed = _Asked(coalition, others, ago=150, title=0, amount=600)
    closed.then(140, _approve).then(135, _pay).then(100, _spend).then(75, _pay_rest).then(68, _spend)
    closed.then(60, _report).then(50, _close)
    _Asked(coalition, others, ago=110, title=1, amount=450).then(100, _approve).then(95, _pay).then(40, _spend)
    _Asked(coalition, others, ago=80, title=2, amount=2400).then(70, _decline)
    _Asked(coalition, others, ago=60, title=3, amount=300).then(52, _withdraw)
    _Asked(coalition, others, ago=30, title=1, amount=900).then(24, _ask_back)
    _Asked(coalition, others, ago=12, title=2, amount=750)
    own = coalition.members[IN_LOGINS]
    running = _Asked(coalition, iter([own]), ago=90, title=3, amount=500)
    running.then(84, _approve).then(80, _pay).then(45, _spend)
    _Asked(coalition, iter([own]), ago=9, title=0, amount=350)


def _approve(db: Session, asked: _Asked, grant: Grant) -> None:
    _decide(db, asked, grant, "approve", "This helps, and the costs are well explained.", approved=grant.requested)


def _decline(db: Session, asked: _Asked, grant: Grant) -> None:
    _decide(db, asked, grant, "decline", "This is more than there is this year. Please ask again for a smaller room.")


def _ask_back(db: Session, asked: _Asked, grant: Grant) -> None:
    _decide(db, asked, grant, "return", "How many people will be trained, and by whom?")


def _decide(
    db: Session, asked: _Asked, grant: Grant, decision: str, reason: str, *, approved: int | None = None
) -> None:
    coordinator = asked.coalition.coordinator(db)
    grants.decide(
        db,
        coordinator,
        grant=grant,
        decision=decision,
        reason=reason,
        approved=approved,
        known_version=grant.version,
    )


def _withdraw(db: Session, asked: _Asked, grant: Grant) -> None:
    grants.withdraw(db, asked.lead(db), grant=grant)


def _pay(db: Session, asked: _Asked, grant: Grant) -> None:
    """Half at once; the other half is planned."""
    coordinator, day = asked.coalition.coordinator(db), today(asked.coalition.settings.zone)
    half = (grant.approved or 0) // 2
    first = grant_money.add_instalment(db, coordinator, grant=grant, due_on=day, amount=half)
    grant_money.add_instalment(db, coordinator, grant=grant, due_on=day + 60 * DAY, amount=half)
    db.refresh(grant, ["instalments"])
    grant_money.pay_instalment(db, coordinator, grant=grant, instalment_id=first.id, paid_on=day, today=day)


def _pay_rest(db: Session, asked: _Asked, grant: Grant) -> None:
    coordinator, day = asked.coalition.coordinator(db), today(asked.coalition.settings.zone)
    for each in grant.instalments:
        if each.paid_on is None:
            grant_money.pay_instalment(db, coordinator, grant=grant, instalment_id=each.id, paid_on=day, today=day)


def _spend(db: Session, asked: _Asked, grant: Grant) -> None:
    day = today(asked.coalition.settings.zone)
    for number, what in enumerate(("Material", "Transport")):
        grant_money.add_spending(
            db,
            asked.lead(db),
            grant=grant,
            spent_on=day - (number + 1) * DAY,
            amount=(grant.approved or 0) // (4 + 2 * number),
            what=what,
            receipt=f"R-{grant.id}-{number + 1}",
            today=day,
        )


def _report(db: Session, asked: _Asked, grant: Grant) -> None:
    text = "Everything was bought and is in use. Two people look after it, and the team was shown how."
    grants.write_report(db, asked.lead(db), grant=grant, text=text, seen="")


def _close(db: Session, asked: _Asked, grant: Grant) -> None:
    grants.close(db, asked.coalition.coordinator(db), grant=grant, note="Seen on a visit; thank you.")
