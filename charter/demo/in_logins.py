"""What the people of the printed log-ins find on their pages: actions in every status, visits, a certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from charter.clock import today
from charter.database.plans import Funding, PlanState
from charter.database.records import InspectionResult
from charter.demo.actions import HELP, Deed, finished, moved, noted, plan_deed
from charter.demo.coalition import IN_LOGINS, Coalition, Member, actor, lead_of, mentor_of
from charter.demo.days import DAY
from charter.services import plan_decisions, plans, records
from charter.services.actors import Actor

ADDED = 95
"""So many days ago the lead added these actions to the plan."""


@dataclass(frozen=True)
class _Own:
    """An action: when it is due, in days from today, and what happened to it so many days ago, by whom."""

    title: str
    due_in: int
    deeds: tuple[tuple[int, str, Deed], ...] = ()
    help_needed: str | None = None


_LINK = "https://files.example.org/0/own"
_OWN = (
    _Own(
        "Write down who is called first when a child is in danger",
        12,
        ((40, "lead", moved("begin")), (22, "lead", noted("The list is written; the numbers follow.", 50))),
    ),
    _Own(
        "Hang the code of conduct in every office, in Khmer and in pictures",
        -9,
        ((50, "lead", moved("begin")), (30, "contributor", noted("Three of five offices have it.", 60))),
    ),
    _Own(
        "Train the night staff in first aid",
        -2,
        ((20, "lead", moved("delay", "The trainer was ill; a new day is being looked for.")),),
        help_needed=HELP,
    ),
    _Own("Ask former clients what they would change", 40),
    _Own(
        "Lock the cabinet with the client files",
        -15,
        ((45, "contributor", moved("begin")), (16, "contributor", finished(f"{_LINK}/cabinet"))),
    ),
    _Own(
        "Keep a list of visitors at the gate",
        -30,
        (
            (60, "lead", moved("begin")),
            (33, "lead", finished(f"{_LINK}/gate")),
            (25, "mentor", moved("verify")),
        ),
    ),
    _Own("Find a second bank signatory", 25, ((30, "lead", moved("hold", "The board meets again next month.")),)),
    _Own(
        "Print a newsletter",
        20,
        ((35, "lead", moved("drop", "The coalition prints one for all members now.")),),
    ),
)


def tell_log_ins(coalition: Coalition) -> None:
    """Plan it all for the member whose people can log in."""
    member = coalition.members[IN_LOGINS]
    days = coalition.days
    days.at(days.ago(ADDED), partial(_add_actions, coalition, member))
    for ago in (110, 25):
        days.at(days.ago(ago), partial(_visit, coalition, member))
    days.at(days.ago(200), partial(_certify, coalition, member))


def _add_actions(coalition: Coalition, member: Member, db: Session) -> None:
    who: dict[str, Callable[[Session], Actor]] = {
        "lead": partial(lead_of, member=member),
        "mentor": partial(mentor_of, member=member),
        "contributor": partial(actor, person_id=member.people[1]),
    }
    plan = next(each for each in plans.plans_of(db, member.organization_id) if each.state is PlanState.COMMITTED)
    found = plans.find_plan(db, plan.id)
    assert found is not None  # noqa: S101 - it has just been listed
    for number, own in enumerate(_OWN):
        values = plan_decisions.ActionValues(
            title=own.title,
            starts_on=coalition.days.ago(ADDED - 10),
            due_on=coalition.days.today + timedelta(days=own.due_in),
            owner_id=member.people[number % 2],
            effort_days=200,
            cost_planned=8_000,
            funding=Funding.OWN,
            help_needed=own.help_needed,
        )
        made = plan_decisions.add_action(db, who["lead"](db), plan=found, values=values)
        for ago, name, deed in own.deeds:
            plan_deed(coalition, made.id, coalition.days.ago(ago), who[name], deed)


def _visit(coalition: Coalition, member: Member, db: Session) -> None:
    day = today(coalition.settings.zone)
    records.add_visit(
        db,
        mentor_of(db, member),
        organization=coalition.organization(db, member),
        visited_on=day,
        next_on=day + 45 * DAY,
        note="Looked at the actions of the plan together, room by room.",
        today=day,
    )


def _certify(coalition: Coalition, member: Member, db: Session) -> None:
    day = today(coalition.settings.zone)
    organization, mentor = coalition.organization(db, member), mentor_of(db, member)
    standard = next(each.id for each in coalition.pack.standards)
    records.add_inspection(
        db,
        mentor,
        organization=organization,
        standard=standard,
        inspected_on=day - 10 * DAY,
        result=InspectionResult.TO_REMEDY,
        note="Two rooms need a second exit.",
        today=day,
    )
    records.add_certificate(
        db,
        mentor,
        organization=organization,
        standard=standard,
        number="EXAMPLE-001",
        issued_by="An office that does not exist",
        issued_on=day,
        expires_on=day + timedelta(days=240),
    )
