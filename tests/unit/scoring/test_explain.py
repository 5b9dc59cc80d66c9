"""Every number explains itself, and its parts give that number again."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from questionnaires import load_pack
from scoring import parse_answers, read_answers, score
from scoring.explain import explain, nodes
from tests.unit.scoring.packs import bare_pack, packs_with_answers

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.json"))
REASONS = {
    "excluded": "does not apply: its condition, or that of a group above it, does not hold",
    "unrated": "not rated yet; unanswered is never zero",
}


def check(pack, answers):
    """Everything that can be explained, explained and recomputed."""
    result = score(pack, answers)
    explained = {}
    for name in nodes(pack, result):
        explanation = explain(pack, answers, result, name)
        assert explanation.title
        explained[name] = explanation
        texts = [explanation.headline, *explanation.rules, *(part.note for part in explanation.parts if part.note)]
        assert all(str(text) for text in texts)
        for part in explanation.left_out:
            assert part.note is not None
            assert str(part.note).strip()
            assert part.share is None
    for group in (None, *pack.all_groups):
        _check_group(pack, result, explained["overall" if group is None else group.id], group)
    for criterion in pack.criteria:
        _check_criterion(result.criteria[criterion.id], explained[criterion.id])
    for standard in pack.standards:
        _check_standard(result, standard, explained)
    return explained


def _check_group(pack, result, explanation, group):
    node = result.node(explanation.node)
    children = pack.groups if group is None else group.children
    mine = {*(part.id for part in explanation.parts), *(part.id for part in explanation.left_out)}
    assert mine == {child.id for child in children}
    weights = sum(part.weight for part in explanation.parts)
    if explanation.parts:
        assert sum(part.weight * part.score for part in explanation.parts) / weights == node.score
        assert sum(part.share * part.score for part in explanation.parts) == node.score
        assert sum(part.share for part in explanation.parts) == 1
        assert all(part.share == Fraction(part.weight, weights) for part in explanation.parts)
    else:
        assert node.score is None
    for part in explanation.left_out:
        assert part.score is None
        if part.id in result.criteria and result.criteria[part.id].state.value in REASONS:
            assert str(part.note) == REASONS[result.criteria[part.id].state.value]
    gate = [str(rule) for rule in explanation.rules if "essential criteria failed" in str(rule)]
    assert len(gate) == bool(node.capped_by)
    if gate:
        assert gate[0].endswith(f": {', '.join(node.capped_by)}.")
        assert f"“{pack.band(node.band).title}”" in gate[0]


def _check_criterion(result, explanation):
    headline = str(explanation.headline)
    if result.score is None:
        assert headline.startswith("No score: ")
    else:
        assert headline.startswith("Score ")
        assert f"rated {result.rating}," in headline
    fails = [rule for rule in explanation.rules if str(rule).endswith(": it fails.")]
    assert len(fails) == result.essential_failed


def _check_standard(result, standard, explained):
    explanation, outcome = explained[standard.id], result.standards[standard.id]
    words = {part.id: str(part.note) for part in (*explanation.parts, *explanation.left_out)}
    assert words == {name: clause.status.value.replace("-", " ") for name, clause in outcome.clauses.items()}
    decided = [str(part.note) for part in explanation.parts]
    share = outcome.share_met
    assert share == (Fraction(decided.count("met"), len(decided)) if decided else None)
    for name, clause in outcome.clauses.items():
        inner = explained[f"{standard.id}/{name}"]
        assert str(inner.headline) == words[name]
        assert {part.id for part in (*inner.parts, *inner.left_out)} == set(clause.criteria)
        assert all(part.score is not None for part in inner.parts)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_number_of_the_examples_explains_itself(path):
    data = path.read_bytes()
    pack = load_pack(json.loads(data)["pack"])
    answers = read_answers(data, pack)
    explained = check(pack, answers)
    assert "overall" in explained
    assert {criterion.id for criterion in pack.criteria} < set(explained)


def test_there_are_five_examples():
    assert len(EXAMPLES) == 5


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(packs_with_answers())
def test_every_number_of_any_pack_explains_itself(drawn):
    made, answers = drawn
    pack = made.load()
    check(pack, parse_answers(answers, pack))


def explained(made, node, **keys):
    pack = made.load()
    answers = parse_answers({"pack": "bare", "version": "1"} | keys, pack)
    return explain(pack, answers, score(pack, answers), node)


def test_what_was_left_out_says_why():
    made = bare_pack(["A", "B", "C", {"id": "D", "applies_when": {"registered": {"is": True}}}])
    ratings = {"A": 3, "B": {"rating": "not-applicable", "reason": "No {shelter} here"}, "D": 4}
    explanation = explained(made, "G", ratings=ratings, organization={"registered": False})
    assert {part.id: str(part.note) for part in explanation.left_out} == {
        "B": "said not to apply: No {shelter} here",
        "C": REASONS["unrated"],
        "D": REASONS["excluded"],
    }
    assert [(part.id, part.share) for part in explanation.parts] == [("A", 1)]


def test_a_capped_group_names_its_failed_essentials_and_the_band_that_it_earned():
    made = bare_pack([{"id": "B", "essential": True}, {"id": "A", "weight": 9}], essential_cap="low")
    for node in ("G", "overall"):
        explanation = explained(made, node, ratings={"A": 4, "B": 1})
        rules = [str(rule) for rule in explanation.rules]
        assert "From 0.5 on the band is “High”." in rules
        assert "It may not read better than “Low”, because these essential criteria failed: B." in rules
        assert str(explanation.headline) == "Score 0.925, “Low”"


def test_a_group_without_a_score_says_so():
    explanation = explained(bare_pack(["A"]), "overall")
    assert str(explanation.headline) == "No score: nothing in it is rated"
    assert [str(part.note) for part in explanation.left_out] == ["nothing in it has a score"]


@pytest.mark.parametrize("node", ["nothing", "", "own/none", "standard:", "services", "/"])
def test_what_is_no_part_of_the_result_cannot_be_explained(node):
    with pytest.raises(KeyError):
        explained(bare_pack(["A"]), node)
