"""The members directory: what a lead lets be seen, and finding members by it. Facts are those of the last profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from charter.clock import now
from charter.database.assessments import Assessment, AssessmentState, FactAnswer
from charter.database.cycles import Cycle, CycleState
from charter.database.directory import Audience, DirectoryEntry
from charter.database.organizations import Organization, OrganizationState
from charter.database.packs import PublishedPack
from charter.database.row_security import seeing_everything
from charter.services.accounts import clean_email
from charter.services.actors import Actor
from charter.services.errors import Invalid, Stale
from charter.services.events import record_event
from charter.services.packs import pack_of
from charter.services.search_words import fold, search_terms
from questionnaires.message import message
from questionnaires.model import Fact, FactType, Pack

PER_PAGE = 20
SHOWABLE = (FactType.CHOICE, FactType.CHOICES)
"""Facts with answers to choose from: what somebody looks for. Numbers and yes or no say too much of too little."""


@dataclass(frozen=True)
class Shown:
    """What a lead decided; texts are None where nothing is given."""

    listed: Audience = Audience.NOBODY
    province: Audience = Audience.NOBODY
    about: str | None = None
    about_shown: Audience = Audience.NOBODY
    contact_name: str | None = None
    contact_phone: str | None = None
    contact_email: str | None = None
    contact_hours: str | None = None
    contact_shown: Audience = Audience.NOBODY
    facts: Mapping[str, Audience] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Contact:
    """Whom to ask for a referral."""

    name: str | None
    phone: str | None
    email: str | None
    hours: str | None


@dataclass(frozen=True)
class Listed:
    """One member as somebody may see it. `facts`: titles and answers, in the language that was asked for."""

    name: str
    province: str | None
    about: str | None
    contact: Contact | None
    facts: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Filter:
    """What somebody looks for; `options`: by fact, one answer."""

    words: str = ""
    province: str = ""
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    page: int = 1


@dataclass(frozen=True)
class Directory:
    """A page of members, how many there are in all, and what can be looked for: values with titles."""

    members: tuple[Listed, ...]
    total: int
    pages: int
    page: int
    provinces: tuple[str, ...]
    facts: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]


@dataclass(frozen=True)
class _Profile:
    """Answers of an organization, and the facts that they answer."""

    facts: Mapping[str, Fact]
    answers: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Found:
    """A member with the facts that may be seen."""

    entry: DirectoryEntry
    organization: Organization
    province: str | None
    facts: Mapping[str, tuple[str, ...]]
    named: Mapping[str, Fact]


def directory(db: Session, wanted: Filter, *, audience: Audience, language: str) -> Directory:
    """Members by name, as far as `audience` may see them. The number of statements does not grow with the members."""
    with seeing_everything(db):  # of others, what their leads let be seen
        everyone = _visible(db, audience, language)
    found = [one for one in everyone if _fits(one, wanted, audience)]
    pages = max(1, -(-len(found) // PER_PAGE))
    page = min(max(wanted.page, 1), pages)
    part = found[(page - 1) * PER_PAGE : page * PER_PAGE]
    return Directory(
        members=tuple(_listed(one, audience) for one in part),
        total=len(found),
        pages=pages,
        page=page,
        provinces=tuple(sorted({one.province for one in everyone if one.province})),
        facts=_choices(everyone),
    )


def entry_of(db: Session, organization_id: int) -> DirectoryEntry | None:
    """What the member shows; None if it never said so."""
    return db.get(DirectoryEntry, organization_id)


def facts_to_show(db: Session, organization_id: int, *, language: str) -> list[tuple[Fact, tuple[str, ...]]]:
    """The facts that could be shown, with what would be: the answers of the last profile."""
    profile = _profiles(db, [organization_id], language).get(organization_id)
    if profile is None:
        return []
    return [
        (fact, _words(fact, profile.answers[name])) for name, fact in profile.facts.items() if name in profile.answers
    ]


def save_entry(db: Session, actor: Actor, *, organization: Organization, shown: Shown, known: int) -> None:
    """What the lead decided; `known` is the version that the page showed, 0 for none. Stale if another was saved.

    Invalid (`contact_phone`, `contact_email`) for a contact that is shown but cannot be reached.
    """
    if shown.contact_shown is not Audience.NOBODY and not (shown.contact_phone or shown.contact_email):
        raise Invalid({"contact_phone": message("Give a telephone number or an e-mail address, or show it to nobody.")})
    if shown.contact_email:
        try:
            clean_email(shown.contact_email)
        except Invalid as problem:
            raise Invalid({"contact_email": problem.messages["email"]}) from problem
    entry = db.get(DirectoryEntry, organization.id, with_for_update=True)
    if (entry.version if entry else 0) != known:
        raise Stale(entry)
    if entry is None:
        entry = DirectoryEntry(organization_id=organization.id, version=0)
        db.add(entry)
    entry.listed, entry.province_shown = shown.listed, shown.province
    entry.about, entry.about_shown = shown.about, shown.about_shown
    entry.contact_name, entry.contact_phone = shown.contact_name, shown.contact_phone
    entry.contact_email, entry.contact_hours = shown.contact_email, shown.contact_hours
    entry.contact_shown = shown.contact_shown
    entry.facts_shown = {name: audience.value for name, audience in shown.facts.items() if audience != Audience.NOBODY}
    entry.version = known + 1
    entry.updated_at, entry.updated_by_id = now(), actor.id
    db.flush()
    record_event(
        db,
        "DirectoryEntryChanged",
        actor=actor,
        organization_id=organization.id,
        data={
            "listed": shown.listed,
            "province": shown.province,
            "about": shown.about_shown,
            "contact": shown.contact_shown,
            "facts": entry.facts_shown,
        },
    )


def _visible(db: Session, audience: Audience, language: str) -> list[_Found]:
    rows = db.execute(
        select(DirectoryEntry, Organization)
        .join(Organization, Organization.id == DirectoryEntry.organization_id)
        .where(Organization.state == OrganizationState.ACTIVE, DirectoryEntry.listed != Audience.NOBODY)
        .order_by(Organization.name)
    ).all()
    rows = [row for row in rows if _may(row[0].listed, audience)]
    profiles = _profiles(db, [entry.organization_id for entry, _ in rows if entry.facts_shown], language)
    found = []
    for entry, organization in rows:
        profile = profiles.get(entry.organization_id, _Profile({}, {}))
        seen = {
            name: answers
            for name, answers in profile.answers.items()
            if _may(Audience(entry.facts_shown.get(name, Audience.NOBODY)), audience)
        }
        province = organization.province if _may(entry.province_shown, audience) else None
        found.append(_Found(entry, organization, province, seen, profile.facts))
    return found


def _may(shown: Audience, audience: Audience) -> bool:
    """Whether what is shown to these may be seen by those."""
    return shown is Audience.PUBLIC or (shown is Audience.MEMBERS and audience is Audience.MEMBERS)


def _profiles(db: Session, organizations: Sequence[int], language: str) -> dict[int, _Profile]:
    """The last profile of each; one statement, and one for each questionnaire that this process has not read yet."""
    if not organizations:
        return {}
    rows = db.execute(
        select(
            Assessment.organization_id,
            Assessment.id,
            Assessment.published_pack_id,
            FactAnswer.fact_id,
            FactAnswer.value,
        )
        .join(FactAnswer, FactAnswer.assessment_id == Assessment.id)
        .join(Cycle, Cycle.id == Assessment.cycle_id)
        .where(
            Assessment.organization_id.in_(organizations),
            Assessment.state != AssessmentState.WITHDRAWN,
            Cycle.state != CycleState.DRAFT,
        )
        .order_by(Assessment.organization_id, Cycle.opens_on, Assessment.id)
    ).all()
    last = {row.organization_id: row.id for row in rows}
    packs = {
        published.id: _in_language(pack_of(db, published), language)
        for published in db.scalars(
            select(PublishedPack).where(PublishedPack.id.in_({row.published_pack_id for row in rows}))
        )
    }
    found: dict[int, _Profile] = {}
    answers: dict[int, dict[str, tuple[str, ...]]] = {}
    for row in rows:
        if row.id != last[row.organization_id]:
            continue
        facts = {name: fact for name, fact in packs[row.published_pack_id].profile.items() if fact.type in SHOWABLE}
        given = answers.setdefault(row.organization_id, {})
        found.setdefault(row.organization_id, _Profile(facts, given))
        if row.fact_id in facts and row.value:
            given[row.fact_id] = tuple(row.value) if isinstance(row.value, list) else (str(row.value),)
    return found


def _in_language(pack: Pack, language: str) -> Pack:
    return pack.translated(language) if language in pack.languages else pack


def _fits(one: _Found, wanted: Filter, audience: Audience) -> bool:
    if wanted.province and one.province != wanted.province:
        return False
    if any(option not in one.facts.get(name, ()) for name, option in wanted.options.items()):
        return False
    if not wanted.words.strip():
        return True
    shown = _listed(one, audience)
    answers = [text for title, texts in shown.facts for text in (title, *texts)]
    text = fold(" ".join([shown.name, shown.province or "", shown.about or "", *answers]))
    return all(term.text in text for term in search_terms(wanted.words))


def _listed(one: _Found, audience: Audience) -> Listed:
    entry = one.entry
    contact = Contact(entry.contact_name, entry.contact_phone, entry.contact_email, entry.contact_hours)
    return Listed(
        name=one.organization.name,
        province=one.province,
        about=entry.about if _may(entry.about_shown, audience) else None,
        contact=contact if _may(entry.contact_shown, audience) else None,
        facts=tuple(
            (fact.title, _words(fact, one.facts[name])) for name, fact in one.named.items() if name in one.facts
        ),
    )


def _words(fact: Fact, answers: Iterable[str]) -> tuple[str, ...]:
    return tuple(fact.options.get(each, each) for each in answers)


def _choices(found: Sequence[_Found]) -> tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...]:
    """Facts that somebody shows, each with the answers that somebody gives."""
    titles: dict[str, Fact] = {}
    given: dict[str, set[str]] = {}
    for one in found:
        for name, answers in one.facts.items():
            titles.setdefault(name, one.named[name])
            given.setdefault(name, set()).update(answers)
    return tuple(
        (name, fact.title, tuple((value, fact.options.get(value, value)) for value in _in_order(fact, given[name])))
        for name, fact in titles.items()
    )


def _in_order(fact: Fact, values: set[str]) -> list[Any]:
    return [*(value for value in fact.options if value in values), *sorted(values - set(fact.options))]
