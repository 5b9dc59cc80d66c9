"""What changes from one version of a pack to the next, for people who decide whether to publish it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from questionnaires import Pack
from questionnaires.message import Message, message
from questionnaires.model import Criterion


@dataclass(frozen=True)
class Change:
    """One kind of change, and what it concerns: ids with titles, in pack order."""

    title: Message
    items: tuple[str, ...]


def changes_between(old: Pack, new: Pack) -> tuple[Change, ...]:
    """Everything worth knowing, without the kinds of change that did not happen."""
    languages = new.languages
    if old.language in languages:
        new = new.translated(old.language)
    both = [(old.criterion(each.id), each) for each in new.criteria if old.has_criterion(each.id)]
    renamed = [(former, each) for each in new.criteria for former in each.renamed_from if old.has_criterion(former)]
    gone = {former for former, _ in renamed}
    fresh = {each.id for _, each in renamed}
    found = (
        Change(
            message("New criteria"),
            _named(each for each in new.criteria if not old.has_criterion(each.id) and each.id not in fresh),
        ),
        Change(
            message("Criteria that are gone"),
            _named(each for each in old.criteria if not new.has_criterion(each.id) and each.id not in gone),
        ),
        Change(message("Renamed criteria"), tuple(f"{former} → {each.id} {each.title}" for former, each in renamed)),
        Change(message("Other wording"), _named(now for was, now in both if _wording(was) != _wording(now))),
        Change(message("Other guidance or evidence"), _named(now for was, now in both if _help(was) != _help(now))),
        Change(message("Other weight or importance"), _named(now for was, now in both if _weight(was) != _weight(now))),
        Change(message("Other conditions"), _named(n for w, n in both if w.applies_when != n.applies_when)),
        Change(message("Other clauses of standards"), _named(n for w, n in both if w.clauses != n.clauses)),
        Change(message("New facts of the profile"), _ids(new.profile, old.profile)),
        Change(message("Facts of the profile that are gone"), _ids(old.profile, new.profile)),
        Change(message("New actions"), _ids((a.id for a in new.actions), {a.id for a in old.actions})),
        Change(message("Actions that are gone"), _ids((a.id for a in old.actions), {a.id for a in new.actions})),
        Change(message("New languages"), _ids(languages, old.languages)),
        Change(message("Languages that are gone"), _ids(old.languages, languages)),
    )
    return tuple(change for change in found if change.items)


def _named(criteria: Iterable[Criterion]) -> tuple[str, ...]:
    return tuple(f"{each.id} {each.title}" for each in criteria)


def _ids(these: Iterable[str], those: Iterable[str]) -> tuple[str, ...]:
    known = set(those)
    return tuple(each for each in these if each not in known)


def _wording(criterion: Criterion) -> object:
    return criterion.title, [(level.value, level.title, level.description) for level in criterion.scale.levels]


def _help(criterion: Criterion) -> object:
    return criterion.guidance, criterion.evidence


def _weight(criterion: Criterion) -> object:
    return criterion.weight, criterion.essential, criterion.essential_from, criterion.kind
