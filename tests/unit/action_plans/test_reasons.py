"""Every reason that a plan gives is true: checked against `brute_force`, on random cases and on a few chosen ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from action_plans import Plan
from action_plans.model import Limit, Month, OpenGap, PlannedAction
from questionnaires.message import Message
from tests.unit.action_plans.brute_force import Case, MustDo, Schedule
from tests.unit.action_plans.made_up import START, load, random_case, small_case, standard_of, starts_of

CASES = range(5000, 5150)

FIRST_BECAUSE_DUE = "It starts in the first month, because it is due by the end of {month}."
FIRST = "It starts in the first month, because it counts the more the sooner it is done."
AFTER = "It starts in {month}, as soon as “{action}” is finished."
FEW_DAYS = "It starts in {month}: before that, other actions leave too few days for it."
NO_GAIN = "It starts in {month}: an earlier start within the limits would gain nothing."
SIMPLY = "It starts in {month}."
LATE = "{when} It is due by the end of {month}, but will be finished later."

ESSENTIAL = "{criterion} is essential, and today it falls short."
ESSENTIAL_AND_BINDING = "{criterion} is essential and keeps “{clause}” of “{standard}” from being met."
BINDING = "{criterion} keeps “{clause}” of “{standard}”, which is binding, from being met."
MORE = "{reason} It also repairs {count} more."
PREPARES = "It prepares “{action}” and by itself adds {points} of 100 points to the overall score."
ADDS = "By itself it adds {points} of 100 points to the overall score."

OPEN_BY_ONE = "Must-do that stays open because of {limit}."
OPEN_BY_MORE = "Must-do that stays open because of these limits: {limits}."
RISES = "Rises to {level}; reaching {target} takes a further action."
NONE_FITS = "None of its actions fits into the limits even by itself."
NONE_FITS_WITH_OTHERS = "None of its actions fits into the limits together with what must be done before it."
LATER = "Left for later: must-dos, and actions that raise the score more, come first."
NOT_FOUND = "The best plan that was found in time leaves it out."


def test_every_reason_is_true(tmp_path: Path) -> None:
    said: Counter[str] = Counter()
    for seed in CASES:
        case = random_case(seed)
        plan = load(case, tmp_path / str(seed)).plan()
        for action in plan.actions:
            said.update(true_reasons_for(case, plan, action))
        for gap in plan.open:
            said.update([true_reason_for_open(case, plan, gap)])
    often = [FIRST_BECAUSE_DUE, FIRST, AFTER, FEW_DAYS, LATE, ESSENTIAL, ESSENTIAL_AND_BINDING, BINDING, PREPARES, ADDS]
    often += [OPEN_BY_ONE, OPEN_BY_MORE, RISES, NONE_FITS, NONE_FITS_WITH_OTHERS, LATER]
    assert [text for text in often if not said[text]] == [], said


def true_reasons_for(case: Case, plan: Plan, action: PlannedAction) -> Iterator[str]:
    printed(action.why)
    what, when = part(action.why, "what"), part(action.why, "when")
    starts = starts_of(plan)
    repairs = repaired_by(case, starts, action.id)
    assert action.must_do == bool(repairs)
    deadline = min((must_do.deadline for must_do in repairs.values() if must_do.deadline is not None), default=None)
    end = case.end(starts, action.id)
    if when.text == LATE:
        assert deadline is not None and end > deadline
        assert when.values["month"] == month(deadline)
        yield LATE
        when = part(when, "when")
    else:
        assert deadline is None or end <= deadline
    _WHEN[when.text](case, starts, action.id, when, deadline)
    yield when.text
    if what.text == MORE:
        assert what.values["count"] == len(repairs) - 1 > 0
        yield MORE
        what = part(what, "reason")
    else:
        assert len(repairs) <= 1
    if "criterion" in what.values:
        true_of_a_must_do(case, repairs, what)
    else:
        true_of_another(case, starts, action.id, what)
    yield what.text


def printed(reason: Message) -> None:
    text = str(reason)
    assert text.endswith(".")
    assert "{" not in text and "}" not in text


def part(reason: Message, name: str) -> Message:
    value = reason.values[name]
    assert isinstance(value, Message)
    return value


def month(number: int) -> str:
    return str(START.plus(number - 1))


def repaired_by(case: Case, starts: Schedule, action: str) -> dict[str, MustDo]:
    """The must-dos that are repaired when it has finished, and that it repairs itself."""
    end = case.end(starts, action)
    before, after = (case.state(case.finished(starts, last))[1] for last in (end - 1, end))
    improves = case.candidates[action].improves
    return {
        name: must_do
        for name, must_do in case.must_dos.items()
        if name in after - before and improves.get(name, must_do.repair_level - 1) >= must_do.repair_level
    }


# When


def first_because_due(case: Case, starts: Schedule, action: str, said: Message, deadline: int | None) -> None:
    assert starts[action] == 1
    assert deadline is not None and said.values["month"] == month(deadline)


def the_sooner_the_more(case: Case, starts: Schedule, action: str, _said: Message, _deadline: int | None) -> None:
    assert starts[action] == 1
    later = case.objective({**starts, action: 2})
    waited_for = any(action in case.candidates[name].after for name in starts)
    assert waited_for or later.rank() > case.objective(starts).rank()


def as_soon_as(case: Case, starts: Schedule, action: str, said: Message, _deadline: int | None) -> None:
    before = [name for name in case.candidates[action].after if case.end(starts, name) == starts[action] - 1]
    assert before
    assert said.values["month"] == month(starts[action])


def too_few_days(case: Case, starts: Schedule, action: str, _said: Message, _deadline: int | None) -> None:
    wrong = [case.violations({**starts, action: earlier}) for earlier in range(1, starts[action])]
    assert all(wrong)
    assert any("too much work" in each for each in wrong[-1])


def nothing_gained(case: Case, starts: Schedule, action: str, _said: Message, _deadline: int | None) -> None:
    earlier = [{**starts, action: start} for start in range(1, starts[action])]
    possible = [schedule for schedule in earlier if not case.violations(schedule)]
    assert all(case.objective(schedule).rank() >= case.objective(starts).rank() for schedule in possible)


def no_reason(case: Case, starts: Schedule, action: str, said: Message, _deadline: int | None) -> None:
    assert said.values["month"] == month(starts[action])


_WHEN: dict[str, Callable[[Case, Schedule, str, Message, int | None], None]] = {
    FIRST_BECAUSE_DUE: first_because_due,
    FIRST: the_sooner_the_more,
    AFTER: as_soon_as,
    FEW_DAYS: too_few_days,
    NO_GAIN: nothing_gained,
    SIMPLY: no_reason,
}


# What


def true_of_a_must_do(case: Case, repairs: Collection[str], said: Message) -> None:
    criterion = str(said.values["criterion"])
    assert criterion in repairs
    score = case.criterion_score(criterion, case.today[criterion])
    fails = case.criteria[criterion].get("essential", False) and score < case.essential_from(criterion)
    assert fails == (said.text != BINDING)
    kept = [
        (f"About {clause['id']}", standard["title"])
        for standard, clause in case.clauses(criterion)
        if standard["binding"] and score < case.met_from(clause)
    ]
    assert bool(kept) == (said.text != ESSENTIAL)
    assert said.text == ESSENTIAL or (said.values["clause"], said.values["standard"]) in kept


def true_of_another(case: Case, starts: Schedule, action: str, said: Message) -> None:
    waiting = [name for name in starts if action in case.candidates[name].after]
    assert said.text == (PREPARES if waiting else ADDS)
    gained = 100 * ((case.overall(case.ratings(frozenset([action]))) or 0) - (case.overall(case.today) or 0))
    assert gained > 0
    points = str(said.values["points"])
    assert gained < Fraction("0.05") if points == "<0.1" else abs(Fraction(points) - gained) <= Fraction("0.05")


# What stays open


def true_reason_for_open(case: Case, plan: Plan, gap: OpenGap) -> str:
    printed(gap.reason)
    starts = starts_of(plan)
    expected = case.ratings(frozenset(starts))[gap.criterion]
    raisers = {
        name: each
        for name, each in case.candidates.items()
        if each.improves.get(gap.criterion, 0) > case.today[gap.criterion]
    }
    text = gap.reason.text
    must_do = case.must_dos.get(gap.criterion)
    assert gap.must_do == (must_do is not None and expected < must_do.repair_level)
    assert gap.must_do == (text in {OPEN_BY_ONE, OPEN_BY_MORE})
    if gap.must_do:
        these_limits_keep_it_open(case, starts, gap)
    elif text == RISES:
        assert gap.reason.values["level"] == expected > case.today[gap.criterion]
        assert gap.reason.values["target"] == case.gaps[gap.criterion]
        assert any(each.improves[gap.criterion] >= case.gaps[gap.criterion] for each in raisers.values())
    else:
        one = Case(case.pack | {"actions": without_order(case)}, case.standards, case.answers, case.limits)
        alone = any(not one.violations({name: 1}) for name in raisers)
        together = alone and any(name in schedule for schedule in case.schedules() for name in raisers)
        assert text == (LATER if together else NONE_FITS_WITH_OTHERS if alone else NONE_FITS)
    return text


def without_order(case: Case) -> list[dict[str, object]]:
    return [{**action, "after": []} for action in case.pack.get("actions", [])]


def these_limits_keep_it_open(case: Case, starts: Schedule, gap: OpenGap) -> None:
    """Nothing releases it as long as they all stand; and if loosening one is enough, it is one of them. (More months
    are too many plans to try.)"""
    assert gap.limits
    wide = {Limit.CAPACITY_DAYS: 10**6, Limit.BUDGET: None, Limit.MAX_ACTIONS: 99}
    standing = {limit.value: loose for limit, loose in wide.items() if limit not in gap.limits}
    assert not releases(case, starts, gap.criterion, standing)
    for limit, loose in wide.items():
        alone = releases(case, starts, gap.criterion, {limit.value: loose})
        assert not alone or limit in gap.limits
        assert gap.limits != (limit,) or alone


def releases(case: Case, starts: Schedule, criterion: str, loosened: dict[str, int | None]) -> bool:
    """Whether it could then be repaired, with every must-do that the plan repairs, each no later than in the plan."""
    months = range(1, case.limits["months"] + 1)
    now = [case.state(case.finished(starts, last))[1] for last in months]
    other = Case(case.pack, case.standards, case.answers, case.limits | loosened)
    for schedule in other.schedules():
        then = [other.state(other.finished(schedule, last))[1] for last in months]
        if criterion in then[-1] and all(old <= new for old, new in zip(now, then, strict=True)):
            return True
    return False


# Chosen cases


def test_a_must_do_is_explained_by_its_most_urgent_standard(tmp_path: Path) -> None:
    standards = [standard_of(name, [{"id": "c"}], remedy_days=days) for name, days in (("slow", 300), ("fast", 60))]
    criterion = {"id": "G.1", "clauses": ["slow/c", "fast/c"]}
    case = small_case(criteria=[criterion], actions=[], ratings={"G.1": 0}, standards=standards)
    [action] = load(case, tmp_path).plan().actions
    assert str(action.why) == (
        "G.1 keeps “About c” of “Standard fast”, which is binding, from being met. "
        "It starts in the first month, because it is due by the end of 2027-02."
    )


def test_days_that_are_free_only_long_before_are_not_called_taken(tmp_path: Path) -> None:
    """B waits for A, and the month between would be free, but for C."""
    actions = [
        {"id": "A", "improves": {"G.1": 4}, "effort_days": 10},
        {"id": "B", "improves": {"G.2": 3}, "effort_days": 10, "after": ["A"]},
        {"id": "C", "improves": {"G.3": 4}, "effort_days": 10},
    ]
    criteria: list[dict[str, Any]] = [{"id": "G.1"}, {"id": "G.2"}, {"id": "G.3", "weight": 2}]
    case = small_case(criteria=criteria, actions=actions, ratings={"G.1": 0, "G.2": 0, "G.3": 0})
    plan = load(case, tmp_path).plan()
    assert starts_of(plan) == {"C": 1, "A": 2, "B": 3}
    when = {action.id: part(action.why, "when").text for action in plan.actions}
    assert when == {"C": FIRST, "A": FEW_DAYS, "B": AFTER}


@pytest.mark.parametrize(("weight", "points"), [(1, "100.0"), (Fraction("0.0001"), "<0.1")])
def test_what_an_action_is_worth_is_told_in_points_of_100(weight: Fraction, points: str, tmp_path: Path) -> None:
    heavy = [] if weight == 1 else [{"id": "G.2", "weight": 9}]
    actions = [{"id": "A", "improves": {"G.1": 4}}]
    criteria: list[dict[str, Any]] = [{"id": "G.1", "weight": weight}, *heavy]
    case = small_case(criteria=criteria, actions=actions, ratings={"G.1": 0} | ({"G.2": 4} if heavy else {}))
    [action] = load(case, tmp_path).plan().actions
    assert part(action.why, "what").values["points"] == points


def test_a_plan_that_is_not_proven_claims_nothing_that_only_the_best_one_could(tmp_path: Path) -> None:
    case = small_case(criteria=[{"id": "G.1"}], actions=[], ratings={"G.1": 0})
    plan = load(case, tmp_path).plan(time_limit=1e-9)
    assert [gap.reason.text for gap in plan.open] == [NOT_FOUND]


def test_months_are_named_as_the_plan_counts_them() -> None:
    assert month(1) == str(START) == str(Month(2027, 1)) == "2027-01"
