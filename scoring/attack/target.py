"""What there is to attack: everything that a history of releases says, and the truth behind it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scoring.attack.claims import Claim, claims_of
from scoring.benchmarks.figures import threshold
from scoring.benchmarks.model import Draft, Figures


@dataclass(frozen=True)
class Target:
    """Everything that is published of a history, and the truth, which only the tester knows.

    `claims` and `truth` are by metric; `truth` holds the versions that have a value. `parties` says which organizations
    somebody sees by name, `atoms` who cannot be told from whom.
    """

    claims: Mapping[str, tuple[Claim, ...]]
    truth: Mapping[str, Mapping[str, int]]
    organization: Mapping[str, str]
    atoms: Mapping[str, int]
    parties: Mapping[str, frozenset[str]]
    meets_from: int

    def threshold(self, metric: str) -> int:
        return threshold(metric, self.meets_from)


def published(
    drafts: Sequence[Draft],
    truth: Mapping[str, Mapping[str, int]],
    organization: Mapping[str, str],
    parties: Mapping[str, Iterable[str]],
) -> Target:
    """The claims that follow from these releases, oldest first.

    `truth` holds by metric the value of each version that has one, over all releases; `organization` whose each is.
    """
    last = drafts[-1]
    return Target(
        {metric: tuple(claim for draft in drafts for claim in _claims(draft, metric)) for metric in truth},
        truth,
        organization,
        dict(zip(last.record.versions, last.record.atoms, strict=True)),
        {name: frozenset(seen) for name, seen in parties.items()},
        last.release.meets_from,
    )


def _claims(draft: Draft, metric: str) -> Iterator[Claim]:
    sets = {(each.group, each.metric): frozenset(each.atoms) for each in draft.record.sets}
    atom = dict(zip(draft.record.versions, draft.record.atoms, strict=True))
    for group in draft.release.groups:
        figures = group.metrics.get(metric, Figures())
        if figures == Figures():
            continue
        atoms = sets.get((group.id, metric), sets[group.id, None])
        members = frozenset(version for version, each in atom.items() if each in atoms)
        yield from claims_of(figures, members, meets_from=threshold(metric, draft.release.meets_from))
