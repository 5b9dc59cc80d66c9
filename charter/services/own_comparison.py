"""A member beside its peer groups: a function of its own result and a published release, and of nothing else."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from charter.database.packs import PublishedPack
from charter.database.releases import Release, ReleaseState
from charter.services.assessments import metric_names, score_vector
from charter.services.peer_groups import declaration_of, holds
from questionnaires.model import Pack
from scoring.benchmarks.figures import ROUNDED_TO
from scoring.benchmarks.model import MISSING, Figures
from scoring.benchmarks.reading import read_release
from scoring.model import Answers, Result


class Place(enum.StrEnum):
    """Where an own value stands among published figures, as far as rounded figures say so for certain."""

    UPPER_QUARTER = "upper-quarter"
    ABOVE = "above"
    MIDDLE = "middle"
    BELOW = "below"
    LOWER_QUARTER = "lower-quarter"


@dataclass(frozen=True)
class Beside:
    """One metric: the own value (0 to 100, none where there is none) and what is published of the group."""

    metric: str
    own: int | None
    figures: Figures

    @property
    def place(self) -> Place | None:
        """None without an own value or a median."""
        if self.own is None or self.figures.median is None:
            return None
        return place(self.own, self.figures)


@dataclass(frozen=True)
class GroupComparison:
    """One published group that the member is in by what it says of itself; metrics in the order of the release."""

    id: str
    titles: Mapping[str, str]
    size: str
    rows: Sequence[Beside]

    @property
    def medians(self) -> dict[str, int]:
        """By metric, where one is published."""
        return {row.metric: row.figures.median for row in self.rows if row.figures.median is not None}

    def title(self, language: str) -> str:
        """In that language, else in the first that it has."""
        return self.titles.get(language) or next(iter(self.titles.values()))


@dataclass(frozen=True)
class OwnComparison:
    """The own result beside a release."""

    release: Release
    groups: Sequence[GroupComparison]


def latest_release(db: Session, pack_id: str) -> Release | None:
    """The last published release of any version of this questionnaire; one statement."""
    return db.scalar(
        select(Release)
        .join(PublishedPack, PublishedPack.id == Release.published_pack_id)
        .where(Release.state == ReleaseState.PUBLISHED, PublishedPack.pack == pack_id)
        .options(undefer(Release.release_text))
        .order_by(Release.number.desc())
        .limit(1)
    )


def own_comparison(db: Session, pack: Pack, answers: Answers, result: Result) -> OwnComparison | None:
    """Beside the latest release; None where there is none, or none of its groups is the member's."""
    release = latest_release(db, pack.id)
    if release is None:
        return None
    groups = compare(release, pack, answers, result)
    return OwnComparison(release, groups) if groups else None


def compare(release: Release, pack: Pack, answers: Answers, result: Result) -> list[GroupComparison]:
    """The published groups whose condition the member's own profile fulfils, in declared order."""
    content = read_release(json.loads(release.release_text))
    own = dict(zip(metric_names(pack), score_vector(result), strict=True))
    declared = {group["id"]: group for group in release.declaration["groups"]}
    conditions = {
        group.id: group.when
        for group in declaration_of(release.declaration["groups"], meets_from=content.meets_from).groups
    }
    return [
        GroupComparison(
            group.id,
            declared[group.id]["titles"],
            group.size.value,
            [
                Beside(metric, None if (value := own[metric]) == MISSING else value, figures)
                for metric, figures in group.metrics.items()
                if metric in own
            ],
        )
        for group in content.groups
        if holds(conditions[group.id], answers.facts)
    ]


def place(own: int, figures: Figures) -> Place:
    """Where the value stands. Figures are rounded to 5, so what lies less than 3 points off is not told apart."""
    margin = ROUNDED_TO // 2
    if figures.median is None:
        raise ValueError("without a median nobody has a place")
    if figures.q3 is not None and own > figures.q3 + margin:
        return Place.UPPER_QUARTER
    if figures.q1 is not None and own < figures.q1 - margin:
        return Place.LOWER_QUARTER
    if abs(own - figures.median) <= margin:
        return Place.MIDDLE
    return Place.ABOVE if own > figures.median else Place.BELOW
