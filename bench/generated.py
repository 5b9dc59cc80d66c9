"""A pack of any size that uses every part of the language, with two translations and a standard of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

CRITERIA_IN_GROUP = 6
GROUPS_IN_GROUP = 5
CRITERIA_OF_CLAUSE = 10

_TITLE = {
    "en": "Everyone who works here knows what to do about point {n}",
    "km": "អ្នករាល់គ្នាដែលធ្វើការនៅទីនេះដឹងថាត្រូវធ្វើអ្វីអំពីចំណុចទី {n}",
    "vi": "Mọi người làm việc ở đây đều biết phải làm gì về điểm {n}",
}
_GUIDANCE = {
    "en": "It is better when it holds for everyone and every day. Between two levels, ask those whom it concerns.",
    "km": "វាប្រសើរជាង នៅពេលដែលវាអនុវត្តចំពោះមនុស្សគ្រប់គ្នា និងរាល់ថ្ងៃ។ រវាងកម្រិតពីរ សូមសួរអ្នកដែលពាក់ព័ន្ធ។",
    "vi": "Tốt hơn khi điều này đúng với mọi người và mọi ngày. Giữa hai mức, hãy hỏi những người có liên quan.",
}
_EVIDENCE = {
    "en": ("A signed copy for each person", "The date of the last review", "Notes of the last meeting"),
    "km": ("ច្បាប់ចម្លងដែលបានចុះហត្ថលេខារបស់មនុស្សម្នាក់ៗ", "កាលបរិច្ឆេទនៃការពិនិត្យចុងក្រោយ", "កំណត់ត្រានៃការប្រជុំចុងក្រោយ"),
    "vi": ("Bản đã ký của từng người", "Ngày xem xét gần nhất", "Biên bản cuộc họp gần nhất"),
}
_ACTION = {
    "en": ("Agree on point {n} and teach it", "Director", "Share of the staff who have signed"),
    "km": ("ព្រមព្រៀងអំពីចំណុចទី {n} ហើយបង្រៀនវា", "នាយក", "ភាគរយនៃបុគ្គលិកដែលបានចុះហត្ថលេខា"),
    "vi": ("Thống nhất về điểm {n} và hướng dẫn", "Giám đốc", "Tỷ lệ nhân viên đã ký"),
}

_HEAD = """\
pack: generated
version: "1"
status: provisional
language: en
title: A generated pack
profile:
  services: {title: Services, type: choices, options: {residential: Residential care, outreach: Outreach}}
  staff: {title: Paid staff, type: integer, minimum: 0}
scales:
  practice:
    title: How far is this in place?
    levels:
      - {value: 0, title: Not started, description: Nobody works on it.}
      - {value: 1, title: Begun, description: Some of it can be shown.}
      - {value: 2, title: Partly in place, description: An important part is missing.}
      - {value: 3, title: In place, description: All of it is done.}
bands:
  - {id: starting, title: Starting, from: 0}
  - {id: growing, title: Growing, from: 0.4}
defaults: {scale: practice}
essential_cap: starting
"""
_STANDARD_HEAD = """\
standard: generated-standard
version: "1"
status: provisional
language: en
title: A generated standard
binding: true
remedy_days: 90
clauses:
"""
_CONDITIONS = (
    "{services: {includes: residential}}",
    "{any: [{staff: {at_least: 5}}, {services: {includes_any: [outreach]}}]}",
    "{EARLIER: {at_least: 1}}",
)


def write_pack(folder: Path, criteria: int) -> Path:
    """Write it there; the folder."""
    clauses = -(-criteria // CRITERIA_OF_CLAUSE)
    standard = folder / "standards" / "generated-standard"
    standard.parent.mkdir(parents=True)
    _write(folder / "pack.yaml", [_HEAD, *_groups(criteria), *_actions(criteria)])
    _write(standard.with_suffix(".yaml"), [_STANDARD_HEAD, *_clauses("en", clauses)])
    for language in ("km", "vi"):
        _write(folder / f"{language}.yaml", ["reviewed: true\n", *_translation(language, criteria)])
        _write(standard.with_suffix(f".{language}.yaml"), ["reviewed: true\nclauses:\n", *_clauses(language, clauses)])
    return folder


def _write(path: Path, parts: list[str]) -> None:
    path.write_text("".join(parts), encoding="utf-8")


def _groups(criteria: int) -> Iterator[str]:
    yield "groups:\n"
    for n in range(criteria):
        if n % (CRITERIA_IN_GROUP * GROUPS_IN_GROUP) == 0:
            yield f"  - id: V{n}\n    title: Value {n}\n    groups:\n"
        if n % CRITERIA_IN_GROUP == 0:
            yield f"      - id: G{n}\n        title: Principle {n}\n        criteria:\n"
        yield from _criterion(n)


def _criterion(n: int) -> Iterator[str]:
    lead = " " * 12
    yield f"          - id: C{n}\n"
    yield f"{lead}title: {_TITLE['en'].format(n=n)}\n"
    yield f"{lead}guidance: {_GUIDANCE['en']}\n"
    yield f"{lead}evidence:\n" + "".join(f"{lead}  - {text}\n" for text in _EVIDENCE["en"])
    yield f"{lead}kind: {'policy' if n % 3 == 0 else 'practice'}\n"
    yield f"{lead}clauses: [generated-standard/c{n // CRITERIA_OF_CLAUSE}]\n"
    if n % 6 == 1:
        yield f"{lead}essential: true\n"
    if n % 4 == 3:
        condition = _CONDITIONS[n // 4 % len(_CONDITIONS)].replace("EARLIER", f"C{n - 1}")
        yield f"{lead}applies_when: {condition}\n"


def _actions(criteria: int) -> Iterator[str]:
    yield "actions:\n"
    title, owner, indicator = _ACTION["en"]
    for n in range(criteria):
        yield f"  - id: A{n}\n    title: {title.format(n=n)}\n    improves: {{C{n}: 3}}\n"
        yield f"    effort_days: {n % 9 + 1}\n    cost: {n % 5 * 50}\n    duration_months: {n % 3 + 1}\n"
        yield f"    owner: {owner}\n    indicator: {indicator}\n    resources: [child-protection]\n"
        if n % 10 == 9:
            yield f"    after: [A{n - 1}]\n"


def _clauses(language: str, clauses: int) -> Iterator[str]:
    for n in range(clauses):
        title, text = _TITLE[language].format(n=n), _GUIDANCE[language]
        name = f"- {{id: c{n}, " if language == "en" else f"c{n}: {{"
        yield f'  {name}title: {title}, text: "{text}"}}\n'


def _translation(language: str, criteria: int) -> Iterator[str]:
    yield f"title: {_TITLE[language].format(n=0)}\ngroups:\n"
    for n in range(0, criteria, CRITERIA_IN_GROUP):
        for group in (f"V{n}", f"G{n}") if n % (CRITERIA_IN_GROUP * GROUPS_IN_GROUP) == 0 else (f"G{n}",):
            yield f"  {group}: {{title: {_TITLE[language].format(n=group)}}}\n"
    yield "criteria:\n"
    for n in range(criteria):
        yield f"  C{n}:\n    title: {_TITLE[language].format(n=n)}\n    guidance: {_GUIDANCE[language]}\n"
        yield "    evidence:\n" + "".join(f"      - {text}\n" for text in _EVIDENCE[language])
    yield "actions:\n"
    title, owner, indicator = _ACTION[language]
    for n in range(criteria):
        yield f"  A{n}: {{title: {title.format(n=n)}, owner: {owner}, indicator: {indicator}}}\n"
