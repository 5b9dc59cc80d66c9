"""Every closed set that a page may show has a name for each of its members."""

import enum
import importlib
import pkgutil

import pytest

import action_plans.model
import charter.database
import charter.services.states
import questionnaires.model
import questionnaires.problems
import scoring.model
from charter.web.labels import LABELS, label, tone

MODULES = [
    *(
        importlib.import_module(each.name)
        for each in pkgutil.iter_modules(charter.database.__path__, "charter.database.")
    ),
    charter.services.states,
    scoring.model,
    questionnaires.model,
    questionnaires.problems,
    action_plans.model,
]
NEVER_SHOWN = {"Limit"}  # the plan's own sentences name its limits
SETS = sorted(
    {
        each
        for module in MODULES
        for each in vars(module).values()
        if isinstance(each, type)
        and issubclass(each, enum.StrEnum)
        and each is not enum.StrEnum
        and each.__name__ not in NEVER_SHOWN
    },
    key=lambda each: (each.__name__, each.__module__),
)


@pytest.mark.parametrize("closed_set", SETS, ids=lambda each: each.__name__)
def test_every_member_has_a_label(closed_set: type[enum.StrEnum]) -> None:
    for member in closed_set:
        assert str(label(member))


def test_labels_of_one_set_tell_its_members_apart() -> None:
    for closed_set in {kind for kind, _ in LABELS}:
        texts = [text.text for (kind, _), text in LABELS.items() if kind is closed_set]
        assert len(set(texts)) == len(texts), closed_set


def test_a_tone_is_one_that_badges_have() -> None:
    assert {tone(member) for closed_set in SETS for member in closed_set} <= {"neutral", "info", "good", "warn", "bad"}
