"""Made-up packs and answers of every form, written as the folders that people write.

A pack is made as what `yaml.safe_load` would give, so that a test can change it before it is written; `written` puts
it into a folder, and `load` reads that folder as the project does.

Hypothesis draws how large a pack is, which features it has and a seed; the rest is rolled from the seed, which is many
times faster than drawing it all. Failing examples still shrink, to few criteria and few features.
"""

import contextlib
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

import yaml
from hypothesis import strategies as st

from questionnaires import load_pack, places

_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)

PROFILE: dict = {
    "services": {"title": "S", "type": "choices", "options": {"home": "Home", "street": "Street", "court": "Court"}},
    "kind": {"title": "K", "type": "choice", "options": {"national": "N", "international": "I", "no": "None"}},
    "staff": {"title": "P", "type": "integer", "minimum": 0},
    "registered": {"title": "R", "type": "boolean"},
}
THRESHOLDS = (0, 0.25, 0.3333, 0.5, 0.6667, 0.75, 0.8, 1)


@dataclass(frozen=True)
class MadePack:
    """A pack, the standards in its folder and those of the project, all as YAML has them."""

    pack: dict
    own: dict = field(default_factory=dict)
    project: dict = field(default_factory=dict)

    @contextlib.contextmanager
    def written(self):
        """The folder of the pack, for as long as the body runs; the project's standards are those of this pack."""
        with tempfile.TemporaryDirectory() as name:
            folder, project = Path(name) / "pack", Path(name) / "project"
            for place, standards in ((folder / "standards", self.own), (project, self.project)):
                place.mkdir(parents=True)
                for standard_id, standard in standards.items():
                    _write(place / f"{standard_id}.yaml", standard)
            _write(folder / "pack.yaml", self.pack)
            with mock.patch.object(places, "STANDARDS", project):
                yield folder

    def load(self):
        """As the project reads it."""
        with self.written() as folder:
            return load_pack(folder)

    def changed(self, **keys):
        """With other keys of the pack."""
        return replace(self, pack=self.pack | keys)


def _write(path, content):
    path.write_text(yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True), encoding="utf-8")


def all_groups(holder):
    """Every raw group below, parents first."""
    for group in holder.get("groups", []):
        yield group
        yield from all_groups(group)


def all_criteria(holder):
    """Every raw criterion below, in pack order."""
    for group in holder.get("groups", []):
        yield from all_criteria(group)
    yield from holder.get("criteria", [])


def levels_of(pack, criterion):
    """The values of a raw criterion's scale, lowest first."""
    scale = criterion.get("scale") or pack["defaults"]["scale"]
    return [level["value"] for level in pack["scales"][scale]["levels"]]


def bare_pack(criteria, values=(0, 1, 2, 3, 4), **keys):
    """The smallest pack around some raw criteria, for tests that say the rest themselves."""
    criteria = [{"id": one, "title": one} if isinstance(one, str) else {"title": "T"} | one for one in criteria]
    defaults = {"scale": "main"} | keys.pop("defaults", {})
    pack = {
        "pack": "bare",
        "version": "1",
        "status": "provisional",
        "language": "en",
        "title": "Bare",
        "profile": PROFILE,
        "scales": {"main": {"title": "S", "levels": [{"value": value, "title": f"L{value}"} for value in values]}},
        "bands": [{"id": "low", "title": "Low", "from": 0}, {"id": "high", "title": "High", "from": 0.5}],
        "defaults": defaults,
        "groups": [{"id": "G", "title": "G", "criteria": criteria}],
    }
    return MadePack(pack | keys)


# Conditions


def _pick(rng, several, at_most=2):
    several = sorted(several)
    return rng.sample(several, rng.randint(1, min(at_most, len(several))))


def _comparison(rng, levels_by_criterion, lacking=()):
    if levels_by_criterion and rng.random() < 0.4:
        name = rng.choice(sorted(levels_by_criterion))
        return {name: {rng.choice(["is", "at_least", "at_most"]): rng.choice(levels_by_criterion[name])}}
    if lacking and rng.random() < 0.3:
        return rng.choice(lacking)
    fact = rng.choice(["services", "kind", "staff", "registered"])
    if fact == "services":
        several = _pick(rng, PROFILE[fact]["options"])
        return {fact: rng.choice([{"includes": several[0]}, {"includes_any": several}])}
    if fact == "kind":
        several = _pick(rng, PROFILE[fact]["options"])
        return {fact: rng.choice([{"is": several[0]}, {"is_not": several[0]}, {"in": several}])}
    if fact == "staff":
        several = _pick(rng, range(13), 3)
        return {fact: rng.choice([{"in": several}, *({word: several[0]} for word in _NUMERIC)])}
    return {fact: {rng.choice(["is", "is_not"]): rng.random() < 0.5}}


_NUMERIC = ("is", "is_not", "at_least", "at_most")


def condition(rng, levels_by_criterion=None, lacking=(), depth=2):
    """A condition of any form on facts and on these criteria; `lacking` are comparisons with what the pack lacks."""
    form = rng.choice(["compare", "compare", "all", "any", "not"]) if depth else "compare"
    if form == "compare":
        return _comparison(rng, levels_by_criterion or {}, lacking)
    if form == "not":
        return {"not": condition(rng, levels_by_criterion, lacking, depth - 1)}
    return {form: [condition(rng, levels_by_criterion, lacking, depth - 1) for _ in range(rng.randint(1, 3))]}


# Packs

FEATURES = (
    "weights",
    "scales",
    "kinds",
    "essentials",
    "cap",
    "bands",
    "thresholds",
    "standards",
    "binding",
    "group conditions",
    "criterion conditions",
    "clause conditions",
    "actions",
    "minimum_sheets",
)


def _weight(rng):
    return rng.choice([rng.randint(1, 5), rng.randint(1, 300) / 100])


class _Maker:
    """Rolls the parts of one pack; `size` is about how many criteria it has."""

    def __init__(self, rng, features, size, on_criteria):
        self._rng = rng
        self._features = features
        self._left = size
        self._on_criteria = on_criteria
        self.scales = {f"s{place}": self._scale() for place in range(rng.randint(1, 3) if "scales" in features else 1)}
        self.default_scale = rng.choice(sorted(self.scales))
        self.levels = {}
        self.clause_ids = []
        self._groups = 0

    def _has(self, feature, chance=1.0):
        return feature in self._features and self._rng.random() < chance

    def _threshold(self, entry, key, chance=0.5):
        if self._has("thresholds", chance):
            entry[key] = self._rng.choice(THRESHOLDS)

    def _scale(self):
        values = range(-4, 10) if "scales" in self._features else range(5)
        chosen = sorted(self._rng.sample(values, self._rng.randint(2, 5)))
        return {"title": "S", "levels": [{"value": value, "title": f"L{value}"} for value in chosen]}

    def bands(self):
        starts = [0.1, 0.25, 0.3333, 0.4, 0.5, 0.6667, 0.75, 0.999] if "bands" in self._features else [0.5]
        chosen = [0, *sorted(self._rng.sample(starts, self._rng.randint(0, min(4, len(starts)))))]
        return [{"id": f"b{place}", "title": f"B{place}", "from": start} for place, start in enumerate(chosen)]

    def standard(self, standard_id):
        clauses = []
        for place in range(self._rng.randint(1, 4)):
            clause = {"id": f"c{place}", "title": f"Clause {place}"}
            self._threshold(clause, "met_from")
            clauses.append(clause)
            self.clause_ids.append(f"{standard_id}/c{place}")
        standard = {"standard": standard_id, "version": "1", "status": "official", "language": "en", "title": "T"}
        if self._has("binding"):
            standard["binding"] = self._rng.random() < 0.7
        return standard | {"clauses": clauses}

    def clause_conditions(self, standard):
        """Rolled last: a clause may be conditional on any criterion, and on facts that the pack lacks."""
        lacking = [{"beds": {"at_least": 3}}, {"kind-of-home": {"is": "large"}}]
        known = self.levels if self._on_criteria else {}
        for clause in standard["clauses"]:
            if self._has("clause conditions", 0.4):
                clause["applies_when"] = condition(self._rng, known, lacking)

    def _condition(self, entry, feature):
        if self._has(feature, 0.35):
            entry["applies_when"] = condition(self._rng, self.levels if self._on_criteria else {})

    def group(self, depth=1):
        self._groups += 1
        group: dict = {"id": f"G{self._groups}", "title": "G"}
        if self._has("weights", 0.6):
            group["weight"] = _weight(self._rng)
        self._condition(group, "group conditions")
        if depth < 3 and self._left > 1 and self._rng.random() < 0.6:
            group["groups"] = [self.group(depth + 1)]
            while self._left > 0 and self._rng.random() < 0.6:
                group["groups"].append(self.group(depth + 1))
        else:
            group["criteria"] = [self._criterion()]
            while self._left > 0 and self._rng.random() < 0.6:
                group["criteria"].append(self._criterion())
        return group

    def groups(self):
        found = [self.group()]
        while self._left > 0:
            found.append(self.group())
        return found

    def _criterion(self):
        rng = self._rng
        self._left -= 1
        criterion = {"id": f"C{len(self.levels) + 1}", "title": "C"}
        if self._has("scales", 0.5):
            criterion["scale"] = rng.choice(sorted(self.scales))
        if self._has("weights", 0.6):
            criterion["weight"] = _weight(rng)
        if self._has("kinds", 0.8):
            criterion["kind"] = rng.choice(["policy", "practice"])
        if self._has("essentials", 0.5):
            criterion["essential"] = rng.random() < 0.8
        self._threshold(criterion, "essential_from", 0.3)
        self._condition(criterion, "criterion conditions")
        if self.clause_ids and rng.random() < 0.7:
            criterion["clauses"] = _pick(rng, self.clause_ids, 3)
        scale = self.scales[criterion.get("scale", self.default_scale)]
        self.levels[criterion["id"]] = [level["value"] for level in scale["levels"]]
        return criterion

    def actions(self):
        found = []
        for place in range(self._rng.randint(0, 3) if self._has("actions") else 0):
            improves = {name: self._rng.choice(self.levels[name][1:]) for name in _pick(self._rng, self.levels)}
            found.append({"id": f"A{place}", "title": f"A{place}", "improves": improves})
        return found

    def defaults(self):
        found = {"scale": self.default_scale}
        if self._has("weights", 0.5):
            found["weight"] = _weight(self._rng)
        for key in ("essential_from", "met_from", "target_from"):
            self._threshold(found, key)
        if self._has("minimum_sheets", 0.8):
            found["minimum_sheets"] = self._rng.choice([5, 6, 8, 9, 10, 11, 14])
        return found


def make_pack(rng, features=FEATURES, size=8, on_criteria=True):
    """Any small pack. Without `on_criteria` no condition reads a rating."""
    maker = _Maker(rng, features, size, on_criteria)
    own, project = {}, {}
    if "standards" in features:
        # `both` may exist twice: the pack's own comes before the project's. `unnamed` is named only by chance.
        own = {name: maker.standard(name) for name in rng.choice([(), ("own",), ("own", "both"), ("both",)])}
        project = {"unnamed": maker.standard("unnamed")}
        shadowed = {"standard": "both", "version": "0", "status": "official", "language": "en", "title": "T"}
        project["both"] = shadowed | {"clauses": [{"id": "c0", "title": "C", "met_from": 1}]}
        maker.clause_ids.append("both/c0")
        maker.clause_ids = list(dict.fromkeys(maker.clause_ids))
    groups, bands = maker.groups(), maker.bands()
    for standard in [*own.values(), *project.values()]:
        maker.clause_conditions(standard)
    pack = {
        "pack": "made-up",
        "version": "2026.1",
        "status": rng.choice(["official", "provisional"]),
        "language": "en",
        "title": "Made up",
        "profile": PROFILE,
        "scales": maker.scales,
        "bands": bands,
        "defaults": maker.defaults(),
        "groups": groups,
        "actions": maker.actions(),
    }
    if "cap" in features and rng.random() < 0.9:
        pack["essential_cap"] = rng.choice(bands)["id"] if rng.random() < 0.5 else bands[0]["id"]
    return MadePack(pack, own, project)


# Answers


def make_facts(rng):
    """What an organization says of itself: of each fact something, nothing, or null."""
    some = {
        "name": "Somewhere",
        "services": rng.sample(sorted(PROFILE["services"]["options"]), rng.randint(0, 3)),
        "kind": rng.choice(sorted(PROFILE["kind"]["options"])),
        "staff": rng.randint(0, 12),
        "registered": rng.random() < 0.5,
    }
    return {name: rng.choice([value, value, value, None]) for name, value in some.items() if rng.random() < 0.85}


def make_rating(rng, levels):
    """A rating in any of the ways of writing one."""
    level = rng.choice(levels)
    words = [{"rating": "not-applicable", "reason": "r"}, None, {"rating": None}]
    return rng.choice([level, level, level, {"rating": level, "note": "n"}, {"rating": level}, rng.choice(words)])


def make_sheets(pack, rng, number):
    """Staff sheets in which every criterion is mentioned by its own number of people, thresholds among them."""
    sheets: list[dict] = [{} for _ in range(number)]
    for criterion in all_criteria(pack):
        levels = levels_of(pack, criterion)
        likely = rng.choice([levels, levels, levels[:2], levels[-2:], [levels[0], levels[-1]], [rng.choice(levels)]])
        mentions = min(number, rng.choice([0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 40]))
        words = rng.choice([0, 0, 0.1, 0.4])
        for sheet in rng.sample(sheets, mentions):
            word = rng.random() < words
            sheet[criterion["id"]] = rng.choice(["dont-know", "not-applicable", None]) if word else rng.choice(likely)
    return sheets


def make_answers(rng, made, rated=0.85, sheets=0):
    """Answers to a pack."""
    pack = made.pack
    given: dict = {"pack": pack["pack"], "version": pack["version"], "organization": make_facts(rng)}
    given["ratings"] = {
        criterion["id"]: make_rating(rng, levels_of(pack, criterion))
        for criterion in all_criteria(pack)
        if rng.random() < rated
    }
    if sheets is not None:
        given["sheets"] = make_sheets(pack, rng, sheets)
    return given


_seeds = st.integers(0, 2**64 - 1)
_sizes = st.integers(1, 14)
_features = st.lists(st.sampled_from(FEATURES), unique=True) | st.just(FEATURES)
_numbers_of_sheets = st.none() | st.sampled_from([0, 1, 4, 5, 6, 8, 9, 10, 11, 13, 40]) | st.integers(0, 40)


@st.composite
def packs_with_answers(draw, on_criteria=True, with_sheets=True):
    """A pack and answers to it with 0–40 sheets."""
    made = make_pack(Random(draw(_seeds)), draw(_features), draw(_sizes), on_criteria)
    sheets = draw(_numbers_of_sheets) if with_sheets else None
    return made, make_answers(Random(draw(_seeds)), made, draw(st.sampled_from([0.85, 1, 0.3])), sheets)
