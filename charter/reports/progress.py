"""How the coalition gets on, as charts and the tables behind them: for the page and its files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from charter.database.plans import ActionStatus
from charter.i18n import Translator
from charter.reports import charts
from charter.reports.charts.stacked_charts import Fill
from charter.reports.figures import Chart
from charter.reports.plan_workbook import TRACKING
from charter.reports.table_parts import COUNT, SHARE, Part, table_part
from charter.reports.workbook import Column
from charter.services.coalition_progress import Demand, Gaps, States
from charter.services.improvement import Year

MOST_GAPS = 15
MOST_YEARS = 10

_FILLS = {
    ActionStatus.VERIFIED: charts.MET,
    ActionStatus.DONE: Fill("#5d9fab"),
    ActionStatus.IN_PROGRESS: Fill("#d5e6e9", frame="#5d9fab"),
    ActionStatus.NOT_STARTED: charts.NOT_COVERED,
    ActionStatus.DELAYED: charts.NOT_MET,
    ActionStatus.ON_HOLD: charts.UNKNOWN,
    ActionStatus.DROPPED: charts.NOT_APPLICABLE,
}
"""In the order of the bars: what is reached first."""


def actions_part(found: States, words: Translator) -> Part:
    """A bar for all actions, then one for each principle, split by status."""
    _ = words.gettext
    lines = [(_("All actions"), found.all), *found.principles] if found.all else []
    rows = [(title, sum(counts.values()), *(counts.get(each, 0) for each in ActionStatus)) for title, counts in lines]
    names = {status: words.render(TRACKING[status]) for status in ActionStatus}
    columns = (
        Column(_("Principle"), 48),
        Column(_("Actions"), 14, COUNT),
        *(Column(names[each], 14, COUNT) for each in ActionStatus),
    )
    part = table_part(
        _("Actions by state and principle"),
        _(
            "Actions of the plans that members are committed to now. One that serves several principles counts for "
            "each of them, and once among all."
        ),
        columns,
        rows,
        _("No member has a committed plan."),
        words,
    )
    bars = [
        charts.Shares(title, tuple(counts.get(each, 0) for each in _FILLS), words.number(sum(counts.values())))
        for title, counts in lines[: charts.MOST_ROWS]
    ]
    return _with_stack(part, {names[status]: fill for status, fill in _FILLS.items()}, bars, words)


def gaps_part(found: Gaps, words: Translator) -> Part:
    """For each criterion with a gap, how many members have it; nobody is named."""
    _ = words.gettext
    rows = [(each.id, each.title, members, Fraction(members, found.members)) for each, members in found.criteria]
    part = table_part(
        _("Most common gaps"),
        _(
            "In how many members' latest closed assessment a criterion is below its target. Members with a result: "
            "%(members)s."
        )
        % {"members": words.number(found.members)},
        (
            Column(_("Code"), 12),
            Column(_("Criterion"), 60),
            Column(_("Members below the target"), 16, COUNT),
            Column(_("Of those with a result"), 16, SHARE),
        ),
        rows,
        _("No member has a result with the questionnaire that runs now.")
        if not found.members
        else _("No member is below the target of any criterion."),
        words,
    )
    shown = found.criteria[:MOST_GAPS]
    if not shown:
        return part
    bars = [
        charts.Bar(f"{each.id} {each.title}", 100 * members / found.members, words.number(members), charts.ACCENT)
        for each, members in shown
    ]
    said = [f"{bar.label}: {bar.value}" for bar in bars]
    return replace(part, chart=Chart(charts.bars(bars, ()), _alt(_("Bar chart:"), said)))


def trainings_part(found: Sequence[Demand], words: Translator) -> Part:
    """For each training, who signed up, who waits, and how many open actions name it."""
    _ = words.gettext
    titles = [each.title if each.is_offered else _("%(name)s (not offered)") % {"name": each.title} for each in found]
    rows = [
        (title, each.dates, each.taken, each.waiting, each.actions, each.members)
        for title, each in zip(titles, found, strict=True)
    ]
    part = table_part(
        _("Demand for trainings"),
        _(
            "Sign-ups and waiting lists of the dates to come, and open actions of committed plans that name a "
            "training. What actions name and nobody offers is there as well."
        ),
        (
            Column(_("Training"), 48),
            Column(_("Dates to come"), 12, COUNT),
            Column(_("Have a seat"), 12, COUNT),
            Column(_("Waiting"), 12, COUNT),
            Column(_("Actions that name it"), 14, COUNT),
            Column(_("Members with such actions"), 14, COUNT),
        ),
        rows,
        _("Nobody has signed up, and no open action names a training."),
        words,
    )
    fills = {_("Have a seat"): charts.MET, _("Waiting"): charts.NOT_MET, _("Actions that name it"): charts.NOT_COVERED}
    bars = [
        charts.Shares(title, counts, words.number(sum(counts)))
        for title, counts in (
            (title, (each.taken, each.waiting, each.actions)) for title, each in zip(titles, found, strict=True)
        )
    ][: charts.MOST_ROWS]
    return _with_stack(part, fills, bars, words, whole=max((sum(bar.counts) for bar in bars), default=None))


def improvement_part(found: Sequence[Year], words: Translator, *, this_year: int) -> Part:
    """For each year both sides of the indicator, and of whom nothing is known."""
    _ = words.gettext
    names = [_("%(year)s so far") % {"year": each.year} if each.year == this_year else str(each.year) for each in found]
    rows = [
        (name, each.improved, each.pursued, each.share, each.not_improved, each.unknown)
        for name, each in zip(names, found, strict=True)
    ]
    part = table_part(
        _("Members that improved"),
        _(
            "Of the members that planned and pursued improvement in a year, those that improved. Each member counts "
            "once a year. Planned and pursued: a committed plan was in force in that year, and at least one of its "
            "actions was begun. Improved: the overall score of the last assessment closed in that year is above the "
            "one before. Not known: there is no assessment in that year, or none before with the same questionnaire; "
            "in the share these count as not improved."
        ),
        (
            Column(_("Year"), 14),
            Column(_("Improved"), 12, COUNT),
            Column(_("Planned and pursued"), 14, COUNT),
            Column(_("Share"), 12, SHARE),
            Column(_("Did not improve"), 14, COUNT),
            Column(_("Not known"), 12, COUNT),
        ),
        rows,
        _("No member has begun to carry out a plan yet."),
        words,
    )
    fills = {_("Improved"): charts.MET, _("Did not improve"): charts.NOT_MET, _("Not known"): charts.UNKNOWN}
    bars = [
        charts.Shares(name, (each.improved, each.not_improved, each.unknown), words.number(each.pursued))
        for name, each in zip(names, found, strict=True)
    ][-MOST_YEARS:]
    return _with_stack(part, fills, bars, words)


def _with_stack(
    part: Part,
    fills: Mapping[str, Fill],
    bars: Sequence[charts.Shares],
    words: Translator,
    *,
    whole: int | None = None,
) -> Part:
    if not bars:
        return part
    figure = charts.clause_status([charts.Part(name, fill) for name, fill in fills.items()], bars, whole=whole)
    said = [
        f"{bar.label}: " + ", ".join(f"{name} {count}" for name, count in zip(fills, bar.counts, strict=True) if count)
        for bar in bars
    ]
    return replace(part, chart=Chart(figure, _alt(words.gettext("Bar chart:"), said)))


def _alt(kind: str, said: Sequence[str]) -> str:
    return f"{kind} {'; '.join(said)}"
