"""A result as a workbook: one sheet that explains, then groups, criteria, standards and what the staff say."""

from __future__ import annotations

from charter.i18n import translator
from charter.reports.common import cover, in_language
from charter.reports.notices import notices, standing
from charter.reports.result_tables import Table, criterion_table, node_table, staff_table, standard_table
from charter.reports.workbook import Looks, add_sheet, explain, new_workbook, saved, set_up_print, table
from questionnaires.model import Pack
from scoring.model import Answers, Result


def result_xlsx(pack: Pack, answers: Answers, result: Result, *, language: str, verified: bool = False) -> bytes:
    """The workbook in `language` (one of `i18n.LANGUAGES`); texts that the pack lacks in it are in its own.

    `verified`: a mentor has closed the assessment, which the first sheet says.
    """
    words = translator(language)
    _ = words.gettext
    shown = in_language(pack, language)
    head = cover(pack, answers, words)
    name = head.organization or _("Organization without a name")
    looks = Looks(language)
    workbook = new_workbook(f"{_('Self-assessment')} – {name}", words)
    tables: list[tuple[str, str, Table]] = [
        (
            _("Result"),
            _("Score of the whole, of each value and of each principle."),
            node_table(shown, result, words, indented=True),
        ),
        (
            _("Answers"),
            _("Every criterion with its rating, note and what to aim for."),
            criterion_table(shown, answers, result, words),
        ),
        (_("Standards"), _("How each clause stands."), standard_table(shown, result, words)),
        (
            _("What the staff say"),
            _("From the sheets of the staff only what enough people said is shown; single sheets never."),
            staff_table(shown, result, words),
        ),
    ]
    about = add_sheet(workbook, _("About this workbook"))
    sheets = []
    for title, meaning, content in tables:
        if content.rows:
            sheet = add_sheet(workbook, title)
            table(sheet, content.columns, content.rows, looks)
            set_up_print(sheet, f"{name} · {head.pack_title} · {title}", looks)
            sheets.append((sheet.title, meaning))
    facts = [(_("Organization"), name), (_("Questionnaire"), f"{head.pack_title} · {head.version}")]
    notes = [
        standing(words, verified=verified),
        (_("Empty cells"), _("An empty score or rating means that there is none. It never counts as zero.")),
        (_("Percentages"), _("They are numbers between 0 and 1, rounded to four places, and shown as percent.")),
        *notices(pack, words),
    ]
    explain(about, workbook.properties.title or "", [*facts, *sheets, *notes], looks)
    set_up_print(about, f"{name} · {head.pack_title}", looks)
    return saved(workbook)
