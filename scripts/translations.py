"""Keep the interface's catalogues in step with the texts in code and templates.

    python scripts/translations.py            take up new texts in charter/translations, and compile
    python scripts/translations.py --check    change nothing; exit 1 and say what is wrong

Wrong is: a text without a translation, one marked fuzzy, a placeholder or HTML tag that the two do not share, a
catalogue that lacks a text or holds one that is gone, a compiled catalogue that is not made from its source.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "charter" / "translations"
FOLDERS = ("charter", "action_plans", "scoring", "questionnaires", "templates")
KEYWORDS = {**DEFAULT_KEYWORDS, "message": None}
# A day in the file would make every update a change.
BEGUN = datetime(2026, 11, 22, tzinfo=UTC)

_PLACEHOLDER = re.compile(r"%\([a-z_]+\)[a-z]|(?<!\{)\{[a-z_]+\}")
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="change nothing, exit 1 if something is wrong")
    only_check = parser.parse_args().check
    template = extract()
    problems = [
        f"{path.relative_to(ROOT)}:{line}: the text of message(…) is no literal, so it would never be translated"
        for path in _python_files()
        for line in named_texts(path.read_text("utf-8"))[1]
    ]
    for po in sorted(TRANSLATIONS.glob("*/LC_MESSAGES/charter.po")):
        if not only_check:
            update(po, template)
        problems += [f"{po.relative_to(ROOT)}: {problem}" for problem in check(po, template)]
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if problems else 0


def extract() -> Catalog:
    """Every text to translate, without the places where it stands."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    template = Catalog(project="Charter", charset="utf-8", creation_date=BEGUN)
    for folder in FOLDERS:
        under = [
            (pattern.removeprefix(f"{folder}/"), method) for pattern, method in methods if pattern.startswith(folder)
        ]
        found = extract_from_dir(
            ROOT / folder,
            under,
            {pattern.removeprefix(f"{folder}/"): values for pattern, values in options.items()},
            KEYWORDS,
        )
        for _file, _line, text, _comments, _context in found:
            template.add(text)
    for path in _python_files():
        for text in named_texts(path.read_text("utf-8"))[0]:
            template.add(text)
    return template


def named_texts(source: str) -> tuple[list[str], list[int]]:
    """What babel cannot see: the texts of `message(name, …)`, where `name` was given literals in the same file.

    The second value holds the lines of calls whose text cannot be found, and so never would be translated.
    """
    tree = ast.parse(source)
    given: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    given.setdefault(target.id, []).append(node.value)
    found: dict[str, None] = {}
    unknown: list[int] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "message":
            texts = _literals(node.args[0], given) if node.args else None
            if texts is None:
                unknown.append(node.lineno)
            elif not isinstance(node.args[0], ast.Constant):
                found.update(dict.fromkeys(texts))
    return list(found), unknown


def _literals(expression: ast.expr, given: Mapping[str, list[ast.expr]]) -> list[str] | None:
    """The texts that the expression can be, as far as they are given in this file; None if there are none."""
    if isinstance(expression, ast.Constant):
        return [expression.value] if isinstance(expression.value, str) else None
    if isinstance(expression, ast.IfExp):
        choices = [expression.body, expression.orelse]
    elif isinstance(expression, ast.Name) and expression.id in given:
        choices = given[expression.id]
    else:
        return None
    return [text for choice in choices for text in _literals(choice, given) or ()] or None


def _python_files() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def update(po: Path, template: Catalog) -> None:
    """Bring new texts in, take lost ones out, and compile."""
    catalogue = _read(po)
    catalogue.update(template, no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    catalogue.msgid_bugs_address = catalogue.last_translator = ""
    po.write_bytes(_as_po(catalogue))
    # Compiled from what was written, as `check` will do it.
    po.with_suffix(".mo").write_bytes(_compiled(_read(po)))


def check(po: Path, template: Catalog) -> Iterator[str]:
    """What is wrong with one catalogue."""
    catalogue = _read(po)
    for message in template:
        if message.id and message.id not in catalogue:
            yield f"lacks {_first(message.id)!r}"
    for message in catalogue:
        if not message.id:
            continue
        if message.id not in template:
            yield f"holds {_first(message.id)!r}, which is used nowhere"
        yield from _check_message(message, catalogue.num_plurals)
    mo = po.with_suffix(".mo")
    if not mo.is_file() or mo.read_bytes() != _compiled(catalogue):
        yield "charter.mo is not compiled from it"


def _check_message(message: Message, plurals: int) -> Iterator[str]:
    ids = (message.id,) if isinstance(message.id, str) else message.id
    strings = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
    name = repr(ids[0])
    if message.fuzzy:
        yield f"{name} is marked fuzzy"
    if not all(strings) or (len(ids) > 1 and len(strings) != plurals):
        yield f"{name} is not translated"
        return
    for string in strings:
        # A language with one form uses the plural, which holds every placeholder.
        if sorted(_PLACEHOLDER.findall(string)) != sorted(_PLACEHOLDER.findall(ids[-1])):
            yield f"{name}: other placeholders than in {string!r}"
        if sorted(_TAG.findall(string)) != sorted(_TAG.findall(ids[-1])):
            yield f"{name}: other HTML than in {string!r}"


def _read(po: Path) -> Catalog:
    with po.open("rb") as file:
        return read_po(file, locale=po.parent.parent.name)


def _as_po(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=120, no_location=True, sort_output=True)
    return buffer.getvalue()


def _compiled(catalogue: Catalog) -> bytes:
    buffer = io.BytesIO()
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def _first(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else text[0]


if __name__ == "__main__":
    sys.exit(main())
