"""Results and plans as CSV."""

from __future__ import annotations

from action_plans.model import Plan
from charter.i18n import Translator, translator
from charter.reports.common import in_language
from charter.reports.csv_table import table_csv
from charter.reports.plan import plan_context
from charter.reports.plan_tables import action_table
from charter.reports.result_tables import Table, criterion_table, node_table
from charter.reports.workbook import Column
from questionnaires.model import Pack
from scoring.model import Answers, Result

_SHARED = (2, 3, 9)
"""Where the table of criteria has code, title and score, the first columns of the table of groups."""


def result_csv(pack: Pack, answers: Answers, result: Result, *, language: str) -> bytes:
    """One row for the whole, each group and each criterion, in `language` (one of `i18n.LANGUAGES`)."""
    words = translator(language)
    shown = in_language(pack, language)
    nodes, criteria = node_table(shown, result, words, indented=False), criterion_table(shown, answers, result, words)
    table = _flat(nodes, criteria, words)
    return table_csv(table.columns, table.rows)


def plan_csv(pack: Pack, answers: Answers, result: Result, plan: Plan, *, language: str) -> bytes:
    """One row for each action, in `language` (one of `i18n.LANGUAGES`)."""
    context = plan_context(pack, answers, result, plan, language=language)
    table = action_table(context["steps"], translator(language))
    return table_csv(table.columns, table.rows)


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
