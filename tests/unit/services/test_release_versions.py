"""Which versions a release is given, decided from memberships alone."""

from __future__ import annotations

import numpy as np
import pytest

from charter.services.release_versions import Selection, select_versions
from scoring.benchmarks import History

Parties = dict[str, list[str]]


def history(*atoms: int) -> History:
    """One version, `old-N`, of each organization `oN`, in these atoms."""
    versions = [f"old-{number}" for number in range(len(atoms))]
    return History(versions, [f"o{number:02}" for number in range(len(atoms))], np.array(atoms, np.int64))


def select(before: History, fresh: range, *, stay: range | None = None, parties: Parties | None = None) -> Selection:
    """Everybody keeps its old version, but for those in `fresh`; outside of `stay` and `fresh` they have left."""
    kept = range(len(before.versions)) if stay is None else stay
    newest = {f"o{number:02}": f"old-{number}" for number in kept} | {
        f"o{number:02}": f"new-{number}" for number in fresh
    }
    earlier = dict(zip(before.organizations, before.versions, strict=True))
    return select_versions(newest, earlier, history=before, parties=parties or {})


def numbers(names: frozenset[str]) -> list[int]:
    return sorted(int(name[1:]) for name in names)


def test_the_newest_are_given_where_both_parts_are_large_enough() -> None:
    assert select(history(*[0] * 20), range(10)).instead == frozenset()


def test_too_few_fresh_ones_give_their_earlier_version() -> None:
    assert numbers(select(history(*[0] * 20), range(3)).instead) == [0, 1, 2]


def test_where_too_few_stay_as_few_as_needed_go_back() -> None:
    """Four of twenty have no new result; eight protect one another, seven do not: each of them sees itself."""
    assert numbers(select(history(*[0] * 20), range(16)).instead) == [0, 1, 2, 3]


def test_all_go_back_where_the_rest_would_be_too_small() -> None:
    assert numbers(select(history(*[0] * 10), range(8), stay=range(10)).instead) == list(range(8))


def test_who_has_left_gives_its_earlier_version_only_if_others_would_be_shut_out() -> None:
    assert numbers(select(history(*[0] * 20), range(0), stay=range(1, 20)).instead) == [0]
    assert select(history(*[0] * 20), range(0), stay=range(10, 20)).instead == frozenset()


def test_newcomers_without_an_earlier_version_wait() -> None:
    found = select(history(*[0] * 20), range(20, 23))
    assert found.instead == frozenset()
    assert {found.versions[f"o{number:02}"] for number in range(20, 23)} == {"new-20", "new-21", "new-22"}


def test_a_party_that_sees_most_of_a_part_makes_more_go_back() -> None:
    """Of fourteen who stay it does not see ten, which is enough; or four, so that three more have to come."""
    for seen, back in ((range(16, 20), []), (range(16, 26), [0, 1, 2])):
        parties = {"person-1": [f"o{number}" for number in seen]}
        assert numbers(select(history(*[0] * 30), range(16), stay=range(30), parties=parties).instead) == back


@pytest.mark.parametrize("size", [20, 40])
def test_the_order_in_which_members_are_given_makes_no_difference(size: int) -> None:
    before = history(*[number % 2 for number in range(size)])
    newest = {f"o{number:02}": f"new-{number}" if number % 3 else f"old-{number}" for number in range(size)}
    earlier = dict(zip(before.organizations, before.versions, strict=True))
    found = [
        select_versions(given, earlier, history=before, parties={})
        for given in (newest, dict(reversed(newest.items())))
    ]
    assert found[0].instead == found[1].instead and dict(found[0].versions) == dict(found[1].versions)
