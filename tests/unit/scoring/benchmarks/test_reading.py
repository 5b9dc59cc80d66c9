"""Results, groups and parties as they are read: what is taken, and what is refused with which words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from questionnaires.problems import PackError
from scoring.benchmarks import Columns, History, PartiesError, RowReader, RowsError, read_declaration, read_parties
from scoring.benchmarks.model import MISSING

GROUPS = b"""
meets_from: 75
groups:
  - {id: all, title: All, weight: 3}
  - {id: national, title: National, when: {kind: {is: national}}}
  - {id: small, title: Small, weight: 0.5, when: {staff: {at_most: 10}}}
  - {id: homes, title: Homes, when: {services: {includes: residential}}}
  - {id: others, title: Others, when: {not: {services: {includes_any: [residential, legal]}}}}
  - id: mixed
    title: Mixed
    when: {any: [{kind: {in: [national, 3]}}, {all: [{open: {is: true}}, {staff: {at_least: 5}}]}]}
"""


def row(name: str = "o1", **changes: Any) -> dict[str, Any]:
    result = {
        "pack": "harbour",
        "version": "1",
        "status": "official",
        "overall": {"score": 0.585, "policy": 0.5, "practice": None},
        "groups": {"P1": {"score": 1}, "P2": {"score": None}},
        "standards": {"s": {"share_met": 1.0}},
    }
    return {"organization": name, "version": f"{name}-2026", "attributes": {}, "result": result, **changes}


def changed(name: str, **changes: Any) -> dict[str, Any]:
    """A row whose result differs."""
    return row(name, result=row()["result"] | changes)


def columns(*rows: Any, groups: bytes = GROUPS) -> Columns:
    reader = RowReader(read_declaration(groups, "groups.yaml"), History())
    for each in rows:
        reader.add(each if isinstance(each, bytes) else json.dumps(each).encode())
    return reader.columns()


def refused(*rows: Any) -> list[tuple[int, str]]:
    with pytest.raises(RowsError) as error:
        columns(*rows)
    return [(problem.line, problem.message) for problem in error.value.problems]


def test_every_metric_is_read_in_the_order_of_the_result() -> None:
    found = columns(row("o1"), changed("o2", overall={"score": 0, "policy": 0.1}))
    assert found.metrics == ("overall", "policy", "practice", "group:P1", "group:P2", "standard:s")
    assert found.values.T.tolist() == [[59, 50, MISSING, 100, MISSING, 100], [0, 10, MISSING, 100, MISSING, 100]]
    assert (found.pack, found.pack_version) == ("harbour", "1")
    assert list(found.versions) == ["o1-2026", "o2-2026"]


@pytest.mark.parametrize(
    ("attributes", "groups"),
    [
        ({}, "all"),
        (None, "all"),
        ({"kind": "national"}, "all national mixed"),
        ({"kind": 3}, "all mixed"),
        ({"staff": 10, "services": []}, "all small others"),
        ({"staff": 11, "services": ["residential", "x"], "open": True}, "all homes mixed"),
        ({"staff": 10.0, "services": ["legal"], "open": None}, "all small"),
        ({"services": "residential", "staff": "5"}, "all"),
    ],
)
def test_a_member_is_who_surely_fulfils_the_condition(attributes: Any, groups: str) -> None:
    declared = read_declaration(GROUPS, "groups.yaml").groups
    inside = columns(row(attributes=attributes)).members[:, 0].tolist()
    assert [group.id for group, member in zip(declared, inside, strict=True) if member] == groups.split()


def test_attributes_that_only_look_alike_are_told_apart() -> None:
    when = b"[{id: a, title: A, when: {open: {is: true}}}, {id: b, title: B, when: {open: {is: 1}}}]"
    groups = b"meets_from: 50\ngroups: " + when
    found = columns(row("o1", attributes={"open": True}), row("o2", attributes={"open": 1}), groups=groups)
    assert found.members.tolist() == [[True, False], [False, True]]


def test_weights_keep_their_ratio() -> None:
    assert [group.weight for group in read_declaration(GROUPS, "g").groups] == [6, 2, 1, 2, 2, 2]


def test_standards_that_a_result_does_not_list_are_missing_there_whatever_the_order_of_lines() -> None:
    with_both = changed("o1", standards={"s": {"share_met": 1}, "b": {"share_met": 0.5}})
    for rows in ((row("o2"), with_both), (with_both, row("o2"))):
        found = columns(*rows)
        assert found.metrics[-2:] == ("standard:b", "standard:s")
        at = list(found.organizations).index("o2")
        assert found.values[-2:, at].tolist() == [MISSING, 100]


def test_blank_lines_and_a_byte_order_mark_are_passed_over() -> None:
    data = json.dumps(row()).encode()
    assert list(columns(b"\xef\xbb\xbf" + data + b"\r\n", b"\n", b"").versions) == ["o1-2026"]


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ((), 0, "the file holds no results"),
        ((b"{",), 1, "is not valid JSON: column 2"),
        ((b"\xff{}",), 1, "is not UTF-8 text: byte 0xFF"),
        ((b"[" * 100_000,), 1, "is nested too deeply"),
        ((b'{"version": NaN}',), 1, "NaN is no JSON number"),
        ((b'{"version": ' + b"1" * 5000 + b"}",), 1, "is not valid JSON"),
        ((b"3",), 1, "must be an object with organization, version"),
        ((row(), row()), 2, "version o1-2026 stands on line 1 already"),
        ((row(), row(version="o1-2027")), 2, "organization o1 stands on line 1 already"),
        ((row(version=None),), 1, "version: must be text, not null"),
        ((row(organization=" "),), 1, "organization: must be text"),
        ((row(organization="\ud800"),), 1, "organization: must be text"),
        ((row(atributes={}),), 1, "atributes: there is no such key; did you mean attributes?"),
        ((row(attributes=[]),), 1, "attributes: must be an object, not a list"),
        ((row(attributes={"staff": 1.5}),), 1, "attributes.staff: must be text, a whole number"),
        ((row(attributes={"services": [1]}),), 1, "attributes.services: must be text"),
        ((row(result=None),), 1, "result: is missing"),
        ((row(result=[]),), 1, "result: must be an object, not a list"),
        ((row(), changed("o2", pack="other")), 2, "belongs to other 1, that on line 1 to harbour 1"),
        ((row(), changed("o2", version="2")), 2, "belongs to harbour 2, that on line 1 to harbour 1"),
        ((changed("o1", pack=None),), 1, "result.pack: is missing"),
        ((changed("o1", overall={"score": 1.01}),), 1, "result.overall.score: 1.01 is out of range"),
        ((changed("o1", overall={"score": -0.1}),), 1, "result.overall.score: -0.1 is out of range"),
        ((changed("o1", overall={"score": 62}),), 1, "result.overall.score: 62 is out of range"),
        ((changed("o1", overall={"score": "0.5"}),), 1, "result.overall.score: must be a number from 0 to 1"),
        ((changed("o1", overall={"score": True}),), 1, "result.overall.score: must be a number from 0 to 1"),
        ((changed("o1", overall={"policy": 0.5}),), 1, "result.overall.score: is missing"),
        ((changed("o1", overall=None),), 1, "result.overall: is missing"),
        ((changed("o1", overall={"score": 1, "policy": 2}),), 1, "result.overall.policy: 2 is out of range"),
        ((changed("o1", groups={"P1": 3}),), 1, "result.groups.P1: must be an object, not 3"),
        ((changed("o1", groups={"P1": {"score": 7}}),), 1, "result.groups.P1.score: 7 is out of range"),
        ((changed("o1", standards={"s": {"share_met": 7}}),), 1, "result.standards.s.share_met: 7 is out of range"),
        ((changed("o1", standards={"s": None}),), 1, "result.standards.s: must be an object"),
        ((changed("o1", standards=[]),), 1, "result.standards: must be an object, not a list"),
        (
            (row(), changed("o2", groups={"P1": {"score": 1}, "P3": {"score": 1}})),
            2,
            "result.groups.P3: there is no such",
        ),
        ((row(), changed("o2", groups={"P1": {"score": 1}})), 2, "result.groups.P2: is missing; the result on line 1"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_with_its_number(rows: tuple[Any, ...], line: int, message: str) -> None:
    (found,) = [text for at, text in refused(*rows) if at == line and message in text]
    assert found


def test_all_problems_come_at_once() -> None:
    found = refused(row(), changed("o1", overall={"score": 2}, groups={}), b"{", row("o3"))
    assert [line for line, _ in found] == [2, 2, 2, 2, 3]


def test_reading_stops_when_everything_is_wrong() -> None:
    found = refused(*[b"{"] * 5000)
    assert len(found) == 1001
    assert found[-1] == (0, "reading stopped at line 1000, after so many problems")


def test_a_line_with_a_million_unknown_names_is_refused_quickly() -> None:
    assert len(refused(row() | {f"k{number}": 1 for number in range(100_000)})) == 20


def test_a_version_stays_with_its_organization() -> None:
    reader = RowReader(read_declaration(GROUPS, "g"), History(["o1-2026"], ["other"]))
    reader.add(json.dumps(row()).encode())
    with pytest.raises(RowsError, match="o1-2026 belonged to other in an earlier release, not to o1"):
        reader.columns()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "groups.yaml:0:0: error[file-empty]"),
        ("[]", "groups.yaml:1:1: error[wrong-type]"),
        ("meets_from: 75", "groups.yaml:1:1: error[missing-key]: the file lacks the key groups"),
        ("meets_from: 75\ngroups: []", "groups.yaml:2:9: error[empty-list]"),
        ("meets_from: 75.5\ngroups: [{id: a, title: A}]", "groups.yaml:1:13: error[wrong-type]"),
        ("meets_from: 101\ngroups: [{id: a, title: A}]", "groups.yaml:1:13: error[out-of-range]"),
        ("meets_from: 75\ngroups: [{id: a, title: A, weight: 0}]", "error[out-of-range]"),
        ("meets_from: 75\ngroups: [{id: a, title: A, wieght: 1}]", "did you mean weight?"),
        ("meets_from: 75\ngroups: [{id: a, title: A}, {id: a, title: B}]", "already taken by the group on line 2"),
        ("meets_from: 75\ngroups: [{id: a}]", "lacks the key title"),
        ("meets_from: 75\ngroups: [{id: a, title: A, when: national}]", "2:34: error[condition-form]"),
        ("meets_from: 75\ngroups: [{id: a, title: A, when: {kind: national}}]", "error[condition-form]"),
        ("meets_from: 75\ngroups: [{id: a, title: A, when: {kind: {iss: x}}}]", "did you mean is?"),
        ("meets_from: 75\ngroups: [{id: a, title: A, when: {staff: {at_most: many}}}]", "must be a whole number"),
        ("meets_from: 75\ngroups: [{id: a, title: A, when: {s: {includes: 3}}}]", "must be the id of an option"),
        ("meets_from: 75\ngroups: [{id: a, title: A, when: {s: {in: x}}}]", "must be a list of values"),
        ("meets_from: 75\ngroups: [{id: a, title: A, when: {s: {is: yes}}}]", 'or the text in quotes, "yes"'),
        ("meets_from: 75\ngroups: [{id: a, title: A, when: {all: []}}]", "all needs a list of conditions"),
        ("meets_from: 75\ngroups: [{id: a, title: A, when: {a: {is: b}, c: {is: d}}}]", "this has 2 keys"),
        ("meets_from: 75\ngroups: [{id: a, title: A, when: {any: [{a: {is: b}}, 3]}}]", "error[condition-form]"),
        ("meets_from: 75\nmeets_from: 80\ngroups: [{id: a, title: A}]", "error[duplicate-key]"),
    ],
)
def test_groups_that_cannot_be_used_are_refused_with_their_place(text: str, said: str) -> None:
    with pytest.raises(PackError) as error:
        read_declaration(text.encode(), "groups.yaml")
    assert any(said in str(problem) for problem in error.value.problems), error.value.problems


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"[]", "must hold an object"),
        (b'{"m": "o1"}', "m: must be a list"),
        (b'{"m": ["o1", 3]}', "m[1]: must be the id of an organization"),
        (b'{"m": [], "m": []}', "m: stands twice"),
        (b"{", "is not valid JSON: line 1 column 2"),
        (b"\xff", "is not UTF-8 text"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_parties_that_cannot_be_used_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(PartiesError, match=said.replace("[", r"\[").replace("]", r"\]")):
        read_parties(data)


def test_parties_may_name_organizations_that_are_nowhere() -> None:
    assert read_parties(b'{"mentor-1": ["o1", "o5"], "none": []}') == {"mentor-1": ("o1", "o5"), "none": ()}
