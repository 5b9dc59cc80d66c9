"""The job that attacks a draft: all that was ever published, with the draft, against the results that are kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session, undefer

from charter.clock import now
from charter.database.engine import end_reading
from charter.database.packs import PublishedPack
from charter.database.releases import Release, ReleaseState
from charter.services.assessments import metric_names
from charter.services.errors import NotFound
from charter.services.events import record_event
from charter.services.packs import pack_of
from charter.services.release_history import past
from charter.services.release_rows import IMPROVED, closed_rows
from scoring.benchmarks.model import MISSING, MOST
from scoring.benchmarks.reading import read_draft

if TYPE_CHECKING:
    from scoring.attack import Effort, Report, Target

LONGEST = 900.0
"""Seconds for all attacks together. What is not done by then counts as a breach."""
METRICS, MEMBERS, PARTIES, PAIRS, COALITIONS, VICTIMS = 12, 8, 20, 8, 8, 600
SECONDS = 5.0
"""For a single attack."""


def release_attack_job(
    db: Session, arguments: Mapping[str, Any], progress: Callable[[int], None]
) -> Callable[[Session], None]:
    """Arguments: `release`. Gives what writes into the draft what was found, if it still is one to check."""
    # The solver takes 60 MB; only a worker that attacks pays.
    from scoring.attack import ALLOWED, Effort

    release = db.get(
        Release, int(arguments["release"]), options=[undefer(Release.release_text), undefer(Release.record_text)]
    )
    if release is None:
        raise NotFound
    target = target_of(db, release)
    seed = int(release.sha256[:8], 16)
    end_reading(db)
    progress(5)
    effort = Effort(METRICS, MEMBERS, PARTIES, PAIRS, COALITIONS, VICTIMS, SECONDS)
    report, finished = _attacked(target, effort, seed, progress)
    found = {
        "finished": finished,
        "adversaries": {
            adversary.value: {
                "attacks": tally.attacks,
                "values": tally.value,
                "classes": tally.in_class,
                "late": tally.late,
                "outside": tally.outside,
                "allowed": ALLOWED[adversary],
                "holds": tally.is_within(ALLOWED[adversary]),
            }
            for adversary, tally in report.tallies.items()
        },
    }
    holds = finished and report.holds

    def write(writing: Session) -> None:
        draft = writing.get_one(Release, release.id, with_for_update=True)
        if draft.state is ReleaseState.CHECKING:
            draft.state = ReleaseState.CHECKED if holds else ReleaseState.BREACHED
            draft.attack, draft.checked_at = found, now()
            name = "ReleaseChecked" if holds else "ReleaseBreached"
            record_event(writing, name, actor=None, data={"release": draft.name, "sha256": draft.sha256})

    return write


def target_of(db: Session, release: Release) -> Target:
    """Everything published, the draft last, and the truth as far as it is kept."""
    from scoring.attack import published
    from scoring.attack.claims import Count

    record = json.loads(release.record_text)
    drafts = (*past(db).drafts, read_draft(json.loads(release.release_text), record))
    organization = {version: owner for version, owner, _, _ in record["versions"]}
    truth: dict[str, dict[str, int]] = {}
    names: dict[int, tuple[str, ...]] = {}
    for row in closed_rows(db):
        if row.version not in organization:
            continue
        if row.pack not in names:
            pack = pack_of(db, db.get_one(PublishedPack, row.pack))
            names[row.pack] = (*metric_names(pack), IMPROVED)
        for metric, value in zip(names[row.pack], (*row.scores, row.improved), strict=True):
            if value != MISSING:
                truth.setdefault(metric, {})[row.version] = value
    target = published(drafts, truth, organization, record["parties"])
    # Whoever improved has 100, all others 0: what a figure says lies between the two.
    claims = tuple(
        replace(claim, at=target.meets_from) if isinstance(claim, Count) and 0 < claim.at <= MOST else claim
        for claim in target.claims.get(IMPROVED, ())
    )
    return replace(target, claims={**target.claims, IMPROVED: claims}) if claims else target


def _attacked(target: Target, effort: Effort, seed: int, progress: Callable[[int], None]) -> tuple[Report, bool]:
    """What came of it, and whether the time was enough."""
    from scoring.attack import Report, attacks

    report = Report()
    began = told = time.monotonic()
    outsiders = effort.members + effort.parties + effort.pairs + effort.coalitions
    expected = effort.victims + effort.metrics * outsiders * max(len(set(target.atoms.values())), 1)
    for number, (adversary, tally) in enumerate(attacks(target, effort, seed), start=1):
        report.tallies[adversary].add_all(tally)
        if time.monotonic() - began > LONGEST:
            return report, False
        if time.monotonic() - told > 1:
            told = time.monotonic()
            progress(min(95, 5 + 90 * number // expected))
    return report, True
