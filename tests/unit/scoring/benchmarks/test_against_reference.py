"""The release maker against the rules written down a second time, in random small worlds."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.benchmarks.model import Figures
from tests.unit.scoring.benchmarks import reference
from tests.unit.scoring.benchmarks.making import released
from tests.unit.scoring.benchmarks.worlds import made_up_rounds

SEEDS = st.integers(0, 10**9)
SIZES = st.sampled_from([9, 12, 20, 33, 45, 60])


@settings(max_examples=150)
@given(SEEDS, st.integers(1, 3), SIZES, st.integers(1, 7))
def test_what_is_published_is_what_every_subset_tried_gives(seed: int, count: int, size: int, groups: int) -> None:
    rounds, parties = made_up_rounds(seed, rounds=count, organizations=size, groups=groups)
    drafts, _ = released(rounds, parties)
    past = reference.Past()
    for each, draft in zip(rounds, drafts, strict=True):
        weighted = {name: (Fraction(each.weights[name]), those) for name, those in each.members.items()}
        expected = reference.make(past, each.organization, each.values, weighted, parties)
        found = draft.release
        assert [group.id for group in found.groups] == expected.groups
        assert list(found.withheld) == [name for name in each.members if name not in expected.groups]
        assert set(draft.record.waiting) == expected.waiting
        assert found.waiting == bool(expected.waiting)
        for group in found.groups:
            shown = {metric for metric, figures in group.metrics.items() if figures != Figures()}
            assert shown == expected.metrics[group.id]


@pytest.mark.parametrize("seed", range(40))
def test_worlds_of_the_kind_tested_above_publish_something_and_withhold_something(seed: int) -> None:
    """The test above would prove nothing if all of its worlds were empty; together these are not."""
    seen = [
        draft.release
        for number in range(seed * 5, seed * 5 + 5)
        for draft in released(*made_up_rounds(number, rounds=3, organizations=45, groups=5))[0]
    ]
    assert any(release.groups for release in seen)
    assert any(release.withheld for release in seen)
