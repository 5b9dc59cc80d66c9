"""What becomes of the actions of a plan: begun, noted, shown, done, verified; or late, on hold, dropped."""

from __future__ import annotations

import enum
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from charter.clock import today
from charter.database.plans import Action, ActionStatus, Decision, Funding, PlanState
from charter.demo.case import Case
from charter.demo.coalition import Coalition, Member, lead_of, mentor_of
from charter.demo.days import DAY
from charter.services import actions
from charter.services.action_details import change_details, details_of
from charter.services.action_evidence import add_action_link
from charter.services.actors import Actor


class Fate(enum.Enum):
    """What becomes of an action, as far as its days are over."""

    VERIFIED = enum.auto()
    DONE = enum.auto()
    SENT_BACK = enum.auto()
    UNDER_WAY = enum.auto()
    DELAYED = enum.auto()
    ON_HOLD = enum.auto()
    DROPPED = enum.auto()
    UNTOUCHED = enum.auto()


_FATES = (
    *(Fate.VERIFIED,) * 5,
    *(Fate.DONE,) * 3,
    *(Fate.UNDER_WAY,) * 3,
    *(Fate.DELAYED,) * 2,
    *(Fate.ON_HOLD,) * 2,
    *(Fate.UNTOUCHED,) * 2,
    Fate.SENT_BACK,
    Fate.DROPPED,
)

Deed = Callable[[Session, Actor, Action], None]

_NOTES = (
    "We met twice and have a first draft.",
    "Two of four offices are through; the others follow next month.",
    "The team has tried it out, and asks for a shorter form.",
    "យើងបានប្រជុំជាមួយបុគ្គលិក ហើយកំពុងសរសេរសេចក្តីព្រាង។",
)
HELP = "Somebody who has done this before, for one day in our office."


def tell_actions(case: Case, suggestions: Sequence[Action]) -> None:
    """Plan what becomes of those that the organization acts on, from now on."""
    for place, action in enumerate(each for each in suggestions if each.decision is Decision.ACT):
        chance = case.chance(f"fate {place}")
        fate = chance.choice(_FATES)
        _tell_action(case.coalition, case.member, action, fate, chance)


def _tell_action(coalition: Coalition, member: Member, action: Action, fate: Fate, chance: random.Random) -> None:
    # What was carried over may have begun, or should have, before the plan was agreed to.
    agreed_on = today(coalition.settings.zone)
    begins = max(action.starts_on, agreed_on) + 3 * DAY
    due = max(action.due_on, begins + 25 * DAY)
    note = chance.choice(_NOTES)

    def lead(day: date, deed: Deed) -> None:
        plan_deed(coalition, action.id, day, lambda db: lead_of(db, member), deed)

    def mentor(day: date, deed: Deed) -> None:
        plan_deed(coalition, action.id, day, lambda db: mentor_of(db, member), deed)

    if fate is Fate.UNTOUCHED:
        return
    if fate is Fate.DROPPED:
        lead(begins + 10 * DAY, moved("drop", "Another member does this for the whole district now."))
        return
    if action.status is ActionStatus.NOT_STARTED:
        lead(begins, moved("begin"))
    if fate is Fate.ON_HOLD:
        lead(begins + 15 * DAY, moved("hold", "The person who knows it has left; we look for somebody new."))
        return
    lead(begins + 20 * DAY, noted(note, chance.randrange(20, 80, 10)))
    if fate is Fate.DELAYED:
        lead(due - DAY, delayed(max(agreed_on + (335 + chance.randint(0, 95)) * DAY, due)))
    elif fate is not Fate.UNDER_WAY:
        lead(due - 4 * DAY, finished(f"https://files.example.org/{member.number}/actions/{action.id}"))
        if fate is Fate.VERIFIED:
            mentor(due + 9 * DAY, moved("verify"))
        elif fate is Fate.SENT_BACK:
            mentor(due + 9 * DAY, moved("send_back", "The list is there, but it ends in March. Please add the rest."))


def plan_deed(coalition: Coalition, action_id: int, day: date, who: Callable[[Session], Actor], deed: Deed) -> None:
    """Somebody does that with the action on that day, if its plan is still carried out then."""

    def run(db: Session) -> None:
        action = actions.find_action(db, action_id)
        if action is not None and action.plan.state is PlanState.COMMITTED:
            deed(db, who(db), action)

    coalition.days.at(day, run, hour=14)


def moved(name: str, reason: str | None = None) -> Deed:
    """The move of that name."""

    def deed(db: Session, actor: Actor, action: Action) -> None:
        actions.move_action(db, actor, action=action, name=name, known_version=action.version, reason=reason)

    return deed


def noted(text: str, percent: int) -> Deed:
    """A note, and how far it is."""

    def deed(db: Session, actor: Actor, action: Action) -> None:
        actions.add_note(db, actor, action=action, text=text, percent=percent)

    return deed


def finished(url: str) -> Deed:
    """Done, with a link that shows it."""

    def deed(db: Session, actor: Actor, action: Action) -> None:
        add_action_link(db, actor, action=action, title="What we did", url=url)
        moved("finish")(db, actor, action)

    return deed


def delayed(due_on: date) -> Deed:
    """Later than planned, with help that is needed and money from a grant."""

    def deed(db: Session, actor: Actor, action: Action) -> None:
        moved("delay", "It takes longer than we thought.")(db, actor, action)
        db.refresh(action, ["supporters"])
        details = replace(
            details_of(action),
            due_on=max(due_on, action.starts_on),
            help_needed=HELP,
            funding=Funding.IMPROVEMENT_GRANT,
        )
        change_details(db, actor, action=action, details=details, known_version=action.version)

    return deed
