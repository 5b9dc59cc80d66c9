"""Translations cover exactly the texts of a pack: what is missing falls back, what is too much is an error."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from questionnaires import lint, load_pack
from questionnaires.problems import Problems
from questionnaires.source import YamlMap, parse_yaml
from questionnaires.texts import path_name

SOURCE = Path(__file__).parents[2] / "packs" / "valid" / "translations"
COMPLETE = (SOURCE / "km.yaml").read_text(encoding="utf-8")
TEXTS = (
    "title",
    "description",
    "profile.kind.title",
    "profile.kind.options.national",
    "scales.s.title",
    "scales.s.levels.0.title",
    "scales.s.levels.0.description",
    "scales.s.levels.1.title",
    "bands.low.title",
    "bands.high.title",
    "groups.G.title",
    "criteria.C1.title",
    "criteria.C1.guidance",
    "criteria.C1.evidence",
    "actions.A1.title",
    "actions.A1.owner",
    "actions.A1.indicator",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The pack alone, without its translations."""
    shutil.copy(SOURCE / "pack.yaml", tmp_path)
    return tmp_path


def said(folder: Path, rule: str) -> list[str]:
    return [problem.message for problem in lint(folder) if problem.rule == rule]


def test_a_complete_translation_lacks_nothing(folder):
    (folder / "km.yaml").write_text(COMPLETE, encoding="utf-8")
    assert [problem for problem in lint(folder) if problem.file.endswith("km.yaml")] == []


def test_a_translation_of_nothing_lacks_every_text_of_the_pack(folder):
    (folder / "km.yaml").write_text("reviewed: true\n", encoding="utf-8")
    assert said(folder, "untranslated") == [f"{path} is not translated" for path in TEXTS]


@pytest.mark.parametrize("path", TEXTS)
def test_one_text_that_is_missing_is_named_and_taken_from_the_source(folder, path):
    raw = parse_yaml(COMPLETE.encode(), "km.yaml", Problems())
    assert isinstance(raw, YamlMap)
    (folder / "km.yaml").write_text(written(without(raw, path.split("."))), encoding="utf-8")
    assert said(folder, "untranslated") == [f"{path} is not translated"]
    pack = load_pack(folder)
    source, translated = texts_of(pack), texts_of(pack.translated("km"))
    assert [name for name in source if source[name] == translated[name]] == [path]


def test_a_translation_that_does_not_say_whether_it_was_reviewed_counts_as_not_reviewed(folder):
    (folder / "km.yaml").write_text(COMPLETE.replace("reviewed: yes\n", ""), encoding="utf-8")
    assert len(said(folder, "unreviewed")) == 1
    assert load_pack(folder).translated("km").reviewed is False


def test_the_structure_of_a_translated_pack_is_that_of_the_source(folder):
    (folder / "km.yaml").write_text(COMPLETE, encoding="utf-8")
    pack = load_pack(folder)
    khmer = pack.translated("km")
    assert khmer.translations == {}
    for one, other in zip(pack.criteria, khmer.criteria, strict=True):
        assert (one.id, one.weight, one.scale.values, one.applies_when) == (
            other.id,
            other.weight,
            other.scale.values,
            other.applies_when,
        )


def test_a_key_that_names_nothing_is_an_error_with_the_one_that_was_meant(folder):
    (folder / "km.yaml").write_text("reviewed: true\ngroups: {GG: {title: ក្រុម}}\nbands: {lo: ទាប}\n", encoding="utf-8")
    assert said(folder, "translation-of-nothing") == [
        "there is no group GG to translate; did you mean G?",
        "there is no band lo to translate; did you mean low?",
    ]


def test_a_section_that_the_pack_lacks_may_stand_empty_in_a_translation(folder):
    text = (folder / "pack.yaml").read_text(encoding="utf-8")
    (folder / "pack.yaml").write_text(text[: text.index("actions:")], encoding="utf-8")
    (folder / "km.yaml").write_text("reviewed: true\nactions: {}\n", encoding="utf-8")
    assert said(folder, "translation-of-nothing") == []


def test_a_path_reads_as_it_is_written():
    assert path_name(("scales", "s", "levels", 0, "title")) == "scales.s.levels.0.title"


def without(raw: YamlMap, path: list[str]) -> dict[object, object]:
    """A copy of a translation without the text at that path."""
    copy: dict[object, object] = {}
    for key, value in raw.items():
        if str(key) != path[0]:
            copy[key] = value
        elif len(path) > 1 and isinstance(value, YamlMap):
            copy[key] = without(value, path[1:])
    return copy


def written(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(written, value)) + "]"
    return str(value)


def texts_of(pack) -> dict[str, object]:
    """Every text of the tiny pack under the name of its path."""
    fact, scale, action, criterion = pack.profile["kind"], pack.scales["s"], pack.action("A1"), pack.criterion("C1")
    texts = (
        pack.title,
        pack.description,
        fact.title,
        fact.options["national"],
        scale.title,
        scale.level(0).title,
        scale.level(0).description,
        scale.level(1).title,
        pack.band("low").title,
        pack.band("high").title,
        pack.group("G").title,
        criterion.title,
        criterion.guidance,
        criterion.evidence,
        action.title,
        action.owner,
        action.indicator,
    )
    return dict(zip(TEXTS, texts, strict=True))
