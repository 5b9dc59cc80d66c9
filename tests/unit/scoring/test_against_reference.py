"""The scoring engine and the plain reading of its specification in reference.py agree on everything."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings

from questionnaires import load_pack, places
from scoring import parse_answers, read_answers, result_json, score
from tests.unit.scoring.packs import bare_pack, packs_with_answers
from tests.unit.scoring.reference import Reference, read_pack

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.json"))


def compare(folder, project_standards, answers):
    """Both results of one pack and its answers, the same in every key, and targets and repair levels too."""
    raw, own = read_pack(folder)
    pack = load_pack(folder)
    result = score(pack, read_answers(json.dumps(answers).encode(), pack))
    reference = Reference(raw, own, project_standards, answers)
    ours, theirs = result_json(result), reference.result()
    assert ours == theirs
    assert json.dumps(ours, sort_keys=True) == json.dumps(theirs, sort_keys=True)  # tells True from 1, and 1.0 too
    targets = {name: (criterion.target, criterion.repair_level) for name, criterion in result.criteria.items()}
    assert targets == {name: (reference.target(name), reference.repair_level(name)) for name in reference.criteria}
    return ours


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(packs_with_answers())
def test_any_answers_to_any_pack_score_as_the_specification_says(drawn):
    made, answers = drawn
    with made.written() as folder:
        compare(folder, made.project, answers)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_score_as_the_specification_says(path):
    answers = json.loads(path.read_text(encoding="utf-8"))
    standards = [yaml.safe_load(file.read_text(encoding="utf-8")) for file in places.project_standards().values()]
    by_id = {standard["standard"]: standard for standard in standards}
    compare(places.PACKS / answers["pack"], by_id, answers)


def test_maps_are_in_the_order_of_the_pack_whatever_the_order_of_the_answers():
    made = bare_pack(["B", "A", "C"])
    pack = made.load()
    answers = {"pack": "bare", "version": "1", "ratings": {"C": 1, "A": 2, "B": 3}}
    assert list(result_json(score(pack, parse_answers(answers, pack)))["criteria"]) == ["B", "A", "C"]
