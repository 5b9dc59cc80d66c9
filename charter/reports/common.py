"""What every report says of the organization, the questionnaire and its groups."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from charter.i18n import Translator, language_name
from charter.reports.charts import BandLimit
from questionnaires.model import ClauseRef, Criterion, Group, Pack, Status
from scoring.model import Answers, NodeResult, Result


@dataclass(frozen=True, slots=True)
class Cover:
    """The head of a report. `shown_in` names the questionnaire's language where it lacks the report's, else None."""

    organization: str | None
    pack_title: str
    version: str
    provisional_wording: bool
    unreviewed: bool
    shown_in: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """A group in the table of results; `depth` 0 for the groups at the top."""

    group: Group
    depth: int
    result: NodeResult


def in_language(pack: Pack, language: str) -> Pack:
    """The pack in that language, or in its own where it has no such translation."""
    return pack.translated(language) if language in pack.languages else pack


def cover(pack: Pack, answers: Answers, words: Translator) -> Cover:
    translated = in_language(pack, words.language)
    return Cover(
        organization=answers.organization,
        pack_title=translated.title,
        version=pack.version,
        provisional_wording=pack.status is Status.PROVISIONAL,
        unreviewed=not translated.reviewed,
        shown_in=None if words.language in pack.languages else language_name(pack.language, within=words),
    )


def rows(pack: Pack, result: Result) -> list[Row]:
    """Every group with its result, parents first."""
    return list(_rows(pack.groups, result, 0))


def _rows(groups: tuple[Group, ...], result: Result, depth: int) -> Iterator[Row]:
    for group in groups:
        yield Row(group, depth, result.groups[group.id])
        yield from _rows(group.groups, result, depth + 1)


def group_code(group_id: str) -> str:
    """The id of a group where it is a code; one that is a word would only repeat the title."""
    return group_id if any(character.isdigit() for character in group_id) else ""


def titled(group: Group) -> str:
    """A group's title with its code before it, if it has one."""
    return f"{group_code(group.id)} {group.title}".strip()


def second_level(pack: Pack) -> list[Group]:
    """The groups that a chart compares: those one below the top; a top group that holds criteria is one itself."""
    return [inner for group in pack.groups for inner in (group.groups or (group,))]


def band_limits(pack: Pack) -> list[BandLimit]:
    return [BandLimit(float(band.start * 100), band.title) for band in pack.bands]


def level(criterion: Criterion, rating: int) -> str:
    """A rating with the words of its scale, `3 · In place`; only the number if the scale has no such level."""
    return f"{rating} · {criterion.scale.level(rating).title}" if rating in criterion.scale else str(rating)


def clause_names(pack: Pack, refs: Iterable[ClauseRef]) -> list[str]:
    """Clauses as a reader knows them, one line for each standard."""
    found: dict[str, list[str]] = {}
    for ref in refs:
        clause = pack.clause(ref)
        found.setdefault(ref.standard, []).append(f"{clause.number or ''} {clause.title}".strip())
    return [f"{pack.standard(standard).title}: {', '.join(titles)}" for standard, titles in found.items()]
