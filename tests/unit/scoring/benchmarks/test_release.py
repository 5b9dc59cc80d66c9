"""What holds of every release: what depends on what, and what never does."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from scoring.benchmarks import History, make_release, read_history
from scoring.benchmarks.canonical import canonical, canonical_sha256
from scoring.benchmarks.writing import data_package, release_csv, release_text
from tests.unit.scoring.benchmarks.making import released, written
from tests.unit.scoring.benchmarks.worlds import Round, made_up_rounds

SEEDS = st.integers(0, 10**9)


def everyone(n: int, **groups: range) -> Round:
    """n organizations with one version each, all of them in the group "all", and in further groups by number."""
    versions = [f"v{number:03}" for number in range(n)]
    members = {"all": frozenset(versions)}
    members |= {name: frozenset(versions[number] for number in those) for name, those in groups.items()}
    values: dict[str, int | None] = {version: number % 101 for number, version in enumerate(versions)}
    return Round({version: f"o{version[1:]}" for version in versions}, members, {"overall": values})


def published(each: Round, parties: dict[str, tuple[str, ...]] | None = None) -> list[str]:
    draft = make_release("r", each.declaration, each.columns(), parties=parties or {}, history=History())
    return [group.id for group in draft.release.groups]


@given(SEEDS)
@settings(max_examples=60)
def test_exchanging_results_inside_an_atom_leaves_the_release_byte_for_byte_the_same(seed: int) -> None:
    rounds, parties = made_up_rounds(seed, rounds=2, organizations=45, groups=3)
    rounds = [replace(each, values={"overall": each.values["overall"]}) for each in rounds]
    drafts, files = released(rounds, parties)
    record, last = drafts[-1].record, rounds[-1]
    assume(drafts[-1].release.groups)
    atoms: dict[int, list[str]] = {}
    for version, atom in zip(record.versions, record.atoms, strict=True):
        if version in record.taken:
            atoms.setdefault(atom, []).append(version)
    chance = random.Random(seed)
    becomes: dict[str, str] = {}
    for versions in atoms.values():
        becomes |= zip(versions, chance.sample(versions, len(versions)), strict=True)
    column = last.values["overall"]
    exchanged = replace(last, values={"overall": {each: column[becomes.get(each, each)] for each in column}})
    draft = make_release(
        "r1", exchanged.declaration, exchanged.columns(), parties=parties, history=read_history(files[:-1])
    )
    assert release_text(draft.release) == release_text(drafts[-1].release)
    assert release_csv(draft.release) == release_csv(drafts[-1].release)


@given(SEEDS)
@settings(max_examples=60)
def test_changing_scores_leaves_what_is_published_the_same(seed: int) -> None:
    rounds, parties = made_up_rounds(seed, rounds=2, organizations=45, groups=4)
    chance = random.Random(seed)
    changed = [
        replace(
            each,
            values={
                metric: {
                    version: None if value is None else chance.randint(0, 100) for version, value in column.items()
                }
                for metric, column in each.values.items()
            },
        )
        for each in rounds
    ]
    for one, other in zip(released(rounds, parties)[0], released(changed, parties)[0], strict=True):
        assert one.record == other.record
        assert one.release.withheld == other.release.withheld
        assert [(group.id, group.size) for group in one.release.groups] == [
            (group.id, group.size) for group in other.release.groups
        ]
        for mine, theirs in zip(one.release.groups, other.release.groups, strict=True):
            assert [
                (metric, figures.median is None, figures.meets is None) for metric, figures in mine.metrics.items()
            ] == [(metric, figures.median is None, figures.meets is None) for metric, figures in theirs.metrics.items()]


@given(SEEDS)
@settings(max_examples=60)
def test_another_release_only_refines_the_atoms(seed: int) -> None:
    rounds, parties = made_up_rounds(seed, rounds=3, organizations=60, groups=3)
    for before, after in pairwise(released(rounds, parties)[0]):
        now = dict(zip(after.record.versions, after.record.atoms, strict=True))
        assert set(before.record.versions) <= now.keys()
        coarse: dict[int, int] = {}
        for version, atom in zip(before.record.versions, before.record.atoms, strict=True):
            assert coarse.setdefault(now[version], atom) == atom


@given(SEEDS)
@settings(max_examples=40)
def test_the_order_of_results_changes_nothing(seed: int) -> None:
    rounds, parties = made_up_rounds(seed, rounds=2, organizations=45)
    for one, other in zip(released(rounds, parties)[0], released(rounds, parties, shuffled=True)[0], strict=True):
        assert (one.release, one.record) == (other.release, other.record)


def test_ten_are_published_and_nine_are_not() -> None:
    assert published(everyone(10)) == ["all"]
    assert published(everyone(9)) == []


def test_of_two_groups_the_heavier_is_published_and_of_equals_the_first() -> None:
    world = everyone(40, low=range(20), odd=range(3, 23))
    assert published(world) == ["all", "low"]
    assert published(replace(world, weights={"odd": 2})) == ["all", "odd"]


def test_two_light_groups_outweigh_a_heavy_one() -> None:
    world = everyone(60, crossing=range(5, 35), first=range(20), second=range(20, 40))
    assert published(replace(world, weights={"crossing": 3, "first": 2, "second": 2})) == ["all", "first", "second"]
    assert published(replace(world, weights={"crossing": 4, "first": 2, "second": 2})) == ["all", "crossing"]


def test_groups_with_the_same_members_count_once() -> None:
    world = everyone(30, again=range(30))
    draft = make_release("r", world.declaration, world.columns(), parties={}, history=History())
    assert [group.id for group in draft.release.groups] == ["all"]
    assert draft.release.withheld == ("again",)


def test_a_party_that_sees_too_much_of_a_group_keeps_it_from_being_published() -> None:
    world = everyone(30, first=range(12))
    seen = tuple(f"o{number:03}" for number in range(6))
    assert published(world, {"mentor": seen[:5]}) == ["all", "first"]
    assert published(world, {"mentor": seen}) == ["all"]
    assert published(world, {"mentor": tuple(f"o{number:03}" for number in range(12))}) == ["all"]


def test_a_party_named_like_an_organization_is_that_organization() -> None:
    world = everyone(30, first=range(12))
    others = tuple(f"o{number:03}" for number in range(1, 6))
    assert published(world, {"o020": others[:4]}) == ["all", "first"]
    assert published(world, {"o000": others}) == ["all"]


def test_what_a_party_once_saw_it_still_knows() -> None:
    first = everyone(30)
    draft = make_release("r0", first.declaration, first.columns(), parties={"m": ("o000", "o001")}, history=History())
    history = read_history([written(draft, History())])
    again = everyone(30, first=range(12))
    later = {"m": ("o002", "o003", "o004", "o005")}
    seen = make_release("r1", again.declaration, again.columns(), parties=later, history=history)
    assert [group.id for group in seen.release.groups] == ["all"]
    assert seen.record.parties == {"m": ("o000", "o001", "o002", "o003", "o004", "o005")}


def test_newcomers_wait_until_enough_of_them_come_together() -> None:
    first = everyone(30)
    history = read_history(
        [
            written(
                made := make_release("r0", first.declaration, first.columns(), parties={}, history=History()), History()
            )
        ]
    )
    assert made.release.groups
    for newcomers, waits in ((1, True), (7, True), (8, False)):
        later = everyone(30 + newcomers)
        draft = make_release("r1", later.declaration, later.columns(), parties={}, history=history)
        assert draft.release.waiting is waits
        assert len(draft.record.waiting) == (newcomers if waits else 0)


def test_those_who_leave_an_atom_with_too_few_take_the_rest_of_it_along() -> None:
    first = everyone(30)
    history = read_history(
        [written(make_release("r0", first.declaration, first.columns(), parties={}, history=History()), History())]
    )
    gone = everyone(30)
    del gone.organization["v000"]
    gone.members = {"all": frozenset(gone.organization)}
    draft = make_release("r1", gone.declaration, gone.columns(), parties={}, history=history)
    assert draft.release.waiting
    assert not draft.release.groups


def test_a_metric_that_too_few_lack_is_published_nowhere_and_one_that_nobody_lacks_everywhere() -> None:
    world = everyone(40)
    column = world.values["overall"]
    for lacking, shown in ((0, True), (1, False), (7, False), (8, True), (31, False), (40, False)):
        some = {version: None if number < lacking else 50 for number, version in enumerate(column)}
        each = replace(world, values={"overall": column, "group:x": some})
        draft = make_release("r", each.declaration, each.columns(), parties={}, history=History())
        (group,) = draft.release.groups
        assert (group.metrics["group:x"].median is not None) is shown
        assert group.metrics["overall"].median is not None


def test_figures_follow_the_number_who_have_a_value_and_the_size_that_of_the_group() -> None:
    world = everyone(50)
    some = {version: None if number < 31 else 50 for number, version in enumerate(world.organization)}
    each = replace(world, values={"overall": world.values["overall"], "policy": some})
    draft = make_release("r", each.declaration, each.columns(), parties={}, history=History())
    (group,) = draft.release.groups
    assert group.size == "50-99"
    assert group.metrics["policy"].as_json() == {"median": 50, "q1": None, "q3": None, "meets": None}


def test_nothing_can_be_published_and_the_release_says_so() -> None:
    world = everyone(3)
    draft = make_release("r", world.declaration, world.columns(), parties={}, history=History())
    content = draft.release.as_json()
    assert (content["groups"], content["withheld"], content["waiting"]) == ([], ["all"], True)
    assert draft.record.versions == []


def test_the_public_files_hold_no_name_of_an_organization_or_version() -> None:
    world = everyone(60, half=range(30))
    draft = make_release("r", world.declaration, world.columns(), parties={}, history=History())
    table = release_csv(draft.release)
    text = release_text(draft.release) + table.decode() + json.dumps(data_package(draft.release, table))
    assert not [name for pair in world.organization.items() for name in pair if name in text]


def test_the_hash_is_that_of_the_canonical_json_without_it() -> None:
    world = everyone(20)
    content = make_release("r", world.declaration, world.columns(), parties={}, history=History()).release.as_json()
    stated = content.pop("sha256")
    assert stated == canonical_sha256(content)
    assert content["previous"] is None


def test_canonical_json_orders_keys_by_utf_16_and_escapes_no_more_than_needed() -> None:
    value = {"\ufb33": 1, "\U0001f600": [True, None], "a": 'é"\\\n\u0007', "€": -5, "": {}}
    assert canonical(value).decode() == '{"":{},"a":"é\\"\\\\\\n\\u0007","€":-5,"\U0001f600":[true,null],"\ufb33":1}'


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**60, {1: 2}, "\ud800", object()])
def test_what_has_no_place_in_a_release_has_no_canonical_form(value: object) -> None:
    with pytest.raises(ValueError, match=r"no place|must be text|half of a character"):
        canonical(value)
