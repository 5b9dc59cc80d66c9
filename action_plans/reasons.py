"""Why an action is in the plan and why then; why a gap stays open. One or two plain sentences each."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from action_plans.candidates import Candidate, Gap, Problem, action_title
from action_plans.model import Limit, Limits
from action_plans.schedule import Schedule
from questionnaires.message import Message, message
from questionnaires.model import Pack


def why_planned(
    pack: Pack,
    problem: Problem,
    schedule: Schedule,
    limits: Limits,
    chosen: Candidate,
    repairs: Sequence[Gap],
) -> Message:
    """`repairs` are the must-dos that this action repairs by itself."""
    return message(
        "{what} {when}",
        what=_what(pack, problem, schedule, chosen, repairs),
        when=_when(pack, schedule, limits, chosen, repairs),
    )


def _what(pack: Pack, problem: Problem, schedule: Schedule, chosen: Candidate, repairs: Sequence[Gap]) -> Message:
    if repairs:
        gap = min(repairs, key=lambda each: (each.deadline is None, each.deadline or 0, not each.essential))
        reason = _must_do(pack, gap)
        others = len(repairs) - 1
        return message("{reason} It also repairs {count} more.", reason=reason, count=others) if others else reason
    dependent = next((each for each in schedule.chosen if chosen.id in each.after), None)
    points = _points(pack, problem, chosen)
    if dependent is not None:
        title = action_title(pack, dependent.id)
        return message("It prepares “{action}” and is worth {points} points of the score.", action=title, points=points)
    return message("It is worth {points} points of the overall score.", points=points)


def _must_do(pack: Pack, gap: Gap) -> Message:
    if gap.essential and not gap.clauses:
        return message(
            "{criterion} is essential, and people can come to harm while it is missing.", criterion=gap.criterion
        )
    clause = pack.clause(gap.clauses[0]).title
    standard = pack.standard(gap.clauses[0].standard).title
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
    return f"{tenths // 10}.{tenths % 10}"


def _when(pack: Pack, schedule: Schedule, limits: Limits, chosen: Candidate, repairs: Sequence[Gap]) -> Message:
    start = schedule.starts[chosen.id]
    month = str(limits.start.plus(start - 1))
    if start == 1:
        deadlines = [gap.deadline for gap in repairs if gap.deadline is not None]
        if deadlines:
            due = str(limits.start.plus(min(deadlines) - 1))
            return message("It starts in the first month, because it is due by the end of {month}.", month=due)
        return message("It starts in the first month, because it counts the more the sooner it is done.")
    before = [each for each in chosen.after if schedule.finish.get(each) == start - 1]
    if before:
        title = action_title(pack, before[0])
        return message("It starts in {month}, as soon as “{action}” is finished.", month=month, action=title)
    if not _fits_earlier(schedule, limits, chosen, start - 1):
        return message(
            "It starts in {month}: the days of the months before are taken by what is more urgent.", month=month
        )
    return message("It starts in {month}: an earlier start would gain nothing.", month=month)


def _fits_earlier(schedule: Schedule, limits: Limits, chosen: Candidate, start: int) -> bool:
    """Whether the month that an earlier start would add has days left for it."""
    used = sum(
        (each.effort_days / each.duration for each in schedule.chosen if _works_in(schedule, each, start)),
        Fraction(0),
    )
    return used + chosen.effort_days / chosen.duration <= limits.capacity_days


def _works_in(schedule: Schedule, each: Candidate, month: int) -> bool:
    return schedule.starts[each.id] <= month <= schedule.finish[each.id]


def why_open(problem: Problem, schedule: Schedule, limits: Limits, gap: Gap, binding: Sequence[Limit]) -> Message:
    """`binding` are the limits that keep this must-do open; none for a gap that is no must-do."""
    if gap.is_must_do and schedule.repaired_in(gap) is None:
        if not binding:
            return message("Must-do: it does not fit into the limits of this plan together with the others.")
        listed = _listed([_LIMITS[limit] for limit in binding])
        if len(binding) == 1:
            return message("Must-do that stays open because of {limit}.", limit=listed)
        return message("Must-do that stays open because of these limits: {limits}.", limits=listed)
    expected = schedule.rating(gap, limits.months)
    if expected > gap.rating:
        return message("Rises to {level}; reaching {target} takes a further action.", level=expected, target=gap.target)
    if all(not _fits_alone(each, limits) for each in problem.candidates if gap.criterion in each.raises):
        return message("None of its actions fits into the limits even by itself.")
    return message("Other actions raise the overall score more within these limits.")


def _fits_alone(candidate: Candidate, limits: Limits) -> bool:
    return (
        candidate.duration <= limits.months
        and candidate.effort_days / candidate.duration <= limits.capacity_days
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
