"""What the parts of a pack say of one another: ids, references, conditions, cycles.

Works on packs whose structure has already been checked part by part, and so meets holes where something was wrong;
it says nothing about those a second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from questionnaires.compile import Scope, compile_condition
from questionnaires.conditions import Condition
from questionnaires.cycles import find_cycles
from questionnaires.grammar import RESERVED
from questionnaires.problems import Hint
from questionnaires.shapes import Place, Report
from questionnaires.source import YamlList, YamlMap, plain_number

CLOSING = "close-"
"""How the ids of actions begin that the planner makes for a gap that no action of the pack closes."""


@dataclass
class Index:
    """The parts of one raw pack by id, in pack order, and its compiled conditions by the id of what they are on.

    `illegible`: keys under which something stands that could not be read at all, so that nobody can know which names
    it would have defined.
    """

    raw: YamlMap
    groups: dict[str, YamlMap] = field(default_factory=dict)
    criteria: dict[str, YamlMap] = field(default_factory=dict)
    actions: dict[str, YamlMap] = field(default_factory=dict)
    conditions: dict[str, Condition] = field(default_factory=dict)
    illegible: set[str] = field(default_factory=set)
    _levels: dict[str, tuple[int, ...] | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.illegible = set(_illegible(self.raw, "profile", "scales", "bands", "groups", "actions"))

    @property
    def facts(self) -> YamlMap:
        return self.part("profile")

    @property
    def scales(self) -> YamlMap:
        return self.part("scales")

    def part(self, key: str) -> YamlMap:
        """The mapping under a key of the pack; empty where it was left out."""
        found = self.raw.get(key)
        return found if isinstance(found, YamlMap) else YamlMap((0, 0))

    def listed(self, key: str) -> Iterator[YamlMap]:
        """The entries of a list of the pack that have an id."""
        return (entry for entry in self.raw.get(key, ()) if "id" in entry)

    def scale_of(self, criterion: YamlMap) -> str | None:
        """The name of the scale that a criterion is rated on, whether or not it exists."""
        name = criterion.get("scale", self.part("defaults").get("scale"))
        return name if isinstance(name, str) else None

    def levels_of(self, criterion_id: str) -> tuple[int, ...] | None:
        """The level values of a criterion's scale; None where the scale itself is at fault."""
        criterion = self.criteria.get(criterion_id)
        name = self.scale_of(criterion) if criterion is not None else None
        if name is None:
            return None
        if name not in self._levels:
            self._levels[name] = self._levels_on(self.scales.get(name))
        return self._levels[name]

    @staticmethod
    def _levels_on(scale: YamlMap | None) -> tuple[int, ...] | None:
        if scale is None or "levels" not in scale or scale["levels"].dropped:
            return None
        if any("value" not in level for level in scale["levels"]):
            return None
        return tuple(level["value"] for level in scale["levels"])


def check_references(raw: YamlMap, report: Report) -> Index:
    """Find everything that contradicts itself or points nowhere, clauses of standards apart."""
    index = Index(raw)
    _Checker(index, report).run()
    return index


def check_clauses(index: Index, standards: dict[str, YamlMap], known: tuple[str, ...], report: Report) -> None:
    """Every clause that a criterion names must exist; `known` are all standards that could have been named."""
    ids = {
        name: {clause["id"]: None for clause in standard.get("clauses", ()) if "id" in clause}
        for name, standard in standards.items()
        if not _illegible(standard, "clauses")
    }
    for criterion in index.criteria.values():
        refs = criterion.get("clauses", YamlList((0, 0)))
        for ref, place in zip(refs, getattr(refs, "item_at", ()), strict=True):
            standard_id, _, clause_id = ref.partition("/")
            if standard_id not in standards and standard_id not in known:
                report.add(place, "unknown-standard", name=standard_id, hint=Hint(standard_id, known))
            elif standard_id in ids and clause_id not in ids[standard_id]:
                hint = Hint(clause_id, ids[standard_id])
                report.add(place, "unknown-clause", standard=standard_id, name=clause_id, hint=hint)


def check_ids(entries: Iterator[YamlMap], what: str, report: Report) -> dict[str, YamlMap]:
    """The entries by id; an id that stands twice is reported and its second entry left out."""
    seen: dict[str, YamlMap] = {}
    for entry in entries:
        entry_id = entry["id"]
        if entry_id in seen:
            line = seen[entry_id].value_at["id"][0]
            report.add(entry.value_at["id"], "duplicate-id", id=entry_id, what=what, line=line)
        else:
            seen[entry_id] = entry
    return seen


class _Checker:
    def __init__(self, index: Index, report: Report) -> None:
        self._index = index
        self._report = report
        self._all_groups: dict[str, None] = {}
        self._all_criteria: dict[str, YamlMap] = {}
        self._survey(index.raw)

    def run(self) -> None:
        self._facts()
        self._scales()
        self._bands()
        for group in self._index.raw.get("groups", ()):
            self._group(group)
        self._default_scale()
        self._former_ids()
        self._actions()

    def _survey(self, holder: YamlMap) -> None:
        """Find what there is, before anything is said of it."""
        self._index.illegible.update(_illegible(holder, "groups", "criteria"))
        for group in holder.get("groups", ()):
            if "id" in group:
                self._all_groups[group["id"]] = None
            self._survey(group)
        for criterion in holder.get("criteria", ()):
            if "id" in criterion:
                self._all_criteria.setdefault(criterion["id"], criterion)

    def _is_group(self, name: str) -> bool:
        return name in self._all_groups

    def _may_exist(self, *keys: str) -> bool:
        """Whether a name that nobody knows may stand in a part that cannot be read."""
        return not self._index.illegible.isdisjoint(keys)

    def _facts(self) -> None:
        for fact_id, place in self._index.facts.key_at.items():
            if fact_id in RESERVED or fact_id == "name":
                self._report.add(place, "reserved-id", id=fact_id, what="fact")
            fact = self._index.facts.get(fact_id)
            if fact is None or "type" not in fact:
                continue
            kind = fact["type"]
            takes_options = kind in ("choice", "choices")
            if takes_options and "options" not in fact.key_at:
                self._report.add(place, "options-missing", id=fact_id, type=kind)
            if not takes_options and "options" in fact.key_at:
                self._report.add(fact.key_at["options"], "options-unfit", id=fact_id, type=kind)
            if kind != "integer" and "minimum" in fact.key_at:
                self._report.add(fact.key_at["minimum"], "minimum-unfit", id=fact_id, type=kind)

    def _scales(self) -> None:
        for scale in self._index.scales.values():
            before = None
            for level in scale.get("levels", ()):
                value = level.get("value")
                if before is not None and value is not None and value <= before:
                    self._report.add(level.value_at["value"], "levels-not-rising", value=value, before=before)
                before = value if value is not None else before

    def _bands(self) -> None:
        raw = self._index.raw
        bands = raw.get("bands", ())
        check_ids(self._index.listed("bands"), "band", self._report)
        before = None
        for position, band in enumerate(bands):
            start = band.get("from")
            if start is None:
                continue
            if position == 0 and start != 0:
                self._report.add(band.value_at["from"], "band-start", value=plain_number(start))
            if before is not None and start <= before:
                self._report.add(
                    band.value_at["from"],
                    "bands-not-rising",
                    id=band.get("id", "?"),
                    value=plain_number(start),
                    before=plain_number(before),
                )
            before = start
        cap = raw.get("essential_cap")
        names = [band["id"] for band in bands if "id" in band]
        if cap is not None and "bands" in raw and not self._may_exist("bands") and cap not in names:
            self._report.add(raw.value_at["essential_cap"], "unknown-band", name=cap, hint=Hint(cap, names))

    def _default_scale(self) -> None:
        defaults = self._index.part("defaults")
        if "scale" in defaults:
            self._scale_name(defaults["scale"], defaults.value_at["scale"])

    def _scale_name(self, name: str, place: Place) -> None:
        scales = self._index.scales
        if name not in scales.key_at and "scales" in self._index.raw:
            self._report.add(place, "unknown-scale", name=name, hint=Hint(name, scales))

    def _claim(self, entry: YamlMap, what: str, claimed: dict[str, YamlMap]) -> bool:
        """Take the entry's id for it; False where it has none or may not have it."""
        entry_id = entry.get("id")
        if entry_id is None:
            return False
        place = entry.value_at["id"]
        if entry_id in RESERVED:
            self._report.add(place, "reserved-id", id=entry_id, what=what)
            return False
        for kind, owner in (("group", self._index.groups), ("criterion", self._index.criteria)):
            if entry_id in owner:
                line = owner[entry_id].value_at["id"][0]
                self._report.add(place, "duplicate-id", id=entry_id, what=kind, line=line)
                return False
        if entry_id in self._index.facts.key_at:
            line = self._index.facts.key_at[entry_id][0]
            self._report.add(place, "duplicate-id", id=entry_id, what="fact", line=line)
            return False
        claimed[entry_id] = entry
        return True

    def _condition(self, entry: YamlMap) -> None:
        if "applies_when" not in entry.key_at:
            return
        place = entry.value_at["applies_when"]
        scope = Scope(
            facts=self._index.facts,
            levels=self._index.levels_of,
            criteria=self._index.criteria,
            is_group=self._is_group,
            later=self._all_criteria,
            may_exist=self._may_exist("profile", "groups", "criteria"),
        )
        compiled = compile_condition(entry.get("applies_when"), place, scope, self._report.add)
        if compiled is not None and "id" in entry:
            self._index.conditions[entry["id"]] = compiled

    def _group(self, group: YamlMap) -> None:
        self._claim(group, "group", self._index.groups)
        self._condition(group)
        name = group.get("id", "?")
        if all(key in group.key_at and group.get(key) != [] for key in ("groups", "criteria")):
            self._report.add(group.key_at["criteria"], "group-mixed", id=name)
        elif not any(key in group.key_at and group.get(key) != [] for key in ("groups", "criteria")):
            self._report.add(group.at, "group-empty", id=name)
        for inner in group.get("groups", ()):
            self._group(inner)
        for criterion in group.get("criteria", ()):
            self._criterion(criterion)

    def _criterion(self, criterion: YamlMap) -> None:
        self._condition(criterion)
        self._claim(criterion, "criterion", self._index.criteria)
        if "scale" in criterion:
            self._scale_name(criterion["scale"], criterion.value_at["scale"])
        elif "scale" not in criterion.key_at and not self._has_default_scale:
            self._report.add(criterion.at, "no-scale", id=criterion.get("id", "?"))

    @property
    def _has_default_scale(self) -> bool:
        """Also where it is there and wrong."""
        raw = self._index.raw
        return "scale" in self._index.part("defaults").key_at or ("defaults" in raw.key_at and "defaults" not in raw)

    def _former_ids(self) -> None:
        owners: dict[str, str] = dict.fromkeys(self._index.criteria, "a criterion of this pack has it now")
        for criterion_id, criterion in self._index.criteria.items():
            former = criterion.get("renamed_from", YamlList((0, 0)))
            for name, place in zip(former, former.item_at, strict=True):
                if name in owners:
                    self._report.add(place, "former-id-in-use", id=name, criterion=criterion_id, owner=owners[name])
                owners.setdefault(name, f"{criterion_id} is renamed from it too")

    def _actions(self) -> None:
        self._index.actions = check_ids(self._index.listed("actions"), "action", self._report)
        for action in self._index.raw.get("actions", ()):
            action_id = action.get("id", "?")
            kept_for = action_id.removeprefix(CLOSING)
            if action_id.startswith(CLOSING) and kept_for in self._index.criteria:
                self._report.add(action.value_at["id"], "action-id-taken", id=action_id, criterion=kept_for)
            self._improvements(action_id, action.get("improves", YamlMap((0, 0))))
            after = action.get("after", YamlList((0, 0)))
            for name, place in zip(after, after.item_at, strict=True):
                if name not in self._index.actions and not self._may_exist("actions"):
                    hint = Hint(name, self._index.actions)
                    self._report.add(place, "unknown-action", name=name, hint=hint)
        self._cycles()

    def _improvements(self, action_id: str, improves: YamlMap) -> None:
        for criterion_id, place in improves.key_at.items():
            if criterion_id not in self._all_criteria:
                if not self._may_exist("groups", "criteria"):
                    hint = Hint(criterion_id, self._all_criteria)
                    self._report.add(place, "unknown-criterion", name=criterion_id, hint=hint)
            elif criterion_id in improves:
                self._improvement(action_id, criterion_id, improves[criterion_id], improves.value_at[criterion_id])

    def _improvement(self, action_id: str, criterion_id: str, rating: int, place: Place) -> None:
        levels = self._index.levels_of(criterion_id)
        if levels is None:
            return
        if rating not in levels:
            scale = self._index.scale_of(self._index.criteria[criterion_id])
            listed = ", ".join(str(level) for level in levels)
            self._report.add(place, "unknown-level", value=rating, scale=f"scale {scale}", levels=listed)
        elif rating == min(levels):
            self._report.add(place, "improves-nothing", action=action_id, criterion=criterion_id, value=rating)

    def _cycles(self) -> None:
        """Report each cycle once, at the first action of it in pack order."""
        graph = {
            name: [other for other in action.get("after", ()) if other in self._index.actions]
            for name, action in self._index.actions.items()
        }
        for cycle in find_cycles(graph):
            place = self._index.actions[cycle[0]].value_at["after"]
            self._report.add(place, "action-cycle", cycle=" → ".join([*cycle, cycle[0]]))


def _illegible(holder: YamlMap, *keys: str) -> list[str]:
    """Those of the keys under which something stands that is wrong as a whole, or holds entries that are."""
    found = []
    for key in keys:
        value = holder.get(key)
        if (value is None and key in holder.key_at) or (isinstance(value, YamlList) and value.dropped):
            found.append(key)
    return found
