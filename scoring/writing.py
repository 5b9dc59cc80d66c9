"""A result as JSON. Only here are numbers rounded: half up, to 4 places."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

from scoring.model import (
    Agreement,
    ClauseStatus,
    NodeResult,
    Reaching,
    Result,
    SheetsResult,
    StaffView,
    StandardResult,
)

PLACES = 10_000


def rounded(exact: Fraction | None) -> float | None:
    """Half up (towards greater values) to 4 places; None stays None."""
    return None if exact is None else int((exact * PLACES + Fraction(1, 2)) // 1) / PLACES


@lru_cache(maxsize=65_536)
def in_hundredths(score: float) -> int:
    """100 times the decimal number that was written, half up."""
    return int((Decimal(repr(score)) * 200 + 1) // 2)


def result_json(result: Result) -> dict[str, Any]:
    """The result as values that `json.dumps` takes, by docs/scoring.md."""
    return {
        "pack": result.pack,
        "version": result.version,
        "status": result.status,
        "overall": _node(result.overall),
        "groups": {name: _node(node) for name, node in result.groups.items()},
        "criteria": {
            name: {
                "state": criterion.state.value,
                "rating": criterion.rating,
                "score": rounded(criterion.score),
                "essential_failed": criterion.essential_failed,
            }
            for name, criterion in result.criteria.items()
        },
        "standards": {name: _standard(standard) for name, standard in result.standards.items()},
        "sheets": _sheets(result.sheets),
    }


def read_sheets_result(written: Mapping[str, Any]) -> SheetsResult:
    """What `result_json` wrote under `sheets`, back as it was but for the rounding of `consensus`."""
    return SheetsResult(written["sheets"], {name: _read_view(view) for name, view in written["criteria"].items()})


def _node(node: NodeResult) -> dict[str, Any]:
    return {
        "score": rounded(node.score),
        "band": node.band,
        "capped_by": list(node.capped_by),
        "rated": node.rated,
        "applicable": node.applicable,
        "provisional": node.provisional,
        "policy": rounded(node.policy),
        "practice": rounded(node.practice),
    }


def _standard(standard: StandardResult) -> dict[str, Any]:
    counts = {status.value.replace("-", "_"): standard.count(status) for status in ClauseStatus}
    clauses = {
        name: {"status": clause.status.value, "criteria": list(clause.criteria)}
        for name, clause in standard.clauses.items()
    }
    return {**counts, "share_met": rounded(standard.share_met), "clauses": clauses}


def _sheets(sheets: SheetsResult) -> dict[str, Any]:
    return {"sheets": sheets.sheets, "criteria": {name: _view(view) for name, view in sheets.criteria.items()}}


def _view(view: StaffView) -> dict[str, Any]:
    return {
        "n": view.n,
        "median": view.median,
        "reaching": view.reaching.value if view.reaching else None,
        "agreement": view.agreement.value if view.agreement else None,
        "counts": None if view.counts is None else {str(value): count for value, count in view.counts.items()},
        "dont_know": view.dont_know,
        "not_applicable": view.not_applicable,
        "consensus": rounded(view.consensus),
    }


def _read_view(view: Mapping[str, Any]) -> StaffView:
    counts, consensus = view["counts"], view["consensus"]
    return StaffView(
        n=view["n"],
        median=view["median"],
        reaching=Reaching(view["reaching"]) if view["reaching"] else None,
        agreement=Agreement(view["agreement"]) if view["agreement"] else None,
        counts=None if counts is None else {int(value): count for value, count in counts.items()},
        dont_know=view["dont_know"],
        not_applicable=view["not_applicable"],
        consensus=None if consensus is None else Fraction(str(consensus)),
    )
