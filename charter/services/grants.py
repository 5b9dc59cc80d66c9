"""Grants: asked for by the lead, decided on and closed by a coordinator. Money goes in `grant_money`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload, selectinload

from charter.clock import now
from charter.database.grants import Grant, GrantAction, GrantKind, GrantState, Spending
from charter.database.people import MemberRole
from charter.database.plans import Action, ActionStatus, Decision, Plan, PlanState
from charter.services.actors import Actor
from charter.services.assessments import party_in
from charter.services.errors import Invalid, NotFound, Refused, Stale
from charter.services.events import record_event
from charter.services.grant_states import DECISIONS, GrantMove, grant_moves_from
from charter.services.organizations import people_of
from charter.services.outbox import SITE, write_mail
from questionnaires.message import Message, message

_COLUMNS = [column.key for column in Grant.__table__.columns]
_TOLD = {
    "approve": message("Your grant request was approved"),
    "return": message("There are questions about your grant request"),
    "decline": message("Your grant request was declined"),
}


@dataclass(frozen=True)
class Request:
    """What a lead asks for; amounts in hundredths of the currency."""

    kind: GrantKind
    title: str
    purpose: str
    requested: int
    own_contribution: int
    starts_on: date
    ends_on: date
    actions: frozenset[int]


def find_grant(db: Session, grant_id: int) -> Grant | None:
    """The grant with everything that hangs on it; a fixed number of statements."""
    return db.scalar(
        select(Grant)
        .where(Grant.id == grant_id)
        .options(
            joinedload(Grant.organization),
            joinedload(Grant.requested_by),
            joinedload(Grant.decided_by),
            selectinload(Grant.actions),
            selectinload(Grant.instalments),
            selectinload(Grant.spendings).joinedload(Spending.created_by),
        )
    )


def grants_for(db: Session, action_id: int) -> list[Grant]:
    """Every grant that pays for this action, newest first; one statement."""
    return list(
        db.scalars(
            select(Grant)
            .join(GrantAction, GrantAction.grant_id == Grant.id)
            .where(GrantAction.action_id == action_id)
            .order_by(Grant.id.desc())
        )
    )


def fundable_actions(db: Session, organization_id: int) -> list[Action]:
    """What a grant can be asked for: actions of the committed plan that are not verified or dropped."""
    return list(
        db.scalars(
            select(Action)
            .join(Action.plan)
            .where(
                Action.organization_id == organization_id,
                Action.decision == Decision.ACT,
                Action.status.not_in((ActionStatus.VERIFIED, ActionStatus.DROPPED)),
                Plan.state == PlanState.COMMITTED,
            )
            .order_by(Action.due_on, Action.id)
        )
    )


def moves_of(actor: Actor, grant: Grant) -> frozenset[str]:
    """The names of what this actor may do with it now."""
    return frozenset(each.name for each in grant_moves_from(grant.state, party_in(actor, grant.organization_id)))


def request_grant(db: Session, actor: Actor, *, organization_id: int, request: Request) -> Grant:
    """Ask for a grant. Invalid where the request cannot stand; NotFound for others than the lead."""
    if not actor.is_lead_of(organization_id):
        raise NotFound
    _check(db, organization_id, request, kept=frozenset())
    moment = now()
    grant = Grant(
        organization_id=organization_id,
        state=GrantState.REQUESTED,
        state_since=moment,
        requested_at=moment,
        requested_by_id=actor.id,
        version=1,
    )
    _fill(grant, request)
    db.add(grant)
    db.flush()
    _tie(db, grant, request.actions)
    record_grant(db, "GrantRequested", actor, grant, amount=grant.requested)
    return grant


def change_request(db: Session, actor: Actor, *, grant: Grant, request: Request, known_version: int) -> None:
    """Change what is asked for; one that came back with questions goes to the coordinators again."""
    move = begin(db, actor, grant, "change", known_version=known_version)
    _check(db, grant.organization_id, request, kept=frozenset(each.id for each in grant.actions))
    _fill(grant, request)
    _tie(db, grant, request.actions)
    finish(db, actor, grant, move, amount=grant.requested)


def withdraw(db: Session, actor: Actor, *, grant: Grant) -> None:
    """The lead needs it no more."""
    finish(db, actor, grant, begin(db, actor, grant, "withdraw"))


def decide(
    db: Session, actor: Actor, *, grant: Grant, decision: str, reason: str, approved: int | None, known_version: int
) -> None:
    """Approve an amount, ask back, or decline, each with a reason that the leads get by mail.

    Stale if the request was changed since the coordinator read it.
    """
    if decision not in DECISIONS:
        raise NotFound
    move = begin(db, actor, grant, decision, known_version=known_version)
    problems = {}
    if not reason.strip():
        problems["reason"] = message("Please give a reason.")
    if decision == "approve" and not approved:
        problems["approved"] = message("Please give the amount that is approved.")
    if problems:
        raise Invalid(problems)
    grant.approved = approved if decision == "approve" else None
    grant.decision_reason = reason.strip()
    grant.decided_at, grant.decided_by_id = now(), actor.id
    finish(db, actor, grant, move, reason=grant.decision_reason, amount=grant.approved)
    _tell_leads(db, grant, decision, grant.decision_reason)


def write_report(db: Session, actor: Actor, *, grant: Grant, text: str, seen: str) -> None:
    """What was done with the money; a lead may change it until the grant is closed. Stale if another one did since.

    `seen` is what `report_seen` gave when they began to write.
    """
    lock(db, grant)
    if not actor.is_lead_of(grant.organization_id):
        raise NotFound
    if grant.state is not GrantState.APPROVED:
        raise Refused(message("A report is written while the grant runs."))
    if not text.strip():
        raise Invalid({"report": message("Please say what was done with the grant.")})
    if text.strip() == grant.report:
        return
    if report_seen(grant) != seen:
        raise Stale(grant)
    grant.report, grant.reported_at = text.strip(), now()
    grant.version += 1
    record_grant(db, "GrantReported", actor, grant)


def report_seen(grant: Grant) -> str:
    """Which report that is: empty before the first."""
    return grant.reported_at.isoformat() if grant.reported_at else ""


def close(db: Session, actor: Actor, *, grant: Grant, note: str | None) -> None:
    """The coordinator has read the report, and nothing more is paid or spent. Refused without a report."""
    move = begin(db, actor, grant, "close")
    if grant.report is None:
        raise Refused(message("The member has not written its report yet."))
    grant.closing_note = (note or "").strip() or None
    finish(db, actor, grant, move, reason=grant.closing_note)


def reopen(db: Session, actor: Actor, *, grant: Grant, reason: str) -> None:
    """It was closed by mistake."""
    move = begin(db, actor, grant, "reopen")
    if not reason.strip():
        raise Invalid({"reason": message("Please give a reason.")})
    finish(db, actor, grant, move, reason=reason.strip())


def begin(db: Session, actor: Actor, grant: Grant, name: str, *, known_version: int | None = None) -> GrantMove:
    """Before a move: read again where it stands, and let nobody else change it until the commit."""
    lock(db, grant)
    party = party_in(actor, grant.organization_id)
    move = next((each for each in grant_moves_from(grant.state, party) if each.name == name), None)
    if move is None:
        raise Refused(message("This cannot be done now: the grant has moved on in the meantime."))
    if known_version is not None and grant.version != known_version:
        raise Stale(grant)
    return move


def lock(db: Session, grant: Grant) -> None:
    """Read it again, for this transaction alone."""
    db.refresh(grant, _COLUMNS, with_for_update=True)


def finish(
    db: Session, actor: Actor, grant: Grant, move: GrantMove, *, reason: str | None = None, amount: int | None = None
) -> None:
    """Make the move, with its event."""
    if grant.state is not move.end:
        grant.state, grant.state_since = move.end, now()
    grant.version += 1
    record_grant(db, move.event, actor, grant, reason=reason, amount=amount)


def record_grant(
    db: Session,
    name: str,
    actor: Actor,
    grant: Grant,
    *,
    reason: str | None = None,
    amount: int | None = None,
) -> None:
    """The event of a change of a grant."""
    db.flush()
    data = {"grant": grant.id} | ({} if amount is None else {"amount": amount})
    record_event(db, name, actor=actor, organization_id=grant.organization_id, reason=reason, data=data)


def _check(db: Session, organization_id: int, request: Request, *, kept: frozenset[int]) -> None:
    problems: dict[str, Message] = {}
    if request.requested <= 0:
        problems["requested"] = message("Please give the amount that you ask for.")
    if request.ends_on < request.starts_on:
        problems["ends_on"] = message("The end must not be before the start.")
    possible = {each.id for each in fundable_actions(db, organization_id)} | kept
    if not request.actions:
        problems["actions"] = message("Choose at least one action that the grant is for.")
    elif not request.actions <= possible:
        problems["actions"] = message("Choose only actions of your plan that are under way.")
    if problems:
        raise Invalid(problems)


def _fill(grant: Grant, request: Request) -> None:
    grant.kind, grant.title, grant.purpose = request.kind, request.title.strip(), request.purpose.strip()
    grant.requested, grant.own_contribution = request.requested, request.own_contribution
    grant.starts_on, grant.ends_on = request.starts_on, request.ends_on


def _tie(db: Session, grant: Grant, actions: frozenset[int]) -> None:
    db.execute(delete(GrantAction).where(GrantAction.grant_id == grant.id))
    db.add_all(
        GrantAction(grant_id=grant.id, action_id=each, organization_id=grant.organization_id)
        for each in sorted(actions)
    )
    db.flush()
    db.expire(grant, ["actions"])


def _tell_leads(db: Session, grant: Grant, decision: str, reason: str) -> None:
    for each in people_of(db, grant.organization_id):
        if each.role is not MemberRole.LEAD or each.person.disabled_at is not None:
            continue
        write_mail(
            db,
            person=each.person,
            language=each.person.language,
            subject=message("{what}: {title}", what=_TOLD[decision], title=grant.title),
            body=message("{reason}\n\n{address}", reason=reason, address=f"{SITE}/grants/{grant.id}"),
        )
