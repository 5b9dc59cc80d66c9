"""What the form of the files, their languages and the standards beside them must mean in valid packs."""

from pathlib import Path
from typing import Any

import pytest

from questionnaires import lint, load_pack
from questionnaires.model import ClauseRef

VALID = Path(__file__).parent / "valid"


def load(case: str) -> Any:
    return load_pack(VALID / case)


def test_a_translation_gives_the_same_pack_with_other_texts():
    pack = load("translations")
    khmer = pack.translated("km")
    assert (pack.languages, khmer.language, khmer.reviewed) == (("en", "km", "zh-Hant"), "km", True)
    assert (khmer.title, khmer.description) == ("តូច", "សម្រាប់អ្វី")
    assert (khmer.profile["kind"].title, dict(khmer.profile["kind"].options)) == ("ប្រភេទ", {"national": "ជាតិ"})
    levels = khmer.scales["s"].levels
    assert [(level.value, level.title, level.description) for level in levels] == [
        (0, "មិនទាន់", "គ្មាន"),
        (1, "ពេញលេញ", None),
    ]
    assert [(band.id, band.title, band.start) for band in khmer.bands] == [
        ("low", "ទាប", pack.bands[0].start),
        ("high", "ខ្ពស់", pack.bands[1].start),
    ]
    assert (khmer.group("G").title, khmer.criterion("C1").title) == ("ក្រុម", "ទីមួយ")
    assert (khmer.criterion("C1").guidance, khmer.criterion("C1").evidence) == ("របៀប", ("មួយ", "ពីរ"))
    action = khmer.action("A1")
    assert (action.title, action.owner, action.indicator) == ("ធ្វើ", "នាយក", "សូចនាករ")
    assert dict(action.improves) == {"C1": 1}


def test_a_text_that_is_not_translated_falls_back_to_the_source():
    pack = load("translations")
    chinese = pack.translated("zh-Hant")
    assert chinese.reviewed is False
    assert chinese.criterion("C1").evidence == ("一", "二")
    assert (chinese.criterion("C1").title, chinese.title) == (pack.criterion("C1").title, pack.title)


def test_a_translation_may_be_into_english_too():
    pack = load("khmer-source")
    assert (pack.language, pack.criterion("C1").title) == ("km", "ទីមួយ")
    english = pack.translated("en")
    assert (english.title, english.group("G").title, english.criterion("C1").title) == ("In English", "Group", "ទីមួយ")


def test_own_standards_come_before_those_of_the_project():
    pack = load("own-standards")
    assert [standard.id for standard in pack.standards] == ["unnamed", "victims-2009", "residential-2014"]
    assert pack.standard("victims-2009").title == "Our own reading"
    assert pack.clause(ClauseRef("residential-2014", "food")).id == "food"
    assert [str(ref) for ref in pack.criteria_of_clause] == ["victims-2009/own", "residential-2014/food"]


def test_a_standard_may_be_in_another_language_than_the_pack():
    pack = load("standard-languages")
    (standard,) = pack.standards
    (khmer,) = pack.translated("km").standards
    assert (standard.title, standard.language) == ("Local standard", "en")
    assert (khmer.title, khmer.language, khmer.clause("own").title) == ("ស្តង់ដារ", "km", "Own clause")


def test_sections_may_be_empty():
    pack = load("empty-sections")
    assert (dict(pack.profile), pack.actions, pack.criterion("C1").evidence) == ({}, (), ())


def test_aliases_stand_for_what_they_repeat():
    first, second = load("aliases").criteria
    assert first.evidence == second.evidence == ("A copy", "Group")
    assert first.applies_when is not None and second.applies_when is not None
    assert first.applies_when.holds({"services": ("shelter",)}, {}) is True
    assert second.applies_when.holds({"services": ("shelter",)}, {}) is False


def test_texts_may_stand_over_several_lines():
    pack = load("block-texts")
    first, second = pack.criteria
    assert pack.group("G").title == "It's a group: with a colon"
    assert (first.title, first.guidance) == ("A title on two lines", "One line.\nAnother.")
    assert (second.title, second.guidance) == ("Second – with a dash", "plain text that goes on")


def test_signs_that_are_no_html_are_plain_text():
    pack = load("plain-signs")
    assert pack.group("G").title == "R&D and Q&A"
    assert pack.criterion("C1").title == "Fewer than < 5, or 3 < 4"
    assert pack.criterion("C1").guidance == "If a -> b & c >= d; AT&T"


@pytest.mark.parametrize("case", ["comments", "byte-order-mark", "no-final-newline"])
def test_what_stands_around_the_content_does_not_matter(case):
    pack = load(case)
    assert (pack.id, pack.title) == (case, "Tiny")
    assert [criterion.id for criterion in pack.criteria] == ["C1", "C2"]


def test_lines_may_end_as_on_windows():
    assert load("crlf").criterion("C1").guidance == "One line.\nAnother."


def test_a_pack_may_be_written_as_json():
    pack = load("json")
    assert (pack.title, pack.scales["s"].values) == ("Shows: JSON, which is YAML as well", (0, 1))


def test_keys_may_stand_in_any_order():
    pack = load("key-order")
    assert (pack.groups[0].title, pack.criterion("C1").scale.highest) == ("Group", 1)


def test_what_a_translation_lacks_is_warned_of_where_it_would_stand():
    where = {p.message: (p.line, p.column) for p in lint(VALID / "translations") if p.rule == "untranslated"}
    assert where["criteria.C1.title is not translated"] == (4, 3)
    assert where["title is not translated"] == (2, 1)
