"""A filled workbook back into answers: everything wrong with it at once, each with its cell.

Nothing depends on where things stand. A row is known by its code, a column by its heading, a sheet by having such a
heading, so that rows can be moved, columns added and sheets renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from charter.reports.form_cells import CellProblem, Understanding, as_text, plain, shortened, unambiguous, with_hint
from charter.reports.form_data import MARK, NAME_KEY, OPTION_MARK, FormData, read_form_data
from charter.reports.form_wording import (
    ANSWER,
    CODE,
    COLUMNS,
    NOTE,
    RATING,
    REASON,
    words_in_all_languages,
)
from charter.reports.workbook_file import Entry, Sheet, WorkbookFileError, read_sheets
from questionnaires.message import Message, message
from questionnaires.model import Criterion, Fact, FactType, Pack
from questionnaires.problems import closest
from scoring.answers import AnswersError, parse_answers
from scoring.model import Choice

MOST_HINTS = 300
"""Looking for what was meant takes time; a file with more unknown codes than this is no form with typing errors."""


@dataclass(frozen=True, slots=True)
class FormProblem:
    """One finding: `cell` as in `Protection!D14`, empty for the file as a whole; `code` of the row it concerns."""

    cell: str
    code: str
    message: Message

    def __str__(self) -> str:
        return ": ".join(part for part in (self.cell, self.code, str(self.message)) if part)


class FormError(Exception):
    """A form that cannot be used, with everything that was found."""

    def __init__(self, problems: Iterable[FormProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def read_form(data: bytes, pack: Pack) -> dict[str, Any]:
    """The answers in a filled workbook, as values that `json.dumps` takes (docs/scoring.md). FormError otherwise."""
    try:
        sheets = read_sheets(data)
    except WorkbookFileError as error:
        raise _refused(error.message) from error
    form = next((found for sheet in sheets if (found := _form_data(sheet))), None)
    if form is None:
        raise _refused(
            message("this workbook is no form made by Charter, or its hidden sheet “{name}” is gone", name="charter")
        )
    if (form.pack, form.version) != (pack.id, pack.version):
        raise _refused(
            message(
                "the form belongs to {form}, the pack at hand is {pack}; read it with the pack that it was made for",
                form=shortened(f"{form.pack} {form.version}"),
                pack=f"{pack.id} {pack.version}",
            )
        )
    return _Reader(pack, form).read(sheets)


def _refused(text: Message) -> FormError:
    return FormError([FormProblem("", "", text)])


def _form_data(sheet: Sheet) -> FormData | None:
    first = sheet.rows[0].get(1) if sheet.rows else None
    if first is None or first.value != MARK:
        return None
    return read_form_data([row[place].value if place in row else None for place in (1, 2, 3)] for row in sheet.rows)


@dataclass(frozen=True)
class _Row:
    """A row below a heading. `cells` has what stands in the known columns, `places` where these columns are."""

    sheet: Sheet
    number: int
    cells: dict[str, Entry]
    places: dict[str, int]

    def value(self, column: str) -> Any:
        return self.cells[column].value if column in self.cells else None

    def cell(self, column: str) -> str:
        from openpyxl.utils import get_column_letter

        return f"{_sheet_name(self.sheet)}!{get_column_letter(self.places[column])}{self.number}"

    def filled(self, *columns: str) -> list[str]:
        return [column for column in columns if column in self.places and as_text(self.value(column)) is not None]


class _Reader:
    def __init__(self, pack: Pack, form: FormData) -> None:
        self._pack = pack
        self._problems: list[FormProblem] = []
        self._hints_left = MOST_HINTS
        self._understands = Understanding(pack, form.labels.get("word", {}), form.language)
        self._columns = unambiguous(
            (text, key)
            for key, heading in COLUMNS.items()
            for text in (*words_in_all_languages(heading), form.labels.get("column", {}).get(key, key))
        )
        self._criteria = unambiguous((criterion.id, criterion) for criterion in pack.criteria)
        self._ratings: dict[str, tuple[str, dict[str, Any]]] = {}
        self._facts: dict[str, tuple[str, Any]] = {}

    def read(self, sheets: list[Sheet]) -> dict[str, Any]:
        found = False
        for sheet in sheets:
            for row in self._rows(sheet):
                found = True
                self._merged(row)
                if RATING in row.places:
                    self._criterion_row(row)
                else:
                    self._fact_row(row)
        if not found:
            raise _refused(message("no sheet has a heading with “Code” and “Rating”, so there is nothing to read"))
        answers = self._answers()
        if not self._problems:
            try:
                parse_answers(answers, self._pack)
            except AnswersError as error:
                self._problems += [FormProblem("", "", message("{text}", text=str(each))) for each in error.problems]
        if self._problems:
            raise FormError(self._problems)
        return answers

    def _rows(self, sheet: Sheet) -> Iterator[_Row]:
        """The rows below a heading; each heading holds until the next."""
        if sheet.rows and (first := sheet.rows[0].get(1)) is not None and first.value == MARK:
            return
        places: dict[str, int] = {}
        for row in sheet.rows:
            heading = self._heading(row)
            if heading:
                places = heading
            elif places:
                cells = {column: row[place] for column, place in places.items() if place in row}
                yield _Row(sheet, next(iter(row.values())).row, cells, places)
            else:
                self._without_heading(sheet, row)

    def _heading(self, row: dict[int, Entry]) -> dict[str, int]:
        """Where the known columns are, if this row is a heading; of two columns of one name the first counts."""
        places: dict[str, int] = {}
        for column, entry in sorted(row.items()):
            key = self._columns.get(plain(entry.value)) if isinstance(entry.value, str) else None
            if key is not None:
                places.setdefault(key, column)
        return places if CODE in places and (RATING in places or ANSWER in places) else {}

    def _without_heading(self, sheet: Sheet, row: dict[int, Entry]) -> None:
        """A row with the code of a criterion above any heading: the heading is gone, and ratings would be lost."""
        entry = row.get(1)
        if entry is not None and isinstance(entry.value, str) and len(row) > 1 and plain(entry.value) in self._criteria:
            cell = f"{_sheet_name(sheet)}!A{entry.row}"
            text = message("there is no heading with “Code” and “Rating” above this row, so it cannot be read")
            self._problems.append(FormProblem(cell, self._criteria[plain(entry.value)].id, text))

    def _merged(self, row: _Row) -> None:
        """Of merged cells only the first keeps what was in them."""
        for first_row, first_column, last_row, last_column in row.sheet.merged:
            inside = [
                column
                for column, place in row.places.items()
                if first_row <= row.number <= last_row and first_column <= place <= last_column
            ]
            if inside and row.filled(*row.places):
                text = message("this cell is merged with others; unmerge them and give each its own answer")
                self._add(row, inside[0], text)

    def _criterion_row(self, row: _Row) -> None:
        filled = row.filled(RATING, NOTE, REASON)
        criterion = self._criterion(row, filled)
        if criterion is None or not filled:
            return
        if self._formulas(row, filled, criterion.id):
            return
        rating: int | Choice | None = None
        try:
            rating = self._understands.rating(row.value(RATING), criterion.scale)
        except CellProblem as problem:
            self._add(row, RATING, problem.message, criterion.id)
        else:
            self._check_reason(row, criterion.id, rating)
        answer = {"rating": rating, "note": as_text(row.value(NOTE)), "reason": as_text(row.value(REASON))}
        self._once(self._ratings, criterion.id, answer, row, RATING)

    def _check_reason(self, row: _Row, code: str, rating: int | Choice | None) -> None:
        reason = as_text(row.value(REASON))
        if rating is Choice.NOT_APPLICABLE and reason is None:
            text = message("“not applicable” needs a reason: say why the question cannot concern you")
            self._add(row, REASON if REASON in row.places else RATING, text, code)
        elif rating is None and reason is not None:
            text = message("there is a reason but no rating; choose “not applicable”, or delete the reason")
            self._add(row, RATING, text, code)

    def _criterion(self, row: _Row, filled: list[str]) -> Criterion | None:
        typed = as_text(row.value(CODE))
        if typed is None:
            if filled:
                place = row.cell(CODE).rpartition("!")[2]
                text = message("this row has no code in {cell}, so nobody can tell what it answers", cell=place)
                self._add(row, filled[0], text)
            return None
        found: Criterion | None = self._criteria.get(plain(typed)) or self._criteria.get(plain(typed).replace(" ", ""))
        if found is None and filled:
            hint = self._hint(typed, (criterion.id for criterion in self._pack.criteria))
            problem = message("the pack has no criterion “{code}”", code=shortened(typed))
            self._add(row, CODE, with_hint(problem, hint))
        return found

    def _fact_row(self, row: _Row) -> None:
        if not row.filled(ANSWER):
            return
        typed = as_text(row.value(CODE)) or ""
        key, _, option = typed.strip().partition(OPTION_MARK)
        if key == NAME_KEY:
            if not self._formulas(row, [ANSWER], ""):
                self._once(self._facts, NAME_KEY, as_text(row.value(ANSWER)), row, ANSWER)
            return
        fact = self._pack.profile.get(key)
        if fact is None or (option and option not in fact.options):
            hint = self._hint(typed, self._pack.profile) if typed else None
            problem = message("this answer belongs to no question of the form")
            self._add(row, ANSWER, with_hint(problem, hint))
        elif (fact.type is not FactType.CHOICES or option) and not self._formulas(row, [ANSWER], key):
            try:
                value = self._fact(row.value(ANSWER), fact)
            except CellProblem as problem_here:
                self._add(row, ANSWER, problem_here.message, fact.title)
            else:
                self._once(self._facts, typed.strip(), value, row, ANSWER)

    def _fact(self, value: Any, fact: Fact) -> Any:
        if fact.type is FactType.INTEGER:
            return self._understands.number(value, fact)
        if fact.type is FactType.CHOICE:
            return self._understands.option(value, fact)
        return self._understands.yes_or_no(value)

    def _formulas(self, row: _Row, columns: list[str], code: str) -> bool:
        found = [column for column in columns if row.cells[column].formula]
        for column in found:
            text = message("this cell holds a formula; write the value itself, or begin a text with an apostrophe (')")
            self._add(row, column, text, code)
        return bool(found)

    def _once(self, kept: dict[str, tuple[str, Any]], key: str, value: Any, row: _Row, column: str) -> None:
        """Keep the value; a second row for the same thing may only say the same."""
        where, before = kept.setdefault(key, (row.cell(column), value))
        if before != value:
            text = message("this stands in the form twice, with different answers; the other is {cell}", cell=where)
            self._add(row, column, text, key)

    def _answers(self) -> dict[str, Any]:
        organization: dict[str, Any] = {}
        if NAME_KEY in self._facts:
            organization["name"] = self._facts[NAME_KEY][1]
        for fact in self._pack.profile.values():
            if fact.type is not FactType.CHOICES:
                if fact.id in self._facts:
                    organization[fact.id] = self._facts[fact.id][1]
                continue
            said = {
                option: self._facts.get(f"{fact.id}{OPTION_MARK}{option}", ("", None))[1] for option in fact.options
            }
            # Nothing said of any option is "not known"; a "no" to one of them is an answer.
            if any(value is not None for value in said.values()):
                organization[fact.id] = [option for option, value in said.items() if value]
        ratings = {
            criterion.id: _short(self._ratings[criterion.id][1])
            for criterion in self._pack.criteria
            if criterion.id in self._ratings
        }
        return {"pack": self._pack.id, "version": self._pack.version, "organization": organization, "ratings": ratings}

    def _hint(self, typed: str, known: Iterable[str]) -> str | None:
        self._hints_left -= 1
        return closest(plain(typed), known) if self._hints_left >= 0 else None

    def _add(self, row: _Row, column: str, text: Message, code: str = "") -> None:
        self._problems.append(FormProblem(row.cell(column), code, text))


def _short(answer: dict[str, Any]) -> Any:
    rating = answer["rating"]
    said = {key: value for key, value in answer.items() if value is not None}
    return rating if set(said) == {"rating"} and not isinstance(rating, Choice) else {"rating": rating, **said}


def _sheet_name(sheet: Sheet) -> str:
    """As a formula would name it."""
    title = shortened(sheet.title)
    return title if title.replace("_", "a").isalnum() else "'" + title.replace("'", "''") + "'"
