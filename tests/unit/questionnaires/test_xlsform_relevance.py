"""A form asks a criterion exactly where its condition is not false, whatever is still unanswered."""

import itertools
import random
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires import load_pack
from questionnaires.conditions import AllOf, AnyOf, Compare, Not, Operator
from questionnaires.model import Fact, FactType
from questionnaires.xlsform import write_xlsform
from questionnaires.xlsform.conditions import Subject, condition_of
from questionnaires.xlsform.expressions import MOST_DEPTH, NotCarried, UnknownName, parse
from questionnaires.xlsform.relevance import relevant_when
from tests.unit.questionnaires.workbooks import rows_of
from tests.unit.questionnaires.xpath import holds

FACTS = {
    "kind": Fact("kind", "Kind", FactType.CHOICE, {"a": "A", "b": "B"}),
    "services": Fact("services", "Services", FactType.CHOICES, {"a": "A", "b": "B"}),
    "staff": Fact("staff", "Staff", FactType.INTEGER),
    "open": Fact("open", "Open", FactType.BOOLEAN),
}
NAMES = {name: name for name in (*FACTS, "C")}
# Every state that a subject can be in: what the pack knows of it, and the text in the form.
STATES: dict[str, list[tuple[Any, str]]] = {
    "kind": [(None, ""), ("a", "a"), ("b", "b")],
    "services": [(None, ""), (("a",), "a"), (("b",), "b"), (("a", "b"), "a b")],
    "staff": [(None, ""), (0, "0"), (1, "1"), (2, "2")],
    "open": [(None, ""), (True, "yes"), (False, "no")],
    "C": [(None, ""), (None, "not-applicable"), (0, "0"), (1, "1"), (2, "2")],
}
WORLDS = [dict(zip(STATES, states, strict=True)) for states in itertools.product(*STATES.values())]
SUBJECTS = {
    "kind": Subject("kind", "choice", {"a": "a", "b": "b"}),
    "services": Subject("services", "choices", {"a": "a", "b": "b"}),
    "staff": Subject("staff", "integer"),
    "open": Subject("open", "boolean", {"yes": True, "no": False}),
    "C": Subject("C", "rating", {"0": 0, "1": 1, "2": 2}),
}


def compare(subject, operator, *values):
    return Compare(subject, subject == "C", operator, values)


LEVELS = st.integers(0, 2)
COMPARISONS = st.one_of(
    st.builds(compare, st.just("kind"), st.sampled_from([Operator.IS, Operator.IS_NOT]), st.sampled_from("ab")),
    st.builds(compare, st.just("kind"), st.just(Operator.IN), st.sampled_from("ab"), st.sampled_from("ab")),
    st.builds(compare, st.just("services"), st.just(Operator.INCLUDES), st.sampled_from("ab")),
    st.builds(
        compare, st.just("services"), st.just(Operator.INCLUDES_ANY), st.sampled_from("ab"), st.sampled_from("ab")
    ),
    st.builds(
        compare,
        st.just("staff"),
        st.sampled_from([Operator.IS, Operator.IS_NOT, Operator.AT_LEAST, Operator.AT_MOST]),
        st.integers(-1, 3),
    ),
    st.builds(compare, st.just("staff"), st.just(Operator.IN), LEVELS, LEVELS),
    st.builds(compare, st.just("open"), st.sampled_from([Operator.IS, Operator.IS_NOT]), st.booleans()),
    st.builds(compare, st.just("open"), st.just(Operator.IN), st.booleans(), st.booleans()),
    st.builds(compare, st.just("C"), st.sampled_from([Operator.IS, Operator.AT_LEAST, Operator.AT_MOST]), LEVELS),
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(AnyOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


def in_pack(condition, world):
    facts = {name: state for name, (state, _) in world.items() if name != "C" and state is not None}
    ratings = {"C": world["C"][0]} if world["C"][0] is not None else {}
    return condition.holds(facts, ratings) is not False


def in_form(expression, world):
    return holds(expression, {name: text for name, (_, text) in world.items()})


def worlds_for(*conditions):
    """Those worlds that the conditions can tell apart."""
    asked = {comparison.subject for condition in conditions for comparison in condition.comparisons()}
    seen = {tuple(world[name] for name in asked): world for world in WORLDS}
    return seen.values()


@given(CONDITIONS)
def test_the_expression_holds_exactly_where_the_condition_is_not_false(condition):
    expression = relevant_when(condition, NAMES, FACTS)
    for world in worlds_for(condition):
        assert in_form(expression, world) == in_pack(condition, world), (expression, world)


@given(CONDITIONS)
def test_an_expression_that_is_read_back_means_the_same(condition):
    expression = relevant_when(condition, NAMES, FACTS)
    try:
        carried = condition_of(expression, SUBJECTS)
    except NotCarried:
        return
    back = compiled(carried.condition)
    for world in worlds_for(condition, back):
        answered = all(state is not None for state, _ in world.values())
        if carried.exact or answered:
            assert in_pack(back, world) == in_form(expression, world), (expression, carried.condition, world)


def compiled(raw):
    ((key, value),) = raw.items()
    if key == "not":
        return Not(compiled(value))
    if key in ("all", "any"):
        return (AllOf if key == "all" else AnyOf)(tuple(compiled(part) for part in value))
    ((operator, operand),) = value.items()
    return compare(key, Operator(operator), *(operand if isinstance(operand, list) else [operand]))


@pytest.mark.parametrize(
    ("expression", "condition", "exact"),
    [
        ("${kind} = 'a'", {"kind": {"is": "a"}}, False),
        ("${kind} != 'a'", {"kind": {"is_not": "a"}}, True),
        ("'a' = ${kind}", {"kind": {"is": "a"}}, False),
        ("selected(${services}, 'a')", {"services": {"includes": "a"}}, False),
        ("${services} = '' or selected(${services}, 'a')", {"services": {"includes": "a"}}, True),
        ("not(selected(${services}, 'a'))", {"not": {"services": {"includes": "a"}}}, True),
        ("${staff} > 5", {"staff": {"at_least": 6}}, False),
        ("${staff} < 5", {"staff": {"at_most": 4}}, False),
        ("${staff} >= 4.5", {"staff": {"at_least": 5}}, False),
        ("10 <= ${staff}", {"staff": {"at_least": 10}}, False),
        ("${staff} >= '3'", {"staff": {"at_least": 3}}, False),
        ("not(${staff} < 3)", {"staff": {"at_least": 3}}, True),
        ("${C} > 0", {"C": {"at_least": 1}}, False),
        ("${C} < 1.5", {"C": {"at_most": 1}}, False),
        ("${C} = '2'", {"C": {"is": 2}}, False),
        ("${C} != 2", {"not": {"C": {"is": 2}}}, True),
        ("${open} = 'yes' and ${staff} > 1", {"all": [{"open": {"is": True}}, {"staff": {"at_least": 2}}]}, False),
        ("${kind} != '' and ${kind} != 'a'", {"kind": {"is_not": "a"}}, False),
        ('( ${kind}=‘a’ )  or ${open} = "no"', {"any": [{"kind": {"is": "a"}}, {"open": {"is": False}}]}, False),
    ],
)
def test_common_expressions_become_conditions(expression, condition, exact):
    carried = condition_of(expression, SUBJECTS)
    assert (carried.condition, carried.exact) == (condition, exact)


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("count-selected(${services}) > 1", "the function count-selected() has no counterpart"),
        ("${staff} + 1 > 2", "“+” is not understood"),
        ("${staff} > ${C}", "only a question and a fixed value"),
        ("${kind} = ''", "that kind is unanswered cannot be a condition"),
        ("${kind} != ''", "that kind is unanswered, or answered, cannot be a condition by itself"),
        ("${kind} = '' or ${staff} > 1", "that kind is unanswered cannot be a condition"),
        ("${services} = 'a'", "only selected() can look at them"),
        ("${kind} > 1", "kind is no number"),
        ("${kind} = 'c'", "“c” of kind is no level and no option"),
        ("${staff} = 'many'", "is compared with “many”"),
        ("${staff} = 1.5", "staff can never be 1.5"),
        ("${C} > 2", "no level of C is > 2"),
        ("1 < ${staff} < 5", "several comparisons in a row"),
        ("true()", "the function true() has no counterpart"),
        ("/data/kind = 'a'", "“/” is not understood"),
        ("${last-saved#kind} = 'a'", "it looks at an earlier form"),
        ("(${kind} = 'a'", "a bracket is not closed"),
        ("${kind} = 'a')", "“)” is not understood"),
        ("${kind} =", "“its end” is not understood"),
        ("'a'", "it compares nothing"),
        ("selected(${kind})", "selected() needs a question and a choice"),
        ("not(" * (MOST_DEPTH + 5) + "${kind} = 'a'" + ")" * (MOST_DEPTH + 5), "nested too deep"),
        ("(" * 30_000, "it is too long"),
    ],
)
def test_what_no_condition_can_say_is_refused_with_the_reason(expression, reason):
    with pytest.raises(NotCarried, match=re.escape(reason)):
        condition_of(expression, SUBJECTS)


def test_a_name_that_the_form_lacks_is_reported_with_the_nearest():
    with pytest.raises(UnknownName, match=r"there is no question knid; did you mean kind\?"):
        condition_of("${knid} = 'a'", SUBJECTS)


def test_a_name_that_exists_and_cannot_be_compared_is_no_mistake():
    with pytest.raises(NotCarried, match="remarks is no fact"):
        condition_of("${remarks} = 'a'", SUBJECTS, ["remarks"])


def test_parsing_never_fails_otherwise():
    generator = random.Random(7)
    pieces = ["${a}", "'x'", "1", "=", "<", ">=", "(", ")", "and", "or", "not(", "selected(", ",", "-", "§", "''"]
    refused = 0
    for _ in range(3_000):
        text = " ".join(generator.choice(pieces) for _ in range(generator.randint(0, 9)))
        try:
            parse(text)
        except NotCarried:
            refused += 1
    assert 0 < refused < 3_000


@pytest.mark.parametrize("pack_id", ["chab-dai-charter", "safeguarding-basics"])
def test_a_filled_form_asks_the_criteria_that_apply_and_no_others(pack_id):
    pack = load_pack(pack_id)
    rows = rows_of(write_xlsform(pack)[0], "survey")
    generator = random.Random(11)
    hidden = 0
    for _ in range(60):
        facts = made_up_facts(pack, generator)
        chosen: dict[str, str] = {}
        asked = asked_in_form(pack, rows, facts, generator, chosen)
        assert asked == asked_in_pack(pack, facts, chosen)
        hidden += len(pack.criteria) - len(asked)
    assert hidden > 0


def made_up_facts(pack, generator):
    facts = {}
    for fact in pack.profile.values():
        if generator.random() < 0.25:
            continue
        if fact.type is FactType.CHOICE:
            facts[fact.id] = generator.choice(list(fact.options))
        elif fact.type is FactType.CHOICES:
            facts[fact.id] = tuple(generator.sample(list(fact.options), generator.randint(1, 2)))
        elif fact.type is FactType.INTEGER:
            facts[fact.id] = generator.randint(0, 20)
        else:
            facts[fact.id] = generator.random() < 0.5
    return facts


def as_answer(value):
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(value) if isinstance(value, tuple) else str(value)


def asked_in_form(pack, rows, facts, generator, chosen):
    """Go through the form from the top; `chosen` takes the ratings given, in the form's words."""
    answers: dict[str, str] = {}
    asked: list[str] = []
    open_groups: list[bool] = []
    for row in rows:
        if row["type"] == "end_group":
            open_groups.pop()
            continue
        relevant = all(open_groups) and holds(row.get("relevant", ""), answers)
        if row["type"] == "begin_group":
            open_groups.append(relevant)
            continue
        answers[row["name"]] = ""
        if row["charter_part"] == "fact" and row["charter_id"] in facts:
            answers[row["name"]] = as_answer(facts[row["charter_id"]])
        if row["charter_part"] == "criterion" and relevant:
            asked.append(row["charter_id"])
            scale = pack.criterion(row["charter_id"]).scale
            answer = generator.choice(["", "not-applicable", *(str(value) for value in scale.values)])
            answers[row["name"]] = chosen[row["charter_id"]] = answer
    return asked


def asked_in_pack(pack, facts, chosen):
    ratings = {name: int(answer) for name, answer in chosen.items() if answer not in ("", "not-applicable")}
    asked = []

    def walk(group, hidden):
        hidden = hidden or (group.applies_when is not None and group.applies_when.holds(facts, ratings) is False)
        for inner in group.groups:
            walk(inner, hidden)
        for criterion in group.criteria:
            condition = criterion.applies_when
            if not hidden and (condition is None or condition.holds(facts, ratings) is not False):
                asked.append(criterion.id)

    for group in pack.groups:
        walk(group, False)
    return asked
