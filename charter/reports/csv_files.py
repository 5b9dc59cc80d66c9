"""Results and plans as CSV: UTF-8 with the mark by which Excel knows it, and no cell that could become a formula."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from typing import Any

from action_plans.model import Plan
from charter.i18n import Translator, translator
from charter.reports.common import in_language
from charter.reports.plan import plan_context
from charter.reports.plan_tables import action_table
from charter.reports.result_tables import Table, criterion_table, node_table
from charter.reports.workbook import Column
from questionnaires.model import Pack
from scoring.model import Answers, Result

# A spreadsheet program may take a cell for a formula if it begins so, perhaps after spaces, also in full width. Where
# it splits lines at semicolons or tabs, as it does in some countries, what follows one of those begins a cell too.
_FORMULA = re.compile("(^|[;\t\r\n])([\\s\"']*)(?=[=+\\-@＝＋－＠])")
_SHARED = (2, 3, 9)
"""Where the table of criteria has code, title and score, the first columns of the table of groups."""

_FIRST = re.compile("^(?=[\t\r\n])")


def result_csv(pack: Pack, answers: Answers, result: Result, *, language: str) -> bytes:
    """One row for the whole, each group and each criterion, in `language` (one of `i18n.LANGUAGES`)."""
    words = translator(language)
    shown = in_language(pack, language)
    return _csv(
        _flat(node_table(shown, result, words, indented=False), criterion_table(shown, answers, result, words), words)
    )


def plan_csv(pack: Pack, answers: Answers, result: Result, plan: Plan, *, language: str) -> bytes:
    """One row for each action, in `language` (one of `i18n.LANGUAGES`)."""
    context = plan_context(pack, answers, result, plan, language=language)
    return _csv(action_table(context["steps"], translator(language)))


def formula_safe(text: str) -> str:
    """The text with an apostrophe before whatever a spreadsheet program could take for a formula."""
    return _FIRST.sub("'", _FORMULA.sub(r"\1\2'", text))


def _flat(nodes: Table, criteria: Table, words: Translator) -> Table:
    """Both tables in one. Code, title and score are in the same columns; the first says what a row is about."""
    _ = words.gettext
    shared = nodes.columns[: len(_SHARED)]
    of_nodes = nodes.columns[len(_SHARED) :]
    own = [place for place in range(len(criteria.columns)) if place not in _SHARED]
    columns = (Column(_("Kind of row"), 0), *shared, *of_nodes, *(criteria.columns[place] for place in own))
    rows = [(_("Group"), *row, *(None for _ in own)) for row in nodes.rows]
    rows += [
        (_("Criterion"), *(row[place] for place in _SHARED), *(None for _ in of_nodes), *(row[place] for place in own))
        for row in criteria.rows
    ]
    return Table(columns, rows)


def _csv(table: Table) -> bytes:
    buffer = io.StringIO()
    # Everything is quoted: an unquoted text with a semicolon would be two cells where lines are split there.
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow([_cell(column.heading) for column in table.columns])
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return b"\xef\xbb\xbf" + buffer.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return formula_safe(value.replace("\x00", ""))
    return value.isoformat() if isinstance(value, date) else str(value)
