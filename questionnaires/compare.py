"""A pack against a published version of it: what would lose or twist answers that people have given."""

from __future__ import annotations

from questionnaires.loader import PackSource
from questionnaires.model import Criterion, Pack, Scale


def compare(source: PackSource, old: Pack) -> None:
    """Report everything about the new pack that its published version `old` does not allow."""
    new = source.pack
    if new is None:
        return
    raw = source.index.raw
    if new.id != old.id:
        source.report.add(raw.value_at["pack"], "other-pack", id=old.id)
    elif new.version == old.version and new.fingerprint != old.fingerprint:
        source.report.add(raw.value_at["version"], "same-version", version=old.version)
    _criteria(source, new, old)
    for name in old.profile:
        if name not in new.profile:
            place = raw.key_at.get("profile", raw.at)
            source.report.add(place, "fact-lost", id=name, version=old.version)


def _criteria(source: PackSource, new: Pack, old: Pack) -> None:
    former = {name for criterion in new.criteria for name in criterion.renamed_from}
    changed: dict[tuple[str, str, str], list[str]] = {}
    for criterion in old.criteria:
        if new.has_criterion(criterion.id):
            now = new.criterion(criterion.id)
            if change := _scale_change(new, now, old, criterion):
                changed.setdefault((criterion.scale.id, now.scale.id, change), []).append(criterion.id)
        elif criterion.id not in former:
            place = source.index.raw.key_at["groups"]
            source.report.add(place, "id-lost", id=criterion.id, version=old.version)
    for (_, scale, change), ids in changed.items():
        place = source.index.scales.key_at[scale]
        source.report.add(place, "scale-changed", criteria=_listed(ids), change=change)


def _listed(ids: list[str]) -> str:
    more = f" and {len(ids) - 3} more" if len(ids) > 3 else ""
    return f"{'criterion' if len(ids) == 1 else 'criteria'} {', '.join(ids[:3])}{more}"


def _scale_change(new: Pack, criterion: Criterion, old: Pack, before: Criterion) -> str:
    """What changed in the levels that an answer may stand on, in words; empty if nothing did."""
    levels, former = criterion.scale.levels, before.scale.levels
    added = [str(level.value) for level in levels if level.value not in before.scale]
    removed = [str(level.value) for level in former if level.value not in criterion.scale]
    titles = _in_language(new, criterion.scale, old.language)
    retitled = [str(level.value) for level in former if titles.get(level.value, level.title) != level.title]
    parts = (("added", added), ("removed", removed), ("other title for", retitled))
    return "; ".join(f"{what} level {', '.join(values)}" for what, values in parts if values)


def _in_language(pack: Pack, scale: Scale, language: str) -> dict[int, str]:
    """Titles of the levels in the language of the published version, the nearest thing to comparing like with like."""
    if language in pack.languages:
        scale = pack.translated(language).scales[scale.id]
    return {level.value: level.title for level in scale.levels}
