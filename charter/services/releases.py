"""Releases: drafting one, having it attacked, approving or discarding it. What is published stays as it is."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload, undefer

from charter.clock import now
from charter.database.jobs import JobState
from charter.database.packs import PublishedPack
from charter.database.releases import Release, ReleaseState
from charter.services.actors import Actor
from charter.services.errors import Invalid, Refused
from charter.services.events import record_event
from charter.services.jobs import request_job
from charter.services.peer_groups import declared, peer_groups
from charter.services.release_drafts import files_of, gather
from charter.services.release_history import past
from charter.services.release_yield import yield_of
from questionnaires.message import message

DAYS_BETWEEN = 90
"""So many at least from one release to the next: each one says a little more about whoever is in both."""
ATTACK = "release-attack"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
OPEN = (ReleaseState.CHECKING, ReleaseState.CHECKED, ReleaseState.BREACHED)
_WHOLE = (
    undefer(Release.release_text),
    undefer(Release.record_text),
    undefer(Release.figures),
    undefer(Release.attack),
)


@dataclass(frozen=True)
class Waiting:
    """Why a draft cannot be approved now by somebody; all true only for one that can."""

    holds: bool
    by_another: bool
    from_on: date
    long_enough: bool

    @property
    def may_be_approved(self) -> bool:
        return self.holds and self.by_another and self.long_enough


def releases(db: Session) -> list[Release]:
    """All that are not discarded, newest first."""
    query = select(Release).where(Release.state != ReleaseState.DISCARDED).order_by(Release.id.desc())
    return list(db.scalars(query.options(joinedload(Release.published_pack), joinedload(Release.created_by))))


def find_release(db: Session, release_id: int) -> Release | None:
    """The release with its files, people and job."""
    return db.get(
        Release,
        release_id,
        options=[
            *_WHOLE,
            joinedload(Release.published_pack),
            joinedload(Release.job),
            joinedload(Release.created_by),
            joinedload(Release.approved_by),
        ],
    )


def draft_release(
    db: Session, actor: Actor, *, name: str, published: PublishedPack, meets_from: int, main_language: str
) -> Release:
    """Make a draft of all that takes part, and have it attacked.

    Invalid for a name that is unfit or taken. Refused without groups or members, while another draft is open, or if an
    earlier release was changed.
    """
    if not NAME.fullmatch(name):
        raise Invalid({"name": message("Use letters, digits, dots, hyphens and underscores, a letter or digit first.")})
    if not 0 <= meets_from <= 100:
        raise Invalid({"meets_from": message("Give a whole number from 0 to 100.")})
    if db.scalar(select(Release.id).where(Release.name == name, Release.state != ReleaseState.DISCARDED)) is not None:
        raise Invalid({"name": message("There is a release of this name already.")})
    if db.scalar(select(Release.id).where(Release.state.in_(OPEN)).limit(1)) is not None:
        raise Refused(message("There is a draft already. Approve or discard it first."))
    groups = declared(peer_groups(db), main_language=main_language)
    if not groups:
        raise Refused(message("Declare at least one peer group first."))
    before = past(db)
    material = gather(db, before, published=published, groups=groups, meets_from=meets_from)
    draft = material.make(name)
    files = files_of(draft, material, before.history.record_sha256)
    release = Release(
        name=name,
        state=ReleaseState.CHECKING,
        published_pack_id=published.id,
        declaration={"meets_from": meets_from, "groups": groups},
        release_text=files.release,
        table_text=files.table,
        package_text=files.package,
        record_text=files.record,
        figures=yield_of(draft, material),
        sha256=draft.release.as_json()["sha256"],
        previous_sha256=draft.release.previous,
        created_at=now(),
        created_by_id=actor.id,
    )
    try:
        with db.begin_nested():
            db.add(release)
    except IntegrityError as error:  # somebody was quicker
        raise Invalid({"name": message("There is a release of this name already.")}) from error
    record_event(db, "ReleaseDrafted", actor=actor, data={"release": name, "sha256": release.sha256})
    check_release(db, actor, release)
    return release


def check_release(db: Session, actor: Actor, release: Release) -> None:
    """Ask for the attack test; again only where the last one could not be carried out."""
    if release.state is ReleaseState.CHECKING and (release.job is None or release.job.state is JobState.FAILED):
        release.job = request_job(db, actor, kind=ATTACK, arguments={"release": release.id})


def standing(db: Session, actor: Actor, release: Release, *, today: date) -> Waiting:
    """What an approval by this coordinator still waits for."""
    last = db.scalar(select(Release.published_on).order_by(Release.number.desc().nulls_last()).limit(1))
    from_on = last + timedelta(days=DAYS_BETWEEN) if last else today
    return Waiting(release.state is ReleaseState.CHECKED, release.created_by_id != actor.id, from_on, from_on <= today)


def approve_release(db: Session, actor: Actor, release: Release, *, today: date) -> None:
    """Publish it, by a second coordinator and at least 90 days after the release before. A second click does nothing.

    Refused for a draft that is not checked or was breached, by whoever made it, too early, and where memberships,
    choices or who sees whom have changed so that the same release would not be made today.
    """
    _lock(db, release)
    if release.state is ReleaseState.PUBLISHED:
        return
    if release.state is ReleaseState.BREACHED:
        raise Refused(message("The attack test found too much. This release cannot be approved."))
    found = standing(db, actor, release, today=today)
    if not found.holds:
        raise Refused(message("Only a draft that the attack test has let pass can be approved."))
    if not found.by_another:
        raise Refused(message("You made this draft. Another coordinator has to approve it."))
    if not found.long_enough:
        text = message("Too early: from one release to the next there must be {days} days.", days=DAYS_BETWEEN)
        raise Refused(text)
    before = past(db)
    if before.history.sha256 != release.previous_sha256:
        raise Refused(message("Another release was published since. Discard this draft and make a new one."))
    _require_same(db, release)
    release.state = ReleaseState.PUBLISHED
    release.number = len(before.releases) + 1
    release.approved_by_id = actor.id
    release.published_at, release.published_on = now(), today
    try:
        with db.begin_nested():
            db.flush()
    except IntegrityError as error:  # another was published in the same moment
        raise Refused(message("Another release was published since. Discard this draft and make a new one.")) from error
    record_event(db, "ReleasePublished", actor=actor, data={"release": release.name, "sha256": release.sha256})


def discard_release(db: Session, actor: Actor, release: Release) -> None:
    """A draft that nobody wants any more. Refused for a published one."""
    _lock(db, release)
    if release.state is ReleaseState.PUBLISHED:
        raise Refused(message("A published release stays. A correction is a new release."))
    if release.state is not ReleaseState.DISCARDED:
        release.state = ReleaseState.DISCARDED
        record_event(db, "ReleaseDiscarded", actor=actor, data={"release": release.name})


def _lock(db: Session, release: Release) -> None:
    """Read again where it stands; nobody else changes that until the commit."""
    db.refresh(release, ["state"], with_for_update=True)


def _require_same(db: Session, release: Release) -> None:
    """The same versions have to give the same release today: nobody must have seen too much, or left, since."""
    record = json.loads(release.record_text)
    only = {version for version, _, _, taken in record["versions"] if taken} | set(record["waiting"])
    material = gather(
        db,
        past(db),
        published=release.published_pack,
        groups=release.declaration["groups"],
        meets_from=release.declaration["meets_from"],
        only=only,
    )
    if material.make(release.name).release.as_json()["sha256"] != release.sha256:
        raise Refused(
            message(
                "Since this draft was made, who sees which member by name has changed, or a result has. "
                "Discard the draft and make a new one."
            )
        )
