"""The attack finds what there is to find, and what the rules publish withstands it, in a sample of worlds."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import pytest
from ortools.sat.python import cp_model

from scoring.attack import Adversary, Effort, attack
from scoring.attack.adversaries import Tally, caught
from scoring.attack.claims import Claim, Count, claims_of, mean_is, ranked_between
from scoring.attack.controls import CONTROLS
from scoring.attack.solver import ContradictionError, Interval, interval
from scoring.attack.worlds import made_up_world, releases_of, target_of
from scoring.benchmarks.figures import figures_of

SAMPLE = Effort(metrics=1, members=2, parties=2, pairs=2, coalitions=2, victims=14)
ONLY_ALL_BUT_SEVEN = Effort(metrics=0, members=0, parties=0, pairs=0, coalitions=0, victims=49)
CONTROL = Effort(metrics=1, members=3, parties=3, pairs=3, coalitions=2, victims=28, seconds=5)


def one_variable_each(
    claims: Sequence[Claim], versions: Sequence[str], known: Mapping[str, int], victim: str
) -> Interval:
    """The model as one would first write it down: an integer from 0 to 100 for each version."""
    ends = []
    for lowest in (True, False):
        model = cp_model.CpModel()
        value = {version: model.new_int_var(0, 100, version) for version in versions}
        for version, known_value in known.items():
            model.add(value[version] == known_value)
        for claim in claims:
            if isinstance(claim, Count):
                reached = []
                for version in claim.members:
                    reaches = model.new_bool_var("")
                    model.add(value[version] >= claim.at).only_enforce_if(reaches)
                    model.add(value[version] < claim.at).only_enforce_if(~reaches)
                    reached.append(reaches)
                model.add_linear_constraint(sum(reached), claim.least, claim.most)
            else:
                model.add_linear_constraint(sum(value[version] for version in claim.members), claim.least, claim.most)
        if lowest:
            model.minimize(value[victim])
        else:
            model.maximize(value[victim])
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        assert solver.solve(model) == cp_model.OPTIMAL
        ends.append(round(solver.objective_value))
    return Interval(ends[0], ends[1])


@pytest.mark.parametrize("seed", range(25))
def test_the_interval_is_that_of_the_model_with_a_variable_for_each_version(seed: int) -> None:
    chance = random.Random(seed)
    versions = [f"v{number}" for number in range(24)]
    truth = {version: chance.randint(30, 90) for version in versions}
    claims: list[Claim] = []
    for _ in range(3):
        members = frozenset(chance.sample(versions, chance.randint(10, 24)))
        inside = sorted(truth[version] for version in members)
        claims += claims_of(figures_of(np.array(inside), meets_from=75), members, meets_from=75)
        if seed % 3 == 0:
            claims += ranked_between(members, 1, inside[0], inside[0])
    if seed % 5 == 0:
        members = frozenset(chance.sample(versions, 5))
        claims.append(mean_is(members, Fraction(sum(truth[version] for version in members), 5)))
    known = {version: truth[version] for version in chance.sample(versions, chance.choice((1, 12, 20)))}
    victim = next(version for version in versions if version not in known)
    found = interval(claims, versions, known, victim)
    assert found == one_variable_each(claims, versions, known, victim)
    assert found.holds(truth[victim])


def test_what_cannot_be_is_said_to_be_a_contradiction() -> None:
    members = frozenset({"a", "b"})
    with pytest.raises(ContradictionError):
        interval([Count(members, 50, 2, 2)], ["a", "b"], {"a": 10}, "b")
    with pytest.raises(ContradictionError):
        interval([Count(members, 101, 1, 2)], ["a", "b"], {}, "b")


def test_nothing_published_leaves_everything_open() -> None:
    assert interval([], ["a"], {}, "a") == Interval(0, 100)


@pytest.mark.parametrize(
    ("found", "value", "in_class"),
    [
        (Interval(0, 100), False, False),
        (Interval(50, 70), True, True),
        (Interval(50, 74), False, True),
        (Interval(54, 75), False, False),
        (Interval(75, 96), False, True),
        (Interval(55, 75), True, False),
        (Interval(None, 100), True, True),
        (Interval(0, None), True, True),
    ],
)
def test_a_narrow_interval_and_a_certain_side_are_breaches_and_so_is_not_knowing(
    found: Interval, value: bool, in_class: bool
) -> None:
    assert (found.breaches_value(20), found.breaches_class(75)) == (value, in_class)


def test_an_interval_without_the_truth_is_noticed() -> None:
    assert Tally().add(Interval(0, 60), [30, 61], 75).outside == 1
    assert not Tally().add(Interval(0, 60), [61], 75).is_within(1.0)


def test_time_that_runs_out_counts_as_a_breach() -> None:
    target = target_of(made_up_world(1))
    report = attack(target, Effort(metrics=1, members=1, parties=0, pairs=0, coalitions=0, victims=1, seconds=1e-9), 0)
    tally = report.tallies[Adversary.MEMBER]
    assert tally.attacks == tally.late == tally.value == tally.in_class > 0
    assert not report.holds


@pytest.mark.parametrize("middle", [50, 70, 80])
def test_nobody_who_knows_what_the_rules_reckon_with_finds_a_value(middle: int) -> None:
    """Nor a class, where many meet and many do not; where hardly anybody does, see below."""
    world = made_up_world(middle, middle=middle)
    assert all(draft.release.groups for draft in releases_of(world))
    report = attack(target_of(world), SAMPLE, middle)
    for adversary, tally in report.tallies.items():
        assert tally.attacks
        assert not tally.late
        assert not tally.outside
        if adversary is not Adversary.ALL_BUT_SEVEN:
            assert not tally.value, report
            assert not tally.in_class or middle != 70, report


def everybody_against_one(middle: int) -> Tally:
    total = Tally()
    for seed in range(3):
        target = target_of(made_up_world(seed, middle=middle))
        total.add_all(attack(target, ONLY_ALL_BUT_SEVEN, seed).tallies[Adversary.ALL_BUT_SEVEN])
    return total


def test_where_many_meet_and_many_do_not_even_everybody_together_finds_hardly_anything() -> None:
    assert everybody_against_one(70).is_within(0.01)


def test_where_hardly_anybody_meets_everybody_together_finds_classes_but_no_values() -> None:
    """What docs/disclosure.md says is a limit. If this fails because no class is found any more, change it there."""
    tally = everybody_against_one(50)
    assert tally.value <= 0.01 * tally.attacks
    assert tally.in_class > 0.01 * tally.attacks


@pytest.mark.parametrize("control", CONTROLS)
def test_what_is_published_carelessly_is_caught(control: str) -> None:
    world = made_up_world(1)
    target = CONTROLS[control](world)
    assert caught(target, CONTROL, 1) is not None


def test_worlds_are_the_same_each_time_and_differ_by_seed() -> None:
    assert made_up_world(3) == made_up_world(3)
    assert made_up_world(3) != made_up_world(4)
