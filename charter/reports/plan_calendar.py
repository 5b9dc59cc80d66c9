"""A plan as an iCalendar file: an all-day event for each action, over the months in which it is worked on."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid5

from icalendar import Calendar, Event, vText

from action_plans.model import Month, Plan
from charter.i18n import Translator, translator
from charter.reports.plan import Step, plan_context
from charter.reports.plan_tables import first_day, improvements, last_day
from questionnaires.model import Pack
from scoring.model import Answers, Result

_NAMESPACE = UUID("6f4a6b0e-6d2b-5c4e-9d0b-7a1f4f1c2e55")
_CONTROL = {code: None for code in range(32) if code not in (9, 10)} | {127: None}


def plan_ics(pack: Pack, answers: Answers, result: Result, plan: Plan, *, language: str) -> bytes:
    """The calendar in `language` (one of `i18n.LANGUAGES`). The same plan always gives the same bytes."""
    words = translator(language)
    context = plan_context(pack, answers, result, plan, language=language)
    name = context["cover"].organization or words.gettext("Organization without a name")
    title = f"{words.gettext('Proposed improvement plan')} – {name}"
    calendar = Calendar()
    calendar.add("prodid", f"-//Charter//{pack.id} {pack.version}//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for key in ("name", "x-wr-calname"):
        # The library knows no type for these two, and would leave commas and semicolons as they are.
        calendar.add(key, vText(" ".join(_clean(title).split()), params={"LANGUAGE": language}))
    stamp = _stamp(plan.limits.start)
    for step in context["steps"]:
        uid = event_uid(pack.id, answers.organization, step.action.id, first_day(step.action.start))
        calendar.add_component(_event(step, uid, stamp, words))
    return bytes(calendar.to_ical())


def event_uid(pack_id: str, organization: str | None, action_id: str, start: date) -> str:
    """The same for the same action of the same organization at the same time, whatever the language: a calendar that
    is given the file again replaces the event instead of showing it twice.
    """
    name = " ".join(unicodedata.normalize("NFC", organization or "").casefold().split())
    return str(uuid5(_NAMESPACE, "\n".join((pack_id, name, action_id, start.isoformat()))))


def _stamp(start: Month) -> datetime:
    """When the event "was made", which the format demands. From the clock it would make every export of the same plan
    another file; the first moment of the plan is known, stays, and is the same for all its events.
    """
    return datetime.combine(first_day(start), time(), UTC)


def _event(step: Step, uid: str, stamp: datetime, words: Translator) -> Event:
    language = {"language": words.language}
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", stamp)
    event.add("dtstart", first_day(step.action.start))
    # The end is the first day that no longer belongs to it.
    event.add("dtend", last_day(step.action.end) + timedelta(days=1))
    event.add("summary", _clean(step.title), parameters=language)
    event.add("description", _clean("\n".join(_description(step, words))), parameters=language)
    if step.action.must_do:
        event.add("categories", [words.gettext("Must do")])
        event.add("priority", 1)
    # Nobody is busy all day for months.
    event.add("transp", "TRANSPARENT")
    return event


def _description(step: Step, words: Translator) -> list[str]:
    action = step.action
    _ = words.gettext
    parts = [
        (_("Responsible:"), action.owner),
        (_("Days of work:"), words.number(action.effort_days)),
        (_("How to see that it worked:"), action.indicator),
        (_("Why:"), step.why),
    ]
    lines = [f"{name} {text}" for name, text in parts if text]
    return [*lines, _("What it improves:"), *(f"• {text}" for text in improvements(step))]


def _clean(text: str) -> str:
    """Without control characters, which the format does not know; a line break is one character."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROL)
