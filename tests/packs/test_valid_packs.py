"""Every valid pack loads without an error and means what its first line says."""

from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from questionnaires import lint, load_pack
from questionnaires.model import ClauseRef, Kind, Status

VALID = Path(__file__).parent / "valid"
CASES = sorted(path.name for path in VALID.iterdir())


def load(case: str) -> Any:
    return load_pack(VALID / case)


@pytest.mark.parametrize("case", CASES)
def test_a_valid_pack_has_no_errors_and_says_what_it_shows(case):
    assert [str(problem) for problem in lint(VALID / case) if problem.severity == "error"] == []
    assert "Shows: " in (VALID / case / "pack.yaml").read_text(encoding="utf-8")


T, F, N = True, False, None
SHELTER, OUTREACH = {"services": ("shelter",)}, {"services": ("outreach",)}
CONDITIONS: dict[str, list[tuple[dict, dict, bool | None]]] = {
    "is": [({"kind": "national"}, {}, T), ({"kind": "international"}, {}, F), ({}, {}, N)],
    "is-number": [({"staff": 5}, {}, T), ({"staff": 6}, {}, F), ({}, {}, N)],
    "is-boolean": [({"registered": True}, {}, T), ({"registered": False}, {}, F), ({}, {}, N)],
    "is-not": [({"kind": "national"}, {}, F), ({"kind": "international"}, {}, T), ({}, {}, N)],
    "in": [({"kind": "national"}, {}, T), ({"kind": "international"}, {}, T), ({}, {}, N)],
    "in-numbers": [({"staff": 2}, {}, T), ({"staff": 3}, {}, F), ({}, {}, N)],
    "includes": [(SHELTER, {}, T), (OUTREACH, {}, F), ({"services": ()}, {}, F), ({}, {}, N)],
    "includes-any": [(SHELTER, {}, T), (OUTREACH, {}, T), ({"services": ()}, {}, F), ({}, {}, N)],
    "at-least": [({"staff": 10}, {}, T), ({"staff": 9}, {}, F), ({}, {}, N)],
    "at-most": [({"staff": 10}, {}, T), ({"staff": 11}, {}, F), ({}, {}, N)],
    "rating-at-least": [({}, {"C1": 1}, T), ({}, {"C1": 0}, F), ({}, {"C2": 1}, N)],
    "rating-at-most": [({}, {"C1": 1}, T), ({}, {"C1": 2}, F), ({}, {}, N)],
    "rating-is": [({}, {"C1": 2}, T), ({}, {"C1": 1}, F), ({}, {}, N)],
    "all": [({"staff": 10}, {"C1": 2}, T), ({"staff": 9}, {}, F), ({"staff": 10}, {}, N), ({}, {"C1": 1}, F)],
    "any": [({"staff": 10}, {}, T), ({"staff": 9}, {}, N), ({"staff": 9}, {"C1": 0}, F), ({}, {"C1": 2}, T)],
    "not": [({"registered": True}, {}, F), ({"registered": False}, {}, T), ({}, {}, N)],
    "nested": [
        ({"kind": "national", "staff": 4}, {}, F),
        ({"kind": "international", **SHELTER}, {}, T),
        ({"kind": "national", "staff": 3, **OUTREACH}, {}, F),
        ({"kind": "national"}, {}, N),
    ],
}


@pytest.mark.parametrize(
    ("case", "facts", "ratings", "expected"), [(case, *row) for case, rows in CONDITIONS.items() for row in rows]
)
def test_a_condition_holds_fails_or_is_unknown(case, facts, ratings, expected):
    condition = load_pack(VALID / f"condition-{case}").criterion("C").applies_when
    assert condition is not None
    assert condition.holds(facts, ratings) is expected


def test_every_valid_pack_has_its_meaning_tested():
    tests = "".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("test_valid_*.py"))
    assert [case for case in CASES if f'"{case.removeprefix("condition-")}"' not in tests] == []


def test_a_pack_is_found_by_its_file_as_well_as_by_its_folder():
    assert load_pack(VALID / "json" / "pack.yaml").fingerprint == load_pack(VALID / "json").fingerprint


def test_a_pack_needs_no_more_than_one_criterion():
    pack = load("one-criterion")
    assert [criterion.id for criterion in pack.criteria] == ["C1"]
    assert (pack.actions, pack.standards, dict(pack.profile), pack.essential_cap) == ((), (), {}, None)
    assert pack.languages == ("en",)


def test_every_key_arrives_in_the_pack():
    pack = load("every-key")
    assert (pack.id, pack.version, pack.status, pack.title) == ("every-key", "1", Status.OFFICIAL, "Tiny")
    assert (pack.description, pack.source, pack.essential_cap) == (
        "What it is for.",
        "https://example.org/charter",
        "low",
    )
    assert (pack.profile["staff"].minimum, pack.profile["kind"].options["national"]) == (0, "National")
    assert pack.scales["s"].level(0).description == "Nobody works on it."
    first, second = pack.criteria
    assert (first.guidance, first.evidence, first.kind) == ("How to judge it.", ("A copy", "A date"), Kind.POLICY)
    assert (first.weight, first.essential, first.essential_from) == (5, True, Fraction(1, 2))
    assert (first.clauses, first.renamed_from) == ((ClauseRef("care", "food"),), ("C0",))
    assert (second.kind, second.essential, second.weight, second.essential_from) == (
        Kind.PRACTICE,
        False,
        2,
        Fraction(3, 5),
    )
    assert (pack.group("G").weight, pack.groups[0].applies_when is None) == (3, False)
    action = pack.action("A1")
    assert (dict(action.improves), action.effort_days, action.cost, action.duration_months) == ({"C1": 2}, 6, 100, 2)
    assert (action.after, action.owner, action.indicator) == (("A2",), "Director", "Share of staff who have signed")
    assert (action.trainings, action.resources) == (("basics",), ("codes", "posters"))
    assert (pack.action("A2").effort_days, pack.action("A2").duration_months) == (4, 3)
    (standard,) = pack.standards
    assert (standard.authority, standard.adopted, standard.source) == (
        "The ministry",
        date(2009, 9, 28),
        "https://example.org/standards",
    )
    assert (standard.status, standard.binding, standard.remedy_days) == (Status.OFFICIAL, True, 90)
    clause = standard.clause("food")
    assert (clause.number, clause.text, clause.met_from) == ("2", "Three meals a day.", Fraction(1, 2))
    assert clause.applies_when is not None


def test_groups_form_a_tree_of_any_depth():
    pack = load("deep-groups")
    assert [group.id for group in pack.all_groups] == ["L1", "L2", "L3", "L4", "L5", "M2", "N1"]
    assert [criterion.id for criterion in pack.criteria] == ["C1", "C2", "C3"]
    assert [child.id for child in pack.group("L1").children] == ["L2", "M2"]
    assert [child.id for child in pack.group("N1").children] == ["C3"]


def test_criteria_may_have_scales_of_their_own():
    pack = load("several-scales")
    often, default = (criterion.scale for criterion in pack.criteria)
    assert (often.id, often.values, default.id) == ("often", (1, 2, 4), "s")
    assert [often.score(value) for value in often.values] == [0, Fraction(1, 3), 1]
    assert often.lowest_reaching(Fraction(1, 3)) == 2
    assert often.lowest_reaching(Fraction(2, 5)) == 4


def test_levels_may_be_negative_and_unequally_spaced():
    pack = load("negative-levels")
    scale = pack.scales["s"]
    assert (scale.lowest, scale.highest, 0 in scale, -1 in scale) == (-2, 3, True, False)
    assert scale.score(0) == Fraction(2, 5)


def test_decimals_stay_exact():
    pack = load("decimals")
    assert [band.start for band in pack.bands] == [0, Fraction(3, 10)]
    assert (pack.defaults.weight, pack.defaults.met_from) == (Fraction(1, 10), Fraction(333, 1000))
    assert (pack.group("G").weight, pack.criterion("C1").weight) == (Fraction(11, 10), Fraction(7, 10))
    action = pack.action("A1")
    assert (dict(action.improves), action.cost, action.duration_months) == ({"C1": 2}, Fraction(25, 2), 2)
    assert action.effort_days == Fraction(1, 4)


@pytest.mark.parametrize("case", ["dates-unquoted", "dates-quoted"])
def test_dates_may_be_quoted(case):
    pack = load(case)
    assert pack.standard("care").adopted == date(2014, 1, 31)


def test_yes_and_no_are_text_or_truth_depending_on_the_place():
    pack = load("yes-and-no")
    fact = pack.profile["answer"]
    assert (fact.title, dict(fact.options)) == ("No", {"yes": "Yes", "no": "No", "on": "On"})
    assert [c.title for c in pack.criteria] == ["Yes", "On", "True"]
    assert [c.essential for c in pack.criteria] == [True, False, True]
    answered, unregistered, not_on = (criterion.applies_when for criterion in pack.criteria)
    assert answered is not None and unregistered is not None and not_on is not None
    assert (answered.holds({"answer": "no"}, {}), answered.holds({"answer": "on"}, {})) == (True, False)
    assert unregistered.holds({"registered": False}, {}) is True
    assert not_on.holds({"answer": "on"}, {}) is False


def test_quotes_keep_ids_and_texts_from_being_numbers():
    pack = load("words-like-numbers")
    assert (pack.version, pack.group("1").title) == ("2026.10", "1")
    assert [(c.id, c.title) for c in pack.criteria] == [("1.10", "007"), ("1.1", "1e3")]
    assert (pack.action("1").title, dict(pack.action("1").improves)) == ("~", {"1.10": 2})


def test_a_group_has_a_condition_of_its_own():
    pack = load("group-condition")
    condition = pack.group("H").applies_when
    assert condition is not None
    assert condition.holds(SHELTER, {"C1": 1}) is True
    assert condition.holds(SHELTER, {}) is None
    assert pack.group("I").applies_when is None


def test_a_standard_may_ask_for_facts_that_the_pack_lacks():
    pack = load("standard-condition")
    food, beds = (clause.applies_when for clause in pack.standard("care").clauses)
    assert food is not None and beds is not None
    assert (food.holds(SHELTER, {}), food.holds(OUTREACH, {})) == (True, False)
    assert (beds.holds({"staff": 5}, {}), beds.holds({"staff": 4}, {}), beds.holds({"beds": 9}, {})) == (
        True,
        None,
        None,
    )


def test_former_ids_are_kept():
    pack = load("renamed-from")
    assert [criterion.renamed_from for criterion in pack.criteria] == [("B1", "A1"), ("B2",)]


def test_actions_may_wait_for_others_in_any_order():
    pack = load("actions-after")
    assert [(action.id, action.after) for action in pack.actions] == [("A3", ("A1", "A2")), ("A2", ("A1",)), ("A1", ())]


def test_defaults_have_built_in_values():
    pack = load("defaults-built-in")
    defaults = pack.defaults
    assert (defaults.weight, defaults.minimum_sheets) == (1, 5)
    assert (defaults.essential_from, defaults.met_from, defaults.target_from) == (
        Fraction(1, 2),
        Fraction(3, 4),
        Fraction(3, 4),
    )
    action = pack.action("A1")
    assert (action.effort_days, action.duration_months, action.cost) == (3, 1, 0)


def test_defaults_fill_in_what_is_left_out():
    pack = load("defaults-set")
    assert (pack.group("G").weight, pack.criterion("C1").weight) == (3, 3)
    assert (pack.criterion("C1").essential_from, pack.defaults.met_from) == (Fraction(9, 10), 1)
    assert (pack.defaults.target_from, pack.defaults.minimum_sheets) == (0, 12)
    assert [(action.effort_days, action.duration_months) for action in pack.actions] == [(0, 7), (1, 1)]
