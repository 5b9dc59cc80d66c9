"""The sheets `survey` and `choices` as a tree of questions, every slip in them reported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from questionnaires.xlsform.columns import Columns, Languages, RowIn
from questionnaires.xlsform.findings import Cell, Findings, listed
from questionnaires.xlsform.names import ID_COLUMN, PART_COLUMN, PARTS
from questionnaires.xlsform.words import NO, YES

MOST_DEPTH = 60
CHOICE_COLUMNS = ("list_name", "name", "label")
SURVEY_COLUMNS = (
    *("type", "name", "label", "hint", "relevant", "constraint", "disabled", PART_COLUMN, ID_COLUMN),
    # Read only to say that they do not come along.
    *("choice_filter", "calculation", "default", "required"),
)

_CARRIED = ("select_one", "select_multiple", "integer")
# What a device notes by itself, and what nobody answers.
_SILENT = (
    *("start", "end", "today", "deviceid", "phonenumber", "username", "email", "simserial", "subscriberid", "audit"),
    *("start-geopoint", "background-audio", "hidden", "xml-external", "csv-external"),
)
_OTHER = (
    *("text", "note", "decimal", "date", "time", "datetime", "geopoint", "geotrace", "geoshape", "image", "photo"),
    *("audio", "video", "file", "barcode", "calculate", "acknowledge", "trigger", "range", "rank"),
    *("select_one_external", "select_one_from_file", "select_multiple_from_file", "osm", "string"),
)
_BEGIN = {"begin_group": "group", "begin_repeat": "repeat", "begin_loop": "repeat", "begin_lgroup": "repeat"}
_END = {name.replace("begin", "end"): kind for name, kind in _BEGIN.items()}
_ALIASES = {
    **dict.fromkeys(("select1", "select_one_from", "add_select_one_prompt_using"), "select_one"),
    **dict.fromkeys(("select_all_that_apply_from", "select_all_that_apply"), "select_multiple"),
    **dict.fromkeys(("int", "add_integer_prompt"), "integer"),
}
_KNOWN = (*_CARRIED, *_SILENT, *_OTHER, *_BEGIN, *_END)


@dataclass
class Choice:
    """One choice of a list."""

    name: Cell
    labels: dict[str, Cell]


@dataclass
class Question:
    """One question that a pack may have: `kind` is select_one, select_multiple or integer."""

    kind: str
    list_name: str
    name: Cell
    labels: dict[str, Cell]
    hints: dict[str, Cell]
    relevant: Cell | None
    constraint: Cell | None
    part: str = ""
    id: Cell | None = None


@dataclass
class Section:
    """A group of the form, or the form itself (`name` is None)."""

    name: Cell | None
    labels: dict[str, Cell] = field(default_factory=dict)
    relevant: Cell | None = None
    part: str = ""
    id: Cell | None = None
    children: list[Section | Question] = field(default_factory=list)

    def sections(self) -> Iterator[Section]:
        """This one and all below it, in order."""
        yield self
        for child in self.children:
            if isinstance(child, Section):
                yield from child.sections()

    @property
    def questions(self) -> list[Question]:
        return [child for child in self.children if isinstance(child, Question)]


@dataclass
class Form:
    """What the two sheets hold. `names`: every name of the survey, with the cells that it stands in."""

    root: Section
    lists: dict[str, list[Choice]]
    names: dict[str, list[Cell]]


def is_yes_no(choices: Iterable[Choice]) -> bool:
    """Whether a list holds yes and no and nothing else."""
    return sorted(answer_of(choice) or "?" for choice in choices) == [NO, YES]


def answer_of(choice: Choice) -> str | None:
    """`yes` or `no` where that is what the choice says."""
    name = choice.name.text.casefold()
    words = {label.text.strip().casefold() for label in choice.labels.values()}
    if name in ("yes", "true", "y") or (name == "1" and "yes" in words):
        return YES
    if name in ("no", "false", "n") or (name in ("0", "2") and "no" in words):
        return NO
    return None


def read_lists(columns: Columns, languages: Languages, findings: Findings) -> dict[str, list[Choice]]:
    """The choice lists by name."""
    lists: dict[str, list[Choice]] = {}
    seen: dict[tuple[str, str], int] = {}
    for row in columns.rows():
        list_name, name = row.text("list_name"), row.text("name")
        if not list_name or not name:
            if list_name or name or any(row.texts["label"]):
                missing = "list_name" if not list_name else "name"
                findings.problem(f"the choice has no {missing}", row.at(missing))
            continue
        if (list_name, name) in seen:
            first = seen[list_name, name]
            message = f"the list {list_name[:60]} has the choice {name[:60]} already in row {first}"
            findings.problem(message, row.at("name"))
            continue
        seen[list_name, name] = row.number
        lists.setdefault(list_name, []).append(Choice(row.at("name"), languages.split(row.texts["label"])))
    return lists


def read_survey(columns: Columns, lists: dict[str, list[Choice]], languages: Languages, findings: Findings) -> Form:
    """The tree of the survey."""
    return _Reader(lists, languages, findings).read(columns)


class _Reader:
    def __init__(self, lists: dict[str, list[Choice]], languages: Languages, findings: Findings) -> None:
        self._lists = lists
        self._languages = languages
        self._findings = findings
        self._form = Form(Section(None), lists, {})
        self._open: list[tuple[str, Section, Cell]] = []
        self._names_here: list[dict[str, int]] = [{}]
        self._left_out: dict[str, list[str]] = {}
        self._dropped: dict[str, list[str]] = {}

    def read(self, columns: Columns) -> Form:
        for row in columns.rows():
            self._row(row)
        for kind, _, cell in self._open:
            self._findings.problem(f"this {kind} is never closed; add a row end_{kind}", cell)
        for kind, names in self._left_out.items():
            many = "questions" if len(names) > 1 else "question"
            self._findings.note(f"{len(names)} {many} of the type {kind} left out: {listed(names)}")
        for column, names in self._dropped.items():
            self._findings.note(f"what stands in the column {column} is not carried: {listed(names)}")
        return self._form

    def _row(self, row: RowIn) -> None:
        if row.text("disabled").lower() in ("yes", "true"):
            return
        kind, _, rest = _kind(row.text("type"))
        if not kind:
            if row.text("name") or row.texts["label"]:
                self._findings.problem("the row has no type", row.at("type"))
            return
        part = row.text(PART_COLUMN)
        if part and part not in PARTS:
            hint = self._findings.near_miss(part, PARTS)
            self._findings.problem(f"{part[:60]} is no part of a pack{hint}", row.at(PART_COLUMN))
        if kind in _END:
            self._close(_END[kind], row)
        elif kind in _BEGIN:
            self._begin(_BEGIN[kind], row)
        elif kind not in _KNOWN:
            hint = self._findings.near_miss(kind, _KNOWN)
            self._findings.problem(f"there is no question type {row.text('type')[:60]}{hint}", row.at("type"))
        elif self._name(row, kind) and self._is_carried(kind, row):
            self._question(kind, rest, row)

    def _name(self, row: RowIn, kind: str) -> bool:
        name = row.text("name")
        if not name:
            if kind in _CARRIED or kind in _BEGIN:
                self._findings.problem("the question has no name", row.at("name"))
                return False
            return True
        here = self._names_here[-1]
        if name in here:
            self._findings.problem(f"the name {name[:60]} is already taken in row {here[name]}", row.at("name"))
            return False
        here[name] = row.number
        self._form.names.setdefault(name, []).append(row.at("name"))
        return True

    def _is_carried(self, kind: str, row: RowIn) -> bool:
        if kind in _SILENT or row.text(PART_COLUMN) in ("reason", "note"):
            return False
        if any(open_kind == "repeat" for open_kind, _, _ in self._open):
            kind = f"{kind} inside a repeat"
        elif kind in _CARRIED:
            return True
        self._left_out.setdefault(kind, []).append(row.text("name") or f"row {row.number}")
        return False

    def _question(self, kind: str, rest: str, row: RowIn) -> None:
        list_name = ""
        if kind != "integer":
            list_name, _, more = rest.partition(" ")
            if more.strip():
                self._dropped.setdefault("type", []).append(f"{more.strip()} of {row.text('name')}")
            if list_name not in self._lists:
                hint = self._findings.near_miss(list_name, self._lists)
                said = f"there is no list {list_name[:60]}" if list_name else "the type names no list"
                self._findings.problem(f"{said} in the sheet choices{hint}", row.at("type"))
                return
        for column in SURVEY_COLUMNS[-4:]:
            if row.text(column).lower() not in ("", "no", "false", "false()"):
                self._dropped.setdefault(column, []).append(row.text("name"))
        self._here.children.append(
            Question(
                kind,
                list_name,
                row.at("name"),
                self._languages.split(row.texts["label"]),
                self._languages.split(row.texts["hint"]),
                row.cells.get("relevant"),
                row.cells.get("constraint"),
                row.text(PART_COLUMN),
                row.cells.get(ID_COLUMN),
            )
        )

    @property
    def _here(self) -> Section:
        return self._open[-1][1] if self._open else self._form.root

    def _begin(self, kind: str, row: RowIn) -> None:
        self._name(row, f"begin_{kind}")
        if len(self._open) >= MOST_DEPTH:
            self._findings.problem(f"groups may stand in one another {MOST_DEPTH} deep at most", row.at("type"))
        section = Section(
            row.at("name"),
            self._languages.split(row.texts["label"]),
            row.cells.get("relevant"),
            row.text(PART_COLUMN),
            row.cells.get(ID_COLUMN),
        )
        if kind == "group" and len(self._open) < MOST_DEPTH:
            self._here.children.append(section)
        elif kind == "repeat":
            self._left_out.setdefault("repeat", []).append(row.text("name") or f"row {row.number}")
        self._open.append((kind, section, row.at("type")))
        self._names_here.append({})

    def _close(self, kind: str, row: RowIn) -> None:
        if not self._open:
            self._findings.problem(f"end_{kind} closes nothing", row.at("type"))
            return
        open_kind, _, cell = self._open[-1]
        if open_kind != kind:
            self._findings.problem(f"end_{kind} cannot close the {open_kind} of row {cell.row}", row.at("type"))
        self._open.pop()
        self._names_here.pop()


def _kind(text: str) -> tuple[str, str, str]:
    """The type in its common spelling and what stands behind it."""
    words = text.split()
    for length in range(len(words), 0, -1):
        name = "_".join(words[:length]).lower()
        name = _ALIASES.get(name, name)
        if name in _KNOWN:
            return name, " ", " ".join(words[length:])
    return (words[0].lower(), " ", " ".join(words[1:])) if words else ("", "", "")
