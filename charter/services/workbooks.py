"""The filled workbook of a form: what is wrong in it, what it would change, and changing it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.orm import Session

from charter.database.assessments import AgreedRating, Assessment
from charter.database.engine import end_reading
from charter.services import agreement, profile
from charter.services.actors import Actor
from charter.services.answering import is_round_open, openness
from charter.services.assessments import find_assessment
from charter.services.errors import NotFound, Refused, Stale
from charter.services.packs import pack_of
from charter.services.profile import StoredFact
from charter.services.report_jobs import XLSX, JobFile, file_stem
from questionnaires.message import message
from questionnaires.model import Criterion, Fact, Pack
from scoring import AnswersError, parse_answers
from scoring.model import Answer, Answers, FactValue

KIND = "form-workbook"
LIMIT = 4 * 1024 * 1024


@dataclass(frozen=True)
class AnswerChange:
    """A criterion that the workbook says something else of than what is stored, if anything is."""

    criterion: Criterion
    stored: AgreedRating | None
    given: Answer
    open: bool

    @property
    def is_new(self) -> bool:
        """Whether nothing would be replaced."""
        return self.stored is None or self.stored.rating is None

    @property
    def version(self) -> int:
        return self.stored.version if self.stored else 0


@dataclass(frozen=True)
class FactChange:
    """A fact that the workbook states otherwise than what is stored, if anything is."""

    fact: Fact
    stored: StoredFact
    given: FactValue
    open: bool

    @property
    def is_new(self) -> bool:
        """Whether nothing would be replaced."""
        return self.stored.value is None


@dataclass(frozen=True)
class Preview:
    """What applying the workbook would change. `other_name` is the organization it names, where that is another."""

    answers: Mapping[str, Any] = field(repr=False)
    answer_changes: tuple[AnswerChange, ...]
    fact_changes: tuple[FactChange, ...]
    same: int
    other_name: str | None


@dataclass(frozen=True)
class Applied:
    """What was stored, and the criteria and facts that somebody else changed since the preview."""

    answers: int
    facts: int
    conflicts: tuple[str, ...]


def read_workbook(db: Session, assessment: Assessment, content: bytes) -> dict[str, Any]:
    """The answers in the workbook. FormError, with every problem and its cell, if it cannot be used as it is."""
    # Only whoever uploads pays for loading the reader.
    from charter.reports.read_form import read_form

    return read_form(content, pack_of(db, assessment.published_pack))


def preview(db: Session, assessment: Assessment, raw: Mapping[str, Any], *, language: str) -> Preview:
    """What would change. Refused if nothing can be changed now, or these are no answers to this questionnaire."""
    pack = pack_of(db, assessment.published_pack)
    answers = _parsed(raw, pack)
    shown = pack.translated(language) if language in pack.languages else pack
    may = openness(db, assessment, round_open=is_round_open(db, assessment.id))
    if may.why is not None:
        raise Refused(may.why)
    rows = {row.criterion_id: row for row in agreement.agreed_ratings(db, assessment.id, answers.ratings)}
    changes: list[AnswerChange] = []
    same = 0
    for name, answer in answers.ratings.items():
        stored = rows.get(name)
        given = _completed(answer, stored)
        if _content(given) == (_content(stored) if stored else (None, None, None)):
            same += stored is not None
            continue
        changes.append(AnswerChange(shown.criterion(name), stored, given, may.allows(name)))
    stored_facts = profile.stored_profile(db, assessment.id)
    facts = [
        FactChange(shown.profile[name], stored_facts.get(name, StoredFact()), value, may.only is None)
        for name, value in answers.facts.items()
        if value != stored_facts.get(name, StoredFact()).value and value != ()
    ]
    named = (answers.organization or "").strip()
    other = named if named and named.casefold() != assessment.organization.name.casefold() else None
    return Preview(raw, tuple(changes), tuple(facts), same, other)


def apply(
    db: Session,
    actor: Actor,
    *,
    assessment: Assessment,
    raw: Mapping[str, Any],
    criteria: Collection[str],
    facts: Collection[str],
    known_answers: Mapping[str, int],
    known_facts: Mapping[str, int],
) -> Applied:
    """Store what was chosen of the workbook, as it would be stored by hand, each with the version that was shown.

    Refused and Invalid as by hand; then nothing is stored.
    """
    shown = preview(db, assessment, raw, language=assessment.published_pack.language)
    conflicts: list[str] = []
    chosen = {each.fact.id: each.given for each in shown.fact_changes if each.fact.id in facts and each.open}
    changed_facts: tuple[str, ...] = ()
    if chosen:
        saved = profile.save_profile(db, actor, assessment=assessment, facts=chosen, known=known_facts)
        changed_facts = saved.changed
        conflicts += saved.conflicts
    stored = 0
    for change in shown.answer_changes:
        name = change.criterion.id
        if name not in criteria or not change.open:
            continue
        given = change.given
        try:
            agreement.save_agreed(
                db,
                actor,
                assessment=assessment,
                criterion_id=name,
                rating=given.rating,
                note=given.note,
                reason=given.reason,
                known_version=known_answers.get(name, 0),
            )
        except Stale:
            conflicts.append(name)
        else:
            stored += 1
    return Applied(stored, len(changed_facts), tuple(conflicts))


def form_workbook_job(db: Session, arguments: Mapping[str, Any], progress: Callable[[int], None]) -> JobFile:
    """Arguments: `assessment`, `language`. NotFound if the assessment is gone."""
    from charter.reports.form_workbook import form_workbook

    assessment = find_assessment(db, int(arguments["assessment"]))
    if assessment is None:
        raise NotFound
    pack = pack_of(db, assessment.published_pack)
    language = str(arguments["language"])
    end_reading(db)
    progress(10)
    return JobFile(form_workbook(pack, language=language), f"{file_stem(pack.title)}-form-{language}.xlsx", XLSX)


def _parsed(raw: Mapping[str, Any], pack: Pack) -> Answers:
    try:
        return parse_answers(raw, pack)
    except AnswersError as error:
        raise Refused(message("These are no answers to this questionnaire. Upload the workbook again.")) from error


def _completed(given: Answer, stored: AgreedRating | None) -> Answer:
    """What the workbook leaves empty stays as it is stored."""
    if stored is None:
        return given
    return replace(
        given,
        rating=stored.rating if given.rating is None else given.rating,
        note=given.note or stored.note,
        reason=given.reason or stored.reason,
    )


def _content(one: Answer | AgreedRating) -> tuple[Any, ...]:
    return (one.rating, one.note, one.reason)
