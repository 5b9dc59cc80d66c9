"""Proposals: a job asks the planner, and what it finds becomes suggestions on which people decide."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from action_plans import Month, plan_json
from action_plans import Plan as Proposal
from action_plans.model import Limits, PlannedAction
from charter.clock import now
from charter.database.assessments import AssessmentState
from charter.database.engine import end_reading
from charter.database.jobs import Job, JobState
from charter.database.people import Person
from charter.database.plans import Action, ActionSource, ActionStatus, ActionSupporter, Decision, Plan, PlanState
from charter.services import jobs
from charter.services.actors import Actor
from charter.services.assessments import result_of
from charter.services.errors import NotFound, Refused
from charter.services.events import record_event
from charter.services.plan_history import keep_version
from charter.services.plan_limits import limits_json, limits_of
from charter.services.plans import find_plan, lock_draft, lock_plan
from questionnaires import Pack
from questionnaires.message import Message, message
from scoring import Result

KIND = "plan-proposal"

SECONDS = 20.0
"""For the search. Nearly always a second or two are enough; who waits sees that it goes on."""


def request_proposal(db: Session, actor: Actor, *, plan: Plan, limits: Limits) -> Job:
    """Ask for a proposal within these limits; a job finds it. Refused unless the plan is a draft of a closed result."""
    lock_draft(db, plan)
    if plan.assessment.state is not AssessmentState.CLOSED:
        raise Refused(message("The assessment was opened again. A plan is proposed when it is closed once more."))
    return jobs.request_job(
        db,
        actor,
        kind=KIND,
        arguments={"plan": plan.id, "limits": limits_json(limits), "by": actor.id},
        assessment_id=plan.assessment_id,
    )


def last_proposal_job(db: Session, plan: Plan) -> Job | None:
    """The last job that was asked for a proposal of this plan, unless it has brought one."""
    found = db.scalar(
        select(Job)
        .where(Job.kind == KIND, Job.assessment_id == plan.assessment_id)
        .order_by(Job.created_at.desc())
        .limit(1)
    )
    return None if found is None or found.state is JobState.DONE else found


def plan_proposal_job(
    db: Session, arguments: Mapping[str, Any], progress: Callable[[int], None]
) -> Callable[[Session], None]:
    """Arguments: `plan`, `limits`, `by` (who asked). NotFound if the plan is gone.

    What it gives writes the proposal, unless the plan is no draft any more.
    """
    from action_plans import propose

    plan = find_plan(db, int(arguments["plan"]))
    if plan is None:
        raise NotFound
    pack, _answers, result = result_of(db, plan.assessment)
    end_reading(db)
    progress(10)
    limits = limits_of(arguments["limits"])
    proposal = propose(pack, result, limits, time_limit=SECONDS)
    stored = proposal_json(pack, result, proposal)
    progress(90)

    def write(db: Session) -> None:
        current = find_plan(db, plan.id)
        person = db.get(Person, int(arguments["by"]))
        if current is not None and person is not None:
            lock_plan(db, current)
            if current.state is PlanState.DRAFT:
                take_proposal(db, Actor(person), current, proposal, stored)

    return write


def take_proposal(db: Session, actor: Actor, plan: Plan, proposal: Proposal, stored: Mapping[str, Any]) -> None:
    """Put it in the place of the last one. Only suggestions on which nobody decided go; all else stays as it is."""
    db.flush()
    undecided = select(Action.id).where(
        Action.plan_id == plan.id, Action.source == ActionSource.PROPOSED, Action.decision == Decision.OPEN
    )
    db.execute(delete(ActionSupporter).where(ActionSupporter.action_id.in_(undecided)))
    db.execute(delete(Action).where(Action.id.in_(list(db.scalars(undecided)))))
    taken = set(db.scalars(select(Action.pack_action).where(Action.plan_id == plan.id)))
    db.add_all(_suggestion(plan, action) for action in proposal.actions if action.id not in taken)
    plan.limits = limits_json(proposal.limits)
    plan.proposal = dict(stored)
    plan.proposed_at = now()
    version = keep_version(db, actor, plan, event="PlanProposed")
    record_event(
        db,
        "PlanProposed",
        actor=actor,
        organization_id=plan.organization_id,
        assessment_id=plan.assessment_id,
        data={"plan": plan.id, "version": version.number, "limits": plan.limits, "status": proposal.status.value},
    )


def proposal_json(pack: Pack, result: Result, proposal: Proposal) -> dict[str, Any]:
    """As `plan.proposal` keeps it: what `plan_json` writes, with its reasons in every language of the pack.

    `words` holds, by language, `why` of each action and `open` of each gap, so that no page has to ask the planner.
    """
    from action_plans import reworded

    words = {}
    for language in (pack.language, *(each for each in pack.languages if each != pack.language)):
        said = proposal if language == pack.language else reworded(proposal, pack.translated(language), result)
        words[language] = {
            "why": {action.id: _kept(action.why) for action in said.actions},
            "open": {gap.criterion: _kept(gap.reason) for gap in said.open},
        }
    must_dos = [gap.criterion for gap in proposal.open if gap.must_do]
    return plan_json(proposal) | {"words": words, "open_must_dos": must_dos}


def reasons(proposal: Mapping[str, Any] | None, what: str, language: str) -> dict[str, Message]:
    """The reasons of a stored proposal, by action (`why`) or by criterion (`open`), for a reader of that language."""
    words: Mapping[str, Any] = (proposal or {}).get("words", {})
    found: Mapping[str, Any] = words.get(language) or next(iter(words.values()), {})
    return {name: _read(kept) for name, kept in found.get(what, {}).items()}


def _kept(reason: Message) -> dict[str, Any]:
    values = {name: _kept(value) if isinstance(value, Message) else value for name, value in reason.values.items()}
    return {"text": reason.text, "values": values}


def _read(kept: Mapping[str, Any]) -> Message:
    values = {name: _read(value) if isinstance(value, Mapping) else value for name, value in kept["values"].items()}
    return Message(kept["text"], values)


def _suggestion(plan: Plan, action: PlannedAction) -> Action:
    moment = now()
    return Action(
        plan_id=plan.id,
        organization_id=plan.organization_id,
        source=ActionSource.PROPOSED,
        pack_action=action.id,
        title=action.title[:300],
        decision=Decision.OPEN,
        must_do=action.must_do,
        improves={name: {"from": each.today, "to": each.expected} for name, each in action.improves.items()},
        clauses=[str(ref) for ref in action.clauses],
        starts_on=first_day(action.start),
        due_on=last_day(action.end),
        effort_days=_hundredths(action.effort_days),
        owner_text=action.owner,
        status=ActionStatus.NOT_STARTED,
        cost_planned=_hundredths(action.cost),
        indicator=action.indicator,
        created_at=moment,
        updated_at=moment,
    )


def first_day(month: Month) -> date:
    return date(month.year, month.number, 1)


def last_day(month: Month) -> date:
    return date(month.year, month.number, calendar.monthrange(month.year, month.number)[1])


def _hundredths(exact: Fraction) -> int:
    return int(exact * 100 + Fraction(1, 2))
