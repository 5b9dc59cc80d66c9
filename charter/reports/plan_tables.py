"""A plan as tables, for workbook and CSV alike: real days and numbers, headings in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from action_plans.model import Month
from charter.i18n import Translator
from charter.reports.plan import Step, last_day
from charter.reports.result_tables import Table
from charter.reports.workbook import DAY, MONTH, NUMBER, PERCENT, Column
from questionnaires.model import Criterion
from scoring.writing import rounded


def action_table(steps: Sequence[Step], words: Translator) -> Table:
    """One row for each action, in the order of the plan."""
    _ = words.gettext
    columns = (
        Column(_("No."), 6),
        Column(_("Action"), 46),
        Column(_("Must do"), 10),
        Column(_("Start"), 12, DAY),
        Column(_("Due"), 12, DAY),
        Column(_("Days of work"), 9, NUMBER),
        Column(_("Cost"), 11, NUMBER),
        Column(_("Responsible (role)"), 22),
        Column(_("How to see that it worked"), 36),
        Column(_("What it improves"), 50),
        Column(_("Why"), 44),
        Column(_("Standards"), 36),
        Column(_("Code"), 14),
    )
    return Table(columns, [_row(number, step, words) for number, step in enumerate(steps, start=1)])


def _row(number: int, step: Step, words: Translator) -> tuple[Any, ...]:
    action = step.action
    return (
        number,
        step.title,
        words.gettext("Yes") if action.must_do else None,
        step.starts_on,
        step.due_on,
        rounded(action.effort_days),
        rounded(action.cost),
        action.owner,
        action.indicator,
        "\n".join(improvements(step)) or None,
        step.why,
        "\n".join(step.clauses) or None,
        action.id,
    )


def improvements(step: Step) -> list[str]:
    """One line for each criterion: its level today and the one to expect."""
    return [f"{criterion.id} {criterion.title}: {today} → {expected}" for criterion, today, expected in step.improves]


def open_table(gaps: Sequence[tuple[Criterion, str]], must_dos: int, words: Translator) -> Table:
    """What the plan leaves open; the first `must_dos` of the gaps are must-dos."""
    _ = words.gettext
    columns = (
        Column(_("Code"), 10),
        Column(_("Criterion"), 56),
        Column(_("Must do"), 10),
        Column(_("Why it stays open"), 70),
    )
    rows = [
        (criterion.id, criterion.title, _("Yes") if position < must_dos else None, reason)
        for position, (criterion, reason) in enumerate(gaps)
    ]
    return Table(columns, rows)


def forecast_table(forecast: Sequence[tuple[Month | None, Any]], words: Translator) -> Table:
    """The expected score at the end of each month; what stands today is on the sheet that explains."""
    _ = words.gettext
    columns = (Column(_("End of"), 14, MONTH), Column(_("Expected score"), 18, PERCENT))
    return Table(columns, [(last_day(month), rounded(score)) for month, score in forecast if month is not None])
