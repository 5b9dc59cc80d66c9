"""The empty workbook for importing a library: one sheet to fill in, one that explains it."""

from __future__ import annotations

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from charter.database.resources import ResourceKind
from charter.i18n import LANGUAGES, Translator, language_name, translator
from charter.reports.workbook import (
    TEXT,
    Column,
    Looks,
    add_sheet,
    explain,
    heading,
    new_workbook,
    open_for_input,
    saved,
    set_up_print,
)
from charter.services.resource_sheets import COLUMNS, SUMMARIES, TITLES

ROWS = 200
"""Rows that are ready to be filled in; more can be added below."""
_WIDTHS = {"key": 22, "kind": 18, "languages": 14, "topics": 30, "link": 44}


def resource_workbook(*, language: str) -> bytes:
    """The workbook, explained in that language; in English where it has no texts."""
    words = translator(language if language in LANGUAGES else "en")
    _ = words.gettext
    looks = Looks(words.language)
    workbook = new_workbook(_("Resources to import"), words)
    sheet = add_sheet(workbook, _("Resources"))
    columns = [Column(name, _WIDTHS.get(name, 40), TEXT) for name in COLUMNS]
    heading(sheet, columns, looks, row=1)
    for row in range(2, ROWS + 2):
        for place in range(1, len(COLUMNS) + 1):
            open_for_input(sheet.cell(row, place), looks)
    kinds = DataValidation(
        type="list", formula1='"' + ",".join(each.value for each in ResourceKind) + '"', allow_blank=True
    )
    sheet.add_data_validation(kinds)
    letter = get_column_letter(COLUMNS.index("kind") + 1)
    kinds.add(f"{letter}2:{letter}20000")
    set_up_print(sheet, _("Resources to import"), looks)
    about = add_sheet(workbook, _("How to fill it in"))
    explain(about, _("How to fill it in"), _explanations(words), looks)
    set_up_print(about, _("How to fill it in"), looks)
    return saved(workbook)


def _explanations(words: Translator) -> list[tuple[str, str]]:
    _ = words.gettext
    languages = ", ".join(f"{code} ({language_name(code, within=words)})" for code in LANGUAGES)
    return [
        (_("Rows"), _("One item of the library a row. Leave the first row as it is; the order of columns is free.")),
        (
            "key",
            _(
                "Needed. A short name of its own for each item: letters a-z, digits, dots and dashes. An import with"
                " the same key later changes that item instead of adding another."
            ),
        ),
        ("kind", _("Needed. One of: {kinds}.").format(kinds=", ".join(each.value for each in ResourceKind))),
        (", ".join(TITLES), _("The title in English, Khmer and Vietnamese. At least one is needed.")),
        (", ".join(SUMMARIES), _("A few sentences on what it is good for. May be empty.")),
        (
            "languages",
            _("The languages that the item itself is in, with commas: {languages}. Empty: those of the titles.").format(
                languages=languages
            ),
        ),
        (
            "topics",
            _("Numbers of criteria or principles of a questionnaire, or words such as child-protection; with commas."),
        ),
        ("link", _("An address that begins with https://. Only a contact may have none.")),
    ]
