"""Why an action is in the plan and why then; why a gap stays open. One or two plain sentences each."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import inf

from action_plans.candidates import Candidate, Gap, Problem, action_title
from action_plans.model import Limit, Limits, PlanStatus
from action_plans.schedule import Schedule
from questionnaires.message import Message, message
from questionnaires.model import Pack


def why_planned(
    pack: Pack,
    problem: Problem,
    schedule: Schedule,
    limits: Limits,
    status: PlanStatus,
    chosen: Candidate,
    repairs: Sequence[Gap],
) -> Message:
    """`repairs` are the must-dos that are repaired when this action has finished."""
    when = _when(pack, schedule, limits, status, chosen, repairs)
    deadline = _deadline(repairs)
    if deadline is not None and schedule.finish[chosen.id] > deadline:
        due = str(limits.start.plus(deadline - 1))
        when = message("{when} It is due by the end of {month}, but will be finished later.", when=when, month=due)
    return message("{what} {when}", what=_what(pack, problem, schedule, chosen, repairs), when=when)


def _deadline(repairs: Sequence[Gap]) -> int | None:
    return min((gap.deadline for gap in repairs if gap.deadline is not None), default=None)


def _what(pack: Pack, problem: Problem, schedule: Schedule, chosen: Candidate, repairs: Sequence[Gap]) -> Message:
    if repairs:
        gap = min(repairs, key=lambda each: (each.deadline is None, each.deadline or 0, not each.essential))
        reason = _must_do(pack, gap)
        others = len(repairs) - 1
        return message("{reason} It also repairs {count} more.", reason=reason, count=others) if others else reason
    points = _points(pack, problem, chosen)
    dependent = _dependent(schedule, chosen)
    if dependent is not None:
        text = "It prepares “{action}” and by itself adds {points} of 100 points to the overall score."
        return message(text, action=action_title(pack, dependent.id), points=points)
    return message("By itself it adds {points} of 100 points to the overall score.", points=points)


def _dependent(schedule: Schedule, chosen: Candidate) -> Candidate | None:
    return next((each for each in schedule.chosen if chosen.id in each.after), None)


def _must_do(pack: Pack, gap: Gap) -> Message:
    if not gap.clauses:
        return message("{criterion} is essential, and today it falls short.", criterion=gap.criterion)
    urgent = min(gap.clauses, key=lambda ref: pack.standard(ref.standard).remedy_days or inf)
    clause, standard = pack.clause(urgent).title, pack.standard(urgent.standard).title
    if gap.essential:
        text = "{criterion} is essential and keeps “{clause}” of “{standard}” from being met."
        return message(text, criterion=gap.criterion, clause=clause, standard=standard)
    text = "{criterion} keeps “{clause}” of “{standard}”, which is binding, from being met."
    return message(text, criterion=gap.criterion, clause=clause, standard=standard)


def _points(pack: Pack, problem: Problem, chosen: Candidate) -> str:
    """What its improvements add to the overall score if nothing else does, of 100 points, to one decimal."""
    gained = Fraction(0)
    for name, rating in chosen.raises.items():
        gap, scale = problem.gaps[name], pack.criterion(name).scale
        gained += gap.weight * (scale.score(rating) - scale.score(gap.rating))
    tenths = int(gained * 1000 + Fraction(1, 2))
    return f"{tenths // 10}.{tenths % 10}" if tenths else "<0.1"


def _when(
    pack: Pack,
    schedule: Schedule,
    limits: Limits,
    status: PlanStatus,
    chosen: Candidate,
    repairs: Sequence[Gap],
) -> Message:
    start = schedule.starts[chosen.id]
    month = str(limits.start.plus(start - 1))
    if start == 1:
        deadline = _deadline(repairs)
        if deadline is not None and schedule.finish[chosen.id] <= deadline:
            due = str(limits.start.plus(deadline - 1))
            return message("It starts in the first month, because it is due by the end of {month}.", month=due)
        if _dependent(schedule, chosen) is not None or _loses_by_waiting(schedule, chosen):
            return message("It starts in the first month, because it counts the more the sooner it is done.")
        return message("It starts in {month}.", month=month)
    ready = max((schedule.finish[each] for each in chosen.after if each in schedule.finish), default=0)
    if ready == start - 1:
        last = next(each for each in chosen.after if schedule.finish.get(each) == ready)
        title = action_title(pack, last)
        return message("It starts in {month}, as soon as “{action}” is finished.", month=month, action=title)
    if not any(_has_days(schedule, limits, chosen, earlier) for earlier in range(ready + 1, start)):
        return message("It starts in {month}: before that, other actions leave too few days for it.", month=month)
    if status is PlanStatus.OPTIMAL:
        # A plan with an earlier start would obey the limits too, and none that does is better.
        return message("It starts in {month}: an earlier start within the limits would gain nothing.", month=month)
    return message("It starts in {month}.", month=month)


def _has_days(schedule: Schedule, limits: Limits, chosen: Candidate, start: int) -> bool:
    """Whether the other actions would leave enough days for it if it started in that month."""
    others = [each for each in schedule.chosen if each is not chosen]
    return all(
        sum(
            (each.rate for each in others if schedule.starts[each.id] <= month <= schedule.finish[each.id]), Fraction(0)
        )
        + chosen.rate
        <= limits.capacity_days
        for month in range(start, start + chosen.duration)
    )


def _loses_by_waiting(schedule: Schedule, chosen: Candidate) -> bool:
    now = schedule.objective
    later = schedule.with_start(chosen, schedule.starts[chosen.id] + 1).objective
    return (now.late, now.wait, now.area) != (later.late, later.wait, later.area)


def why_open(
    problem: Problem, schedule: Schedule, limits: Limits, status: PlanStatus, gap: Gap, binding: Sequence[Limit]
) -> Message:
    """`binding` are the limits that keep this must-do open; none for a gap that is no must-do."""
    if gap.is_must_do and schedule.repaired_in(gap) is None:
        if not binding:
            return message("Must-do: no plan was found that also repairs it.")
        listed = _listed([_LIMITS[limit] for limit in binding])
        if len(binding) == 1:
            return message("Must-do that stays open because of {limit}.", limit=listed)
        return message("Must-do that stays open because of these limits: {limits}.", limits=listed)
    expected = schedule.rating(gap, limits.months)
    if expected > gap.rating:
        return message("Rises to {level}; reaching {target} takes a further action.", level=expected, target=gap.target)
    raisers = [each for each in problem.candidates if gap.criterion in each.raises]
    from action_plans.binding import fits  # brings the solver, see `propose`

    alone = [each for each in raisers if _fits_alone(each, limits)]
    if not alone:
        return message("None of its actions fits into the limits even by itself.")
    if not any(not each.after or fits(problem, limits, each) for each in alone):
        return message("None of its actions fits into the limits together with what must be done before it.")
    if status is PlanStatus.OPTIMAL:
        return message("Left for later: must-dos, and actions that raise the score more, come first.")
    return message("The best plan that was found in time leaves it out.")


def _fits_alone(candidate: Candidate, limits: Limits) -> bool:
    return (
        candidate.duration <= limits.months
        and candidate.rate <= limits.capacity_days
        and (limits.budget is None or candidate.cost <= limits.budget)
        and limits.max_actions >= 1
    )


_LIMITS = {
    Limit.MONTHS: message("the number of months"),
    Limit.CAPACITY_DAYS: message("the days of work a month"),
    Limit.BUDGET: message("the budget"),
    Limit.MAX_ACTIONS: message("the number of actions"),
}


def _listed(parts: Sequence[Message]) -> Message:
    if len(parts) == 1:
        return parts[0]
    return message("{first}, {rest}", first=parts[0], rest=_listed(parts[1:]))
