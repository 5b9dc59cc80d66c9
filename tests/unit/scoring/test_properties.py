"""What holds for every pack and all answers."""

import copy
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from scoring import parse_answers, result_json, rounded, score
from tests.unit.scoring.packs import all_criteria, all_groups, bare_pack, levels_of, packs_with_answers

few = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
seeds = st.integers(0, 2**32).map(Random)
NEVER = {"settled": {"is": False}}
"""A condition that does not hold: `with_fact` adds the fact and says that it is true."""


def scored(made, answers):
    pack = made.load()
    return score(pack, parse_answers(answers, pack))


def nodes(result):
    return {"overall": result.overall, **result.groups}


def with_rating(answers, criterion_id, rating):
    return answers | {"ratings": answers["ratings"] | {criterion_id: rating}}


def with_fact(made, answers):
    profile = made.pack["profile"] | {"settled": {"title": "S", "type": "boolean"}}
    return made.changed(profile=profile), answers | {"organization": answers["organization"] | {"settled": True}}


def with_one_more(made, rng, **keys):
    """The pack with one more criterion, C0, in some group, and the ids of the groups above it."""
    pack = copy.deepcopy(made.pack)
    group = rng.choice([group for group in all_groups(pack) if "criteria" in group])
    place = rng.randint(0, len(group["criteria"]))
    group["criteria"].insert(place, {"id": "C0", "title": "C", "weight": 7, "kind": "policy"} | keys)
    above = {"overall"} | {
        each["id"] for each in all_groups(pack) if "C0" in [criterion["id"] for criterion in all_criteria(each)]
    }
    return made.changed(groups=pack["groups"]), above


@few
@given(packs_with_answers(on_criteria=False, with_sheets=False), seeds)
def test_a_higher_rating_never_lowers_anything(drawn, rng):
    made, answers = drawn
    before = scored(made, answers)
    rated = [
        (criterion, before.criteria[criterion["id"]].rating)
        for criterion in all_criteria(made.pack)
        if before.criteria[criterion["id"]].rating is not None
    ]
    raised = [(c["id"], level) for c, now in rated for level in levels_of(made.pack, c) if level > now]
    assume(raised)
    after = scored(made, with_rating(answers, *rng.choice(raised)))
    bands = [band["id"] for band in made.pack["bands"]]
    order = ["not-met", "partly-met", "met"]
    for name, node in nodes(before).items():
        other = nodes(after)[name]
        for ours, theirs in (
            (node.score, other.score),
            (node.policy, other.policy),
            (node.practice, other.practice),
            (node.band and bands.index(node.band), other.band and bands.index(other.band)),
        ):
            assert (ours is None) == (theirs is None)
            assert ours is None or ours <= theirs
    for standard_id, standard in before.standards.items():
        for clause_id, clause in standard.clauses.items():
            now = after.standards[standard_id].clauses[clause_id].status
            if clause.status.value in order:
                assert order.index(clause.status) <= order.index(now)
            else:
                assert clause.status is now


def shuffled(value, rng):
    """The same with every key and every list in another order, but for the levels and bands, which have one."""
    if isinstance(value, dict):
        keys = rng.sample(list(value), len(value))
        return {key: value[key] if key in ("levels", "bands") else shuffled(value[key], rng) for key in keys}
    if isinstance(value, list):
        return [shuffled(each, rng) for each in rng.sample(value, len(value))]
    return value


def unordered(result):
    """The result without the order in which it names criteria."""
    for node in (result["overall"], *result["groups"].values()):
        node["capped_by"].sort()
    for standard in result["standards"].values():
        for clause in standard["clauses"].values():
            clause["criteria"].sort()
    return result


@few
@given(packs_with_answers(on_criteria=False), seeds)
def test_the_order_of_children_keys_and_sheets_changes_no_number(drawn, rng):
    made, answers = drawn
    own = {name: shuffled(standard, rng) for name, standard in made.own.items()}
    other = replace(made, pack=shuffled(made.pack, rng), own=own)
    before, after = scored(made, answers), scored(other, shuffled(answers, rng))
    assert unordered(result_json(before)) == unordered(result_json(after))
    targets = {name: (one.target, one.repair_level) for name, one in before.criteria.items()}
    assert targets == {name: (one.target, one.repair_level) for name, one in after.criteria.items()}


@few
@given(packs_with_answers(), seeds)
def test_an_excluded_criterion_leaves_everything_else_as_it_was(drawn, rng):
    made, answers = with_fact(*drawn)
    wider, _ = with_one_more(made, rng, applies_when=NEVER, essential=True)
    lowest = levels_of(made.pack, {})[0]
    before, after = scored(made, answers), scored(wider, with_rating(answers, "C0", lowest))
    assert after.criteria["C0"].state == "excluded"
    ours, theirs = result_json(before), result_json(after)
    del theirs["criteria"]["C0"], theirs["sheets"]["criteria"]["C0"]
    assert ours == theirs
    assert nodes(before) == nodes(after)


@few
@given(packs_with_answers(with_sheets=False), seeds)
def test_a_criterion_that_is_not_applicable_leaves_the_denominator(drawn, rng):
    made, answers = drawn
    wider, above = with_one_more(made, rng)
    before, unrated = scored(made, answers), scored(wider, answers)
    after = scored(wider, with_rating(answers, "C0", {"rating": "not-applicable", "reason": "r"}))
    assert nodes(before) == nodes(after)
    assume(unrated.criteria["C0"].state == "unrated")  # not so below a group that does not apply
    for name, node in nodes(unrated).items():
        assert node.applicable == nodes(after)[name].applicable + (name in above)
        assert node.score == nodes(after)[name].score


@few
@given(packs_with_answers(), seeds)
def test_a_rating_for_an_excluded_criterion_is_kept_and_ignored(drawn, rng):
    made, answers = with_fact(*drawn)
    wider, _ = with_one_more(made, rng, applies_when=NEVER, essential=True)
    levels = levels_of(made.pack, {})
    # The last criterion of the pack reads the rating: excluded, that is as if there were none.
    reader = list(all_criteria(wider.pack))[-1]
    if reader["id"] != "C0":
        reader["applies_when"] = {"C0": {"at_most": rng.choice(levels)}}
    unrated = result_json(scored(wider, with_rating(answers, "C0", None)))
    for level in levels:
        result = result_json(scored(wider, with_rating(answers, "C0", level)))
        kept = {"state": "excluded", "rating": level, "score": None, "essential_failed": False}
        assert result["criteria"]["C0"] == kept
        assert result | {"criteria": result["criteria"] | {"C0": unrated["criteria"]["C0"]}} == unrated


@few
@given(packs_with_answers(with_sheets=False), st.sampled_from([3, 10, 1000, 0.5, 0.125]))
def test_weights_have_no_unit(drawn, factor):
    made, answers = drawn
    pack = copy.deepcopy(made.pack)
    times = Fraction(str(factor))
    for entry in [*all_groups(pack), *all_criteria(pack)]:
        if "weight" in entry:
            entry["weight"] = float(Fraction(str(entry["weight"])) * times)
    default = Fraction(str(pack["defaults"].get("weight", 1)))
    scaled = made.changed(groups=pack["groups"], defaults=pack["defaults"] | {"weight": float(default * times)})
    assert nodes(scored(made, answers)) == nodes(scored(scaled, answers))


@few
@given(packs_with_answers(with_sheets=False))
def test_the_gate_lowers_bands_and_nothing_else_and_says_so_only_where_it_did(drawn):
    made, answers = drawn
    cap = made.pack["bands"][0]["id"]
    gated = made.changed(essential_cap=made.pack.get("essential_cap", cap))
    free = made.changed()
    free.pack.pop("essential_cap", None)
    bands = [band["id"] for band in made.pack["bands"]]
    with_gate, without = scored(gated, answers), scored(free, answers)
    failed = [name for name, one in with_gate.criteria.items() if one.essential_failed]
    below = {group["id"]: [one["id"] for one in all_criteria(group)] for group in all_groups(made.pack)}
    for name, node in nodes(with_gate).items():
        other = nodes(without)[name]
        assert other.capped_by == ()
        assert (node.score, node.policy, node.practice) == (other.score, other.policy, other.practice)
        assert (node.band is None) == (node.score is None)
        inside = [one for one in failed if one in below.get(name, failed)]
        assert bool(node.capped_by) == (node.band != other.band)
        assert node.capped_by in ((), tuple(inside))
        if inside:
            assert bands.index(node.band) == min(bands.index(other.band), bands.index(gated.pack["essential_cap"]))
        else:
            assert node.band == other.band


@pytest.mark.parametrize(("cap", "band", "capped_by"), [("low", "low", ["B", "A"]), ("high", "high", [])])
def test_the_gate_names_failed_essentials_in_pack_order_only_if_the_band_fell(cap, band, capped_by):
    made = bare_pack(
        [{"id": "B", "essential": True}, {"id": "A", "essential": True}, {"id": "C", "weight": 20}], essential_cap=cap
    )
    answers = {"pack": "bare", "version": "1", "ratings": {"A": 1, "B": 0, "C": 4}}
    overall = result_json(scored(made, answers))["overall"]
    assert (overall["band"], overall["capped_by"]) == (band, capped_by)


def test_a_score_on_the_threshold_neither_fails_nor_misses_its_band():
    made = bare_pack([{"id": "A", "essential": True}], essential_cap="low")
    result = scored(made, {"pack": "bare", "version": "1", "ratings": {"A": 2}})
    assert not result.criteria["A"].essential_failed
    assert result.overall.band == "high"


def test_thresholds_are_the_decimals_that_were_written_not_binary_floats():
    # 0.1 + 0.2 is more than 0.3 in binary floats; 0.07 · 100 is more than 7.
    bands = [{"id": "low", "title": "L", "from": 0}, {"id": "high", "title": "H", "from": 0.07}]
    made = bare_pack([{"id": "A", "weight": 0.07}, {"id": "B", "weight": 0.93}], bands=bands)
    result = scored(made, {"pack": "bare", "version": "1", "ratings": {"A": 4, "B": 0}})
    assert result.overall.score == Fraction(7, 100)
    assert result.overall.band == "high"
    below = bare_pack([{"id": "A", "weight": 0.0699999999}, {"id": "B", "weight": 0.9300000001}], bands=bands)
    assert scored(below, {"pack": "bare", "version": "1", "ratings": {"A": 4, "B": 0}}).overall.band == "low"


@given(st.fractions(0, 1, max_denominator=100_000) | st.integers(0, 20_000).map(lambda n: Fraction(n, 20_000)))
def test_numbers_are_written_half_up_to_4_places(exact):
    # 28 digits, as many as Decimal has unless told, tell such a fraction from a half.
    decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
    assert rounded(exact) == float(decimal.quantize(Decimal("0.0001"), ROUND_HALF_UP))


@pytest.mark.parametrize(
    ("exact", "written"),
    [("0.00005", 0.0001), ("0.00015", 0.0002), ("0.00004999", 0), ("0.99995", 1), ("0.99994999", 0.9999), ("1", 1)],
)
def test_a_half_is_rounded_up_also_where_binary_floats_or_bankers_would_not(exact, written):
    assert rounded(Fraction(exact)) == written


def test_no_score_is_written_as_null():
    assert rounded(None) is None


def test_unanswered_is_never_zero():
    made = bare_pack(["A", "B"])
    result = result_json(scored(made, {"pack": "bare", "version": "1", "ratings": {"A": 4}}))
    assert result["overall"] | {"band": None} == {
        "score": 1.0,
        "band": None,
        "capped_by": [],
        "rated": 1,
        "applicable": 2,
        "provisional": True,
        "policy": None,
        "practice": None,
    }
    nothing = result_json(scored(made, {"pack": "bare", "version": "1"}))["overall"]
    assert (nothing["score"], nothing["band"], nothing["provisional"]) == (None, None, True)
