"""The specification of scoring once more, as plainly as it can be said, to compare the project's own against.

Written from the specification alone and sharing no code with what it checks: it reads what `yaml.safe_load` and
`json.loads` give. It is slow, checks nothing, and takes it for granted that the pack and the answers have no problems.
"""

import math
from fractions import Fraction
from pathlib import Path

import yaml

BUILT_IN = {"weight": 1, "essential_from": 0.5, "met_from": 0.75, "target_from": 0.75, "minimum_sheets": 5}


def read_pack(folder):
    """The pack in a folder with the standards of its own, both as YAML has them."""
    pack = yaml.safe_load((Path(folder) / "pack.yaml").read_text(encoding="utf-8"))
    own = {}
    for file in sorted((Path(folder) / "standards").glob("*.yaml")):
        standard = yaml.safe_load(file.read_text(encoding="utf-8"))
        own[standard["standard"]] = standard
    return pack, own


def exact(number):
    """A number as it was written: 0.1 is one tenth."""
    return Fraction(str(number))


def rounded(number):
    """Half up, to 4 places."""
    return None if number is None else math.floor(number * 10000 + Fraction(1, 2)) / 10000


class Reference:
    def __init__(self, pack, own_standards, project_standards, answers):
        self.pack = pack
        self.defaults = BUILT_IN | pack.get("defaults", {})
        self.answers = answers
        self.facts = answers.get("organization", {})
        self.criteria: dict = {}  # in the order of the pack
        self.groups = {}
        self.above: dict = {}  # criterion -> the groups above it, outermost first
        for group in pack["groups"]:
            self._walk(group, [])
        named = [clause.split("/") for criterion in self.criteria.values() for clause in criterion.get("clauses", [])]
        self.standards = dict(own_standards)
        for standard_id, _ in named:
            if standard_id not in self.standards:
                self.standards[standard_id] = project_standards[standard_id]
        self.applies = {}
        for criterion_id, criterion in self.criteria.items():
            conditions = [node.get("applies_when") for node in [*self.above[criterion_id], criterion]]
            self.applies[criterion_id] = all(self._holds(condition) is not False for condition in conditions)

    def _walk(self, group, above):
        self.groups[group["id"]] = group
        for child in group.get("groups", []):
            self._walk(child, [*above, group])
        for criterion in group.get("criteria", []):
            self.criteria[criterion["id"]] = criterion
            self.above[criterion["id"]] = [*above, group]

    # Conditions: True, False or None for unknown.

    def _holds(self, condition):
        if condition is None:
            return True
        [(name, what)] = condition.items()
        if name == "all":
            parts = [self._holds(part) for part in what]
            return False if False in parts else None if None in parts else True
        if name == "any":
            parts = [self._holds(part) for part in what]
            return True if True in parts else None if None in parts else False
        if name == "not":
            inner = self._holds(what)
            return None if inner is None else not inner
        [(operator, wanted)] = what.items()
        known = self._earlier_rating(name) if name in self.criteria else self.facts.get(name)
        if known is None:
            return None
        return {
            "is": lambda: known == wanted,
            "is_not": lambda: known != wanted,
            "in": lambda: known in wanted,
            "includes": lambda: wanted in known,
            "includes_any": lambda: any(one in known for one in wanted),
            "at_least": lambda: known >= wanted,
            "at_most": lambda: known <= wanted,
        }[operator]()

    def _earlier_rating(self, criterion_id):
        return self.rating(criterion_id) if self.applies[criterion_id] else None

    # Criteria

    def answer(self, criterion_id):
        """A level, "not-applicable" or None, whichever way it was written."""
        answer = self.answers.get("ratings", {}).get(criterion_id)
        return answer.get("rating") if isinstance(answer, dict) else answer

    def rating(self, criterion_id):
        answer = self.answer(criterion_id)
        return None if answer == "not-applicable" else answer

    def state(self, criterion_id):
        if not self.applies[criterion_id]:
            return "excluded"
        if self.answer(criterion_id) == "not-applicable":
            return "not-applicable"
        return "unrated" if self.answer(criterion_id) is None else "rated"

    def levels(self, criterion_id):
        scale = self.criteria[criterion_id].get("scale") or self.defaults["scale"]
        return [level["value"] for level in self.pack["scales"][scale]["levels"]]

    def score_of_level(self, criterion_id, level):
        levels = self.levels(criterion_id)
        return Fraction(level - levels[0], levels[-1] - levels[0])

    def score(self, criterion_id):
        if self.state(criterion_id) != "rated":
            return None
        return self.score_of_level(criterion_id, self.rating(criterion_id))

    def essential_from(self, criterion_id):
        return exact(self.criteria[criterion_id].get("essential_from", self.defaults["essential_from"]))

    def failed(self, criterion_id):
        if not self.criteria[criterion_id].get("essential", False) or self.state(criterion_id) != "rated":
            return False
        return self.score(criterion_id) < self.essential_from(criterion_id)

    def _lowest_level(self, criterion_id, threshold):
        return min(
            level for level in self.levels(criterion_id) if self.score_of_level(criterion_id, level) >= threshold
        )

    def _clauses(self, criterion_id):
        """The standards and clauses that a criterion names, of those whose condition does not fail to hold."""
        found = []
        for name in self.criteria[criterion_id].get("clauses", []):
            standard_id, clause_id = name.split("/")
            standard = self.standards[standard_id]
            [clause] = [clause for clause in standard["clauses"] if clause["id"] == clause_id]
            if self._holds(clause.get("applies_when")) is not False:
                found.append((standard, clause))
        return found

    def met_from(self, clause):
        return exact(clause.get("met_from", self.defaults["met_from"]))

    def target(self, criterion_id):
        levels = [self._lowest_level(criterion_id, exact(self.defaults["target_from"]))]
        for _, clause in self._clauses(criterion_id):
            levels.append(self._lowest_level(criterion_id, self.met_from(clause)))
        if self.criteria[criterion_id].get("essential", False):
            levels.append(self._lowest_level(criterion_id, self.essential_from(criterion_id)))
        actions = self.pack.get("actions", [])
        levels += [action["improves"][criterion_id] for action in actions if criterion_id in action["improves"]]
        return max(levels)

    def repair_level(self, criterion_id):
        """The level that meets the thresholds which make a must-do of a criterion; None where nothing could."""
        levels = []
        if self.criteria[criterion_id].get("essential", False):
            levels.append(self._lowest_level(criterion_id, self.essential_from(criterion_id)))
        for standard, clause in self._clauses(criterion_id):
            if standard.get("binding", False):
                levels.append(self._lowest_level(criterion_id, self.met_from(clause)))
        return max(levels, default=None)

    # Groups

    def _children(self, group):
        return [*group.get("groups", []), *group.get("criteria", [])]

    def _weight(self, node):
        return exact(node.get("weight", self.defaults["weight"]))

    def _below(self, node):
        if node["id"] in self.criteria:
            return [node["id"]]
        return [criterion_id for child in self._children(node) for criterion_id in self._below(child)]

    def _mean(self, node, kind=None):
        if node["id"] in self.criteria:
            if kind is not None and node.get("kind") != kind:
                return None
            return self.score(node["id"])
        above, below = Fraction(0), Fraction(0)
        for child in self._children(node):
            score = self._mean(child, kind)
            if score is not None:
                above += self._weight(child) * score
                below += self._weight(child)
        return above / below if below else None

    def _group(self, group):
        score = self._mean(group)
        below = self._below(group)
        states = [self.state(criterion_id) for criterion_id in below]
        applicable = states.count("rated") + states.count("unrated")
        failed = [criterion_id for criterion_id in below if self.failed(criterion_id)]
        band, capped_by = None, []
        if score is not None:
            bands = [band["id"] for band in self.pack["bands"]]
            place = max(i for i, band in enumerate(self.pack["bands"]) if exact(band["from"]) <= score)
            if failed and "essential_cap" in self.pack:
                cap = bands.index(self.pack["essential_cap"])
                if cap < place:
                    place, capped_by = cap, failed
            band = bands[place]
        return {
            "score": rounded(score),
            "band": band,
            "capped_by": capped_by,
            "rated": states.count("rated"),
            "applicable": applicable,
            "provisional": states.count("rated") < applicable,
            "policy": rounded(self._mean(group, "policy")),
            "practice": rounded(self._mean(group, "practice")),
        }

    # Standards

    def _standard(self, standard):
        clauses = {}
        for clause in standard["clauses"]:
            full_id = f"{standard['standard']}/{clause['id']}"
            naming = [c for c in self.criteria if full_id in self.criteria[c].get("clauses", [])]
            clauses[clause["id"]] = {"status": self._status(clause, naming), "criteria": naming}
        statuses = [clause["status"] for clause in clauses.values()]
        met, partly, not_met = statuses.count("met"), statuses.count("partly-met"), statuses.count("not-met")
        return {
            "met": met,
            "partly_met": partly,
            "not_met": not_met,
            "unknown": statuses.count("unknown"),
            "not_applicable": statuses.count("not-applicable"),
            "not_covered": statuses.count("not-covered"),
            "share_met": rounded(Fraction(met, met + partly + not_met)) if met + partly + not_met else None,
            "clauses": clauses,
        }

    def _status(self, clause, naming):
        if not naming:
            return "not-covered"
        applicable = [c for c in naming if self.state(c) in ("rated", "unrated")]
        if self._holds(clause.get("applies_when")) is False or not applicable:
            return "not-applicable"
        if any(self.state(c) == "unrated" for c in applicable):
            return "unknown"
        enough = [self.score(c) >= self.met_from(clause) for c in applicable]
        return "met" if all(enough) else "partly-met" if any(enough) else "not-met"

    # Sheets

    def _sheets(self):
        sheets = self.answers.get("sheets", [])
        k = self.defaults["minimum_sheets"]
        return {
            "sheets": len(sheets) if len(sheets) >= k else f"<{k}",
            "criteria": {criterion_id: self._on_sheets(criterion_id, sheets, k) for criterion_id in self.criteria},
        }

    def _on_sheets(self, criterion_id, sheets, k):
        given = [sheet[criterion_id] for sheet in sheets if sheet.get(criterion_id) is not None]
        numbers = sorted(one for one in given if one not in ("dont-know", "not-applicable"))
        n = len(numbers)
        levels = self.levels(criterion_id)
        shown: dict = {"n": n if n >= k else f"<{k}", "median": None, "reaching": None, "agreement": None}
        shown |= {"counts": None, "dont_know": None, "not_applicable": None, "consensus": None}
        if n >= k:
            shown["median"] = numbers[(n - 1) // 2]
            share = Fraction(sum(number >= self.target(criterion_id) for number in numbers), n)
            for word, below in (("few", 20), ("some", 50), ("most", 80), ("nearly-all", 101)):
                if share * 100 < below:
                    shown["reaching"] = word
                    break
        if n >= max(k, 8):
            # Type 1: the smallest value that at least this share of the values does not exceed.
            lower = next(x for x in numbers if 4 * sum(y <= x for y in numbers) >= n)
            upper = next(x for x in numbers if 4 * sum(y <= x for y in numbers) >= 3 * n)
            shown["agreement"] = "agree" if levels.index(upper) - levels.index(lower) <= 1 else "mixed"
        if n >= max(k, 10):
            shown["counts"] = {str(level): numbers.count(level) for level in levels}
            shown["dont_know"] = given.count("dont-know")
            shown["not_applicable"] = given.count("not-applicable")
            shares = [Fraction(sum(number <= level for number in numbers), n) for level in levels[:-1]]
            spread = sum(min(share, 1 - share) for share in shares)
            shown["consensus"] = rounded(1 - 2 * spread / (len(levels) - 1))
        return shown

    def result(self):
        criteria = {}
        for criterion_id in self.criteria:
            criteria[criterion_id] = {
                "state": self.state(criterion_id),
                "rating": self.rating(criterion_id),
                "score": rounded(self.score(criterion_id)),
                "essential_failed": self.failed(criterion_id),
            }
        return {
            "pack": self.pack["pack"],
            "version": self.pack["version"],
            "status": self.pack["status"],
            "overall": self._group({"id": "overall", "groups": self.pack["groups"]}),
            "groups": {group_id: self._group(group) for group_id, group in self.groups.items()},
            "criteria": criteria,
            "standards": {standard_id: self._standard(standard) for standard_id, standard in self.standards.items()},
            "sheets": self._sheets(),
        }
