"""A result as tables, for workbook and CSV alike: plain values, headings in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from charter.i18n import Translator
from charter.reports.common import rows as group_rows
from charter.reports.wording import AGREEMENT, CLAUSE_STATUS, REACHING
from charter.reports.workbook import PERCENT, Column
from questionnaires.message import message
from questionnaires.model import Criterion, Group, Kind, Pack
from scoring.model import Answer, Answers, NodeResult, Result, State
from scoring.writing import rounded

KIND = {Kind.POLICY: message("Policy"), Kind.PRACTICE: message("Practice")}
STATE = {
    State.RATED: message("Rated"),
    State.UNRATED: message("No rating yet"),
    State.NOT_APPLICABLE: message("Not applicable"),
    State.EXCLUDED: message("Does not concern this organization"),
}


@dataclass(frozen=True)
class Table:
    """Columns, and rows with one value for each."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]


def node_table(pack: Pack, result: Result, words: Translator, *, indented: bool) -> Table:
    """Overall, then every group, parents first. `pack` is in the language of the words."""
    _ = words.gettext
    columns = (
        Column(_("Code"), 12),
        Column(_("Value and principle"), 46),
        Column(_("Score"), 10, PERCENT),
        Column(_("In a word"), 22),
        Column(_("Held back by"), 24),
        Column(_("Policy"), 14, PERCENT),
        Column(_("Practice"), 14, PERCENT),
        Column(_("Rated"), 12),
        Column(_("Apply"), 12),
    )
    titles = {band.id: band.title for band in pack.bands}

    def row(code: str, title: str, node: NodeResult) -> tuple[Any, ...]:
        return (
            code,
            title,
            rounded(node.score),
            titles[node.band] if node.band else None,
            ", ".join(node.capped_by) or None,
            rounded(node.policy),
            rounded(node.practice),
            node.rated,
            node.applicable,
        )

    below = [
        row(one.group.id, f"{'    ' * one.depth * indented}{one.group.title}", one.result)
        for one in group_rows(pack, result)
    ]
    return Table(columns, [row("", _("Overall result"), result.overall), *below])


def criterion_table(pack: Pack, answers: Answers, result: Result, words: Translator) -> Table:
    """Every criterion in pack order, with its answer."""
    _ = words.gettext
    columns = (
        Column(_("Value"), 22),
        Column(_("Principle"), 28),
        Column(_("Code"), 10),
        Column(_("Criterion"), 50),
        Column(_("Policy or practice"), 14),
        Column(_("Essential"), 11),
        Column(_("State"), 18),
        Column(_("Rating"), 9),
        Column(_("Level"), 22),
        Column(_("Score"), 9, PERCENT),
        Column(_("To aim for"), 10),
        Column(_("Gap"), 9),
        Column(_("Note"), 50),
        Column(_("Reason, if not applicable"), 34),
    )
    return Table(columns, [_criterion(*one, answers, result, words) for one in _placed(pack)])


def _placed(pack: Pack) -> Iterator[tuple[Group, Group, Criterion]]:
    for top in pack.groups:
        for group in top.walk():
            for criterion in group.criteria:
                yield top, group, criterion


def _criterion(
    top: Group, group: Group, criterion: Criterion, answers: Answers, result: Result, words: Translator
) -> tuple[Any, ...]:
    own = result.criteria[criterion.id]
    answer = answers.ratings.get(criterion.id, Answer(None))
    known = own.rating is not None and own.rating in criterion.scale
    yes = words.gettext("Yes")
    return (
        top.title,
        group.title if group is not top else None,
        criterion.id,
        criterion.title,
        words.render(KIND[criterion.kind]) if criterion.kind else None,
        yes if criterion.essential else None,
        words.render(STATE[own.state]),
        own.rating,
        criterion.scale.level(own.rating).title if known and own.rating is not None else None,
        rounded(own.score),
        own.target,
        yes if own.is_gap else None,
        answer.note,
        answer.reason if own.state is State.NOT_APPLICABLE else None,
    )


def standard_table(pack: Pack, result: Result, words: Translator) -> Table:
    """Every clause of every standard."""
    _ = words.gettext
    columns = (
        Column(_("Standard"), 44),
        Column(_("No."), 8),
        Column(_("Clause"), 50),
        Column(_("How it stands"), 26),
        Column(_("Criteria"), 30),
    )
    rows = []
    for one in result.standards.values():
        standard = pack.standard(one.id)
        for clause_id, clause in one.clauses.items():
            source = standard.clause(clause_id)
            status = words.render(CLAUSE_STATUS[clause.status])
            rows.append((standard.title, source.number, source.title, status, ", ".join(clause.criteria) or None))
    return Table(columns, rows)


def staff_table(pack: Pack, result: Result, words: Translator) -> Table:
    """What may be shown of the staff's sheets, and no more: every value comes from the result as it is."""
    _ = words.gettext
    columns = (
        Column(_("Code"), 10),
        Column(_("Criterion"), 56),
        Column(_("Organization"), 14),
        Column(_("Staff"), 10),
        Column(_("Sheets"), 10),
        Column(_("Reached"), 20),
        Column(_("Agreement"), 22),
    )
    rows = []
    for criterion in pack.criteria:
        view = result.sheets.criteria.get(criterion.id)
        if view is not None:
            reaching = words.render(REACHING[view.reaching]) if view.reaching else None
            agreement = words.render(AGREEMENT[view.agreement]) if view.agreement else None
            rating = result.criteria[criterion.id].rating
            rows.append((criterion.id, criterion.title, rating, view.median, view.n, reaching, agreement))
    return Table(columns, rows)
