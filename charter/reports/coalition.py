"""The report of the coalition on a period, for donors and meetings: PDF and workbook from the same tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from charter.database.assessments import AssessmentState
from charter.database.grants import GrantKind
from charter.database.plans import ActionStatus
from charter.i18n import Translator, translator
from charter.reports import charts
from charter.reports.benchmarks import Shown
from charter.reports.figures import Chart
from charter.reports.plan_workbook import TRACKING
from charter.reports.render import report
from charter.reports.report_folder import SHIPPED, ReportFolder
from charter.reports.table_parts import COUNT, MONEY, SHARE, Part, table_part
from charter.reports.workbook import DAY, Column, Looks, add_sheet, explain, new_workbook, saved, set_up_print, table
from charter.services.coalition_activity import Activity
from questionnaires.message import message

KIND = {GrantKind.IMPROVEMENT: message("Improvement"), GrantKind.LEARNING: message("Learning")}
STATE = (
    (AssessmentState.INVITED, message("Invited, not begun")),
    (AssessmentState.ANSWERING, message("Answering")),
    (AssessmentState.SUBMITTED, message("With the mentor")),
    (AssessmentState.CHANGES_REQUESTED, message("Changes asked for")),
    (AssessmentState.CLOSED, message("Closed")),
)


@dataclass(frozen=True)
class About:
    """Of which coalition and period the report is, on which day it was made, and the currency of its amounts."""

    coalition: str
    first: date
    last: date
    made_on: date
    currency: str


def coalition_report(
    found: Activity,
    results: tuple[str, date, Shown] | None,
    about: About,
    *,
    language: str,
    folder: ReportFolder = SHIPPED,
) -> bytes:
    """The PDF; `results`: name and day of the last release published by the end of the period, and what it shows."""
    words = translator(language)
    context = {
        "about": about,
        "period": _period(about, words),
        "made_on": words.day(about.made_on),
        "found": found,
        "closed": sum(one.states.get(AssessmentState.CLOSED, 0) for one in found.participation),
        "trained": sum(one.present for one in found.trainings),
        "parts": coalition_parts(found, results, about, language=language),
        "release": None if results is None else (results[0], words.day(results[1])),
    }
    return report("coalition", context, language=language, folder=folder)


def coalition_workbook(
    found: Activity, results: tuple[str, date, Shown] | None, about: About, *, language: str
) -> bytes:
    """The same as a workbook: a sheet for each table."""
    words = translator(language)
    _ = words.gettext
    looks = Looks(language)
    title = f"{about.coalition} – {_('Report of the coalition')}"
    workbook = new_workbook(title, words)
    first = add_sheet(workbook, _("About this workbook"))
    sheets = []
    for part in coalition_parts(found, results, about, language=language):
        if part.rows:
            sheet = add_sheet(workbook, part.title)
            table(sheet, part.columns, part.rows, looks)
            set_up_print(sheet, f"{title} · {part.title}", looks)
        sheets.append((part.title, part.meaning if part.rows else part.empty))
    facts = [
        (_("Period"), _period(about, words)),
        (_("Made on"), words.day(about.made_on)),
        (_("Members at the end"), words.number(found.members)),
        (_("Joined, left"), f"{words.number(found.joined)}, {words.number(found.left)}"),
    ]
    explain(first, title, [*facts, *sheets], looks)
    set_up_print(first, title, looks)
    return saved(workbook)


def coalition_parts(
    found: Activity, results: tuple[str, date, Shown] | None, about: About, *, language: str
) -> list[Part]:
    """The tables, in the order of the report."""
    words = translator(language)
    return [
        _participation(found, words),
        *_results(results, words),
        _statuses(found, words),
        _principles(found, words),
        _in_period(found, words),
        _grants(found, about, words),
        _trainings(found, words),
    ]


def _participation(found: Activity, words: Translator) -> Part:
    _ = words.gettext
    columns = (
        Column(_("Cycle"), 30),
        Column(_("From"), 14, DAY),
        Column(_("Until"), 14, DAY),
        Column(_("Members invited"), 14, COUNT),
        *(Column(words.render(text), 14, COUNT) for _state, text in STATE),
    )
    rows = [
        (one.cycle, one.opens_on, one.closes_on, one.invited, *(one.states.get(state, 0) for state, _text in STATE))
        for one in found.participation
    ]
    chart = None
    if rows:
        names = [words.render(text) for _state, text in STATE]
        fills = (charts.NOT_COVERED, charts.UNKNOWN, charts.PARTLY_MET, charts.NOT_MET, charts.MET)
        used = [place for place in range(len(STATE)) if any(row[4 + place] for row in rows)]
        if used:
            figure = charts.clause_status(
                [charts.Part(names[place], fills[place]) for place in used],
                [
                    charts.Shares(
                        one.cycle, tuple(one.states.get(STATE[place][0], 0) for place in used), str(one.invited)
                    )
                    for one in found.participation
                ],
            )
            said = "; ".join(
                f"{one.cycle}: " + ", ".join(f"{names[place]} {one.states.get(STATE[place][0], 0)}" for place in used)
                for one in found.participation
            )
            chart = Chart(figure, f"{_('Bar chart:')} {said}")
    return table_part(
        _("Participation"),
        _("Cycles that were open in the period, and where the assessments stand on the day of this report."),
        columns,
        rows,
        _("No cycle was open in this period."),
        words,
        chart=chart,
    )


def _results(results: tuple[str, date, Shown] | None, words: Translator) -> list[Part]:
    _ = words.gettext
    columns = (
        Column(_("Group"), 34),
        Column(_("Members"), 14),
        Column(_("Median"), 16),
        Column(_("Lower quartile"), 16),
        Column(_("Upper quartile"), 16),
        Column(_("Members that meet"), 20),
    )
    if results is None:
        text = _(
            "No benchmarks had been published by the end of the period. Results are only shown as published there."
        )
        return [Part(_("Results"), "", columns, (), (), text)]
    name, day, shown = results
    release = _("From release %(name)s, published on %(day)s.") % {"name": name, "day": words.day(day)}
    meets = _("“Members that meet” are at %(percent)s or more.") % {"percent": shown.meets_from}
    found = []
    for section in shown.whole:
        rows = tuple((row.title, row.size, row.median, row.q1, row.q3, row.meets) for row in section.rows)
        chart = section.charts[0][1] if section.charts else None
        title = _("Results: %(name)s") % {"name": section.title}
        found.append(Part(title, f"{release} {meets}", columns, rows, rows, release, chart))
    if shown.improved:
        title = _("Results: %(name)s") % {"name": _("Members that improved")}
        own = (Column(_("Group"), 34), Column(_("Members"), 14), Column(_("Improved"), 20))
        found.append(Part(title, release, own, shown.improved, shown.improved, release))
    return found


def _statuses(found: Activity, words: Translator) -> Part:
    _ = words.gettext
    statuses = found.progress.statuses
    rows = [(words.render(TRACKING[status]), statuses[status]) for status in ActionStatus if statuses.get(status)]
    return table_part(
        _("Actions by status"),
        _("Actions of the plans that members have committed to, on the day of this report: %(plans)s plans.")
        % {"plans": words.number(found.progress.plans)},
        (Column(_("Status"), 30), Column(_("Actions"), 14, COUNT)),
        rows,
        _("No member has a committed plan."),
        words,
    )


def _principles(found: Activity, words: Translator) -> Part:
    _ = words.gettext
    rows = [
        (title, every, finished, Fraction(finished, every) if every else None)
        for title, every, finished in found.progress.principles
    ]
    return table_part(
        _("Actions by principle"),
        _("An action that serves several principles counts for each of them."),
        (
            Column(_("Principle"), 48),
            Column(_("Actions"), 14, COUNT),
            Column(_("Done or verified"), 18, COUNT),
            Column(_("Share"), 12, SHARE),
        ),
        rows,
        _("No action serves a principle yet."),
        words,
    )


def _in_period(found: Activity, words: Translator) -> Part:
    _ = words.gettext
    one = found.progress
    rows = [
        (_("Plans committed"), one.committed),
        (_("Actions reported as done"), one.done),
        (_("Actions verified by a second person"), one.verified),
        (_("Progress notes written"), one.notes),
    ]
    return table_part(
        _("Progress in the period"),
        _("What happened from the first to the last day."),
        (Column(_("What"), 40), Column(_("Number"), 14, COUNT)),
        rows,
        "",
        words,
    )


def _grants(found: Activity, about: About, words: Translator) -> Part:
    _ = words.gettext
    rows = [
        (
            words.render(KIND[one.kind]),
            one.requests,
            Fraction(one.requested, 100),
            one.approvals,
            Fraction(one.approved, 100),
            Fraction(one.paid, 100),
            Fraction(one.spent, 100),
        )
        for one in found.grants
    ]
    return table_part(
        _("Grants"),
        _("What was asked for, approved, paid and spent in the period, in %(currency)s.")
        % {"currency": about.currency},
        (
            Column(_("Kind"), 24),
            Column(_("Requests"), 12, COUNT),
            Column(_("Requested"), 16, MONEY),
            Column(_("Approvals"), 12, COUNT),
            Column(_("Approved"), 16, MONEY),
            Column(_("Paid"), 16, MONEY),
            Column(_("Spent"), 16, MONEY),
        ),
        rows,
        _("Nothing happened with grants in this period."),
        words,
    )


def _trainings(found: Activity, words: Translator) -> Part:
    _ = words.gettext
    rows = [
        (one.title, one.starts_on, one.place or _("online"), one.members, one.signed_up, one.present)
        for one in found.trainings
    ]
    return table_part(
        _("Trainings"),
        _("Trainings that began in the period. Present are those whose attendance was recorded."),
        (
            Column(_("Training"), 40),
            Column(_("Day"), 14, DAY),
            Column(_("Place"), 22),
            Column(_("Members"), 12, COUNT),
            Column(_("Signed up"), 12, COUNT),
            Column(_("Present"), 12, COUNT),
        ),
        rows,
        _("No training began in this period."),
        words,
    )


def _period(about: About, words: Translator) -> str:
    return f"{words.day(about.first)} – {words.day(about.last)}"
