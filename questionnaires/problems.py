"""Everything that can be wrong with a pack, in one list: rule, severity and what is said about it."""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterable
from dataclasses import dataclass


class Severity(enum.StrEnum):
    """Errors refuse the pack; warnings do not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. Lines and columns count from 1; 0 means the file as a whole."""

    file: str
    line: int
    column: int
    severity: Severity
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity}[{self.rule}]: {self.message}"


class PackError(Exception):
    """A pack that cannot be used. `problems` holds everything that was found, warnings too."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


ERRORS = {
    # the file
    "no-pack": "there is no pack {name}, and no folder of that name{hint}",
    "file-missing": "there is no such file",
    "file-unreadable": "cannot be read: {reason}",
    "file-too-large": "is {size} bytes long; a file may have at most {limit}",
    "file-empty": "holds nothing; comments do not count",
    "not-utf8": "is not UTF-8 text (byte {byte} at offset {offset}); save the file as UTF-8",
    "yaml": "is not valid YAML: {reason}",
    "yaml-alias": "*{name} refers to no &{name} that is complete before it; a text that begins with * needs quotes",
    "yaml-documents": "begins a second document; one file is one document, so delete the line ---",
    "yaml-tag": "the tag {tag} has no place in a pack; a text that begins with ! needs quotes",
    "yaml-key": "a key must be plain text or a number; a text that begins with {{ or [ needs quotes",
    "too-deep": "is nested more than {limit} levels deep",
    "too-many-values": "holds more than {limit} values once its aliases are followed",
    # the structure
    "duplicate-key": "{key} stands twice in the same place; the first is on line {line}",
    "unknown-key": "{owner} cannot have the key {key}{hint}",
    "missing-key": "{owner} lacks the key {key}",
    "wrong-type": "{what} must be {wanted}, not {got}",
    "wrong-value": "{what} must be {wanted}, not {got}{hint}",
    "out-of-range": "{what} must be {wanted}, not {got}",
    "empty-text": "{what} is empty",
    "empty-list": "{what} is empty",
    "repeated-entry": "{what} names {value} twice",
    "html": "{what} holds HTML ({found}); texts are plain, without tags and entities",
    "control-character": "{what} holds the control character U+{code}, which cannot be printed; delete it",
    # names
    "bad-id": "{what} must be {wanted}, not {got}",
    "reserved-id": "{id} is reserved and cannot be the id of a {what}",
    "duplicate-id": "the id {id} is already taken by the {what} on line {line}",
    "file-name": "the standard {id} stands in a file called {name}; its name must be {id}.yaml",
    "source-language-file": "{language} is the language that the source itself is written in; its texts belong there",
    # scales, bands, groups
    "levels-not-rising": "level {value} does not rise above {before}, which stands before it; the lowest comes first",
    "band-start": "the first band must start at 0, not at {value}",
    "bands-not-rising": "band {id} starts at {value}, not above {before}, where the band before it starts",
    "group-mixed": "group {id} holds groups and criteria; it may hold only one kind",
    "group-empty": "group {id} holds neither groups nor criteria",
    "options-missing": "fact {id} is of type {type} and needs options",
    "options-unfit": "fact {id} is of type {type} and cannot have options",
    "minimum-unfit": "fact {id} is of type {type} and cannot have a minimum",
    # references
    "no-scale": "criterion {id} names no scale and the pack has no default scale; name one here or in defaults",
    "unknown-scale": "there is no scale {name}{hint}",
    "unknown-band": "there is no band {name}{hint}",
    "unknown-criterion": "there is no criterion {name}{hint}",
    "unknown-action": "there is no action {name}{hint}",
    "unknown-standard": "there is no standard {name}{hint}",
    "unknown-clause": "standard {standard} has no clause {name}{hint}",
    "unknown-option": "fact {fact} has no option {name}{hint}",
    "unknown-level": "{value} is no level of {scale}, which has the levels {levels}",
    "former-id-in-use": "{id} cannot be a former id of {criterion}: {owner}",
    # conditions
    "condition-form": "a condition is one of all, any, not, or one fact or criterion with one operator; {found}",
    "unknown-name": "there is no fact or criterion {name}{hint}",
    "names-group": "{name} is a group; a condition compares facts and criteria",
    "later-criterion": "criterion {name} does not stand before this condition; a condition may only look back",
    "unknown-operator": "there is no operator {name}{hint}",
    "unfit-operator": "{subject} is {kind} and cannot be compared with {operator}; use {operators}",
    "unfit-value": "the value for {name} must be {wanted}, not {got}",
    # actions
    "improves-nothing": "action {action} cannot raise {criterion}: {value} is its lowest level",
    "action-cycle": "these actions wait for one another, so none can ever start: {cycle}",
    "action-id-taken": "the id {id} is kept for the action that the planner makes for criterion {criterion}",
    # translations
    "translation-of-nothing": "there is no {what} {name} to translate{hint}",
    "evidence-count": "criterion {id} has {wanted} evidence texts to translate, not {got}",
    # against a published version
    "id-lost": "criterion {id} of version {version} is gone and no criterion is renamed_from it: "
    "its answers would be lost",
    "scale-changed": "the scale of {criteria} changes ({change}); "
    "give each criterion a new id and name the old one in renamed_from",
}

WARNINGS = {
    "stray-file": "this file is not read: {wanted}",
    "untranslated": "{path} is not translated",
    "unreviewed": "no native reader has checked this translation; write reviewed: true once one has",
    "standard-untranslated": "standard {id} has no translation into {language}",
    "criterion-unimproved": "no action improves criterion {id}",
    "criterion-unreachable": "criterion {id} can never apply: its conditions exclude one another",
    "clause-uncovered": "no criterion covers clause {clause} of standard {standard}",
    "action-unreachable": "action {id} improves only criteria that can never apply",
    "same-title": "{what} {id} has the same title as {other} on line {line}",
    "standard-condition": "clause {clause} of standard {standard} is conditional on something "
    "that this pack lacks: {reason}",
    "same-version": "the content differs from the published version, which is called {version} too",
    "other-pack": "the published version belongs to another pack, {id}",
    "fact-lost": "profile fact {id} of version {version} is gone: what organizations said of it would be lost",
}

RULES = ERRORS | WARNINGS

YAML_ADVICE = {
    "mapping values are not allowed in this context": "; indent like the lines around it, and quote a text that holds "
    "a colon and a space",
    "did not find expected key": "; indent like the lines around it, and quote a text that goes on after quotation "
    "marks",
    "did not find expected '-' indicator": "; indent like the lines around it",
    "could not find expected ':'": "; a key lacks its colon, or a line of a longer text is not indented",
    "found character that cannot start any token": "; indent with spaces, not tabs, and quote a text that begins with "
    "@, ` or %",
    "found a tab character that violates indentation": "; indent with spaces, not tabs",
    "did not find expected ',' or '}'": "; a brace { is not closed, or a comma or quotation marks are missing",
    "did not find expected ',' or ']'": "; a bracket [ is not closed, or a comma or quotation marks are missing",
    "did not find expected node content": "; a value or a closing bracket is missing",
    "found unexpected end of stream": "; a quotation mark is not closed",
    "found unknown escape character": "; write a backslash twice, or use single quotation marks",
    "did not find expected alphabetic or numeric character": "; a text that begins with & or * needs quotes",
    "block sequence entries are not allowed in this context": "; begin a list on a line of its own, and quote a text "
    "that begins with a hyphen and a space",
}
"""What to do about the parser's commonest complaints, which speak to programmers."""


class Problems:
    """Collects findings; the only place that makes one."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}
        self._names_to_compare = 50_000  # a broken file may have ten thousand names that nobody knows

    def add(self, file: str, line: int, column: int, rule: str, /, **values: object) -> None:
        severity = Severity.ERROR if rule in ERRORS else Severity.WARNING
        self._found[Problem(file, line, column, severity, rule, self.text(rule, **values))] = None

    def text(self, rule: str, /, **values: object) -> str:
        """What is said where `rule` is broken."""
        hint = values.get("hint")
        if isinstance(hint, Hint):
            close = self.closest(hint.name, hint.names)
            values["hint"] = "" if close is None else f"; did you mean {close}?"
        return RULES[rule].format(**values)

    def closest(self, name: object, names: Iterable[object]) -> str | None:
        """`closest`, until much has been searched."""
        if self._names_to_compare <= 0:
            return None
        candidates = list(names)
        self._names_to_compare -= len(candidates)
        return closest(name, candidates)

    @property
    def errors(self) -> int:
        """How many of the findings are errors."""
        return sum(1 for problem in self._found if problem.severity is Severity.ERROR)

    def sorted(self) -> tuple[Problem, ...]:
        """By file in the order in which files were first mentioned, then by place."""
        files = {file: position for position, file in enumerate(dict.fromkeys(p.file for p in self._found))}
        return tuple(sorted(self._found, key=lambda p: (files[p.file], p.line, p.column)))


def near_miss(name: object, names: Iterable[object]) -> str:
    """`; did you mean X?` where one of `names` is close, else nothing. For the end of a message."""
    close = closest(name, names)
    return "" if close is None else f"; did you mean {close}?"


def closest(name: object, names: Iterable[object]) -> str | None:
    """The one of `names` that was probably meant; None where none is close."""
    known = {str(candidate).casefold(): str(candidate) for candidate in names}
    close = difflib.get_close_matches(str(name).casefold()[:80], known, n=1, cutoff=0.65)
    return known[close[0]] if close else None


@dataclass(frozen=True, slots=True)
class Hint:
    """A `near_miss` that is only looked for when a message is made."""

    name: object
    names: Iterable[object]
