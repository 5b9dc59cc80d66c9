"""A plan as an iCalendar file: an all-day event for each action, over the months in which it is worked on."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime, time
from uuid import UUID, uuid5

from action_plans.model import Month, Plan
from charter.i18n import Translator, translator
from charter.reports.calendar_file import Entry, add_entry, new_calendar
from charter.reports.plan import Decided, Step, first_day, plan_context
from charter.reports.plan_tables import improvements
from questionnaires.model import Pack
from scoring.model import Answers, Result

_NAMESPACE = UUID("6f4a6b0e-6d2b-5c4e-9d0b-7a1f4f1c2e55")


def plan_ics(
    pack: Pack, answers: Answers, result: Result, plan: Plan, *, language: str, tracked: Decided | None = None
) -> bytes:
    """The calendar in `language` (one of `i18n.LANGUAGES`). The same plan always gives the same bytes."""
    words = translator(language)
    context = plan_context(pack, answers, result, plan, language=language, tracked=tracked)
    name = context["cover"].organization or words.gettext("Organization without a name")
    title = f"{context['title']} – {name}"
    calendar = new_calendar(title, product=f"{pack.id} {pack.version}", language=language)
    stamp = _stamp(plan.limits.start)
    for step in context["steps"]:
        # A decided action has a number of its own; a proposed one may come again in the plan of another year.
        start = None if tracked is not None else step.starts_on
        uid = event_uid(pack.id, answers.organization, step.action.id, start)
        add_entry(calendar, _entry(step, uid, stamp, words), language=language)
    return bytes(calendar.to_ical())


def event_uid(pack_id: str, organization: str | None, action_id: str, start: date | None) -> str:
    """The same for the same action of the same organization, whatever the language: a calendar that is given the file
    again replaces the event instead of showing it twice. `start` where the action is known by its time too.
    """
    name = " ".join(unicodedata.normalize("NFC", organization or "").casefold().split())
    return str(uuid5(_NAMESPACE, "\n".join((pack_id, name, action_id, start.isoformat() if start else ""))))


def _stamp(start: Month) -> datetime:
    """When the event "was made", which the format demands. From the clock it would make every export of the same plan
    another file; the first moment of the plan is known, stays, and is the same for all its events.
    """
    return datetime.combine(first_day(start), time(), UTC)


def _entry(step: Step, uid: str, stamp: datetime, words: Translator) -> Entry:
    return Entry(
        uid=uid,
        stamp=stamp,
        first=step.starts_on,
        last=step.due_on,
        title=step.title,
        description="\n".join(_description(step, words)),
        categories=(words.gettext("Must do"),) if step.action.must_do else (),
        is_urgent=step.action.must_do,
    )


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
