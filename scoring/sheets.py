"""What may be shown of the staff's own ratings, so that no one sheet can be read out of it.

Thresholds: k = the pack's `minimum_sheets` for n itself, median and reaching; max(k, 8) for agreement; max(k, 10) for
counts and consensus. Consensus is Leik's ordinal consensus (R. K. Leik, "A measure of ordinal consensus", Pacific
Sociological Review 9, 1966).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import accumulate

from questionnaires.model import Criterion, Pack
from scoring.model import Agreement, Choice, Reaching, Sheet, SheetsResult, StaffView

AGREEMENT_FROM = 8
COUNTS_FROM = 10
_REACHING = ((20, Reaching.FEW), (50, Reaching.SOME), (80, Reaching.MOST))


def aggregate_sheets(pack: Pack, sheets: Sequence[Sheet], targets: Mapping[str, int]) -> SheetsResult:
    """The view of all sheets; `targets` gives each criterion's target level."""
    k = pack.defaults.minimum_sheets
    views = {criterion.id: _view(criterion, sheets, targets[criterion.id], k) for criterion in pack.criteria}
    return SheetsResult(len(sheets) if len(sheets) >= k else f"<{k}", views)


def _view(criterion: Criterion, sheets: Sequence[Sheet], target: int, k: int) -> StaffView:
    given = Counter([sheet[criterion.id] for sheet in sheets if criterion.id in sheet])
    scale = criterion.scale
    counts = {value: given[value] for value in scale.values}
    n = sum(counts.values())
    if n < k:
        return StaffView(n=f"<{k}")
    show_agreement = n >= max(k, AGREEMENT_FROM)
    show_counts = n >= max(k, COUNTS_FROM)
    return StaffView(
        n=n,
        median=_ranked(counts, (n + 1) // 2),
        reaching=_reaching(sum(count for value, count in counts.items() if value >= target), n),
        agreement=_agreement(counts, n) if show_agreement else None,
        counts=counts if show_counts else None,
        dont_know=given[Choice.DONT_KNOW] if show_counts else None,
        not_applicable=given[Choice.NOT_APPLICABLE] if show_counts else None,
        consensus=leik_consensus(tuple(counts.values())) if show_counts else None,
    )


def _ranked(counts: Mapping[int, int], rank: int) -> int:
    """The value of that rank, counted from 1, lowest first (type-1 quantiles; the lower median has rank ⌈n/2⌉)."""
    below = 0
    for value, count in counts.items():
        below += count
        if below >= rank:
            return value
    raise ValueError(f"there is no rank {rank} among {below}")


def _reaching(reached: int, n: int) -> Reaching:
    return next((word for below, word in _REACHING if 100 * reached < below * n), Reaching.NEARLY_ALL)


def _agreement(counts: Mapping[int, int], n: int) -> Agreement:
    """Type-1 quartiles, ranks ⌈n/4⌉ and ⌈3n/4⌉, compared by their position on the scale."""
    positions = {value: position for position, value in enumerate(counts)}
    span = positions[_ranked(counts, -(-3 * n // 4))] - positions[_ranked(counts, -(-n // 4))]
    return Agreement.AGREE if span <= 1 else Agreement.MIXED


def leik_consensus(counts: Sequence[int]) -> Fraction:
    """1 − 2·Σ dᵢ/(m−1), dᵢ = min(Fᵢ, 1−Fᵢ) over the lower m−1 cumulative shares; from 0 (split) to 1 (unanimous)."""
    n = sum(counts)
    below = list(accumulate(counts))[:-1]
    from_edge = sum([min(lower, n - lower) for lower in below])
    most = n * (len(counts) - 1)
    return Fraction(most - 2 * from_edge, most)
