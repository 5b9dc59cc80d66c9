"""Which version of each organization a release is given: the newest, unless that would block others.

A release takes a part of an atom only if that part and the rest are both safe (rule R3), or nobody of it. So where few
of an atom were assessed anew, or one of it left, the newest versions would shut out the others of that atom. Then
organizations of the rest give, instead of their newest version, the one that was in a release before: as few of them,
in the order of their ids, as make part and rest safe. Where no number helps, nobody does, and that part waits.

Memberships alone decide. No score is looked at here, so whoever waits learns nothing from it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from scoring.benchmarks.history import History
from scoring.benchmarks.model import UNKNOWN


@dataclass(frozen=True)
class Selection:
    """Version by organization; `instead`: organizations that give an earlier version than their newest."""

    versions: Mapping[str, str]
    instead: frozenset[str]


def select_versions(
    newest: Mapping[str, str],
    earlier: Mapping[str, str],
    *,
    history: History,
    parties: Mapping[str, Sequence[str]],
) -> Selection:
    """`newest`: what each organization that takes part would give. `earlier`: what it gave before, if that is kept.

    Of an organization that no longer takes part, only `earlier` can be given, and only where others would be shut out.
    """
    search = _Search(dict(newest), earlier, history, _by_organization(parties))
    search.run()
    return Selection(search.given, frozenset(search.instead))


@dataclass
class _Search:
    """Each step takes organizations back to an earlier version, none ever forth again: so it ends."""

    given: dict[str, str]
    earlier: Mapping[str, str]
    history: History
    seen_by: Mapping[str, list[str]]
    instead: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.atom = dict(zip(self.history.versions, (int(each) for each in self.history.atoms), strict=True))
        self.owners: dict[int, list[str]] = {}
        for version, organization in zip(self.history.versions, self.history.organizations, strict=True):
            self.owners.setdefault(self.atom[version], []).append(organization)

    def run(self) -> None:
        changed = True
        while changed:
            changed = self._mend_fresh()
            for atom in sorted(self.owners):
                changed |= self._mend(atom)

    def _mend_fresh(self) -> bool:
        """Too few fresh versions would all wait; those who can give an earlier one instead."""
        fresh = [organization for organization, version in self.given.items() if version not in self.atom]
        if not fresh or self._counted(fresh).is_safe:
            return False
        back = [each for each in fresh if each in self.earlier]
        self._take_back(back)
        return bool(back)

    def _mend(self, atom: int) -> bool:
        part = [each for each, version in self.given.items() if self.atom.get(version) == atom]
        if not part:
            return False
        inside, outside = self._counted(part), self._counted(self.owners[atom])
        for organization in part:
            outside.remove(organization)
        if inside.is_safe and outside.is_safe:
            return False
        back = sorted(
            organization
            for organization, version in self.earlier.items()
            if self.atom.get(version) == atom and self.given.get(organization) != version
        )
        enough = 0
        for number, organization in enumerate(back, start=1):
            inside.add(organization)
            outside.remove(organization)
            if inside.is_safe and outside.is_safe:
                enough = number
                break
        # With nobody who helps, the others of this atom wait, whatever is given.
        self._take_back(back[:enough])
        return bool(enough)

    def _take_back(self, organizations: Iterable[str]) -> None:
        for organization in organizations:
            self.given[organization] = self.earlier[organization]
            self.instead.add(organization)

    def _counted(self, organizations: Iterable[str]) -> _Counted:
        counted = _Counted(self.seen_by)
        for organization in organizations:
            counted.add(organization)
        return counted


class _Counted:
    """Versions of one class, by whose they are: whether it is safe, or empty."""

    def __init__(self, seen_by: Mapping[str, list[str]]) -> None:
        self._seen_by = seen_by
        self._size = 0
        self._seen: Counter[str] = Counter()

    def add(self, organization: str) -> None:
        self._count(organization, 1)

    def remove(self, organization: str) -> None:
        self._count(organization, -1)

    @property
    def is_safe(self) -> bool:
        """Empty, or at least u versions, of which each party does not see none or at least u."""
        if not self._size:
            return True
        return self._size >= UNKNOWN and all(
            self._size == seen or self._size - seen >= UNKNOWN for seen in self._seen.values()
        )

    def _count(self, organization: str, by: int) -> None:
        self._size += by
        # Each organization is a party of its own.
        for party in (organization, *self._seen_by.get(organization, ())):
            self._seen[party] += by


def _by_organization(parties: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for party, organizations in parties.items():
        for organization in set(organizations) - {party}:
            found.setdefault(organization, []).append(party)
    return found
