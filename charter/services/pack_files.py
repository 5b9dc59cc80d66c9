"""What somebody uploads as a pack or standard: one YAML file or a ZIP of a folder. Taken out with great distrust."""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from charter.database.packs import ContentKind
from charter.services.errors import Invalid
from questionnaires.archives import UNREADABLE
from questionnaires.message import Message, message
from questionnaires.places import PACK_FILE

Files: TypeAlias = Mapping[str, bytes]
"""Content by path: `pack.yaml`, `km.yaml`, `standards/x.yaml`; of a standard `x.yaml`, `x.km.yaml`."""

MOST_FILES = 200
MOST_ENTRIES = 2000
MOST_BYTES = 16 * 1024 * 1024
"""Of all files together, unpacked."""

_PATH = re.compile(r"(standards/)?[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.ya?ml")
_STANDARD = re.compile(rb"^standard[ \t]*:[ \t]*['\"]?([a-z][a-z0-9-]{0,79})", re.MULTILINE)


def read_upload(name: str, content: bytes) -> tuple[ContentKind, Files]:
    """What was uploaded and its files. Invalid (`file`) if it cannot be a pack or a standard."""
    if content.startswith(b"PK"):
        files = _unzipped(content)
    elif PurePosixPath(name).suffix.casefold() in (".yaml", ".yml"):
        files = {_single_name(content): _limited(content)}
    else:
        raise _invalid(message("Upload a ZIP of the pack's folder, or one YAML file."))
    return _kind(files), files


def read_folder(path: Path) -> tuple[ContentKind, Files]:
    """The same from a folder, or from the file of a standard or pack. Invalid (`file`) as above."""
    if path.is_file() and path.name != PACK_FILE:
        found = {file.name: file for file in path.parent.glob(f"{path.stem}.*yaml")}
    else:
        folder = path.parent if path.is_file() else path
        found = {file.relative_to(folder).as_posix(): file for file in folder.glob("*.y*ml")}
        found |= {file.relative_to(folder).as_posix(): file for file in folder.glob("standards/*.y*ml")}
    files = {name: file.read_bytes() for name, file in sorted(found.items())}
    return _kind(files), files


def _unzipped(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _taken_out(archive)
    except UNREADABLE as error:
        raise _invalid(message("This ZIP is damaged, or of a kind that cannot be read.")) from error


def _taken_out(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise _invalid(message("This ZIP holds more than {most} files.", most=MOST_ENTRIES))
    wanted: dict[str, zipfile.ZipInfo] = {}
    for entry in entries:
        path = _safe_path(entry)
        if entry.is_dir() or path.suffix not in (".yaml", ".yml") or any(p.startswith((".", "__")) for p in path.parts):
            continue
        if str(path) in wanted:
            raise _invalid(message("This ZIP holds {name} twice.", name=str(path)))
        wanted[str(path)] = entry
    if len(wanted) > MOST_FILES:
        raise _invalid(message("This ZIP holds more than {most} files.", most=MOST_FILES))
    top = _top(wanted)
    files: dict[str, bytes] = {}
    left = MOST_BYTES
    for name, entry in wanted.items():
        # The size in the directory of the ZIP is only a claim: what counts is what comes out.
        with archive.open(entry) as stream:
            data = stream.read(left + 1)
        left -= len(data)
        if left < 0:
            raise _too_large()
        short = name.removeprefix(top)
        if not _PATH.fullmatch(short):
            raise _invalid(
                message(
                    "{name} has no place in a pack: YAML files lie in its folder or in standards/, "
                    "and their names have letters, digits, dots and hyphens.",
                    name=short[:200],
                )
            )
        files[short] = data
    return files


def _safe_path(entry: zipfile.ZipInfo) -> PurePosixPath:
    name = entry.orig_filename  # as it stands in the ZIP, before zipfile mends it
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or re.match(r"[A-Za-z]:", name):
        raise _invalid(message("This ZIP holds a file that would lie outside its folder."))
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise _invalid(message("This ZIP holds a link instead of a file."))
    if entry.flag_bits & 1:
        raise _invalid(message("This ZIP is locked with a password."))
    return path


def _top(names: Mapping[str, zipfile.ZipInfo]) -> str:
    """The folder that everything lies in, with its slash; nothing where files lie at the top."""
    if not names or PACK_FILE in names:
        return ""
    first = {name.partition("/")[0] for name in names if "/" in name}
    inside = all("/" in name for name in names)
    return f"{first.pop()}/" if inside and len(first) == 1 and "standards" not in first else ""


def _single_name(content: bytes) -> str:
    found = _STANDARD.search(content)
    return f"{found.group(1).decode()}.yaml" if found else PACK_FILE


def _limited(content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise _too_large()
    return content


def _kind(files: Files) -> ContentKind:
    if PACK_FILE in files:
        return ContentKind.PACK
    sources = [name for name in files if "/" not in name and name.count(".") == 1]
    if len(sources) == 1 and _STANDARD.search(files[sources[0]]):
        return ContentKind.STANDARD
    raise _invalid(message("There is no pack.yaml in it, nor one standard with its translations."))


def _too_large() -> Invalid:
    return _invalid(message("Unpacked, this is larger than {most} MB.", most=MOST_BYTES // (1024 * 1024)))


def _invalid(text: Message) -> Invalid:
    return Invalid({"file": text})
