"""What the packs and standards that come with the project promise, and that size is no obstacle."""

from pathlib import Path

import pytest

from questionnaires import lint, load_pack
from questionnaires.model import ClauseRef, Status
from questionnaires.places import PACKS, project_packs, project_standards
from questionnaires.problems import Severity

LANGUAGES = {"chab-dai-charter": ("en", "km", "vi"), "safeguarding-basics": ("en", "km")}


def test_two_packs_are_shipped_each_in_a_folder_of_its_name():
    assert set(project_packs()) == set(LANGUAGES)
    assert all(load_pack(name).id == name for name in LANGUAGES)


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_shipped_pack_has_nothing_to_report_but_unreviewed_translations(name):
    assert {(problem.severity, problem.rule) for problem in lint(name)} == {(Severity.WARNING, "unreviewed")}


@pytest.mark.parametrize("name", sorted(project_standards()))
def test_a_shipped_standard_has_nothing_to_report_but_unreviewed_translations(name):
    assert {problem.rule for problem in lint(name)} == {"unreviewed"}


@pytest.mark.parametrize("name", LANGUAGES)
def test_a_shipped_pack_is_provisional_and_complete_in_its_languages(name):
    pack = load_pack(name)
    assert (pack.status, pack.languages) == (Status.PROVISIONAL, LANGUAGES[name])
    for language in pack.languages[1:]:
        translated = pack.translated(language)
        assert translated.reviewed is False
        same = [c.id for c, t in zip(pack.criteria, translated.criteria, strict=True) if c.title == t.title]
        assert same == []
        assert all(standard.language == language for standard in translated.standards)


def test_the_charter_has_4_values_15_principles_85_criteria_and_at_least_70_actions():
    pack = load_pack("chab-dai-charter")
    assert len(pack.groups) == 4
    assert sum(len(value.groups) for value in pack.groups) == len(pack.all_groups) - 4 == 15
    assert all(principle.criteria for value in pack.groups for principle in value.groups)
    assert len(pack.criteria) == 85
    assert len(pack.actions) >= 70


def test_every_criterion_of_the_charter_says_how_to_judge_it_and_what_to_ask_for():
    for criterion in load_pack("chab-dai-charter").criteria:
        assert criterion.guidance
        assert criterion.evidence
        assert criterion.kind
        assert criterion.scale.values == (0, 1, 2, 3, 4)


@pytest.mark.parametrize("name", LANGUAGES)
def test_every_essential_criterion_can_be_repaired_by_an_action(name):
    pack = load_pack(name)
    essential = [criterion for criterion in pack.criteria if criterion.essential]
    assert essential
    for criterion in essential:
        expected = pack.expected_by_actions[criterion.id]
        assert criterion.scale.score(expected) >= criterion.essential_from


def test_every_clause_can_be_met_by_actions():
    pack = load_pack("chab-dai-charter")
    assert {standard.id for standard in pack.standards} == set(project_standards())
    for standard in pack.standards:
        for clause in standard.clauses:
            ref = ClauseRef(standard.id, clause.id)
            for criterion in pack.criteria_of_clause[ref]:
                assert criterion.scale.score(pack.expected_by_actions[criterion.id]) >= pack.met_from(ref)


def test_the_second_pack_differs_from_the_first_in_what_could_be_taken_for_granted():
    pack = load_pack("safeguarding-basics")
    assert len(pack.criteria) == 12
    assert all(group.criteria and not group.groups for group in pack.groups)
    assert [scale.values for scale in pack.scales.values()] == [(1, 2, 3, 4)]
    assert pack.standards == ()


def test_an_unchanged_pack_has_nothing_to_report_against_itself():
    for name in LANGUAGES:
        assert lint(name, against=PACKS / name) == lint(name)


def test_a_pack_of_2000_criteria_is_read_whole(tmp_path: Path):
    groups = "".join(
        f"  - id: G{g}\n    title: Group {g}\n    criteria:\n"
        + "".join(
            f"      - {{id: C{g}.{c}, title: Criterion {c} of {g}, applies_when: {{any: [{{staff: {{at_least: {c}}}}}, "
            f"{{C{g}.{c - 1}: {{at_least: 2}}}}]}}}}\n"
            if c
            else f"      - {{id: C{g}.{c}, title: Criterion {c} of {g}}}\n"
            for c in range(40)
        )
        for g in range(50)
    )
    actions = "".join(
        f"  - {{id: A{g}.{c}, title: Action {c} of {g}, improves: {{C{g}.{c}: 2}}, "
        f"after: [{f'A{g}.{c - 1}' if c else ''}]}}\n"
        for g in range(50)
        for c in range(40)
    )
    (tmp_path / "pack.yaml").write_text(
        'pack: large\nversion: "1"\nstatus: provisional\nlanguage: en\ntitle: Large\n'
        "profile: {staff: {title: Staff, type: integer}}\n"
        "scales: {s: {title: How far?, levels: [{value: 0, title: No}, {value: 2, title: Fully}]}}\n"
        f"bands: [{{id: low, title: Low, from: 0}}]\ndefaults: {{scale: s}}\ngroups:\n{groups}actions:\n{actions}"
    )
    assert len(load_pack(tmp_path).criteria) == 2_000
    assert lint(tmp_path) == ()
