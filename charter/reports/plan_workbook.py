"""A plan as a workbook to follow it with: who does what until when, how far it is, and what stays open."""

from __future__ import annotations

from collections.abc import Sequence

from openpyxl.formatting.rule import FormulaRule
from openpyxl.utils import get_column_letter
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from action_plans.model import Plan
from charter.i18n import Translator, translator
from charter.reports.notices import notices
from charter.reports.plan import Decided, Step, plan_context
from charter.reports.plan_tables import action_table, forecast_table, open_table
from charter.reports.result_tables import Table
from charter.reports.workbook import (
    PERCENT,
    TEXT,
    Column,
    Looks,
    add_sheet,
    explain,
    fill,
    heading,
    new_workbook,
    open_for_input,
    put,
    saved,
    set_up_print,
    table,
)
from questionnaires.message import message
from questionnaires.model import Pack
from scoring.model import Answers, Result

NOT_STARTED = "not-started"
TRACKING = {
    NOT_STARTED: message("Not started"),
    "in-progress": message("In progress"),
    "delayed": message("Delayed"),
    "on-hold": message("On hold"),
    "done": message("Done"),
    "verified": message("Verified"),
    "dropped": message("Dropped"),
}
"""What can be said of an action once people work on it (docs/planning.md)."""
FINISHED = ("done", "verified", "dropped")

_LISTS = "charter"
_DUE = 5


def plan_xlsx(
    pack: Pack, answers: Answers, result: Result, plan: Plan, *, language: str, tracked: Decided | None = None
) -> bytes:
    """The workbook in `language` (one of `i18n.LANGUAGES`); texts that the pack lacks in it are in its own.

    With `tracked` it is the plan that people decided on, with persons and how far each action is.
    """
    words = translator(language)
    _ = words.gettext
    looks = Looks(language)
    context = plan_context(pack, answers, result, plan, language=language, tracked=tracked)
    head = context["cover"]
    name = head.organization or _("Organization without a name")
    workbook = new_workbook(f"{context['title']} – {name}", words)
    about = add_sheet(workbook, _("About this workbook"))
    footer = f"{name} · {head.pack_title}"
    sheet = add_sheet(workbook, _("Plan"))
    _plan_sheet(sheet, action_table(context["steps"], words), context["steps"], words, looks)
    set_up_print(sheet, f"{footer} · {sheet.title}", looks)
    sheets = [
        (sheet.title, _("One row for each action. The yellow columns are for you: fill them in as work goes on."))
    ]
    must_dos = context["open_must_dos"]
    further = (
        (
            _("What stays open"),
            _("What the plan leaves below its aim, and why."),
            open_table([*must_dos, *context["open_others"]], len(must_dos), words),
        ),
        (
            _("Forecast"),
            _("The overall score to expect at the end of each month, if every action works as planned."),
            forecast_table(context["forecast"], words),
        ),
    )
    for title, meaning, content in further:
        if content.rows:
            sheet = add_sheet(workbook, title)
            table(sheet, content.columns, content.rows, looks)
            set_up_print(sheet, f"{footer} · {title}", looks)
            sheets.append((sheet.title, meaning))
    _lists(workbook, words, looks)
    facts = [(_("Organization"), name), (_("Questionnaire"), f"{head.pack_title} · {head.version}")]
    explain(
        about,
        workbook.properties.title or "",
        [*facts, *sheets, *_notes(pack, words, decided=tracked is not None)],
        looks,
    )
    set_up_print(about, footer, looks)
    return saved(workbook)


def _notes(pack: Pack, words: Translator, *, decided: bool) -> list[tuple[str, str]]:
    _ = words.gettext
    proposal = (
        _("A proposal."),
        _(
            "It was worked out from the organization's own ratings. People decide what is done; actions may be"
            " changed, added or left out."
        ),
    )
    return [
        *(() if decided else (proposal,)),
        (_("Status"), _("Choose it from the list. “Verified” is for a second person, such as your mentor.")),
        (_("Percent done"), _("A number from 0 to 100 percent.")),
        (_("Orange days"), _("The day has passed and the action is not finished.")),
        (
            _("Days and cost"),
            _("Days and costs are estimates. Costs are in the currency that the coalition works with."),
        ),
        *notices(pack, words),
    ]


def _plan_sheet(sheet: Worksheet, actions: Table, steps: Sequence[Step], words: Translator, looks: Looks) -> None:
    _ = words.gettext
    tracking = (
        Column(_("Responsible person"), 22, TEXT),
        Column(_("Status"), 15, TEXT),
        Column(_("Percent done"), 10, PERCENT),
        Column(_("Notes"), 44, TEXT),
    )
    last = table(sheet, actions.columns, actions.rows, looks)
    columns = (*actions.columns, *tracking)
    heading(sheet, columns, looks, row=1, freeze="C2")
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{last}"
    begin = len(actions.columns) + 1
    for row, step in enumerate(steps, start=2):
        for position, column in enumerate(tracking, start=begin):
            open_for_input(sheet.cell(row, position), looks, format=column.format or TEXT)
        if step.person is not None:
            put(sheet.cell(row, begin), step.person, looks, format=TEXT)
        put(sheet.cell(row, begin + 1), words.render(TRACKING[step.status or NOT_STARTED]), looks, format=TEXT)
        sheet.cell(row, begin + 2).value = step.percent / 100 if step.percent else 0
    if last > 1:
        _rules(sheet, words, status=get_column_letter(begin + 1), percent=get_column_letter(begin + 2), last=last)


def _rules(sheet: Worksheet, words: Translator, *, status: str, percent: str, last: int) -> None:
    """Drop-down and limits for what people fill in, and days that have passed in red."""
    statuses = DataValidation(
        type="list", formula1=f"'{_LISTS}'!$A$1:$A${len(TRACKING)}", allow_blank=True, showErrorMessage=True
    )
    statuses.error = words.gettext("Choose one from the list, or leave the cell empty.")
    statuses.add(f"{status}2:{status}{last}")
    share = DataValidation(
        type="decimal", operator="between", formula1="0", formula2="1", allow_blank=True, showErrorMessage=True
    )
    share.error = words.gettext("A number from 0 to 100 percent.")
    share.add(f"{percent}2:{percent}{last}")
    for validation in (statuses, share):
        sheet.add_data_validation(validation)
    due = get_column_letter(_DUE)
    finished = ",".join(
        f'${status}2<>"{words.render(TRACKING[key]).replace(chr(34), chr(34) * 2)}"' for key in FINISHED
    )
    rule = FormulaRule(  # type: ignore[no-untyped-call]
        formula=[f"AND(${due}2<TODAY(),{finished})"], fill=fill("F4A261")
    )
    sheet.conditional_formatting.add(f"{due}2:{due}{last}", rule)


def _lists(workbook: Workbook, words: Translator, looks: Looks) -> None:
    """What the drop-downs offer: a list written into the rule itself might have 255 characters."""
    sheet = workbook.create_sheet(_LISTS)
    for row, text in enumerate(TRACKING.values(), start=1):
        put(sheet.cell(row, 1), words.render(text), looks)
    sheet.sheet_state = "hidden"
