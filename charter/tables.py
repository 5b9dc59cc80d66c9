"""Results, explanations and plans as text for a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from questionnaires.model import Group, Pack
from scoring.explain import STATUS, Explanation, Part
from scoring.model import Answers, NodeResult, Result
from scoring.writing import rounded

if TYPE_CHECKING:  # the planner's package loads the solver, which takes longer than everything else here together
    from action_plans import Plan


def result_table(pack: Pack, answers: Answers, result: Result) -> str:
    """Groups with score, band and progress; standards; how many sheets."""
    lines = [
        f"{pack.title} {pack.version} ({pack.status.value}) – {answers.organization or 'unnamed organization'}",
        "",
    ]
    rows = [_node_row(pack, "Overall", "", result.overall)]
    rows += [row for group in pack.groups for row in _group_rows(pack, group, result, 0)]
    lines += _columns(("", "score", "band", "rated", "policy", "practice"), rows)
    if result.standards:
        rows = []
        for name, standard in result.standards.items():
            counts = ((str(text), standard.count(status)) for status, text in STATUS.items())
            words = ", ".join(f"{count} {word}" for word, count in counts if count)
            rows.append((pack.standard(name).title, _score(standard.share_met), words))
        lines += ["", *_columns(("standard", "share met", "clauses"), rows)]
    lines += ["", f"Staff sheets: {result.sheets.sheets}"]
    return "\n".join(lines) + "\n"


def explanation_text(explanation: Explanation) -> str:
    """The explanation, top down."""
    lines = [f"{explanation.node}: {explanation.title}", str(explanation.headline), ""]
    lines += [f"- {rule}" for rule in explanation.rules]
    if explanation.parts:
        weighted = any(part.weight is not None for part in explanation.parts)
        header = ("part", "title", "score", "weight", "share", "") if weighted else ("part", "title", "score", "")
        lines += ["", *_columns(header, [_part_row(part, weighted) for part in explanation.parts])]
    if explanation.left_out:
        lines += ["", "Left out:"]
        lines += [f"- {part.id} {part.title}: {part.note}" for part in explanation.left_out]
    return "\n".join(lines) + "\n"


def explanation_json(explanation: Explanation) -> dict[str, Any]:
    """The explanation as values that `json.dumps` takes."""
    return {
        "node": explanation.node,
        "title": explanation.title,
        "headline": str(explanation.headline),
        "rules": [str(rule) for rule in explanation.rules],
        "parts": [_part_json(part) for part in explanation.parts],
        "left_out": [_part_json(part) for part in explanation.left_out],
    }


def plan_table(plan: Plan) -> str:
    """Actions with their months and reasons, what stays open, the forecast."""
    objective = plan.objective
    lines = [
        f"{plan.status.value.capitalize()} plan: {len(plan.actions)} actions, {_plain(objective.effort)} days of work, "
        f"must-dos late: {objective.late}",
        "",
    ]
    rows = [
        (
            f"{action.start} – {action.end}",
            action.id,
            "must-do" if action.must_do else "",
            _plain(action.effort_days),
            _plain(action.cost),
            action.title,
        )
        for action in plan.actions
    ]
    lines += _columns(("months", "action", "", "days", "cost", "title"), rows)
    lines += ["", *(f"{action.id}: {action.why}" for action in plan.actions)]
    if plan.forecast:
        lines += ["", "Forecast: " + ", ".join(f"{month} {_score(score)}" for month, score in plan.forecast)]
    if plan.open:
        lines += ["", "Stays open:", *(f"- {gap.criterion}: {gap.reason}" for gap in plan.open)]
    if plan.binding:
        lines += ["", "Limits that keep a must-do open: " + ", ".join(limit.value for limit in plan.binding)]
    return "\n".join(lines) + "\n"


def _group_rows(pack: Pack, group: Group, result: Result, depth: int) -> Iterable[tuple[str, ...]]:
    yield _node_row(pack, f"{'  ' * depth}{group.id}", group.title, result.groups[group.id])
    for inner in group.groups:
        yield from _group_rows(pack, inner, result, depth + 1)


def _node_row(pack: Pack, name: str, title: str, node: NodeResult) -> tuple[str, ...]:
    band = pack.band(node.band).title if node.band else "–"
    capped = f" (capped by {', '.join(node.capped_by)})" if node.capped_by else ""
    rated = f"{node.rated} of {node.applicable}"
    return (
        f"{name} {title}".rstrip(),
        _score(node.score),
        band + capped,
        rated,
        _score(node.policy),
        _score(node.practice),
    )


def _part_row(part: Part, weighted: bool) -> tuple[str, ...]:
    note = str(part.note) if part.note else ""
    weights = (_plain(part.weight), _score(part.share)) if weighted else ()
    return part.id, part.title, _score(part.score), *weights, note


def _part_json(part: Part) -> dict[str, Any]:
    return {
        "id": part.id,
        "title": part.title,
        "weight": rounded(part.weight),
        "share": rounded(part.share),
        "score": rounded(part.score),
        "note": None if part.note is None else str(part.note),
    }


def _score(exact: Fraction | None) -> str:
    return "–" if exact is None else f"{rounded(exact):.4f}"


def _plain(exact: Fraction | None) -> str:
    return "–" if exact is None else f"{rounded(exact):g}"


def _columns(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Aligned, two spaces apart; the last column is left ragged."""
    table = [tuple(header), *(tuple(row) for row in rows)]
    widths = [max(_width(row[column]) for row in table) for column in range(len(header))]
    lines = []
    for row in table:
        cells = [cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines


def _width(text: str) -> int:
    """Columns on a terminal: combining marks take none."""
    return sum(1 for character in text if unicodedata.category(character) not in ("Mn", "Me", "Cf"))
