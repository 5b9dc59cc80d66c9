"""The releases published so far, checked, and what they leave behind for later ones."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from charter.database.releases import Release, ReleaseState
from charter.services.errors import Refused
from questionnaires.message import message
from scoring.benchmarks import Draft, History, HistoryError, read_history
from scoring.benchmarks.reading import read_draft

_VERSION = re.compile(r"assessment-([0-9]+)-[0-9]+")


@dataclass(frozen=True)
class Past:
    """What was published, oldest first; parallel, but for `history`, which is what all of it comes to."""

    releases: tuple[Release, ...]
    drafts: tuple[Draft, ...]
    history: History

    @property
    def last(self) -> Release | None:
        return self.releases[-1] if self.releases else None

    @property
    def assessments(self) -> frozenset[int]:
        """Those of which a version is in a release."""
        return frozenset(int(found[1]) for each in self.history.versions if (found := _VERSION.fullmatch(each)))


def past(db: Session) -> Past:
    """Everything published; one statement. Refused, with the release that is wrong, if any of it was changed."""
    rows = db.scalars(
        select(Release)
        .where(Release.state == ReleaseState.PUBLISHED)
        .options(undefer(Release.release_text), undefer(Release.record_text))
        .order_by(Release.number)
    ).all()
    files = []
    for row in rows:
        try:
            files.append((json.loads(row.release_text), json.loads(row.record_text)))
        except ValueError as error:
            raise _unreliable(row, "it is not valid JSON") from error
    try:
        history = read_history(files)
    except HistoryError as error:
        raise _unreliable(rows[error.position], f"{error.file}: {error.message}") from error
    for row, (release, _) in zip(rows, files, strict=True):
        if row.sha256 != release["sha256"] or row.name != release["release"]:
            raise _unreliable(row, "its row does not belong to its release.json")
    return Past(tuple(rows), tuple(read_draft(release, record) for release, record in files), history)


def version_name(assessment_id: int, closings: int) -> str:
    """What a finished assessment is called in records. One that was opened again and closed is another version."""
    return f"assessment-{assessment_id}-{closings}"


def organization_name(organization_id: int) -> str:
    """What an organization is called in records: nothing that says who it is."""
    return f"organization-{organization_id}"


def _unreliable(release: Release, why: str) -> Refused:
    return Refused(
        message(
            "Release {name} has been changed since it was published, so nothing can be built on it: {why}. "
            "Restore it from a backup.",
            name=release.name,
            why=why,
        )
    )
