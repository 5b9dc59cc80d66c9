"""Conditions follow three-valued (Kleene) logic, by examples and by comparison with a naive evaluator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaires.compile import Scope, compile_condition
from questionnaires.conditions import AllOf, AnyOf, Compare, Condition, Not, Operator
from questionnaires.problems import Problems
from questionnaires.source import YamlMap, parse_yaml

T, F, N = True, False, None
TRUE, FALSE, UNKNOWN = (Compare(name, False, Operator.IS, (True,)) for name in ("t", "f", "missing"))
KNOWN = {"t": True, "f": False}


@pytest.mark.parametrize(
    ("parts", "every", "some"),
    [
        ((TRUE, TRUE), T, T),
        ((TRUE, FALSE), F, T),
        ((TRUE, UNKNOWN), N, T),
        ((FALSE, FALSE), F, F),
        ((FALSE, UNKNOWN), F, N),
        ((UNKNOWN, UNKNOWN), N, N),
        ((UNKNOWN, FALSE, TRUE), F, T),
        ((TRUE,), T, T),
        ((UNKNOWN,), N, N),
    ],
)
def test_all_and_any_follow_kleene(parts, every, some):
    for order in (parts, parts[::-1]):
        assert AllOf(order).holds(KNOWN, {}) is every
        assert AnyOf(order).holds(KNOWN, {}) is some


@pytest.mark.parametrize(("part", "opposite"), [(TRUE, F), (FALSE, T), (UNKNOWN, N)])
def test_the_opposite_of_unknown_is_unknown(part, opposite):
    assert Not(part).holds(KNOWN, {}) is opposite
    assert Not(Not(part)).holds(KNOWN, {}) is part.holds(KNOWN, {})


@pytest.mark.parametrize(
    ("operator", "values"), [(Operator.AT_LEAST, (0,)), (Operator.IS, (0,)), (Operator.AT_MOST, (9,))]
)
def test_a_criterion_without_a_rating_is_unknown_whatever_is_asked(operator, values):
    assert Compare("C1", True, operator, values).holds({"C1": 3}, {"C2": 3}) is None


@pytest.mark.parametrize("operator", list(Operator))
def test_a_missing_fact_is_unknown_whatever_is_asked(operator):
    assert Compare("staff", False, operator, (5,)).holds({}, {"staff": 5}) is None


@pytest.mark.parametrize(
    ("operator", "values", "actual"),
    [
        (Operator.AT_LEAST, (5,), "many"),
        (Operator.AT_LEAST, (5,), True),
        (Operator.IS, (1,), True),
        (Operator.IS, (True,), 1),
        (Operator.IS, ("shelter",), ("shelter",)),
        (Operator.INCLUDES, ("shelter",), "shelter"),
        (Operator.INCLUDES_ANY, ("shelter",), 5),
    ],
)
def test_a_fact_of_another_type_is_unknown_and_not_false(operator, values, actual):
    assert Compare("fact", False, operator, values).holds({"fact": actual}, {}) is None


def test_choices_that_are_stated_as_none_at_all_are_known():
    assert Compare("services", False, Operator.INCLUDES, ("shelter",)).holds({"services": ()}, {}) is False


FACTS = """
kind: {type: choice, options: {a: A, b: B, c: C}}
services: {type: choices, options: {x: X, y: Y, z: Z}}
staff: {type: integer}
registered: {type: boolean}
"""
LEVELS = (-1, 0, 2)


def compiled(raw: Any) -> Condition:
    """Through the text of a file, as in a pack. Criteria C1 and C2 stand before the condition."""
    problems = Problems()
    facts = parse_yaml(FACTS.encode(), "facts", problems)
    document = parse_yaml(f"applies_when: {text_of(raw)}".encode(), "condition", problems)
    assert isinstance(facts, YamlMap) and isinstance(document, YamlMap)
    found: list[Any] = []
    scope = Scope(facts, lambda _: LEVELS, ("C1", "C2"), lambda _: False)
    condition = compile_condition(document["applies_when"], (1, 1), scope, lambda *args, **_: found.append(args))
    assert (found, problems.sorted()) == ([], ())
    assert condition is not None
    return condition


def text_of(raw: Any) -> str:
    if isinstance(raw, dict):
        return "{" + ", ".join(f"{key}: {text_of(value)}" for key, value in raw.items()) + "}"
    if isinstance(raw, list):
        return "[" + ", ".join(map(text_of, raw)) + "]"
    return str(raw).lower() if isinstance(raw, bool) else str(raw)


def naive(raw: Any, facts: dict[str, Any], ratings: dict[str, int]) -> str:
    """Kleene logic as in the words of packs.md, with the three values as words."""
    ((key, value),) = raw.items()
    if key == "not":
        return {"true": "false", "false": "true", "unknown": "unknown"}[naive(value, facts, ratings)]
    if key in ("all", "any"):
        parts = {naive(part, facts, ratings) for part in value}
        strong, weak = ("false", "true") if key == "all" else ("true", "false")
        return strong if strong in parts else "unknown" if "unknown" in parts else weak
    ((operator, wanted),) = value.items()
    known = ratings if key in ("C1", "C2") else facts
    if key not in known:
        return "unknown"
    actual: Any = known[key]
    tests: dict[str, Callable[[], bool]] = {
        "is": lambda: actual == wanted,
        "is_not": lambda: actual != wanted,
        "in": lambda: actual in wanted,
        "includes": lambda: wanted in actual,
        "includes_any": lambda: bool(set(wanted) & set(actual)),
        "at_least": lambda: actual >= wanted,
        "at_most": lambda: actual <= wanted,
    }
    return "true" if tests[operator]() else "false"


def comparison(name: str, values: st.SearchStrategy[Any], *operators: str) -> st.SearchStrategy[Any]:
    several = st.lists(values, min_size=1, max_size=3)
    return st.sampled_from(operators).flatmap(
        lambda op: (several if op in ("in", "includes_any") else values).map(lambda value: {name: {op: value}})
    )


kinds, services, staff = st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(-3, 3)
comparisons = st.one_of(
    comparison("kind", kinds, "is", "is_not", "in"),
    comparison("services", services, "includes", "includes_any"),
    comparison("staff", staff, "is", "is_not", "in", "at_least", "at_most"),
    comparison("registered", st.booleans(), "is", "is_not", "in"),
    comparison("C1", st.sampled_from(LEVELS), "is", "at_least", "at_most"),
    comparison("C2", st.sampled_from(LEVELS), "is", "at_least", "at_most"),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=12,
)
known_facts = st.fixed_dictionaries(
    {},
    optional={
        "kind": kinds,
        "services": st.lists(services, unique=True).map(tuple),
        "staff": staff,
        "registered": st.booleans(),
    },
)
known_ratings = st.fixed_dictionaries({}, optional={"C1": st.sampled_from(LEVELS), "C2": st.sampled_from(LEVELS)})
WORDS = {True: "true", False: "false", None: "unknown"}


@given(conditions, known_facts, known_ratings)
def test_a_compiled_condition_says_what_a_naive_reading_says(raw, facts, ratings):
    assert WORDS[compiled(raw).holds(facts, ratings)] == naive(raw, facts, ratings)


@given(st.lists(conditions, min_size=1, max_size=4), known_facts, known_ratings)
def test_de_morgan_holds_with_unknowns_too(parts, facts, ratings):
    one = compiled({"not": {"all": parts}})
    other = compiled({"any": [{"not": part} for part in parts]})
    assert one.holds(facts, ratings) is other.holds(facts, ratings)


@given(conditions, known_facts, known_ratings, st.sampled_from(["kind", "services", "staff", "registered"]))
def test_to_know_less_never_turns_a_condition_around(raw, facts, ratings, forgotten):
    condition = compiled(raw)
    less = {name: value for name, value in facts.items() if name != forgotten}
    assert condition.holds(less, ratings) in (None, condition.holds(facts, ratings))


@given(conditions)
def test_the_comparisons_are_those_of_the_leaves(raw):
    def leaves(part: Any) -> list[str]:
        ((key, value),) = part.items()
        if key == "not":
            return leaves(value)
        return [leaf for inner in value for leaf in leaves(inner)] if key in ("all", "any") else [key]

    assert [comparison.subject for comparison in compiled(raw).comparisons()] == leaves(raw)
