"""Whatever stands in the files, a pack is loaded whole or refused with problems: no traceback, no hang."""

from __future__ import annotations

import dataclasses
import shutil
import time
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questionnaires import Pack, PackError, lint, load_pack
from questionnaires.places import PACKS, STANDARDS
from questionnaires.source import MAX_BYTES

TINY = Path(__file__).parents[2] / "packs"
SMALL = sorted(path for kind in ("valid", "invalid") for path in (TINY / kind).glob("*/pack.yaml"))
"""Files that are mutated alone, in a folder of their own."""
FOLDERS = {
    "safeguarding-basics": PACKS / "safeguarding-basics",
    "every-key": TINY / "valid" / "every-key",
    "translations": TINY / "valid" / "translations",
    "own-standards": TINY / "valid" / "own-standards",
}
LONGEST = 10.0
"""Seconds of work for the worst of files."""


def look_at(folder: Path) -> Pack | None:
    """Lint and load the folder; fails unless both agree on whether it is a pack."""
    started = time.process_time()
    problems = lint(folder)
    errors = [problem for problem in problems if problem.severity == "error"]
    assert all(problem.file and problem.line >= 0 and problem.column >= 0 for problem in problems)
    assert not any("{" in problem.rule or "object at 0x" in str(problem) for problem in problems)
    try:
        pack = load_pack(folder)
    except PackError as refused:
        assert errors == [problem for problem in refused.problems if problem.severity == "error"] != []
        pack = None
    else:
        assert errors == []
        check_whole(pack)
    assert time.process_time() - started < LONGEST
    return pack


def check_whole(value: Any) -> None:
    """No None where the model promises a value, in the pack and in its translations."""
    for found in inside(value):
        hints = typing.get_type_hints(type(found))
        for each in dataclasses.fields(found):
            if type(None) not in typing.get_args(hints[each.name]):
                assert getattr(found, each.name) is not None, f"{type(found).__name__}.{each.name}"


def inside(value: Any) -> Iterator[Any]:
    if dataclasses.is_dataclass(value):
        yield value
        for each in dataclasses.fields(value):
            yield from inside(getattr(value, each.name))
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from inside(entry)
    elif isinstance(value, tuple):
        for entry in value:
            yield from inside(entry)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory) -> Path:
    """A folder that every example fills anew: the files matter, not the folder."""
    folder: Path = tmp_path_factory.mktemp("fuzz")
    return folder


def fill(scratch: Path, files: Mapping[str, bytes]) -> Path:
    folder = scratch / "pack"
    shutil.rmtree(folder, ignore_errors=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


# fmt: off
ODD = (
    "", "~", "null", "true", "no", "0", "-1", "1.5", "1e99", "---", "9" * 400, ".", "[]", "{}", "[[]]", "{a: 1}", "*a",
    "&a x", "&a [*a]", "!!python/object:os.system x", "! x", "<<: {}", "'", '"', '"\\ud800"', '"\\0"', "\t", "<b>",
    "? x", "|\n", ">-", "%YAML 9.9", "\u202e", "\x85", "\ufeff", "é", "តូច", "2009-02-30", "[1, {2: 3}]", "{[a]: b}",
    "- - -",
)
# fmt: on
odd_values = st.sampled_from(ODD)


@st.composite
def mutated(draw: st.DrawFn, text: bytes) -> bytes:
    lines = text.split(b"\n")
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(
            st.sampled_from(["flip", "delete", "double", "indent", "outdent", "value", "insert", "cut", "move"])
        ):
            case "flip" if lines[at]:
                place = draw(st.integers(0, len(lines[at]) - 1))
                changed = bytearray(lines[at])
                changed[place] = draw(st.integers(0, 255))
                lines[at] = bytes(changed)
            case "delete" if len(lines) > 1:
                del lines[at]
            case "double":
                lines.insert(at, lines[at])
            case "indent":
                lines[at] = b" " * draw(st.integers(1, 4)) + lines[at]
            case "outdent":
                lines[at] = lines[at][draw(st.integers(1, 4)) :]
            case "value" if b":" in lines[at]:
                colons = [place for place, byte in enumerate(lines[at]) if byte == ord(":")]
                place = draw(st.sampled_from(colons))
                rest = lines[at][place:].find(b",")
                after = lines[at][place + rest :] if rest > 0 and draw(st.booleans()) else b""
                lines[at] = lines[at][:place] + b": " + draw(odd_values).encode() + after
            case "insert":
                lines.insert(at, b" " * draw(st.integers(0, 8)) + draw(odd_values).encode())
            case "cut":
                lines[at] = lines[at][: len(lines[at]) // 2]
            case "move":
                lines.insert(draw(st.integers(0, len(lines) - 1)), lines.pop(at))
    return b"\n".join(lines)


FUZZ = settings(max_examples=250, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@FUZZ
@given(st.data())
def test_a_mutated_tiny_pack_is_loaded_or_refused(scratch, data):
    source = data.draw(st.sampled_from(SMALL))
    look_at(fill(scratch, {"pack.yaml": data.draw(mutated(source.read_bytes()))}))


@FUZZ
@given(st.data())
def test_a_mutated_file_of_a_whole_folder_is_loaded_or_refused(scratch, data):
    folder = FOLDERS[data.draw(st.sampled_from(sorted(FOLDERS)))]
    files = {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.yaml"))}
    victim = data.draw(st.sampled_from(sorted(files)))
    look_at(fill(scratch, files | {victim: data.draw(mutated(files[victim]))}))


@settings(FUZZ, max_examples=15)
@given(st.data())
def test_a_mutated_charter_pack_is_loaded_or_refused(scratch, data):
    folder = PACKS / "chab-dai-charter"
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.yaml"))}
    files |= {f"standards/{path.name}": path.read_bytes() for path in sorted(STANDARDS.glob("victims-2009*.yaml"))}
    victim = data.draw(st.sampled_from(sorted(files)))
    look_at(fill(scratch, files | {victim: data.draw(mutated(files[victim]))}))


@FUZZ
@given(st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(scratch, data):
    assert look_at(fill(scratch, {"pack.yaml": data})) is None


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32", "latin-1", "cp037"])
def test_another_encoding_is_refused(scratch, encoding):
    text = (TINY / "valid" / "one-criterion" / "pack.yaml").read_text(encoding="utf-8").replace("First", "Prémière")
    assert look_at(fill(scratch, {"pack.yaml": text.encode(encoding)})) is None


ENDLESS = {
    "brackets": b"a: " + b"[" * 200_000,
    "braces": b"{a: " * 200_000,
    "indented mappings": b"\n".join(b" " * depth + b"a:" for depth in range(2_000)),
    "list in list": b"- " * 200_000,
    "nested quotes": b"a: " + b"'" * 1_000_001,
    "aliases": b"a: &a [x, x]\n"
    + b"".join(
        b"b%d: &b%d [*%s, *%s]\n" % (n, n, p, p) for n, p in ((n, b"b%d" % (n - 1) if n else b"a") for n in range(60))
    ),
    "anchors": b"".join(b"a%d: &a%d x\n" % (n, n) for n in range(10_000)),
    "ten megabytes of text": b"title: " + b"x" * 10_000_000,
    "ten megabytes of comments": b"# c\n" * 2_500_000,
    "just under the limit": b"title: " + b"x" * (MAX_BYTES - 100),
    "zeros": b"\0" * 1_000_000,
    "a number of a million digits": b"version: " + b"9" * 1_000_000,
    "unknown keys": b"".join(b"titel%d: x\n" % n for n in range(20_000)),
    "the same key": b"title: x\n" * 20_000,
    "documents": b"--- a\n" * 50_000,
    "tags": b"a: !" + b"t" * 1_000_000 + b" x",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_a_file_made_to_exhaust_the_reader_is_refused_in_time(scratch, name):
    assert look_at(fill(scratch, {"pack.yaml": ENDLESS[name]})) is None


def many(lines: str, count: int) -> str:
    return "\n".join(lines.replace("#", str(n)).replace("@", str(n + 1)) for n in range(count))


HEAD = (TINY / "valid" / "one-criterion" / "pack.yaml").read_text(encoding="utf-8")
CRITERIA = HEAD[: HEAD.index("groups:")] + "groups:\n  - id: G\n    title: Group\n    criteria:\n"
LARGE = {
    "a long chain of actions": HEAD
    + "actions:\n"
    + many("  - {id: A#, title: T#, improves: {C1: 1}, after: [A@]}", 2_000),
    "a thousand names that dangle": CRITERIA
    + many("      - {id: C#, title: T#, scale: s, applies_when: {D#: {at_least: 1}}}", 1_000),
    "a list of many unlike names": HEAD
    + "actions: [{id: A, title: T, improves: {C1: 1}, trainings: ["
    + many("t#,", 30_000).replace("\n", "")
    + "t]}]\n",
    "conditions that double": CRITERIA
    + "      - {id: C1, title: T, scale: s}\n"
    + "      - {id: C2, title: U, scale: s, applies_when: {all: [&c0 {C1: {is: 1}}, "
    + ", ".join(f"&c{n} {{all: [*c{n - 1}, *c{n - 1}]}}" for n in range(1, 12))
    + "]}}\n",
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_pack_is_looked_at_in_time(scratch, name):
    look_at(fill(scratch, {"pack.yaml": LARGE[name].encode()}))
