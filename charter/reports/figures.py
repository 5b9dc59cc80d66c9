"""Results and plans to charts: which figure shows what, and the same in words for those who do not see it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from charter.i18n import Translator
from charter.reports import charts
from charter.reports.common import band_limits, level, second_level, titled
from charter.reports.wording import CLAUSE_STATUS
from questionnaires.message import message
from questionnaires.model import OVERALL, Criterion, Pack, Scale
from scoring.model import ClauseStatus, NodeResult, Result, State

if TYPE_CHECKING:
    # Planning brings a solver of 60 MB, of which a report of an assessment needs nothing.
    from action_plans.model import Limits, PlannedAction
    from charter.services.own_comparison import OwnComparison

MOST_CYCLES = 6
"""Of more assessments only the last ones are shown."""

_CLAUSE_FILLS = {
    ClauseStatus.MET: charts.MET,
    ClauseStatus.PARTLY_MET: charts.PARTLY_MET,
    ClauseStatus.NOT_MET: charts.NOT_MET,
    ClauseStatus.UNKNOWN: charts.UNKNOWN,
    ClauseStatus.NOT_APPLICABLE: charts.NOT_APPLICABLE,
    ClauseStatus.NOT_COVERED: charts.NOT_COVERED,
}


@dataclass(frozen=True, slots=True)
class Chart:
    """A figure, its alternative text, and the name of what it is about where there are several like it."""

    figure: dict[str, Any]
    alt: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """The result of an earlier assessment with the same questionnaire; `name` says when, in the reader's words."""

    name: str
    result: Result


@dataclass(frozen=True, slots=True)
class Peers:
    """Published medians (0 to 100) of a peer group, by metric; `title` is the group's, in the reader's language."""

    title: str
    medians: Mapping[str, int]


def peers(compared: OwnComparison | None, *, language: str) -> Peers | None:
    """The first published group that the organization is in; None if there is none."""
    return Peers(compared.groups[0].title(language), compared.groups[0].medians) if compared else None


def peer_name(peers: Peers, words: Translator) -> str:
    """What the median of that group is called."""
    return words.render(message("Middle of the group “{group}”", group=peers.title))


def peer_middle(peers: Peers | None, words: Translator) -> str:
    """The published median of the overall score in words; empty where none is published."""
    median = peers.medians.get(OVERALL) if peers else None
    return f"{peer_name(peers, words)}: {words.percent(Fraction(median, 100))}" if peers and median is not None else ""


@dataclass(frozen=True, slots=True)
class Trend:
    """The chart of several assessments, their names, and the rows of the table that says the same."""

    chart: Chart
    cycles: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def writing_and_practice(pack: Pack, result: Result, words: Translator) -> Chart | None:
    """What is written beside what is done, for the principles that have both; None if these are too few or too many."""
    views = words.gettext("In writing (policy)"), words.gettext("In practice")
    spokes = []
    for group in second_level(pack):
        node = result.groups[group.id]
        if node.policy is not None and node.practice is not None:
            both = node.policy, node.practice
            values = tuple(words.percent(score) for score in both)
            spokes.append(charts.Spoke(titled(group), tuple(float(score * 100) for score in both), values))
    if not charts.FEWEST <= len(spokes) <= charts.MOST:
        return None
    said = [
        f"{spoke.label}: " + ", ".join(f"{view} {value}" for view, value in zip(views, spoke.values, strict=True))
        for spoke in spokes
    ]
    return Chart(charts.radar(spokes, views), _alt(words.gettext("Radar chart:"), said))


def clauses(pack: Pack, result: Result, words: Translator) -> tuple[Chart, list[ClauseStatus]] | None:
    """How the clauses of each standard stand, and which ways of standing there are; None without any clause."""
    standards = [one for one in result.standards.values() if one.clauses]
    found = [status for status in ClauseStatus if any(one.count(status) for one in standards)]
    if not found:
        return None
    names = {status: words.render(CLAUSE_STATUS[status]) for status in found}
    titles = {one.id: pack.standard(one.id).title for one in standards}
    figure = charts.clause_status(
        [charts.Part(names[status], _CLAUSE_FILLS[status]) for status in found],
        [
            charts.Shares(titles[one.id], tuple(one.count(status) for status in found), str(len(one.clauses)))
            for one in standards
        ],
    )
    said = [
        f"{titles[one.id]}: " + ", ".join(f"{names[status]} {one.count(status)}" for status in found)
        for one in standards
    ]
    return Chart(figure, _alt(words.gettext("Bar chart:"), said)), found


def staff_ratings(pack: Pack, result: Result, words: Translator) -> list[Chart]:
    """How the staff's ratings are spread, for the criteria of which that may be shown, value by value."""
    agreed_name = words.gettext("Agreed rating")
    found = []
    for group in pack.groups:
        shown = [one for one in group.all_criteria() if _counts(one, result) is not None]
        for _, same_scale in groupby(shown, key=lambda one: one.scale.id):
            for part in _pages(list(same_scale)):
                figure = _staff_figure(part[0].scale, part, result, agreed_name)
                said = [f"{one.id}: {_spread(one, result)}; {_agreed(one, result, agreed_name)}" for one in part]
                found.append(Chart(figure, _alt(words.gettext("Bar chart:"), said), group.title))
    return found


def spreads(pack: Pack, result: Result) -> dict[str, str]:
    """By criterion, what the charts of the staff's ratings show: `0: 2 · 1: 6 · …`."""
    return {one.id: _spread(one, result) for one in pack.criteria if _counts(one, result) is not None}


def timeline(steps: Sequence[tuple[str, PlannedAction]], limits: Limits, words: Translator) -> list[Chart]:
    """The actions, each with its title, along the months of the plan."""
    months = [limits.start.plus(number) for number in range(limits.months)]
    names = [words.month(month.year, month.number, short=True) for month in months]
    must_do, other = words.gettext("must do"), words.gettext("other actions")
    found = []
    for part in _pages([(f"{number}. {title}", action) for number, (title, action) in enumerate(steps, start=1)]):
        tasks = [
            charts.Task(title, action.start.since(limits.start), action.end.since(action.start) + 1, action.must_do)
            for title, action in part
        ]
        said = [f"{title}: {_month(action, words)}{', ' + must_do if action.must_do else ''}" for title, action in part]
        figure = charts.timeline(tasks, names, must_do=must_do, other=other)
        found.append(Chart(figure, _alt(words.gettext("Timeline:"), said)))
    return found


def trend(pack: Pack, earlier: Sequence[Earlier], result: Result, words: Translator) -> Trend | None:
    """The overall score and that of each value from one assessment to the next; None without an earlier one."""
    results = [*earlier[-(MOST_CYCLES - 1) :], Earlier(words.gettext("This time"), result)]
    if len(results) < 2:
        return None
    cycles = tuple(one.name for one in results)
    nodes: list[tuple[str, list[NodeResult | None]]] = [
        (words.gettext("Overall result"), [one.result.overall for one in results])
    ]
    if len(pack.groups) > 1:
        nodes += [(group.title, [one.result.groups.get(group.id) for one in results]) for group in pack.groups]
    rows = tuple((name, tuple(_percent(node, words) for node in line)) for name, line in nodes)
    lines = [
        charts.Line(name, [_score(node) for node in line], next((v for v in reversed(values) if v != "–"), "–"))
        for (name, line), (_, values) in zip(nodes, rows, strict=True)
    ]
    said = [
        f"{name}: " + ", ".join(f"{cycle} {value}" for cycle, value in zip(cycles, values, strict=True))
        for name, values in rows
    ]
    figure = charts.trend(cycles, lines, band_limits(pack))
    return Trend(Chart(figure, _alt(words.gettext("Line chart:"), said)), cycles, rows)


def _staff_figure(scale: Scale, criteria: Sequence[Criterion], result: Result, agreed_name: str) -> dict[str, Any]:
    rows = []
    for one in criteria:
        counts, rating = _counts(one, result) or {}, _rating(one, result)
        agreed = scale.values.index(rating) if rating is not None and rating in scale else None
        rows.append(
            charts.Ratings(f"{one.id} {one.title}", tuple(counts.get(value, 0) for value in scale.values), agreed)
        )
    return charts.staff_ratings([level(criteria[0], value) for value in scale.values], rows, agreed_name=agreed_name)


def _counts(criterion: Criterion, result: Result) -> Mapping[int, int] | None:
    view = result.sheets.criteria.get(criterion.id)
    return None if view is None else view.counts


def _spread(criterion: Criterion, result: Result) -> str:
    counts = _counts(criterion, result) or {}
    return " · ".join(f"{value}: {counts.get(value, 0)}" for value in criterion.scale.values)


def _agreed(criterion: Criterion, result: Result, agreed_name: str) -> str:
    rating = _rating(criterion, result)
    return f"{agreed_name} {'–' if rating is None else rating}"


def _rating(criterion: Criterion, result: Result) -> int | None:
    own = result.criteria[criterion.id]
    return own.rating if own.state is State.RATED else None


def _month(action: PlannedAction, words: Translator) -> str:
    names = [words.month(month.year, month.number) for month in (action.start, action.end)]
    return names[0] if names[0] == names[1] else " – ".join(names)


def _score(node: NodeResult | None) -> float | None:
    return None if node is None or node.score is None else float(node.score * 100)


def _percent(node: NodeResult | None, words: Translator) -> str:
    return "–" if node is None or node.score is None else words.percent(node.score)


def _alt(kind: str, said: Iterable[str]) -> str:
    return f"{kind} {'; '.join(said)}"


def _pages(rows: Sequence[Any]) -> list[tuple[Any, ...]]:
    """In parts that are equally long as far as may be, each of which fits on a page."""
    if not rows:
        return []
    length = -(-len(rows) // -(-len(rows) // charts.MOST_ROWS))
    return [tuple(rows[start : start + length]) for start in range(0, len(rows), length)]
