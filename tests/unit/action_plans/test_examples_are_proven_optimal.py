"""For the organizations that come with Charter the planner finds the best plan, and proves it."""

from pathlib import Path

import pytest

from action_plans import Limits, Month, propose
from action_plans.model import PlanStatus
from questionnaires import load_pack
from scoring import read_answers, score

EXAMPLES = sorted((Path(__file__).parents[3] / "examples").glob("*.json"))


def test_there_are_five_examples() -> None:
    assert len(EXAMPLES) == 5


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_the_plan_of_an_example_is_proven_optimal(example: Path) -> None:
    pack = load_pack("chab-dai-charter")
    result = score(pack, read_answers(example.read_bytes(), pack))
    plan = propose(pack, result, Limits(start=Month(2027, 1)), time_limit=60)
    assert plan.status is PlanStatus.OPTIMAL
    assert plan.bound == plan.objective
    assert plan.actions
