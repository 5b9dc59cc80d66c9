"""An answers file is read whole, or refused with everything that is wrong with it and where; never with a traceback."""

import json
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoring import AnswersError, parse_answers, read_answers, result_json, score
from scoring.answers import MAX_BYTES, MAX_PROBLEMS, AnswersProblem
from scoring.model import Answer, Choice
from tests.unit.scoring.packs import bare_pack

PACK = bare_pack(["A", "B", "C"]).load()
HEAD = {"pack": "bare", "version": "1"}
NEEDS_REASON = 'not-applicable needs a reason: {"rating": "not-applicable", "reason": "…"}'
SHEET_LEVELS = 'is no level of scale main; use 0, 1, 2, 3, 4, "not-applicable", "dont-know" or null'
LEVELS = 'is no level of scale main; use 0, 1, 2, 3, 4, "not-applicable" or null'


def read(**keys):
    return read_answers(json.dumps(HEAD | keys).encode(), PACK)


def problems(data):
    """The findings, each as path and message; `data` is bytes, or what stands in the file."""
    with pytest.raises(AnswersError) as refused:
        read_answers(data if isinstance(data, bytes) else json.dumps(HEAD | data).encode(), PACK)
    return [(problem.path, problem.message) for problem in refused.value.problems]


def refusal(data):
    """The only finding, on the file as a whole."""
    [(path, message)] = problems(data)
    assert path == ""
    return message


def test_every_way_of_writing_a_rating_is_read():
    answers = read(
        organization={"name": "House", "services": ["home", "home"], "staff": 28, "registered": None},
        ratings={
            "C": 3,
            "A": {"rating": 2, "note": "n"},
            "B": {"rating": "not-applicable", "reason": "We run no shelter"},
        },
        sheets=[{"A": 3, "B": "dont-know", "C": None}, {"A": "not-applicable"}, {}],
    )
    assert answers.organization == "House"
    assert answers.facts == {"services": ("home",), "staff": 28}
    assert list(answers.ratings.items()) == [
        ("A", Answer(2, note="n")),
        ("B", Answer(Choice.NOT_APPLICABLE, reason="We run no shelter")),
        ("C", Answer(3)),
    ]
    assert answers.sheets == ({"A": 3, "B": Choice.DONT_KNOW}, {"A": Choice.NOT_APPLICABLE}, {})


@pytest.mark.parametrize("nothing", [None, {"rating": None}, {"rating": None, "note": "later"}, {}])
def test_null_is_no_rating_yet(nothing):
    assert read(ratings={"A": nothing}).ratings["A"].rating is None


def test_a_whole_number_may_be_written_with_a_point():
    answers = read_answers(
        b'{"pack": "bare", "version": "1", "organization": {"staff": 28.0},"ratings": {"A": 3.0, "B": -0.0, "C": 2e0}}',
        PACK,
    )
    assert [answer.rating for answer in answers.ratings.values()] == [3, 0, 2]
    assert [type(answer.rating) for answer in answers.ratings.values()] == [int] * 3
    assert answers.facts == {"staff": 28}


@pytest.mark.parametrize(
    ("keys", "path", "message"),
    [
        ({"pack": "other"}, "pack", "the answers belong to \"other\", the pack at hand is 'bare'"),
        ({"version": 1}, "version", "the answers belong to 1, the pack at hand is '1'"),
        ({"rating": {}}, "rating", "there is no such key; did you mean ratings?"),
        ({"organization": []}, "organization", "must be an object, not a list"),
        ({"organization": {"name": 5}}, "organization.name", "must be text, not 5"),
        ({"organization": {"beds": 5}}, "organization.beds", "the pack's profile has no such fact"),
        (
            {"organization": {"stuff": 5}},
            "organization.stuff",
            "the pack's profile has no such fact; did you mean staff?",
        ),
        ({"organization": {"staff": True}}, "organization.staff", "must be a whole number, not true"),
        ({"organization": {"staff": 2.5}}, "organization.staff", "must be a whole number, not 2.5"),
        ({"organization": {"staff": "28"}}, "organization.staff", 'must be a whole number, not "28"'),
        ({"organization": {"staff": -1}}, "organization.staff", "must be at least 0, not -1"),
        ({"organization": {"registered": 1}}, "organization.registered", "must be true or false, not 1"),
        (
            {"organization": {"kind": "nationl"}},
            "organization.kind",
            '"nationl" is no option; there are national, international, no; did you mean national?',
        ),
        ({"organization": {"services": "home"}}, "organization.services", 'must be a list of options, not "home"'),
        (
            {"organization": {"services": ["home", 7]}},
            "organization.services[1]",
            "7 is no option; there are home, street, court",
        ),
        ({"ratings": []}, "ratings", "must be an object, not a list"),
        ({"ratings": {"D": 1}}, "ratings.D", "the pack has no such criterion"),
        ({"ratings": {"G": 1}}, "ratings.G", "the pack has no such criterion"),
        ({"ratings": {"a": 1}}, "ratings.a", "the pack has no such criterion; did you mean A?"),
        ({"ratings": {"A": 5}}, "ratings.A", f"5 {LEVELS}"),
        ({"ratings": {"A": 2.5}}, "ratings.A", f"2.5 {LEVELS}"),
        ({"ratings": {"A": True}}, "ratings.A", f"true {LEVELS}"),
        ({"ratings": {"A": False}}, "ratings.A", f"false {LEVELS}"),
        ({"ratings": {"A": "3"}}, "ratings.A", f'"3" {LEVELS}'),
        ({"ratings": {"A": "dont-know"}}, "ratings.A", f'"dont-know" {LEVELS}'),
        ({"ratings": {"A": [3]}}, "ratings.A", f"a list {LEVELS}"),
        ({"ratings": {"A": {"rating": {"rating": 3}}}}, "ratings.A", f"an object {LEVELS}"),
        ({"ratings": {"A": "not-applicable"}}, "ratings.A", NEEDS_REASON),
        ({"ratings": {"A": {"rating": "not-applicable"}}}, "ratings.A", NEEDS_REASON),
        ({"ratings": {"A": {"rating": "not-applicable", "reason": " \n"}}}, "ratings.A", NEEDS_REASON),
        ({"ratings": {"A": {"rating": "not-applicable", "note": "n"}}}, "ratings.A", NEEDS_REASON),
        ({"ratings": {"A": {"rating": 3, "note": 4}}}, "ratings.A.note", "must be text, not 4"),
        ({"ratings": {"A": {"rating": 3, "reason": []}}}, "ratings.A.reason", "must be text, not a list"),
        (
            {"ratings": {"A": {"rating": 3, "notes": "n"}}},
            "ratings.A.notes",
            "there is no such key; did you mean note?",
        ),
        ({"sheets": {}}, "sheets", "must be a list, not an object"),
        ({"sheets": [{}, 3]}, "sheets[1]", "must be an object, not 3"),
        ({"sheets": [{"D": 3}]}, "sheets[0].D", "the pack has no such criterion"),
        ({"sheets": [{}, {"A": 9}]}, "sheets[1].A", f"9 {SHEET_LEVELS}"),
        ({"sheets": [{"A": True}]}, "sheets[0].A", f"true {SHEET_LEVELS}"),
        ({"sheets": [{"A": {"rating": 3}}]}, "sheets[0].A", f"an object {SHEET_LEVELS}"),
    ],
)
def test_what_is_wrong_is_said_with_its_path(keys, path, message):
    assert problems(keys) == [(path, message)]


def test_everything_is_said_at_once_in_the_order_of_the_file():
    found = problems(
        {
            "version": "2",
            "extra": 1,
            "organization": {"name": 1, "staff": -1, "kind": "x"},
            "ratings": {"A": 9, "D": 1, "B": "not-applicable", "C": {"rating": 3, "why": ""}},
            "sheets": [{"A": 9}, 4, {"D": None}],
        }
    )
    assert [path for path, _ in found] == [
        "extra",
        "version",
        "organization.name",
        "organization.staff",
        "organization.kind",
        "ratings.A",
        "ratings.D",
        "ratings.B",
        "ratings.C.why",
        "sheets[0].A",
        "sheets[1]",
        "sheets[2].D",
    ]


def test_answers_that_name_no_pack_are_refused():
    assert [path for path, _ in problems(b"{}")] == ["pack", "version"]


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (b'{"pack": "bare", "pack": "bare", "version": "1"}', "pack"),
        (b'{"pack": "bare", "version": "1", "organization": {"staff": 1, "staff": 2}}', "organization.staff"),
        (b'{"pack": "bare", "version": "1", "ratings": {"A": 1, "A": 1}}', "ratings.A"),
        (b'{"pack": "bare", "version": "1", "ratings": {"A": {"rating": 1, "rating": 2}}}', "ratings.A.rating"),
        (b'{"pack": "bare", "version": "1", "sheets": [{}, {"A": 1, "B": 2, "A": 1}]}', "sheets[1].A"),
    ],
)
def test_a_key_that_stands_twice_is_refused(data, path):
    assert problems(data) == [(path, "stands twice")]


@pytest.mark.parametrize("value", ["[]", "3", "true", "null", '"text"', "1.5"])
def test_a_file_that_holds_no_object_is_refused(value):
    assert refusal(value.encode()).startswith("the file must hold an object with pack, version, organization, ")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\t", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b'{"pack": "bare",\n "version": "\xff"}', "the file is not UTF-8 text: byte 0xFF on line 2"),
        ('{"pack": "bare"}'.encode("utf-16"), "the file is not UTF-8 text: byte 0xFF on line 1"),
        (b"\x00\x01\x02", "the file is not valid JSON: line 1 column 1: Expecting value"),
        (b'{"pack": "bare",\n}', "the file is not valid JSON: line 2 column 1: "),
        (b'{"pack": "bare"} {}', "the file is not valid JSON: line 1 column 18: Extra data"),
        (b'{"ratings": {"A": NaN}}', "the file is not valid JSON: NaN is no JSON number"),
        (b'{"ratings": {"A": -Infinity}}', "the file is not valid JSON: -Infinity is no JSON number"),
        (b"[" * 100_000, "the file is nested too deeply"),
        (b'{"a":' * 100_000, "the file is nested too deeply"),
        (b'{"a":' + b"9" * 5_000 + b"}", "the file is not valid JSON: a number has 5000 digits; it may have at most"),
        (b" " * (MAX_BYTES + 1), f"the file is {MAX_BYTES + 1} bytes long; it may have at most {MAX_BYTES}"),
    ],
    ids=range(14),
)
def test_what_cannot_be_read_at_all_is_refused_in_one_sentence(data, message):
    assert refusal(data).startswith(message)


def test_a_byte_order_mark_is_no_fault():
    assert read_answers(b"\xef\xbb\xbf" + json.dumps(HEAD).encode(), PACK).pack == "bare"


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1e308", "9" * 300, "1" + "0" * 5_000 + ".5", "0.5e-9999"])
def test_numbers_of_any_size_are_refused_as_ratings(number):
    data = f'{{"pack": "bare", "version": "1", "ratings": {{"A": {number}}}, "sheets": [{{"A": {number}}}]}}'
    if number == "0.5e-9999":  # the nearest number that a computer has is 0
        assert read_answers(data.encode(), PACK).ratings["A"].rating == 0
    else:
        assert [path for path, _ in problems(data.encode())] == ["ratings.A", "sheets[0].A"]


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_refused_also_in_json_that_was_read_elsewhere(number):
    with pytest.raises(AnswersError) as refused:
        parse_answers(HEAD | {"organization": {"staff": number}, "ratings": {"A": number}}, PACK)
    assert [problem.path for problem in refused.value.problems] == ["organization.staff", "ratings.A"]


def test_half_a_character_is_refused_because_no_page_could_show_it():
    half = "so \ud800"
    found = problems({"organization": {"name": half}, "ratings": {"A": {"rating": 3, "note": half, "reason": half}}})
    assert [path for path, _ in found] == ["organization.name", "ratings.A.note", "ratings.A.reason"]
    assert {message for _, message in found} == {"holds U+D800, half of a character, which cannot be printed"}
    assert read(organization={"name": "😀"}).organization == "😀"


@pytest.mark.parametrize(
    "keys",
    [
        {"\ud800": 1},
        {"pack": "\ud800"},
        {"organization": {"\ud800": 1}},
        {"organization": {"kind": "\ud800"}},
        {"ratings": {"\ud800": 1}},
        {"ratings": {"A": "\ud800"}},
        {"ratings": {"A": {"\ud800": 1}}},
        {"sheets": [{"\ud800": "\udfff"}]},
    ],
)
def test_half_a_character_anywhere_is_a_problem_like_any_other(keys):
    assert len(problems(keys)) == 1


@pytest.mark.parametrize(
    "data",
    [
        b'{"a":1,"a":2,' + b",".join(b'"k%d":1' % number for number in range(100_000)) + b"}",
        json.dumps(HEAD | {"ratings": {f"A{number}": 1 for number in range(100_000)}}).encode(),
        json.dumps(HEAD | {"sheets": [{f"A{number}": 1} for number in range(100_000)]}).encode(),
        json.dumps(HEAD | {"organization": {"services": ["x"] * 100_000}}).encode(),
        json.dumps(HEAD | {"sheets": [0] * 1_000_000}).encode(),
        json.dumps(HEAD | {"ratings": {"x" * 4_000_000: 1}}).encode(),
    ],
    ids=["twice", "ratings", "sheets", "options", "no sheets", "long"],
)
def test_a_hostile_file_costs_little_time(data):
    began = time.process_time()
    found = problems(data)
    assert time.process_time() - began < 10
    assert len(found) <= MAX_PROBLEMS + 1
    if len(found) > MAX_PROBLEMS:
        assert found[-1] == ("", f"reading stopped here, after {MAX_PROBLEMS} problems")


def test_problems_print_as_path_and_message():
    assert str(AnswersProblem("ratings.A", "is wrong")) == "ratings.A: is wrong"
    assert str(AnswersProblem("", "the file is empty")) == "the file is empty"
    with pytest.raises(AnswersError, match=r"^version: is missing; .*\nratings\.D: the pack has no such criterion$"):
        read_answers(b'{"pack": "bare", "ratings": {"D": 1}}', PACK)


# Anything at all

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
scalars |= st.sampled_from(["A", "B", "G", "not-applicable", "dont-know", "home", "national", 0, 3, 3.0, 5, "\ud800"])
keys = st.sampled_from(
    [
        "pack",
        "version",
        "organization",
        "ratings",
        "sheets",
        "name",
        "staff",
        "kind",
        "services",
        "registered",
        "A",
        "B",
        "C",
        "G",
        "rating",
        "note",
        "reason",
    ]
)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys | st.text(max_size=4), inner, max_size=5),
    max_leaves=25,
)
nearly = st.fixed_dictionaries(
    {"pack": st.just("bare"), "version": st.just("1")},
    optional={
        "organization": st.dictionaries(keys, anything, max_size=4) | anything,
        "ratings": st.dictionaries(st.sampled_from("ABC"), anything, max_size=3) | anything,
        "sheets": st.lists(st.dictionaries(st.sampled_from("ABC"), scalars, max_size=3), max_size=6) | anything,
    },
)


def read_or_refused(call):
    try:
        answers = call()
    except AnswersError as error:
        assert error.problems
        assert all(problem.message for problem in error.problems)
        assert str(error)
        return
    json.dumps(result_json(score(PACK, answers)), allow_nan=False).encode()
    assert not any(isinstance(answer.rating, bool | float) for answer in answers.ratings.values())


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(anything | nearly)
def test_any_json_is_read_or_refused(raw):
    read_or_refused(lambda: parse_answers(raw, PACK))
    read_or_refused(lambda: read_answers(json.dumps(raw).encode(), PACK))


@settings(max_examples=200)
@given(st.binary(max_size=200), st.integers(0, 200), st.integers(0, 20))
def test_any_bytes_are_read_or_refused(noise, place, cut):
    data = json.dumps(HEAD | {"ratings": {"A": 3, "B": {"rating": "not-applicable", "reason": "r"}}}).encode()
    read_or_refused(lambda: read_answers(noise, PACK))
    read_or_refused(lambda: read_answers(data[:place] + noise[:5] + data[place + cut :], PACK))


def test_a_sheet_that_is_null_is_refused_and_an_empty_one_is_not() -> None:
    head = {"pack": PACK.id, "version": PACK.version}
    assert parse_answers({**head, "sheets": [{}]}, PACK).sheets == ({},)
    with pytest.raises(AnswersError, match=r"sheets\[0\]: must be an object"):
        parse_answers({**head, "sheets": [None]}, PACK)
