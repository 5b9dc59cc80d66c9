"""The wheel alone, outside of the checkout, can do what the checkout can."""

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATA = ["questionnaires/packs", "questionnaires/standards", "templates", "charter/static", "charter/translations"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    [built] = folder.glob("charter-*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an environment with the wheel; only what Charter depends on is borrowed from the tests' own."""
    folder = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", folder)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel)
    packages = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    # A folder that a .pth file adds is searched last, and .pth files in it (the checkout's) are not followed.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


@pytest.mark.parametrize("folder", DATA)
def test_the_wheel_holds_every_data_file(wheel: Path, folder: str) -> None:
    expected = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if is_data(path)}
    assert expected, f"{folder} is empty"
    assert expected <= set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_holds_packs_fonts_and_compiled_translations(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "questionnaires/packs/chab-dai-charter/pack.yaml" in names
    assert {Path(name).suffix for name in names} >= {".yaml", ".j2", ".css", ".ttf", ".mo"}
    assert not [name for name in names if name.startswith(("tests/", "docs/", "scripts/", "bench/"))]


def test_the_installed_wheel_lints_and_reports(installed: Path, tmp_path: Path) -> None:
    program = installed / "bin" / "charter"
    answers = shutil.copy(ROOT / "examples" / "hope-house.json", tmp_path)
    origin = run(installed / "bin" / "python", "-c", "import charter; print(charter.__file__)", cwd=tmp_path)
    assert Path(origin).is_relative_to(installed)

    run(program, "lint", "chab-dai-charter", cwd=tmp_path)
    run(program, "report", "chab-dai-charter", answers, "--language", "km", "-o", "report.pdf", cwd=tmp_path)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")


def is_data(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def run(*command: str | Path, cwd: Path | None = None) -> str:
    ran = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, f"{command}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout
