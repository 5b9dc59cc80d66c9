"""Everything that the page of one action shows, in the reader's language where the questionnaire has it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy.orm import Session

from charter.database.events import Event
from charter.database.evidence import Evidence
from charter.database.plans import Action, ProgressNote
from charter.services.action_evidence import evidence_of_action
from charter.services.action_states import ActionMove
from charter.services.actions import action_events, moves_of, notes_of
from charter.services.actors import Actor
from charter.services.packs import pack_of
from charter.services.plan_proposals import reasons
from charter.services.plan_reports import why_of
from charter.services.plan_titles import owner_of, shown_indicator, shown_title
from questionnaires import Pack
from questionnaires.message import Message
from questionnaires.model import ClauseRef, Criterion, Level


@dataclass(frozen=True)
class Improved:
    """A criterion that the action improves: where it stood at the assessment, and where it should come to."""

    criterion: Criterion
    today: Level | None
    expected: Level | None


@dataclass(frozen=True)
class Served:
    """A clause that it serves, with the title of its standard."""

    standard: str
    clause: str


@dataclass(frozen=True)
class ActionView:
    """One action. `owner` is a person's name, or the role that should do it."""

    action: Action
    title: Message
    owner: str | None
    indicator: str | None
    why: Message
    improves: tuple[Improved, ...]
    clauses: tuple[Served, ...]
    evidence: list[Evidence]
    notes: list[ProgressNote]
    events: list[Event]
    moves: tuple[ActionMove, ...]

    @property
    def effort_days(self) -> Fraction | None:
        """Days of work in all."""
        return None if self.action.effort_days is None else Fraction(self.action.effort_days, 100)


def action_view(db: Session, actor: Actor, action: Action, *, language: str) -> ActionView:
    """A fixed number of statements."""
    pack, shown = packs_for(db, action, language)
    return ActionView(
        action=action,
        title=shown_title(action, pack, shown),
        owner=owner_of(action, pack, shown),
        indicator=shown_indicator(action, pack, shown),
        why=why_of(action, reasons(action.plan.proposal, "why", language)),
        improves=tuple(
            _improved(shown.criterion(name), change["from"], change["to"])
            for name, change in action.improves.items()
            if shown.has_criterion(name)
        ),
        clauses=tuple(each for each in (_served(shown, ref) for ref in action.clauses) if each is not None),
        evidence=evidence_of_action(db, action.id),
        notes=notes_of(db, action.id),
        events=action_events(db, action),
        moves=moves_of(actor, action),
    )


def title_of(db: Session, action: Action, language: str) -> Message:
    """Its title for this reader."""
    return shown_title(action, *packs_for(db, action, language))


def packs_for(db: Session, action: Action, language: str) -> tuple[Pack, Pack]:
    """The pack of its assessment as it is, and as this reader sees it."""
    pack = pack_of(db, action.plan.assessment.published_pack)
    return pack, pack.translated(language) if language in pack.languages else pack


def _improved(criterion: Criterion, today: int, expected: int) -> Improved:
    scale = criterion.scale
    return Improved(
        criterion,
        scale.level(today) if today in scale else None,
        scale.level(expected) if expected in scale else None,
    )


def _served(pack: Pack, ref: str) -> Served | None:
    standard, _, clause = ref.partition("/")
    try:
        found = pack.clause(ClauseRef(standard, clause))
    except KeyError:
        return None
    number = f"{found.number} " if found.number else ""
    return Served(pack.standard(standard).title, f"{number}{found.title}")
