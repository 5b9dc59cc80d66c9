"""The form as a workbook: instructions and facts on the first sheet, then one sheet per group at the top."""

from __future__ import annotations

from collections.abc import Iterator

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from charter.i18n import Translator, translator
from charter.reports.common import in_language, titled
from charter.reports.form_data import NAME_KEY, OPTION_MARK, write_form_data
from charter.reports.form_wording import (
    ANSWER,
    CODE,
    COLUMNS,
    NOT_APPLICABLE,
    NOTE,
    RATING,
    REASON,
    WORDS,
    concerns,
    level_text,
)
from charter.reports.notices import notices
from charter.reports.workbook import (
    HEAD,
    SHADE,
    TEXT,
    AnyCell,
    Column,
    Looks,
    add_sheet,
    boxed,
    fill,
    heading,
    new_workbook,
    open_for_input,
    protect,
    put,
    saved,
    set_up_print,
)
from questionnaires.model import Criterion, Fact, FactType, Group, Pack

MOST_IN_MESSAGE = 220
"""Characters: a spreadsheet program takes a file with a longer message for broken."""


def form_workbook(pack: Pack, *, language: str) -> bytes:
    """The blank workbook in `language` (one of `i18n.LANGUAGES`); texts that the pack lacks in it are in its own."""
    words = translator(language)
    shown = in_language(pack, language)
    return saved(_Form(shown, words, asked=pack).workbook())


class _Form:
    def __init__(self, pack: Pack, words: Translator, *, asked: Pack) -> None:
        self._pack = pack
        self._asked = asked
        self._words = words
        self._looks = Looks(words.language)
        self._footer = f"{pack.title} · {words.gettext('Version %(version)s') % {'version': pack.version}}"

    def workbook(self) -> Workbook:
        workbook = new_workbook(self._pack.title, self._words)
        self._ranges: dict[str, str] = {}
        first = add_sheet(workbook, self._words.gettext("Start here"))
        groups = [(add_sheet(workbook, titled(group)), group) for group in self._pack.groups]
        self._ranges = write_form_data(workbook, self._pack, self._words)
        self._first_sheet(first)
        for sheet, group in groups:
            self._group_sheet(sheet, group)
        workbook.active = 0
        return workbook

    def _first_sheet(self, sheet: Worksheet) -> None:
        looks = self._looks
        put(sheet["B1"], self._pack.title, looks, font=looks.font(bold=True, size=7, color=HEAD))
        row = 2
        for text in self._notices():
            put(sheet.cell(row, 2), text, looks)
            row += 1
        row = self._section(sheet, row, self._words.gettext("How to fill in this workbook"))
        for number, text in enumerate(self._instructions(), start=1):
            put(sheet.cell(row, 2), f"{number}. {text}", looks)
            row += 1
        for scale in self._pack.scales.values():
            row = self._section(sheet, row, scale.title)
            for level in scale.levels:
                put(sheet.cell(row, 2), level_text(level.value, level.title), looks, font=looks.font(bold=True))
                row += 1
                if level.description:
                    put(sheet.cell(row, 2), level.description, looks)
                    row += 1
        row = self._section(sheet, row, self._words.gettext("About the organization"))
        self._facts(sheet, row)
        sheet.column_dimensions["A"].hidden = True
        set_up_print(sheet, self._footer, looks, landscape=False)
        protect(sheet)

    def _section(self, sheet: Worksheet, row: int, title: str) -> int:
        put(sheet.cell(row + 1, 2), title, self._looks, font=self._looks.font(bold=True, size=2, color=HEAD))
        return row + 2

    def _notices(self) -> Iterator[str]:
        yield self._words.gettext("Version %(version)s") % {"version": self._pack.version}
        yield from (" ".join(notice) for notice in notices(self._asked, self._words))

    def _instructions(self) -> tuple[str, ...]:
        return (
            self._words.gettext(
                "This workbook holds what the organization agrees on. Fill it in together, sheet by sheet."
            ),
            self._words.gettext(
                "Write only in the yellow cells. The others are locked, so that nothing is changed by accident."
            ),
            self._words.gettext(
                "Choose a rating from the list in the cell. Where two levels seem to fit, choose the lower."
            ),
            self._words.gettext(
                "Leave the rating empty as long as you have not agreed. An empty rating never counts as zero."
            ),
            self._words.gettext(
                "Choose “Not applicable” only where the question cannot concern you, and write the reason beside it."
            ),
            self._words.gettext(
                "In a note, say what the rating rests on. Nothing in it may show who your clients are."
            ),
            self._words.gettext("Save the file as an Excel workbook (.xlsx) and send it to your coordinator."),
        )

    def _facts(self, sheet: Worksheet, row: int) -> None:
        """Column A holds, hidden, what each row asks for; it moves with the row."""
        looks = self._looks
        columns = (
            Column(self._words.render(COLUMNS[CODE]), 4),
            Column(self._words.gettext("Question"), 76),
            Column(self._words.render(COLUMNS[ANSWER]), 38),
        )
        heading(sheet, columns, looks, row=row)
        sheet.freeze_panes = None
        row = self._question(sheet, row + 1, NAME_KEY, self._words.gettext("Name of the organization"))
        for fact in self._pack.profile.values():
            if fact.type is not FactType.CHOICES:
                row = self._question(sheet, row, fact.id, fact.title, fact)
                continue
            title: AnyCell = boxed(put(sheet.cell(row, 2), fact.title, looks, font=looks.font(bold=True)), colour=SHADE)
            put(title.offset(column=-1), fact.id, looks)
            put(title.offset(column=1), self._words.gettext("Choose “Yes” for each that fits"), looks)
            boxed(title.offset(column=1), colour=SHADE)
            row += 1
            for option, text in fact.options.items():
                row = self._question(sheet, row, f"{fact.id}{OPTION_MARK}{option}", text, fact, indent=2)

    def _question(
        self, sheet: Worksheet, row: int, key: str, title: str, fact: Fact | None = None, *, indent: int = 0
    ) -> int:
        put(sheet.cell(row, 1), key, self._looks)
        cell = boxed(put(sheet.cell(row, 2), title, self._looks))
        cell.alignment = Alignment(wrap_text=True, vertical="top", indent=indent)
        whole = fact is not None and fact.type is FactType.INTEGER
        answer = open_for_input(sheet.cell(row, 3), self._looks, format="0" if whole else TEXT)
        if fact is not None:
            validation = self._whole_number(fact) if whole else self._choice(_choices_of(fact))
            validation.add(answer)
            sheet.add_data_validation(validation)
        return row + 1

    def _whole_number(self, fact: Fact) -> DataValidation:
        least = fact.minimum or 0
        return DataValidation(
            type="whole",
            operator="greaterThanOrEqual",
            formula1=str(least),
            allow_blank=True,
            showErrorMessage=True,
            error=(self._words.gettext("Write a whole number, %(least)s or more.") % {"least": least})[
                :MOST_IN_MESSAGE
            ],
        )

    def _choice(self, name: str) -> DataValidation:
        """A drop-down. The list stands on the hidden sheet: written into the cell it might have 255 characters."""
        return DataValidation(
            type="list",
            formula1=self._ranges[name],
            allow_blank=True,
            showErrorMessage=True,
            error=self._words.gettext("Choose one from the list, or leave the cell empty.")[:MOST_IN_MESSAGE],
        )

    def _group_sheet(self, sheet: Worksheet, group: Group) -> None:
        looks = self._looks
        title = titled(group)
        put(sheet["A1"], title, looks, font=looks.font(bold=True, size=5, color=HEAD))
        sheet["A1"].alignment = Alignment(vertical="center")
        columns = (
            Column(self._words.render(COLUMNS[CODE]), 9),
            Column(self._words.gettext("What is asked"), 42),
            Column(self._words.gettext("Guidance"), 62),
            Column(self._words.render(COLUMNS[RATING]), 24),
            Column(self._words.render(COLUMNS[NOTE]), 42),
            Column(self._words.render(COLUMNS[REASON]), 30),
        )
        heading(sheet, columns, looks, row=2, freeze="B3")
        choices = {scale: self._choice(f"scale:{scale}") for scale in self._pack.scales}
        row = 3
        for inner in group.walk():
            if inner is not group:
                row = self._group_heading(sheet, row, inner)
            for criterion in inner.criteria:
                self._criterion(sheet, row, criterion)
                choices[criterion.scale.id].add(sheet.cell(row, 4))
                row += 1
        for validation in choices.values():
            if validation.sqref.ranges:
                sheet.add_data_validation(validation)
        self._remind_of_reason(sheet, last=row - 1)
        set_up_print(sheet, f"{self._footer} · {title}", looks)
        protect(sheet)

    def _group_heading(self, sheet: Worksheet, row: int, group: Group) -> int:
        """The code column stays empty: only criteria have a code there, and only their rows are read back."""
        text = titled(group)
        put(sheet.cell(row, 2), text, self._looks, font=self._looks.font(bold=True, size=1, color=HEAD))
        for column in range(1, 7):
            boxed(sheet.cell(row, column), colour=SHADE)
        return row + 1

    def _criterion(self, sheet: Worksheet, row: int, criterion: Criterion) -> None:
        looks = self._looks
        boxed(put(sheet.cell(row, 1), criterion.id, looks, font=looks.font(bold=True)))
        boxed(put(sheet.cell(row, 2), criterion.title, looks))
        boxed(put(sheet.cell(row, 3), "\n".join(self._guidance(criterion)), looks))
        for column in (4, 5, 6):
            open_for_input(sheet.cell(row, column), looks)

    def _guidance(self, criterion: Criterion) -> Iterator[str]:
        for condition in concerns(self._pack, criterion, self._words):
            yield self._words.gettext("Only asked when %(condition)s. Otherwise leave it empty.") % {
                "condition": condition
            }
        if criterion.guidance:
            yield criterion.guidance
        if criterion.evidence:
            yield self._words.gettext("What could show it:")
            yield from (f"• {text}" for text in criterion.evidence)

    def _remind_of_reason(self, sheet: Worksheet, *, last: int) -> None:
        """While “not applicable” has no reason, its cell stands out."""
        if last < 3:
            return
        text = self._words.render(WORDS[NOT_APPLICABLE]).replace('"', '""')
        rule = FormulaRule(  # type: ignore[no-untyped-call]
            formula=[f'AND($D3="{text}",LEN(TRIM($F3))=0)'], fill=fill("F4A261"), stopIfTrue=True
        )
        sheet.conditional_formatting.add(f"F3:F{last}", rule)


def _choices_of(fact: Fact) -> str:
    """The list on the hidden sheet that a fact, or one of its options, is answered from."""
    return f"fact:{fact.id}" if fact.type is FactType.CHOICE else "yes-no"
