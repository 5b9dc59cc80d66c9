"""Where one number comes from: its parts, what was left out and why, what capped it, and the rule in words.

The page, the report and the command line print the same explanation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from questionnaires.message import Message, message
from questionnaires.model import OVERALL, ClauseRef, Criterion, Group, Kind, Pack
from questionnaires.wording import condition_in_words
from scoring.model import Answers, ClauseStatus, NodeResult, Result, StaffView, State
from scoring.writing import rounded


@dataclass(frozen=True, slots=True)
class Part:
    """One child in the sum. `share` is its part of the weights that count (0–1); without a score it has none."""

    id: str
    title: str
    weight: Fraction | None
    share: Fraction | None
    score: Fraction | None
    note: Message | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`headline` is the number itself; `rules` say how it comes about; `left_out` are children that do not count."""

    node: str
    title: str
    headline: Message
    rules: tuple[Message, ...]
    parts: tuple[Part, ...] = ()
    left_out: tuple[Part, ...] = ()


def explain(pack: Pack, answers: Answers, result: Result, node: str) -> Explanation:
    """Of `overall`, a group, a criterion, a standard or a `standard/clause`; KeyError for anything else."""
    explainer = _Explainer(pack, answers, result)
    if node == OVERALL:
        root = Group(id=OVERALL, title=pack.title, weight=Fraction(1), groups=pack.groups)
        return explainer.group(root, result.overall)
    if node in result.groups:
        return explainer.group(pack.group(node), result.groups[node])
    if pack.has_criterion(node):
        return explainer.criterion(pack.criterion(node))
    name = node.removeprefix("standard:")
    if name in result.standards:
        return explainer.standard(name)
    standard_id, _, clause_id = name.partition("/")
    if standard_id in result.standards and clause_id in result.standards[standard_id].clauses:
        return explainer.clause(ClauseRef(standard_id, clause_id))
    raise KeyError(node)


def nodes(pack: Pack, result: Result) -> Iterator[str]:
    """Everything that can be explained."""
    yield OVERALL
    yield from result.groups
    yield from result.criteria
    for name, standard in result.standards.items():
        yield name
        yield from (f"{name}/{clause}" for clause in standard.clauses)


class _Explainer:
    def __init__(self, pack: Pack, answers: Answers, result: Result) -> None:
        self._pack = pack
        self._answers = answers
        self._result = result

    def group(self, group: Group, node: NodeResult) -> Explanation:
        parts = [self._part(child) for child in group.children]
        total = sum((part.weight for part in parts if part.weight is not None and part.score is not None), Fraction(0))
        counted = tuple(
            Part(part.id, part.title, part.weight, part.weight / total, part.score, part.note)
            for part in parts
            if part.score is not None and part.weight is not None
        )
        return Explanation(
            node=node.id,
            title=group.title,
            headline=self._group_headline(node),
            rules=tuple(self._group_rules(group, node, bool(counted))),
            parts=counted,
            left_out=tuple(part for part in parts if part.score is None),
        )

    def criterion(self, criterion: Criterion) -> Explanation:
        result = self._result.criteria[criterion.id]
        scale = criterion.scale
        if result.score is None or result.rating is None:
            headline = message("No score: {reason}", reason=self._state(criterion))
        else:
            headline = message(
                "Score {score}: rated {rating}, “{level}”",
                score=_number(result.score),
                rating=result.rating,
                level=scale.level(result.rating).title,
            )
        return Explanation(criterion.id, criterion.title, headline, tuple(self._criterion_rules(criterion)))

    def standard(self, name: str) -> Explanation:
        standard, result = self._pack.standard(name), self._result.standards[name]
        share = result.share_met
        headline = (
            message("No share: no clause is decided yet")
            if share is None
            else message("{share} of the decided clauses are met", share=_number(share))
        )
        rule = message(
            "Share met = met / (met + partly met + not met) = {met} / ({met} + {partly} + {not_met}).",
            met=result.count(ClauseStatus.MET),
            partly=result.count(ClauseStatus.PARTLY_MET),
            not_met=result.count(ClauseStatus.NOT_MET),
        )
        decided = (ClauseStatus.MET, ClauseStatus.PARTLY_MET, ClauseStatus.NOT_MET)
        every = [
            (clause.status in decided, Part(id_, standard.clause(id_).title, None, None, None, STATUS[clause.status]))
            for id_, clause in result.clauses.items()
        ]
        return Explanation(
            name,
            standard.title,
            headline,
            (rule,) if share is not None else (),
            tuple(part for counts, part in every if counts),
            tuple(part for counts, part in every if not counts),
        )

    def clause(self, ref: ClauseRef) -> Explanation:
        clause = self._pack.clause(ref)
        result = self._result.standards[ref.standard].clauses[ref.clause]
        threshold = self._pack.met_from(ref)
        rules = [message("A criterion meets this clause from a score of {score}.", score=_number(threshold))]
        if clause.applies_when is not None:
            words = condition_in_words(clause.applies_when, self._pack)
            rules.append(message("The clause applies when {condition}.", condition=words))
        rules.append(
            message(
                "Met: every applicable criterion meets it. Not met: none does. Partly met: some do. "
                "Unknown: one that applies is unrated."
            )
        )
        every = [self._part(self._pack.criterion(name)) for name in result.criteria]
        return Explanation(
            str(ref),
            clause.title,
            STATUS[result.status],
            tuple(rules),
            tuple(
                Part(each.id, each.title, None, None, each.score, each.note) for each in every if each.score is not None
            ),
            tuple(each for each in every if each.score is None),
        )

    def _part(self, child: Group | Criterion) -> Part:
        if isinstance(child, Criterion):
            score = self._result.criteria[child.id].score
            note = self._state(child) if score is None else None
        else:
            score = self._result.groups[child.id].score
            note = message("nothing in it has a score") if score is None else None
        return Part(child.id, child.title, child.weight, None, score, note)

    def _group_headline(self, node: NodeResult) -> Message:
        if node.score is None or node.band is None:
            return message("No score: nothing in it is rated")
        band = self._pack.band(node.band).title
        if node.provisional:
            return message(
                "Score {score}, “{band}” (provisional: {rated} of {applicable} rated)",
                score=_number(node.score),
                band=band,
                rated=node.rated,
                applicable=node.applicable,
            )
        return message("Score {score}, “{band}”", score=_number(node.score), band=band)

    def _group_rules(self, group: Group, node: NodeResult, counted: bool) -> Iterator[Message]:
        if counted:
            yield message("The score is the mean of the parts that have one, each counted by its weight.")
        if node.score is not None:
            earned = [band for band in self._pack.bands if band.start <= node.score][-1]
            yield message("From {start} on the band is “{band}”.", start=_number(earned.start), band=earned.title)
            if node.capped_by and node.band is not None:
                yield message(
                    "It may not read better than “{band}”, because these essential criteria failed: {criteria}.",
                    band=self._pack.band(node.band).title,
                    criteria=", ".join(node.capped_by),
                )
        if group.applies_when is not None:
            words = condition_in_words(group.applies_when, self._pack)
            yield message("It applies when {condition}.", condition=words)
        for kind, score in ((Kind.POLICY, node.policy), (Kind.PRACTICE, node.practice)):
            if score is not None:
                text = _KIND_SCORE[kind]
                yield message("{what}: {score}.", what=text, score=_number(score))

    def _criterion_rules(self, criterion: Criterion) -> Iterator[Message]:
        result = self._result.criteria[criterion.id]
        scale = criterion.scale
        if result.score is not None and result.rating is not None:
            yield message(
                "Score = (rating − lowest) / (highest − lowest) = ({rating} − {lowest}) / ({highest} − {lowest}).",
                rating=result.rating,
                lowest=scale.lowest,
                highest=scale.highest,
            )
        if criterion.applies_when is not None:
            words = condition_in_words(criterion.applies_when, self._pack)
            yield message("It applies when {condition}.", condition=words)
        if criterion.essential:
            text = "It is essential and fails below {score}: it fails." if result.essential_failed else _ESSENTIAL_HOLDS
            yield message(text, score=_number(criterion.essential_from))
        yield message(
            "A plan aims for {target}, “{level}”.", target=result.target, level=scale.level(result.target).title
        )
        for ref in result.clauses:
            yield message(
                "It counts for “{clause}” of “{standard}”, met from {score}.",
                clause=self._pack.clause(ref).title,
                standard=self._pack.standard(ref.standard).title,
                score=_number(self._pack.met_from(ref)),
            )
        yield from self._staff(self._result.sheets.criteria[criterion.id])

    def _staff(self, view: StaffView) -> Iterator[Message]:
        if view.median is not None:
            yield message("Staff: median {median} of {n} ratings.", median=view.median, n=view.n)

    def _state(self, criterion: Criterion) -> Message:
        """Why a criterion has no score."""
        state = self._result.criteria[criterion.id].state
        if state is State.UNRATED:
            return message("not rated yet; unanswered is never zero")
        if state is State.NOT_APPLICABLE:
            reason = self._answers.ratings[criterion.id].reason or ""
            return message("said not to apply: {reason}", reason=reason)
        return message("does not apply: its condition, or that of a group above it, does not hold")


def _number(exact: Fraction) -> str:
    return f"{rounded(exact):g}"


_ESSENTIAL_HOLDS = "It is essential and fails below {score}."
_KIND_SCORE = {
    Kind.POLICY: message("Of what is written down (policy)"),
    Kind.PRACTICE: message("Of what is done (practice)"),
}
STATUS = {
    ClauseStatus.MET: message("met"),
    ClauseStatus.PARTLY_MET: message("partly met"),
    ClauseStatus.NOT_MET: message("not met"),
    ClauseStatus.UNKNOWN: message("unknown"),
    ClauseStatus.NOT_APPLICABLE: message("not applicable"),
    ClauseStatus.NOT_COVERED: message("not covered"),
}
