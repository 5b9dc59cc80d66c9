"""The lock files install the same packages everywhere, from wherever a machine takes its packages."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
DEVELOPMENT = RUNTIME + PROJECT["dependency-groups"]["dev"]
LOCKS = [("requirements.lock", RUNTIME), ("requirements-dev.lock", DEVELOPMENT)]


@pytest.mark.parametrize(("name", "dependencies"), LOCKS)
def test_every_dependency_is_locked(name: str, dependencies: list[str]) -> None:
    wanted = {re.match(r"[\w-]+", dependency)[0].lower() for dependency in dependencies}  # type: ignore[index]
    assert wanted <= locked(name).keys()


@pytest.mark.parametrize(("name", "dependencies"), LOCKS)
def test_every_locked_package_has_a_hash(name: str, dependencies: list[str]) -> None:
    assert [package for package, block in locked(name).items() if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize(("name", "dependencies"), LOCKS)
def test_no_lock_file_names_a_host_or_a_place_on_a_machine(name: str, dependencies: list[str]) -> None:
    text = (ROOT / name).read_text()
    assert re.findall(r".*(?:://|--(?!hash)\w+-\w+|--index|file:|(?<!\w)/\w+/).*", text) == []


def test_both_lock_files_agree() -> None:
    def version(block: str) -> str:
        return block.split(" \\", 1)[0]

    development = locked("requirements-dev.lock")
    assert {version(block) for block in locked("requirements.lock").values()} <= set(map(version, development.values()))


def locked(name: str) -> dict[str, str]:
    """The lines of each package; those of one that is locked at two versions together."""
    blocks: dict[str, str] = {}
    for package, block in re.findall(r"^(([\w-]+)==.*\n(?:[ \t].*\n)*)", (ROOT / name).read_text(), re.MULTILINE):
        blocks[block] = blocks.get(block, "") + package
    return blocks
