"""Everything that the page of a plan shows, in the reader's language where the questionnaire has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from action_plans.model import Limits, OpenGap
from charter.database.jobs import Job
from charter.database.plans import Action, Decision, Plan, PlanState, PlanVersion
from charter.services.assessments import result_of
from charter.services.plan_forecasts import Outlook, counts, outlook
from charter.services.plan_limits import limits_of
from charter.services.plan_proposals import last_proposal_job, reasons
from charter.services.plan_reports import left_open, why_of
from charter.services.plan_titles import owner_of, shown_indicator, shown_title
from charter.services.plans import suggestions_of, why_not_committed
from questionnaires import Pack
from questionnaires.message import Message
from questionnaires.model import Criterion, Level
from scoring import Answers, Result


@dataclass(frozen=True)
class Change:
    """A criterion, where it stands today, and the level to expect."""

    criterion: Criterion
    today: Level | None
    expected: Level | None


@dataclass(frozen=True)
class Suggestion:
    """One action as people decide on it. `owner` is a person's name, or the role that should do it."""

    action: Action
    title: Message
    why: Message
    owner: str | None
    indicator: str | None
    changes: tuple[Change, ...]

    @property
    def days(self) -> Fraction | None:
        return None if self.action.effort_days is None else Fraction(self.action.effort_days, 100)

    @property
    def cost(self) -> int | None:
        """Hundredths of the coalition's currency."""
        return self.action.cost_planned


@dataclass(frozen=True)
class PlanView:
    """A plan. `ahead` counts every action that nobody declined, `decided` only those that people act on.

    `open` is what the actions that nobody declined leave below its target; `bind` are limits of the last proposal that
    keep a must-do open. `job` is a proposal that is being worked out, or failed. `comment` is what the mentor asked.
    """

    pack: Pack
    answers: Answers
    result: Result
    limits: Limits
    must_dos: tuple[Suggestion, ...]
    others: tuple[Suggestion, ...]
    ahead: Outlook | None
    decided: Outlook | None
    open: tuple[tuple[Criterion, OpenGap], ...]
    bind: tuple[str, ...]
    is_proven: bool
    job: Job | None
    hindrance: Message | None
    comment: str | None

    @property
    def everything(self) -> tuple[Suggestion, ...]:
        return (*self.must_dos, *self.others)

    def number(self, decision: Decision) -> int:
        """How many actions have this decision."""
        return sum(1 for each in self.everything if each.action.decision is decision)

    @property
    def days(self) -> Fraction:
        """Days of work of what nobody declined."""
        return sum((each.days or Fraction(0) for each in self._kept), Fraction(0))

    @property
    def cost(self) -> int:
        """What nobody declined costs, in hundredths of the coalition's currency."""
        return sum(each.cost or 0 for each in self._kept)

    @property
    def _kept(self) -> list[Suggestion]:
        return [each for each in self.everything if each.action.decision is not Decision.NOT_ACT]


def plan_view(db: Session, plan: Plan, *, language: str) -> PlanView:
    """The number of statements does not grow with the actions."""
    db.refresh(plan, ["proposal"])
    proposal: Mapping[str, Any] = plan.proposal or {}
    pack, answers, result = result_of(db, plan.assessment)
    shown = pack.translated(language) if language in pack.languages else pack
    actions = suggestions_of(db, plan)
    why = reasons(plan.proposal, "why", language)
    found = [suggestion(each, pack, shown, why) for each in actions]
    kept = [each for each in actions if counts(each) or each.decision is Decision.OPEN]
    gaps = left_open(pack, result, kept, reasons(plan.proposal, "open", language))
    return PlanView(
        pack=shown,
        answers=answers,
        result=result,
        limits=limits_of(plan.limits),
        must_dos=tuple(each for each in found if each.action.must_do),
        others=tuple(each for each in found if not each.action.must_do),
        ahead=outlook(pack, result, plan, actions, with_undecided=True),
        decided=outlook(pack, result, plan, actions),
        open=tuple((shown.criterion(gap.criterion), gap) for gap in sorted(gaps, key=lambda gap: not gap.must_do)),
        bind=tuple(proposal.get("binding", ())),
        is_proven=proposal.get("status") == "optimal",
        job=last_proposal_job(db, plan) if plan.state is PlanState.DRAFT else None,
        hindrance=why_not_committed(actions),
        comment=_comment(db, plan) if plan.state is PlanState.DRAFT and plan.version else None,
    )


def suggestion(action: Action, pack: Pack, shown: Pack, why: Mapping[str, Message]) -> Suggestion:
    """An action with its texts from `shown`, the pack in the reader's language."""
    return Suggestion(
        action=action,
        title=shown_title(action, pack, shown),
        why=why_of(action, why),
        owner=owner_of(action, pack, shown),
        indicator=shown_indicator(action, pack, shown),
        changes=_changes(action.improves, shown),
    )


def one_suggestion(db: Session, plan: Plan, action: Action, *, language: str) -> Suggestion:
    """One action of the plan, for a page of its own."""
    db.refresh(plan, ["proposal"])
    pack, _answers, _result = result_of(db, plan.assessment)
    shown = pack.translated(language) if language in pack.languages else pack
    return suggestion(action, pack, shown, reasons(plan.proposal, "why", language))


def _changes(improves: Mapping[str, Any], pack: Pack) -> tuple[Change, ...]:
    criteria: Sequence[Criterion] = [pack.criterion(name) for name in improves if pack.has_criterion(name)]
    return tuple(
        Change(each, _level(each, improves[each.id]["from"]), _level(each, improves[each.id]["to"]))
        for each in criteria
    )


def _level(criterion: Criterion, rating: int) -> Level | None:
    return criterion.scale.level(rating) if rating in criterion.scale else None


def _comment(db: Session, plan: Plan) -> str | None:
    """What the mentor wrote when the plan was opened again, the last time."""
    last = db.scalar(
        select(PlanVersion)
        .where(PlanVersion.plan_id == plan.id, PlanVersion.event == "PlanReopened")
        .options(undefer(PlanVersion.content))
        .order_by(PlanVersion.number.desc())
        .limit(1)
    )
    return None if last is None else str(last.content["note"])
