"""Forms that were made by hand, in KoboToolbox or elsewhere, become packs as far as packs can say what they say."""

import pytest

from questionnaires import lint
from questionnaires.model import FactType, Status
from questionnaires.xlsform import read_xlsform
from tests.unit.questionnaires.workbooks import loaded, notes, problems, workbook

SCALE = [["list_name", "name", "label"], *(["lvl", number, f"Level {number}"] for number in (1, 2, 3))]
QUESTION = ["select_one lvl", "q1", "First"]
HEAD = ["type", "name", "label"]


def read(survey, choices=SCALE, settings=None, **more):
    sheets = {"survey": survey, "choices": choices}
    if settings is not None:
        sheets["settings"] = settings
    return read_xlsform(workbook({**sheets, **more}))


@pytest.fixture
def pack_of(tmp_path):
    """The pack of a form, loaded; it has no errors and is provisional."""

    def make(*arguments, **more):
        result = read(*arguments, **more)
        pack = loaded(result, tmp_path)
        assert [str(each) for each in lint(tmp_path) if each.severity == "error"] == []
        assert pack.status is Status.PROVISIONAL
        return pack, notes(result)

    return make


def test_a_kobo_form_with_groups_languages_and_relevance(pack_of):
    survey = [
        ["type", "name", "label::English (en)", "label::Khmer (km)", "hint::English (en)", "relevant", "constraint"],
        ["start", "start"],
        ["select_multiple services", "services", "Services", "សេវា"],
        ["integer", "staff", "Staff", "បុគ្គលិក", None, None, ". >= 1"],
        ["select_one yn", "registered", "Registered?", "ចុះបញ្ជី?"],
        ["begin_group", "safety", "Safety", "សុវត្ថិភាព", None, "${registered} = 'yes'"],
        ["select_one level", "policy", "There is a policy", "មានគោលនយោបាយ", "Look for a date."],
        ["select_one level", "review", "It is reviewed", "បានពិនិត្យ", None, "${policy} >= 2 and ${staff} > 4"],
        ["text", "remarks", "Remarks"],
        ["end_group"],
        ["begin_group", "care", "Care", "ការថែទាំ"],
        ["select_one level", "beds", "Beds", "គ្រែ", None, "selected(${services}, 'shelter')"],
        ["end_group"],
        ["note", "thanks", "Thank you"],
    ]
    choices = [
        ["list_name", "name", "label::English (en)", "label::Khmer (km)"],
        ["services", "shelter", "Shelter", "ជម្រក"],
        ["services", "legal_aid", "Legal aid", "ច្បាប់"],
        ["yn", "yes", "Yes", "បាទ"],
        ["yn", "no", "No", "ទេ"],
        ["level", 1, "Missing", "គ្មាន"],
        ["level", 2, "Begun", "ចាប់ផ្តើម"],
        ["level", 3, "Working", "ដំណើរការ"],
    ]
    settings = [["form_title", "form_id", "version"], ["Check", "Safety Check 1", 7]]
    pack, said = pack_of(survey, choices, settings)
    assert (pack.id, pack.version, pack.title, pack.language) == ("safety-check-1", "7", "Check", "en")
    types = {name: fact.type for name, fact in pack.profile.items()}
    assert types == {"services": FactType.CHOICES, "staff": FactType.INTEGER, "registered": FactType.BOOLEAN}
    assert pack.profile["staff"].minimum == 1
    assert [group.id for group in pack.groups] == ["safety", "care"]
    assert [criterion.id for criterion in pack.criteria] == ["policy", "review", "beds"]
    assert pack.criterion("policy").scale.values == (1, 2, 3)
    assert pack.criterion("policy").guidance == "Look for a date."
    assert pack.translated("km").criterion("beds").title == "គ្រែ"
    assert pack.translated("km").profile["services"].options["legal_aid"] == "ច្បាប់"
    assert pack.group("safety").applies_when.holds({"registered": False}, {}) is False
    condition = pack.criterion("review").applies_when
    assert condition.holds({"staff": 5}, {"policy": 2}) is True
    assert condition.holds({"staff": 4}, {"policy": 2}) is False
    assert pack.criterion("beds").applies_when.holds({"services": ("legal_aid",)}, {}) is False
    assert "1 question of the type text left out: remarks" in said
    assert "1 question of the type note left out: thanks" in said
    assert "taken as facts about the organization, not as criteria: services, staff, registered" in said
    assert any("it will be for safety, review, beds" in note for note in said)
    assert any("Safety Check 1 is called safety-check-1" in note for note in said)
    assert any("a form has no bands" in note for note in said)
    assert not any("start" in note and "left out" in note for note in said)


def test_a_checklist_of_words_in_no_group(pack_of):
    choices = [
        ["list name", "name", "label"],
        *(["how often", name, name.title()] for name in ("never", "sometimes", "always", "dont_know")),
    ]
    choices = [[cell.replace("how often", "how_often") for cell in row] for row in choices]
    pack, said = pack_of([HEAD, ["select one how_often", "wash", "Hands are washed"]], choices)
    assert pack.groups[0].id == "questions"
    levels = [(level.value, level.title) for level in pack.criterion("wash").scale.levels]
    assert levels == [(0, "Never"), (1, "Sometimes"), (2, "Always")]
    assert any("numbered from 0 in the order of the list" in note for note in said)
    assert any("no levels of the scale how_often, but answers apart: dont_know" in note for note in said)
    assert any("does not say which language it is in" in note for note in said)
    assert any("the form has no form_id; the pack is called imported-form" in note for note in said)
    assert pack.language == "und"


def test_a_form_of_yes_and_no_alone_is_rated_with_no_below_yes(pack_of):
    choices = [["list_name", "name", "label"], ["yn", "1", "Yes"], ["yn", "2", "No"]]
    survey = [HEAD, ["begin group", "g", "Group"], ["select_one yn", "q", "Is it there?"], ["end group"]]
    pack, _ = pack_of(survey, choices)
    assert [(level.value, level.title) for level in pack.criterion("q").scale.levels] == [(0, "No"), (1, "Yes")]


def test_ratings_beside_groups_get_a_group_of_their_own(pack_of):
    survey = [
        HEAD,
        ["begin_group", "outer", "Outer"],
        QUESTION,
        ["begin_group", "inner", "Inner"],
        ["select_one lvl", "q2", "Second"],
        ["end_group"],
        ["select_one lvl", "q3", "Third"],
        ["end_group"],
        ["begin_group", "empty", "Nothing to rate"],
        ["text", "t", "Text"],
        ["end_group"],
    ]
    pack, said = pack_of(survey)
    assert [group.id for group in pack.all_groups] == ["outer", "outer-questions", "inner"]
    assert [criterion.id for criterion in pack.group("outer-questions").criteria] == ["q1", "q3"]
    assert any("put into a group of their own" in note for note in said)


def test_questions_among_ratings_are_left_out_unless_something_depends_on_them(pack_of):
    survey = [
        [*HEAD, "relevant"],
        ["begin_group", "g", "Group"],
        ["integer", "incidents", "How many incidents?"],
        ["integer", "beds", "How many beds?"],
        [*QUESTION, "${beds} > 10"],
        ["end_group"],
    ]
    pack, said = pack_of(survey)
    assert list(pack.profile) == ["beds"]
    assert any("among ratings and are none: incidents" in note for note in said)


def test_what_conditions_cannot_say_is_reported_with_its_cell(pack_of):
    survey = [
        [*HEAD, "relevant"],
        ["text", "why", "Why"],
        ["select_one lvl", "q1", "First", "string-length(${why}) > 0"],
        ["select_one lvl", "q2", "Second", "${why} = 'x'"],
        ["select_one lvl", "q3", "Third", "${q4} > 1"],
        ["select_one lvl", "q4", "Fourth"],
    ]
    pack, said = pack_of(survey)
    assert [criterion.applies_when for criterion in pack.criteria] == [None] * 4
    cannot = [note for note in said if "the condition is not carried" in note]
    assert cannot == [
        "sheet survey, row 3, column D (relevant): the condition is not carried, so this is always asked: "
        "the function string-length() has no counterpart",
        "sheet survey, row 4, column D (relevant): the condition is not carried, so this is always asked: "
        "why is no fact, nor a criterion that stands before",
        "sheet survey, row 5, column D (relevant): the condition is not carried, so this is always asked: "
        "q4 is no fact, nor a criterion that stands before",
    ]


def test_markup_repeats_and_columns_that_packs_lack_are_left_out_and_named(pack_of):
    survey = [
        [*HEAD, "appearance", "required", "relevant", "choice_filter"],
        ["select_one lvl", "q1", "<b>Bold</b> &amp; <span style='color:red'>red</span>", "likert", "yes"],
        ["begin_repeat", "people", "People"],
        ["select_one lvl", "q2", "Again"],
        ["end_repeat"],
        ["select_one lvl", "_q3_ភាសា", "x <y and a&nbsp;b", None, None, None, "level > 1"],
        ["select_one lvl or_other", "q4", None],
    ]
    pack, said = pack_of(survey)
    assert [(criterion.id, criterion.title) for criterion in pack.criteria] == [
        ("q1", "Bold & red"),
        ("q3", "x < y and a\u00a0b"),
        ("q4", "q4"),
    ]
    assert any("sheet survey: these columns are not carried" in note and "appearance" in note for note in said)
    assert any("what stands in the column required is not carried: q1" in note for note in said)
    assert any("what stands in the column choice_filter is not carried: _q3_ភាសា" in note for note in said)
    assert any("what stands in the column type is not carried: or_other of q4" in note for note in said)
    assert any("select_one inside a repeat left out: q2" in note for note in said)
    assert any("tags, entities or control characters are left out" in note for note in said)
    assert any("_q3_ភាសា is called q3" in note for note in said)
    assert any("there is no label in the language und; the name is taken" in note for note in said)


@pytest.mark.parametrize(
    ("names", "values", "note"),
    [
        (("4", "2", "0"), (0, 2, 4), "put in rising order"),
        (("0", "1", "2", "99"), (0, 1, 2), "answers apart: 99"),
        (("10", "50", "99"), (10, 50, 99), None),
        (("-1", "0", "1"), (-1, 0, 1), None),
        (("1", "2", "n/a"), (1, 2), "answers apart: n/a"),
        (("1", "2", "high"), (0, 1, 2), "numbered from 0"),
        (("0.5", "1", "2"), (0, 1, 2), "numbered from 0"),
        (("1", "5000"), (0, 1), "numbered from 0"),
    ],
)
def test_choice_lists_become_scales(pack_of, names, values, note):
    choices = [["list_name", "name", "label"], *(["lvl", name, f"Choice {name}"] for name in names)]
    pack, said = pack_of([HEAD, QUESTION], choices)
    assert pack.criterion("q1").scale.values == values
    assert any(note in each for each in said) if note else not any("lvl" in each for each in said)


def test_a_list_of_one_choice_is_no_scale():
    choices = [["list_name", "name", "label"], ["lvl", "1", "Only"]]
    result = read([HEAD, QUESTION], choices)
    assert problems(result) == ["the form has no question that can be rated: none that takes one choice of several"]


def test_ids_that_packs_reserve_are_changed(pack_of):
    survey = [HEAD, *(["select_one lvl", name, name] for name in ("all", "overall", "1st", "Not"))]
    pack, said = pack_of(survey)
    assert [criterion.id for criterion in pack.criteria] == ["all-2", "overall-2", "1st", "Not-2"]
    assert any("all is called all-2" in note for note in said)


def test_a_name_in_two_groups_gives_two_ids(pack_of):
    survey = [[*HEAD, "relevant"]]
    for group in ("a", "b"):
        survey += [["begin_group", group, group], QUESTION, ["end_group"]]
    survey.append(["select_one lvl", "q2", "Second", "${q1} > 1"])
    pack, said = pack_of(survey)
    assert [criterion.id for criterion in pack.criteria] == ["q1", "q1-2", "q2"]
    assert any("q1 is no fact, nor a criterion that stands before" in note for note in said)


@pytest.mark.parametrize(
    ("default", "columns", "source", "others"),
    [
        ("Khmer (km)", ["label::English (en)", "label::Khmer (km)"], "km", {"en"}),
        (None, ["label::English", "label::ខ្មែរ"], "en", {"km"}),
        ("English (en)", ["label", "label::Khmer (km)"], "en", {"km"}),
        (None, ["label:French", "label:Portuguese (pt_BR)"], "fr", {"pt-BR"}),
        ("Frnech (fr)", ["label::English (en)", "label::French (fr)"], "en", {"fr"}),
        (None, ["label::Martian", "label::English (en)"], "en", set()),
    ],
)
def test_languages_are_known_by_code_or_name(pack_of, default, columns, source, others):
    survey = [["type", "name", *columns], ["select_one lvl", "q1", "One", "Two"]]
    choices = [["list_name", "name", *columns], ["lvl", 1, "A", "B"], ["lvl", 2, "C", "D"]]
    settings = [["form_id", "default_language"], ["f", default]]
    pack, said = pack_of(survey, choices, settings)
    assert (pack.language, set(pack.translations)) == (source, others)
    if "label::Martian" in columns:
        assert any("the language “Martian” is not known" in note for note in said)
    if default == "Frnech (fr)":
        assert any(
            "no column is in the default language; en is taken instead; did you mean French (fr)?" in note
            for note in said
        )


def test_disabled_rows_and_other_sheets_are_not_read(pack_of):
    survey = [[*HEAD, "disabled"], QUESTION, ["select_one gone", "q2", "Second", "yes"]]
    pack, said = pack_of(survey, entities=[["list_name"], ["x"]])
    assert len(pack.criteria) == 1
    assert any("other sheets are left out: entities" in note for note in said)


def test_constraints_that_are_no_minimum_are_named(pack_of):
    survey = [
        [*HEAD, "constraint"],
        ["integer", "a", "A", ". > 4"],
        ["integer", "b", "B", ". < 9"],
        ["begin_group", "g", "G"],
        [*QUESTION, ". != 3"],
        ["end_group"],
    ]
    pack, said = pack_of(survey)
    assert (pack.profile["a"].minimum, pack.profile["b"].minimum) == (5, None)
    assert any("the constraint “. < 9” is not carried" in note for note in said)
    assert any("constraints of ratings are not carried" in note for note in said)
