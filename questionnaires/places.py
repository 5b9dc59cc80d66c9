"""Where packs and standards lie."""

from __future__ import annotations

import re
from pathlib import Path

from questionnaires.problems import Problems, near_miss

PACK_FILE = "pack.yaml"
_HERE = Path(__file__).resolve().parent
PACKS = _HERE / "packs"
STANDARDS = _HERE / "standards"


def project_packs() -> dict[str, Path]:
    """The folders of the packs that come with the project, by id."""
    return {path.parent.name: path.parent for path in sorted(PACKS.glob(f"*/{PACK_FILE}"))}


def project_standards() -> dict[str, Path]:
    """The files of the standards that come with the project, by id."""
    return standard_files(STANDARDS, Problems())


def find_pack(reference: str, problems: Problems) -> Path | None:
    """The folder of a pack: a folder anywhere, its pack.yaml, or the id of one of the project's packs."""
    try:
        path = Path(reference)
        if path.name == PACK_FILE and path.is_file():
            return path.parent
        if (path / PACK_FILE).is_file():
            return path
        packs = project_packs()
        if reference in packs:
            return packs[reference]
        if path.is_dir():
            problems.add(str(path / PACK_FILE), 0, 0, "file-missing")
        else:
            problems.add(reference, 0, 0, "no-pack", name=reference, hint=near_miss(reference, packs))
    except (OSError, ValueError) as error:
        problems.add(repr(reference)[1:-1][:80], 0, 0, "file-unreadable", reason=getattr(error, "strerror", error))
    return None


def find_standard(reference: str) -> Path | None:
    """The file of a standard: by its path, or by the id of one of the project's unless it is the folder of a pack."""
    path = Path(reference)
    try:
        if path.suffix == ".yaml" and path.name != PACK_FILE and path.is_file():
            return path
        return None if (path / PACK_FILE).is_file() else project_standards().get(reference)
    except (OSError, ValueError):
        return None


def standard_files(folder: Path, problems: Problems) -> dict[str, Path]:
    """The standards of a folder by id (their file name); what is no standard there is reported."""
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    found = {file.stem: file for file in files if re.fullmatch(r"[a-z][a-z0-9-]*\.yaml", file.name)}
    for file in files:
        if file.name.split(".")[0] not in found or file.suffix != ".yaml":
            wanted = "a standard is called <id>.yaml, its translations <id>.<language>.yaml"
            problems.add(display(file), 0, 0, "stray-file", wanted=wanted)
    return found


def display(path: Path) -> str:
    """A path for a message: short where it lies below the working folder."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (OSError, ValueError):
        return str(path)
