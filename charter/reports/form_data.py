"""The hidden sheet of a form: which pack it asks for, and what the words in its cells stand for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from openpyxl.workbook.workbook import Workbook

from charter.i18n import Translator
from charter.reports.form_wording import COLUMNS, NOT_APPLICABLE, WORDS, YES, level_text
from charter.reports.workbook import Looks, put
from questionnaires.model import FactType, Pack

SHEET = "charter"
MARK = "charter-form"
FORMAT = "1"

NAME_KEY = "organization.name"
OPTION_MARK = "="
"""Between a fact and one of its options, in the key of a row that asks whether that option applies."""


@dataclass(frozen=True)
class FormData:
    """What the hidden sheet says. `labels` maps the kind of a word to its texts by key, as this form prints them."""

    pack: str
    version: str
    language: str
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def write_form_data(workbook: Workbook, pack: Pack, words: Translator) -> dict[str, str]:
    """Add the hidden sheet; gives for each list of choices the range that holds them, for drop-downs.

    The lists are `scale:…`, `fact:…` and `yes-no`. `pack` is already in the language of the form.
    """
    sheet = workbook.create_sheet(SHEET)
    looks = Looks(words.language)
    rows: list[tuple[str, str, str]] = [
        (MARK, "format", FORMAT),
        ("about", "pack", pack.id),
        ("about", "version", pack.version),
        ("about", "language", words.language),
        *(("column", key, words.render(text)) for key, text in COLUMNS.items()),
        *(("word", key, words.render(text)) for key, text in WORDS.items()),
        *(("criterion", criterion.id, criterion.title) for criterion in pack.criteria),
        *(("fact", fact.id, fact.title) for fact in pack.profile.values()),
    ]
    for number, row in enumerate(rows, start=1):
        for position, text in enumerate(row, start=1):
            put(sheet.cell(number, position), text, looks, format="@")
    ranges = {}
    for column, (name, choices) in enumerate(_lists(pack, words).items(), start=5):
        for number, text in enumerate((name, *choices), start=1):
            put(sheet.cell(number, column), text, looks, format="@")
        letter = sheet.cell(1, column).column_letter
        # A group may be called like the sheet, which then has a number after its name.
        ranges[name] = f"'{sheet.title}'!${letter}$2:${letter}${len(choices) + 1}"
    sheet.sheet_state = "hidden"
    sheet.protection.sheet = True
    return ranges


def read_form_data(rows: Iterable[Sequence[object]]) -> FormData | None:
    """What a sheet says if it is the hidden one, else None; `rows` are its first three columns."""
    about: dict[str, str] = {}
    labels: dict[str, dict[str, str]] = {}
    marked = False
    for values in rows:
        kind, key, text = (value.strip() if isinstance(value, str) else "" for value in values)
        if not marked:
            if kind != MARK or text != FORMAT:
                return None
            marked = True
        elif kind == "about":
            about[key] = text
        elif kind and key:
            labels.setdefault(kind, {})[key] = text
    if not marked:
        return None
    return FormData(about.get("pack", ""), about.get("version", ""), about.get("language", ""), labels)


def _lists(pack: Pack, words: Translator) -> dict[str, list[str]]:
    lists = {
        f"scale:{scale.id}": [
            *(level_text(level.value, level.title) for level in scale.levels),
            words.render(WORDS[NOT_APPLICABLE]),
        ]
        for scale in pack.scales.values()
    }
    lists["yes-no"] = [words.render(WORDS[key]) for key in WORDS if key != NOT_APPLICABLE]
    lists["yes"] = [words.render(WORDS[YES])]
    for fact in pack.profile.values():
        if fact.type is FactType.CHOICE:
            lists[f"fact:{fact.id}"] = list(fact.options.values())
    return lists
