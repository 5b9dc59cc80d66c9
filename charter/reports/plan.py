"""The plan report: what to do, when, by whom, and what it is expected to change."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from action_plans import action_title, reworded
from action_plans.model import Limit, Month, Plan, PlannedAction, PlanStatus
from charter.i18n import Translator, translator
from charter.reports import charts, figures
from charter.reports.common import band_limits, clause_names, cover, in_language, level
from charter.reports.render import report
from charter.reports.report_folder import SHIPPED, ReportFolder
from charter.reports.spoken import pack_mark
from questionnaires.message import Message, message
from questionnaires.model import Criterion, Pack
from scoring.model import Answers, Result

LIMIT = {
    Limit.MONTHS: message("the number of months"),
    Limit.CAPACITY_DAYS: message("the days of work a month"),
    Limit.BUDGET: message("the budget"),
    Limit.MAX_ACTIONS: message("the number of actions"),
}

_QUARTER = 3
_ALIKE = 4
"""So many gaps that stay open for the same reason are listed below it."""
_MONTH = re.compile(r"\b\d{4}-(?:0[1-9]|1[0-2])\b")


@dataclass(frozen=True, slots=True)
class Step:
    """One action as it is printed; `improves` holds criterion, today's level and the one expected.

    `status` and `percent` are None in a proposal: nobody has begun yet.
    """

    action: PlannedAction
    title: str
    why: str
    improves: tuple[tuple[Criterion, str, str], ...]
    clauses: tuple[str, ...]
    starts_on: date
    due_on: date
    person: str | None = None
    status: str | None = None
    percent: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """What is known of an action once people decided on it, beside what the planner knows. `owner` is a person."""

    title: Message
    starts_on: date
    due_on: date
    owner: str | None
    status: str
    percent: int


Decided = Mapping[str, Tracked]
"""By the action's id in the plan."""


def plan_report(
    pack: Pack,
    answers: Answers,
    result: Result,
    plan: Plan,
    *,
    language: str,
    folder: ReportFolder = SHIPPED,
    tracked: Decided | None = None,
    peers: figures.Peers | None = None,
) -> bytes:
    """The PDF in `language` (one of `i18n.LANGUAGES`); a pack without that language is shown in its own, which is said.

    `folder` says how it looks. With `tracked` it is the plan that people decided on, whose texts already are in that
    language; without it a proposal. With `peers` it says where the middle of a peer group is.
    ReportError if it cannot be made; ValueError for an unknown language.
    """
    context = plan_context(pack, answers, result, plan, language=language, tracked=tracked, peers=peers)
    return report("plan", context, language=language, folder=folder)


def plan_title(words: Translator, *, decided: bool) -> str:
    """What the plan is called."""
    return words.gettext("Improvement plan") if decided else words.gettext("Proposed improvement plan")


def plan_context(
    pack: Pack,
    answers: Answers,
    result: Result,
    plan: Plan,
    *,
    language: str,
    tracked: Decided | None = None,
    peers: figures.Peers | None = None,
) -> dict[str, Any]:
    """What the template shows."""
    words = translator(language)
    shown = in_language(pack, language)
    worded = plan if shown is pack or tracked is not None else reworded(plan, shown, result)
    gaps = [(shown.criterion(gap.criterion), gap.must_do, said_with_months(gap.reason, words)) for gap in worded.open]
    forecast = _forecast(result, plan)
    steps = [_step(action, shown, words, (tracked or {}).get(action.id)) for action in worded.actions]
    return {
        "cover": cover(pack, answers, words),
        "pack": shown,
        "foreign": pack_mark(shown, within=language),
        "plan": worded,
        "decided": tracked is not None,
        "title": plan_title(words, decided=tracked is not None),
        "proven": plan.status is PlanStatus.OPTIMAL,
        "steps": steps,
        "timelines": figures.timeline([(step.title, step.action) for step in steps], plan.limits, words),
        "quarter": _quarter(steps, plan),
        "effort": sum((action.effort_days for action in plan.actions), Fraction(0)),
        "cost": sum((action.cost for action in plan.actions), Fraction(0)),
        "forecast": forecast,
        "peer_middle": figures.peer_middle(peers, words),
        "chart": charts.forecast(forecast_points(forecast, words), band_limits(shown)) if forecast else None,
        "binding": [LIMIT[limit] for limit in plan.binding],
        "open_must_dos": [(criterion, reason) for criterion, must_do, reason in gaps if must_do],
        **_others([(criterion, reason) for criterion, must_do, reason in gaps if not must_do]),
    }


def _others(gaps: list[tuple[Criterion, str]]) -> dict[str, list[Any]]:
    """Gaps with a reason of their own, and those that share one: it is said once, not forty times."""
    by_reason: dict[str, list[Criterion]] = {}
    for criterion, reason in gaps:
        by_reason.setdefault(reason, []).append(criterion)
    alike = [(reason, criteria) for reason, criteria in by_reason.items() if len(criteria) >= _ALIKE]
    shared = {reason for reason, _ in alike}
    return {"open_others": [one for one in gaps if one[1] not in shared], "open_alike": alike}


def _quarter(steps: list[Step], plan: Plan) -> list[tuple[str | None, list[Step]]]:
    """By person, in the order of their first action, what is under way in the first three months; nobody comes last."""
    found: dict[str | None, list[Step]] = {}
    for step in sorted(steps, key=lambda step: (step.action.owner is None, step.action.start)):
        if step.action.start.since(plan.limits.start) < _QUARTER:
            found.setdefault(step.action.owner, []).append(step)
    return list(found.items())


def first_day(month: Month) -> date:
    return date(month.year, month.number, 1)


def last_day(month: Month) -> date:
    return first_day(month.plus(1)) - timedelta(days=1)


def _step(action: PlannedAction, pack: Pack, words: Translator, tracked: Tracked | None) -> Step:
    criteria = [(pack.criterion(criterion_id), change) for criterion_id, change in action.improves.items()]
    return Step(
        action=action,
        title=words.render(tracked.title if tracked else action_title(pack, action.id)),
        why=said_with_months(action.why, words),
        improves=tuple(
            (criterion, level(criterion, change.today), level(criterion, change.expected))
            for criterion, change in criteria
        ),
        clauses=tuple(clause_names(pack, action.clauses)),
        starts_on=tracked.starts_on if tracked else first_day(action.start),
        due_on=tracked.due_on if tracked else last_day(action.end),
        person=tracked.owner if tracked else None,
        status=tracked.status if tracked else None,
        percent=tracked.percent if tracked else None,
    )


def said_with_months(reason: Message, words: Translator) -> str:
    """A reason with its months, which it holds as `YYYY-MM`, in words."""

    def in_words(match: re.Match[str]) -> str:
        month = Month.parse(match[0])
        return words.month(month.year, month.number)

    return _MONTH.sub(in_words, words.render(reason))


def _forecast(result: Result, plan: Plan) -> list[tuple[Month | None, Fraction]]:
    """The score today (no month), then at the end of each month; empty where there is no score."""
    if plan.forecast is None or result.overall.score is None:
        return []
    return [(None, result.overall.score), *plan.forecast]


def forecast_points(forecast: Sequence[tuple[Month | None, Fraction]], words: Translator) -> list[charts.Point]:
    """The points of the chart; no month is today."""
    return [
        charts.Point(
            words.month(month.year, month.number, short=True) if month else words.gettext("Today"),
            float(score * 100),
            words.percent(score),
        )
        for month, score in forecast
    ]
