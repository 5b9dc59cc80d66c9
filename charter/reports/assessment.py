"""The assessment report: how the organization sees itself today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from charter.i18n import Translator, translator
from charter.reports import charts, figures
from charter.reports.common import Row, band_limits, cover, group_code, in_language, level, rows, second_level, titled
from charter.reports.figures import Earlier, Peers
from charter.reports.notices import standing
from charter.reports.render import report
from charter.reports.report_folder import SHIPPED, ReportFolder
from charter.reports.spoken import language_mark, pack_mark
from charter.reports.wording import AGREEMENT, CLAUSE_STATUS, REACHING
from questionnaires.model import Clause, Criterion, Group, Pack, Standard
from scoring.model import Answer, Answers, ClauseResult, CriterionResult, Result, StaffView, StandardResult, State

MOST_STRENGTHS = 8
MOST_GAPS = 12
MOST_IN_SUMMARY = 3
MOST_URGENT_IN_SUMMARY = 6
MOST_VALUES_IN_SUMMARY = 6
MOST_STANDARDS_IN_SUMMARY = 5


@dataclass(frozen=True, slots=True)
class Rated:
    """A criterion with its result and answer; `today` and `target` in the words of its scale."""

    criterion: Criterion
    result: CriterionResult
    answer: Answer
    today: str | None
    target: str
    view: StaffView | None

    @property
    def urgent(self) -> bool:
        """Whether people may come to harm, or a binding standard is broken, as long as it stays so."""
        below = self.result.repair_level is not None and (self.result.rating or 0) < self.result.repair_level
        return self.result.state is State.RATED and (self.result.essential_failed or below)

    @property
    def distance(self) -> float:
        """How far below its target, as a share of the scale."""
        scale = self.criterion.scale
        return float(scale.score(self.result.target) - (self.result.score or 0))


def assessment_report(
    pack: Pack,
    answers: Answers,
    result: Result,
    *,
    language: str,
    earlier: Sequence[Earlier] = (),
    verified: bool = False,
    peers: Peers | None = None,
    folder: ReportFolder = SHIPPED,
) -> bytes:
    """The PDF in `language` (one of `i18n.LANGUAGES`); a pack without that language is shown in its own, which is said.

    With `earlier` results, oldest first, it shows what has changed since. `verified`: a mentor has closed it, and the
    first page says so. With `peers` its chart shows the middle of a peer group. `folder` says how it looks.
    ReportError if it cannot be made; ValueError for an unknown language.
    """
    context = assessment_context(
        pack, answers, result, language=language, earlier=earlier, verified=verified, peers=peers
    )
    return report("assessment", context, language=language, folder=folder)


def assessment_context(
    pack: Pack,
    answers: Answers,
    result: Result,
    *,
    language: str,
    earlier: Sequence[Earlier] = (),
    verified: bool = False,
    peers: Peers | None = None,
) -> dict[str, Any]:
    """What the template shows."""
    words = translator(language)
    shown = in_language(pack, language)
    rated = {criterion.id: _rated(criterion, answers, result) for criterion in shown.criteria}
    in_order = list(rated.values())
    gaps = [one for one in in_order if one.result.is_gap]
    urgent = [one for one in gaps if one.urgent]
    principles = [Row(group, 0, result.groups[group.id]) for group in second_level(shown)]
    standards = [_standard(shown.standard(one.id), one) for one in result.standards.values()]
    return {
        "cover": cover(pack, answers, words),
        "standing": standing(words, verified=verified),
        "pack": shown,
        "foreign": pack_mark(shown, within=language),
        "language_mark": partial(language_mark, within=language),
        "overall": result.overall,
        "bands": {band.id: band.title for band in shown.bands},
        "rows": rows(shown, result),
        "chart": charts.bars(
            _bars(shown, result, words, peers),
            band_limits(shown),
            peer_name=figures.peer_name(peers, words) if peers else "",
        ),
        "chart_rows": principles,
        "writing_and_practice": figures.writing_and_practice(shown, result, words),
        "trend": figures.trend(shown, earlier, result, words),
        "clause_chart": figures.clauses(shown, result, words),
        "staff_charts": figures.staff_ratings(shown, result, words),
        "spreads": figures.spreads(shown, result),
        **_extremes(principles),
        "values": _values(shown, result),
        "standards": standards,
        "judged": [one for one in standards if one[1].share_met is not None][:MOST_STANDARDS_IN_SUMMARY],
        "urgent": urgent,
        "urgent_in_summary": urgent[:MOST_URGENT_IN_SUMMARY],
        "gaps": _largest([one for one in gaps if not one.urgent]),
        "gap_count": len(gaps),
        "strengths": _strengths(in_order),
        "sheets": result.sheets.sheets if answers.sheets or isinstance(result.sheets.sheets, int) else None,
        "staff": [one for one in in_order if one.view is not None],
        "fewest_sheets": shown.defaults.minimum_sheets,
        "sections": [
            (group, [rated[criterion.id] for criterion in group.criteria])
            for group in shown.all_groups
            if group.criteria
        ],
        "parents": _parents(shown),
        "titles": {criterion.id: criterion.title for criterion in shown.criteria},
        "clause_status": CLAUSE_STATUS,
        "reaching": REACHING,
        "agreement": AGREEMENT,
        "level": level,
        "code": group_code,
        "State": State,
    }


def _rated(criterion: Criterion, answers: Answers, result: Result) -> Rated:
    own = result.criteria[criterion.id]
    return Rated(
        criterion,
        own,
        answers.ratings.get(criterion.id, Answer(None)),
        None if own.rating is None else level(criterion, own.rating),
        level(criterion, own.target),
        result.sheets.criteria.get(criterion.id),
    )


def _bars(pack: Pack, result: Result, words: Translator, peers: Peers | None) -> list[charts.Bar]:
    titles = {band.id: band.title for band in pack.bands}
    positions = {band.id: position for position, band in enumerate(pack.bands)}
    found = []
    for group in second_level(pack):
        node = result.groups[group.id]
        label = titled(group)
        if node.score is None or node.band is None:
            found.append(charts.Bar(label, None, "–", charts.NOT_RATED))
            continue
        colour = charts.step_colour(positions[node.band], len(pack.bands))
        value = f"{words.percent(node.score)} {titles[node.band]}"
        peer = peers.medians.get(f"group:{group.id}") if peers else None
        found.append(charts.Bar(label, float(node.score * 100), value, colour, peer))
    return found


def _extremes(principles: list[Row]) -> dict[str, list[Row]]:
    """The strongest and the weakest for the summary; none of either where there are too few to tell them apart."""
    scored = [row for row in principles if row.result.score is not None]
    in_order = sorted(scored, key=lambda row: -(row.result.score or 0))
    if len(in_order) < 2 * MOST_IN_SUMMARY:
        return {"strongest": [], "weakest": []}
    return {"strongest": in_order[:MOST_IN_SUMMARY], "weakest": in_order[: -MOST_IN_SUMMARY - 1 : -1]}


def _values(pack: Pack, result: Result) -> list[Row]:
    """The groups at the top for the summary; none where they are too many, or what is compared on the next page."""
    if not 1 < len(pack.groups) <= MOST_VALUES_IN_SUMMARY or not any(group.groups for group in pack.groups):
        return []
    return [Row(group, 0, result.groups[group.id]) for group in pack.groups]


def _largest(gaps: list[Rated]) -> list[Rated]:
    return sorted(gaps, key=lambda one: -one.distance)[:MOST_GAPS]


def _strengths(rated: list[Rated]) -> list[Rated]:
    """What reaches its target, the essential and the best first."""
    reached = [one for one in rated if one.result.state is State.RATED and not one.result.is_gap]
    return sorted(reached, key=lambda one: (-float(one.result.score or 0), not one.criterion.essential))[
        :MOST_STRENGTHS
    ]


def _standard(
    standard: Standard, result: StandardResult
) -> tuple[Standard, StandardResult, list[tuple[Clause, ClauseResult]]]:
    return standard, result, [(standard.clause(clause_id), one) for clause_id, one in result.clauses.items()]


def _parents(pack: Pack) -> dict[str, Group]:
    """The group above each group that is not at the top."""
    return {inner.id: group for group in pack.all_groups for inner in group.groups}
