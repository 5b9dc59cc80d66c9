"""Which limits keep a must-do open, and by when a must-do is due."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from action_plans import Plan
from action_plans.candidates import state_problem
from action_plans.model import Limit
from tests.unit.action_plans.made_up import load, small_case, standard_of, starts_of

ESSENTIAL = {"id": "G.1", "essential": True}
OTHER_ESSENTIAL = {"id": "G.2", "essential": True}


def plan_for_one_essential(folder: Path, action: dict[str, Any], **limits: Any) -> Plan:
    """One failed essential, and one action that repairs it."""
    actions = [{"id": "A", "improves": {"G.1": 3}, "effort_days": 4} | action]
    return load(small_case(criteria=[ESSENTIAL], actions=actions, ratings={"G.1": 0}, **limits), folder).plan()


@pytest.mark.parametrize(
    ("action", "limits", "binding"),
    [
        ({"effort_days": 12}, {"capacity_days": 10}, [Limit.CAPACITY_DAYS]),
        ({"cost": 500}, {"budget": Fraction("499.99")}, [Limit.BUDGET]),
        ({}, {"max_actions": 0}, [Limit.MAX_ACTIONS]),
        ({"duration_months": 4}, {"months": 3}, [Limit.MONTHS]),
        ({"effort_days": 12, "cost": 500}, {"budget": 100}, [Limit.CAPACITY_DAYS, Limit.BUDGET]),
        ({"duration_months": 4, "cost": 500}, {"months": 3, "max_actions": 0}, [Limit.MONTHS, Limit.MAX_ACTIONS]),
        ({"effort_days": 12, "cost": 500}, {"budget": 100, "max_actions": 0}, list(Limit)[1:]),
    ],
)
def test_the_limits_that_must_be_loosened_for_it_keep_a_must_do_open(
    action: dict[str, Any], limits: dict[str, Any], binding: list[Limit], tmp_path: Path
) -> None:
    plan = plan_for_one_essential(tmp_path, action, **limits)
    assert list(plan.binding) == binding
    assert plan.actions == ()
    [gap] = plan.open
    assert gap.must_do
    assert list(gap.limits) == binding
    assert (plan.objective.late, plan.objective.wait) == (1, plan.limits.months + 1)


@pytest.mark.parametrize(
    ("action", "limits"),
    [
        ({"effort_days": 10}, {"capacity_days": 10}),
        ({"cost": 500}, {"budget": 500}),
        ({}, {"max_actions": 1}),
        ({"duration_months": 3}, {"months": 3}),
    ],
)
def test_a_limit_that_just_suffices_does_not_bind(
    action: dict[str, Any], limits: dict[str, Any], tmp_path: Path
) -> None:
    plan = plan_for_one_essential(tmp_path, action, **limits)
    assert plan.binding == ()
    assert plan.open == ()
    assert plan.objective.late == 0


def test_where_loosening_either_of_two_limits_is_enough_both_bind(tmp_path: Path) -> None:
    actions = [{"id": name, "improves": {gap: 3}, "effort_days": 10} for name, gap in (("A", "G.1"), ("B", "G.2"))]
    case = small_case(criteria=[ESSENTIAL, OTHER_ESSENTIAL], actions=actions, ratings={"G.1": 0, "G.2": 0}, months=1)
    plan = load(case, tmp_path).plan()
    assert len(plan.actions) == 1
    assert plan.binding == (Limit.MONTHS, Limit.CAPACITY_DAYS)


def test_an_action_that_another_one_must_come_before_counts_for_two(tmp_path: Path) -> None:
    criteria: list[dict[str, Any]] = [ESSENTIAL, {"id": "G.2"}]
    actions = [{"id": "A", "improves": {"G.2": 3}}, {"id": "B", "improves": {"G.1": 3}, "after": ["A"]}]
    case = small_case(criteria=criteria, actions=actions, ratings={"G.1": 0, "G.2": 0}, max_actions=1)
    assert load(case, tmp_path).plan().binding == (Limit.MAX_ACTIONS,)


def test_without_an_open_must_do_nothing_binds(tmp_path: Path) -> None:
    case = small_case(criteria=[{"id": "G.1"}], actions=[], ratings={"G.1": 0}, max_actions=0)
    plan = load(case, tmp_path).plan()
    assert [gap.must_do for gap in plan.open] == [False]
    assert plan.binding == ()


def test_a_must_do_that_is_repaired_too_late_is_not_open(tmp_path: Path) -> None:
    plan = plan_of_standards(tmp_path, {"one": 30}, duration_months=3)
    assert (plan.objective.late, plan.objective.wait) == (1, 3)
    assert (plan.open, plan.binding) == ((), ())
    assert "It is due by the end of 2027-01, but will be finished later." in str(plan.actions[0].why)


# Deadlines


def standards_case(remedies: dict[str, int | None], essential: bool = False, **more: Any) -> Any:
    standards = [
        standard_of(name, [{"id": "c"}], **({} if days is None else {"remedy_days": days}))
        for name, days in remedies.items()
    ]
    criterion = {"id": "G.1", "clauses": [f"{name}/c" for name in remedies], "essential": essential}
    limits = {name: more.pop(name) for name in ("months",) if name in more}
    action = {"id": "A", "improves": {"G.1": 3}} | more
    return small_case(criteria=[criterion], actions=[action], ratings={"G.1": 0}, standards=standards, **limits)


def plan_of_standards(folder: Path, remedies: dict[str, int | None], **more: Any) -> Plan:
    return load(standards_case(remedies, **more), folder).plan()


@pytest.mark.parametrize(
    ("remedies", "deadline"),
    [
        ({"one": 1}, 1),
        ({"one": 30}, 1),
        ({"one": 31}, 2),
        ({"one": 90}, 3),
        ({"one": 91}, 4),
        ({"one": 91, "two": 30}, 1),
        ({"one": 91, "two": None}, 4),
        ({"one": None}, None),
    ],
)
def test_the_deadline_is_the_shortest_remedy_in_months_rounded_up(
    remedies: dict[str, int | None], deadline: int | None, tmp_path: Path
) -> None:
    case = standards_case(remedies)
    loaded = load(case, tmp_path)
    [gap] = state_problem(loaded.pack, loaded.result).must_dos
    assert gap.deadline == deadline == case.must_dos["G.1"].deadline


def test_a_standard_that_is_met_already_sets_no_deadline(tmp_path: Path) -> None:
    standards = [
        standard_of("met", [{"id": "c", "met_from": Fraction("0.25")}], remedy_days=30),
        standard_of("unmet", [{"id": "c", "met_from": Fraction("0.75")}], remedy_days=90),
    ]
    criterion = {"id": "G.1", "clauses": ["met/c", "unmet/c"]}
    case = small_case(criteria=[criterion], actions=[], ratings={"G.1": 1}, standards=standards)
    loaded = load(case, tmp_path)
    [gap] = state_problem(loaded.pack, loaded.result).must_dos
    assert (gap.deadline, gap.repair_level) == (3, 3)


def test_a_failed_essential_alone_has_no_deadline_and_is_late_only_after_the_horizon(tmp_path: Path) -> None:
    case = small_case(
        criteria=[ESSENTIAL],
        actions=[{"id": "A", "improves": {"G.1": 3}, "duration_months": 7}],
        ratings={"G.1": 0},
        months=7,
    )
    loaded = load(case, tmp_path)
    [gap] = state_problem(loaded.pack, loaded.result).must_dos
    assert gap.deadline is None
    plan = loaded.plan()
    assert (plan.objective.late, plan.objective.wait) == (0, 7)


@pytest.mark.parametrize(
    ("days", "months", "duration", "late", "wait"),
    [
        (90, 12, 3, 0, 3),  # in its last month
        (90, 12, 4, 1, 4),  # a month too late
        (90, 2, 2, 0, 2),  # the horizon comes first, and it is repaired by then
        (90, 2, 3, 1, 3),  # it would be in time, but not within the horizon
        (400, 2, 3, 1, 3),
    ],
)
def test_late_counts_from_the_deadline_or_the_horizon_whichever_comes_first(
    days: int, months: int, duration: int, late: int, wait: int, tmp_path: Path
) -> None:
    plan = plan_of_standards(tmp_path, {"one": days}, duration_months=duration, months=months)
    assert (plan.objective.late, plan.objective.wait) == (late, wait)


def test_what_has_a_deadline_comes_before_what_has_none(tmp_path: Path) -> None:
    criteria: list[dict[str, Any]] = [ESSENTIAL, {"id": "G.2", "clauses": ["law/c"]}]
    actions = [{"id": name, "improves": {gap: 3}, "effort_days": 10} for name, gap in (("A", "G.1"), ("B", "G.2"))]
    case = small_case(
        criteria=criteria,
        actions=actions,
        ratings={"G.1": 0, "G.2": 0},
        standards=[standard_of("law", [{"id": "c"}], remedy_days=30)],
    )
    plan = load(case, tmp_path).plan()
    assert starts_of(plan) == {"A": 2, "B": 1}
    assert plan.objective.late == 0
