"""The plan that people decided on, to take away: PDF and workbook by a job, the calendar at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from action_plans import Plan as ReportPlan
from action_plans.candidates import state_problem
from action_plans.model import Improvement, Objective, OpenGap, PlannedAction, PlanStatus
from charter.database.engine import end_reading
from charter.database.plans import Action, ActionSource, Plan
from charter.services.assessments import result_of
from charter.services.errors import NotFound
from charter.services.own_comparison import own_comparison
from charter.services.plan_forecasts import counts, month_of, outlook
from charter.services.plan_limits import limits_of
from charter.services.plan_proposals import reasons
from charter.services.plan_titles import owner_of, shown_indicator, shown_title
from charter.services.plans import find_plan, suggestions_of
from charter.services.report_jobs import PDF, XLSX, JobFile, file_stem
from questionnaires import Pack
from questionnaires.message import Message, message
from questionnaires.model import ClauseRef
from scoring import Answers, Result

if TYPE_CHECKING:
    from charter.reports.plan import Tracked

KIND = "plan-report"
FORMATS = ("pdf", "xlsx")


def plan_report_job(db: Session, arguments: Mapping[str, Any], progress: Callable[[int], None]) -> JobFile:
    """Arguments: `plan`, `language`, `format` (pdf or xlsx). NotFound if the plan is gone."""
    # The renderer takes 60 MB and half a second to load; only whoever renders pays.
    from charter.reports.figures import peers
    from charter.reports.plan import plan_report
    from charter.reports.plan_workbook import plan_xlsx

    plan = find_plan(db, int(arguments["plan"]))
    if plan is None:
        raise NotFound
    language = str(arguments["language"])
    pack, answers, result, decided, tracked = _read(db, plan, language)
    compared = own_comparison(db, pack, answers, result) if arguments["format"] == "pdf" else None
    end_reading(db)
    progress(10)
    name = f"{file_stem(plan.organization.name)}-{file_stem(plan.assessment.cycle.title)}-plan-{language}"
    if arguments["format"] == "xlsx":
        workbook = plan_xlsx(pack, answers, result, decided, language=language, tracked=tracked)
        return JobFile(workbook, f"{name}.xlsx", XLSX)
    beside = peers(compared, language=language)
    content = plan_report(pack, answers, result, decided, language=language, tracked=tracked, peers=beside)
    return JobFile(content, f"{name}.pdf", PDF)


def plan_calendar(db: Session, plan: Plan, *, language: str) -> bytes:
    """The actions of the plan as iCalendar."""
    from charter.reports.plan_calendar import plan_ics

    pack, answers, result, decided, tracked = _read(db, plan, language)
    return plan_ics(pack, answers, result, decided, language=language, tracked=tracked)


def _read(db: Session, plan: Plan, language: str) -> tuple[Pack, Answers, Result, ReportPlan, Mapping[str, Tracked]]:
    """What the reports take: the plan as decided, its texts in that language, and how far each action is."""
    from charter.reports.plan import Tracked

    db.refresh(plan, ["proposal"])
    pack, answers, result = result_of(db, plan.assessment)
    shown = pack.translated(language) if language in pack.languages else pack
    actions = sorted(
        (action for action in suggestions_of(db, plan) if counts(action)),
        key=lambda action: (action.starts_on, action.id),
    )
    tracked = {
        str(action.id): Tracked(
            title=shown_title(action, pack, shown),
            starts_on=action.starts_on,
            due_on=action.due_on,
            owner=action.owner.name if action.owner else None,
            status=action.status.value,
            percent=action.progress,
        )
        for action in actions
    }
    return pack, answers, result, _as_plan(pack, shown, result, plan, actions), tracked


def _as_plan(pack: Pack, shown: Pack, result: Result, plan: Plan, actions: Sequence[Action]) -> ReportPlan:
    """The stored actions in the planner's own terms."""
    why = reasons(plan.proposal, "why", shown.language)
    limits = limits_of(plan.limits)
    first = min([limits.start, *(month_of(action.starts_on) for action in actions)])
    last = max([limits.start.plus(limits.months - 1), *(month_of(action.due_on) for action in actions)])
    ahead = outlook(pack, result, plan, actions)
    nothing = Objective(late=0, wait=0, area=None, effort=Fraction(0))
    return ReportPlan(
        status=PlanStatus.FEASIBLE,
        limits=replace(limits, start=first, months=last.since(first) + 1),
        objective=nothing,
        bound=nothing,
        binding=(),
        forecast=ahead.months if ahead else None,
        actions=tuple(_as_action(action, pack, shown, why) for action in actions),
        open=tuple(left_open(pack, result, actions, reasons(plan.proposal, "open", shown.language))),
    )


def _as_action(action: Action, pack: Pack, shown: Pack, why: Mapping[str, Message]) -> PlannedAction:
    return PlannedAction(
        id=str(action.id),
        title=action.title,
        start=month_of(action.starts_on),
        end=month_of(action.due_on),
        effort_days=Fraction(action.effort_days or 0, 100),
        cost=Fraction(action.cost_planned or 0, 100),
        owner=owner_of(action, pack, shown),
        indicator=shown_indicator(action, pack, shown),
        improves={
            name: Improvement(change["from"], change["to"])
            for name, change in action.improves.items()
            if pack.has_criterion(name)
        },
        must_do=action.must_do,
        clauses=tuple(ref for ref in map(_ref, action.clauses) if _has(pack, ref)),
        why=why_of(action, why),
    )


def why_of(action: Action, why: Mapping[str, Message]) -> Message:
    """Why it is in the plan: the planner's reason, or where else it comes from."""
    if action.source is ActionSource.OWN:
        return message("The organization added it.")
    if action.source is ActionSource.CARRIED_OVER:
        return message("It was begun in the plan before and goes on.")
    return why.get(action.pack_action or "", message("It comes from an earlier proposal."))


def left_open(pack: Pack, result: Result, actions: Sequence[Action], why: Mapping[str, Message]) -> list[OpenGap]:
    """The gaps that these actions leave below their target, in the order of the questionnaire."""
    expected: dict[str, int] = {}
    for action in actions:
        for name, change in action.improves.items():
            expected[name] = max(expected.get(name, 0), int(change["to"]))
    found = []
    for gap in state_problem(pack, result).gaps.values():
        reached = max(gap.rating, expected.get(gap.criterion, gap.rating))
        if reached < gap.target:
            must_do = gap.repair_level is not None and reached < gap.repair_level
            reason = why.get(gap.criterion, message("No action of the plan raises it as far as it should be."))
            found.append(OpenGap(gap.criterion, must_do=must_do, reason=reason))
    return found


def _ref(text: str) -> ClauseRef:
    return ClauseRef(*text.split("/", 1))


def _has(pack: Pack, ref: ClauseRef) -> bool:
    return any(
        standard.id == ref.standard and any(clause.id == ref.clause for clause in standard.clauses)
        for standard in pack.standards
    )
