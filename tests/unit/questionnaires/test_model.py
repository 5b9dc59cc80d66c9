"""What a loaded pack promises to those who use it."""

from dataclasses import FrozenInstanceError, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires import load_pack
from questionnaires.model import ClauseRef, Level, Scale

VALID = Path(__file__).parents[2] / "packs" / "valid"
shares = st.fractions(0, 1, max_denominator=100)
scales = st.lists(st.integers(-20, 20), min_size=2, max_size=8, unique=True).map(
    lambda values: Scale("s", "S", tuple(Level(value, f"level {value}") for value in sorted(values)))
)


@given(scales)
def test_scores_rise_from_zero_to_one(scale):
    scores = [scale.score(value) for value in scale.values]
    assert (scores[0], scores[-1]) == (0, 1)
    assert scores == sorted(set(scores))


@given(scales, shares)
def test_the_lowest_level_that_reaches_a_threshold_is_the_lowest(scale, threshold):
    found = scale.lowest_reaching(threshold)
    assert scale.score(found) >= threshold
    assert all(scale.score(value) < threshold for value in scale.values if value < found)


def test_a_scale_knows_its_levels():
    scale = Scale("s", "S", (Level(1, "Low"), Level(4, "High")))
    assert (1 in scale, 2 in scale, "1" in scale, scale.level(4).title) == (True, False, False, "High")
    for ask in (scale.level, scale.score):
        with pytest.raises(KeyError):
            ask(2)


def test_parts_are_found_by_id_and_unknown_ids_are_key_errors():
    pack: Any = load_pack(VALID / "every-key")
    assert pack.criterion("C1") is pack.criteria[0]
    assert pack.group("G") is pack.groups[0]
    assert pack.action("A2") is pack.actions[1]
    assert (pack.standard("care").id, pack.clause(ClauseRef("care", "food")).id) == ("care", "food")
    assert (pack.has_criterion("C1"), pack.has_criterion("G")) == (True, False)
    for find in (pack.criterion, pack.group, pack.action, pack.standard, pack.standards[0].clause, pack.translated):
        with pytest.raises(KeyError):
            find("nothing")


def test_a_clause_without_a_threshold_takes_that_of_the_pack():
    pack = load_pack(VALID / "own-standards")
    assert pack.met_from(ClauseRef("victims-2009", "own")) == pack.defaults.met_from == Fraction(3, 4)
    assert load_pack(VALID / "every-key").met_from(ClauseRef("care", "food")) == Fraction(1, 2)


def test_the_highest_rating_that_actions_expect_is_known_by_criterion():
    assert load_pack(VALID / "every-key").expected_by_actions == {"C1": 2, "C2": 1}
    assert load_pack(VALID / "actions-after").expected_by_actions == {"C1": 2, "C2": 1}


def test_nothing_in_a_pack_can_be_changed():
    pack: Any = load_pack(VALID / "every-key")
    for part in (
        pack,
        pack.criteria[0],
        pack.groups[0],
        pack.actions[0],
        pack.standards[0],
        pack.defaults,
        pack.bands[0],
    ):
        with pytest.raises(FrozenInstanceError):
            setattr(part, fields(part)[0].name, "other")
    for mapping in (
        pack.profile,
        pack.scales,
        pack.actions[0].improves,
        pack.profile["kind"].options,
        pack.translations,
    ):
        with pytest.raises(TypeError):
            mapping["other"] = 1


def test_a_clause_reference_reads_as_it_is_written():
    assert str(ClauseRef("care", "food")) == "care/food"
    assert sorted([ClauseRef("b", "a"), ClauseRef("a", "b")]) == [ClauseRef("a", "b"), ClauseRef("b", "a")]


def test_children_are_groups_or_criteria_in_pack_order():
    pack = load_pack(VALID / "deep-groups")
    assert [group.id for group in pack.group("L1").walk()] == ["L1", "L2", "L3", "L4", "L5", "M2"]
    assert [criterion.id for criterion in pack.group("L1").all_criteria()] == ["C1", "C2"]
    assert pack.group("L5").children == pack.group("L5").criteria
