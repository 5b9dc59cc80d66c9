"""Digests in words: plain text, short, with the address of everything that it names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from charter.config import Settings
from charter.database.people import Person
from charter.i18n import Translator, translator
from charter.services.digest_facts import Meeting, Task, Waiting
from charter.services.outbox import SITE
from charter.services.subscriptions import footer
from questionnaires.message import Message, message

MOST = 20
"""So many lines below one heading; a mail is no list of everything."""


@dataclass(frozen=True)
class Text:
    """A digest in its reader's language, without greeting and end."""

    subject: str
    body: str


@dataclass(frozen=True)
class Case:
    """What a mentor is told of."""

    tasks: Sequence[Task]
    meetings: Sequence[Meeting]
    reviews: Sequence[Waiting]


@dataclass(frozen=True)
class State:
    """What coordinators are told of; reviews, visits and verified actions are numbers."""

    tasks: Sequence[Task]
    reviews: int
    visits: int
    verified: int


def actions(
    person: Person,
    own: Sequence[Task],
    led: Sequence[tuple[str, Sequence[Task]]],
    today: date,
    sunday: date,
    *,
    several: bool,
) -> Text | None:
    """To somebody of a member. `led` is what others have to do, by organization; `several` if they work for several."""
    words = translator(person.language)
    overdue = [each for each in own if each.is_overdue(today)]
    parts = [
        _part(words, message("Overdue:"), [_line(words, each, today, at=several) for each in overdue]),
        _part(
            words,
            message("Due this week:"),
            [_line(words, each, today, at=several) for each in own if today <= each.due_on <= sunday],
        ),
        _part(
            words,
            message("Due next week:"),
            [_line(words, each, today, at=several) for each in own if each.due_on > sunday],
        ),
    ]
    for organization, others in led:
        heading = message("Also due or overdue at {organization}:", organization=organization)
        parts.append(_part(words, heading, [_line(words, each, today, who=True) for each in others]))
    late = len(overdue) + sum(each.is_overdue(today) for _, others in led for each in others)
    subject = message("Your actions this week")
    if late:
        subject = message("Your actions this week ({count} overdue)", count=late)
    return _text(words, subject, parts)


def caseload(person: Person, case: Case, today: date, zone: ZoneInfo, *, is_monthly: bool) -> Text | None:
    """To a mentor; what waits for the mentor comes first."""
    words = translator(person.language)
    done = [each for each in case.tasks if not each.is_open]
    helped = [each for each in case.tasks if each.is_open and each.needs_help]
    late = [each for each in case.tasks if each.is_overdue(today)]
    reviews = [
        _entry(
            words,
            message(
                "{organization}, since {day}",
                organization=each.organization,
                day=words.day(each.since.astimezone(zone).date()),
            ),
            f"/mentor/assessments/{each.assessment_id}",
        )
        for each in case.reviews
    ]
    visits = [
        _entry(
            words,
            message("{organization}, on {day}", organization=each.organization, day=words.day(each.on)),
            f"/organizations/{each.organization_id}/records",
        )
        for each in case.meetings
    ]
    parts = [
        _part(words, message("Assessments that wait for your review:"), reviews),
        _part(words, message("Actions that wait for you to verify them:"), [_of_member(words, each) for each in done]),
        _part(words, message("Help is needed:"), [_of_member(words, each) for each in helped]),
        _part(words, message("Overdue:"), [_line(words, each, today, at=True) for each in late]),
        _part(words, message("Visits:"), visits),
    ]
    subject = message("Your members this month") if is_monthly else message("Your members this week")
    return _text(words, subject, parts)


def coalition(person: Person, state: State, before: date, today: date) -> Text | None:
    """To a coordinator. `before` is the first day of the month that is over."""
    words = translator(person.language)
    going = [each for each in state.tasks if each.is_open]
    late = Counter(each.organization for each in going if each.is_overdue(today))
    month = words.month(before.year, before.month)
    if not (state.tasks or state.reviews or state.visits or state.verified):
        return None
    numbers = [
        message("Actions under way: {count}", count=len(going)),
        message("Overdue: {count}", count=late.total()),
        message("Help is needed: {count}", count=sum(each.needs_help for each in going)),
        message("Done, not verified yet: {count}", count=len(state.tasks) - len(going)),
        message("Verified in {month}: {count}", month=month, count=state.verified),
        message("Assessments that wait for a review: {count}", count=state.reviews),
        message("Visits that are overdue: {count}", count=state.visits),
    ]
    lines = [
        words.render(message("{organization}: {count}", organization=organization, count=count))
        for organization, count in sorted(late.items(), key=lambda item: (-item[1], item[0]))
    ]
    parts = [
        "\n".join(words.render(text) for text in numbers),
        _part(words, message("Overdue actions by member:"), [f"• {line}" for line in lines]),
        f"{SITE}/coalition",
    ]
    return _text(words, message("The coalition’s plans after {month}", month=month), parts)


def whole(settings: Settings, person: Person, text: Text) -> str:
    """The body as it is written: greeting, text, and how to switch it off."""
    greeting = translator(person.language).render(message("Hello {name},", name=person.name))
    return f"{greeting}\n\n{text.body}\n\n{footer(settings, person.language)}"


def _text(words: Translator, subject: Message, parts: Iterable[str]) -> Text | None:
    found = [part for part in parts if part]
    return Text(words.render(subject), "\n\n".join(found)) if found else None


def _part(words: Translator, heading: Message, lines: Sequence[str]) -> str:
    if not lines:
        return ""
    shown = list(lines[:MOST])
    if len(lines) > MOST:
        shown.append(words.render(message("… and {count} more", count=len(lines) - MOST)))
    return "\n".join((words.render(heading), *shown))


def _line(words: Translator, task: Task, today: date, *, at: bool = False, who: bool = False) -> str:
    """An action with its day; `at` names the organization, `who` the owner."""
    title, day = task.title, words.day(task.due_on)
    text = message("{title}, due on {day}", title=title, day=day)
    if task.is_overdue(today):
        text = message("{title}, was due on {day}", title=title, day=day)
    if at:
        text = message("{organization}: {text}", organization=task.organization, text=text)
    if who:
        text = message("{text} ({name})", text=text, name=task.owner or message("nobody is named"))
    return _entry(words, text, f"/action/{task.id}")


def _of_member(words: Translator, task: Task) -> str:
    text = message("{organization}: {text}", organization=task.organization, text=task.title)
    return _entry(words, text, f"/action/{task.id}")


def _entry(words: Translator, text: Message, path: str) -> str:
    return f"• {words.render(text)}\n  {SITE}{path}"
