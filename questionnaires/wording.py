"""Conditions in words, with the titles that people know."""

from __future__ import annotations

from collections.abc import Sequence

from questionnaires.conditions import AllOf, Compare, Condition, Not, Operator, Plain
from questionnaires.message import Message, message
from questionnaires.model import Pack


def condition_in_words(condition: Condition, pack: Pack) -> Message:
    """A clause without capital or full stop, such as `“Services” includes “Residential care”`."""
    if isinstance(condition, Not):
        return message("it is not so that {condition}", condition=condition_in_words(condition.part, pack))
    if isinstance(condition, Compare):
        return _comparison(condition, pack)
    parts = [condition_in_words(part, pack) for part in condition.parts]
    return _joined(parts, both=isinstance(condition, AllOf))


def _joined(parts: Sequence[Message], *, both: bool) -> Message:
    if len(parts) == 1:
        return parts[0]
    rest = _joined(parts[1:], both=both)
    if both:
        return message("{first} and {rest}", first=parts[0], rest=rest)
    return message("{first} or {rest}", first=parts[0], rest=rest)


def _comparison(compare: Compare, pack: Pack) -> Message:
    if not compare.subject:
        return message("something holds that this questionnaire does not ask about")
    values = _listed([_value(compare, value, pack) for value in compare.values])
    subject = f"{compare.subject}" if compare.is_rating else _fact_title(compare.subject, pack)
    match compare.operator:
        case Operator.IS:
            return message("“{subject}” is {value}", subject=subject, value=values)
        case Operator.IS_NOT:
            return message("“{subject}” is not {value}", subject=subject, value=values)
        case Operator.IN:
            return message("“{subject}” is one of {values}", subject=subject, values=values)
        case Operator.INCLUDES:
            return message("“{subject}” includes {value}", subject=subject, value=values)
        case Operator.INCLUDES_ANY:
            return message("“{subject}” includes one of {values}", subject=subject, values=values)
        case Operator.AT_LEAST:
            return message("“{subject}” is at least {value}", subject=subject, value=values)
        case Operator.AT_MOST:
            return message("“{subject}” is at most {value}", subject=subject, value=values)


def _fact_title(name: str, pack: Pack) -> str:
    return pack.profile[name].title if name in pack.profile else name


def _value(compare: Compare, value: Plain, pack: Pack) -> Message:
    if isinstance(value, bool):
        return message("yes") if value else message("no")
    if isinstance(value, int):
        return message("{number}", number=value)
    options = pack.profile[compare.subject].options if compare.subject in pack.profile else {}
    return message("“{title}”", title=options.get(value, value))


def _listed(parts: Sequence[Message]) -> Message:
    if len(parts) == 1:
        return parts[0]
    return message("{first}, {rest}", first=parts[0], rest=_listed(parts[1:]))
